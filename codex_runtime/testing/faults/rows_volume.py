"""Rows about how much a client keeps: of what concerns nobody, and of what is not read.

Owns B43 and R9, and the naive habits that they need. Each plays one fault on the fake server, and
counts the blocks of memory that are held at its end. See `catalogue`.
"""

from __future__ import annotations

import gc
import json
import sys
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.testing.fake_server import captured_notification, echo
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.client import Event
from codex_runtime.testing.faults.naive import NaiveClient

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from codex_runtime.testing.fake_server import FakeAppServer, FakeTurn
    from codex_runtime.testing.faults.client import Json, Stream
    from codex_runtime.testing.faults.trial import Trial


def blocks_held() -> int:
    """How many blocks of memory Python has in use: some eight for an event that is kept."""
    gc.collect()
    return sys.getallocatedblocks()


def _line(method: str, params: Json) -> bytes:
    return json.dumps({"method": method, "params": params}).encode() + b"\n"


class KeepsForLater(NaiveClient):
    """Keeps what it has no place for, as whoever asks for it may come yet."""

    others: list[tuple[str, Json]]

    def on_notification(self, method: str, params: Json) -> None:
        """Habit: a queue for each turn that is not known, and one for all else; nobody reads."""
        if self.turn_of(params) is None:
            vars(self).setdefault("others", []).append((method, params))
        super().on_notification(method, params)


@scenario(
    "B43",
    "What concerns nobody is not kept, however long a client lives.",
    control=KeepsForLater,
    habit="keeps what belongs to no turn it knows, for whoever may ask",
)
async def nobody_is_concerned(trial: Trial) -> None:
    """Events of threads without a handle, and turns of somebody else on a thread that has one.

    Ten bursts as long as the first, which is not counted: what is kept once may be kept. Without
    the fault a short one.
    """
    server = trial.server
    trial.play(echo)
    parts = 10 if trial.fault else 1
    async with trial.client() as client:
        thread = await client.start_thread()
        await client.ask(thread, "hello")
        await _burst(trial, thread, 0, parts)
        before = blocks_held()
        for number in range(1, 11 if trial.fault else 2):
            await _burst(trial, thread, number, parts)
        trial.check(blocks_held() - before < 25_000, "its memory grows")
        with trial.within(60, "the next ask"):
            answer = await client.ask(thread, "next")
        trial.check(answer.text == "echo: next", "the next ask went wrong")
        trial.check(server.is_up, "the server is gone")


async def _burst(trial: Trial, thread: str, number: int, parts: int) -> None:
    """500 events of no handle's thread and 50 turns that nobody here asked for, so many times."""
    server = trial.server
    for part in range(parts):
        other = f"{server.new_id()[:-6]}{number:02d}{part:04d}"
        delta = {"threadId": other, "turnId": other, "itemId": "m", "delta": "some words "}
        server.send_bytes(_line("item/agentMessage/delta", delta) * 400)
        status = {"threadId": other, "status": {"type": "idle"}}
        server.send_bytes(_line("thread/status/changed", status) * 100)
        for _ in range(50):
            server.send_bytes(_foreign_turn(server, thread))
        await trial.settle()


def _foreign_turn(server: FakeAppServer, thread: str) -> bytes:
    turn_id = server.new_id()
    begun = captured_notification("turn/started")["turn"]
    delta = {"threadId": thread, "turnId": turn_id, "itemId": "m", "delta": "some words "}
    ended = {**begun, "id": turn_id, "status": "completed", "completedAt": 1, "durationMs": 1}
    return b"".join(
        (
            _line("turn/started", {"threadId": thread, "turn": {**begun, "id": turn_id}}),
            _line("item/agentMessage/delta", delta) * 3,
            _line("turn/completed", {"threadId": thread, "turn": ended}),
        )
    )


