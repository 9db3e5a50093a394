"""The row about more requests at once than the real server's queue holds.

Owns R3. It runs against the real app-server. See `catalogue`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from codex_runtime.testing.faults.client import Client, ClientOptions, Json
    from codex_runtime.testing.faults.naive_pipes import Pipes
    from codex_runtime.testing.faults.trial import Trial

_BURST: Final = 3000


class Batching(NaiveClient):
    """Writes what has gathered in one go, for speed."""

    def __init__(self, pipes: Pipes, options: ClientOptions) -> None:
        super().__init__(pipes, options)
        self.gathered: list[bytes] = []

    async def send(self, message: Json) -> None:
        """Habit: as much at once as the pipe takes."""
        self.gathered.append(json.dumps(message).encode() + b"\n")
        await trio.lowlevel.checkpoint()
        async with self.writing:
            batch = b"".join(self.gathered)
            self.gathered.clear()
            if batch:
                await self.pipes.send_all(batch)


@scenario(
    "R3",
    "Three thousand requests at once get three thousand answers, and no error shows.",
    control=Batching,
    habit="writes all that waits at once",
    where="real",
)
async def burst_of_requests(trial: Trial) -> None:
    """As many tasks as requests; without the fault, ten."""
    count = _BURST if trial.fault else 10
    answers: list[object] = []

    async def ask(client: Client, nursery: trio.Nursery) -> None:
        try:
            answers.append(await client.call("thread/loaded/list", {}))
        except ClientError:
            nursery.cancel_scope.cancel()  # one is missing

    async with trial.real_codex(), trial.client() as client:
        with trio.move_on_after(10):
            async with trio.open_nursery() as nursery:
                for _ in range(count):
                    nursery.start_soon(ask, client, nursery)
        trial.check(len(answers) == count, "answers are missing")
        trial.check(all(answer == answers[0] for answer in answers), "wrong answers")
        trial.check(client.pending == 0, "a request is left pending")
