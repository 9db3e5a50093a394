"""P11 and the end of a turn by the end of its server: no process is left, and nobody waits."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import (
    AppServerExited,
    RestartPolicy,
    Session,
    SessionConfig,
    TurnLost,
    open_runtime,
)
from codex_runtime.testing import Reply, shell, silence, text
from tests.real.processes import (
    is_running,
    marked_processes,
    pids_of,
    server_pid,
    until_gone,
    until_running,
)
from tests.real.waiting import until, until_active

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel


async def run_tools(session: Session, model: ScriptedModel) -> set[int]:
    """Start a turn whose command has a child and a grandchild; it stays open. Their ids."""
    model.enqueue(shell("sleep 2718 & (sleep 2719 & sleep 2720) & wait"), silence())
    await session.ask_stream("run").__aenter__()
    pids: set[int] = set()
    for seconds in (2718, 2719, 2720):
        pids |= await until_running(f"sleep {seconds}")
    return pids


async def test_the_death_of_the_server_ends_every_waiter_at_once(
    model: ScriptedModel, home: Path, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Ours: asks, streams, calls and queued asks; with the exit code."""
    replies["wait"] = text("begun", finished=False) + silence()
    raised: list[BaseException] = []

    async def collect(call: Callable[[], Awaitable[object]]) -> None:
        try:
            await call()
        except Exception as error:  # noqa: BLE001 - looked at below
            raised.append(error)

    never = RestartPolicy(on="never")
    async with open_runtime(model.runtime_config(home, restart=never)) as runtime:
        config = SessionConfig(cwd=workspace)
        session, other = [await runtime.start_session(config) for _ in range(2)]
        pid = server_pid()
        async with other.ask_stream("wait") as turn, trio.open_nursery() as nursery:
            nursery.start_soon(collect, lambda: session.ask("wait"))
            await until_active(session)
            nursery.start_soon(collect, lambda: session.ask("queued"))
            slow = {"command": ["sleep", "30"]}
            nursery.start_soon(collect, lambda: runtime.request("command/exec", slow))
            await model.wait_for_requests(2)
            os.kill(pid, signal.SIGKILL)
            seen = [event async for event in turn]
            assert turn.result.status == "lost"
            assert seen
            with pytest.raises(TurnLost):
                await turn.finish()
        assert sorted(type(error).__name__ for error in raised) == [
            "AppServerExited",
            "AppServerExited",
            "TurnLost",
        ]
        for error in raised:
            exited = error.__cause__ if isinstance(error, TurnLost) else error
            assert isinstance(exited, AppServerExited)
            assert exited.returncode == -signal.SIGKILL
        (lost,) = (error for error in raised if isinstance(error, TurnLost))
        assert not lost.outcome_certain
        assert lost.result.turn_id is not None
        for refused in (
            lambda: session.ask("next"),
            session.read,
            lambda: runtime.start_session(config),
            lambda: runtime.request("thread/loaded/list"),
        ):
            with pytest.raises(AppServerExited) as caught:
                await refused()
            assert caught.value.outcome_certain
        now = runtime.statistics()
        assert (now.pending_calls, now.active_turns, now.gate_waiting) == (0, 0, 0)
    assert marked_processes() == {}


