"""Rows about both directions at once: full pipes, many writers, an end of one side, silence.

Owns B20, B29, B46, B47 and B53, and the naive habits that they need. Each plays one fault on the
fake server. See `catalogue`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, cast

import trio

from codex_runtime.testing.fake_server import captured_request
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.client import Place
from codex_runtime.testing.faults.naive import NaiveClient, NaiveTurn
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_runtime.testing.fake_server import FakeAppServer, FakeTurn
    from codex_runtime.testing.faults.client import Approval, Json
    from codex_runtime.testing.faults.trial import Trial
    from codex_runtime.transport.base import ExitReport, Transport
    from codex_runtime.transport.memory import MemoryTransport

_APPROVAL: Final = "item/commandExecution/requestApproval"


class Tap:
    """A client's transport that counts what is read, and whose stdout can end alone."""

    def __init__(self, inner: Transport) -> None:
        self.inner: Transport = inner
        self.read_bytes: int = 0
        self.stdout_ended: bool = False
        self.reading: trio.CancelScope = trio.CancelScope()

    def end_stdout(self) -> None:
        """Nothing more comes, as after a ``close(1)``; the process goes on."""
        self.stdout_ended = True
        self.reading.cancel()

    async def receive_some(self) -> bytes:
        """See `Transport.receive_some`."""
        data = b""
        with trio.CancelScope() as self.reading:
            if self.stdout_ended:
                self.reading.cancel()
            data = await self.inner.receive_some()
        self.read_bytes += len(data)
        return data

    def receive_nowait(self) -> bytes:
        """See `Transport.receive_nowait`."""
        if self.stdout_ended:
            raise trio.WouldBlock
        data = self.inner.receive_nowait()
        self.read_bytes += len(data)
        return data

    async def send_all(self, data: bytes) -> None:
        """See `Transport.send_all`."""
        await self.inner.send_all(data)

    async def aclose(self) -> ExitReport:
        """See `Transport.aclose`."""
        return await self.inner.aclose()

    @property
    def exit_report(self) -> ExitReport | None:
        """See `Transport.exit_report`."""
        return self.inner.exit_report

    @property
    def returncode(self) -> int | None:
        """See `Transport.returncode`."""
        return self.inner.returncode

    @property
    def stderr_tail(self) -> str:
        """See `Transport.stderr_tail`."""
        return self.inner.stderr_tail


def tapped(server: FakeAppServer) -> tuple[Place, list[Tap]]:
    """The server, and the tap of each of its processes."""
    taps: list[Tap] = []

    @asynccontextmanager
    async def connect() -> AsyncGenerator[Transport, None]:
        async with server.connect() as transport:
            taps.append(Tap(transport))
            yield taps[-1]

    return Place(connect=connect), taps


@scenario(
    "B20",
    "A server that reads nothing until its flood is read gets it read, whatever is to be written.",
    habit="its reader waits for the writer to answer a request",
)
async def both_pipes_full(trial: Trial) -> None:
    """A flood with a request in front, while the client writes a prompt of megabytes."""
    server = trial.server
    trial.place, taps = tapped(server)
    decisions: list[object] = []

    async def play(turn: FakeTurn) -> None:
        if turn.prompt != "flood":
            turn.say("taken")
            return
        flood_bytes = 0
        if trial.fault:
            server.reading = trio.Event()  # not one more byte
            await trio.sleep(1)  # the prompt fills the pipe
            flood_bytes = taps[0].read_bytes + 20 * 400_000
        asked = server.request(_APPROVAL, approval_of(turn.thread.thread_id, turn.turn_id), 77)
        for _ in range(20 if trial.fault else 0):
            turn.delta("x" * 400_000)
        await trial.until(lambda: taps[0].read_bytes >= flood_bytes, "the flood to be read")
        server.reading.set()
        await trial.until(server.answers, "the answer to the request")
        decisions.append(server.answers()[0]["result"]["decision"])
        server.resolve(asked)

    async def decide(asked: Approval) -> object:  # noqa: ARG001 - its shape
        await trio.lowlevel.checkpoint()
        return "decline"

    trial.play(play)
    prompt = "\N{SNOWMAN}" * 1_000_000 if trial.fault else "short"
    async with trial.client(approve=decide) as client, trio.open_nursery() as nursery:
        thread, other = await client.start_thread(), await client.start_thread()
        flooded = trial.later(nursery, client.ask, thread, "flood")
        await trial.until(lambda: server.turns, "the first turn")
        await trial.settle()
        written = trial.later(nursery, client.ask, other, prompt)
        with trial.within(50, "both, each waits for the other"):
            answer, other_answer = await flooded.result(), await written.result()
    trial.check(answer.status == "completed", "the turn with the flood went wrong")
    trial.check(other_answer.text == "taken", "the turn of the prompt went wrong")
    trial.check(decisions == ["decline"], "the request was answered wrongly")


