"""Approvals that wait on the real app-server: answered later, or never.

Owns what else goes on meanwhile, who may answer, and that no handler holds up an end.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import attrs
import pytest
import trio

from codex_runtime import (
    AnswerRefused,
    ApprovalAnswer,
    ApprovalRequest,
    Block,
    CommandApproval,
    Hook,
    HookConfig,
    RequestNotPending,
    Runtime,
    RuntimeConfig,
    Session,
    SessionBusy,
    SessionConfig,
    TurnInterrupted,
    answer_later,
)
from codex_runtime.protocol import AgentMessageDelta, ServerRequestResolved
from codex_runtime.testing import Gate, ScriptedModel, shell, silence, text
from tests.real.approving import (
    ASKING,
    EACH_KIND,
    Kind,
    accept_what_is_not_offered,
    asking_runtime,
    files_in,
    say_yes,
)
from tests.real.faces import EVERY_FACE, needs_cancelling, open_runtime
from tests.real.waiting import until, until_active

pytestmark = EVERY_FACE


@pytest.fixture
async def runtime(model: ScriptedModel, home: Path) -> AsyncGenerator[Runtime]:
    async with open_runtime(asking_runtime(model, home)) as runtime:
        yield runtime


# -- answering later ---------------------------------------------------------------------------


@EACH_KIND
async def test_another_task_answers_a_request_that_waits(
    kind: Kind, runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    config = SessionConfig(cwd=workspace, approvals=answer_later, **kind.options)
    session = await runtime.start_session(config)
    other = await runtime.start_session(config)
    model.enqueue(*kind.script(workspace), text("done"))
    async with session.ask_stream("go") as turn:
        await until(lambda: session.pending_approvals != ())
        [request] = session.pending_approvals
        assert isinstance(request, kind.request)
        assert request.turn_id == turn.turn_id
        answer = await say_yes(request)
        assert other.pending_approvals == ()
        with pytest.raises(RequestNotPending):
            other.answer(request.request_id, answer)
        for wrong in (kind.wrong_answer, await accept_what_is_not_offered(request)):
            with pytest.raises(AnswerRefused):
                session.answer(request.request_id, wrong)
        assert list(session.pending_approvals) == [request]
        session.answer(request.request_id, answer)
        assert list(session.pending_approvals) == []
        with pytest.raises(RequestNotPending):
            session.answer(request.request_id, answer)
        result = await turn.finish()
    assert result.text == "done"
    assert (workspace / "made.txt").exists()
    assert runtime.statistics().server_request_failures == 0


async def test_events_flow_while_a_handler_takes_its_time(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    config = SessionConfig(cwd=workspace, approvals=answer_later, **ASKING)
    session = await runtime.start_session(config)
    other = await runtime.start_session(config)
    gate = Gate()
    model.enqueue(shell("touch made.txt") + silence(gate) + text("meanwhile"))
    async with session.ask_stream("go") as turn:
        await until(lambda: session.pending_approvals != ())
        gate.release()
        while not isinstance(event := await anext(turn), AgentMessageDelta):
            pass
        assert event.delta == "meanwhile"
        assert (await other.ask("beside it")).text == "re: beside it"
        model.enqueue(text("done"))
        [request] = session.pending_approvals
        session.answer(request.request_id, await say_yes(request))
        assert (await turn.finish()).text == "done"
    assert (workspace / "made.txt").exists()


# -- nobody waits for the answer any more ------------------------------------------------------


@attrs.define(eq=False)
class Hanging:
    """A handler that never answers and tells when it was asked and when it was cancelled."""

    asked: trio.Event = attrs.field(factory=trio.Event)
    cancelled: trio.Event = attrs.field(factory=trio.Event)

    async def __call__(self, request: ApprovalRequest) -> ApprovalAnswer | None:
        self.asked.set()
        try:
            return await answer_later(request)
        finally:
            self.cancelled.set()


@needs_cancelling
@EACH_KIND
async def test_an_interrupt_takes_the_question_back(
    kind: Kind, runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """The server's: it says so after the end of the turn."""
    handler = Hanging()
    config = SessionConfig(cwd=workspace, approvals=handler, **kind.options)
    session = await runtime.start_session(config)
    model.enqueue(*kind.script(workspace))
    async with (
        runtime.subscribe(methods=["serverRequest/resolved"]) as resolved,
        session.ask_stream("go") as turn,
    ):
        await handler.asked.wait()
        [request] = session.pending_approvals
        assert (await turn.interrupt()).state == "interrupted"
        await handler.cancelled.wait()
        event = await anext(resolved)
    assert isinstance(event, ServerRequestResolved)
    assert event.request_id == request.request_id
    assert turn.result.status == "interrupted"
    assert session.pending_approvals == ()
    with pytest.raises(RequestNotPending):
        session.answer(request.request_id, await say_yes(request))
    assert files_in(workspace) == []
    assert runtime.statistics().server_request_failures == 0


