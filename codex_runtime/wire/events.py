"""What a peer reports besides messages that are handed on as they came.

Owns the value classes of `WireEvent`; knows no bytes and no rules. Everything here owns its bytes
(copies), so an event may be kept as long as one likes. Enter at `codex_runtime.wire`, which also
has the union of all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "MALFORMED_ANSWER_CODE",
    "Failure",
    "FrameTooLong",
    "GarbageFrame",
    "IncomingRequest",
    "RequestId",
    "Result",
    "StrayAnswer",
    "StrayRequest",
    "Taken",
]

RequestId: TypeAlias = int | str
"""The id of a request. ``1`` and ``"1"`` are two ids; a bool or a float is none."""

MALFORMED_ANSWER_CODE = 0
"""`Failure.code` when the server's answer has no usable ``error``; no JSON-RPC error has it."""


@attrs.frozen
class IncomingRequest:
    """The other side asks; answer it once with `Peer.result` or `Peer.error`."""

    request_id: RequestId
    method: str
    params: bytes
    """JSON; ``null`` when the request had none."""


@attrs.frozen
class Result:
    """The answer to one of our requests."""

    request_id: RequestId
    method: str
    """What was asked."""
    result: bytes
    """JSON."""


@attrs.frozen
class Failure:
    """The other side answered one of our requests with an error."""

    request_id: RequestId
    method: str
    """What was asked."""
    code: int
    """The JSON-RPC code, or `MALFORMED_ANSWER_CODE` when the answer itself was no good."""
    message: str
    data: bytes | None
    """JSON of ``error.data``, None when absent; of the whole ``error`` when that is malformed."""


@attrs.frozen
class StrayAnswer:
    """An answer that no call waits for.

    ``late``: its request was given up with `Peer.forget`. ``duplicate``: its request has had its
    answer. ``unknown``: we never sent a request of that id.
    """

    request_id: RequestId
    reason: Literal["late", "duplicate", "unknown"]
    method: str | None = None
    """What was asked, for a late answer; else None."""
    result: bytes | None = None
    """JSON of a late answer that was not an error, so that its effect can be undone; else None."""


@attrs.frozen
class StrayRequest:
    """A request whose id belongs to one that is still open; it is not opened again.

    One answer goes out for both.
    """

    request_id: RequestId
    method: str


@attrs.frozen
class Taken:
    """A block of notifications that was decoded by whoever knows their kind."""

    # Any: the wire does not know what it is.
    messages: Sequence[Any]
    """In wire order."""


@attrs.frozen
class GarbageFrame:
    """A line that is no message; it was skipped and the stream went on."""

    frame: bytes
    """The line, cut after 4,096 bytes."""
    size_bytes: int
    """Of the whole line."""
    problem: str


@attrs.frozen
class FrameTooLong:
    """One line over the limit was dropped; the stream goes on behind it."""

    size_bytes_at_least: int
    """Exact when the end of the line was at hand; else what had come when it was given up."""
    limit_bytes: int
    head: bytes
    """The first 200 bytes."""