def approval_of(thread_id: str, turn_id: str) -> Json:
    """The params of a request for approval."""
    return {**captured_request(_APPROVAL), "threadId": thread_id, "turnId": turn_id}


class QuietReader(NaiveClient):
    """Reads in a task that nobody looks at."""

    async def read(self) -> None:
        """Habit: when the reader is over, nobody is told."""
        try:
            await super().read()
        except ClientError:
            return


@scenario(
    "B29",
    "When nothing more can be read every call ends at once, whether the process lives or not.",
    control=QuietReader,
    habit="when its reader is over, nobody is told",
)
async def the_reader_is_over(trial: Trial) -> None:
    """Garbage, then the end of stdout while the process lives on; a call after each."""
    server = trial.server
    trial.place, taps = tapped(server)
    async with trial.client() as client, trio.open_nursery() as nursery:
        if trial.fault:
            server.send_bytes(b"\xff\xfe\x00 no line of ours\n")
        await trial.settle()
        with trial.within(5, "a call after garbage"):
            await client.call("account/read", {})
        if trial.fault:
            server.drop = {"model/list"}
        under_way = trial.later(nursery, client.call, "model/list", {})
        await trial.settle()
        if trial.fault:
            taps[0].end_stdout()
        with trial.within(5, "a call that was under way"):
            await under_way.done.wait()
        kind = under_way.error.kind if under_way.error is not None else "answered"
        trial.check(kind == ("exited" if trial.fault else "answered"), "a wrong error")
        later = trial.later(nursery, client.call, "account/read", {})
        with trial.within(60, "a call afterwards"):
            await later.done.wait()
        trial.check(later.error is None or later.error.kind == "exited", "a wrong error")


class ClosesItsInput(NaiveClient):
    """Treats a conversation as one that is over when all was asked."""

    idle_s: float = 60.0

    async def begin(self, thread_id: str, prompt: str, key: str | None = None) -> NaiveTurn:
        """Habit: a minute after the last prompt it has no more to say."""
        turn = await super().begin(thread_id, prompt, key)
        self.spawn(self.close_later, self.last_id)
        return turn

    async def close_later(self, last_id: int) -> None:
        """Close, if nothing was asked since."""
        await trio.sleep(self.idle_s)
        if last_id == self.last_id:
            await cast("MemoryTransport", self.pipes).aclose()


@scenario(
    "B46",
    "Requests of the server are answered long after the last prompt.",
    control=ClosesItsInput,
    habit="closes its input a minute after the last prompt",
)
async def long_after_the_last_prompt(trial: Trial) -> None:
    """One request ten minutes into the turn, another twenty after it."""
    answers: list[Json] = []
    wait_s = 600 if trial.fault else 5

    async def play(turn: FakeTurn) -> None:
        await trio.sleep(wait_s)
        answers.append(await turn.ask_approval())
        turn.say("done")

    async def decide(asked: Approval) -> object:
        await trio.lowlevel.checkpoint()
        return asked.accept()

    trial.play(play)
    async with trial.client(approve=decide) as client:
        thread = await client.start_thread()
        with trial.within(900, "the turn that asked late"):
            answer = await client.ask(thread, "hello")
        trial.check(answer.text == "done", "the turn that asked late went wrong")
        turn_id = answer.turn_id or ""
        await trio.sleep(2 * wait_s)
        with trial.within(60, "a request after the turn"):
            asked = await trial.server.ask(_APPROVAL, approval_of(thread, turn_id))
        answers.append(asked)
        with trial.within(900, "the next turn"):
            answer = await client.ask(thread, "again")
    trial.check(answer.text == "done", "the next turn went wrong")
    decided = [answer.get("result", {}).get("decision") for answer in answers]
    trial.check(decided[0] == decided[2] == "accept", "the handler was not asked")
    trial.check(decided[1] in ("accept", "decline"), "no answer after the turn")


