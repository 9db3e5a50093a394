"""The end of an interpreter, and a fork, with a runtime open: in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_runtime.testing import write_fake_codex
from tests.faces.programs import run_program

STRICT = ("-W", "error", "-X", "dev")

BLOCKING = """\
import os, sys, threading
from codex_runtime import RuntimeClosed, RuntimeConfig, SessionConfig
from codex_runtime.blocking import open_fake_runtime, open_runtime
from codex_runtime.testing import FakeAppServer

SESSION = SessionConfig(cwd=".")
"""
ASYNCIO = """\
import asyncio, os, sys, threading
from codex_runtime import RuntimeConfig, SessionConfig
from codex_runtime.aio import open_fake_runtime, open_runtime

SESSION = SessionConfig(cwd=".")
"""


@pytest.fixture
def fake_config(tmp_path: Path) -> str:
    """The text of a config with a fake server in a process, which has a child of its own."""
    program = write_fake_codex(tmp_path / "bin")
    return f"RuntimeConfig(codex_bin={str(program)!r}, codex_home={str(tmp_path / 'home')!r})"


@pytest.fixture
def real_config(tmp_path: Path, codex_path: str) -> str:
    """The text of a config with the real server, in a home of its own."""
    return f"RuntimeConfig(codex_bin={codex_path!r}, codex_home={str(tmp_path / 'home')!r})"


@pytest.mark.parametrize("config", ["fake_config", "real_config"])
def test_a_program_that_forgets_its_runtime_ends_it_at_its_exit(
    config: str, request: pytest.FixtureRequest
) -> None:
    text = request.getfixturevalue(config)
    ended = run_program(
        f"""{BLOCKING}
runtime = open_runtime({text}).__enter__()
session = runtime.start_session(SESSION)
print(runtime.server.version is not None)
""",
        *STRICT,
    )
    assert (ended.lines, ended.stderr, ended.returncode) == (["True"], "", 0)
    assert ended.left == frozenset()


@pytest.mark.parametrize("config", ["fake_config", "real_config"])
def test_a_program_whose_loop_ends_before_its_runtime_ends_it_at_its_exit(
    config: str, request: pytest.FixtureRequest
) -> None:
    text = request.getfixturevalue(config)
    ended = run_program(
        f"""{ASYNCIO}
async def main():
    global runtime
    runtime = await open_runtime({text}).__aenter__()
    await runtime.start_session(SESSION)
    print(runtime.server.version is not None)

asyncio.run(main())
""",
        *STRICT,
    )
    assert (ended.lines, ended.stderr, ended.returncode) == (["True"], "", 0)
    assert ended.left == frozenset()


def test_sys_exit_in_a_block_ends_the_turn_and_the_program(fake_config: str) -> None:
    ended = run_program(
        f"""{BLOCKING}
with open_runtime({fake_config}) as runtime:
    session = runtime.start_session(SESSION)
    with session.ask_stream("hello") as turn:
        next(turn)
        sys.exit(3)
""",
        *STRICT,
    )
    assert (ended.lines, ended.stderr, ended.returncode) == ([], "", 3)
    assert ended.left == frozenset()


def test_an_exit_while_a_thread_waits_in_an_ask_is_an_exit(fake_config: str) -> None:
    ended = run_program(
        f"""{BLOCKING}
from codex_runtime.testing.fake_server import silence

server = FakeAppServer(silence)
other = open_fake_runtime(server).__enter__()
runtime = open_runtime({fake_config}).__enter__()
session = other.start_session(SESSION)

def ask():
    try:
        session.ask("hello")
    except Exception as problem:
        print(type(problem).__name__, flush=True)

threading.Thread(target=ask, daemon=True).start()
while not server.running:
    pass
""",
        *STRICT,
    )
    assert (ended.stderr, ended.returncode) == ("", 0)
    assert set(ended.lines) <= {"TurnInterrupted"}
    assert ended.left == frozenset()


def test_the_child_of_a_fork_is_refused_at_once_and_its_parent_goes_on() -> None:
    ended = run_program(f"""{BLOCKING}
runtime = open_fake_runtime().__enter__()
session = runtime.start_session(SESSION)
stream = session.ask_stream("hello")
child = os.fork()
if child == 0:
    refused = 0
    for use in (
        lambda: session.ask("hello"), stream.__enter__, session.close,
        lambda: runtime.start_session(SESSION),
    ):
        try:
            use()
        except RuntimeClosed:
            refused += 1
    with open_fake_runtime() as own:
        print(refused, own.run("hello", SESSION).text, flush=True)
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(session.ask("still here").text)
""")
    assert ended.lines == ["4 echo: hello", "7", "echo: still here"]
    assert (ended.stderr, ended.returncode) == ("", 0)
