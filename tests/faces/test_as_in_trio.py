"""Where threads meet a face does as trio does: beside others, when cancelled, after the end."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from codex_runtime import (
    RuntimeClosed,
    SessionClosed,
    SessionConfig,
    TokenBudget,
    aio,
    blocking,
)
from codex_runtime.testing import FakeAppServer, FakeTurn
from tests.faces.leaving import BOUND_S, SESSION, LongTurns, Signal, in_asyncio, wait_for_their_end

WORDS = 400


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    gc.collect()
    wait_for_their_end()


async def many_words(turn: FakeTurn) -> None:
    turn.begin_message()
    for _ in range(WORDS):
        turn.delta("word ")
    turn.say("done")


class Deaf(FakeAppServer):
    """Answers no archive."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_to_archive = Signal()

    def _thread_archive(self, message: object) -> None:  # noqa: ARG002 - the server's own
        self.asked_to_archive.set()


# -- beside other consumers -------------------------------------------------------------------


@in_asyncio
@pytest.mark.parametrize("ends", ["finish", "leave"])
async def test_a_task_that_iterates_ends_when_another_finishes_or_leaves(ends: str) -> None:
    async def read(turn: aio.Turn) -> int:
        return len([event async for event in turn])

    async with aio.open_fake_runtime(FakeAppServer(many_words)) as runtime:
        session = await runtime.start_session(SESSION)
        for _ in range(10):
            async with session.ask_stream("many") as turn:
                reading = asyncio.create_task(read(turn))
                await asyncio.sleep(0)
                if ends == "finish":
                    await turn.finish()
                    await reading
            assert await reading >= 0


@pytest.mark.parametrize("ends", ["finish", "leave"])
def test_a_thread_that_iterates_ends_when_another_finishes_or_leaves(ends: str) -> None:
    def read(turn: blocking.Turn) -> int:
        begun.set()
        return len(list(turn))

    begun = threading.Event()
    with (
        blocking.open_fake_runtime(FakeAppServer(many_words)) as runtime,
        ThreadPoolExecutor(1) as pool,
    ):
        session = runtime.start_session(SESSION)
        for _ in range(20):
            begun.clear()
            with session.ask_stream("many") as turn:
                reading = pool.submit(read, turn)
                assert begun.wait(BOUND_S)
                if ends == "finish":
                    turn.finish()
            assert reading.result(BOUND_S) >= 0


def test_the_text_is_read_while_another_thread_iterates() -> None:
    def read(turn: blocking.Turn) -> None:
        for _ in turn:
            pass

    with (
        blocking.open_fake_runtime(FakeAppServer(many_words)) as runtime,
        ThreadPoolExecutor(1) as pool,
    ):
        session = runtime.start_session(SESSION)
        with session.ask_stream("many") as turn:
            reading = pool.submit(read, turn)
            texts = [turn.text]
            while not reading.done():
                texts.append(turn.text)
            reading.result()
            assert turn.text == turn.finish().text
        assert texts == sorted(texts, key=len)


@in_asyncio
async def test_whoever_waits_in_a_stream_that_is_left_is_told_its_end() -> None:
    async def read(stream: aio.Subscription | aio.StateView | aio.StateEvents) -> bool:
        async for _ in stream:
            pass
        return True

    async with aio.open_fake_runtime() as runtime:
        session = await runtime.start_session(SESSION)
        async with session.observe() as view:
            async with view.events() as events, runtime.subscribe() as everything:
                reading = [asyncio.create_task(read(stream)) for stream in (events, everything)]
                await session.ask("hello")
            reading.append(asyncio.create_task(read(view)))
            await asyncio.sleep(0)
        assert await asyncio.gather(*reading) == [True, True, True]


@in_asyncio
async def test_a_view_gives_the_newest_state_after_a_wait_that_was_given_up() -> None:
    async with aio.open_fake_runtime() as runtime:
        session = await runtime.start_session(SESSION)
        async with session.observe() as view:
            await anext(view)
            with suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    await anext(view)
            for number in range(3):
                await session.ask(f"{number}")
            while len(view.state.turns) < 3 or view.state.turns[-1].status != "completed":
                await anext(view)
            with suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    await anext(view)
            await session.ask("last")
            newest = await anext(view)
            assert len(newest.turns) == len(view.state.turns)


@in_asyncio
async def test_a_turn_that_was_left_gives_nothing_more() -> None:
    turns = LongTurns()
    async with aio.open_fake_runtime(turns.server) as runtime:
        session = await runtime.start_session(SESSION)
        async with session.ask_stream("long") as turn:
            await turns.begun.in_asyncio()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    async for _ in turn:
                        pass
        assert [event async for event in turn] == []


# -- budgets ----------------------------------------------------------------------------------


async def _spend(turn: FakeTurn) -> None:
    turn.usage(100)
    turn.say("ok")


def _generous() -> SessionConfig:
    def more(budget: TokenBudget) -> None:
        budget.set_limit(budget.limit_tokens + 1000)

    return SessionConfig(cwd=".", budget=TokenBudget(50, on_exceed=more))


@in_asyncio
async def test_a_limit_that_a_callback_raises_is_raised_for_the_next_ask() -> None:
    async with aio.open_fake_runtime(FakeAppServer(_spend)) as runtime:
        session = await runtime.start_session(_generous())
        assert [(await session.ask(prompt)).text for prompt in "ab"] == ["ok", "ok"]


def test_a_limit_that_a_callback_in_a_thread_raises_is_raised_for_the_next_ask() -> None:
    with blocking.open_fake_runtime(FakeAppServer(_spend)) as runtime:
        session = runtime.start_session(_generous())
        assert [session.ask(prompt).text for prompt in "ab"] == ["ok", "ok"]


# -- cancelled --------------------------------------------------------------------------------


@in_asyncio
async def test_a_cancelled_block_of_a_session_does_not_wait_for_its_archive() -> None:
    server = Deaf()
    async with aio.open_fake_runtime(server) as runtime:
        entered = asyncio.Event()

        async def use() -> None:
            async with await runtime.start_session(SESSION):
                entered.set()
                await asyncio.Event().wait()

        using = asyncio.create_task(use())
        await entered.wait()
        using.cancel()
        with pytest.raises(asyncio.CancelledError):
            await using
        # It has close_timeout_s for its answer, and is the runtime's by now.
        await server.asked_to_archive.in_asyncio()
        assert runtime.statistics().pending_calls == 1


# -- after the end ----------------------------------------------------------------------------


@in_asyncio
async def test_what_is_known_is_told_after_the_runtime_was_left() -> None:
    async with aio.open_fake_runtime() as runtime:
        closed, left = await runtime.start_session(SESSION), await runtime.start_session(SESSION)
        outcome = await closed.close()
        async with left.ask_stream("hello") as turn:
            result = await turn.finish()
    assert await closed.close() == outcome
    assert await turn.finish() == result
    assert (await turn.interrupt()).state == "already_ended"
    with pytest.raises(SessionClosed):
        await closed.ask("late")
    with pytest.raises(RuntimeClosed):
        await left.ask("late")
    await left.repeat("again", every=1).run()


def test_what_is_known_is_told_in_plain_python_after_the_runtime_was_left() -> None:
    with blocking.open_fake_runtime() as runtime:
        closed = runtime.start_session(SESSION)
        outcome = closed.close()
        left = runtime.start_session(SESSION)
    assert closed.close() == outcome
    with pytest.raises(SessionClosed):
        closed.ask("late")
    with pytest.raises(RuntimeClosed):
        left.ask("late")
