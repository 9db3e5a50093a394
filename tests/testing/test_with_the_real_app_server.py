"""What a real `codex app-server` makes of each scripted reply."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime.testing import (
    Gate,
    ModelRequest,
    Reply,
    apply_patch,
    bad_request,
    context_window_exceeded,
    cut,
    http_error,
    open_scripted_model,
    overloaded,
    quota_exceeded,
    rate_limited,
    reasoning,
    response_failed,
    server_error,
    shell,
    silence,
    text,
    unauthorized,
    usage,
)
from tests.testing.appserver import AppServer, open_appserver

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

BOUND_S = 60
"""A test that takes so long is stuck; nothing is measured by it."""


@asynccontextmanager
async def model_and_server(
    home: Path, respond: Callable[[ModelRequest], Reply] | None = None
) -> AsyncGenerator[tuple[ScriptedModel, AppServer]]:
    with trio.fail_after(BOUND_S):
        async with open_scripted_model(respond) as model, open_appserver(model, home) as server:
            yield model, server


async def test_a_text_arrives_in_the_deltas_it_was_scripted_in(tmp_path: Path) -> None:
    async with model_and_server(tmp_path) as (model, server):
        model.enqueue(text("Hello, newcomer", deltas=3))
        thread_id = await server.start_thread(tmp_path)
        turn = await server.run_turn(thread_id, "Say hello")
        deltas = [params["delta"] for params in server.seen("item/agentMessage/delta")]
        assert deltas == ["Hello", ", new", "comer"]
        assert turn["status"] == "completed"
        assert turn["items"][0]["text"] == "Hello, newcomer"
        assert server.seen("warning") == []


async def test_the_phase_of_a_message_is_passed_on(tmp_path: Path) -> None:
    async with model_and_server(tmp_path) as (model, server):
        model.enqueue(text("Looking.", phase="commentary") + text("Found.", phase="final_answer"))
        await server.run_turn(await server.start_thread(tmp_path), "Look")
        messages = [(item["phase"], item["text"]) for item in server.items("agentMessage")]
        assert messages == [("commentary", "Looking."), ("final_answer", "Found.")]


async def test_every_one_of_thousands_of_deltas_arrives(tmp_path: Path) -> None:
    async with model_and_server(tmp_path) as (model, server):
        model.enqueue(text("0123456789", deltas=5_000, delta_chars=7))
        await server.run_turn(await server.start_thread(tmp_path), "Talk")
        deltas = [params["delta"] for params in server.seen("item/agentMessage/delta")]
        assert {len(delta) for delta in deltas} == {7}
        assert "".join(deltas) == "0123456789" * 3_500


async def test_reasoning_arrives_as_a_summary(tmp_path: Path) -> None:
    async with model_and_server(tmp_path) as (model, server):
        model.enqueue(reasoning("think hard", deltas=2) + text("Done"))
        await server.run_turn(await server.start_thread(tmp_path), "Think")
        deltas = [params["delta"] for params in server.seen("item/reasoning/summaryTextDelta")]
        assert deltas == ["think", " hard"]
        assert len(server.seen("item/reasoning/summaryPartAdded")) == 1
        assert server.items("reasoning")[0]["summary"] == ["think hard"]


async def test_raw_reasoning_arrives_as_content(tmp_path: Path) -> None:
    async with model_and_server(tmp_path) as (model, server):
        model.enqueue(reasoning("raw", raw=True) + text("Done"))
        await server.run_turn(await server.start_thread(tmp_path), "Think")
        deltas = [params["delta"] for params in server.seen("item/reasoning/textDelta")]
        assert deltas == ["raw"]
        assert server.items("reasoning")[0]["content"] == ["raw"]


async def test_a_shell_command_really_runs_and_its_output_comes_back(tmp_path: Path) -> None:
    async with model_and_server(tmp_path) as (model, server):
        model.enqueue(shell("expr 6 '*' 7", call_id="sum"), text("It is 42"))
        await server.run_turn(await server.start_thread(tmp_path), "Compute")
        (command,) = server.items("commandExecution")
        assert (command["id"], command["exitCode"]) == ("sum", 0)
        assert command["aggregatedOutput"] == "42\n"
        (output,) = model.requests[1].tool_outputs
        assert output.call_id == "sum"
        assert output.text.endswith("Output:\n42\n")


async def test_two_calls_of_one_response_both_run(tmp_path: Path) -> None:
    async with model_and_server(tmp_path) as (model, server):
        model.enqueue(text("Two things.") + shell("echo one") + shell("echo two"), text("Done"))
        await server.run_turn(await server.start_thread(tmp_path), "Do two things")
        outputs = sorted(item["aggregatedOutput"] for item in server.items("commandExecution"))
        assert outputs == ["one\n", "two\n"]
        assert len(model.requests) == 2
        assert len(model.requests[1].tool_outputs) == 2


async def test_a_patch_changes_the_files_of_the_workspace(tmp_path: Path) -> None:
    home, workspace = tmp_path / "home", tmp_path / "workspace"
    home.mkdir()
    workspace.mkdir()
    patch = "*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n"
    async with model_and_server(home) as (model, server):
        model.enqueue(apply_patch(patch), text("Done"))
        thread_id = await server.start_thread(workspace, sandbox="workspace-write")
        await server.run_turn(thread_id, "Add a file")
        (change,) = server.items("fileChange")
        assert change["status"] == "completed"
        assert (workspace / "new.txt").read_text() == "hello\n"


async def test_an_escalated_command_asks_for_approval_and_a_decline_goes_on(
    tmp_path: Path,
) -> None:
    async with model_and_server(tmp_path) as (model, server):
        escalated = shell(
            "echo x > made.txt",
            sandbox_permissions="require_escalated",
            justification="May I write here?",
        )
        model.enqueue(escalated, text("Then not"))
        thread_id = await server.start_thread(
            tmp_path, sandbox="read-only", approvalPolicy="on-request"
        )
        turn = await server.run_turn(thread_id, "Write")
        (asked,) = server.seen("item/commandExecution/requestApproval")
        assert asked["reason"] == "May I write here?"
        assert server.items("commandExecution")[0]["status"] == "declined"
        assert turn["status"] == "completed"
        assert not (tmp_path / "made.txt").exists()


async def test_a_command_that_the_sandbox_denies_fails_towards_the_model_alone(
    tmp_path: Path,
) -> None:
    async with model_and_server(tmp_path) as (model, server):
        model.enqueue(shell("echo x > made.txt"), text("Then not"))
        await server.run_turn(await server.start_thread(tmp_path, sandbox="read-only"), "Write")
        assert "Read-only file system" in model.requests[1].tool_outputs[0].text
        assert server.items("commandExecution") == []
        assert not (tmp_path / "made.txt").exists()


async def test_an_interrupt_of_a_silent_turn_drops_the_stream(tmp_path: Path) -> None:
    async with model_and_server(tmp_path) as (model, server):
        model.enqueue(text("Partial", finished=False) + silence())
        thread_id = await server.start_thread(tmp_path)
        turn_id = await server.start_turn(thread_id, "Be silent")
        await server.until("item/agentMessage/delta")
        assert model.active_streams == 1
        await server.call("turn/interrupt", threadId=thread_id, turnId=turn_id)
        turn = (await server.until("turn/completed"))["turn"]
        assert turn["status"] == "interrupted"
        await model.wait_disconnected(0)
        assert model.active_streams == 0


async def test_a_released_silence_goes_on_to_the_end(tmp_path: Path) -> None:
    async with model_and_server(tmp_path) as (model, server):
        gate = Gate()
        model.enqueue(silence(gate) + text("First"), silence() + text("Second"))
        thread_id = await server.start_thread(tmp_path)
        await server.start_turn(thread_id, "One")
        await model.wait_for_requests(1)
        gate.release()
        assert (await server.until("turn/completed"))["turn"]["items"][0]["text"] == "First"
        await server.start_turn(thread_id, "Two")
        await model.wait_for_requests(2)
        model.release()
        assert (await server.until("turn/completed"))["turn"]["items"][0]["text"] == "Second"


@pytest.mark.parametrize(
    ("reply", "info"),
    [
        pytest.param(bad_request(), "other", id="400"),
        pytest.param(unauthorized(), {"httpConnectionFailed": {"httpStatusCode": 401}}, id="401"),
        pytest.param(
            http_error(404, "gone"), {"httpConnectionFailed": {"httpStatusCode": 404}}, id="404"
        ),
        pytest.param(
            rate_limited(retry_after_s=1),
            {"responseTooManyFailedAttempts": {"httpStatusCode": 429}},
            id="429",
        ),
        pytest.param(quota_exceeded(), "usageLimitExceeded", id="quota"),
        pytest.param(server_error(), "internalServerError", id="500"),
        pytest.param(overloaded(), "serverOverloaded", id="503"),
        pytest.param(context_window_exceeded(), "contextWindowExceeded", id="context"),
        pytest.param(
            response_failed("rate_limit_exceeded", "Slow down"), "rateLimitExceeded", id="rate"
        ),
        pytest.param(response_failed("whatever", "Boom"), "other", id="unknown-code"),
        pytest.param(cut(text("Partial")), "other", id="cut"),
        pytest.param(cut(text("Partial"), abrupt=False), "other", id="ended-early"),
    ],
)
async def test_a_failure_is_asked_once_and_reported_as_its_kind(
    tmp_path: Path, reply: Reply, info: object
) -> None:
    async with model_and_server(tmp_path) as (model, server):
        model.enqueue(reply)
        turn = await server.run_turn(await server.start_thread(tmp_path), "Try")
        assert turn["status"] == "failed"
        assert turn["error"]["codexErrorInfo"] == info
        assert [params["willRetry"] for params in server.seen("error")] == [False]
        assert len(model.requests) == 1


async def test_a_respond_that_raises_fails_the_turn_and_shows_its_error(tmp_path: Path) -> None:
    def respond(request: ModelRequest) -> Reply:
        raise LookupError(f"no reply to {request.last_user_text}")

    async with model_and_server(tmp_path, respond) as (model, server):
        turn = await server.run_turn(await server.start_thread(tmp_path), "this")
        assert turn["error"]["codexErrorInfo"] == "internalServerError"
        assert [str(error) for error in model.errors] == ["no reply to this"]


async def test_usage_is_reported_as_scripted_and_adds_up(tmp_path: Path) -> None:
    figures = usage(
        input_tokens=100, cached_input_tokens=40, output_tokens=30, reasoning_output_tokens=12
    )
    async with model_and_server(tmp_path, lambda _: text("Ok") + figures) as (_, server):
        thread_id = await server.start_thread(tmp_path)
        await server.run_turn(thread_id, "One")
        await server.run_turn(thread_id, "Two")
        reported = [params["tokenUsage"] for params in server.seen("thread/tokenUsage/updated")]
        assert [_figures(entry["last"]) for entry in reported] == [(130, 100, 40, 30, 12)] * 2
        assert _figures(reported[-1]["total"]) == (260, 200, 80, 60, 24)


async def test_a_compaction_is_a_request_like_any_other(tmp_path: Path) -> None:
    def respond(request: ModelRequest) -> Reply:
        return text("What was said") if request.kind == "compaction" else text("Hello")

    async with model_and_server(tmp_path, respond) as (model, server):
        thread_id = await server.start_thread(tmp_path)
        await server.run_turn(thread_id, "First")
        await server.call("thread/compact/start", threadId=thread_id)
        await server.until("turn/completed")
        await server.run_turn(thread_id, "Second")
        assert [request.kind for request in model.requests] == ["turn", "compaction", "turn"]
        assert [request.path for request in model.requests] == ["/v1/responses"] * 3
        assert any("What was said" in said for said in model.requests[2].input_texts)
        assert len(server.items("contextCompaction")) == 1


async def test_a_request_shows_what_the_turn_asked_for(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"answer": {"type": "string"}},
        "required": ["answer"],
        "additionalProperties": False,
    }
    async with model_and_server(tmp_path) as (model, server):
        thread_id = await server.start_thread(
            tmp_path, model="gpt-5.5", baseInstructions="Be brief."
        )
        turn_id = await server.start_turn(
            thread_id, "Answer", effort="high", summary="detailed", outputSchema=schema
        )
        await server.until("turn/completed")
        (request,) = model.requests
        assert request.index == 0
        assert (request.model, request.effort, request.summary) == ("gpt-5.5", "high", "detailed")
        assert (request.thread_id, request.turn_id) == (thread_id, turn_id)
        assert request.prompt_cache_key == thread_id
        assert request.kind == "turn"
        assert request.last_user_text == "Answer"
        assert request.output_schema == schema
        assert {"exec_command", "apply_patch"} <= set(request.tool_names)
        assert request.instructions == "Be brief."


async def test_two_threads_are_answered_side_by_side(tmp_path: Path) -> None:
    gate = Gate()

    def respond(request: ModelRequest) -> Reply:
        return silence(gate) + text(f"For {request.last_user_text}")

    async with model_and_server(tmp_path, respond) as (model, server):
        threads = [await server.start_thread(tmp_path) for _ in range(2)]
        for number, thread_id in enumerate(threads):
            await server.start_turn(thread_id, str(number))
        await model.wait_for_requests(2)
        assert model.active_streams == 2
        gate.release()
        ended = [await server.until("turn/completed") for _ in threads]
        said = {params["threadId"]: params["turn"]["items"][0]["text"] for params in ended}
        assert said == {threads[0]: "For 0", threads[1]: "For 1"}


def _figures(entry: dict[str, Any]) -> tuple[int, ...]:
    names = (
        "totalTokens",
        "inputTokens",
        "cachedInputTokens",
        "outputTokens",
        "reasoningOutputTokens",
    )
    return tuple(entry[name] for name in names)
