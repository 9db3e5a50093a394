"""What a stored thread tells, record by record: messages, tool calls, reasoning, notices.

Owns the values that `story` makes of a rollout's entries. Pure and frozen; knows no entry, no file
and no format. Every record says when it was written and, where the rollout does, in which turn.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

__all__ = ["Message", "Notice", "Reasoning", "Record", "ToolCall"]


@attrs.frozen(kw_only=True)
class Message:
    """What the user or the model said; injected context is no message."""

    role: Literal["user", "assistant"]
    text: str
    """Its text parts, joined by line breaks."""

    images: tuple[str, ...] = ()
    """Paths or addresses as they were written; ``data:`` addresses in full."""

    phase: str | None = None
    """``commentary`` or ``final_answer``, where the model said so."""

    item_id: str | None = None
    turn_id: str | None = None
    at_s: float | None = None
    """When its line was written, in seconds since the epoch; None where the line does not say."""


@attrs.frozen(kw_only=True)
class ToolCall:
    """One use of one tool, with what came of it as far as it is on record."""

    kind: str
    """As `ToolUse.kind` has it: ``command``, ``file_change``, ``mcp``, ``dynamic``,
    ``web_search``, ...; ``function`` where a rollout tells the call alone."""

    name: str
    """``shell``, ``apply_patch``, ``server.tool`` of MCP, else the tool's own name."""

    input: str = ""
    """The command line, the changes, else the arguments as the JSON that was written."""

    output: str | None = None
    """None where nothing came back, or is not on record."""

    status: str | None = None
    """``completed``, ``failed``, ``declined``; None where the rollout does not say."""

    exit_code: int | None = None
    error: str | None = None
    duration_ms: int | None = None
    call_id: str | None = None
    turn_id: str | None = None
    at_s: float | None = None
    """When its first line was written, in seconds since the epoch."""


@attrs.frozen(kw_only=True)
class Reasoning:
    """What the model showed of its reasoning: the summary, else the text itself."""

    text: str
    item_id: str | None = None
    turn_id: str | None = None
    at_s: float | None = None


@attrs.frozen(kw_only=True)
class Notice:
    """What happened to the thread beside its conversation."""

    kind: str
    """``turn_failed``, ``turn_interrupted``, ``compacted``, ``forked``."""

    text: str
    turn_id: str | None = None
    at_s: float | None = None


Record: TypeAlias = Message | ToolCall | Reasoning | Notice
