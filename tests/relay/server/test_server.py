"""`open_relay` and `Relay`: how a relay opens, what it tells of itself, how it ends."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import trio

from codex_runtime.errors.relay import (
    RelayAddressError,
    RelayError,
    RelayServeError,
    RelayStoreError,
    RelayVariableMissing,
)
from codex_runtime.launch.toml import render_overrides
from codex_runtime.relay import MemoryStore, RelayConfig, SqliteStore, build_app, open_relay
from codex_runtime.testing import text
from tests.relay.server.wire import opened, post

UPSTREAM = "http://127.0.0.1:1/v1"


async def test_a_port_that_is_taken_is_named() -> None:
    async with open_relay(RelayConfig(upstream=UPSTREAM)) as relay:
        with pytest.raises(RelayAddressError, match=f"127.0.0.1:{relay.port}: the port is taken"):
            async with open_relay(RelayConfig(upstream=UPSTREAM, port=relay.port)):
                pass


async def test_a_host_that_is_none_of_this_machine_is_named() -> None:
    config = RelayConfig(upstream=UPSTREAM, host="192.0.2.1", token_env="TOKEN")
    with pytest.raises(RelayAddressError, match=r"192\.0\.2\.1:0: cannot listen there"):
        async with open_relay(config, environ={"TOKEN": "s3cret"}):
            pass


@pytest.mark.parametrize("field", ["token_env", "api_key_env"])
async def test_a_variable_that_is_missing_is_named(field: str) -> None:
    names: dict[str, Any] = {field: "ABSENT"}
    config = RelayConfig(upstream=UPSTREAM, **names)
    with pytest.raises(RelayVariableMissing, match="ABSENT"):
        async with open_relay(config, environ={}):
            pass


async def test_a_store_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_bytes(b"this is no database, whatever its name may say" * 100)
    with pytest.raises(RelayStoreError, match="store"):
        async with open_relay(RelayConfig(upstream=UPSTREAM, store=path)):
            pass


async def test_what_the_block_raises_comes_out_as_it_is() -> None:
    with pytest.raises(KeyError, match="mine"):
        async with open_relay(RelayConfig(upstream=UPSTREAM)):
            raise KeyError("mine")


async def test_a_server_that_ends_by_itself_ends_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        await trio.lowlevel.checkpoint()
        raise ValueError("gone")

    monkeypatch.setattr("codex_runtime.relay.server.serve_app", broken)
    with pytest.raises(RelayServeError) as raised:
        async with open_relay(RelayConfig(upstream=UPSTREAM)):
            await trio.sleep_forever()
    assert isinstance(raised.value, RelayError)
    assert isinstance(raised.value.__cause__, ValueError)


async def test_two_relays_live_side_by_side() -> None:
    async with opened() as (one, first), opened() as (two, second):
        first.enqueue(text("one"))
        second.enqueue(text("two"))
        assert (await post(one)).text == "one"
        assert (await post(two)).text == "two"
        assert one.port != two.port


async def test_a_store_of_the_caller_is_left_open() -> None:
    store = MemoryStore()
    async with opened(store=store) as (relay, _):
        assert relay.store is store
        made = (await post(relay)).last["id"]
    assert store.get_history(made)


async def test_a_store_of_a_path_outlives_the_relay(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "store"
    async with opened(store=path) as (relay, chat):
        chat.enqueue(text("Ada"))
        made = (await post(relay, {"input": "who?"})).last["id"]
    async with opened(store=path) as (relay, chat):
        assert isinstance(relay.store, SqliteStore)
        await post(relay, {"input": "again", "previous_response_id": made})
        said = [message["content"] for message in chat.requests[0].body["messages"]]
    assert said == ["who?", "Ada", "again"]


async def test_the_configuration_points_an_app_server_here() -> None:
    async with open_relay(RelayConfig(upstream=UPSTREAM)) as relay:
        assert relay.base_url == f"http://127.0.0.1:{relay.port}/v1"
        assert relay.config.upstream == UPSTREAM
        overrides = render_overrides(relay.config_overrides("glm"))
        block = tomllib.loads(relay.provider_block("glm"))
        environment = relay.environment()
    assert 'model="glm"' in overrides
    assert 'model_provider="relay"' in overrides
    assert block["model"] == "glm"
    assert block["model_provider"] == "relay"
    assert block["model_providers"]["relay"]["base_url"] == relay.base_url
    assert block["model_providers"]["relay"]["wire_api"] == "responses"
    assert block["model_providers"]["relay"]["supports_websockets"] is False
    assert environment["NO_PROXY"] == environment["no_proxy"] == "127.0.0.1"


async def test_hosts_that_need_no_proxy_already_stay_so() -> None:
    environ = {"NO_PROXY": "internal,127.0.0.1"}
    async with open_relay(RelayConfig(upstream=UPSTREAM), environ=environ) as relay:
        assert relay.environment()["NO_PROXY"] == "internal,127.0.0.1"


async def test_a_relay_on_all_addresses_tells_the_one_of_this_machine() -> None:
    config = RelayConfig(upstream=UPSTREAM, host="0.0.0.0", token_env="TOKEN")
    async with open_relay(config, environ={"TOKEN": "s3cret"}) as relay:
        assert relay.base_url.startswith("http://127.0.0.1:")
        answer = await post(relay, headers={"Host": "any.example", "Authorization": "Bearer x"})
        assert answer.status == 401


async def test_a_name_with_several_addresses_has_one_port() -> None:
    async with open_relay(RelayConfig(upstream=UPSTREAM, host="localhost")) as relay:
        assert str(relay.port) in relay.base_url


async def test_the_app_opens_and_closes_with_its_lifespan() -> None:
    app = build_app(RelayConfig(upstream=UPSTREAM))
    assert app.routes == []
    async with app.router.lifespan_context(app):
        assert [route.path for route in app.routes] == ["/v1/responses", "/v1/models", "/healthz"]  # type: ignore[attr-defined]
    assert app.routes == []
