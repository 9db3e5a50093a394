"""`ThreadSummary` and `ThreadTail`: what the server tells of a stored thread, as plain values.

Owns how a thread of the protocol becomes a row, and which items are messages of a conversation.
Does not ask the server: see `catalogue` and `tailing`. Enter at `ThreadSummary.of`.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.history.rollouts.records import Message
from codex_runtime.model.items import item_text
from codex_runtime.model.titles import title_of
from codex_runtime.protocol import (
    AgentMessage,
    ImageUserInput,
    LocalImageUserInput,
    NotLoadedThreadStatus,
    UserMessage,
)

if TYPE_CHECKING:
    from codex_runtime.model.tool_uses import ToolUse
    from codex_runtime.protocol import SessionSource, Thread, ThreadItemEntry

__all__ = ["ThreadSummary", "ThreadTail", "message_of"]

_ARCHIVE: Final = "archived_sessions"
_MS_PER_S: Final = 1000


@attrs.frozen(kw_only=True)
class ThreadSummary:
    """A stored thread as a row of a list: what it is, not what was said in it."""

    thread_id: str
    title: str
    """Its name, else one made of its first words (`title_of`); empty without both."""

    name: str | None
    """What somebody, or ``auto_title``, called it."""

    preview: str
    """The first user message, in full."""

    cwd: str
    """Absolute, as the server has it on record."""

    created_at_s: int
    updated_at_s: int
    """When its record last changed: a turn, or a new name."""

    active_at_s: int
    """When it was last worked in, as the server's ``recency_at``."""

    archived: bool
    is_loaded: bool
    """The server that was asked has it in memory."""

    source: str
    """Who started it: ``cli``, ``vscode``, ``exec``, ``appServer``, ``subAgent``, ``unknown``, or
    another program's own word. Threads of this library have ``vscode``, as the server has it."""

    model_provider: str
    model: str | None
    cli_version: str
    parent_thread_id: str | None
    """Of a sub-agent's thread: the one whose agent started it."""

    forked_from_id: str | None
    path: str | None
    """Its rollout file, for `codex_runtime.history`; the server calls this unstable."""

    thread: Thread
    """All that the server told; ``turns`` is empty."""

    @classmethod
    def of(cls, thread: Thread) -> ThreadSummary:
        """The row of a thread, as ``thread/list`` and ``thread/read`` tell it."""
        path = None if thread.path is None else str(thread.path)
        return cls(
            thread_id=thread.id,
            title=thread.name or title_of(thread.preview),
            name=thread.name or None,
            preview=thread.preview,
            cwd=str(thread.cwd),
            created_at_s=thread.created_at,
            updated_at_s=thread.updated_at,
            active_at_s=thread.updated_at if thread.recency_at is None else thread.recency_at,
            archived=path is not None and PurePath(path).parent.name == _ARCHIVE,
            is_loaded=not isinstance(thread.status, NotLoadedThreadStatus),
            source=_source(thread.source),
            model_provider=thread.model_provider,
            model=thread.model,
            cli_version=thread.cli_version,
            parent_thread_id=thread.parent_thread_id,
            forked_from_id=thread.forked_from_id,
            path=path,
            thread=thread,
        )


@attrs.frozen(kw_only=True)
class ThreadTail:
    """The end of a thread: its last messages and tool uses, and how many came before them."""

    thread_id: str
    messages: tuple[Message, ...]
    """Oldest first."""

    tool_uses: tuple[ToolUse, ...]
    """Oldest first; their place among the messages is in their ``item``'s turn alone."""

    messages_before: int | None
    """How many messages are not among them; None if that was not to be counted."""

    tool_uses_before: int | None


def message_of(entry: ThreadItemEntry) -> Message | None:
    """What the user or the model said in an item; None for an item of another kind."""
    item = entry.item
    at_ms = entry.completed_at_ms if entry.started_at_ms is None else entry.started_at_ms
    at_s = None if at_ms is None else at_ms / _MS_PER_S
    match item:
        case UserMessage():
            return Message(
                role="user",
                text=item_text(item),
                images=tuple(_images(item)),
                item_id=item.id,
                turn_id=entry.turn_id,
                at_s=at_s,
            )
        case AgentMessage():
            return Message(
                role="assistant",
                text=item.text,
                phase=item.phase,
                item_id=item.id,
                turn_id=entry.turn_id,
                at_s=at_s,
            )
        case _:
            return None


def _images(item: UserMessage) -> list[str]:
    found: list[str] = []
    for part in item.content:
        match part:
            case ImageUserInput():
                found.append(part.url or part.file_id or "")
            case LocalImageUserInput():
                found.append(str(part.path))
            case _:
                pass
    return found


def _source(source: SessionSource) -> str:
    if isinstance(source, str):
        return source
    if source.sub_agent is not None:
        return "subAgent"
    return source.custom or "unknown"
