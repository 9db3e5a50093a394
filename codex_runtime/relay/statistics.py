"""What a relay has done so far, in numbers.

Owns the counting and the shape in which it is told; no request reads it, and none of it is kept
over a restart. Does not know what is counted. Enter at `RelayStatistics`. Pure.
"""

from __future__ import annotations

import attrs

__all__ = ["Counts", "RelayStatistics"]


@attrs.frozen(kw_only=True)
class RelayStatistics:
    """A picture of one moment; each of ``POST /v1/responses`` is counted once, where it ended.

    Of other requests only those to ``/v1/models`` and ``/healthz`` that were refused are counted.
    """

    streams: int
    """Requests that are being answered now, streaming or not: they hold one of `max_streams`."""
    waiting: int
    """Requests that wait for a place among these."""
    completed: int
    """Answered whole; one that the model cut short (``incomplete``) as well."""
    failed: int
    """Answered with a failure after the upstream was asked."""
    refused: int
    """Answered with an error before that: no token, a bad request, no place."""
    dropped: int
    """Left by their client before the end; stopping the relay drops what is under way."""


@attrs.define
class Counts:
    """The same while it changes."""

    streams: int = 0
    waiting: int = 0
    completed: int = 0
    failed: int = 0
    refused: int = 0
    dropped: int = 0

    def taken(self) -> RelayStatistics:
        """A picture of now."""
        return RelayStatistics(
            streams=self.streams,
            waiting=self.waiting,
            completed=self.completed,
            failed=self.failed,
            refused=self.refused,
            dropped=self.dropped,
        )