class TextOfTheUser(NaiveClient):
    """Leaves it to its user to put the text together."""

    def on_notification(self, method: str, params: Json) -> None:
        """Habit: hands out what comes."""
        turn = self.turn_of(params)
        if turn is not None and method == "item/agentMessage/delta":
            turn.feed.send_nowait(Event(method, params))
        else:
            super().on_notification(method, params)


_ITEMS: Final = 50
_PIECES: Final = [f"{number:>11} " for number in range(1000)]
_TEXT: Final = "".join(_PIECES)
"""Of each item."""


@scenario(
    "R9",
    "A consumer that stops reading slows nobody, costs little more than its text, and gets it all.",
    control=TextOfTheUser,
    habit="its queue holds every event as it came, without a bound",
)
async def unread_deltas(trial: Trial) -> None:
    """Fifty thousand deltas unread, while another thread's turn streams beside them.

    Without the fault as many are sent, and read as they come. Adjacent ones may be merged, so
    that what they hold is little more than their text.
    """
    flooded = trio.Event()

    async def play(turn: FakeTurn) -> None:
        if turn.prompt == "unread":
            for number in range(_ITEMS):
                turn.server.send_bytes(_item(turn, f"msg_{number}"))
                await trio.sleep(0.01)
            flooded.set()
            await trio.sleep(60)
        else:
            for _ in range(400):
                turn.delta(f"{trio.current_time()} ")
                await trio.sleep(0.01)

    trial.play(play)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread, other = await client.start_thread(), await client.start_thread()
        before = blocks_held()
        with trial.within(300, "the turn of the unread stream"):
            async with client.stream(thread, "unread") as stream:
                lateness = trial.later(nursery, _worst_lateness_s, client.stream(other, "beside"))
                async with trio.open_nursery() as reading:
                    reader = Reader()
                    if not trial.fault:
                        reading.start_soon(reader.read, stream)
                    await flooded.wait()
                    await trial.settle()
                    kept = blocks_held() - before
                    if trial.fault:
                        reading.start_soon(reader.read, stream)
                answer = await stream.answer()
            worst_s = await lateness.result()
        trial.check(answer.status == "completed", "a wrong end")
        trial.check(worst_s <= 0.05, "another stream was late")
        trial.check(reader.is_right, "text is out of order, or double")
        trial.check(reader.chars == _ITEMS * len(_TEXT), "text is missing")
        trial.check(kept < _ITEMS * len(_PIECES) / 4, "unread deltas are held one by one")


def _item(turn: FakeTurn, item_id: str) -> bytes:
    """A whole message, of a thousand deltas."""
    told = {"threadId": turn.thread.thread_id, "turnId": turn.turn_id}
    begun = {**told, "item": turn.message(item_id, "", None), "startedAtMs": 1}
    ended = {**told, "item": turn.message(item_id, _TEXT, None), "completedAtMs": 1}
    delta = _line("item/agentMessage/delta", {**told, "itemId": item_id, "delta": "?"})
    deltas = [delta.replace(b"?", piece.encode()) for piece in _PIECES]
    return b"".join((_line("item/started", begun), *deltas, _line("item/completed", ended)))


class Reader:
    """Reads the deltas of a stream, and keeps none of them."""

    def __init__(self) -> None:
        self.chars: int = 0
        self.is_right: bool = True

    async def read(self, stream: Stream) -> None:
        """To the end."""
        async for event in stream:
            if event.method == "item/agentMessage/delta":
                delta = event.params["delta"]
                self.is_right &= _TEXT.startswith(delta, self.chars % len(_TEXT))
                self.chars += len(delta)


async def _worst_lateness_s(streaming: AbstractAsyncContextManager[Stream]) -> float:
    worst_s = 0.0
    async with streaming as stream:
        async for event in stream:
            if event.method == "item/agentMessage/delta":
                sent_s = float(event.params["delta"].split()[-1])
                worst_s = max(worst_s, trio.current_time() - sent_s)
    return worst_s
