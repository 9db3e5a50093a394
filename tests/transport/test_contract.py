"""What every transport does, over memory and over a real child."""

from __future__ import annotations

import os
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

import pytest
import trio
import trio.testing

from codex_runtime.transport import ExitReport, Transport, memory_transport_pair, spawn_process
from tests.transport.children import ECHO, IGNORES_EOF_AND_TERM, python, read_lines

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager

# A transport, and what makes its other side go away.
Opened: TypeAlias = "tuple[Transport, Callable[[], None]]"
Opener: TypeAlias = "Callable[[str], AbstractAsyncContextManager[Opened]]"


@asynccontextmanager
async def over_process(other_side: str) -> AsyncGenerator[Opened, None]:
    script = {"echoes": ECHO, "never reads": IGNORES_EOF_AND_TERM}[other_side]
    async with spawn_process(python(script, shutdown_grace_s=0.3)) as transport:
        if other_side == "never reads":
            assert await read_lines(transport, 1) == [b"ready"]
        yield transport, lambda: os.kill(transport.pid, signal.SIGKILL)


@asynccontextmanager
async def over_memory(other_side: str) -> AsyncGenerator[Opened, None]:
    here, there = memory_transport_pair(max_buffer_bytes=4096)
    scope = trio.CancelScope()

    async def be_the_other_side() -> None:
        with scope, suppress(trio.BrokenResourceError):
            if other_side == "never reads":
                await trio.sleep_forever()
            while data := await there.receive_some():
                await there.send_all(data)
        await there.aclose()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(be_the_other_side)
        yield here, scope.cancel
        scope.cancel()
        await here.aclose()


@pytest.fixture(params=[over_memory, over_process], ids=["memory", "process"])
def opened(request: pytest.FixtureRequest) -> Opener:
    opener: Opener = request.param
    return opener


async def receive_exactly(transport: Transport, size_bytes: int) -> bytes:
    received = bytearray()
    while len(received) < size_bytes:
        data = await transport.receive_some()
        assert data
        assert len(data) <= 65_536
        received += data
    return bytes(received)


async def test_bytes_arrive_unchanged_both_ways_while_both_flow(opened: Opener) -> None:
    sent = bytes(range(256)) * 4096
    async with opened("echoes") as (transport, _), trio.open_nursery() as nursery:
        nursery.start_soon(transport.send_all, sent)
        assert await receive_exactly(transport, len(sent)) == sent


async def test_sending_nothing_is_nothing(opened: Opener) -> None:
    async with opened("echoes") as (transport, _):
        await transport.send_all(b"")
        await transport.send_all(b"x")
        assert await transport.receive_some() == b"x"


async def test_a_cancelled_receive_loses_nothing(opened: Opener) -> None:
    async with opened("echoes") as (transport, _):
        with trio.CancelScope() as scope:
            scope.cancel()
            await transport.receive_some()
        assert scope.cancelled_caught
        await transport.send_all(b"kept")
        assert await receive_exactly(transport, 4) == b"kept"


async def test_what_is_here_already_is_taken_without_a_wait(opened: Opener) -> None:
    async with opened("echoes") as (transport, _):
        with pytest.raises(trio.WouldBlock):
            transport.receive_nowait()
        sent = b"x" * 10_000
        received = b""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(transport.send_all, sent)
            while len(received) < len(sent):
                received += await transport.receive_some()
                with suppress(trio.WouldBlock):
                    while True:
                        received += transport.receive_nowait()
        assert received == sent
        with pytest.raises(trio.WouldBlock):
            transport.receive_nowait()


async def test_the_end_is_not_for_a_receiver_that_does_not_wait(opened: Opener) -> None:
    async with opened("echoes") as (transport, let_it_go):
        let_it_go()
        for _ in range(2):
            assert await transport.receive_some() == b""
            with pytest.raises(trio.WouldBlock):
                transport.receive_nowait()
    with pytest.raises(trio.WouldBlock):
        transport.receive_nowait()


