"""What one handle leaves behind on the real app-server, and what the next one finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime import (
    FullAccessDenied,
    PromptParams,
    Runtime,
    RuntimeConfig,
    Session,
    SessionConfig,
    Subscription,
)
from codex_runtime.protocol import (
    REVIEW_START,
    THREAD_START,
    TURN_START,
    CustomReviewTarget,
    DangerFullAccessSandboxPolicy,
    ReviewStartParams,
    TextUserInput,
    ThreadClosed,
    ThreadSettingsUpdated,
    ThreadStartParams,
    TurnStartParams,
)
from codex_runtime.protocol.unknown import UnknownVariant
from codex_runtime.testing import Reply, silence, text, usage
from tests.real.faces import EVERY_FACE, needs_cancelling, open_runtime
from tests.real.waiting import until_settled
from tests.support.every_checkpoint import cancel_at_every_checkpoint

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from codex_runtime.protocol import SandboxPolicy
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

ROOT_IS_WRITABLE = {
    "permissions": {"wide": {"filesystem": {":root": "write"}, "network": {"enabled": True}}},
}
"""A permission profile that comes to full access, under a name that does not say so."""

WIDE_PROFILE_TOML = """
[permissions.wide.filesystem]
":root" = "write"
[permissions.wide.network]
enabled = true
"""


@pytest.fixture
async def experimental(model: ScriptedModel, home: Path) -> AsyncGenerator[Runtime]:
    """The server tells a thread's settings to experimental clients alone."""
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        yield runtime


def wide_open(workspace: Path) -> SessionConfig:
    """Other options than the defaults, where it matters."""
    return SessionConfig(cwd=workspace, sandbox="workspace-write", approval_policy="never")


async def settings(events: Subscription) -> tuple[str, object]:
    """Sandbox and approval policy of the thread, as the server tells them next."""
    event = await anext(events)
    assert isinstance(event, ThreadSettingsUpdated)
    told = event.thread_settings
    return type(told.sandbox_policy).__name__, told.approval_policy


def told_sandbox(model: ScriptedModel) -> str:
    """The newest text about the sandbox that the model was given."""
    texts = model.requests[-1].developer_texts
    return next(told for told in reversed(texts) if "`sandbox_mode`" in told)


# -- options -----------------------------------------------------------------------------------


async def test_a_second_handle_of_a_loaded_thread_has_its_own_sandbox_and_approvals(
    experimental: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: told with every turn. The server's: it ignores them at the resume of a loaded one."""
    wide = await experimental.start_session(wide_open(workspace))
    await wide.ask("wide")
    assert "`sandbox_mode` is `workspace-write`" in told_sandbox(model)
    narrow = await experimental.resume_session(wide.thread_id, SessionConfig(cwd=workspace))
    async with experimental.subscribe(methods=["thread/settings/updated"]) as events:
        await narrow.ask("narrow")
        assert await settings(events) == ("ReadOnlySandboxPolicy", "on-request")
        assert "`sandbox_mode` is `read-only`" in told_sandbox(model)
        await wide.ask("wide again")
        assert await settings(events) == ("WorkspaceWriteSandboxPolicy", "never")


async def test_a_resumed_thread_has_the_sandbox_and_approvals_of_its_new_handle(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours, after a handle with others was detached."""
    wide = await runtime.start_session(wide_open(workspace))
    await wide.ask("wide")
    await wide.detach()
    narrow = await runtime.resume_session(wide.thread_id, SessionConfig(cwd=workspace))
    await narrow.ask("narrow")
    assert "`sandbox_mode` is `read-only`" in told_sandbox(model)
    params = {"threadId": wide.thread_id, "excludeTurns": True}
    answer = await runtime.request("thread/resume", params)
    assert isinstance(answer, dict)
    assert answer["approvalPolicy"] == "on-request"


async def test_what_one_turn_of_a_detached_handle_was_told_does_not_reach_the_next_handle(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: the thread's own model and sandbox are told again."""
    first = await runtime.start_session(SessionConfig(cwd=workspace))
    await first.ask("own")
    changed = PromptParams(prompt="changed", model="gpt-5.6-sol", sandbox="workspace-write")
    await first.ask_with(changed)
    await first.detach()
    second = await runtime.resume_session(first.thread_id, SessionConfig(cwd=workspace))
    await second.ask("own again")
    asked = [request.model for request in model.requests if request.kind == "turn"]
    assert asked == [asked[0], "gpt-5.6-sol", asked[0]]
    assert "`sandbox_mode` is `read-only`" in told_sandbox(model)


# -- the thread's events -----------------------------------------------------------------------


@needs_cancelling
async def test_a_resume_cancelled_at_any_step_does_not_silence_the_other_handle(
    runtime: Runtime, session: Session, workspace: Path
) -> None:
    """Ours: what is answered for nobody is let go only where the thread is new."""
    await session.ask("first")

    async def resume() -> None:
        await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))

    async def still_hears() -> None:
        await until_settled(runtime)
        with trio.fail_after(10):
            assert (await session.ask("still there?")).text == "re: still there?"

    assert await cancel_at_every_checkpoint(resume, still_hears, steps_of="all", stride=2) >= 3


