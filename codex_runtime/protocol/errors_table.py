"""Which exception a server's error answer is.

Owns one table: the code, ``error.data`` and, where the server gives nothing else, its prose, each
row with a message as it was captured and the versions that sent it. Prose is matched on its fixed
words alone, case ignored. Knows no connection. Enter through `classify`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

import attrs

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

__all__ = ["ERROR_ROWS", "ErrorRow", "classify", "row_for"]

_BOTH: Final = ("0.163.0", "0.169.0")


@attrs.frozen(kw_only=True)
class ErrorRow:
    """One captured kind of answer; every condition that is given must hold."""

    error: type[RequestError]
    example: str
    """A message the real server sent; ids in it are not the captured ones."""
    seen_in: tuple[str, ...] = _BOTH
    """The versions of the app-server that were seen to send it."""
    code: int | None = None
    """None where the data alone decides."""
    member: tuple[str, ...] = ()
    """The path of a member that ``error.data`` must have; empty where the data is not looked at."""
    value: str | None = None
    """What the member must be; None for anything."""
    pattern: re.Pattern[str] | None = None
    """Searched in the message; a group ``method`` must be the method that was asked."""

    # Any: error.data is whatever JSON the server sent.
    def fits(self, method: str, code: int, message: str, data: Any) -> bool:
        """Whether an error answer to ``method`` is of this kind."""
        if self.code is not None and self.code != code:
            return False
        if self.member:
            found = _member(data, self.member)
            if found is None or (self.value is not None and found != self.value):
                return False
        if self.pattern is None:
            return True
        match = self.pattern.search(message)
        return match is not None and match.groupdict().get("method", method) == method


_INVALID_REQUEST: Final = -32600
_METHOD_NOT_FOUND: Final = -32601
_INTERNAL: Final = -32603
_OVERLOADED: Final = -32001

_ID: Final = "019a9f00-0000-7000-8000-000000000000"
_OTHER_ID: Final = "01a1fc39-7c16-76f2-a1fc-389ee9dd6864"


def _prose(
    error: type[RequestError], pattern: str, *examples: str, code: int = _INVALID_REQUEST
) -> list[ErrorRow]:
    """Rows of one kind that the server words in one way; an example for each."""
    compiled = re.compile(pattern, re.IGNORECASE)
    return [ErrorRow(error=error, example=one, code=code, pattern=compiled) for one in examples]


ERROR_ROWS: Final[tuple[ErrorRow, ...]] = (
    ErrorRow(error=ServerOverloaded, code=_OVERLOADED, example="Server overloaded; retry later."),
    ErrorRow(
        error=InputTooLarge,
        member=("input_error_code",),
        value="input_too_large",
        example="Input exceeds the maximum length of 1048576 characters.",
    ),
    ErrorRow(
        error=ConfigNotWritten,
        member=("config_write_error_code",),
        example="Configuration was modified since last read. Fetch latest version and retry.",
    ),
    ErrorRow(
        error=TurnNotSteerable,
        member=("codexErrorInfo", "activeTurnNotSteerable"),
        example="cannot steer a review turn",
    ),
    *_prose(
        TurnNotSteerable,
        r"^failed to submit turn input: ActiveTurnNotSteerable\b",
        "failed to submit turn input: ActiveTurnNotSteerable { turn_kind: Review }",
        code=_INTERNAL,
    ),
    *_prose(
        ExperimentalRequired,
        r"^\S+ requires experimentalApi capability$",
        "thread/settings/update requires experimentalApi capability",
        "thread/start.dynamicTools requires experimentalApi capability",
    ),
    *_prose(
        UnknownMethod,
        r"^Invalid request: unknown variant `(?P<method>[^`]+)`, expected one of `initialize`",
        "Invalid request: unknown variant `no/such`, expected one of `initialize`, `thread/start`",
    ),
    ErrorRow(error=NotSupported, code=_METHOD_NOT_FOUND, example="list_turns is not supported yet"),
    *_prose(
        NotSupported,
        r"^ephemeral threads? do(es)? not support\b",
        "ephemeral threads do not support thread/turns/list",
        f"ephemeral thread does not support metadata updates: {_ID}",
    ),
    *_prose(
        NotSupported,
        r"^thread is not persisted\b",
        f"thread is not persisted and cannot be deleted: {_ID}",
    ),
    *_prose(
        NotSupported,
        r"^thread \S+ is not materialized yet\b",
        f"thread {_ID} is not materialized yet; "
        "thread/turns/list is unavailable before first user message",
    ),
    *_prose(ThreadNotFound, r"^thread not found: ", f"thread not found: {_ID}"),
    *_prose(ThreadNotFound, r"^thread not loaded: ", f"thread not loaded: {_ID}"),
    *_prose(
        ThreadNotFound,
        r"^no (archived )?rollout found for thread id ",
        f"no rollout found for thread id {_ID}",
        f"no archived rollout found for thread id {_ID}",
    ),
    *_prose(
        ThreadNotFound,
        r"^failed to read thread: invalid thread-store request: no rollout found for thread id ",
        "failed to read thread: invalid thread-store request: "
        f"no rollout found for thread id {_ID}",
        code=_INTERNAL,
    ),
    *_prose(
        ThreadNotFound,
        r"^invalid (session|thread) id: ",
        "invalid session id: invalid length: expected length 32 for simple format, found 3",
        "invalid thread id: invalid length: expected length 32 for simple format, found 3",
    ),
    *_prose(
        ThreadArchived,
        r"^session \S+ is archived\b",
        f"session {_ID} is archived. Run `codex unarchive {_ID}` to unarchive it first.",
    ),
    *_prose(
        ThreadInUse,
        r"^thread \S+ already has an active writer\b",
        f"thread {_ID} already has an active writer",
    ),
    *_prose(
        NoActiveTurn,
        r"^no active turn to (interrupt|steer)\b",
        "no active turn to interrupt",
        "no active turn to steer",
    ),
    *_prose(
        ActiveTurnMismatch,
        r"^expected active turn id \S+ but found \S+",
        f"expected active turn id {_ID} but found {_OTHER_ID}",
        f"expected active turn id `{_ID}` but found `{_OTHER_ID}`",
    ),
    *_prose(
        NoActiveProcess,
        r"^no active (command/exec|process) for process\b",
        'no active command/exec for process id "nope"',
        'no active process for process handle "nope"',
    ),
    *_prose(
        LoginRequired,
        r"^codex account authentication required\b",
        "codex account authentication required to read rate limits",
    ),
    *_prose(
        LoginRequired,
        r"^remote control requires ChatGPT authentication\b",
        "remote control requires ChatGPT authentication",
    ),
    *_prose(
        ServerOSError,
        r"\(os error \d{1,9}\)$",
        "No such file or directory (os error 2)",
        "failed to spawn process: No such file or directory (os error 2)",
        code=_INTERNAL,
    ),
)
"""First fit wins; an error that fits none is a plain `RequestError`."""


# Any, three times: error.data is whatever JSON the server sent.
def classify(method: str, code: int, message: str, data: Any = None) -> RequestError:
    """The exception for an error answer to ``method``; not raised here.

    ``data`` is the decoded ``error.data``, None when absent.
    """
    row = row_for(method, code, message, data)
    return (RequestError if row is None else row.error)(method, code, message, data)


def row_for(method: str, code: int, message: str, data: Any = None) -> ErrorRow | None:
    """The first row that fits, None for an answer of no known kind."""
    return next((row for row in ERROR_ROWS if row.fits(method, code, message, data)), None)


def _member(data: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        data = cast("Mapping[str, Any]", data).get(name) if isinstance(data, Mapping) else None
    return data
