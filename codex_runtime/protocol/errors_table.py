"""Which exception a server's error answer is.

Owns one table: the code, ``error.data`` and, where the server gives nothing else, its prose, each
row with a captured message of 0.163.0 as example. Prose is matched on its fixed words alone, case
ignored. Knows no connection. Enter through `classify`.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

import attrs

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

__all__ = ["ERROR_ROWS", "ErrorRow", "classify"]


@attrs.frozen(kw_only=True)
class ErrorRow:
    """One kind of error; every condition that is given must hold."""

    error: type[RequestError]
    example: str
    """A message the real server sent."""
    code: int | None = None
    input_error_code: str | None = None
    """``error.data.input_error_code``."""
    pattern: re.Pattern[str] | None = None
    """Searched in the message."""

    # Any: error.data is whatever JSON the server sent.
    def fits(self, code: int, message: str, data: Any) -> bool:
        """Whether an error answer is of this kind."""
        if self.code is not None and self.code != code:
            return False
        if self.input_error_code is not None:
            facts = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
            if facts.get("input_error_code") != self.input_error_code:
                return False
        return self.pattern is None or self.pattern.search(message) is not None


_INVALID_REQUEST: Final = -32600
_ID: Final = "019a9f00-0000-7000-8000-000000000000"


def _prose(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


ERROR_ROWS: Final[tuple[ErrorRow, ...]] = (
    ErrorRow(
        error=ServerOverloaded,
        code=-32001,
        example="Server overloaded; retry later.",
    ),
    ErrorRow(
        error=InputTooLarge,
        input_error_code="input_too_large",
        example="Input exceeds the maximum length of 1048576 characters.",
    ),
    ErrorRow(
        error=ExperimentalRequired,
        code=_INVALID_REQUEST,
        pattern=_prose(r"\brequires experimentalApi capability"),
        example="thread/settings/update requires experimentalApi capability",
    ),
    ErrorRow(
        error=ThreadNotFound,
        code=_INVALID_REQUEST,
        pattern=_prose(r"^thread not found: "),
        example=f"thread not found: {_ID}",
    ),
    ErrorRow(
        error=ThreadNotFound,
        code=_INVALID_REQUEST,
        pattern=_prose(r"^thread not loaded: "),
        example=f"thread not loaded: {_ID}",
    ),
    ErrorRow(
        error=ThreadNotFound,
        code=_INVALID_REQUEST,
        pattern=_prose(r"^no (archived )?rollout found for thread id "),
        example=f"no rollout found for thread id {_ID}",
    ),
    ErrorRow(
        error=ThreadNotFound,
        code=_INVALID_REQUEST,
        pattern=_prose(r"^invalid (session|thread) id: "),
        example="invalid session id: invalid length: expected length 32 for simple format, found 3",
    ),
    ErrorRow(
        error=ThreadArchived,
        code=_INVALID_REQUEST,
        pattern=_prose(r"^session \S+ is archived\b"),
        example=f"session {_ID} is archived. Run `codex unarchive {_ID}` to unarchive it first.",
    ),
    ErrorRow(
        error=NoActiveTurn,
        code=_INVALID_REQUEST,
        pattern=_prose(r"^no active turn to (interrupt|steer)\b"),
        example="no active turn to interrupt",
    ),
    ErrorRow(
        error=ActiveTurnMismatch,
        code=_INVALID_REQUEST,
        pattern=_prose(r"^expected active turn id \S+ but found \S+"),
        example=f"expected active turn id `{_ID}` but found `01a1fc39-7c16-76f2-a1fc-389ee9dd6864`",
    ),
)
"""First fit wins; an error that fits none is a plain `RequestError`."""


# Any: error.data is whatever JSON the server sent.
def classify(method: str, code: int, message: str, data: Any = None) -> RequestError:
    """The exception for an error answer to ``method``; not raised here.

    ``data`` is the decoded ``error.data``, None when absent.
    """
    for row in ERROR_ROWS:
        if row.fits(code, message, data):
            return row.error(method, code, message, data)
    return RequestError(method, code, message, data)
