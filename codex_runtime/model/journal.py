"""`JournalConfig`: where a write-ahead journal goes, how sure it is, and what its failure means.

Owns the fields, defaults and bounds. Does not touch the file system and knows no format: see
`codex_runtime.history.journal`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.model.checks import check_choice, check_int, check_path

if TYPE_CHECKING:
    import os

__all__ = ["JournalConfig", "OnJournalError", "OnJournalFull", "Sync"]

Sync: TypeAlias = Literal["none", "flush", "fsync"]
"""How far a record is before what it records is handed on.

``none``: in a buffer of this process, written when 1 MiB is full and at the end; lost with the
process. ``flush``: with the operating system; it outlives this process, however that dies.
``fsync``: on the disk; it outlives a power failure."""

OnJournalFull: TypeAlias = Literal["wait", "fail"]
"""What more than ``max_queue_bytes`` before a slow disk means: ``wait`` reads no more, so that the
server blocks; ``fail`` is a `JournalBehind`, treated as ``on_error`` says."""

OnJournalError: TypeAlias = Literal["raise", "count"]
"""What a failed write means. ``raise``: the server is ended, every waiter and all later work get
an error whose cause is the `JournalError`. ``count``: events go on unrecorded until a write
succeeds again; `Statistics` counts them."""

_MIB: Final = 1024 * 1024
_MAX_KEPT_FILES: Final = 100


@attrs.frozen(kw_only=True)
class JournalConfig:
    """A write-ahead record of what the server says, in one file that nobody else writes to.

    Raises `ConfigError` at construction for a value that can never work. The file is made with mode
    0600, or appended to; its folder has to be there.
    """

    path: str | os.PathLike[str]
    """The file; beside it come ``PATH.lock`` and, when it is rotated, ``PATH.1`` (the newest) on.
    A relative one is taken from this process as the journal is opened."""

    sync: Sync = "flush"
    """How far a record is before what it records is handed on; see `Sync`."""

    every_ms: int = 0
    """Flush or sync at most this often, in milliseconds: what came since may be lost. 0 does it
    before each hand-over. With ``fsync``, records are with the operating system at once."""

    max_file_bytes: int | None = None
    """Rotate before the file gets larger (a single line may); None never does."""

    keep_files: int = 8
    """So many rotated files are kept (0 to 100); the oldest goes first."""

    max_queue_bytes: int = 8 * _MIB
    """So much may wait to be written, besides a line that has not ended yet."""

    on_full: OnJournalFull = "wait"
    """What a full queue means; see `OnJournalFull`."""

    on_error: OnJournalError = "raise"
    """What a failed write means; see `OnJournalError`. Failing to open always raises."""

    def __attrs_post_init__(self) -> None:
        check_path("journal.path", self.path, ConfigError)
        for name, choices in (
            ("sync", ("none", "flush", "fsync")),
            ("on_full", ("wait", "fail")),
            ("on_error", ("raise", "count")),
        ):
            check_choice(f"journal.{name}", getattr(self, name), choices, ConfigError)
        check_int("journal.every_ms", self.every_ms, ConfigError, at_least=0, at_most=3_600_000)
        if self.every_ms and self.sync == "none":
            raise ConfigError(
                "journal.every_ms",
                self.every_ms,
                "means nothing with sync='none'",
                "Leave it out, or set sync to 'flush' or 'fsync'",
            )
        if self.max_file_bytes is not None:
            check_int(
                "journal.max_file_bytes",
                self.max_file_bytes,
                ConfigError,
                at_least=4096,
                at_most=1 << 50,
            )
        check_int(
            "journal.keep_files",
            self.keep_files,
            ConfigError,
            at_least=0,
            at_most=_MAX_KEPT_FILES,
        )
        check_int(
            "journal.max_queue_bytes",
            self.max_queue_bytes,
            ConfigError,
            at_least=4096,
            at_most=1 << 40,
        )
