"""Every exception this library raises on purpose, under one root.

Owns the tree and the facts each error carries; knows no other room (annotations only). Facts are
attributes, prose is for people. Two of them answer what a service must decide:

- ``retryable``: the same call may well succeed later, unchanged.
- ``outcome_certain``: the server surely did not do what was asked (safe to ask again).

::

    CodexRuntimeError
    ├── InvalidInput (also ValueError)   refused here, before anything was sent
    │   ├── ConfigError                  a field of RuntimeConfig or SessionConfig
    │   │   └── FullAccessDenied         full access asked for without allow_full_access
    │   ├── ProfileError                 a field of a RunProfile that cannot be honoured
    │   └── PromptError                  a prompt the server would drop or choke on
    ├── StartError                       no usable app-server: not found, not Codex, died, too slow
    ├── RuntimeClosed                    the runtime was left; nothing more can be asked of it
    ├── AppServerExited                  the process or its pipe ended under a waiter
    ├── RequestError                     the server answered with an error
    │   ├── ServerOverloaded             -32001, still so after the retries
    │   ├── InputTooLarge                over the server's limit (also refused here)
    │   ├── ThreadNotFound               not loaded, or no rollout on disk
    │   ├── ThreadArchived               archived; unarchive it first
    │   ├── NoActiveTurn                 nothing to interrupt or steer
    │   ├── ActiveTurnMismatch           another turn is active than the one named
    │   └── ExperimentalRequired         needs ``experimental_api=True``
    ├── RequestTimeout                   no answer within the deadline
    ├── QueueTimeout                     no place at the ingress gate within ``queue_timeout_s``
    ├── TurnNotCompleted                 the turn ended otherwise; carries ``.result``
    │   ├── TurnFailed
    │   ├── TurnInterrupted
    │   ├── TurnTimedOut
    │   └── TurnLost                     the connection died under the turn
    ├── TurnNotEnded                     the result was read before the end
    ├── SessionClosed                    the handle was closed
    ├── SessionBusy                      a turn runs on this thread and waiting was not wanted
    ├── SlowConsumer                     this subscriber fell behind its own bound
    └── ProtocolError
        ├── LocalProtocolError           we broke the rules (a bug, or an answer given twice)
        └── RemoteProtocolError          the server did
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.model.results import TurnResult

__all__ = [
    "ActiveTurnMismatch",
    "AppServerExited",
    "CodexRuntimeError",
    "ConfigError",
    "ExperimentalRequired",
    "FullAccessDenied",
    "InputTooLarge",
    "InvalidInput",
    "LocalProtocolError",
    "NoActiveTurn",
    "ProfileError",
    "PromptError",
    "ProtocolError",
    "QueueTimeout",
    "RemoteProtocolError",
    "RequestError",
    "RequestTimeout",
    "RuntimeClosed",
    "ServerOverloaded",
    "SessionBusy",
    "SessionClosed",
    "SlowConsumer",
    "StartError",
    "ThreadArchived",
    "ThreadNotFound",
    "TurnFailed",
    "TurnInterrupted",
    "TurnLost",
    "TurnNotCompleted",
    "TurnNotEnded",
    "TurnTimedOut",
]


class CodexRuntimeError(Exception):
    """Root of every error of this library."""

    retryable: bool = False
    """The same call may well succeed later, unchanged."""

    outcome_certain: bool = True
    """The server surely did not do what was asked."""


class InvalidInput(CodexRuntimeError, ValueError):
    """A value was refused here, before anything was sent or started.

    ``name`` is the parameter or field, ``value`` what was given, ``hint`` the way out.
    """

    def __init__(self, name: str, value: object, problem: str, hint: str) -> None:
        super().__init__(f"{name}={_shorten(value)}: {problem}. {hint}")
        self.name = name
        self.value = value
        self.problem = problem
        self.hint = hint


class ConfigError(InvalidInput):
    """A field of :class:`~codex_runtime.RuntimeConfig` or `SessionConfig` cannot be used."""


class FullAccessDenied(ConfigError):
    """Full access was asked for while ``RuntimeConfig.allow_full_access`` is False."""


class ProfileError(InvalidInput):
    """A field of a :class:`~codex_runtime.RunProfile` cannot be honoured; ``name`` says which."""


class PromptError(InvalidInput):
    """A prompt that the server would drop in silence or refuse."""


class StartError(CodexRuntimeError):
    """No usable app-server came up; nothing is left running.

    ``returncode`` is None when the process never ran or had to be ended by us. ``tried`` lists the
    places that were searched for the binary.
    """

    def __init__(
        self,
        problem: str,
        *,
        hint: str = "",
        returncode: int | None = None,
        stderr_tail: str = "",
        tried: Sequence[str] = (),
    ) -> None:
        parts = [problem]
        if returncode is not None:
            parts.append(f"exit code {returncode}")
        if tried:
            parts.append("tried: " + "; ".join(tried))
        if hint:
            parts.append(hint)
        if stderr_tail.strip():
            parts.append("end of stderr:\n" + stderr_tail.strip()[-2000:])
        super().__init__(". ".join(parts))
        self.problem = problem
        self.hint = hint
        self.returncode = returncode
        self.stderr_tail = stderr_tail
        self.tried: tuple[str, ...] = tuple(tried)


class RuntimeClosed(CodexRuntimeError):
    """The ``open_runtime`` block was left, or is being left; nothing was sent."""

    def __init__(self) -> None:
        super().__init__("the runtime is closed; open a new one with open_runtime()")


class AppServerExited(CodexRuntimeError):
    """The app-server's process or pipe ended under a waiter.

    ``returncode`` is negative for a signal, None while unknown. What was asked may have been done,
    unless ``outcome_certain`` says that it was never written.
    """

    retryable = True

    def __init__(
        self,
        returncode: int | None,
        stderr_tail: str = "",
        *,
        reason: str = "",
        written: bool = True,
    ) -> None:
        how = reason or "the app-server exited"
        code = "" if returncode is None else f" (exit code {returncode})"
        tail = f"; end of stderr:\n{stderr_tail.strip()[-2000:]}" if stderr_tail.strip() else ""
        super().__init__(f"{how}{code}{tail}")
        self.returncode = returncode
        self.stderr_tail = stderr_tail
        self.reason = how
        self.outcome_certain: bool = not written


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


class NoActiveTurn(RequestError):
    """The server has no active turn on this thread to interrupt or steer."""


class ActiveTurnMismatch(RequestError):
    """Another turn is the server's active one than the one named; ``found`` is its id."""

    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        super().__init__(method, code, message, data)
        _, named, found = message.rpartition("found ")
        self.found: str = found.strip(" `'\".") if named else ""


