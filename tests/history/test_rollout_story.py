"""The story of a rollout: what was said and done, each once, whichever server wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from codex_runtime.history.rollouts.entries import (
    CompactedEntry,
    Compaction,
    Entry,
    EventEntry,
    ResponseEntry,
    UnknownEntry,
)
from codex_runtime.history.rollouts.events import (
    AgentMessageEvent,
    ItemCompletedEvent,
    TaskCompleteEvent,
    TaskStartedEvent,
    ThreadRolledBackEvent,
    TurnAbortedEvent,
    UserMessageEvent,
)
from codex_runtime.history.rollouts.lines import decode_entry
from codex_runtime.history.rollouts.parts import ContentPart, Duration
from codex_runtime.history.rollouts.reader import open_rollout
from codex_runtime.history.rollouts.records import Message, Notice, Reasoning, ToolCall
from codex_runtime.history.rollouts.responses import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    LocalShellCall,
    ResponseMessage,
    ResponseReasoning,
    WebSearchCall,
)
from codex_runtime.history.rollouts.story import Story, story
from codex_runtime.history.rollouts.turn_items import (
    CommandExecutionItem,
    FileChange,
    FileChangeItem,
    ImageViewItem,
    McpResult,
    McpToolCallItem,
    PlanItem,
    ReasoningItem,
    UnknownItem,
    WebSearchItem,
)
from tests.history.rollout_files import FIXTURES, ROLLOUTS, name_of

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.history.rollouts.records import Record
    from codex_runtime.history.rollouts.responses import ResponseItem
    from codex_runtime.history.rollouts.turn_items import TurnItem

AT: Final = "2026-11-22T00:45:07Z"
AT_S: Final = 1795308307.0
CONTEXT: Final = "<environment_context>x</environment_context>"
FIRST_WORDS: Final = "Hello, look at the output: äöü \N{PARTY POPPER}"


def told_in(path: Path) -> list[Record]:
    with open_rollout(path) as reader:
        return list(story(reader))


def said_in(path: Path) -> list[tuple[str, str]]:
    return [(each.role, each.text) for each in told_in(path) if isinstance(each, Message)]


def response(payload: ResponseItem) -> ResponseEntry:
    """A line of a server that wrote no items."""
    return ResponseEntry(timestamp=AT, payload=payload)


def item(payload: TurnItem) -> EventEntry:
    """A line of a server of today."""
    return EventEntry(
        timestamp=AT, ordinal=7, payload=ItemCompletedEvent(turn_id="t", item=payload)
    )


def call(call_id: str, command: str = "ls") -> ResponseEntry:
    arguments = f'{{"cmd":"{command}"}}'
    return response(FunctionCall(name="exec_command", arguments=arguments, call_id=call_id))


def output(call_id: str, text: str = "done") -> ResponseEntry:
    return response(FunctionCallOutput(call_id=call_id, output=text))


def only(*entries: Entry) -> Record:
    (record,) = story(entries)
    return record


@pytest.mark.parametrize("version", ["0.20.0", "0.42.0", "0.104.0", "0.147.0"])
def test_older_servers_tell_each_message_once(version: str) -> None:
    said = said_in(FIXTURES / version / "conversation.jsonl")
    assert said[:3] == [
        ("user", FIRST_WORDS),
        ("assistant", "Let me look."),
        ("assistant", "It ended with 3."),
    ]


@pytest.mark.parametrize("version", ["0.163.0", "0.169.0"])
def test_servers_of_today_tell_each_message_once(version: str) -> None:
    assert said_in(FIXTURES / version / "conversation.jsonl") == [
        ("user", f"{FIRST_WORDS}\nthen stop."),
        ("assistant", "Let me look."),
        ("assistant", "It ended with 3."),
        ("user", "What is this?"),
        ("assistant", "A pixel."),
        ("user", "Use the tools"),
        ("assistant", "Rain."),
        ("user", "Fail"),
        ("user", "Be stopped"),
        ("user", "Still there?"),
        ("assistant", "After it."),
    ]


@pytest.mark.parametrize("path", ROLLOUTS, ids=name_of)
def test_nothing_that_the_server_injected_is_a_message(path: Path) -> None:
    for _, text in said_in(path):
        assert "<environment_context>" not in text
        assert "<turn_aborted>" not in text
        assert "AGENTS.md" not in text
        assert not text.startswith(("Warning:", "<permissions", "Summary:"))


@pytest.mark.parametrize("version", ["0.20.0", "0.42.0", "0.104.0"])
def test_a_command_of_an_older_server_has_its_output_and_exit_code(version: str) -> None:
    told = told_in(FIXTURES / version / "conversation.jsonl")
    command = next(each for each in told if isinstance(each, ToolCall))
    assert (command.kind, command.name) == ("command", "shell")
    assert command.input.startswith("printf 'one\\ntwo\\n'")
    assert (command.exit_code, command.status, command.duration_ms) == (3, "failed", 300)


@pytest.mark.parametrize("version", ["0.163.0", "0.169.0"])
def test_a_command_of_today_is_told_by_its_item_alone(version: str) -> None:
    told = told_in(FIXTURES / version / "conversation.jsonl")
    calls = [each for each in told if isinstance(each, ToolCall)]
    assert [each.name for each in calls] == ["shell", "weather", "demo.count", "demo.count"]
    assert calls[0].input == "printf 'one\\ntwo\\n'; exit 3"
    assert (calls[0].output, calls[0].exit_code) == ("one\ntwo\n", 3)
    assert (calls[1].input, calls[1].output) == ('{"city": "Graz"}', "Rain in Graz.")
    assert [each.status for each in calls] == ["failed", "completed", "completed", "failed"]


@pytest.mark.parametrize("version", ["0.163.0", "0.169.0"])
def test_changed_files_are_told_with_their_changes(version: str) -> None:
    told = told_in(FIXTURES / version / "patches.jsonl")
    changes = [each for each in told if isinstance(each, ToolCall)]
    assert {each.kind for each in changes} == {"file_change"}
    assert changes[0].input == "add /srv/rollouts/project/a.txt\nfirst"
    assert changes[1].input.splitlines()[-2:] == ["-first", "+second"]


@pytest.mark.parametrize("version", ["0.163.0", "0.169.0"])
def test_turns_that_failed_or_were_stopped_and_a_compaction_are_noted(version: str) -> None:
    told = told_in(FIXTURES / version / "conversation.jsonl")
    notices = [each for each in told if isinstance(each, Notice)]
    kinds = [each.kind for each in notices]
    assert kinds == ["turn_failed", "turn_interrupted", "compacted"]
    assert notices[2].text.endswith("Summary: they said hello.")


def test_a_fork_says_where_it_comes_from() -> None:
    first = told_in(FIXTURES / "0.163.0" / "forked.jsonl")[0]
    assert isinstance(first, Notice)
    assert first.kind == "forked"


def test_records_say_when_and_in_which_turn() -> None:
    conversation = told_in(FIXTURES / "0.163.0" / "conversation.jsonl")
    at = [each.at_s for each in conversation if each.at_s is not None]
    assert at == sorted(at)
    assert len(at) == len(conversation)
    turns = {each.turn_id for each in conversation if isinstance(each, Message)}
    assert len(turns) == 6
    assert None not in turns


def test_what_comes_between_a_call_and_its_output_is_told_after_it() -> None:
    said = EventEntry(timestamp=AT, payload=AgentMessageEvent(message="meanwhile"))
    fold = Story()
    told = [
        list(fold.add(entry))
        for entry in (call("1"), call("2"), said, output("2", "two"), output("1", "one"))
    ]
    assert told[:4] == [[], [], [], []]
    assert [getattr(each, "output", "said") for each in told[4]] == ["one", "two", "said"]
    assert list(fold.end()) == []


@pytest.mark.parametrize(
    "end",
    [
        TaskStartedEvent(),
        TaskCompleteEvent(),
        TurnAbortedEvent(reason="interrupted"),
        UserMessageEvent(message="next"),
    ],
)
def test_a_call_without_an_output_is_told_when_its_turn_is_over(
    end: TaskStartedEvent | TaskCompleteEvent | TurnAbortedEvent | UserMessageEvent,
) -> None:
    fold = Story()
    assert list(fold.add(call("1"))) == []
    told, *_ = fold.add(EventEntry(timestamp=AT, payload=end))
    assert isinstance(told, ToolCall)
    assert told.output is None
    assert list(fold.add(output("1"))) == []


def test_calls_that_nobody_answers_do_not_pile_up() -> None:
    fold = Story()
    told = [each for number in range(1000) for each in fold.add(call(str(number)))]
    assert len(told) == 1000 - 64
    assert len(list(fold.end())) == 64


def test_an_id_that_is_used_again_belongs_to_the_later_call() -> None:
    first, second = story([call("1", "a"), call("1", "b"), output("1", "of b")])
    assert isinstance(first, ToolCall)
    assert isinstance(second, ToolCall)
    assert (first.output, second.output) == (None, "of b")


def test_an_output_without_its_call_tells_nothing() -> None:
    assert list(story([output("1"), response(FunctionCallOutput(output="no id"))])) == []


def test_a_call_without_an_id_is_told_at_once() -> None:
    record = only(response(FunctionCall(name="wait")))
    assert record == ToolCall(kind="function", name="wait", at_s=AT_S)


@pytest.mark.parametrize(
    ("made", "kind", "name", "given"),
    [
        (
            FunctionCall(name="shell", arguments='{"command":["ls","a b"]}'),
            "command",
            "shell",
            "ls 'a b'",
        ),
        (
            FunctionCall(name="shell_command", arguments='{"command":"ls"}'),
            "command",
            "shell",
            "ls",
        ),
        (FunctionCall(name="exec_command", arguments='{"cmd":"ls"}'), "command", "shell", "ls"),
        (FunctionCall(name="shell", arguments='{"cmd":7}'), "command", "shell", '{"cmd":7}'),
        (FunctionCall(name="shell", arguments="{"), "command", "shell", "{"),
        (FunctionCall(name="shell", arguments="[1]"), "command", "shell", "[1]"),
        (FunctionCall(name="f", namespace="mcp__s", arguments="{}"), "mcp", "s.f", "{}"),
        (FunctionCall(name="f", namespace="n", arguments="{}"), "function", "n.f", "{}"),
        (CustomToolCall(name="apply_patch", input="***"), "file_change", "apply_patch", "***"),
        (CustomToolCall(name="other", input="x"), "function", "other", "x"),
        (LocalShellCall(action={"command": ["bash", "-lc", "ls"]}), "command", "shell", "ls"),
        (LocalShellCall(action=None), "command", "shell", ""),
        (WebSearchCall(action={"query": "q"}), "web_search", "web_search", "q"),
        (WebSearchCall(action={"url": "u"}), "web_search", "web_search", '{"url": "u"}'),
        (WebSearchCall(), "web_search", "web_search", ""),
    ],
)
def test_a_call_that_the_model_made_has_kind_name_and_input(
    made: FunctionCall | CustomToolCall | LocalShellCall | WebSearchCall,
    kind: str,
    name: str,
    given: str,
) -> None:
    record = only(response(made))
    assert isinstance(record, ToolCall)
    assert (record.kind, record.name, record.input) == (kind, name, given)


@pytest.mark.parametrize(
    ("told", "text", "code", "status"),
    [
        ("Exit code: 0\nWall time: 0 seconds\nOutput:\nx\n", "x\n", 0, "completed"),
        ("Chunk ID: 1\nProcess exited with code 3\nOutput:\nOutput:\n", "Output:\n", 3, "failed"),
        ('{"output":"x","metadata":{"exit_code":1}}', "x", 1, "failed"),
        ("Process exited with code 3", "Process exited with code 3", None, None),
        ("Output:\nExit code: 3", "Output:\nExit code: 3", None, None),
        ('{"output":"x"}', '{"output":"x"}', None, None),
        ("{", "{", None, None),
    ],
)
def test_an_exit_code_is_taken_out_of_what_the_model_was_told(
    told: str, text: str, code: int | None, status: str | None
) -> None:
    answer = response(CustomToolCallOutput(call_id="1", output=told))
    record = only(call("1"), answer)
    assert isinstance(record, ToolCall)
    assert (record.output, record.exit_code, record.status) == (text, code, status)


def test_items_of_other_kinds_are_told_as_what_they_are() -> None:
    changes = {"a": FileChange(type="update", unified_diff="@@\n", move_path="b")}
    mcp = McpToolCallItem(server="s", tool="t", result=McpResult(structured_content={"n": 1}))
    told = list(
        story(
            [
                item(CommandExecutionItem(command=["ls", "a b"], duration=Duration(secs=1))),
                item(FileChangeItem(changes=changes, stderr="no")),
                item(mcp),
                item(McpToolCallItem(server="s", tool="t")),
                item(WebSearchItem(query="q")),
                item(ImageViewItem(path="p")),
                item(UnknownItem(name="ImageGeneration", raw=b'{"type":"ImageGeneration"}')),
            ]
        )
    )
    calls = [each for each in told if isinstance(each, ToolCall)]
    assert calls == told
    assert [(each.name, each.input, each.output) for each in calls] == [
        ("shell", "ls 'a b'", None),
        ("apply_patch", "update a -> b\n@@", None),
        ("s.t", "", '{"n": 1}'),
        ("s.t", "", None),
        ("web_search", "q", None),
        ("view_image", "p", None),
        ("image_generation", '{"type":"ImageGeneration"}', None),
    ]
    assert (calls[0].duration_ms, calls[1].error) == (1000, "no")


def test_a_plan_and_turns_that_were_taken_back_are_noted() -> None:
    back = EventEntry(timestamp=AT, payload=ThreadRolledBackEvent(num_turns=2))
    assert only(item(PlanItem(text="first"))) == Notice(
        kind="plan", text="first", turn_id="t", at_s=AT_S
    )
    assert only(back) == Notice(
        kind="rolled_back", text="The last turns no longer count: 2.", at_s=AT_S
    )
    compacted = CompactedEntry(timestamp=AT, payload=Compaction(message="so far"))
    assert only(compacted) == Notice(kind="compacted", text="so far", at_s=AT_S)


def test_reasoning_that_is_not_shown_is_not_told() -> None:
    summary = [ContentPart(type="summary_text", text="so")]
    assert only(response(ResponseReasoning(summary=summary))) == Reasoning(text="so", at_s=AT_S)
    assert only(item(ReasoningItem(raw_content=["a", "b"]))) == Reasoning(
        text="a\n\nb", turn_id="t", at_s=AT_S
    )
    assert list(story([response(ResponseReasoning(encrypted_content="x"))])) == []
    assert list(story([item(ReasoningItem())])) == []


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (ResponseMessage(role="user", content="hi"), "hi"),
        (ResponseMessage(role="assistant", content="hi"), "hi"),
        (ResponseMessage(role="user", content=f"{CONTEXT}hi"), "hi"),
        (ResponseMessage(role="user", content=CONTEXT), None),
        (
            ResponseMessage(role="user", content=[ContentPart(type="input_image", image_url="u")]),
            "",
        ),
        (ResponseMessage(role="developer", content="hi"), None),
        (ResponseMessage(role="user"), None),
    ],
)
def test_a_message_of_the_oldest_rollouts_is_what_somebody_said(
    payload: ResponseMessage, text: str | None
) -> None:
    told = list(story([ResponseEntry(payload=payload)]))
    assert [each.text for each in told if isinstance(each, Message)] == (
        [] if text is None else [text]
    )


def test_what_is_not_known_tells_nothing() -> None:
    unknown = decode_entry(b'{"type":"of_tomorrow","timestamp":"","payload":{"type":"x"}}')
    assert isinstance(unknown, UnknownEntry)
    assert list(story([unknown, item(UnknownItem(name="Tomorrow", raw=b"{}"))])) == []


@pytest.mark.parametrize("seconds", ["NaN", "1e400", "-Infinity", "9" * 400])
def test_a_duration_that_is_no_time_is_not_told(seconds: str) -> None:
    told = '{"output":"x","metadata":{"exit_code":0,"duration_seconds":%s}}'
    record = only(call("1"), output("1", told % seconds))
    assert isinstance(record, ToolCall)
    assert (record.output, record.exit_code, record.duration_ms) == ("x", 0, None)


def test_a_duration_beyond_every_float_is_not_told() -> None:
    record = only(item(CommandExecutionItem(command=["x"], duration=Duration(secs=10**400))))
    assert isinstance(record, ToolCall)
    assert record.duration_ms is None


def test_arguments_that_are_nested_too_deeply_are_not_told() -> None:
    arguments: list[object] = []
    for _ in range(200_000):
        arguments = [arguments]
    record = only(item(McpToolCallItem(server="s", tool="t", arguments=arguments)))
    assert isinstance(record, ToolCall)
    assert record.input == "(nested too deeply)"
