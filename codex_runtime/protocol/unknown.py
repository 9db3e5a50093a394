"""What stands where the server said something this version has no type for.

Owns the stand-ins: for a tag inside a value (``Unknown…`` in a union), for a whole notification or
server request of an unknown method, and for a known one of a broken shape (``Malformed…``). Each
keeps the raw JSON, copied, so that it does not hold its input block. Made by ``codec`` alone.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Protocol, TypeAlias, runtime_checkable

import msgspec

from codex_runtime.protocol.base import OURS, UNKNOWN_MARK

__all__ = [
    "MalformedNotification",
    "MalformedServerRequest",
    "Notification",
    "UnknownHandlerType",
    "UnknownItem",
    "UnknownKind",
    "UnknownMode",
    "UnknownNotification",
    "UnknownServerRequest",
    "UnknownTagged",
    "UnknownVariant",
]


class UnknownTagged(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the stand-ins inside a union: match on it to catch them all."""

    name: str
    """The tag the server sent; empty when there was none."""
    raw: Annotated[bytes, OURS]
    """The JSON of this value alone."""
    problem: str | None = None
    """None for a tag not known here; what was wrong when the tag is known."""


class UnknownVariant(UnknownTagged, frozen=True, kw_only=True, tag_field="type", tag=UNKNOWN_MARK):
    """Stands in a union whose tag field is ``type``."""


class UnknownItem(UnknownTagged, frozen=True, kw_only=True, tag_field="type", tag=UNKNOWN_MARK):
    """Stands for a thread item of a kind not known here, or one of a broken shape."""

    id: str | None = None
    """The item's id, None when it has none."""


class UnknownKind(UnknownTagged, frozen=True, kw_only=True, tag_field="kind", tag=UNKNOWN_MARK):
    """Stands in a union whose tag field is ``kind``."""


class UnknownMode(UnknownTagged, frozen=True, kw_only=True, tag_field="mode", tag=UNKNOWN_MARK):
    """Stands in a union whose tag field is ``mode``."""


class UnknownHandlerType(
    UnknownTagged, frozen=True, kw_only=True, tag_field="handlerType", tag=UNKNOWN_MARK
):
    """Stands in a union whose tag field is ``handlerType``."""


class UnknownNotification(msgspec.Struct, frozen=True, kw_only=True):
    """A notification of a method this version does not know."""

    method: str
    params: bytes
    """The raw JSON of ``params``, a copy; empty when there were none."""
    thread_id: str | None = None
    turn_id: str | None = None


class MalformedNotification(msgspec.Struct, frozen=True, kw_only=True):
    """A notification of a known method whose params do not have the known shape."""

    method: str
    params: bytes
    """The raw JSON of ``params``, a copy; empty when there were none."""
    problem: str
    """What was wrong and where, as a JSON path."""
    thread_id: str | None = None
    turn_id: str | None = None


class UnknownServerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A server request of a method this version does not know."""

    method: str
    params: bytes
    """The raw JSON of ``params``, a copy; empty when there were none."""
    thread_id: str | None = None
    turn_id: str | None = None


class MalformedServerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A server request of a known method whose params do not have the known shape."""

    method: str
    params: bytes
    """The raw JSON of ``params``, a copy; empty when there were none."""
    problem: str
    """What was wrong and where, as a JSON path."""
    thread_id: str | None = None
    turn_id: str | None = None


@runtime_checkable
class KnownNotification(Protocol):
    """Any generated notification struct: it names its method."""

    METHOD: ClassVar[str]


Notification: TypeAlias = KnownNotification | UnknownNotification | MalformedNotification
"""What `decode_notification` gives."""
