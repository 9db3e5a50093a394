"""The method tables and the index of names as text.

Owns ``tables.py`` (typed rows by wire name) and ``names.py`` (which module has which public name)
with the stub that shows the same to type checkers. Knows nothing of the inside of a type. Entry
point: `render_tables`.
"""

from __future__ import annotations

from codex_runtime.protocol.generator import selection
from codex_runtime.protocol.generator.plan import MethodPlan, Plan, constant_of
from codex_runtime.protocol.generator.render import PACKAGE, exports_of, header
from codex_runtime.protocol.generator.text import (
    WIDTH,
    call,
    entry,
    export_key,
    import_lines,
    words,
)
from codex_runtime.protocol.schema_file import SchemaError

__all__ = ["render_tables"]

_ROOM = "codex_runtime.protocol"


def render_tables(plan: Plan) -> dict[str, str]:
    """The file names with their text."""
    return {"names.py": _names(plan), "names.pyi": _stub(plan), "tables.py": _tables(plan)}


def _path(plan: Plan, definition: str, name: str | None = None) -> str:
    return f'"{plan.domains[definition]}:{name or plan.reader.name_of(definition)}"'


def _tables(plan: Plan) -> str:
    constants = sorted(constant_of(method.name) for method in plan.methods)
    if len(set(constants)) != len(constants):
        raise SchemaError(f"two methods share a constant: {constants}")
    public = [*constants, "CLIENT_ROWS", "NOTIFICATION_ROWS", "SERVER_REQUEST_ROWS"]
    types: dict[str, set[str]] = {}
    for method in plan.methods:
        for definition in (method.params, method.result):
            if definition is not None:
                module = f"{PACKAGE}.{plan.domains[definition]}"
                types.setdefault(module, set()).add(plan.reader.name_of(definition))
    rows_module = {f"{_ROOM}.rows": ["Method", "NotificationRow", "ServerRequestRow"]}
    lines = header(plan, "The method tables: every row by its wire name.", [])
    lines += ["from typing import TYPE_CHECKING, Any, Final", ""]
    lines += [*import_lines(rows_module), "", "if TYPE_CHECKING:"]
    lines += import_lines(types, "    ")
    lines += [
        "",
        "__all__ = [",
        *(f'    "{name}",' for name in sorted(public, key=export_key)),
        "]",
        "",
    ]
    for method in plan.methods:
        lines += _method(plan, method)
    lines += ["", "# Any: the rows differ in their types; a constant above has its own."]
    lines += ["CLIENT_ROWS: Final[tuple[Method[Any, Any], ...]] = ("]
    lines += [f"    {constant_of(method.name)}," for method in plan.methods]
    lines += [")", "", "NOTIFICATION_ROWS: Final[tuple[NotificationRow, ...]] = ("]
    for row in plan.notifications:
        arguments = [f'"{row.name}"', _path(plan, row.payload, row.type_name)]
        arguments.append(f'route="{row.route}"')
        arguments += ["mergeable=True"] if row.mergeable else []
        arguments += ["experimental=True"] if row.experimental else []
        lines += entry("NotificationRow", arguments, "    ")
    lines += [")", "", "SERVER_REQUEST_ROWS: Final[tuple[ServerRequestRow, ...]] = ("]
    for request in plan.server_requests:
        arguments = [f'"{request.name}"', _path(plan, request.params)]
        arguments.append(_path(plan, request.response))
        arguments += ["experimental=True"] if request.experimental else []
        lines += entry("ServerRequestRow", arguments, "    ")
    return "\n".join([*lines, ")"]) + "\n"


def _method(plan: Plan, method: MethodPlan) -> list[str]:
    params = "None" if method.params is None else plan.reader.name_of(method.params)
    if method.params is not None and method.optional:
        params += " | None"
    result = plan.reader.name_of(method.result)
    path = '""' if method.params is None else _path(plan, method.params)
    arguments = [f'"{method.name}"', path, _path(plan, method.result)]
    arguments += ["experimental=True"] if method.experimental else []
    arguments += [f'gate="{method.gate}"'] if method.gate != "quick" else []
    name, kind = constant_of(method.name), f"Method[{params}, {result}]"
    single = f"{name}: Final[{kind}] = Method("
    if len(single) <= WIDTH:
        return call(single[:-1], arguments)
    if len(single) - len("Method") <= WIDTH:
        inner = call("Method", arguments, "    ")
        return [f"{single.removesuffix('Method(')}(", *inner, ")"]
    inner = [f"    {kind}"]
    if len(inner[0]) > WIDTH:
        inner = ["    Method[", f"        {params}, {result}", "    ]"]
    return [f"{name}: Final[", *inner, *call("] = Method", arguments)]


def _homes(plan: Plan) -> dict[str, list[str]]:
    """The public names by module, both in the order of the alphabet."""
    modules: dict[str, list[str]] = {}
    for definition, domain in plan.domains.items():
        modules.setdefault(f"generated.{domain}", []).extend(exports_of(plan, definition))
    modules["generated.tables"] = [constant_of(method.name) for method in plan.methods]
    for name, module in selection.HAND_WRITTEN.items():
        modules.setdefault(module, []).append(name)
    return {module: sorted(modules[module]) for module in sorted(modules)}


def _names(plan: Plan) -> str:
    """The index as it runs: one string per module, because a thousand short ones load slowly."""
    lines = header(plan, "Which module has which public name of the package.", [])
    lines += ["from typing import Final", ""]
    lines += ["_NAMES: Final[dict[str, str]] = {"]
    for module, names in _homes(plan).items():
        lines += words(f'"{module}"', names)
    lines += [
        "}",
        "",
        "MODULE_OF: Final[dict[str, str]] = {",
        "    name: module for module, names in _NAMES.items() for name in names.split()",
        "}",
        "",
        "__all__ = list(MODULE_OF)  # pyright: ignore[reportUnsupportedDunderAll]",
    ]
    return "\n".join(lines) + "\n"


def _stub(plan: Plan) -> str:
    """The index as type checkers see it: every name from its module."""
    homes = {f"{_ROOM}.{module}": names for module, names in _homes(plan).items()}
    public = sorted((name for names in homes.values() for name in names), key=export_key)
    lines = ["# What `names` is to a type checker: every public name, from the module that has it."]
    lines += ["# Generated with it.", "", "from typing import Final", "", *import_lines(homes), ""]
    lines += ["MODULE_OF: Final[dict[str, str]]", ""]
    lines += ["__all__: list[str] = [", *(f'    "{name}",' for name in public), "]"]
    return "\n".join(lines) + "\n"
