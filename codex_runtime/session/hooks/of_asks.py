"""The hooks of one ask: what they are told, when they run, and what they change.

Owns the path from the params of an ask to a `HookContext` and back, the hooks after tool use, and
that what follows a run or a turn runs once, in a task of the runtime, whoever still waits for it.
Does not know the rules of a phase: see `HookRunner`. Enter at `AskHooks`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Literal

import attrs
import trio

from codex_runtime.engine.inside import inside
from codex_runtime.model.hooks.hooks import HookContext
from codex_runtime.model.tool_uses import tool_uses
from codex_runtime.protocol import ItemCompleted
from codex_runtime.protocol.codec import plain_json
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.hooks.running import HookRunner
from codex_runtime.session.responding import tool_input

if TYPE_CHECKING:
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.hooks.hooks import HookPhase, HookReport
    from codex_runtime.model.profile import RunProfile
    from codex_runtime.model.prompt import PromptParams
    from codex_runtime.model.tool_uses import ToolUse
    from codex_runtime.protocol import Notification
    from codex_runtime.session.handle import Handle

__all__ = ["AskHooks"]


_SIDE_BY_SIDE: Final = 8
"""So many tools of one ask have their hooks run at once; each may be a process."""


class AskHooks:
    """Runs the hooks around one ask; its set of hooks is fixed as it is made.

    An ask is one run, of one turn or of two: `route` is that of the newest.
    """

    def __init__(
        self,
        handle: Handle,
        route: TurnRoute,
        profile: RunProfile,
        cwd: str,
        params: PromptParams,
    ) -> None:
        self.runner: HookRunner = HookRunner(handle.hooks(profile))
        self.route: TurnRoute = route
        self._handle = handle
        self._profile = profile
        self._cwd = cwd
        self._params = params
        self._context: HookContext | None = None
        self._began_run = False
        self._ended_run = False
        self._began_turn = False
        self._tools_running = 0
        self._side_by_side = trio.CapacityLimiter(_SIDE_BY_SIDE)
        self._tools_done = trio.Event()
        self._due: deque[HookPhase] = deque()
        """What is to follow and has not begun."""
        self._after = trio.Event()
        self._after.set()

    @property
    def report(self) -> HookReport:
        """What the hooks did so far."""
        return self.runner.report

    def context(self) -> HookContext:
        """What every hook of this ask is told, as the last phase left it; each adds its own."""
        if self._context is None:
            self._context = self._context_of(self._params)
        return self._context

    def _context_of(self, params: PromptParams) -> HookContext:
        model = params.model if params.model is not UNSET else self._profile.model
        attachments = (
            params.attachments if params.attachments is not UNSET else self._profile.attachments
        )
        return HookContext(
            phase="pre_run",
            prompt=params.prompt,
            model=model if isinstance(model, str) else None,
            attachments=() if attachments is UNSET else tuple(attachments),
            metadata=params.metadata,
            cwd=self._cwd,
            thread_id=self._handle.thread_id,
        )

    async def before(
        self, phase: Literal["pre_run", "pre_turn"], params: PromptParams
    ) -> PromptParams:
        """Run the hooks of that phase; returns what they made of the ask.

        Raises `BlockedByHook`, and what `PromptParams` raises for a change that cannot be sent.
        """
        self._params, self._context = params, None
        if phase == "pre_run":
            self._began_run = True
        else:
            self._began_turn = True
        if self.runner.wants(phase):
            context = attrs.evolve(self.context(), phase=phase)
            with inside(self._handle.thread_id):
                self._context = await self.runner.pre(context)
            params = self._params = _changed(params, context, self._context)
        return params

    def watch(self, event: Notification) -> None:
        """Called by the reader: a tool was used, so the hooks after tool use run."""
        if isinstance(event, ItemCompleted) and self.runner.wants("post_tool_use"):
            for used in tool_uses((event.item,)):
                self._tools_running += 1
                self._handle.engine.spawn(self._after_tool, used)

    async def _after_tool(self, used: ToolUse) -> None:
        try:
            async with self._side_by_side:
                with inside(self._handle.thread_id):
                    await self.runner.post(
                        attrs.evolve(
                            self._told(),
                            phase="post_tool_use",
                            tool_name=used.name,
                            tool_input=tool_input(used.item, used.input),
                            tool_output=plain_json(used.output),
                            status=used.status,
                        )
                    )
        finally:
            self._tools_running -= 1
            if self._tools_running == 0:
                self._tools_done.set()
                self._tools_done = trio.Event()

    @property
    def has_begun(self) -> bool:
        """The run has begun; another turn of it begins no other."""
        return self._began_run

    def begin_after(self, *, run_ends: bool = True) -> trio.Event:
        """Start what follows the turn, and the run if it ends; the event is set when it is done.

        Once for each turn and once for the run, however often it is called.
        """
        if self._began_turn:
            self._began_turn = False
            self._due.append("post_turn")
        if run_ends and self._began_run and not self._ended_run:
            self._ended_run = True
            self._due.append("post_run")
        if self._after.is_set() and (self._tools_running or any(map(self._wants, self._due))):
            self._after = trio.Event()
            if not self._handle.engine.spawn(self._run_due, cleanup=True):
                self._after.set()
        return self._after

    def _wants(self, phase: HookPhase) -> bool:
        return self.runner.wants(phase)

    async def _run_due(self) -> None:
        try:
            if self.route.request_written:
                await self.route.ended.wait()  # a cancelled ask may have gone before
            while self._tools_running:
                await self._tools_done.wait()
            with inside(self._handle.thread_id):
                while self._due:
                    phase = self._due.popleft()
                    await self.runner.post(attrs.evolve(self._told(), phase=phase))
        finally:
            self._after.set()

    def _told(self) -> HookContext:
        result = self.route.result
        return attrs.evolve(
            self.context(),
            turn_id=self.route.turn_id,
            status="not_started" if result is None else result.status,
            text=None if result is None else result.text,
        )


def _changed(params: PromptParams, before: HookContext, after: HookContext) -> PromptParams:
    """The ask as hooks left it; what they did not touch stays as it was given, or not given."""
    model, attachments = params.model, params.attachments
    if after.model != before.model:
        model = after.model
    if after.attachments != before.attachments:
        attachments = after.attachments
    return attrs.evolve(
        params,
        prompt=params.prompt if after.prompt is None else after.prompt,
        model=model,
        attachments=attachments,
        metadata=after.metadata,
    )
