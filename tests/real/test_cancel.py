"""P5 on the real app-server: cancelling anywhere leaves nothing pending, and the next ask works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime import Runtime, Session, SessionConfig
from codex_runtime.protocol import AgentMessageDelta
from codex_runtime.testing import Reply, silence, text
from tests.real.faces import at_every_checkpoint, needs_cancelling, open_runtime
from tests.real.processes import marked_processes
from tests.real.waiting import until_settled
from tests.support.every_checkpoint import cancel_at_every_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = needs_cancelling


async def works(runtime: Runtime, session: Session) -> None:
    """Nothing is left of what was cancelled, and the session answers."""
    await until_settled(runtime)
    now = runtime.statistics()
    assert (now.pending_calls, now.active_turns, now.gate_waiting) == (0, 0, 0)
    result = await session.ask("still there?")
    assert (result.status, result.text) == ("completed", "re: still there?")


async def test_an_ask_cancelled_at_any_checkpoint_leaves_a_session_that_works(
    runtime: Runtime, session: Session
) -> None:
    """Ours."""
    runs = await cancel_at_every_checkpoint(
        lambda: session.ask("cancelled"), lambda: works(runtime, session)
    )
    assert runs >= 3


async def test_an_ask_cancelled_at_any_step_of_the_engine_leaves_a_session_that_works(
    runtime: Runtime, session: Session
) -> None:
    """Ours: also in the middle of its waits, whatever the reader has brought by then."""
    runs = await cancel_at_every_checkpoint(
        lambda: session.ask("cancelled"),
        lambda: works(runtime, session),
        steps_of="all",
        stride=3,
    )
    assert runs >= 5


async def test_a_silent_ask_cancelled_at_any_checkpoint_is_interrupted(
    runtime: Runtime, session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: in the middle of a silence, too."""
    replies["silent"] = text("begun", finished=False) + silence()

    async def ask() -> None:
        asked = len(model.requests)
        async with trio.open_nursery() as nursery:

            async def give_up() -> None:
                await model.wait_for_requests(asked + 1)
                nursery.cancel_scope.cancel()

            nursery.start_soon(give_up)
            await session.ask("silent")

    await cancel_at_every_checkpoint(ask, lambda: works(runtime, session))
    statuses = {result.status for result in session.history if not result.text.startswith("re:")}
    assert statuses == {"interrupted"}


async def test_a_stream_cancelled_at_any_checkpoint_leaves_a_session_that_works(
    runtime: Runtime, session: Session, replies: dict[str, Reply]
) -> None:
    """Ours: entering, iterating, leaving."""
    replies["stream"] = text("one two three four", deltas=4)

    async def stream() -> None:
        async with session.ask_stream("stream") as turn:
            async for _ in turn:
                await trio.lowlevel.checkpoint()

    runs = await cancel_at_every_checkpoint(stream, lambda: works(runtime, session))
    assert runs >= 5


async def test_a_stream_left_early_cancelled_at_any_checkpoint_ends_its_turn(
    runtime: Runtime, session: Session, replies: dict[str, Reply]
) -> None:
    """Ours: the interrupt of leaving is shielded."""
    replies["stream"] = text("begun", finished=False) + silence()

    async def stream() -> None:
        async with session.ask_stream("stream") as turn:
            async for event in turn:
                if isinstance(event, AgentMessageDelta):
                    break

    await cancel_at_every_checkpoint(stream, lambda: works(runtime, session))


async def test_starting_a_session_cancelled_at_any_checkpoint_leaves_no_thread(
    runtime: Runtime, session: Session, workspace: Path
) -> None:
    """Ours: a thread that the server made all the same is let go."""

    async def start() -> None:
        other = await runtime.start_session(SessionConfig(cwd=workspace))
        await other.close()

    async def check() -> None:
        await works(runtime, session)
        assert runtime.statistics().threads == 1

    await cancel_at_every_checkpoint(start, check)


async def test_a_close_cancelled_at_any_checkpoint_archives_all_the_same(
    runtime: Runtime, session: Session, workspace: Path
) -> None:
    """Ours: cancelling ends the wait, not the work."""
    others: list[Session] = []

    async def close() -> None:
        with trio.CancelScope(shield=True):
            others.append(await runtime.start_session(SessionConfig(cwd=workspace)))
            await others[-1].ask("first")
        await others[-1].close()

    async def check() -> None:
        outcome = await others[-1].close()
        assert outcome.action == "archived"
        await works(runtime, session)

    await cancel_at_every_checkpoint(close, check)
    assert len(others) >= 2


async def test_opening_a_runtime_cancelled_at_any_checkpoint_leaves_no_process(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: spawning, the handshake, the body, leaving."""

    async def use() -> None:
        async with open_runtime(model.runtime_config(home)) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=workspace))
            await session.ask("hello")

    async def check() -> None:
        await trio.lowlevel.checkpoint()
        assert marked_processes() == {}

    runs = await cancel_at_every_checkpoint(use, check)
    assert runs >= 5


@at_every_checkpoint
async def test_opening_a_runtime_cancelled_at_any_step_leaves_no_process(
    model: ScriptedModel, home: Path
) -> None:
    """Ours: whatever the engine's tasks are at."""

    async def use() -> None:
        async with open_runtime(model.runtime_config(home)):
            pass

    async def check() -> None:
        await trio.lowlevel.checkpoint()
        assert marked_processes() == {}

    runs = await cancel_at_every_checkpoint(use, check, steps_of="all", stride=3)
    assert runs >= 5


async def test_cancelling_a_call_leaves_nothing_pending(runtime: Runtime, session: Session) -> None:
    """Ours."""
    await cancel_at_every_checkpoint(
        lambda: runtime.request("model/list"), lambda: works(runtime, session)
    )
