"""Which types can be asked for, their strict schemas, and what counts as an answer of one."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    NotRequired,
    TypedDict,
    TypeVar,
)

import attrs
import jsonschema_rs
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.errors import OutputTypeError
from codex_runtime.model.typed.output import output_spec
from codex_runtime.model.typed.subsets import STRICT, TOOL, SchemaProblem, fit_schema

T = TypeVar("T")


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


class Finding(msgspec.Struct, tag="finding"):
    """What was found."""

    path: str
    line: Annotated[int, msgspec.Meta(ge=1)]
    level: Level = Level.LOW


class Question(msgspec.Struct, tag="question"):
    text: Annotated[str, msgspec.Meta(min_length=1, description="To the author")]


class Report(msgspec.Struct):
    title: str
    parts: list[Finding | Question]
    kind: Literal["short", "long"] | None = None
    first: Annotated[Finding | None, msgspec.Meta(description="The worst")] = None


class Node(msgspec.Struct):
    name: str
    inner: list[Node] = []


@dataclass
class Point:
    x: int
    tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("x is below 0")


@attrs.frozen
class Share:
    percent: int = attrs.field(validator=attrs.validators.le(100))


class Row(TypedDict):
    name: str
    count: NotRequired[int]


class Empty(msgspec.Struct):
    pass


class Box(msgspec.Struct, Generic[T]):
    inner: T


REPORT = """{"title": "T", "parts": [{"type": "finding", "path": "a", "line": 2, "level": "high"},
  {"type": "question", "text": "why"}], "kind": null, "first": null}"""


def objects_of(schema: object) -> list[dict[str, Any]]:
    """Every schema of an object in there."""
    if isinstance(schema, dict):
        own = [schema] if schema.get("type") == "object" else []
        return own + [found for part in schema.values() for found in objects_of(part)]
    if isinstance(schema, list):
        return [found for part in schema for found in objects_of(part)]
    return []


# -- schemas ---------------------------------------------------------------------------------------


def test_a_schema_is_an_object_closed_at_every_level_with_all_members_required() -> None:
    assert output_spec(Report).schema == {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "parts": {
                "type": "array",
                "items": {"anyOf": [{"$ref": "#/$defs/Finding"}, {"$ref": "#/$defs/Question"}]},
            },
            "kind": {"anyOf": [{"type": "string", "enum": ["long", "short"]}, {"type": "null"}]},
            "first": {
                "description": "The worst",
                "anyOf": [{"$ref": "#/$defs/Finding"}, {"type": "null"}],
            },
        },
        "required": ["title", "parts", "kind", "first"],
        "additionalProperties": False,
        "$defs": {
            "Finding": {
                "description": "What was found.",
                "type": "object",
                "properties": {
                    "type": {"type": "string", "enum": ["finding"]},
                    "path": {"type": "string"},
                    "line": {"type": "integer", "minimum": 1},
                    "level": {"$ref": "#/$defs/Level"},
                },
                "required": ["type", "path", "line", "level"],
                "additionalProperties": False,
            },
            "Level": {"type": "string", "enum": ["high", "low"]},
            "Question": {
                "type": "object",
                "properties": {
                    "type": {"type": "string", "enum": ["question"]},
                    "text": {
                        "description": "To the author (minLength: 1)",
                        "type": "string",
                    },
                },
                "required": ["type", "text"],
                "additionalProperties": False,
            },
        },
    }


@pytest.mark.parametrize("kind", [Report, Node, Point, Share, Row, Empty, Finding, Box[int]])
def test_every_kind_of_class_has_a_schema_that_is_one(kind: type[object]) -> None:
    schema = output_spec(kind).schema
    jsonschema_rs.validator_for(dict(schema))
    found = objects_of(schema)
    assert found
    for part in found:
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])
    assert not {"default", "oneOf", "discriminator"} & set(json.dumps(schema).split('"'))


def test_a_class_may_hold_itself() -> None:
    schema = output_spec(Node).schema
    assert schema["properties"]["inner"] == {"type": "array", "items": {"$ref": "#/$defs/Node"}}  # type: ignore[index]
    assert set(schema["$defs"]) == {"Node"}  # type: ignore[call-overload]


def test_what_strict_mode_knows_is_kept_and_the_rest_is_told_in_words() -> None:
    class Kept(msgspec.Struct):
        at: Annotated[dt.datetime, msgspec.Meta(tz=True)]
        key: uuid.UUID
        price: Decimal
        data: bytes
        names: Annotated[list[str], msgspec.Meta(min_length=1, max_length=3)]
        code: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")]
        half: Annotated[float, msgspec.Meta(gt=0, multiple_of=0.5)]
        twice: tuple[int, int]
        nested: Annotated[Share, msgspec.Meta(description="Of it")]

    assert output_spec(Kept).schema["properties"] == {
        "at": {"type": "string", "format": "date-time"},
        "key": {"type": "string", "format": "uuid"},
        "price": {"description": "(format: decimal)", "type": "string"},
        "data": {"description": "(contentEncoding: base64)", "type": "string"},
        "names": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
        "code": {"description": "(pattern: ^[a-z]+$)", "type": "string"},
        "half": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
        "twice": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        "nested": {"description": "Of it", "anyOf": [{"$ref": "#/$defs/Share"}]},
    }


class HasAny(msgspec.Struct):
    inner: list[Any]


class HasMap(msgspec.Struct):
    inner: Box[dict[str, int]] | None


class HasTuple(msgspec.Struct):
    pair: tuple[int, str]


class HasComplex(msgspec.Struct):
    number: complex


class Pair(NamedTuple):
    a: int
    b: int


@pytest.mark.parametrize(
    ("kind", "name", "problem"),
    [
        (HasAny, "HasAny.inner[]", "may be anything"),
        (HasMap, "Box_dict_str__int__.inner", "mapping with free keys"),
        (HasTuple, "HasTuple.pair", "of different types"),
        (HasComplex, "HasComplex", "complex"),
        (object, "object", "not supported"),
        (list[int], "list", "not an object with named members"),
        (str, "str", "not an object with named members"),
        (Finding | Question, None, "not an object with named members"),
        (dict[str, int], "dict", "mapping with free keys"),
        ([int], "output", "is not a type"),
        (Pair, "Pair", "not an object with named members"),
    ],
)
def test_a_type_that_strict_mode_cannot_say_is_refused_by_where_it_stands(
    kind: Any, name: str | None, problem: str
) -> None:
    with pytest.raises(OutputTypeError, match=problem) as caught:
        output_spec(kind)
    assert name is None or caught.value.name == name
    assert caught.value.hint


def test_a_schema_is_made_once() -> None:
    assert output_spec(Report) is output_spec(Report)


# -- answers ---------------------------------------------------------------------------------------


def test_an_answer_becomes_a_value_of_the_type() -> None:
    report = output_spec(Report).decode(f"\n {REPORT}\n")
    assert report.parts == [Finding("a", 2, Level.HIGH), Question("why")]
    jsonschema_rs.validate(dict(output_spec(Report).schema), json.loads(REPORT))


def test_every_kind_of_class_is_decoded_and_a_member_with_a_default_may_be_missing() -> None:
    assert output_spec(Point).decode('{"x": 1}') == Point(1)
    assert output_spec(Share).decode('{"percent": 5}') == Share(5)
    assert output_spec(Row).decode('{"name": "a"}') == {"name": "a"}
    assert output_spec(Node).decode('{"name":"a","inner":[{"name":"b"}]}').inner == [Node("b")]
    assert output_spec(Box[int]).decode('{"inner": 1}') == Box(1)


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        (Finding, "", "it is empty"),
        (Finding, "Here you are: {}", "not one JSON value: JSON is malformed"),
        (Finding, '```json\n{"path":"a","line":1}\n```', "not one JSON value"),
        (Point, '{"x": 1} {"x": 2}', "trailing characters"),
        (Point, '{"x": "1"}', r"Expected `int`, got `str` - at `\$.x`"),
        (Point, '{"x": 1, "tags": ["a", 2]}', r"at `\$.tags\[1\]`"),
        (Point, '{"x": -1}', "x is below 0"),
        (Point, "{}", "missing required field `x`"),
        (Share, '{"percent": 101}', "'percent' must be <= 100"),
        (Question, '{"type":"question","text":""}', r"length >= 1 - at `\$.text`"),
        (Question, '{"type":"finding","text":"a"}', r"Invalid value 'finding' - at `\$.type`"),
        (Point, '{"x": \ud800}', "lone surrogate at index 6"),
    ],
)
def test_another_answer_is_refused_with_what_is_wrong_and_where(
    kind: type[object], text: str, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        output_spec(kind).decode(text)


def test_the_correction_tells_the_model_what_was_wrong() -> None:
    assert "no `x` - at `$.y`" in output_spec(Point).correction("no `x` - at `$.y`")


points = st.builds(Point, st.integers(0, 2**62), st.lists(st.text(max_size=5), max_size=3))


@given(points)
@example(Point(0, ["a"]))
def test_whatever_a_type_encodes_to_follows_its_schema_and_comes_back(point: Point) -> None:
    text = msgspec.json.encode(point).decode()
    spec = output_spec(Point)
    jsonschema_rs.validate(dict(spec.schema), json.loads(text))
    assert spec.decode(text) == point


# -- models of pydantic, by their shape ------------------------------------------------------------


class ModelError(ValueError):
    def errors(self) -> list[dict[str, object]]:
        return [
            {"loc": ("items", 1, "x"), "msg": "Input should be a valid integer", "type": "int"},
            {"loc": (), "msg": "too many", "type": "many"},
        ]


class Model:
    """As ``pydantic.BaseModel`` looks from outside."""

    schema: ClassVar[dict[str, Any]] = {}
    failure: ClassVar[ValueError | None] = None

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        if not cls.schema:
            raise RuntimeError("no schema for this\n\nRead more elsewhere")
        return cls.schema

    @classmethod
    def model_validate_json(cls, json_data: str) -> Model:
        if cls.failure:
            raise cls.failure
        return cls(json_data)


class Invoice(Model):
    schema: ClassVar[dict[str, Any]] = {
        "title": "Invoice",
        "type": "object",
        "properties": {
            "kind": {"const": "invoice", "default": "invoice", "title": "Kind"},
            "payer": {"allOf": [{"$ref": "#/$defs/Payer"}], "default": {"name": "me"}},
            "by": {
                "discriminator": {"propertyName": "kind"},
                "oneOf": [{"$ref": "#/$defs/Payer"}, {"type": "null"}],
            },
            "on": {"type": "boolean", "title": "On"},
        },
        "required": ["on"],
        "additionalProperties": True,
        "$defs": {
            "Payer": {"type": "object", "properties": {"name": {"type": "string"}}},
            "Unused": {"type": "object", "properties": {}},
        },
    }


def test_a_pydantic_model_is_asked_for_its_schema_and_validates_itself() -> None:
    spec = output_spec(Invoice)
    assert spec.schema == {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": ["invoice"]},
            "payer": {"$ref": "#/$defs/Payer"},
            "by": {"anyOf": [{"$ref": "#/$defs/Payer"}, {"type": "null"}]},
            "on": {"type": "boolean"},
        },
        "required": ["kind", "payer", "by", "on"],
        "additionalProperties": False,
        "$defs": {
            "Payer": {
                "type": "object",
                "properties": {"name": {"type": "string"}},
                "required": ["name"],
                "additionalProperties": False,
            }
        },
    }
    assert spec.decode("{}").text == "{}"


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (
            ModelError("long and of many lines"),
            "Input should be a valid integer - at `$.items[1].x`; too many - at `$`",
        ),
        (ValueError("plain"), "plain"),
    ],
)
def test_what_pydantic_refuses_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, failure: ValueError, told: str
) -> None:
    monkeypatch.setattr(Invoice, "failure", failure)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its whole text is compared
        output_spec(Invoice).decode("{}")
    assert str(caught.value) == told


def test_a_pydantic_model_without_a_strict_schema_is_refused() -> None:
    class Free(Model):
        schema: ClassVar[dict[str, Any]] = {
            "type": "object",
            "properties": {"a": {"type": "object", "additionalProperties": True}},
        }

    with pytest.raises(OutputTypeError, match=r"no schema for this\. Give") as caught:
        output_spec(Model)
    assert caught.value.name == "Model"
    with pytest.raises(OutputTypeError, match="free keys") as caught:
        output_spec(Free)
    assert caught.value.name == "Free.a"


# -- the walk itself -------------------------------------------------------------------------------


def test_schemas_that_are_combined_are_refused() -> None:
    both = {"allOf": [{"type": "string"}, {"type": "integer"}]}
    with pytest.raises(SchemaProblem, match="combines several") as caught:
        fit_schema({"type": "object", "properties": {"a": both}}, STRICT, "Root")
    assert caught.value.where == "Root.a"


def test_an_open_object_says_so_where_it_may() -> None:
    parts = {"a": {"type": "object", "additionalProperties": True}, "b": {"type": "object"}}
    fitted = fit_schema({"type": "object", "properties": parts}, TOOL, "Root")
    assert fitted == {"type": "object", "properties": parts, "required": []}


@attrs.define
class Picky:
    n: int

    def __attrs_post_init__(self) -> None:
        raise KeyError("whatever its author thought of")


def test_what_the_class_itself_raises_is_told_as_what_is_wrong_with_the_answer() -> None:
    with pytest.raises(ValueError, match="KeyError: 'whatever its author"):
        output_spec(Picky).decode('{"n": 1}')
