"""Rows about whose events a turn gets, in which order, and what ends it.

Owns B2, B3, B4 and B11, and the naive habits that they need. Each plays one fault on the fake
server. See `catalogue`.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import trio

from codex_runtime.testing.fake_server import captured_notification
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient, NaiveTurn

if TYPE_CHECKING:
    from codex_runtime.testing.fake_server import FakeTurn
    from codex_runtime.testing.faults.client import Json
    from codex_runtime.testing.faults.trial import Trial


@scenario(
    "B2",
    "A turn whose end comes before the answer to `turn/start` yields all its events and ends.",
    habit="knows a turn from the answer on; what came before is dropped",
)
async def end_before_the_answer(trial: Trial) -> None:
    """The answer is held back until the turn has ended: at once, and a moment later."""
    server = trial.server
    for pause_s in (0.0, 0.5):

        async def play(turn: FakeTurn, pause_s: float = pause_s) -> None:
            turn.say("all ", "of ", "it")
            turn.complete()
            with trio.CancelScope(shield=True):  # the end of a turn ends its play
                await trio.sleep(pause_s)
            server.release()

        trial.play(play)
        server.hold = {"turn/start"} if trial.fault else set()
        async with trial.client() as client:
            thread = await client.start_thread()
            with trial.within(60, "the stream of a turn that had ended"):
                async with client.stream(thread, "hello") as stream:
                    events = [event.method async for event in stream]
                    answer = await stream.answer()
        trial.check(events.count("item/agentMessage/delta") == 3, "events are missing")
        trial.check(events[-1] == "turn/completed", "the end is not last")
        trial.check((answer.status, answer.text) == ("completed", "all of it"), "a wrong text")


class LateReplay(NaiveClient):
    """Keeps what comes early, and replays it once the turn is registered."""

    early: dict[str, list[tuple[str, Json]]]

    def on_notification(self, method: str, params: Json) -> None:
        """Keep what belongs to no turn that is known."""
        if self.turn_of(params) is None and "turnId" in params:
            vars(self).setdefault("early", {}).setdefault(params["turnId"], [])
            self.early[params["turnId"]].append((method, params))
        else:
            super().on_notification(method, params)

    async def begin(self, thread_id: str, prompt: str, key: str | None = None) -> NaiveTurn:
        """Habit: registered first, replayed afterwards, while the reader goes on."""
        turn = await super().begin(thread_id, prompt, key)
        for method, params in vars(self).setdefault("early", {}).pop(turn.turn_id, ()):
            await trio.lowlevel.checkpoint()
            self.on_notification(method, params)
        return turn


@scenario(
    "B3",
    "Events that come around the answer to `turn/start` are handed out once each, in order.",
    control=LateReplay,
    habit="replays early events while later ones are handed out",
)
async def events_around_the_answer(trial: Trial) -> None:
    """A thousand deltas, the answer somewhere among them, other tasks let in at random."""
    server = trial.server
    for seed in range(4):
        chance = random.Random(seed)  # noqa: S311 - a schedule, not a secret
        answered_at = chance.randrange(1, 1000) if trial.fault else 0

        async def play(
            turn: FakeTurn, chance: random.Random = chance, answered_at: int = answered_at
        ) -> None:
            for number in range(1000):
                if number == answered_at:
                    server.release()
                turn.delta(f"{number} ")
                if chance.random() < 0.1:
                    await trio.sleep(chance.choice((0, 0, 0.001)))

        trial.play(play)
        server.hold = {"turn/start"}
        async with trial.client() as client:
            thread = await client.start_thread()
            with trial.within(60, "the stream"):
                async with client.stream(thread, "count") as stream:
                    events = [event async for event in stream]
        deltas = [e.params["delta"] for e in events if e.method == "item/agentMessage/delta"]
        told = "".join(deltas).split()
        trial.check(len(told) == 1000, "deltas are missing or double")
        trial.check(told == [str(number) for number in range(1000)], "out of order")


class AnyCompletion(NaiveClient):
    """Takes every event for the turn it waits for."""

    def turn_of(self, params: Json) -> NaiveTurn | None:  # noqa: ARG002 - that is the habit
        """Habit: there is one turn."""
        return next(iter(self.turns.values()), None)


_CHILDREN = ("short", "long")


@scenario(
    "B4",
    "The turns of child threads neither end nor feed nor bill the turn of their parent.",
    control=AnyCompletion,
    habit="any `turn/completed` ends the turn it waits for",
)
async def child_threads_end_first(trial: Trial) -> None:
    """Two children speak and cost; one ends before its parent does, one after."""
    server = trial.server

    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        turn.delta("parent ")
        if trial.fault and turn.prompt == "parent":
            short, _long = [turn.spawn_child(said, trial.watched(child)) for said in _CHILDREN]
            await trial.until(lambda: short.status, "the end of the short child")
            await trio.sleep(1)
        turn.delta("speaks")
        turn.end_message("parent speaks")
        turn.usage(10)

    async def child(turn: FakeTurn) -> None:
        turn.say("child ", "speaks")
        turn.usage(1000)
        await trio.sleep(5 if turn.prompt == "long" else 0.5)
        turn.usage(1000)

    async def next_turn(turn: FakeTurn) -> None:
        await trio.sleep(20)  # the long child ends meanwhile
        await play(turn)

    trial.play(play)
    async with trial.client() as client:
        thread = await client.start_thread()
        for prompt in ("parent", "next"):
            with trial.within(60, "the parent's turn"):
                answer = await client.ask(thread, prompt)
            trial.check(
                (answer.status, answer.text) == ("completed", "parent speaks"),
                "cut short by a child",
            )
            trial.check(answer.tokens == 10, "billed for its children")
            trial.play(next_turn)
    trial.check(not server.running, "a child never ended")


@scenario(
    "B11",
    "What an interrupted turn still says after the next `turn/start` is no part of the next turn.",
    habit="an event belongs to the turn that runs on its thread, whichever it names",
)
async def late_end_of_an_interrupted_turn(trial: Trial) -> None:
    """The first turn's last delta and its end come again when the second has begun."""
    server = trial.server

    async def play(turn: FakeTurn) -> None:
        if turn.prompt == "first":
            await trio.sleep_forever()
        if trial.fault:
            first = server.turns[0]
            first.emit("item/agentMessage/delta", itemId="msg_1", delta="late ")
            told = captured_notification("turn/completed")
            told["threadId"] = first.thread.thread_id
            told["turn"] |= {"id": first.turn_id, "status": "interrupted"}
            server.notify("turn/completed", told)
            await trio.sleep(1)
        turn.say("second")

    trial.play(play)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        asked = trial.later(nursery, client.ask, thread, "first")
        await trial.until(lambda: server.turns and server.turns[0].started, "the first turn")
        await trial.settle()
        with trial.within(30, "the interrupt"):
            outcome = await client.interrupt(thread)
            stopped = await asked.result()
        trial.check((outcome, stopped.status) == ("interrupted", "interrupted"), "not interrupted")
        with trial.within(60, "the next turn"):
            async with client.stream(thread, "second") as stream:
                named = [event.params.get("turnId", stream.turn_id) async for event in stream]
                answer = await stream.answer()
        trial.check(answer.status == "completed", "the next turn ended as the first")
        trial.check(answer.text == "second", "the next turn says what the first said")
        trial.check(set(named) == {stream.turn_id}, "events of the first turn in the next")
