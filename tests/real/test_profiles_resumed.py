"""A thread is opened again after a profiled turn: what a session gets, on the real server."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime import PromptParams, SessionConfig, TurnInterrupted
from codex_runtime.protocol import ThreadSettingsUpdated
from codex_runtime.testing import shell, text
from tests.real.faces import BLOCKING_TOO, open_runtime

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = BLOCKING_TOO

# Any: fields of a SessionConfig.
OWN: dict[str, Any] = {"model": "gpt-5.5", "effort": "low"}
OTHER_MODEL = "gpt-5.6-sol"


def changed(**also: Any) -> PromptParams:
    """Any: each option that sticks on the server, none as the session has it."""
    return PromptParams(
        prompt="changed",
        model=OTHER_MODEL,
        effort="high",
        service_tier="fast",
        approval_policy="never",
        sandbox="workspace-write",
        **also,
    )


async def end_on_a_changed_turn(
    model: ScriptedModel, home: Path, workspace: Path, *, experimental: bool
) -> str:
    """A thread whose own model and effort are ``OWN``, and whose last turn had others."""
    config = model.runtime_config(home, experimental_api=experimental)
    async with open_runtime(config) as runtime:
        own = SessionConfig(cwd=workspace, summary="auto", personality="pragmatic", **OWN)
        session = await runtime.start_session(own)
        await session.ask("plain")
        other = workspace / "other"
        other.mkdir()
        await session.ask_with(changed(cwd=other, summary="detailed", personality="friendly"))
        return session.thread_id


def last_told(model: ScriptedModel) -> tuple[str | None, str | None, str | None]:
    request = [request for request in model.requests if request.kind == "turn"][-1]
    return request.model, request.effort, request.summary


@pytest.mark.parametrize("experimental", [False, True])
async def test_what_a_session_sets_holds_after_the_resume_whatever_the_last_turn_was_told(
    model: ScriptedModel, home: Path, workspace: Path, experimental: bool
) -> None:
    """Ours: in a new runtime; what the thread's start takes is sent with it, the rest per turn."""
    thread_id = await end_on_a_changed_turn(model, home, workspace, experimental=experimental)
    config = model.runtime_config(home, experimental_api=experimental)
    async with open_runtime(config) as runtime:
        own = SessionConfig(cwd=workspace, summary="concise", **OWN)
        session = await runtime.resume_session(thread_id, own)
        model.enqueue(shell("echo x > made"), text("done"))
        await session.ask("after")
    assert last_told(model) == ("gpt-5.5", "low", "concise")
    assert not (workspace / "made").exists()


async def test_a_session_that_sets_nothing_gets_the_threads_own_values(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: they are told to the server again as the turn ends, and it records them."""
    thread_id = await end_on_a_changed_turn(model, home, workspace, experimental=True)
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        session = await runtime.resume_session(thread_id, SessionConfig(cwd=workspace))
        async with runtime.subscribe(methods=["thread/settings/updated"]) as events:
            await session.ask_with(changed())
            await anext(events)
            put_back = await anext(events)
        await session.ask("after")
    assert last_told(model)[:2] == ("gpt-5.5", "low")
    assert isinstance(put_back, ThreadSettingsUpdated)
    now = put_back.thread_settings
    assert (now.model, now.effort, now.cwd) == ("gpt-5.5", "low", str(workspace))
    assert (now.approval_policy, now.service_tier) == ("on-request", "default")
    assert type(now.sandbox_policy).__name__ == "ReadOnlySandboxPolicy"


async def test_another_client_of_the_thread_finds_the_threads_own_values(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: one that asks for nothing, and is not this library."""
    thread_id = await end_on_a_changed_turn(model, home, workspace, experimental=True)
    async with open_runtime(model.runtime_config(home)) as runtime:
        answer: Any = await runtime.request(
            "thread/resume", {"threadId": thread_id, "excludeTurns": True}
        )
    assert (answer["model"], answer["reasoningEffort"]) == ("gpt-5.5", "low")
    assert (answer["approvalPolicy"], answer["sandbox"]["type"]) == ("on-request", "readOnly")
    assert answer["cwd"] == str(workspace)


async def test_without_the_experimental_api_the_record_keeps_the_last_turns_model_and_effort(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The server's: these two. Ours: a plain turn afterwards undoes them, as does setting both."""
    thread_id = await end_on_a_changed_turn(model, home, workspace, experimental=False)
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.resume_session(thread_id, SessionConfig(cwd=workspace))
        model.enqueue(shell("echo x > made"), text("done"))
        await session.ask("after")
        assert last_told(model) == (OTHER_MODEL, "high", None)
        assert not (workspace / "made").exists()
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.resume_session(thread_id, SessionConfig(cwd=workspace, **OWN))
        await session.ask("own again")
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.resume_session(thread_id, SessionConfig(cwd=workspace))
        await session.ask("plain")
    assert last_told(model)[:2] == ("gpt-5.5", "low")


async def test_a_changed_turn_that_was_interrupted_is_undone_too(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours."""
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace, **OWN))
        await session.ask("plain")
        model.enqueue(shell("sleep 30"), text("never said"))
        async with session.ask_stream(changed()) as turn:
            async for _ in turn:
                break
        with pytest.raises(TurnInterrupted):
            await turn.finish()
    async with open_runtime(model.runtime_config(home)) as runtime:
        answer: Any = await runtime.request(
            "thread/resume", {"threadId": session.thread_id, "excludeTurns": True}
        )
    assert (answer["model"], answer["reasoningEffort"]) == ("gpt-5.5", "low")


async def test_archiving_right_after_a_changed_turn_is_nothing_to_warn_of(
    model: ScriptedModel, home: Path, workspace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Ours: whether it was put back before the thread went or not."""
    async with (
        open_runtime(model.runtime_config(home, experimental_api=True)) as runtime,
        await runtime.start_session(SessionConfig(cwd=workspace, **OWN)) as session,
    ):
        result = await session.ask_with(changed())
    assert result.status == "completed"
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
