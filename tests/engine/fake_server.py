"""A fake app-server in this process that behaves as 0.163.0 was seen to, traps included.

Owns what it was told (`received`), its threads and turns, and knobs for faults; message shapes are
taken from the recorded conversation. Knows nothing of the client. Enter at `FakeServer.connect`.
"""

from __future__ import annotations

import json
from collections import deque
from contextlib import asynccontextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs
import trio

from codex_runtime.transport import memory_transport_pair

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from codex_runtime.transport import MemoryTransport

__all__ = ["Blocked", "FakeServer", "FakeThread", "FakeTurn", "Json", "echo", "silence"]

# Plain JSON, looked into key by key.
Json: TypeAlias = Any
Play: TypeAlias = "Callable[[FakeTurn], Awaitable[None]]"

_TRANSCRIPT = Path(__file__).parents[1] / "protocol" / "transcripts" / "codex-0.163.0-session.jsonl"
_RECORDS: list[Json] = [json.loads(line) for line in _TRANSCRIPT.read_text().splitlines()]


def captured_notification(method: str) -> Json:
    """The params of the first recorded notification of that method."""
    for record in _RECORDS:
        message = record["message"]
        if message.get("method") == method and "id" not in message:
            return deepcopy(message["params"])
    raise AssertionError(f"no {method} was recorded")


def captured_request(method: str) -> Json:
    """The params of the first recorded server request of that method."""
    for record in _RECORDS:
        message = record["message"]
        if record["from"] == "server" and message.get("method") == method and "id" in message:
            return deepcopy(message["params"])
    raise AssertionError(f"no request {method} was recorded")


def captured_result(method: str) -> Json:
    """The first recorded result of that client method."""
    asked = next(
        r["message"]["id"]
        for r in _RECORDS
        if r["from"] == "client" and r["message"].get("method") == method
    )
    for record in _RECORDS:
        message = record["message"]
        if record["from"] == "server" and message.get("id") == asked and "result" in message:
            return deepcopy(message["result"])
    raise AssertionError(f"no result of {method} was recorded")


class Blocked(Exception):
    """The fake was asked for something it does not know."""


@attrs.define(eq=False)
class FakeThread:
    """A loaded thread."""

    thread_id: str
    active: FakeTurn | None = None
    last: FakeTurn | None = None
    archived: bool = False
    unanswered: list[Json] = attrs.field(factory=list)
    """Second interrupts: answered when the next turn of the thread has ended."""
    total_tokens: int = 0


