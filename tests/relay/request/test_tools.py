"""Tools on offer and tools by name: flat towards the model server, whole towards the client."""

from __future__ import annotations

import json

import pytest

from codex_runtime.relay.request.options import RequestOptions
from codex_runtime.relay.request.tool_names import ToolNames, ToolTarget
from codex_runtime.relay.request.translation import read_request, translate
from tests.relay.request.asking import (
    Json,
    call_of,
    called,
    chat,
    function,
    gave,
    messages,
    namespace,
    refusal,
    said,
)

PATCH = {
    "type": "custom",
    "name": "apply_patch",
    "description": "Edits files.",
    "format": {"type": "grammar", "syntax": "lark", "definition": "start: hunk+"},
}
SEARCH = {
    "type": "tool_search",
    "execution": "client",
    "description": "Finds tools.",
    "parameters": {"type": "object", "properties": {"query": {"type": "string"}}},
}
DEMO = namespace("mcp__demo", function("tell"), function("hide"))


def offered(*tools: Json, options: RequestOptions | None = None) -> list[Json]:
    sent = chat(tools=tools, options=options or RequestOptions())
    return [tool["function"] for tool in sent.get("tools", [])]


def names_of(*tools: Json) -> list[str]:
    return [tool["name"] for tool in offered(*tools)]


def test_a_function_is_nested_and_keeps_its_schema_to_the_byte() -> None:
    call = call_of(tools=[function("run", description="Runs.", strict=True)])
    assert json.loads(call.encode())["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "run",
                "description": "Runs.",
                "parameters": {"type": "object"},
                "strict": True,
            },
        }
    ]


def test_a_schema_is_sent_as_it_came() -> None:
    big = '{"z": 123456789012345678901234567890, "a": 1.50}'
    raw = f'{{"model":"m","input":"x","tools":[{{"name":"f","parameters":{big}}}]}}'
    assert big.encode() in translate(read_request(raw.encode()), (), RequestOptions()).encode()


@pytest.mark.parametrize("parameters", [{}, {"parameters": None}, {"parameters": {}}])
def test_a_function_without_a_schema_takes_nothing(parameters: Json) -> None:
    (sent,) = offered({"type": "function", "name": "run", "strict": False, **parameters})
    assert sent == {"name": "run", "parameters": {"type": "object", "properties": {}}}


def test_tools_of_a_namespace_get_flat_names_and_come_back_whole() -> None:
    call = call_of(tools=[DEMO])
    assert names_of(DEMO) == ["mcp__demo__tell", "mcp__demo__hide"]
    target = ToolTarget("function", "tell", "mcp__demo")
    assert call.tools.restore("mcp__demo__tell") == target
    assert call.tools.restore("tell") == target


def test_the_description_of_a_namespace_is_part_of_its_tools() -> None:
    (sent,) = offered(namespace("n", function("f", description="Does."), description="About n."))
    assert sent["description"] == "About n.\n\nDoes."


def test_a_bare_name_that_two_namespaces_have_stays_the_models() -> None:
    other = namespace("other", function("tell"))
    restored = call_of(tools=[DEMO, other]).tools.restore("tell")
    assert restored == ToolTarget("function", "tell", declared=False)


def test_a_name_that_was_not_declared_passes_through() -> None:
    restored = call_of(tools=[DEMO]).tools.restore("made.up")
    assert restored == ToolTarget("function", "made.up", declared=False)


def test_a_declared_bare_name_is_itself() -> None:
    call = call_of(tools=[DEMO, function("tell")])
    assert call.tools.restore("tell") == ToolTarget("function", "tell")


def test_long_and_unfit_names_become_fit_and_different() -> None:
    long = "n" * 60
    tools = [
        namespace(long, function("first"), function("second")),
        function("a.b"),
        function("ä b"),
    ]
    flat = names_of(*tools)
    assert len(set(flat)) == 4
    names = call_of(tools=tools).tools
    for name in flat:
        assert len(name) <= 64
        assert name.replace("_", "").replace("-", "").isalnum()
        assert name.isascii()
    assert [names.restore(name).name for name in flat] == ["first", "second", "a.b", "ä b"]


def test_names_that_collide_are_told_apart() -> None:
    tools = [
        function("a__b"),
        namespace("a", function("b")),
        namespace("a__", function("b")),
        function("tool_search"),
        SEARCH,
    ]
    flat = names_of(*tools)
    assert flat[0] == "a__b"
    assert len(set(flat)) == 5
    restored = [call_of(tools=tools).tools.restore(name) for name in flat]
    assert [(target.kind, target.namespace) for target in restored] == [
        ("function", None),
        ("function", "a"),
        ("function", "a__"),
        ("function", None),
        ("tool_search", None),
    ]


