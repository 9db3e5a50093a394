"""Rows about starts that fail or hang: of servers, and of threads.

Owns B37, B38 and R6. R6 runs against the real app-server, the others play it on the fake one. See
`catalogue`.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.errors import CodexRuntimeError
from codex_runtime.testing.fake_server import Death, FakeAppServer
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.client import Place
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from codex_runtime.testing.faults.client import Json
    from codex_runtime.testing.faults.trial import Trial

_AT_ONCE: Final = 24
_FAILS: Final = 0.7
"""The chance of a start to fail."""
_LOST_RACE: Final = Death(
    1,
    "Error: failed to initialize sqlite state runtime under /home/a/.codex: "
    "failed to initialize state runtime at /home/a/.codex\n\nStack backtrace:\n   0: anyhow\n",
)
"""As 0.163.0 ends when another makes the databases of the home."""
_BAD_OPTION: Final = Death(2, "error: unexpected argument '--bad' found\n")
_REAL_AT_ONCE: Final = 12
_LAST_WORDS: Final = "ERROR codex_core: MCP server `slow` did not start: timed out"


class Barrier:
    """Tasks that wait for each other."""

    def __init__(self, count: int) -> None:
        self.missing: int = count
        self.all_here: trio.Event = trio.Event()

    async def reach(self) -> None:
        """Wait for the others."""
        self.missing -= 1
        if not self.missing:
            self.all_here.set()
        await self.all_here.wait()


async def _live(trial: Trial, barrier: Barrier, place: Place) -> None:
    """A client from its start on, until all the others have a thread too."""
    trial.place = place  # looked at as the client is opened
    async with trial.client() as client:
        await client.start_thread()
        await barrier.reach()


class OneStart(NaiveClient):
    """Says so when its server is gone."""

    async def read(self) -> None:
        """Habit: a start that failed is the user's to look into."""
        await super().read()
        raise ClientError("exited", "the server is gone")

    async def send(self, message: Json) -> None:
        """The same."""
        try:
            await super().send(message)
        except trio.BrokenResourceError as problem:
            raise ClientError("exited", "the server is gone") from problem


@scenario(
    "B37",
    "Of many servers that are started at once in one home, all come up; one that cannot is told.",
    control=OneStart,
    habit="starts its server once",
)
async def starts_that_fail_now_and_then(trial: Trial) -> None:
    """Seven of ten starts die as in a lost race for the databases; one server has a bad option."""
    chance = random.Random(37)  # noqa: S311 - a schedule, not a secret
    servers = [FakeAppServer() for _ in range(_AT_ONCE)]
    barrier = Barrier(_AT_ONCE)
    with trial.within(60, "starts that failed"):
        async with trio.open_nursery() as nursery:
            for server in servers:
                while trial.fault and chance.random() < _FAILS:
                    server.failing_starts.append(_LOST_RACE)
                nursery.start_soon(_live, trial, barrier, Place(connect=server.connect))
    trial.check(not any(server.wrong for server in servers), "wrong messages")
    if trial.fault:
        trial.place = Place(connect=trial.server.connect)
        trial.server.failing_starts += [_BAD_OPTION] * 99
        with trial.within(60, "the start of a server that cannot"):
            try:
                async with trial.client():
                    trial.check(False, "a client without a server")  # noqa: FBT003 - says so
            except* (ClientError, CodexRuntimeError) as problems:
                trial.check("--bad" in str(problems.exceptions), "not told why")
        trial.check(trial.server.connections == 1, "started again in vain")


@scenario(
    "B38",
    "A `thread/start` that is never answered ends at a deadline, with what the server said.",
    habit="waits for every answer, for ever",
)
async def start_without_an_answer(trial: Trial) -> None:
    """The server complains on stderr and holds the answer back; it comes when nobody waits."""
    server = trial.server
    async with trial.client() as client:
        thread = await client.start_thread()
        if trial.fault:
            server.hold = {"thread/start"}
            server.stderr(f"{_LAST_WORDS}\n")
            with trial.within(120, "a start without an answer"):
                try:
                    await client.start_thread()
                except ClientError as problem:
                    trial.check(problem.kind == "timeout", "another error than a deadline's")
                    trial.check(_LAST_WORDS in str(problem), "the server's words are not told")
                else:
                    trial.check(False, "a thread out of nothing")  # noqa: FBT003 - says so
            trial.check(client.pending == 0, "a request is left pending")
            server.release()
            await trial.settle()
        for each in (thread, await client.start_thread()):
            answer = await client.ask(each, "hello")
            trial.check(answer.text == "echo: hello", "a wrong answer")


@scenario(
    "R6",
    "Twelve first starts at once in one fresh home all come up.",
    control=OneStart,
    habit="starts its server once",
    where="real",
)
async def first_starts_at_once(trial: Trial) -> None:
    """Twelve clients, each with its own server, keep it until all have a thread."""
    count = _REAL_AT_ONCE if trial.fault else 1
    barrier = Barrier(count)
    async with trial.real_codex():
        with trial.within(20, "a first start"):
            async with trio.open_nursery() as nursery:
                for _ in range(count):
                    nursery.start_soon(_live, trial, barrier, trial.place)
