"""Tool calls gathered from pieces, and the items they become."""

from __future__ import annotations

import json

import pytest

from tests.relay.stream.saying import (
    DONE,
    Json,
    answer,
    call,
    calls,
    delta,
    finish,
    items,
    last,
    machine,
    names,
    text,
)

CALL = ["output_item.added", "function_call_arguments.delta"]
CALL_DONE = ["function_call_arguments.done", "output_item.done"]


def called(events: list[Json]) -> list[tuple[str, str, str]]:
    """Id, name and arguments of the function calls that are done."""
    return [(item["call_id"], item["name"], item["arguments"]) for item in items(events)]


def test_a_call_streams_its_arguments_as_they_come() -> None:
    events = answer(
        calls(call("", name="f", id="a", index=0)),
        calls(call('{"x"', index=0)),
        calls(call(":1}", index=0)),
        finish("tool_calls"),
        DONE,
    )
    assert names(events) == [*CALL, *CALL[1:], *CALL_DONE, "completed"]
    added, first, second, done, item, _ = events[2:]
    assert added["item"] == {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "a",
        "name": "f",
        "arguments": "",
        "status": "in_progress",
    }
    assert (first["delta"], second["delta"], done["arguments"]) == ('{"x"', ":1}", '{"x":1}')
    assert item["item"] == added["item"] | {"arguments": '{"x":1}', "status": "completed"}


def test_interleaved_calls_are_gathered_by_index() -> None:
    events = answer(
        calls(call("", name="f", id="a", index=0), call("", name="g", id="b", index=1)),
        calls(call('{"x"', index=1)),
        calls(call('{"y"', index=0), call(":1}", index=1)),
        calls(call(":2}", index=0)),
        finish("tool_calls"),
    )
    assert called(events) == [("a", "f", '{"y":2}'), ("b", "g", '{"x":1}')]


def test_an_index_may_be_text() -> None:
    events = answer(
        calls(call('{"x"', name="f", id="a", index="0")), calls(call(":1}", index=0.0)), finish()
    )
    assert called(events) == [("a", "f", '{"x":1}')]


def test_a_message_ends_where_a_call_begins() -> None:
    used = machine()
    events = answer(text("a"), calls(call("{}", name="f", id="x")), text("b"), finish(), of=used)
    assert [item["type"] for item in items(events)] == ["message", "message", "function_call"]
    kinds = [item["type"] for item in last(events)["output"]]
    assert kinds == ["message", "function_call", "message"]
    assert used.call_ids == ("x",)
    assert [json.loads(item)["type"] for item in used.output()] == kinds


# ---------------------------------------------------------------------------- names and ids


def test_a_name_may_come_in_pieces() -> None:
    events = answer(
        calls(call(name="exec_", id="a", index=0)),
        calls(call(name="command", index=0)),
        calls(call("{}", index=0)),
        finish(),
    )
    assert called(events) == [("a", "exec_command", "{}")]


def test_an_id_and_a_name_in_every_chunk_count_once() -> None:
    pieces = [
        calls(call(part, name="f", id="a", index=0)) for part in ("", "", '{"x":', "{}", "}", " ")
    ]
    assert called(answer(*pieces, finish())) == [("a", "f", '{"x":{}} ')]


@pytest.mark.parametrize("id_", [None, "", 0])
def test_a_call_without_an_id_gets_one(id_: object) -> None:
    piece = {"index": 0, "id": id_, "function": {"name": "f", "arguments": "{}"}}
    ((call_id, name, _),) = called(answer(calls(piece), finish()))
    assert (call_id, name) == ("0" if id_ == 0 else "call_1", "f")


def test_an_id_that_comes_late_is_of_the_call() -> None:
    events = answer(
        calls(call("{", name="f", index=0)),
        calls(call('"x":1', id="a", index=0)),
        calls(call("}", id="a", index=0)),
        finish(),
    )
    assert called(events) == [("call_1", "f", '{"x":1}')]


def test_two_calls_under_one_index_are_told_apart_by_their_ids() -> None:
    events = answer(
        calls(call('{"x"', name="f", id="a", index=0)),
        calls(call('{"y"', name="g", id="b", index=0)),
        calls(call(":1}", id="a", index=0)),
        calls(call(":2}", id="b", index=0)),
        finish(),
    )
    assert called(events) == [("a", "f", '{"x":1}'), ("b", "g", '{"y":2}')]


def test_what_has_an_index_alone_continues_the_latest_call_under_it() -> None:
    events = answer(
        calls(call("{}", name="f", id="a", index=0)),
        calls(call('{"y"', name="g", id="b", index=0)),
        calls(call(":2}", index=0)),
        finish(),
    )
    assert called(events) == [("a", "f", "{}"), ("b", "g", '{"y":2}')]


def test_the_same_id_under_two_indices_is_made_two() -> None:
    events = answer(
        calls(call('{"x"', name="f", id="a", index=0), call('{"y"', name="f", id="a", index=1)),
        calls(call(":1}", index=0), call(":2}", id="a", index=1)),
        finish(),
    )
    assert called(events) == [("a", "f", '{"x":1}'), ("call_2", "f", '{"y":2}')]


def test_an_id_that_was_made_up_is_not_given_away_again() -> None:
    events = answer(
        calls(call("{}", name="f", index=0)), calls(call("{}", name="g", id="call_1", index=1))
    )
    assert last(events)["status"] == "failed"
    ids = [event["item"]["call_id"] for event in events if "output_item.added" in event["type"]]
    assert ids[0] == "call_1"
    assert len(set(ids)) == 2


