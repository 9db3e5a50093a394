"""Ctrl-C in the blocking face: a real SIGINT to the main thread of a process of its own."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from codex_runtime.testing import write_fake_codex
from tests.faces.programs import run_program

PRELUDE = """\
import os, signal, sys, threading
import trio
from codex_runtime import RuntimeConfig, SessionConfig
from codex_runtime.blocking import open_fake_runtime, open_runtime
from codex_runtime.testing import FakeAppServer
from codex_runtime.testing.fake_server import echo

SESSION = SessionConfig(cwd=".")

def say(*words):
    print(*words, flush=True)

def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)

async def play(turn):
    if turn.prompt == "next":
        await echo(turn)
        return
    turn.begin_message()
    turn.delta("word ")
    await trio.to_thread.run_sync(ready.wait)
    press_ctrl_c()
    await trio.sleep_forever()

ready = threading.Event()
server = FakeAppServer(play)

def statuses():
    return [turn.status for turn in server.turns]
"""

ASK = """
ready.set()
session.ask("long")
"""
ITERATION = """
with session.ask_stream("long") as turn:
    for event in turn:
        ready.set()
"""
FINISH = """
with session.ask_stream("long") as turn:
    ready.set()
    turn.finish()
"""
STATE = """
with session.ask_stream("long"), session.observe() as view:
    for state in view:
        ready.set()
"""
RUN = """
ready.set()
runtime.run("long", SESSION)
"""
WAITS = {"ask": ASK, "iteration": ITERATION, "finish": FINISH, "state": STATE, "run": RUN}


def indented(text: str, spaces: int) -> str:
    return text.strip().replace("\n", "\n" + " " * spaces)


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends_the_turn_that_is_waited_for_and_the_runtime_goes_on(wait: str) -> None:
    ended = run_program(f"""{PRELUDE}
with open_fake_runtime(server) as runtime:
    session = runtime.start_session(SESSION)
    try:
        {indented(WAITS[wait], 8)}
    except KeyboardInterrupt:
        say(*statuses())
    say(session.ask("next").text, runtime.statistics().pending_calls)
say(*(thread.name for thread in threading.enumerate() if thread.name == "codex_runtime"))
""")
    assert (ended.lines, ended.stderr) == (["interrupted", "echo: next 0", ""], "")
    assert ended.returncode == 0


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_that_nobody_catches_ends_the_turn_and_the_program(wait: str) -> None:
    ended = run_program(f"""{PRELUDE}
try:
    with open_fake_runtime(server) as runtime:
        session = runtime.start_session(SESSION)
        {indented(WAITS[wait], 8)}
finally:
    say(*statuses())
""")
    assert ended.lines == ["interrupted"]
    assert ended.stderr.splitlines()[-1] == "KeyboardInterrupt"
    assert "During handling" not in ended.stderr
    assert ended.returncode == -signal.SIGINT


def test_a_hundred_asks_that_end_by_ctrl_c_leave_nothing() -> None:
    ended = run_program(f"""{PRELUDE}
with open_fake_runtime(server) as runtime:
    session = runtime.start_session(SESSION)
    ready.set()
    for _ in range(100):
        try:
            session.ask("long")
        except KeyboardInterrupt:
            pass
    say(set(statuses()), len(server.turns), runtime.statistics().pending_calls)
    say(session.ask("next").text)
say(*(thread.name for thread in threading.enumerate() if thread.name == "codex_runtime"))
""")
    assert ended.lines == ["{'interrupted'} 100 0", "echo: next", ""]
    assert (ended.returncode, ended.stderr) == (0, "")


def test_ctrl_c_while_a_stream_is_entered_ends_its_turn() -> None:
    ended = run_program(f"""{PRELUDE}
is_over = threading.Event()

def press(message):
    if message["method"] == "turn/start":
        press_ctrl_c()
    return False

async def play(turn):
    try:
        await (echo(turn) if turn.prompt == "next" else trio.sleep_forever())
    finally:
        is_over.set()

server.play, server.intercept = play, press
with open_fake_runtime(server) as runtime:
    session = runtime.start_session(SESSION)
    try:
        with session.ask_stream("long"):
            threading.Event().wait()  # it is entered, and the signal comes now
    except KeyboardInterrupt:
        is_over.wait()
        say(*statuses())
    server.intercept = None
    say(session.ask("next").text, runtime.statistics().pending_calls)
""")
    assert ended.lines == ["interrupted", "echo: next 0"]
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_second_ctrl_c_ends_the_waiting_alone() -> None:
    ended = run_program(f"""{PRELUDE}
released = threading.Event()

def press(message):
    if message["method"] == "turn/interrupt":
        server.intercept = None
        press_ctrl_c()
    return False

async def play(turn):
    if turn.prompt == "next":
        await echo(turn)
        return
    press_ctrl_c()
    await trio.to_thread.run_sync(released.wait)
    turn.complete("interrupted")

server.play, server.intercept, server.interrupts = play, press, "only_answer"
with open_fake_runtime(server, RuntimeConfig(cancel_grace_s=1000)) as runtime:
    session = runtime.start_session(SESSION)
    try:
        session.ask("long")
    except KeyboardInterrupt:
        say(statuses())
    released.set()
    say(session.ask("next").text, *statuses())
""")
    assert ended.lines == ["[None]", "echo: next interrupted completed"]
    assert (ended.returncode, ended.stderr) == (0, "")


# -- programs with a process --------------------------------------------------------------------

SCRIPTS = """
import os, signal, threading, time

def press_ctrl_c():
    os.kill(os.getppid(), signal.SIGINT)

def at_the_start(server):
    server.intercept = lambda message: press_ctrl_c() or True

def at_the_end(server):
    server.ignores_eof = server.ignores_sigterm = True
    server.leave_grandchild()
    server.at_eof = press_ctrl_c

def twice_at_the_end(server):
    at_the_end(server)
    def twice():
        press_ctrl_c()
        threading.Timer(0.3, press_ctrl_c).start()
    server.at_eof = twice
"""


def fake_codex(folder: Path, script: str) -> str:
    (folder / "scripts_of_the_test.py").write_text(SCRIPTS, encoding="utf-8")
    return str(write_fake_codex(folder / "bin", f"scripts_of_the_test:{script}", paths=[folder]))


@pytest.mark.parametrize("script", ["at_the_start", "at_the_end", "twice_at_the_end"])
def test_ctrl_c_while_a_server_starts_or_ends_leaves_no_process(
    script: str, tmp_path: Path
) -> None:
    ended = run_program(
        f"""{PRELUDE}
config = RuntimeConfig(
    codex_bin={fake_codex(tmp_path, script)!r},
    codex_home={str(tmp_path / "home")!r},
    shutdown_grace_s=1,
)
try:
    with open_runtime(config) as runtime:
        say("is open")
except KeyboardInterrupt:
    say(*(thread.name for thread in threading.enumerate() if thread.name == "codex_runtime"))
    raise
"""
    )
    is_open = [] if script == "at_the_start" else ["is open"]
    left = "codex_runtime" if script == "twice_at_the_end" else ""
    assert ended.lines == [*is_open, left]
    assert ended.stderr.splitlines()[-1] == "KeyboardInterrupt"
    assert ended.returncode == -signal.SIGINT
    assert ended.left == frozenset()
