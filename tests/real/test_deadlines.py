"""P2 on the real app-server: deadlines, and the record where the server does not tell the end."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime import (
    Deadlines,
    NotSupported,
    PromptParams,
    RequestError,
    RunProfile,
    Runtime,
    Session,
    SessionConfig,
    TurnTimedOut,
)
from codex_runtime.protocol import (
    THREAD_TURNS_LIST,
    ActiveThreadStatus,
    AgentMessage,
    CustomReviewTarget,
    IdleThreadStatus,
    ItemCompleted,
    ThreadTurnsListParams,
    Turn,
    UserMessage,
)
from codex_runtime.testing import Reply, silence, text
from tests.real.faces import EVERY_FACE, open_runtime
from tests.real.processes import server_pid
from tests.real.waiting import prompts
from tests.support import forgetful_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

FILTER = str(Path(forgetful_server.__file__).resolve())


async def recorded(runtime: Runtime, thread_id: str) -> Turn:
    """The newest turn of the thread, as it is on record."""
    params = ThreadTurnsListParams(thread_id=thread_id, limit=1, items_view="full")
    return (await runtime.call(THREAD_TURNS_LIST, params)).data[0]


def under(**deadlines: float | None) -> RunProfile:
    return RunProfile(deadlines=Deadlines(**deadlines))


# -- what the server writes down -----------------------------------------------------------------


async def test_a_running_turn_is_in_progress_on_record_with_what_is_complete_of_it(
    runtime: Runtime, session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    replies["wait"] = silence() + text("done")
    async with session.ask_stream("wait") as turn:
        async for event in turn:
            if isinstance(event, ItemCompleted):
                break
        record = await recorded(runtime, session.thread_id)
        assert (record.id, record.status, record.completed_at) == (turn.turn_id, "inProgress", None)
        assert [type(item) for item in record.items] == [UserMessage]
        thread = await session.read()
        assert isinstance(thread.status, ActiveThreadStatus)
        await model.wait_for_requests(1)
        model.release()
        await turn.finish()


async def test_a_turn_is_on_record_when_its_thread_is_said_to_rest(
    runtime: Runtime, session: Session
) -> None:
    """With its items as they were told, before its end is told."""
    record: Turn | None = None
    async with session.ask_stream("hello") as turn:
        async for event in turn:
            if isinstance(getattr(event, "status", None), IdleThreadStatus):
                record = await recorded(runtime, session.thread_id)
    assert record is not None
    assert (record.status, tuple(record.items)) == ("completed", turn.result.items)
    assert record.duration_ms == turn.result.duration_ms
    assert record.completed_at == turn.result.completed_at_s


async def test_a_thread_that_never_ran_and_an_ephemeral_one_have_no_record(
    runtime: Runtime, session: Session, workspace: Path
) -> None:
    with pytest.raises(RequestError):  # "not supported yet", or "not materialized yet"
        await recorded(runtime, session.thread_id)
    ephemeral = await runtime.start_session(SessionConfig(cwd=workspace, ephemeral=True))
    await ephemeral.ask("hello")
    with pytest.raises(NotSupported, match="ephemeral threads do not support"):
        await recorded(runtime, ephemeral.thread_id)
    await ephemeral.close()


async def test_the_phantom_of_a_review_is_recorded_as_interrupted_without_a_time(
    runtime: Runtime, session: Session
) -> None:
    result = await session.review(CustomReviewTarget(instructions="look"))
    params = ThreadTurnsListParams(thread_id=session.thread_id, limit=2)
    turns = (await runtime.call(THREAD_TURNS_LIST, params)).data
    ends = {turn.id == result.turn_id: (turn.status, turn.completed_at is None) for turn in turns}
    assert ends == {True: ("completed", False), False: ("interrupted", True)}


# -- a server that is silent ---------------------------------------------------------------------


async def test_a_server_that_is_stopped_for_two_seconds_loses_no_turn(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    replies["wait"] = silence() + text("awake")
    params = PromptParams(prompt="wait", deadlines=Deadlines(idle_s=0.3))
    async with session.ask_stream(params) as turn:
        await model.wait_for_requests(1)
        pid = server_pid()
        os.kill(pid, signal.SIGSTOP)
        await trio.sleep(2)
        os.kill(pid, signal.SIGCONT)
        model.release()
        result = await turn.finish()
    assert (result.text, result.reconciled) == ("awake", False)


async def test_a_silent_turn_that_runs_has_as_long_again(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    replies["wait"] = silence() + text("done")
    async with trio.open_nursery() as nursery:

        async def release() -> None:
            await model.wait_for_requests(1)
            await trio.sleep(1)
            model.release()

        nursery.start_soon(release)
        result = await session.ask_with_profile("wait", under(idle_s=0.1, first_progress_s=0.2))
    assert (result.text, result.reconciled) == ("done", False)


# -- the total -----------------------------------------------------------------------------------


async def test_a_turn_whose_total_is_used_up_is_interrupted_and_the_thread_goes_on(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    replies["wait"] = text("one thing", phase="commentary") + silence()
    with pytest.raises(TurnTimedOut) as caught:
        await session.ask_with_profile("wait", under(total_s=0.5))
    result = caught.value.result
    assert (result.status, [m.text for m in result.messages]) == ("timed_out", ["one thing"])
    model.release()
    assert (await session.ask("next")).text == "re: next"


# -- a server that forgets to tell ---------------------------------------------------------------


@asynccontextmanager
async def forgetful_runtime(
    model: ScriptedModel, home: Path, codex_path: str, *methods: str, **config: Any
) -> AsyncGenerator[Runtime]:
    """A runtime on the real server, which never tells what is named here."""
    program = home.parent / "forgetful-codex"
    told = [sys.executable, "-S", "-E", FILTER, ",".join(methods), codex_path]
    program.write_text(f'#!/bin/sh\nexec {shlex.join(told)} "$@"\n')
    program.chmod(0o755)
    async with open_runtime(
        model.runtime_config(home, codex_bin=str(program), **config)
    ) as runtime:
        yield runtime


async def test_a_turn_whose_end_is_never_told_is_completed_from_the_record(
    model: ScriptedModel, home: Path, codex_path: str, workspace: Path
) -> None:
    async with forgetful_runtime(model, home, codex_path, "turn/completed") as runtime:
        for ephemeral in (False, True):
            config = SessionConfig(cwd=workspace, ephemeral=ephemeral)
            async with await runtime.start_session(config) as session:
                result = await session.ask("hello")
            assert (result.status, result.text) == ("completed", "re: hello")
            assert result.reconciled
            assert len(result.items) == 2
            assert result.usage is not None


async def test_a_turn_of_which_nothing_is_told_is_taken_from_the_record(
    model: ScriptedModel, home: Path, codex_path: str, workspace: Path
) -> None:
    silent = [
        *("turn/started", "turn/completed", "item/started", "item/completed"),
        *("item/agentMessage/delta", "thread/status/changed", "thread/tokenUsage/updated"),
    ]
    async with (
        forgetful_runtime(model, home, codex_path, *silent) as runtime,
        await runtime.start_session(SessionConfig(cwd=workspace)) as session,
    ):
        result = await session.ask_with_profile("hello", under(idle_s=0.5))
    assert (result.status, result.text, result.reconciled) == ("completed", "re: hello", True)
    assert [type(item) for item in result.items] == [UserMessage, AgentMessage]


async def test_a_turn_whose_start_is_never_answered_runs_once_and_is_followed(
    model: ScriptedModel, home: Path, codex_path: str, workspace: Path
) -> None:
    async with (
        forgetful_runtime(model, home, codex_path, "turn/start") as runtime,
        await runtime.start_session(SessionConfig(cwd=workspace)) as session,
    ):
        result = await session.ask_with_profile("hello", under(acknowledgement_s=1))
        assert (result.status, result.text) == ("completed", "re: hello")
        assert not result.reconciled
    assert prompts(model) == ["hello"]
