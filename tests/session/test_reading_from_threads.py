"""What is known of a runtime is read from another thread while the runtime works."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

import pytest
import trio

from codex_runtime import (
    Repeat,
    Runtime,
    Session,
    SessionConfig,
    TurnNotEnded,
    answer_later,
)
from codex_runtime.session.children import ChildThread
from codex_runtime.session.state.view import StateView
from codex_runtime.session.turn import Turn
from codex_runtime.testing import open_fake_runtime
from tests.engine.children import call_item, say_all, spawn
from tests.engine.fake_server import FakeServer, FakeTurn

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

ROUNDS = 400
"""So often everything is read; the runtime works all the while."""

CALLED = {
    Runtime: ("statistics", "command_line"),
    Session: ("profile", "explain"),
}
"""Methods that a face calls where its user is."""

IN_THE_RUNTIME = {(Turn, "mailbox"), (Turn, "text"), (ChildThread, "text")}
"""Not read like this: they are the consumer's own, or take what nobody has read yet along."""


@pytest.fixture(autouse=True)
def threads_that_take_turns_often() -> Generator[None]:
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before_s)


async def busily(turn: FakeTurn) -> None:
    """Start a child, which works; ask for something; say something, and what it cost."""
    child = spawn(turn)
    turn.emit("item/completed", item=call_item(turn, child.thread.thread_id), completedAtMs=1)
    turn.server.process.start_soon(work_as_child, child)
    await turn.ask_approval()
    turn.say(*["word "] * 20)
    turn.usage()


async def work_as_child(child: FakeTurn) -> None:
    say_all(child)


class Reader:
    """Reads whatever there is to be read, round after round, in a thread of its own."""

    def __init__(self, *things: object) -> None:
        self.things: list[Any] = list(things)  # Any: each has its own names
        self.problems: list[str] = []
        self.rounds = 0
        self.seen: set[str] = set()

    def run(self) -> None:
        while self.rounds < ROUNDS:
            self.rounds += 1
            for thing in tuple(self.things):
                self.read(thing)

    def read(self, thing: Any) -> None:  # Any: as above
        kind = type(thing)
        for name, reading in readings(kind).items():
            try:
                found = reading(thing)
            except TurnNotEnded:
                continue
            except Exception as problem:  # noqa: BLE001 - it is what the test looks for
                self.problems.append(f"{kind.__name__}.{name}: {problem!r}")
                continue
            self.seen.add(f"{kind.__name__}.{name}")
            for child in found if name == "children" else ():
                if child is not thing:
                    self.read(child)


def readings(kind: type) -> dict[str, Callable[[Any], Any]]:  # Any: as above
    """Every public property of the class, and the methods that are called in place."""
    found = {
        name: getattr(base, name)
        for base in reversed(kind.__mro__)
        for name in vars(base)
        if not name.startswith("_") and (kind, name) not in IN_THE_RUNTIME
    }
    ways: dict[str, Callable[[Any], Any]] = {"repr": repr}
    for name, member in found.items():
        if isinstance(member, property) and member.fget is not None:
            ways[name] = member.fget
        elif name in CALLED.get(kind, ()):
            ways[name] = cast("Callable[[Any], Any]", member)
    return ways


async def decide(session: Session) -> None:
    """Say yes to whatever waits, for ever."""
    while True:
        for request in session.pending_approvals:
            session.answer(request.request_id, request.accept())  # type: ignore[union-attr]
        await trio.lowlevel.checkpoint()


async def ask_until(session: Session, done: trio.Event, reader: Reader) -> None:
    while not done.is_set():
        async with session.ask_stream("go") as turn:
            reader.things.append(turn)
            async for _event in turn:
                pass
        reader.things.remove(turn)


async def observe_until(session: Session, done: trio.Event, reader: Reader) -> None:
    while not done.is_set():
        async with session.observe() as view:
            reader.things.append(view)
            for _ in range(5):
                await view.__anext__()
            reader.things.remove(view)


async def test_everything_that_is_known_can_be_read_from_another_thread() -> None:
    done = trio.Event()
    async with open_fake_runtime(FakeServer(busily)) as runtime:
        config = SessionConfig(approvals=answer_later)
        session = await runtime.start_session(config)
        repeat = Repeat(lambda: session.ask("again"), 1000)
        reader = Reader(runtime, session, repeat)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(decide, session)
            nursery.start_soon(ask_until, session, done, reader)
            nursery.start_soon(observe_until, session, done, reader)
            await trio.to_thread.run_sync(reader.run)
            done.set()
            nursery.cancel_scope.cancel()
    assert sorted(set(reader.problems)) == []
    for kind in (Runtime, Session, Turn, ChildThread, StateView):
        names = {f"{kind.__name__}.{name}" for name in readings(kind)}
        assert names - reader.seen <= {"Turn.result"}, kind
