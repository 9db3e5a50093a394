"""The public classes for asyncio, written by ``python -m codex_runtime.faces.generator``.

Owns nothing by hand: names, signatures and docstrings are the core's, and a call is handed to the
runtime's own thread. Change the core, or the rules of the generator, and write it again. Enter by
`codex_runtime.aio`.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar, cast, final, overload

from codex_runtime.engine.subscriptions import MAX_BACKLOG_BYTES
from codex_runtime.engine.subscriptions import Subscription as CoreSubscription
from codex_runtime.faces.in_asyncio import (
    Block,
    EventBlock,
    Handle,
    Opening,
    PagerHandle,
    TurnHandle,
)
from codex_runtime.history.catalogue import Threads as CoreThreads
from codex_runtime.history.pages import ItemPager as CoreItemPager
from codex_runtime.history.pages import ThreadPager as CoreThreadPager
from codex_runtime.history.pages import TurnPager as CoreTurnPager
from codex_runtime.model.profile import SessionConfig
from codex_runtime.protocol.unset import UNSET
from codex_runtime.runtime.runtime import Runtime as CoreRuntime
from codex_runtime.runtime.runtime import open_unwarned
from codex_runtime.session.children import ChildEvents as CoreChildEvents
from codex_runtime.session.children import ChildThread as CoreChildThread
from codex_runtime.session.repeating import Repeat as CoreRepeat
from codex_runtime.session.session import Session as CoreSession
from codex_runtime.session.state.view import StateEvents as CoreStateEvents
from codex_runtime.session.state.view import StateView as CoreStateView
from codex_runtime.session.turn import Turn as CoreTurn
from codex_runtime.session.turn import TurnStream as CoreTurnStream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import timedelta
    from os import PathLike
    from types import TracebackType

    from codex_runtime.engine.backlogs import DeliveryPolicy
    from codex_runtime.engine.handshake import ServerInfo
    from codex_runtime.history.catalogue import ItemsShown
    from codex_runtime.history.pages import StoredTurn
    from codex_runtime.history.queries import ThreadSort
    from codex_runtime.history.summary import ThreadSummary, ThreadTail
    from codex_runtime.model.attachments import Attachment
    from codex_runtime.model.child import ChildStatus
    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.model.explanation import Explanation
    from codex_runtime.model.hooks.hooks import HookConfig, HookReport
    from codex_runtime.model.profile import RunProfile
    from codex_runtime.model.prompt import PromptParams
    from codex_runtime.model.requests.approvals import ApprovalAnswer, ApprovalRequest
    from codex_runtime.model.results import CloseOutcome, InterruptOutcome, TurnResult, TypedResult
    from codex_runtime.model.state import ThreadState
    from codex_runtime.model.usage import ContextUsage, TokenUsage
    from codex_runtime.protocol import (
        Method,
        Notification,
        ReviewTarget,
        Thread,
        ThreadItemEntry,
        ThreadTurnsListResponse,
    )
    from codex_runtime.protocol.base import JsonValue
    from codex_runtime.protocol.unset import UnsetType
    from codex_runtime.runtime.preflight import Preflight
    from codex_runtime.runtime.statistics import Statistics
    from codex_runtime.session.repeating import OnRepeatError, RepeatStatus
    from codex_runtime.testing.fake_server.server import FakeAppServer

__all__ = [
    "ChildEvents",
    "ChildThread",
    "ItemPager",
    "Repeat",
    "Runtime",
    "RuntimeOpening",
    "Session",
    "StateEvents",
    "StateView",
    "Subscription",
    "ThreadPager",
    "Threads",
    "Turn",
    "TurnPager",
    "TurnStream",
    "open_fake_runtime",
    "open_runtime",
    "run",
]

P = TypeVar("P")
R = TypeVar("R")
T = TypeVar("T")


@final
class ChildEvents(EventBlock[CoreChildEvents, CoreChildEvents, "Notification"]):
    """The events of a child's newest turn, in wire order: the one that runs, else the last.

    Before its first turn the iteration waits for that. It begins with ``turn/started`` if it is
    asked for before 4096 events or about 256 KiB were unread, else with what comes now; an event is
    given once. It ends with the turn and never raises for how that ended, also when the connection
    is lost. For a later turn ask again.

    One reader at a time: a second raises `trio.BusyResourceError`. What is not read yet waits as in
    a `Turn`, text deltas merged. Cancelling the iteration loses no event.
    """

    async def __aenter__(self) -> ChildEvents:
        await self._enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._leave(kind, value, traceback)  # noqa: ASYNC102 - this is asyncio

    def __aiter__(self) -> ChildEvents:
        return self

    async def __anext__(self) -> Notification:
        return await self._next()


@final
class ChildThread(Handle[CoreChildThread]):
    """A thread that an agent started: a sub-agent, or a sub-agent of one.

    Live: its properties say what is known now. It is read only but for `interrupt` and `answer`;
    views of the same thread are equal. It outlives the turn that started it, and what it does is
    never part of that turn: neither its events nor its tokens nor its end. Once its session has
    ended, or 256 newer ones are known, it stays as it was then.
    """

    @property
    def thread_id(self) -> str:
        """The server's id of this thread."""
        return self._core.thread_id

    @property
    def parent_thread_id(self) -> str:
        """The thread whose agent started it: the session's own, or another child's.

        For a moment after the start of a deeper one it may be the session's, until the server
        tells more.
        """
        return self._core.parent_thread_id

    @property
    def nickname(self) -> str | None:
        """The server's name for the agent; no event tells it, `read` does."""
        return self._core.nickname

    @property
    def role(self) -> str | None:
        """The agent's role, if it was given one; no event tells it, `read` does."""
        return self._core.role

    @property
    def path(self) -> str | None:
        """Its place among the agents, as ``/root/reviewer``; None where agents have none."""
        return self._core.path

    @property
    def prompt(self) -> str | None:
        """What its parent started it with; None where the server does not show it."""
        return self._core.prompt

    @property
    def model(self) -> str | None:
        """Which model it was started on, if told."""
        return self._core.model

    @property
    def status(self) -> ChildStatus:
        """``starting``, ``running``, or how its newest turn ended, as in `TurnResult.status`."""
        return self._core.status

    @property
    def is_running(self) -> bool:
        """A turn of it runs."""
        return self._core.is_running

    @property
    def is_closed(self) -> bool:
        """The server has unloaded it: its parent closed it, or a thread above was archived."""
        return self._core.is_closed

    @property
    def turn_id(self) -> str | None:
        """Its turn that runs."""
        return self._core.turn_id

    @property
    def text(self) -> str:
        """The answer of its newest turn, as far as it has arrived."""
        return self._bridge.now(lambda: self._core.text)

    @property
    def result(self) -> TurnResult | None:
        """Of its newest turn that ended, without items; None before."""
        return self._core.result

    @property
    def usage(self) -> TokenUsage | None:
        """Tokens of its turns together, the running one included; None before the server told.

        They are in no usage of the session or its turns, and those of its own children not in it.
        """
        return self._core.usage

    @property
    def children(self) -> tuple[ChildThread, ...]:
        """The threads that this one's agent started itself."""
        return tuple(ChildThread(self._bridge, each) for each in self._core.children)

    def events(self) -> ChildEvents:
        """An async context manager over the events of its newest turn; see `ChildEvents`."""
        return ChildEvents(self._bridge, self._core.events())

    async def interrupt(self) -> InterruptOutcome:
        """End its turn that runs (``turn/interrupt``), and nothing else; idempotent, bounded.

        As `Session.interrupt_turn`. Its parent is told by the server, and goes on.
        """
        return await self._bridge.call(self._core.interrupt)

    async def read(self, *, include_turns: bool = False) -> Thread:
        """The thread as the server has it on record (``thread/read``).

        Afterwards `nickname` and `role` are known. Raises `RequestError` and the like.
        """
        return await self._bridge.call(lambda: self._core.read(include_turns=include_turns))

    @property
    def pending_approvals(self) -> tuple[ApprovalRequest, ...]:
        """What waits for a decision on this thread; see `Session.pending_approvals`."""
        return self._core.pending_approvals

    def answer(self, request_id: int | str, decision: ApprovalAnswer) -> None:
        """Decide one of `pending_approvals`; see `Session.answer`."""
        self._bridge.now(lambda: self._core.answer(request_id, decision))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ChildThread) and self._core == other._core

    def __hash__(self) -> int:
        return hash(self._core)


