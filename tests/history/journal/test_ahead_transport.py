"""A transport with journals around it is a transport like any other, recorded or not."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from codex_runtime.history.journal.journals import open_journals
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.journal import JournalConfig
from codex_runtime.transport import memory_transport_pair
from tests.history.journal.writing import read
from tests.support.tasks import settle
from tests.transport import test_contract as contract

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from codex_runtime.history.journal.journals import Journals
    from codex_runtime.transport import MemoryTransport, Transport
    from tests.transport.test_contract import Opened, Opener

globals().update({name: test for name, test in vars(contract).items() if name.startswith("test_")})


@pytest.fixture(params=["recorded", "handed through"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> RuntimeConfig:
    path = tmp_path / "journal"
    return RuntimeConfig(journal=JournalConfig(path=path) if request.param == "recorded" else None)


@pytest.fixture(params=[contract.over_memory, contract.over_process], ids=["memory", "process"])
def opened(request: pytest.FixtureRequest, config: RuntimeConfig) -> Opener:
    opener: Opener = request.param

    @asynccontextmanager
    async def open_with_journals(other_side: str) -> AsyncGenerator[Opened, None]:
        let_go: list[Callable[[], None]] = []

        @asynccontextmanager
        async def connect() -> AsyncGenerator[Transport, None]:
            async with opener(other_side) as (transport, let_it_go):
                let_go.append(let_it_go)
                yield transport

        async with (
            open_journals(config) as journals,
            journals.around(connect, lambda: 1)() as transport,
        ):
            yield transport, let_go[0]

    return open_with_journals


@asynccontextmanager
async def between(
    config: RuntimeConfig,
) -> AsyncGenerator[tuple[Journals, Transport, MemoryTransport], None]:
    here, there = memory_transport_pair()

    @asynccontextmanager
    async def connect() -> AsyncGenerator[Transport, None]:
        yield here

    async with (
        open_journals(config) as journals,
        journals.around(connect, lambda: 1)() as transport,
    ):
        yield journals, transport, there


def never(_problem: Exception) -> None:
    raise AssertionError


@pytest.mark.parametrize("is_waiting", [True, False])
async def test_a_journal_that_comes_later_begins_with_the_next_line(
    tmp_path: Path, *, is_waiting: bool
) -> None:
    path = tmp_path / "journal"
    received = bytearray()
    first, second, third = (
        b'{"method":"m","params":{"threadId":"T","n":%d}}\n' % n for n in (1, 2, 3)
    )

    async def receive_all(transport: Transport) -> None:
        while data := await transport.receive_some():
            received.extend(data)

    async with between(RuntimeConfig()) as (journals, transport, there):
        await there.send_all(first + second[:20])
        received += await transport.receive_some()
        async with trio.open_nursery() as nursery:
            if is_waiting:
                nursery.start_soon(receive_all, transport)
                await settle()
            journal = await journals.keep(JournalConfig(path=path))
            journal.attach(lambda: "T", never)
            if not is_waiting:
                nursery.start_soon(receive_all, transport)
            await there.send_all(second[20:] + third)
            await settle()
            await there.aclose()
    assert bytes(received) == first + second + third
    entries = read(path)
    assert [entry.kind for entry in entries] == ["generation", "notification", "end"]
    assert entries[1].message == third.rstrip(b"\n")


async def test_many_small_pieces_are_received_as_few_large_ones(tmp_path: Path) -> None:
    line = b'{"method":"m"}\n'
    config = RuntimeConfig(journal=JournalConfig(path=tmp_path / "journal"))
    async with between(config) as (_, transport, there):
        for _ in range(200):
            await there.send_all(line)
            await trio.lowlevel.checkpoint()
        await there.aclose()
        pieces: list[bytes] = []
        while data := await transport.receive_some():
            pieces.append(data)
    assert b"".join(pieces) == 200 * line
    assert len(pieces) < 100


async def test_a_line_that_is_too_long_is_recorded_by_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    config = RuntimeConfig(journal=JournalConfig(path=path), max_frame_bytes=4096)
    sent = b"x" * 10_000 + b'\n{"method":"m"}\n{"method":"last"}'
    async with between(config) as (_, transport, there):
        await there.send_all(sent)
        await there.aclose()
        received = bytearray()
        while data := await transport.receive_some():
            received += data
    assert bytes(received) == sent
    told = [(entry.kind, entry.method) for entry in read(path)]
    assert told[1:] == [
        ("garbage", None),
        ("notification", "m"),
        ("notification", "last"),
        ("end", None),
    ]


async def test_no_more_is_read_ahead_than_a_reader_may_leave(tmp_path: Path) -> None:
    line = b'{"method":"m","params":"' + b"x" * 10_000 + b'"}\n'
    sent = 0

    async def send(there: MemoryTransport) -> None:
        nonlocal sent
        for _ in range(500):
            await there.send_all(line)
            sent += len(line)
        await there.aclose()

    config = RuntimeConfig(journal=JournalConfig(path=tmp_path / "journal"))
    async with between(config) as (_, transport, there), trio.open_nursery() as nursery:
        nursery.start_soon(send, there)
        before = -1
        while before < sent:
            before = sent
            await trio.testing.wait_all_tasks_blocked(0.1)
        assert 1_000_000 < sent < 2_000_000
        received = bytearray()
        while data := await transport.receive_some():
            received += data
    assert bytes(received) == 500 * line
