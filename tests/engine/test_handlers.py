"""Handlers for requests of the server: a task for each, one answer, never a false yes."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime import (
    AnswerRefused,
    Block,
    FullAccessDenied,
    Hook,
    HookConfig,
    RequestNotPending,
    RequestTimeout,
    RunProfile,
    SessionBusy,
    answer_later,
    decline_all,
    tool,
)
from codex_runtime.engine.server_requests import Work
from codex_runtime.model.requests.others import CurrentTimeRequest
from codex_runtime.protocol import (
    AdditionalFileSystemPermissions,
    FileChangeRequestApprovalResponse,
    GrantedPermissionProfile,
    PermissionsRequestApprovalResponse,
)
from tests.engine.fake_server import FakeServer, FakeTurn, captured_request, silence
from tests.engine.running import new_session, running
from tests.support.tasks import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trio.testing import MockClock

    from codex_runtime import HookContext, Session, Turn

COMMAND = "item/commandExecution/requestApproval"
YES = {"decision": "accept"}
NO = {"decision": "decline"}


def ask_for_command(
    server: FakeServer, session: Session, turn: Turn | FakeTurn, **changes: object
) -> int | str:
    """The server wants a command of that turn approved; returns the request's id."""
    asked = captured_request(COMMAND)
    asked.update(threadId=session.thread_id, turnId=turn.turn_id, **changes)
    return server.request(COMMAND, asked)


def decisions(server: FakeServer) -> list[Any]:  # Any: JSON
    """The results of all answers, in order."""
    return [answer["result"] for answer in server.answers()]


def pending(session: Session) -> list[Any]:  # Any: of which kind is the test's to know
    """The approvals that wait."""
    return list(session.pending_approvals)


async def accept(request: Any) -> Any:  # Any: one handler for all kinds
    return request.accept()


async def fail(request: object) -> None:
    raise ValueError("the handler is broken")


async def fail_in_groups(request: object) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(fail, request)
        nursery.start_soon(fail, request)


async def say_true(request: object) -> bool:
    return True


async def say_yes_to_another_kind(request: object) -> FileChangeRequestApprovalResponse:
    return FileChangeRequestApprovalResponse(decision="accept")


async def accept_what_was_not_offered(request: Any) -> Any:  # Any: as above
    return request.accept_for_session()


async def leave_it(request: object) -> None:
    return None


NEVER_A_YES = [
    fail,
    fail_in_groups,
    say_true,
    say_yes_to_another_kind,
    accept_what_was_not_offered,
    leave_it,
    answer_later,
]


@pytest.mark.parametrize("handler", NEVER_A_YES)
async def test_only_a_yes_is_a_yes(
    handler: Callable[[object], Awaitable[Any]], autojump_clock: MockClock
) -> None:
    server = FakeServer(silence)
    async with running(server, approvals=handler) as engine:
        session = await new_session(engine)
        async with session.ask_stream("long") as turn:
            ask_for_command(server, session, turn, availableDecisions=["accept", "cancel"])
            await trio.sleep(engine.config.server_request_timeout_s + 1)
            assert decisions(server) == [NO]
            assert engine.counters.server_requests_declined == 1
            assert not pending(session)
        assert (await new_session(engine)).thread_id


async def test_the_handler_of_the_call_is_asked_before_that_of_session_and_runtime(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server, approvals=fail) as engine:
        session = await new_session(engine, approvals=leave_it)
        for params, expected in [
            (RunProfile(approvals=accept), YES),
            (RunProfile(), NO),
        ]:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_ask_under, session, params)
                await settle()
                ask_for_command(server, session, server.running[-1])
                await settle()
                nursery.cancel_scope.cancel()
            assert decisions(server)[-1] == expected
        assert engine.counters.server_request_failures == 0


async def _ask_under(session: Session, profile: RunProfile) -> None:
    await session.ask_with_profile("x", profile)


async def test_a_handler_may_take_minutes_while_the_turn_goes_on(
    autojump_clock: MockClock,
) -> None:
    async def think(request: Any) -> Any:  # Any: as above
        await trio.sleep(500)
        return request.accept()

    server = FakeServer(silence)
    async with running(server, approvals=think) as engine:
        session = await new_session(engine)
        async with session.ask_stream("long") as turn:
            ask_for_command(server, session, turn)
            await trio.sleep(499)
            assert [request.item_id for request in pending(session)]
            server.running[0].delta("meanwhile")
            await anext(turn)
            await trio.sleep(2)
            assert decisions(server) == [YES]


