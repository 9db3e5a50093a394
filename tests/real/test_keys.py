"""P12, B31: a keyed ask runs once, wherever its server dies, and is answered from the record."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import (
    AppServerExited,
    ProfileError,
    PromptParams,
    SessionConfig,
    TurnFailed,
    TurnInterrupted,
    TurnLost,
)
from codex_runtime.testing import Gate, Reply, bad_request, shell, silence, text
from tests.real.faces import EVERY_FACE, open_runtime
from tests.real.processes import server_pid
from tests.real.waiting import prompts, until_active
from tests.support.dying_transport import Death, dying_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codex_runtime import Runtime, Session, TurnResult
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE


def item_types(result: TurnResult) -> Sequence[str]:
    return [type(item).__name__ for item in result.items]


# -- on a server that lives ------------------------------------------------------------------------


async def test_asking_again_with_the_key_gives_the_recorded_turn_and_asks_no_model(
    session: Session, model: ScriptedModel
) -> None:
    """Ours; the items are the server's record."""
    model.enqueue(shell("echo hi"), text("done"))
    first = await session.ask("work", key="order 1")
    again = await session.ask("work", key="order 1")
    assert len(model.requests) == 2
    assert (first.reconciled, again.reconciled) == (False, True)
    assert (again.turn_id, again.text) == (first.turn_id, "done")
    assert item_types(again) == item_types(first)
    assert (await session.ask("work", key="order 2")).turn_id != first.turn_id


async def test_two_handles_that_ask_at_once_with_one_key_share_one_turn(
    runtime: Runtime, session: Session, model: ScriptedModel, replies: dict[str, Reply]
) -> None:
    """Ours: the second waits for the first, and finds it on record."""
    await session.ask("first")
    other = await runtime.resume_session(session.thread_id, SessionConfig())
    gate, results = Gate(), list["TurnResult"]()
    replies["work"] = silence(gate) + text("done")

    async def ask(handle: Session) -> None:
        results.append(await handle.ask("work", key="order 1"))

    async with trio.open_nursery() as nursery:
        for handle in (session, other, session):
            nursery.start_soon(ask, handle)
        await model.wait_for_requests(2)
        gate.release()
    assert prompts(model) == ["first", "work"]
    assert [result.text for result in results] == ["done"] * 3
    assert len({result.turn_id for result in results}) == 1


async def test_a_turn_that_failed_or_was_interrupted_is_told_again_and_not_run_again(
    session: Session, model: ScriptedModel, replies: dict[str, Reply]
) -> None:
    """The server's record of both; ours: nothing is sent."""
    replies["fail"] = bad_request()
    for _ in range(2):
        with pytest.raises(TurnFailed, match="refuses this request"):
            await session.ask("fail", key="order 1")
    replies["wait"] = silence()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_interrupted, session)
        await until_active(session)
        await model.wait_for_requests(2)
        await session.interrupt_turn()
    await _interrupted(session)
    assert prompts(model) == ["fail", "wait"]


async def _interrupted(session: Session) -> None:
    with pytest.raises(TurnInterrupted):
        await session.ask("wait", key="order 2")


async def test_the_key_is_what_the_user_message_carries(session: Session) -> None:
    """The server's: ``clientId`` in its record."""
    await session.ask_with(PromptParams(prompt="work", client_user_message_id="order 1"))
    assert (await session.ask("work", key="order 1")).reconciled


async def test_an_ephemeral_thread_takes_no_key(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: the server keeps no record of it to look into."""
    session = await runtime.start_session(SessionConfig(cwd=workspace, ephemeral=True))
    with pytest.raises(ProfileError, match="key"):
        await session.ask("work", key="order 1")
    assert not model.requests


# -- over the end of a server ----------------------------------------------------------------------


async def test_a_key_outlives_the_runtime(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: whoever resumes the thread finds it; another key runs."""
    config = model.runtime_config(home)
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        first = await session.ask("work", key="order 1")
    async with open_runtime(config) as runtime:
        session = await runtime.resume_session(first.thread_id, SessionConfig(cwd=workspace))
        again = await session.ask("work", key="order 1")
        assert (again.turn_id, again.text, again.reconciled) == (first.turn_id, first.text, True)
        assert (await session.ask("more", key="order 2")).text == "re: more"
    assert prompts(model) == ["work", "more"]


@pytest.mark.parametrize("ran_before", [False, True])
async def test_what_was_executed_and_not_told_is_answered_from_the_record(
    model: ScriptedModel, home: Path, workspace: Path, ran_before: bool
) -> None:
    """R10, P12: killed when it was to tell the end of the turn."""
    death = Death(on_saying=b'"method":"turn/completed"')
    if ran_before:
        await _run_first(model, home, workspace)
    asked = len(model.requests)
    with dying_at(death):
        async with open_runtime(model.runtime_config(home)) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=workspace))
            result = await session.ask("work", key="order 1")
            assert (result.text, result.status, result.reconciled) == (
                "re: work",
                "completed",
                True,
            )
            assert (await session.ask("next")).text == "re: next"
    assert death.happened
    assert prompts(model)[asked:] == ["work", "next"]