def test_a_collision_with_a_name_made_for_one_is_resolved_too() -> None:
    probe = ToolNames()
    probe.declare("function", "a__b")
    made = probe.declare("function", "b", "a")
    assert made is not None
    names = ToolNames()
    flat = [names.declare("function", name) for name in ("a__b", made)]
    flat.append(names.declare("function", "b", "a"))
    assert len(set(flat)) == 3


def test_a_tool_declared_twice_is_offered_once() -> None:
    assert names_of(function("run"), function("run"), DEMO, DEMO).count("run") == 1
    assert len(names_of(DEMO, DEMO)) == 2


def test_a_custom_tool_is_a_function_that_tells_its_grammar() -> None:
    call = call_of(tools=[PATCH])
    (sent,) = offered(PATCH)
    assert sent["name"] == "apply_patch"
    assert sent["description"].startswith("Edits files.")
    assert "lark grammar:\nstart: hunk+" in sent["description"]
    assert sent["parameters"]["required"] == ["input"]
    assert sent["parameters"]["properties"]["input"]["type"] == "string"
    assert call.tools.restore("apply_patch") == ToolTarget("custom", "apply_patch")


@pytest.mark.parametrize("form", [None, {"type": "text"}, {"definition": 5}])
def test_a_custom_tool_without_a_grammar_tells_none(form: Json | None) -> None:
    (sent,) = offered({"type": "custom", "name": "say", "format": form})
    assert "grammar" not in sent["description"]


def test_a_grammar_of_no_named_syntax_is_told_all_the_same() -> None:
    (sent,) = offered({"type": "custom", "name": "say", "format": {"definition": "x+"}})
    assert sent["description"].endswith("this grammar:\nx+")


def test_a_custom_tool_in_a_namespace_keeps_both() -> None:
    call = call_of(tools=[namespace("n", {"type": "custom", "name": "say"})])
    assert call.tools.restore("n__say") == ToolTarget("custom", "say", "n")


def test_the_search_for_tools_is_a_function() -> None:
    call = call_of(tools=[SEARCH])
    (sent,) = offered(SEARCH)
    assert sent == {
        "name": "tool_search",
        "description": "Finds tools.",
        "parameters": SEARCH["parameters"],
    }
    assert call.tools.restore("tool_search") == ToolTarget("tool_search", "tool_search")
    assert offered({**SEARCH, "parameters": None})[0]["parameters"]["properties"] == {}


def test_what_a_search_found_is_on_offer_from_then_on() -> None:
    found: Json = {"type": "tool_search_output", "call_id": "t", "tools": [DEMO]}
    search = {"type": "tool_search_call", "call_id": "t", "arguments": {"query": "q"}}
    call = call_of(tools=[SEARCH], history=[search, found], input="go on")
    sent = json.loads(call.encode())
    assert [tool["function"]["name"] for tool in sent["tools"]] == [
        "tool_search",
        "mcp__demo__tell",
        "mcp__demo__hide",
    ]
    assert call.tools.restore("mcp__demo__tell") == ToolTarget("function", "tell", "mcp__demo")


def test_the_tools_of_a_server_that_others_ask_are_not_on_offer() -> None:
    listed: Json = {"type": "mcp_list_tools", "server_label": "s", "tools": [{"name": "far"}]}
    assert "tools" not in chat(input=[said("user", "hi"), listed])


def test_the_local_shell_is_a_function() -> None:
    call = call_of(tools=[{"type": "local_shell"}])
    (sent,) = offered({"type": "local_shell"})
    assert sent["name"] == "local_shell"
    assert sent["parameters"]["required"] == ["command"]
    assert call.tools.restore("local_shell") == ToolTarget("local_shell", "local_shell")


def test_tools_that_others_carry_out_are_not_offered() -> None:
    hosted: list[Json] = [
        {"type": "web_search"},
        {"type": "file_search"},
        {**SEARCH, "execution": "server"},
    ]
    assert offered(*hosted) == []
    assert "tools" not in chat(tools=[namespace("n"), {"type": "namespace", "name": "x"}])


@pytest.mark.parametrize("denied", ["tell", "mcp__demo__tell", "mcp__demo"])
def test_a_denied_tool_is_not_offered(denied: str) -> None:
    options = RequestOptions(tool_denylist=frozenset({denied}))
    flat = [tool["name"] for tool in offered(DEMO, function("run"), options=options)]
    assert "run" in flat
    assert "mcp__demo__tell" not in flat


def test_a_tool_without_a_name_is_refused_with_its_place() -> None:
    nested = {"type": "function", "function": {"name": "run"}}
    assert refusal(tools=[function("a"), nested]).param == "tools[1].name"
    inside = namespace("n", function("a"), {"type": "function"})
    assert refusal(tools=[inside]).param == "tools[0].tools[1].name"


