"""Profiles on the real app-server: what one turn is told never sticks to the thread."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime import (
    ProfileError,
    PromptParams,
    RunProfile,
    Runtime,
    Session,
    SessionConfig,
    Subscription,
)
from codex_runtime.protocol import CustomReviewTarget, ThreadSettingsUpdated
from codex_runtime.testing import shell, text
from tests.real.faces import AIO_TOO, open_runtime

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = AIO_TOO


@pytest.fixture
async def experimental(model: ScriptedModel, home: Path) -> AsyncGenerator[Runtime]:
    """The server tells a thread's settings to experimental clients alone."""
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        yield runtime


def told(model: ScriptedModel) -> list[tuple[str | None, str | None]]:
    """Model and effort of each turn, without what the server asks for by itself.

    It compacts the history when a thread goes to another model.
    """
    return [(r.model, r.effort) for r in model.requests if r.kind == "turn"]


async def settings(events: Subscription) -> Any:
    """The thread's settings as the server tells them next."""
    event = await anext(events)
    assert isinstance(event, ThreadSettingsUpdated)
    return event.thread_settings


async def test_a_profile_holds_for_one_turn_and_the_session_goes_on_with_its_own(
    experimental: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: the baseline is sent afterwards. The server's: overrides are told and stick."""
    own = SessionConfig(
        cwd=workspace,
        model="gpt-5.5",
        effort="low",
        summary="auto",
        personality="pragmatic",
        base_instructions="Be brief.",
        developer_instructions="Be kind.",
    )
    session = await experimental.start_session(own)
    changed = RunProfile(
        model="gpt-5.6-sol",
        effort="high",
        summary="detailed",
        personality="friendly",
        approval_policy="never",
        sandbox="workspace-write",
    )
    await session.ask("before")
    async with experimental.subscribe(methods=["thread/settings/updated"]) as events:
        await session.ask_with_profile("changed", changed)
        during = await settings(events)
        await session.ask("plain")
        after = await settings(events)
    assert (during.model, during.effort, during.summary) == ("gpt-5.6-sol", "high", "detailed")
    assert (during.personality, during.approval_policy) == ("friendly", "never")
    assert type(during.sandbox_policy).__name__ == "WorkspaceWriteSandboxPolicy"
    assert (after.model, after.effort, after.summary) == ("gpt-5.5", "low", "auto")
    assert (after.personality, after.approval_policy) == ("pragmatic", "on-request")
    assert type(after.sandbox_policy).__name__ == "ReadOnlySandboxPolicy"
    assert told(model) == [("gpt-5.5", "low"), ("gpt-5.6-sol", "high"), ("gpt-5.5", "low")]
    turns = [r for r in model.requests if r.kind == "turn"]
    assert [r.summary for r in turns] == ["auto", "detailed", "auto"]
    assert {r.instructions for r in turns} == {"Be brief."}
    for request, mode in zip(turns, ("read-only", "workspace-write", "read-only"), strict=True):
        said = "\n".join(request.developer_texts)
        assert "Be kind." in said
        assert said.rpartition("`sandbox_mode` is ")[2].startswith(f"`{mode}`")


async def test_what_thread_start_reports_is_a_baseline(
    experimental: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    """Ours: model, tier, policy, reviewer, sandbox and cwd need not be set to be put back."""
    other = workspace / "other"
    other.mkdir()
    session = await experimental.start_session(SessionConfig(cwd=workspace))
    async with experimental.subscribe(methods=["thread/settings/updated"]) as events:
        await session.ask_with(
            PromptParams(prompt="changed", model="gpt-5.6-sol", service_tier="fast", cwd=other)
        )
        during = await settings(events)
        await session.ask("plain")
        after = await settings(events)
    assert (during.model, during.cwd) == ("gpt-5.6-sol", str(other))
    assert during.service_tier is not None
    # A null resets the tier, and no other field: that is its baseline.
    assert (after.model, after.service_tier, after.cwd) == ("gpt-5.5", "default", str(workspace))
    assert [name for name, _ in told(model)] == ["gpt-5.6-sol", "gpt-5.5"]


async def test_the_default_effort_of_the_model_is_a_baseline(
    experimental: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: looked up once. The server's: it asks for the default when the thread has no effort."""
    session = await experimental.start_session(SessionConfig(cwd=workspace))
    high = RunProfile(effort="high")
    await session.ask("before")
    await session.ask_with_profile("during", high)
    await session.ask("after")
    await session.ask_with_profile("other model", RunProfile(model="gpt-5.6-sol"))
    before = experimental.statistics().requests
    await session.ask_with_profile("again", high)
    # The turn, and what undoes it or the one before: nothing is looked up again.
    assert experimental.statistics().requests - before <= 3
    assert told(model) == [
        ("gpt-5.5", "medium"),
        ("gpt-5.5", "high"),
        ("gpt-5.5", "medium"),
        ("gpt-5.6-sol", "low"),
        ("gpt-5.5", "high"),
    ]


@pytest.mark.parametrize("place", ["config.toml", "session"])
async def test_summary_and_personality_of_the_configuration_are_baselines(
    model: ScriptedModel, home: Path, workspace: Path, place: str
) -> None:
    """Ours: of the user's file (``config/read``), or of the session's map."""
    settings_of_both = {"model_reasoning_summary": "concise", "personality": "pragmatic"}
    own = SessionConfig(cwd=workspace)
    if place == "session":
        own = SessionConfig(cwd=workspace, config=settings_of_both)
    else:
        lines = [f'{key} = "{value}"\n' for key, value in settings_of_both.items()]
        config_toml = home / "config.toml"
        before = config_toml.read_text() if config_toml.exists() else ""
        config_toml.write_text("".join(lines) + before)
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        session = await runtime.start_session(own)
        await session.ask("before")
        async with runtime.subscribe(methods=["thread/settings/updated"]) as events:
            changed = RunProfile(summary="detailed", personality="friendly")
            await session.ask_with_profile("during", changed)
            during = await settings(events)
            after = await settings(events)
        await session.ask("after")
    assert (during.summary, during.personality) == ("detailed", "friendly")
    assert (after.summary, after.personality) == ("concise", "pragmatic")
    assert [request.summary for request in model.requests] == ["concise", "detailed", "concise"]


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("summary", RunProfile(summary="detailed")),
        ("personality", RunProfile(personality="friendly")),
    ],
)
async def test_a_field_that_could_not_be_put_back_is_refused_by_name(
    session: Session, model: ScriptedModel, name: str, profile: RunProfile
) -> None:
    """Ours: nothing was said of them, and no value stands for that; the way out is said."""
    with pytest.raises(ProfileError, match=f"Set {name} on the SessionConfig") as caught:
        await session.ask_with_profile("x", profile)
    assert (caught.value.name, caught.value.value) == (name, getattr(profile, name))
    assert list(model.requests) == []
    assert (await session.ask("plain")).status == "completed"


async def test_an_effort_is_refused_for_a_model_that_no_list_names(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: what such a model does without an effort is not known."""
    session = await runtime.start_session(SessionConfig(cwd=workspace, model="of-my-own"))
    with pytest.raises(ProfileError, match="Set effort on the SessionConfig"):
        await session.ask_with_profile("x", RunProfile(effort="high"))
    listed = await runtime.start_session(SessionConfig(cwd=workspace))
    await listed.ask_with_profile("x", RunProfile(effort="high"))
    with pytest.raises(ProfileError, match="Give the effort along with that model"):
        await listed.ask_with_profile("x", RunProfile(model="of-my-own"))
    await listed.ask_with_profile("x", RunProfile(model="of-my-own", effort="low"))
    assert told(model) == [("gpt-5.5", "high"), ("of-my-own", "low")]


async def test_defaults_of_the_runtime_are_under_the_session_and_the_call(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: the more specific layer wins, field by field."""
    defaults = RunProfile(effort="low", summary="concise")
    async with open_runtime(model.runtime_config(home, defaults=defaults)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace, effort="medium"))
        await session.ask("one")
        await session.ask_with_profile("two", RunProfile(effort="high"))
        await session.ask_with(PromptParams(prompt="three", summary="detailed"))
        await session.ask("four")
    assert [(request.effort, request.summary) for request in model.requests] == [
        ("medium", "concise"),
        ("high", "concise"),
        ("medium", "detailed"),
        ("medium", "concise"),
    ]


async def test_a_profile_is_not_left_to_the_other_handle_of_the_thread(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: what was touched is known of the thread, not of the handle."""
    config = SessionConfig(cwd=workspace, effort="low", summary="auto")
    session = await runtime.start_session(config)
    await session.ask("first")
    other = await runtime.resume_session(session.thread_id, config)
    await session.ask_with_profile("changed", RunProfile(model="gpt-5.6-sol", effort="high"))
    await other.ask("other")
    await session.ask("again")
    assert told(model) == [
        ("gpt-5.5", "low"),
        ("gpt-5.6-sol", "high"),
        ("gpt-5.5", "low"),
        ("gpt-5.5", "low"),
    ]


async def test_a_handle_that_set_nothing_goes_back_to_the_models_default_else_to_the_others(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: not what one turn of the other handle was told."""
    own = SessionConfig(cwd=workspace, effort="low", summary="auto")
    session = await runtime.start_session(own)
    await session.ask("first")
    other = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
    changed = RunProfile(effort="high", summary="detailed")
    await session.ask_with_profile("changed", changed)
    await other.ask("other")
    said = [(request.effort, request.summary) for request in model.requests]
    assert said == [("low", "auto"), ("high", "detailed"), ("medium", "auto")]


async def test_a_sandbox_of_one_turn_lets_that_turn_write_and_no_other(
    session: Session, workspace: Path, model: ScriptedModel
) -> None:
    """Ours, by what the server's sandbox did."""
    for name, profile in (
        ("before", RunProfile()),
        ("during", RunProfile(sandbox="workspace-write")),
        ("after", RunProfile()),
    ):
        model.enqueue(shell(f"echo x > {name}"), text("ok"))
        await session.ask_with_profile(f"write {name}", profile)
    assert os.listdir(workspace) == ["during"]  # noqa: PTH208 - no file is opened


async def test_what_a_session_was_given_is_what_its_profile_says(
    runtime: Runtime, workspace: Path
) -> None:
    """Ours."""
    profile = RunProfile(model="gpt-5.6-sol", effort="low", sandbox="workspace-write")
    session = await runtime.start_session(SessionConfig.from_profile(workspace, profile))
    assert session.profile() == profile
    assert session.config.cwd == workspace


async def test_instructions_of_the_session_reach_the_model(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """The server's: base and developer instructions."""
    session = await runtime.start_session(
        SessionConfig(
            cwd=workspace, base_instructions="Be brief.", developer_instructions="Be kind."
        )
    )
    await session.ask("hello")
    assert model.requests[0].instructions == "Be brief."
    assert any("Be kind." in said for said in model.requests[0].developer_texts)


FREE = RunProfile(
    model="gpt-5.4", effort="high", sandbox="workspace-write", approval_policy="never"
)


async def test_a_review_after_a_turn_of_its_own_options_is_under_the_sessions(
    experimental: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: a review carries no options, so the thread's own are told before it."""
    session = await experimental.start_session(SessionConfig(cwd=workspace))
    await session.ask_with_profile("changed", FREE)
    model.enqueue(shell("touch written"), text("looked"))
    await session.review(CustomReviewTarget(instructions="look"))
    assert not (workspace / "written").exists()
    await session.ask_with_profile("changed again", FREE)
    await session.compact()
    kinds = {(r.kind, r.model) for r in model.requests}
    assert ("compaction", "gpt-5.4") not in kinds
    assert {r.model for r in model.requests if r.last_user_text == "look"} <= {"gpt-5.5"}


@pytest.mark.parametrize("way", ["review", "compact"])
async def test_without_the_experimental_api_a_review_under_what_still_holds_is_refused(
    session: Session, model: ScriptedModel, way: str
) -> None:
    """Ours: nothing could undo it; a plain turn does, and then it goes."""
    target = (CustomReviewTarget(instructions="look"),) if way == "review" else ()
    await session.ask_with_profile("changed", FREE)
    asked = len(model.requests)
    with pytest.raises(ProfileError, match="still holds from an earlier turn"):
        await getattr(session, way)(*target)
    assert len(model.requests) == asked
    await session.ask("plain")
    assert (await getattr(session, way)(*target)).status == "completed"
