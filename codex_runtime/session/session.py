"""`Session`: the live handle on one thread.

Owns how an ask becomes a turn, what is counted over the session, and the end of the handle. Does
not know the process or the wire: it holds the engine. Sessions are made by the runtime.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, TypeVar, final, overload

import attrs
import trio

from codex_runtime.engine.inside import refuse_inside
from codex_runtime.engine.interrupts import abandon
from codex_runtime.engine.turn_route import TurnRoute
from codex_runtime.errors import ConfigError, OutputMismatch, ProfileError
from codex_runtime.model.checks import check_kind, check_text
from codex_runtime.model.profile import RunProfile
from codex_runtime.model.prompt import PromptParams
from codex_runtime.model.results import InterruptOutcome
from codex_runtime.protocol import (
    REVIEW_START,
    THREAD_COMPACT_START,
    ReviewStartParams,
    ThreadCompactStartParams,
)
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.asking import Ask, begin_turn, plan_without_prompt
from codex_runtime.session.asking_once import ask_once
from codex_runtime.session.ending import Ending
from codex_runtime.session.facts import SessionFacts
from codex_runtime.session.outcome import completed_result
from codex_runtime.session.prompts import stream_params
from codex_runtime.session.records import read_thread, turns_page
from codex_runtime.session.repeating import Repeat
from codex_runtime.session.reviving import make_known
from codex_runtime.session.state.following import Following
from codex_runtime.session.state.view import StateView
from codex_runtime.session.terminals import check_terminals, interrupt_with
from codex_runtime.session.titling import AutoTitle, name_thread, retitle_thread
from codex_runtime.session.turn import TurnStream, steer
from codex_runtime.session.turn_setup import responder_of_session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import timedelta
    from types import TracebackType

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.model.attachments import Attachment
    from codex_runtime.model.hooks.hooks import HookConfig
    from codex_runtime.model.profile import SessionConfig
    from codex_runtime.model.requests.approvals import ApprovalAnswer
    from codex_runtime.model.results import CloseOutcome, TurnResult, TypedResult
    from codex_runtime.model.state import ThreadState
    from codex_runtime.protocol import Method, ReviewTarget, Thread, ThreadTurnsListResponse
    from codex_runtime.protocol.unset import UnsetType
    from codex_runtime.session.handle import Handle
    from codex_runtime.session.hooks.running import HookRunner
    from codex_runtime.session.repeating import OnRepeatError

__all__ = ["Session"]

P = TypeVar("P")
R = TypeVar("R")
T = TypeVar("T")


@final
class Session(SessionFacts):
    """A handle on one thread of the app-server; one turn at a time runs on the thread.

    Made by `Runtime.start_session`, `resume_session` or `fork_session`. As an async context
    manager it does on leaving what ``config.on_exit`` says: ``archive`` (`close`) or ``detach``.
    """

    def __init__(
        self,
        handle: Handle,
        fork: Callable[[Engine, str, SessionConfig], Awaitable[Session]],
        start_hooks: HookRunner,
    ) -> None:
        super().__init__(handle, start_hooks)
        self._engine = handle.engine
        self._fork = fork
        self._following = Following(self._engine, self._read_record, self._known)
        self._title = AutoTitle(
            handle, is_on=handle.config.auto_title and not handle.config.ephemeral
        )
        self._ending = Ending(
            handle, self, responder_of_session(handle), self._title.settle, self._following.end
        )

    # -- watching --------------------------------------------------------------------------------

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
        return self._handle.line, self._tally.history

    # -- asking ----------------------------------------------------------------------------------

    @overload
    async def ask(
        self,
        prompt: str,
        *,
        output: type[T],
        retry_output: bool = False,
        attachments: Sequence[Attachment] | UnsetType = UNSET,
        hooks: HookConfig | UnsetType = UNSET,
        key: str | UnsetType = UNSET,
    ) -> TypedResult[T]: ...
    @overload
    async def ask(
        self,
        prompt: str,
        *,
        output: None = None,
        retry_output: bool = False,
        attachments: Sequence[Attachment] | UnsetType = UNSET,
        hooks: HookConfig | UnsetType = UNSET,
        key: str | UnsetType = UNSET,
    ) -> TurnResult: ...
    async def ask(
        self,
        prompt: str,
        *,
        output: type[object] | None = None,
        retry_output: bool = False,
        attachments: Sequence[Attachment] | UnsetType = UNSET,
        hooks: HookConfig | UnsetType = UNSET,
        key: str | UnsetType = UNSET,
    ) -> TurnResult:
        """Run one turn and wait for its end (``turn/start``).

        ``output`` is the type of the answer, decoded and validated into ``result.output``; with
        ``retry_output`` the model is told once what was wrong with it. ``attachments`` go with the
        prompt, ``hooks`` are merged over the session's.

        With ``key`` the ask is executed at most once: a turn of that key on the server's record is
        not run again, whatever it came to (``result.reconciled``), and one whose server died before
        it was on record is. Without it an ask of unknown outcome is `TurnLost`, and never repeated.

        Waits in line while another turn of the thread runs, unless ``overlap`` is ``reject``
        (`SessionBusy`). Cancelling interrupts the turn and waits for its end up to
        ``cancel_grace_s``; while it is still in line nothing is sent.

        While the server is being restarted it is waited for, as long as for an acknowledgement (see
        `Deadlines`); its thread is then resumed with the session's whole profile.

        Raises `TurnFailed`, `TurnInterrupted`, `TurnTimedOut`, `TurnLost` (each with the result),
        `OutputMismatch`,
        `PromptError`, `ProfileError`, `OutputTypeError`, `HookError`, `AttachmentError`,
        `InputTooLarge`, `BlockedByHook`, `BudgetExceeded`,
        `SessionBusy`, `SessionClosed`, `RequestError`, `RequestTimeout`, `AppServerExited`.
        """
        return await self.ask_with(
            PromptParams(
                prompt=prompt,
                output=output,
                retry_output=retry_output,
                attachments=attachments,
                hooks=hooks,
                key=key,
            )
        )

    # The same function under another name, so that its types are the same too.
    ask_wait = ask

    async def ask_with(self, params: PromptParams) -> TurnResult:
        """`ask` with every option of the turn; fields left UNSET come from the session.

        What is given holds for this turn alone. Raises `ProfileError` for a field that could not be
        put back afterwards.
        """
        check_kind("params", params, PromptParams, ProfileError)
        if params.key is UNSET:
            return await self._ask_now(params)
        return await ask_once(self._handle, params, params.key, partial(self._ask_now, params))

    async def _ask_now(self, params: PromptParams, total_at_s: float = math.inf) -> TurnResult:
        """Ask without a look at the record; ``total_at_s`` is when the ask's time is used up."""
        ask = Ask(self._handle, params, self._new_route(streamed=False))
        ask.route.total_at_s = min(ask.route.total_at_s, total_at_s)
        try:
            return await self._answer_to(ask)
        except OutputMismatch as mismatch:
            if not params.retry_output:
                raise
            return await self._answer_to(ask.again(mismatch, self._new_route(streamed=False)))
        finally:
            ask.hooks.begin_after()  # however it went, the run is over

    async def _answer_to(self, ask: Ask) -> TurnResult:
        await ask.begin()
        await self._ended(ask.route)
        return await ask.end()

    async def ask_with_profile(self, prompt: str, profile: RunProfile) -> TurnResult:
        """`ask` under ``profile`` merged over the session's, for this one turn."""
        check_kind("profile", profile, RunProfile, ProfileError)
        fields = attrs.asdict(profile, recurse=False)
        return await self.ask_with(PromptParams(prompt=prompt, **fields))

    def ask_stream(
        self,
        prompt: str | PromptParams,
        *,
        output: type[object] | None = None,
        attachments: Sequence[Attachment] | UnsetType = UNSET,
        hooks: HookConfig | UnsetType = UNSET,
    ) -> TurnStream:
        """An async context manager of a `Turn`: entering starts it, leaving early interrupts it.

        ``prompt`` is the text, or all options of the turn as for `ask_with`; the rest is as for
        `ask` and for a text alone. A stream is not asked again: ``retry_output`` is refused.

        Entering waits in line like `ask`, then for the server to name the turn, and raises what
        keeps it from starting. Leaving before the end always interrupts the turn and waits for its
        end up to ``cancel_grace_s``.
        """
        params = stream_params(prompt, output, attachments, hooks)
        ask = Ask(self._handle, params, self._new_route(streamed=True))
        return TurnStream(self._handle, ask)

    def repeat(
        self,
        prompt: str | PromptParams,
        *,
        every: float | timedelta,
        max_runs: int | None = None,
        on_error: OnRepeatError = "continue",
        on_result: Callable[[TurnResult], Awaitable[None] | None] | None = None,
    ) -> Repeat:
        """The same prompt again and again, ``every`` so many seconds; see `Repeat`.

        Nothing runs before its ``run`` is started as a task of a nursery of yours.
        """
        params = prompt if isinstance(prompt, PromptParams) else PromptParams(prompt=prompt)
        ask = partial(self.ask_with, params)
        return Repeat(ask, every, max_runs=max_runs, on_error=on_error, on_result=on_result)

    async def compact(self) -> TurnResult:
        """Summarise the thread's history to free context (``thread/compact/start``).

        A turn of its own: it waits in line, and cancelling interrupts it, as with `ask`.
        """
        params = ThreadCompactStartParams(thread_id=self.thread_id)
        return await self._run_turn(THREAD_COMPACT_START, params, None)

    async def review(self, target: ReviewTarget) -> TurnResult:
        """Let the agent review changes (``review/start``, inline); a turn of its own, as `ask`."""
        params = ReviewStartParams(thread_id=self.thread_id, target=target, delivery="inline")
        return await self._run_turn(REVIEW_START, params, lambda answer: answer.turn.id)

    def _new_route(self, *, streamed: bool) -> TurnRoute:
        route = TurnRoute(self.thread_id, self, self._engine.new_mailbox if streamed else None)
        route.on_end += [partial(self._tally.note, route), partial(self._title.note, route)]
        return route

    async def _run_turn(
        self, method: Method[P, R], params: P, turn_id_of: Callable[[R], str] | None
    ) -> TurnResult:
        route = self._new_route(streamed=False)
        await begin_turn(
            self._handle,
            route,
            plan_without_prompt(self._handle, route, method, params, turn_id_of),
        )
        await self._ended(route)
        return completed_result(route)

    async def _ended(self, route: TurnRoute) -> None:
        """Wait for the end of a turn; cancelling interrupts it."""
        try:
            await route.ended.wait()
        except BaseException:  # left: the turn is ended
            with trio.move_on_after(abandon(self._engine, self._handle.line, route), shield=True):
                await route.ended.wait()
            raise

    # -- the running turn ------------------------------------------------------------------------

    async def interrupt_turn(
        self, turn_id: str | None = None, *, terminals: bool = False
    ) -> InterruptOutcome:
        """End a turn of this thread (``turn/interrupt``): the active one, or the one named.

        Idempotent: several callers share one attempt. Returns when the turn has ended or
        ``interrupt_timeout_s`` passed; asks in line stay there. A turn that the server was not
        asked for yet ends unsent. The id of a turn that has ended, or is not known here, stops
        nothing and sends nothing. Cancelling ends this wait alone.

        With ``terminals`` the background terminals of that turn are ended after it, within
        ``interrupt_timeout_s`` more: the commands that outlived its tool calls and that an
        interrupt leaves running. Those of other turns and threads live on, and so do those of a
        turn that has ended before: `Turn.interrupt` still knows them. Raises `SessionClosed`; with
        ``terminals`` also `ExperimentalRequired` without ``experimental_api`` and `ConfigError`
        where ``opt_out`` has ``item/started``, both before anything is sent.
        """
        self._handle.check_open()
        if terminals:
            check_terminals(self._engine.config)
        line = self._handle.line
        route = (line.active or line.holder) if turn_id is None else line.route_of(turn_id)
        if route is None:
            await trio.lowlevel.checkpoint()
            ended = turn_id is not None and line.has_ended(turn_id)
            return InterruptOutcome(
                state="already_ended" if ended else "not_active", turn_id=turn_id, elapsed_s=0.0
            )
        if not route.request_written:
            refuse_inside(self.thread_id, "an interrupt before the turn")
        return await interrupt_with(
            self._engine, line, route, any_turn=turn_id is None, terminals=terminals
        )

    async def steer(self, text: str) -> None:
        """Add ``text`` to the active turn (``turn/steer``); raises `NoActiveTurn` without one."""
        self._handle.check_open()
        await steer(self._engine, self._handle.line, self._handle.line.active, text)

    def answer(self, request_id: int | str, decision: ApprovalAnswer) -> None:
        """Decide one of `pending_approvals`, in the place of its handler, which is cancelled.

        ``decision`` is made by the request's own methods (``request.accept()``, ...). Raises
        `RequestNotPending` when it was decided or withdrawn before; `AnswerRefused` for a decision
        that was not offered and `FullAccessDenied` for a grant of everything leave it pending.
        """
        self._engine.server_requests.answer(self.thread_id, request_id, decision)

    # -- the thread ------------------------------------------------------------------------------

    async def rename(self, name: str) -> None:
        """Give the thread a title (``thread/name/set``); the server takes no empty one."""
        check_text("name", name, ConfigError)
        self._handle.check_open()
        self._title.stop()
        await make_known(self._handle)
        await name_thread(self._engine, self.thread_id, name)

    async def retitle(self) -> str | None:
        """Name the thread after its first words, whatever it is called; returns the name.

        None, and nothing is changed, before a message with words of a user. See `title_of`.
        """
        self._handle.check_open()
        self._title.stop()
        await make_known(self._handle)
        return await retitle_thread(self._engine, self.thread_id)

    async def read(self, *, include_turns: bool = True) -> Thread:
        """The thread as the server has it on record (``thread/read``).

        One that never ran has no turns yet.
        """
        self._handle.check_open()
        await make_known(self._handle)
        return await read_thread(self._engine, self.thread_id, include_turns=include_turns)

    async def _read_record(self, *, include_turns: bool = True) -> Thread:
        """`read` for whoever only watches: it brings no thread back."""
        self._handle.check_open()
        return await read_thread(self._engine, self.thread_id, include_turns=include_turns)

    async def turns(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> ThreadTurnsListResponse:
        """One page of the thread's turns (``thread/turns/list``), newest first.

        ``cursor`` is ``next_cursor`` of the page before. The page of a thread that never ran is
        empty.
        """
        self._handle.check_open()
        await make_known(self._handle)
        return await turns_page(self._engine, self.thread_id, limit=limit, cursor=cursor)

    async def fork(self, config: SessionConfig | None = None) -> Session:
        """A new session whose thread begins with this one's history (``thread/fork``).

        ``config`` defaults to this session's without its ``journal``, which has one writer.
        """
        self._handle.check_open()
        await make_known(self._handle)
        config = config or attrs.evolve(self.config, journal=None)
        return await self._fork(self._engine, self.thread_id, config)

    # -- the end ---------------------------------------------------------------------------------

    async def close(self, *, retry: bool = False) -> CloseOutcome:
        """End the active turn and archive the thread (``thread/archive``), once.

        Ephemeral threads are unsubscribed instead. The first caller closes the handle at once and
        refuses what stands in line; all callers, concurrent or later, get the same outcome, or each
        an error of its own. An answer of the server is final, unless ``retry`` asks again after an
        error; a lost connection or a timeout is not, and the next call tries again. Cancelling ends
        this wait alone. Returns within ``close_timeout_s``. Raises `SessionBusy` in a hook, tool or
        handler of the thread's own turn.
        """
        return await self._ending.close(retry=retry)

    async def detach(self) -> None:
        """End this handle and its active turn; the thread stays on the server, to be resumed."""
        await self._ending.detach()

    def give_up(self) -> None:
        """Whoever opened it went away before getting it: let the thread go, in our own time."""
        self._ending.give_up()

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._ending.leave(value)  # noqa: ASYNC102 - see there
