"""From the events of one turn to marks on a screen.

Owns what is worth showing and in which order: texts as they are written, items when they begin and
end, what is being waited for. Writes nothing; an event it does not know says nothing. Enter at
`TurnView.marks_for`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from codex_runtime.cli.items import activity, ended, plan_lines, started
from codex_runtime.cli.marks import Doing, Gap, Lines, Say
from codex_runtime.cli.texts import clean, tail
from codex_runtime.protocol import (
    AgentMessage,
    AgentMessageDelta,
    CommandExecutionOutputDelta,
    ErrorNotification,
    GuardianWarning,
    ItemCompleted,
    ItemStarted,
    ModelRerouted,
    Plan,
    PlanDelta,
    Reasoning,
    ReasoningSummaryPartAdded,
    ReasoningSummaryTextDelta,
    TurnCompleted,
    TurnPlanUpdated,
    TurnStarted,
    WarningNotification,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.cli.marks import Mark
    from codex_runtime.protocol import Notification, ThreadItem

__all__ = ["TurnView"]

_DIM = "dim italic"
_THINKING = "thinking"


class TurnView:
    """What was shown of one turn; feed it every event in order."""

    def __init__(self) -> None:
        self._current: str | None = None  # the item whose lines are the last on the screen
        self._written: dict[str, list[str]] = {}  # texts under way, by item
        self._running: dict[str, ThreadItem] = {}

    def marks_for(self, event: Notification) -> Iterator[Mark]:
        """The marks of the next event."""
        match event:
            case ItemStarted():
                yield from self._start(event.item)
            case ItemCompleted():
                yield from self._end(event.item)
            case CommandExecutionOutputDelta():
                yield from self._output(event)
            case TurnPlanUpdated():
                yield from self._apart(plan_lines(event.plan))
            case TurnStarted():
                yield Doing(_THINKING)
            case TurnCompleted():
                yield Doing("")
            case _:
                yield from self._delta(event)
                yield from self._notice(event)

    def break_off(self) -> None:
        """Something else was shown since: what goes on stands apart from it, under its head."""
        self._current = ""

    def _delta(self, event: Notification) -> Iterator[Mark]:
        match event:
            case AgentMessageDelta() | PlanDelta():
                yield from self._write(event.item_id, event.delta, "")
            case ReasoningSummaryTextDelta():
                yield from self._write(event.item_id, event.delta, _DIM)
            case ReasoningSummaryPartAdded() if event.summary_index > 0:
                yield from self._write(event.item_id, "\n\n", _DIM)
            case _:
                pass

    def _notice(self, event: Notification) -> Iterator[Mark]:
        match event:
            case ErrorNotification(will_retry=True):
                news = f"{event.error.message} (trying again)"
                yield from self._apart((_notice(news, "yellow"),))
            case ErrorNotification():
                yield from self._apart((_notice(event.error.message, "red"),))
            case WarningNotification() | GuardianWarning():
                yield from self._apart((_notice(event.message, "yellow"),))
            case ModelRerouted():
                news = f"the server went from {event.from_model} to {event.to_model}"
                yield from self._apart((_notice(news, "yellow"),))
            case _:
                pass

    def _start(self, item: ThreadItem) -> Iterator[Mark]:
        match item:
            case AgentMessage() | Plan():
                yield Doing("writing")
            case Reasoning():
                yield Doing(_THINKING)
            case _:
                lines = started(item)
                if lines:
                    yield from self._turn_to(item.id or "")
                    yield Lines(lines)
                self._running[item.id or ""] = item
                yield Doing(activity(item))

    def _end(self, item: ThreadItem) -> Iterator[Mark]:
        match item:
            case AgentMessage() | Plan():
                yield from self._rest(item.id, item.text, "")
            case Reasoning():
                yield from self._rest(item.id, "\n\n".join(item.summary), _DIM)
            case _:
                key = item.id or ""
                self._running.pop(key, None)
                lines = ended(item)
                if lines:
                    if self._current != key:
                        yield from self._turn_to(key)
                        yield Lines(started(item))
                    yield Lines(lines)
        others = [activity(other) for other in self._running.values()]
        yield Doing(others[-1] if others else _THINKING)

    def _write(self, key: str, text: str, style: str) -> Iterator[Mark]:
        yield from self._turn_to(key)
        self._written.setdefault(key, []).append(text)
        yield Say(text, style)

    def _rest(self, key: str, whole: str, style: str) -> Iterator[Mark]:
        """What the end of a text says beyond its deltas: all of it, if there were none."""
        shown = "".join(self._written.pop(key, ()))
        if whole != shown and whole.startswith(shown):
            yield from self._turn_to(key)
            yield Say(whole[len(shown) :], style)
        if whole or shown:
            yield Lines(())

    def _output(self, event: CommandExecutionOutputDelta) -> Iterator[Mark]:
        lines, _above = tail(event.delta, 1)
        if lines:
            yield Doing(f"running: {lines[0].strip()}")

    def _apart(self, lines: tuple[Text, ...]) -> Iterator[Mark]:
        yield Gap()
        yield Lines(lines)
        self._current = ""

    def _turn_to(self, key: str) -> Iterator[Mark]:
        if self._current != key:
            self._current = key
            yield Gap()


def _notice(message: str, style: str) -> Text:
    return Text(f"! {clean(message).strip()}", style)
