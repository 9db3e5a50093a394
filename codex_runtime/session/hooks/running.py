"""Hooks at work: the order of one phase, its deadlines, what becomes of failures.

Owns the runs of hooks for one ask and their report. Does not know when a phase comes, nor what is
done with what the hooks changed: that is the caller's. Enter at `HookRunner`.
"""

from __future__ import annotations

import os
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Final, cast, final

import attrs
import trio

from codex_runtime.engine.user_code import call_user_code, run_user_function
from codex_runtime.errors import BlockedByHook, CodexRuntimeError, HookError
from codex_runtime.model.attachments import check_attachments
from codex_runtime.model.hooks.hooks import (
    Block,
    HookRecord,
    HookReport,
    Mutate,
    ShellCommand,
    check_answer,
)
from codex_runtime.model.prompt import check_prompt
from codex_runtime.session.hooks.shell import ShellRun

if TYPE_CHECKING:
    from codex_runtime.model.hooks.hooks import (
        Hook,
        HookAnswer,
        HookConfig,
        HookContext,
        HookOutcome,
        HookPhase,
    )

__all__ = ["HookRunner"]

_PRE_OF: Final[dict[HookPhase, HookPhase]] = {
    "post_run": "pre_run",
    "post_session_start": "pre_session_start",
    "post_turn": "pre_turn",
}
_MAX_MESSAGE_CHARS: Final = 8000


@attrs.frozen
class _Ran:
    """What came of one run of one hook."""

    answer: HookAnswer
    outcome: HookOutcome
    message: str


@final
class HookRunner:
    """The hooks of one ask, or of one start of a session; the set is fixed when this is made.

    Tool hooks of calls that run side by side may run side by side too; the hooks of one phase run
    one after the other. Cancelling is passed on to the hook that runs, and a command is killed.
    """

    def __init__(self, config: HookConfig) -> None:
        self._hooks: tuple[Hook, ...] = tuple(_canonical(hook) for hook in config.hooks)
        self._phases: frozenset[HookPhase] = frozenset(p for h in self._hooks for p in h.phases)
        self._records: list[HookRecord] = []
        self._entered: defaultdict[HookPhase, set[str]] = defaultdict(set)

    @property
    def report(self) -> HookReport:
        """Every run so far."""
        return HookReport(tuple(self._records))

    def wants(self, phase: HookPhase) -> bool:
        """Whether any hook has this phase; without one its context need not be made."""
        return phase in self._phases

    def bound_s(self, phase: HookPhase) -> float:
        """How long that phase may take, all its hooks one after the other."""
        return sum(hook.timeout_s for hook in self._hooks if phase in hook.phases)

    async def pre(self, context: HookContext) -> HookContext:
        """Run a pre phase in order; returns what the hooks made of ``context``.

        Raises `BlockedByHook` for the first block; the hooks after it do not run.
        """
        entered = self._entered[context.phase] = set()
        for hook in self._of(context):
            ran = await self._run(hook, context)
            if not isinstance(ran.answer, Block):
                entered.add(hook.name)
            await _pass_on_cancelling()
            if isinstance(ran.answer, Block):
                raise BlockedByHook(hook.name, context.phase, ran.answer.reason)
            if isinstance(ran.answer, Mutate):
                context = ran.answer.apply(context)
        return context

    async def tool(self, context: HookContext) -> Block | None:
        """Run ``pre_tool_use`` in order: the first block, or None when every hook passes.

        None is no yes: it leaves the decision to the approvals. Never raises for a hook.
        """
        for hook in self._of(context):
            ran = await self._run(hook, context)
            await _pass_on_cancelling()
            if isinstance(ran.answer, Block):
                return ran.answer
        return None

    async def post(self, context: HookContext) -> None:
        """Run a post phase in reverse order. Never raises for a hook.

        A hook that has the pre phase too runs only if that phase came as far as to it and it did
        not block. Tool phases are not paired like this: not every tool use is asked about.
        """
        pre = _PRE_OF.get(context.phase)
        for hook in reversed(self._of(context)):
            if pre is None or pre not in hook.phases or hook.name in self._entered[pre]:
                await self._run(hook, context)
                await _pass_on_cancelling()

    def _of(self, context: HookContext) -> list[Hook]:
        if context.phase not in self._phases:
            return []
        cwd = None if context.cwd is None else os.path.realpath(context.cwd)
        return [
            hook
            for hook in self._hooks
            if context.phase in hook.phases
            and (hook.matcher is None or hook.matcher.matches(context.tool_name, cwd))
        ]

    async def _run(self, hook: Hook, context: HookContext) -> _Ran:
        """Run one hook and record it; a failure that blocks comes back as a `Block`."""
        started_s = trio.current_time()
        shell = ShellRun(hook.run) if isinstance(hook.run, ShellCommand) else None
        ran = await _run_bounded(hook, context, shell)
        if ran.outcome in ("failed", "timed_out") and hook.blocks_on_error(context.phase):
            ran = attrs.evolve(ran, answer=Block(ran.message))
        self._records.append(
            HookRecord(
                hook=hook.name,
                phase=context.phase,
                outcome=ran.outcome,
                message=_message(ran.message, shell),
                elapsed_s=trio.current_time() - started_s,
                is_block=isinstance(ran.answer, Block),
            )
        )
        return ran