def test_a_call_in_the_conversation_has_the_name_that_is_on_offer() -> None:
    item = called("c", "tell", namespace="mcp__demo")
    sent = messages(item, gave("c"), tools=[function("mcp__demo__tell"), DEMO])
    made = sent[0]["tool_calls"][0]["function"]["name"]
    assert made == names_of(function("mcp__demo__tell"), DEMO)[1]


def test_a_call_of_a_tool_that_is_not_on_offer_keeps_its_name() -> None:
    sent = messages(called("c", "tell", namespace="n"), gave("c"), called("d", "old"), gave("d"))
    assert sent[0]["tool_calls"][0]["function"]["name"] == "n__tell"
    assert sent[2]["tool_calls"][0]["function"]["name"] == "old"


@pytest.mark.parametrize("word", ["auto", "none", "required"])
def test_a_choice_in_a_word_is_sent_on(word: str) -> None:
    assert chat(tools=[function("run")], tool_choice=word)["tool_choice"] == word
    assert "tool_choice" not in chat(tool_choice=word)


@pytest.mark.parametrize(
    ("choice", "flat"),
    [
        ({"type": "function", "name": "run"}, "run"),
        ({"type": "function", "name": "tell", "namespace": "mcp__demo"}, "mcp__demo__tell"),
        ({"type": "function", "name": "tell"}, "mcp__demo__tell"),
        ({"type": "custom", "name": "apply_patch"}, "apply_patch"),
        ({"type": "tool_search"}, "tool_search"),
    ],
)
def test_a_chosen_tool_is_sent_by_its_flat_name(choice: Json, flat: str) -> None:
    sent = chat(tools=[function("run"), DEMO, PATCH, SEARCH], tool_choice=choice)
    assert sent["tool_choice"] == {"type": "function", "function": {"name": flat}}


def test_a_chosen_hosted_tool_leaves_the_choice_to_the_model() -> None:
    choice = {"type": "mcp", "server_label": "s", "name": "t"}
    assert chat(tools=[function("run")], tool_choice=choice)["tool_choice"] == "auto"
    assert "tool_choice" not in chat(tool_choice=choice)


def test_a_chosen_tool_that_is_denied_leaves_the_choice_to_the_model() -> None:
    choice = {"type": "function", "name": "run"}
    options = RequestOptions(tool_denylist=frozenset({"run"}))
    sent = chat(tools=[function("run"), DEMO], tool_choice=choice, options=options)
    assert sent["tool_choice"] == "auto"
    assert "tool_choice" not in chat(tools=[function("run")], tool_choice=choice, options=options)


@pytest.mark.parametrize(
    "choice",
    [
        {"type": "function", "name": "x"},
        {"type": "function", "name": "tell", "namespace": "x"},
        {"type": "function", "function": {"name": "run"}},
        {"type": "custom"},
        "maybe",
    ],
)
def test_a_choice_that_cannot_be_met_is_refused(choice: object) -> None:
    assert refusal(tools=[function("run")], tool_choice=choice).param == "tool_choice"


def test_allowed_tools_are_the_only_ones_offered() -> None:
    allowed = [{"type": "function", "name": "run"}, {"type": "web_search"}] * 2
    choice = {"type": "allowed_tools", "mode": "required", "tools": allowed}
    sent = chat(tools=[DEMO, function("run")], tool_choice=choice)
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["run"]
    assert sent["tool_choice"] == "required"


def test_allowed_tools_without_a_mode_leave_the_choice_to_the_model() -> None:
    choice: Json = {"type": "allowed_tools", "tools": [{"type": "function", "name": "run"}]}
    assert chat(tools=[function("run")], tool_choice=choice)["tool_choice"] == "auto"
    assert "tools" not in chat(tools=[function("run")], tool_choice={"type": "allowed_tools"})


def test_allowed_tools_of_an_unknown_mode_are_refused() -> None:
    choice = {"type": "allowed_tools", "mode": "maybe"}
    assert refusal(tools=[function("run")], tool_choice=choice).param == "tool_choice"


def test_parallel_calls_are_spoken_of_only_with_tools() -> None:
    assert chat(tools=[function("run")], parallel_tool_calls=False)["parallel_tool_calls"] is False
    assert "parallel_tool_calls" not in chat(parallel_tool_calls=True)
    assert "parallel_tool_calls" not in chat(tools=[function("run")])


def test_a_conversation_of_calls_needs_no_tools() -> None:
    assert "tools" not in chat(input=[said("user", "x"), called("c"), gave("c")])
