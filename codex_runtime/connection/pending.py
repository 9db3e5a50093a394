"""`Pending`: one request between its write and its answer.

Owns what is known of it; the `Connection` moves it on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import trio

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.wire.events import Failure, Result

__all__ = ["Pending"]


@attrs.define(eq=False)
class Pending:
    """A request on its way."""

    method: str
    on_answer: Callable[[bytes], None] | None = None
    on_sent: Callable[[bool], None] | None = None
    writing_since_s: float | None = None
    """When the writer took it, on trio's clock; from there on it cannot be taken back."""
    written: trio.Event = attrs.field(factory=trio.Event)
    answered: trio.Event = attrs.field(factory=trio.Event)
    outcome: Result | Failure | None = None
    """None with ``answered`` set: the connection ended first."""

    @property
    def writing(self) -> bool:
        """Whether some of it may be at the server, which may act on it."""
        return self.writing_since_s is not None
