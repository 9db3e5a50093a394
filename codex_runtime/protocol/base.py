"""The two bases of every generated struct, and the name for plain JSON.

Owns how a struct meets the wire: camelCase names, keyword-only, frozen. Absent and null differ in
what we send (``UNSET`` and ``None``). Knows no Codex word. Enter through the generated modules.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias

import msgspec

__all__ = ["JsonValue", "OpenWire", "Wire"]

# Any: the schema allows every JSON value here, so there is no narrower type to state.
JsonValue: TypeAlias = Any


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of all structs that cross the wire."""

    CARRIES_EXTRA: ClassVar[bool] = False
    """An `OpenWire` stands somewhere inside, so decoding has to look at every field."""


class OpenWire(Wire, frozen=True, kw_only=True):
    """A struct whose object may hold any further field."""

    extra: dict[str, JsonValue] = {}
    """The fields that the schema does not name, by wire name, as plain JSON."""
