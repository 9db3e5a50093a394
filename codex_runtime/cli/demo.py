"""``codex-runtime demo``: six stations on the real app-server, with a scripted model behind it.

Owns the script, and checks every claim before it is printed. Layout and pace are the `stage`'s.
Does not touch the user's Codex: home and workspace are temporary. Enter at `show_demo`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio
from rich.table import Table

from codex_runtime.cli.exits import Exit, complain
from codex_runtime.cli.notes import library_notes, tell_notes
from codex_runtime.cli.screen import make_console, open_screen
from codex_runtime.cli.scripted import pointed_at
from codex_runtime.cli.stage import DemoFailed, Stage
from codex_runtime.cli.texts import bare_command, duration
from codex_runtime.cli.view import TurnView
from codex_runtime.model.profile import SessionConfig
from codex_runtime.protocol import CommandExecution
from codex_runtime.runtime.runtime import open_runtime
from codex_runtime.testing import open_scripted_model, reasoning, shell, silence, text
from codex_runtime.transport.descendants import find_descendants
from codex_runtime.transport.process import SPAWN_MARKER

if TYPE_CHECKING:
    from codex_runtime.cli.running import Run
    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.model.results import TurnResult
    from codex_runtime.runtime.runtime import Runtime
    from codex_runtime.session.session import Session
    from codex_runtime.testing import ModelRequest, Reply, ScriptedModel
    from codex_runtime.transport.descendants import ProcessIdentity

__all__ = ["show_demo"]

_BOUND_S: Final = 60.0
_WIDTH: Final = 84
_PIECE_CHARS: Final = 5
_FILES: Final = {"README.md": "# Greeter\n", "greet.py": "print('hello')\n", "notes.txt": "-\n"}
_FIRST_PROMPT: Final = "What is in this folder?"
_QUESTION: Final = "May I write here?"
_REQUESTED_FILE: Final = "made.txt"


async def show_demo(run: Run, config: RuntimeConfig, *, slow: bool) -> Exit:
    """Show every station; raises what keeps the app-server from starting."""
    console = make_console(sys.stdout)
    console.width = min(console.width, _WIDTH)
    with library_notes() as notes:
        try:
            with open_screen(console, run) as screen, trio.fail_after(_BOUND_S):
                await _play(Stage(screen, slow=slow), config)
        except DemoFailed as problem:
            tell_notes(notes)
            complain(str(problem))
            return Exit.FAILED
        except trio.TooSlowError:
            tell_notes(notes)
            complain(f"the demo did not come to its end within {_BOUND_S:g} s")
            return Exit.FAILED
    return Exit.COMPLETED


async def _play(stage: Stage, config: RuntimeConfig) -> None:
    stage.say("codex-runtime demo", "bold")
    stage.say("The app-server is the real one. A scripted model answers it: no account, no key.")
    begun_s = trio.current_time()
    with tempfile.TemporaryDirectory(prefix="codex-runtime-demo-") as folder:
        home, workspace = Path(folder, "home"), Path(folder, "workspace")
        for path in (home, workspace):
            path.mkdir()
        for name, content in _FILES.items():
            (workspace / name).write_text(content, encoding="utf-8")
        async with open_scripted_model() as model:
            stage.doing("starting the app-server")
            async with open_runtime(pointed_at(model, config, home)) as runtime:
                version = runtime.server.version
                took = duration((trio.current_time() - begun_s) * 1000)
                up = f"codex {version} is up after {took}, in a home of its own"
                await stage.check(up, holds=version is not None, seen=runtime.server)
                await _stations(stage, runtime, model, workspace)
                await stage.station(
                    "The end", "Leaving the block ends the server, and waits for it."
                )
                family = _processes()
                stage.doing("shutting down")
        await _nobody_left(stage, family)
    left = _names_in(Path(folder))
    await stage.check(
        "the private home and workspace are removed", holds=left is None, seen=(folder, left)
    )
    stage.gap()
    stage.say(f"That was all of it, in {duration((trio.current_time() - begun_s) * 1000)}.", "bold")
    stage.say('On your own Codex: codex-runtime ask "Summarise this repository"')


async def _stations(stage: Stage, runtime: Runtime, model: ScriptedModel, workspace: Path) -> None:
    session = await runtime.start_session(SessionConfig(cwd=workspace, on_exit="detach"))
    async with session:
        results = [
            await _streamed_turn(stage, session, model),
            await _declined_approval(stage, runtime, session, model, workspace),
            await _interrupted_turn(stage, session, model),
        ]
    results.append(await _resumed_session(stage, runtime, session, model))
    await _usage(stage, results)


# -- the stations --------------------------------------------------------------------------------


async def _streamed_turn(stage: Stage, session: Session, model: ScriptedModel) -> TurnResult:
    await stage.station(
        "A streamed turn", "Events arrive as they happen; the agent's command really runs."
    )
    model.enqueue(
        _paced_reasoning(stage, "I do not know this folder yet, so I look first.") + shell("ls"),
        _paced(stage, "A small Python project: a README, a script that greets, and some notes."),
    )
    result = await stage.ask(session, _FIRST_PROMPT)
    stage.gap()
    command = _command_of(result)
    saw = command.aggregated_output or ""
    await stage.check(
        f"“{bare_command(command.command)}” ran with exit code 0 and saw {len(_FILES)} files",
        holds=command.exit_code == 0 and saw.split() == sorted(_FILES),
        seen=command,
    )
    told = "".join(output.text for output in model.requests[-1].tool_outputs)
    await stage.check(
        "its output went back to the model", holds=all(name in told for name in _FILES), seen=told
    )
    return result


async def _declined_approval(
    stage: Stage, runtime: Runtime, session: Session, model: ScriptedModel, workspace: Path
) -> TurnResult:
    await stage.station(
        "An approval, declined", f"The agent asks: {_QUESTION} Nobody here may say yes: so, no."
    )
    model.enqueue(
        shell(
            f"echo x > {_REQUESTED_FILE}",
            sandbox_permissions="require_escalated",
            justification=_QUESTION,
        ),
        _paced(stage, "I was not allowed to write, so I leave everything as it is."),
    )
    asked_before = runtime.statistics().server_requests_declined
    result = await stage.ask(session, f"Make a file named {_REQUESTED_FILE}.")
    stage.gap()
    asked = runtime.statistics().server_requests_declined - asked_before
    await stage.check("the server asked once and was told no", holds=asked == 1, seen=asked)
    command = _command_of(result)
    await stage.check(
        "the command ended as “declined”", holds=command.status == "declined", seen=command
    )
    names = _names_in(workspace)
    await stage.check(
        f"{_REQUESTED_FILE} does not exist", holds=names == sorted(_FILES), seen=names
    )
    return result


async def _interrupted_turn(stage: Stage, session: Session, model: ScriptedModel) -> TurnResult:
    await stage.station("An interrupt", "This turn would never end by itself.")
    index = len(model.requests)
    pieces = "One … two … three … "
    model.enqueue(
        text(pieces, delta_chars=6, delay_s=6 * stage.piece_s, finished=False) + silence()
    )
    prompt = "Count, and never stop."
    stage.prompt(prompt)
    view = TurnView()
    outcome = None
    async with session.ask_stream(prompt) as turn:
        async for event in turn:
            stage.watch(view, event)
            if outcome is None and turn.text == pieces:
                outcome = await turn.interrupt()
        result = turn.result
    if outcome is None:
        raise DemoFailed(f"the turn ended by itself: {result.status}")
    stage.gap()
    await stage.check(
        f"interrupted, and ended on the server, within {duration(outcome.elapsed_s * 1000)}",
        holds=outcome.state == result.status == "interrupted",
        seen=(outcome, result.status),
    )
    await model.wait_disconnected(index)
    await stage.check(
        "the model was cut off, and the text so far is kept",
        holds=result.text == pieces,
        seen=result.text,
    )
    return result


async def _resumed_session(
    stage: Stage, runtime: Runtime, earlier: Session, model: ScriptedModel
) -> TurnResult:
    await stage.station(
        "A resumed session", "The handle was let go; a new one takes up the thread by its id."
    )
    await stage.check("the first handle is closed", holds=earlier.is_closed, seen=earlier)
    session = await runtime.resume_session(earlier.thread_id, earlier.config)
    async with session:
        model.enqueue(_paced(stage, "You asked what is in this folder."))
        result = await stage.ask(session, "What did I ask you first?")
    stage.gap()
    request: ModelRequest = model.requests[-1]
    await stage.check(
        "the model was given the first question again",
        holds=_FIRST_PROMPT in request.input_texts,
        seen=request.input_texts,
    )
    return result


async def _usage(stage: Stage, results: list[TurnResult]) -> None:
    await stage.station("What it cost", "As the server counted it; these tokens are made up.")
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("turn", justify="right")
    table.add_column("ended as")
    for name in ("time", "input", "output"):
        table.add_column(name, justify="right")
    for number, result in enumerate(results, 1):
        # A turn that was cut off before the model had counted has no figures of its own.
        usage = result.usage if result.status == "completed" else None
        counts = (f"{usage.input_tokens:,}", f"{usage.output_tokens:,}") if usage else ("-", "-")
        table.add_row(str(number), result.status, duration(result.duration_ms or 0), *counts)
    stage.block(table)
    stage.gap()
    total = sum(r.usage.total_tokens for r in results if r.usage and r.status == "completed")
    await stage.check(
        f"together {total:,} tokens, which is what the thread's own count says",
        holds=total == stage.thread_tokens > 0,
        seen=(total, stage.thread_tokens),
    )


async def _nobody_left(stage: Stage, family: frozenset[ProcessIdentity]) -> None:
    if sys.platform != "linux":
        stage.say("(whether processes are left is not looked at on this platform)", "dim")
        return
    remaining = _processes(family)
    was = f"{len(family)} process{'' if len(family) == 1 else 'es'}"
    await stage.check(
        f"the app-server was {was}; none is left",
        holds=bool(family) and not remaining,
        seen=(family, remaining),
    )


# -- helpers -------------------------------------------------------------------------------------


def _paced(stage: Stage, content: str) -> Reply:
    return text(content, delta_chars=_PIECE_CHARS, delay_s=stage.piece_s)


def _paced_reasoning(stage: Stage, content: str) -> Reply:
    return reasoning(content, delta_chars=_PIECE_CHARS, delay_s=stage.piece_s)


def _command_of(result: TurnResult) -> CommandExecution:
    """The one command of a turn."""
    commands = [item for item in result.items if isinstance(item, CommandExecution)]
    if len(commands) != 1:
        raise DemoFailed(f"the agent should have run one command. Seen: {result.items!r}")
    return commands[0]


def _processes(known: frozenset[ProcessIdentity] = frozenset()) -> frozenset[ProcessIdentity]:
    """Every process below this one, and those of ``known`` that still run."""
    return find_descendants(os.getpid(), marker=f"{SPAWN_MARKER}=none", known=known)


def _names_in(folder: Path) -> list[str] | None:
    """The names in a folder, sorted; None when there is no such folder."""
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else None
