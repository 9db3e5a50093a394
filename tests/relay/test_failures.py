"""Errors of upstreams as they were seen or documented, and what a client of the relay is told."""

from __future__ import annotations

import json
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.relay.failures import (
    Failure,
    Refused,
    UpstreamFailed,
    bad_request,
    busy,
    error_body,
    failure_of_error,
    failure_of_status,
    internal_error,
    response_not_found,
    too_large,
    unreadable_request,
    upstream_cut,
    upstream_malformed,
    upstream_timeout,
    upstream_unreachable,
)
from codex_runtime.relay.upstream_words import (
    MAX_SHOWN_CHARS,
    Words,
    read_words,
    retry_after_s,
    shown,
    words_of,
)

NOW_S = 1_800_000_000.0
FINAL_FOR_CODEX = {
    "context_length_exceeded",
    "insufficient_quota",
    "usage_not_included",
    "invalid_prompt",
    "server_is_overloaded",
    "cyber_policy",
}


def of_status(status: int, body: object = b"", **headers: str) -> Failure:
    """The failure of an answer; a body that is no bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return failure_of_status(status, named, raw, now=lambda: NOW_S)


def error(message: str, **fields: object) -> dict[str, object]:
    return {"error": {"message": message, **fields}}


# ------------------------------------------------------------------------- contexts that are full

TOO_LONG = [
    (400, error("…", code="context_length_exceeded")),
    (400, error("Your input exceeds the context window of this model. Please adjust your input")),
    (
        400,
        error(
            "This model's maximum context length is 8192 tokens. However, your messages resulted "
            "in 9000 tokens. Please reduce the length of the messages."
        ),
    ),
    (
        400,
        error(
            "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum "
            "context length is 8192 tokens and your request has 12 input tokens",
            type="BadRequestError",
            code=400,
        ),
    ),
    (
        400,
        error("The decoder prompt (length 9001) is longer than the maximum model length of 4096."),
    ),
    (
        400,
        error(
            "request (4242 tokens) exceeds the available context size (4096 tokens), try "
            "increasing it",
            type="exceed_context_size_error",
        ),
    ),
    (500, error("the request exceeds the available context size.", type="server_error")),
    (
        400,
        {"type": "error", "error": {"message": "prompt is too long: 210000 tokens > 200000"}},
    ),
    (
        400,
        error("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"),
    ),
    (
        400,
        error(
            "litellm.ContextWindowExceededError: litellm.BadRequestError: it is too much",
            type="invalid_request_error",
            code="400",
        ),
    ),
    (
        400,
        error(
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048575)"
        ),
    ),
    (
        413,
        error(
            "Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested "
            "8123, please reduce your message size and try again.",
            type="tokens",
            code="rate_limit_exceeded",
        ),
    ),
    (429, error("Request too large for gpt in organization o on tokens per min. Limit: 30000")),
    (
        400,
        error(
            "Prompt contains 40000 tokens, too large for model with 32768 maximum context length"
        ),
    ),
    (
        422,
        {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097"},
    ),
    (
        400,
        error("The input (9000 tokens) is longer than the model's context length (8192 tokens)."),
    ),
    (400, error("This model's maximum prompt length is 131072 but the request contains 537812")),
    (400, error("Input is too long for requested model.")),
    (500, error("Context size has been exceeded.", code=500, type="server_error")),
    (400, {"error": "Reached context length of 4096 tokens with a model that cannot go on"}),
    (422, {"error": "Input validation error: `inputs` must have less than 1024 tokens. Given: 2"}),
    (400, error("prompt length (4097) and query length should not exceed max_num_tokens")),
    (400, error("Prompt length 5000 is greater than max_seq_len 4096")),
    (400, error("token count of 140000 over 128000", code="model_max_prompt_tokens_exceeded")),
    (400, error("Your request exceeded model token limit: 8192")),
    (400, error("Range of input length should be [1, 30720]")),
    (
        400,
        {
            "error": "Trying to keep the first 4500 tokens when context the overflows. However, "
            "the model is loaded with context length of only 4096 tokens"
        },
    ),
    (413, b"<html><head><title>413 Request Entity Too Large</title></head></html>"),
    (413, b""),
]


@pytest.mark.parametrize(("status", "body"), TOO_LONG)
def test_what_is_too_long_ends_the_turn_as_a_full_context(status: int, body: object) -> None:
    failure = of_status(status, body)
    assert failure.code == "context_length_exceeded"
    assert failure.status == 400
    assert not failure.retryable


@pytest.mark.parametrize(
    "message",
    [
        "The context of this request is odd",
        "`temperature` exceeds the maximum of 2",
        "Unknown parameter: 'max_tokens'",
        "Too many tokens, please wait before trying again.",
    ],
)
def test_words_that_only_sound_like_a_context_are_none(message: str) -> None:
    assert of_status(400, error(message)).code == "invalid_prompt"


def test_a_wrong_key_stays_one_whatever_else_the_answer_talks_of() -> None:
    said = error("maximum context length is for members", type="authentication_error")
    assert of_status(401, said).code == "invalid_prompt"


# ---------------------------------------------------------------------------- quotas, rate limits

NO_QUOTA = [
    (402, error("Insufficient Balance", code="invalid_request_error")),
    (402, b"Payment Required"),
    (429, error("You exceeded your current quota, please check…", code="insufficient_quota")),
    (429, error("…", type="usage_limit_reached")),
    (429, error("Your account is suspended", type="exceeded_current_quota_error")),
    (400, error("Your credit balance is too low to access the API")),
    (402, error("This request requires more credits, or fewer max_tokens")),
    (403, {"error": "Your newly created team doesn't have any credits yet"}),
    (400, error("Budget has been exceeded! Current cost: 11", type="budget_exceeded")),
]


@pytest.mark.parametrize(("status", "body"), NO_QUOTA)
def test_an_account_that_is_used_up_is_told_as_such(status: int, body: object) -> None:
    failure = of_status(status, body)
    assert (failure.code, failure.retryable) == ("insufficient_quota", False)


def test_a_quota_that_is_full_again_soon_is_a_rate_limit() -> None:
    said = error("You exceeded your current quota. Please retry in 34.07s.", status="RESOURCE")
    failure = of_status(429, said)
    assert (failure.code, failure.retry_after_s) == ("rate_limit_exceeded", 34.07)


def test_a_model_that_is_not_in_the_plan_is_told_as_codex_knows_it() -> None:
    assert of_status(429, error("Not in your plan", type="usage_not_included")).code == (
        "usage_not_included"
    )


@pytest.mark.parametrize(
    ("headers", "words", "wait_s"),
    [
        ({"Retry-After": "20"}, "", 20),
        ({"retry-after": "1.5"}, "", 1.5),
        ({"retry-after": "6m0s"}, "", 360),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT"}, "", 30),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, "", 0),
        ({"retry-after-ms": "250", "retry-after": "1"}, "", 0.25),
        ({"retry-after": "soon"}, "Please try again in 20s.", 20),
        ({"retry-after": "nan"}, "", None),
        ({"retry-after": "-5"}, "", 0),
        ({"retry-after": "99999999"}, "", 86_400),
        ({}, "Please try again in 350ms.", 0.35),
        ({}, "Please try again in 6m0s.", 360),
        ({}, "Please try again in 1m2.5s.", 62.5),
        ({}, "Try again in 2 minutes", 120),
        ({}, "try again in 1 hour", 3600),
        ({}, "try again in 40 milliseconds", 0.04),
        ({}, "please wait for 7 seconds", 7),
        ({}, '{"retryDelay": "34s"}', 34),
        ({}, '"retry_after": 12', 12),
        ({}, "retry later", None),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"}, "", 1),
        (
            {
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-reset-tokens": "2h1m",
                "x-ratelimit-remaining-tokens": "0",
            },
            "",
            7260,
        ),
        ({"x-ratelimit-reset-tokens": "20ms"}, "", 0.02),
        ({"x-ratelimit-reset": "30"}, "", 30),
        ({"x-ratelimit-reset": f"{NOW_S + 10:.0f}"}, "", 10),
        ({"x-ratelimit-reset": f"{(NOW_S + 10) * 1000:.0f}"}, "", 10),
        ({"ratelimit-reset": "7"}, "", 7),
        ({"x-ratelimit-reset": "whenever"}, "", None),
    ],
)
def test_the_time_to_wait_is_found_wherever_a_server_says_it(
    headers: dict[str, str], words: str, wait_s: float | None
) -> None:
    assert retry_after_s(headers, words, now_s=NOW_S) == pytest.approx(wait_s)


def test_a_rate_limit_says_when_to_try_again_as_codex_reads_it() -> None:
    failure = of_status(
        429, error("Rate limit reached", code="rate_limit_exceeded"), retry_after="2"
    )
    assert failure.code == "rate_limit_exceeded"
    assert failure.message.startswith("Try again in 2s. ")
    assert "Rate limit reached" in failure.message
    assert (failure.status, failure.retry_after_s, failure.retryable) == (429, 2.0, True)


def test_of_two_times_the_header_comes_first_in_the_message() -> None:
    failure = of_status(429, error("Please try again in 20s."), retry_after="30")
    assert failure.message.startswith("Try again in 30s. ")


def test_a_rate_limit_without_a_time_names_none() -> None:
    assert "again" not in of_status(429, b"slow down").message


def test_a_time_in_a_field_beside_the_message_counts() -> None:
    said = error("Quota", details=[{"@type": "RetryInfo", "retryDelay": "5s"}])
    assert of_status(429, said).retry_after_s == 5


@pytest.mark.parametrize("status", [500, 503])
def test_the_wait_of_another_failure_is_kept_as_a_fact(status: int) -> None:
    assert of_status(status, b"", retry_after="3").retry_after_s == 3


# ---------------------------------------------------------------------------- every other status


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (400, "invalid_prompt", False),
        (401, "invalid_prompt", False),
        (403, "invalid_prompt", False),
        (404, "invalid_prompt", False),
        (405, "invalid_prompt", False),
        (408, "upstream_timeout", True),
        (409, "server_error", True),
        (418, "invalid_prompt", False),
        (422, "invalid_prompt", False),
        (425, "server_error", True),
        (429, "rate_limit_exceeded", True),
        (500, "server_error", True),
        (501, "invalid_prompt", False),
        (502, "server_error", True),
        (503, "server_is_overloaded", True),
        (504, "upstream_timeout", True),
        (529, "server_is_overloaded", True),
        (599, "server_error", True),
    ],
)
def test_a_status_without_words_has_a_code(status: int, code: str, *, retryable: bool) -> None:
    failure = of_status(status)
    assert (failure.code, failure.retryable) == (code, retryable)
    assert f"HTTP {status}" in failure.message


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_setting_that_is_wrong_is_named(status: int) -> None:
    assert of_status(status, error("No")).message.endswith(("URL", "model", "names", "may use"))


def test_the_upstreams_own_words_are_passed_on() -> None:
    failure = of_status(
        422, error("`tool_choice` must be one of auto, none", param="tool_choice", type="x")
    )
    assert "`tool_choice` must be one of auto, none" in failure.message
    assert (failure.param, failure.status) == ("tool_choice", 422)


@pytest.mark.parametrize(
    "words", ["Loading model", "Model org/large is currently loading", "the model is still loading"]
)
def test_a_model_that_is_being_loaded_is_asked_again(words: str) -> None:
    assert of_status(503, error(words, code=503, type="unavailable_error")).code == "server_error"


def test_a_chat_template_that_refuses_the_messages_is_not_asked_again() -> None:
    words = "Jinja Exception: System message must be at the beginning."
    failure = of_status(500, error(words, code=500, type="server_error"))
    assert (failure.code, failure.status, failure.retryable) == ("invalid_prompt", 400, False)
    assert words in failure.message


@pytest.mark.parametrize("code", ["tool_use_failed", "output_parse_failed"])
def test_a_model_that_wrote_no_proper_call_is_asked_again(code: str) -> None:
    failure = of_status(400, error("Failed to call a function.", code=code))
    assert (failure.code, failure.retryable) == ("server_error", True)


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("https://api.example.com/v1?sig=secret", "to the host api.example.com"),
        ("/v1/chat/completions/", "to another path"),
        ("https://[broken", "to another path"),
    ],
)
def test_a_redirect_is_not_followed_but_named(location: str, said: str) -> None:
    failure = of_status(307, b"", Location=location)
    assert failure.code == "invalid_prompt"
    assert said in failure.message
    assert "secret" not in failure.message
    assert failure.message.endswith("Give the URL that it leads to as the upstream")


def test_a_redirect_without_a_location_is_no_riddle() -> None:
    assert "to another path" in of_status(302).message


# ------------------------------------------------------------------------- how errors are written


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (error("plain"), "plain"),
        ({"error": "a text"}, "a text"),
        ({"message": "outside", "object": "error", "code": 400}, "outside"),
        ({"detail": "of FastAPI"}, "of FastAPI"),
        ({"detail": [{"loc": ["body"], "msg": "missing"}, {"msg": "bad"}]}, "missing; bad"),
        ([{"error": {"message": "in a list"}}], "in a list"),
        ({"errors": ["one", "two"]}, "one; two"),
        ("just text", "just text"),
        ({"title": "Forbidden", "status": 403}, "Forbidden"),
        (
            {"error": {"message": "Provider returned error", "metadata": {"raw": "its own words"}}},
            "Provider returned error: its own words",
        ),
        ({"error": {"message": "<html><title>502 Bad Gateway</title></html>"}}, "502 Bad Gateway"),
    ],
)
def test_the_words_are_found_in_every_shape_of_json(body: object, message: str) -> None:
    assert read_words(json.dumps(body).encode()).message == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b"<!DOCTYPE html><TITLE lang=en> 502 &amp; Bad\nGateway </TITLE><p>x",
            "502 & Bad\nGateway",
        ),
        (b"<html><style>p{}</style><body><h1>Oh</h1> <p>no&nbsp;way</p>", "Oh   no\xa0way"),
        (b"<html><title>unclosed", "unclosed"),
        (b"<html><title></title><p>words", "words"),
        (b"<?xml version='1.0'?><e>x</e>", "x"),
    ],
)
def test_a_page_is_brought_down_to_its_words(body: bytes, message: str) -> None:
    assert read_words(body).message == message


@pytest.mark.parametrize(
    ("body", "message"),
    [(b"not json", "not json"), (b"{", "{"), (b"", ""), (b"[" * 60_000, "[" * 60_000)],
)
def test_what_is_no_json_is_taken_as_it_is(body: bytes, message: str) -> None:
    assert read_words(body).message == message


@pytest.mark.parametrize("body", [{}, [], {"error": {}}, {"a": 1}, 5, None, {"error": {"x": []}}])
def test_json_that_says_nothing_is_shown(body: object) -> None:
    assert read_words(json.dumps(body).encode()) == Words(json.dumps(body))


def test_codes_stand_in_for_a_message_that_is_missing() -> None:
    failure = of_status(400, {"error": {"code": "unsupported_value", "type": "bad"}})
    assert failure.message == "The upstream answered HTTP 400: unsupported_value, bad"


def test_an_error_that_is_deeper_than_any_real_one_is_not_followed() -> None:
    deep: object = "words"
    for _ in range(9):
        deep = {"error": deep}
    assert read_words(json.dumps(deep).encode()).message.startswith('{"error"')


def test_secrets_are_taken_out_before_the_words_are_cut() -> None:
    said = error("x" * 420 + " the key sk-very-secret-key is wrong")
    failure = failure_of_status(
        401,
        {},
        json.dumps(said).encode(),
        redact=lambda text: text.replace("sk-very-secret-key", "***"),
    )
    assert "very" not in failure.message


def test_a_message_is_one_line_of_bounded_length() -> None:
    failure = of_status(401, error("a\r\nb\x00\x1b[31mc\u202ed\u2028e " + "long " * 500))
    assert failure.message.startswith("The upstream answered HTTP 401: a b [31mcd e long")
    assert "…. Check the key" in failure.message
    assert len(failure.message) <= MAX_SHOWN_CHARS


@given(st.text())
def test_what_is_shown_is_always_one_line_that_utf8_can_carry(text: str) -> None:
    line = shown(text)
    assert len(line) <= MAX_SHOWN_CHARS
    assert line.encode().decode().splitlines() in ([], [line])
    assert not {unicodedata.category(character) for character in line} & {"Cc", "Cf", "Cs"}


@given(
    st.integers(300, 599), st.binary(max_size=300) | st.from_regex(r"\{.{0,60}\}").map(str.encode)
)
def test_every_answer_becomes_a_failure(status: int, body: bytes) -> None:
    failure = of_status(status, body)
    assert 400 <= failure.status <= 599
    assert failure.code in FINAL_FOR_CODEX or failure.retryable
    json.loads(error_body(failure))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "code", "type", "status", "metadata", "raw"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_every_error_object_becomes_a_failure(given_error: object) -> None:
    failure = failure_of_error(given_error)
    assert failure.message.startswith(("The upstream reported an error", "Try again in"))
    assert failure.code in FINAL_FOR_CODEX or failure.retryable


def test_a_page_of_angles_is_read_in_no_time() -> None:
    begun = time.process_time()
    for hostile in (b"<html>" + b"<" * 70_000, b"<html>" + b"<title" * 11_000):
        of_status(500, hostile)
    assert time.process_time() - begun < 5


# ------------------------------------------------------------------------- errors inside an answer


@pytest.mark.parametrize(
    ("given_error", "code"),
    [
        ({"message": "m", "code": "context_length_exceeded"}, "context_length_exceeded"),
        ({"message": "m", "code": 429}, "rate_limit_exceeded"),
        ({"message": "m", "code": "503"}, "server_is_overloaded"),
        ({"message": "m", "type": "overloaded_error"}, "server_is_overloaded"),
        ({"message": "m", "type": "rate_limit_error"}, "rate_limit_exceeded"),
        ({"message": "m", "type": "invalid_request_error"}, "invalid_prompt"),
        ({"message": "m", "type": "authentication_error"}, "invalid_prompt"),
        ({"message": "m", "type": "server_error", "code": None}, "server_error"),
        ({"message": "m", "type": "timeout_error"}, "upstream_timeout"),
        ({"message": "m", "code": "cyber_policy"}, "cyber_policy"),
        ({"message": "m", "code": "something_new"}, "server_error"),
        ({"message": "m", "code": True}, "server_error"),
        ({"message": "m", "code": 1302}, "server_error"),
        ("prompt is too long: 9 > 8", "context_length_exceeded"),
        ("Rate limit reached, try again in 1s", "rate_limit_exceeded"),
        ("boom", "server_error"),
        (None, "server_error"),
    ],
)
def test_an_error_within_an_answer_has_a_code(given_error: object, code: str) -> None:
    assert failure_of_error(given_error).code == code


def test_an_error_within_an_answer_says_when_to_try_again() -> None:
    failure = failure_of_error({"message": "Please try again in 6m0s.", "code": 429})
    assert failure.message.startswith("Try again in 360s. The upstream reported an error: Please")


def test_an_error_within_an_answer_keeps_no_secret() -> None:
    failure = failure_of_error("key abc is wrong", redact=lambda text: text.replace("abc", "***"))
    assert failure.message == "The upstream reported an error: key *** is wrong"


def test_an_unknown_error_without_words_shows_its_codes() -> None:
    assert words_of({"code": "odd"}).codes == ("odd",)
    assert failure_of_error({"code": "odd"}).message == "The upstream reported an error: odd"


# ---------------------------------------------------------------------------- our own


@pytest.mark.parametrize(
    ("failure", "code", "status", "retryable"),
    [
        (bad_request("No"), "invalid_prompt", 400, False),
        (response_not_found("resp_1"), "previous_response_not_found", 400, False),
        (too_large(1024), "context_length_exceeded", 400, False),
        (unreadable_request(431), "headers_too_large", 431, False),
        (unreadable_request(400), "malformed_request", 400, False),
        (busy(2.5), "relay_busy", 429, True),
        (upstream_unreachable("refused"), "upstream_unreachable", 502, True),
        (upstream_timeout("sent no status", 300), "upstream_timeout", 504, True),
        (upstream_cut("reset"), "upstream_cut", 502, True),
        (upstream_malformed("HTML"), "upstream_malformed", 502, True),
        (internal_error(), "server_error", 500, True),
    ],
)
def test_what_the_relay_finds_itself_has_a_code_and_a_status(
    failure: Failure, code: str, status: int, *, retryable: bool
) -> None:
    assert (failure.code, failure.status, failure.retryable) == (code, status, retryable)


def test_a_busy_relay_says_when_to_come_back() -> None:
    assert busy(2.5).message.startswith("Try again in 2.5s. ")
    assert busy(2.5).retry_after_s == 2.5


def test_a_bound_that_passed_is_named() -> None:
    assert upstream_timeout("sent no status", 0.5).message == (
        "The upstream sent no status within 0.5 s"
    )


def test_a_response_that_is_not_stored_is_named() -> None:
    failure = response_not_found("resp_1")
    assert "'resp_1'" in failure.message
    assert failure.param == "previous_response_id"


def test_the_body_of_an_error_is_the_one_of_openai() -> None:
    body = json.loads(error_body(bad_request("Not so, ünd so", param="input", code="c")))
    assert body == {
        "error": {
            "message": "Not so, ünd so",
            "type": "invalid_request_error",
            "code": "c",
            "param": "input",
        }
    }


@pytest.mark.parametrize("kind", [Refused, UpstreamFailed])
def test_what_is_raised_carries_the_failure(kind: type[Refused | UpstreamFailed]) -> None:
    raised = kind(bad_request("No"))
    assert (str(raised), raised.failure.code) == ("No", "invalid_prompt")
