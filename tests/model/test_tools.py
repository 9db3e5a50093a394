"""Which functions can be tools, what the model is told of them, and what it may call them with."""

from __future__ import annotations

import datetime as dt
import enum
import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import attrs
import msgspec
import pytest
import trio

from codex_runtime.errors import ConfigError, ToolError
from codex_runtime.model.typed.tools import AnyTool, Tool, check_tools, text_content, tool
from codex_runtime.protocol import (
    FunctionDynamicToolSpec,
    InputAudioDynamicToolContent,
    InputImageDynamicToolContent,
    InputTextDynamicToolContent,
)

if TYPE_CHECKING:
    from decimal import Decimal


class Unit(enum.Enum):
    CELSIUS = "c"
    KELVIN = "k"


@dataclass
class Place:
    """Where it is."""

    city: str
    country: str = "FR"


@attrs.frozen
class Reading:
    degrees: float


@tool
async def weather(place: Place, unit: Unit = Unit.CELSIUS, *, days: int = 1) -> str:
    """Tell the weather.

    It is not a forecast.
    """
    return f"{place.city} ({place.country}), {unit.name}, {days}"


async def ignore() -> None:
    """Do nothing."""


class Shop:
    def __init__(self, stock: dict[str, int]) -> None:
        self.stock = stock

    async def count(self, article: str) -> int:
        """How many are left."""
        return self.stock[article]


def called(tool: AnyTool, arguments: object) -> Any:
    """What the model gets; tools of this module wait for nothing."""

    async def call() -> object:
        value = tool.function(**tool.bind(arguments))
        return tool.content(await value if inspect.isawaitable(value) else value)

    return trio.run(call)


def text_of(tool: AnyTool, arguments: object) -> str:
    (item,) = called(tool, arguments)
    assert isinstance(item, InputTextDynamicToolContent)
    return item.text


def returning(value: object) -> AnyTool:
    async def give() -> object:
        return value

    return tool(give)


# -- what the model is told ------------------------------------------------------------------------


def test_a_function_says_its_name_what_it_does_and_what_it_takes() -> None:
    assert weather.spec() == FunctionDynamicToolSpec(
        name="weather",
        description="Tell the weather.\n\nIt is not a forecast.",
        input_schema={
            "type": "object",
            "properties": {
                "place": {"$ref": "#/$defs/Place"},
                "unit": {"$ref": "#/$defs/Unit"},
                "days": {"type": "integer"},
            },
            "required": ["place"],
            "additionalProperties": False,
            "$defs": {
                "Place": {
                    "description": "Where it is.",
                    "type": "object",
                    "properties": {"city": {"type": "string"}, "country": {"type": "string"}},
                    "required": ["city"],
                },
                "Unit": {"type": "string", "enum": ["c", "k"]},
            },
        },
    )


def test_name_description_and_deadline_can_be_given() -> None:
    @tool(name="ask-the-shop", description="Ask.", timeout_s=5)
    async def ask() -> None:
        """Something else."""

    assert (ask.name, ask.description, ask.timeout_s) == ("ask-the-shop", "Ask.", 5.0)
    assert tool(ignore, timeout_s=2).timeout_s == 2.0
    assert tool(ignore).timeout_s == 60.0


def test_a_function_without_a_docstring_has_an_empty_description() -> None:
    async def bare() -> None: ...

    assert tool(bare).description == ""


def test_constraints_are_told_in_words_as_the_server_drops_them() -> None:
    @tool
    async def pick(
        count: Annotated[int, msgspec.Meta(ge=1, le=5, description="How many")],
        day: dt.date,
        pair: tuple[int, int],
        tags: dict[str, set[str]],
        free: Any,
        rest: dict[str, Any],
    ) -> None: ...

    assert pick.input_schema["properties"] == {
        "count": {"description": "How many (minimum: 1, maximum: 5)", "type": "integer"},
        "day": {"description": "(format: date)", "type": "string"},
        "pair": {
            "description": "(minItems: 2, maxItems: 2)",
            "type": "array",
            "items": {"type": "integer"},
        },
        "tags": {
            "type": "object",
            "additionalProperties": {
                "description": "(uniqueItems: True)",
                "type": "array",
                "items": {"type": "string"},
            },
        },
        "free": {},
        "rest": {"type": "object"},
    }


