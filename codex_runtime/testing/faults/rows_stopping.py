"""Rows about stopping a turn: too early, twice, in vain, by a stale id, with what it left running.

Owns B6, B7, B8, B9 and B10, and the naive habits that they need. Each plays one fault on the fake
server. See `catalogue`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.testing.fake_server import echo, silence
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.ours import OurClient
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from codex_runtime.model.results import EndedTerminal
    from codex_runtime.testing.fake_server import FakeTerminal, FakeTurn
    from codex_runtime.testing.faults.client import Client, Json
    from codex_runtime.testing.faults.trial import Later, Trial


async def silent_unless_quick(turn: FakeTurn) -> None:
    """Echo the prompt ``quick``; say nothing to any other."""
    await (echo(turn) if turn.prompt == "quick" else silence(turn))


async def _latest_turn(trial: Trial, number: int = 1) -> FakeTurn:
    """The turn of that number, once the client has seen it start."""
    turns = trial.server.turns
    await trial.until(lambda: len(turns) == number and turns[-1].started, "the turn's start")
    await trial.settle()
    return turns[-1]


async def _interrupted(trial: Trial, client: Client, thread: str, asked: Later) -> None:
    """Interrupt what was asked, and see that it is so."""
    with trial.within(30, "the interrupt"):
        outcome = await client.interrupt(thread)
        answer = await asked.result()
    trial.check(outcome == "interrupted", "the interrupt missed")
    trial.check(answer.status == "interrupted", "the ask told something else")
    trial.check(trial.server.turns[-1].status == "interrupted", "the turn runs on")


class TakesTheNamedId(NaiveClient):
    """Reads the refusals of the server."""

    async def interrupt(self, thread_id: str, turn_id: str | None = None) -> str:
        """Habit: when the server names another turn, interrupt that one."""
        try:
            return await super().interrupt(thread_id, turn_id)
        except ClientError as refusal:
            _, named, found = str(refusal).partition("but found ")
            if not named:
                raise
            return await super().interrupt(thread_id, found.strip("`"))


@scenario(
    "B6",
    "An interrupt or a steer that the server refuses for its id hits the turn that was meant.",
    control=TakesTheNamedId,
    habit="takes any id that the server names for the one it means",
)
async def stale_ids(trial: Trial) -> None:
    """Before the start, when only an old turn can be named; rotated ids; the id of an old turn."""
    trial.play(silent_unless_quick)
    await _ids_before_the_start(trial)
    for text in ("active turn id {} but found {}", "active turn id `{}` but found `{}`"):
        await _rotated_id(trial, f"expected {text}")
    await _id_of_an_ended_turn(trial)


async def _ids_before_the_start(trial: Trial) -> None:
    server = trial.server
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        for number in (1, 3):
            server.start_delay_s = 0.0
            await client.ask(thread, "quick")
            server.start_delay_s = 1.0 if trial.fault else 0.0
            asked = trial.later(nursery, client.ask, thread, "long")
            await trial.until(lambda: server.running, "the answer")
            await trial.settle()
            if number == 3:
                with trial.within(30, "the steer"):
                    await client.steer(thread, "more")
                trial.check(server.turns[-1].prompts == ["long", "more"], "the steer is lost")
            await _interrupted(trial, client, thread, asked)
    server.start_delay_s = 0.0


async def _rotated_id(trial: Trial, text: str) -> None:
    server = trial.server
    before = len(server.turns)

    def refuse(turn: FakeTurn, message: Json) -> bool:
        if message["method"] != "turn/interrupt" or message["params"]["turnId"] == turn.known_as:
            return False
        server.refuse(message, text.format(message["params"]["turnId"], turn.known_as))
        return True

    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        asked = trial.later(nursery, client.ask, thread, "long")
        turn = await _latest_turn(trial, before + 1)
        if trial.fault:
            turn.known_as = server.new_id()
            server.intercept = partial(refuse, turn)
        await _interrupted(trial, client, thread, asked)
        server.intercept = None


async def _id_of_an_ended_turn(trial: Trial) -> None:
    server = trial.server
    before = len(server.turns)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        ended = await client.ask(thread, "quick")
        asked = trial.later(nursery, client.ask, thread, "long")
        turn = await _latest_turn(trial, before + 2)
        if trial.fault:
            with trial.within(30, "the interrupt of a turn that had ended"):
                outcome = await client.interrupt(thread, ended.turn_id)
            trial.check(turn.status is None, "a stale id stopped another turn")
            trial.check(outcome in ("already_ended", "not_active"), "told that it stopped a turn")
        await _interrupted(trial, client, thread, asked)


@scenario(
    "B7",
    "An interrupt of a turn that was interrupted returns, though the server never answers it.",
    habit="asks the server again and waits for the answer, for ever",
)
async def interrupted_again(trial: Trial) -> None:
    """Two callers interrupt it once more when it has ended; then the next turn runs."""
    server = trial.server

    def answered(message: Json) -> bool:
        if message["method"] != "turn/interrupt":
            return False
        server.answer(message, {})
        return True

    trial.play(silent_unless_quick)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        asked = trial.later(nursery, client.ask, thread, "long")
        turn = await _latest_turn(trial)
        await _interrupted(trial, client, thread, asked)
        server.intercept = None if trial.fault else answered
        calls = [trial.later(nursery, client.interrupt, thread, turn.turn_id) for _ in range(2)]
        with trial.within(30, "an interrupt of an interrupted turn"):
            outcomes = {await call.result() for call in calls}
        trial.check(outcomes <= {"interrupted", "already_ended"}, "told something else")
        trial.check(client.pending == 0, "a request is left pending")
        with trial.within(30, "the next turn"):
            answer = await client.ask(thread, "quick")
        trial.check(answer.text == "echo: quick", "the next turn went wrong")


@scenario(
    "B8",
    "An interrupt that stops nothing returns at its bound and says that the turn still runs.",
    habit="believes any answer and waits for the end, for ever",
)
async def interrupts_in_vain(trial: Trial) -> None:
    """The server says yes and goes on, or says nothing; then a client that may restart it."""
    server = trial.server
    trial.play(silent_unless_quick)
    server.interrupts = "only_answer" if trial.fault else "obey"
    await _in_vain(trial)
    server.interrupts = "ignore" if trial.fault else "obey"
    await _in_vain(trial)
    if trial.fault:
        await _stuck_turn_restarts(trial)


async def _in_vain(trial: Trial) -> None:
    before = len(trial.server.turns)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        asked = trial.later(nursery, client.ask, thread, "long")
        turn = await _latest_turn(trial, before + 1)
        with trial.within(30, "the interrupt of a turn that goes on"):
            outcome = await client.interrupt(thread)
        wanted = "still_running" if trial.fault else "interrupted"
        trial.check(outcome == wanted, "told that the turn had ended")
        trial.check(asked.done.is_set() is not trial.fault, "the ask ended before its turn")
        turn.complete("interrupted")
        with trial.within(30, "the ask of the turn that ended at last"):
            answer = await asked.result()
        trial.check(answer.status == "interrupted", "the ask told something else")


async def _stuck_turn_restarts(trial: Trial) -> None:
    server = trial.server
    before = len(server.turns)
    async with trial.client(on_stuck_turn="restart") as client, trio.open_nursery() as nursery:
        threads = [await client.start_thread() for _ in range(2)]
        asked = [trial.later(nursery, client.ask, thread, "long") for thread in threads]
        await _latest_turn(trial, before + 2)
        starts = server.connections
        with trial.within(30, "the interrupt of a turn that goes on"):
            outcome = await client.interrupt(threads[0])
        trial.check(outcome == "still_running", "told that the turn had ended")
        with trial.within(30, "the asks of a server that was restarted"):
            statuses = [(await later.result()).status for later in asked]
        trial.check(statuses == ["lost", "lost"], "not told as lost")
        with trial.within(60, "the next turns"):
            answers = [await client.ask(thread, "quick") for thread in threads]
        texts = [answer.text for answer in answers]
        trial.check(texts == ["echo: quick"] * 2, "the next turns went wrong")
        trial.check(server.connections == starts + 1, "not restarted once")


_LATE_S: Final = 5.0


@scenario(
    "B9",
    "A stop while `turn/start` is not answered, or not begun, ends the turn as soon as it starts.",
    habit="has no id to stop before the answer, and no turn before its start",
)
async def stopped_too_early(trial: Trial) -> None:
    """The answer is late, the whole request is, or the start is; interrupted, or cancelled.

    What cannot be cancelled is interrupted.
    """
    server = trial.server
    trial.play(silence)
    late_s = _LATE_S if trial.fault else 0.0
    for way in ("answer", "request", "start"):
        before = len(server.turns)
        server.hold = {"turn/start"} if trial.fault and way == "answer" else set()
        server.delay_s = {"turn/start": late_s if way == "request" else 0.0}
        server.start_delay_s = late_s if way == "start" else 0.0
        async with trial.client() as client, trio.open_nursery() as nursery:
            thread = await client.start_thread()
            asked = trial.later(nursery, client.ask, thread, "long")
            await trio.sleep(0.1)
            if way == "request" and trial.fault and trial.cancels:
                asked.scope.cancel()
                with trial.within(20, "the cancelled ask"):
                    await asked.done.wait()
            else:
                with trial.within(20, "the interrupt of a turn that begins late"):
                    outcome = await client.interrupt(thread)
                trial.check(outcome == "interrupted", "the interrupt missed")
            await trio.sleep(2 * late_s)
            server.release()
            trial.check(len(server.turns) == before + 1, "the turn was not asked for once")
            trial.check(server.turns[-1].status == "interrupted", "the turn runs on")
            with trial.within(20, "the ask of an interrupted turn"):
                await asked.done.wait()
            if not asked.scope.cancelled_caught:
                trial.check(asked.value.status == "interrupted", "the ask told something else")


@scenario(
    "B10",
    "A turn is stopped with the commands that it left running; those of others run on.",
    habit="leaves the commands of an interrupted turn running",
)
async def commands_outlive_their_turn(trial: Trial) -> None:
    """The interrupted turn left one running, so did an earlier turn and one of another thread."""
    server = trial.server
    begun: dict[str, FakeTerminal] = {}

    async def play(turn: FakeTurn) -> None:
        if turn.prompt != "long" or trial.fault:
            begun[turn.prompt] = turn.run_in_background(f"sleep {600 + len(begun)}")
        await (silence(turn) if turn.prompt == "long" else echo(turn))

    trial.play(play)
    async with trial.client(experimental_api=True) as client, trio.open_nursery() as nursery:
        thread, other = await client.start_thread(), await client.start_thread()
        await client.ask(thread, "earlier")
        await client.ask(other, "elsewhere")
        asked = trial.later(nursery, client.ask, thread, "long")
        await _latest_turn(trial, 3)
        with trial.within(30, "the interrupt"):
            outcome, ended = await _interrupt_with_terminals(client, thread)
            await asked.result()
        trial.check(outcome == "interrupted", "the interrupt missed")
        left = {name for name, it in begun.items() if it in it.turn.thread.terminals}
        trial.check("long" not in left, "its command runs on")
        trial.check(left == {"earlier", "elsewhere"}, "a command of another turn was ended")
        if ended is not None and trial.fault:
            named = [(terminal.process_id, terminal.command) for terminal in ended]
            mine = begun["long"]
            trial.check(named == [(mine.process_id, mine.command)], "not told which it ended")
    trial.check(not server.merged, "a prompt was merged into a running turn")


async def _interrupt_with_terminals(
    client: Client, thread: str
) -> tuple[str, tuple[EndedTerminal, ...] | None]:
    """Ours is asked to end them as well; what another client does of itself is its own."""
    if isinstance(client, OurClient):
        told = await client.sessions[thread].interrupt_turn(terminals=True)
        return told.state, told.terminals
    return await client.interrupt(thread), None
