"""JSON schemas of Python types, and values of those types out of JSON: msgspec's side of it.

Owns what msgspec is asked for by tools and typed output: a schema, the arguments of a call, a
decoded answer, a value as JSON text. Knows no tool, no model, no subset of JSON schema (see
`subsets`). Enter at `json_schema`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, Union, cast

import msgspec
from msgspec import UNSET, UnsetType

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ArgumentReader", "decode_json", "encode_json", "json_schema"]

T = TypeVar("T")


def json_schema(kind: object) -> dict[str, Any]:
    """The JSON schema of a type, as msgspec writes it; named types stand in ``$defs``.

    Any: a schema is whatever JSON it is. Raises TypeError, in one line, for a type that has none.
    """
    try:
        return msgspec.json.schema(kind)
    except TypeError as problem:
        raise TypeError(str(problem).rpartition("\n")[2]) from None


def decode_json(text: str, kind: type[T]) -> T:
    """The value of that type which ``text`` holds: one JSON value, space around it allowed.

    Nothing is converted: "3" is no int. Constraints and validators are checked. Raises ValueError,
    which says where (``$.a.b``).
    """
    try:
        return msgspec.json.decode(text.encode(), type=kind)
    except UnicodeEncodeError as problem:
        raise ValueError(f"a lone surrogate at index {problem.start}") from None
    except msgspec.ValidationError as problem:
        raise ValueError(str(problem)) from problem
    except msgspec.DecodeError as problem:
        raise ValueError(f"not one JSON value: {problem}" if text else "it is empty") from problem
    except Exception as problem:  # what the class's own __post_init__ raises
        raise ValueError(f"{type(problem).__name__}: {problem}") from problem


def encode_json(value: object) -> str:
    """``value`` as JSON text. Raises TypeError or ValueError for what JSON cannot say."""
    return msgspec.json.encode(value).decode()


class ArgumentReader:
    """The arguments of one function, by name: their schema, and values out of plain JSON.

    ``required`` and ``optional`` map parameters to resolved types; no name is in both.
    """

    __slots__ = ("_struct", "schema")

    _struct: type[msgspec.Struct]

    schema: dict[str, Any]
    """Of an object with these members and no others. Any: a schema is whatever JSON it is."""

    def __init__(self, required: Mapping[str, object], optional: Mapping[str, object]) -> None:
        # Any: types that are known at run time only.
        fields: list[Any] = list(required.items())
        # Absent is UNSET, so that the function's own default holds, whatever it is.
        fields += [
            (name, Union[cast("Any", kind), UnsetType], UNSET)  # noqa: UP007 - kinds are values
            for name, kind in optional.items()
        ]
        self._struct = msgspec.defstruct(
            "Arguments", fields, kw_only=True, forbid_unknown_fields=True
        )
        self.schema = json_schema(self._struct)

    def read(self, arguments: object) -> dict[str, object]:
        """The arguments that were given, as values of their types; None is an empty object.

        ``arguments`` is decoded JSON. Nothing is converted but what JSON has no type for. Raises
        ValueError, which says where (``$.a.b``).
        """
        try:
            values = msgspec.convert(
                {} if arguments is None else arguments, self._struct, str_keys=True
            )
        except msgspec.ValidationError as problem:
            raise ValueError(str(problem)) from problem
        except Exception as problem:  # as in `decode_json`
            raise ValueError(f"{type(problem).__name__}: {problem}") from problem
        return {
            name: value
            for name, value in msgspec.structs.asdict(values).items()
            if value is not UNSET
        }
