"""The root of the tree, and what this library finds out by itself.

Owns every error that is no answer of the server (see `answers`): refused here, timed out, lost,
ended otherwise. Knows no other room (annotations only). Enter at `CodexRuntimeError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_runtime.model.results import TurnResult

__all__ = [
    "AppServerExited",
    "CodexRuntimeError",
    "ConfigError",
    "FullAccessDenied",
    "InvalidInput",
    "LocalProtocolError",
    "ProfileError",
    "PromptError",
    "ProtocolError",
    "QueueTimeout",
    "RemoteProtocolError",
    "RequestTimeout",
    "RuntimeClosed",
    "SessionBusy",
    "SessionClosed",
    "SlowConsumer",
    "StartError",
    "TurnFailed",
    "TurnInterrupted",
    "TurnLost",
    "TurnNotCompleted",
    "TurnNotEnded",
    "TurnTimedOut",
]


class CodexRuntimeError(Exception):
    """Root of every error of this library.

    Each can be pickled and copied, with facts that can: type, text and attributes come back;
    ``__cause__`` and the traceback stay behind, as with every exception.
    """

    retryable: bool = False
    """The same call may well succeed later, unchanged."""

    outcome_certain: bool = True
    """The server surely did not do what was asked."""

    def __reduce__(self) -> tuple[Callable[..., CodexRuntimeError], tuple[object, ...], object]:
        # The default would call the constructor with the finished text.
        return _restored, (type(self), *self.args), vars(self)


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
        super().__init__(_sentences(parts))
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
    unless ``outcome_certain`` says that it was never written. ``retryable`` is False when no server
    will be started any more.
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


class RequestTimeout(CodexRuntimeError):
    """No answer within ``timeout_s`` seconds of the write; the server may still do it.

    ``outcome_certain`` is True when the server did not even take the bytes in that time.
    ``stderr_tail`` is what the server complained of last, where it is known.
    """

    retryable = True

    def __init__(
        self, method: str, timeout_s: float, *, written: bool = True, stderr_tail: str = ""
    ) -> None:
        what = "no answer" if written else "the server did not read it"
        tail = f"; end of stderr:\n{stderr_tail.strip()[-2000:]}" if stderr_tail.strip() else ""
        super().__init__(f"{method}: {what} within {timeout_s:g} s{tail}")
        self.method = method
        self.timeout_s = timeout_s
        self.stderr_tail = stderr_tail
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
    """The turn was interrupted, by us or by another client of the thread.

    ``reason`` says why where a bound of this session did it: a budget, ``max_tool_items``.
    """

    outcome_certain = False

    def __init__(self, message: str, result: TurnResult, *, reason: str | None = None) -> None:
        super().__init__(message, result)
        self.reason = reason


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
    """This subscriber left more unread than its bound and was cut off alone.

    ``bound`` is the option that was passed over (``max_backlog_bytes`` or ``max_backlog_events``),
    ``limit`` its value; ``backlog_events`` and ``backlog_bytes`` are what was unread by then.
    """

    def __init__(self, bound: str, limit: int, *, backlog_events: int, backlog_bytes: int) -> None:
        super().__init__(
            f"{backlog_events} events ({backlog_bytes} bytes) unread, over {bound}={limit}; "
            f"read faster or raise {bound}"
        )
        self.bound = bound
        self.limit = limit
        self.backlog_events = backlog_events
        self.backlog_bytes = backlog_bytes


class ProtocolError(CodexRuntimeError):
    """The rules of the protocol were broken; a subclass says by whom."""


class LocalProtocolError(ProtocolError):
    """We broke the protocol: a bug here, or a server request answered twice."""


class RemoteProtocolError(ProtocolError):
    """The server broke the protocol: an answer that does not have its promised shape."""

    outcome_certain = False


def _restored(kind: type[CodexRuntimeError], *args: object) -> CodexRuntimeError:
    return kind.__new__(kind, *args)


def _sentences(parts: Sequence[str]) -> str:
    text = parts[0]
    for part in parts[1:]:
        text += f" {part}" if text.endswith(("?", ".")) else f". {part}"
    return text


_SHOWN_CHARS = 120


def _shorten(value: object) -> str:
    text = ascii(value) if isinstance(value, str) else repr(value)
    if len(text) <= _SHOWN_CHARS:
        return text
    return f"{text[:_SHOWN_CHARS]}...({len(text)} characters)"
