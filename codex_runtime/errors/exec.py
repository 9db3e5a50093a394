"""How a run of ``codex exec`` fails, one class for each kind.

Owns what each failure says of itself; which one it was is decided in `codex_runtime.exec`. Facts
are attributes: the thread's id is kept whatever happened. Knows no other room (annotations only).
The root of the tree is in `ours`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from codex_runtime.errors.ours import CodexRuntimeError

if TYPE_CHECKING:
    from codex_runtime.exec.turns import ExecTurn

__all__ = [
    "ExecBudgetPassed",
    "ExecExited",
    "ExecFailure",
    "ExecFailureKind",
    "ExecLoginRequired",
    "ExecOutputBroken",
    "ExecRefused",
    "ExecStartFailed",
    "ExecThreadChanged",
    "ExecThreadNotFound",
    "ExecTimedOut",
    "ExecTurnFailed",
]

ExecFailureKind: TypeAlias = Literal[
    "arguments",
    "bad_line",
    "budget",
    "config",
    "directory",
    "exited",
    "input",
    "login",
    "setup",
    "start",
    "thread_changed",
    "thread_not_found",
    "timed_out",
    "turn_failed",
]

_SHOWN_CHARS = 2000


class ExecFailure(CodexRuntimeError):
    """A run of ``codex exec`` did not complete its turn; ``turn`` holds what there was of it.

    ``kind`` is for programs. ``thread_id`` is known as soon as one event carried it, and None
    before. ``returncode`` is negative for a signal; ``stderr_tail`` is at most 64 KiB.
    """

    kinds: ClassVar[tuple[ExecFailureKind, ...]] = ()
    """Those that this class is raised for."""

    outcome_certain = False

    def __init__(self, problem: str, turn: ExecTurn, *, kind: ExecFailureKind) -> None:
        parts = [f"codex exec: {problem}"]
        if turn.returncode is not None:
            parts.append(f"exit code {turn.returncode}")
        if turn.thread_id is not None:
            parts.append(f"thread {turn.thread_id}")
        told = turn.stderr_tail.strip()
        if told and told not in problem:
            parts.append("end of stderr:\n" + told[-_SHOWN_CHARS:])
        super().__init__("; ".join(parts))
        self.problem = problem
        self.turn = turn
        self.kind: ExecFailureKind = kind

    @property
    def thread_id(self) -> str | None:
        """The thread, for `ExecSession.resume`; None if no event told it."""
        return self.turn.thread_id

    @property
    def returncode(self) -> int | None:
        """Of the process; negative for a signal."""
        return self.turn.returncode

    @property
    def stderr_tail(self) -> str:
        """The end of what the process complained of."""
        return self.turn.stderr_tail


class ExecRefused(ExecFailure):
    """Codex refused the command before there was a thread.

    By ``kind``: its arguments, configuration, directory or input, or whatever else it could not set
    up (an MCP server that is required). The same command will be refused again.
    """

    kinds: ClassVar[tuple[ExecFailureKind, ...]] = (
        "arguments",
        "config",
        "directory",
        "input",
        "setup",
    )
    outcome_certain = True


class ExecStartFailed(ExecFailure):
    """It died before any turn from what passes by itself: others made the same home's databases."""

    kinds: ClassVar[tuple[ExecFailureKind, ...]] = ("start",)
    retryable = True
    outcome_certain = True


class ExecThreadNotFound(ExecFailure):
    """There is no thread to resume.

    For an id nothing was done (``outcome_certain``). For a name, or ``--last``, Codex begins a new
    thread instead: it was stopped when it said so, and its id is in ``turn``, not in the session.
    """

    kinds: ClassVar[tuple[ExecFailureKind, ...]] = ("thread_not_found",)

    def __init__(self, problem: str, turn: ExecTurn, *, kind: ExecFailureKind) -> None:
        super().__init__(problem, turn, kind=kind)
        self.outcome_certain: bool = turn.thread_id is None


class ExecThreadChanged(ExecFailure):
    """Codex went on in another thread than the one that was named, and was stopped.

    ``turn.thread_id`` is that other thread; the session stays with its own.
    """

    kinds: ClassVar[tuple[ExecFailureKind, ...]] = ("thread_changed",)


class ExecLoginRequired(ExecFailure):
    """The model's provider did not know the account or key (HTTP 401)."""

    kinds: ClassVar[tuple[ExecFailureKind, ...]] = ("login",)


class ExecTurnFailed(ExecFailure):
    """Codex ended the turn as failed; ``problem`` is its message. Tools may have run."""

    kinds: ClassVar[tuple[ExecFailureKind, ...]] = ("turn_failed",)
    retryable = True


class ExecTimedOut(ExecFailure):
    """A deadline passed (``problem`` says which) and the process was ended. Tools may have run."""

    kinds: ClassVar[tuple[ExecFailureKind, ...]] = ("timed_out",)
    retryable = True


class ExecBudgetPassed(ExecFailure):
    """Others used up the shared `TokenBudget` and the process was ended, as its action says."""

    kinds: ClassVar[tuple[ExecFailureKind, ...]] = ("budget",)


class ExecExited(ExecFailure):
    """The process ended without the end of a turn: a crash, a signal, an error without a name."""

    kinds: ClassVar[tuple[ExecFailureKind, ...]] = ("exited",)
    retryable = True


class ExecOutputBroken(ExecFailure):
    """The end of the turn never came, and a line of the output could not be read.

    ``turn.malformed`` has it.
    """

    kinds: ClassVar[tuple[ExecFailureKind, ...]] = ("bad_line",)
    retryable = True
