"""The fake app-server as a real child process, in place of ``codex``."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import InvalidInput, RuntimeConfig, SessionConfig, StartError, open_runtime
from codex_runtime.testing import write_fake_codex
from codex_runtime.testing.fake_server import VERSION
from codex_runtime.transport import ProcessSpec, spawn_process

if TYPE_CHECKING:
    from pathlib import Path

BOUND_S = 30
"""A test that takes so long is stuck; nothing is measured by it."""

SCRIPTS = """
import trio
from codex_runtime.testing.fake_server import SQLITE_DEATH

def first_starts_fail(server):
    if server.start_number <= 2:
        server.failing_starts = [SQLITE_DEATH]

def dies_in_the_first_turn(server):
    async def play(turn):
        turn.say("half a", "n answer")
        server.exit(-9)
        await trio.sleep_forever()
    if server.start_number == 1:
        server.play = play

def stubborn(server):
    server.ignores_eof = server.ignores_sigterm = True
    server.leave_grandchild()

def spins(server):
    server.at_eof = server.spin

async def floods(server):
    server.stderr("x" * 1_000_000)
    await trio.sleep(0)
    server.notify("warning", {"threadId": None, "message": "flooded"})
"""


def fake_codex(tmp_path: Path, script: str | None = None) -> Path:
    (tmp_path / "scripts_of_the_test.py").write_text(SCRIPTS, encoding="utf-8")
    name = f"scripts_of_the_test:{script}" if script else None
    return write_fake_codex(tmp_path / "bin", name, paths=[tmp_path])


def config_of(tmp_path: Path, script: str | None = None) -> RuntimeConfig:
    path = str(fake_codex(tmp_path, script))
    return RuntimeConfig(codex_bin=path, codex_home=tmp_path / "home")


def spec_of(tmp_path: Path, script: str) -> ProcessSpec:
    env = {**os.environ, "CODEX_HOME": str(tmp_path / "home")}
    argv = (str(fake_codex(tmp_path, script)), "app-server")
    return ProcessSpec(argv=argv, env=env, shutdown_grace_s=1)


def test_it_says_the_version_that_was_recorded(tmp_path: Path) -> None:
    argv = [str(fake_codex(tmp_path)), "--version"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=BOUND_S, check=True)
    assert done.stdout == f"codex-cli {VERSION}\n"


async def test_a_thread_that_ran_is_known_to_the_next_process_on_that_home(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    with trio.fail_after(BOUND_S):
        async with open_runtime(config) as runtime:
            session = await runtime.start_session(SessionConfig(cwd="."))
            assert (await session.ask("one")).text == "echo: one"
        async with open_runtime(config) as runtime:
            again = await runtime.resume_session(session.thread_id, SessionConfig(cwd="."))
            assert (await again.ask("two")).text == "echo: two"
            assert [turn.status for turn in (await again.read()).turns] == ["completed"] * 2


async def test_a_killed_process_leaves_its_turn_on_record(tmp_path: Path) -> None:
    with trio.fail_after(BOUND_S):
        async with open_runtime(config_of(tmp_path, "dies_in_the_first_turn")) as runtime:
            session = await runtime.start_session(SessionConfig(cwd="."))
            async with session.ask_stream("one") as turn:
                async for _ in turn:
                    pass
            assert turn.result.status == "lost"
            assert (await session.ask("two")).text == "echo: two"
            first, _second = (await session.read()).turns
            assert (first.status, first.completed_at) == ("interrupted", None)


async def test_the_first_starts_on_a_home_may_fail(tmp_path: Path) -> None:
    config = config_of(tmp_path, "first_starts_fail")
    with trio.fail_after(BOUND_S):
        async with spawn_process(spec_of(tmp_path, "first_starts_fail")) as transport:
            assert await transport.receive_some() == b""
        assert transport.returncode == 1
        assert "failed to initialize sqlite state runtime" in transport.stderr_tail
        try:
            async with open_runtime(config):
                pass
        except StartError:
            pass
        async with open_runtime(config):
            pass


@pytest.mark.parametrize("script", ["stubborn", "spins"])
async def test_a_process_that_does_not_end_by_itself_is_killed(tmp_path: Path, script: str) -> None:
    hello = b'{"id":1,"method":"initialize","params":{"clientInfo":{"name":"n","version":"1"}}}\n'
    with trio.fail_after(BOUND_S):
        async with spawn_process(spec_of(tmp_path, script)) as transport:
            await transport.send_all(hello)
            assert await transport.receive_some()
            report = await transport.aclose()
    assert (report.how, report.returncode) == ("kill", -signal.SIGKILL)
    assert len(report.swept) == (script == "stubborn")


def test_sigterm_and_the_end_of_its_input_are_clean_ends(tmp_path: Path) -> None:
    argv = [str(fake_codex(tmp_path)), "app-server"]
    env = {**os.environ, "CODEX_HOME": str(tmp_path / "home")}
    hello = b'{"id":1,"method":"initialize","params":{"clientInfo":{"name":"n","version":"1"}}}\n'
    for how in ("SIGTERM", "EOF"):
        pipe = subprocess.PIPE
        with subprocess.Popen(argv, env=env, stdin=pipe, stdout=pipe) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(hello)
            child.stdin.flush()
            assert child.stdout.readline()
            if how == "SIGTERM":
                child.terminate()
            else:
                child.stdin.close()
            assert child.wait(BOUND_S) == 0


async def test_a_script_may_go_on_beside_it(tmp_path: Path) -> None:
    with trio.fail_after(BOUND_S):
        async with spawn_process(spec_of(tmp_path, "floods")) as transport:
            received = b""
            while b"flooded" not in received:
                received += await transport.receive_some()
        assert transport.stderr_tail.endswith("x" * 65_000)


@pytest.mark.parametrize("script", ["nothing", "a b:c", ":c", "a:"])
def test_a_script_that_cannot_be_a_function_is_refused(tmp_path: Path, script: str) -> None:
    with pytest.raises(InvalidInput, match="module and a function"):
        write_fake_codex(tmp_path, script)
