"""Clients that leave, stall or come in numbers: what they held is let go."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pytest
import trio

from codex_runtime.relay import Relay, sending
from codex_runtime.testing import Gate, silence, text
from codex_runtime.testing.replies import finish
from codex_runtime.testing.scripted_chat import ScriptedChat
from tests.relay.server.wire import begin, connect, opened, post, read, request_bytes, until

ENDLESS = text("x" * 10_000, deltas=20_000, delta_chars=10_000)
"""200 MB."""


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def until_dropped(relay: Relay) -> None:
    await until(lambda: relay.statistics().dropped == 1)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("has_status", [True, False])
async def test_a_client_that_leaves_stops_the_upstream(stream: bool, has_status: bool) -> None:
    async with opened() as (relay, chat):
        chat.enqueue(silence(opened=has_status))
        async with await begin(relay, {"stream": stream}):
            await chat.wait_for_requests(1)
        await chat.wait_disconnected(0)
        await until_dropped(relay)
        assert relay.statistics().streams == 0


async def test_a_client_that_leaves_in_the_middle_stops_the_upstream_and_keeps_nothing() -> None:
    async with opened(strict_ids=True) as (relay, chat):
        chat.enqueue(text("half", finished=False) + silence())
        async with await begin(relay) as stream:
            seen = b""
            while b"half" not in seen:
                seen += await stream.receive_some()
        await chat.wait_disconnected(0)
        made = seen.split(b'"id":"resp_')[1].split(b'"')[0].decode()
        answer = await post(relay, {"previous_response_id": "resp_" + made})
    assert answer.error["code"] == "previous_response_not_found"


async def test_a_client_that_asks_twice_at_once_and_leaves_stops_the_upstream() -> None:
    async with opened() as (relay, chat):
        chat.enqueue(silence(opened=False))
        async with await connect(relay) as stream:
            await stream.send_all(request_bytes({"stream": False}) * 2)
            await chat.wait_for_requests(1)
        await chat.wait_disconnected(0)
        await until_dropped(relay)
        assert len(chat.requests) == 1


async def test_what_is_asked_while_another_answer_comes_is_answered_after_it() -> None:
    async with opened(lambda request: text(request.body["messages"][0]["content"])) as (relay, _):
        asked = b"".join(request_bytes({"input": f"{number} " + "x" * 9000}) for number in range(9))
        async with await connect(relay) as stream, trio.open_nursery() as nursery:
            nursery.start_soon(stream.send_all, asked)
            seen = b""
            while seen.count(b"event: response.completed") < 9:
                seen += await stream.receive_some()
    begun = [seen.index(b'"delta":"%d ' % number) for number in range(9)]
    assert begun == sorted(begun)


async def test_a_client_that_leaves_the_queue_is_forgotten() -> None:
    async with opened(max_streams=1) as (relay, chat):
        chat.enqueue(silence())
        async with await begin(relay):
            await chat.wait_for_requests(1)
            async with await begin(relay):
                await until(lambda: relay.statistics().waiting == 1)
            await until_dropped(relay)
            assert relay.statistics().waiting == 0
            assert len(chat.requests) == 1


async def test_a_client_that_leaves_within_its_body_is_forgotten() -> None:
    async with opened() as (relay, chat):
        async with await connect(relay) as stream:
            await stream.send_all(request_bytes()[:-5])
        await until_dropped(relay)
        assert (await post(relay)).status == 200
        assert len(chat.requests) == 1


async def test_of_a_client_that_reads_nothing_the_upstream_is_not_read_on() -> None:
    async with opened() as (relay, chat):
        chat.enqueue(ENDLESS)
        async with await begin(relay):
            await chat.wait_for_requests(1)
            # What fits into sockets and outbox is read, the rest of 200 MB is not.
            with trio.move_on_after(0.3):
                await chat.wait_disconnected(0)
            assert chat.active_streams == 1
        await chat.wait_disconnected(0)


async def test_a_client_that_takes_nothing_is_given_up() -> None:
    async with opened(client_stall_s=0.1) as (relay, chat):
        chat.enqueue(ENDLESS)
        async with await begin(relay):
            await chat.wait_disconnected(0)
            await until_dropped(relay)


async def test_many_clients_at_once_each_get_their_own_answer() -> None:
    async with opened(lambda request: text(request.body["messages"][0]["content"])) as (relay, _):
        answers: dict[int, str] = {}

        async def ask(number: int) -> None:
            answers[number] = (await post(relay, {"input": f"number {number}"})).text

        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(ask, number)
        assert relay.statistics().completed == 50
    assert answers == {number: f"number {number}" for number in range(50)}


async def test_a_thousand_requests_leave_no_descriptor_and_no_thread() -> None:
    async with opened(max_streams=16, patience_s=110.0) as (relay, chat):

        async def ask(times: int) -> None:
            for _ in range(times):
                await post(relay)

        await ask(20)
        await until(lambda: not relay.statistics().streams and not chat.active_streams)
        before, threads = open_descriptors(), threading.active_count()
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(ask, 98)
        await until(lambda: not relay.statistics().streams and not chat.active_streams)
        await trio.testing.wait_all_tasks_blocked(0.05)
        # The upstream's connections are kept for the next requests.
        assert open_descriptors() <= before + 2 * 16
        assert threading.active_count() <= threads
        assert relay.statistics().completed == 1000


async def test_what_waits_for_a_slow_client_is_bounded() -> None:
    outbox = sending.Outbox()
    taken: list[int] = []

    async def put() -> None:
        for _ in range(64):
            await outbox.put(b"x" * 100_000)
        outbox.close()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(put)
        while not outbox.is_closed:
            await trio.testing.wait_all_tasks_blocked()
            taken.append(len(outbox.take()))
    taken.append(len(outbox.take()))
    assert sum(taken) == 6_400_000
    assert max(taken) < sending.MAX_WAITING_BYTES + 100_000


async def test_leaving_the_block_cuts_what_does_not_drain() -> None:
    fds = open_descriptors()
    async with opened(drain_s=0.05) as (relay, chat):
        chat.enqueue(silence(), silence(opened=False), ENDLESS)
        streams = [await begin(relay) for _ in range(3)]
        idle = await connect(relay)
        await chat.wait_for_requests(3)
        tasks = trio.lowlevel.current_statistics().tasks_living
    assert trio.lowlevel.current_statistics().tasks_living < tasks
    for stream in (*streams, idle):
        await stream.aclose()
    assert open_descriptors() <= fds


async def test_an_answer_under_way_is_finished_where_there_is_time() -> None:
    gate = Gate()
    answers: list[str] = []

    async def finish_reading(stream: trio.SocketStream) -> None:
        answers.append((await read(stream)).text)
        await stream.aclose()

    async with trio.open_nursery() as nursery, opened(drain_s=15.0) as (relay, chat):
        chat.enqueue(text("one ", finished=False) + silence(gate) + text("two") + finish("stop"))
        stream = await begin(relay)
        await chat.wait_for_requests(1)
        nursery.start_soon(finish_reading, stream)
        gate.release()
    assert answers == ["one two"]


async def test_a_cancelled_block_leaves_in_time() -> None:
    with trio.CancelScope() as scope:
        async with opened(drain_s=0.05) as (relay, chat):
            chat.enqueue(silence())
            async with await begin(relay):
                await chat.wait_for_requests(1)
                scope.cancel()
                await trio.sleep_forever()
    assert scope.cancelled_caught


async def test_a_block_that_is_cancelled_while_it_drains_is_cut_at_once() -> None:
    scope = trio.CancelScope()

    async def cancel_once_closed(relay: Relay, chat: ScriptedChat) -> None:
        with suppress(OSError):
            while True:
                await (await connect(relay)).aclose()
        scope.cancel()
        with trio.fail_after(10.0):
            await chat.wait_disconnected(0)

    async with trio.open_nursery() as nursery:
        with scope:
            async with opened(drain_s=15.0) as (relay, chat):
                chat.enqueue(silence())
                nursery.start_soon(hold_open, await begin(relay))
                await chat.wait_for_requests(1)
                nursery.start_soon(cancel_once_closed, relay, chat)
    assert scope.cancelled_caught


async def hold_open(stream: trio.SocketStream) -> None:
    async with stream:
        while await stream.receive_some():
            pass
