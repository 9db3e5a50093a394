"""`Threads`: the stored threads of an app-server, to be listed, found, read and put in order.

Owns which requests are sent and with what; the storage is the server's. What a row holds is
`summary`'s, turns and items are `recorded`'s, sessions are opened as `Runtime` does. Source:
``thread/list`` and its kin. Enter at `Threads`.
"""

from __future__ import annotations

import os
import re
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar, final

import attrs

from codex_runtime.errors import ConfigError, ThreadArchived, ThreadNotFound
from codex_runtime.errors.history import AmbiguousThreadId, NoThreadFound
from codex_runtime.history.pages import (
    MAX_PAGE_SIZE,
    ItemPager,
    Page,
    Pages,
    ThreadPager,
    TurnPager,
)
from codex_runtime.history.queries import (
    EVERY_SOURCE,
    SORTS,
    SOURCES_OF_PEOPLE,
    ListQuery,
    spellings,
    words,
)
from codex_runtime.history.recorded import items_of, tail_of, turns_of
from codex_runtime.history.summary import ThreadSummary
from codex_runtime.model.checks import check_choice, check_int, check_kind, check_text
from codex_runtime.model.profile import SessionConfig
from codex_runtime.protocol import (
    THREAD_ARCHIVE,
    THREAD_DELETE,
    THREAD_LIST,
    THREAD_READ,
    THREAD_UNARCHIVE,
    ThreadArchiveParams,
    ThreadDeleteParams,
    ThreadReadParams,
    ThreadUnarchiveParams,
)
from codex_runtime.session.checks import check_thread_id
from codex_runtime.session.opening import fork_session, resume_session
from codex_runtime.session.titling import name_thread, retitle_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from os import PathLike

    from codex_runtime.engine.engine import Engine
    from codex_runtime.history.queries import ThreadSort
    from codex_runtime.history.summary import ThreadTail
    from codex_runtime.session.session import Session

__all__ = ["ItemsShown", "Threads"]

T = TypeVar("T")

ItemsShown: TypeAlias = Literal["full", "summary", "none"]
"""How much of its items a turn is listed with; ``summary``: the user's and the last message."""

_VIEWS: Final = {"full": "full", "summary": "summary", "none": "notLoaded"}
_PREFIX: Final = re.compile(r"[0-9a-f][0-9a-f-]*", re.IGNORECASE)
_WHOLE_ID_CHARS: Final = 36
_NAMED_IDS: Final = 5
"""Of the threads that a prefix fits, so many are named by the error, and one more makes it sure."""

_MAX_KEPT: Final = 1_000_000