@final
class ItemPager(PagerHandle[CoreItemPager, "ThreadItemEntry"]):
    """The items of a thread, an async iterator of `ThreadItemEntry`; made by `Threads.items`.

    A page is asked for when its first row is wanted. Cancelling loses no row. One task at a time
    iterates; a second raises `trio.BusyResourceError`. Raises as `Runtime.call`.
    """

    @property
    def next_cursor(self) -> str | None:
        """As `ThreadPager.next_cursor`."""
        return self._core.next_cursor

    @property
    def backwards_cursor(self) -> str | None:
        """As `ThreadPager.backwards_cursor`."""
        return self._core.backwards_cursor

    async def next_page(self) -> tuple[ThreadItemEntry, ...]:
        """The rows of the next page, or what is unread of this one; empty after the last."""
        return await self._page()

    def __aiter__(self) -> ItemPager:
        return self

    async def __anext__(self) -> ThreadItemEntry:
        return await self._next()


@final
class Repeat(Handle[CoreRepeat]):
    """A prompt on a fixed cadence; made by ``session.repeat``, run by the user.

    ``asyncio.create_task(repeat.run())``. The first run is at once, the others at whole multiples
    of ``every`` after it, never two at a time: the ticks that come while a run is under way are
    left out and counted, and the next run is at the next tick. The cadence does not drift.

    Args:
        every: Seconds, or a `timedelta`; above 0.
        max_runs: After so many runs it ends; None: never.
        on_error: What an error of one run does: ``continue`` keeps it in the status and goes on;
            ``raise`` ends it. See `run` for those that always end it.
        on_result: Called with each result before the cadence goes on; plain or async. What it
            raises comes out of `run`.

    Raises `ConfigError`.
    """

    @property
    def every_s(self) -> float:
        """Seconds from one tick to the next."""
        return self._core.every_s

    @property
    def status(self) -> RepeatStatus:
        """How far it is; a frozen value."""
        return self._core.status

    def stop(self) -> None:
        """Ask for the end: nothing new begins, a turn under way is interrupted, `run` returns.

        Returns at once, may be called at any time and again. An ``on_result`` that is at work ends
        first.
        """
        self._bridge.now(self._core.stop)

    async def run(self) -> None:
        """Run until `stop`, ``max_runs``, the end of the session, or an error that ends it.

        Returns when the session or the runtime was closed. Raises `AppServerExited` when no server
        will be started any more, and `InvalidInput`, which the next run would meet too; with
        ``on_error="raise"`` whatever a run raised; in any case what is no `CodexRuntimeError`.
        Cancelling interrupts a turn under way. It runs once: make another `Repeat` to begin again.
        """
        return await self._bridge.call(self._core.run)


