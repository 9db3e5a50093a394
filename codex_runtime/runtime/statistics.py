"""`Statistics`: one look at what the runtime has done and what is under way.

Owns the frozen value and how it is put together; reads counters and histograms that others keep,
and keeps none itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from codex_runtime.connection.histogram import Histogram

if TYPE_CHECKING:
    from codex_runtime.connection.histogram import LatencyHistogram
    from codex_runtime.engine.engine import Engine

__all__ = ["Statistics"]


@attrs.frozen(kw_only=True)
class Statistics:
    """Counts and peaks since the runtime was opened, and the state of this moment (the last six).

    What it shows is always counted, whether anybody looks or not. Counts never fall: subtract two
    looks for a rate.
    """

    generations: int
    """Server processes that came up, the first included."""
    restarts: int
    """Server processes that came up after the first."""
    bytes_received: int
    bytes_sent: int
    events: int
    """Notifications received."""
    unknown_events: int
    """Of a method this version has no type for."""
    malformed_events: int
    """Of a known method, in a shape it should not have. What nobody wants is not decoded, so that
    neither this nor what is said of parts and fields below counts it."""
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
    """Approvals and elicitations that were turned down because nobody here decided."""
    server_request_failures: int
    """Handlers, tools and hooks for requests of the server that raised or answered nonsense."""
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
    peak_unwritten_frames: int
    """The most messages that have waited for the server to read them at once."""
    peak_unwritten_bytes: int
    """The most bytes that have waited for it."""
    peak_gate_waiting: int
    """The most calls that have waited for a place at the ingress gate at once."""
    call_latency: LatencyHistogram
    """From a request's write to its answer, be it a result or an error; each retry anew. What was
    given up before its answer came is not in it: see ``requests_timed_out``."""
    event_lateness: LatencyHistogram
    """From an event's ``emittedAtMs``, whole milliseconds of the server's clock, to the moment it
    was read here, by our clock; 0 where the clocks disagree. One event of each read is taken."""
    gate_wait_control: LatencyHistogram
    """What calls waited for a place at the ingress gate, those that found one free and those that
    gave up included: calls that stop, steer or end something."""
    gate_wait_quick: LatencyHistogram
    """The same for most calls; they share ``RuntimeConfig.max_in_flight`` places."""
    gate_wait_slow: LatencyHistogram
    """The same for calls that start, resume, fork or compact, for commands and unknown methods."""
    journal_entries: int
    """Written by the journals of the runtime and its sessions."""
    journal_bytes: int
    journal_missed: int
    """Entries that could not be written."""
    journal_failures: int
    """Writes that failed; see `JournalConfig.on_error`."""
    peak_journal_queue_bytes: int
    """The most that has waited to be written to one journal."""
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
        gate = engine.gate
        lines = engine.router.lines
        return cls(
            **attrs.asdict(engine.counters, recurse=False, value_serializer=_frozen),
            **attrs.asdict(engine.drift),
            **attrs.asdict(engine.journals.counters),
            restarts=max(0, engine.counters.generations - 1),
            peak_gate_waiting=gate.peak_waiting,
            gate_wait_control=gate.waits["control"].snapshot(),
            gate_wait_quick=gate.waits["quick"].snapshot(),
            gate_wait_slow=gate.waits["slow"].snapshot(),
            pending_calls=connection.pending if connection is not None else 0,
            abandoned_calls=connection.lingering if connection is not None else 0,
            gate_waiting=gate.waiting,
            threads=len(lines),
            active_turns=sum(line.active is not None for line in lines),
            subscriptions=len(engine.subscriptions),
        )


def _frozen(_owner: object, _field: object, value: object) -> object:
    return value.snapshot() if isinstance(value, Histogram) else value
