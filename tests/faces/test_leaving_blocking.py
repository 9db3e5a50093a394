"""Leaving in plain threads: a loop is broken off, a stream forgotten, a thread or a block ends."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress

import pytest
import trio

from codex_runtime import RuntimeClosed, TurnInterrupted
from codex_runtime.blocking import Runtime, Session, Turn, open_fake_runtime
from codex_runtime.protocol import AgentMessageDelta
from tests.faces.leaving import SESSION, LongTurns, Signal, wait_for_their_end


class MistakeError(Exception):
    """What the code of a user raises."""


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    gc.collect()
    wait_for_their_end()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for whatever blocks."""
    with ThreadPoolExecutor() as threads:
        yield threads


def check_all_goes_on(runtime: Runtime, session: Session) -> None:
    """Nothing waits for an answer, and the next turn of the thread is the next."""
    assert session.ask("next").text == "echo: next"
    assert runtime.statistics().pending_calls == 0


# -- a stream ---------------------------------------------------------------------------------


def by_break(session: Session) -> None:
    with session.ask_stream("long") as turn:
        for event in turn:
            if isinstance(event, AgentMessageDelta):
                break


def by_return(session: Session) -> None:
    with session.ask_stream("long") as turn:
        for event in turn:
            if isinstance(event, AgentMessageDelta):
                return


def by_exception(session: Session) -> None:
    def read() -> None:
        with session.ask_stream("long") as turn:
            for event in turn:
                if isinstance(event, AgentMessageDelta):
                    raise MistakeError

    with pytest.raises(MistakeError) as raised:
        read()
    assert raised.value.__cause__ is None


def by_leaving_it_unread(session: Session) -> None:
    with session.ask_stream("long"):
        pass


def by_a_generator_that_is_closed(session: Session) -> None:
    def words() -> Iterator[str]:
        with session.ask_stream("long") as turn:
            for event in turn:
                if isinstance(event, AgentMessageDelta):
                    yield event.delta

    for word in words():
        assert word == "word "
        break
    gc.collect()


def by_the_exit_of_a_thread(session: Session) -> None:
    def use() -> None:
        with session.ask_stream("long") as turn:
            for event in turn:
                if isinstance(event, AgentMessageDelta):
                    sys.exit("in a thread it ends the thread alone")

    def end() -> None:
        with suppress(SystemExit):  # Python does so; here it would be taken for a failure
            use()

    thread = threading.Thread(target=end)
    thread.start()
    thread.join()


LEAVING = [
    by_break,
    by_return,
    by_exception,
    by_leaving_it_unread,
    by_a_generator_that_is_closed,
    by_the_exit_of_a_thread,
]


@pytest.mark.parametrize("leave", LEAVING, ids=lambda leave: leave.__name__)
def test_a_stream_that_is_left_early_ends_its_turn(leave: Callable[[Session], None]) -> None:
    turns = LongTurns()
    with open_fake_runtime(turns.server) as runtime:
        session = runtime.start_session(SESSION)
        leave(session)
        turns.over.wait()
        assert turns.statuses == ["interrupted"]
        check_all_goes_on(runtime, session)


def _forgotten(session: Session) -> None:
    """A stream that was entered and read, and is held by nobody when this returns."""
    turn = session.ask_stream("long").__enter__()
    next(turn)


def test_a_stream_that_is_forgotten_ends_its_turn_when_it_is_collected() -> None:
    turns = LongTurns()
    with open_fake_runtime(turns.server) as runtime:
        session = runtime.start_session(SESSION)
        _forgotten(session)
        gc.collect()
        turns.over.wait()
        assert turns.statuses == ["interrupted"]
        check_all_goes_on(runtime, session)


def test_a_turn_alone_keeps_its_stream() -> None:
    turns = LongTurns()
    with open_fake_runtime(turns.server) as runtime:
        session = runtime.start_session(SESSION)
        turn = session.ask_stream("long").__enter__()
        gc.collect()
        next(turn)
        assert turns.statuses == [None]
        del turn
        gc.collect()
        turns.over.wait()


def test_a_stream_is_read_in_one_thread_and_left_in_another(pool: ThreadPoolExecutor) -> None:
    turns = LongTurns()
    reads = Signal()

    def read(turn: Turn) -> list[str]:
        told: list[str] = []
        for event in turn:
            told.append(type(event).__name__)
            if isinstance(event, AgentMessageDelta):
                reads.set()
        return told

    with open_fake_runtime(turns.server) as runtime:
        session = runtime.start_session(SESSION)
        with session.ask_stream("long") as turn:
            reading = pool.submit(read, turn)
            reads.wait()
        assert reading.result()[-1] in {"AgentMessageDelta", "TurnCompleted"}
        assert turns.statuses == ["interrupted"]
        check_all_goes_on(runtime, session)


def test_a_second_reader_is_refused_and_the_first_reads_on(pool: ThreadPoolExecutor) -> None:
    turns = LongTurns()
    with open_fake_runtime(turns.server) as runtime:
        session = runtime.start_session(SESSION)
        with session.ask_stream("long") as turn:
            for event in turn:
                if isinstance(event, AgentMessageDelta):
                    break
            readers = [pool.submit(lambda: [type(event).__name__ for event in turn]) for _ in "ab"]
            refused = next(as_completed(readers))
            with pytest.raises(trio.BusyResourceError):
                refused.result()
            turn.interrupt()
            (first,) = [reader for reader in readers if reader is not refused]
            assert first.result()[-1] == "TurnCompleted"


# -- a runtime --------------------------------------------------------------------------------


def test_leaving_a_runtime_ends_what_other_threads_wait_for(pool: ThreadPoolExecutor) -> None:
    turns = LongTurns()
    with open_fake_runtime(turns.server) as runtime:
        session = runtime.start_session(SESSION)
        asked = pool.submit(session.ask, "long")
        turns.begun.wait()
    with pytest.raises(TurnInterrupted):
        asked.result()
    assert turns.statuses == ["interrupted"]


def test_a_session_that_is_closed_ends_what_other_threads_ask_of_it(
    pool: ThreadPoolExecutor,
) -> None:
    turns = LongTurns()
    with open_fake_runtime(turns.server) as runtime:
        session = runtime.start_session(SESSION)
        asked = pool.submit(session.ask, "long")
        turns.begun.wait()
        session.close()
        with pytest.raises(TurnInterrupted):
            asked.result()


def test_a_runtime_that_was_left_refuses_everything_at_once() -> None:
    with open_fake_runtime() as runtime:
        session = runtime.start_session(SESSION)
        block = session.ask_stream("hello")
    for use in (
        lambda: session.ask("hello"),
        lambda: runtime.start_session(SESSION),
        lambda: runtime.request("account/read"),
        block.__enter__,
    ):
        with pytest.raises(RuntimeClosed):
            use()
    assert runtime.statistics().pending_calls == 0


def test_a_runtime_may_be_left_in_another_thread(pool: ThreadPoolExecutor) -> None:
    opening = open_fake_runtime()
    runtime = pool.submit(opening.__enter__).result()
    assert runtime.run("hello", SESSION).text == "echo: hello"
    pool.submit(opening.__exit__, None, None, None).result()
    wait_for_their_end()


def test_a_runtime_that_is_forgotten_ends_when_it_is_collected() -> None:
    turns = LongTurns()

    def use() -> None:
        runtime = open_fake_runtime(turns.server).__enter__()
        turn = runtime.start_session(SESSION).ask_stream("long").__enter__()
        next(turn)

    use()
    gc.collect()
    turns.over.wait()
    wait_for_their_end()
    assert turns.statuses == ["interrupted"]
