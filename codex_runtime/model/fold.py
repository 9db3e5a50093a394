"""Folds: the events of one turn, in order, into its text and its result.

Owns which event says what. Does not know where events come from, nor when the turn is to be given
up. `AnswerText` follows the text alone; `TurnFold` everything a `TurnResult` holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_runtime.model.results import TurnResult
from codex_runtime.model.usage import UsageMeter
from codex_runtime.protocol import (
    AgentMessage,
    AgentMessageDelta,
    ErrorNotification,
    ItemCompleted,
    ItemStarted,
    ThreadTokenUsageUpdated,
    TurnCompleted,
    TurnDiffUpdated,
    TurnPlanUpdated,
    TurnStarted,
)

if TYPE_CHECKING:
    from codex_runtime.model.results import TurnStatus
    from codex_runtime.model.usage import TokenUsage
    from codex_runtime.protocol import Notification, ThreadItem, Turn, TurnError, TurnPlanStep

__all__ = ["MAX_LOOSE", "AnswerText", "TurnFold"]

_FINAL = "final_answer"
MAX_LOOSE: Final = 1024
"""So many deltas of a message are kept as they came before they are joined."""


class _Message:
    """An agent message that is still being written."""

    __slots__ = ("blocks", "item", "loose")

    def __init__(self, item: AgentMessage, loose: list[str]) -> None:
        self.item = item
        self.loose = loose
        """The newest deltas; a small string costs several times its text."""
        self.blocks: list[str] = []
        """What came before them, joined."""

    def settle(self) -> None:
        if self.loose:
            self.blocks.append("".join(self.loose))
            self.loose.clear()

    def text(self) -> str:
        self.settle()
        if not self.blocks:
            return self.item.text
        if len(self.blocks) > 1:
            self.blocks[:] = ["".join(self.blocks)]
        return self.blocks[0]


class AnswerText:
    """The agent messages of a turn and which of them is the answer."""

    def __init__(self) -> None:
        self._messages: dict[str, _Message] = {}
        self.loose: dict[str, list[str]] = {}
        """By item id: where a delta may be appended while there are less than `MAX_LOOSE`."""

    def delta(self, item_id: str, delta: str) -> None:
        """Append to the message; one whose start was not seen begins here."""
        message = self._messages.get(item_id)
        if message is None:
            message = self._begin(AgentMessage(id=item_id, text=""))
        if len(message.loose) >= MAX_LOOSE:
            message.settle()
        message.loose.append(delta)

    def _begin(self, item: AgentMessage) -> _Message:
        loose = self.loose[item.id] = []
        message = self._messages[item.id] = _Message(item, loose)
        return message

    def item(self, item: AgentMessage, *, completed: bool) -> None:
        """Take a message's start, or its authoritative end."""
        message = self._messages.get(item.id) or self._begin(item)
        message.item = item
        if completed:
            message.loose.clear()
            message.blocks.clear()

    def apply(self, event: Notification) -> None:
        """Take any event of the turn; most say nothing about the text."""
        if type(event) is AgentMessageDelta:
            loose = self.loose.get(event.item_id)
            if loose is not None and len(loose) < MAX_LOOSE:
                loose.append(event.delta)
            else:
                self.delta(event.item_id, event.delta)
        elif isinstance(event, (ItemStarted, ItemCompleted)) and isinstance(
            event.item, AgentMessage
        ):
            self.item(event.item, completed=isinstance(event, ItemCompleted))

    @property
    def text(self) -> str:
        """The final answer so far: see `TurnResult.text`."""
        unphased: str | None = None
        for message in reversed(self._messages.values()):
            if message.item.phase == _FINAL:
                return message.text()
            if message.item.phase is None and unphased is None:
                unphased = message.text()
        return unphased or ""

    def messages(self) -> tuple[AgentMessage, ...]:
        """Every message with the text that has arrived, in order of their start."""
        return tuple(
            _with_text(message.item, message.text()) for message in self._messages.values()
        )


class TurnFold:
    """Everything a turn's events say, in the order they came."""

    def __init__(self, thread_id: str) -> None:
        self.thread_id = thread_id
        self.turn_id: str | None = None
        self._answer = AnswerText()
        self._loose = self._answer.loose
        self._items: dict[str, ThreadItem] = {}
        self._usage = UsageMeter()
        self._error: TurnError | None = None
        self._diff: str | None = None
        self._plan: tuple[TurnPlanStep, ...] = ()
        self._turn: Turn | None = None

    def begin_at(self, thread_total: TokenUsage | None) -> None:
        """Say what the thread had used before this turn, if that is known."""
        self._usage.thread_total = thread_total

    @property
    def text(self) -> str:
        """The final answer so far."""
        return self._answer.text

    def apply(self, event: Notification) -> None:
        """Take the next event of the turn."""
        if type(event) is AgentMessageDelta:  # nearly all events of a long turn
            loose = self._loose.get(event.item_id)
            if loose is not None and len(loose) < MAX_LOOSE:
                loose.append(event.delta)
            else:
                self._answer.delta(event.item_id, event.delta)
            return
        match event:
            case ItemStarted() | ItemCompleted():
                self._item(event.item, completed=isinstance(event, ItemCompleted))
            case ThreadTokenUsageUpdated():
                self._usage.apply(event.token_usage)
            case TurnDiffUpdated():
                self._diff = event.diff
            case TurnPlanUpdated():
                self._plan = tuple(event.plan)
            case ErrorNotification() if not event.will_retry:
                self._error = event.error
            case TurnStarted() | TurnCompleted():
                self._turn = event.turn
                self.turn_id = event.turn.id
            case _:
                pass

    def result(self, status: TurnStatus) -> TurnResult:
        """The turn as far as it is known, ended with ``status``."""
        messages = {message.id: message for message in self._answer.messages()}
        turn = self._turn
        return TurnResult(
            thread_id=self.thread_id,
            turn_id=self.turn_id,
            status=status,
            text=self._answer.text,
            messages=tuple(messages.values()),
            items=tuple(messages.get(key, item) for key, item in self._items.items()),
            usage=self._usage.turn,
            error=(turn.error if turn is not None and turn.error is not None else self._error)
            if status != "completed"
            else None,
            diff=self._diff,
            plan=self._plan,
            started_at_s=turn.started_at if turn is not None else None,
            completed_at_s=turn.completed_at if turn is not None else None,
            duration_ms=turn.duration_ms if turn is not None else None,
        )

    def _item(self, item: ThreadItem, *, completed: bool) -> None:
        if isinstance(item, AgentMessage):
            self._answer.item(item, completed=completed)
        key = getattr(item, "id", None)
        self._items[key if isinstance(key, str) else f"?{len(self._items)}"] = item


def _with_text(item: AgentMessage, text: str) -> AgentMessage:
    return item if item.text == text else replace(item, text=text)
