"""Definitions of the schema read into a small model of Python declarations.

Owns the list of shapes that are understood; anything else is refused with the definition's name, so
that a new version of the schema cannot slip through half-read. Knows nothing of directions,
modules or text. Entry point: `Reader.read`.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from typing import cast

from codex_runtime.protocol.generator import naming, selection, wording
from codex_runtime.protocol.generator.declarations import (
    Alias,
    Declaration,
    Enum,
    Expr,
    Field,
    Struct,
    Union,
    Unit,
)
from codex_runtime.protocol.generator.text import tidy
from codex_runtime.protocol.schema_file import Json, Schema, SchemaError

__all__ = ["Reader", "camel", "field_name", "pascal", "snake"]


_NOTES = frozenset({"description", "title", "default", "deprecated"})
_OBJECT_KEYS = _NOTES | {"type", "properties", "required", "additionalProperties"}
_UNION_KEYS = _NOTES | {"oneOf", "anyOf", "type", "properties", "required"}
_STRING_KEYS = _NOTES | {"type", "enum", "minLength", "maxLength", "format"}
_NUMBER_KEYS = _NOTES | {"type", "format", "minimum", "maximum"}
_SCALARS = {"string": "str", "boolean": "bool", "integer": "int", "number": "float"}
_JSON = Expr("JsonValue", nullable=True)
_JSON_OBJECT = "dict[str, JsonValue]"


def snake(name: str) -> str:
    """``threadId`` to ``thread_id``; upper-case runs and ``OAuth`` count as one word."""
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name.replace("OAuth", "Oauth"))
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", spaced).lower()


def camel(name: str) -> str:
    """What msgspec's ``rename="camel"`` makes of a Python field name."""
    head, *tail = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in tail)


