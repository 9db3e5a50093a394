"""Typed output on the real app-server: the schema that the model gets, the value of its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

import attrs
import msgspec
import pytest
import trio

from codex_runtime import (
    FileMention,
    Mutate,
    OutputMismatch,
    OutputTypeError,
    ProfileError,
    PromptParams,
    RunProfile,
    Runtime,
    Session,
    SessionConfig,
    TurnFailed,
    TurnInterrupted,
    TurnNotEnded,
    TypedResult,
)
from codex_runtime.model.hooks.hooks import Hook, HookConfig, HookContext
from codex_runtime.model.typed.output import output_spec
from codex_runtime.testing import response_failed, shell, silence, text
from tests.real.faces import BLOCKING_TOO
from tests.real.waiting import prompts, until_active

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = BLOCKING_TOO


class Finding(msgspec.Struct):
    """One problem in the code."""

    path: str
    line: Annotated[int, msgspec.Meta(ge=1)]
    severity: Literal["low", "high"] = "low"


class AsStruct(msgspec.Struct):
    summary: str
    findings: list[Finding]


@attrs.define
class AsAttrs:
    summary: str
    findings: list[Finding]


@dataclass
class AsDataclass:
    summary: str
    findings: list[Finding]


class AsTypedDict(TypedDict):
    summary: str
    findings: list[Finding]


FINDINGS = [{"path": "a.py", "line": 3, "severity": "high"}]
ANSWER = json.dumps({"summary": "One", "findings": FINDINGS})
WRONG = json.dumps({"summary": "One", "findings": [{"path": "a.py", "line": 0}]})
PROBLEM = "Expected `int` >= 1 - at `$.findings[0].line`"
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {
        "summary": {"type": "string"},
        "findings": {"type": "array", "items": {"$ref": "#/$defs/Finding"}},
    },
    "required": {"summary", "findings"},
    "additionalProperties": False,
}


def form_of(request: Any) -> Any:
    """How the model is asked to answer; Any: a `ModelRequest`, and JSON."""
    return (request.body.get("text") or {}).get("format")


@pytest.mark.parametrize("kind", [AsStruct, AsAttrs, AsDataclass, AsTypedDict])
async def test_the_model_is_asked_for_the_type_strictly_and_its_answer_is_a_value_of_it(
    kind: type[Any], session: Session, model: ScriptedModel
) -> None:
    model.enqueue(text(ANSWER))
    result = await session.ask("review", output=kind)
    (request,) = model.requests
    form = form_of(request)
    assert (form["type"], form["strict"]) == ("json_schema", True)
    assert request.output_schema == output_spec(kind).schema
    asked: dict[str, Any] = dict(request.output_schema or {})
    asked["required"] = set(asked["required"])
    finding_schema = asked.pop("$defs")["Finding"]
    assert asked.items() >= SCHEMA.items()
    assert finding_schema["required"] == ["path", "line", "severity"]
    assert finding_schema["additionalProperties"] is False

    assert result.output == kind(summary="One", findings=[Finding("a.py", 3, "high")])
    assert isinstance(result, TypedResult)
    assert (result.text, result.status) == (ANSWER, "completed")


async def test_the_answer_is_that_of_the_final_message_of_a_turn_that_used_tools(
    session: Session, model: ScriptedModel
) -> None:
    """The server's: each call of the turn has the schema."""
    model.enqueue(text("Looking.", phase="commentary") + shell("echo one"), text(ANSWER, deltas=5))
    result = await session.ask("review", output=AsAttrs)
    assert result.output.findings[0].line == 3
    assert [request.output_schema for request in model.requests] == [
        output_spec(AsAttrs).schema
    ] * 2


async def test_a_schema_never_sticks(session: Session, model: ScriptedModel) -> None:
    model.enqueue(text(ANSWER), text("plain"), text(ANSWER))
    await session.ask("one", output=AsStruct)
    assert (await session.ask("two")).output is None
    await session.ask("three", output=AsDataclass)
    asked = [request.output_schema is not None for request in model.requests]
    assert asked == [True, False, True]


