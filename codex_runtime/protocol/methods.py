"""The method tables by wire name, and the gate class of any method.

Owns the read-only views of the generated rows; knows no type until one is asked for. Typed code
takes the constants (``THREAD_START``) of the package; code that only has a name takes the tables.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from codex_runtime.protocol.generated import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_runtime.protocol.rows import Gate, Method, NotificationRow, ServerRequestRow

__all__ = ["CLIENT_METHODS", "NOTIFICATIONS", "SERVER_REQUESTS", "gate_of"]

# Any: the rows differ in their types; the constants have each its own.
CLIENT_METHODS: Final[Mapping[str, Method[Any, Any]]] = MappingProxyType(
    {row.name: row for row in tables.CLIENT_ROWS}
)
"""Client methods by wire name."""

NOTIFICATIONS: Final[Mapping[str, NotificationRow]] = MappingProxyType(
    {row.method: row for row in tables.NOTIFICATION_ROWS}
)
"""Notifications by wire name."""

SERVER_REQUESTS: Final[Mapping[str, ServerRequestRow]] = MappingProxyType(
    {row.method: row for row in tables.SERVER_REQUEST_ROWS}
)
"""Requests of the server by wire name."""


def gate_of(name: str) -> Gate:
    """The gate class of a method by its wire name; a method not known may run long: slow."""
    row = CLIENT_METHODS.get(name)
    return "slow" if row is None else row.gate
