"""The mailbox between the reader and one consumer."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.engine.mailbox import Mailbox

if TYPE_CHECKING:
    from trio.testing import MockClock


async def rest(mailbox: Mailbox[int]) -> list[int]:
    got: list[int] = []
    while True:
        try:
            got.append(await mailbox.get())
        except StopAsyncIteration:
            return got


async def test_items_come_in_order_and_then_the_end() -> None:
    mailbox: Mailbox[int] = Mailbox()
    for number in range(100):
        mailbox.put(number)
    mailbox.close()
    mailbox.put(100)
    assert await rest(mailbox) == list(range(100))
    with pytest.raises(StopAsyncIteration):
        await mailbox.get()


async def test_the_error_it_was_closed_with_comes_after_what_was_put() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(1)
    mailbox.close(KeyError("late"))
    mailbox.close()
    assert await mailbox.get() == 1
    with pytest.raises(KeyError, match="late"):
        await mailbox.get()


async def test_a_consumer_sleeps_until_it_is_woken(autojump_clock: MockClock) -> None:
    mailbox: Mailbox[int] = Mailbox()
    got: list[int] = []

    async def consume() -> None:
        got.append(await mailbox.get())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(consume)
        await trio.testing.wait_all_tasks_blocked()
        mailbox.put(1)
        await trio.testing.wait_all_tasks_blocked()
        assert got == []
        mailbox.wake()
    assert got == [1]


async def test_a_second_consumer_is_refused_while_one_waits() -> None:
    mailbox: Mailbox[int] = Mailbox()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.get)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError):
            await mailbox.get()
        nursery.cancel_scope.cancel()


async def test_dropping_forgets_what_was_not_read_and_takes_no_more() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(1)
    mailbox.drop()
    mailbox.put(2)
    assert len(mailbox) == 0
    assert await rest(mailbox) == []


async def test_a_consumer_that_never_blocks_lets_others_run(mock_clock: MockClock) -> None:
    mailbox: Mailbox[int] = Mailbox()
    for number in range(32_000):
        mailbox.put(number)
    others_ran = 0

    async def other() -> None:
        nonlocal others_ran
        while True:
            others_ran += 1
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        for _ in range(32_000):
            await mailbox.get()
            mock_clock.jump(0.000_01)  # what the consumer does with it
        nursery.cancel_scope.cancel()
    # 0.32 s of work in slices of 2 ms.
    assert 100 <= others_ran <= 200


@given(st.lists(st.sampled_from(["put", "wake", "cancel"]), max_size=60))
def test_cancelling_a_wait_loses_nothing(steps: list[str]) -> None:
    async def scenario() -> None:
        mailbox: Mailbox[int] = Mailbox()
        got: list[int] = []
        put = 0
        scope = trio.CancelScope()

        async def consume() -> None:
            nonlocal scope
            while True:
                with trio.CancelScope() as scope:
                    while True:
                        try:
                            got.append(await mailbox.get())
                        except StopAsyncIteration:
                            return

        async with trio.open_nursery() as nursery:
            nursery.start_soon(consume)
            for step in steps:
                if step == "put":
                    mailbox.put(put)
                    put += 1
                elif step == "wake":
                    mailbox.wake()
                else:
                    scope.cancel()
                await trio.lowlevel.checkpoint()
            mailbox.close()
        assert got == list(range(put))

    trio.run(scenario)
