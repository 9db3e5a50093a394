"""A schema as a flat map of facts, so that two of them can be laid side by side.

Owns how a place in a schema is written (``Thread.name``, ``ThreadItem[plan].text``,
``TurnStatus "failed"``) and what is said of it: its type, required or not, stable or not. Takes any
shape: what it cannot read says no more than it does. Enter at `facts_of` and `references_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from codex_runtime.protocol.schema_file import Json, Schema

__all__ = ["Fact", "Kind", "facts_of", "references_of"]

Kind: TypeAlias = Literal[
    "client method",
    "client notification",
    "notification",
    "server request",
    "type",
    "field",
    "tag",
    "value",
]
"""What stands at a place; ``tag`` is one form of a union, ``value`` one string of an enum."""

_NULL: Final = "null"
_NO_PARAMS: Final = "no params"


@attrs.frozen(kw_only=True)
class Fact:
    """What a schema says at one place."""

    kind: Kind
    place: str
    """A wire name, or a place in a definition."""
    owner: str
    """The definition it is in; of a method its own name."""
    parent: str
    """The place that holds it; empty for a method and for a definition."""
    type: str
    """Types joined by bars, null last; empty for a value and for a form of a union."""
    required: bool = True
    stable: bool = True


def facts_of(schema: Schema) -> dict[str, Fact]:
    """Every fact of ``schema`` by its place; of a method by its direction and name."""
    facts: dict[str, Fact] = {}
    rows: tuple[tuple[Kind, dict[str, Json]], ...] = (
        ("client method", schema.client_methods),
        ("client notification", schema.client_notifications),
        ("notification", schema.notifications),
        ("server request", schema.server_requests),
    )
    for kind, methods in rows:
        for name, row in methods.items():
            params = _joined(_Walk(name, {}, ()).words(row["params"], name))
            facts[f"{kind} {name}"] = Fact(
                kind=kind,
                place=name,
                owner=name,
                parent="",
                type=_NO_PARAMS if params == _NULL else params,
                stable=row["stable"],
            )
    for name, node in schema.definitions.items():
        walk = _Walk(name, facts, schema.experimental_fields.get(name, ()))
        words = _joined(walk.words(node, name))
        facts[name] = Fact(kind="type", place=name, owner=name, parent="", type=words)
    return facts


def references_of(node: Json) -> Iterator[str]:
    """The definitions that ``node`` names, anywhere inside."""
    members = _members(node)
    if "$ref" in members:
        yield members["$ref"]
    parts = cast("Sequence[Json]", node) if isinstance(node, list) else members.values()
    for part in parts:
        yield from references_of(part)


def _joined(words: Iterable[str]) -> str:
    return " | ".join(sorted(words, key=lambda word: (word == _NULL, word)))


class _Walk:
    """The walk through one definition; what it meets goes into ``facts``."""

    def __init__(self, owner: str, facts: dict[str, Fact], experimental: Iterable[str]) -> None:
        self._owner = owner
        self._facts = facts
        self._experimental = frozenset(experimental)

    def words(self, node: Json, place: str) -> set[str]:
        """The types of ``node``; its parts are noted below ``place``."""
        members = _members(node)
        if "$ref" in members:
            return {members["$ref"]}
        found: set[str] = set()
        for key in ("oneOf", "anyOf"):
            found |= self._alternatives(members.get(key, ()), place)
        for part in members.get("allOf", ()):
            found |= self.words(part, place)
        given = members.get("type", ())
        for kind in [given] if isinstance(given, str) else given:
            found |= self._plain(kind, members, place)
        if "properties" in members and "type" not in members:
            found |= self._plain("object", members, place)
        return found or {"any"}

    def _plain(self, kind: str, node: Mapping[str, Json], place: str) -> set[str]:
        if kind == "array":
            return {f"list of {self._inner(node.get('items'), f'{place}[]')}"}
        if kind == "object":
            return self._object(node, place)
        if "enum" in node and kind != _NULL:
            for value in node["enum"]:
                self._note("value", place, f'{place} "{value}"')
            return {"enum"}
        return {node.get("format", kind) if kind in ("integer", "number") else kind}

    def _inner(self, node: Json, place: str) -> str:
        words = _joined(self.words(node, place))
        return f"({words})" if " | " in words else words

    def _object(self, node: Mapping[str, Json], place: str) -> set[str]:
        required = node.get("required", ())
        for name, part in node.get("properties", {}).items():
            where = f"{place}.{name}"
            words = self.words(part, where)
            self._note("field", place, where, words, required=name in required, name=name)
        values = node.get("additionalProperties")
        if isinstance(values, dict) and "properties" not in node:
            return {f"map of {self._inner(values, f'{place}{{}}')}"}
        return {"object"}

    def _alternatives(self, nodes: Sequence[Json], place: str) -> set[str]:
        """The forms of a union: those with a tag have a place of their own.

        Beside strings the one field of an object is its tag (``{"granular": ...}``).
        """
        tag_field = _common_tag(nodes)
        named_by_field = any(map(_is_plain, nodes))
        found: set[str] = set()
        untagged: list[Mapping[str, Json]] = []
        for node in nodes:
            form = _members(node)
            properties = _members(form.get("properties"))
            if tag := _constants(form).get(tag_field):
                kept = {key: part for key, part in properties.items() if key != tag_field}
                self._note("tag", place, f"{place}[{tag}]")
                self.words({**form, "properties": kept}, f"{place}[{tag}]")
            elif named_by_field and len(properties) == 1:
                ((name, part),) = properties.items()
                self._note("tag", place, f"{place}[{name}]", self.words(part, f"{place}[{name}]"))
            elif properties:
                untagged.append(form)
            else:
                found |= self.words(node, place)
                continue
            found.add("object")
        if untagged:
            self.words(_merged(untagged), place)
        return found

    def _note(
        self,
        kind: Kind,
        parent: str,
        place: str,
        words: Iterable[str] = (),
        *,
        required: bool = True,
        name: str = "",
    ) -> None:
        while parent.endswith(("[]", "{}")):  # the parts of a list or a map are of its field
            parent = parent[:-2]
        self._facts[place] = Fact(
            kind=kind,
            place=place,
            owner=self._owner,
            parent=parent,
            type=_joined(words),
            required=required,
            stable=name not in self._experimental,
        )


def _members(node: Json) -> Mapping[str, Json]:
    """The keywords of a node; ``true`` has none."""
    return cast("Mapping[str, Json]", node) if isinstance(node, dict) else {}


def _constants(node: Json) -> dict[str, str]:
    """The fields of an object that can hold one string alone."""
    values = {
        name: _members(part).get("enum", ())
        for name, part in _members(_members(node).get("properties")).items()
    }
    return {name: str(allowed[0]) for name, allowed in values.items() if len(allowed) == 1}


def _common_tag(nodes: Sequence[Json]) -> str:
    """The field that tells the forms of a union apart, empty when there is none."""
    constants = [set(found) for node in nodes if (found := _constants(node))]
    shared = set[str].intersection(*constants) if constants else set[str]()
    return min(shared, default="")


def _is_plain(node: Json) -> bool:
    """Whether it is a form that is no object of its own, such as a string or a list."""
    members = _members(node)
    return "properties" not in members and members.get("type") != _NULL


def _merged(forms: Sequence[Mapping[str, Json]]) -> Json:
    """One object for several forms that nothing tells apart: required is what all require."""
    parts: dict[str, list[Json]] = {}
    for form in forms:
        for name, part in form["properties"].items():
            parts.setdefault(name, []).append(part)
    required = set[str].intersection(*(set(form.get("required", ())) for form in forms))
    return {
        "type": "object",
        "properties": {name: {"anyOf": seen} for name, seen in parts.items()},
        "required": sorted(required),
    }
