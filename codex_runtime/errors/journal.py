"""What goes wrong with a journal: writing it, opening it, reading it.

Owns these errors and the facts they carry. Knows no other room (annotations only). The root of the
tree and the rest are in `ours`.
"""

from __future__ import annotations

from codex_runtime.errors.ours import CodexRuntimeError

__all__ = ["JournalBehind", "JournalError", "JournalInUse", "JournalUnreadable"]


class JournalError(CodexRuntimeError):
    """A journal cannot be written: opened, appended to, flushed or rotated.

    ``path`` is the file, ``problem`` what is wrong, ``errno`` that of the operating system if it
    said so. Of a running runtime it is the ``__cause__`` of what its waiters get.
    """

    def __init__(
        self, path: str, problem: str, hint: str = "", *, errno: int | None = None
    ) -> None:
        super().__init__(f"journal {path}: {problem}" + (f". {hint}" if hint else ""))
        self.path = path
        self.problem = problem
        self.hint = hint
        self.errno = errno


class JournalInUse(JournalError):
    """Another runtime or session, here or in another process, writes to this journal."""


class JournalBehind(JournalError):
    """The disk is slower than the server: ``max_queue_bytes`` waited, with ``on_full="fail"``."""


class JournalUnreadable(JournalError):
    """What is there cannot be read as a journal: missing, of something else, of a newer version."""
