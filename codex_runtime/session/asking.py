"""Asking: from what one turn shall be told to its request, and from its end to its result.

Owns the order in which an ask goes: run hooks, attachments, baselines, the thread's line, turn
hooks, the budget, the request; then hooks again, and the typed output. Params are built when the
thread is ours, because only then is it known which fields earlier turns touched. Does not wait for
the turn's end. Enter at `Ask`, or at `begin_turn` for a turn that nothing is layered on.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import attrs
import trio

from codex_runtime.engine.inside import refuse_inside
from codex_runtime.engine.turn_watch import watch_holder
from codex_runtime.engine.turns import TurnRequest
from codex_runtime.errors import (
    OutputMismatch,
    ProfileError,
    RuntimeClosed,
    SessionClosed,
    ThreadNotFound,
)
from codex_runtime.model.checks import check_kind
from codex_runtime.model.deadlines import limits_of
from codex_runtime.model.overrides import sticky_fields, turn_fields
from codex_runtime.model.prompt import PromptParams
from codex_runtime.model.results import TypedResult
from codex_runtime.model.typed.output import output_spec
from codex_runtime.protocol import TURN_START, TurnStartParams
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.attaching import build_input
from codex_runtime.session.baselines import (
    find_baselines,
    known_baseline,
    note_in_force,
    pinned_baseline,
    put_back_after,
    put_back_now,
)
from codex_runtime.session.checks import check_profile, check_reach, existing_directory
from codex_runtime.session.hooks.of_asks import AskHooks
from codex_runtime.session.hooks.running import HookRunner
from codex_runtime.session.outcome import completed_result, result_of
from codex_runtime.session.prompts import again_after
from codex_runtime.session.reviving import bring_back, is_loaded
from codex_runtime.session.turn_setup import context_of, set_up_turn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.overrides import Baseline, TurnFields
    from codex_runtime.model.profile import Overlap, RunProfile
    from codex_runtime.model.results import TurnResult
    from codex_runtime.protocol import Method, TurnStartResponse, UserInput
    from codex_runtime.session.handle import Handle

__all__ = ["Ask", "TurnPlan", "begin_turn", "plan_without_prompt"]

P = TypeVar("P")
R = TypeVar("R")


@attrs.frozen
class TurnPlan(Generic[P, R]):
    """How a turn is asked for, once the thread is ours."""

    method: Method[P, R]
    build: Callable[[], P]
    """Makes the params at that moment; it may note what they touch."""
    turn_id_of: Callable[[R], str] | None
    """Reads the turn's id from the answer; None when the answer does not name it."""
    overlap: Overlap
    prepare: Callable[[], Awaitable[None]]
    """What is still to be done by then."""
    model: Callable[[], str | None]
    """Which model the turn begins with, once it is prepared."""


async def begin_turn(handle: Handle, route: TurnRoute, plan: TurnPlan[P, R]) -> None:
    """Wait in line, then send. Cancelling, or an interrupt, before that sends nothing.

    So does the end of the turn's total, by which it has ended as ``timed_out``.
    """
    await in_time(route, partial(_begin_turn, handle, route, plan))


async def in_time(route: TurnRoute, begin: Callable[[], Awaitable[None]]) -> None:
    """Do what is before the turn; where its total is used up first, it ends unsent."""
    with trio.CancelScope(deadline=route.total_at_s) as scope:
        await begin()
    if scope.cancelled_caught:
        route.time_out()


def _limit(handle: Handle, route: TurnRoute, profile: RunProfile) -> None:
    timeout_s = handle.engine.config.request_timeout_s
    route.limits = limits_of(profile.deadlines, acknowledgement_s=timeout_s)


def _begin_total(route: TurnRoute) -> None:
    """The turn is asked for now: from here its total counts, unless it does already."""
    route.total_at_s = min(route.total_at_s, trio.current_time() + route.limits.total_s)


