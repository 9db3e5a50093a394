"""Rows about answers that are refused for now, lost or late, and about requests that come twice.

Owns B27, B30 and B32, and the naive habits that they need. Each plays one fault on the fake server.
See `catalogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.errors import CodexRuntimeError
from codex_runtime.testing.fake_server import (
    OVERLOADED,
    captured_request,
    captured_result,
    echo,
    silence,
)
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.ours import OurClient
from codex_runtime.testing.faults.rows_handlers import TaskPerRequest
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from codex_runtime.testing.fake_server import FakeAppServer, FakeTurn
    from codex_runtime.testing.faults.client import Answer, Approval, Client, Json
    from codex_runtime.testing.faults.trial import Trial

_APPROVAL: Final = "item/commandExecution/requestApproval"


def _approval(thread_id: str, turn_id: str) -> Json:
    """The params of a request for approval."""
    return {**captured_request(_APPROVAL), "threadId": thread_id, "turnId": turn_id}


@scenario(
    "B27",
    "A request that the server repeats under its id is shown once and answered once.",
    control=TaskPerRequest,
    habit="takes a request that is repeated for another one",
)
async def repeated_requests(trial: Trial) -> None:
    """An open request comes again while its thread is taken up: before the answer, and after it."""
    for early in (True, False):
        await _repeated(trial, early=early)
    if trial.fault:
        await _repeated_by_the_next_process(trial)


async def _repeated(trial: Trial, *, early: bool) -> None:
    server = trial.server
    before = len(server.answers())
    seen: list[Approval] = []
    clicked = trio.Event()
    asked: Json = {"method": _APPROVAL, "id": 70}

    async def decide(approval: Approval) -> object:
        seen.append(approval)
        await clicked.wait()
        return "accept"

    async def play(turn: FakeTurn) -> None:
        asked["params"] = _approval(turn.thread.thread_id, turn.turn_id)
        server.request(_APPROVAL, asked["params"], asked["id"])
        await trial.until(lambda: len(server.answers()) > before, "the decision")
        await trio.sleep(1)  # for one decision too many
        turn.say("done")

    def repeat(message: Json) -> bool:
        if message["method"] == "thread/resume" and early:
            server.send(asked)
        return False

    trial.play(play)
    server.intercept = repeat if trial.fault else None
    async with trial.client(approve=decide) as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        later = trial.later(nursery, client.ask, thread, "hello")
        await trial.until(lambda: seen, "the approval")
        await client.resume_thread(thread)
        if trial.fault and not early:
            server.send(asked)
        await trial.settle()
        trial.check(len(seen) == 1, "shown twice")
        if isinstance(client, OurClient):
            pending = [one.request_id for one in client.sessions[thread].pending_approvals]
            trial.check(pending == [70], "pending twice, or not at all")
        clicked.set()
        with trial.within(60, "the turn of the request"):
            answer = await later.result()
        trial.check(answer.text == "done", "the turn went wrong")
    trial.check(_answers(server, before) == [(70, "accept")], "not answered once")
    server.intercept = None


async def _repeated_by_the_next_process(trial: Trial) -> None:
    """The server dies with an open request; the next repeats it before the thread is there.

    What has ended with the server is no turn to decide for, so it names another one. Under which id
    a client shows it is its own affair: every process counts anew, and a late answer to the first
    is none to the second.
    """
    server = trial.server
    before = len(server.answers())
    seen: list[Approval] = []

    async def decide(approval: Approval) -> object:
        seen.append(approval)
        if len(seen) == 1:
            await trio.sleep_forever()
        return "accept"

    async def play(turn: FakeTurn) -> None:
        if turn.prompt != "next":
            server.request(_APPROVAL, _approval(turn.thread.thread_id, turn.turn_id), 70)
            await trio.sleep_forever()
        await trial.until(lambda: len(server.answers()) > before, "the decision")
        await echo(turn)

    def repeat(message: Json) -> bool:
        if message["method"] == "thread/resume":
            params = _approval(message["params"]["threadId"], server.new_id())
            server.request(_APPROVAL, params, 70)
        return False

    trial.play(play)
    async with trial.client(approve=decide) as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        later = trial.later(nursery, client.ask, thread, "hello")
        await trial.until(lambda: seen, "the approval")
        await trial.settle()
        server.crash()
        with trial.within(60, "the ask of a server that died"):
            lost = await later.result()
        trial.check(lost.status == "lost", "not told as lost")
        server.intercept = repeat
        with trial.within(60, "the ask of the next process"):
            answer = await client.ask(thread, "next")
        trial.check(answer.text == "echo: next", "the next turn went wrong")
        trial.check(len(seen) == 2, "not shown once by each process")
    trial.check(_answers(server, before) == [(70, "accept")], "not answered once")
    server.intercept = None


def _answers(server: FakeAppServer, before: int) -> list[tuple[object, object]]:
    return [(told["id"], told["result"]["decision"]) for told in server.answers()[before:]]


_BUSY_WITH_DATA: Final = {**OVERLOADED, "data": {"queue": "ingress", "depth": 128}}


@scenario(
    "B30",
    "What an overloaded server refuses is asked again; what it does not answer is not.",
    habit="gives every refusal of the server to its user, and waits for every answer",
)
async def overloaded_server(trial: Trial) -> None:
    """Refused twice, bare and with data, then taken; then a call and a prompt are not answered."""
    server = trial.server
    trial.play(echo)
    async with trial.client() as client:
        thread = await client.start_thread()
        for busy in (OVERLOADED, _BUSY_WITH_DATA):
            refusals = [busy, busy] if trial.fault else []
            server.fail = {name: list(refusals) for name in ("account/read", "turn/start")}
            with trial.within(30, "a call that was refused"):
                await client.call("account/read", {})
            with trial.within(30, "an ask that was refused"):
                answer = await client.ask(thread, "hello")
            trial.check(answer.text == "echo: hello", "the turn went wrong")
            trial.check(not any(server.fail.values()), "not asked again")
        sent = len(server.received)
        server.drop = {"account/read", "turn/start"} if trial.fault else set()
        with trial.within(30, "a call that is not answered"):
            kind, certain = await _unanswered(client)
        wanted = ("timeout", False) if trial.fault else ("answered", True)
        trial.check((kind, certain) == wanted, "told something else of what is not known")
        with trial.within(60, "an ask that is not answered"):
            status = await _unanswered_ask(client, thread)
        wanted_status = ("timed_out", "timeout") if trial.fault else ("completed",)
        trial.check(status in wanted_status, "told something else of what is not known")
        asked = [message.get("method") for message in server.received[sent:]]
        trial.check(asked.count("account/read") == 1, "a call was sent again")
        trial.check(asked.count("turn/start") == 1, "a prompt was sent again")


async def _unanswered(client: Client) -> tuple[str, bool]:
    """What a call came to, and whether it is known what became of it."""
    try:
        await client.call("account/read", {}, timeout_s=5.0)
    except ClientError as problem:
        cause = problem.__cause__
        certain = isinstance(cause, CodexRuntimeError) and cause.outcome_certain
        return problem.kind, certain
    return "answered", True


async def _unanswered_ask(client: Client, thread: str) -> str:
    try:
        answer = await client.ask(thread, "hello", deadline_s=5.0)
    except ClientError as problem:
        return problem.kind
    return answer.status


class ForgetsWhatTimedOut(NaiveClient):
    """Has a deadline for asks."""

    async def ask(
        self,
        thread_id: str,
        prompt: str,
        *,
        deadline_s: float | None = None,
        key: str | None = None,
    ) -> Answer:
        """Habit: what timed out is forgotten, so that its late answer is nobody's."""
        request_id = self.last_id + 1
        with trio.move_on_after(float("inf") if deadline_s is None else deadline_s):
            return await super().ask(thread_id, prompt, key=key)
        self.calls.pop(request_id, None)
        raise ClientError("timeout")


