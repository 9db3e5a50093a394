"""Who decides what a child thread may do: whoever asked for the turn that it works for."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime.errors import SessionBusy
from codex_runtime.model.hooks.answers import Block, HookContext
from codex_runtime.model.hooks.hooks import Hook, HookConfig
from codex_runtime.model.prompt import PromptParams
from codex_runtime.model.requests.approvals import ApprovalAnswer, ApprovalRequest, CommandApproval
from tests.engine.children import (
    ChildTurn,
    ask_approval,
    spawn,
)
from tests.engine.fake_server import FakeServer, FakeTurn
from tests.engine.running import new_session, running
from tests.support.tasks import settle

if TYPE_CHECKING:
    from trio.testing import MockClock


class Decider:
    """A handler that says yes and remembers of whom."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []

    async def __call__(self, request: ApprovalRequest) -> ApprovalAnswer:
        await trio.lowlevel.checkpoint()
        assert isinstance(request, CommandApproval)
        self.asked.append(request.thread_id)
        return request.accept()


def decisions(server: FakeServer) -> list[object]:
    return [answer["result"]["decision"] for answer in server.answers()]


async def test_the_handler_of_the_session_decides_for_its_children_after_the_turn_too(
    autojump_clock: MockClock,
) -> None:
    turns: list[ChildTurn] = []

    async def play(turn: FakeTurn) -> None:
        turns.append(spawn(turn))
        turns[0].start()
        ask_approval(turns[0])
        await settle()

    of_session, of_runtime = Decider(), Decider()
    server = FakeServer(play)
    async with running(server, approvals=of_runtime) as engine:
        session = await new_session(engine, approvals=of_session)
        await session.ask("go")
        ask_approval(turns[0])
        await settle()
        (child,) = session.children
        assert of_session.asked == [child.thread_id, child.thread_id]
        await session.detach()
        ask_approval(turns[0])
        await settle()
        assert len(of_session.asked) == 2  # the session has ended
        assert of_runtime.asked == [child.thread_id]
        assert decisions(server) == ["accept"] * 3
        turns[0].complete()


async def test_the_handler_of_the_ask_decides_for_what_works_for_its_turn(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        child = spawn(turn)
        child.start()
        deeper = spawn(child, root=turn.turn_id)
        deeper.start()
        ask_approval(deeper)
        await settle()
        own = ChildTurn(turn.server, child.thread, "", "asked for by nobody here")
        child.complete()
        own.start()
        ask_approval(own)
        await settle()
        for one in (own, deeper):
            one.complete()

    of_call, of_session = Decider(), Decider()
    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine, approvals=of_session)
        await session.ask_with(PromptParams(prompt="go", approvals=of_call))
        child, deeper = session.children
        assert of_call.asked == [deeper.thread_id]
        assert of_session.asked == [child.thread_id]


async def test_without_a_handler_a_child_is_declined_or_waits_for_whoever_answers(
    autojump_clock: MockClock,
) -> None:
    turns: list[ChildTurn] = []

    async def play(turn: FakeTurn) -> None:
        turns.append(spawn(turn))
        turns[-1].start()
        ask_approval(turns[-1])
        await trio.sleep_forever()

    async def wait_for_ever(_request: ApprovalRequest) -> None:
        await trio.sleep_forever()

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine, approvals=wait_for_ever)
        async with session.ask_stream("go"):
            await settle()
            (child,) = session.children
            assert session.pending_approvals == ()
            (request,) = child.pending_approvals
            assert isinstance(request, CommandApproval)
            child.answer(request.request_id, request.accept())
            assert child.pending_approvals == ()
            await settle()
            assert decisions(server) == ["accept"]
        other = await new_session(engine)
        async with other.ask_stream("go"):
            await settle()
            assert decisions(server) == ["accept", "decline"]


async def test_hooks_of_the_session_see_what_a_child_wants_to_do(
    autojump_clock: MockClock,
) -> None:
    told: list[HookContext] = []

    async def refuse(context: HookContext) -> Block:
        await trio.lowlevel.checkpoint()
        told.append(context)
        return Block("not here")

    async def play(turn: FakeTurn) -> None:
        child = spawn(turn)
        child.start()
        ask_approval(child)
        await settle()

    hooks = HookConfig(hooks=(Hook(name="no", phases=("pre_tool_use",), run=refuse),))
    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine, approvals=Decider(), hooks=hooks)
        await session.ask("go")
        (child,) = session.children
        (context,) = told
        assert (context.thread_id, context.turn_id) == (child.thread_id, child.turn_id)
        assert context.tool_name == "shell"
        assert decisions(server) == ["decline"]


async def test_a_handler_of_a_child_that_asks_the_waiting_parent_is_refused_at_once(
    autojump_clock: MockClock,
) -> None:
    refused: list[Exception] = []

    async def ask_the_parent(request: ApprovalRequest) -> ApprovalAnswer:
        try:
            await session.ask("may it?")
        except SessionBusy as problem:
            refused.append(problem)
        assert isinstance(request, CommandApproval)
        return request.accept()

    async def play(turn: FakeTurn) -> None:
        if turn.prompt != "go":
            return
        child = spawn(turn)
        child.start()
        ask_approval(child)
        await settle()
        turn.complete()
        ask_approval(child)
        with trio.CancelScope(shield=True):
            await settle()
        child.complete()

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine, approvals=ask_the_parent)
        await session.ask("go")
        await trio.sleep(1)
        assert len(refused) == 1  # the second time the parent was free
        assert decisions(server) == ["accept", "accept"]
