"""`Rollouts`: which threads a ``CODEX_HOME`` holds, found without a server.

Owns what a listing tells of a thread, made of its file's name, its first lines and the names that
were given. No transcript is read, nothing is written. Enter at `Rollouts`.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeGuard

import attrs

from codex_runtime.errors import InvalidInput
from codex_runtime.errors.history import AmbiguousThreadId, NoThreadFound, RolloutUnreadable
from codex_runtime.history.rollouts.entries import ResponseEntry
from codex_runtime.history.rollouts.home import find_home, path_text, stored_rollouts, thread_names
from codex_runtime.history.rollouts.reader import open_rollout
from codex_runtime.history.rollouts.responses import ResponseMessage
from codex_runtime.history.rollouts.story import Message, Story
from codex_runtime.model.checks import check_kind
from codex_runtime.model.titles import title_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from codex_runtime.history.rollouts.entries import Entry, SessionMeta
    from codex_runtime.history.rollouts.home import StoredRollout
    from codex_runtime.history.rollouts.reader import RolloutReader
    from codex_runtime.history.rollouts.records import Record

__all__ = ["RolloutInfo", "Rollouts"]

_HEAD_ENTRIES: Final = 64
"""Lines that are read for the first message of a thread, at most."""

_PREVIEW_CHARS: Final = 1000
_ENVIRONMENT_CWD: Final = re.compile(r"<environment_context>.*?<cwd>([^<]+)</cwd>", re.DOTALL)
_NAMED_TIME: Final = re.compile(r"rollout-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d)-")


@attrs.frozen(kw_only=True)
class RolloutInfo:
    """One stored thread. Times are seconds since the epoch."""

    thread_id: str
    path: Path
    created_at_s: float
    """By its first line; of one that does not say it, by the name of its file."""

    updated_at_s: float
    """When the file was last written."""

    cwd: str | None
    """The directory it was started in, as the server wrote it; None in some of the oldest."""

    title: str
    """The name that somebody gave it, else its first words; empty without either."""

    name: str | None
    """The name that somebody gave it."""

    preview: str
    """The first message of its user, at most 1,000 characters; empty if none was found."""

    archived: bool
    is_compressed: bool
    size_bytes: int
    """Of the file; a compressed one is much longer to read."""

    cli_version: str | None
    source: str | None
    """``cli``, ``vscode``, ``exec``, ...; its kind alone where the server wrote more of it."""

    model_provider: str | None
    forked_from_id: str | None
    """The thread whose turns stand before the first one of this file."""


class Rollouts:
    """The stored threads of one ``CODEX_HOME``, archived ones included, read without a server.

    Every call looks at the directory anew, and blocks its thread meanwhile. A server may be at work
    in it. Databases of the server are left alone, so that not even a lock is taken.
    """

    def __init__(self, codex_home: str | os.PathLike[str] | None = None) -> None:
        """Look at `codex_home`, else ``CODEX_HOME``, else ``~/.codex``.

        Raises:
            InvalidInput: `codex_home` is empty, or no path.
            HomeNotFound: It does not exist, is no directory, or may not be read.
        """
        self._home = find_home(codex_home)
        self._skipped: dict[Path, str] = {}

    @property
    def home(self) -> Path:
        """The directory that is looked at."""
        return self._home

    @property
    def skipped(self) -> tuple[tuple[Path, str], ...]:
        """Files and directories that could not be read so far, and why; by path."""
        return tuple(sorted(self._skipped.items()))

    def threads(
        self,
        *,
        cwd: str | os.PathLike[str] | None = None,
        archived: bool | None = False,
    ) -> Iterator[RolloutInfo]:
        """The stored threads, the last active first.

        Lazy: the names of all files are looked at when the first thread is asked for, the first
        lines of a file when it is its turn. What cannot be read is passed over, see `skipped`.

        Args:
            cwd: Only threads that were started in this directory, however it is spelled.
            archived: Only those that are, or are not; None for both.

        Raises:
            InvalidInput: `cwd` is no path, or `archived` no bool; at once.
        """
        if archived is not None:
            check_kind("archived", archived, bool, InvalidInput)
        return self._threads(None if cwd is None else _real_path(cwd), archived)

    def _threads(self, wanted: str | None, archived: bool | None) -> Iterator[RolloutInfo]:  # noqa: FBT001
        names = thread_names(self._home, self._skipped)
        for stored in stored_rollouts(self._home, archived=archived, skipped=self._skipped):
            path = Path(stored.path)
            try:
                info = _info_of(stored, names, wanted)
            except RolloutUnreadable as error:
                self._skipped[path] = error.problem
            else:
                self._skipped.pop(path, None)
                if info is not None and (wanted is None or _is_in(info.cwd, wanted)):
                    yield info

    def find(self, id_or_prefix: str) -> RolloutInfo:
        """The thread of this id, archived or not, or the only one whose id begins so.

        Raises:
            InvalidInput: It is empty, or no text.
            NoThreadFound: There is none.
            AmbiguousThreadId: There are several.
            RolloutUnreadable: It is there, and cannot be read.
        """
        check_kind("id_or_prefix", id_or_prefix, str, InvalidInput)
        prefix = id_or_prefix.strip().lower()
        if not prefix:
            raise InvalidInput("id_or_prefix", id_or_prefix, "is empty", "Give some characters")
        stored = stored_rollouts(self._home, archived=None, skipped=self._skipped)
        found = [each for each in stored if each.thread_id.startswith(prefix)]
        if not found:
            raise NoThreadFound(f"whose id begins with {id_or_prefix!r}", str(self._home))
        if len(found) > 1:
            raise AmbiguousThreadId(id_or_prefix, sorted(each.thread_id for each in found))
        names = thread_names(self._home, self._skipped)
        with _opened(found[0]) as (reader, meta):
            return _told(found[0], names, reader, meta)

    def latest(
        self, cwd: str | os.PathLike[str] | None = None, *, archived: bool | None = False
    ) -> RolloutInfo:
        """The thread that was active last, of all or of those that were started in `cwd`.

        Raises:
            InvalidInput: As `threads`.
            NoThreadFound: There is none that can be read.
        """
        info = next(self.threads(cwd=cwd, archived=archived), None)
        if info is None:
            looked_for = "" if cwd is None else f"that was started in {os.fspath(cwd)}"
            raise NoThreadFound(looked_for, str(self._home))
        return info


def _info_of(
    stored: StoredRollout, names: Mapping[str, str], wanted: str | None
) -> RolloutInfo | None:
    """None for a thread of another directory: nothing of it but its first line is read."""
    with _opened(stored) as (reader, meta):
        if wanted is not None and meta.cwd is not None and not _is_in(meta.cwd, wanted):
            return None
        return _told(stored, names, reader, meta)


@contextmanager
def _opened(stored: StoredRollout) -> Generator[tuple[RolloutReader, SessionMeta]]:
    with open_rollout(stored.path) as reader:
        if reader.meta is None:
            problem = "its first lines do not say which thread it is"
            raise RolloutUnreadable(stored.path, problem)
        yield reader, reader.meta


def _told(
    stored: StoredRollout, names: Mapping[str, str], entries: Iterable[Entry], meta: SessionMeta
) -> RolloutInfo:
    cwd, preview = meta.cwd, ""
    fold = Story()
    for entry in islice(entries, _HEAD_ENTRIES):
        cwd = cwd or _cwd_told_in(entry)
        texts = [each.text for each in fold.add(entry) if _is_said_by_user(each)]
        if texts:
            preview = texts[0]
            break
    name = names.get(stored.thread_id)
    return RolloutInfo(
        thread_id=stored.thread_id,
        path=Path(stored.path),
        created_at_s=_created_at_s(stored, meta),
        updated_at_s=stored.modified_at_s,
        cwd=cwd,
        title=name or title_of(preview),
        name=name,
        preview=preview[:_PREVIEW_CHARS],
        archived=stored.is_archived,
        is_compressed=stored.is_compressed,
        size_bytes=stored.size_bytes,
        cli_version=meta.cli_version,
        source=_source_of(meta),
        model_provider=meta.model_provider,
        forked_from_id=meta.forked_from_id,
    )


def _real_path(cwd: str | os.PathLike[str]) -> str:
    try:
        return os.path.realpath(path_text("cwd", cwd))
    except ValueError as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput("cwd", cwd, "has a NUL character", "Give a path without it") from None


def _is_in(cwd: str | None, wanted: str) -> bool:
    try:
        return cwd is not None and os.path.realpath(cwd) == wanted
    except ValueError:  # a NUL: no directory is called so
        return False


def _is_said_by_user(record: Record) -> TypeGuard[Message]:
    return isinstance(record, Message) and record.role == "user" and bool(record.text)


def _cwd_told_in(entry: Entry) -> str | None:
    """The oldest rollouts name the directory only where they tell the model of it."""
    if isinstance(entry, ResponseEntry) and isinstance(entry.payload, ResponseMessage):
        told = _ENVIRONMENT_CWD.search(entry.payload.text)
        return told[1].strip() if told else None
    return None


def _created_at_s(stored: StoredRollout, meta: SessionMeta) -> float:
    if meta.created_at_s is not None:
        return meta.created_at_s
    named = _NAMED_TIME.search(stored.path)
    if named is None:
        return stored.modified_at_s
    try:
        # By the clock on the wall of the machine that wrote it.
        return datetime.strptime(named[1], "%Y-%m-%dT%H-%M-%S").timestamp()  # noqa: DTZ007
    except (ValueError, OverflowError):
        return stored.modified_at_s


def _source_of(meta: SessionMeta) -> str | None:
    match meta.source:
        case str(source):
            return source
        case {**kinds} if kinds:
            return str(next(iter(kinds)))
        case _:
            return None
