"""What the client depends on and the real server decides: each would notice a change of it.

Raw requests on the server itself; what the client makes of it is tested elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime import (
    ActiveTurnMismatch,
    ExperimentalRequired,
    NoActiveTurn,
    RequestError,
    Runtime,
    SessionConfig,
    ThreadArchived,
    ThreadNotFound,
    open_runtime,
)
from codex_runtime.launch import CodexVersion
from codex_runtime.protocol import (
    AgentMessage,
    ErrorNotification,
    ItemCompleted,
    ThreadStatusChanged,
    ThreadTokenUsageUpdated,
    TurnCompleted,
    TurnStarted,
    UserMessage,
)
from codex_runtime.testing import Gate, Reply, server_error, silence, text
from tests.real.waiting import prompts, until

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import Subscription
    from codex_runtime.testing import ScriptedModel

NEVER_RAN = "019a9f00-0000-7000-8000-000000000000"


@pytest.fixture
async def thread_id(runtime: Runtime, workspace: Path) -> str:
    """A thread that no handle of ours knows."""
    answer = await request(runtime, "thread/start", cwd=str(workspace))
    started: str = answer["thread"]["id"]
    return started


async def request(runtime: Runtime, method: str, /, **params: object) -> Any:
    """A raw request and its raw answer."""
    return await runtime.request(method, params)


async def start_turn(runtime: Runtime, thread_id: str, prompt: str, **options: object) -> str:
    """The id that ``turn/start`` answers."""
    answer = await request(
        runtime,
        "turn/start",
        threadId=thread_id,
        input=[{"type": "text", "text": prompt}],
        **options,
    )
    turn_id: str = answer["turn"]["id"]
    return turn_id


async def next_of(events: Subscription, kind: type[Any]) -> Any:
    """The next event of a type."""
    async for event in events:
        if isinstance(event, kind):
            return event
    raise AssertionError(f"the events ended without {kind}")


async def run_turn(runtime: Runtime, thread_id: str, prompt: str, **options: object) -> Any:
    """Run a turn to its end; the turn that ``turn/completed`` carries."""
    async with runtime.subscribe(thread_id=thread_id) as events:
        await start_turn(runtime, thread_id, prompt, **options)
        return (await next_of(events, TurnCompleted)).turn


# -- turns -------------------------------------------------------------------------------------


async def test_a_second_turn_start_is_merged_into_the_running_turn(
    runtime: Runtime, thread_id: str, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Why one turn at a time runs on a thread here (P3)."""
    gate = Gate()
    replies["one"] = text("begun") + silence(gate)
    async with runtime.subscribe(thread_id=thread_id) as events:
        first = await start_turn(runtime, thread_id, "one")
        await next_of(events, TurnStarted)
        await model.wait_for_requests(1)
        second = await start_turn(runtime, thread_id, "two")
        gate.release()
        completed = await next_of(events, TurnCompleted)
    assert first == second == completed.turn.id
    assert prompts(model) == ["one", "two"]


async def test_turn_completed_is_the_end_and_carries_the_final_message_alone(
    runtime: Runtime, thread_id: str, replies: dict[str, Reply]
) -> None:
    """Why the result is folded from all events."""
    replies["go"] = text("first", phase="commentary") + text("last", phase="final_answer")
    async with runtime.subscribe(thread_id=thread_id) as events:
        turn_id = await start_turn(runtime, thread_id, "go")
        completed = await next_of(events, TurnCompleted)
    assert completed.turn.id == turn_id
    assert completed.turn.status == "completed"
    assert completed.turn.items_view == "summary"
    assert [item.text for item in completed.turn.items if isinstance(item, AgentMessage)] == [
        "last"
    ]


async def test_an_item_repeats_the_whole_text_of_its_deltas(
    runtime: Runtime, thread_id: str, replies: dict[str, Reply]
) -> None:
    """Why the completed item replaces what was gathered."""
    replies["go"] = text("one two three", deltas=3)
    async with runtime.subscribe(thread_id=thread_id, methods=["item/completed"]) as events:
        await start_turn(runtime, thread_id, "go")
        asked = await next_of(events, ItemCompleted)
        answered = await next_of(events, ItemCompleted)
    assert isinstance(asked.item, UserMessage)
    assert answered.item.text == "one two three"