async def _pass_on_cancelling() -> None:
    """A hook may have swallowed a cancellation that was not its own deadline's."""
    await trio.lowlevel.checkpoint_if_cancelled()


def _canonical(hook: Hook) -> Hook:
    if hook.matcher is None or hook.matcher.cwd_prefix is None:
        return hook
    prefix = os.path.realpath(hook.matcher.cwd_prefix)
    return attrs.evolve(hook, matcher=attrs.evolve(hook.matcher, cwd_prefix=prefix))


async def _run_bounded(hook: Hook, context: HookContext, shell: ShellRun | None) -> _Ran:
    """Run it within its deadline. Only an `Exception` is its failure; the rest passes through."""
    late = _Ran(None, "timed_out", f"no answer within {hook.timeout_s:g} s")
    deadline_s = trio.current_time() + hook.timeout_s
    answer: object = None
    try:
        with trio.CancelScope(deadline=deadline_s) as scope:
            answer = await call_user_code(partial(_answer, hook, context, shell))
            if scope.cancel_called:  # it has caught its cancellation, or held up everybody
                return late
        if scope.cancelled_caught:
            return late
        return _read(answer, context)
    except Exception as problem:  # noqa: BLE001 - whatever a hook raises is recorded, never raised
        outcome: HookOutcome = "timed_out" if trio.current_time() >= deadline_s else "failed"
        return _Ran(None, outcome, _described(problem))


async def _answer(hook: Hook, context: HookContext, shell: ShellRun | None) -> object:
    if shell is not None:
        return await shell.run(context)
    function = hook.run
    assert not isinstance(function, ShellCommand)  # noqa: S101 - else there is a `shell`
    return await run_user_function(function, context)


def _read(answer: object, context: HookContext) -> _Ran:
    """What an answer means; raises for one that cannot be given."""
    checked = check_answer(answer, context.phase)
    if isinstance(checked, Block):
        return _Ran(checked, "blocked", checked.reason)
    if checked is None or not checked.changes:
        return _Ran(None, "proceeded", "")
    if isinstance(checked.prompt, str):
        check_prompt(checked.prompt)
    check_attachments("attachments", checked.attachments, HookError)
    return _Ran(checked, "mutated", "")


def _described(problem: Exception) -> str:
    """``problem`` as text that can be sent anywhere; a group by what is in it."""
    if isinstance(problem, ExceptionGroup):
        parts = cast("ExceptionGroup[Exception]", problem).exceptions
        return "; ".join(map(_described, parts))[:_MAX_MESSAGE_CHARS]
    try:
        text = str(problem)
    except Exception:  # noqa: BLE001 - the user's own __str__
        text = "its text cannot be made"
    name = "" if isinstance(problem, CodexRuntimeError) else f"{type(problem).__name__}: "
    return f"{name}{text}"[:_MAX_MESSAGE_CHARS].encode(errors="replace").decode()


def _message(message: str, shell: ShellRun | None) -> str:
    parts = [message, f"stderr: {shell.stderr_tail}" if shell and shell.stderr_tail else ""]
    return "\n".join(part for part in parts if part)[:_MAX_MESSAGE_CHARS]
