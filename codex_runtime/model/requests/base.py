"""What kinds of server requests have in common: which thread, turn and item wait.

Owns the two shapes in which params name them, or do not. Does not know a kind, nor an answer.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

import attrs

__all__ = ["ItemRequest", "NamelessRequest"]


class _NamesItem(Protocol):
    @property
    def thread_id(self) -> str: ...
    @property
    def turn_id(self) -> str: ...
    @property
    def item_id(self) -> str: ...


P = TypeVar("P", bound=_NamesItem)
R = TypeVar("R")


@attrs.frozen(kw_only=True, eq=False)
class ItemRequest(Generic[P]):
    """A request about an item of a turn."""

    request_id: int | str
    """Unlike any other of the runtime: every server counts from 0, what is shown here goes on."""
    params: P

    @property
    def thread_id(self) -> str:
        """The thread that waits."""
        return self.params.thread_id

    @property
    def turn_id(self) -> str:
        """The turn that waits."""
        return self.params.turn_id

    @property
    def item_id(self) -> str:
        """The item that waits."""
        return self.params.item_id


@attrs.frozen(kw_only=True, eq=False)
class NamelessRequest(Generic[R]):
    """A request about the client itself."""

    request_id: int | str
    """As of `ItemRequest`."""
    params: R

    @property
    def thread_id(self) -> None:
        """This kind names no thread."""

    @property
    def turn_id(self) -> None:
        """This kind names no turn."""

    @property
    def item_id(self) -> None:
        """This kind names no item."""
