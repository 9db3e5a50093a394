"""Rows about the process of the server: its end, whatever it does, and its stderr.

Owns B13, B14, B16 and B19, and the naive habits that they need. Each runs a fake ``codex`` (see
`process_scripts`) in real time. See `catalogue`.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, cast

import attrs
import trio

from codex_runtime.errors import AppServerExited
from codex_runtime.testing.faults import lone_client
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.ours import OurClient
from codex_runtime.testing.faults.process_scripts import (
    FLOOD_BYTES,
    LAST_WORDS,
    flooding_stderr,
    program_of,
    spinning_at_eof,
    stubborn,
    with_a_tool,
)
from codex_runtime.testing.faults.verdicts import ClientError, NotSurvived
from codex_runtime.transport.descendants import find_descendants

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

    from codex_runtime.testing.fake_server.child import ChildServer
    from codex_runtime.testing.faults.client import ClientOptions, Place
    from codex_runtime.testing.faults.naive_pipes import NaiveChild
    from codex_runtime.testing.faults.trial import Trial

_SELF: Final = Path("/proc/self")
_TAIL_BYTES: Final = 64 * 1024
_CLIENT_SERVER_TOOL: Final = 3


def use_program(
    trial: Trial, script: Callable[[ChildServer], Awaitable[None] | None] | None
) -> None:
    """Let the trial's clients start a fake ``codex`` with a home of its own."""
    if sys.platform != "linux":
        raise trial.not_applicable("the processes of a trial are found in /proc, on Linux alone")
    trial.use_codex(program_of(trial.scratch / "bin", script))
    home = {"CODEX_HOME": str(trial.scratch / "home")}
    trial.place = attrs.evolve(trial.place, env={**trial.place.env, **home})


@contextmanager
def ending(seconds: float) -> Generator[Callable[[], None], None, None]:
    """A block whose end, from the call of what it is given, may take so long."""
    with trio.move_on_after(20) as scope:

        def begins() -> None:
            scope.deadline = trio.current_time() + seconds

        yield begins
    if scope.cancelled_caught:
        raise NotSurvived("hung: the close")


def processes_of(trial: Trial) -> int:
    """How many processes of the trial run."""
    return len(find_descendants(-1, marker=trial.marker))


def descriptors() -> int:
    """How many this process has open."""
    gc.collect()
    return len(os.listdir(_SELF / "fd"))  # noqa: PTH208 - by name, nothing opened


def children() -> int:
    """How many this process has, ended ones included that nobody has waited for."""
    found = 0
    for task in (_SELF / "task").iterdir():
        with suppress(OSError):  # a thread that has just ended
            found += len((task / "children").read_text().split())
    return found


class LeaksItsPipes(NaiveClient):
    """Has a helper process, such as one that shows notices."""

    @classmethod
    @asynccontextmanager
    async def open(cls, place: Place, options: ClientOptions) -> AsyncGenerator[Self, None]:
        """Habit: what it starts inherits whatever it has open, its end of the pipes too."""
        async with super().open(place, options) as client:
            stdin = cast("NaiveChild", client.pipes).process.stdin
            os.set_inheritable(cast("trio.lowlevel.FdStream", stdin).fileno(), True)  # noqa: FBT003 - its shape
            helper = await trio.lowlevel.open_process(
                ("sleep", "60"), close_fds=False, stdin=subprocess.DEVNULL
            )
            yield client
            helper.kill()
            await helper.wait()


@scenario(
    "B13",
    "When a client is killed its server and what that started are gone within 2 s.",
    control=LeaksItsPipes,
    habit="the other processes that it starts inherit its end of the pipes",
    where="child",
)
async def client_is_killed(trial: Trial) -> None:
    """A client in a process of its own gets SIGKILL; without the fault it is told to close."""
    use_program(trial, with_a_tool)
    program = (sys.executable, "-m", lone_client.__name__)
    process = await trio.lowlevel.open_process(
        (*program, lone_client.name_of(trial.factory), str(trial.place.codex_bin)),
        env={**os.environ, **trial.place.env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None  # noqa: S101 - as asked for
    assert stdout is not None  # noqa: S101
    async with stdin, stdout:
        with trial.within(20, "the start of the client"):
            said = await stdout.receive_some()
        trial.check(said == b"ready\n", "the client did not start")
        trial.check(processes_of(trial) >= _CLIENT_SERVER_TOOL, "the client started nothing")
        if trial.fault:
            process.kill()
        else:
            await stdin.aclose()
        with trial.within(5, "the end of the client"):
            await process.wait()
    await trial.until(lambda: not processes_of(trial), "processes that nobody ends", seconds=2)


@scenario(
    "B14",
    "A close ends a server that ignores it, with what that started, and leaves nothing open.",
    habit="sends SIGTERM to one process and waits for ever",
    where="child",
)
async def signals_are_ignored(trial: Trial) -> None:
    """It ignores EOF and SIGTERM; a child of it, which does too, holds the pipes. Twice."""
    use_program(trial, stubborn if trial.fault else None)
    opened, started = descriptors(), children()
    for _ in range(2 if trial.fault else 1):
        with ending(3) as close_begins:
            async with trial.client(shutdown_grace_s=0.4) as client:
                await client.start_thread()
                close_begins()
        trial.check(children() == started, "not reaped")
        trial.check(not processes_of(trial), "processes are left")
    if trial.fault:
        await trial.until(lambda: descriptors() == opened, "descriptors are left", seconds=1)


class WaitsForTheExit(NaiveClient):
    """Ends its server politely."""

    @classmethod
    @asynccontextmanager
    async def open(cls, place: Place, options: ClientOptions) -> AsyncGenerator[Self, None]:
        """Habit: closes the server's input and waits for its exit."""
        async with super().open(place, options) as client:
            yield client
            child = cast("NaiveChild", client.pipes)
            await child.stdin.aclose()
            await child.process.wait()


@scenario(
    "B16",
    "A server that spins at the end of its input is ended at the deadline.",
    control=WaitsForTheExit,
    habit="closes the server's input and waits for its exit",
    where="child",
)
async def spins_at_eof(trial: Trial) -> None:
    """It uses a whole processor once its input is closed."""
    use_program(trial, spinning_at_eof if trial.fault else None)
    with ending(2) as close_begins:
        async with trial.client(shutdown_grace_s=0.5) as client:
            await client.start_thread()
            close_begins()
    trial.check(not processes_of(trial), "processes are left")


@scenario(
    "B19",
    "Ten megabytes on stderr before the first answer stall nothing; the end of them is kept.",
    habit="stderr is a pipe that nobody reads",
    where="child",
)
async def stderr_is_flooded(trial: Trial) -> None:
    """The flood comes before the first answer, and once more before a crash."""
    use_program(trial, flooding_stderr if trial.fault else None)
    with trial.within(5, "the start behind a full stderr"):
        async with trial.client() as client:
            thread = await client.start_thread()
            answer = await client.ask(thread, "hello")
            trial.check(answer.text == "echo: hello", "the turn went wrong")
            if trial.fault and isinstance(client, OurClient):
                await _tail_is_kept(trial, client)


async def _tail_is_kept(trial: Trial, client: OurClient) -> None:
    tail = ""
    try:
        await client.call("account/read", {})
    except ClientError as problem:
        cause = problem.__cause__
        tail = cause.stderr_tail if isinstance(cause, AppServerExited) else ""
    trial.check(tail.rstrip().endswith(LAST_WORDS), "the last words are lost")
    trial.check(len(tail.encode()) <= _TAIL_BYTES < FLOOD_BYTES, "all of it is kept")
