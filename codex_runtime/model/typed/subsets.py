"""JSON schemas cut down to what a model is shown: `STRICT` for answers, `TOOL` for arguments.

Owns the two subsets and the walk that makes a schema fit one: equivalent words where there are
some, a description of what cannot be said, an error where nothing is equivalent. Pure: dicts in,
dicts out; does not know which library wrote them. Enter at `fit_schema`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["STRICT", "TOOL", "SchemaProblem", "Subset", "fit_schema"]

# Any: a schema is whatever JSON its author wrote.
Schema: TypeAlias = dict[str, Any]


class SchemaProblem(ValueError):
    """``where`` (``Type.field[]``) is not in the subset: ``problem``, and ``hint``, the way out."""

    def __init__(self, where: str, problem: str, hint: str) -> None:
        super().__init__(f"{where}: {problem}. {hint}")
        self.where = where
        self.problem = problem
        self.hint = hint


@attrs.frozen(kw_only=True)
class Subset:
    """What may be said: the constraints that are kept, and whether every object must be closed."""

    constraints: frozenset[str]
    formats: frozenset[str]
    is_closed: bool
    """Every object lists its members, all of them required; nothing is of any type."""


_CONSTRAINTS: Final = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "contentEncoding",
)

STRICT: Final = Subset(
    constraints=frozenset(
        {
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minItems",
            "maxItems",
        }
    ),
    formats=frozenset(
        {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
    ),
    is_closed=True,
)
"""What the Responses API takes as a strict schema of an answer. (``pattern`` too, but not every
one, and a refused schema fails the turn.)"""

TOOL: Final = Subset(constraints=frozenset(), formats=frozenset(), is_closed=False)
"""What the app-server passes on of a tool's schema: every constraint is dropped by it."""

_TYPES: Final[dict[type, str]] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def fit_schema(schema: Schema, subset: Subset, name: str) -> Schema:
    """``schema`` in ``subset``, its root an object that lists its members.

    Titles and defaults are left out; a constraint that the subset does not have is put into the
    description, in words. ``name`` is what to call the root in an error. Raises `SchemaProblem`.
    """
    fitted = _node(schema, subset, name)
    named: dict[str, Schema] = schema.get("$defs", {})
    parts = {key: _node(part, subset, key) for key, part in named.items()}
    if set(fitted) == {"$ref"}:
        fitted = dict(parts[_target(fitted["$ref"])])
    if "properties" not in fitted:
        raise SchemaProblem(
            name,
            "is not an object with named members, which the outermost type must be",
            "Wrap it in a class with one field",
        )
    used = _reachable(fitted, parts)
    if used:
        fitted["$defs"] = {key: part for key, part in parts.items() if key in used}
    return fitted


def _target(reference: str) -> str:
    return reference.rpartition("/")[2]


def _reachable(root: Schema, parts: dict[str, Schema]) -> set[str]:
    """The parts that ``root`` refers to, by way of others too."""
    found: set[str] = set()
    todo = [root]
    while todo:
        for name in _references(todo.pop()):
            if name not in found:
                found.add(name)
                todo.append(parts[name])
    return found


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        members = cast("Schema", node)
        if isinstance(members.get("$ref"), str):
            yield _target(members["$ref"])
        node = list(members.values())
    if isinstance(node, list):
        for item in cast("list[object]", node):
            yield from _references(item)


def _node(node: Schema, subset: Subset, where: str) -> Schema:
    """One schema, made to fit, with all that is inside."""
    node = _merged(node, where)
    out: Schema = {}
    description = _description(node, subset)
    if description:
        out["description"] = description
    shape = _shape(node, subset, where)
    if "$ref" in shape and description:
        # A reference stands alone.
        shape = {"anyOf": [shape]}
    return out | shape


def _merged(node: Schema, where: str) -> Schema:
    """``node`` with an ``allOf`` of one part written out."""
    parts: list[Schema] = node.get("allOf", [])
    if not parts:
        return node
    if len(parts) != 1:
        raise SchemaProblem(where, "combines several schemas (allOf)", "Use one class for it")
    return {key: value for key, value in node.items() if key != "allOf"} | parts[0]


def _description(node: Schema, subset: Subset) -> str:
    """The description, and in words what else is asked for and cannot be said."""
    words = [
        f"{key}: {node[key]}"
        for key in _CONSTRAINTS
        if key in node and key not in subset.constraints
    ]
    if "format" in node and node["format"] not in subset.formats:
        words.append(f"format: {node['format']}")
    told = f"({', '.join(words)})" if words else ""
    return " ".join(filter(None, (node.get("description"), told)))


def _shape(node: Schema, subset: Subset, where: str) -> Schema:
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    alternatives: list[Schema] = node.get("anyOf", []) or node.get("oneOf", [])
    if alternatives:
        return {"anyOf": [_node(part, subset, where) for part in alternatives]}
    if "const" in node:
        node = node | {"enum": [node["const"]]}
    if "enum" in node:
        return {"type": node.get("type") or _type_of(node["enum"]), "enum": node["enum"]}
    kind = node.get("type")
    if kind is None:
        return _anything(subset, where)
    special = _SHAPES.get(kind) if isinstance(kind, str) else None
    shape: Schema = {"type": kind}
    if special is not None:
        shape |= special(node, subset, where)
    shape |= {key: node[key] for key in _CONSTRAINTS if key in node and key in subset.constraints}
    if node.get("format") in subset.formats:
        shape["format"] = node["format"]
    return shape


def _anything(subset: Subset, where: str) -> Schema:
    if subset.is_closed:
        raise SchemaProblem(
            where,
            "may be anything, and a strict schema must say what",
            "Give it a type; for free JSON use str, and decode that",
        )
    return {}


def _type_of(values: list[object]) -> str | list[str]:
    """The JSON type of the values of an enum: the server takes one without for strings."""
    kinds = sorted({_TYPES.get(type(value), "null") for value in values})
    return kinds[0] if len(kinds) == 1 else kinds


def _object(node: Schema, subset: Subset, where: str) -> Schema:
    others: object = node.get("additionalProperties")
    if "properties" not in node:
        if subset.is_closed:
            raise SchemaProblem(
                where,
                "is a mapping with free keys, and a strict schema must name every member",
                "Use a list of a class with a key and a value",
            )
        if isinstance(others, dict):
            others = _node(cast("Schema", others), subset, f"{where}[]")
        return {} if others is None else {"additionalProperties": others}
    named: dict[str, Schema] = node["properties"]
    members = {name: _node(part, subset, f"{where}.{name}") for name, part in named.items()}
    if subset.is_closed:
        return {"properties": members, "required": list(members), "additionalProperties": False}
    closed: Schema = {"additionalProperties": False} if others is False else {}
    return {"properties": members, "required": node.get("required", [])} | closed


def _array(node: Schema, subset: Subset, where: str) -> Schema:
    items: Schema = node.get("items", {})
    places: list[Schema] = node.get("prefixItems", [])
    if places:
        # A tuple. Neither subset has places, so they must be alike.
        items = places[0]
        if places.count(items) != len(places):
            raise SchemaProblem(
                where,
                "is a tuple (or an array-like class) of different types",
                "Use a class with named fields",
            )
    return {"items": _node(items, subset, f"{where}[]")}


_SHAPES: Final[dict[str, Callable[[Schema, Subset, str], Schema]]] = {
    "array": _array,
    "object": _object,
}
