"""The life of a runtime in plain threads: many at once, handlers that block, errors, forks."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
from codex_runtime.blocking import Session, open_fake_runtime, open_runtime
from codex_runtime.testing import FakeAppServer, FakeTurn, write_fake_codex
from tests.faces.leaving import (
    SESSION,
    LongTurns,
    Signal,
    assert_nothing_more,
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


def test_fifty_threads_ask_at_once_and_each_gets_its_own_answer() -> None:
    with open_fake_runtime() as runtime, ThreadPoolExecutor(50) as pool:
        texts = list(pool.map(lambda n: runtime.run(f"{n}", SESSION).text, range(200)))
    assert texts == [f"echo: {number}" for number in range(200)]


def test_threads_that_ask_one_session_are_answered_one_after_another() -> None:
    server = FakeAppServer()
    with open_fake_runtime(server) as runtime, ThreadPoolExecutor(20) as pool:
        session = runtime.start_session(SESSION)
        texts = list(pool.map(lambda n: session.ask(f"{n}").text, range(20)))
    assert texts == [f"echo: {number}" for number in range(20)]
    assert server.merged == []


def test_an_interrupt_reaches_one_of_a_hundred_waiting_threads() -> None:
    all_run = Signal()

    async def play(turn: FakeTurn) -> None:
        if len(turn.server.running) == 100:
            all_run.set()
        await trio.sleep_forever()

    server = FakeAppServer(play)
    with ThreadPoolExecutor(100) as pool, open_fake_runtime(server) as runtime:
        sessions = [runtime.start_session(SESSION) for _ in range(100)]
        asked = [pool.submit(session.ask, "hello") for session in sessions]
        all_run.wait()
        assert sessions[50].interrupt_turn().state == "interrupted"
        with pytest.raises(TurnInterrupted):
            asked[50].result()
        assert sum(one.done() for one in asked) == 1
        assert len(server.running) == 99
    assert server.running == []


# -- handlers -----------------------------------------------------------------------------------


async def ask_once(turn: FakeTurn) -> None:
    """The turn wants a command approved, and says what was answered."""
    answer = await turn.ask_approval()
    turn.say(str(answer["result"]["decision"]))


def test_a_plain_handler_may_block_while_other_turns_run() -> None:
    other_is_done = threading.Event()

    def approve(request: ApprovalRequest) -> ApprovalAnswer:
        assert other_is_done.wait(60)
        return yes(request)

    async def play(turn: FakeTurn) -> None:
        await (ask_once(turn) if turn.prompt == "asks" else turn_says(turn))

    async def turn_says(turn: FakeTurn) -> None:
        turn.say("done")
        await trio.lowlevel.checkpoint()

    config = RuntimeConfig(approvals=approve)
    with open_fake_runtime(FakeAppServer(play), config) as runtime, ThreadPoolExecutor() as pool:
        asked = pool.submit(runtime.run, "asks", SESSION)
        assert runtime.run("hello", SESSION).text == "done"
        other_is_done.set()
        assert asked.result().text == "accept"


def test_a_plain_handler_may_use_the_runtime_that_it_serves() -> None:
    texts: list[str] = []
    others: list[Session] = []

    def approve(request: ApprovalRequest) -> ApprovalAnswer:
        texts.append(others[0].ask("beside").text)
        return yes(request)

    async def play(turn: FakeTurn) -> None:
        if turn.prompt == "asks":
            await ask_once(turn)
        else:
            turn.say("done")

    config = RuntimeConfig(approvals=approve)
    with open_fake_runtime(FakeAppServer(play), config) as runtime:
        session = runtime.start_session(SESSION)
        others.append(runtime.start_session(SESSION))
        assert session.ask("asks").text == "accept"
    assert texts == ["done"]


def test_a_handler_that_asks_its_own_thread_is_told_that_it_is_busy() -> None:
    problems: list[BaseException] = []
    sessions: list[Session] = []

    def approve(request: ApprovalRequest) -> ApprovalAnswer:
        try:
            sessions[0].ask("inside")
        except SessionBusy as problem:
            problems.append(problem)
        return yes(request)

    config = RuntimeConfig(approvals=approve)
    with open_fake_runtime(FakeAppServer(ask_once), config) as runtime:
        sessions.append(runtime.start_session(SESSION))
        assert sessions[0].ask("hello").text == "accept"
    assert len(problems) == 1


def test_a_blocking_call_in_the_thread_of_the_runtime_is_refused_at_once() -> None:
    problems: list[str] = []
    sessions: list[Session] = []

    async def approve(request: ApprovalRequest) -> ApprovalAnswer:
        for use in (
            lambda: sessions[1].ask("inside"),
            lambda: sessions[1].ask_stream("inside").__enter__(),
            sessions[1].close,
        ):
            try:
                use()
            except RuntimeError as problem:
                problems.append(str(problem))
        return yes(request)

    config = RuntimeConfig(approvals=approve)
    with open_fake_runtime(FakeAppServer(ask_once), config) as runtime:
        sessions += [runtime.start_session(SESSION) for _ in range(2)]
        assert sessions[0].ask("hello").text == "accept"
    assert len(problems) == 3
    assert all("own thread" in problem for problem in problems)


def test_a_block_is_not_left_in_the_thread_of_the_runtime() -> None:
    problems: list[str] = []

    async def approve(request: ApprovalRequest) -> ApprovalAnswer:
        try:
            opening.__exit__(None, None, None)
        except RuntimeError as problem:
            problems.append(str(problem))
        return yes(request)

    config = RuntimeConfig(approvals=approve)
    opening = open_fake_runtime(FakeAppServer(ask_once), config)
    with opening as runtime:
        assert runtime.run("hello", SESSION).text == "accept"
    assert len(problems) == 1


def test_a_handler_that_raises_declines_its_request_and_nothing_else() -> None:
    def approve(request: ApprovalRequest) -> ApprovalAnswer:
        raise MistakeError(request)

    config = RuntimeConfig(approvals=approve)
    with open_fake_runtime(FakeAppServer(ask_once), config) as runtime:
        assert runtime.run("hello", SESSION).text == "decline"
        assert runtime.statistics().server_request_failures == 1


def test_a_handler_that_never_returns_holds_nobody_when_the_runtime_is_left() -> None:
    asked, never = Signal(), threading.Event()

    def approve(request: ApprovalRequest) -> ApprovalAnswer:
        asked.set()
        never.wait()
        return yes(request)

    config = RuntimeConfig(approvals=approve)
    with ThreadPoolExecutor() as pool:
        with open_fake_runtime(FakeAppServer(ask_once), config) as runtime:
            waiting = pool.submit(runtime.run, "hello", SESSION)
            asked.wait()
        with pytest.raises(TurnInterrupted):
            waiting.result()
    never.set()


# -- errors -------------------------------------------------------------------------------------


def test_errors_come_out_as_they_are() -> None:
    async def fail(turn: FakeTurn) -> None:
        turn.fail("out of order", "usageLimitExceeded")

    with open_fake_runtime(FakeAppServer(fail)) as runtime:
        session = runtime.start_session(SESSION)
        with pytest.raises(PromptError):
            session.ask("")
        with pytest.raises(PromptError):
            session.ask_stream("")
        with pytest.raises(TurnFailed, match="out of order") as failed:
            session.ask("hello")
        assert failed.value.result.status == "failed"
        assert failed.value.__context__ is None


def test_the_error_of_a_block_is_not_wrapped() -> None:
    mistake = MistakeError()
    turns = LongTurns()

    def use() -> None:
        with open_fake_runtime(turns.server) as runtime:
            session = runtime.start_session(SESSION)
            with session, session.ask_stream("long"):
                raise mistake

    with pytest.raises(MistakeError) as raised:
        use()
    assert raised.value is mistake
    assert mistake.__context__ is None
    assert turns.statuses == ["interrupted"]


def test_a_runtime_that_does_not_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    opening = open_runtime(RuntimeConfig(codex_bin=str(tmp_path / "nothing")))
    with pytest.raises(StartError, match="nothing"):
        opening.__enter__()
    assert threads_of_runtimes() == []


def test_a_block_is_entered_once() -> None:
    opening = open_fake_runtime()
    with opening, pytest.raises(RuntimeError, match="entered once"):
        opening.__enter__()


# -- again and again ----------------------------------------------------------------------------


def test_two_hundred_runtimes_leave_nothing() -> None:
    def use() -> None:
        with open_fake_runtime() as runtime:
            assert runtime.run("hello", SESSION).text == "echo: hello"

    use()
    before = ProcessFacts.now()
    for _ in range(200):
        use()
    assert_nothing_more(before)


def test_twenty_runtimes_with_a_process_leave_nothing(tmp_path: Path) -> None:
    config = RuntimeConfig(
        codex_bin=str(write_fake_codex(tmp_path)), codex_home=str(tmp_path / "home")
    )

    def use() -> None:
        with open_runtime(config) as runtime:
            assert runtime.run("hello", SESSION).text == "echo: hello"

    use()
    before = ProcessFacts.now()
    for _ in range(20):
        use()
    assert_nothing_more(before)