async def test_a_failed_turn_sends_one_error_that_will_not_be_retried(
    runtime: Runtime, thread_id: str, model: ScriptedModel
) -> None:
    """Why the error of a turn is that of ``turn/completed``, or the last ``error`` without one."""
    model.enqueue(server_error())
    async with runtime.subscribe(thread_id=thread_id) as events:
        await start_turn(runtime, thread_id, "go")
        error = await next_of(events, ErrorNotification)
        completed = await next_of(events, TurnCompleted)
    assert error.will_retry is False
    assert error.turn_id == completed.turn.id
    assert completed.turn.status == "failed"
    assert completed.turn.error == error.error
    assert error.error.codex_error_info == "internalServerError"


async def test_usage_is_told_per_call_and_for_the_thread(runtime: Runtime, thread_id: str) -> None:
    """Why a turn's usage is a difference of totals."""
    methods = ["thread/tokenUsage/updated"]
    async with runtime.subscribe(thread_id=thread_id, methods=methods) as events:
        await run_turn(runtime, thread_id, "one")
        first = (await next_of(events, ThreadTokenUsageUpdated)).token_usage
        await run_turn(runtime, thread_id, "two")
        second = (await next_of(events, ThreadTokenUsageUpdated)).token_usage
    assert first.total == first.last
    assert second.total.total_tokens == first.total.total_tokens + second.last.total_tokens
    assert second.total.input_tokens == first.total.input_tokens + second.last.input_tokens
    assert first.model_context_window is not None


async def test_a_client_id_comes_back_and_does_not_deduplicate(
    runtime: Runtime, thread_id: str, model: ScriptedModel
) -> None:
    """The name of an ask on the server's record."""
    for _ in range(2):
        await run_turn(runtime, thread_id, "same", clientUserMessageId="mine")
    assert prompts(model) == ["same", "same"]
    page = await request(runtime, "thread/turns/list", threadId=thread_id, itemsView="full")
    ids = [
        item.get("clientId")
        for turn in page["data"]
        for item in turn["items"]
        if item["type"] == "userMessage"
    ]
    assert ids == ["mine", "mine"]


async def test_events_without_a_turn_id_carry_their_thread(
    runtime: Runtime, thread_id: str
) -> None:
    """Why a thread's status belongs to the turn that runs."""
    async with runtime.subscribe(thread_id=thread_id) as events:
        await start_turn(runtime, thread_id, "go")
        status = await next_of(events, ThreadStatusChanged)
    assert status.thread_id == thread_id
    assert not hasattr(status, "turn_id")


# -- interrupts --------------------------------------------------------------------------------


