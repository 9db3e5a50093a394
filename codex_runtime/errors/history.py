"""What goes wrong while stored threads are looked up or read: by the offline reader or the server.

Owns the errors of the catalogue and of rollouts; which one is raised when is decided in
`codex_runtime.history`. A bad line of a rollout is no error: it is reported and skipped. Knows no
other room. The root of the tree is in `ours`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.errors.ours import CodexRuntimeError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AmbiguousThreadId",
    "HistoryError",
    "HomeNotFound",
    "NoThreadFound",
    "RolloutUnreadable",
]

_SHOWN_IDS = 5


class HistoryError(CodexRuntimeError):
    """Stored threads could not be looked up or read; nothing on disk was changed."""


class HomeNotFound(HistoryError):
    """There is no ``CODEX_HOME`` to read at ``path``; ``problem`` says why."""

    def __init__(self, path: str, problem: str = "it does not exist") -> None:
        super().__init__(
            f"no Codex home at {path}: {problem}. Pass codex_home or set CODEX_HOME to the "
            "directory that holds sessions/"
        )
        self.path = path
        self.problem = problem


class NoThreadFound(HistoryError):
    """No stored thread fits; ``looked_for`` says what was asked, ``where`` which store was read."""

    def __init__(self, looked_for: str, where: str = "") -> None:
        place = f"in {where}" if where else ""
        super().__init__(" ".join(part for part in ("no stored thread", looked_for, place) if part))
        self.looked_for = looked_for
        self.where = where


class AmbiguousThreadId(HistoryError):
    """A prefix fits more than one thread; ``thread_ids`` are those found."""

    def __init__(self, prefix: str, thread_ids: Sequence[str]) -> None:
        shown = ", ".join(thread_ids[:_SHOWN_IDS])
        more = f" and {len(thread_ids) - _SHOWN_IDS} more" if len(thread_ids) > _SHOWN_IDS else ""
        super().__init__(f"{prefix!r} is the beginning of several threads: {shown}{more}")
        self.prefix = prefix
        self.thread_ids: tuple[str, ...] = tuple(thread_ids)


class RolloutUnreadable(HistoryError):
    """A rollout could not be opened or read at all: ``path``, and ``problem`` why."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"the rollout {path} cannot be read: {problem}")
        self.path = path
        self.problem = problem
