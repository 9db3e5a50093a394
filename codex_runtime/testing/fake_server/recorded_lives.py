"""A journal arranged to be said again: one life per server process, and in it what waits for what.

Owns the order: each thread is a lane of its own, in which a recorded request of the client holds up
all that came after it; what only reads is set aside, to be answered whenever it is asked. Sends
nothing and knows no connection (see `replaying`). Enter at `lives_of`.
"""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from codex_runtime.testing.fake_server.captured import part_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_runtime.history.journal import JournalEntry
    from codex_runtime.testing.fake_server.captured import Json

__all__ = [
    "NO_THREAD",
    "Answered",
    "Asked",
    "Died",
    "Key",
    "Lane",
    "Life",
    "Opened",
    "Replied",
    "Said",
    "Step",
    "is_about_a_thread",
    "key_of",
    "lives_of",
]

NO_THREAD: Final = ""
"""The lane of what belongs to no thread."""
_READS: Final = frozenset({"get", "list", "read", "search", "searchOccurrences"})
"""Last words of methods that change nothing."""
_OPENING: Final = frozenset({"thread/fork", "thread/resume", "thread/start"})
_ON_AN_OPEN_THREAD: Final = (
    *("review/start", "thread/compact/start", "thread/settings/update", "thread/shellCommand"),
    *("turn/interrupt", "turn/start", "turn/steer"),
)

Key: TypeAlias = tuple[str, str]
"""By what a request of the client is found again: its method and thread; see `key_of`."""


@attrs.frozen
class Said:
    """The server said this line."""

    seq: int
    at_ms: int
    line: bytes


@attrs.frozen
class Asked:
    """The client asked, and its lane goes on when it does so again."""

    seq: int
    at_ms: int
    key: Key


@attrs.frozen
class Answered:
    """The server answered, with a ``result`` or an ``error``; None when it was not written down."""

    seq: int
    at_ms: int
    asked: Asked
    answer: dict[str, Json] | None


@attrs.frozen
class Replied:
    """The client answered a request of the server."""

    seq: int
    at_ms: int
    request_id: int | str


@attrs.frozen
class Opened:
    """The thread was open before the journal began: the client has to open it."""

    seq: int
    at_ms: int
    thread_id: str


@attrs.frozen
class Died:
    """The process ended by itself."""

    seq: int
    at_ms: int
    returncode: int


Step: TypeAlias = Said | Asked | Answered | Replied | Opened | Died
Lane: TypeAlias = "deque[Step]"


@attrs.define(eq=False)
class Life:
    """What one server process said and was asked."""

    lanes: dict[str, Lane] = attrs.field(factory=dict[str, "Lane"])
    """By thread; those of a child thread, a fork or a review stand in the lane they came from."""
    was_greeted: bool = False
    """The client said ``initialize``."""
    is_of_a_session: bool = False
    """It says nothing of ``initialize``, nor of any other thread."""
    hellos: deque[Answered] = attrs.field(factory=deque[Answered])
    """The answers to ``initialize``, in order."""
    asked_reads: int = 0
    """How often the client asked for what only read."""
    reads: dict[Key, deque[Answered]] = attrs.field(factory=dict[Key, "deque[Answered]"])
    """The answers to what only read, in order."""
    lane_of: dict[str, str] = attrs.field(factory=dict[str, str])
    """Where the messages of a thread stand, if not in the lane of its own id."""

    def lane_name(self, thread_id: str) -> str:
        """The lane in which a thread's messages stand."""
        while thread_id in self.lane_of:
            thread_id = self.lane_of[thread_id]
        return thread_id


def key_of(method: str, thread_id: str | None) -> Key:
    """A new thread has no id to be asked for by."""
    return method, "" if method == "thread/start" else thread_id or ""


def is_about_a_thread(key: Key) -> bool:
    """Whether it is held up, and holds up, in a lane; the rest is answered whenever it is asked."""
    method, thread_id = key
    changes = method.rpartition("/")[2] not in _READS
    return method == "thread/start" or (thread_id != "" and changes)


def lives_of(entries: Iterable[JournalEntry]) -> list[Life]:
    """The processes of a journal, in order; one that begins in the middle is a life as well."""
    parts: list[list[JournalEntry]] = []
    generation: int | None = None
    for entry in entries:
        if entry.kind == "generation" or entry.generation != generation:
            generation = entry.generation
            parts.append([])
        parts[-1].append(entry)
    return [_Arranging(part).life for part in parts]


