"""What a runtime recorded on the real app-server is lived through again on the fault kit's fake.

Owns the comparison: the same code, once on the real server and once on its journal, gets the same
results and the same events. What a journal holds is tested with its writer.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, TypeAlias

import attrs
import pytest
import trio

from codex_runtime import (
    JournalConfig,
    RuntimeConfig,
    SessionConfig,
    TurnFailed,
    TurnLost,
    open_runtime,
)
from codex_runtime.testing import (
    FakeAppServer,
    open_fake_runtime,
    open_scripted_model,
    reasoning,
    server_error,
    shell,
    silence,
    text,
    usage,
    write_fake_codex,
)
from tests.real.approving import say_yes
from tests.real.killing import AT_ONCE
from tests.real.processes import server_pid

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from codex_runtime import Runtime, Session, TurnResult
    from codex_runtime.testing import ModelRequest, Reply

    Kill: TypeAlias = Callable[[], None]
    Story: TypeAlias = Callable[[Runtime, Path, Kill], Awaitable[list[TurnResult]]]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def respond(request: ModelRequest) -> Reply:
    match request.last_user_text:
        case "think":
            thought = reasoning("Let me look")
            return (
                thought
                + text("I see", phase="final_answer")
                + usage(input_tokens=7, output_tokens=2)
            )
        case "run":
            return text("It ran.") if request.tool_outputs else shell("echo here")
        case "fail":
            return server_error()
        case "wait":
            return text("half", finished=False) + silence()
        case prompt:
            return text(f"re: {prompt}")


CONFIG = RuntimeConfig(restart=AT_ONCE, approvals=say_yes)


async def on_the_real_server(
    story: Story, home: Path, journal: Path, workspace: Path
) -> list[TurnResult]:
    """What the story's turns come to, and their journal."""
    async with open_scripted_model(respond) as model:
        config = attrs.evolve(
            model.runtime_config(home),
            restart=CONFIG.restart,
            approvals=CONFIG.approvals,
            journal=JournalConfig(path=journal),
        )
        async with open_runtime(config) as runtime:
            results = await story(runtime, workspace, lambda: os.kill(server_pid(), signal.SIGKILL))
        assert model.errors == ()
    return results


async def on_the_journal(story: Story, journal: Path, workspace: Path) -> list[TurnResult]:
    """What they come to on the fake."""
    server = FakeAppServer.from_journal(journal)
    async with open_fake_runtime(server, CONFIG) as runtime:
        return await story(runtime, workspace, lambda: None)


async def many_turns(runtime: Runtime, workspace: Path, _kill: Kill) -> list[TurnResult]:
    config = SessionConfig(cwd=workspace, approval_policy="untrusted")
    async with await runtime.start_session(config) as session:
        results = [await session.ask("think"), await session.ask("run")]
        with pytest.raises(TurnFailed) as failed:
            await session.ask("fail")
        results.append(failed.value.result)
        async with session.ask_stream("wait") as turn:
            async for _ in turn:
                if turn.text:
                    await turn.interrupt()
        results.append(turn.result)
        return [*results, await session.ask("once more")]


async def a_death(runtime: Runtime, workspace: Path, kill: Kill) -> list[TurnResult]:
    session = await runtime.start_session(SessionConfig(cwd=workspace, on_exit="detach"))
    async with session:
        results = [await session.ask("before")]
        async with session.ask_stream("wait") as turn:
            async for _ in turn:
                if turn.text:
                    kill()
            with pytest.raises(TurnLost) as lost:
                await turn.finish()
        assert lost.value.__cause__ is not None
        assert getattr(lost.value.__cause__, "returncode", None) == -signal.SIGKILL
        return [*results, turn.result, await session.ask("after")]


async def side_by_side(runtime: Runtime, workspace: Path, _kill: Kill) -> list[TurnResult]:
    results: dict[str, TurnResult] = {}

    async def ask(session: Session, name: str) -> None:
        for number in range(3):
            results[f"{name} {number}"] = await session.ask(f"{name} {number}")

    sessions = [await runtime.start_session(SessionConfig(cwd=workspace)) for _ in range(4)]
    async with trio.open_nursery() as nursery:
        for number, session in enumerate(sessions):
            nursery.start_soon(ask, session, f"prompt of {number}")
    for session in sessions:
        await session.close()
    return [results[prompt] for prompt in sorted(results)]


@pytest.mark.parametrize("story", [many_turns, a_death, side_by_side])
async def test_the_same_code_gets_the_same_results_from_the_journal(
    story: Story, home: Path, journal: Path, workspace: Path
) -> None:
    recorded = await on_the_real_server(story, home, journal, workspace)
    assert await on_the_journal(story, journal, workspace) == recorded


async def test_a_recorded_process_after_the_other_is_replayed_by_the_fake_codex(
    tmp_path: Path, home: Path, journal: Path, workspace: Path
) -> None:
    recorded = await on_the_real_server(a_death, home, journal, workspace)
    codex = write_fake_codex(tmp_path / "bin", journal=journal)
    config = attrs.evolve(CONFIG, codex_bin=codex, codex_home=tmp_path / "fake-home")
    async with open_runtime(config) as runtime:
        assert await a_death(runtime, workspace, lambda: None) == recorded


async def test_the_journal_of_one_session_is_replayed_too(
    home: Path, journal: Path, workspace: Path
) -> None:
    async with open_scripted_model(respond) as model:
        async with open_runtime(model.runtime_config(home)) as runtime:
            recording = SessionConfig(cwd=workspace, journal=JournalConfig(path=journal))
            async with await runtime.start_session(recording) as session:
                other = await runtime.start_session(SessionConfig(cwd=workspace))
                recorded = [await session.ask("one")]
                await other.ask("not recorded")
                recorded.append(await session.ask("two"))
        assert model.errors == ()
    async with open_fake_runtime(FakeAppServer.from_journal(journal)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        replayed = [await session.ask("one"), await session.ask("two")]
        await session.close()
    # How the thread was opened, and so its model, is not in the journal of a session.
    assert [attrs.evolve(result, usage_by_model={}) for result in replayed] == [
        attrs.evolve(result, usage_by_model={}) for result in recorded
    ]


async def test_the_command_shows_what_was_recorded(
    home: Path, journal: Path, workspace: Path
) -> None:
    think, run, failed, interrupted, last = await on_the_real_server(
        many_turns, home, journal, workspace
    )
    argv = [sys.executable, "-m", "codex_runtime.cli", "journal", "replay", str(journal)]
    shown = (await trio.run_process(argv, capture_stdout=True)).stdout.decode()
    assert f"thread {think.thread_id} · {workspace} · " in shown
    assert "\n\n> think\n\nLet me look\n\nI see\n\ncompleted · " in shown
    assert "\n\n$ echo here\n  ? item/commandExecution/requestApproval\n  here\n" in shown
    assert failed.error is not None
    assert f"\n\n✘ the turn failed: {failed.error.message}" in shown
    assert "\n\n> wait\n\nhalf\n\ninterrupted · " in shown
    assert f"\n\n> once more\n\n{last.text}\n\ncompleted · " in shown
    lines = (await trio.run_process([*argv, "--json"], capture_stdout=True)).stdout.splitlines()
    results = [line["result"] for line in map(json.loads, lines) if "result" in line]
    assert [(told["turnId"], told["status"], told["text"]) for told in results] == [
        (result.turn_id, result.status, result.text)
        for result in (think, run, failed, interrupted, last)
    ]