@needs_cancelling
@pytest.mark.parametrize("way", ["cancel", "close", "detach", "leave"])
async def test_a_handler_that_hangs_holds_up_no_end(
    way: str, model: ScriptedModel, home: Path, workspace: Path
) -> None:
    handler = Hanging()
    config = SessionConfig(cwd=workspace, approvals=handler, **ASKING)
    model.enqueue(shell("touch made.txt"))

    async def ask(session: Session) -> None:
        with pytest.raises((TurnInterrupted, trio.Cancelled)) as caught:
            await session.ask("go")
        if isinstance(caught.value, trio.Cancelled):
            raise caught.value

    options = model.runtime_config(home)
    with trio.CancelScope() as bound:
        async with trio.open_nursery() as nursery, open_runtime(options) as runtime:
            session = await runtime.start_session(config)
            nursery.start_soon(ask, session)
            await handler.asked.wait()
            bound.deadline = trio.current_time() + bound_of(way, options)
            match way:
                case "cancel":
                    nursery.cancel_scope.cancel()
                case "close":
                    await session.close()
                case "detach":
                    await session.detach()
                case _:
                    pass
    assert not bound.cancelled_caught
    assert handler.cancelled.is_set()
    assert files_in(workspace) == []


def bound_of(way: str, config: RuntimeConfig) -> float:
    """How long the end may take, that of the runtime after it included."""
    end_s = config.cancel_grace_s + config.shutdown_grace_s
    return end_s + (config.close_timeout_s if way in ("close", "detach") else 0.0)


# -- inside a handler --------------------------------------------------------------------------


async def test_a_handler_cannot_ask_its_own_session_and_can_ask_another(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    told: list[str] = []
    model.enqueue(shell("touch made.txt"))

    async def consult(request: ApprovalRequest) -> ApprovalAnswer:
        for call in (session.ask("x"), session.ask_stream("x").__aenter__(), session.close()):
            with pytest.raises(SessionBusy):
                await call
        told.append((await adviser.ask("May it?")).text)
        model.enqueue(text("done"))
        return await say_yes(request)

    adviser = await runtime.start_session(SessionConfig(cwd=workspace))
    session = await runtime.start_session(SessionConfig(cwd=workspace, approvals=consult, **ASKING))
    assert (await session.ask("go")).text == "done"
    assert told == ["re: May it?"]
    assert (workspace / "made.txt").exists()
    assert not session.is_closed


async def test_a_steer_reaches_the_turn_whose_approval_is_pending(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    async def steer_and_decline(request: ApprovalRequest) -> ApprovalAnswer:
        assert await until_active(session) == request.turn_id
        await session.steer("Do something else.")
        return request.decline()

    config = SessionConfig(cwd=workspace, approvals=steer_and_decline, **ASKING)
    session = await runtime.start_session(config)
    model.enqueue(shell("touch made.txt"), text("else"))
    assert (await session.ask("go")).text == "else"
    assert model.requests[1].last_user_text == "Do something else."


async def test_an_answer_of_another_task_does_not_overtake_a_tool_hook(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    may_block = trio.Event()

    async def block(_context: object) -> Block:
        await may_block.wait()
        return Block("never")

    hooks = HookConfig(hooks=(Hook("guard", "pre_tool_use", block, timeout_s=60, required=True),))
    config = SessionConfig(cwd=workspace, approvals=answer_later, hooks=hooks, **ASKING)
    session = await runtime.start_session(config)
    model.enqueue(shell("touch made.txt"), text("done"))
    async with session.ask_stream("go") as turn:
        with trio.move_on_after(2):  # it need not be shown as pending before the hooks have passed
            await until(lambda: session.pending_approvals != ())
        for request in session.pending_approvals:
            assert isinstance(request, CommandApproval)
            session.answer(request.request_id, request.accept())
        may_block.set()
        await turn.finish()
    assert files_in(workspace) == []
