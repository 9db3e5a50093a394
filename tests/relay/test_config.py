"""What a relay's settings refuse, and what the others read out of them."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import attrs
import pytest

from codex_runtime.errors import ConfigError
from codex_runtime.errors.relay import (
    RelayAddressError,
    RelayError,
    RelayServeError,
    RelayStoreError,
    RelayVariableMissing,
)
from codex_runtime.relay.addresses import is_loopback
from codex_runtime.relay.config import FILTERS, RelayConfig, read_secret
from codex_runtime.relay.store.limits import StoreLimits
from codex_runtime.relay.store.memory import MemoryStore
from codex_runtime.relay.stream import filters as stream_filters

UPSTREAM = "http://127.0.0.1:8000/v1"


# Any: most of these tests give values of wrong types.
def config(**fields: Any) -> RelayConfig:
    given: dict[str, Any] = {"upstream": UPSTREAM, **fields}
    return RelayConfig(**given)


def refusal(**fields: Any) -> ConfigError:
    with pytest.raises(ConfigError) as refused:
        config(**fields)
    return refused.value


def test_an_upstream_is_all_that_is_needed() -> None:
    made = config()
    assert made.upstream == UPSTREAM
    assert (made.host, made.port, made.api_key_env, made.store) == ("127.0.0.1", 0, None, None)
    assert made.limits == StoreLimits()


# ---------------------------------------------------------------------------- the upstream


@pytest.mark.parametrize("given", [f"{UPSTREAM}/", f"{UPSTREAM}//", UPSTREAM])
def test_slashes_at_the_end_of_the_upstream_do_not_matter(given: str) -> None:
    assert config(upstream=given).upstream == UPSTREAM


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/v1",
        "https://openrouter.ai/api/v1",
        "http://localhost:11434/v1",
        "http://[::1]:8080",
        "http://127.0.0.1:8080",
        "HTTPS://api.example.com",
    ],
)
def test_an_http_url_with_a_host_is_an_upstream(url: str) -> None:
    assert config(upstream=url).upstream == url


@pytest.mark.parametrize(
    "url",
    [
        "api.example.com/v1",
        "localhost:8000",
        "ftp://127.0.0.1/v1",
        "http://",
        "http:///v1",
        "http://h:port/v1",
        "http://h:99999/v1",
        "http://h:0/v1",
        "http://[::1/v1",
        "http://h/v 1",
        "http://h/v1\n",
    ],
)
def test_what_is_no_http_url_with_a_host_is_refused(url: str) -> None:
    error = refusal(upstream=url)
    assert error.name == "upstream"
    assert "http://127.0.0.1:8000/v1" in error.hint


@pytest.mark.parametrize("url", [None, 5, b"http://h/v1", "", "\ud800"])
def test_an_upstream_that_is_no_text_is_refused(url: object) -> None:
    assert refusal(upstream=url).name == "upstream"


@pytest.mark.parametrize("url", ["https://me:hunter2@h/v1", "https://hunter2@h/v1"])
def test_a_password_in_the_upstream_is_refused_and_not_shown(url: str) -> None:
    error = refusal(upstream=url)
    assert "api_key_env" in error.hint
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    "url", ["https://h/v1?key=hunter2", "https://h/v1#hunter2", "https://h/v1?", "https://h/v1#"]
)
def test_a_query_in_the_upstream_is_refused_and_not_shown(url: str) -> None:
    error = refusal(upstream=url)
    assert "api_key_env" in error.hint
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/v1/chat/completions/", "/v1/completions", "/v1/models"]
)
def test_the_url_of_a_single_endpoint_is_refused_with_advice(path: str) -> None:
    error = refusal(upstream=f"https://h{path}")
    assert error.problem == f"ends with {path[3:].rstrip('/')}"
    assert error.hint.startswith("Give the URL")


def test_a_responses_endpoint_needs_no_relay() -> None:
    assert "needs no relay" in refusal(upstream="https://h/v1/responses").hint


def test_only_the_host_of_the_upstream_is_said_elsewhere() -> None:
    assert config(upstream="https://API.example.com:8443/v1").upstream_host == "api.example.com"


# ---------------------------------------------------------------------------- secrets


@pytest.mark.parametrize("field", ["api_key_env", "token_env"])
@pytest.mark.parametrize("value", ["sk-hunter2", "", "1ST", "A B", 5, "A=B"])
def test_a_secret_in_place_of_its_variable_is_refused_and_not_shown(
    field: str, value: object
) -> None:
    error = refusal(**{field: value})
    assert error.name == field
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-key": "sk-hunter2"},
        {"": "NAME"},
        {"x key": "NAME"},
        {"x:key": "NAME"},
        {"x-key\r\n": "NAME"},
        {"x-ké": "NAME"},
        {"Host": "NAME"},
        {"content-length": "NAME"},
        {"Accept-Encoding": "NAME"},
        {"Transfer-Encoding": "NAME"},
        {5: "NAME"},
        ["x-key"],
        None,
    ],
)
def test_a_header_that_cannot_be_sent_is_refused(headers: object) -> None:
    error = refusal(header_env=headers)
    assert error.name.startswith("header_env")
    assert "hunter2" not in str(error)


def test_a_second_authorization_is_refused() -> None:
    error = refusal(header_env={"AUTHORIZATION": "A"}, api_key_env="B")
    assert "api_key_env" in error.problem


def test_an_authorization_of_another_kind_can_stand_for_the_key() -> None:
    assert config(header_env={"Authorization": "A"}).header_env == {"Authorization": "A"}


@pytest.mark.parametrize(("value", "read"), [("sk-1", "sk-1"), (" two words\n", "two words")])
def test_a_secret_is_read_from_its_variable(value: str, read: str) -> None:
    assert read_secret("KEY", {"KEY": value}) == read


@pytest.mark.parametrize("environ", [{}, {"KEY": ""}, {"KEY": " \n"}])
def test_a_variable_that_is_missing_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(RelayVariableMissing) as missing:
        read_secret("KEY", environ)
    assert missing.value.name == "KEY"
    assert "environment variable KEY is not set" in str(missing.value)


@pytest.mark.parametrize("value", ["hunter2\nX: y", "hunter2\x00", "hunter2é", "hunter2\udc80"])
def test_a_secret_that_no_header_carries_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(RelayVariableMissing) as refused:
        read_secret("KEY", {"KEY": value})
    assert "hunter2" not in str(refused.value)


# ---------------------------------------------------------------------------- the address


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST.", "a.localhost"]
)
def test_loopback_needs_no_token(host: str) -> None:
    assert config(host=host).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.com", "fe80::1%eth0"])
def test_an_address_that_others_reach_needs_a_token(host: str) -> None:
    error = refusal(host=host)
    assert error.name == "host"
    assert "token_env" in error.hint
    assert config(host=host, token_env="TOKEN").host == host


@pytest.mark.parametrize("host", ["", "[::1]", "127.0.0.1/24", "http://127.0.0.1", "a b", None, 5])
def test_what_is_no_host_is_refused(host: object) -> None:
    assert refusal(host=host, token_env="TOKEN").name == "host"


@pytest.mark.parametrize("port", [-1, 65_536, "80", 1.0, True, None])
def test_what_is_no_port_is_refused(port: object) -> None:
    assert refusal(port=port).name == "port"


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("localhost.example.com", False),
        ("notlocalhost", False),
        ("", False),
    ],
)
def test_loopback_is_told_by_the_address(host: str, *, answer: bool) -> None:
    assert is_loopback(host) is answer


# ---------------------------------------------------------------------------- what is translated


@pytest.mark.parametrize(
    "fields",
    [
        {"model_map": {"a": ""}},
        {"model_map": {"": "b"}},
        {"model_map": {"a": 1}},
        {"model_map": ["a"]},
        {"model_map": "a=b"},
        {"default_model": ""},
        {"default_model": 5},
        {"tool_denylist": "shell"},
        {"tool_denylist": ["", "x"]},
        {"tool_denylist": [5]},
        {"tool_denylist": None},
        {"tool_denylist": ["a", "a"]},
        {"filters": "think_tags"},
        {"filters": ["thinking"]},
        {"filters": ["think_tags", "think_tags"]},
        {"extra_params": {"": 1}},
        {"extra_params": [("a", 1)]},
        {"extra_params": {"a": object()}},
        {"extra_params": {"a": math.nan}},
        {"extra_params": {"a": {1, 2}}},
        {"reasoning_field": ""},
        {"reasoning_field": "content"},
        {"limit_field": ""},
        {"limit_field": None},
        {"limit_field": "messages"},
    ],
)
def test_a_setting_of_requests_that_cannot_work_is_refused(fields: dict[str, object]) -> None:
    (field,) = fields
    assert refusal(**fields).name.startswith(field)


def test_a_field_that_refers_to_itself_is_refused() -> None:
    endless: dict[str, object] = {}
    endless["again"] = endless
    assert refusal(extra_params=endless).name == "extra_params"


@pytest.mark.parametrize("field", ["forward_params", "drop_params", "extra_params"])
@pytest.mark.parametrize("name", ["messages", "model", "stream", "tools"])
def test_what_the_relay_sets_itself_is_not_for_others(field: str, name: str) -> None:
    error = refusal(**{field: {name: 1} if field == "extra_params" else [name]})
    assert (error.name, error.value) == (field, name)
    assert error.hint


def test_a_field_is_not_both_forwarded_and_dropped() -> None:
    error = refusal(forward_params=["top_k", "seed"], drop_params=["seed"])
    assert (error.name, error.value) == ("drop_params", "seed")


def test_an_extra_field_may_take_the_place_of_a_dropped_one() -> None:
    made = config(drop_params=["seed"], extra_params={"seed": 7})
    assert made.request_options().extra_params == {"seed": 7}


def test_the_filters_are_those_of_streams_and_one_for_upstreams_that_cannot_stream() -> None:
    assert set(FILTERS) == {
        *stream_filters.FILTERS,
        "gemini_signatures",
        "strict_roles",
        "whole_answers",
    }


def test_the_translation_is_given_what_concerns_it() -> None:
    options = config(
        model_map={"gpt": "llama"},
        default_model="qwen",
        tool_denylist=["web", "fs"],
        forward_params=["top_k"],
        extra_params={"seed": 7},
        drop_params=["store"],
        reasoning_field=None,
        limit_field="max_completion_tokens",
    ).request_options()
    assert options.model_map == {"gpt": "llama"}
    assert options.default_model == "qwen"
    assert options.tool_denylist == {"web", "fs"}
    assert options.forward_params == {"top_k"}
    assert options.extra_params == {"seed": 7}
    assert options.drop_params == {"store"}
    assert options.reasoning_field is None
    assert options.limit_field == "max_completion_tokens"
    assert options.stream_upstream


def test_an_upstream_that_cannot_stream_is_not_asked_to() -> None:
    assert not config(filters=["whole_answers"]).request_options().stream_upstream


@pytest.mark.parametrize("name", ["gemini_signatures", "strict_roles"])
def test_some_filters_are_a_matter_of_requests(name: str) -> None:
    assert getattr(config(filters=[name]).request_options(), name) is True
    assert getattr(config().request_options(), name) is False


def test_what_was_checked_is_what_stays() -> None:
    extra: dict[str, Any] = {"nested": {"list": [1]}}
    names = {"gpt": "llama"}
    made = config(extra_params=extra, model_map=names)
    extra["nested"]["list"].append(object())
    names["gpt"] = ""
    assert made.extra_params == {"nested": {"list": [1]}}
    assert made.model_map == {"gpt": "llama"}
    with pytest.raises(TypeError, match="item assignment"):
        made.model_map["gpt"] = ""  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


def test_a_secret_among_the_extra_fields_is_not_shown() -> None:
    shown = repr(config(extra_params={"api_key": "hunter2", "top_k": 3}))
    assert "hunter2" not in shown
    assert "'top_k': 3" in shown


# ---------------------------------------------------------------------------- bounds and the store


SECONDS = [field.name for field in attrs.fields(RelayConfig) if field.name.endswith("_s")]


@pytest.mark.parametrize("field", SECONDS)
@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, "5", True, None, 604_801])
def test_a_time_that_bounds_nothing_is_refused(field: str, value: object) -> None:
    assert refusal(**{field: value}).name == field


def test_every_time_can_be_set() -> None:
    assert len(SECONDS) == 10
    for field in SECONDS:
        assert getattr(config(**{field: 0.25}), field) == 0.25


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_body_bytes", 1023),
        ("max_body_bytes", 1 << 31),
        ("max_body_bytes", 1e6),
        ("max_streams", 0),
        ("max_streams", 10_001),
        ("strict_ids", 1),
        ("limits", 256),
        ("store", 5),
        ("store", ""),
        ("store", "a\0b"),
    ],
)
def test_a_limit_out_of_bounds_is_refused(field: str, value: object) -> None:
    assert refusal(**{field: value}).name == field


@pytest.mark.parametrize("store", ["relay.db", Path("relay.db"), MemoryStore()])
def test_a_store_is_a_path_or_a_store_of_ones_own(store: object) -> None:
    assert config(store=store).store is store


def test_a_refusal_can_be_sent_to_another_process() -> None:
    error = refusal(upstream="nowhere")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RelayError("odd", "Mend it"), "relay: odd. Mend it"),
        (
            RelayAddressError("127.0.0.1", 80, "the port is taken", errno=98),
            "relay: 127.0.0.1:80: the port is taken",
        ),
        (RelayVariableMissing("KEY", "is not set"), "relay: environment variable KEY is not set"),
        (RelayStoreError("/r.db", "is of a newer version"), "relay: store /r.db: is of a newer"),
        (RelayServeError("the server ended"), "relay: the server ended"),
    ],
)
def test_an_error_of_a_relay_comes_back_with_its_facts(error: RelayError, text: str) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert str(back).startswith(text)
    assert (type(back), vars(back)) == (type(error), vars(error))
