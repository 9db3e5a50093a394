"""`Statistics`: one look at what the runtime has done and what is under way.

Owns the frozen value; reads counters that others keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine

__all__ = ["Statistics"]


@attrs.frozen(kw_only=True)
class Statistics:
    """Counts since the runtime was opened, and the state of this moment (the last six)."""

    bytes_received: int
    bytes_sent: int
    events: int
    """Notifications received."""
    unknown_events: int
    """Of a method this version has no type for."""
    malformed_events: int
    """Of a known method, in a shape it should not have."""
    unknown_parts: int
    """Items and other tagged values inside messages, of a kind this version has no type for."""
    malformed_parts: int
    """The same of a known kind, in a shape it should not have; their message is whole otherwise."""
    unknown_fields: int
    """Fields this version's schema does not name, kept in ``extra_fields``."""
    garbage_frames: int
    """Lines that were no JSON-RPC message."""
    frames_too_long: int
    """Lines over ``max_frame_bytes``, dropped."""
    stray_answers: int
    """Answers that no call waited for any more, or ever."""
    server_requests: int
    server_requests_declined: int
    """Approvals that were turned down because nobody here decides."""
    requests: int
    """Written or about to be, each retry anew."""
    requests_retried: int
    """After the server was overloaded."""
    requests_timed_out: int
    events_coalesced: int
    """Deltas that were merged into another one because nobody had read that yet."""
    events_dropped: int
    """Left out for subscribers of the policies ``latest`` and ``drop_oldest``."""
    slow_consumers: int
    """Subscribers that were cut off at their bound."""
    peak_unread_events: int
    """The most that one stream or subscriber has left unread, after merging."""
    peak_unread_bytes: int
    """The most that one subscriber has left unread, as bytes of JSON params."""
    pending_calls: int
    """Calls that await their answer."""
    abandoned_calls: int
    """Calls given up here that the server still owes an answer."""
    gate_waiting: int
    """Calls that wait for a place at the ingress gate."""
    threads: int
    """Threads with an open handle or a running turn."""
    active_turns: int
    subscriptions: int

    @classmethod
    def of(cls, engine: Engine) -> Statistics:
        """The numbers as they are now."""
        connection = engine.connection
        lines = engine.router.lines
        return cls(
            **attrs.asdict(engine.counters),
            **attrs.asdict(engine.drift),
            pending_calls=connection.pending if connection is not None else 0,
            abandoned_calls=connection.lingering if connection is not None else 0,
            gate_waiting=engine.gate.waiting,
            threads=len(lines),
            active_turns=sum(line.active is not None for line in lines),
            subscriptions=len(engine.subscriptions),
        )