async def test_detaching_the_last_handle_lets_the_server_unload_the_thread(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: it unsubscribes. The server's: a thread nobody listens to is closed after a while."""
    soon = model.runtime_config(home, config_overrides={"thread_unload_delay_secs": 1})
    async with open_runtime(soon) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("first")
        other = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
        await session.detach()
        assert (await other.ask("second")).text == "re: second"
        async with runtime.subscribe(methods=["thread/closed"]) as closed:
            await other.detach()
            with trio.fail_after(30):
                event = await anext(closed)
        assert isinstance(event, ThreadClosed)
        assert event.thread_id == session.thread_id
        again = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
        assert (await again.ask("third")).text == "re: third"


async def test_after_a_review_that_was_asked_for_by_its_method_the_next_ask_runs(
    runtime: Runtime, session: Session
) -> None:
    """Ours. The server's: a review starts under an id that none of its other events carries."""
    await session.ask("first")
    review = ReviewStartParams(
        thread_id=session.thread_id,
        target=CustomReviewTarget(instructions="look"),
        delivery="inline",
    )
    async with runtime.subscribe(methods=["turn/completed"]) as ended:
        await runtime.call(REVIEW_START, review)
        await anext(ended)
    assert session.active_turn_id is None
    with trio.fail_after(10):
        assert (await session.ask("next")).text == "re: next"


# -- usage -------------------------------------------------------------------------------------


async def test_a_turn_whose_model_call_was_never_counted_cost_nothing(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours. The server's: it repeats its last update as an interrupted turn ends."""
    replies["counted"] = text("A") + usage(input_tokens=10, output_tokens=3)
    replies["silent"] = silence()
    await session.ask("counted")
    before = session.usage
    assert before is not None
    assert before.total_tokens == 13
    async with session.ask_stream("silent") as turn:
        await model.wait_for_requests(2)
    assert turn.result.status == "interrupted"
    assert turn.result.usage is None
    assert session.usage == before
    result = await session.ask("counted")
    assert result.usage is not None
    assert result.usage.total_tokens == 13
    assert session.usage is not None
    assert session.usage.total_tokens == 26


async def test_the_first_turn_of_a_resumed_thread_does_not_cost_what_earlier_ones_did(
    replies: dict[str, Reply], model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours. The server's: it repeats its last update to a client that resumes the thread."""
    replies["counted"] = text("A") + usage(input_tokens=10, output_tokens=3)
    replies["silent"] = silence()
    config = SessionConfig(cwd=workspace, on_exit="detach")
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.start_session(config)
        await session.ask("counted")
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.resume_session(session.thread_id, config)
        async with session.ask_stream("silent") as turn:
            await model.wait_for_requests(2)
        assert turn.result.status == "interrupted"
        assert (turn.result.usage, session.usage) == (None, None)


# -- full access -------------------------------------------------------------------------------


async def test_a_permission_profile_that_comes_to_full_access_is_refused_by_the_servers_answer(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: only what the server made of it tells. The server's: it says ``dangerFullAccess``."""
    config_toml = home / "config.toml"
    before = config_toml.read_text() if config_toml.exists() else ""
    config_toml.write_text(f'default_permissions = ":read-only"\n{before}\n{WIDE_PROFILE_TOML}')
    wide = SessionConfig(cwd=workspace, permissions="wide")
    params = ThreadStartParams(cwd=str(workspace), permissions="wide")
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        with pytest.raises(FullAccessDenied, match="what the server's configuration made"):
            await runtime.start_session(wide)
        with pytest.raises(FullAccessDenied, match="what the server's configuration made"):
            await runtime.call(THREAD_START, params)
        careful = await runtime.start_session(SessionConfig(cwd=workspace))
        assert (await careful.ask("fine")).text == "re: fine"
    assert len(model.requests) == 1


async def test_a_permission_profile_of_ones_own_with_full_access_is_refused_as_it_is_given(
    runtime: Runtime, workspace: Path
) -> None:
    """Ours: it is a key of the configuration like any other."""
    with pytest.raises(FullAccessDenied, match=":root"):
        RuntimeConfig(config_overrides=ROOT_IS_WRITABLE)
    with pytest.raises(FullAccessDenied, match=":root"):
        await runtime.start_session(SessionConfig(cwd=workspace, config=ROOT_IS_WRITABLE))


class Disguised(DangerFullAccessSandboxPolicy, tag="dangerFullAccess", frozen=True):
    """The policy by another name; it is the same on the wire."""


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Disguised(), id="subclass"),
        pytest.param(
            UnknownVariant(name="dangerFullAccess", raw=b'{"type":"dangerFullAccess"}'),
            id="stand-in",
        ),
    ],
)
async def test_full_access_is_refused_by_what_would_be_sent_whatever_class_it_has(
    policy: SandboxPolicy, runtime: Runtime, session: Session
) -> None:
    """Ours: for one ask and for a call, before anything is sent."""
    sent = runtime.statistics().bytes_sent
    with pytest.raises(FullAccessDenied):
        await session.ask_with(PromptParams(prompt="x", sandbox=policy))
    params = TurnStartParams(
        thread_id=session.thread_id, input=[TextUserInput(text="x")], sandbox_policy=policy
    )
    with pytest.raises(FullAccessDenied):
        await runtime.call(TURN_START, params)
    assert runtime.statistics().bytes_sent == sent


async def test_full_access_in_plain_dictionaries_through_a_typed_call_is_refused(
    runtime: Runtime, session: Session, workspace: Path
) -> None:
    """Ours: before anything is sent."""
    # Any: what a program without a type checker may pass.
    turn: Any = {
        "threadId": session.thread_id,
        "input": [{"type": "text", "text": "x", "text_elements": []}],
        "sandboxPolicy": {"type": "dangerFullAccess"},
    }
    by_mode: Any = {"cwd": str(workspace), "sandbox": "danger-full-access"}
    by_config: Any = {"cwd": str(workspace), "config": {"sandbox_mode": "danger-full-access"}}
    sent = runtime.statistics().bytes_sent
    with pytest.raises(FullAccessDenied):
        await runtime.call(TURN_START, turn)
    for params in (by_mode, by_config):
        with pytest.raises(FullAccessDenied):
            await runtime.call(THREAD_START, params)
    assert runtime.statistics().bytes_sent == sent
