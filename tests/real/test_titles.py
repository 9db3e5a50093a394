"""Names that threads get by themselves, or once more on request, on the real app-server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_runtime import Runtime, SessionConfig, TurnFailed
from codex_runtime.testing import Reply, server_error
from tests.real.faces import EVERY_FACE
from tests.real.waiting import sent, stored

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import Session
    from codex_runtime.history.summary import ThreadSummary

pytestmark = EVERY_FACE


def titled(workspace: Path, **options: object) -> SessionConfig:
    return SessionConfig(cwd=workspace, auto_title=True, **options)  # type: ignore[arg-type]


async def test_a_thread_is_named_by_itself_before_it_is_closed(
    runtime: Runtime, workspace: Path
) -> None:
    async with await runtime.start_session(titled(workspace)) as session:
        await session.ask("please\nfix the failing test, " + "and look well " * 5)
    row = await runtime.threads.read(session.thread_id)
    assert row.archived
    assert row.name == "please fix the failing test, and look well and..."


async def test_without_the_option_a_thread_stays_without_a_name(
    runtime: Runtime, workspace: Path
) -> None:
    thread_id = await stored(runtime, workspace, "task")
    assert (await runtime.threads.read(thread_id)).name is None


async def test_a_name_that_somebody_gave_is_kept(runtime: Runtime, workspace: Path) -> None:
    async with await runtime.start_session(titled(workspace, on_exit="detach")) as session:
        await session.rename("Mine")
        await session.ask("one")
    assert (await runtime.threads.read(session.thread_id)).name == "Mine"
    async with await runtime.resume_session(
        session.thread_id, titled(workspace, on_exit="detach")
    ) as again:
        await again.ask("two")
    assert (await runtime.threads.read(session.thread_id)).name == "Mine"


async def test_a_thread_is_named_once(runtime: Runtime, workspace: Path) -> None:
    async with await runtime.start_session(titled(workspace, on_exit="detach")) as session:
        await session.ask("one")
        await named(runtime, session.thread_id)
        before = sent(runtime)
        await session.ask("two")
        assert sent(runtime) == before + 1
    assert (await runtime.threads.read(session.thread_id)).name == "one"


async def named(runtime: Runtime, thread_id: str) -> ThreadSummary:
    """The thread, once it has a name."""
    while (row := await runtime.threads.read(thread_id)).name is None:
        pass
    return row


async def test_a_stored_thread_without_a_name_gets_that_of_its_first_message(
    runtime: Runtime, workspace: Path
) -> None:
    thread_id = await stored(runtime, workspace, "the beginning")
    async with await runtime.resume_session(thread_id, titled(workspace)) as session:
        await session.ask("the end")
    assert (await runtime.threads.read(thread_id)).name == "the beginning"


async def test_a_failed_turn_names_its_thread_too(
    runtime: Runtime, replies: dict[str, Reply], workspace: Path
) -> None:
    replies["break"] = server_error("no")
    async with await runtime.start_session(titled(workspace)) as session:
        with pytest.raises(TurnFailed):
            await session.ask("break")
    assert (await runtime.threads.read(session.thread_id)).name == "break"


async def test_an_ephemeral_session_is_not_named(runtime: Runtime, workspace: Path) -> None:
    async with await runtime.start_session(titled(workspace, ephemeral=True)) as session:
        before = sent(runtime)
        await session.ask("hello")
        assert sent(runtime) == before + 1


async def test_a_title_is_made_again_on_request(
    runtime: Runtime, session: Session, workspace: Path
) -> None:
    assert await session.retitle() is None
    await session.ask("<environment_context>\nhere\n</environment_context>")
    assert await session.retitle() is None
    await session.ask("fix the test")
    await session.rename("Mine")
    assert await session.retitle() == "fix the test"
    assert (await runtime.threads.read(session.thread_id)).name == "fix the test"
    other = await stored(runtime, workspace, "other", name="Mine too")
    assert await runtime.threads.retitle(other) == "other"
    assert (await runtime.threads.read(other)).title == "other"
