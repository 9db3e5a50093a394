"""A journal of a runtime: nobody is told what is not written, and what its failures mean."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock
# ruff: noqa: PT012 - what a runtime's block does to it comes out of the block

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.engine.server_events import ServerLost
from codex_runtime.engine.subscriptions import Subscription
from codex_runtime.errors import AppServerExited, ConfigError, RequestError, TurnLost
from codex_runtime.errors.journal import JournalBehind, JournalError, JournalInUse
from codex_runtime.history.journal import read_journal
from codex_runtime.history.journal.file import JournalFile
from codex_runtime.model.journal import JournalConfig
from codex_runtime.model.profile import SessionConfig
from codex_runtime.protocol import WarningNotification
from codex_runtime.runtime.statistics import Statistics
from codex_runtime.session.opening import resume_session
from tests.engine.fake_server import FakeServer, FakeTurn, echo, silence
from tests.engine.running import new_session, running
from tests.history.journal.disk import Disk, journaled
from tests.history.journal.writing import read
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from pathlib import Path

    from trio.testing import MockClock

    from codex_runtime.engine.engine import Engine

NO_ROOM = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


async def echo_or_hang(turn: FakeTurn) -> None:
    """Hang on the prompt ``hang``."""
    await (silence if turn.prompt == "hang" else echo)(turn)


def warn(server: FakeServer, count: int = 1, padding: int = 0) -> None:
    for number in range(count):
        server.notify("warning", {"message": f"{number}" + "x" * padding, "threadId": None})


def warnings(engine: Engine) -> Subscription:
    return Subscription(
        engine.subscriptions, engine.config, engine.counters, methods=["warning"], policy="coalesce"
    )


def messages(path: Path) -> list[str]:
    events = [entry.event for entry in read(path)]
    return [event.message for event in events if isinstance(event, WarningNotification)]


async def test_what_an_ask_took_is_recorded_in_the_order_of_the_wire(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    async with journaled(FakeServer(), JournalConfig(path=path)) as engine:
        session = await new_session(engine)
        assert (await session.ask("one")).text == "echo: one"
    entries = read(path)
    told = [(entry.kind, entry.method) for entry in entries]
    assert told[:4] == [
        ("generation", None),
        ("sent", "initialize"),
        ("result", "initialize"),
        ("sent", "initialized"),
    ]
    order = ("sent", "turn/start"), ("result", "turn/start"), ("notification", "turn/completed")
    assert sorted(map(told.index, order)) == list(map(told.index, order))
    assert told[-1] == ("end", None)
    assert {entry.generation for entry in entries} == {1}
    about = {entry.thread_id for entry in entries if (entry.method or "").startswith("turn/")}
    assert about == {session.thread_id}


async def test_nobody_is_told_before_it_is_written(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    async with (
        journaled(server, JournalConfig(path=path)) as engine,
        warnings(engine) as events,
    ):
        disk.stick()
        warn(server)
        with trio.move_on_after(5) as waiting:
            await anext(events)
        assert waiting.cancelled_caught
        assert messages(path) == []
        disk.free()
        await anext(events)
        assert messages(path) == ["0"]


async def test_an_answer_waits_for_the_journal_too(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    async with journaled(FakeServer(), JournalConfig(path=path)) as engine:
        disk.takes_s = 1.0
        begun_s = trio.current_time()
        await new_session(engine)
        assert trio.current_time() - begun_s >= 1.0


async def test_a_full_queue_that_is_to_be_waited_for_stops_the_reading(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    config = JournalConfig(path=path, max_queue_bytes=100_000)
    async with journaled(server, config) as engine, warnings(engine) as events:
        await new_session(engine)
        disk.stick()
        warn(server, 200, padding=5_000)
        await settle()
        peak = Statistics.of(engine).peak_journal_queue_bytes
        assert 100_000 <= peak <= 100_000 + 2 * 65_536
        disk.free()
        seen = [await anext(events) for _ in range(200)]
        assert len(seen) == 200
        assert Statistics.of(engine).journal_missed == 0
    assert len(messages(path)) == 200


async def test_a_journal_that_fails_ends_the_turn_at_once_and_all_later_work(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer(echo_or_hang)
    outcomes = Outcomes()
    with pytest.raises(JournalError, match="No space left"):
        async with journaled(server, JournalConfig(path=path)) as engine:
            session = await new_session(engine)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(outcomes.run, session.ask, "hang")
                await settle()
                disk.fails = NO_ROOM
                failed_at_s = trio.current_time()
                warn(server)
            assert outcomes.ended_at_s[0] - failed_at_s <= 0.1
            (lost,) = outcomes.errors
            assert isinstance(lost, TurnLost)
            assert isinstance(lost.__cause__, AppServerExited)
            assert isinstance(lost.__cause__.__cause__, JournalError)
            disk.fails = None
            for _ in range(2):
                with pytest.raises(AppServerExited, match="No space left") as refused:
                    await session.ask("next")
                assert isinstance(refused.value.__cause__, JournalError)
            await trio.sleep(100)
            assert server.connections == 1
            assert Statistics.of(engine).journal_failures == 1


async def test_nothing_that_a_failed_journal_lacks_is_told(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    with pytest.raises(JournalError):
        async with (
            journaled(server, JournalConfig(path=path)) as engine,
            warnings(engine) as events,
        ):
            warn(server)
            assert isinstance(await anext(events), WarningNotification)
            disk.fails = NO_ROOM
            warn(server, 3)
            assert [event async for event in events if not isinstance(event, ServerLost)] == []


async def test_what_waits_behind_a_write_that_failed_is_not_recorded(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    with pytest.raises(JournalError, match="No space left"):
        async with journaled(server, JournalConfig(path=path)) as engine:
            disk.stick()
            for _ in range(2):
                warn(server)
                await settle()
            disk.fails = NO_ROOM
            disk.free()
            await settle()
            disk.fails = None
            warn(server)
            await settle()
            assert Statistics.of(engine).journal_missed >= 2
    assert messages(path) == []


async def test_the_bodys_own_error_comes_out_before_that_of_the_journal(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with journaled(FakeServer(), JournalConfig(path=path)):
            disk.fails = NO_ROOM
            raise ZeroDivisionError


async def test_failures_that_are_counted_stop_nobody(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    config = JournalConfig(path=path, on_error="count")
    async with journaled(server, config) as engine, warnings(engine) as events:
        disk.fails = NO_ROOM
        warn(server, 3)
        for _ in range(3):
            await anext(events)
        now = Statistics.of(engine)
        assert now.journal_missed == 3
        assert now.journal_failures >= 1
        disk.fails = None
        warn(server, 2)
        for _ in range(2):
            await anext(events)
    assert messages(path) == ["0", "1"]
    with read_journal(path) as reader:
        list(reader)
    assert reader.missing == 3


async def test_a_disk_that_is_too_slow_is_left_behind_where_that_is_counted(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    config = JournalConfig(path=path, on_full="fail", on_error="count", max_queue_bytes=20_000)
    async with journaled(server, config) as engine, warnings(engine) as events:
        disk.stick()
        warn(server, 100, padding=5_000)
        with trio.fail_after(5):
            for _ in range(100):
                await anext(events)
        missed = Statistics.of(engine).journal_missed
        assert missed > 0
        disk.free()
        await settle()
        warn(server)
        await anext(events)
    with read_journal(path) as reader:
        recorded = sum(entry.method == "warning" for entry in reader)
    assert reader.missing == missed
    assert recorded == 101 - missed


async def test_a_disk_that_is_too_slow_ends_the_server_where_that_is_an_error(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    config = JournalConfig(path=path, on_full="fail", max_queue_bytes=20_000)
    with pytest.raises(JournalBehind, match="max_queue_bytes"):
        async with journaled(server, config) as engine:
            session = await new_session(engine)
            disk.stick()
            warn(server, 100, padding=5_000)
            await settle()
            with pytest.raises(AppServerExited, match="slower than the server"):
                await session.ask("next")
            disk.free()


async def test_leaving_does_not_wait_for_a_disk_that_is_stuck(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    async with journaled(server, JournalConfig(path=path)):
        disk.stick()
        warn(server)
        await settle()
        left_at_s = trio.current_time()
    assert trio.current_time() - left_at_s <= 2.5


async def test_leaving_cancelled_writes_what_waits(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    with trio.move_on_after(10):
        async with journaled(server, JournalConfig(path=path)):
            disk.takes_s = 0.5
            warn(server, 3)
            await trio.sleep_forever()
    assert messages(path) == ["0", "1", "2"]


async def test_each_server_process_is_a_generation_with_its_end(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    async with journaled(server, JournalConfig(path=path)) as engine:
        session = await new_session(engine)
        await session.ask("one")
        server.crash()
        await settle()
        await session.ask("two")
    told = [(e.generation, e.kind) for e in read(path) if e.kind in ("generation", "end")]
    assert told == [(1, "generation"), (1, "end"), (2, "generation"), (2, "end")]
    runtimes = {json.loads(e.message)["runtime"] for e in read(path) if e.kind == "generation"}
    assert len(runtimes) == 1


async def test_the_next_runtime_goes_on_in_the_same_file(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    for _ in range(2):
        async with journaled(FakeServer(), JournalConfig(path=path)):
            pass
    entries = read(path)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert {entry.generation for entry in entries} == {1}
    begun = [json.loads(entry.message) for entry in entries if entry.kind == "generation"]
    assert len({message["runtime"] for message in begun}) == 2


async def test_a_journal_that_cannot_be_opened_starts_no_server(
    autojump_clock: MockClock, disk: Disk, tmp_path: Path
) -> None:
    server = FakeServer()
    with pytest.raises(JournalError, match="folder has to be there"):
        async with journaled(server, JournalConfig(path=tmp_path / "no" / "journal")):
            pass
    assert server.connections == 0


async def test_what_is_flushed_now_and_then_is_flushed_without_more_coming(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    config = JournalConfig(path=path, every_ms=60_000)
    async with journaled(server, config) as engine, warnings(engine) as events:
        warn(server)
        await anext(events)
        assert messages(path) == []
        await trio.sleep(61)
        assert messages(path) == ["0"]


# -- of one session --------------------------------------------------------------------------------


async def test_a_sessions_journal_has_what_is_about_its_thread_alone(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    async with journaled(FakeServer()) as engine:
        other = await new_session(engine)
        session = await new_session(engine, journal=JournalConfig(path=path))
        await other.ask("other")
        await session.ask("mine")
        await session.close()
        await other.ask("after")
        assert Statistics.of(engine).journal_entries == len(read(path))
    entries = read(path)
    assert {e.thread_id for e in entries if e.kind != "generation"} == {session.thread_id}
    assert json.loads(entries[0].message)["thread_id"] == session.thread_id
    methods = [entry.method for entry in entries]
    assert methods.count("turn/completed") == 1
    assert methods.count("thread/archive") == 2  # sent, and answered


async def test_a_runtimes_and_several_sessions_journals_are_kept_side_by_side(
    autojump_clock: MockClock, disk: Disk, tmp_path: Path
) -> None:
    paths = [tmp_path / str(number) for number in range(4)]
    async with journaled(FakeServer(), JournalConfig(path=paths[0])) as engine:
        sessions = [await new_session(engine, journal=JournalConfig(path=p)) for p in paths[1:]]
        async with trio.open_nursery() as nursery:
            for session in sessions:
                nursery.start_soon(session.ask, "go")
    for session, own in zip(sessions, paths[1:], strict=True):
        about = {e.thread_id for e in read(own) if e.kind not in ("generation", "end")}
        assert about == {session.thread_id}
        mine = [e.message for e in read(paths[0]) if e.thread_id == session.thread_id]
        told = [e.message for e in read(own) if e.thread_id == session.thread_id]
        assert mine[-len(told) :] == told


async def test_the_thread_is_followed_over_servers_and_a_fresh_start(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    server.resumes_never_ran = False
    async with journaled(server) as engine:
        session = await new_session(engine, journal=JournalConfig(path=path))
        first_id = session.thread_id
        server.crash()
        await settle()
        await session.ask("hello")
        assert session.thread_id != first_id
    entries = read(path)
    assert [e.generation for e in entries if e.kind == "generation"] == [1, 2]
    assert "turn/completed" in [e.method for e in entries if e.thread_id == session.thread_id]


async def test_a_stored_thread_is_recorded_from_its_resume_on(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    async with journaled(FakeServer()) as engine:
        session = await new_session(engine)
        await session.ask("one")
        await session.detach()
        config = SessionConfig(cwd=".", journal=JournalConfig(path=path))
        again = await resume_session(engine, session.thread_id, config)
        await again.detach()
    told = [(entry.kind, entry.method) for entry in read(path)]
    assert told[:3] == [
        ("generation", None),
        ("sent", "thread/resume"),
        ("result", "thread/resume"),
    ]


async def test_the_journal_of_a_closed_session_can_be_taken_up_by_the_next(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    config = JournalConfig(path=path)
    async with journaled(FakeServer()) as engine:
        first = await new_session(engine, journal=config)
        with pytest.raises(JournalInUse):
            await new_session(engine, journal=config)
        disk.takes_s = 0.5
        await first.close()
        second = await new_session(engine, journal=config)
        await second.ask("go")
    begun = [json.loads(e.message)["thread_id"] for e in read(path) if e.kind == "generation"]
    assert begun == [first.thread_id, second.thread_id]


async def test_a_thread_that_the_server_refuses_leaves_no_journal_open(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    server.fail["thread/start"] = [{"code": -32600, "message": "no"}]
    async with journaled(server) as engine:
        with pytest.raises(RequestError, match="no"):
            await new_session(engine, journal=JournalConfig(path=path))
        await settle()
        JournalFile.open(JournalConfig(path=path)).close()


async def test_a_sessions_journal_that_fails_ends_that_session_alone(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer(echo_or_hang)
    outcomes = Outcomes()
    async with journaled(server) as engine:
        session = await new_session(engine, journal=JournalConfig(path=path))
        other = await new_session(engine)
        async with trio.open_nursery() as nursery:
            for prompt in ("hang", "queued"):
                nursery.start_soon(outcomes.run, session.ask, prompt)
                await settle()
            disk.fails = NO_ROOM
            (turn,) = server.running
            server.notify("warning", {"message": "w", "threadId": session.thread_id})
        lost = next(problem for problem in outcomes.errors if isinstance(problem, TurnLost))
        assert isinstance(lost.__cause__, JournalError)
        assert sum(isinstance(problem, JournalError) for problem in outcomes.errors) == 1
        with pytest.raises(JournalError, match="No space left"):
            await session.ask("later")
        assert (await other.ask("fine")).text == "echo: fine"
        await settle()
        assert server.running == []
        await session.close()
        assert engine.generation == 1
        assert turn.thread.thread_id == session.thread_id


async def test_a_journal_that_fails_while_its_thread_is_resumed_is_told_by_the_next_ask(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    server = FakeServer()
    async with journaled(server) as engine:
        first = await new_session(engine)
        await first.ask("one")
        await first.detach()
        disk.fails = NO_ROOM
        config = SessionConfig(cwd=".", journal=JournalConfig(path=path))
        again = await resume_session(engine, first.thread_id, config)
        with pytest.raises(JournalError, match="No space left"):
            await again.ask("two")
        assert len(server.asked("turn/start")) == 1
        await again.detach()


async def test_without_the_runtimes_door_a_sessions_journal_is_refused(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    async with running(FakeServer()) as engine:
        with pytest.raises(ConfigError, match="open_runtime"):
            await new_session(engine, journal=JournalConfig(path=path))


async def test_a_sessions_journal_that_fails_after_its_end_is_raised_when_the_runtime_is_left(
    autojump_clock: MockClock, disk: Disk, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(JournalError, match="No space left"):
        async with journaled(FakeServer()) as engine:
            session = await new_session(engine, journal=JournalConfig(path=path, sync="none"))
            await session.ask("one")
            disk.fails = NO_ROOM
            await session.close()
            await settle()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "its end is not recorded" in caplog.text


async def test_the_bodys_own_error_comes_out_before_that_of_a_session_that_has_ended(
    autojump_clock: MockClock, disk: Disk, path: Path
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with journaled(FakeServer()) as engine:
            session = await new_session(engine, journal=JournalConfig(path=path, sync="none"))
            disk.fails = NO_ROOM
            await session.close()
            raise ZeroDivisionError


async def test_of_failures_in_a_row_the_first_is_told_and_that_it_is_written_again(
    autojump_clock: MockClock, disk: Disk, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = FakeServer()
    config = JournalConfig(path=path, on_error="count")
    async with journaled(server, config) as engine, warnings(engine) as events:
        for _ in range(2):
            disk.fails = NO_ROOM
            for _ in range(3):
                warn(server)
                await anext(events)
            disk.fails = None
            for _ in range(2):
                warn(server)
                await anext(events)
        assert Statistics.of(engine).journal_failures == 6
    told = [record.message.partition(": ")[2] for record in caplog.records]
    assert [text == "is written again" for text in told] == [False, True, False, True]