@final
class Threads:
    """The stored threads of the app-server; had as ``runtime.threads``.

    Whatever names a thread takes its whole id; `find` has it from its beginning. Every method may
    raise what `Runtime.call` does; one that is given an id raises `ConfigError` for what cannot be
    one, and `ThreadNotFound` for one that the server does not have.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- looking up ------------------------------------------------------------------------------

    def list(  # noqa: PLR0913 - the filters of a list, each by its name
        self,
        *,
        limit: int | None = None,
        cwd: str | PathLike[str] | None = None,
        archived: bool = False,
        source_kinds: Sequence[str] | None = None,
        model_providers: Sequence[str] | None = None,
        search_term: str | None = None,
        sort_key: ThreadSort = "recency_at",
        descending: bool = True,
        page_size: int = 50,
        cursor: str | None = None,
    ) -> ThreadPager:
        """An async iterator over stored threads, newest first (``thread/list``).

        At most ``limit`` rows. ``cwd`` is a directory, however it is spelled; ``source_kinds`` are
        the protocol's, by default all of them; so are ``model_providers``. ``search_term`` is a
        part of the title. A page has up to ``page_size`` rows, 100 at the most, and ``cursor``
        goes on where another pager was.

        It is answered from the index that the server keeps, and no rollout is read. See `reindex`
        for files that came into the home by another way. Threads that never ran a turn, and
        ephemeral ones, are in no list. Raises `ConfigError`.
        """
        check_kind("archived", archived, bool, ConfigError)
        check_kind("descending", descending, bool, ConfigError)
        check_choice("sort_key", sort_key, SORTS, ConfigError)
        if search_term is not None:
            check_text("search_term", search_term, ConfigError)
        query = ListQuery(
            archived=archived,
            cwd=spellings(cwd),
            sources=words("source_kinds", source_kinds) or EVERY_SOURCE,
            providers=words("model_providers", model_providers),
            search_term=search_term,
            sort_key=sort_key,
            descending=descending,
        )
        return ThreadPager(self._pages(query, limit=limit, page_size=page_size, cursor=cursor))

    async def read(self, thread_id: str) -> ThreadSummary:
        """One thread, archived or not, without its turns (``thread/read``)."""
        check_thread_id(thread_id)
        params = ThreadReadParams(thread_id=thread_id, include_turns=False)
        self._engine.refuse_new_work()
        return ThreadSummary.of((await self._engine.call(THREAD_READ, params)).thread)

    async def latest(self, cwd: str | PathLike[str] | None = None) -> ThreadSummary:
        """The thread that was last worked in, in a directory or anywhere.

        Archived threads and those that an agent started are passed over. Raises `NoThreadFound`.
        """
        query = ListQuery(cwd=spellings(cwd), sources=SOURCES_OF_PEOPLE)
        async for thread in ThreadPager(self._pages(query, limit=1, page_size=1)):
            return thread
        raise self._none("at all" if cwd is None else f"of the directory {os.fspath(cwd)!r}")

    async def find(self, prefix: str) -> ThreadSummary:
        """The one thread whose id begins so, archived or not.

        A whole id is one request; a prefix looks through the whole list. Raises `NoThreadFound`,
        `AmbiguousThreadId`, and `ConfigError` for what begins no id.
        """
        check_text("prefix", prefix, ConfigError)
        if _PREFIX.fullmatch(prefix) is None:
            raise ConfigError(
                "prefix", prefix, "begins no thread id", "Give hexadecimal digits of a UUID"
            )
        wanted = prefix.lower()
        if len(wanted) >= _WHOLE_ID_CHARS:
            try:
                return await self.read(wanted)
            except ThreadNotFound as problem:
                raise self._none(f"with the id {wanted}") from problem
        found: dict[str, ThreadSummary] = {}
        for archived in (False, True):
            pages = self._pages(ListQuery(archived=archived), limit=None, page_size=MAX_PAGE_SIZE)
            async for thread in ThreadPager(pages):
                if thread.thread_id.startswith(wanted):
                    found[thread.thread_id] = thread
                    if len(found) > _NAMED_IDS:
                        raise AmbiguousThreadId(prefix, tuple(found))
        if len(found) > 1:
            raise AmbiguousThreadId(prefix, tuple(found))
        if not found:
            raise self._none(f"whose id begins with {prefix!r}")
        return found.popitem()[1]

    async def reindex(self) -> int:
        """Have the server look at every rollout, and put into its index what that lacks.

        For files that were copied into the home, or written by a program that keeps no index: a
        server makes one of them all where there is none, and then lists by it. Returns how many
        threads there are. It reads a good part of every file.
        """
        count = 0
        for archived in (False, True):
            # By another order version 0.163 leaves out threads of the same second here.
            query = ListQuery(archived=archived, sort_key="recency_at", from_files=True)
            pages = self._pages(query, limit=None, page_size=MAX_PAGE_SIZE)
            while rows := await pages.page():
                count += len(rows)
        return count

    # -- sessions --------------------------------------------------------------------------------

    async def resume_latest(
        self, cwd: str | PathLike[str] | None = None, config: SessionConfig | None = None
    ) -> Session:
        """A session on the thread that was last worked in, in a directory or anywhere.

        It works in that directory, whatever ``config`` says of it. Raises `NoThreadFound`, and as
        `Runtime.resume_session`.
        """
        if config is not None:
            check_kind("config", config, SessionConfig, ConfigError)
        thread = await self.latest(cwd)
        where = thread.cwd if cwd is None else cwd
        own = attrs.evolve(config or SessionConfig(), cwd=where)
        return await resume_session(self._engine, thread.thread_id, own)

    async def fork(self, thread_id: str, config: SessionConfig | None = None) -> Session:
        """A session on a new thread that begins with another's history (``thread/fork``).

        Without ``config`` it works in the directory of the other. Raises `ThreadArchived`, and as
        `Runtime.fork_session`.
        """
        if config is not None:
            check_kind("config", config, SessionConfig, ConfigError)
        own = config or SessionConfig(cwd=(await self.read(thread_id)).cwd)
        return await fork_session(self._engine, thread_id, own)

    # -- turns and items -------------------------------------------------------------------------

    def turns(
        self,
        thread_id: str,
        *,
        descending: bool = True,
        items: ItemsShown = "full",
        limit: int | None = None,
        page_size: int = 20,
        cursor: str | None = None,
    ) -> TurnPager:
        """An async iterator over a thread's turns, newest first (``thread/turns/list``).

        A page has up to ``page_size`` turns with as much of their items as ``items`` says. A thread
        that never ran has none. Iterating raises `NotSupported` for an ephemeral thread, and
        `RolloutUnreadable` for one whose turns the server has not indexed (it was copied into the
        home, and not resumed yet). Raises `ConfigError`.
        """
        check_thread_id(thread_id)
        check_kind("descending", descending, bool, ConfigError)
        check_choice("items", items, tuple(_VIEWS), ConfigError)
        return TurnPager(
            turns_of(
                self._engine,
                thread_id,
                view=_VIEWS[items],
                descending=descending,
                limit=limit,
                page_size=page_size,
                cursor=cursor,
            )
        )

    def items(
        self,
        thread_id: str,
        *,
        turn_id: str | None = None,
        descending: bool = True,
        limit: int | None = None,
        page_size: int = 50,
        cursor: str | None = None,
    ) -> ItemPager:
        """An async iterator over a thread's items, newest first (``thread/items/list``).

        Or over those of one turn. A thread in the format of older servers is read by whole turns,
        ``page_size`` of them at once. Raises as `turns`.
        """
        check_thread_id(thread_id)
        check_kind("descending", descending, bool, ConfigError)
        if turn_id is not None:
            check_text("turn_id", turn_id, ConfigError)
        return ItemPager(
            items_of(
                self._engine,
                thread_id,
                turn_id=turn_id,
                descending=descending,
                limit=limit,
                page_size=page_size,
                cursor=cursor,
            )
        )

    async def tail(
        self,
        thread_id: str,
        messages: int = 100,
        tool_uses: int = 100,
        *,
        count: bool = True,
        page_size: int = 50,
    ) -> ThreadTail:
        """The last messages and the last tool uses of a thread, each so many at the most.

        How many came before is counted by paging through the whole thread; without ``count`` no
        more is read than is kept. In memory is never more than that and one page of ``page_size``
        items. Raises as iterating `turns`.
        """
        check_thread_id(thread_id)
        for name, value in (("messages", messages), ("tool_uses", tool_uses)):
            check_int(name, value, ConfigError, at_least=0, at_most=_MAX_KEPT)
        check_int("page_size", page_size, ConfigError, at_least=1, at_most=MAX_PAGE_SIZE)
        self._engine.refuse_new_work()
        return await tail_of(
            self._engine,
            thread_id,
            messages=messages,
            uses=tool_uses,
            page_size=page_size,
            count=count,
        )

    # -- putting in order ------------------------------------------------------------------------

    async def rename(self, thread_id: str, name: str) -> None:
        """Give a thread a title (``thread/name/set``); the server takes no empty one.

        Raises `ThreadArchived` for an archived one.
        """
        check_thread_id(thread_id)
        check_text("name", name, ConfigError)
        await self._change(thread_id, partial(name_thread, self._engine, thread_id, name))

    async def retitle(self, thread_id: str) -> str | None:
        """Name a thread after its first words, whatever it is called; returns the name.

        None, and nothing is changed, if no words of a user are in it. See `title_of`. Raises as
        `rename`.
        """
        check_thread_id(thread_id)
        return await self._change(thread_id, partial(retitle_thread, self._engine, thread_id))

    async def archive(self, thread_id: str) -> None:
        """Put a thread away (``thread/archive``); a turn that runs on it is interrupted.

        It can still be read, not resumed. Archiving it again raises `ThreadArchived`.
        """
        check_thread_id(thread_id)
        params = ThreadArchiveParams(thread_id=thread_id)
        await self._change(thread_id, partial(self._engine.call, THREAD_ARCHIVE, params))

    async def unarchive(self, thread_id: str) -> ThreadSummary:
        """Take a thread back (``thread/unarchive``); it can be resumed again.

        Raises `ThreadNotFound` also for one that is not archived.
        """
        check_thread_id(thread_id)
        self._engine.refuse_new_work()
        params = ThreadUnarchiveParams(thread_id=thread_id)
        return ThreadSummary.of((await self._engine.call(THREAD_UNARCHIVE, params)).thread)

    async def delete(self, thread_id: str, *, missing_ok: bool = False) -> bool:
        """Delete a thread and its rollout for good (``thread/delete``); archived or not.

        Returns whether there was one: ``missing_ok`` makes that False instead of `ThreadNotFound`.
        """
        check_thread_id(thread_id)
        check_kind("missing_ok", missing_ok, bool, ConfigError)
        self._engine.refuse_new_work()
        try:
            await self._engine.call(THREAD_DELETE, ThreadDeleteParams(thread_id=thread_id))
        except ThreadNotFound:
            if not missing_ok:
                raise
            return False
        return True

    # -- inside ----------------------------------------------------------------------------------

    def _pages(
        self, query: ListQuery, *, limit: int | None, page_size: int, cursor: str | None = None
    ) -> Pages[ThreadSummary]:
        async def fetch(cursor: str | None, size: int) -> Page[ThreadSummary]:
            self._engine.refuse_new_work()
            told = await self._engine.call(THREAD_LIST, query.params(cursor, size))
            rows = tuple(map(ThreadSummary.of, told.data))
            return Page(rows, told.next_cursor, told.backwards_cursor)

        return Pages(fetch, limit=limit, page_size=page_size, cursor=cursor)

    def _none(self, looked_for: str) -> NoThreadFound:
        server = self._engine.server
        return NoThreadFound(looked_for, "" if server is None else server.codex_home)

    async def _change(self, thread_id: str, change: Callable[[], Awaitable[T]]) -> T:
        """Do it; of an archived thread the server says that it has no rollout to be changed."""
        self._engine.refuse_new_work()
        try:
            return await change()
        except ThreadNotFound as problem:
            refusal = problem
        raise await self._why(thread_id, refusal)

    async def _why(
        self, thread_id: str, refusal: ThreadNotFound
    ) -> ThreadNotFound | ThreadArchived:
        try:
            thread = await self.read(thread_id)
        except ThreadNotFound:
            return refusal
        if not thread.archived:
            return refusal
        why = f"thread {thread_id} is archived; unarchive it first"
        return ThreadArchived(refusal.method, refusal.code, why, refusal.data)
