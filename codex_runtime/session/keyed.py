"""Keyed asks: a key that a turn carries, so that what became of it can be read from the record.

Owns the look for the turn of a key (``thread/turns/list``) and the order in which a keyed ask
looks, sends and looks again, so that no turn is asked for twice. Does not know how one is sent.
Enter at `ask_keyed`; the key travels as ``turn/start``'s ``clientUserMessageId``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs
import trio

from codex_runtime.errors import (
    AppServerExited,
    CodexRuntimeError,
    RequestTimeout,
    ThreadNotFound,
    TurnFailed,
    TurnInterrupted,
    TurnLost,
)
from codex_runtime.model.recorded import is_settled, recorded_result
from codex_runtime.protocol import (
    THREAD_TURNS_LIST,
    TURN_START,
    ThreadTurnsListParams,
    UserMessage,
)
from codex_runtime.session.records import turns_page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.engine.engine import Engine
    from codex_runtime.model.results import TurnResult
    from codex_runtime.protocol import Turn

__all__ = ["MAX_LOOKED_THROUGH", "Found", "FoundState", "KeyedSteps", "ask_keyed", "find_keyed"]

FoundState: TypeAlias = Literal["ended", "running", "unfinished"]

_PAGE_TURNS: Final = 100  # the server gives no more at once
_MAX_PAGES: Final = 10
MAX_LOOKED_THROUGH: Final = _PAGE_TURNS * _MAX_PAGES
"""A key is looked for among so many turns of its thread, the newest ones."""

_MAX_SENDS: Final = 3
_MAX_LOOKS: Final = 3
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0


@attrs.frozen(kw_only=True)
class Found:
    """The turn of a key, as it is on record.

    ``state``: ``ended``, whichever way; ``running``; or ``unfinished``, which a turn stays whose
    server died, and is for a moment before it starts.
    """

    state: FoundState
    result: TurnResult

    def completed(self, cause: BaseException | None = None) -> TurnResult:
        """The result of a completed turn; raises what an ask does for every other one."""
        result = self.result
        name = f"turn {result.turn_id} of thread {result.thread_id}, asked for with this key"
        if self.state == "running":
            raise TurnLost(f"{name}, still runs", result) from cause
        if self.state == "unfinished":
            lost = TurnLost(f"{name}, never ended; another key runs it again", result)
            lost.retryable = False
            raise lost from cause
        match result.status:
            case "completed":
                return result
            case "interrupted":
                raise TurnInterrupted(f"{name}, was interrupted", result) from cause
            case status:
                why = f": {result.error.message}" if result.error is not None else ""
                raise TurnFailed(f"{name}, ended as {status}{why}", result) from cause


# -- the record ------------------------------------------------------------------------------------


async def find_keyed(engine: Engine, thread_id: str, key: str) -> Found | None:
    """What the server has on record of the newest turn that ``key`` was sent with; None: nothing.

    The thread need not be loaded. The server has a turn on record before it asks the model. Looks
    through the newest `MAX_LOOKED_THROUGH` turns. Raises `NotSupported` for an ephemeral thread.
    """
    cursor: str | None = None
    for _ in range(_MAX_PAGES):
        try:
            page = await turns_page(engine, thread_id, limit=_PAGE_TURNS, cursor=cursor)
        except ThreadNotFound:  # it never ran, and its server is gone
            return None
        for index, turn in enumerate(page.data):
            if _has_key(turn, key):
                whole = await _whole(engine, thread_id, turn, cursor, index)
                return _found(thread_id, whole)
        cursor = page.next_cursor
        if cursor is None:
            return None
    return None


def _has_key(turn: Turn, key: str) -> bool:
    return any(isinstance(item, UserMessage) and item.client_id == key for item in turn.items)


def _found(thread_id: str, turn: Turn) -> Found:
    result = recorded_result(thread_id, turn)
    if is_settled(turn):
        return Found(state="ended", result=result)
    state: FoundState = "running" if turn.status == "inProgress" else "unfinished"
    return Found(state=state, result=attrs.evolve(result, status="lost"))


async def _whole(
    engine: Engine, thread_id: str, turn: Turn, cursor: str | None, index: int
) -> Turn:
    """The turn with all its items: pages hold the prompt and the answer alone by default."""
    params = ThreadTurnsListParams(
        thread_id=thread_id, cursor=cursor, limit=index + 1, items_view="full"
    )
    page = await engine.call(THREAD_TURNS_LIST, params)
    return next((whole for whole in page.data if whole.id == turn.id), turn)


# -- the order of an ask ---------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class KeyedSteps:
    """What `ask_keyed` puts in order."""

    look_up: Callable[[], Awaitable[Found | None]]
    """See `find_keyed`."""

    send: Callable[[], Awaitable[TurnResult]]
    """Run the turn; raises as an ask does."""

    wait_for_server: Callable[[], Awaitable[object]]
    """Return when there is a server to look up with; raises when there will be none."""


async def ask_keyed(steps: KeyedSteps, *, look_first: bool, settle_s: float) -> TurnResult:
    """Run the turn of a key unless the record has it; whoever calls holds the key.

    A turn that may have been executed is not sent again before the record was asked, and never
    while the server that was told of it may still begin it. What died with its server and is not on
    record is sent again, at most twice.

    Args:
        steps: How each step is done.
        look_first: Whether the thread may have a turn of that key already.
        settle_s: So long a turn that runs, or may yet begin, is waited for.

    Raises as an ask does; `TurnLost` for a turn that never ended.
    """
    if look_first and (found := await _settled(steps, settle_s)) is not None:
        return found.completed()
    sends = 0
    while True:
        sends += 1
        try:
            return await steps.send()
        except (TurnLost, AppServerExited, RequestTimeout) as problem:
            if problem.outcome_certain or _is_of_another_request(problem):
                raise
            unknown = problem
        found = await _reconciled(steps, unknown, settle_s)
        if found is not None:
            return _completed_after(found, unknown)
        if sends == _MAX_SENDS:
            raise unknown


def _completed_after(found: Found, unknown: CodexRuntimeError) -> TurnResult:
    """What the record has of a turn, where the send of it ended as ``unknown``."""
    if not isinstance(unknown, TurnLost):
        return found.completed(unknown)
    if found.state == "unfinished" and unknown.result.turn_id == found.result.turn_id:
        unknown.retryable = False
        raise unknown  # what had arrived is more than what is on record
    return found.completed(unknown.__cause__)


def _is_of_another_request(problem: CodexRuntimeError) -> bool:
    """The turn was not asked for yet: what timed out was on the way to it."""
    return isinstance(problem, RequestTimeout) and problem.method != TURN_START.name


def _server_is_gone(problem: CodexRuntimeError) -> bool:
    """The server that was told of the turn has died: it begins nothing any more."""
    cause = problem.__cause__ if isinstance(problem, TurnLost) else problem
    return isinstance(cause, AppServerExited)


async def _reconciled(
    steps: KeyedSteps, unknown: CodexRuntimeError, settle_s: float
) -> Found | None:
    """The turn of a send of unknown outcome; None: it was not executed and never will be.

    Raises ``unknown`` where that cannot be told.
    """
    may_begin = not _server_is_gone(unknown)
    found: Found | None = None
    try:
        found = await _settled(steps, settle_s, may_begin=may_begin)
    except CodexRuntimeError:
        may_begin = True
    if found is None and may_begin:
        raise unknown
    return found


async def _settled(steps: KeyedSteps, settle_s: float, *, may_begin: bool = False) -> Found | None:
    """What is on record, once that will not change any more, or when ``settle_s`` have passed."""
    found = await _look(steps)
    pause_s = _FIRST_PAUSE_S
    with trio.move_on_after(settle_s):
        while _may_change(found, may_begin=may_begin):
            await trio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            found = await _look(steps)
    return found


def _may_change(found: Found | None, *, may_begin: bool) -> bool:
    if found is None or found.state == "unfinished":
        return may_begin
    return found.state == "running"


async def _look(steps: KeyedSteps) -> Found | None:
    """What is on record now; the server may be lost meanwhile, a bounded number of times."""
    for _ in range(_MAX_LOOKS - 1):
        try:
            await steps.wait_for_server()
            return await steps.look_up()
        except (AppServerExited, RequestTimeout):
            continue
    await steps.wait_for_server()
    return await steps.look_up()
