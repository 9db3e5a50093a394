"""The runtime on the real app-server: opening, calling, subscribing, leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from codex_runtime import (
    ConfigError,
    RequestError,
    RequestTimeout,
    Runtime,
    RuntimeClosed,
    RuntimeConfig,
    Session,
    SessionConfig,
    ThreadNotFound,
    TurnInterrupted,
)
from codex_runtime.launch import CodexVersion
from codex_runtime.protocol import (
    THREAD_LIST,
    THREAD_LOADED_LIST,
    AgentMessageDelta,
    ThreadListParams,
    ThreadLoadedListParams,
    ThreadStarted,
    TurnCompleted,
    TurnStarted,
)
from codex_runtime.testing import Reply, silence, text
from tests.real.faces import EVERY_FACE, in_one_step, open_runtime
from tests.real.processes import is_running, marked_processes, server_pid
from tests.real.waiting import prompts, until_active

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE


async def test_the_server_says_what_it_is(runtime: Runtime, home: Path) -> None:
    """The server's: the shape of ``initialize``'s answer. Ours: what is read from it."""
    server = runtime.server
    assert server.user_agent.startswith("codex_runtime/")
    assert server.version == CodexVersion.parse(server.user_agent.split("/")[1].split(" ")[0])
    assert server.codex_home == str(home)
    assert (server.platform_family, server.platform_os) == ("unix", "linux")
    assert server.generation == 1
    assert await runtime.request("thread/loaded/list") == {"data": [], "nextCursor": None}


async def test_the_command_line_can_be_shown_to_anybody(model: ScriptedModel, home: Path) -> None:
    """Ours: values of the environment and secrets of the configuration are hidden."""
    config = model.runtime_config(
        home,
        env={"MY_TOKEN": "hunter2"},
        config_overrides={"model_providers.scripted.experimental_bearer_token": "hunter3"},
    )
    async with open_runtime(config) as runtime:
        shown = runtime.command_line()
    assert "MY_TOKEN=" in shown
    assert "hunter" not in shown
    assert " app-server -c " in shown


async def test_statistics_count_what_was_done_and_show_what_is_under_way(
    runtime: Runtime, session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours."""
    replies["wait"] = silence() + text("done")
    idle = runtime.statistics()
    assert (idle.threads, idle.active_turns, idle.pending_calls) == (1, 0, 0)
    async with session.ask_stream("wait") as turn:
        busy = runtime.statistics()
        await model.wait_for_requests(1)
        model.release()
        await turn.finish()
    after = runtime.statistics()
    assert (busy.active_turns, after.active_turns) == (1, 0)
    assert after.requests == idle.requests + 1
    assert after.events > idle.events
    assert after.bytes_received > idle.bytes_received
    assert after.bytes_sent > idle.bytes_sent
    assert (after.malformed_events, after.garbage_frames, after.frames_too_long) == (0, 0, 0)
    assert (after.stray_answers, after.requests_timed_out, after.requests_retried) == (0, 0, 0)


@in_one_step
async def test_statistics_say_how_long_calls_took_and_how_long_they_waited(
    runtime: Runtime, session: Session
) -> None:
    """Ours: every answered call is in the histograms, also those of a turn."""
    await session.ask("hello")
    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(runtime.request, "thread/loaded/list")
    now = runtime.statistics()
    assert now.call_latency.count == now.requests > 100
    assert 0 < now.call_latency.percentile_ms(50) <= now.call_latency.percentile_ms(99)
    assert now.call_latency.percentile_ms(100) == now.call_latency.max_ms
    waits = (now.gate_wait_control, now.gate_wait_quick, now.gate_wait_slow)
    assert sum(wait.count for wait in waits) == now.requests
    assert now.gate_wait_quick.max_ms > 0
    assert now.peak_gate_waiting == 100 - RuntimeConfig().max_in_flight
    assert 0 < now.peak_unwritten_frames <= 100
    assert (now.generations, now.restarts) == (1, 0)


async def test_a_call_is_typed_both_ways(runtime: Runtime, session: Session) -> None:
    """Ours, on the server's ``thread/loaded/list``."""
    answer = await runtime.call(THREAD_LOADED_LIST, ThreadLoadedListParams())
    assert answer.data == [session.thread_id]


async def test_a_request_is_raw_both_ways(runtime: Runtime, session: Session) -> None:
    """Ours: any name, any JSON."""
    answer = await runtime.request("thread/loaded/list", {})
    assert answer == {"data": [session.thread_id], "nextCursor": None}
    assert await runtime.request("thread/loaded/list") == answer