class NoLock(NaiveClient):
    """Writes from whichever task has something to say."""

    def check_line(self, line: bytes) -> None:
        """It knows of long lines."""

    async def send(self, message: Json) -> None:
        """Habit: no lock around its writes."""
        self.writing: trio.Lock = trio.Lock()  # of nobody else's
        try:
            await super().send(message)
        except trio.BusyResourceError as problem:
            raise ClientError("died", "two of its tasks wrote at once") from problem


@scenario(
    "B47",
    "Two hundred tasks that send large messages at once get each its own answer.",
    control=NoLock,
    habit="no lock around its writes",
)
async def many_writers(trial: Trial) -> None:
    """Turns on threads of their own; the server says back how each prompt begins and ends."""
    count = 200 if trial.fault else 1

    async def play(turn: FakeTurn) -> None:
        await trio.lowlevel.checkpoint()
        turn.say(turn.prompt[:20], " ", turn.prompt[-20:])

    trial.play(play)
    async with trial.client() as client:
        threads = [await client.start_thread() for _ in range(count)]
        prompts = [f"{number:020}{'x' * 30_000}{number:020}" for number in range(count)]
        async with trio.open_nursery() as nursery:
            asked = [
                trial.later(nursery, client.ask, thread, prompt)
                for thread, prompt in zip(threads, prompts, strict=True)
            ]
            with trial.within(60, "the turns"):
                answers = [await later.result() for later in asked]
    wanted = [f"{number:020} {number:020}" for number in range(count)]
    trial.check([answer.text for answer in answers] == wanted, "messages are mixed up")
    received = [params["input"][0]["text"] for params in trial.server.asked("turn/start")]
    trial.check(sorted(received) == prompts, "not what was sent")


class Watchdog(NaiveClient):
    """Takes silence for death."""

    patience_s: float = 20.0

    async def lines(self) -> AsyncGenerator[bytes, None]:
        """Habit: a server that says nothing for a while is dead."""
        rest = b""
        while True:
            with trio.fail_after(self.patience_s):
                data = await self.pipes.receive_some()
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                yield line


@scenario(
    "B53",
    "A server that is silent, or stopped, for half a minute is neither lost nor ended.",
    control=Watchdog,
    habit="a server that says nothing for 20 s is dead",
)
async def silent_but_alive(trial: Trial) -> None:
    """In the middle of a turn it neither says nor reads anything, as after a SIGSTOP."""
    server = trial.server
    silence_s = 29 if trial.fault else 1

    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        turn.delta("before ")
        server.reading = trio.Event()
        await trio.sleep(silence_s)
        server.reading.set()
        turn.delta("after")
        turn.end_message("before after")

    trial.play(play)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        asked = trial.later(nursery, client.ask, thread, "hello")
        await trial.until(lambda: server.turns and server.turns[0].started, "the turn")
        await trial.settle()
        read = trial.later(nursery, client.call, "account/read", {})
        with trial.within(60, "the turn"):
            answer = await asked.result()
        with trial.within(60, "a call that was sent meanwhile"):
            await read.result()
        trial.check((answer.status, answer.text) == ("completed", "before after"), "given up")
        await trio.sleep(10 * silence_s if trial.fault else 0)
        with trial.within(60, "the next turn"):
            answer = await client.ask(thread, "again")
    trial.check(answer.text == "before after", "the next turn went wrong")
    trial.check(server.connections == 1, "the server was started again")
