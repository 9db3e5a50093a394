"""What one schema says that another does not, and which of it this library uses.

Owns the comparison of two loaded schemas, as values: a place that is new in both its parts is told
once, at the top. Knows neither files nor binaries nor words for people. Enter at `compare`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from codex_runtime.protocol.schema_facts import Kind, facts_of, references_of
from codex_runtime.protocol.schema_file import ODD_SHAPE, odd_shape
from codex_runtime.protocol.used import (
    USED_CLIENT_METHODS,
    USED_CLIENT_NOTIFICATIONS,
    USED_NOTIFICATIONS,
    USED_SERVER_REQUESTS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_runtime.protocol.schema_facts import Fact
    from codex_runtime.protocol.schema_file import Schema

__all__ = ["Change", "ChangedWhat", "SchemaDiff", "compare"]

ChangedWhat: TypeAlias = Literal["added", "removed", "type", "required", "stability"]
"""What happened at a place."""

_KINDS: Final[dict[Kind, int]] = {
    "client method": 0,
    "client notification": 1,
    "notification": 2,
    "server request": 3,
    "type": 4,
    "field": 4,
    "tag": 4,
    "value": 4,
}


@attrs.frozen(kw_only=True)
class Change:
    """One difference."""

    kind: Kind
    place: str
    """A wire name, or a place in a definition: ``Thread.name``, ``ThreadItem[plan].text``,
    ``TurnStatus "failed"``."""
    owner: str
    """The definition it is in; of a method its own name."""
    change: ChangedWhat
    before: str = ""
    """What it was: a type, ``required`` or ``optional``, ``stable`` or ``experimental``; all of
    these for what was removed; empty for what was added."""
    after: str = ""
    """The same of what it is now."""
    used_by: tuple[str, ...] = ()
    """The methods, notifications and server requests of `used` that it is part of, sorted."""


@attrs.frozen(kw_only=True)
class SchemaDiff:
    """All differences, methods first, then types; each sorted by place."""

    before: str
    """The version of the first schema."""
    after: str
    """The version of the second one."""
    changes: tuple[Change, ...]

    def used(self) -> SchemaDiff:
        """The part of it that concerns this library."""
        kept = tuple(change for change in self.changes if change.used_by)
        return attrs.evolve(self, changes=kept)


def compare(before: Schema, after: Schema) -> SchemaDiff:
    """Every difference between two schemas; descriptions and defaults are not compared.

    Raises:
        SchemaError: one of them is no schema of an app-server.
    """
    try:
        return _compare(before, after)
    except ODD_SHAPE as problem:
        raise odd_shape(problem) from problem


def _compare(before: Schema, after: Schema) -> SchemaDiff:
    old, new = facts_of(before), facts_of(after)
    users = _users(before, after)
    found: list[Change] = []
    for key in old.keys() | new.keys():
        fact = new.get(key) or old[key]
        used_by = users.get(fact.owner, ())
        for what, was, now in _differences(key, old, new):
            found.append(
                Change(
                    kind=fact.kind,
                    place=fact.place,
                    owner=fact.owner,
                    change=what,
                    before=was,
                    after=now,
                    used_by=used_by,
                )
            )
    found.sort(key=lambda one: (_KINDS[one.kind], one.owner, one.place, one.change))
    return SchemaDiff(before=before.version, after=after.version, changes=tuple(found))


def _differences(
    key: str, old: Mapping[str, Fact], new: Mapping[str, Fact]
) -> Iterator[tuple[ChangedWhat, str, str]]:
    was, now = old.get(key), new.get(key)
    if was is not None and now is not None:
        if was.type != now.type:
            yield "type", was.type, now.type
        if was.required != now.required:
            yield "required", _required(was), _required(now)
        if was.stable != now.stable:
            yield "stability", _stability(was), _stability(now)
    elif now is not None:
        if _stands_alone(now, old):
            yield "added", "", _said(now)
    elif was is not None and _stands_alone(was, new):
        yield "removed", _said(was), ""


def _stands_alone(fact: Fact, others: Mapping[str, Fact]) -> bool:
    """Whether it is not told by what holds it: a method, or a part of what is in both.

    A definition is told by the fields that name it.
    """
    return fact.parent in others if fact.parent else fact.kind != "type"


def _said(fact: Fact) -> str:
    parts = [fact.type] if fact.type else []
    if fact.kind == "field":
        parts.append(_required(fact))
    if not fact.stable:
        parts.append(_stability(fact))
    return ", ".join(parts)


def _required(fact: Fact) -> str:
    return "required" if fact.required else "optional"


def _stability(fact: Fact) -> str:
    return "stable" if fact.stable else "experimental"


def _users(*schemas: Schema) -> dict[str, tuple[str, ...]]:
    """By definition, and by method itself, which used ones reach it in any of the schemas."""
    found: dict[str, set[str]] = {}
    for schema in schemas:
        graph = {name: set(references_of(node)) for name, node in schema.definitions.items()}
        for name, roots in _used_roots(schema):
            found.setdefault(name, set()).add(name)
            waiting, seen = list(roots), set[str]()
            while waiting:
                definition = waiting.pop()
                if definition not in seen:
                    seen.add(definition)
                    found.setdefault(definition, set()).add(name)
                    waiting.extend(graph.get(definition, ()))
    return {definition: tuple(sorted(names)) for definition, names in found.items()}


def _used_roots(schema: Schema) -> Iterator[tuple[str, set[str]]]:
    answered = (
        (USED_CLIENT_METHODS, schema.client_methods),
        (USED_SERVER_REQUESTS, schema.server_requests),
    )
    for names, rows in answered:
        for name, answer in names.items():
            yield name, {answer, *references_of(rows.get(name))}
    for name in USED_NOTIFICATIONS:
        yield name, set(references_of(schema.notifications.get(name)))
    for name in USED_CLIENT_NOTIFICATIONS:
        yield name, set(references_of(schema.client_notifications.get(name)))