@pytest.mark.sends_what_the_schema_lacks("no/such: the schema has no such method")
async def test_a_method_that_the_server_does_not_know_is_a_request_error(runtime: Runtime) -> None:
    """The server's: -32600 and prose."""
    with pytest.raises(RequestError, match="unknown variant `no/such`") as caught:
        await runtime.request("no/such", {"a": 1})
    assert (caught.value.method, caught.value.code) == ("no/such", -32600)
    assert caught.value.outcome_certain


@pytest.mark.sends_what_the_schema_lacks("no/such: the schema has no such method")
async def test_a_notification_is_written_and_the_server_goes_on(runtime: Runtime) -> None:
    """The server's: one that it does not know is ignored."""
    before = runtime.statistics().bytes_sent
    await runtime.notify("no/such", {"a": 1})
    await runtime.notify("initialized")
    assert runtime.statistics().bytes_sent > before
    assert await runtime.request("thread/loaded/list") == {"data": [], "nextCursor": None}


async def test_a_subscriber_of_a_thread_sees_that_thread_alone_and_in_order(
    runtime: Runtime, session: Session, workspace: Path
) -> None:
    """Ours."""
    other = await runtime.start_session(SessionConfig(cwd=workspace))
    async with runtime.subscribe(thread_id=session.thread_id) as events:
        await other.ask("not this")
        result = await session.ask("this")
        seen = []
        async for event in events:
            seen.append(event)
            if isinstance(event, TurnCompleted):
                break
    assert {getattr(event, "thread_id", None) for event in seen} == {session.thread_id}
    assert [e.turn.id for e in seen if isinstance(e, TurnStarted)] == [result.turn_id]
    assert "".join(e.delta for e in seen if isinstance(e, AgentMessageDelta)) == "re: this"


async def test_a_subscriber_of_a_method_sees_that_method_alone(
    runtime: Runtime, workspace: Path
) -> None:
    """Ours; `thread/started` belongs to a thread that has no handle yet."""
    async with runtime.subscribe(methods=["thread/started", "turn/completed"]) as events:
        other = await runtime.start_session(SessionConfig(cwd=workspace))
        first = await anext(events)
        result = await other.ask("go")
        second = await anext(events)
    assert isinstance(first, ThreadStarted)
    assert first.thread.id == other.thread_id
    assert isinstance(second, TurnCompleted)
    assert second.turn.id == result.turn_id


async def test_a_subscription_to_what_was_opted_out_of_is_refused(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: it raises. The server's: the notification does not come."""
    config = model.runtime_config(home, opt_out=["item/agentMessage/delta", "no/such"])
    async with open_runtime(config) as runtime:
        with pytest.raises(ConfigError, match="opt_out"):
            runtime.subscribe(methods=["item/agentMessage/delta"])
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        async with session.ask_stream("quiet") as turn:
            events = [event async for event in turn]
        assert not any(isinstance(event, AgentMessageDelta) for event in events)
        assert turn.result.text == "re: quiet"


async def test_a_subscription_ends_with_the_runtime(model: ScriptedModel, home: Path) -> None:
    """Ours."""
    async with open_runtime(model.runtime_config(home)) as runtime:
        subscription = runtime.subscribe()
        await subscription.__aenter__()
        session = await runtime.start_session(SessionConfig())
        result = await session.ask("heard")
    seen = [event async for event in subscription]
    assert [e.turn.id for e in seen if isinstance(e, TurnCompleted)] == [result.turn_id]
    assert [event async for event in subscription] == []


async def test_run_asks_once_and_leaves_no_thread(runtime: Runtime, workspace: Path) -> None:
    """Ours, on the server's ephemeral threads."""
    result = await runtime.run("once", SessionConfig(cwd=workspace))
    assert (result.status, result.text) == ("completed", "re: once")
    listed = await runtime.call(THREAD_LIST, ThreadListParams())
    assert listed.data == []
    assert runtime.statistics().threads == 0
    with pytest.raises(ThreadNotFound):
        await runtime.resume_session(result.thread_id, SessionConfig(cwd=workspace))


async def test_a_request_that_the_server_does_not_answer_in_time_is_given_up(
    runtime: Runtime,
) -> None:
    """Ours; the server works on it all the same, so its place is kept until it answers."""
    with pytest.raises(RequestTimeout) as caught:
        await runtime.request("command/exec", {"command": ["sleep", "1"]}, timeout_s=0.01)
    assert not caught.value.outcome_certain
    now = runtime.statistics()
    assert (now.pending_calls, now.abandoned_calls, now.requests_timed_out) == (0, 1, 1)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: ValueError("mine"), id="error"),
        pytest.param(KeyboardInterrupt, id="interrupt"),
        pytest.param(lambda: SystemExit(3), id="exit"),
        pytest.param(lambda: ExceptionGroup("mine", [ValueError("one")]), id="group-of-one"),
        pytest.param(
            lambda: BaseExceptionGroup("mine", [KeyboardInterrupt(), ValueError("two")]),
            id="base-group",
        ),
    ],
)
async def test_what_the_body_raises_comes_out_as_it_is(
    make: Callable[[], BaseException], model: ScriptedModel, home: Path
) -> None:
    """Ours: no nursery of the runtime wraps it, and no process is left."""
    mine = make()
    with pytest.raises(type(mine)) as caught:
        async with open_runtime(model.runtime_config(home)):
            raise mine
    assert caught.value is mine
    assert marked_processes() == {}


