"""``codex-runtime ask``: one prompt, shown while it is answered.

Owns the one session and turn of the command, what Ctrl-C does to it, and the closing words. Knows
neither options (see `commands`) nor how events look (see `view`, `jsonl`). Enter at `ask`.
"""

from __future__ import annotations

import shlex
import sys
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import attrs
import trio

from codex_runtime.cli.endings import ending_words, failure_words
from codex_runtime.cli.exits import Exit, complain
from codex_runtime.cli.jsonl import JsonLines
from codex_runtime.cli.marks import Doing
from codex_runtime.cli.notes import library_notes, tell_notes
from codex_runtime.cli.screen import make_console, open_screen
from codex_runtime.cli.scripted import open_scripted_setup
from codex_runtime.cli.view import TurnView
from codex_runtime.errors import CodexRuntimeError, TurnLost, TurnNotCompleted
from codex_runtime.runtime.runtime import open_runtime

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.cli.running import Run
    from codex_runtime.cli.screen import Screen
    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.model.profile import SessionConfig
    from codex_runtime.model.results import TurnResult
    from codex_runtime.protocol import Notification
    from codex_runtime.runtime.runtime import Runtime
    from codex_runtime.session.session import Session
    from codex_runtime.session.turn import Turn

    Show: TypeAlias = Callable[[Notification], None]

__all__ = ["Request", "ask"]


@attrs.frozen(kw_only=True)
class Request:
    """What was asked for on the command line."""

    prompt: str
    runtime: RuntimeConfig
    session: SessionConfig
    resume: str | None
    """The thread to go on with; None starts one."""
    scripted: bool
    """Use the scripted model, in a home of its own."""

    @property
    def can_be_resumed(self) -> bool:
        """Whether the thread is there when the command has ended."""
        return not self.scripted and not self.session.ephemeral


async def ask(request: Request, run: Run, *, as_json: bool) -> Exit:
    """Ask, show, and return how it ended; raises what kept the turn from being run."""
    with library_notes() as notes:
        try:
            if as_json:
                return await _ask_json(request, run)
            return await _ask_on_screen(request, run)
        finally:
            tell_notes(notes)


async def _ask_json(request: Request, run: Run) -> Exit:
    lines = JsonLines(sys.stdout.buffer)
    try:
        result = await _turn(request, run, lines.event, lambda _what: None)
    except TurnNotCompleted as problem:
        lines.result(problem.result)
        return _explain(problem)
    except CodexRuntimeError as problem:
        lines.error(type(problem).__name__, str(problem))
        raise
    except trio.Cancelled:
        lines.error("Stopped", "a signal ended the command before the turn's end")
        raise
    lines.result(result)
    return Exit.COMPLETED


async def _ask_on_screen(request: Request, run: Run) -> Exit:
    view = TurnView()
    failure: TurnNotCompleted | None = None
    with open_screen(make_console(sys.stdout), run) as screen:
        try:
            result = await _turn(request, run, partial(_show, screen, view), partial(_do, screen))
        except TurnNotCompleted as problem:
            failure, result = problem, problem.result
    _close(request, result)
    return Exit.COMPLETED if failure is None else _explain(failure)


def _show(screen: Screen, view: TurnView, event: Notification) -> None:
    screen.show(view.marks_for(event))


def _do(screen: Screen, what: str) -> None:
    screen.show([Doing(what)])


async def _turn(request: Request, run: Run, show: Show, doing: Callable[[str], None]) -> TurnResult:
    """Start what is needed, run the one turn, end everything; the result is a completed one."""
    async with AsyncExitStack() as stack:
        config = request.runtime
        if request.scripted:
            config = await stack.enter_async_context(open_scripted_setup(config))
        doing("starting the app-server")
        runtime = await stack.enter_async_context(open_runtime(config))
        doing("opening the thread" if request.resume is None else "resuming the thread")
        session = await stack.enter_async_context(await _open(runtime, request))
        doing("asking")
        async with session.ask_stream(request.prompt) as turn:
            run.on_interrupt = partial(_interrupt, turn, run, doing)
            async for event in turn:
                show(event)
            run.on_interrupt = None
            result = await turn.finish()
        doing("closing")
        return result


async def _open(runtime: Runtime, request: Request) -> Session:
    if request.resume is None:
        return await runtime.start_session(request.session)
    return await runtime.resume_session(request.resume, request.session)


async def _interrupt(turn: Turn, run: Run, doing: Callable[[str], None]) -> None:
    doing("interrupting (Ctrl-C again leaves at once)")
    try:
        outcome = await turn.interrupt()
    except CodexRuntimeError:
        run.scope.cancel()
    else:
        if not outcome.ended:
            run.scope.cancel()


def _close(request: Request, result: TurnResult) -> None:
    """The closing words, on stderr: they are not part of the answer."""
    console = make_console(sys.stderr)
    console.print()
    console.print(ending_words(result), style="dim", soft_wrap=True)
    if request.can_be_resumed:
        command = shlex.join(["codex-runtime", "ask", "--resume", result.thread_id])
        console.print(f'to go on: {command} "…"', style="dim", soft_wrap=True)


def _explain(problem: TurnNotCompleted) -> Exit:
    result = problem.result
    if result.status == "interrupted":
        return Exit.INTERRUPTED  # the closing words have said so
    if isinstance(problem, TurnLost):
        complain(f"the turn was lost: {problem.__cause__ or problem}")
        return Exit.FAILED
    complain(failure_words(result))
    return Exit.FAILED
