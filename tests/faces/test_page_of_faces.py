"""What the page on the faces says of tasks, threads, forgetting, Ctrl-C, forks and exits."""

from __future__ import annotations

import asyncio
import gc
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime import (
    RuntimeConfig,
    SessionBusy,
    SessionConfig,
    aio,
    blocking,
)
from codex_runtime.protocol import AgentMessageDelta, TurnCompleted
from codex_runtime.testing import (
    FakeAppServer,
    FakeTurn,
    echo,
    open_fake_runtime,
    write_fake_codex,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BOUND_S = 20.0
HERE = SessionConfig(cwd=".")


class Silent:
    """A play that ends when it is interrupted, and tells how many of it have begun."""

    def __init__(self, count: int = 1) -> None:
        self._left = count
        self.all_begun = threading.Event()

    async def __call__(self, turn: FakeTurn) -> None:
        turn.say("one ")
        self._left -= 1
        if self._left == 0:
            self.all_begun.set()
        await trio.sleep_forever()

    async def begun(self) -> None:
        assert await asyncio.to_thread(self.all_begun.wait, BOUND_S)


async def asks(turn: FakeTurn) -> None:
    await turn.ask_approval("rm -rf build")


def run(main: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(BOUND_S):
            await main()

    asyncio.run(bounded())


def owned() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "codex_runtime"}


def ended(threads: set[threading.Thread]) -> bool:
    for thread in threads:
        thread.join(BOUND_S)
    return not any(thread.is_alive() for thread in threads)


# -- which face ------------------------------------------------------------------------------------


def test_the_blocking_face_works_where_a_loop_runs() -> None:
    async def cell() -> None:
        with blocking.open_fake_runtime() as runtime, runtime.start_session(HERE) as session:
            assert session.ask("hello").text == "echo: hello"

    run(cell)


def test_any_number_of_waiting_tasks_is_one_thread() -> None:
    async def main() -> None:
        before = owned()
        silent = Silent(100)
        async with aio.open_fake_runtime(FakeAppServer(silent)) as runtime:
            sessions = [await runtime.start_session(HERE) for _ in range(100)]
            asks = [asyncio.create_task(session.ask("wait")) for session in sessions]
            await silent.begun()
            assert len(owned() - before) == 1
            for ask in asks:
                ask.cancel()
            await asyncio.wait(asks)

    run(main)


def test_while_one_loop_is_busy_the_others_get_their_events() -> None:
    async def watch(runtime: aio.Runtime, ready: threading.Event) -> None:
        async with runtime.subscribe() as events:
            ready.set()
            async for event in events:
                if isinstance(event, TurnCompleted):
                    return

    async def main() -> None:
        async with aio.open_fake_runtime() as runtime:
            session = await runtime.start_session(HERE)
            ready = threading.Event()
            other = threading.Thread(target=run, args=(partial(watch, runtime, ready),))
            other.start()
            await asyncio.to_thread(ready.wait, BOUND_S)
            async with session.ask_stream("hello") as turn:
                other.join(BOUND_S)  # this loop stands still until the other has seen the end
                assert not other.is_alive()
                assert turn.text == ""
                assert (await turn.finish()).text == "echo: hello"

    run(main)


# -- where functions run ---------------------------------------------------------------------------

Place = str


def place() -> Place:
    if trio.lowlevel.in_trio_task():
        return "trio"
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        return "loop"
    return "main" if threading.current_thread() is threading.main_thread() else "thread"


class Functions:
    """One handler of each kind, which note where they run."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.by_lambda = lambda _request: self.places.append(place())

    async def by_async(self, _request: object) -> None:
        self.places.append(place())

    def by_def(self, _request: object) -> None:
        self.places.append(place())

    def __call__(self, _request: object) -> None:
        self.places.append(place())

    def configs(self) -> list[SessionConfig]:
        handlers: list[Any] = [self.by_async, self.by_def, self.by_lambda, self]
        return [SessionConfig(cwd=".", approvals=handler) for handler in handlers]


async def test_in_the_core_functions_run_where_the_page_says() -> None:
    functions = Functions()
    async with open_fake_runtime(FakeAppServer(asks)) as runtime:
        for config in functions.configs():
            await (await runtime.start_session(config)).ask("go")
    assert functions.places == ["trio", "thread", "trio", "trio"]


def test_in_asyncio_functions_run_where_the_page_says() -> None:
    functions = Functions()

    async def main() -> None:
        async with aio.open_fake_runtime(FakeAppServer(asks)) as runtime:
            for config in functions.configs():
                await (await runtime.start_session(config)).ask("go")

    run(main)
    assert functions.places == ["loop", "thread", "loop", "loop"]


def test_in_plain_python_functions_run_where_the_page_says() -> None:
    functions = Functions()
    with blocking.open_fake_runtime(FakeAppServer(asks)) as runtime:
        for config in functions.configs():
            runtime.start_session(config).ask("go")
    assert functions.places == ["trio", "thread", "thread", "thread"]


def test_an_async_handler_of_the_blocking_face_cannot_wait_for_itself() -> None:
    problems: list[Exception] = []
    with blocking.open_fake_runtime(FakeAppServer(asks)) as runtime:

        async def handler(_request: object) -> None:
            try:
                runtime.start_session(HERE)
            except RuntimeError as problem:
                problems.append(problem)

        runtime.start_session(SessionConfig(cwd=".", approvals=handler)).ask("go")
    (problem,) = problems
    assert "call from a plain function" in str(problem)


def test_a_function_that_asks_its_own_session_is_refused_at_once() -> None:
    refused: list[Exception] = []
    with blocking.open_fake_runtime(FakeAppServer(asks)) as runtime:

        def handler(_request: object) -> None:
            try:
                session.ask("and now?")
            except SessionBusy as problem:
                refused.append(problem)

        session = runtime.start_session(SessionConfig(cwd=".", approvals=handler))
        session.ask("go")

    async def main() -> None:
        async with aio.open_fake_runtime(FakeAppServer(asks)) as runtime:

            async def handler(_request: object) -> None:
                try:
                    await session.ask("and now?")
                except SessionBusy as problem:
                    refused.append(problem)

            session = await runtime.start_session(SessionConfig(cwd=".", approvals=handler))
            await session.ask("go")

    run(main)
    assert len(refused) == 2


# -- tasks, threads and loops ----------------------------------------------------------------------


def test_handles_may_be_used_in_another_loop_and_another_thread() -> None:
    async def main() -> None:
        async with aio.open_fake_runtime() as runtime:
            session = await runtime.start_session(HERE)
            texts: list[str] = []

            async def elsewhere() -> None:
                async with session.ask_stream("there") as turn:
                    texts.extend([e.delta async for e in turn if isinstance(e, AgentMessageDelta)])

            await asyncio.to_thread(run, elsewhere)
            assert "".join(texts) == "echo: there"
            assert (await session.ask("here")).text == "echo: here"

    run(main)


def test_an_interrupt_from_another_thread_ends_an_iteration() -> None:
    with blocking.open_fake_runtime(FakeAppServer(Silent())) as runtime:
        session = runtime.start_session(HERE)
        with session.ask_stream("go") as turn:
            other: threading.Thread | None = None
            for event in turn:
                if isinstance(event, AgentMessageDelta):
                    other = threading.Thread(target=turn.interrupt)
                    other.start()
            assert other is not None
            other.join(BOUND_S)
            assert turn.result.status == "interrupted"


# -- giving up -------------------------------------------------------------------------------------


def test_ctrl_c_in_a_blocking_call_ends_the_turn_and_the_session_goes_on() -> None:
    silent = Silent()
    server = FakeAppServer(silent)
    with blocking.open_fake_runtime(server) as runtime:
        session = runtime.start_session(HERE)

        def press() -> None:
            assert silent.all_begun.wait(BOUND_S)
            main = threading.main_thread().ident
            assert main is not None
            signal.pthread_kill(main, signal.SIGINT)

        pressing = threading.Thread(target=press)
        pressing.start()
        with pytest.raises(KeyboardInterrupt):
            session.ask("go")
        pressing.join(BOUND_S)
        assert session.active_turn_id is None
        assert len(server.asked("turn/interrupt")) == 1
        server.play = echo
        assert session.ask("hello").text == "echo: hello"


def test_a_stream_that_is_forgotten_is_ended_and_so_is_a_runtime() -> None:
    before = owned()
    server = FakeAppServer(Silent())
    runtime = blocking.open_fake_runtime(server).__enter__()
    threads = owned() - before
    session = runtime.start_session(HERE)
    turn = session.ask_stream("go").__enter__()
    assert next(turn) is not None
    del turn
    gc.collect()
    with session.ask_stream("the line is free"):
        assert len(server.asked("turn/interrupt")) == 1
    del session, runtime
    gc.collect()
    assert ended(threads)


# -- the end ---------------------------------------------------------------------------------------


LEFT_OPEN = """
import sys
from codex_runtime import RuntimeConfig, SessionConfig
from codex_runtime.blocking import open_runtime

block = open_runtime(RuntimeConfig(codex_bin=sys.argv[1]))
runtime = block.__enter__()
print(runtime.start_session(SessionConfig(cwd=".")).ask("hello").text)
"""

FORKED = """
import os, sys, warnings
from codex_runtime import RuntimeClosed, SessionConfig
from codex_runtime.blocking import open_fake_runtime

warnings.simplefilter("ignore")  # newer Pythons warn of any fork beside threads
with open_fake_runtime() as runtime:
    session = runtime.start_session(SessionConfig(cwd="."))
    with session.ask_stream("hello") as turn:
        child = os.fork()
        if child == 0:
            for use in (lambda: session.ask("go"), turn.finish, lambda: list(turn)):
                try:
                    use()
                except RuntimeClosed:
                    print("closed", flush=True)
            with open_fake_runtime() as own:
                print(own.start_session(SessionConfig(cwd=".")).ask("own").text, flush=True)
        else:
            assert os.waitpid(child, 0)[1] == 0
            print(turn.finish().text, flush=True)
sys.exit(0)
"""


def script(code: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=BOUND_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_runtime_that_is_open_at_the_exit_is_closed(tmp_path: Path) -> None:
    codex = write_fake_codex(tmp_path / "codex")
    assert script(LEFT_OPEN, str(codex)) == ["echo: hello"]
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(str(codex).encode() in command for command in commands)


def test_in_the_child_of_a_fork_the_runtime_is_closed() -> None:
    assert script(FORKED) == ["closed"] * 3 + ["echo: own", "echo: hello"]


def test_a_runtime_stays_open_over_cells() -> None:
    before = owned()
    cells = ExitStack()
    runtime = cells.enter_context(blocking.open_fake_runtime(config=RuntimeConfig()))
    session = cells.enter_context(runtime.start_session(HERE))
    threads = owned() - before
    assert session.ask("one").text == "echo: one"
    assert session.ask("two").text == "echo: two"
    cells.close()
    assert session.is_closed
    assert ended(threads)
