"""Folds: the events of one turn, in order, into its text and its result.

Owns which event says what. Does not know where events come from, nor when the turn is to be given
up. `AnswerText` follows the text alone; `TurnFold` everything a `TurnResult` holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_runtime.model.items import is_in_progress
from codex_runtime.model.results import TurnResult
from codex_runtime.model.usage import UsageMeter
from codex_runtime.protocol import (
    AgentMessage,
    AgentMessageDelta,
    ErrorNotification,
    ItemCompleted,
    ItemStarted,
    ModelRerouted,
    ThreadTokenUsageUpdated,
    TurnCompleted,
    TurnDiffUpdated,
    TurnPlanUpdated,
    TurnStarted,
    UserMessage,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codex_runtime.model.results import TurnStatus
    from codex_runtime.model.usage import TokenUsage
    from codex_runtime.protocol import Notification, ThreadItem, Turn, TurnError, TurnPlanStep
    from codex_runtime.protocol.delta_lines import TextDelta

__all__ = ["MAX_LOOSE", "AnswerText", "TurnFold"]

_FINAL = "final_answer"
MAX_LOOSE: Final = 1024
"""About so many deltas of a message are kept as they came before they are joined."""


class _Message:
    """An agent message that is still being written."""

    __slots__ = ("blocks", "is_complete", "item", "loose")

    def __init__(self, item: AgentMessage) -> None:
        self.item = item
        self.is_complete = False
        self.loose: list[str] = []
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

    def _begin(self, item: AgentMessage) -> _Message:
        message = self._messages[item.id] = _Message(item)
        return message

    def item(self, item: AgentMessage, *, completed: bool) -> None:
        """Take a message's start, or its authoritative end."""
        message = self._messages.get(item.id) or self._begin(item)
        message.item = item
        if completed:
            message.is_complete = True
            message.loose.clear()
            message.blocks.clear()

    def extend(self, events: Iterable[Notification]) -> None:
        """Take any events of the turn; most say nothing about the text but for the deltas.

        A message whose start was not seen begins with its first delta.
        """
        message: _Message | None = None
        loose: list[str] = []
        item_id = None
        for event in events:
            if type(event) is AgentMessageDelta:
                if event.item_id != item_id:  # seldom: a message is written without a pause
                    item_id = event.item_id
                    message = self._writing(item_id, after=message)
                    loose = message.loose
                loose.append(event.delta)
            elif isinstance(event, (ItemStarted, ItemCompleted)) and isinstance(
                event.item, AgentMessage
            ):
                self.item(event.item, completed=isinstance(event, ItemCompleted))
        if message is not None and len(message.loose) >= MAX_LOOSE:
            message.settle()

    def _writing(self, item_id: str, *, after: _Message | None) -> _Message:
        if after is not None and len(after.loose) >= MAX_LOOSE:
            after.settle()
        return self._messages.get(item_id) or self._begin(AgentMessage(id=item_id, text=""))

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

    @property
    def is_open(self) -> bool:
        """The end of a message is still to come."""
        return any(not message.is_complete for message in self._messages.values())

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
        self._items: dict[str, ThreadItem] = {}
        self._usage = UsageMeter()
        self._model: str | None = None
        """What the turn is charged to once it has taken its prompt."""
        self._error: TurnError | None = None
        self._diff: str | None = None
        self._plan: tuple[TurnPlanStep, ...] = ()
        self._turn: Turn | None = None

    def begin_at(
        self,
        thread_total: TokenUsage | None,
        model: str | None = None,
        model_before: str | None = None,
    ) -> None:
        """Say what the thread had used before this turn, and its model, as far as is known.

        ``model_before`` is that of the turn before: the server asks it to compact the history when
        the model changes, in the new turn, before that takes the prompt.
        """
        self._usage.thread_total = thread_total
        if model is not None:
            self._model = model
            self._usage.model = model_before or model

    @property
    def text(self) -> str:
        """The final answer so far."""
        return self._answer.text

    def apply(self, event: Notification) -> None:
        """Take the next event of the turn."""
        match event:
            case AgentMessageDelta():
                self._answer.extend((event,))
            case ItemStarted() | ItemCompleted():
                self._item(event.item, completed=isinstance(event, ItemCompleted))
            case ThreadTokenUsageUpdated():
                self._usage.apply(event.token_usage)
            case ModelRerouted():
                self._usage.model = event.to_model
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

    def extend(self, deltas: Sequence[TextDelta]) -> None:
        """Take the next events of the turn, all of them text deltas."""
        self._answer.extend(deltas)

    def sharing(self, event: TurnCompleted) -> TurnCompleted:
        """The event, which repeats an item, holding the one that is known: texts can be long."""
        items = [self._known(item) for item in event.turn.items]
        return replace(event, turn=replace(event.turn, items=items))

    def item(self, item_id: str) -> ThreadItem | None:
        """The item of that id in its last reported state; None before it was told of."""
        return self._items.get(item_id)

    @property
    def usage(self) -> TokenUsage | None:
        """What the turn cost so far; None before its first model call was counted."""
        return self._usage.turn

    @property
    def is_whole(self) -> bool:
        """The model has said something, and nothing that was begun is without its end."""
        begun = [item for item in self._items.values() if not isinstance(item, UserMessage)]
        return bool(begun) and not self._answer.is_open and not any(map(is_in_progress, begun))

    def _known(self, item: ThreadItem) -> ThreadItem:
        known = self._items.get(getattr(item, "id", ""))
        return known if known is not None and known == item else item

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
            usage_by_model=self._usage.by_model,
            context=self._usage.context,
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
        elif isinstance(item, UserMessage):
            self._usage.model, self._model = self._model or self._usage.model, None
        key = getattr(item, "id", None)
        self._items[key if isinstance(key, str) else f"?{len(self._items)}"] = item


def _with_text(item: AgentMessage, text: str) -> AgentMessage:
    return item if item.text == text else replace(item, text=text)
