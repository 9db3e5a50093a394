"""The life of a runtime in asyncio: many tasks, a loop that is blocked, handlers, errors."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from codex_runtime import (
    ApprovalAnswer,
    ApprovalRequest,
    PromptError,
    RuntimeConfig,
    SessionBusy,
    StartError,
    TurnFailed,
    TurnInterrupted,
)
from codex_runtime.aio import Session, open_fake_runtime, open_runtime
from codex_runtime.testing import FakeAppServer, FakeTurn, write_fake_codex
from tests.faces.leaving import (
    BOUND_S,
    SESSION,
    LongTurns,
    Signal,
    assert_nothing_more,
    in_asyncio,
    threads_of_runtimes,
    wait_for_their_end,
    yes,
)
from tests.support.process_facts import ProcessFacts


class MistakeError(Exception):
    """What the code of a user raises."""


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    gc.collect()
    wait_for_their_end()


@in_asyncio
async def test_a_thousand_tasks_that_wait_for_silent_turns_need_one_thread() -> None:
    all_run = Signal()

    async def play(turn: FakeTurn) -> None:
        if len(turn.server.running) == 1000:
            all_run.set()
        await trio.sleep_forever()

    server = FakeAppServer(play)
    before = threading.active_count()
    async with open_fake_runtime(server) as runtime:
        sessions = [await runtime.start_session(SESSION) for _ in range(1000)]
        asked = [asyncio.create_task(session.ask("hello")) for session in sessions]
        await all_run.in_asyncio()
        assert threading.active_count() == before + 1
        outcome = await sessions[500].interrupt_turn()
        assert outcome.state == "interrupted"
        with pytest.raises(TurnInterrupted):
            await asked[500]
        assert sum(task.done() for task in asked) == 1
        assert threading.active_count() == before + 1
        for task in asked:
            task.cancel()
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(problem) for problem in ended} == {asyncio.CancelledError, TurnInterrupted}
        assert server.running == []
        assert runtime.statistics().pending_calls == 0
    assert threading.active_count() == before


@in_asyncio
async def test_a_loop_that_is_blocked_delays_nobody_else() -> None:
    told = 2000

    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        for _ in range(told):
            turn.delta("word ")
            await trio.lowlevel.checkpoint()
        turn.end_message("word " * told)

    async with open_fake_runtime(FakeAppServer(play)) as runtime:
        mine, other = [await runtime.start_session(SESSION) for _ in range(2)]
        texts: list[str] = []
        is_told = threading.Event()

        async def read() -> None:
            async with other.ask_stream("beside") as turn:
                async for _ in turn:
                    pass
                texts.append(turn.text)

        def elsewhere() -> None:
            asyncio.run(read())
            is_told.set()

        beside = threading.Thread(target=elsewhere)
        async with mine.ask_stream("mine") as turn:
            beside.start()
            assert is_told.wait(BOUND_S), "it waits for a loop that is blocked"
            assert (await turn.finish()).text == "word " * told
        beside.join()
        assert texts == ["word " * told]


# -- handlers -----------------------------------------------------------------------------------


async def ask_once(turn: FakeTurn) -> None:
    """The turn wants a command approved, and says what was answered."""
    answer = await turn.ask_approval()
    turn.say(str(answer["result"]["decision"]))


@in_asyncio
async def test_a_handler_that_raises_declines_its_request_and_nothing_else() -> None:
    async def approve(request: ApprovalRequest) -> ApprovalAnswer:
        raise MistakeError(request)

    config = RuntimeConfig(approvals=approve)
    async with open_fake_runtime(FakeAppServer(ask_once), config) as runtime:
        session = await runtime.start_session(SESSION)
        assert (await session.ask("hello")).text == "decline"
        assert runtime.statistics().server_request_failures == 1


@in_asyncio
async def test_a_handler_runs_as_a_task_of_the_loop_that_opened_the_runtime() -> None:
    seen: list[object] = []

    async def approve(request: ApprovalRequest) -> ApprovalAnswer:
        await asyncio.sleep(0)
        seen.extend((asyncio.get_running_loop(), threading.current_thread()))
        return yes(request)

    config = RuntimeConfig(approvals=approve)
    async with open_fake_runtime(FakeAppServer(ask_once), config) as runtime:
        session = await runtime.start_session(SESSION)
        assert (await session.ask("hello")).text == "accept"
    assert seen == [asyncio.get_running_loop(), threading.current_thread()]


@in_asyncio
async def test_a_handler_that_waits_is_cancelled_when_its_turn_is_interrupted() -> None:
    waits, cancelled = asyncio.Event(), asyncio.Event()

    async def approve(request: ApprovalRequest) -> ApprovalAnswer:
        waits.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return yes(request)

    config = RuntimeConfig(approvals=approve)
    async with open_fake_runtime(FakeAppServer(ask_once), config) as runtime:
        session = await runtime.start_session(SESSION)
        asked = asyncio.create_task(session.ask("hello"))
        await waits.wait()
        await session.interrupt_turn()
        with pytest.raises(TurnInterrupted):
            await asked
        await cancelled.wait()


@in_asyncio
async def test_a_handler_that_asks_its_own_thread_is_told_that_it_is_busy() -> None:
    problems: list[BaseException] = []
    sessions: list[Session] = []

    async def approve(request: ApprovalRequest) -> ApprovalAnswer:
        try:
            await sessions[0].ask("inside")
        except SessionBusy as problem:
            problems.append(problem)
        return yes(request)

    config = RuntimeConfig(approvals=approve)
    async with open_fake_runtime(FakeAppServer(ask_once), config) as runtime:
        sessions.append(await runtime.start_session(SESSION))
        assert (await sessions[0].ask("hello")).text == "accept"
    assert len(problems) == 1


@in_asyncio
async def test_a_plain_handler_may_block_and_use_another_runtime_of_threads() -> None:
    from codex_runtime import blocking  # noqa: PLC0415 - in this test alone

    texts: list[str] = []

    def approve(request: ApprovalRequest) -> ApprovalAnswer:
        with blocking.open_fake_runtime() as other:
            other.start_session(SESSION)  # two fakes give their threads the same names
            texts.append(other.start_session(SESSION).ask("inside").text)
        return yes(request)

    config = RuntimeConfig(approvals=approve)
    async with open_fake_runtime(FakeAppServer(ask_once), config) as runtime:
        assert (await runtime.run("hello", SESSION)).text == "accept"
    assert texts == ["echo: inside"]


# -- errors -------------------------------------------------------------------------------------


@in_asyncio
async def test_errors_come_out_as_they_are() -> None:
    async def fail(turn: FakeTurn) -> None:
        turn.fail("out of order", "usageLimitExceeded")

    async with open_fake_runtime(FakeAppServer(fail)) as runtime:
        session = await runtime.start_session(SESSION)
        with pytest.raises(PromptError):
            await session.ask("")
        with pytest.raises(PromptError):
            session.ask_stream("")
        with pytest.raises(TurnFailed, match="out of order") as failed:
            await session.ask("hello")
        assert failed.value.result.status == "failed"
        assert failed.value.__context__ is None


@in_asyncio
async def test_the_error_of_a_block_is_not_wrapped() -> None:
    mistake = MistakeError()
    turns = LongTurns()

    async def use() -> None:
        async with open_fake_runtime(turns.server) as runtime:
            session = await runtime.start_session(SESSION)
            async with session, session.ask_stream("long"):
                raise mistake

    with pytest.raises(MistakeError) as raised:
        await use()
    assert raised.value is mistake
    assert mistake.__context__ is None
    assert turns.statuses == ["interrupted"]


@in_asyncio
async def test_a_runtime_that_does_not_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="nothing"):
        async with open_runtime(RuntimeConfig(codex_bin=str(tmp_path / "nothing"))):
            pytest.fail("it cannot start")
    assert threads_of_runtimes() == []


@in_asyncio
async def test_a_block_is_entered_once() -> None:
    opening = open_fake_runtime()
    async with opening:
        with pytest.raises(RuntimeError, match="entered once"):
            await opening.__aenter__()


# -- again and again ----------------------------------------------------------------------------


@in_asyncio
async def test_two_hundred_runtimes_leave_nothing() -> None:
    async def use() -> None:
        async with open_fake_runtime() as runtime:
            assert (await runtime.run("hello", SESSION)).text == "echo: hello"

    await use()
    before = ProcessFacts.now()
    for _ in range(200):
        await use()
    assert_nothing_more(before)


@in_asyncio
async def test_twenty_runtimes_with_a_process_leave_nothing(tmp_path: Path) -> None:
    config = RuntimeConfig(
        codex_bin=str(write_fake_codex(tmp_path)), codex_home=str(tmp_path / "home")
    )

    async def use() -> None:
        async with open_runtime(config) as runtime:
            assert (await runtime.run("hello", SESSION)).text == "echo: hello"

    await use()
    before = ProcessFacts.now()
    for _ in range(20):
        await use()
    assert_nothing_more(before)
