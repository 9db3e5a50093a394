# ruff: noqa: TC001 - msgspec reads the annotations of a struct at run time.
"""The lines of a rollout as typed values: one struct per kind of line.

Owns the outer structs with their timestamps, and the payloads that stand in no other module: those
of the session, the turn's context, usage and compaction. Knows no bytes and no file. Enter at
`Entry`; `decode_entry` in `lines.py` makes one of a line.
"""

from __future__ import annotations

from typing import TypeAlias

from codex_runtime.history.rollouts.events import Event
from codex_runtime.history.rollouts.parts import JsonValue, Part, TokenCounts, seconds_of
from codex_runtime.history.rollouts.responses import ResponseItem

__all__ = [
    "CompactedEntry",
    "Compaction",
    "Entry",
    "EventEntry",
    "GitInfo",
    "HistoryBase",
    "Instructions",
    "KnownEntry",
    "LegacyStateEntry",
    "ResponseEntry",
    "SessionMeta",
    "SessionMetaEntry",
    "TokenUsageEntry",
    "TokenUsageRecord",
    "TurnContext",
    "TurnContextEntry",
    "UnknownEntry",
    "WorldState",
    "WorldStateEntry",
]


class _Entry(Part, frozen=True, kw_only=True):
    timestamp: str = ""
    """When the line was written, as the file has it (RFC 3339); empty in legacy lines."""
    ordinal: int | None = None
    """Its place in the thread, counted from 0; None in older rollouts."""

    @property
    def at_s(self) -> float | None:
        """`timestamp` in seconds since the epoch; None where the line does not say."""
        return seconds_of(self.timestamp)


class GitInfo(Part, frozen=True, kw_only=True):
    """The repository that the thread was started in."""

    commit_hash: str | None = None
    branch: str | None = None
    repository_url: str | None = None


class Instructions(Part, frozen=True, kw_only=True):
    """Base instructions of the model."""

    text: str = ""


class HistoryBase(Part, frozen=True, kw_only=True):
    """Where the beginning of a forked thread is: in the rollout of another, up to here."""

    thread_id: str | None = None
    end_ordinal_exclusive: int | None = None
    end_byte_offset: int | None = None


class SessionMeta(Part, frozen=True, kw_only=True):
    """What is known of a thread from its first line.

    A legacy rollout says only ``id``, ``timestamp``, ``instructions`` and ``git``.
    """

    id: str = ""
    """The thread id."""
    session_id: str | None = None
    timestamp: str = ""
    """When it was made, RFC 3339; see `created_at_s`."""
    cwd: str | None = None
    originator: str | None = None
    """The client that it was made by."""
    cli_version: str | None = None
    source: JsonValue = None
    """``cli``, ``vscode``, ``exec``, …; an object for the threads of subagents."""
    model_provider: str | None = None
    instructions: str | None = None
    base_instructions: Instructions | None = None
    git: GitInfo | None = None
    forked_from_id: str | None = None
    history_base: HistoryBase | None = None
    """Set for a fork whose earlier turns are not in this file."""
    history_mode: str | None = None
    """``paginated`` or ``legacy``; None in older rollouts."""

    @property
    def created_at_s(self) -> float | None:
        """`timestamp` in seconds since the epoch; None where it is none."""
        return seconds_of(self.timestamp)


class SessionMetaEntry(_Entry, frozen=True, kw_only=True, tag="session_meta"):
    """The first line; a fork of older servers holds those of its ancestors further on too."""

    payload: SessionMeta


class EventEntry(_Entry, frozen=True, kw_only=True, tag="event_msg"):
    """Something happened; in newer rollouts the items of a turn among them."""

    payload: Event


class ResponseEntry(_Entry, frozen=True, kw_only=True, tag="response_item"):
    """Something went to the model or came from it; legacy rollouts hold little else."""

    payload: ResponseItem


class TurnContext(Part, frozen=True, kw_only=True):
    """What a turn ran under; policies as the server writes them, which changed over time."""

    turn_id: str | None = None
    cwd: str | None = None
    model: str | None = None
    effort: str | None = None
    summary: str | None = None
    personality: str | None = None
    approval_policy: JsonValue = None
    sandbox_policy: JsonValue = None
    permission_profile: JsonValue = None


class TurnContextEntry(_Entry, frozen=True, kw_only=True, tag="turn_context"):
    """What the turn that follows runs under."""

    payload: TurnContext


class WorldState(Part, frozen=True, kw_only=True):
    """What the model is told of its surroundings: all of it if ``full``, else what changed."""

    full: bool = False
    state: JsonValue = None


class WorldStateEntry(_Entry, frozen=True, kw_only=True, tag="world_state"):
    """The surroundings of the thread, whole or changed."""

    payload: WorldState


class TokenUsageRecord(Part, frozen=True, kw_only=True):
    """Usage of one call of the model; the sums of its turn and its thread up to then."""

    thread_id: str | None = None
    turn_id: str | None = None
    response_id: str | None = None
    usage: TokenCounts | None = None
    turn_token_usage: TokenCounts | None = None
    thread_token_usage: TokenCounts | None = None


class TokenUsageEntry(_Entry, frozen=True, kw_only=True, tag="token_usage_record"):
    """One per call of the model that told its usage; older servers write none."""

    payload: TokenUsageRecord


class Compaction(Part, frozen=True, kw_only=True):
    """The summary that stands for what went before, and what the model is given in its place."""

    message: str = ""
    replacement_history: list[ResponseItem] | None = None
    window_number: int | None = None


class CompactedEntry(_Entry, frozen=True, kw_only=True, tag="compacted"):
    """What went before was summed up; its lines stay in the file."""

    payload: Compaction


class LegacyStateEntry(_Entry, frozen=True, kw_only=True):
    """A mark of old servers (``{"record_type": "state"}``) that says nothing."""


class UnknownEntry(_Entry, frozen=True, kw_only=True):
    """A line of a kind that is not known here, or a known one of another shape.

    ``raw`` is the whole line. ``problem`` says why a known kind did not fit, and is None for an
    unknown one.
    """

    line_type: str = ""
    """The line's own ``type``; empty where it has none."""
    payload_type: str = ""
    """The ``type`` of its payload; empty where it has none."""
    raw: bytes
    problem: str | None = None


KnownEntry: TypeAlias = (
    SessionMetaEntry
    | EventEntry
    | ResponseEntry
    | TurnContextEntry
    | WorldStateEntry
    | TokenUsageEntry
    | CompactedEntry
)
Entry: TypeAlias = KnownEntry | LegacyStateEntry | UnknownEntry
