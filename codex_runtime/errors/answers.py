"""What the server answered with: `RequestError` and its kin.

Owns the facts that are read from an error answer's code, message and data. Which answer is which
error is no matter here: see ``protocol.errors_table``. Enter at `RequestError`.
"""

from __future__ import annotations

import re
from typing import Any

from codex_runtime.errors.ours import CodexRuntimeError

__all__ = [
    "ActiveTurnMismatch",
    "ConfigNotWritten",
    "ExperimentalRequired",
    "InputTooLarge",
    "LoginRequired",
    "NoActiveProcess",
    "NoActiveTurn",
    "NotSupported",
    "RequestError",
    "ServerOSError",
    "ServerOverloaded",
    "ThreadArchived",
    "ThreadInUse",
    "ThreadNotFound",
    "TurnNotSteerable",
    "UnknownMethod",
]


class RequestError(CodexRuntimeError):
    """The server answered a request with a JSON-RPC error; it did not do what was asked.

    ``data`` is the decoded ``error.data`` (any JSON value), None when absent.
    """

    # error.data is whatever JSON the server sent: there is no narrower type to state.
    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        super().__init__(f"{method}: {message} (code {code})")
        self.method = method
        self.code = code
        self.message = message
        self.data = data


class ServerOverloaded(RequestError):
    """-32001: the server's queue was full, and still was after the retries."""

    retryable = True


class InputTooLarge(RequestError):
    """Over the server's limit of input characters; refused here, before it is sent, where we can.

    ``max_chars`` and ``actual_chars`` are numbers of Unicode code points, None when not told.
    """

    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        super().__init__(method, code, message, data)
        self.max_chars: int | None = _int_member(data, "max_chars")
        self.actual_chars: int | None = _int_member(data, "actual_chars")


class ThreadNotFound(RequestError):
    """The thread is not loaded, or has no rollout on disk (one that never ran a turn has none)."""


class ThreadArchived(RequestError):
    """The thread is archived; ``thread/unarchive`` it before resuming."""


class ThreadInUse(RequestError):
    """Another app-server has the thread open, or it is loaded here and would have to be stored.

    Raised by ``thread/resume`` and ``thread/archive`` of a thread that another process drives, and
    by ``thread/unarchive`` of one that is not archived.
    """

    retryable = True


class NoActiveTurn(RequestError):
    """The server has no active turn on this thread to interrupt or steer."""


class ActiveTurnMismatch(RequestError):
    """Another turn is the server's active one than the one named; ``found`` is its id."""

    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        super().__init__(method, code, message, data)
        _, named, found = message.rpartition("found ")
        self.found: str = found.strip(" `'\".") if named else ""


class TurnNotSteerable(RequestError):
    """The active turn takes no input; ask again when it has ended.

    ``turn_kind`` is the server's word, ``review`` or ``compact`` so far; empty when not told.
    """

    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        super().__init__(method, code, message, data)
        told = _member(_member(data, "codexErrorInfo"), "activeTurnNotSteerable")
        kind = _member(told, "turnKind")
        _, named, rest = message.partition("turn_kind: ")
        in_prose = rest.partition(" ")[0].lower() if named else ""
        self.turn_kind: str = kind if isinstance(kind, str) else in_prose


class NoActiveProcess(RequestError):
    """No process of that id or handle runs: it has ended, or was never started."""


class ExperimentalRequired(RequestError):
    """The method or field needs ``RuntimeConfig(experimental_api=True)``."""


class UnknownMethod(RequestError):
    """This server does not have the method: it is older or newer than what asks it."""


class NotSupported(RequestError):
    """The server has the method, but not for this thread: an ephemeral one, or one that never ran.

    Also what it answers with -32601.
    """


class LoginRequired(RequestError):
    """Needs an account: ``account/login/start``, or ``codex login`` in a terminal."""


class ConfigNotWritten(RequestError):
    """The configuration stays as it was.

    ``reason`` is the server's word: ``configVersionConflict`` (read it again, then write),
    ``configValidationError``, ``configLayerReadonly``, or another one.
    """

    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        super().__init__(method, code, message, data)
        reason = _member(data, "config_write_error_code")
        self.reason: str = reason if isinstance(reason, str) else ""


class ServerOSError(RequestError):
    """The operating system refused, where the server runs; some of it may have been done.

    ``errno`` is the number as that system counts (2 is ``errno.ENOENT``), None when not told.
    """

    outcome_certain = False

    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        super().__init__(method, code, message, data)
        told = re.search(r"\(os error ([0-9]{1,9})\)$", message)
        self.errno: int | None = int(told[1]) if told else None


def _member(data: Any, name: str) -> Any:  # Any: see RequestError
    return data.get(name) if hasattr(data, "get") else None


def _int_member(data: Any, name: str) -> int | None:  # Any: see RequestError
    member = _member(data, name)
    return member if isinstance(member, int) else None