def pascal(name: str) -> str:
    """``thread/name_set`` to ``ThreadNameSet``."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^0-9A-Za-z]+", name))


def field_name(wire: str) -> str:
    """The Python name of a wire field."""
    name = snake(wire).strip("_").replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


@dataclass
class _Draft:
    """The declarations and references collected while one definition is read."""

    definition: str
    declarations: list[Declaration] = field(default_factory=list[Declaration])
    refs: set[str] = field(default_factory=set[str])

    def add(self, declaration: Declaration) -> None:
        if declaration not in self.declarations:
            if any(known.name == declaration.name for known in self.declarations):
                raise SchemaError(f"{self.definition}: two shapes named {declaration.name}")
            self.declarations.append(declaration)


class Reader:
    """Reads definitions of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        rows = (*schema.client_methods.values(), *schema.server_requests.values())
        self._said_of_row = {
            row["params"]["$ref"]: _doc(row) for row in rows if "$ref" in row["params"]
        }

    def name_of(self, definition: str) -> str:
        """The Python name of a definition."""
        return naming.NAMES.get(definition, definition.removesuffix("Notification"))

    def read(self, definition: str) -> Unit:
        """The declarations of one definition; raises `SchemaError` for a shape not known."""
        if definition not in self._schema.definitions:
            raise SchemaError(f"{definition}: no such definition")
        node = self._schema.definitions[definition]
        draft = _Draft(definition)
        name, doc = self.name_of(definition), _doc(node) or self._said_of_row.get(definition, "")
        if definition in selection.OPAQUE:
            draft.add(Alias(name, doc, Expr(_JSON_OBJECT)))
        elif "oneOf" in node or "anyOf" in node:
            self._read_union(draft, node, name, doc)
        elif node.get("type") == "object":
            self._read_object(draft, node, name, doc)
        elif "enum" in node:
            _check(node, _STRING_KEYS, definition)
            draft.add(Enum(name, doc, tuple((value, "") for value in node["enum"])))
        else:
            draft.add(Alias(name, doc, self._expr(draft, node, definition)))
        return Unit(definition, tuple(draft.declarations), frozenset(draft.refs))

    def _read_object(self, draft: _Draft, node: Json, name: str, doc: str) -> None:
        message = re.search(r"(Params|Response|Notification)$", draft.definition)
        if "properties" not in node and not message:
            draft.add(Alias(name, doc, self._expr(draft, node, draft.definition)))
            return
        draft.add(self._struct(draft, node, name, doc))

    def _read_union(self, draft: _Draft, node: Json, name: str, doc: str) -> None:
        where = draft.definition
        _check(node, _UNION_KEYS, where)
        variants = node.get("oneOf") or node["anyOf"]
        shared = {key: node[key] for key in ("properties", "required") if key in node}
        if all(_is_constant(variant) for variant in variants):
            draft.add(Enum(name, doc, _values(variants)))
        elif tag_field := _common_tag(variants):
            self._tagged(draft, name, doc, tag_field, [_merge(shared, v) for v in variants])
        elif shared:
            raise SchemaError(f"{where}: properties beside a union without a tag")
        elif _is_external(variants):
            self._external(draft, name, doc, variants)
        elif all(variant.get("type") == "object" for variant in variants):
            draft.add(self._struct(draft, _merge_alternatives({}, variants), name, doc))
        else:
            draft.add(Alias(name, doc, self._alternatives(draft, variants, where)))

    def _tagged(
        self, draft: _Draft, name: str, doc: str, tag_field: str, variants: list[Json]
    ) -> None:
        members: list[str] = []
        for variant in variants:
            (tag,) = variant["properties"][tag_field]["enum"]
            member = _variant_name(draft.definition, tag)
            rest = {
                **variant,
                "properties": {k: v for k, v in variant["properties"].items() if k != tag_field},
                "required": [key for key in variant["required"] if key != tag_field],
            }
            struct = self._struct(draft, rest, member, _doc(variant), (tag_field, tag))
            draft.add(struct)
            members.append(member)
        draft.add(Union(name, doc, tag_field, tuple(members)))

    def _external(self, draft: _Draft, name: str, doc: str, variants: list[Json]) -> None:
        values: list[tuple[str, str]] = []
        fields: list[Field] = []
        for variant in variants:
            if variant.get("type") == ["string", "object"]:
                continue  # the schema's own "or something newer"
            if _is_constant(variant):
                values.extend(_values([variant]))
                continue
            ((wire, inner),) = variant["properties"].items()
            expr = self._expr(draft, inner, f"{draft.definition}.{wire}")
            text = _doc(variant) or _doc(inner)
            fields.append(
                Field(wire, field_name(wire), expr, required=False, default=None, doc=text)
            )
        detail = f"{name}Detail"
        about = f"Object form of `{name}`: one field is set, none for a newer one."
        draft.add(Struct(detail, about, tuple(fields), external=True))
        draft.add(Enum(name, doc, tuple(values), detail))

    def _struct(
        self,
        draft: _Draft,
        node: Json,
        name: str,
        doc: str,
        tag: tuple[str, str] | None = None,
    ) -> Struct:
        where = f"{draft.definition} ({name})"
        _check(node, _OBJECT_KEYS, where)
        required = set(node.get("required", ()))
        properties = node.get("properties", {})
        if unknown := required - set(properties):
            raise SchemaError(f"{where}: requires fields it does not have: {sorted(unknown)}")
        new = self._schema.experimental_fields.get(draft.definition, [])
        fields = tuple(
            self._field(draft, wire, properties[wire], required=wire in required, new=wire in new)
            for wire in sorted(properties, key=lambda wire: (wire not in required, wire))
        )
        names = [entry.name for entry in fields]
        if len(set(names)) != len(names):
            raise SchemaError(f"{where}: two fields share a Python name: {names}")
        text = doc or wording.STRUCT_DOCS.get(name, "")
        return Struct(name, text, fields, tag, open=node.get("additionalProperties") is True)

    def _field(self, draft: _Draft, wire: str, node: Json, *, required: bool, new: bool) -> Field:
        where = f"{draft.definition}.{wire}"
        notes: Json = {} if node is True else node
        doc = wording.FIELD_DOCS.get(where) or _with_unit(_doc(notes), wire, notes)
        if new:
            doc = f"{doc} Experimental: needs ``experimental_api=True``.".strip()
        expr = self._expr(draft, node, where)
        return Field(wire, field_name(wire), expr, required, notes.get("default"), doc)

    def _expr(self, draft: _Draft, node: Json, where: str) -> Expr:
        if node is True or not set(node) - _NOTES:
            return _JSON
        if "$ref" in node:
            _check(node, _NOTES | {"$ref"}, where)
            ref = node["$ref"]
            draft.refs.add(ref)
            scalar = self._is_scalar(ref)
            return Expr(self.name_of(ref), scalar=scalar, refs=frozenset({ref}))
        if "allOf" in node:
            _check(node, _NOTES | {"allOf"}, where)
            (inner,) = node["allOf"]
            return self._expr(draft, inner, where)
        if "anyOf" in node:
            _check(node, _NOTES | {"anyOf"}, where)
            return self._alternatives(draft, node["anyOf"], where)
        types = _types(node)
        nullable = "null" in types
        others = [kind for kind in types if kind != "null"]
        if len(others) != 1:
            raise SchemaError(f"{where}: not one type: {types}")
        expr = self._typed(draft, node, others[0], where)
        return Expr(expr.text, nullable or expr.nullable, expr.scalar, expr.refs)

    def _alternatives(self, draft: _Draft, variants: list[Json], where: str) -> Expr:
        parts = [v for v in variants if v.get("type") != "null"]
        exprs = [self._expr(draft, part, where) for part in parts]
        structs = sum("$ref" in part and not self._is_scalar(part["$ref"]) for part in parts)
        if len(parts) > 1 and structs > 1:
            raise SchemaError(f"{where}: a union of definitions that no tag tells apart")
        return Expr(
            " | ".join(expr.text for expr in exprs),
            len(parts) < len(variants) or any(expr.nullable for expr in exprs),
            all(expr.scalar for expr in exprs),
            frozenset(ref for expr in exprs for ref in expr.refs),
        )

    def _typed(self, draft: _Draft, node: Json, kind: str | None, where: str) -> Expr:
        if kind == "array":
            _check(node, _NOTES | {"type", "items"}, where)
            inner = self._expr(draft, node.get("items", True), f"{where}[]")
            return Expr(f"list[{_with_none(inner)}]", refs=inner.refs)
        if kind == "object":
            _check(node, _OBJECT_KEYS, where)
            return self._mapping(draft, node, where)
        if kind == "string":
            _check(node, _STRING_KEYS, where)
            if "enum" in node:
                values = ", ".join(f'"{value}"' for value in node["enum"])
                return Expr(f"Literal[{values}] | str", scalar=True)
        elif kind in _SCALARS:
            _check(node, _NUMBER_KEYS, where)
        else:
            raise SchemaError(f"{where}: unknown type {kind!r}")
        return Expr(_SCALARS[kind], scalar=True)

    def _mapping(self, draft: _Draft, node: Json, where: str) -> Expr:
        if "properties" in node:
            default = self.name_of(draft.definition) + pascal(where.rpartition(".")[2])
            name = naming.INLINE_NAMES.get(where, default)
            draft.add(self._struct(draft, node, name, _doc(node)))
            return Expr(name)
        values = node.get("additionalProperties", True)
        inner = _JSON if values is True else self._expr(draft, values, f"{where}{{}}")
        return Expr(f"dict[str, {_with_none(inner)}]", refs=inner.refs)

    def _is_scalar(self, definition: str) -> bool:
        node = self._schema.definitions[definition]
        if "oneOf" in node:
            return all(_is_constant(variant) for variant in node["oneOf"])
        return node.get("type") in _SCALARS


