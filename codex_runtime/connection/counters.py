"""Plain counters that outlive a generation; one addition each, always on.

Owns the numbers behind ``Runtime.statistics()``, but for what the gate says of itself. Does not
know what they are shown as.
"""

from __future__ import annotations

import attrs

from codex_runtime.connection.histogram import Histogram

__all__ = ["Counters"]


@attrs.define
class Counters:
    """What went over the wire and to whom it was handed on since the runtime was opened."""

    generations: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0
    events: int = 0
    unknown_events: int = 0
    malformed_events: int = 0
    garbage_frames: int = 0
    frames_too_long: int = 0
    stray_answers: int = 0
    server_requests: int = 0
    server_requests_declined: int = 0
    server_request_failures: int = 0
    requests: int = 0
    requests_retried: int = 0
    requests_timed_out: int = 0
    events_coalesced: int = 0
    events_dropped: int = 0
    slow_consumers: int = 0
    peak_unread_events: int = 0
    peak_unread_bytes: int = 0
    peak_unwritten_frames: int = 0
    peak_unwritten_bytes: int = 0
    call_latency: Histogram = attrs.field(factory=Histogram)
    event_lateness: Histogram = attrs.field(factory=Histogram)