async def _run_first(model: ScriptedModel, home: Path, workspace: Path) -> None:
    async with open_runtime(model.runtime_config(home)) as runtime:
        await (await runtime.start_session(SessionConfig(cwd=workspace))).ask("first")


@pytest.mark.parametrize("ran_before", [False, True])
async def test_what_the_server_never_heard_is_sent_again(
    model: ScriptedModel, home: Path, workspace: Path, ran_before: bool
) -> None:
    """B31: killed before the request was read; on a thread that never ran as well."""
    death = Death(on_hearing=b'"order 1"')
    with dying_at(death):
        async with open_runtime(model.runtime_config(home)) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=workspace))
            if ran_before:
                await session.ask("first")
            asked = len(model.requests)
            assert (await session.ask("work", key="order 1")).text == "re: work"
    assert death.happened
    assert prompts(model)[asked:] == ["work"]


async def test_a_server_that_dies_with_the_answer_to_the_request_asks_the_model_once_at_most(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """B31: accepted, and the answer lost; what the server had begun by then is on record."""
    death = Death(on_saying=b'"status":"inProgress"')
    with dying_at(death):
        async with open_runtime(model.runtime_config(home)) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=workspace))
            try:
                result = await session.ask("work", key="order 1")
            except TurnLost:
                with pytest.raises(TurnLost):
                    await session.ask("work", key="order 1")
            else:
                assert result.text == "re: work"
    assert death.happened
    assert prompts(model) in ([], ["work"])


async def test_a_turn_that_its_server_left_unfinished_is_lost_and_not_run_again(
    session: Session, model: ScriptedModel, replies: dict[str, Reply]
) -> None:
    """P12: killed after the model was asked; another key runs it again."""
    replies["work"] = text("half of it", finished=False) + silence()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_lost_now, session)
        await model.wait_for_requests(1)
        await until_active(session)
        os.kill(server_pid(), signal.SIGKILL)
    with pytest.raises(TurnLost, match="another key") as lost:
        await session.ask("work", key="order 1")
    assert not lost.value.retryable
    assert lost.value.result.reconciled
    assert prompts(model) == ["work"]
    replies["work"] = text("all of it")
    assert (await session.ask("work", key="order 2")).text == "all of it"


async def _lost_now(session: Session) -> None:
    with pytest.raises(TurnLost) as lost:
        await session.ask("work", key="order 1")
    assert isinstance(lost.value.__cause__, AppServerExited)
    assert lost.value.__cause__.returncode == -signal.SIGKILL


# -- what the server has on record -----------------------------------------------------------------


async def test_the_record_of_a_dead_server_has_every_turn_its_model_was_asked_for(
    model: ScriptedModel, home: Path, workspace: Path, replies: dict[str, Reply]
) -> None:
    """The server's: written before the model is asked; interrupted, and without an end."""
    config = model.runtime_config(home)
    replies["work"] = silence()
    thread_ids: list[str] = []
    for asked in range(1, 4):
        async with open_runtime(config) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=workspace))
            thread_ids.append(session.thread_id)
            params = PromptParams(prompt="work", client_user_message_id="order 1")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_lost, session, params)
                await model.wait_for_requests(asked)
                os.kill(server_pid(), signal.SIGKILL)
    async with open_runtime(config) as runtime:
        for thread_id in thread_ids:
            for view, has_prompt in (("notLoaded", False), ("summary", True), ("full", True)):
                listed = await runtime.request(
                    "thread/turns/list", {"threadId": thread_id, "itemsView": view}
                )
                (turn,) = listed["data"]
                assert (turn["status"], turn["completedAt"]) == ("interrupted", None)
                client_ids = [item["clientId"] for item in turn["items"]]
                assert client_ids == (["order 1"] if has_prompt else [])


async def _lost(session: Session, params: PromptParams) -> None:
    with pytest.raises((TurnLost, AppServerExited)):
        await session.ask_with(params)


async def test_a_turn_that_was_interrupted_has_an_end_on_record(
    runtime: Runtime, session: Session, model: ScriptedModel, replies: dict[str, Reply]
) -> None:
    """The server's: what tells it from one whose server died."""
    replies["wait"] = silence()
    async with session.ask_stream("wait"):
        await model.wait_for_requests(1)
    listed = await runtime.request("thread/turns/list", {"threadId": session.thread_id})
    (turn,) = listed["data"]
    assert turn["status"] == "interrupted"
    assert turn["completedAt"] is not None