def test_whole_calls_without_index_and_id_are_told_apart() -> None:
    events = answer(
        calls(call('{"x":1}', name="f"), call('{"x":1}', name="f"), call("{}", name="g")), finish()
    )
    assert [(name, arguments) for _, name, arguments in called(events)] == [
        ("f", '{"x":1}'),
        ("f", '{"x":1}'),
        ("g", "{}"),
    ]


def test_whole_calls_of_one_index_without_ids_are_told_apart() -> None:
    events = answer(
        calls(call("{}", name="f", index=0)), calls(call("{}", name="g", index=0)), finish()
    )
    assert [name for _, name, _ in called(events)] == ["f", "g"]


def test_without_an_index_a_known_id_continues_its_call() -> None:
    events = answer(
        calls(call('{"x"', name="f", id="a")),
        calls(call('{"y"', name="g", id="b")),
        calls(call(":1}", id="a")),
        calls(call(":2}", id="b", name="g")),
        finish(),
    )
    assert called(events) == [("a", "f", '{"x":1}'), ("b", "g", '{"y":2}')]


def test_without_an_index_a_whole_call_of_a_known_id_is_another() -> None:
    events = answer(
        calls(call("{}", name="f", id="a")), calls(call("{}", name="f", id="a")), finish()
    )
    assert [call_id for call_id, _, _ in called(events)] == ["a", "call_2"]


def test_with_neither_index_nor_id_the_last_call_goes_on() -> None:
    events = answer(
        calls(call('{"x":{}', name="f", id="a")),
        calls(call(" ", name="f")),
        calls(call("}", name="f")),
        calls(call(name="f")),
        finish(),
    )
    assert called(events) == [("a", "f", '{"x":{} }')]


def test_arguments_that_only_look_whole_go_on() -> None:
    events = answer(
        calls(call('{"x":"}', name="f")),
        calls(call('"}', name="f")),
        calls(call("{}", name="g")),
        finish(),
    )
    assert [(name, arguments) for _, name, arguments in called(events)] == [
        ("f", '{"x":"}"}'),
        ("g", "{}"),
    ]


def test_a_piece_that_says_nothing_is_none() -> None:
    events = answer(calls({}, {"index": 0}, {"function": None}, {"function": {}}), finish())
    assert [item["type"] for item in items(events)] == ["message"]


@pytest.mark.parametrize("ending", [finish("tool_calls"), DONE])
def test_a_call_of_no_name_fails_the_answer(ending: object) -> None:
    """Nobody could carry it out, and the next request could not name it either."""
    events = answer(calls(call("{}")), ending)
    assert last(events)["error"]["code"] == "upstream_malformed"
    assert items(events) == []


def test_a_call_of_no_name_that_was_cut_short_is_left_out() -> None:
    assert last(answer(calls(call("{")), finish("length")))["status"] == "incomplete"


def test_the_name_of_a_call_that_was_told_stays() -> None:
    events = answer(
        calls(call("{", name="f", id="a", index=0)), calls(call("}", name="g", index=0)), finish()
    )
    assert called(events) == [("a", "f", "{}")]


def test_calls_keep_the_order_in_which_they_began() -> None:
    events = answer(
        calls(call(name="f", id="a", index=0), call("{}", name="g", id="b", index=1)), finish()
    )
    assert called(events) == [("a", "f", "{}"), ("b", "g", "{}")]
    assert [event["output_index"] for event in events if "added" in event["type"]] == [0, 1]


# ---------------------------------------------------------------------------- arguments


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (None, "{}"),
        ("", "{}"),
        (" \n", "{}"),
        ({"x": 1}, '{"x": 1}'),
        ({}, "{}"),
        (5, "5"),
        ('{"x":', '{"x":'),
        ("<x>", "<x>"),
    ],
)
def test_arguments_may_be_anything(arguments: object, expected: str) -> None:
    events = answer(calls(call(arguments, name="f", id="a")), finish())
    assert called(events) == [("a", "f", expected)]
    kind = "response.function_call_arguments.delta"
    assert "".join(event["delta"] for event in events if event["type"] == kind) == expected


def test_white_space_before_the_arguments_is_kept() -> None:
    events = answer(
        calls(call(" ", name="f", id="a", index=0)), calls(call("{}", index=0)), finish()
    )
    assert called(events) == [("a", "f", " {}")]


def test_arguments_that_cannot_be_read_fail_the_answer() -> None:
    chunk = (
        b'data: {"choices":[{"delta":{"tool_calls":[{"function":{"arguments":{"a":"\xff"}}}]}}]}'
    )
    response = last(answer(text("a"), chunk + b"\n\n", finish()))
    assert response["error"]["code"] == "upstream_malformed"


def test_the_old_form_of_a_call_is_read() -> None:
    events = answer(
        delta(function_call={"name": "f", "arguments": ""}),
        delta(function_call={"arguments": '{"x"'}),
        delta(function_call={"arguments": ":1}"}),
        finish("function_call"),
    )
    assert called(events) == [("call_1", "f", '{"x":1}')]


def test_a_call_of_a_custom_tool_of_the_upstream_is_read() -> None:
    piece = {"id": "a", "type": "custom", "custom": {"name": "f", "input": "hello"}}
    assert called(answer(calls(piece), finish())) == [("a", "f", "hello")]