def test_an_enum_says_its_type_as_the_server_would_take_it_for_text() -> None:
    @tool
    async def pick(one: Literal[1, 2], other: Literal["a", 1] | None) -> None: ...

    assert pick.input_schema["properties"] == {
        "one": {"type": "integer", "enum": [1, 2]},
        "other": {"anyOf": [{"type": ["integer", "string"], "enum": [1, "a"]}, {"type": "null"}]},
    }


# -- what the model calls it with ------------------------------------------------------------------


def test_arguments_arrive_as_values_of_their_types() -> None:
    arguments = {"place": {"city": "Paris"}, "unit": "k", "days": 3}
    assert text_of(weather, arguments) == "Paris (FR), KELVIN, 3"


def test_what_the_model_leaves_out_is_the_default_of_the_function() -> None:
    assert text_of(weather, {"place": {"city": "Paris"}}) == "Paris (FR), CELSIUS, 1"


def test_a_default_may_be_what_no_schema_could_say() -> None:
    nothing = object()

    @tool
    async def pick(one: Annotated[list[int], "of them"] = [1], other: int = nothing) -> str:  # type: ignore[assignment]  # noqa: B006
        return f"{one} {other is nothing}"

    assert text_of(pick, {}) == "[1] True"


def test_no_arguments_at_all_are_none_of_them() -> None:
    assert text_of(tool(ignore), None) == ""


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param({}, "Object missing required field `place`", id="missing"),
        pytest.param({"place": {}}, r"missing required field `city` - at `\$.place`", id="nested"),
        pytest.param({"place": {"city": 3}}, r"got `int` - at `\$.place.city`", id="wrong type"),
        pytest.param({"place": {"city": "a"}, "days": "3"}, r"`\$.days`", id="no conversion"),
        pytest.param({"place": {"city": "a"}, "days": None}, r"`\$.days`", id="null"),
        pytest.param({"place": {"city": "a"}, "x": 1}, "unknown field `x`", id="unknown"),
        pytest.param({"place": {"city": "a"}, "unit": "f"}, r"'f' - at `\$.unit`", id="enum"),
        pytest.param([1], "Expected `object`, got `array`", id="no object"),
    ],
)
def test_arguments_of_another_shape_are_refused_with_words_for_the_model(
    arguments: object, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        called(weather, arguments)


# -- what it returns -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        ("a\ud800b", "a?b"),
        (None, ""),
        (3, "3"),
        ([], "[]"),
        ((1, "a"), '[1,"a"]'),
        ({"a": None}, '{"a":null}'),
        (Place("Paris"), '{"city":"Paris","country":"FR"}'),
        (Reading(1.5), '{"degrees":1.5}'),
        (Unit.KELVIN, '"k"'),
        (dt.date(2026, 1, 2), '"2026-01-02"'),
    ],
)
def test_a_returned_value_is_text_or_json(value: object, text: str) -> None:
    assert text_of(returning(value), {}) == text


IMAGE = InputImageDynamicToolContent(image_url="data:image/png;base64,AA==")
AUDIO = InputAudioDynamicToolContent(audio_url="data:audio/wav;base64,AA==")


@pytest.mark.parametrize(
    ("value", "items"),
    [(IMAGE, [IMAGE]), ([text_content("see"), IMAGE], [text_content("see"), IMAGE])],
)
def test_content_items_are_passed_on(value: object, items: object) -> None:
    assert called(returning(value), {}) == items
    assert called(returning((AUDIO,)), {}) == [AUDIO]


def test_content_beside_other_values_is_json_of_all() -> None:
    text = text_of(returning([AUDIO, 1]), {})
    assert text == '[{"type":"inputAudio","audioUrl":"data:audio/wav;base64,AA=="},1]'


def test_what_json_cannot_say_is_an_error() -> None:
    with pytest.raises(TypeError, match="complex"):
        called(returning(1j), {})


# -- it stays the function -------------------------------------------------------------------------


async def test_a_tool_is_still_the_function() -> None:
    assert await weather(Place("Rome"), days=2) == "Rome (FR), CELSIUS, 2"
    assert isinstance(weather, Tool)
    assert len({weather, weather, tool(ignore)}) == 2