@scenario(
    "B32",
    "A late answer stops its turn, which nobody waits for, and nothing that comes with it is lost.",
    control=ForgetsWhatTimedOut,
    habit="forgets what timed out; its late answer ends the reader",
)
async def late_answers(trial: Trial) -> None:
    """Late answer and start come in one write with the approval that another turn asks for."""
    server = trial.server
    late: list[Json] = []
    decisions: list[object] = []

    async def play(turn: FakeTurn) -> None:
        if turn.prompt == "asks":
            await trial.until(lambda: not late, "the late answer")
            decisions.append((await turn.ask_approval())["result"]["decision"])
        await (silence(turn) if turn.prompt == "late" and trial.fault else echo(turn))

    async def decide(asked: Approval) -> object:  # noqa: ARG001 - its shape
        await trio.lowlevel.checkpoint()
        return "accept"

    def put_off(message: Json) -> bool:
        if message["method"] == "turn/start" and trial.fault:
            late.append(message)
        return message["method"] == "turn/start" and trial.fault

    trial.play(play)
    async with trial.client(approve=decide) as client, trio.open_nursery() as nursery:
        thread, other = await client.start_thread(), await client.start_thread()
        late.append({})
        asking = trial.later(nursery, client.ask, other, "asks")
        await trial.until(lambda: server.turns, "the turn that asks")
        server.intercept = put_off
        late.clear()
        asked = trial.later(nursery, _ask_with_deadline, client, thread)
        await trio.sleep(8)
        told = await asked.result()
        wanted = ("timed_out", "timeout") if trial.fault else ("completed",)
        trial.check(told in wanted, "the deadline did not end the ask")
        server.intercept = None
        for message in late:
            turn = server.begin_turn(server.threads[thread], message["params"])
            result = captured_result("turn/start")
            result["turn"].update(id=turn.turn_id)
            server.answer(message, result)
        late.clear()
        with trial.within(60, "the turn that asks for approval"):
            answer = await asking.result()
        trial.check(answer.text == "echo: asks", "the turn that asks went wrong")
        trial.check(decisions == ["accept"], "the approval was not delivered")
        with trial.within(60, "the next ask"):
            answer = await client.ask(thread, "next")
        trial.check(answer.text == "echo: next", "the next ask went wrong")
        statuses = [turn.status for turn in server.turns if turn.prompt == "late"]
        wanted_status = "interrupted" if trial.fault else "completed"
        trial.check(statuses == [wanted_status], "the late turn runs on")
    trial.check(server.merged == [], "a prompt was merged into the late turn")


async def _ask_with_deadline(client: Client, thread: str) -> str:
    try:
        answer = await client.ask(thread, "late", deadline_s=5.0)
    except ClientError as problem:
        return problem.kind
    return answer.status