async def test_a_server_that_exits_by_itself_is_lost_all_the_same(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: an exit that we did not ask for is a crash, code 0 too."""
    replies["wait"] = silence()
    async with session.ask_stream("wait") as turn:
        await model.wait_for_requests(1)
        os.kill(server_pid(), signal.SIGTERM)
        with pytest.raises(TurnLost) as caught:
            await turn.finish()
    assert isinstance(caught.value.__cause__, AppServerExited)
    assert caught.value.__cause__.returncode == 0


async def test_a_session_of_a_dead_server_says_so_when_it_is_closed(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: a lost connection is not an answer; the handle stays closed."""
    never = RestartPolicy(on="never")
    async with open_runtime(model.runtime_config(home, restart=never)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("first")
        pid = server_pid()
        os.kill(pid, signal.SIGKILL)
        await until_gone(pid)
        for _ in range(2):
            with pytest.raises(AppServerExited):
                await session.close()
        assert session.is_closed


async def test_leaving_ends_the_tools_of_a_running_turn_and_what_they_started(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The server's at the end of its input; ours if it does not."""
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        pids = await run_tools(session, model)
        assert len(pids) == 3
    await until_gone(*pids)
    assert marked_processes() == {}


@pytest.mark.parametrize("sandboxed", [True, False])
async def test_the_tools_of_a_killed_server_are_gone_after_leaving(
    model: ScriptedModel, home: Path, workspace: Path, sandboxed: bool
) -> None:
    """Ours: its grandchildren live on unless they are swept."""
    config = model.runtime_config(home, allow_full_access=True)
    async with open_runtime(config) as runtime:
        sandbox = "read-only" if sandboxed else "danger-full-access"
        session = await runtime.start_session(SessionConfig(cwd=workspace, sandbox=sandbox))
        pids = await run_tools(session, model)
        os.kill(server_pid(), signal.SIGKILL)
    assert not any(map(is_running, pids))
    assert marked_processes() == {}


async def test_a_stopped_server_is_ended_within_the_grace_and_its_tools_with_it(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: the ladder goes up to SIGKILL."""
    config = model.runtime_config(home, shutdown_grace_s=1.0, cancel_grace_s=0.2)
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        pids = await run_tools(session, model)
        pid = server_pid()
        os.kill(pid, signal.SIGSTOP)
    assert not is_running(pid)
    assert not any(map(is_running, pids))
    assert marked_processes() == {}


async def test_a_cancelled_body_is_left_after_one_grace_however_many_turns_hang(
    model: ScriptedModel, home: Path, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Ours: a grace for each of these nested streams would run into the bound of the test."""
    replies["wait"] = silence()
    config = model.runtime_config(home, shutdown_grace_s=1.0, cancel_grace_s=2.0)
    count = round(trio.current_effective_deadline() - trio.current_time()) // 2 + 1
    with trio.CancelScope() as scope:
        async with open_runtime(config) as runtime, contextlib.AsyncExitStack() as streams:
            for _ in range(count):
                session = await runtime.start_session(SessionConfig(cwd=workspace))
                await streams.enter_async_context(session.ask_stream("wait"))
            await model.wait_for_requests(count)
            os.kill(server_pid(), signal.SIGSTOP)
            scope.cancel()
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert marked_processes() == {}


CLIENT = """
import sys, trio
from pathlib import Path
from codex_runtime import SessionConfig, open_runtime
from codex_runtime.testing import open_scripted_model, shell, silence

async def main():
    async with open_scripted_model() as model:
        model.enqueue(shell("sleep 3718 & sleep 3719"), silence())
        async with open_runtime(model.runtime_config(Path(sys.argv[1]))) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=sys.argv[2]))
            await session.ask("run")

trio.run(main)
"""


async def test_a_client_that_is_killed_leaves_nothing(home: Path, workspace: Path) -> None:
    """The server's: it sees the end of its input and takes its tools along."""
    client = await trio.lowlevel.open_process(
        [sys.executable, "-c", CLIENT, str(home), str(workspace)],
        stderr=subprocess.DEVNULL,
    )
    try:
        await until_running("sleep 3718")
        await until_running("sleep 3719")
        family = set(marked_processes())
        assert len(family) >= 3
    finally:
        client.kill()
        with trio.move_on_after(10, shield=True):
            await client.wait()
    await until_gone(*family)
    assert marked_processes() == {}


async def test_a_command_that_ended_leaves_no_process(
    session: Session, model: ScriptedModel
) -> None:
    """The server's."""
    model.enqueue(shell("sleep 0.01"), text("ok"))
    await session.ask("run")
    assert pids_of("sleep 0.01") == set()


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_new_thread_runs_the_users_start_up_files_unless_told_not_to(
    wanted: bool,
    model: ScriptedModel,
    home: Path,
    workspace: Path,
    tmp_path: Path,
) -> None:
    """The server: by default; the scripted model tells it not to."""
    user, sign = tmp_path / "user", tmp_path / "login shell"
    user.mkdir()
    for name in (".profile", ".bash_profile", ".zprofile"):
        (user / name).write_text(f"echo $PPID >> '{sign}'\n", encoding="utf-8")
    overrides = {"features.shell_snapshot": True} if wanted else {}
    config = model.runtime_config(home, env={"HOME": str(user)}, config_overrides=overrides)
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("hello")
        if wanted:
            await until(sign.exists)  # it comes in the background, when it will
    assert sign.exists() == wanted
