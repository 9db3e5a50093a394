"""Error answers of the server become the exceptions that a caller can catch."""

from __future__ import annotations

from typing import Any

import pytest

from codex_runtime import errors
from codex_runtime.errors import (
    ActiveTurnMismatch,
    ConfigNotWritten,
    ExperimentalRequired,
    InputTooLarge,
    LoginRequired,
    NoActiveProcess,
    NoActiveTurn,
    NotSupported,
    RequestError,
    ServerOSError,
    ServerOverloaded,
    ThreadArchived,
    ThreadInUse,
    ThreadNotFound,
    TurnNotSteerable,
    UnknownMethod,
)
from codex_runtime.launch.version import CodexVersion
from codex_runtime.protocol import classify
from codex_runtime.protocol.errors_table import ERROR_ROWS, ErrorRow, row_for

ID = "019a9f00-0000-7000-8000-000000000000"
OTHER = "01a1fc39-7c16-76f2-a1fc-389ee9dd6864"
TOO_LARGE = {"input_error_code": "input_too_large", "max_chars": 1048576, "actual_chars": 1048577}


CONFLICT = {"config_write_error_code": "configVersionConflict"}
UNKNOWN = "Invalid request: unknown variant `{}`, expected one of `initialize`, `thread/start`"
NOT_STEERABLE = {
    "message": "cannot steer a review turn",
    "codexErrorInfo": {"activeTurnNotSteerable": {"turnKind": "review"}},
}


def data_of(row: ErrorRow) -> Any:
    """The least data that fits a row, None where it looks at none."""
    data: Any = row.value or {}
    for name in reversed(row.member):
        data = {name: data}
    return data if row.member else None


NO_ROLLOUT = "failed to read thread: invalid thread-store request: no rollout found for thread id"


@pytest.mark.parametrize("row", ERROR_ROWS, ids=lambda row: row.example[:40])
def test_the_example_of_a_row_is_of_its_kind(row: ErrorRow) -> None:
    code = -32602 if row.code is None else row.code
    first = row_for("no/such", code, row.example, data_of(row))
    assert first is not None
    # Rows of one kind share their pattern: the first of them fits for all.
    assert (first.error, first.code, first.pattern) == (row.error, row.code, row.pattern)


@pytest.mark.parametrize("row", ERROR_ROWS, ids=lambda row: row.example[:40])
def test_a_row_says_which_versions_were_seen_to_send_it(row: ErrorRow) -> None:
    assert row.seen_in
    assert None not in map(CodexVersion.parse, row.seen_in)


def test_no_message_stands_twice_in_the_table() -> None:
    examples = [row.example for row in ERROR_ROWS]
    assert len(set(examples)) == len(examples)


def test_every_kind_of_answer_has_a_row() -> None:
    kinds = {
        kind
        for name in errors.__all__
        if issubclass(kind := getattr(errors, name), RequestError) and kind is not RequestError
    }
    assert {row.error for row in ERROR_ROWS} == kinds


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
        (
            ThreadNotFound,
            -32603,
            f"{NO_ROLLOUT} {ID}",
            None,
        ),
        (ThreadInUse, -32600, f"thread {ID} already has an active writer", None),
        (TurnNotSteerable, -32600, "cannot steer a review turn", NOT_STEERABLE),
        (
            TurnNotSteerable,
            -32603,
            "failed to submit turn input: ActiveTurnNotSteerable { turn_kind: Compact }",
            None,
        ),
        (UnknownMethod, -32600, UNKNOWN.format("turn/start"), None),
        (NotSupported, -32601, "thread/items/list is not supported yet", None),
        (NotSupported, -32600, f"ephemeral thread does not support goals: {ID}", None),
        (NoActiveProcess, -32600, 'no active process for process handle "x"', None),
        (LoginRequired, -32600, "codex account authentication required to read usage", None),
        (ConfigNotWritten, -32600, "keyPath must not be empty", CONFLICT),
        (ServerOSError, -32603, "File exists (os error 17)", None),
        (RequestError, -32600, UNKNOWN.format("moon"), None),
        (RequestError, -32600, "Invalid request: missing field `threadId`", None),
        (RequestError, -32600, "File exists (os error 17)", None),
        (RequestError, -32600, "cannot steer a review turn", {"codexErrorInfo": "other"}),
        (RequestError, -32600, "Not initialized", None),
        (RequestError, -32600, "Already initialized", None),
        (
            RequestError,
            -32600,
            "Invalid request: unknown variant `no/such`, expected one of `a`",
            None,
        ),
        (RequestError, -32600, "thread name must not be empty", None),
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


@pytest.mark.parametrize("row", ERROR_ROWS, ids=lambda row: row.example[:40])
@pytest.mark.parametrize("quoting", ["path `work/{}` is not a file", "unknown cursor: {} (x)"])
def test_a_name_with_the_words_of_another_refusal_in_it_misleads_nobody(
    row: ErrorRow, quoting: str
) -> None:
    if row.pattern is not None and row.code is not None:
        error = classify("fs/readFile", row.code, quoting.format(row.example))
        assert type(error) in (RequestError, NotSupported)
        assert type(error) is RequestError or row.code == -32601


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


@pytest.mark.parametrize(
    ("code", "message", "data", "turn_kind"),
    [
        (-32600, "cannot steer", NOT_STEERABLE, "review"),
        (
            -32603,
            "failed to submit turn input: ActiveTurnNotSteerable { turn_kind: Compact }",
            None,
            "compact",
        ),
        (-32603, "failed to submit turn input: ActiveTurnNotSteerable", None, ""),
    ],
)
def test_a_turn_that_cannot_be_steered_tells_its_kind(
    code: int, message: str, data: Any, turn_kind: str
) -> None:
    error = classify("turn/steer", code, message, data)
    assert isinstance(error, TurnNotSteerable)
    assert error.turn_kind == turn_kind


@pytest.mark.parametrize(
    ("told", "reason"), [("configLayerReadonly", "configLayerReadonly"), (7, "")]
)
def test_a_configuration_that_was_not_written_tells_the_reason(told: object, reason: str) -> None:
    error = classify("config/value/write", -32600, "No", {"config_write_error_code": told})
    assert isinstance(error, ConfigNotWritten)
    assert error.reason == reason


def test_an_error_of_the_operating_system_tells_its_number_and_is_not_certain() -> None:
    error = classify("fs/readFile", -32603, "No such file or directory (os error 2)")
    assert isinstance(error, ServerOSError)
    assert (error.errno, error.outcome_certain) == (2, False)
    assert ServerOSError("fs/readFile", -32603, "disk on fire").errno is None