async def test_the_schema_of_a_session_gives_way_to_the_type_of_a_call_and_comes_back(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    own = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    session = await runtime.start_session(SessionConfig(cwd=workspace, output_schema=own))
    model.enqueue(text("{}"), text(ANSWER), text("{}"))
    assert (await session.ask("one")).output is None
    assert (await session.ask("two", output=AsStruct)).output.summary == "One"
    await session.ask("three")
    assert [request.output_schema for request in model.requests] == [
        own,
        output_spec(AsStruct).schema,
        own,
    ]


# -- an answer of another form -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (WRONG, PROBLEM),
        ("I would rather not.", "malformed"),
        (f"```json\n{ANSWER}\n```", "malformed"),
        (f"{ANSWER} That is all.", "trailing"),
        ("{}", "missing required field `summary`"),
    ],
)
async def test_another_answer_raises_with_the_text_and_the_result(
    answer: str, problem: str, session: Session, model: ScriptedModel
) -> None:
    model.enqueue(text(answer))
    with pytest.raises(OutputMismatch) as caught:
        await session.ask("review", output=AsStruct)
    mismatch = caught.value
    assert problem in mismatch.problem
    assert (mismatch.text, mismatch.result.text) == (answer, answer)
    assert (mismatch.result.status, mismatch.result.output) == ("completed", None)
    assert mismatch.result.usage is not None
    assert session.total_turns == 1
    assert (await session.ask("next")).text == "re: next"


async def test_one_retry_tells_what_was_wrong_and_asks_for_the_type_again(
    session: Session, model: ScriptedModel, workspace: Path
) -> None:
    (workspace / "a.py").touch()
    model.enqueue(text(WRONG), text(ANSWER))
    mention = FileMention("a.py")
    result = await session.ask("review", output=AsStruct, retry_output=True, attachments=[mention])
    assert result.output == AsStruct("One", [Finding("a.py", 3, "high")])
    first, second = model.requests
    assert first.last_user_text == "review @a.py"
    assert PROBLEM in second.last_user_text
    assert "@a.py" not in second.last_user_text
    assert second.output_schema == first.output_schema == output_spec(AsStruct).schema
    assert session.total_turns == 2
    assert (await session.ask("next")).output is None
    assert model.requests[2].output_schema is None


