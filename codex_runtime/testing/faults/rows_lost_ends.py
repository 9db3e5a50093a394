"""Rows about ends of turns that are lost, raced or false.

Owns B1, B31, B35 and B41, and the naive habits that they need. Each plays one fault on the fake
server. See `catalogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.testing.fake_server import echo
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient, NaiveTurn
from codex_runtime.testing.faults.ours import OurClient

if TYPE_CHECKING:
    from codex_runtime.testing.fake_server import FakeThread, FakeTurn
    from codex_runtime.testing.faults.client import Answer, Client, Json
    from codex_runtime.testing.faults.trial import Trial


@scenario(
    "B1",
    "A turn whose `turn/completed` never comes ends as the server's record says, and says so.",
    habit="waits for `turn/completed` and for nothing else",
)
async def the_end_is_not_told(trial: Trial) -> None:
    """All is said and the thread rests; or nothing more is told at all, not even that it rests."""
    for way in ("no end", "no rest"):

        async def play(turn: FakeTurn, way: str = way) -> None:
            turn.say("all ", "of ", "it")
            turn.thread.subscribed = way == "no end" or not trial.fault
            turn.complete(told=not trial.fault)
            turn.thread.subscribed = True
            await trio.lowlevel.checkpoint()

        trial.play(play)
        # Where nothing tells that the thread rests only the silence does, in ten minutes.
        bound_s = 20 if way == "no end" else 700
        async with trial.client() as client:
            thread = await client.start_thread()
            with trial.within(bound_s, "the ask of a turn that had ended"):
                answer = await client.ask(thread, "hello")
            _check_whole(trial, answer)
            with trial.within(bound_s, "the stream of a turn that had ended"):
                async with client.stream(thread, "hello") as stream:
                    methods = [event.method async for event in stream]
                    answer = await stream.answer()
            _check_whole(trial, answer)
            trial.check(methods.count("item/agentMessage/delta") == 3, "events are missing")


def _check_whole(trial: Trial, answer: Answer) -> None:
    trial.check((answer.status, answer.text) == ("completed", "all of it"), "a wrong end")
    trial.check(answer.reconciled is trial.fault, "not told where the end is from")


class RetriesTheRequest(NaiveClient):
    """Has a deadline for requests, and a second try."""

    async def begin(self, thread_id: str, prompt: str, key: str | None = None) -> NaiveTurn:
        """Habit: what was not answered was not done."""
        with trio.move_on_after(10):
            return await super().begin(thread_id, prompt, key)
        return await super().begin(thread_id, prompt, key)


@scenario(
    "B31",
    "A prompt whose `turn/start` is not answered runs once, and its end is found.",
    control=RetriesTheRequest,
    habit="sends the prompt again when it is not answered",
)
async def the_answer_is_lost(trial: Trial) -> None:
    """The turn is short or long; its events come, or nothing of it but the record; then the next.

    Only a key finds a turn of which nothing is told.
    """
    for lasts_s, key, is_told in (
        (1.0, None, True),
        (60.0, None, True),
        (1.0, "first", True),
        (60.0, "first", True),
        (1.0, "first", False),
    ):
        await _run_once(trial, lasts_s, key, is_told=is_told)


async def _run_once(trial: Trial, lasts_s: float, key: str | None, *, is_told: bool) -> None:
    server = trial.server
    before, merged = len(server.turns), len(server.merged)

    async def play(turn: FakeTurn) -> None:
        if turn.prompt == "first":
            await trio.sleep(lasts_s)
        await echo(turn)

    def is_lost(message: Json) -> bool:
        if message["method"] == "turn/start":
            server.intercept = None
            server.threads[message["params"]["threadId"]].subscribed = is_told
            server.hold = {"turn/start"}
        return False

    trial.play(play)
    server.intercept = is_lost if trial.fault else None
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        asked = trial.later(nursery, _ask, client, thread, key)
        await trial.until(lambda: len(server.turns) > before, "the turn")
        server.hold.clear()  # the answer that is held is lost; others are sent
        with trial.within(300, "the ask that was not answered"):
            answer = await asked.result()
        trial.check((answer.status, answer.text) == ("completed", "echo: first"), "a wrong end")
        server.threads[thread].subscribed = True
        with trial.within(300, "the next ask"):
            answer = await client.ask(thread, "next")
        trial.check(answer.text == "echo: next", "the next ask went wrong")
    trial.check(len(server.turns) == before + 2, "the prompt ran twice")
    trial.check(len(server.merged) == merged, "the prompt was added to its own turn")


async def _ask(client: Client, thread: str, key: str | None) -> Answer:
    return await client.ask(thread, "first", key=key)


class BelievesTheSnapshot(NaiveClient):
    """Takes up a thread with what runs on it."""

    async def resume_thread(self, thread_id: str) -> None:
        """Habit: what the answer says is running is running, whatever came before or comes since.

        A turn's end that arrives before the answer is of no turn that is known yet.
        """

        def register(opened: Json) -> None:
            for turn in opened["thread"]["turns"]:
                if turn["status"] == "inProgress":
                    self.turns[thread_id] = NaiveTurn(self, thread_id, turn["id"])

        await self.request("thread/resume", {"threadId": thread_id}, register)

    async def begin(self, thread_id: str, prompt: str, key: str | None = None) -> NaiveTurn:
        """Wait for what runs, then ask."""
        running = self.turns.get(thread_id)
        if running is not None:
            await running.ended.wait()
        return await super().begin(thread_id, prompt, key)


_ENDS: Final = ("untold", "told first", "at look 1", "at look 2", "afterwards")


@scenario(
    "B35",
    "A turn that ends while its thread is taken up is there once, with its whole answer.",
    control=BelievesTheSnapshot,
    habit="waits for the end of a turn that ended before the snapshot arrived",
)
async def taken_up_as_it_ends(trial: Trial) -> None:
    """A turn of somebody else ends at every point of the resume; then a prompt is asked."""
    for at in _ENDS if trial.fault else ("afterwards",):
        await _taken_up(trial, at)


async def _taken_up(trial: Trial, at: str) -> None:
    server = trial.server
    looks = 0

    async def foreign(turn: FakeTurn) -> None:
        turn.begin_message(phase="final_answer")
        turn.delta("half and ")
        await trio.sleep_forever()

    def look(message: Json) -> bool:
        nonlocal looks
        if message["method"] == "thread/turns/list":
            looks += 1
            if at == f"at look {looks}":
                _finish(turn)
        return False

    trial.play(echo)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = server.new_thread()
        told = {"input": [{"type": "text", "text": "foreign"}]}
        turn = server.begin_turn(thread, told, play=trial.watched(foreign))
        await trial.until(lambda: turn.said, "the turn of somebody else")
        thread.subscribed = False
        server.hold = {"thread/resume"}
        server.intercept = look
        resumed = trial.later(nursery, client.resume_thread, thread.thread_id)
        await trial.until(lambda: server.held, "the resume")
        if at in ("untold", "told first"):
            thread.subscribed = at == "told first"
            _finish(turn)
            thread.subscribed = True
        server.release()
        with trial.within(60, "the resume"):
            await resumed.result()
        await trial.settle()
        _finish(turn)  # unless it has ended
        await _is_there_once(trial, client, thread)
    server.intercept = None


def _finish(turn: FakeTurn) -> None:
    if turn.status is None:
        turn.delta("half")
        turn.end_message("half and half", phase="final_answer")
        turn.complete()


async def _is_there_once(trial: Trial, client: Client, thread: FakeThread) -> None:
    with trial.within(60, "the ask after the resume"):
        answer = await client.ask(thread.thread_id, "next")
    trial.check((answer.status, answer.text) == ("completed", "echo: next"), "a wrong answer")
    trial.check(trial.server.merged == [], "a prompt was merged into the running turn")
    if isinstance(client, OurClient):
        async with client.sessions[thread.thread_id].observe() as view:
            turns = [(turn.status, turn.text) for turn in view.state.turns]
        wanted = [("completed", "half and half"), ("completed", "echo: next")]
        trial.check(turns == wanted, "not there once and whole")


_FAILURES: Final[tuple[tuple[str, Json, str], ...]] = (
    ("You've hit your usage limit.", "usageLimitExceeded", "usageLimitExceeded"),
    ("stream disconnected", {"responseStreamDisconnected": {"httpStatusCode": None}}, ""),
    ("It is too long.", "contextWindowExceeded", "contextWindowExceeded"),
    ("Something of tomorrow.", "aKindOfTomorrow", "aKindOfTomorrow"),
    ("Nobody knows why.", None, ""),
)


@scenario(
    "B41",
    "A turn that failed is told as failed, with what the server says of it.",
    habit="takes every turn that was not interrupted for a success",
)
async def failed_turns(trial: Trial) -> None:
    """Kinds of failure: known, with details, not known yet, none; with and without words before."""
    for message, kind, name in _FAILURES:
        for said in ("", "so far"):

            async def play(
                turn: FakeTurn, message: str = message, kind: Json = kind, said: str = said
            ) -> None:
                if said:
                    turn.say(said)
                if trial.fault:
                    turn.fail(message, kind)
                await trio.lowlevel.checkpoint()

            trial.play(play)
            async with trial.client() as client:
                thread = await client.start_thread()
                with trial.within(60, "the ask of a turn that failed"):
                    answer = await client.ask(thread, "hello")
                wanted = ("failed", message) if trial.fault else ("completed", "")
                trial.check(answer.status == wanted[0], "told as a success")
                trial.check(answer.error == wanted[1], "not told why")
                trial.check(answer.text == said, "what it said is lost")
                if trial.fault and name:
                    trial.check(answer.error_kind == name, "not told what kind of failure")
                with trial.within(60, "the next ask"):
                    trial.play(echo)
                    answer = await client.ask(thread, "next")
                trial.check(answer.text == "echo: next", "the next ask went wrong")
