"""The fake app-server's side of the wire, one process after the other.

Owns the reading and writing of lines, the life and death of each process, server requests, and the
faults that are those of any request: dropped, held back, refused, delayed. Knows no Codex method.
Enter at `FakeLink.connect`; `FakeAppServer` is what answers.
"""

from __future__ import annotations

import json
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

import attrs
import trio

from codex_runtime.testing.fake_server.captured import part_of
from codex_runtime.transport import memory_transport_pair

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from codex_runtime.testing.fake_server.captured import Json
    from codex_runtime.testing.fake_server.turns import FakeTurn
    from codex_runtime.transport import MemoryTransport

__all__ = ["SQLITE_DEATH", "Death", "FakeLink", "ServerEnd"]


@attrs.frozen
class Death:
    """How a process ends by itself."""

    returncode: int = 1
    """Negative for a signal."""
    stderr: str = ""


SQLITE_DEATH: Final = Death(
    1,
    "Error: failed to initialize sqlite state runtime under /home/user/.codex: "
    "failed to initialize state runtime at /home/user/.codex\n\nStack backtrace:\n   0: anyhow\n",
)
"""The end of most of the first starts in one fresh home."""


class ServerEnd(Protocol):
    """The server's end of a connection: standard streams, or one half of a memory pair."""

    async def receive_some(self) -> bytes:
        """The next bytes; ``b""`` at the end."""
        ...

    async def send_all(self, data: bytes) -> None:
        """Send all of it."""

    def tell_stderr(self, text: str) -> None:
        """Write to stderr."""

    async def end(self, returncode: int) -> None:
        """The process is over; may not return."""


class _MemoryEnd:
    """One half of a memory pair, with the death of a process."""

    def __init__(self, transport: MemoryTransport) -> None:
        self._transport: MemoryTransport = transport
        self.receive_some = transport.receive_some
        self.send_all = transport.send_all
        self.tell_stderr = transport.tell_stderr

    async def end(self, returncode: int) -> None:
        self._transport.tell_exit(returncode)
        await self._transport.aclose()


@attrs.define(eq=False)
class _Asked:
    """A server request that waits for its answer."""

    thread_id: str | None
    turn: FakeTurn | None
    answered: trio.Event = attrs.field(factory=trio.Event)
    answer: Json = None