class ExperimentalRequired(RequestError):
    """The method or field needs ``RuntimeConfig(experimental_api=True)``."""


class RequestTimeout(CodexRuntimeError):
    """No answer within ``timeout_s`` seconds of the write; the server may still do it.

    ``outcome_certain`` is True when the server did not even take the bytes in that time.
    """

    retryable = True

    def __init__(self, method: str, timeout_s: float, *, written: bool = True) -> None:
        what = "no answer" if written else "the server did not read it"
        super().__init__(f"{method}: {what} within {timeout_s:g} s")
        self.method = method
        self.timeout_s = timeout_s
        self.outcome_certain: bool = not written


class QueueTimeout(CodexRuntimeError):
    """No place at the ingress gate within ``queue_timeout_s``; nothing was sent."""

    retryable = True

    def __init__(self, method: str, timeout_s: float) -> None:
        super().__init__(f"{method}: no place at the ingress gate within {timeout_s:g} s")
        self.method = method
        self.timeout_s = timeout_s


class TurnNotCompleted(CodexRuntimeError):
    """A turn ended otherwise than ``completed``; ``result`` holds what there was of it."""

    def __init__(self, message: str, result: TurnResult) -> None:
        super().__init__(message)
        self.result = result

    @property
    def text(self) -> str:
        """The answer so far, possibly empty."""
        return self.result.text


class TurnFailed(TurnNotCompleted):
    """The server ended the turn as ``failed``; ``result.error`` says why."""

    outcome_certain = False


class TurnInterrupted(TurnNotCompleted):
    """The turn was interrupted, by us or by another client of the thread."""

    outcome_certain = False


class TurnTimedOut(TurnNotCompleted):
    """A deadline of ours passed and the turn was interrupted."""

    retryable = True
    outcome_certain = False


class TurnLost(TurnNotCompleted):
    """The connection died under the turn; ``__cause__`` is the `AppServerExited`."""

    retryable = True
    outcome_certain = False


class TurnNotEnded(CodexRuntimeError):
    """``Turn.result`` was read before the end; iterate to it, or ``await turn.finish()``."""

    def __init__(self) -> None:
        super().__init__("the turn has not ended; iterate to its end or await turn.finish()")


class SessionClosed(CodexRuntimeError):
    """The handle was closed; nothing was sent."""

    def __init__(self, thread_id: str) -> None:
        super().__init__(
            f"the session of thread {thread_id} is closed; start or resume another one"
        )
        self.thread_id = thread_id


class SessionBusy(CodexRuntimeError):
    """A turn runs on this thread and waiting for it is refused; nothing was sent."""

    retryable = True

    def __init__(self, thread_id: str, turn_id: str | None, reason: str = "") -> None:
        why = reason or "a turn runs on this thread and overlap is 'reject'"
        super().__init__(f"thread {thread_id}: {why}")
        self.thread_id = thread_id
        self.turn_id = turn_id


class SlowConsumer(CodexRuntimeError):
    """This subscriber left more than ``max_backlog_bytes`` unread and was cut off alone."""

    def __init__(self, backlog_bytes: int, max_backlog_bytes: int) -> None:
        super().__init__(
            f"{backlog_bytes} bytes of events unread, over the bound of {max_backlog_bytes}; "
            "read faster or raise max_backlog_bytes"
        )
        self.backlog_bytes = backlog_bytes
        self.max_backlog_bytes = max_backlog_bytes


class ProtocolError(CodexRuntimeError):
    """The rules of the protocol were broken; a subclass says by whom."""


class LocalProtocolError(ProtocolError):
    """We broke the protocol: a bug here, or a server request answered twice."""


class RemoteProtocolError(ProtocolError):
    """The server broke the protocol: an answer that does not have its promised shape."""

    outcome_certain = False


_SHOWN_CHARS = 120


def _shorten(value: object) -> str:
    text = ascii(value) if isinstance(value, str) else repr(value)
    if len(text) <= _SHOWN_CHARS:
        return text
    return f"{text[:_SHOWN_CHARS]}...({len(text)} characters)"


def _int_member(data: Any, name: str) -> int | None:  # Any: see RequestError
    member = data.get(name) if hasattr(data, "get") else None
    return member if isinstance(member, int) else None
