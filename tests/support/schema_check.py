"""Whether a JSON value is what a definition of the app-server's schema says, and nothing more.

Owns the strict reading of a schema in the canonical form of the generator: flat definitions, with
``{"$ref": "Name"}``. The schema itself admits any further field, as the server does; here a field
that it does not name is a problem. Knows no method and no message. Enter at `SchemaCheck`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from jsonschema_rs import Draft202012Validator, Registry, ValidationErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jsonschema_rs import ValidationError, Validator

__all__ = ["Json", "SchemaCheck"]

# Any JSON value, or a node of a schema, which is one too: looked into key by key.
Json: TypeAlias = Any

_DOCUMENT: Final = "codex:schema"
_IN_PLACE: Final = ("allOf", "anyOf", "oneOf")
_INT_BITS: Final = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
_UINT_BITS: Final = {"uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64, "uint": 64}
_SHOWN_CHARS: Final = 200
_UNFIT: Final = (ValidationErrorKind.AnyOf, ValidationErrorKind.OneOfNotValid)

_Alternatives: TypeAlias = "list[list[ValidationError]]"


class SchemaCheck:
    """The definitions of one schema; a validator is compiled when its definition is first used."""

    def __init__(self, definitions: Mapping[str, Json]) -> None:
        self._definitions = definitions
        document = {
            form: {name: _strict(node, closed=closed) for name, node in definitions.items()}
            for form, closed in (("closed", True), ("open", False))
        }
        self._registry = Registry([(_DOCUMENT, document)])
        self._validators: dict[str, Validator] = {}

    def problems(self, value: Json, definition: str) -> list[str]:
        """What keeps the value from being one of that definition; empty when nothing does.

        Each problem begins with its place, ``$.input[0].text: …``. Of a union the alternative that
        comes nearest is reported.
        """
        validator = self._validators.get(definition)
        if validator is None:
            root = _strict(self._definitions[definition], closed=True)
            validator = Draft202012Validator(root, registry=self._registry)
            self._validators[definition] = validator
        return list(_all_told(list(validator.iter_errors(value))))


def _strict(node: Json, *, closed: bool) -> Json:
    """The node as a validator reads it; where ``closed``, an object has the named fields alone.

    What stands beside ``properties`` of its own names further fields of the same object: that part
    stays open, and the object is closed as a whole.
    """
    if not isinstance(node, dict):
        return node
    parts = [key for key in _IN_PLACE if key in node]
    joined = "properties" in node or len(parts) > 1 or len(node.get("allOf", ())) > 1
    whole = closed and (joined or _is_object(node))
    parts_closed = closed and not whole
    strict: dict[str, Json] = {**_range(node), **node}
    if "$ref" in node:
        form = "closed" if parts_closed else "open"
        strict["$ref"] = f"{_DOCUMENT}#/{form}/{node['$ref']}"
    for key in parts:
        strict[key] = [_strict(part, closed=parts_closed) for part in node[key]]
    for key in ("items", "additionalProperties"):
        if key in node:
            strict[key] = _strict(node[key], closed=True)
    if "properties" in node:
        fields = node["properties"].items()
        strict["properties"] = {name: _strict(field, closed=True) for name, field in fields}
    if whole and "additionalProperties" not in node:
        strict["unevaluatedProperties"] = False
    return strict


def _is_object(node: Json) -> bool:
    types = node.get("type")
    named = {types} if isinstance(types, str) else set(types or ())
    return "object" in named and named <= {"object", "null"}


def _range(node: Json) -> Json:
    """What the format of a number says: a validator takes formats for a matter of texts."""
    name = node.get("format")
    if bits := _INT_BITS.get(name):
        return {"minimum": -(2 ** (bits - 1)), "maximum": 2 ** (bits - 1) - 1}
    if bits := _UINT_BITS.get(name):
        return {"minimum": 0, "maximum": 2**bits - 1}
    return {}


def _all_told(errors: Sequence[ValidationError]) -> Iterable[str]:
    # Where no alternative fits, every field of every alternative counts as one too many.
    unfit = [error.instance_path for error in errors if isinstance(error.kind, _UNFIT)]
    for error in errors:
        unevaluated = isinstance(error.kind, ValidationErrorKind.UnevaluatedProperties)
        if not (unevaluated and error.instance_path in unfit):
            yield from _told(error)


def _told(error: ValidationError) -> Iterable[str]:
    at = _path(error.instance_path)
    match error.kind:
        case (
            ValidationErrorKind.UnevaluatedProperties(unexpected=names)
            | ValidationErrorKind.AdditionalProperties(unexpected=names)
        ):
            for name in names:
                yield f"{_path([*error.instance_path, name])}: the schema has no such field"
        case ValidationErrorKind.Required(property=name):
            yield f"{_path([*error.instance_path, name])}: is required"
        case (
            ValidationErrorKind.AnyOf(context=alternatives)
            | ValidationErrorKind.OneOfNotValid(context=alternatives)
        ):
            nearest = _nearest(alternatives, error.instance_path)
            yield from _all_told(nearest)
            if not nearest:
                count = len(alternatives)
                yield f"{at}: {_short(error.instance)} is none of the {count} alternatives"
        case _:
            yield f"{at}: {_short(error.message)}"


def _nearest(alternatives: _Alternatives, at: Sequence[str | int]) -> list[ValidationError]:
    """The errors of the one alternative that was meant; nothing when none or several may be."""
    meant = [errors for errors in alternatives if not any(_is_other(error, at) for error in errors)]
    nearest = min(map(_distance, meant), default=None)
    found = [errors for errors in meant if _distance(errors) == nearest]
    return found[0] if len(found) == 1 else []


def _distance(errors: Sequence[ValidationError]) -> tuple[int, int]:
    """What fails deep inside an alternative, or in few places, comes near to it."""
    return -min(len(error.instance_path) for error in errors), len(errors)


def _is_other(error: ValidationError, at: Sequence[str | int]) -> bool:
    """Whether it says that something else is meant: another type, or another tag."""
    below = len(error.instance_path) - len(at)
    match error.kind:
        case ValidationErrorKind.Type():
            return below == 0
        case ValidationErrorKind.Enum(options=options):
            return below == 0 or (below == 1 and len(options) == 1)
        case _:
            return False


def _path(steps: Sequence[str | int]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _short(what: object) -> str:
    text = str(what)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