async def test_a_group_of_a_nursery_of_the_user_comes_out_as_it_is(
    model: ScriptedModel, home: Path
) -> None:
    """Ours: only groups that we made ourselves are unwrapped."""

    mine = LookupError("mine")
    raised: tuple[BaseException, ...] = ()

    async def fail() -> None:
        await trio.lowlevel.checkpoint()
        raise mine

    try:
        async with open_runtime(model.runtime_config(home)), trio.open_nursery() as nursery:
            nursery.start_soon(fail)
            nursery.start_soon(trio.sleep_forever)
    except ExceptionGroup as group:
        raised = group.exceptions
    assert raised == (mine,)


async def test_leaving_ends_running_turns_and_the_process(
    model: ScriptedModel, home: Path, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Ours: the turns are interrupted on the server, not only dropped."""
    replies["wait"] = silence()

    async with trio.open_nursery() as nursery:
        async with open_runtime(model.runtime_config(home)) as runtime:
            sessions = [await runtime.start_session(SessionConfig(cwd=workspace)) for _ in range(3)]
            pid = server_pid()
            for session in sessions:
                nursery.start_soon(_is_interrupted, session)
            await model.wait_for_requests(3)
        for index in range(3):
            await model.wait_disconnected(index)
    assert not is_running(pid)
    assert [s.history[-1].status for s in sessions] == ["interrupted"] * 3


async def _is_interrupted(session: Session) -> None:
    with pytest.raises(TurnInterrupted):
        await session.ask("wait")


async def test_leaving_archives_nothing_and_the_thread_goes_on_in_the_next_runtime(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours; the server's: a thread that ran a turn can be resumed by a new process."""
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("first")
    async with open_runtime(model.runtime_config(home)) as runtime:
        again = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
        assert again.thread_id == session.thread_id
        result = await again.ask("second")
        page = await again.turns()
    assert result.text == "re: second"
    assert len(page.data) == 2
    assert "first" in model.requests[-1].input_texts


async def test_after_leaving_everything_is_refused_here(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours."""
    async with open_runtime(model.runtime_config(home)) as runtime:
        config = SessionConfig(cwd=workspace)
        session = await runtime.start_session(config)
        await session.ask("first")
    for refused in (
        lambda: runtime.call(THREAD_LOADED_LIST, ThreadLoadedListParams()),
        lambda: runtime.request("thread/loaded/list"),
        lambda: runtime.notify("initialized"),
        lambda: runtime.start_session(config),
        lambda: runtime.resume_session(session.thread_id, config),
        lambda: runtime.fork_session(session.thread_id, config),
        lambda: runtime.run("x", config),
        lambda: session.ask("x"),
        session.read,
        lambda: session.rename("x"),
        session.compact,
    ):
        with pytest.raises(RuntimeClosed):
            await refused()
    assert runtime.statistics().pending_calls == 0
    assert len(model.requests) == 1


async def test_what_is_asked_while_the_runtime_is_being_left_is_refused(
    model: ScriptedModel, home: Path, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Ours: queued asks are sent away as the block is left, and start nothing."""
    replies["wait"] = silence()
    raised: list[BaseException] = []

    async def ask(session: Session, prompt: str) -> None:
        try:
            await session.ask(prompt)
        except Exception as error:  # noqa: BLE001 - looked at below
            raised.append(error)

    async with (
        trio.open_nursery() as nursery,
        open_runtime(model.runtime_config(home)) as runtime,
    ):
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        nursery.start_soon(ask, session, "wait")
        await until_active(session)
        nursery.start_soon(ask, session, "queued")
        await model.wait_for_requests(1)
        await trio.testing.wait_all_tasks_blocked()
    assert sorted(type(error).__name__ for error in raised) == ["RuntimeClosed", "TurnInterrupted"]
    assert prompts(model) == ["wait"]
