"""The small model of Python declarations between the schema and the text.

Owns the value classes that one definition of the schema becomes. Knows neither how a definition is
read (`shapes`) nor how a declaration is written (`render`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from codex_runtime.protocol.schema_file import Json

__all__ = ["Alias", "Declaration", "Enum", "Expr", "Field", "Struct", "Union", "Unit"]


@dataclass(frozen=True)
class Expr:
    """A Python type expression; ``None`` is kept apart so that directions can add their part."""

    text: str
    nullable: bool = False
    scalar: bool = False
    refs: frozenset[str] = frozenset()
    """The definitions it names."""


@dataclass(frozen=True)
class Field:
    """One field of a struct."""

    wire: str
    name: str
    type: Expr
    required: bool
    default: Json
    """The schema's default, None when it has none."""
    doc: str


@dataclass(frozen=True)
class Struct:
    """A msgspec struct."""

    name: str
    doc: str
    fields: tuple[Field, ...]
    tag: tuple[str, str] | None = None
    """Tag field and tag, for a variant of a union."""
    external: bool = False
    """The object form of an externally tagged enum: exactly one field is set."""
    open: bool = False
    """Takes any further field."""


@dataclass(frozen=True)
class Enum:
    """An open enum: the known strings, or any other."""

    name: str
    doc: str
    values: tuple[tuple[str, str], ...]
    """Each value with its description."""
    detail: str | None = None
    """The struct of its object form, when it has one."""


@dataclass(frozen=True)
class Union:
    """A union of structs told apart by a tag field."""

    name: str
    doc: str
    tag_field: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Alias:
    """Another name for a type expression."""

    name: str
    doc: str
    type: Expr


Declaration: TypeAlias = Struct | Enum | Union | Alias


@dataclass(frozen=True)
class Unit:
    """What one definition became; ``refs`` are the definitions it needs."""

    definition: str
    declarations: tuple[Declaration, ...]
    refs: frozenset[str]
