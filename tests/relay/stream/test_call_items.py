"""The item that a call becomes, by the kind of tool the client declared."""

from __future__ import annotations

import json

import pytest

from codex_runtime.relay.request.tool_names import ToolNames
from tests.relay.stream.saying import Json, answer, call, calls, finish, items, machine, names


def tools() -> ToolNames:
    names_ = ToolNames()
    names_.declare("custom", "apply_patch")
    names_.declare("custom", "query", "db")
    names_.declare("tool_search", "tool_search")
    names_.declare("local_shell", "local_shell")
    names_.declare("function", "add", "mcp__calc")
    return names_


def run(name: str, arguments: str) -> tuple[list[Json], Json]:
    """The events of one call in two pieces, and its item."""
    half = len(arguments) // 2
    events = answer(
        calls(call(arguments[:half], name=name, id="a", index=0)),
        calls(call(arguments[half:], index=0)),
        finish("tool_calls"),
        of=machine(tools=tools()),
    )
    (item,) = items(events)
    return events, item


@pytest.mark.parametrize("name", ["mcp__calc__add", "add"])
def test_a_namespace_is_restored(name: str) -> None:
    _, item = run(name, "{}")
    assert (item["type"], item["namespace"], item["name"]) == ("function_call", "mcp__calc", "add")


def test_a_tool_nobody_declared_is_passed_through() -> None:
    _, item = run("nonsense", "{}")
    assert (item["type"], item["name"]) == ("function_call", "nonsense")
    assert "namespace" not in item


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"input":"*** Begin"}', "*** Begin"),
        ('{"patch":"*** Begin"}', "*** Begin"),
        ('{"patch":"*** Begin","input":7}', "*** Begin"),
        ('{"why":5,"text":"*** Begin"}', "*** Begin"),
        ('{"a":"x","b":"y"}', '{"a":"x","b":"y"}'),
        ("{}", "{}"),
        ("[1]", "[1]"),
        ('"*** Begin"', "*** Begin"),
        ("*** Begin\n*** End", "*** Begin\n*** End"),
        ('{"input":"*** Be', '{"input":"*** Be'),
        ("", ""),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_custom_tool_gets_text(arguments: str, expected: str) -> None:
    events, item = run("apply_patch", arguments)
    assert names(events) == [
        "output_item.added",
        "custom_tool_call_input.delta",
        "custom_tool_call_input.done",
        "output_item.done",
        "completed",
    ]
    assert events[3]["delta"] == events[4]["input"] == item["input"] == expected
    assert item == {
        "type": "custom_tool_call",
        "id": "ctc_1",
        "call_id": "a",
        "name": "apply_patch",
        "input": expected,
        "status": "completed",
    }


PATCH = "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch"


@pytest.mark.parametrize(
    "arguments",
    [
        json.dumps({"input": PATCH}),
        json.dumps({"patch": PATCH, "why": "so"}),
        json.dumps({"why": "so", "diff": PATCH}),
        json.dumps({"command": ["apply_patch", PATCH]}),
        json.dumps({"cmd": ["bash", "-lc", f"apply_patch <<'EOF'\n{PATCH}\nEOF"]}),
        json.dumps({"input": {"patch": PATCH}}),
        json.dumps({"input": json.dumps({"input": PATCH})}),
        json.dumps(json.dumps({"input": PATCH})),
        json.dumps({"input": f"```\n{PATCH}\n```"}),
        json.dumps([PATCH]),
        json.dumps(PATCH),
        '{"input": "' + PATCH + '"}',
        f"```diff\n{PATCH}\n```",
        f"Here it is:\n{PATCH}",
        PATCH,
    ],
)
def test_a_patch_is_found_wherever_the_model_put_it(arguments: str) -> None:
    _, item = run("apply_patch", arguments)
    assert item["input"] == PATCH


@pytest.mark.parametrize("patch", [f"{PATCH}\n", "*** Begin Patch\n*** Add File: a\n+x"])
def test_a_patch_that_stands_alone_is_left_as_it_is(patch: str) -> None:
    _, item = run("apply_patch", json.dumps({"input": patch}))
    assert item["input"] == patch


def test_a_patch_is_not_looked_for_without_end() -> None:
    arguments = PATCH
    for _ in range(6):
        arguments = json.dumps(arguments)
    assert run("apply_patch", arguments)[1]["input"].startswith("*** Begin Patch")


def test_words_about_patches_are_no_patch_for_another_tool() -> None:
    _, item = run("db__query", f"see {PATCH} there")
    assert item["input"] == f"see {PATCH} there"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"input": "a\nb\tc"}', "a\nb\tc"),
        ('{"input": "a\nb\\ud83d"}', "a\nb?"),
        ('{"input": "a\nb', '{"input": "a\nb'),
    ],
)
def test_line_ends_that_a_model_forgot_to_escape_are_read(arguments: str, expected: str) -> None:
    _, item = run("db__query", arguments)
    assert item["input"] == expected


def test_a_custom_tool_may_have_a_namespace() -> None:
    _, item = run("db__query", '{"input":"select"}')
    assert (item["namespace"], item["name"], item["input"]) == ("db", "query", "select")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"query":"x","limit":2}', {"query": "x", "limit": 2}),
        ("", {}),
        ('{"query":', '{"query":'),
        ("[1]", "[1]"),
        ('{\r\n "query": "a\\nb"\n}', {"query": "a\nb"}),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_search_for_tools_is_the_clients(arguments: str, expected: object) -> None:
    events, item = run("tool_search", arguments)
    assert names(events) == ["output_item.added", "output_item.done", "completed"]
    assert item == {
        "type": "tool_search_call",
        "id": "tsc_1",
        "call_id": "a",
        "execution": "client",
        "arguments": expected,
        "status": "completed",
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            '{"command":["ls","-l"],"workdir":"/w","timeout_ms":5,"env":{"A":"b","C":1},"user":"u"}',
            {
                "command": ["ls", "-l"],
                "working_directory": "/w",
                "timeout_ms": 5,
                "env": {"A": "b"},
                "user": "u",
            },
        ),
        ('{"command":"ls -l"}', {"command": ["bash", "-lc", "ls -l"]}),
        (
            '{"command":["ls"],"working_directory":"/w"}',
            {"command": ["ls"], "working_directory": "/w"},
        ),
        ('{"command":["ls",5],"user":5,"workdir":5,"env":[]}', {}),
        ('{"command":{}}', {}),
        ('{"command":["r', {}),
        ("[]", {}),
        ("", {}),
    ],
)
def test_a_local_shell_gets_its_action(arguments: str, expected: Json) -> None:
    events, item = run("local_shell", arguments)
    nothing: Json = {
        "command": [],
        "env": {},
        "timeout_ms": None,
        "user": None,
        "working_directory": None,
    }
    assert names(events) == ["output_item.added", "output_item.done", "completed"]
    assert item == {
        "type": "local_shell_call",
        "id": "lsh_1",
        "call_id": "a",
        "action": {"type": "exec"} | nothing | expected,
        "status": "completed",
    }