async def test_handlers_run_side_by_side(autojump_clock: MockClock) -> None:
    started = 0

    async def think(request: Any) -> Any:  # Any: as above
        nonlocal started
        started += 1
        await trio.sleep(5)
        return request.accept()

    server = FakeServer(silence)
    async with running(server, approvals=think) as engine:
        session = await new_session(engine)
        async with session.ask_stream("long") as turn:
            for _ in range(30):
                ask_for_command(server, session, turn)
            await trio.sleep(1)
            assert started == 30
            await trio.sleep(5)
            assert decisions(server) == [YES] * 30


@pytest.mark.parametrize("way", ["resolved", "turn", "connection"])
async def test_a_handler_is_cancelled_when_its_answer_is_no_longer_wanted(
    way: str, autojump_clock: MockClock
) -> None:
    cancelled = trio.Event()

    async def think(request: object) -> None:
        try:
            await trio.sleep_forever()
        finally:
            cancelled.set()

    server = FakeServer(silence)
    async with running(server, approvals=think) as engine:
        session = await new_session(engine)
        async with session.ask_stream("long") as turn:
            request_id = ask_for_command(server, session, turn)
            await settle()
            assert len(pending(session)) == 1
            match way:
                case "resolved":
                    told = {"threadId": session.thread_id, "requestId": request_id}
                    server.notify("serverRequest/resolved", told)
                case "turn":
                    server.running[0].complete()
                case _:
                    server.crash()
            with trio.fail_after(1):
                await cancelled.wait()
            await settle()
            assert not pending(session)
            # An answer after the end of the turn is ignored by the server, and harms nothing.
            assert decisions(server) == ([NO] if way == "turn" else [])
            with pytest.raises(RequestNotPending):
                session.answer(request_id, FileChangeRequestApprovalResponse(decision="decline"))


async def test_another_task_answers_in_the_place_of_the_handler(autojump_clock: MockClock) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine, approvals=answer_later)
        async with session.ask_stream("long") as turn:
            ask_for_command(server, session, turn, availableDecisions=["accept", "cancel"])
            await settle()
            [request] = pending(session)
            assert request.turn_id == turn.turn_id
            for wrong in (
                FileChangeRequestApprovalResponse(decision="accept"),
                type(request.decline())(decision="acceptForSession"),
            ):
                with pytest.raises(AnswerRefused):
                    session.answer(request.request_id, wrong)
            assert pending(session) == [request]
            session.answer(request.request_id, request.accept())
            with pytest.raises(RequestNotPending):
                session.answer(request.request_id, request.accept())
            await settle()
            assert decisions(server) == [YES]


async def test_another_session_cannot_answer_and_sees_nothing(autojump_clock: MockClock) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine, approvals=answer_later)
        other = await new_session(engine, approvals=accept)
        async with session.ask_stream("long") as turn:
            ask_for_command(server, session, turn)
            await settle()
            [request] = pending(session)
            assert not pending(other)
            with pytest.raises(RequestNotPending):
                other.answer(request.request_id, request.accept())
            assert decisions(server) == []