async def test_the_second_try_goes_without_the_attachments_of_the_session_and_of_hooks(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    for name in ("a.py", "b.py"):
        (workspace / name).touch()

    async def add(_context: HookContext) -> Mutate:
        await trio.lowlevel.checkpoint()
        return Mutate(attachments=(FileMention("b.py"),))

    config = SessionConfig(
        cwd=workspace,
        attachments=[FileMention("a.py")],
        hooks=HookConfig([Hook("add", "pre_run", add)]),
    )
    session = await runtime.start_session(config)
    model.enqueue(text(WRONG), text(ANSWER))
    await session.ask("review", output=AsStruct, retry_output=True)
    first, second = prompts(model)
    assert first == "review @a.py @b.py"
    assert "@" not in second.replace(PROBLEM, "")


async def test_the_options_of_the_call_hold_for_the_second_try_too(
    session: Session, model: ScriptedModel
) -> None:
    model.enqueue(text(WRONG), text(ANSWER))
    params = PromptParams(
        prompt="review",
        output=AsStruct,
        retry_output=True,
        model="gpt-5.4",
        effort="low",
        client_user_message_id="m-1",
    )
    assert (await session.ask_with(params)).output is not None
    await session.ask("next")
    asked = [(request.model, request.effort) for request in model.requests]
    assert asked[:2] == [("gpt-5.4", "low")] * 2
    assert asked[2][0] == "gpt-5.5"


async def test_a_second_wrong_answer_raises_its_own_mismatch(
    session: Session, model: ScriptedModel
) -> None:
    model.enqueue(text(WRONG), text("still no"), text("unused"))
    with pytest.raises(OutputMismatch) as caught:
        await session.ask("review", output=AsStruct, retry_output=True)
    assert caught.value.text == "still no"
    assert len(model.requests) == 2
    assert caught.value.result.turn_id == session.history[-1].turn_id


async def test_the_hooks_of_the_run_stand_around_both_tries(
    session: Session, model: ScriptedModel
) -> None:
    seen: list[tuple[str, str | None]] = []

    async def note(context: HookContext) -> None:
        await trio.lowlevel.checkpoint()
        seen.append((context.phase, context.text))

    model.enqueue(text(WRONG), text(ANSWER))
    hooks = HookConfig([Hook("n", ("pre_run", "pre_turn", "post_turn", "post_run"), note)])
    result = await session.ask("review", output=AsStruct, retry_output=True, hooks=hooks)
    assert seen == [
        ("pre_run", None),
        ("pre_turn", None),
        ("post_turn", WRONG),
        ("pre_turn", None),
        ("post_turn", ANSWER),
        ("post_run", ANSWER),
    ]
    assert [record.phase for record in result.hook_report.records] == [phase for phase, _ in seen]


# -- turns that do not complete ----------------------------------------------------------------


async def test_a_failed_turn_fails_as_ever_and_is_not_asked_again(
    session: Session, model: ScriptedModel
) -> None:
    model.enqueue(response_failed("server_error", "out of order"))
    with pytest.raises(TurnFailed) as caught:
        await session.ask("review", output=AsStruct, retry_output=True)
    assert caught.value.result.output is None
    assert len(model.requests) == 1


async def test_an_interrupted_turn_is_no_mismatch(session: Session, model: ScriptedModel) -> None:
    model.enqueue(text('{"summary"', finished=False) + silence())

    async def interrupt() -> None:
        await until_active(session)
        await session.interrupt_turn()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(interrupt)
        with pytest.raises(TurnInterrupted):
            await session.ask("review", output=AsStruct, retry_output=True)


# -- streams -----------------------------------------------------------------------------------


async def test_a_stream_has_the_output_at_its_end(session: Session, model: ScriptedModel) -> None:
    model.enqueue(text(ANSWER, deltas=4))
    async with session.ask_stream("review", output=AsStruct) as turn:
        with pytest.raises(TurnNotEnded):
            _ = turn.result
        assert [event async for event in turn]
        finished = await turn.finish()
    assert finished.output == AsStruct("One", [Finding("a.py", 3, "high")])
    assert turn.result == finished
    assert turn.text == ANSWER
    assert model.requests[0].output_schema == output_spec(AsStruct).schema


async def test_a_stream_with_another_answer_raises_as_it_is_finished_and_keeps_the_result(
    session: Session, model: ScriptedModel
) -> None:
    model.enqueue(text(WRONG))
    async with session.ask_stream("review", output=AsStruct) as turn:
        assert [event async for event in turn]
        with pytest.raises(OutputMismatch) as caught:
            await turn.finish()
    assert caught.value.problem == PROBLEM
    assert (turn.result.text, turn.result.output) == (WRONG, None)


async def test_a_stream_is_not_asked_again(session: Session, model: ScriptedModel) -> None:
    params = PromptParams(prompt="review", output=AsStruct, retry_output=True)
    with pytest.raises(ProfileError, match="retry_output"):
        session.ask_stream(params)
    assert list(model.requests) == []


# -- types that cannot be asked for ------------------------------------------------------------


@attrs.define
class Free:
    answers: dict[str, int]


@pytest.mark.parametrize(
    ("kind", "where"),
    [(list[int], "list"), (str, "str"), (Free, "Free.answers"), (dict[str, int], "dict")],
)
async def test_a_type_that_no_strict_schema_says_is_refused_before_anything_is_sent(
    kind: type[Any], where: str, session: Session, model: ScriptedModel
) -> None:
    with pytest.raises(OutputTypeError, match=where):
        await session.ask("go", output=kind)
    with pytest.raises(OutputTypeError):
        session.ask_stream("go", output=kind)
    with pytest.raises(OutputTypeError):
        PromptParams(prompt="go", output=kind)
    assert list(model.requests) == []
    assert (await session.read()).turns == []


async def test_a_type_and_a_schema_exclude_each_other_in_one_call() -> None:
    with pytest.raises(ProfileError, match="output_schema"):
        PromptParams(prompt="go", output=AsStruct, output_schema={"type": "object"})


async def test_a_schema_without_a_type_is_sent_as_it_is_and_decodes_nothing(
    session: Session, model: ScriptedModel
) -> None:
    schema = dict(output_spec(AsStruct).schema)
    model.enqueue(text(ANSWER))
    result = await session.ask_with_profile("go", RunProfile(output_schema=schema))
    assert (result.output, model.requests[0].output_schema) == (None, schema)


async def test_a_one_shot_has_a_typed_answer_too(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    model.enqueue(text(ANSWER))
    result = await runtime.run("review", SessionConfig(cwd=workspace), output=AsAttrs)
    assert result.output.findings == [Finding("a.py", 3, "high")]
