"""JSON values made from the schema: one for every alternative at every place, and newer ones.

Owns the walk over the canonical schema. `Samples.of` gives values that are valid; `Samples.newer`
takes one change of a future server at one place at a time: a field more, a tag or a value that no
alternative has. Knows none of our types, so that it can judge them. Enter at `Samples`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["NEW_FIELD", "NEW_NAME", "Change", "Newer", "Samples"]

# A JSON value, or a node of the schema, which is one too: looked into key by key.
Json: TypeAlias = Any

Change: TypeAlias = Literal["field", "tag", "value"]

NEW_FIELD: Final = "since tomorrow"
NEW_NAME: Final = "never heard of"

_SCALARS: Final[Mapping[str, Json]] = {
    "string": "some text",
    "integer": 7,
    "number": 0.5,
    "boolean": True,
    "null": None,
}
_ANY: Final = {"any": [1, None, {"of": "them"}]}


class Newer(NamedTuple):
    """A value with one change in it."""

    change: Change
    place: str
    """Where, as a JSON path."""
    value: Json
    is_allowed: bool = False
    """The schema allows any further field there."""


class Samples:
    """Values of the definitions of one schema."""

    def __init__(
        self, definitions: Mapping[str, Json], opaque: frozenset[str] = frozenset()
    ) -> None:
        """`newer` changes nothing inside the ``opaque`` definitions."""
        self._definitions = definitions
        self._opaque = opaque

    def of(self, definition: str) -> Iterator[Json]:
        """The smallest value, the fullest, and the fullest with each other alternative in turn."""
        node = {"$ref": definition}
        yield self._smallest(node)
        yield from self._each(node)

    def newer(self, definition: str) -> Iterator[Newer]:
        """The fullest value with one change, for each place where a server could make one."""
        yield from self._newer({"$ref": definition}, "$")

    # -- reading a node --------------------------------------------------------------------------

    def _resolved(self, node: Json) -> Json:
        while isinstance(node, dict):
            if "$ref" in node:
                node = self._definitions[node["$ref"]]
            elif "allOf" in node:
                (node,) = node["allOf"]
            else:
                break
        return node

    def _alternatives(self, node: Json) -> list[Json]:
        """What a value of the node may be, as nodes without a choice of their own."""
        node = self._resolved(node)
        if not isinstance(node, dict):
            return [node]
        for key in ("oneOf", "anyOf"):
            if key in node:
                shared = {name: part for name, part in node.items() if name != key}
                return [
                    one
                    for part in node[key]
                    for one in self._alternatives(_joined(shared, self._resolved(part)))
                ]
        if "enum" in node:
            return [{**node, "enum": [value]} for value in node["enum"]]
        if isinstance(node.get("type"), list):
            return [
                {**node, "type": kind} if kind in ("array", "object") else {"type": kind}
                for kind in node["type"]
            ]
        return [node]

    def _smallest(self, node: Json) -> Json:
        return self._value(self._alternatives(node)[0], full=False)

    def _fullest(self, node: Json) -> Json:
        return self._value(self._alternatives(node)[0], full=True)

    def _value(self, node: Json, *, full: bool) -> Json:
        """A value of one alternative."""
        if not isinstance(node, dict):
            return _ANY
        if "enum" in node:
            return node["enum"][0]
        match node.get("type"):
            case "array":
                return [self._fullest(node.get("items", True))] if full else []
            case "object":
                return self._object(node, full=full)
            case None:
                return _ANY
            case kind:
                return _SCALARS[kind]

    def _object(self, node: Json, *, full: bool) -> Json:
        if "properties" in node:
            part = self._fullest if full else self._smallest
            wanted = node["properties"] if full else node.get("required", ())
            return {name: part(node["properties"][name]) for name in wanted}
        is_map = full and "additionalProperties" in node
        return {"some key": self._fullest(node["additionalProperties"])} if is_map else {}

    # -- one place after the other ---------------------------------------------------------------

    def _each(self, node: Json) -> Iterator[Json]:
        for one in self._alternatives(node):
            yield self._value(one, full=True)
            for key, inner in _places(one):
                first = True
                for value in self._each(inner):
                    if not first:  # the first is what stands there already
                        yield _with(self._value(one, full=True), key, value)
                    first = False

    def _newer(self, node: Json, path: str) -> Iterator[Newer]:
        if isinstance(node, dict) and node.get("$ref") in self._opaque:
            return
        alternatives = self._alternatives(node)
        if (tag := _tag_field(alternatives)) is not None:
            yield Newer("tag", path, {**self._value(alternatives[0], full=True), tag: NEW_NAME})
        elif any(isinstance(one, dict) and "enum" in one for one in alternatives):
            yield Newer("value", path, NEW_NAME)
        for one in alternatives:
            if isinstance(one, dict) and "properties" in one:
                longer = {**self._value(one, full=True), NEW_FIELD: _ANY}
                is_allowed = one.get("additionalProperties") is True
                yield Newer("field", path, longer, is_allowed)
            for key, inner in _places(one):
                if tag is not None and key == tag:
                    continue
                for newer in self._newer(inner, f"{path}{_step(key)}"):
                    whole = _with(self._value(one, full=True), key, newer.value)
                    yield newer._replace(value=whole)


def _joined(shared: Json, part: Json) -> Json:
    """An alternative with what the node says beside its alternatives."""
    if not isinstance(part, dict):
        return part
    fields = {**shared.get("properties", {}), **part.get("properties", {})}
    joined = {**shared, **part}
    if fields:
        required = [*shared.get("required", ()), *part.get("required", ())]
        joined |= {"properties": fields, "required": required}
    return joined


def _places(node: Json) -> Iterator[tuple[str | int, Json]]:
    """The parts of a value of one alternative, by where they stand in its fullest form."""
    if not isinstance(node, dict):
        return
    if "properties" in node:
        yield from node["properties"].items()
    elif "additionalProperties" in node:
        yield "some key", node["additionalProperties"]
    elif node.get("type") == "array":
        yield 0, node.get("items", True)


def _with(value: Json, key: str | int, part: Json) -> Json:
    """The value with another part at one place."""
    if isinstance(value, list):
        return [part]
    return {**value, key: part}


def _step(key: str | int) -> str:
    return f"[{key}]" if isinstance(key, int) else f".{key}"


def _tag_field(alternatives: list[Json]) -> str | None:
    """The field that tells several objects apart; ``type`` before any other."""
    found: set[str] | None = None
    objects = [one for one in alternatives if isinstance(one, dict) and "properties" in one]
    for one in objects:
        constants = {
            name
            for name, field in one["properties"].items()
            if isinstance(field, dict)
            and len(field.get("enum", ())) == 1
            and name in one.get("required", ())
        }
        found = constants if found is None else found & constants
    return min(found, key=lambda name: (name != "type", name)) if found else None