@final
class Runtime(Handle[CoreRuntime]):
    """One running app-server; made by `open_runtime` alone, usable until its block is left.

    May be used by any number of tasks and event loops.
    """

    @property
    def server(self) -> ServerInfo:
        """What the app-server that serves, or served last, said of itself."""
        return self._core.server

    @property
    def threads(self) -> Threads:
        """The threads that the app-server has stored: to be listed, found, read, put in order."""
        return Threads(self._bridge, self._core.threads)

    async def preflight(self, *, refresh: bool = False) -> Preflight:
        """What can be known before the first turn: the server's version, and its account.

        Nothing is sent to a model (``account/read``). With ``refresh`` the server renews a token
        that it has, which may take it to the network. Raises as `call`.
        """
        return await self._bridge.call(lambda: self._core.preflight(refresh=refresh))

    def statistics(self) -> Statistics:
        """Counts so far and what is under way; cheap, and usable after the end as well."""
        return self._core.statistics()

    def command_line(self) -> str:
        """The server's command line, quoted for a shell; secrets are hidden."""
        return self._core.command_line()

    async def start_session(self, config: SessionConfig) -> Session:
        """A handle on a new thread (``thread/start``).

        Cancelling leaves no handle; a thread that the server made all the same is let go. Raises
        `ConfigError`, `ProfileError`, `FullAccessDenied`, `RequestError`, `RequestTimeout`.
        """
        return Session(
            self._bridge,
            await self._bridge.call(
                lambda: self._core.start_session(config), undo=CoreSession.detach
            ),
        )

    async def resume_session(self, thread_id: str, config: SessionConfig) -> Session:
        """A handle on a stored thread (``thread/resume``); its turns are not loaded.

        Raises also `ThreadNotFound` (a thread that never ran a turn is not stored) and
        `ThreadArchived`.
        """
        return Session(
            self._bridge,
            await self._bridge.call(
                lambda: self._core.resume_session(thread_id, config), undo=CoreSession.detach
            ),
        )

    async def fork_session(self, thread_id: str, config: SessionConfig) -> Session:
        """A handle on a new thread that begins with another's history (``thread/fork``)."""
        return Session(
            self._bridge,
            await self._bridge.call(
                lambda: self._core.fork_session(thread_id, config), undo=CoreSession.detach
            ),
        )

    @overload
    async def run(
        self, prompt: str, config: SessionConfig, *, output: type[T]
    ) -> TypedResult[T]: ...
    @overload
    async def run(
        self, prompt: str, config: SessionConfig, *, output: None = None
    ) -> TurnResult: ...
    async def run(
        self, prompt: str, config: SessionConfig, *, output: type[object] | None = None
    ) -> TurnResult:
        """One prompt on an ephemeral thread of its own; ``output`` as of `Session.ask`."""
        return await self._bridge.call(lambda: self._core.run(prompt, config, output=output))

    def register_hooks(self, config: HookConfig) -> Callable[[], None]:
        """Add hooks to the least specific layer of every session; returns what undoes it.

        Asks that have begun keep the hooks that they began with. Undoing twice is undoing once.
        Raises `HookError` for a name that is registered already.
        """
        return partial(
            self._bridge.now, self._bridge.now(lambda: self._core.register_hooks(config))
        )

    @overload
    async def call(
        self, method: Method[None, R], params: None = None, *, timeout_s: float | None = None
    ) -> R: ...
    @overload
    async def call(
        self, method: Method[P, R], params: P, *, timeout_s: float | None = None
    ) -> R: ...
    async def call(
        self, method: Method[P, R], params: P | None = None, *, timeout_s: float | None = None
    ) -> R:
        """Any method, typed both ways; ``method`` is a value of `codex_runtime.protocol`.

        ``params`` may be left out where the method takes none. An experimental method raises
        `ExperimentalRequired` before it is sent, unless the runtime has ``experimental_api=True``.
        ``timeout_s`` replaces ``request_timeout_s`` for this call. Cancelling leaves nothing
        pending, but the server may have done it. Raises `RequestError` and its kin,
        `RequestTimeout`, `QueueTimeout`, `FullAccessDenied`, `RemoteProtocolError`,
        `AppServerExited`, `RuntimeClosed`.
        """
        return await self._bridge.call(
            lambda: self._core.call(method, cast("P", params), timeout_s=timeout_s)
        )

    async def request(
        self, name: str, params: object = None, *, timeout_s: float | None = None
    ) -> JsonValue:
        """Any method by its wire name with any JSON params; returns the decoded result.

        No types and no full-access gate; the ingress gate holds.
        """
        return await self._bridge.call(
            lambda: self._core.request(name, params, timeout_s=timeout_s)
        )

    async def notify(self, name: str, params: object = None) -> None:
        """Send a notification by its wire name; returns once it is written."""
        return await self._bridge.call(lambda: self._core.notify(name, params))

    def subscribe(
        self,
        *,
        thread_id: str | None = None,
        methods: Iterable[str] | None = None,
        policy: DeliveryPolicy = "coalesce",
        max_backlog_events: int | None = None,
        max_backlog_bytes: int = MAX_BACKLOG_BYTES,
    ) -> Subscription:
        """An async context manager over events, of one thread or all, of some methods or all.

        ``policy`` says what becomes of events that are not read in time: see `DeliveryPolicy`.
        ``max_backlog_events`` (8,192) is the bound of ``drop_oldest`` and ``fail``. Past
        ``max_backlog_bytes`` of unread JSON params (64 MiB) any subscriber gets `SlowConsumer`
        after what fitted. Raises `ConfigError` for a bound that its policy does not have, and for a
        method that ``RuntimeConfig.opt_out`` switches off.
        """
        return Subscription(
            self._bridge,
            self._core.subscribe(
                thread_id=thread_id,
                methods=methods,
                policy=policy,
                max_backlog_events=max_backlog_events,
                max_backlog_bytes=max_backlog_bytes,
            ),
        )


