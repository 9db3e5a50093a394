"""What is generated: every method and all that it needs, with directions and modules.

Owns the choice between sent and received forms and the module of each definition, both computed by
reachability from the methods. Knows nothing of text. Entry point: `make_plan`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from codex_runtime.protocol.generator import naming, selection, wording
from codex_runtime.protocol.generator.declarations import Unit
from codex_runtime.protocol.generator.errata import corrected
from codex_runtime.protocol.generator.shapes import Reader, snake
from codex_runtime.protocol.schema_file import Json, Schema, SchemaError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

__all__ = [
    "MethodPlan",
    "NotificationPlan",
    "Plan",
    "ServerRequestPlan",
    "constant_of",
    "domain_of_name",
    "make_plan",
]


@dataclass(frozen=True)
class MethodPlan:
    """A client method; ``params`` is None for none, ``optional`` when null may be sent."""

    name: str
    params: str | None
    optional: bool
    result: str
    experimental: bool
    gate: str


@dataclass(frozen=True)
class NotificationPlan:
    """A notification; ``payload`` is the definition, ``type_name`` its Python name."""

    name: str
    payload: str
    type_name: str
    route: str
    mergeable: bool
    experimental: bool


@dataclass(frozen=True)
class ServerRequestPlan:
    """A server request; both are definitions."""

    name: str
    params: str
    response: str
    experimental: bool


@dataclass
class Plan:
    """Everything `render` needs."""

    schema: Schema
    reader: Reader
    methods: list[MethodPlan]
    notifications: list[NotificationPlan]
    server_requests: list[ServerRequestPlan]
    units: dict[str, Unit] = field(default_factory=dict[str, Unit])
    sent: set[str] = field(default_factory=set[str])
    received: set[str] = field(default_factory=set[str])
    users: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    domains: dict[str, str] = field(default_factory=dict[str, str])


def make_plan(schema: Schema) -> Plan:
    """The plan of all that the schema has."""
    schema = corrected(schema)
    _check_names(schema)
    reader = Reader(schema)
    plan = Plan(
        schema=schema,
        reader=reader,
        methods=[_method(schema, name) for name in sorted(schema.client_methods)],
        notifications=_notifications(schema, reader),
        server_requests=[_server_request(schema, name) for name in sorted(schema.server_requests)],
    )
    _close(plan)
    _place(plan)
    _check_collisions(plan)
    return plan


def domain_of_name(name: str) -> str:
    """The module of a method or notification by the longest known prefix of its name."""
    fits = [prefix for prefix in selection.DOMAIN_OF_PREFIX if name.startswith(prefix)]
    if not fits:
        raise SchemaError(f"{name}: no module; give its prefix one in selection.DOMAIN_OF_PREFIX")
    return selection.DOMAIN_OF_PREFIX[max(fits, key=len)]


def _params(row: Json, where: str) -> tuple[str | None, bool]:
    """The params' definition and whether null may stand for them."""
    node = row["params"]
    if node == {"type": "null"}:
        return None, True
    if set(node) == {"$ref"}:
        return node["$ref"], False
    if set(node) == {"anyOf"} and {"type": "null"} in node["anyOf"]:
        refs = [part.get("$ref") for part in node["anyOf"] if part != {"type": "null"}]
        if len(refs) == 1 and refs[0]:
            return refs[0], True
    raise SchemaError(f"{where}: params of an unknown shape: {node}")


def _answer(schema: Schema, name: str, params: str | None) -> str:
    answer = selection.RESULTS.get(name) or (params or "").replace("Params", "Response")
    if answer not in schema.definitions or answer == params:
        raise SchemaError(f"{name}: no result definition; name it in selection.RESULTS")
    return answer


def _method(schema: Schema, name: str) -> MethodPlan:
    row = schema.client_methods[name]
    params, optional = _params(row, name)
    result = _answer(schema, name, params)
    return MethodPlan(name, params, optional, result, not row["stable"], _gate(name))


def _gate(name: str) -> str:
    if name in selection.CONTROL:
        return "control"
    return "slow" if name in selection.SLOW else "quick"


def _server_request(schema: Schema, name: str) -> ServerRequestPlan:
    row = schema.server_requests[name]
    params, _ = _params(row, name)
    if params is None:
        raise SchemaError(f"{name}: a server request without params")
    return ServerRequestPlan(name, params, _answer(schema, name, params), not row["stable"])


def _notifications(schema: Schema, reader: Reader) -> list[NotificationPlan]:
    found: list[NotificationPlan] = []
    rows = {name: schema.notifications[name] for name in sorted(schema.notifications)}
    payloads = {name: _params(row, name)[0] for name, row in rows.items()}
    for name, payload in payloads.items():
        if payload is None:
            raise SchemaError(f"{name}: a notification without params")
        shared = sum(other == payload for other in payloads.values()) > 1
        type_name = naming.NOTIFICATION_NAMES.get(name) or reader.name_of(payload)
        if shared and name not in naming.NOTIFICATION_NAMES:
            raise SchemaError(f"{name}: shares {payload}; name it in naming.NOTIFICATION_NAMES")
        route = _route(schema.definitions[payload])
        mergeable, experimental = name in selection.MERGEABLE, not rows[name]["stable"]
        found.append(NotificationPlan(name, payload, type_name, route, mergeable, experimental))
    return found


