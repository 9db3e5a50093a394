"""The strict reading of a schema: it sees what is wrong, where, and every field too many."""

from __future__ import annotations

import pytest

from codex_runtime.protocol.schema_file import load, schema_file
from tests.support.schema_check import Json, SchemaCheck

PAINT: dict[str, Json] = {
    "Paint": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "coats": {"type": "integer", "format": "uint16"},
            "tins": {"type": "integer", "format": "uint8", "minimum": 1.0},
            "colour": {"anyOf": [{"$ref": "Colour"}, {"type": "null"}]},
            "layers": {"type": ["array", "null"], "items": {"allOf": [{"$ref": "Layer"}]}},
            "labels": {"type": "object", "additionalProperties": {"$ref": "Label"}},
            "notes": {"type": "object", "additionalProperties": True},
            "anything": True,
        },
        "required": ["name"],
    },
    "Colour": {
        "oneOf": [
            {"type": "string", "enum": ["red", "blue"]},
            {
                "type": "object",
                "properties": {
                    "type": {"type": "string", "enum": ["mixed"]},
                    "shares": {"type": "array", "items": {"type": "number"}},
                },
                "required": ["type", "shares"],
            },
            {
                "type": "object",
                "properties": {"type": {"type": "string", "enum": ["named"]}},
                "required": ["type"],
            },
        ]
    },
    "Layer": {
        "type": "object",
        "properties": {"thickness": {"type": "integer", "format": "int64"}},
        "anyOf": [
            {"properties": {"brush": {"type": "string"}}, "required": ["brush"]},
            {"$ref": "Roller"},
        ],
    },
    "Roller": {
        "type": "object",
        "properties": {"roller": {"$ref": "Label"}},
        "required": ["roller"],
    },
    "Label": {"type": "object", "properties": {"text": {"type": "string"}}},
    "Nothing": {"type": "object"},
}


@pytest.mark.parametrize(
    "value",
    [
        {"name": "white"},
        {"name": "white", "coats": 65535, "colour": None, "layers": None},
        {"name": "white", "colour": "red"},
        {"name": "white", "colour": {"type": "mixed", "shares": [0.5, 1]}},
        {"name": "white", "layers": [{"thickness": 1, "brush": "b"}, {"roller": {"text": "r"}}]},
        {"name": "white", "labels": {"left": {"text": "l"}, "right": {}}},
        {"name": "white", "notes": {"any": ["thing"]}, "anything": {"at": "all"}},
    ],
)
def test_what_the_definition_says_is_no_problem(value: Json) -> None:
    assert SchemaCheck(PAINT).problems(value, "Paint") == []


NO_FIELD = "the schema has no such field"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"name": "white", "coat": 1}, f"$.coat: {NO_FIELD}"),
        ({"name": "w", "colour": {"type": "named", "a": 1}}, f"$.colour.a: {NO_FIELD}"),
        ({"name": "w", "layers": [{"brush": "b", "b": 1}]}, f"$.layers[0].b: {NO_FIELD}"),
        ({"name": "w", "labels": {"left": {"a": 1}}}, f"$.labels.left.a: {NO_FIELD}"),
        ({"name": "w", "layers": [{"roller": {"a": 1}}]}, f"$.layers[0].roller.a: {NO_FIELD}"),
    ],
)
def test_a_field_that_the_schema_lacks_is_named_wherever_it_stands(
    value: Json, problem: str
) -> None:
    assert SchemaCheck(PAINT).problems(value, "Paint") == [problem]


def test_an_object_that_names_no_field_has_none() -> None:
    check = SchemaCheck(PAINT)
    assert check.problems({}, "Nothing") == []
    assert check.problems({"a": 1}, "Nothing") == [f"$.a: {NO_FIELD}"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({}, "$.name: is required"),
        ({"name": None}, '$.name: null is not of type "string"'),
        ({"name": "w", "coats": 65536}, "$.coats: 65536 is greater than the maximum of 65535"),
        ({"name": "w", "coats": -1}, "$.coats: -1 is less than the minimum of 0"),
        ({"name": "w", "tins": 0}, "$.tins: 0 is less than the minimum of 1.0"),
        ({"name": "w", "tins": 256}, "$.tins: 256 is greater than the maximum of 255"),
        ({"name": "w", "colour": {"type": "mixed"}}, "$.colour.shares: is required"),
        (
            {"name": "w", "colour": {"type": "mixed", "shares": ["all"]}},
            '$.colour.shares[0]: "all" is not of type "number"',
        ),
        ({"name": "w", "colour": "green"}, "$.colour: green is none of the 3 alternatives"),
        (
            {"name": "w", "layers": [{"brush": "b", "thickness": 2**63}]},
            f"$.layers[0].thickness: {2**63} is greater than the maximum of {2**63 - 1}",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(value: Json, problem: str) -> None:
    assert SchemaCheck(PAINT).problems(value, "Paint") == [problem]


def test_all_problems_are_told_and_a_long_value_is_cut() -> None:
    problems = SchemaCheck(PAINT).problems({"name": ["x" * 1000], "a": 1, "b": 2}, "Paint")
    assert [problem.partition(":")[0] for problem in problems] == ["$.name", "$.a", "$.b"]
    assert all(len(problem) < 300 for problem in problems)


def test_a_definition_that_does_not_exist_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError, match="Pain"):
        SchemaCheck(PAINT).problems({}, "Pain")


def test_every_definition_of_the_committed_schema_can_be_checked() -> None:
    definitions = load(schema_file()).definitions
    check = SchemaCheck(definitions)
    for name in definitions:
        check.problems({}, name)
    turn: Json = {"threadId": "t", "input": [{"type": "text", "text": "hello"}]}
    assert check.problems(turn, "TurnStartParams") == []
    turn["input"] = [{"type": "text", "text": "hello", "texts": []}]
    assert check.problems(turn, "TurnStartParams") == [f"$.input[0].texts: {NO_FIELD}"]