def test_a_plain_function_is_a_tool_and_still_a_plain_function() -> None:
    @tool
    def half(number: int) -> float:
        """Divide by two."""
        return number / 2

    assert half(3) == 1.5
    assert (half.name, half.description) == ("half", "Divide by two.")
    assert text_of(half, {"number": 5}) == "2.5"


def test_a_bound_method_is_a_tool_of_its_object() -> None:
    count = tool(Shop({"nail": 3}).count)
    assert (count.name, count.description) == ("count", "How many are left.")
    assert text_of(count, {"article": "nail"}) == "3"


# -- what cannot be a tool -------------------------------------------------------------------------


def yields() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (print, "is no function or method"),
        (Shop({}), "is no function or method"),
        (Shop, "is no function or method"),
        (partial(ignore), "is no function or method"),
        (3, "is no function or method"),
        (yields, "is a generator"),
    ],
)
def test_what_is_no_function_is_refused(function: Any, problem: str) -> None:  # Any: it is wrong
    with pytest.raises(ToolError, match=problem) as caught:
        tool(function)
    assert caught.value.name == "function"


async def positional(x: int, /) -> None: ...
async def several(*x: int) -> None: ...
async def named(**x: int) -> None: ...
async def unannotated(x) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001
async def unresolved(x: Decimal) -> None: ...
async def unsupported(x: complex) -> None: ...
async def called_back(x: Callable[[], Awaitable[None]]) -> None: ...
async def mixed(x: tuple[int, str]) -> None: ...
async def two_classes(x: Place | Reading) -> None: ...


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (positional, "is positional-only"),
        (several, "is variadic positional"),
        (named, "is variadic keyword"),
        (unannotated, "has no annotation"),
        (unresolved, "name 'Decimal' is not defined"),
        (unsupported, "type <class 'complex'> is not supported"),
        (called_back, "Callable"),
        (mixed, r"a tuple \(or an array-like class\) of different types"),
        (two_classes, "more than one dataclass"),
    ],
)
def test_a_signature_that_the_model_cannot_call_is_refused_by_the_parameter(
    function: Any, problem: str
) -> None:
    with pytest.raises(ToolError, match=problem) as caught:
        tool(function)
    assert caught.value.name == "x"
    assert caught.value.hint


def test_a_method_is_refused_before_it_is_bound() -> None:
    with pytest.raises(ToolError, match=r"tool\(obj.method\)") as caught:
        tool(Shop.count)
    assert caught.value.name == "self"


@pytest.mark.parametrize("name", ["", "a b", "a.b", "ä", "x" * 65, "exec_command", "mcp", "mcp__x"])
def test_a_name_that_would_not_work_is_refused(name: str) -> None:
    with pytest.raises(ToolError) as caught:
        tool(name=name)(ignore)
    assert caught.value.name == "name"


def test_a_deadline_and_a_description_are_checked() -> None:
    with pytest.raises(ToolError, match="timeout_s=0"):
        tool(ignore, timeout_s=0)
    with pytest.raises(ToolError, match="lone surrogate"):
        tool(ignore, description="\ud800")


# -- several tools ---------------------------------------------------------------------------------


def test_tools_are_a_sequence_of_tools() -> None:
    assert check_tools("tools", [weather], ConfigError) == (weather,)
    for value, problem in (
        (weather, "is not a list of tools"),
        ("weather", "is not a list of tools"),
        ([ignore], "Decorate the function with @tool"),
        ([weather, tool(ignore, name="weather")], "is the name of two tools"),
    ):
        with pytest.raises(ConfigError, match=problem):
            check_tools("tools", value, ConfigError)


@attrs.define
class Picky:
    n: int

    def __attrs_post_init__(self) -> None:
        raise KeyError("whatever its author thought of")


def test_what_a_class_of_an_argument_raises_is_told_as_what_is_wrong_with_it() -> None:
    @tool
    async def take(picky: Picky) -> None:
        """Take it."""

    with pytest.raises(ValueError, match="KeyError: 'whatever its author"):
        take.bind({"picky": {"n": 1}})