def _with_none(expr: Expr) -> str:
    return f"{expr.text} | None" if expr.nullable and expr != _JSON else expr.text


def _doc(node: Json) -> str:
    text = " ".join(str(node.get("description", "")).split())
    for pattern, replacement in wording.REWRITTEN:
        text = re.sub(pattern, replacement, text)
    return text


def _with_unit(text: str, wire: str, node: Json) -> str:
    """A number's text, with the unit that its name tells where the text does not."""
    if not {"integer", "number"} & set(_types(node)):
        return text
    for suffix, word, unit in wording.UNITS:
        if wire.endswith(suffix):
            return text if word in text.lower() else f"{tidy(text)} {unit}".strip()
    return text


def _check(node: Json, allowed: frozenset[str] | set[str], where: str) -> None:
    if unknown := set(node) - allowed:
        raise SchemaError(f"{where}: keywords not known to the generator: {sorted(unknown)}")


def _types(node: Json) -> list[str | None]:
    kind = node.get("type")
    return cast("list[str | None]", kind) if isinstance(kind, list) else [kind]


def _is_constant(variant: Json) -> bool:
    return variant.get("type") == "string" and "enum" in variant


def _values(variants: list[Json]) -> tuple[tuple[str, str], ...]:
    return tuple((value, _doc(variant)) for variant in variants for value in variant["enum"])


def _common_tag(variants: list[Json]) -> str | None:
    """The field that holds one constant in every variant; ``type`` before any other."""
    found: set[str] | None = None
    for variant in variants:
        constants = {
            key
            for key, node in variant.get("properties", {}).items()
            if node is not True
            and len(node.get("enum", ())) == 1
            and key in variant.get("required", ())
        }
        found = constants if found is None else found & constants
    return min(found, key=lambda key: (key != "type", key)) if found else None


def _is_external(variants: list[Json]) -> bool:
    def fits(variant: Json) -> bool:
        if _is_constant(variant) or variant.get("type") == ["string", "object"]:
            return True
        return variant.get("additionalProperties") is False and len(variant["properties"]) == 1

    return all(fits(variant) for variant in variants)


def _merge(shared: Json, variant: Json) -> Json:
    """A variant with the union's own fields, and with alternatives inside it made optional."""
    node: Json = {
        **variant,
        "properties": {**shared.get("properties", {}), **variant.get("properties", {})},
        "required": [*shared.get("required", ()), *variant.get("required", ())],
    }
    alternatives: list[Json] = variant.get("anyOf", [])
    node.pop("anyOf", None)
    return _merge_alternatives(node, alternatives)


def _merge_alternatives(base: Json, alternatives: list[Json]) -> Json:
    """One object for several: what all of them require stays required."""
    if not alternatives:
        return base
    everywhere: set[str] = set(alternatives[0].get("required", ()))
    for part in alternatives:
        everywhere &= set(part.get("required", ()))
    properties = {**base.get("properties", {})}
    for part in alternatives:
        properties.update(part["properties"])
    required: list[str] = [*base.get("required", ()), *sorted(everywhere)]
    return {"type": "object", **base, "properties": properties, "required": required}


def _variant_name(definition: str, tag: str) -> str:
    by_hand = naming.VARIANT_NAMES.get(f"{definition}.{tag}")
    if by_hand is not None:
        return by_hand
    head = pascal(tag)
    suffix = naming.VARIANT_SUFFIX.get(definition, definition)
    words = re.findall(r"[A-Z][^A-Z]*", suffix)
    for length in range(len(words), 0, -1):  # "ExternalSandbox" + "SandboxPolicy" say Sandbox once
        overlap = "".join(words[:length])
        if head.endswith(overlap):
            return head + suffix[len(overlap) :]
    return head + suffix
