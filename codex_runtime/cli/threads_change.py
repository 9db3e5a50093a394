"""``codex-runtime threads rename`` and ``archive``: what changes a thread, through an app-server.

Owns the server that is started for it, and what is refused before that. Finds threads as the
commands that read do (see `threads_read`). Enter at `rename_thread` and `archive_thread`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from codex_runtime import __version__
from codex_runtime.cli.exits import Exit
from codex_runtime.cli.jsonl import JsonLines
from codex_runtime.cli.notes import library_notes, tell_notes
from codex_runtime.cli.texts import clean
from codex_runtime.cli.threads_read import say, told_as_json
from codex_runtime.errors import InvalidInput
from codex_runtime.model.config import ClientInfo, RuntimeConfig
from codex_runtime.protocol import (
    THREAD_ARCHIVE,
    THREAD_NAME_SET,
    THREAD_UNARCHIVE,
    ThreadArchiveParams,
    ThreadSetNameParams,
    ThreadUnarchiveParams,
)
from codex_runtime.runtime.runtime import open_runtime

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.cli.threads_read import Where
    from codex_runtime.runtime.runtime import Runtime

__all__ = ["archive_thread", "rename_thread"]

_CANCEL_GRACE_S = 1.0
_MAX_TITLE_CHARS = 1000


async def rename_thread(
    where: Where, wanted: str, title: str, *, codex_bin: str | None, as_json: bool
) -> Exit:
    """Name the thread; one that is archived is refused, as the server would."""
    with told_as_json(as_json=as_json):
        name = _title(title)
        found = where.find(wanted)
        if found.archived:
            raise InvalidInput(
                "THREAD",
                found.thread_id,
                "is archived",
                "Bring it back first: codex-runtime threads archive --undo THREAD",
            )
        params = ThreadSetNameParams(thread_id=found.thread_id, name=name)
        await _with_server(where, codex_bin, lambda it: it.call(THREAD_NAME_SET, params))
    told: dict[str, object] = {"id": found.thread_id, "title": name}
    _tell(told, f"renamed {found.thread_id}: {name}", as_json=as_json)
    return Exit.COMPLETED


async def archive_thread(
    where: Where, wanted: str, *, undo: bool, codex_bin: str | None, as_json: bool
) -> Exit:
    """Archive the thread, or bring it back; one that is there already stays, and that is said."""
    with told_as_json(as_json=as_json):
        found = where.find(wanted)
        thread_id, done = found.thread_id, found.archived is not undo
        if not done and undo:
            back = ThreadUnarchiveParams(thread_id=thread_id)
            await _with_server(where, codex_bin, lambda it: it.call(THREAD_UNARCHIVE, back))
        elif not done:
            away = ThreadArchiveParams(thread_id=thread_id)
            await _with_server(where, codex_bin, lambda it: it.call(THREAD_ARCHIVE, away))
    state = "brought back" if undo else "archived"
    if done:
        state = "not archived" if undo else "archived already"
    told: dict[str, object] = {"id": thread_id, "archived": not undo}
    _tell(told, f"{state}: {thread_id}", as_json=as_json)
    return Exit.COMPLETED


def _title(given: str) -> str:
    title = " ".join(clean(given).split())
    if not title:
        raise InvalidInput("TITLE", given, "is empty", "Give the thread a name")
    if len(title) > _MAX_TITLE_CHARS:
        raise InvalidInput(
            "TITLE",
            given,
            f"has {len(title)} characters",
            f"Take {_MAX_TITLE_CHARS} at most",
        )
    return title


async def _with_server(
    where: Where, codex_bin: str | None, do: Callable[[Runtime], Awaitable[object]]
) -> None:
    config = RuntimeConfig(
        codex_bin=codex_bin,
        codex_home=where.codex_home,
        client_info=ClientInfo(
            name="codex_runtime_cli", title="codex-runtime", version=__version__
        ),
        cancel_grace_s=_CANCEL_GRACE_S,
    )
    with library_notes() as notes:
        try:
            async with open_runtime(config) as runtime:
                await do(runtime)
        finally:
            tell_notes(notes)


def _tell(value: dict[str, object], words: str, *, as_json: bool) -> None:
    if as_json:
        JsonLines(sys.stdout.buffer).write(value)
    else:
        say(words)