def _route(node: Json) -> str:
    properties = node.get("properties", {})
    if "turnId" in properties:
        return "turn_id"
    if properties.get("turn") == {"$ref": "Turn"}:
        return "turn"
    return "thread" if "threadId" in properties else "none"


def _check_names(schema: Schema) -> None:
    """Every name in the hand-made lists must still exist."""
    methods = (*selection.CONTROL, *selection.SLOW, *selection.RESULTS)
    _refuse_gone("client method", methods, schema.client_methods)
    notifications = (*selection.MERGEABLE, *naming.NOTIFICATION_NAMES)
    _refuse_gone("notification", notifications, schema.notifications)
    plain = (*naming.NAMES, *naming.VARIANT_SUFFIX, *selection.OPAQUE)
    _refuse_gone("definition", (*plain, *selection.DOMAIN_OF_DEFINITION), schema.definitions)
    known = {
        f"{definition}.{part}"
        for definition, node in schema.definitions.items()
        for part in _parts(node)
    }
    named = (*naming.VARIANT_NAMES, *naming.INLINE_NAMES, *wording.FIELD_DOCS)
    _refuse_gone("part of a definition", named, known)


def _refuse_gone(kind: str, names: Iterable[str], known: Container[str]) -> None:
    if gone := [name for name in names if name not in known]:
        raise SchemaError(f"named by hand, but gone from the schema: {kind} {', '.join(gone)}")


def _parts(node: Json) -> set[str]:
    """The fields and the constants that stand somewhere in a definition."""
    found: set[str] = set()
    if isinstance(node, dict):
        members = cast("dict[str, Json]", node)
        found.update(members.get("properties", ()), members.get("enum", ()))
        for part in members.values():
            found |= _parts(part)
    elif isinstance(node, list):
        for part in cast("list[object]", node):
            found |= _parts(part)
    return found


def _close(plan: Plan) -> None:
    sent = [row.params for row in plan.methods if row.params is not None]
    sent += [row.response for row in plan.server_requests]
    received = [row.result for row in plan.methods]
    received += [row.payload for row in plan.notifications]
    received += [row.params for row in plan.server_requests]
    for roots, reached in ((sent, plan.sent), (received, plan.received)):
        waiting = list(roots)
        while waiting:
            name = waiting.pop()
            if name in reached:
                continue
            reached.add(name)
            unit = plan.units.setdefault(name, plan.reader.read(name))
            waiting.extend(unit.refs)
            for ref in unit.refs:
                plan.users.setdefault(ref, set()).add(name)


def _wanted(plan: Plan) -> dict[str, set[str]]:
    """The modules that methods and notifications ask for their own types."""
    found: dict[str, set[str]] = {}
    uses: list[tuple[str, str | None]] = []
    for method in plan.methods:
        uses += [(method.name, method.params), (method.name, method.result)]
    uses += [(row.name, row.payload) for row in plan.notifications]
    for request in plan.server_requests:
        uses += [(request.name, request.params), (request.name, request.response)]
    for name, definition in uses:
        if definition is not None:
            found.setdefault(definition, set()).add(domain_of_name(name))
    return found


def _place(plan: Plan) -> None:
    rank = {domain: place for place, domain in enumerate(selection.DOMAINS)}
    wanted = _wanted(plan)

    def place(name: str, path: tuple[str, ...]) -> str:
        if name in path:
            raise SchemaError(f"definitions need each other: {' -> '.join((*path, name))}")
        if name not in plan.domains:
            above = {place(user, (*path, name)) for user in sorted(plan.users.get(name, ()))}
            lowest = min(above | wanted.get(name, set()), key=rank.__getitem__)
            chosen = selection.DOMAIN_OF_DEFINITION.get(name, lowest)
            if rank[chosen] > rank[lowest]:
                raise SchemaError(f"{name} is placed in {chosen} but used by {lowest}")
            plan.domains[name] = chosen
        return plan.domains[name]

    for name in sorted(plan.units):
        place(name, ())


def _check_collisions(plan: Plan) -> None:
    owner = dict.fromkeys(selection.HAND_WRITTEN, "hand-written")
    for definition, unit in sorted(plan.units.items()):
        for made in unit.declarations:
            if made.name in owner:
                raise SchemaError(
                    f"{made.name} would name both {owner[made.name]} and {definition}; "
                    "give one a name in naming"
                )
            owner[made.name] = definition
    _refuse_gone("struct", wording.STRUCT_DOCS, owner)


def constant_of(name: str) -> str:
    """The constant of a method: its wire path in upper case."""
    return "_".join(snake(part) for part in name.split("/")).upper()
