"""The rows of the method tables: what a name on the wire takes and gives.

Owns `Method`, `NotificationRow` and `ServerRequestRow`. Types are named as ``"module:Type"`` and
loaded when first asked for, so that a table of every method costs no import of its types. Knows no
method by name: the rows themselves are generated. Enter through ``methods``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import attrs

__all__ = ["Gate", "Method", "NotificationRow", "Route", "ServerRequestRow", "resolve"]

P = TypeVar("P")
R = TypeVar("R")

Gate: TypeAlias = Literal["control", "quick", "slow"]
"""Which places a request takes at the ingress gate."""

Route: TypeAlias = Literal["turn_id", "turn", "thread", "none"]
"""How a notification names its turn: ``turn_id``, ``turn.id``, ``thread_id`` alone, or not."""

_PACKAGE = "codex_runtime.protocol.generated"


# Any: a params type may be a union, which no type[...] can say; callers go through P and R.
@cache
def resolve(path: str) -> Any:
    """The type at ``"module:Type"``, or None for an empty path; loads its module."""
    if not path:
        return None
    module, _, name = path.partition(":")
    return getattr(import_module(f"{_PACKAGE}.{module}"), name)


@attrs.frozen
class Method(Generic[P, R]):
    """A client method: send a ``P``, get an ``R``."""

    name: str
    """The wire name, such as ``thread/start``."""
    params_path: str
    """``"module:Type"`` of the params; empty for a method without params."""
    result_path: str
    """``"module:Type"`` of the result."""
    experimental: bool = attrs.field(default=False, kw_only=True)
    """Refused unless the connection was opened with the experimental capability."""
    gate: Gate = attrs.field(default="quick", kw_only=True)

    # Any, twice: see resolve.
    @property
    def params_type(self) -> Any:
        """The params' type (a struct or a union of structs), None for a method without."""
        return resolve(self.params_path)

    @property
    def result_type(self) -> Any:
        """The result's type (a struct or a union of structs)."""
        return resolve(self.result_path)


@attrs.frozen
class NotificationRow:
    """A notification that the server sends."""

    method: str
    payload_path: str
    """``"module:Type"`` of the params, which is the event itself."""
    route: Route = attrs.field(kw_only=True)
    """Where its turn is named; the field may still be None."""
    mergeable: bool = attrs.field(default=False, kw_only=True)
    """Its ``delta`` is text that may be concatenated while nobody reads."""
    experimental: bool = attrs.field(default=False, kw_only=True)
    """Not in the stable schema: it may change with any version."""

    @property
    def payload_type(self) -> Any:  # Any: see resolve
        """The event's type."""
        return resolve(self.payload_path)


@attrs.frozen
class ServerRequestRow:
    """A request that the server sends to us."""

    method: str
    params_path: str
    """``"module:Type"`` of the params."""
    response_path: str
    """``"module:Type"`` of the answer we give."""
    experimental: bool = attrs.field(default=False, kw_only=True)
    """Not in the stable schema: it may change with any version."""

    # Any, twice: see resolve.
    @property
    def params_type(self) -> Any:
        """The params' type (a struct or a union of structs)."""
        return resolve(self.params_path)

    @property
    def response_type(self) -> Any:
        """The answer's type."""
        return resolve(self.response_path)
