"""A journal said again to a client: what was recorded, in order, each request of it matched.

Owns when the next line is said, and what becomes of a request that nobody had made. What waits for
what is arranged in `recorded_lives`; lines and processes are the server's. Enter at
`FakeAppServer.from_journal`.
"""

from __future__ import annotations

from collections import deque
from itertools import chain
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.testing.fake_server.captured import part_of
from codex_runtime.testing.fake_server.recorded_lives import (
    NO_THREAD,
    Answered,
    Asked,
    Died,
    Life,
    Opened,
    Replied,
    Said,
    is_about_a_thread,
    key_of,
)
from codex_runtime.testing.fake_server.threads import FakeThread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.testing.fake_server.captured import Json
    from codex_runtime.testing.fake_server.link import FakeLink
    from codex_runtime.testing.fake_server.recorded_lives import Key, Lane, Step

__all__ = ["JournalReplay"]

_FAREWELLS: Final[dict[str, Json]] = {
    "thread/archive": {},
    "thread/unsubscribe": {"status": "unsubscribed"},
}
"""Obeyed also where they were not recorded: the client is done with the thread."""
_LAST_READS_S: Final = 1.0
"""An end waits so long, and the recorded pause before it, for what only read."""
_MS_PER_S: Final = 1000


class JournalReplay:
    """The recorded processes, one after the other; what a replaying `FakeAppServer` follows.

    A recorded request of a thread holds up what came after it in that thread until the client makes
    one of the same method; the answer goes out under the client's own id. The server's requests are
    made again, and where the client had answered one, its answer is waited for, whatever it says.
    """

    def __init__(self, server: FakeLink, lives: Sequence[Life], speed: float | None) -> None:
        self._server: Final = server
        self._later: deque[Life] = deque(lives)
        self._speed: Final = speed
        self._life: Life = Life()
        self._greeted: bool = False
        self._waiting: dict[Key, deque[Json]] = {}
        self._requests: dict[int, Json] = {}
        """Those that wait for their answer, by the numbers of those that they stand for."""
        self._replied: set[int | str] = set()
        self._played_ms: int | None = None
        self._played_seq: int = 0
        self._unasked_reads: int = 0
        self._changed: trio.Event = trio.Event()

    # -- what a test looks at --------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """All that was recorded has been said."""
        return not self._later and not any(self._life.lanes.values())

    @property
    def waiting_for(self) -> list[str]:
        """What the client would have to do next, for each thread that is held up, in words."""
        heads = [lane[0] for lane in sorted(filter(None, self._life.lanes.values()), key=_seq_of)]
        return [words for step in heads if (words := self._words(step))]

    def _words(self, step: Step) -> str:
        match step:
            case Asked(key=(method, thread_id)):
                return f"{method} {thread_id}".strip()
            case Opened():
                return f"thread/resume {step.thread_id}"
            case Replied():
                return f"an answer to the server's request {step.request_id}"
            case _:
                return ""

    # -- what the server tells -------------------------------------------------------------------

    def begin(self) -> None:
        """A process has begun: it lives the next of the recorded lives."""
        self._greeted = False
        for left in (self._waiting, self._requests, self._replied):
            left.clear()
        self._played_ms, self._played_seq = None, 0
        if not self._later:
            self._life = Life()
            self._server.exit(1, "the replayed journal has no further server process\n")
            return
        self._life = self._later.popleft()
        self._unasked_reads = self._life.asked_reads
        self._server.process.start_soon(self._play)

    def take(self, request: Json) -> bool:
        """See to a request; False if the fake itself has to."""
        method, params = request["method"], part_of(request, "params")
        if method == "initialize":
            return self._greet(request)
        key = key_of(method, params.get("threadId"))
        if not is_about_a_thread(key):
            self._unasked_reads -= 1
            self._changed.set()
            if self._answer_read(request, key):
                return True
            if key[1] == "":
                return False
        elif self._is_still_to_come(key):
            self._waiting.setdefault(key, deque()).append(request)
            self._changed.set()
            return True
        if method in _FAREWELLS:
            self._server.answer(request, _FAREWELLS[method])
        else:
            thread = f" for thread {key[1]}" if key[1] else ""
            self._server.refuse(request, f"the replayed journal has no further {method}{thread}")
        return True

    def replied(self, request_id: int | str) -> None:
        """The client has answered a request of the server."""
        self._replied.add(request_id)
        self._changed.set()

    def _greet(self, request: Json) -> bool:
        is_first, self._greeted = not self._greeted, True
        self._changed.set()
        if self._life.hellos:
            self._answer(request, self._life.hellos.popleft().answer)
            return True
        return is_first and self._life.was_greeted  # which then was never answered

    def _is_still_to_come(self, key: Key) -> bool:
        """Whether more requests of the kind were recorded than the client has made."""
        lanes = self._life.lanes
        own = lanes.get(self._life.lane_name(key[1]), ())
        steps = chain.from_iterable(lanes.values()) if key[1] == "" else own
        recorded = sum(_is_met_by(step, key) for step in steps)
        return len(self._waiting.get(key, ())) < recorded

    def _answer_read(self, request: Json, key: Key) -> bool:
        """Answer with what was recorded next from here on; with the last again when there is none.

        Whatever its answer was: False if nothing of it was written down.
        """
        answers = self._life.reads.get(key)
        if not answers:
            return False
        while len(answers) > 1 and answers[0].seq < self._played_seq:
            answers.popleft()
        answer = answers[0].answer
        if len(answers) > 1:
            answers.popleft()
        if answer is not None:
            self._answer(request, answer)
        return answer is not None

    # -- playing ---------------------------------------------------------------------------------

    async def _play(self) -> None:
        while True:
            lane = self._next()
            if lane is None:
                self._changed = trio.Event()
                await self._changed.wait()
            else:
                await self._keep_pace(lane[0])
                self._perform(lane.popleft())

    def _next(self) -> Lane | None:
        """The lane of what can be said now, the earliest of all; None when all are held up."""
        lanes = self._life.lanes
        was_up = self._life.was_greeted or self._life.is_of_a_session or lanes.keys() - {NO_THREAD}
        if was_up and not self._greeted:
            return None
        left = [lane for lane in lanes.values() if lane]
        ready = [lane for lane in left if self._is_ready(lane[0])]
        # What is of no thread, an end above all, comes when all before it has been said.
        first = min(left, key=_seq_of, default=None)
        of_none = lanes.get(NO_THREAD)
        found = [lane for lane in ready if lane is not of_none or lane is first]
        return min(found, key=_seq_of, default=None)

    def _is_ready(self, step: Step) -> bool:
        match step:
            case Asked():
                return bool(self._waiting.get(step.key))
            case Opened():
                return any(self._waiting.get(key) for key in _keys_of(step))
            case Replied():
                return step.request_id in self._replied
            case _:
                return True

    async def _keep_pace(self, step: Step) -> None:
        before_ms, self._played_ms = self._played_ms or step.at_ms, step.at_ms
        pause_s = max(0, step.at_ms - before_ms) / _MS_PER_S / (self._speed or 1)
        if isinstance(step, Died):
            with trio.move_on_after(pause_s + _LAST_READS_S):
                await self._until_all_is_read()
        elif self._speed is not None and isinstance(step, (Said, Answered)):
            await trio.sleep(pause_s)
        else:
            await trio.lowlevel.checkpoint()

    async def _until_all_is_read(self) -> None:
        """Until the client has made as many requests that only read as were recorded."""
        while self._unasked_reads > 0:
            self._changed = trio.Event()
            await self._changed.wait()

    def _perform(self, step: Step) -> None:
        self._played_seq = step.seq
        match step:
            case Said():
                self._server.send_bytes(step.line)
            case Asked():
                self._requests[step.seq] = self._waiting[step.key].popleft()
            case Answered():
                self._answer(self._requests.pop(step.asked.seq), step.answer)
            case Opened():
                key = next(key for key in _keys_of(step) if self._waiting.get(key))
                request = self._waiting[key].popleft()
                opened = FakeThread(step.thread_id).opened_json(request["method"], [])
                self._server.answer(request, opened)
            case Died():
                self._server.exit(step.returncode)
            case Replied():
                pass

    def _answer(self, request: Json, answer: dict[str, Json] | None) -> None:
        if answer is None:
            told = f"the replayed journal does not hold the answer of {request['method']}"
            self._server.refuse(request, told)
        elif "result" in answer:
            self._server.answer(request, answer["result"])
        else:
            error = {"message": "its words were not recorded", **answer["error"]}
            self._server.send({"id": request["id"], "error": error})


def _seq_of(lane: Lane) -> int:
    return lane[0].seq


def _keys_of(step: Opened) -> tuple[Key, Key]:
    """What opens the thread."""
    return key_of("thread/start", None), key_of("thread/resume", step.thread_id)


def _is_met_by(step: Step, key: Key) -> bool:
    match step:
        case Asked():
            return step.key == key
        case Opened():
            return key in _keys_of(step)
        case _:
            return False
