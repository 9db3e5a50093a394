"""Rows about interrupting a turn, and about two turns that want one thread.

Owns B5, B12, R1, R2 and R8, and the naive habits that they need. Each plays one fault on the fake
server. See `catalogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.testing.fake_server import captured_result, echo, silence
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient, NaiveTurn

if TYPE_CHECKING:
    from codex_runtime.testing.fake_server import FakeTurn
    from codex_runtime.testing.faults.client import Json
    from codex_runtime.testing.faults.trial import Trial


async def quiet_unless_next(turn: FakeTurn) -> None:
    """Echo the prompt ``next``; say nothing to any other."""
    await (echo(turn) if turn.prompt == "next" else silence(turn))


async def _first_turn(trial: Trial) -> FakeTurn:
    """The first turn, once the client has seen it start."""
    turns = trial.server.turns
    await trial.until(lambda: turns and turns[0].started, "the turn's start")
    await trial.settle()
    return turns[0]


@scenario(
    "B5",
    "A prompt for a thread whose turn runs waits here, and an interrupt still hits that turn.",
    habit="sends `turn/start` during a turn and believes the id it gets",
)
async def phantom_turn_ids(trial: Trial) -> None:
    """During a turn the server gives the id of a turn that never starts to whoever asks for one."""
    server = trial.server

    def phantom(message: Json) -> bool:
        if message["method"] != "turn/start":
            return False
        told = captured_result("turn/start")
        told["turn"]["id"] = server.new_id()
        server.answer(message, told)
        return True

    trial.play(quiet_unless_next)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        first = trial.later(nursery, client.ask, thread, "first")
        turn = await _first_turn(trial)
        later = None
        if trial.fault:
            server.intercept = phantom
            later = trial.later(nursery, client.ask, thread, "next")
            await trio.sleep(1)
            server.intercept = None
        with trial.within(30, "the interrupt"):
            outcome = await client.interrupt(thread)
        trial.check(outcome == "interrupted", "the interrupt missed")
        trial.check(turn.status == "interrupted", "the turn runs on")
        with trial.within(30, "the interrupted ask"):
            await first.result()
        later = later or trial.later(nursery, client.ask, thread, "next")
        with trial.within(60, "the ask that waited"):
            answer = await later.result()
        trial.check(answer.text == "echo: next", "the ask that waited got no turn of its own")
    trial.check(server.merged == [], "a prompt was merged into the running turn")


class ForgetfulReload(NaiveClient):
    """Begins anew with a thread that it takes up."""

    async def resume_thread(self, thread_id: str) -> None:
        """Habit: nothing runs on a thread that was just loaded."""
        await super().resume_thread(thread_id)
        self.turns.pop(thread_id, None)


@scenario(
    "B12",
    "A thread that is taken up again while its turn runs can still be interrupted.",
    control=ForgetfulReload,
    habit="believes that nothing runs on a thread it has just loaded",
)
async def reload_then_interrupt(trial: Trial) -> None:
    """The same client resumes the thread during the turn."""
    trial.play(silence)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        asked = trial.later(nursery, client.ask, thread, "hello")
        turn = await _first_turn(trial)
        if trial.fault:
            await client.resume_thread(thread)
        with trial.within(30, "the interrupt"):
            outcome = await client.interrupt(thread)
        trial.check(outcome == "interrupted", "the interrupt missed")
        trial.check(turn.status == "interrupted", "the turn runs on")
        with trial.within(30, "the interrupted ask"):
            answer = await asked.result()
        trial.check(answer.status == "interrupted", "the ask told something else")


@scenario(
    "R1",
    "Of two interrupts of one turn both return, though the server answers the first alone.",
    habit="sends each interrupt and waits for each answer, for ever",
)
async def second_interrupt_is_not_answered(trial: Trial) -> None:
    """The turn ends a second after the first interrupt."""
    trial.server.interrupts = "only_answer"
    trial.play(silence)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        asked = trial.later(nursery, client.ask, thread, "hello")
        turn = await _first_turn(trial)
        calls = [trial.later(nursery, client.interrupt, thread) for _ in range(2)]
        await trio.sleep(1)
        unanswered = list(turn.thread.unanswered)
        turn.thread.unanswered.clear()
        for message in [] if trial.fault else unanswered:  # 0.163.0 leaves them so
            trial.server.answer(message, {})
        turn.complete("interrupted")
        with trial.within(30, "an interrupt of a turn that had ended"):
            outcomes = [await call.result() for call in calls]
            answer = await asked.result()
        trial.check(outcomes == ["interrupted", "interrupted"], "an interrupt told something else")
        trial.check(answer.status == "interrupted", "the ask told something else")
        trial.check(client.pending == 0, "a request is left pending")


@scenario(
    "R2",
    "Two asks at once on one thread are two turns, each with its own text, in order.",
    habit="sends `turn/start` at once; the server adds it to the running turn",
)
async def two_asks_at_once(trial: Trial) -> None:
    """Without the fault the second is asked when the first has ended."""

    async def play(turn: FakeTurn) -> None:
        await trio.sleep(10)
        await echo(turn)

    trial.play(play)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        with trial.within(60, "two asks at once"):
            first = trial.later(nursery, client.ask, thread, "first")
            if trial.fault:
                await trial.settle()
            else:
                await first.result()
            second = trial.later(nursery, client.ask, thread, "second")
            answers = [await first.result(), await second.result()]
    texts = [answer.text for answer in answers]
    trial.check(texts == ["echo: first", "echo: second"], "an ask got the text of another")
    trial.check(answers[0].turn_id != answers[1].turn_id, "two asks shared a turn")
    trial.check(trial.server.merged == [], "a prompt was merged into the running turn")


_WORKERS: Final = 40
"""What ``asyncio.to_thread`` has on a common machine, or fewer."""


class PoolOfWorkers(NaiveClient):
    """A blocking client behind a pool: whatever waits holds a worker."""

    workers: trio.CapacityLimiter | None = None

    def pool(self) -> trio.CapacityLimiter:
        """One for the client."""
        self.workers = self.workers or trio.CapacityLimiter(_WORKERS)
        return self.workers

    async def begin(self, thread_id: str, prompt: str, key: str | None = None) -> NaiveTurn:
        """Habit: a worker from here to the end of the turn."""
        await self.pool().acquire_on_behalf_of(token := object())
        turn = await super().begin(thread_id, prompt, key)
        self.spawn(self.free, turn, token)
        return turn

    async def free(self, turn: NaiveTurn, token: object) -> None:
        """The end of the turn frees its worker."""
        await turn.ended.wait()
        self.pool().release_on_behalf_of(token)

    async def request(self, method: str, params: Json, then: object = None) -> Json:
        """An interrupt needs a worker as well."""
        if method != "turn/interrupt":
            return await super().request(method, params, then)  # type: ignore[arg-type]
        async with self.pool():
            return await super().request(method, params)


@scenario(
    "R8",
    "An interrupt is as fast while 64 turns wait for a silent model as with none waiting.",
    control=PoolOfWorkers,
    habit="a worker of a pool waits in every turn; the interrupt finds none free",
)
async def interrupt_beside_silent_turns(trial: Trial) -> None:
    """Without the fault one turn waits."""
    trial.play(silence)
    count = 64 if trial.fault else 1
    async with trial.client() as client, trio.open_nursery() as nursery:
        threads = [await client.start_thread() for _ in range(count)]
        asked = [trial.later(nursery, client.ask, thread, "hello") for thread in threads]
        await trial.until(
            lambda: sum(turn.started for turn in trial.server.turns) >= min(count, _WORKERS),
            "the starts of the turns",
        )
        await trial.settle()
        with trial.within(1, "an interrupt beside silent turns"):
            outcome = await client.interrupt(threads[0])
            await asked[0].result()
        trial.check(outcome == "interrupted", "the interrupt missed")
        for later in asked:
            later.scope.cancel()