async def _begin_turn(handle: Handle, route: TurnRoute, plan: TurnPlan[P, R]) -> None:
    line = handle.line
    handle.check_open()
    refuse_inside(handle.thread_id, "an ask")
    watch_holder(handle.engine, line)
    await line.take_place(route, plan.overlap)
    try:
        handle.check_open()
        if not await _prepared(handle, route, plan):
            line.give_place_on(route)
            return
        params = plan.build()
        model = plan.model()
        route.fold.begin_at(line.usage_total, model, line.model)
        line.model = model
    except BaseException:  # cancelled, or refused: the place goes on
        route.give_up(RuntimeClosed())  # for the shutdown; whoever asked gets this error
        line.give_place_on(route)
        raise
    message_id = getattr(params, "client_user_message_id", None) or None
    load = partial(bring_back, handle, route.limits.acknowledgement_s)
    request = TurnRequest(
        handle.engine, line, route, plan.method, params, plan.turn_id_of, load, message_id
    )
    route.is_preparing = not is_loaded(handle)
    handle.engine.spawn(request.run)


async def _prepared(handle: Handle, route: TurnRoute, plan: TurnPlan[P, R]) -> bool:
    """Do what is left to do before the request; False if the turn was interrupted meanwhile."""
    route.is_preparing = True
    with route.prepare_scope:
        await plan.prepare()
    route.is_preparing = False
    if route.ended.is_set():
        return False
    handle.check_open()
    if route.prepare_scope.cancel_called:  # another handle closed the thread
        raise SessionClosed(handle.thread_id)
    return True


class Ask:
    """One ask, streamed or not, for a route that nobody else uses.

    Raises `ProfileError`, `FullAccessDenied` or `ConfigError` at once for what can never be sent.
    Making one needs no event loop: a face does so in the thread of its user.
    """

    def __init__(
        self,
        handle: Handle,
        params: PromptParams,
        route: TurnRoute,
        hooks: AskHooks | None = None,
    ) -> None:
        check_kind("params", params, PromptParams, ProfileError)
        self._handle = handle
        self._params = params
        self.route: Final = route
        route.is_keyed = params.key is not UNSET
        self._call = _with_schema(params)
        self._profile = handle.under(self._call)
        check_profile(handle.engine.config, self._call, "profile")
        self._cwd = UNSET if params.cwd is UNSET else existing_directory(params.cwd)
        self._base = handle.cwd if self._cwd is UNSET else self._cwd
        check_reach(handle.engine.config, self._profile, self._base)
        self.hooks: Final = hooks or AskHooks(handle, route, self._profile, self._base, params)
        self.hooks.route = route
        self._input: list[UserInput] = []
        _limit(handle, route, self._profile)
        self._result: TurnResult | None = None
        self._mismatch: str | None = None

    def again(self, mismatch: OutputMismatch, route: TurnRoute) -> Ask:
        """The second try of this ask: another turn of the same run."""
        again = Ask(self._handle, again_after(self._params, mismatch), route, self.hooks)
        route.total_at_s = self.route.total_at_s
        return again

    async def begin(self) -> None:
        """All that is before the turn, up to its request; raises what keeps it from starting.

        Where the ask's total is used up before, it ends as ``timed_out`` and is never sent.
        """
        _begin_total(self.route)
        await in_time(self.route, self._begin)

    async def _begin(self) -> None:
        handle = self._handle
        try:
            handle.check_open()
            refuse_inside(handle.thread_id, "an ask")
            params = self._params
            if not self.hooks.has_begun:
                params = await self.hooks.before("pre_run", params)
            await self._change(params)
            await self._find_baselines()
            await _begin_turn(handle, self.route, self._plan())
        except BaseException:  # who was told before is told after
            self.hooks.begin_after()
            raise

    async def _find_baselines(self) -> None:
        """Look up what the options of this turn alone go back to, where that is not known."""
        await find_baselines(self._handle, self._sticky)
        self._fields(known_baseline(self._handle))

    @property
    def _sticky(self) -> frozenset[str]:
        """The fields of this turn alone that the server would keep."""
        return sticky_fields(self._call, self._cwd)

    def _fields(self, baseline: Baseline) -> tuple[TurnFields, frozenset[str]]:
        """See `turn_fields`; raises `ProfileError`."""
        handle = self._handle
        touched = handle.line.touched_fields
        return turn_fields(handle.profile, self._call, baseline, touched, cwd=self._cwd)

    async def _change(self, params: PromptParams) -> None:
        """Take what hooks made of the ask, and look at its attachments."""
        self._params, self._call = params, _with_schema(params)
        self._profile = self._handle.under(self._call)
        attachments = self._profile.attachments
        self._input = await build_input(
            params.prompt, () if attachments is UNSET else attachments, self._base
        )

    def _plan(self) -> TurnPlan[TurnStartParams, TurnStartResponse]:
        handle, overlap = self._handle, self._profile.overlap
        return TurnPlan(
            TURN_START,
            self._build,
            lambda answer: answer.turn.id,
            "queue" if overlap is UNSET else overlap,
            self._prepare,
            lambda: handle.model(self._profile),
        )

    async def _prepare(self) -> None:
        """The thread is ours: the hooks of the turn, who answers for it, and what bounds it."""
        before = self._params
        changed = await self.hooks.before("pre_turn", before)
        if changed != before:
            await self._change(changed)
        hooks = self.hooks
        await set_up_turn(self._handle, self.route, self._profile, hooks.runner, hooks.context)
        if hooks.runner.wants("post_tool_use"):
            self.route.watchers.append(hooks.watch)

    def _build(self) -> TurnStartParams:
        handle, params, line = self._handle, self._params, self._handle.line
        fields, line.touched_fields = self._fields(pinned_baseline(handle))
        note_in_force(line, fields)
        if self._sticky:
            put_back_after(handle, self.route)
        return TurnStartParams(
            thread_id=line.thread_id,
            input=self._input,
            client_user_message_id=params.key or params.client_user_message_id or str(uuid.uuid4()),
            parent_turn_id=params.parent_turn_id,
            root_turn_id=params.root_turn_id,
            turn_trigger=params.turn_trigger,
            **fields,
        )

    # -- the end ---------------------------------------------------------------------------------

    async def end(self) -> TurnResult:
        """The result of a completed turn, after the hooks; raises as `completed` does."""
        if self.route.result is not None:
            self.result()
        asks_again = self._mismatch is not None and self._params.retry_output
        await self.hooks.begin_after(run_ends=not asks_again).wait()
        return self.completed()

    def result(self) -> TurnResult:
        """The result so far as it is known; raises as `result_of` does."""
        if self._result is None:
            self._result = self._with_output(result_of(self.route))
        if self._result.hook_report != self.hooks.report:
            self._result = attrs.evolve(self._result, hook_report=self.hooks.report)
        return self._result

    def completed(self) -> TurnResult:
        """The same, or the exception for how it ended, `OutputMismatch` included."""
        result = completed_result(self.route, self.result)
        if self._mismatch is not None:
            raise OutputMismatch(self._mismatch, result)
        return result

    def _with_output(self, result: TurnResult) -> TurnResult:
        wanted = self._params.output
        if wanted is None or result.status != "completed":
            return result
        try:
            output = output_spec(wanted).decode(result.text)
        except ValueError as problem:
            self._mismatch = str(problem)
            return result
        return TypedResult[object].of(result, output)