class FakeTurn:
    """A turn on the server; a `Play` makes it speak."""

    def __init__(self, server: FakeServer, thread: FakeThread, turn_id: str, params: Json) -> None:
        self.server = server
        self.thread = thread
        self.turn_id = turn_id
        self.params = params
        inputs = params.get("input") or [{"text": ""}]
        self.prompts = [part["text"] for part in inputs]
        self.started = False
        self.interrupted = False
        self.status: str | None = None
        self.scope = trio.CancelScope()
        self.said = ""

    @property
    def prompt(self) -> str:
        """The text it was started with."""
        return str(self.prompts[0])

    def emit(self, method: str, **params: object) -> None:
        """Send a notification that names this turn."""
        told = {"threadId": self.thread.thread_id, "turnId": self.turn_id, **params}
        self.server.notify(method, told)

    def _turn(self, **changes: object) -> Json:
        turn = captured_notification("turn/started")["turn"]
        return {**turn, "id": self.turn_id, "rootTurnId": self.turn_id, **changes}

    def start(self, as_id: str | None = None) -> None:
        """Send what the server sends as a turn begins."""
        self.started = True
        thread_id = self.thread.thread_id
        active = {"type": "active", "activeFlags": []}
        self.server.notify("thread/status/changed", {"threadId": thread_id, "status": active})
        turn = self._turn(id=as_id or self.turn_id)
        self.server.notify("turn/started", {"threadId": thread_id, "turn": turn})
        item = {
            **captured_notification("item/started")["item"],
            "id": f"user-{self.turn_id}",
            "clientId": self.params.get("clientUserMessageId"),
            "content": [{"type": "text", "text": self.prompt, "text_elements": []}],
        }
        self.emit("item/started", item=item, startedAtMs=1)
        self.emit("item/completed", item=item, completedAtMs=1)

    def message(self, item_id: str, text: str, phase: str | None) -> Json:
        """An agent message item."""
        return {
            "type": "agentMessage",
            "id": item_id,
            "text": text,
            "phase": phase,
            "memoryCitation": None,
            "delivery": None,
            "questions": None,
        }

    def begin_message(self, item_id: str = "msg_1", phase: str | None = None) -> None:
        """``item/started`` of an agent message."""
        self.emit("item/started", item=self.message(item_id, "", phase), startedAtMs=1)

    def delta(self, text: str, item_id: str = "msg_1") -> None:
        """One piece of an agent message."""
        self.said += text
        self.emit("item/agentMessage/delta", itemId=item_id, delta=text)

    def end_message(self, text: str, item_id: str = "msg_1", phase: str | None = None) -> None:
        """``item/completed`` of an agent message."""
        self.emit("item/completed", item=self.message(item_id, text, phase), completedAtMs=1)

    def say(self, *pieces: str, item_id: str = "msg_1", phase: str | None = None) -> None:
        """A whole agent message, piece by piece."""
        self.begin_message(item_id, phase)
        for piece in pieces:
            self.delta(piece, item_id)
        self.end_message("".join(pieces), item_id, phase)

    def usage(self, tokens: int = 10) -> None:
        """What one model call cost."""
        self.thread.total_tokens += tokens
        told = captured_notification("thread/tokenUsage/updated")["tokenUsage"]
        last = {**dict.fromkeys(told["last"], 0), "inputTokens": tokens, "totalTokens": tokens}
        total = {key: value * 0 for key, value in last.items()}
        total["inputTokens"] = total["totalTokens"] = self.thread.total_tokens
        self.emit("thread/tokenUsage/updated", tokenUsage={**told, "last": last, "total": total})

    def complete(self, status: str = "completed", error: Json = None) -> None:
        """End the turn, once: nothing of it is sent any more."""
        if self.status is not None:
            return
        self.status = status
        thread = self.thread
        self.server.notify(
            "thread/status/changed", {"threadId": thread.thread_id, "status": {"type": "idle"}}
        )
        turn = self._turn(status=status, error=error, completedAt=1795233299, durationMs=79)
        self.server.notify("turn/completed", {"threadId": thread.thread_id, "turn": turn})
        if thread.active is self:
            thread.active = None
        thread.last = self
        for message in thread.unanswered:
            self.server.answer(message, {})
        thread.unanswered.clear()
        self.scope.cancel()


async def echo(turn: FakeTurn) -> None:
    """Answer ``echo: PROMPT`` in three pieces."""
    turn.say("echo", ": ", turn.prompt)
    turn.usage()


async def silence(turn: FakeTurn) -> None:  # noqa: ARG001 - every play takes its turn
    """Say nothing until interrupted."""
    await trio.sleep_forever()


