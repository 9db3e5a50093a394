"""From the entries of a journal to marks on a screen.

Owns what is shown beside the turns, which look as they do live (see `view`): prompts, threads,
closing words, the lives of servers. Writes nothing. Enter at `JournalView.marks_for`.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from rich.text import Text

from codex_runtime.cli.endings import ending_words, failure_words
from codex_runtime.cli.marks import Doing, Gap, Lines, Say
from codex_runtime.cli.recorded_turns import RecordedTurns, died_by_itself, turn_of
from codex_runtime.cli.texts import clean
from codex_runtime.cli.view import TurnView
from codex_runtime.protocol import ItemCompleted, TextUserInput, UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from codex_runtime.cli.marks import Mark
    from codex_runtime.history.journal import JournalEntry
    from codex_runtime.model.results import TurnResult
    from codex_runtime.protocol import Notification

__all__ = ["JournalView"]

_OPENING: Final = ("thread/start", "thread/resume", "thread/fork")

# Any: plain JSON, looked into key by key.
Json: TypeAlias = Any


class JournalView:
    """What was shown of a journal; feed it every entry in order."""

    def __init__(self) -> None:
        self._turns = RecordedTurns()
        self._views: dict[tuple[str | None, str | None], TurnView] = {}
        self._thread: str | None = None
        """The one that was shown last."""
        self._about: dict[str, tuple[str, ...]] = {}
        """What else is said of a thread when it is named next: its directory and its model."""

    def marks_for(self, entries: Iterable[JournalEntry]) -> Iterator[Mark]:
        """The marks of the next entries; what is written piece by piece is one mark."""
        said: list[Say] = []
        for mark in chain.from_iterable(map(self._entry, entries)):
            if isinstance(mark, Say) and (not said or said[0].style == mark.style):
                said.append(mark)
            else:
                yield from _joined(said)
                said = [mark] if isinstance(mark, Say) else []
                if not said:
                    yield mark
        yield from _joined(said)

    def _entry(self, entry: JournalEntry) -> Iterator[Mark]:
        match entry.kind:
            case "notification":
                event = entry.event
                if event is not None:
                    yield from self._event(entry.thread_id, event)
            case "request":
                yield from self._turn_to(entry.thread_id)
                yield Lines((Text(clean(f"  ? {entry.method}"), "yellow"),))
            case "result":
                yield from self._result(entry)
            case "error":
                words = f"! {entry.answered_method} was refused: {_error_of(entry)}"
                yield from self._aside(entry.thread_id, words, "yellow")
            case "garbage":
                yield from self._aside(None, f"! no message: {json.loads(entry.message)}", "yellow")
            case "end":
                yield from self._end(json.loads(entry.message))
            case _:
                pass

    def last_marks(self) -> Iterator[Mark]:
        """What is said when there is no entry any more."""
        for thread_id, _ in self._turns.running:
            words = "the journal ends in the middle of this turn"
            yield from self._aside(thread_id, words, "dim")
        yield Doing("")

    # -- turns -----------------------------------------------------------------------------------

    def _event(self, thread_id: str | None, event: Notification) -> Iterator[Mark]:
        key = thread_id, turn_of(event)
        view = self._views.setdefault(key, TurnView())
        if thread_id != self._thread:
            view.break_off()
        marks = list(view.marks_for(event))
        if any(isinstance(mark, (Say, Lines)) for mark in marks):
            yield from self._turn_to(thread_id)
        if isinstance(event, ItemCompleted) and isinstance(event.item, UserMessage):
            yield from self._aside(thread_id, f"> {_prompt_of(event.item)}", "bold")
            view.break_off()
        else:
            yield from marks
        result = self._turns.apply(thread_id, event)
        if result is not None:
            del self._views[key]
            yield from self._close(result)

    def _close(self, result: TurnResult) -> Iterator[Mark]:
        if result.status == "failed":
            yield from self._aside(result.thread_id, f"✘ {failure_words(result)}", "red")
        yield from self._aside(result.thread_id, ending_words(result), "dim")
        yield Doing("")

    # -- threads and servers ---------------------------------------------------------------------

    def _turn_to(self, thread_id: str | None) -> Iterator[Mark]:
        """Name the thread, unless it is the one above, or none."""
        if thread_id is None or thread_id == self._thread:
            return
        self._thread = thread_id
        words = " · ".join((f"thread {thread_id}", *self._about.pop(thread_id, ())))
        yield Gap()
        yield Lines((Text(clean(words), "cyan"),))

    def _aside(self, thread_id: str | None, words: str, style: str) -> Iterator[Mark]:
        yield from self._turn_to(thread_id)
        yield Gap()
        yield Lines(tuple(Text(line, style) for line in clean(words).split("\n")))

    def _result(self, entry: JournalEntry) -> Iterator[Mark]:
        result: Json = json.loads(entry.message).get("result")
        thread_id = entry.thread_id
        if entry.answered_method == "initialize" and result is not None:
            agent = str(result.get("userAgent")).split(" ", 1)[0]
            version = agent.rpartition("/")[2]
            yield from self._aside(None, f"app-server {version} (server {entry.generation})", "dim")
        elif entry.answered_method in _OPENING and result is not None and thread_id is not None:
            told = (result.get(key) for key in ("cwd", "model"))
            self._about[thread_id] = tuple(text for text in told if isinstance(text, str))

    def _end(self, message: Json) -> Iterator[Mark]:
        if not died_by_itself(message.get("how"), message.get("returncode")):
            yield from self._aside(None, "the app-server was ended", "dim")
            return
        yield from self._aside(None, f"✘ the app-server died: {_exit_words(message)}", "red")
        for result in self._turns.lose():
            yield from self._close(result)


def _joined(said: list[Say]) -> Iterator[Say]:
    if said:
        yield Say("".join(mark.text for mark in said), said[0].style)


def _prompt_of(item: UserMessage) -> str:
    texts: list[str] = []
    for part in item.content:
        if isinstance(part, TextUserInput):
            texts.append(part.text)
        else:
            kind = type(part).__name__.removesuffix("UserInput")
            what = getattr(part, "name", None) or getattr(part, "path", None) or ""
            texts.append(f"[{kind} {what}".rstrip() + "]")
    return "\n  ".join(texts)


def _error_of(entry: JournalEntry) -> str:
    error: Json = json.loads(entry.message).get("error") or {}
    return str(error.get("message") or f"error {error.get('code')}")


def _exit_words(message: Json) -> str:
    returncode = message.get("returncode")
    if isinstance(returncode, int) and returncode < 0:
        return f"killed by signal {-returncode}"
    return "exit code unknown" if returncode is None else f"exit code {returncode}"
