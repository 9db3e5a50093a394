"""The type modules as text.

Owns what a declaration looks like in Python, in the form its direction asks for: what we send
leaves absent fields ``UNSET``, what we only receive defaults to the schema's default or None; a
type used both ways takes the sending form, but keeps the schema's defaults. Entry point:
`render_types`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from codex_runtime.protocol.generator import selection
from codex_runtime.protocol.generator.declarations import (
    Alias,
    Declaration,
    Enum,
    Field,
    Struct,
    Union,
)
from codex_runtime.protocol.generator.shapes import camel
from codex_runtime.protocol.generator.text import (
    WIDTH,
    alias,
    assignment,
    attribute_doc,
    class_head,
    docstring,
    export_key,
    import_lines,
    tidy,
    used_names,
)
from codex_runtime.protocol.schema_file import Json, SchemaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.protocol.generator.plan import NotificationPlan, Plan

__all__ = ["PACKAGE", "exports_of", "header", "render_types"]

PACKAGE = "codex_runtime.protocol.generated"

_OUTSIDE = {
    "typing": ("ClassVar", "Literal", "TypeAlias"),
    "msgspec": ("UNSET", "UnsetType"),
    "codex_runtime.protocol.base": ("JsonValue", "Wire"),
    "codex_runtime.protocol.unknown": (
        "UnknownHandlerType",
        "UnknownItem",
        "UnknownKind",
        "UnknownMode",
        "UnknownVariant",
    ),
}


def header(plan: Plan, what: str, exceptions: list[str]) -> list[str]:
    """The docstring that opens each generated file, and the lint rules it cannot keep."""
    schema = plan.schema
    rules = [f"# ruff: noqa: {', '.join(exceptions)}"] if exceptions else []
    return [
        *rules,
        f'"""{what}',
        "",
        f"Generated from ``{schema.file_name}``, sha256",
        f"``{schema.sha256}``;",
        "change the generator or its selection, then run",
        "``python -m codex_runtime.protocol.generator``.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
    ]


def exports_of(plan: Plan, definition: str) -> list[str]:
    """The public names that one definition gives."""
    return [made.name for made in _declarations(plan, definition)]


def render_types(plan: Plan) -> dict[str, str]:
    """Each type module's file name with its text."""
    return {
        f"{domain}.py": _module(plan, domain)
        for domain in selection.DOMAINS
        if domain in plan.domains.values()
    }


def _module(plan: Plan, domain: str) -> str:
    body: list[str] = []
    for definition in _ordered(plan, domain):
        for made in _declarations(plan, definition):
            body += ["", "", *_declare(plan, definition, made)]
    names = used_names("\n".join(body))
    modules: dict[str, list[str]] = {}
    for other, there in sorted(plan.domains.items()):
        if there != domain:
            for name in exports_of(plan, other):
                if name in names:
                    modules.setdefault(f"{PACKAGE}.{there}", []).append(name)
    for module in ("codex_runtime.protocol.base", "codex_runtime.protocol.unknown"):
        if taken := [name for name in _OUTSIDE[module] if name in names]:
            modules[module] = taken
    own = [
        name
        for definition, there in plan.domains.items()
        if there == domain
        for name in exports_of(plan, definition)
    ]
    lines = header(plan, selection.DOMAINS[domain], _exceptions(body, modules))
    lines += _foreign_imports(names)
    lines += [*import_lines(modules), "", "__all__ = [", *_listed(own), "]"]
    return "\n".join([*lines, *body]) + "\n"


def _listed(names: list[str]) -> list[str]:
    return [f'    "{name}",' for name in sorted(names, key=export_key)]


def _exceptions(body: list[str], modules: dict[str, list[str]]) -> list[str]:
    """PYI051: an open enum is a Literal and str; TC001: msgspec reads annotations at run time."""
    rules = ["PYI051"] if any("Literal[" in line for line in body) else []
    evaluated = used_names("\n".join(_evaluated(body)))
    only_annotations = any(evaluated.isdisjoint(names) for names in modules.values())
    return [*rules, "TC001"] if only_annotations else rules


def _evaluated(body: list[str]) -> list[str]:
    """The lines that run when the module is loaded: aliases, class heads, default factories."""
    lines: list[str] = []
    inside = False
    for line in body:
        starts = line.startswith("class ") or ": TypeAlias = " in line
        if starts or inside or "default_factory=" in line:
            lines.append(line.partition("default_factory=")[2] or line)
        if starts:
            inside = line.endswith("(")
        elif line.startswith(")"):
            inside = False
    return lines


