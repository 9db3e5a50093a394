"""Events by hand, for what needs no server.

Owns one short maker for each kind that a mailbox treats in its own way. Enter at `delta`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.protocol import (
    AgentMessage,
    AgentMessageDelta,
    CommandExecutionOutputDelta,
    IdleThreadStatus,
    ItemCompleted,
    ItemStarted,
    ProcessOutputDelta,
    ReasoningSummaryTextDelta,
    ReasoningTextDelta,
    ServerRequestResolved,
    ThreadStatusChanged,
    Turn,
    TurnCompleted,
    TurnDiffUpdated,
    TurnStarted,
    UnknownNotification,
)
from codex_runtime.protocol.codec import encode_params
from tests.engine.running import method_of

if TYPE_CHECKING:
    from codex_runtime.engine.backlogs import Offered
    from codex_runtime.protocol import Notification

__all__ = [
    "completed",
    "content",
    "delta",
    "diff",
    "offered",
    "output",
    "process_output",
    "resolved",
    "started",
    "status",
    "summary",
    "turn_completed",
    "turn_started",
    "unknown",
]


def delta(text: str, item_id: str = "i", turn_id: str = "u") -> AgentMessageDelta:
    return AgentMessageDelta(delta=text, item_id=item_id, thread_id="t", turn_id=turn_id)


def output(text: str, item_id: str = "i", turn_id: str = "u") -> CommandExecutionOutputDelta:
    return CommandExecutionOutputDelta(delta=text, item_id=item_id, thread_id="t", turn_id=turn_id)


def content(text: str, index: int, item_id: str = "i") -> ReasoningTextDelta:
    return ReasoningTextDelta(
        delta=text, content_index=index, item_id=item_id, thread_id="t", turn_id="u"
    )


def summary(text: str, index: int, item_id: str = "i") -> ReasoningSummaryTextDelta:
    return ReasoningSummaryTextDelta(
        delta=text, summary_index=index, item_id=item_id, thread_id="t", turn_id="u"
    )


def started(item_id: str = "i") -> ItemStarted:
    item = AgentMessage(id=item_id, text="")
    return ItemStarted(item=item, started_at_ms=0, thread_id="t", turn_id="u")


def completed(text: str, item_id: str = "i") -> ItemCompleted:
    item = AgentMessage(id=item_id, text=text)
    return ItemCompleted(item=item, completed_at_ms=0, thread_id="t", turn_id="u")


def turn_started(turn_id: str = "u") -> TurnStarted:
    return TurnStarted(thread_id="t", turn=Turn(id=turn_id, items=[], status="inProgress"))


def turn_completed(turn_id: str = "u") -> TurnCompleted:
    return TurnCompleted(thread_id="t", turn=Turn(id=turn_id, items=[], status="completed"))


def diff(text: str, turn_id: str = "u") -> TurnDiffUpdated:
    return TurnDiffUpdated(diff=text, thread_id="t", turn_id=turn_id)


def status(thread_id: str = "t") -> ThreadStatusChanged:
    return ThreadStatusChanged(status=IdleThreadStatus(), thread_id=thread_id)


def resolved(request_id: int) -> ServerRequestResolved:
    return ServerRequestResolved(request_id=request_id, thread_id="t")


def process_output(base64: str) -> ProcessOutputDelta:
    return ProcessOutputDelta(
        cap_reached=False, delta_base64=base64, process_handle="p", stream="stdout"
    )


def unknown(number: int) -> UnknownNotification:
    return UnknownNotification(method="future/event", params=b"%d" % number)


def offered(event: Notification) -> Offered:
    """The event as a subscription is offered it."""
    return event, method_of(event), memoryview(encode_params(event)).nbytes