@final
class Session(Handle[CoreSession]):
    """A handle on one thread of the app-server; one turn at a time runs on the thread.

    Made by `Runtime.start_session`, `resume_session` or `fork_session`. As an async context
    manager it does on leaving what ``config.on_exit`` says: ``archive`` (`close`) or ``detach``.
    """

    @property
    def config(self) -> SessionConfig:
        """What it was opened with."""
        return self._core.config

    @property
    def thread_id(self) -> str:
        """The server's id of the thread.

        It changes when the server dies before the thread's first turn: then there is nothing to be
        resumed, and the next ask starts it afresh.
        """
        return self._core.thread_id

    @property
    def is_closed(self) -> bool:
        """`close` or `detach` was called; set before their work is done."""
        return self._core.is_closed

    @property
    def opening_report(self) -> HookReport:
        """What the hooks around the start of this session did."""
        return self._core.opening_report

    @property
    def active_turn_id(self) -> str | None:
        """The turn that runs on the thread, whoever asked for it."""
        return self._core.active_turn_id

    @property
    def usage(self) -> TokenUsage | None:
        """Tokens of this handle's turns together; None before the server reported any."""
        return self._core.usage

    @property
    def usage_by_model(self) -> Mapping[str, TokenUsage]:
        """The same by the name of the model; without what no model is known of."""
        return self._core.usage_by_model

    @property
    def context(self) -> ContextUsage | None:
        """How full the model's context is; None until the server reports it."""
        return self._core.context

    @property
    def total_turns(self) -> int:
        """How many turns of this handle completed."""
        return self._core.total_turns

    @property
    def history(self) -> tuple[TurnResult, ...]:
        """The last 32 results of this handle, oldest first, without items, output and hooks."""
        return self._core.history

    @property
    def children(self) -> tuple[ChildThread, ...]:
        """The threads that its agents started, theirs included: the newest 256, oldest first.

        See `ChildThread`. They are known from their first sign in this session on.
        """
        return tuple(ChildThread(self._bridge, each) for each in self._core.children)

    def profile(self) -> RunProfile:
        """The profile's fields of `config`, as they were given."""
        return self._core.profile()

    def explain(self, profile: RunProfile | None = None) -> Explanation:
        """Field by field what a turn of this session is told and which layer says so.

        ``profile`` is that of a call, as for `ask_with_profile`.
        """
        return self._core.explain(profile)

    @property
    def pending_approvals(self) -> tuple[ApprovalRequest, ...]:
        """What waits for a decision on this thread, oldest first; hooks have let it through."""
        return self._core.pending_approvals

    @property
    def state(self) -> ThreadState | None:
        """What the thread looks like now; None while nobody is in a block of `observe`."""
        return self._core.state

    def observe(self) -> StateView:
        """An async context manager of the thread's live state, however late it is entered.

        Observers share one fold; without one no event is folded. Entering reads the thread
        (``thread/read``) and raises as `read` does. See `StateView`.
        """
        return StateView(self._bridge, self._core.observe())

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
        return await self._bridge.call(
            lambda: self._core.ask(
                prompt,
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
        return await self._bridge.call(lambda: self._core.ask_with(params))

    async def ask_with_profile(self, prompt: str, profile: RunProfile) -> TurnResult:
        """`ask` under ``profile`` merged over the session's, for this one turn."""
        return await self._bridge.call(lambda: self._core.ask_with_profile(prompt, profile))

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
        return TurnStream(
            self._bridge,
            self._core.ask_stream(prompt, output=output, attachments=attachments, hooks=hooks),
        )

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

        Nothing runs before its ``run`` is started as a task of yours.
        """
        return Repeat(
            self._bridge,
            self._core.repeat(
                prompt, every=every, max_runs=max_runs, on_error=on_error, on_result=on_result
            ),
        )

    async def compact(self) -> TurnResult:
        """Summarise the thread's history to free context (``thread/compact/start``).

        A turn of its own: it waits in line, and cancelling interrupts it, as with `ask`.
        """
        return await self._bridge.call(self._core.compact)

    async def review(self, target: ReviewTarget) -> TurnResult:
        """Let the agent review changes (``review/start``, inline); a turn of its own, as `ask`."""
        return await self._bridge.call(lambda: self._core.review(target))

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
        return await self._bridge.call(
            lambda: self._core.interrupt_turn(turn_id, terminals=terminals)
        )

    async def steer(self, text: str) -> None:
        """Add ``text`` to the active turn (``turn/steer``); raises `NoActiveTurn` without one."""
        return await self._bridge.call(lambda: self._core.steer(text))

    def answer(self, request_id: int | str, decision: ApprovalAnswer) -> None:
        """Decide one of `pending_approvals`, in the place of its handler, which is cancelled.

        ``decision`` is made by the request's own methods (``request.accept()``, ...). Raises
        `RequestNotPending` when it was decided or withdrawn before; `AnswerRefused` for a decision
        that was not offered and `FullAccessDenied` for a grant of everything leave it pending.
        """
        self._bridge.now(lambda: self._core.answer(request_id, decision))

    async def rename(self, name: str) -> None:
        """Give the thread a title (``thread/name/set``); the server takes no empty one."""
        return await self._bridge.call(lambda: self._core.rename(name))

    async def retitle(self) -> str | None:
        """Name the thread after its first words, whatever it is called; returns the name.

        None, and nothing is changed, before a message with words of a user. See `title_of`.
        """
        return await self._bridge.call(self._core.retitle)

    async def read(self, *, include_turns: bool = True) -> Thread:
        """The thread as the server has it on record (``thread/read``).

        One that never ran has no turns yet.
        """
        return await self._bridge.call(lambda: self._core.read(include_turns=include_turns))

    async def turns(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> ThreadTurnsListResponse:
        """One page of the thread's turns (``thread/turns/list``), newest first.

        ``cursor`` is ``next_cursor`` of the page before. The page of a thread that never ran is
        empty.
        """
        return await self._bridge.call(lambda: self._core.turns(limit=limit, cursor=cursor))

    async def fork(self, config: SessionConfig | None = None) -> Session:
        """A new session whose thread begins with this one's history (``thread/fork``).

        ``config`` defaults to this session's without its ``journal``, which has one writer.
        """
        return Session(
            self._bridge,
            await self._bridge.call(lambda: self._core.fork(config), undo=CoreSession.detach),
        )

    async def close(self, *, retry: bool = False) -> CloseOutcome:
        """End the active turn and archive the thread (``thread/archive``), once.

        Ephemeral threads are unsubscribed instead. The first caller closes the handle at once and
        refuses what stands in line; all callers, concurrent or later, get the same outcome, or each
        an error of its own. An answer of the server is final, unless ``retry`` asks again after an
        error; a lost connection or a timeout is not, and the next call tries again. Cancelling ends
        this wait alone. Returns within ``close_timeout_s``. Raises `SessionBusy` in a hook, tool or
        handler of the thread's own turn.
        """
        return await self._bridge.call(lambda: self._core.close(retry=retry))

    async def detach(self) -> None:
        """End this handle and its active turn; the thread stays on the server, to be resumed."""
        return await self._bridge.call(self._core.detach)

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._bridge.leave(self._core.__aexit__, kind, value, traceback)  # noqa: ASYNC102 - this is asyncio


@final
class StateEvents(EventBlock[CoreStateEvents, CoreStateEvents, "Notification"]):
    """A snapshot and every event after it: ``snapshot`` and what is iterated make the state.

    Nothing is missed between the two, and nothing comes twice. Adjacent text deltas that were not
    read yet are one event (``merged``). One task iterates; cancelling loses no event. The iteration
    ends with the view's, and when the server dies: enter another block for another snapshot. Past
    ``MAX_BACKLOG_BYTES`` unread it raises `SlowConsumer`.
    """

    @property
    def snapshot(self) -> ThreadState:
        """The state as the block was entered: the events follow it."""
        return self._core.snapshot

    async def __aenter__(self) -> StateEvents:
        await self._enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._leave(kind, value, traceback)  # noqa: ASYNC102 - this is asyncio

    def __aiter__(self) -> StateEvents:
        return self

    async def __anext__(self) -> Notification:
        return await self._next()


@final
class StateView(EventBlock[CoreStateView, CoreStateView, "ThreadState"]):
    """The state of a session's thread, live: made by `Session.observe`, an async context manager.

    Entering reads what happened before (``thread/read``), so that joining late misses nothing.
    Iterating gives the newest `ThreadState`, at once and then after each change, and skips what
    came in between: a slow reader is never behind. It ends when the thread is archived or deleted,
    its handle closed or detached, or no server follows one that died. When one follows, the state
    is what that one has on record (``thread/read``). Any number of views share one fold.
    """

    @property
    def state(self) -> ThreadState:
        """The newest state; after the block, the last one that it saw."""
        return self._core.state

    def events(self) -> StateEvents:
        """An async context manager over the events that follow a snapshot; see `StateEvents`."""
        return StateEvents(self._bridge, self._core.events())

    async def __aenter__(self) -> StateView:
        await self._enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._leave(kind, value, traceback)  # noqa: ASYNC102 - this is asyncio

    def __aiter__(self) -> StateView:
        return self

    async def __anext__(self) -> ThreadState:
        return await self._next()


@final
class Subscription(EventBlock[CoreSubscription, CoreSubscription, "Notification"]):
    """An async context manager over events, in wire order, from entering to leaving.

    Iterating waits for the next event; cancelling loses none. When the app-server dies a
    `ServerLost` stands among the events, and a `ServerRestarted` when another has taken over: what
    happened in between is not told. (With ``methods`` they are there if their ``METHOD`` is one.)
    The iteration ends when no server will follow. One task iterates; a second raises
    `trio.BusyResourceError`. Past ``max_backlog_bytes`` unread the iteration ends with
    `SlowConsumer`, after what fitted; the policy says what happens before. A `Lagged` among the
    events is there for the policy ``drop_oldest`` alone.
    """

    async def __aenter__(self) -> Subscription:
        await self._enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._leave(kind, value, traceback)  # noqa: ASYNC102 - this is asyncio

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Notification:
        return await self._next()


@final
class ThreadPager(PagerHandle[CoreThreadPager, "ThreadSummary"]):
    """Stored threads, an async iterator of `ThreadSummary`; made by `Threads.list`.

    A page is asked for when its first row is wanted. Cancelling loses no row. One task at a time
    iterates; a second raises `trio.BusyResourceError`. Raises as `Runtime.call`.
    """

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, for ``cursor`` of another pager; None before and at the end.

        It is opaque, goes with the same order and filters, and outlives the server.
        """
        return self._core.next_cursor

    @property
    def backwards_cursor(self) -> str | None:
        """Where the last page began, for a pager with the opposite ``descending``.

        That begins with the row at which it was, to see what is new there.
        """
        return self._core.backwards_cursor

    async def next_page(self) -> tuple[ThreadSummary, ...]:
        """The rows of the next page, or what is unread of this one; empty after the last."""
        return await self._page()

    def __aiter__(self) -> ThreadPager:
        return self

    async def __anext__(self) -> ThreadSummary:
        return await self._next()


@final
class Threads(Handle[CoreThreads]):
    """The stored threads of the app-server; had as ``runtime.threads``.

    Whatever names a thread takes its whole id; `find` has it from its beginning. Every method may
    raise what `Runtime.call` does; one that is given an id raises `ConfigError` for what cannot be
    one, and `ThreadNotFound` for one that the server does not have.
    """

    def list(  # noqa: PLR0913 - as in the core
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
        return ThreadPager(
            self._bridge,
            self._core.list(
                limit=limit,
                cwd=cwd,
                archived=archived,
                source_kinds=source_kinds,
                model_providers=model_providers,
                search_term=search_term,
                sort_key=sort_key,
                descending=descending,
                page_size=page_size,
                cursor=cursor,
            ),
        )

    async def read(self, thread_id: str) -> ThreadSummary:
        """One thread, archived or not, without its turns (``thread/read``)."""
        return await self._bridge.call(lambda: self._core.read(thread_id))

    async def latest(self, cwd: str | PathLike[str] | None = None) -> ThreadSummary:
        """The thread that was last worked in, in a directory or anywhere.

        Archived threads and those that an agent started are passed over. Raises `NoThreadFound`.
        """
        return await self._bridge.call(lambda: self._core.latest(cwd))

    async def find(self, prefix: str) -> ThreadSummary:
        """The one thread whose id begins so, archived or not.

        A whole id is one request; a prefix looks through the whole list. Raises `NoThreadFound`,
        `AmbiguousThreadId`, and `ConfigError` for what begins no id.
        """
        return await self._bridge.call(lambda: self._core.find(prefix))

    async def reindex(self) -> int:
        """Have the server look at every rollout, and put into its index what that lacks.

        For files that were copied into the home, or written by a program that keeps no index: a
        server makes one of them all where there is none, and then lists by it. Returns how many
        threads there are. It reads a good part of every file.
        """
        return await self._bridge.call(self._core.reindex)

    async def resume_latest(
        self, cwd: str | PathLike[str] | None = None, config: SessionConfig | None = None
    ) -> Session:
        """A session on the thread that was last worked in, in a directory or anywhere.

        It works in that directory, whatever ``config`` says of it. Raises `NoThreadFound`, and as
        `Runtime.resume_session`.
        """
        return Session(
            self._bridge,
            await self._bridge.call(
                lambda: self._core.resume_latest(cwd, config), undo=CoreSession.detach
            ),
        )

    async def fork(self, thread_id: str, config: SessionConfig | None = None) -> Session:
        """A session on a new thread that begins with another's history (``thread/fork``).

        Without ``config`` it works in the directory of the other. Raises `ThreadArchived`, and as
        `Runtime.fork_session`.
        """
        return Session(
            self._bridge,
            await self._bridge.call(
                lambda: self._core.fork(thread_id, config), undo=CoreSession.detach
            ),
        )

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
        return TurnPager(
            self._bridge,
            self._core.turns(
                thread_id,
                descending=descending,
                items=items,
                limit=limit,
                page_size=page_size,
                cursor=cursor,
            ),
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
        return ItemPager(
            self._bridge,
            self._core.items(
                thread_id,
                turn_id=turn_id,
                descending=descending,
                limit=limit,
                page_size=page_size,
                cursor=cursor,
            ),
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
        return await self._bridge.call(
            lambda: self._core.tail(
                thread_id, messages, tool_uses, count=count, page_size=page_size
            )
        )

    async def rename(self, thread_id: str, name: str) -> None:
        """Give a thread a title (``thread/name/set``); the server takes no empty one.

        Raises `ThreadArchived` for an archived one.
        """
        return await self._bridge.call(lambda: self._core.rename(thread_id, name))

    async def retitle(self, thread_id: str) -> str | None:
        """Name a thread after its first words, whatever it is called; returns the name.

        None, and nothing is changed, if no words of a user are in it. See `title_of`. Raises as
        `rename`.
        """
        return await self._bridge.call(lambda: self._core.retitle(thread_id))

    async def archive(self, thread_id: str) -> None:
        """Put a thread away (``thread/archive``); a turn that runs on it is interrupted.

        It can still be read, not resumed. Archiving it again raises `ThreadArchived`.
        """
        return await self._bridge.call(lambda: self._core.archive(thread_id))

    async def unarchive(self, thread_id: str) -> ThreadSummary:
        """Take a thread back (``thread/unarchive``); it can be resumed again.

        Raises `ThreadNotFound` also for one that is not archived.
        """
        return await self._bridge.call(lambda: self._core.unarchive(thread_id))

    async def delete(self, thread_id: str, *, missing_ok: bool = False) -> bool:
        """Delete a thread and its rollout for good (``thread/delete``); archived or not.

        Returns whether there was one: ``missing_ok`` makes that False instead of `ThreadNotFound`.
        """
        return await self._bridge.call(lambda: self._core.delete(thread_id, missing_ok=missing_ok))


@final
class Turn(TurnHandle):
    """A turn under way: an async iterator of its events, in wire order.

    Its events are every notification of its turn id, and its thread's ``warning``,
    ``thread/status/changed`` and ``serverRequest/resolved`` while it runs. The iteration ends with
    the turn and never raises for how it ended: `finish` does. One task at a time iterates; a second
    that waits beside it raises `trio.BusyResourceError`. Cancelling the iteration loses no event.

    What is not read waits and holds up nobody: past ``RuntimeConfig.coalesce_after_events`` unread
    events, adjacent text deltas of one item are one event whose ``merged`` says of how many. Text
    is never lost, and every other event is there.
    """

    @property
    def turn_id(self) -> str:
        """The server's id of this turn."""
        return self._core.turn_id

    @property
    def text(self) -> str:
        """The answer as far as it was consumed by the iteration."""
        return self._text()

    @property
    def children(self) -> tuple[ChildThread, ...]:
        """The child threads that worked for this turn so far; see `Session.children`."""
        return tuple(ChildThread(self._bridge, each) for each in self._core.children)

    @property
    def result(self) -> TurnResult:
        """How the turn ended, whatever was read of it; raises `TurnNotEnded` before.

        Its ``hook_report`` is complete after `finish`, or after the block.
        """
        return self._core.result

    async def finish(self) -> TurnResult:
        """Wait for the end, passing over what was not read; returns the result.

        Hooks that follow the turn have run by then. Cancelling ends the wait alone; leaving the
        block ends the turn. Raises `TurnFailed`, `TurnInterrupted`, `TurnTimedOut`, `TurnLost` or
        `OutputMismatch`, each with the result.
        """
        self._pass_over()
        return await self._bridge.call(self._core.finish)

    async def steer(self, text: str) -> None:
        """Add ``text`` to the running turn (``turn/steer``).

        Raises `PromptError`, `NoActiveTurn` once the turn has ended, or `RequestError`.
        """
        return await self._bridge.call(lambda: self._core.steer(text))

    async def interrupt(self, *, terminals: bool = False) -> InterruptOutcome:
        """End the turn (``turn/interrupt``); see `Session.interrupt_turn`.

        With ``terminals`` the background terminals of this turn are ended, also of one that has
        ended already.
        """
        return await self._bridge.call(lambda: self._core.interrupt(terminals=terminals))


@final
class TurnPager(PagerHandle[CoreTurnPager, "StoredTurn"]):
    """The turns of a thread, an async iterator of `StoredTurn`; made by `Threads.turns`.

    A page is asked for when its first row is wanted. Cancelling loses no row. One task at a time
    iterates; a second raises `trio.BusyResourceError`. Raises as `Runtime.call`.
    """

    @property
    def next_cursor(self) -> str | None:
        """As `ThreadPager.next_cursor`."""
        return self._core.next_cursor

    @property
    def backwards_cursor(self) -> str | None:
        """As `ThreadPager.backwards_cursor`."""
        return self._core.backwards_cursor

    async def next_page(self) -> tuple[StoredTurn, ...]:
        """The rows of the next page, or what is unread of this one; empty after the last."""
        return await self._page()

    def __aiter__(self) -> TurnPager:
        return self

    async def __anext__(self) -> StoredTurn:
        return await self._next()


@final
class TurnStream(Block[CoreTurnStream, CoreTurn]):
    """The block around a `Turn`: entering starts the turn, leaving it early interrupts it."""

    async def __aenter__(self) -> Turn:
        return Turn(self._bridge, await self._enter(), self)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._leave(kind, value, traceback)  # noqa: ASYNC102 - this is asyncio


@final
class RuntimeOpening(Opening):
    """The block around a `Runtime`; made by `open_runtime`."""

    async def __aenter__(self) -> Runtime:
        bridge, core = await self._open()
        return Runtime(bridge, core)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._close(value)  # noqa: ASYNC102 - this is asyncio


def open_runtime(config: RuntimeConfig | None = None) -> RuntimeOpening:
    """Start an app-server, shake hands, and give the `Runtime` that drives it.

    Leaving ends running turns (their threads stay on the server, to be resumed), then the process
    and whatever it started; a cancelled body returns within ``cancel_grace_s + shutdown_grace_s``.
    The body's exception comes out as it is. Raises `StartError`, `ConfigError` or `JournalError`,
    with nothing left running; warns once, with `UntestedServerWarning`, of a server that was not
    tested.
    """
    return RuntimeOpening(partial(open_unwarned, config))


def open_fake_runtime(
    server: FakeAppServer | None = None, config: RuntimeConfig | None = None
) -> RuntimeOpening:
    """Like `open_runtime`, with ``server`` in place of a process; None makes a server that echoes.

    Of ``config`` all holds that is not about the process (its path, home, environment). When the
    fake crashes, the runtime connects to it again as its `RestartPolicy` says. Raises `StartError`.
    """
    # Of a room above this one, and for tests alone: loaded when it is asked for.
    testing = import_module("codex_runtime.testing.fake_runtime")
    return RuntimeOpening(partial(testing.open_fake_runtime, server, config))


@overload
async def run(
    prompt: str,
    config: SessionConfig | None = None,
    *,
    runtime: RuntimeConfig | None = None,
    output: type[T],
) -> TypedResult[T]: ...
@overload
async def run(
    prompt: str,
    config: SessionConfig | None = None,
    *,
    runtime: RuntimeConfig | None = None,
    output: None = None,
) -> TurnResult: ...
async def run(
    prompt: str,
    config: SessionConfig | None = None,
    *,
    runtime: RuntimeConfig | None = None,
    output: type[object] | None = None,
) -> TurnResult:
    """Start an app-server, ask it one prompt, and end it: `open_runtime` and `Runtime.run`.

    Without ``config`` the working directory is this process's; ``runtime`` configures the
    app-server, ``output`` is as of `Session.ask`. Raises as those two do. A start takes a good part
    of a second: for more than one prompt open a runtime once.
    """
    async with open_runtime(runtime) as opened:
        return await opened.run(prompt, config or SessionConfig(), output=output)
