"""A journal of the real app-server, said again by the fake one."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

import json
from contextlib import AsyncExitStack, asynccontextmanager
from copy import deepcopy
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from codex_runtime import (
    AppServerExited,
    InvalidInput,
    RestartPolicy,
    RuntimeConfig,
    SessionConfig,
    TurnLost,
    open_runtime,
)
from codex_runtime.errors.journal import JournalUnreadable
from codex_runtime.history.journal import read_journal
from codex_runtime.testing import FakeAppServer, open_fake_runtime, write_fake_codex
from codex_runtime.testing.fake_server import OVERLOADED, SCENES, transcript
from tests.testing.journals import side_by_side, without, write_journal, write_records
from tests.testing.raw_client import connected

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable
    from pathlib import Path

    from codex_runtime import Runtime, TurnResult
    from tests.testing.raw_client import RawClient

# Any: plain JSON, looked into key by key.
Json: TypeAlias = Any

BOUND_S = 30
WHOLE = ("thread/", "turn/", "initialize")
"""The answers to these methods are recorded as they were."""
OTHER_IDS = 1000
"""Added to the ids of the recorded client."""


def waiting_for(server: FakeAppServer) -> list[str]:
    assert server.replay is not None
    return server.replay.waiting_for


class SameClient:
    """The recorded client, with other ids: it says each line when all before it was heard."""

    def __init__(self, server: FakeAppServer) -> None:
        self.server = server
        self.process = AsyncExitStack()
        self.client: RawClient | None = None
        self.expected: list[Json] = []
        self.methods: dict[int, str] = {}
        self.reads: set[int] = set()
        """The ids of requests that only read, which are answered whenever they are made."""
        self.returncode: int | None = None

    async def live(self, records: Iterable[Json]) -> None:
        async with AsyncExitStack() as stack:
            for record in records:
                if self.client is None:
                    self.process = await stack.enter_async_context(AsyncExitStack())
                await self.act(record)
            await self.end(0)

    async def act(self, record: Json) -> None:
        message = record["message"]
        if record["from"] == "process":
            await self.end(message["returncode"])
        elif record["from"] == "client":
            await self.say(message)
        elif "method" in message:
            await self.hear(message)
        elif self.methods[message["id"]].startswith(WHOLE):
            await self.hear({**message, "id": message["id"] + OTHER_IDS})

    async def say(self, message: Json) -> None:
        if self.client is None:
            self.client = await self.process.enter_async_context(
                connected(self.server, greet=False)
            )
        if "method" in message and "id" in message:
            self.methods[message["id"]] = message["method"]
            message = {**message, "id": message["id"] + OTHER_IDS}
            if message["method"].endswith(("/list", "/read")):
                self.reads.add(message["id"])
        await self.client.send(message)

    async def hear(self, message: Json) -> None:
        self.expected.append(message)
        assert self.client is not None
        with trio.move_on_after(BOUND_S) as scope:
            await self.client.until(lambda heard: heard == message)
        assert not scope.cancelled_caught, (message, waiting_for(self.server))

    async def end(self, returncode: int) -> None:
        if self.client is None:
            return
        if returncode != 0:
            await self.client.at_end.wait()
            assert self.client.transport.returncode == returncode
        heard = [m for m in self.client.heard if m in self.expected]
        in_order = [m for m in heard if m.get("id") not in self.reads]
        assert in_order == [m for m in self.expected if m.get("id") not in self.reads]
        await self.process.aclose()
        self.client, self.expected = None, []


@pytest.mark.parametrize("scene", [*SCENES, "child-threads"])
async def test_the_same_client_hears_every_message_again_in_the_same_order(
    scene: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    server = FakeAppServer.from_journal(write_journal(tmp_path / "journal", scene))
    with trio.fail_after(10 * BOUND_S):
        await SameClient(server).live(transcript(scene))
    assert server.replay is not None
    assert (server.replay.is_over, server.replay.waiting_for) == (True, [])


def replaying(path: Path, records: Iterable[Json], *, speed: float | None = None) -> FakeAppServer:
    return FakeAppServer.from_journal(write_records(path, records), speed=speed)


@asynccontextmanager
async def client_of(server: FakeAppServer, *, greet: bool = True) -> AsyncGenerator[RawClient]:
    with trio.fail_after(BOUND_S):
        async with connected(server, greet=greet) as client:
            yield client


def one_death() -> list[Json]:
    """A turn, the death of the server in the next, and a third turn on the next server."""
    return without(transcript("killed"), 3, 12, 14)


def first_life(records: list[Json]) -> list[Json]:
    """Without the end of the first process, and what came after it."""
    return list(takewhile(lambda record: record["from"] != "process", records))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


async def test_threads_do_not_wait_for_each_other(path: Path, autojump_clock: MockClock) -> None:
    server = replaying(path, side_by_side(first_life(one_death()), transcript("pending")))
    async with client_of(server) as client:
        other, one = await client.open_thread(), await client.open_thread()
        await client.begin(other, "go")
        approval = await client.until(lambda m: m.get("id") == 100 and "method" in m)
        assert approval["params"]["threadId"] == other
        assert waiting_for(server) == [f"turn/start {one}", f"turn/interrupt {other}"]
        ended = await client.ended(await client.begin(one, "first"))
        assert ended["status"] == "completed"


async def test_an_end_comes_though_what_only_read_is_not_asked_again(
    path: Path, autojump_clock: MockClock
) -> None:
    server = replaying(path, one_death())
    async with client_of(server) as client:
        thread_id = await client.open_thread()
        await client.ended(await client.begin(thread_id, "first"))
        await client.begin(thread_id, "second")
        await client.at_end.wait()
        assert client.transport.returncode == -9
        assert await client.notified("item/agentMessage/delta", delta="half")


async def test_a_request_that_was_not_recorded_is_refused_in_words(
    path: Path, autojump_clock: MockClock
) -> None:
    async with client_of(replaying(path, one_death())) as client:
        thread_id = await client.open_thread()
        for method in ("turn/interrupt", "thread/items/list"):
            refused = await client.call(method, threadId=thread_id, turnId="none")
            told = f"the replayed journal has no further {method} for thread {thread_id}"
            assert refused == {"code": -32600, "message": told}
        refused = await client.call("thread/start")
        assert refused["message"] == "the replayed journal has no further thread/start"


async def test_a_farewell_that_was_not_recorded_is_obeyed(
    path: Path, autojump_clock: MockClock
) -> None:
    async with client_of(replaying(path, one_death())) as client:
        thread_id = await client.open_thread()
        assert await client.call("thread/unsubscribe", threadId=thread_id) == {
            "status": "unsubscribed"
        }
        assert await client.call("thread/archive", threadId=thread_id) == {}


async def test_what_is_about_no_thread_and_was_not_written_down_is_answered_by_the_fake(
    path: Path, autojump_clock: MockClock
) -> None:
    async with client_of(replaying(path, one_death())) as client:
        assert (await client.call("model/list"))["data"]


@pytest.mark.parametrize("method", ["thread/start", "thread/resume"])
async def test_a_thread_that_was_open_before_the_journal_is_opened_by_the_client(
    method: str, path: Path, autojump_clock: MockClock
) -> None:
    records = one_death()
    begun = next(n for n, record in enumerate(records) if record["message"].get("id") == 4)
    thread_id = records[begun]["message"]["params"]["threadId"]
    async with client_of(replaying(path, records[begun:])) as client:
        told = {"threadId": thread_id} if method == "thread/resume" else {}
        assert (await client.call(method, **told))["thread"]["id"] == thread_id
        ended = await client.ended(await client.begin(thread_id, "first"))
        assert ended["items"][-1]["text"] == "one"


async def test_what_only_read_is_answered_as_it_was_at_that_point_and_again_as_often_as_asked(
    path: Path, autojump_clock: MockClock
) -> None:
    async with client_of(replaying(path, first_life(one_death()))) as client:
        thread_id = await client.open_thread()
        await client.ended(await client.begin(thread_id, "first"))
        await client.begin(thread_id, "second")
        await client.notified("item/agentMessage/delta", delta="half")
        answers = [await client.call("thread/read", threadId=thread_id) for _ in range(3)]
        assert [turn["status"] for turn in answers[0]["thread"]["turns"]] == [
            "completed",
            "inProgress",
        ]
        assert answers[0] == answers[1] == answers[2]


async def test_what_was_read_before_is_not_what_is_read_now(
    path: Path, autojump_clock: MockClock
) -> None:
    records = first_life(one_death())
    asked, answered = (deepcopy(r) for r in records if r["message"].get("id") == 6)
    for record in (asked, answered):
        record["message"]["id"] = 50
    answered["message"]["result"]["thread"]["turns"] = []
    begun = next(n for n, record in enumerate(records) if record["message"].get("id") == 4)
    records[begun:begun] = [asked, answered]
    for reads_before in (True, False):
        async with client_of(replaying(path, records)) as client:
            thread_id = await client.open_thread()
            if reads_before:
                answer = await client.call("thread/read", threadId=thread_id)
                assert answer["thread"]["turns"] == []
            await client.ended(await client.begin(thread_id, "first"))
            answer = await client.call("thread/read", threadId=thread_id)
            assert len(answer["thread"]["turns"]) == 2


async def test_no_process_follows_the_last_one(path: Path, autojump_clock: MockClock) -> None:
    server = replaying(path, one_death()[:3])
    async with client_of(server):
        pass
    async with client_of(server, greet=False) as client:
        await client.at_end.wait()
        assert client.transport.returncode == 1
        assert "no further server process" in client.transport.stderr_tail


async def test_a_process_that_died_before_it_was_greeted_dies_at_once(
    path: Path, autojump_clock: MockClock
) -> None:
    noise = {"from": "server", "message": "not a message"}
    death = {"from": "process", "message": {"returncode": 1}}
    async with replaying(path, [noise, death]).connect() as transport:
        assert await transport.receive_some() == b"not a message\n"
        assert await transport.receive_some() == b""
        assert transport.returncode == 1


@pytest.mark.parametrize(("speed", "factor"), [(None, 0), (1, 1), (4, 0.25)])
async def test_recorded_pauses_are_kept_on_request(
    speed: float | None, factor: float, path: Path, autojump_clock: MockClock
) -> None:
    records = one_death()
    times_ms = [
        record["message"]["emittedAtMs"]
        for record in records
        if (record["message"].get("params") or {}).get("turn", {}).get("status")
    ]
    async with client_of(replaying(path, records, speed=speed)) as client:
        thread_id = await client.open_thread()
        await client.begin(thread_id, "first")
        await client.notified("turn/started")
        began_s = trio.current_time()
        await client.notified("turn/completed")
        took_s = trio.current_time() - began_s
    assert took_s == pytest.approx((times_ms[1] - times_ms[0]) / 1000 * factor)


async def test_the_knobs_of_the_fake_hold(path: Path, autojump_clock: MockClock) -> None:
    server = replaying(path, one_death())
    server.hold = {"turn/start"}
    server.fail["thread/start"] = [OVERLOADED]
    async with client_of(server) as client:
        assert await client.call("thread/start") == OVERLOADED
        thread_id = await client.open_thread()
        with trio.move_on_after(5) as scope:
            await client.begin(thread_id, "first")
        assert scope.cancelled_caught
        server.release()
        assert await client.notified("turn/completed", threadId=thread_id)


# Any: what a caller without types may give.
@pytest.mark.parametrize("speed", [0, -1, float("nan"), "x", True])
def test_a_speed_that_never_gets_anywhere_is_refused(speed: Any, path: Path) -> None:
    with pytest.raises(InvalidInput, match="speed"):
        replaying(path, one_death(), speed=speed)


def test_what_is_no_path_is_refused() -> None:
    # Any: what a caller without types may give.
    bad: Any = 5
    with pytest.raises(InvalidInput, match="path"):
        FakeAppServer.from_journal(bad)


def test_what_is_no_journal_is_refused(path: Path) -> None:
    path.write_text("{}\n", encoding="utf-8")
    with pytest.raises(JournalUnreadable):
        FakeAppServer.from_journal(path)


# -- to a runtime ----------------------------------------------------------------------------------


async def live_through_one_death(runtime: Runtime) -> list[TurnResult]:
    session = await runtime.start_session(SessionConfig(cwd="."))
    results = [await session.ask("first")]
    with pytest.raises(TurnLost) as lost:
        await session.ask("second")
    results.append(lost.value.result)
    assert isinstance(lost.value.__cause__, AppServerExited)
    assert lost.value.__cause__.returncode == -9
    return [*results, await session.ask("third")]


AT_ONCE = RestartPolicy(first_pause_s=0.01)


async def test_a_runtime_lives_through_the_recorded_death(
    path: Path, autojump_clock: MockClock
) -> None:
    server = replaying(path, one_death())
    async with open_fake_runtime(server, RuntimeConfig(restart=AT_ONCE)) as runtime:
        results = await live_through_one_death(runtime)
    assert [(result.status, result.text) for result in results] == [
        ("completed", "one"),
        ("lost", "half"),
        ("completed", "three"),
    ]


async def test_the_fake_codex_replays_a_journal_process_by_process(
    tmp_path: Path, path: Path
) -> None:
    codex = write_fake_codex(tmp_path / "bin", journal=write_records(path, one_death()))
    config = RuntimeConfig(codex_bin=codex, codex_home=tmp_path / "home", restart=AT_ONCE)
    with trio.fail_after(BOUND_S):
        async with open_runtime(config) as runtime:
            results = await live_through_one_death(runtime)
    assert [result.text for result in results] == ["one", "half", "three"]


# -- any journal -----------------------------------------------------------------------------------


async def follow(server: FakeAppServer) -> list[Json]:
    """Do whatever the replay waits for, process by process; what the server said by itself."""
    assert server.replay is not None
    heard: list[Json] = []
    while not server.replay.is_over:
        async with connected(server, greet=False) as client:
            await client.send({"id": 0, "method": "initialize", "params": {"clientInfo": PROBE}})
            await trio.sleep(SETTLED_S)
            while server.is_up and (wanted := server.replay.waiting_for):
                for number, words in enumerate(wanted, 1):
                    await client.send(deed(words, number))
                await trio.sleep(SETTLED_S)
            heard += client.heard
    return [message for message in heard if "method" in message]


def deed(words: str, number: int) -> Json:
    method, _, thread_id = words.partition(" ")
    if method == "an":
        return {"id": int(words.rsplit(maxsplit=1)[-1]), "result": {}}
    return {"id": number, "method": method, "params": {"threadId": thread_id}}


PROBE = {"name": "probe", "version": "1"}
SETTLED_S = 3600


@given(
    scene=st.sampled_from([*SCENES, "child-threads"]),
    first=st.integers(0, 60),
    left_out=st.sets(st.integers(0, 300), max_size=60),
)
def test_whoever_does_what_it_waits_for_hears_all_of_any_journal(
    scene: str, first: int, left_out: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "journal"
    header, *lines = write_journal(path, scene).read_bytes().splitlines(keepends=True)
    kept = [line for n, line in enumerate(lines) if n >= first and n not in left_out]
    path.write_bytes(b"".join([header, *kept]))
    with read_journal(path) as entries:
        said = [json.loads(e.message) for e in entries if e.kind in ("notification", "request")]
    server = FakeAppServer.from_journal(path)
    heard = trio.run(follow, server, clock=MockClock(autojump_threshold=0))
    assert sorted(map(json.dumps, heard)) == sorted(map(json.dumps, said))