def _foreign_imports(names: set[str]) -> list[str]:
    lines: list[str] = []
    if typing := [name for name in _OUTSIDE["typing"] if name in names]:
        lines += [*import_lines({"typing": typing}), ""]
    third = ["import msgspec"] if "msgspec" in names else []
    if taken := [name for name in _OUTSIDE["msgspec"] if name in names]:
        third += import_lines({"msgspec": taken})
    return [*lines, *third, ""] if third else lines


def _ordered(plan: Plan, domain: str) -> list[str]:
    """The module's definitions by name, each after those it needs."""
    done: list[str] = []

    def add(name: str) -> None:
        if name not in done and plan.domains[name] == domain:
            for ref in sorted(plan.units[name].refs):
                add(ref)
            done.append(name)

    for name in sorted(plan.units):
        add(name)
    return done


def _payloads(plan: Plan, definition: str) -> list[NotificationPlan]:
    return [row for row in plan.notifications if row.payload == definition]


def _declarations(plan: Plan, definition: str) -> list[Declaration]:
    """A definition's declarations; one copy per method for a shared notification payload."""
    made = list(plan.units[definition].declarations)
    rows = _payloads(plan, definition)
    if not rows:
        return made
    (struct,) = (entry for entry in made if entry.name == plan.reader.name_of(definition))
    if not isinstance(struct, Struct):
        raise SchemaError(f"{definition}: a notification that is no plain object")
    rest = [entry for entry in made if entry is not struct]
    return [*rest, *(replace(struct, name=row.type_name) for row in rows)]


def _declare(plan: Plan, definition: str, made: Declaration) -> list[str]:
    if isinstance(made, Struct):
        return _declare_struct(plan, definition, made)
    if isinstance(made, Enum):
        return _declare_enum(made)
    if isinstance(made, Union):
        return _declare_union(plan, definition, made)
    return _declare_alias(made)


def _declare_alias(made: Alias) -> list[str]:
    none = " | None" if made.type.nullable and made.type.text != "JsonValue" else ""
    return [f"{made.name}: TypeAlias = {made.type.text}{none}", *attribute_doc(made.doc, "")]


def _declare_enum(made: Enum) -> list[str]:
    values = [f'"{value}"' for value, _ in made.values]
    others = ["str", *([made.detail] if made.detail else [])]
    literal = f"Literal[{', '.join(values)}]"
    lines = alias(made.name, [literal, *others] if values else others)
    if len(lines) > 1:
        broken = "\n".join(["Literal[", *(f"    {value}," for value in values), "]"])
        lines = alias(made.name, [broken, *others])
    told = " ".join(tidy(f"``{value}``: {doc}") for value, doc in made.values if doc)
    text = f"{tidy(made.doc)} {told}".strip()
    return [*lines, *attribute_doc(text, "")]


def _declare_union(plan: Plan, definition: str, made: Union) -> list[str]:
    members = list(made.members)
    if definition in plan.received:
        by_tag = selection.UNKNOWN_OF_TAG_FIELD.get(made.tag_field)
        unknown = selection.UNKNOWN_OF_UNION.get(definition, by_tag)
        if unknown is None:
            raise SchemaError(f"{definition}: no stand-in for the tag field {made.tag_field}")
        members.append(unknown)
    lines = alias(made.name, members)
    text = f"{tidy(made.doc)} Told apart by ``{made.tag_field}``.".strip()
    return [*lines, *attribute_doc(text, "")]


