"""What a turn of the real app-server amounts to: items, calls, files, usage, failures, volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_runtime import Runtime, Session, SessionConfig, TokenUsage, TurnFailed
from codex_runtime.protocol import (
    AgentMessageDelta,
    CommandExecution,
    FileChange,
    Reasoning,
    ReasoningSummaryTextDelta,
    ThreadTokenUsageUpdated,
    TurnDiffUpdated,
    TurnPlanUpdated,
    to_builtins,
)
from codex_runtime.testing import (
    Reply,
    apply_patch,
    bad_request,
    context_window_exceeded,
    cut,
    http_error,
    overloaded,
    quota_exceeded,
    rate_limited,
    reasoning,
    response_failed,
    server_error,
    shell,
    text,
    tool_call,
    unauthorized,
    usage,
)
from tests.real.faces import EVERY_FACE, at_full_pace

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.protocol import CodexErrorInfo
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE


async def test_the_answer_is_the_final_message_and_the_rest_is_kept(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours: which message is the answer."""
    replies["go"] = (
        text("Looking.", phase="commentary")
        + text("Found it.", phase="final_answer")
        + text("By the way.", phase="commentary")
    )
    result = await session.ask("go")
    assert result.text == "Found it."
    assert [message.text for message in result.messages] == [
        "Looking.",
        "Found it.",
        "By the way.",
    ]