async def test_an_interrupt_before_the_start_is_refused_and_the_turn_runs_on(
    runtime: Runtime, thread_id: str, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Why an interrupt is sent once ``turn/started`` was seen, and repeated while refused."""
    replies["wait"] = silence() + text("done")
    async with runtime.subscribe(thread_id=thread_id) as events:
        turn_id = await start_turn(runtime, thread_id, "wait")
        try:
            await request(runtime, "turn/interrupt", threadId=thread_id, turnId=turn_id)
        except NoActiveTurn:
            await model.wait_for_requests(1)
            model.release()
            expected = "completed"
        else:  # the start won the race
            expected = "interrupted"
        assert (await next_of(events, TurnCompleted)).turn.status == expected


async def test_an_interrupt_of_an_ended_turn_is_refused_or_held_until_the_next_one_ends(
    runtime: Runtime, thread_id: str, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Why interrupts are joined: on 0.163.0 it would hang, and is then answered for nothing."""
    assert runtime.server.version is not None
    held = runtime.server.version < CodexVersion(0, 169, 0)
    replies["wait"], replies["go"] = silence(), silence() + text("done")
    outcomes: list[str] = []
    decided = trio.Event()

    async def interrupt_again(turn_id: str) -> None:
        try:
            await request(runtime, "turn/interrupt", threadId=thread_id, turnId=turn_id)
            outcomes.append("answered")
        except NoActiveTurn:
            outcomes.append("refused")
        decided.set()

    async with runtime.subscribe(thread_id=thread_id) as events, trio.open_nursery() as nursery:
        turn_id = await start_turn(runtime, thread_id, "wait")
        await next_of(events, TurnStarted)
        await model.wait_for_requests(1)
        await request(runtime, "turn/interrupt", threadId=thread_id, turnId=turn_id)
        assert (await next_of(events, TurnCompleted)).turn.status == "interrupted"
        nursery.start_soon(interrupt_again, turn_id)
        await until(lambda: runtime.statistics().pending_calls > 0 or decided.is_set())
        if not held:
            await decided.wait()
        await request(runtime, "thread/loaded/list")  # what came before it was taken up
        await start_turn(runtime, thread_id, "go")
        await next_of(events, TurnStarted)
        await model.wait_for_requests(2)
        assert outcomes == ([] if held else ["refused"])
        model.release()
        assert (await next_of(events, TurnCompleted)).turn.status == "completed"
        await decided.wait()
    assert outcomes == (["answered"] if held else ["refused"])


async def test_an_interrupt_of_another_turn_names_the_active_one(
    runtime: Runtime, thread_id: str, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Where the id of the turn that runs can be learned."""
    replies["wait"] = silence() + text("done")
    async with runtime.subscribe(thread_id=thread_id) as events:
        turn_id = await start_turn(runtime, thread_id, "wait")
        await next_of(events, TurnStarted)
        await model.wait_for_requests(1)
        with pytest.raises(ActiveTurnMismatch) as caught:
            await request(runtime, "turn/interrupt", threadId=thread_id, turnId=NEVER_RAN)
        assert caught.value.found == turn_id
        with pytest.raises(ActiveTurnMismatch):
            await request(
                runtime,
                "turn/steer",
                threadId=thread_id,
                expectedTurnId=NEVER_RAN,
                input=[{"type": "text", "text": "x"}],
            )
        model.release()
        await next_of(events, TurnCompleted)


async def test_a_review_starts_under_an_id_that_nothing_else_carries(
    runtime: Runtime, thread_id: str, model: ScriptedModel
) -> None:
    """Why a second start on a thread is taken for the same turn's (an alias)."""
    model.enqueue(text("Fine."))
    async with runtime.subscribe(thread_id=thread_id) as events:
        answer = await request(
            runtime,
            "review/start",
            threadId=thread_id,
            delivery="inline",
            target={"type": "custom", "instructions": "check"},
        )
        started: set[str] = set()
        carried: set[str] = set()
        async for event in events:
            if isinstance(event, TurnStarted):
                started.add(event.turn.id)
            elif isinstance(event, ItemCompleted):
                carried.add(event.turn_id)
            elif isinstance(event, TurnCompleted):
                assert event.turn.id == answer["turn"]["id"]
                break
    assert carried == {answer["turn"]["id"]}
    assert started - carried != set()


# -- options -----------------------------------------------------------------------------------


async def test_overrides_of_a_turn_stick_and_null_does_not_undo_them(
    runtime: Runtime, thread_id: str, model: ScriptedModel
) -> None:
    """Why every later turn carries the baseline."""
    await run_turn(runtime, thread_id, "one", effort="high", summary="detailed")
    await run_turn(runtime, thread_id, "two")
    await run_turn(runtime, thread_id, "three", effort=None, summary=None)
    assert [(asked.effort, asked.summary) for asked in model.requests] == [("high", "detailed")] * 3


async def test_an_output_schema_does_not_stick(
    runtime: Runtime, thread_id: str, model: ScriptedModel
) -> None:
    """Why it is sent with every turn it holds for."""
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    await run_turn(runtime, thread_id, "one", outputSchema=schema)
    await run_turn(runtime, thread_id, "two")
    assert [asked.output_schema for asked in model.requests] == [schema, None]


async def test_what_thread_start_reports(runtime: Runtime, workspace: Path) -> None:
    """Which baselines are known without asking: effort and tier may be null, others are absent."""
    answer = await request(runtime, "thread/start", cwd=str(workspace), sandbox="workspace-write")
    assert answer["model"] == "gpt-5.5"
    assert answer["sandbox"]["type"] == "workspaceWrite"
    assert answer["cwd"] == str(workspace)
    assert answer["approvalPolicy"] == "on-request"
    assert answer["approvalsReviewer"] == "user"
    assert {"reasoningEffort", "serviceTier"} <= answer.keys()
    assert {"summary", "personality"}.isdisjoint(answer)


async def test_a_writable_thread_marks_its_project_as_trusted(
    runtime: Runtime, home: Path, workspace: Path
) -> None:
    """What the documentation of ``sandbox`` warns of; a repository alone is a project."""
    (workspace / ".git").mkdir()
    (workspace / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    config_toml = home / "config.toml"
    await request(runtime, "thread/start", cwd=str(workspace), sandbox="read-only")
    assert not config_toml.exists()
    await request(runtime, "thread/start", cwd=str(workspace), sandbox="workspace-write")
    assert str(workspace) in config_toml.read_text()
    assert 'trust_level = "trusted"' in config_toml.read_text()


# -- threads -----------------------------------------------------------------------------------


async def test_an_archive_answers_what_each_state_of_the_thread_says(
    runtime: Runtime, thread_id: str
) -> None:
    """Why "no rollout" and "is archived" count as success of a close."""
    await run_turn(runtime, thread_id, "one")
    assert await request(runtime, "thread/archive", threadId=thread_id) == {}
    with pytest.raises(ThreadNotFound, match="thread not found"):
        await start_turn(runtime, thread_id, "two")
    with pytest.raises(ThreadNotFound, match="no rollout found"):
        await request(runtime, "thread/archive", threadId=thread_id)
    with pytest.raises(ThreadArchived, match="is archived"):
        await request(runtime, "thread/resume", threadId=thread_id)
    await request(runtime, "thread/unarchive", threadId=thread_id)
    answer = await request(runtime, "thread/resume", threadId=thread_id, excludeTurns=True)
    assert answer["thread"]["turns"] == []


async def test_an_archive_interrupts_the_active_turn_first(
    runtime: Runtime, thread_id: str, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """What a close may rely on when its own interrupt ran into its bound."""
    replies["wait"] = silence()
    async with runtime.subscribe(thread_id=thread_id) as events:
        await start_turn(runtime, thread_id, "wait")
        await next_of(events, TurnStarted)
        await model.wait_for_requests(1)
        await request(runtime, "thread/archive", threadId=thread_id)
        await model.wait_disconnected(0)


async def test_an_ephemeral_thread_that_ran_has_no_rollout_to_archive(
    runtime: Runtime, workspace: Path
) -> None:
    """Why ephemeral sessions are unsubscribed instead."""
    answer = await request(runtime, "thread/start", cwd=str(workspace), ephemeral=True)
    thread_id = answer["thread"]["id"]
    assert answer["thread"]["ephemeral"] is True
    await run_turn(runtime, thread_id, "one")
    with pytest.raises(ThreadNotFound, match="no rollout found"):
        await request(runtime, "thread/archive", threadId=thread_id)
    answer = await request(runtime, "thread/unsubscribe", threadId=thread_id)
    assert answer == {"status": "unsubscribed"}


async def test_a_dropped_subscription_silences_the_events_of_a_thread_and_not_its_turns(
    runtime: Runtime, thread_id: str, model: ScriptedModel
) -> None:
    """Why only a handle that is done unsubscribes."""
    await request(runtime, "thread/unsubscribe", threadId=thread_id)
    async with runtime.subscribe(thread_id=thread_id, methods=["turn/completed"]) as events:
        await start_turn(runtime, thread_id, "unheard")
        await model.wait_for_requests(1)
        other = await request(runtime, "thread/start")
        await run_turn(runtime, other["thread"]["id"], "heard")
        with trio.move_on_after(0):
            pytest.fail(f"it was heard: {await anext(events)!r}")


async def test_a_resume_without_turns_is_the_whole_thread_all_the_same(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Why a resume is cheap however long the thread is."""
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("one")
    async with open_runtime(model.runtime_config(home)) as runtime:
        answer = await request(
            runtime, "thread/resume", threadId=session.thread_id, excludeTurns=True
        )
        assert answer["thread"]["turns"] == []
        await run_turn(runtime, session.thread_id, "two")
    assert "one" in model.requests[-1].input_texts


async def test_a_title_must_not_be_empty(runtime: Runtime, thread_id: str) -> None:
    """Why `Session.rename` refuses it."""
    with pytest.raises(RequestError):
        await request(runtime, "thread/name/set", threadId=thread_id, name="")


async def test_a_stored_thread_is_listed_with_its_source(runtime: Runtime, thread_id: str) -> None:
    """How threads that this client started are found again."""
    await run_turn(runtime, thread_id, "one")
    answer = await request(runtime, "thread/list")
    assert [(thread["id"], thread["source"]) for thread in answer["data"]] == [
        (thread_id, "vscode")
    ]


# -- refusals ----------------------------------------------------------------------------------


@pytest.mark.sends_what_the_schema_lacks("thread/settings/update: the schema has no such method")
async def test_the_prose_of_each_refusal_is_read_as_its_error(
    runtime: Runtime, thread_id: str
) -> None:
    """The table of errors rests on these words: -32600 says nothing by itself."""
    user_input = [{"type": "text", "text": "x"}]
    rows: list[tuple[type[RequestError], str, dict[str, object]]] = [
        (ThreadNotFound, "turn/start", {"threadId": NEVER_RAN, "input": user_input}),
        (ThreadNotFound, "turn/start", {"threadId": "abc", "input": user_input}),
        (ThreadNotFound, "turn/interrupt", {"threadId": NEVER_RAN, "turnId": NEVER_RAN}),
        (ThreadNotFound, "thread/read", {"threadId": NEVER_RAN}),
        (ThreadNotFound, "thread/resume", {"threadId": NEVER_RAN}),
        (ThreadNotFound, "thread/archive", {"threadId": NEVER_RAN}),
        (ThreadNotFound, "thread/unarchive", {"threadId": NEVER_RAN}),
        (ThreadNotFound, "thread/resume", {"threadId": "abc"}),
        (NoActiveTurn, "turn/interrupt", {"threadId": thread_id, "turnId": NEVER_RAN}),
        (
            NoActiveTurn,
            "turn/steer",
            {"threadId": thread_id, "expectedTurnId": NEVER_RAN, "input": user_input},
        ),
        (ExperimentalRequired, "thread/settings/update", {"threadId": thread_id}),
    ]
    for error, method, params in rows:
        with pytest.raises(error) as caught:
            await runtime.request(method, params)
        assert type(caught.value) is error, (method, params)
        assert caught.value.code == -32600


@pytest.mark.sends_what_the_schema_lacks(
    'turn/start: $.input: 7 is not of type "array"', "turn/start: $.input: is required"
)
async def test_bad_params_and_a_second_handshake_are_plain_request_errors(
    runtime: Runtime, thread_id: str
) -> None:
    """Nothing more is made of them than what they say."""
    client = {"name": "again", "version": "1"}
    for method, params, words in (
        ("turn/start", {"threadId": thread_id, "input": 7}, "invalid type"),
        ("turn/start", {"threadId": thread_id}, "missing field"),
        ("initialize", {"clientInfo": client}, "Already initialized"),
    ):
        with pytest.raises(RequestError, match=words) as caught:
            await runtime.request(method, params)
        assert type(caught.value) is RequestError
        assert caught.value.code == -32600


async def test_an_experimental_runtime_may_use_what_needs_it(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The capability of the handshake."""
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await request(runtime, "thread/settings/update", threadId=session.thread_id, effort="high")
        await session.ask("go")
    assert model.requests[0].effort == "high"


async def test_the_user_message_of_a_turn_is_an_item_of_it(
    runtime: Runtime, thread_id: str
) -> None:
    """Why a result's items begin with what was asked."""
    async with runtime.subscribe(thread_id=thread_id, methods=["item/completed"]) as events:
        await start_turn(runtime, thread_id, "hello")
        first = (await next_of(events, ItemCompleted)).item
    assert isinstance(first, UserMessage)