def plan_without_prompt(
    handle: Handle,
    route: TurnRoute,
    method: Method[P, R],
    params: P,
    turn_id_of: Callable[[R], str] | None,
) -> TurnPlan[P, R]:
    """The plan of a turn without a prompt: handlers and bounds hold for it, not its run hooks."""
    _limit(handle, route, handle.profile)
    _begin_total(route)

    limit_s = route.limits.acknowledgement_s

    async def prepare() -> None:
        await bring_back(handle, limit_s)
        try:
            await put_back_now(handle)
        except ThreadNotFound:  # the server has unloaded it
            handle.line.loaded_in = 0
            await bring_back(handle, limit_s)
            await put_back_now(handle)
        hooks = HookRunner(handle.hooks(handle.profile))
        await set_up_turn(handle, route, handle.profile, hooks, lambda: context_of(handle))
        await trio.lowlevel.checkpoint()

    overlap = handle.profile.overlap
    return TurnPlan(
        method,
        lambda: params,
        turn_id_of,
        "queue" if overlap is UNSET else overlap,
        prepare,
        lambda: handle.model(handle.profile),
    )


def _with_schema(params: PromptParams) -> RunProfile:
    """The profile of the call, with the schema of its output type."""
    call = params.profile()
    if params.output is None:
        return call
    return attrs.evolve(call, output_schema=output_spec(params.output).schema)