async def test_text_in_every_script_arrives_as_it_was_sent(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours: nothing is lost on the way through two JSONs, split characters included."""
    said = 'ä€𝄞 "quoted" \\ \n\t\u2028 \x7f \U0001d518\U0001d52b ' + "👩‍👩‍👧‍👦" * 5
    replies["go"] = text(said, delta_chars=1)
    assert (await session.ask("go")).text == said


async def test_reasoning_is_an_item_and_not_the_answer(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours, from the server's summary events."""
    replies["go"] = reasoning("thinking hard", deltas=2) + text("done")
    async with session.ask_stream("go") as turn:
        deltas = [e.delta async for e in turn if isinstance(e, ReasoningSummaryTextDelta)]
    assert "".join(deltas) == "thinking hard"
    (thought,) = [item for item in turn.result.items if isinstance(item, Reasoning)]
    assert thought.summary == ["thinking hard"]
    assert turn.result.text == "done"


async def test_a_shell_command_really_runs_and_the_model_sees_its_output(
    session: Session, model: ScriptedModel
) -> None:
    """The server's: it runs tools itself and asks the model again."""
    model.enqueue(shell("expr 6 '*' 7", call_id="sum"), text("It is 42."))
    result = await session.ask("compute")
    (command,) = [item for item in result.items if isinstance(item, CommandExecution)]
    assert (command.id, command.exit_code, command.status) == ("sum", 0, "completed")
    assert command.aggregated_output is not None
    assert command.aggregated_output.endswith("42\n")
    assert model.requests[1].tool_outputs[0].text.endswith("42\n")
    assert result.text == "It is 42."


async def test_a_failing_command_is_an_item_of_its_own_and_the_turn_goes_on(
    session: Session, model: ScriptedModel
) -> None:
    """The server's."""
    model.enqueue(shell("echo out; exit 3"), text("It failed."))
    result = await session.ask("try")
    (command,) = [item for item in result.items if isinstance(item, CommandExecution)]
    assert (command.exit_code, command.status) == (3, "failed")
    assert (result.status, result.text) == ("completed", "It failed.")


async def test_several_calls_of_one_response_and_of_several_all_run(
    session: Session, model: ScriptedModel
) -> None:
    """The server's."""
    model.enqueue(
        text("Two.", phase="commentary") + shell("echo one") + shell("echo two"),
        shell("echo three"),
        text("Done."),
    )
    result = await session.ask("go")
    outputs = [i.aggregated_output for i in result.items if isinstance(i, CommandExecution)]
    # A login shell may have something to say before.
    assert sorted(str(output).split()[-1] for output in outputs) == ["one", "three", "two"]
    assert len(model.requests[2].tool_outputs) == 3
    assert result.text == "Done."


async def test_a_plan_is_the_last_one_that_was_made(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours, from the server's ``update_plan`` tool, which is off unless asked for."""
    config = SessionConfig(cwd=workspace, config={"tools.update_plan.enabled": True})
    session = await runtime.start_session(config)
    steps = ["look", "fix"]

    def plan(*statuses: str) -> Reply:
        entries = [
            {"step": step, "status": status} for step, status in zip(steps, statuses, strict=True)
        ]
        return tool_call("update_plan", {"plan": entries})

    model.enqueue(plan("in_progress", "pending"), plan("completed", "in_progress"), text("ok"))
    async with session.ask_stream("plan") as turn:
        plans = [event.plan async for event in turn if isinstance(event, TurnPlanUpdated)]
    assert len(plans) == 2
    assert [(step.step, step.status) for step in turn.result.plan] == [
        ("look", "completed"),
        ("fix", "inProgress"),
    ]


async def test_a_file_change_is_made_and_reported_as_item_and_diff(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """The server's ``apply_patch`` in a workspace that may be written."""
    (workspace / "old.txt").write_text("before\n")
    patch = (
        "*** Begin Patch\n*** Add File: new.txt\n+hello\n"
        "*** Update File: old.txt\n@@\n-before\n+after\n*** End Patch\n"
    )
    session = await runtime.start_session(SessionConfig(cwd=workspace, sandbox="workspace-write"))
    model.enqueue(apply_patch(patch), text("Changed."))
    async with session.ask_stream("change") as turn:
        diffs = [event.diff async for event in turn if isinstance(event, TurnDiffUpdated)]
    result = turn.result
    assert (workspace / "new.txt").read_text() == "hello\n"
    assert (workspace / "old.txt").read_text() == "after\n"
    (change,) = [item for item in result.items if isinstance(item, FileChange)]
    assert change.status == "completed"
    assert len(change.changes) == 2
    assert result.diff == diffs[-1]
    assert result.diff is not None
    assert "+hello" in result.diff
    assert "-before" in result.diff


# -- usage -------------------------------------------------------------------------------------


async def test_the_usage_of_a_turn_is_the_sum_of_its_calls_alone(
    session: Session, model: ScriptedModel
) -> None:
    """Ours: last total less (first total less first last). The server's: what it reports."""
    model.enqueue(text("before") + usage(input_tokens=1000, output_tokens=500))
    await session.ask("before")
    model.enqueue(
        shell("true") + usage(input_tokens=100, cached_input_tokens=10, output_tokens=5),
        shell("true")
        + usage(
            input_tokens=200, cached_input_tokens=20, output_tokens=6, reasoning_output_tokens=2
        ),
        text("done") + usage(input_tokens=300, cached_input_tokens=30, output_tokens=7),
    )
    async with session.ask_stream("three calls") as turn:
        updates = [e.token_usage async for e in turn if isinstance(e, ThreadTokenUsageUpdated)]
    assert [update.last.input_tokens for update in updates] == [100, 200, 300]
    assert [update.total.input_tokens for update in updates] == [1100, 1300, 1600]
    assert turn.result.usage == TokenUsage(
        input_tokens=600,
        cached_input_tokens=60,
        output_tokens=18,
        reasoning_output_tokens=2,
        total_tokens=618,
    )


# -- failures ----------------------------------------------------------------------------------

FAILURES = [
    pytest.param(bad_request(), "other", id="400"),
    pytest.param(unauthorized(), {"httpConnectionFailed": {"httpStatusCode": 401}}, id="401"),
    pytest.param(
        http_error(403, "no"), {"httpConnectionFailed": {"httpStatusCode": 403}}, id="403"
    ),
    pytest.param(
        http_error(404, "gone"), {"httpConnectionFailed": {"httpStatusCode": 404}}, id="404"
    ),
    pytest.param(
        rate_limited(), {"responseTooManyFailedAttempts": {"httpStatusCode": 429}}, id="429"
    ),
    pytest.param(quota_exceeded(), "usageLimitExceeded", id="quota"),
    pytest.param(server_error(), "internalServerError", id="500"),
    pytest.param(
        http_error(502, "bad"), {"httpConnectionFailed": {"httpStatusCode": 502}}, id="502"
    ),
    pytest.param(overloaded(), "serverOverloaded", id="503"),
    pytest.param(context_window_exceeded(), "contextWindowExceeded", id="context"),
    pytest.param(response_failed("rate_limit_exceeded", "slow"), "rateLimitExceeded", id="rate"),
    pytest.param(response_failed("whatever", "boom"), "other", id="unknown-code"),
    pytest.param(cut(), "other", id="cut-at-once"),
    pytest.param(cut(text("part", finished=False)), "other", id="cut"),
    pytest.param(cut(text("part", finished=False), abrupt=False), "other", id="ended-early"),
]


def told(info: CodexErrorInfo | None) -> object:
    """The classification in the words of the wire, without what is null."""
    plain = to_builtins(info)
    if isinstance(plain, dict):
        return {name: detail for name, detail in plain.items() if detail is not None}
    return plain


async def test_every_failure_of_the_model_is_a_failed_turn_of_its_kind(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """The server's: ``codexErrorInfo``. Ours: an exception, never an empty success."""
    for case in FAILURES:
        reply, info = case.values
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        assert isinstance(reply, Reply)
        model.enqueue(reply)
        with pytest.raises(TurnFailed) as caught:
            await session.ask(f"try {case.id}")
        result = caught.value.result
        assert result.status == "failed"
        assert result.error is not None
        assert result.error.message
        assert result.error.message in str(caught.value)
        assert told(result.error.codex_error_info) == info, case.id
        assert not caught.value.outcome_certain
        assert session.history[-1].status == "failed"
        assert session.total_turns == 0


@pytest.mark.parametrize("abrupt", [True, False])
async def test_what_came_before_a_cut_is_kept(
    session: Session, model: ScriptedModel, abrupt: bool
) -> None:
    """Ours."""
    model.enqueue(cut(text("half an ans", finished=False), abrupt=abrupt))
    with pytest.raises(TurnFailed) as caught:
        await session.ask("go")
    assert caught.value.text == "half an ans"


async def test_after_a_failed_turn_the_next_one_runs(
    session: Session, model: ScriptedModel
) -> None:
    """The server's."""
    model.enqueue(server_error())
    with pytest.raises(TurnFailed):
        await session.ask("fails")
    assert (await session.ask("works")).text == "re: works"
    assert [result.status for result in session.history] == ["failed", "completed"]
    assert session.total_turns == 1


async def test_a_failed_turn_does_not_raise_in_its_iteration(
    session: Session, model: ScriptedModel
) -> None:
    """Ours."""
    model.enqueue(server_error())
    async with session.ask_stream("fails") as turn:
        kinds = {type(event).__name__ async for event in turn}
        assert turn.result.status == "failed"
        with pytest.raises(TurnFailed):
            await turn.finish()
    assert {"ErrorNotification", "TurnCompleted"} <= kinds


# -- volume ------------------------------------------------------------------------------------


@at_full_pace
async def test_twenty_thousand_deltas_are_all_there_in_order(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours: the text is exact, streamed and folded."""
    said = "".join(f"{n:06d} " for n in range(20_000))
    replies["much"] = text(said, deltas=20_000)
    async with session.ask_stream("much") as turn:
        pieces = [event.delta async for event in turn if isinstance(event, AgentMessageDelta)]
    assert "".join(pieces) == said
    assert turn.text == said
    assert turn.result.text == said
    assert len(pieces) == 20_000
