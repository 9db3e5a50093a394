"""`Session`: the live handle on one thread.

Owns how an ask becomes a turn, what is counted over the session, and the end of the handle. Does
not know the process or the wire: it holds the engine. Sessions are made by the runtime.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar, final

import attrs
import trio

from codex_runtime.engine.interrupts import abandon, interrupt
from codex_runtime.engine.turn_route import TurnRoute
from codex_runtime.errors import (
    CodexRuntimeError,
    ConfigError,
    NotSupported,
    SessionClosed,
)
from codex_runtime.model.checks import check_text
from codex_runtime.model.prompt import PromptParams
from codex_runtime.model.results import InterruptOutcome
from codex_runtime.protocol import (
    REVIEW_START,
    THREAD_COMPACT_START,
    THREAD_NAME_SET,
    THREAD_READ,
    THREAD_TURNS_LIST,
    THREAD_UNSUBSCRIBE,
    ReviewStartParams,
    ThreadCompactStartParams,
    ThreadReadParams,
    ThreadSetNameParams,
    ThreadTurnsListParams,
    ThreadTurnsListResponse,
    ThreadUnsubscribeParams,
)
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.asking import TurnPlan, plan_prompt
from codex_runtime.session.closing import CloseWork
from codex_runtime.session.following import Following
from codex_runtime.session.outcome import completed_result
from codex_runtime.session.turn import TurnStream, steer
from codex_runtime.session.view import StateView

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.model.overrides import Baseline
    from codex_runtime.model.profile import Overlap, RunProfile, SessionConfig
    from codex_runtime.model.results import CloseOutcome, TurnResult
    from codex_runtime.model.state import ThreadState
    from codex_runtime.model.usage import TokenUsage
    from codex_runtime.protocol import (
        ReviewTarget,
        Thread,
        TurnStartParams,
        TurnStartResponse,
    )

__all__ = ["Session"]

P = TypeVar("P")
R = TypeVar("R")

_HISTORY_KEPT: Final = 32


@final
class Session:
    """A handle on one thread of the app-server; one turn at a time runs on the thread.

    Made by `Runtime.start_session`, `resume_session` or `fork_session`. As an async context
    manager it does on leaving what ``config.on_exit`` says: ``archive`` (`close`) or ``detach``.
    """

    def __init__(
        self,
        engine: Engine,
        line: ThreadLine,
        config: SessionConfig,
        profile: RunProfile,
        baseline: Baseline,
        fork: Callable[[Engine, str, SessionConfig], Awaitable[Session]],
    ) -> None:
        self.thread_id: Final = line.thread_id
        self.config: Final = config
        self._engine = engine
        self._line = line
        self._holds_line = True
        self._profile = profile
        self._baseline = baseline
        self._fork = fork
        self._closed = False
        self._detached = False
        self._close_work: CloseWork | None = None
        self._history: deque[TurnResult] = deque(maxlen=_HISTORY_KEPT)
        self._usage: TokenUsage | None = None
        self._total_turns = 0
        self._following = Following(engine, self.thread_id, self.read, self._known)

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open"
        return f"<Session {self.thread_id} {state}>"

    # -- what is known ---------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        """`close` or `detach` was called; set before their work is done."""
        return self._closed

    @property
    def active_turn_id(self) -> str | None:
        """The turn that runs on the thread, whoever asked for it."""
        route = self._line.active
        return route.turn_id if route is not None else None

    @property
    def usage(self) -> TokenUsage | None:
        """Tokens of this handle's turns together; None before the server reported any."""
        return self._usage

    @property
    def total_turns(self) -> int:
        """How many turns of this handle completed."""
        return self._total_turns

    @property
    def history(self) -> tuple[TurnResult, ...]:
        """The last 32 results of this handle, oldest first, without items and messages."""
        return tuple(self._history)

    @property
    def state(self) -> ThreadState | None:
        """What the thread looks like now; None while nobody is in a block of `observe`."""
        return self._following.state

    def observe(self) -> StateView:
        """An async context manager of the thread's live state, however late it is entered.

        Observers share one fold; without one no event is folded. Entering reads the thread
        (``thread/read``) and raises as `read` does. See `StateView`.
        """
        return StateView(self._following)

    def _known(self) -> tuple[ThreadLine, Sequence[TurnResult]]:
        return self._line, self._history

    def profile(self) -> RunProfile:
        """The profile's fields of `config`, as they were given."""
        return self.config.profile()

    # -- asking ----------------------------------------------------------------------------------

    async def ask(self, prompt: str) -> TurnResult:
        """Run one turn and wait for its end (``turn/start``).

        Waits in line while another turn of the thread runs, unless ``overlap`` is ``reject``
        (`SessionBusy`). Cancelling interrupts the turn and waits for its end up to
        ``cancel_grace_s``; while it is still in line nothing is sent.

        Raises `TurnFailed`, `TurnInterrupted`, `TurnLost` (each with the result), `PromptError`,
        `InputTooLarge`, `SessionClosed`, `RequestError`, `RequestTimeout`, `AppServerExited`.
        """
        return await self.ask_with(PromptParams(prompt=prompt))

    async def ask_wait(self, prompt: str) -> TurnResult:
        """The same as `ask`."""
        return await self.ask(prompt)

    async def ask_with(self, params: PromptParams) -> TurnResult:
        """`ask` with every option of the turn; fields left UNSET come from the session.

        What is given holds for this turn alone. Raises `ProfileError` for a field that could not be
        put back afterwards.
        """
        return await self._run_turn(self._plan(params))

    async def ask_with_profile(self, prompt: str, profile: RunProfile) -> TurnResult:
        """`ask` under ``profile`` merged over the session's, for this one turn."""
        fields = attrs.asdict(profile, recurse=False)
        return await self.ask_with(PromptParams(prompt=prompt, **fields))

    def ask_stream(self, prompt: str | PromptParams) -> TurnStream:
        """An async context manager of a `Turn`: entering starts it, leaving early interrupts it.

        ``prompt`` is the text, or all options of the turn as for `ask_with`.

        Entering waits in line like `ask`, then for the server to name the turn, and raises what
        keeps it from starting. Leaving before the end always interrupts the turn and waits for its
        end up to ``cancel_grace_s``.
        """
        params = prompt if isinstance(prompt, PromptParams) else PromptParams(prompt=prompt)
        plan = self._plan(params)
        route = self._new_route(streamed=True)
        begin = partial(plan.begin, self._engine, self._line, route, self._check_open)
        return TurnStream(self._engine, self._line, route, begin)

    async def compact(self) -> TurnResult:
        """Summarise the thread's history to free context (``thread/compact/start``).

        A turn of its own: it waits in line, and cancelling interrupts it, as with `ask`.
        """
        params = ThreadCompactStartParams(thread_id=self.thread_id)
        return await self._run_turn(
            TurnPlan(THREAD_COMPACT_START, lambda: params, None, self._overlap)
        )

    async def review(self, target: ReviewTarget) -> TurnResult:
        """Let the agent review changes (``review/start``, inline); a turn of its own, as `ask`."""
        params = ReviewStartParams(thread_id=self.thread_id, target=target, delivery="inline")
        return await self._run_turn(
            TurnPlan(REVIEW_START, lambda: params, lambda answer: answer.turn.id, self._overlap)
        )

    def _plan(self, params: PromptParams) -> TurnPlan[TurnStartParams, TurnStartResponse]:
        return plan_prompt(self._engine, self._line, self._profile, self._baseline, params)

    @property
    def _overlap(self) -> Overlap:
        overlap = self._profile.overlap
        return "queue" if overlap is UNSET else overlap

    def _new_route(self, *, streamed: bool) -> TurnRoute:
        route = TurnRoute(self.thread_id, self, self._engine.new_mailbox if streamed else None)
        route.on_end.append(lambda: self._record(route))
        return route

    async def _run_turn(self, plan: TurnPlan[P, R]) -> TurnResult:
        route = self._new_route(streamed=False)
        await plan.begin(self._engine, self._line, route, self._check_open)
        try:
            await route.ended.wait()
        except BaseException:
            with trio.move_on_after(abandon(self._engine, self._line, route), shield=True):
                await route.ended.wait()
            raise
        return completed_result(route)

    def _record(self, route: TurnRoute) -> None:
        """Called by the reader as the turn ends, whoever waits for it."""
        result = route.result
        if result is None:
            return
        self._history.append(result.without_items())
        self._total_turns += result.status == "completed"
        if result.usage is not None:
            self._usage = result.usage if self._usage is None else self._usage + result.usage

    def _check_open(self) -> None:
        if self._closed:
            raise SessionClosed(self.thread_id)
        self._engine.refuse_new_work()
        self._engine.require_open()

    # -- the running turn ------------------------------------------------------------------------

    async def interrupt_turn(self, turn_id: str | None = None) -> InterruptOutcome:
        """End a turn of this thread (``turn/interrupt``): the active one, or the one named.

        Idempotent: several callers share one attempt. Returns when the turn has ended or
        ``interrupt_timeout_s`` passed; asks in line stay there. The id of a turn that has ended, or
        is not known here, stops nothing and sends nothing. Cancelling ends this wait alone. Raises
        `SessionClosed`.
        """
        self._check_open()
        line = self._line
        route = (line.active or line.holder) if turn_id is None else line.route_of(turn_id)
        if route is None:
            await trio.lowlevel.checkpoint()
            ended = turn_id is not None and line.has_ended(turn_id)
            return InterruptOutcome(
                state="already_ended" if ended else "not_active", turn_id=turn_id, elapsed_s=0.0
            )
        bound_s = self._engine.config.interrupt_timeout_s
        return await interrupt(self._engine, line, route, bound_s=bound_s, any_turn=turn_id is None)

    async def steer(self, text: str) -> None:
        """Add ``text`` to the active turn (``turn/steer``); raises `NoActiveTurn` without one."""
        self._check_open()
        await steer(self._engine, self._line, self._line.active, text)

    # -- the thread ------------------------------------------------------------------------------

    async def rename(self, name: str) -> None:
        """Give the thread a title (``thread/name/set``); the server takes no empty one."""
        check_text("name", name, ConfigError)
        self._check_open()
        await self._engine.call(
            THREAD_NAME_SET, ThreadSetNameParams(thread_id=self.thread_id, name=name)
        )

    async def read(self, *, include_turns: bool = True) -> Thread:
        """The thread as the server has it on record (``thread/read``).

        One that never ran has no turns yet.
        """
        self._check_open()
        params = ThreadReadParams(thread_id=self.thread_id, include_turns=include_turns)
        try:
            return (await self._engine.call(THREAD_READ, params)).thread
        except NotSupported as refusal:
            return await self._read_unrun(refusal)

    async def turns(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> ThreadTurnsListResponse:
        """One page of the thread's turns (``thread/turns/list``), newest first.

        ``cursor`` is ``next_cursor`` of the page before. The page of a thread that never ran is
        empty.
        """
        self._check_open()
        params = ThreadTurnsListParams(thread_id=self.thread_id, limit=limit, cursor=cursor)
        try:
            return await self._engine.call(THREAD_TURNS_LIST, params)
        except NotSupported as refusal:
            await self._read_unrun(refusal)
            return ThreadTurnsListResponse(data=[])

    async def _read_unrun(self, refusal: NotSupported) -> Thread:
        """The thread if it never ran: the server refuses to read its turns; else ``refusal``."""
        params = ThreadReadParams(thread_id=self.thread_id, include_turns=False)
        thread = (await self._engine.call(THREAD_READ, params)).thread
        if thread.ephemeral or thread.preview:
            raise refusal
        return thread

    async def fork(self, config: SessionConfig | None = None) -> Session:
        """A new session whose thread begins with this one's history (``thread/fork``).

        ``config`` defaults to this session's.
        """
        self._check_open()
        return await self._fork(self._engine, self.thread_id, config or self.config)

    # -- the end ---------------------------------------------------------------------------------

    async def close(self, *, retry: bool = False) -> CloseOutcome:
        """End the active turn and archive the thread (``thread/archive``), once.

        Ephemeral threads are unsubscribed instead. The first caller closes the handle at once and
        refuses what stands in line; all callers, concurrent or later, get the same outcome, or each
        an error of its own. An answer of the server is final, unless ``retry`` asks again after an
        error; a lost connection or a timeout is not, and the next call tries again. Cancelling ends
        this wait alone. Returns within ``close_timeout_s``.
        """
        self._end_handle()
        work = self._close_work
        if work is None or (work.is_over and not work.succeeded and (retry or not work.is_final)):
            self._engine.require_open()
            if not self._holds_line:  # let go after an attempt that failed
                self._line = self._engine.router.hold(self.thread_id)
                self._holds_line = True
            work = self._close_work = CloseWork(
                self._engine, self._line, self._release, ephemeral=self.config.ephemeral
            )
            work.start()
        return await work.outcome()

    async def detach(self) -> None:
        """End this handle and its active turn; the thread stays on the server, to be resumed."""
        if self._closed:
            await trio.lowlevel.checkpoint()
            return
        self._detached = True
        self._end_handle()
        route = self._line.active or self._line.holder
        try:
            if route is not None and route.owner is self:
                abandon(self._engine, self._line, route)  # whatever becomes of this wait
                bound_s = self._engine.config.interrupt_timeout_s
                await interrupt(self._engine, self._line, route, bound_s=bound_s)
        finally:
            self._release()
        if not self.config.ephemeral:
            await self._let_thread_go()

    async def _let_thread_go(self) -> None:
        """Tell the server that nobody listens, so that it may unload the thread."""
        async with self._engine.router.subscription_lock(self.thread_id):
            if self._engine.router.is_held(self.thread_id):
                return
            params = ThreadUnsubscribeParams(thread_id=self.thread_id)
            try:
                await self._engine.call(THREAD_UNSUBSCRIBE, params)
            except CodexRuntimeError as problem:
                self._engine.log.warning("%r stays loaded: %s", self, problem)

    def _end_handle(self) -> None:
        if not self._closed:
            self._closed = True
            self._line.refuse_waiters(self, SessionClosed, self.thread_id)

    def _release(self) -> None:
        if self._holds_line:
            self._holds_line = False
            self._engine.router.release(self._line)
            self._following.end()

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Not shielded: the work behind both is the runtime's and goes on without this caller.
        try:
            if self.config.on_exit == "detach" or self._detached:
                await self.detach()  # noqa: ASYNC102
            else:
                await self.close()  # noqa: ASYNC102
        except CodexRuntimeError as problem:
            if value is None:
                raise
            self._engine.log.warning("leaving %r after %r: %s", self, value, problem)
        except trio.Cancelled:  # noqa: ASYNC103
            # What went wrong in the block is the news; the next checkpoint is cancelled anyway.
            if value is None or isinstance(value, trio.Cancelled):
                raise
