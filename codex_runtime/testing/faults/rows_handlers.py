"""Rows about requests of the server and those who answer them.

Owns B23, B24, B25, B26 and B28, and the naive habits that they need. Each plays one fault on the
fake server. See `scenario`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import trio

from codex_runtime.errors import RequestNotPending
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.ours import OurClient

if TYPE_CHECKING:
    from codex_runtime.testing.fake_server import FakeTurn
    from codex_runtime.testing.faults.client import Approval, Client, Json
    from codex_runtime.testing.faults.trial import Trial


@scenario(
    "B23",
    "A handler that raises, answers junk or never returns costs its own request alone.",
    habit="runs the handler in its reader",
)
async def bad_handlers(trial: Trial) -> None:
    """Three turns ask for approval; another thread's turns run all the while."""
    decisions: dict[str, object] = {}
    seen: list[Approval] = []

    async def play(turn: FakeTurn) -> None:
        if turn.prompt != "quiet":
            answer = await turn.ask_approval()
            decisions[turn.prompt] = answer.get("result", {}).get("decision")
        turn.say("done")

    async def decide(asked: Approval) -> object:
        seen.append(asked)
        if not trial.fault:
            return "decline"
        if len(seen) == 1:
            raise RuntimeError("a mistake in the handler")
        if len(seen) > 2:
            await trio.sleep_forever()
        return {"decision": 42}

    trial.play(play)
    async with (
        trial.client(approve=decide, server_request_timeout_s=100) as client,
        trio.open_nursery() as nursery,
    ):
        thread, other = await client.start_thread(), await client.start_thread()
        for prompt in ("raises", "junk", "hangs"):
            asked = trial.later(nursery, client.ask, thread, prompt)
            await trio.sleep(1)
            with trial.within(60, "another thread's turn"):
                answer = await client.ask(other, "quiet")
            trial.check(answer.text == "done", "another thread's turn went wrong")
            with trial.within(200, "the turn of the handler"):
                answer = await asked.result()
            trial.check(answer.text == "done", "the turn of the handler went wrong")
    trial.check(decisions == dict.fromkeys(("raises", "junk", "hangs"), "decline"), "not declined")


@scenario(
    "B24",
    "While a handler thinks for a minute, other threads stream on.",
    habit="runs the handler in its reader",
)
async def slow_handler(trial: Trial) -> None:
    """One turn waits for a decision; another thread's turn is asked and read meanwhile."""

    async def play(turn: FakeTurn) -> None:
        if turn.prompt == "asks":
            await turn.ask_approval()
        turn.say("one ", "two")

    async def decide(asked: Approval) -> object:  # noqa: ARG001 - its shape
        await trio.sleep(60 if trial.fault else 0)
        return "decline"

    trial.play(play)
    async with trial.client(approve=decide) as client, trio.open_nursery() as nursery:
        thread, other = await client.start_thread(), await client.start_thread()
        asked = trial.later(nursery, client.ask, thread, "asks")
        await trio.sleep(1)
        with trial.within(5, "another thread's stream"):
            async with client.stream(other, "speaks") as stream:
                told = [event.method async for event in stream]
        trial.check(told.count("item/agentMessage/delta") == 2, "events are missing")
        with trial.within(120, "the turn of the handler"):
            answer = await asked.result()
        trial.check(answer.text == "one two", "the turn of the handler went wrong")


@scenario(
    "B25",
    "A request of an unknown method is answered with an error, once, under the same id.",
    habit="answers `{}` to what it does not know",
)
async def unknown_server_requests(trial: Trial) -> None:
    """Methods of the future: with and without params, with integer ids and a string id."""
    server = trial.server
    asked: dict[int | str, Json] = {
        7: {"method": "item/future/requestThing", "params": {"threadId": "t", "of": "tomorrow"}},
        "seven": {"method": "future/thing", "params": {}},
        0: {"method": "future/thingWithoutParams"},
        8: {"method": "future/thingOfNull", "params": None},
    }

    async def play(turn: FakeTurn) -> None:
        if trial.fault:
            for request_id, message in asked.items():
                server.send({"id": request_id, **message})
            await trio.sleep(1)
        turn.say("done")

    trial.play(play)
    async with trial.client() as client:
        thread = await client.start_thread()
        with trial.within(60, "the turn around the requests"):
            answer = await client.ask(thread, "hello")
        trial.check(answer.text == "done", "the turn went wrong")
    answers = server.answers()
    trial.check(all("error" in answer for answer in answers), "answered with a result")
    ids = sorted((answer["id"] for answer in answers), key=repr)
    wanted = sorted(asked, key=repr) if trial.fault else []
    trial.check(ids == wanted, "not answered once each under the same id")


