"""What the fake app-server answers to requests that change nothing.

Owns the answers from its record, its lists and its configuration, by method. Sends nothing but
answers. Knows no turn at work. Enter at `QUERIES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.testing.fake_server.captured import captured_result, part_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_runtime.testing.fake_server.captured import Json
    from codex_runtime.testing.fake_server.server import FakeAppServer
    from codex_runtime.testing.fake_server.threads import FakeThread

__all__ = ["QUERIES"]

_NO_TURNS_CODE: Final = -32601


def _readable(server: FakeAppServer, message: Json) -> FakeThread | None:
    thread_id = message["params"]["threadId"]
    thread = server.threads.get(thread_id)
    if thread is None or not (thread.loaded or thread.on_record):
        server.refuse(message, f"thread not loaded: {thread_id}")
        return None
    return thread


def _has_turns(server: FakeAppServer, message: Json, thread: FakeThread, what: str) -> bool:
    if thread.ephemeral:
        server.refuse(message, f"ephemeral threads do not support {what}")
        return False
    if not thread.records:
        server.refuse(message, "list_turns is not supported yet", _NO_TURNS_CODE)
        return False
    return True


def _thread_read(server: FakeAppServer, message: Json) -> None:
    thread = _readable(server, message)
    if thread is None:
        return
    if not message["params"].get("includeTurns"):
        server.answer(message, {"thread": thread.to_json([]), "readState": None})
    elif _has_turns(server, message, thread, "includeTurns"):
        told = thread.to_json(thread.turns_json("full"))
        server.answer(message, {"thread": told, "readState": None})


def _turns_list(server: FakeAppServer, message: Json) -> None:
    thread = _readable(server, message)
    if thread is None or not _has_turns(server, message, thread, "thread/turns/list"):
        return
    params = message["params"]
    turns = thread.turns_json(params.get("itemsView") or "summary")
    if params.get("sortDirection") != "asc":
        turns.reverse()
    page, further = _page(turns, params)
    anchor = "0" if page else None
    server.answer(message, {"data": page, "nextCursor": further, "backwardsCursor": anchor})


def _page(found: list[Json], params: Json) -> tuple[list[Json], str | None]:
    """One page; a cursor is the number of what came before."""
    first = int(params.get("cursor") or 0)
    end = first + (params.get("limit") or len(found))
    return found[first:end], str(end) if end < len(found) else None


def _loaded_list(server: FakeAppServer, message: Json) -> None:
    loaded = [thread.thread_id for thread in server.threads.values() if thread.loaded]
    page, further = _page(loaded, part_of(message, "params"))
    server.answer(message, {"data": page, "nextCursor": further})


def _thread_list(server: FakeAppServer, message: Json) -> None:
    params = part_of(message, "params")
    archived = bool(params.get("archived"))
    known = [thread for thread in server.threads.values() if thread.on_record]
    found = [thread.to_json([]) for thread in reversed(known) if thread.archived is archived]
    page, further = _page(found, params)
    told: Json = {"data": page, "readStates": {}, "nextCursor": further}
    server.answer(message, {**told, "backwardsCursor": None})


def _terminals_list(server: FakeAppServer, message: Json) -> None:
    thread_id = message["params"]["threadId"]
    thread = server.threads.get(thread_id)
    if thread is None or not thread.loaded:
        server.refuse(message, f"thread not found: {thread_id}")
        return
    (shape,) = captured_result("thread/backgroundTerminals/list", "terminals")["data"]
    found = [
        {
            **shape,
            "itemId": terminal.item["id"],
            "processId": terminal.process_id,
            "command": terminal.command,
        }
        for terminal in thread.terminals
    ]
    page, further = _page(found, message["params"])
    server.answer(message, {"data": page, "nextCursor": further})


def _exec(server: FakeAppServer, message: Json) -> None:
    server.answer(message, server.exec_result)


def _as_recorded(server: FakeAppServer, message: Json) -> None:
    server.answer(message, captured_result(message["method"]))


QUERIES: Final[Mapping[str, Callable[[FakeAppServer, Json], None]]] = {
    "account/read": _as_recorded,
    "command/exec": _exec,
    "config/read": _as_recorded,
    "model/list": _as_recorded,
    "thread/backgroundTerminals/list": _terminals_list,
    "thread/list": _thread_list,
    "thread/loaded/list": _loaded_list,
    "thread/read": _thread_read,
    "thread/turns/list": _turns_list,
}
"""By method."""
