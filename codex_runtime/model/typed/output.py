"""Typed output: which answer is asked for, as a strict schema, and its value once it came.

Owns `OutputSpec`, the types it can be of and how their libraries are asked (pydantic by the shape
of its models: it is not imported). Does not send, retry or raise for a turn. Enter at
`output_spec`.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar, cast

import attrs

from codex_runtime.errors import OutputTypeError
from codex_runtime.model.typed.schemas import decode_json, json_schema
from codex_runtime.model.typed.subsets import STRICT, SchemaProblem, fit_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OutputSpec", "output_spec"]

T = TypeVar("T")

_HINT: Final = "Give a msgspec Struct, a dataclass, an attrs class, a TypedDict or a pydantic model"


class _PydanticModel(Protocol):
    """What is used of pydantic's ``BaseModel``."""

    # Any: a schema is whatever JSON it is.
    @classmethod
    def model_json_schema(cls) -> dict[str, Any]: ...

    @classmethod
    def model_validate_json(cls, json_data: str) -> object: ...


@attrs.frozen(eq=False)
class OutputSpec(Generic[T]):
    """The type of a final answer: made by `output_spec`."""

    output_type: type[T]

    schema: Mapping[str, object]
    """Strict JSON schema, for ``outputSchema`` of ``turn/start``: an object, closed at every
    level, all members required (also those with a default), no references but within."""

    def decode(self, text: str) -> T:
        """The value that ``text`` holds: exactly one JSON value, nothing before or after it.

        Every constraint of the type is checked, those that the schema cannot say too; a member
        with a default may be missing. Raises ValueError, whose text says what is wrong and where
        (``$.a.b``), in words for the model.
        """
        if not _is_pydantic(self.output_type):
            return decode_json(text, self.output_type)
        model = cast("type[_PydanticModel]", self.output_type)
        try:
            return cast("T", model.model_validate_json(text))
        except ValueError as problem:
            raise ValueError(_told(problem)) from problem
        except Exception as problem:  # what a validator of the model raises
            raise ValueError(f"{type(problem).__name__}: {problem}") from problem

    def correction(self, problem: str) -> str:
        """The prompt that asks for the answer again: ``problem`` is the text of `decode`'s error.

        The schema has to be sent with it again, as the server keeps none.
        """
        return (
            f"Your last answer does not have the required form: {problem}\n"
            "Answer again with the same content, as one JSON value that follows the output schema, "
            "and nothing else."
        )


def output_spec(output_type: type[T]) -> OutputSpec[T]:
    """How to ask for an answer of this type.

    Takes a msgspec Struct, a dataclass, an attrs class, a TypedDict or a pydantic model. Raises
    `OutputTypeError` for a type that a strict schema cannot express; its ``name`` says where.
    """
    if not _is_hashable(output_type):
        raise OutputTypeError("output", output_type, "is not a type", _HINT)
    return cast("OutputSpec[T]", _spec_of(cast("Hashable", output_type)))


def _is_hashable(value: object) -> bool:
    return isinstance(value, Hashable)


# A schema takes milliseconds to make, and every turn needs it.
@lru_cache(maxsize=256)
def _spec_of(output_type: object) -> OutputSpec[object]:
    name = getattr(output_type, "__qualname__", None) or repr(output_type)
    schema = _pydantic_schema if _is_pydantic(output_type) else _msgspec_schema
    try:
        strict = fit_schema(schema(name, output_type), STRICT, name.rpartition(".")[2])
    except SchemaProblem as problem:
        raise OutputTypeError(problem.where, output_type, problem.problem, problem.hint) from None
    return OutputSpec(cast("type[object]", output_type), strict)


def _msgspec_schema(name: str, kind: object) -> dict[str, Any]:
    try:
        return json_schema(kind)
    except TypeError as problem:
        raise OutputTypeError(name, kind, str(problem), _HINT) from problem


def _pydantic_schema(name: str, kind: object) -> dict[str, Any]:
    try:
        return cast("type[_PydanticModel]", kind).model_json_schema()
    except Exception as problem:  # whatever pydantic raises: its classes are not known here
        raise OutputTypeError(name, kind, str(problem).partition("\n")[0], _HINT) from problem


def _is_pydantic(kind: object) -> bool:
    names = ("model_json_schema", "model_validate_json")
    return isinstance(kind, type) and all(callable(getattr(kind, name, None)) for name in names)


def _told(problem: ValueError) -> str:
    """An error of pydantic in the words of the others: one line, and where."""
    errors = getattr(problem, "errors", None)
    if not callable(errors):
        return str(problem)
    # Any: pydantic's list of what is wrong; `loc` and `msg` are documented.
    found = cast("list[dict[str, Any]]", errors())
    return "; ".join(f"{error['msg']} - at `{_path(error['loc'])}`" for error in found)


def _path(places: tuple[int | str, ...]) -> str:
    return "$" + "".join(
        f"[{place}]" if isinstance(place, int) else f".{place}" for place in places
    )
