"""The fake app-server: its processes, one after the other, and its faults on demand."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import RuntimeConfig, SessionConfig, TurnLost
from codex_runtime.testing import FakeAppServer, open_fake_runtime
from codex_runtime.testing.fake_server import OVERLOADED, SQLITE_DEATH, Death, silence
from tests.testing.raw_client import connected

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime.testing import FakeTurn
    from tests.testing.raw_client import Json


async def test_a_session_asks_it_through_the_real_runtime(autojump_clock: MockClock) -> None:
    server = FakeAppServer()
    async with open_fake_runtime(server) as runtime:
        session = await runtime.start_session(SessionConfig(cwd="."))
        assert (await session.ask("hello")).text == "echo: hello"
    assert server.running == []
    assert server.wrong == []


async def test_what_ran_outlives_its_process_and_what_never_ran_does_not(
    autojump_clock: MockClock,
) -> None:
    server = FakeAppServer()
    async with connected(server) as client:
        ran, never_ran = await client.open_thread(), await client.open_thread()
        await client.ended(await client.begin(ran, "hello"))
        server.crash(-11, "a segment fault\n")
        await client.at_end.wait()
        assert client.transport.returncode == -11
        assert client.transport.stderr_tail == "a segment fault\n"
    async with connected(server) as client:
        assert await client.call("thread/loaded/list") == {"data": [], "nextCursor": None}
        gone = await client.call("thread/resume", threadId=never_ran)
        assert gone["message"] == f"no rollout found for thread id {never_ran}"
        await client.call("thread/resume", threadId=ran)
        assert (await client.ended(await client.begin(ran, "again")))["status"] == "completed"
    assert server.connections == 2


@pytest.mark.parametrize(("returncode", "completed"), [(-9, False), (0, True)])
async def test_a_turn_that_was_cut_off_is_on_record_as_interrupted(
    returncode: int, completed: bool, autojump_clock: MockClock
) -> None:
    async def speaks(turn: FakeTurn) -> None:
        turn.say("whole")
        turn.begin_message("half")
        turn.delta("hal", "half")
        turn.server.exit(returncode)
        await trio.sleep_forever()

    server = FakeAppServer(speaks)
    async with connected(server) as client:
        thread_id = await client.open_thread()
        await client.begin(thread_id, "hello", clientUserMessageId="key")
        await client.at_end.wait()
        assert "hal" in json.dumps(client.heard)
    async with connected(server) as client:
        told = await client.call("thread/turns/list", threadId=thread_id, itemsView="full")
    (turn,) = told["data"]
    assert turn["status"] == "interrupted"
    assert (turn["completedAt"] is not None) is completed
    assert [item["type"] for item in turn["items"]] == ["userMessage", "agentMessage"]
    assert turn["items"][0]["clientId"] == "key"


async def test_starts_that_fail_are_followed_by_one_that_does_not(
    autojump_clock: MockClock,
) -> None:
    server = FakeAppServer()
    server.failing_starts = [SQLITE_DEATH, Death(2)]
    for expected in SQLITE_DEATH, Death(2):
        async with connected(server, greet=False) as client:
            await client.at_end.wait()
            assert client.transport.returncode == expected.returncode
            assert client.transport.stderr_tail == expected.stderr
    async with connected(server) as client:
        assert await client.open_thread()


async def test_requests_are_dropped_refused_delayed_and_held_back_by_name(
    autojump_clock: MockClock,
) -> None:
    server = FakeAppServer()
    async with connected(server) as client:
        server.drop = {"model/list"}
        with trio.move_on_after(60) as scope:
            await client.call("model/list")
        assert scope.cancelled_caught
        server.fail["thread/list"] = [OVERLOADED]
        assert (await client.call("thread/list"))["code"] == -32001
        assert "data" in await client.call("thread/list")
        server.delay_s["config/read"] = 5
        began_s = trio.current_time()
        await client.call("config/read")
        assert trio.current_time() - began_s == 5
        server.hold = {"thread/start"}
        with trio.move_on_after(60):
            await client.call("thread/start")
        assert len(server.threads) == len(server.held) == 1
        server.release()
        await client.until(lambda m: "thread" in m.get("result", {}))


async def test_a_script_may_deal_with_any_request_itself(autojump_clock: MockClock) -> None:
    server = FakeAppServer()

    def deal(message: Json) -> bool:
        if message["method"] == "thread/resume":
            server.crash()
        return bool(message["method"] == "thread/resume")

    server.intercept = deal
    async with connected(server) as client:
        await client.send({"id": 99, "method": "thread/resume", "params": {"threadId": "x"}})
        await client.at_end.wait()
        assert client.transport.returncode == -9


async def test_a_turn_may_end_without_a_word_and_be_told_of_later_or_twice(
    autojump_clock: MockClock,
) -> None:
    async def ends_in_silence(turn: FakeTurn) -> None:
        await trio.lowlevel.checkpoint()
        turn.complete(told=False)

    server = FakeAppServer(ends_in_silence)
    async with connected(server) as client:
        thread_id = await client.open_thread()
        turn_id = await client.begin(thread_id, "hello")
        await client.notified("thread/status/changed", status={"type": "idle"})
        read = await client.call("thread/read", threadId=thread_id, includeTurns=True)
        assert [turn["status"] for turn in read["thread"]["turns"]] == ["completed"]
        assert "turn/completed" not in [m.get("method") for m in client.heard]
        server.turns[0].tell_completed()
        server.turns[0].tell_completed()
        await client.ended(turn_id)
        await client.call("thread/loaded/list")
        ends = [m for m in client.heard if m.get("method") == "turn/completed"]
        assert len(ends) == 2


async def test_an_interrupt_may_be_answered_without_ending_the_turn_or_not_at_all(
    autojump_clock: MockClock,
) -> None:
    server = FakeAppServer(silence)
    async with connected(server) as client:
        thread_id = await client.open_thread()
        turn_id = await client.begin(thread_id, "hello")
        await client.notified("turn/started")
        server.interrupts = "ignore"
        with trio.move_on_after(60) as scope:
            await client.call("turn/interrupt", threadId=thread_id, turnId=turn_id)
        assert scope.cancelled_caught
        server.interrupts = "only_answer"
        assert await client.call("turn/interrupt", threadId=thread_id, turnId=turn_id) == {}
        assert server.running == server.turns


async def test_the_id_of_a_running_turn_may_change(autojump_clock: MockClock) -> None:
    server = FakeAppServer(silence)
    async with connected(server) as client:
        thread_id = await client.open_thread()
        turn_id = await client.begin(thread_id, "hello")
        await client.notified("turn/started")
        server.turns[0].known_as = "rotated"
        refusal = await client.call("turn/interrupt", threadId=thread_id, turnId=turn_id)
        assert refusal["message"] == f"expected active turn id {turn_id} but found rotated"
        assert await client.call("turn/interrupt", threadId=thread_id, turnId="rotated") == {}
        assert (await client.ended(turn_id))["status"] == "interrupted"


async def test_it_may_stop_reading_and_write_anything(autojump_clock: MockClock) -> None:
    server = FakeAppServer()
    async with connected(server) as client:
        server.send_bytes(b'{"method": "x",')
        server.send_bytes(b' "params": null}\n')
        await client.until(lambda m: m.get("method") == "x")
        server.reading = trio.Event()
        await client.send({"id": 7, "method": "thread/loaded/list"})
        await client.send({"id": 8, "method": "thread/loaded/list"})
        with trio.move_on_after(60) as scope:
            await client.until(lambda m: m.get("id") == 8)
        assert scope.cancelled_caught
        server.reading.set()
        await client.until(lambda m: m.get("id") == 8)


@pytest.mark.parametrize("line", [b"no json\n", b'{"id": 1, "method": "\\ud800"}\n'])
async def test_a_line_that_it_cannot_read_is_dropped_in_silence(
    line: bytes, autojump_clock: MockClock
) -> None:
    server = FakeAppServer()
    async with connected(server) as client:
        await client.transport.send_all(line)
        await client.call("thread/loaded/list")
    assert len(server.wrong) == 1


async def test_a_line_that_is_not_utf8_ends_it(autojump_clock: MockClock) -> None:
    server = FakeAppServer()
    async with connected(server) as client:
        await client.transport.send_all(b"\xff\n")
        await client.at_end.wait()
        assert client.transport.returncode == 0


async def test_nobody_is_served_before_hello(autojump_clock: MockClock) -> None:
    async with connected(FakeAppServer(), greet=False) as client:
        assert await client.call("thread/list") == {"code": -32600, "message": "Not initialized"}


async def test_a_runtime_sees_how_it_died(autojump_clock: MockClock) -> None:
    server = FakeAppServer(silence)
    async with open_fake_runtime(server, RuntimeConfig()) as runtime:
        session = await runtime.start_session(SessionConfig(cwd="."))
        async with session.ask_stream("hello") as turn:
            await anext(turn)
            server.crash(3, "out of luck\n")
            with pytest.raises(TurnLost) as raised:
                await turn.finish()
    assert "out of luck" in str(raised.value)
