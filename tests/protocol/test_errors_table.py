"""Error answers of the server become the exceptions that a caller can catch."""

from __future__ import annotations

from typing import Any

import pytest

from codex_runtime.errors import (
    ActiveTurnMismatch,
    ExperimentalRequired,
    InputTooLarge,
    NoActiveTurn,
    RequestError,
    ServerOverloaded,
    ThreadArchived,
    ThreadNotFound,
)
from codex_runtime.protocol import classify
from codex_runtime.protocol.errors_table import ERROR_ROWS, ErrorRow

ID = "019a9f00-0000-7000-8000-000000000000"
OTHER = "01a1fc39-7c16-76f2-a1fc-389ee9dd6864"
TOO_LARGE = {"input_error_code": "input_too_large", "max_chars": 1048576, "actual_chars": 1048577}


@pytest.mark.parametrize("row", ERROR_ROWS, ids=lambda row: row.example[:40])
def test_the_example_of_a_row_is_of_its_kind(row: ErrorRow) -> None:
    data = None if row.input_error_code is None else {"input_error_code": row.input_error_code}
    error = classify("turn/start", row.code or -32602, row.example, data)
    assert type(error) is row.error


@pytest.mark.parametrize(
    ("kind", "code", "message", "data"),
    [
        (ServerOverloaded, -32001, "Server overloaded; retry later.", None),
        (InputTooLarge, -32602, "Input exceeds the maximum length of 1048576.", TOO_LARGE),
        (
            ExperimentalRequired,
            -32600,
            "thread/start.dynamicTools requires experimentalApi capability",
            None,
        ),
        (ThreadNotFound, -32600, f"no archived rollout found for thread id {ID}", None),
        (ThreadNotFound, -32600, "invalid thread id: invalid length: found 3", None),
        (ThreadNotFound, -32600, f"thread not loaded: {ID}", None),
        (ThreadArchived, -32600, f"session {ID} is archived. Run `codex unarchive`.", None),
        (NoActiveTurn, -32600, "no active turn to steer", None),
        (ActiveTurnMismatch, -32600, f"expected active turn id {ID} but found {OTHER}", None),
        (RequestError, -32600, "Not initialized", None),
        (RequestError, -32600, "Already initialized", None),
        (
            RequestError,
            -32600,
            "Invalid request: unknown variant `no/such`, expected one of `a`",
            None,
        ),
        (RequestError, -32600, "thread name must not be empty", None),
        (RequestError, -32601, "list_turns is not supported yet", None),
        (RequestError, -32602, "Input exceeds", "no object"),
        (RequestError, -32603, f"thread not found: {ID}", None),
    ],
)
def test_an_answer_seen_from_the_real_server_has_its_class(
    kind: type[RequestError], code: int, message: str, data: Any
) -> None:
    error = classify("turn/start", code, message, data)
    assert type(error) is kind
    assert (error.method, error.code, error.message, error.data) == (
        "turn/start",
        code,
        message,
        data,
    )


@pytest.mark.parametrize("quote", ["", "`"])
def test_a_mismatch_tells_the_turn_that_was_found(quote: str) -> None:
    message = f"expected active turn id {quote}{ID}{quote} but found {quote}{OTHER}{quote}"
    error = classify("turn/steer", -32600, message)
    assert isinstance(error, ActiveTurnMismatch)
    assert error.found == OTHER


def test_too_large_an_input_tells_the_limit() -> None:
    error = classify("turn/start", -32602, "Input exceeds", TOO_LARGE)
    assert isinstance(error, InputTooLarge)
    assert (error.max_chars, error.actual_chars) == (1048576, 1048577)