async def test_a_second_handle_of_the_thread_never_says_yes_for_the_turn_of_the_first(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        careful = await new_session(engine)
        line = engine.router.hold(careful.thread_id)
        line.responders.append(_AlwaysYes())
        async with careful.ask_stream("long") as turn:
            ask_for_command(server, careful, turn)
            await settle()
            assert decisions(server) == [NO]
        line.responders.pop()
        engine.router.release(line)


class _AlwaysYes:
    def finds(self, request: Any) -> Work:  # Any: as above
        return Work(partial(accept, request))


async def test_a_turn_that_somebody_else_started_is_decided_by_the_sessions_handler(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine, approvals=accept)
        thread = server.threads[session.thread_id]
        turn = server.begin_turn(thread, {"input": [{"text": "from elsewhere"}]})
        await settle()
        ask_for_command(server, session, turn)
        await settle()
        assert decisions(server) == [YES]
        await session.close()


async def test_an_ask_or_a_close_from_a_handler_of_its_own_thread_is_refused_at_once(
    autojump_clock: MockClock,
) -> None:
    refused: list[str] = []

    async def ask_again(request: Any) -> Any:  # Any: as above
        for call in (session.ask("x"), session.ask_stream("x").__aenter__(), session.close()):
            with pytest.raises(SessionBusy) as caught:
                await call
            refused.append(str(caught.value))
        other = await new_session(engine)
        await other.close()
        return request.accept()

    server = FakeServer(silence)
    async with running(server, approvals=ask_again) as engine:
        session = await new_session(engine)
        async with session.ask_stream("long") as turn:
            ask_for_command(server, session, turn)
            await settle()
            assert len(refused) == 3
            assert decisions(server) == [YES]
        assert not session.is_closed


async def test_what_a_handler_left_running_may_ask_once_the_request_is_answered(
    autojump_clock: MockClock,
) -> None:
    async with trio.open_nursery() as later:

        async def ask_later(request: Any) -> Any:  # Any: as above
            later.start_soon(_ask_after, session, answered)
            return request.accept()

        answered = trio.Event()
        server = FakeServer(silence)
        async with running(server, approvals=ask_later) as engine:
            session = await new_session(engine)
            async with session.ask_stream("long") as turn:
                ask_for_command(server, session, turn)
                await settle()
            server.play = _say_hello
            answered.set()
            await settle()
            assert session.total_turns == 1


async def _ask_after(session: Session, event: trio.Event) -> None:
    await event.wait()
    await session.ask("a follow-up")


async def _say_hello(turn: FakeTurn) -> None:
    turn.say("hello")


async def test_a_grant_of_the_whole_file_system_needs_full_access(
    autojump_clock: MockClock,
) -> None:
    everything = GrantedPermissionProfile(file_system=AdditionalFileSystemPermissions(write=["/"]))

    answers = iter([PermissionsRequestApprovalResponse(permissions=everything)])

    async def grant_once(request: object) -> PermissionsRequestApprovalResponse:
        for answer in answers:
            return answer
        return await trio.sleep_forever()

    server = FakeServer(silence)
    async with running(server, approvals=grant_once) as engine:
        session = await new_session(engine)
        async with session.ask_stream("long") as turn:
            method = "item/permissions/requestApproval"
            asked = {
                "threadId": session.thread_id,
                "turnId": turn.turn_id,
                "itemId": "i",
                "cwd": "/",
                "startedAtMs": 1,
                "permissions": {"fileSystem": {"write": ["/"]}},
            }
            server.request(method, asked)
            await settle()
            assert decisions(server) == [{"permissions": {}}]
            server.request(method, asked)
            await settle()
            [request] = pending(session)
            with pytest.raises(FullAccessDenied):
                session.answer(
                    request.request_id, PermissionsRequestApprovalResponse(permissions=everything)
                )
            assert pending(session) == [request]


async def test_other_requests_are_the_runtimes(autojump_clock: MockClock) -> None:
    async def tell_time(request: Any) -> Any:  # Any: as above
        return request.answer(12) if isinstance(request, CurrentTimeRequest) else None

    server = FakeServer()
    async with running(server, on_server_request=tell_time) as engine:
        server.request("currentTime/read", {"threadId": "t"}, 1)
        server.request("item/tool/call", captured_or_minimal(), 2)
        server.request("future/thing", {}, 3)
        await settle()
        by_id = {answer["id"]: answer for answer in server.answers()}
        assert by_id[1]["result"] == {"currentTimeAt": 12}
        assert by_id[2]["result"]["success"] is False
        assert "error" in by_id[3]
        assert engine.counters.server_request_failures == 0


def captured_or_minimal() -> dict[str, object]:
    """A tool call of no session's."""
    return {"threadId": "t", "turnId": "u", "callId": "c", "tool": "nobody", "arguments": {}}


async def test_the_runtime_ends_while_handlers_hang(autojump_clock: MockClock) -> None:
    server = FakeServer(silence)
    async with running(server, approvals=answer_later, cancel_grace_s=1) as engine:
        session = await new_session(engine)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_ask_under, session, RunProfile())
            await settle()
            ask_for_command(server, session, server.running[0])
            await settle()
            begun_s = trio.current_time()
            nursery.cancel_scope.cancel()
        assert trio.current_time() - begun_s <= 1


