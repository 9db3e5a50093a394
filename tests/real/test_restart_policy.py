"""P12, B50, B51, R7: what a session sets holds on the next server, and what the policy allows."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import attrs
import pytest
import trio
import trio.testing

from codex_runtime import (
    AppServerExited,
    RestartPolicy,
    RunProfile,
    ServerLost,
    SessionConfig,
    tool,
)
from codex_runtime.testing import shell, text, tool_call
from tests.real.faces import AIO_TOO, needs_cancelling, open_runtime
from tests.real.killing import AT_ONCE, kill
from tests.real.processes import marked_processes, until_running
from tests.real.stand_in import HANGING, StandIn
from tests.real.waiting import prompts, until

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from codex_runtime import Runtime, Session
    from codex_runtime.testing import ModelRequest, ScriptedModel

pytestmark = AIO_TOO


@pytest.fixture
async def runtime(model: ScriptedModel, home: Path) -> AsyncGenerator[Runtime]:
    async with open_runtime(model.runtime_config(home, restart=AT_ONCE)) as runtime:
        yield runtime


@pytest.fixture
def stand_in(tmp_path: Path, codex_path: str) -> StandIn:
    """A binary that can be told to fail."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return StandIn(folder, codex_path)


# -- what a session sets ---------------------------------------------------------------------------


def told(request: ModelRequest) -> dict[str, object]:
    """What the model was told besides the conversation."""
    return {
        "model": request.model,
        "effort": request.effort,
        "summary": request.summary,
        "instructions": request.instructions,
        "tools": sorted(request.tool_names),
    }


OWN = RunProfile(
    model="gpt-5.5",
    effort="low",
    summary="auto",
    personality="pragmatic",
    approval_policy="untrusted",
    sandbox="workspace-write",
)


async def test_the_profile_is_whole_after_the_resume(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """R7, B51: also where the last turn had been told otherwise."""
    config = attrs.evolve(
        SessionConfig.from_profile(workspace, OWN),
        base_instructions="Be brief.",
        developer_instructions="Be kind.",
    )
    session = await runtime.start_session(config)
    await session.ask("before")
    other = RunProfile(
        model="gpt-5.6-sol",
        effort="high",
        summary="detailed",
        approval_policy="never",
        sandbox="read-only",
    )
    await session.ask_with_profile("changed", other)
    await kill(runtime)
    await session.ask("after")
    turns = [request for request in model.requests if request.kind == "turn"]
    assert told(turns[-1]) == told(turns[0])
    said = "\n".join(turns[-1].developer_texts)
    assert "Be kind." in said
    assert said.rpartition("`sandbox_mode` is ")[2].startswith("`workspace-write`")
    assert _approval_words(turns[-1]) == _approval_words(turns[0])


def _approval_words(request: ModelRequest) -> str:
    """What the last text about approvals says."""
    about = [text for text in request.developer_texts if "approval_policy" in text.lower()]
    return about[-1].rpartition("approval_policy")[2][:200] if about else ""


async def test_approvals_are_still_asked_for_after_the_resume(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """B51: the first turn on the new server is under the session's own policy, and declined."""
    config = SessionConfig.from_profile(workspace, RunProfile(approval_policy="untrusted"))
    session = await runtime.start_session(config)
    await session.ask("first")
    await kill(runtime)
    model.enqueue(shell("touch made-by-a-tool"), text("done"))
    await session.ask("work")
    assert runtime.statistics().server_requests_declined == 1
    assert not (workspace / "made-by-a-tool").exists()


async def test_the_tools_of_a_session_run_after_the_resume(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The server's: it keeps them with the thread. Ours: the same functions answer."""

    @tool
    async def double(number: int) -> int:
        """Twice the number."""
        await trio.lowlevel.checkpoint()
        return 2 * number

    config = model.runtime_config(home, restart=AT_ONCE, experimental_api=True)
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[double]))
        await session.ask("first")
        await kill(runtime)
        model.enqueue(tool_call("double", {"number": 21}), text("done"))
        await session.ask("work")
    assert model.requests[-1].tool_outputs[-1].text == "42"


# -- the policy ------------------------------------------------------------------------------------


async def test_without_restarts_every_call_says_how_the_server_ended(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    config = model.runtime_config(home, restart=RestartPolicy(on="never"))
    async with open_runtime(config) as runtime, runtime.subscribe() as events:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("first")
        await kill(runtime)
        for _ in range(2):
            with pytest.raises(AppServerExited) as exited:
                await session.ask("second")
            assert exited.value.returncode == -signal.SIGKILL
            assert exited.value.outcome_certain
        (lost,) = [event async for event in events if isinstance(event, ServerLost)]
        assert lost.restart_in_s is None
        assert runtime.statistics().restarts == 0


async def test_the_breaker_opens_for_a_server_that_dies_at_once_and_heals_by_itself(
    model: ScriptedModel, home: Path, workspace: Path, stand_in: StandIn
) -> None:
    """B50: three attempts in any three seconds, whoever asks how often."""
    policy = attrs.evolve(AT_ONCE, max_restarts=3, window_s=3.0)
    config = model.runtime_config(home, restart=policy, codex_bin=stand_in.path)
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("first")
        stand_in.dies(3)
        await kill(runtime)
        for _ in range(50):
            with pytest.raises(AppServerExited, match="no more") as exited:
                await session.ask("while it is down")
            assert exited.value.returncode == 3
        assert stand_in.starts == 1 + 3
        stand_in.works()
        await until_answered(session)
        assert stand_in.starts == 1 + 3 + 1
        assert prompts(model) == ["first", "healed"]


async def until_answered(session: Session) -> None:
    """Ask until the breaker has closed."""
    while True:
        try:
            await session.ask("healed")
        except AppServerExited:
            await trio.testing.wait_all_tasks_blocked(0.01)
        else:
            return


async def test_an_ask_waits_over_several_attempts(
    model: ScriptedModel, home: Path, workspace: Path, stand_in: StandIn
) -> None:
    """Ours, within its deadline: whoever waits is not told of an attempt that failed."""
    config = model.runtime_config(home, restart=AT_ONCE, codex_bin=stand_in.path)
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("first")
        stand_in.dies(3)
        await kill(runtime)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.ask, "second")
            await until(lambda: stand_in.starts >= 1 + 3)
            stand_in.works()
        assert prompts(model) == ["first", "second"]


@needs_cancelling
@pytest.mark.parametrize("pause", ["in the pause", "in the attempt"])
async def test_a_runtime_is_left_cleanly_while_it_restarts(
    model: ScriptedModel, home: Path, workspace: Path, stand_in: StandIn, pause: str
) -> None:
    """P11: no attempt is made after the end, and none is left behind."""
    policy = RestartPolicy(first_pause_s=600, longest_pause_s=600) if "pause" in pause else AT_ONCE
    config = model.runtime_config(home, restart=policy, codex_bin=stand_in.path)
    async with open_runtime(config) as runtime, trio.open_nursery() as nursery:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("first")
        stand_in.hangs()
        await kill(runtime)
        nursery.start_soon(session.ask, "never answered")
        if policy is AT_ONCE:
            await until_running(HANGING)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    starts = stand_in.starts
    assert starts == (2 if policy is AT_ONCE else 1)
    assert marked_processes() == {}
    assert prompts(model) == ["first"]