async def test_when_the_other_side_is_gone_the_end_comes_for_good(opened: Opener) -> None:
    async with opened("echoes") as (transport, let_it_go):
        await transport.send_all(b"last")
        assert await receive_exactly(transport, 4) == b"last"
        let_it_go()
        for _ in range(3):
            assert await transport.receive_some() == b""


async def test_when_the_other_side_is_gone_sending_breaks(opened: Opener) -> None:
    async with opened("echoes") as (transport, let_it_go):
        let_it_go()
        assert await transport.receive_some() == b""
        for _ in range(2):
            with pytest.raises(trio.BrokenResourceError):
                await transport.send_all(b"x")


async def test_a_send_that_waits_breaks_when_the_other_side_goes(opened: Opener) -> None:
    async with opened("never reads") as (transport, let_it_go), trio.open_nursery() as nursery:

        @nursery.start_soon
        async def send() -> None:
            with pytest.raises(trio.BrokenResourceError):
                await transport.send_all(b"x" * 1_000_000)

        await trio.testing.wait_all_tasks_blocked()
        let_it_go()


async def test_a_second_receiver_or_sender_is_refused(opened: Opener) -> None:
    async with opened("never reads") as (transport, _), trio.open_nursery() as nursery:
        nursery.start_soon(transport.receive_some)
        nursery.start_soon(transport.send_all, b"x" * 1_000_000)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError):
            await transport.receive_some()
        with pytest.raises(trio.BusyResourceError):
            transport.receive_nowait()
        with pytest.raises(trio.BusyResourceError):
            await transport.send_all(b"y")
        nursery.cancel_scope.cancel()


async def test_closing_ends_a_receiver_and_a_sender_that_wait(opened: Opener) -> None:
    async with opened("never reads") as (transport, _), trio.open_nursery() as nursery:

        @nursery.start_soon
        async def receive() -> None:
            assert await transport.receive_some() == b""

        @nursery.start_soon
        async def send() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await transport.send_all(b"x" * 1_000_000)

        await trio.testing.wait_all_tasks_blocked()
        await transport.aclose()


async def test_after_closing_nothing_is_received_and_nothing_can_be_sent(opened: Opener) -> None:
    async with opened("echoes") as (transport, _):
        await transport.send_all(b"unread")
        await transport.aclose()
        assert await transport.receive_some() == b""
        with pytest.raises(trio.ClosedResourceError):
            await transport.send_all(b"x")


async def test_closing_twice_or_at_once_gives_one_report(opened: Opener) -> None:
    reports: list[ExitReport] = []

    async def close(transport: Transport) -> None:
        reports.append(await transport.aclose())

    async with opened("echoes") as (transport, _):
        assert transport.exit_report is None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(close, transport)
            nursery.start_soon(close, transport)
        await close(transport)
    assert reports == [transport.exit_report] * 3
    assert reports[0] is reports[1] is reports[2]


async def test_closing_completes_although_cancelled(opened: Opener) -> None:
    async with opened("echoes") as (transport, _):
        with trio.CancelScope() as scope:
            scope.cancel()
            await transport.aclose()
        assert transport.exit_report is not None
        assert transport.stderr_tail == ""


@pytest.mark.parametrize("size_bytes", [0, -1])
def test_a_memory_pair_that_holds_nothing_is_refused(size_bytes: int) -> None:
    with pytest.raises(ValueError, match=f"max_buffer_bytes={size_bytes}: must be 1 or more"):
        memory_transport_pair(max_buffer_bytes=size_bytes)


async def test_a_memory_end_that_waits_to_send_goes_on_as_the_other_reads() -> None:
    here, there = memory_transport_pair(max_buffer_bytes=3)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(here.send_all, b"1234567")
        await trio.testing.wait_all_tasks_blocked()
        assert [await there.receive_some() for _ in range(3)] == [b"123", b"456", b"7"]
    assert (await here.aclose()).how == "in_memory"
    assert await there.receive_some() == b""
