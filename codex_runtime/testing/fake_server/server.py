"""A fake app-server that behaves as 0.163.0 was seen to, traps included, and worse on demand.

Owns its threads and turns, what it does with requests, and the knobs for faults of turns; message
shapes are taken from the recorded conversations. What only looks at what is there stands in
`queries`, lines and processes in `link`. Knows nothing of the client. Enter at `FakeAppServer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import trio

from codex_runtime.errors import InvalidInput
from codex_runtime.history.journal import read_journal
from codex_runtime.testing.fake_server.captured import (
    VERSION,
    captured_result,
    part_of,
)
from codex_runtime.testing.fake_server.link import FakeLink
from codex_runtime.testing.fake_server.queries import QUERIES
from codex_runtime.testing.fake_server.recorded_lives import lives_of
from codex_runtime.testing.fake_server.replaying import JournalReplay
from codex_runtime.testing.fake_server.threads import FakeThread
from codex_runtime.testing.fake_server.turns import FakeTurn, echo

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from codex_runtime.testing.fake_server.captured import Json
    from codex_runtime.testing.fake_server.turns import Play

__all__ = ["FakeAppServer"]

MAX_INPUT_CHARS: Final = 1_048_576
_OF_A_THREAD: Final = {
    *("thread/archive", "thread/backgroundTerminals/clean", "thread/backgroundTerminals/list"),
    *("thread/backgroundTerminals/terminate", "thread/compact/start", "thread/name/set"),
    *("thread/read", "thread/resume", "thread/settings/update", "thread/turns/list"),
    *("thread/unarchive", "thread/unsubscribe", "review/start"),
    *("turn/interrupt", "turn/start", "turn/steer"),
}


class FakeAppServer(FakeLink):
    """The server, its knobs, and a record of what it was told. One client at a time.

    It may be connected to again and again: each connection is a process of its own, which knows of
    the ones before what the real server has on disk (threads that ran a turn, with their turns).

    Knobs name client methods. ``drop``: read and forget. ``hold``: do it, but keep the answer back
    until `release`. ``fail``: answer with these errors first. ``delay_s``: wait before doing it.
    """

    def __init__(self, play: Play = echo) -> None:
        super().__init__()
        self.play: Play = play
        """What every turn says that nothing else is said for; may be changed at any time."""
        self.threads: dict[str, FakeThread] = {}
        """Loaded or on record."""
        self.turns: list[FakeTurn] = []
        """All there ever were, of all processes."""
        self.merged: list[str] = []
        """Prompts that the server took as a steer, because a turn was running."""
        self.start_delay_s: float = 0.0
        """From the answer of ``turn/start`` to ``turn/started``."""
        self.interrupts: Literal["obey", "only_answer", "ignore"] = "obey"
        """Whether an interrupt ends the turn, is answered and no more, or not even that."""
        self.phantom_start: bool = False
        """``turn/started`` names an id of its own, and interrupts are taken by that one only."""
        self.resumes_never_ran: bool = False
        """A loaded thread that never ran can be resumed, which the real server refuses."""
        self.exec_result: Json = {"exitCode": 0, "stdout": "", "stderr": ""}
        """What ``command/exec`` answers; nothing is run."""
        self.replay: JournalReplay | None = None
        """The journal that is said again; None without one."""
        self._numbers: int = 0
        self._initialized: bool = False
        self._handlers: dict[str, Callable[[Json], None]] = {
            "initialize": self._initialize,
            "thread/start": self._thread_start,
            "thread/resume": self._thread_resume,
            "thread/archive": self._thread_archive,
            "thread/unarchive": self._thread_unarchive,
            "thread/unsubscribe": self._thread_unsubscribe,
            "thread/name/set": self._thread_name_set,
            "thread/settings/update": self._settings_update,
            "thread/compact/start": self._compact,
            "thread/backgroundTerminals/terminate": self._terminate,
            "thread/backgroundTerminals/clean": self._clean,
            "review/start": self._review,
            "turn/start": self._turn_start,
            "turn/steer": self._turn_steer,
            "turn/interrupt": self._turn_interrupt,
        }

    @staticmethod
    def from_journal(path: str | os.PathLike[str], *, speed: float | None = None) -> FakeAppServer:
        """A server that says again what a journal recorded; see `JournalReplay`.

        It is read whole, now. Each connection is the next process of the journal, its bad end
        included. By default it speaks as fast as it is read; with ``speed=1`` it keeps the recorded
        pauses, with 2 it takes half of each. Raises `JournalUnreadable` and `InvalidInput`.
        """
        server = FakeAppServer()
        server.follow_journal(path, speed=speed)
        return server

    def follow_journal(
        self, path: str | os.PathLike[str], *, speed: float | None = None, skip: int = 0
    ) -> None:
        """Say what that journal recorded, from its process number ``skip`` on, counted from 0."""
        is_number = isinstance(speed, (int, float)) and not isinstance(speed, bool)
        if speed is not None and not (is_number and speed > 0):
            raise InvalidInput("speed", speed, "is no number above 0", "Leave it out for no pauses")
        with read_journal(path) as entries:
            self.replay = JournalReplay(self, lives_of(entries)[skip:], speed)

    @property
    def running(self) -> list[FakeTurn]:
        """The turns that have not ended."""
        return [turn for turn in self.turns if turn.status is None]

    # -- its processes ---------------------------------------------------------------------------

    def started(self) -> None:
        """A process has begun: nobody said hello yet."""
        self._initialized = False
        if self.replay is not None:
            self.replay.begin()

    def died(self, *, crashed: bool) -> None:
        """The process is over: its turns with it, and the threads that are not on record."""
        for turn in self.running:
            turn.status = "interrupted"
        for thread in list(self.threads.values()):
            thread.unload(crashed=crashed)
            self.stored(thread)
            if not thread.on_record and not thread.archived:
                del self.threads[thread.thread_id]

    def stored(self, thread: FakeThread) -> None:
        """What is on record of a thread has changed."""

    def notify(self, method: str, params: Json) -> None:
        """Send a notification, unless the client unsubscribed from its thread."""
        told = part_of({"params": params}, "params")
        thread = self.threads.get(str(told.get("threadId")))
        if thread is None or thread.subscribed:
            super().notify(method, params)
        if thread is not None and method in ("item/completed", "turn/started", "turn/completed"):
            self.stored(thread)

    def next_number(self) -> int:
        """Each time one more, from 1."""
        self._numbers += 1
        return self._numbers

    def new_id(self) -> str:
        """An id in the form the server gives."""
        return f"01a1fc3e-39a6-7a02-8c21-{self.next_number():012x}"

    def new_thread(self, parent_id: str | None = None) -> FakeThread:
        """A loaded thread that nobody asked for."""
        thread = FakeThread(self.new_id(), parent_id=parent_id)
        self.threads[thread.thread_id] = thread
        return thread

    # -- requests --------------------------------------------------------------------------------

    def _answered(self, message: Json) -> None:
        if self.replay is not None:
            self.replay.replied(message["id"])
        super()._answered(message)

    def _obey(self, message: Json) -> None:
        method = message["method"]
        if not self._initialized and method != "initialize":
            self.refuse(message, "Not initialized")
        elif self.replay is not None and self.replay.take(message):
            self._initialized = True
        elif method in _OF_A_THREAD and "threadId" not in part_of(message, "params"):
            self.refuse(message, "Invalid request: missing field `threadId`")
        elif method in self._handlers:
            self._handlers[method](message)
        elif method in QUERIES:
            QUERIES[method](self, message)
        else:
            super()._obey(message)

    def _initialize(self, message: Json) -> None:
        if self._initialized:
            self.refuse(message, "Already initialized")
            return
        self._initialized = True
        hello = captured_result("initialize")
        name = message["params"]["clientInfo"]["name"]
        self.answer(message, {**hello, "userAgent": f"{name}/{VERSION} (Linux; x86_64)"})

    def _tell_settings(self, thread: FakeThread) -> None:
        params = {"threadId": thread.thread_id, "threadSettings": thread.settings_json()}
        self.notify("thread/settings/updated", params)

    def _settings_update(self, message: Json) -> None:
        thread = self._loaded(message)
        if thread is not None:
            changed = thread.set(message["params"])
            self.answer(message, {})
            if changed:
                self._tell_settings(thread)

    def _thread_start(self, message: Json) -> None:
        thread = self.new_thread()
        thread.ephemeral = bool(message["params"].get("ephemeral"))
        thread.set(message["params"])
        opened = thread.opened_json("thread/start", [])
        self.answer(message, opened)
        self.notify("thread/started", {"thread": opened["thread"]})

    def _thread_resume(self, message: Json) -> None:
        params = message["params"]
        thread_id = params["threadId"]
        thread = self.threads.get(thread_id)
        if thread is not None and thread.archived:
            hint = f"Run `codex unarchive {thread_id}` to unarchive it first."
            self.refuse(message, f"session {thread_id} is archived. {hint}")
            return
        if thread is None or not (thread.on_record or self.resumes_never_ran):
            self.refuse(message, f"no rollout found for thread id {thread_id}")
            return
        thread.set(params)
        if not thread.loaded:
            thread.loaded = True
            status = {"threadId": thread_id, "status": {"type": "idle"}}
            self.notify("thread/status/changed", status)
        thread.subscribed = True
        turns = [] if params.get("excludeTurns") else thread.turns_json("full")
        self.answer(message, thread.opened_json("thread/resume", turns))
        if thread.usage is not None:
            self.notify("thread/tokenUsage/updated", thread.usage)
        self.notify("thread/goal/cleared", {"threadId": thread_id})

    def _thread_archive(self, message: Json) -> None:
        thread_id = message["params"]["threadId"]
        thread = self.threads.get(thread_id)
        if thread is None or thread.archived or (thread.ephemeral and thread.records):
            self.refuse(message, f"no rollout found for thread id {thread_id}")
            return
        if thread.active is not None:
            thread.active.complete("interrupted")
        thread.archived = True
        if thread.loaded:
            status = {"threadId": thread_id, "status": {"type": "notLoaded"}}
            self.notify("thread/status/changed", status)
        thread.unload(crashed=False)
        self.answer(message, {})
        self.notify("thread/archived", {"threadId": thread_id})
        self.stored(thread)

    def _thread_unarchive(self, message: Json) -> None:
        thread_id = message["params"]["threadId"]
        thread = self.threads.get(thread_id)
        if thread is None or not thread.archived:
            self.refuse(message, f"no archived rollout found for thread id {thread_id}")
            return
        thread.archived = False
        self.answer(message, {"thread": thread.to_json([])})
        self.notify("thread/unarchived", {"threadId": thread_id})
        self.stored(thread)

    def _thread_unsubscribe(self, message: Json) -> None:
        thread = self.threads.get(message["params"]["threadId"])
        if thread is None or not thread.loaded:
            self.answer(message, {"status": "notLoaded"})
            return
        self.answer(message, {"status": "unsubscribed"})
        thread.subscribed = False

    def _thread_name_set(self, message: Json) -> None:
        params = message["params"]
        thread = self.threads.get(params["threadId"])
        if thread is None:
            self.refuse(message, f"no rollout found for thread id {params['threadId']}")
            return
        thread.name = params["name"]
        self.answer(message, {})
        told = {"threadId": thread.thread_id, "threadName": thread.name}
        self.notify("thread/name/updated", told)

    def _loaded(self, message: Json) -> FakeThread | None:
        thread_id = message["params"]["threadId"]
        thread = self.threads.get(thread_id)
        if thread is None or not thread.loaded:
            self.refuse(message, f"thread not found: {thread_id}")
            return None
        return thread

    # -- turns -----------------------------------------------------------------------------------

    def _turn_start(self, message: Json) -> None:
        params = message["params"]
        thread = self._loaded(message)
        if thread is None:
            return
        chars = sum(len(part.get("text", "")) for part in params["input"])
        if chars > MAX_INPUT_CHARS:
            self._refuse_size(message, chars)
            return
        if thread.set(params):
            self._tell_settings(thread)
        turn = thread.active
        if turn is None:
            turn = self.begin_turn(thread, params)
        else:
            self.merged.append(params["input"][0]["text"])
            turn.prompts.append(self.merged[-1])
        result = captured_result("turn/start")
        result["turn"].update(id=turn.turn_id, rootTurnId=turn.turn_id)
        self.answer(message, result)

    def _refuse_size(self, message: Json, chars: int) -> None:
        sizes = {"max_chars": MAX_INPUT_CHARS, "actual_chars": chars}
        data = {"input_error_code": "input_too_large", **sizes}
        told = f"Input exceeds the maximum length of {MAX_INPUT_CHARS} characters."
        self.send({"id": message["id"], "error": {"code": -32602, "data": data, "message": told}})

    def _compact(self, message: Json) -> None:
        thread = self._loaded(message)
        if thread is not None:
            self.begin_turn(thread, message["params"])
            self.answer(message, {})

    def _review(self, message: Json) -> None:
        thread = self._loaded(message)
        if thread is not None:
            told = {"input": [{"text": message["params"]["target"]["instructions"]}]}
            turn = self.begin_turn(thread, told)
            result = captured_result("review/start")
            result["turn"].update(id=turn.turn_id)
            self.answer(message, {**result, "reviewThreadId": thread.thread_id})

    def begin_turn(
        self,
        thread: FakeThread,
        params: Json,
        *,
        play: Play | None = None,
        root_turn_id: str | None = None,
    ) -> FakeTurn:
        """A turn of the thread, whoever asked for it; it speaks once this task lets others run."""
        turn = thread.active = FakeTurn(self, thread, self.new_id(), params, root_turn_id)
        self.turns.append(turn)
        self.process.start_soon(self._run_turn, turn, play or self.play)
        return turn

    async def _run_turn(self, turn: FakeTurn, play: Play) -> None:
        with turn.scope:
            if self.start_delay_s:
                await trio.sleep(self.start_delay_s)
            if self.phantom_start:
                turn.known_as = f"phantom-{turn.turn_id}"
            turn.start(turn.known_as)
            await play(turn)
            turn.complete()

    def turn_ended(self, turn: FakeTurn) -> None:
        """What it asked is not waited for any more."""
        self.resolve_those_of(turn)

    def _turn_steer(self, message: Json) -> None:
        thread = self._loaded(message)
        if thread is None:
            return
        turn, target = thread.active, message["params"]["expectedTurnId"]
        if turn is None or not turn.started:
            self.refuse(message, "no active turn to steer")
            return
        known = turn.known_as or turn.turn_id
        if target != known:
            self.refuse(message, f"expected active turn id `{target}` but found `{known}`")
            return
        turn.prompts.append(message["params"]["input"][0]["text"])
        self.answer(message, {"turnId": turn.turn_id})

    def _turn_interrupt(self, message: Json) -> None:
        thread = self._loaded(message)
        if thread is None or self.interrupts == "ignore":
            return
        target = message["params"]["turnId"]
        turn, last = thread.active, thread.last
        if turn is None and last is not None and last.interrupted and last.turn_id == target:
            thread.unanswered.append(message)
            return
        if turn is None or (not turn.started and last is None):
            self.refuse(message, "no active turn to interrupt")
            return
        known = last.turn_id if last is not None else ""
        if turn.started:
            known = turn.known_as or turn.turn_id
        if target != known:
            self.refuse(message, f"expected active turn id {target} but found {known}")
        elif turn.started and turn.interrupted:
            thread.unanswered.append(message)
        else:
            self.answer(message, {})
            if turn.started:
                turn.interrupted = True
                if self.interrupts == "obey":
                    turn.complete("interrupted")

    # -- background terminals --------------------------------------------------------------------

    def _terminate(self, message: Json) -> None:
        thread = self._loaded(message)
        if thread is not None:
            process_id = message["params"]["processId"]
            found = any(terminal.process_id == process_id for terminal in thread.terminals)
            self.answer(message, {"terminated": found})
            self.end_terminals(thread, process_id)

    def _clean(self, message: Json) -> None:
        thread = self._loaded(message)
        if thread is not None:
            self.answer(message, {})
            self.end_terminals(thread)

    def end_terminals(self, thread: FakeThread, process_id: str | None = None) -> None:
        """End one background terminal of the thread, or all of them; each is told of."""
        for terminal in list(thread.terminals):
            if process_id in (None, terminal.process_id):
                thread.terminals.remove(terminal)
                end = {"status": "failed", "exitCode": -1, "durationMs": 345}
                item = {**terminal.item, **end}
                terminal.turn.emit("item/completed", item=item, completedAtMs=1)
