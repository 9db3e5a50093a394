"""What items say of child threads: which there are, who started them, and with which words.

Owns how the two families of agent tools tell of it: ``collabAgentToolCall`` names threads and the
prompt, ``subAgentActivity`` one thread and its place in the tree of agents. Keeps nothing. Enter at
`child_news`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from codex_runtime.model.results import TurnStatus
from codex_runtime.protocol import CollabAgentToolCall, SubAgentActivity

if TYPE_CHECKING:
    from codex_runtime.protocol import ThreadItem

__all__ = ["ChildNews", "ChildStatus", "child_news"]

ChildStatus: TypeAlias = Literal["starting", "running"] | TurnStatus
"""How far a child thread is: before its first turn, in one, or how its last one ended."""

_SPAWN: Final = "spawnAgent"
_WORK: Final = frozenset({_SPAWN, "resumeAgent", "sendInput"})
"""Tools that need the thread to exist; to the others the model may give any id."""


@attrs.frozen(kw_only=True)
class ChildNews:
    """What one item says of one thread."""

    thread_id: str
    is_spawn: bool
    """The thread of the item started it."""

    exists: bool = True
    """False where only the model says so."""

    prompt: str | None = None
    """What it was started with, where the item shows that."""

    path: str | None = None
    """Its name in the tree of agents, as ``/root/reviewer``."""

    model: str | None = None


def child_news(item: ThreadItem) -> tuple[ChildNews, ...]:
    """What ``item`` says of other threads, in its order; empty for every other kind of item."""
    match item:
        case SubAgentActivity():
            news = ChildNews(
                thread_id=item.agent_thread_id,
                is_spawn=item.kind == "started",
                path=item.agent_path,
                model=item.model,
            )
            return (news,)
        case CollabAgentToolCall():
            return tuple(_told_of(item, thread_id) for thread_id in item.receiver_thread_ids)
        case _:
            return ()


def _told_of(item: CollabAgentToolCall, thread_id: str) -> ChildNews:
    is_spawn = item.tool == _SPAWN
    return ChildNews(
        thread_id=thread_id,
        is_spawn=is_spawn,
        exists=item.tool in _WORK and item.status == "completed",
        prompt=item.prompt if is_spawn else None,
        model=(item.model or None) if is_spawn else None,
    )