def _declare_struct(plan: Plan, definition: str, made: Struct) -> list[str]:
    rows = [row for row in _payloads(plan, definition) if row.type_name == made.name]
    mergeable = any(row.mergeable for row in rows)
    options = ["frozen=True", "kw_only=True"]
    sent, received = definition in plan.sent, definition in plan.received
    if made.external or mergeable or (not sent and any(map(_never_null, made.fields))):
        options.append("omit_defaults=True")
    if all(field.type.scalar for field in made.fields):
        options.append("gc=False")
    if made.tag is not None:
        options += [f'tag_field="{made.tag[0]}"', f'tag="{made.tag[1]}"']
    lines = class_head(made.name, "Wire", options)
    lines += docstring(*_struct_doc(plan, definition, made))
    body = [f'    METHOD: ClassVar[str] = "{row.name}"' for row in rows]
    if made.open:
        body.append("    IS_OPEN: ClassVar[bool] = True")
    if body and made.fields:
        body.append("")
    for field in made.fields:
        body += _declare_field(field, sent=sent, received=received, external=made.external)
        body += attribute_doc(_field_doc(field, sent=sent, received=received))
    if mergeable:
        body.append('    merged: int = msgspec.field(default=1, name="?merged")')
        body += attribute_doc("Ours, never on the wire: of how many deltas this one is made.")
    return [*lines, "", *body] if body else lines


def _field_doc(field: Field, *, sent: bool, received: bool) -> str:
    """Its text; a default that the server fills in stands there, the field itself being UNSET."""
    if received or not sent or field.default in (None, False, [], {}):
        return field.doc
    return f"{field.doc} Left out it is ``{field.default}``.".strip()


def _never_null(field: Field) -> bool:
    """Whether it may be absent, but null would not do in its place."""
    return not (field.required or field.type.nullable) and field.default is None


def _struct_doc(plan: Plan, definition: str, made: Struct) -> tuple[str, list[str]]:
    """The summary line and the paragraphs of a struct's docstring."""
    role = _role(plan, definition, made)
    doc = tidy(made.doc)
    if not role and doc:
        end = doc.find(". ")
        first = doc if end < 0 else doc[: end + 1]
        if len(first) <= WIDTH - 10:
            return first, [doc[len(first) :].strip()]
    if not role:
        first, *others = (plan.reader.name_of(user) for user in sorted(plan.users[definition]))
        role = f"Part of `{first}` and {len(others)} others." if others else f"Part of `{first}`."
        if len(others) == 1:
            both = f"Part of `{first}` and `{others[0]}`."
            role = both if len(both) <= WIDTH - 10 else f"Part of `{first}` and another."
    return role, [doc]


def _role(plan: Plan, definition: str, made: Struct) -> str:
    if made.tag is not None:
        return f"`{plan.reader.name_of(definition)}` with {made.tag[0]} ``{made.tag[1]}``."
    if made.name != plan.reader.name_of(definition) and not _payloads(plan, definition):
        is_told = made.external or made.doc
        return "" if is_told else f"Part of `{plan.reader.name_of(definition)}`."
    for row in _payloads(plan, definition):
        if row.type_name == made.name:
            return f"Notification ``{row.name}``."
    return _message_role(plan, definition)


def _message_role(plan: Plan, definition: str) -> str:
    for method in plan.methods:
        if method.params == definition:
            return f"Parameters of ``{method.name}``."
        if method.result == definition:
            return f"Result of ``{method.name}``."
    for request in plan.server_requests:
        if request.params == definition:
            return f"Server request ``{request.name}``."
        if request.response == definition:
            return f"Answer to the server request ``{request.name}``."
    return ""


def _declare_field(field: Field, *, sent: bool, received: bool, external: bool) -> list[str]:
    text = field.type.text
    none = " | None" if field.type.nullable and text != "JsonValue" else ""
    default = ""
    if not field.required:
        if field.default is not None and not (sent and not received):
            default = _default(field.default)
        elif sent and not external:
            text, default = f"{text} | UnsetType", "UNSET"
        else:
            none = " | None" if text != "JsonValue" else ""
            default = "None"
    mutable = default.startswith(("[", "{"))
    renamed = camel(field.name) != field.wire
    if not mutable and not renamed:
        return assignment(field.name, text + none, default)
    arguments: list[str] = []
    if mutable:
        made = f"lambda: {default}" if len(default) > len("[]") else text
        arguments.append(f"default_factory={made}")
    elif default:
        arguments.append(f"default={default}")
    if renamed:
        arguments.append(f'name="{field.wire}"')
    return assignment(field.name, text + none, "msgspec.field", arguments)


def _default(value: Json) -> str:
    """A JSON default as Python source."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        parts = cast("Sequence[Json]", value)
        return f"[{', '.join(_default(part) for part in parts)}]"
    if value == {} or isinstance(value, (bool, int, float)):
        return repr(value)
    raise SchemaError(f"a default of an unknown shape: {value!r}")
