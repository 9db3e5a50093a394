"""Tokens of an answer, in the words of the Responses API."""

from __future__ import annotations

import pytest

from tests.relay.stream.saying import DONE, Json, answer, finish, last, text

USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (USAGE, (10, 0, 5, 0, 15)),
        ({"prompt_tokens": 10, "completion_tokens": 5}, (10, 0, 5, 0, 15)),
        ({"input_tokens": "10", "output_tokens": 5.0, "total_tokens": 16}, (10, 0, 5, 0, 16)),
        (USAGE | {"prompt_tokens_details": {"cached_tokens": 8}}, (10, 8, 5, 0, 15)),
        (USAGE | {"prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 2}, (10, 8, 5, 0, 15)),
        (USAGE | {"prompt_tokens_details": None, "cached_tokens": 8}, (10, 8, 5, 0, 15)),
        (USAGE | {"completion_tokens_details": {"reasoning_tokens": 4}}, (10, 0, 5, 4, 15)),
        (USAGE | {"output_tokens_details": {"reasoning_tokens": None}}, (10, 0, 5, 0, 15)),
        ({"completion_tokens": 5, "prompt_tokens": -1}, (0, 0, 5, 0, 5)),
        ({"prompt_tokens": 10}, (10, 0, 0, 0, 10)),
    ],
)
def test_usage_is_told_in_the_words_of_the_api(told: Json, expected: tuple[int, ...]) -> None:
    usage = last(answer(text("a"), finish(), {"usage": told}))["usage"]
    assert expected == (
        usage["input_tokens"],
        usage["input_tokens_details"]["cached_tokens"],
        usage["output_tokens"],
        usage["output_tokens_details"]["reasoning_tokens"],
        usage["total_tokens"],
    )


def test_tokens_written_to_a_cache_are_told() -> None:
    told = USAGE | {"prompt_tokens_details": {"cached_tokens": 1, "cache_write_tokens": 2}}
    usage = last(answer(finish(), {"choices": [], "usage": told}))["usage"]
    assert usage["input_tokens_details"] == {"cached_tokens": 1, "cache_write_tokens": 2}


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        [],
        5,
        {"total_tokens": 5},
        {"prompt_tokens": None, "completion_tokens": "many"},
        {"prompt_tokens": True, "completion_tokens": 2**63},
        {"prompt_tokens": "9" * 5000, "completion_tokens": 0.5},
    ],
)
def test_usage_that_was_not_told_is_absent(told: object) -> None:
    assert last(answer(text("a"), finish(), {"choices": [], "usage": told}))["usage"] is None


@pytest.mark.parametrize(
    "ending",
    [
        [{"choices": [], "usage": USAGE}],
        [{"choices": [{"index": 0, "delta": {}}], "usage": USAGE}],
        [{"choices": [{"index": 0, "delta": {}, "finish_reason": None}], "usage": USAGE}, DONE],
    ],
)
def test_usage_may_follow_the_finish_reason(ending: list[object]) -> None:
    response = last(answer(text("a"), finish(), *ending))
    assert response["usage"]["total_tokens"] == 15


def test_the_last_usage_counts() -> None:
    chunk = text("a") | {"usage": {"prompt_tokens": 10, "completion_tokens": 1}}
    assert last(answer(chunk, finish() | {"usage": USAGE}))["usage"]["output_tokens"] == 5


def test_a_failed_response_tells_the_usage_it_knows() -> None:
    response = last(answer(text("a") | {"usage": USAGE}))
    assert (response["status"], response["usage"]["total_tokens"]) == ("failed", 15)
