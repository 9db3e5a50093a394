# ruff: noqa: TC001
"""The sections that threads are sorted into.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.threads import ThreadSection, ThreadSectionAppearance

__all__ = [
    "ThreadSectionCreateParams",
    "ThreadSectionCreateResponse",
    "ThreadSectionDeleteParams",
    "ThreadSectionDeleteResponse",
    "ThreadSectionListParams",
    "ThreadSectionListResponse",
    "ThreadSectionMoveParams",
    "ThreadSectionMoveResponse",
    "ThreadSectionUpdateParams",
    "ThreadSectionUpdateResponse",
]


class ThreadSectionCreateParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``threadSection/create``.

    Parameters for creating an independently persisted thread section.
    """

    name: str
    """The user-visible name of the section."""
    appearance: ThreadSectionAppearance | UnsetType | None = UNSET


class ThreadSectionCreateResponse(Wire, frozen=True, kw_only=True):
    """Result of ``threadSection/create``.

    The independently persisted section created by the server.
    """

    section: ThreadSection


class ThreadSectionDeleteParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``threadSection/delete``.

    Parameters for deleting an independently persisted thread section.
    """

    section_id: str
    """The stable, server-generated identity of the section to delete."""


class ThreadSectionDeleteResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``threadSection/delete``.

    Successful deletion does not return additional section data.
    """


class ThreadSectionListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``threadSection/list``.

    Parameters for listing independently persisted thread sections.
    """

    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    limit: int | UnsetType | None = UNSET
    """Maximum number of sections to return."""


class ThreadSectionListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``threadSection/list``.

    One page of independently persisted thread sections.
    """

    data: list[ThreadSection]
    next_cursor: str | None = None
    """Opaque cursor for the next page, or `null` when no sections remain."""


class ThreadSectionMoveParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/section/move``.

    Parameters for moving a thread within a server-owned section ordering.
    """

    section_id: str | None
    """Destination section, or `null` to remove the thread from its section."""
    thread_id: str
    """Thread to move into, within, or out of a section."""
    before_thread_id: str | UnsetType | None = UNSET
    """Existing thread to insert before; omission or null appends to the section."""


class ThreadSectionMoveResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/section/move``."""


class ThreadSectionUpdateParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``threadSection/update``.

    Parameters for updating an independently persisted thread section.
    """

    name: str
    """The updated user-visible name of the section."""
    section_id: str
    """The stable, server-generated identity of the section to update."""
    appearance: ThreadSectionAppearance | UnsetType | None = UNSET
    """Omit to preserve appearance, use `null` to clear it, or provide a replacement."""


class ThreadSectionUpdateResponse(Wire, frozen=True, kw_only=True):
    """Result of ``threadSection/update``.

    The independently persisted section after its name is updated.
    """

    section: ThreadSection
