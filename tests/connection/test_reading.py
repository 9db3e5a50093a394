"""The reader: what comes is handed on, bad input harms nobody, and the end wakes everybody."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
import trio.lowlevel

from codex_runtime.errors import AppServerExited, LocalProtocolError
from tests.connection.scripted import connected
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

NAP_S = 0.002
EVENT = {"method": "warning", "params": {"threadId": "t", "message": "m"}}


@pytest.mark.parametrize(
    "noise",
    [
        b"not json\n",
        b"\n\n",
        b"[1, 2]\n",
        b'{"neither": 1}\n',
        b"\xff\xfe\n",
        b'{"id": 999, "result": {}}\n',
        b'{"id": "1", "result": {}}\n',
        b'{"id": 1.5, "result": {}}\n',
        b'{"method": "x", "params": ' + b"[" * 5000 + b"]" * 5000 + b"}\n",
        b'{"method": "long", "params": "' + b"x" * 9000 + b'"}\n',
    ],
)
async def test_a_line_that_says_nothing_is_skipped_and_the_stream_goes_on(
    noise: bytes, autojump_clock: MockClock
) -> None:
    async with connected(max_frame_bytes=8192) as line:
        outcomes = Outcomes()
        line.nursery.start_soon(
            outcomes.run, lambda: line.connection.request("a", {}, gate="quick")
        )
        request = await line.peer.read()
        await line.peer.transport.send_all(noise)
        await line.peer.send(EVENT)
        await line.peer.transport.send_all(noise)
        await line.peer.answer(request, "still here")
        await settle()
        assert outcomes.values == [b'"still here"']
        assert "warning" in [method for _, method in line.sink.notifications]
        assert not line.connection.ended.is_set()


async def test_noise_is_counted(autojump_clock: MockClock) -> None:
    async with connected(max_frame_bytes=8192) as line:
        await line.peer.transport.send_all(b"not json\n" + b"x" * 9000 + b"\n")
        await line.peer.send({"id": 5, "result": {}})
        await settle()
        assert line.counters.garbage_frames == 1
        assert line.counters.frames_too_long == 1
        assert line.counters.stray_answers == 1


@pytest.mark.parametrize("emitted_at_ms", [10**400, -5, 0, None])
async def test_a_time_that_is_none_is_passed_over(
    emitted_at_ms: int | None, autojump_clock: MockClock
) -> None:
    async with connected() as line:
        await line.peer.send({**EVENT, "emittedAtMs": emitted_at_ms})
        await settle()
        assert len(line.sink.notifications) == 1
        assert not line.connection.ended.is_set()
        assert line.counters.event_lateness.snapshot().count == 0


async def test_a_last_line_without_newline_is_read(autojump_clock: MockClock) -> None:
    async with connected() as line:
        await line.peer.transport.send_all(b'{"method": "last", "params": {}}')
        await line.peer.transport.aclose()
        await line.connection.ended.wait()
        assert [method for _, method in line.sink.notifications] == ["last"]


async def test_the_end_wakes_every_waiter_at_once_and_says_who_was_written(
    autojump_clock: MockClock,
) -> None:
    async with connected(quick_places=3, max_buffer_bytes=100) as line:
        noted = [Outcomes() for _ in range(5)]
        for outcomes in noted:

            async def request() -> bytes:
                params = {"text": "x" * 70_000}
                return await line.connection.request("a", params, gate="quick")

            line.nursery.start_soon(outcomes.run, request)
            await settle()
        await trio.sleep(5)
        ended_at_s = trio.current_time()
        await line.peer.transport.aclose()
        await settle()
        errors = [outcomes.errors[0] for outcomes in noted]
        assert all(isinstance(error, AppServerExited) for error in errors)
        # The first is being written, two wait behind it, two wait for a place at the gate.
        assert [error.outcome_certain for error in errors] == [  # type: ignore[attr-defined]
            False,
            True,
            True,
            True,
            True,
        ]
        assert {outcomes.ended_at_s[0] for outcomes in noted} == {ended_at_s}
        assert len({id(error) for error in errors}) == 5


async def test_an_answer_that_came_before_the_end_counts(autojump_clock: MockClock) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        line.nursery.start_soon(
            outcomes.run, lambda: line.connection.request("a", {}, gate="quick")
        )
        await line.peer.answer(await line.peer.read(), "in time")
        await line.peer.transport.aclose()
        await settle()
        assert outcomes.values == [b'"in time"']


async def test_a_sink_that_raises_ends_the_connection_as_a_state(autojump_clock: MockClock) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        line.nursery.start_soon(
            outcomes.run, lambda: line.connection.request("a", {}, gate="quick")
        )
        await line.peer.read()
        line.sink.failure = ZeroDivisionError("odd")
        await line.peer.send(EVENT)
        await settle()
        [error] = outcomes.errors
        assert isinstance(error, AppServerExited)
        assert isinstance(error.__cause__, ZeroDivisionError)
        assert "ZeroDivisionError" in str(error)
        assert line.connection.ended.is_set()


async def test_ending_it_twice_counts_once(autojump_clock: MockClock) -> None:
    async with connected() as line:
        line.connection.end("first")
        line.connection.end("second")
        with pytest.raises(AppServerExited, match="first"):
            line.connection.require_open()


async def test_a_request_of_the_server_is_answered_once(autojump_clock: MockClock) -> None:
    async with connected() as line:
        await line.peer.send(
            {"method": "ask", "id": 0, "params": {"x": 1}},
            {"method": "ask", "id": "0"},
            {"method": "ask", "id": 2},
        )
        await settle()
        assert [request.request_id for request in line.sink.requests] == [0, "0", 2]
        line.connection.answer(0, {"decision": "decline"})
        line.connection.refuse("0", -32601, "no")
        line.connection.withdraw(2)
        for request_id in (0, "0", 2, 77):
            assert not line.connection.awaits_answer(request_id)
            with pytest.raises(LocalProtocolError):
                line.connection.answer(request_id, {})
        assert await line.peer.unread() == [
            {"id": 0, "result": {"decision": "decline"}},
            {"id": "0", "error": {"code": -32601, "message": "no"}},
        ]


async def test_a_hot_stream_of_small_chunks_is_gathered_while_no_call_waits(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        await line.peer.send(EVENT)
        await trio.lowlevel.checkpoint()
        for _ in range(50):
            await line.peer.send(EVENT)
            await trio.sleep(NAP_S / 10)
        await settle()
        assert len(line.sink.notifications) == 51
        assert line.sink.chunks < 20


async def test_while_a_call_waits_every_chunk_is_handed_on_at_once(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        line.nursery.start_soon(
            outcomes.run, lambda: line.connection.request("a", {}, gate="quick")
        )
        request = await line.peer.read()
        sent_at_s: list[float] = []
        for _ in range(50):
            sent_at_s.append(trio.current_time())
            await line.peer.send(EVENT)
            await trio.sleep(NAP_S / 10)
        await line.peer.answer(request, {})
        answered_at_s = trio.current_time()
        await settle()
        assert [at_s for at_s, _ in line.sink.notifications] == sent_at_s
        assert line.sink.chunks >= 51
        assert outcomes.ended_at_s == [answered_at_s]


async def test_a_call_cuts_the_readers_nap_short(autojump_clock: MockClock) -> None:
    async with connected() as line:
        await line.peer.send(EVENT)
        await trio.lowlevel.checkpoint()
        await line.peer.send(EVENT)
        await trio.sleep(NAP_S / 10)
        await line.peer.send(EVENT)
        await trio.sleep(NAP_S / 10)
        outcomes = Outcomes()
        line.nursery.start_soon(
            outcomes.run, lambda: line.connection.request("a", {}, gate="quick")
        )
        await line.peer.answer(await line.peer.read(), {})
        asked_at_s = trio.current_time()
        await settle()
        assert outcomes.ended_at_s == [asked_at_s]
        assert len(line.sink.notifications) == 3


async def test_the_first_event_after_a_silence_is_never_delayed(autojump_clock: MockClock) -> None:
    async with connected() as line:
        for _ in range(20):
            await trio.sleep(1)
            sent_at_s = trio.current_time()
            await line.peer.send(EVENT)
            await trio.sleep(0.1)
            assert line.sink.notifications[-1][0] == sent_at_s


async def test_large_chunks_are_never_waited_for(autojump_clock: MockClock) -> None:
    async with connected() as line:
        large = {"method": "warning", "params": {"message": "x" * 40_000}}
        sent_at_s: list[float] = []
        for _ in range(20):
            sent_at_s.append(trio.current_time())
            await line.peer.send(large)
            await trio.sleep(NAP_S / 10)
        await settle()
        assert [at_s for at_s, _ in line.sink.notifications] == sent_at_s


def deltas(*texts: str) -> bytes:
    return b"".join(
        b'{"method":"item/agentMessage/delta","params":{"threadId":"t","turnId":"u","itemId":"i",'
        b'"delta":"%b"},"emittedAtMs":1}\n' % text.encode()
        for text in texts
    )


async def test_blocks_of_deltas_are_handed_over_whole_if_the_sink_takes_them(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        await line.peer.transport.send_all(deltas("a", "b"))
        await settle()
        assert line.sink.deltas_taken == [["a", "b"]]
        assert line.counters.event_lateness.snapshot().count == 1
        line.sink.takes_deltas = False
        await line.peer.transport.send_all(deltas("c", "d"))
        await settle()
        assert line.sink.deltas_taken == [["a", "b"]]
        assert [method for _, method in line.sink.notifications] == ["item/agentMessage/delta"] * 2
        assert line.counters.event_lateness.snapshot().count == 2


@pytest.mark.parametrize(("patience_s", "chunks"), [(0.0, 4), (0.001, 1)])
async def test_a_sink_with_patience_gets_what_is_there_already_before_its_chunk_is_done(
    patience_s: float, chunks: int, autojump_clock: MockClock
) -> None:
    async with connected() as line:
        line.sink.patience_s = patience_s
        await line.peer.transport.send_all(deltas(*["x" * 1000] * 200))
        await settle()
        assert sum(map(len, line.sink.deltas_taken)) == 200
        assert line.sink.chunks == chunks