async def test_the_end_of_a_turn_is_not_told_as_a_late_handler(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = FakeServer(silence)
    with caplog.at_level(logging.WARNING, "codex_runtime"):
        async with running(server, approvals=answer_later) as engine:
            session = await new_session(engine)
            async with session.ask_stream("long") as turn:
                ask_for_command(server, session, turn)
                await settle()
                server.running[0].complete()
                await settle()
    assert "gave no answer within" not in caplog.text


@pytest.mark.parametrize("way", ["deadline", "turn"])
async def test_a_handler_that_swallows_its_cancellation_is_too_late_with_its_yes(
    way: str, autojump_clock: MockClock
) -> None:
    async def stubborn(request: Any) -> Any:  # Any: as above
        with trio.CancelScope(shield=True):
            await trio.sleep(700)
        return request.accept()

    server = FakeServer(silence)
    async with running(server, approvals=stubborn) as engine:
        session = await new_session(engine)
        async with session.ask_stream("long") as turn:
            ask_for_command(server, session, turn)
            await settle()
            if way == "turn":
                server.running[0].complete()
            else:
                await trio.sleep(engine.config.server_request_timeout_s)
            await settle()
            assert decisions(server) == [NO]
            await trio.sleep(200)
            assert decisions(server) == [NO]


async def test_a_turn_that_shows_up_after_its_call_was_given_up_is_decided_by_that_call(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    async with running(server, request_timeout_s=5) as engine:
        session = await new_session(engine, approvals=accept)
        server.hold.add("turn/start")
        server.start_delay_s = 6
        with pytest.raises(RequestTimeout):
            await session.ask_with_profile("go", RunProfile(approvals=decline_all()))
        await trio.sleep(2)
        ask_for_command(server, session, server.turns[0])
        await settle()
        assert decisions(server) == [NO]
        server.release()
        server.turns[0].complete()
        await settle()
        ask_for_command(server, session, server.turns[0])
        await settle()
        assert decisions(server) == [NO, NO]  # nobody decides for a turn that is over


async def test_an_interrupt_before_the_turn_is_refused_to_its_own_hook(
    autojump_clock: MockClock,
) -> None:
    refused: list[str] = []

    async def interrupt(context: HookContext) -> None:
        with pytest.raises(SessionBusy) as caught:
            await session.interrupt_turn()
        refused.append(str(caught.value))

    server = FakeServer(_say_hello)
    async with running(server) as engine:
        session = await new_session(
            engine, hooks=HookConfig([Hook("h", "pre_turn", interrupt, timeout_s=1)])
        )
        result = await session.ask("go")
        assert len(refused) == 1
        assert result.hook_report.is_clean


async def test_a_hook_that_shields_itself_keeps_no_request_from_its_answer(
    autojump_clock: MockClock,
) -> None:
    async def stubborn(context: HookContext) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(1000)

    server = FakeServer(silence)
    async with running(server, approvals=accept) as engine:
        hooks = HookConfig([Hook("h", "pre_tool_use", stubborn)])
        session = await new_session(engine, hooks=hooks)
        async with session.ask_stream("long") as turn:
            ask_for_command(server, session, turn)
            await trio.sleep(10)
            assert decisions(server) == [NO]
            assert not pending(session)


async def test_a_tool_that_shields_itself_keeps_no_call_from_its_answer(
    autojump_clock: MockClock,
) -> None:
    @tool(timeout_s=5)
    async def stubborn() -> str:
        """Take your time."""
        with trio.CancelScope(shield=True):
            await trio.sleep(1000)
        return "done"

    server = FakeServer(silence)
    async with running(server, experimental_api=True) as engine:
        session = await new_session(engine, tools=[stubborn])
        async with session.ask_stream("long") as turn:
            call = {"turnId": turn.turn_id, "callId": "c", "tool": "stubborn", "arguments": {}}
            server.request("item/tool/call", {"threadId": session.thread_id, **call})
            await trio.sleep(10)
            assert [answer["success"] for answer in decisions(server)] == [False]


async def test_a_cancelled_ask_is_cancelled_and_not_blocked(autojump_clock: MockClock) -> None:
    async def block_late(context: HookContext) -> Block:
        with trio.CancelScope(shield=True):
            await trio.sleep(2)
        return Block("too late")

    async with running(FakeServer()) as engine:
        hook = Hook("h", "pre_run", block_late)
        session = await new_session(engine, hooks=HookConfig([hook]))
        with trio.move_on_after(1) as scope:
            await session.ask("go")
        assert scope.cancelled_caught


async def test_hooks_after_tools_run_side_by_side_but_not_all_at_once(
    autojump_clock: MockClock,
) -> None:
    at_work = most = 0

    async def note(context: HookContext) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await trio.sleep(0.1)
        at_work -= 1

    async def play(turn: FakeTurn) -> None:
        item = {"type": "webSearch", "query": "q", "action": None}
        for number in range(100):
            turn.emit("item/completed", item={**item, "id": f"i{number}"}, completedAtMs=1)
        turn.say("done")

    async with running(FakeServer(play)) as engine:
        session = await new_session(engine, hooks=HookConfig([Hook("h", "post_tool_use", note)]))
        result = await session.ask("go")
        assert len(result.hook_report.records) == 100
        assert 1 < most <= 8