class FakeServer:
    """The server, its knobs, and a record of what it was told. One client at a time.

    Knobs name client methods. ``drop``: read and forget. ``hold``: do it, but keep the answer back
    until `release`. ``fail``: answer with these errors first. ``delay_s``: wait before doing it.
    """

    def __init__(self, play: Play = echo) -> None:
        self.play = play
        self.received: list[Json] = []
        self.threads: dict[str, FakeThread] = {}
        self.turns: list[FakeTurn] = []
        self.merged: list[str] = []
        """Prompts that the server took as a steer, because a turn was running."""
        self.drop: set[str] = set()
        self.hold: set[str] = set()
        self.held: list[Json] = []
        self.fail: dict[str, list[Json]] = {}
        self.delay_s: dict[str, float] = {}
        self.start_delay_s = 0.0
        """From the answer of ``turn/start`` to ``turn/started``."""
        self.interrupts: Literal["obey", "only_answer"] = "obey"
        self.phantom_start = False
        """``turn/started`` names an id of its own, and interrupts are taken by that one only."""
        self.reading = trio.Event()
        self.reading.set()
        self.connections = 0
        self.wrong: list[str] = []
        """What a correct client never does."""
        self._ids = 0
        self._request_ids = 0
        self._out: deque[bytes] = deque()
        self._out_filled = trio.Event()
        self._transport: MemoryTransport | None = None
        self._nursery: trio.Nursery | None = None

    # -- what a test looks at --------------------------------------------------------------------

    def asked(self, method: str) -> list[Json]:
        """The params of every request or notification of that method, in order."""
        return [m.get("params") for m in self.received if m.get("method") == method]

    def answers(self) -> list[Json]:
        """What the client answered to requests of this server."""
        return [m for m in self.received if "method" not in m]

    @property
    def running(self) -> list[FakeTurn]:
        """The turns that have not ended."""
        return [turn for turn in self.turns if turn.status is None]

    # -- life ------------------------------------------------------------------------------------

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[MemoryTransport, None]:
        """The client's transport; leaving the block is the end of this server process."""
        ours, theirs = memory_transport_pair(max_buffer_bytes=1 << 20)
        self.connections += 1
        self._transport = theirs
        self._out.clear()
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self._read, theirs)
            nursery.start_soon(self._write, theirs)
            try:
                yield ours
            finally:
                await ours.aclose()
                nursery.cancel_scope.cancel()

    def crash(self) -> None:
        """The process dies: nothing is read or written any more."""
        assert self._nursery is not None
        assert self._transport is not None
        self._out.clear()
        self._nursery.start_soon(self._transport.aclose)

    async def _read(self, transport: MemoryTransport) -> None:
        rest = b""
        while True:
            await self.reading.wait()
            data = await transport.receive_some()
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._take(json.loads(line))

    async def _write(self, transport: MemoryTransport) -> None:
        try:
            while True:
                while self._out:
                    block = b"".join(self._out)
                    self._out.clear()
                    await transport.send_all(block)
                self._out_filled = trio.Event()
                await self._out_filled.wait()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    # -- sending ---------------------------------------------------------------------------------

    def send(self, message: Json) -> None:
        """Send any JSON value as one line."""
        self.send_bytes(json.dumps(message).encode() + b"\n")

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._out.append(data)
        self._out_filled.set()

    def notify(self, method: str, params: Json) -> None:
        """Send a notification."""
        self.send({"method": method, "params": params, "emittedAtMs": 1795233298905})

    def request(self, method: str, params: Json, request_id: int | str | None = None) -> int | str:
        """Ask the client; returns the id."""
        if request_id is None:
            request_id, self._request_ids = self._request_ids, self._request_ids + 1
        self.send({"method": method, "id": request_id, "params": params})
        return request_id

    def answer(self, request: Json, result: Json) -> None:
        """Answer a request, unless answers of its method are held back."""
        message = {"id": request["id"], "result": result}
        if request["method"] in self.hold:
            self.held.append(message)
        else:
            self.send(message)

    def refuse(self, request: Json, message: str, code: int = -32600) -> None:
        """Answer a request with an error."""
        self.send({"id": request["id"], "error": {"code": code, "message": message}})

    def release(self) -> None:
        """Send the answers that were held back, in order, and hold none from now on."""
        self.hold.clear()
        for message in self.held:
            self.send(message)
        self.held.clear()

    # -- requests --------------------------------------------------------------------------------

    def _take(self, message: Json) -> None:
        self.received.append(message)
        method = message.get("method")
        if method is None or "id" not in message or method in self.drop:
            return
        delay_s = self.delay_s.get(method, 0.0)
        if delay_s:
            assert self._nursery is not None
            self._nursery.start_soon(self._do_later, delay_s, message)
        else:
            self._do(message)

    async def _do_later(self, delay_s: float, message: Json) -> None:
        await trio.sleep(delay_s)
        self._do(message)

    def _do(self, message: Json) -> None:
        method = message["method"]
        errors = self.fail.get(method)
        if errors:
            self.send({"id": message["id"], "error": errors.pop(0)})
            return
        handler = {
            "initialize": self._initialize,
            "thread/start": self._thread_start,
            "thread/resume": self._thread_resume,
            "thread/archive": self._thread_archive,
            "thread/unsubscribe": self._thread_unsubscribe,
            "thread/name/set": self._anything,
            "thread/compact/start": self._compact,
            "review/start": self._review,
            "turn/start": self._turn_start,
            "turn/steer": self._turn_steer,
            "turn/interrupt": self._turn_interrupt,
        }.get(method)
        if handler is None:
            self.refuse(message, f"Invalid request: unknown variant `{method}`")
        else:
            handler(message)

    def _anything(self, message: Json) -> None:
        self.answer(message, {})

    def _initialize(self, message: Json) -> None:
        hello = captured_result("initialize")
        name = message["params"]["clientInfo"]["name"]
        self.answer(message, {**hello, "userAgent": f"{name}/0.163.0 (Linux; x86_64)"})

    def new_id(self) -> str:
        """An id in the form the server gives."""
        self._ids += 1
        return f"01a1fc3e-39a6-7a02-8c21-{self._ids:012x}"

    def _opened(self, message: Json, thread_id: str) -> None:
        opened = captured_result("thread/start")
        opened["thread"]["id"] = thread_id
        self.answer(message, opened)
        self.notify("thread/started", {"thread": opened["thread"]})

    def _thread_start(self, message: Json) -> None:
        thread_id = self.new_id()
        self.threads[thread_id] = FakeThread(thread_id)
        self._opened(message, thread_id)

    def _thread_resume(self, message: Json) -> None:
        thread_id = message["params"]["threadId"]
        thread = self.threads.get(thread_id)
        if thread is None:
            self.refuse(message, f"no rollout found for thread id {thread_id}")
        elif thread.archived:
            self.refuse(message, f"session {thread_id} is archived. Run `codex unarchive`")
        else:
            self._opened(message, thread_id)

    def _thread_archive(self, message: Json) -> None:
        thread_id = message["params"]["threadId"]
        thread = self.threads.get(thread_id)
        if thread is None or thread.archived:
            self.refuse(message, f"no rollout found for thread id {thread_id}")
            return
        thread.archived = True
        if thread.active is not None:
            thread.active.complete("interrupted")
        self.answer(message, {})
        self.notify("thread/archived", {"threadId": thread_id})

    def _thread_unsubscribe(self, message: Json) -> None:
        self.answer(message, {"status": "unsubscribed"})

    def _loaded(self, message: Json) -> FakeThread | None:
        thread_id = message["params"]["threadId"]
        thread = self.threads.get(thread_id)
        if thread is None or thread.archived:
            self.refuse(message, f"thread not found: {thread_id}")
            return None
        return thread

    def _turn_start(self, message: Json) -> None:
        thread = self._loaded(message)
        if thread is None:
            return
        turn = thread.active
        if turn is None:
            turn = self.begin_turn(thread, message["params"])
        else:
            self.merged.append(message["params"]["input"][0]["text"])
            turn.prompts.append(self.merged[-1])
        result = captured_result("turn/start")
        result["turn"].update(id=turn.turn_id, rootTurnId=turn.turn_id)
        self.answer(message, result)

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

    def begin_turn(self, thread: FakeThread, params: Json) -> FakeTurn:
        """A turn of the thread, whoever asked for it; it speaks once this task lets others run."""
        assert self._nursery is not None
        turn = thread.active = FakeTurn(self, thread, self.new_id(), params)
        self.turns.append(turn)
        self._nursery.start_soon(self._run_turn, turn, self.play)
        return turn

    async def _run_turn(self, turn: FakeTurn, play: Play) -> None:
        with turn.scope:
            if self.start_delay_s:
                await trio.sleep(self.start_delay_s)
            turn.start(f"phantom-{turn.turn_id}" if self.phantom_start else None)
            await play(turn)
            turn.complete()

    def _turn_steer(self, message: Json) -> None:
        thread = self._loaded(message)
        if thread is None:
            return
        turn = thread.active
        if turn is None or not turn.started:
            self.refuse(message, "no active turn to steer")
            return
        turn.prompts.append(message["params"]["input"][0]["text"])
        self.answer(message, {"turnId": turn.turn_id})

    def _turn_interrupt(self, message: Json) -> None:
        thread = self._loaded(message)
        if thread is None:
            return
        target = message["params"]["turnId"]
        turn, last = thread.active, thread.last
        if turn is None and last is not None and last.interrupted and last.turn_id == target:
            thread.unanswered.append(message)
            return
        if turn is None or (not turn.started and last is None):
            self.refuse(message, "no active turn to interrupt")
            return
        known = turn.turn_id if turn.started else last.turn_id if last is not None else ""
        if self.phantom_start and turn.started:
            known = f"phantom-{turn.turn_id}"
        if target != known:
            self.refuse(message, f"expected active turn id `{target}` but found `{known}`")
        elif turn.started and turn.interrupted:
            thread.unanswered.append(message)
        else:
            self.answer(message, {})
            if turn.started:
                turn.interrupted = True
                if self.interrupts == "obey":
                    turn.complete("interrupted")