class _Arranging:
    """Makes the life of the entries of one process."""

    def __init__(self, entries: list[JournalEntry]) -> None:
        self.life = Life()
        self._asked: dict[int | str, Asked] = {}
        self._opened: dict[int | str, str] = {}
        """Which thread the answer of a request opened."""
        self._requested: dict[int | str, Lane] = {}
        """Where the requests of the server stand."""
        self._own: set[str] = set()
        """The threads that the client asked for something."""
        for entry in entries:
            self._relate(entry.kind, json.loads(entry.message))
        for entry in entries:
            self._place(entry, json.loads(entry.message))
        for name, lane in self.life.lanes.items():
            if _goes_on_with_an_open_thread(lane):
                lane.appendleft(Opened(lane[0].seq, lane[0].at_ms, name))

    # -- whose lane ------------------------------------------------------------------------------

    def _relate(self, kind: str, message: Json) -> None:
        """Note which threads the client named, and which came out of another."""
        match kind:
            case "sent" if "method" in message and "id" in message:
                key = key_of(message["method"], message.get("threadId"))
                self._asked[message["id"]] = Asked(0, 0, key)
                if is_about_a_thread(key):
                    self._own.add(key[1])
            case "result":
                self._relate_answer(message)
            case "notification":
                params = part_of(message, "params")
                thread, item = part_of(params, "thread"), part_of(params, "item")
                self._adopt(thread.get("id"), thread.get("parentThreadId"))
                for child in item.get("receiverThreadIds") or ():
                    self._adopt(child, item.get("senderThreadId"))
            case _:
                pass

    def _relate_answer(self, message: Json) -> None:
        asked = self._asked.get(message["id"])
        result = part_of(message, "result")
        opened = part_of(result, "thread").get("id")
        if asked is None:
            return
        method, source = asked.key
        if method == "thread/start" and opened is not None:
            self._opened[message["id"]] = opened
            self._own.add(opened)
        elif method == "thread/fork":
            self._adopt(opened, source)
        elif method == "review/start":
            self._adopt(result.get("reviewThreadId"), source)

    def _adopt(self, child: str | None, parent: str | None) -> None:
        """What is said of the child stands in the lane of the parent."""
        if child is None or parent is None:
            return
        name, above = self.life.lane_name(child), self.life.lane_name(parent)
        if name != above:
            self.life.lane_of[name] = above

    def _lane(self, thread_id: str | None) -> Lane:
        """That of the thread; of one that nobody asked for, that of no thread."""
        name = self.life.lane_name(thread_id or NO_THREAD)
        return self.life.lanes.setdefault(name if name in self._own else NO_THREAD, deque())

    # -- what happened ---------------------------------------------------------------------------

    def _place(self, entry: JournalEntry, message: Json) -> None:
        match entry.kind:
            case "sent" if "method" not in message:
                lane = self._requested.get(message["id"])
                if lane is not None:
                    lane.append(Replied(entry.seq, entry.at_ms, message["id"]))
            case "sent" if "id" in message:
                self._place_request(entry, message)
            case "result" | "error" if message.get("id") in self._asked:
                self._place_answer(entry, message)
            case "notification" | "request":
                params = part_of(message, "params")
                thread_id = params.get("threadId") or part_of(params, "thread").get("id")
                lane = self._lane(thread_id)
                lane.append(Said(entry.seq, entry.at_ms, bytes(entry.message) + b"\n"))
                if entry.kind == "request":
                    self._requested[message["id"]] = lane
            case "garbage":
                self._lane(NO_THREAD).append(
                    Said(entry.seq, entry.at_ms, str(message).encode() + b"\n")
                )
            case "generation":
                self.life.is_of_a_session = message.get("thread_id") is not None
            case "end":
                self._place_end(entry, message)
            case _:
                pass

    def _place_request(self, entry: JournalEntry, message: Json) -> None:
        request_id = message["id"]
        key = self._asked[request_id].key
        asked = self._asked[request_id] = Asked(entry.seq, entry.at_ms, key)
        if key[0] == "initialize":
            self.life.was_greeted = True
        elif is_about_a_thread(key):
            self._lane_of_request(request_id, asked).append(asked)
        else:
            self.life.asked_reads += 1

    def _place_answer(self, entry: JournalEntry, message: Json) -> None:
        asked = self._asked[message["id"]]
        answer = {name: message[name] for name in ("result", "error") if name in message} or None
        answered = Answered(entry.seq, entry.at_ms, asked, answer)
        if asked.key[0] == "initialize":
            self.life.hellos.append(answered)
        elif is_about_a_thread(asked.key):
            self._lane_of_request(message["id"], asked).append(answered)
        else:
            self.life.reads.setdefault(asked.key, deque()).append(answered)

    def _lane_of_request(self, request_id: int | str, asked: Asked) -> Lane:
        if asked.key[0] != "thread/start":
            return self._lane(asked.key[1])
        if request_id in self._opened:
            return self._lane(self._opened[request_id])
        return self.life.lanes.setdefault(f"thread/start {request_id}", deque())

    def _place_end(self, entry: JournalEntry, message: Json) -> None:
        """An end that the client asked for comes by itself when it asks."""
        how, returncode = message.get("how"), message.get("returncode") or 0
        if how == "crash" or (how == "in_memory" and returncode != 0):
            self._lane(NO_THREAD).append(Died(entry.seq, entry.at_ms, returncode))


def _goes_on_with_an_open_thread(lane: Lane) -> bool:
    """Whether the client used the thread without having opened it in this life."""
    for step in lane:
        if isinstance(step, Answered) and step.answer is not None and "result" in step.answer:
            method = step.asked.key[0]
            if method in _OPENING:
                return False
            if method in _ON_AN_OPEN_THREAD:
                return True
    return False