class TaskPerRequest(NaiveClient):
    """Runs each handler in a task, as the second version of every client does."""

    async def take(self, message: Json) -> None:
        """Habit: nobody tells the task that its request was withdrawn."""
        if "method" in message and "id" in message:
            self.spawn(self.on_request, message)
            await trio.lowlevel.checkpoint()
        else:
            await super().take(message)


@scenario(
    "B26",
    "A decision that comes after its request was resolved or interrupted is not sent.",
    control=TaskPerRequest,
    habit="answers when the user clicks, however late",
)
async def late_decisions(trial: Trial) -> None:
    """Two turns ask; one is resolved by the server, one interrupted; then the user clicks."""
    server = trial.server
    for way in ("resolved", "interrupted"):
        clicked = trio.Event()
        asked: list[Approval] = []
        before = len(server.answers())

        async def decide(
            approval: Approval,
            clicked: trio.Event = clicked,
            asked: list[Approval] = asked,
        ) -> object:
            asked.append(approval)
            await clicked.wait()
            return "accept"

        async def play(turn: FakeTurn, way: str = way, asked: list[Approval] = asked) -> None:
            with trio.move_on_after(5 if trial.fault and way == "resolved" else 1000):
                await turn.ask_approval()
            server.notify(
                "serverRequest/resolved",
                {"threadId": turn.thread.thread_id, "requestId": asked[-1].request_id},
            )

        trial.play(play)
        async with trial.client(approve=decide) as client, trio.open_nursery() as nursery:
            thread = await client.start_thread()
            answer = trial.later(nursery, client.ask, thread, "hello")
            await trial.until(partial(len, asked), "the approval")
            if not trial.fault:
                clicked.set()
            elif way == "interrupted":
                with trial.within(30, "the interrupt"):
                    await client.interrupt(thread)
                server.notify(
                    "serverRequest/resolved",
                    {"threadId": thread, "requestId": asked[-1].request_id},
                )
            with trial.within(60, "the turn"):
                await answer.result()
            await trio.sleep(1)
            clicked.set()
            await trio.sleep(1)
            answers = [told.get("result") for told in server.answers()[before:]]
            trial.check(len(answers) <= 1, "answered twice")
            accepted = {"decision": "accept"} in answers
            trial.check(accepted is not trial.fault, "a late decision was sent")
            trial.check(_is_refused_here(client, thread, asked[-1]), "still shown as pending")


def _is_refused_here(client: Client, thread: str, asked: Approval) -> bool:
    """Ours says so, to whoever answers what is not pending any more."""
    if not isinstance(client, OurClient):
        return True
    session = client.sessions[thread]
    try:
        session.answer(asked.request_id or 0, asked.accept())
    except RequestNotPending:
        return session.pending_approvals == ()
    return False


@scenario(
    "B28",
    "Without a handler an approval is declined, and counted.",
    habit="accepts by default",
)
async def no_handler(trial: Trial) -> None:
    """A turn asks for approval of a client that was given no handler."""
    decisions: list[object] = []

    async def play(turn: FakeTurn) -> None:
        answer = await turn.ask_approval()
        decisions.append(answer.get("result", {}).get("decision"))
        turn.say("done")

    async def decline(asked: Approval) -> object:  # noqa: ARG001 - its shape
        await trio.lowlevel.checkpoint()
        return "decline"

    trial.play(play)
    async with trial.client(approve=None if trial.fault else decline) as client:
        thread = await client.start_thread()
        with trial.within(60, "the turn"):
            answer = await client.ask(thread, "hello")
        trial.check(answer.text == "done", "the turn went wrong")
        trial.check(decisions == ["decline"], "accepted though nobody was asked")
        if trial.fault and isinstance(client, OurClient):
            declined = client.runtime.statistics().server_requests_declined
            trial.check(declined == 1, "not counted as declined")