class FakeLink:
    """Lines in and out; see `FakeAppServer`, which is the one to use."""

    def __init__(self) -> None:
        self.received: list[Json] = []
        """Every message of the client, in order, of all processes."""
        self.drop: set[str] = set()
        self.hold: set[str] = set()
        self.held: list[Json] = []
        """The answers that are held back."""
        self.fail: dict[str, list[Json]] = {}
        self.delay_s: dict[str, float] = {}
        self.intercept: Callable[[Json], bool] | None = None
        """Called with each request before it is done; True says that it is dealt with."""
        self.reading: trio.Event = trio.Event()
        """Nothing is read from the client while this is not set; put a new event here."""
        self.reading.set()
        self.ignores_eof: bool = False
        """The end of its input does not end the process."""
        self.at_eof: Callable[[], object] | None = None
        """Called at the end of its input, before that ends the process."""
        self.failing_starts: list[Death] = []
        """The next starts end so at once, one each."""
        self.connections: int = 0
        """How many processes there were."""
        self.wrong: list[str] = []
        """What a correct client never does."""
        self._request_ids: int = 0
        self._asked: dict[int | str, _Asked] = {}
        self._out: deque[bytes] = deque()
        self._out_filled: trio.Event = trio.Event()
        self._server_end: ServerEnd | None = None
        self._nursery: trio.Nursery | None = None
        self._death: Death | None = None
        self._leaving: Death | None = None

    # -- what a test looks at --------------------------------------------------------------------

    def asked(self, method: str) -> list[Json]:
        """The params of every request or notification of that method, in order."""
        return [m.get("params") for m in self.received if m.get("method") == method]

    def answers(self) -> list[Json]:
        """What the client answered to requests of this server."""
        return [m for m in self.received if "method" not in m]

    # -- life and death --------------------------------------------------------------------------

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[MemoryTransport, None]:
        """Start a process: the client's transport. Leaving the block ends it.

        One process at a time; after one has ended, the next is started by connecting again.
        """
        ours, theirs = memory_transport_pair(max_buffer_bytes=1 << 20)
        async with trio.open_nursery() as nursery:
            await nursery.start(self.serve, _MemoryEnd(theirs))
            try:
                yield ours
            finally:
                await ours.aclose()
                nursery.cancel_scope.cancel()

    async def serve(
        self, end: ServerEnd, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Be the process at that end, from its start to its death."""
        task_status.started()
        self.connections += 1
        self._server_end = end
        self._out.clear()
        self._request_ids = 0
        self._leaving = None
        self._death = self.failing_starts.pop(0) if self.failing_starts else None
        try:
            if self._death is None:
                async with trio.open_nursery() as nursery:
                    self._nursery = nursery
                    self.started()
                    nursery.start_soon(self._read, end)
                    nursery.start_soon(self._write, end)
        finally:
            if self._server_end is end:
                self._nursery = None
            death = self._death or Death(0)
            self.died(crashed=death.returncode != 0)
            self.held.clear()
            self._asked.clear()
            if death.stderr:
                end.tell_stderr(death.stderr)
            with trio.CancelScope(shield=True):
                await end.end(death.returncode)

    def started(self) -> None:
        """A process has begun."""

    def died(self, *, crashed: bool) -> None:
        """The process is over: nothing is loaded any more."""

    @property
    def is_up(self) -> bool:
        """Whether a process runs."""
        return self._nursery is not None

    @property
    def process(self) -> trio.Nursery:
        """The tasks of the process that runs; they end with it."""
        if self._nursery is None:
            raise RuntimeError("no process of this fake app-server is running: connect to it first")
        return self._nursery

    def crash(self, returncode: int = -9, stderr: str = "") -> None:
        """Die at once: what was not written is lost, and nothing is read any more."""
        self._die(Death(returncode, stderr))

    def exit(self, returncode: int = 0, stderr: str = "") -> None:
        """End once everything is written. With 0, turns are put on record as interrupted."""
        self._leaving = Death(returncode, stderr)
        self._out_filled.set()

    def _die(self, death: Death) -> None:
        self._death = death
        self._out.clear()
        self.process.cancel_scope.cancel()

    def stderr(self, text: str) -> None:
        """Write to the process's stderr."""
        if self._server_end is not None:
            self._server_end.tell_stderr(text)

    # -- reading and writing ---------------------------------------------------------------------

    async def _read(self, end: ServerEnd) -> None:
        rest = b""
        while True:
            await self.reading.wait()
            data = await end.receive_some()
            if not data:
                break
            await self.reading.wait()
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._read_line(line)
        if self.at_eof is not None:
            self.at_eof()
        if not self.ignores_eof:
            self._die(Death(0))

    def _read_line(self, line: bytes) -> None:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self.wrong.append(f"a line that is not UTF-8, which ends the server: {line[:80]!r}")
            self._die(Death(0))
            return
        try:
            message = json.loads(text)
            json.dumps(message, ensure_ascii=False).encode()  # lone surrogates
        except ValueError:
            self.wrong.append(f"a line that the server drops in silence: {text[:80]}")
            return
        if isinstance(message, dict):
            self._take(message)

    async def _write(self, end: ServerEnd) -> None:
        try:
            while True:
                while self._out:
                    block = b"".join(self._out)
                    self._out.clear()
                    await end.send_all(block)
                if self._leaving is not None:
                    self._die(self._leaving)
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
        self._asked[request_id] = _Asked(
            part_of({"params": params}, "params").get("threadId"), None
        )
        self.send({"method": method, "id": request_id, "params": params})
        return request_id

    async def ask(self, method: str, params: Json, turn: FakeTurn | None = None) -> Json:
        """Ask the client, and wait for its message: ``{"id", "result"}`` or ``{"id", "error"}``."""
        asked = self._asked[self.request(method, params)]
        asked.turn = turn
        await asked.answered.wait()
        return asked.answer

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

    def resolve(self, request_id: int | str) -> None:
        """Send ``serverRequest/resolved``: no answer is waited for any more."""
        asked = self._asked.pop(request_id, None)
        if asked is not None and asked.thread_id is not None:
            told = {"threadId": asked.thread_id, "requestId": request_id}
            self.notify("serverRequest/resolved", told)

    def resolve_those_of(self, turn: FakeTurn) -> None:
        """The same for all that a turn asked."""
        for request_id, asked in list(self._asked.items()):
            if asked.turn is turn:
                self.resolve(request_id)

    # -- requests --------------------------------------------------------------------------------

    def _take(self, message: Json) -> None:
        self.received.append(message)
        method = message.get("method")
        if method is None:
            self._answered(message)
            return
        if "id" not in message or method in self.drop:
            return
        if self.intercept is not None and self.intercept(message):
            return
        delay_s = self.delay_s.get(method, 0.0)
        if delay_s:
            self.process.start_soon(self._do_later, delay_s, message)
        else:
            self._do(message)

    def _answered(self, message: Json) -> None:
        asked = self._asked.get(message.get("id"))
        if asked is None:
            return  # the server ignores an answer that is late
        asked.answer = message
        self.resolve(message["id"])
        asked.answered.set()

    async def _do_later(self, delay_s: float, message: Json) -> None:
        await trio.sleep(delay_s)
        self._do(message)

    def _do(self, message: Json) -> None:
        errors = self.fail.get(message["method"])
        if errors:
            self.send({"id": message["id"], "error": errors.pop(0)})
        else:
            self._obey(message)

    def _obey(self, message: Json) -> None:
        """Do what is asked."""
        self.refuse(message, f"Invalid request: unknown variant `{message['method']}`")
