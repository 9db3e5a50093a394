"""The client of every side: bare sockets, no HTTP library, so that what is measured is the relay.

Owns the clock: how long the first text delta takes (`Asker`), and how many streams end in a time
(`load`). A stream that does not end as it should raises `Broken`. Knows no process.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from typing import TYPE_CHECKING, Final, cast

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Asker", "Broken", "Load", "Question", "load"]

READ_BYTES: Final = 262_144
TIMEOUT_S: Final = 60.0
END: Final = b"0\r\n\r\n"
"""Of the chunked coding; every side uses it."""
CARRY: Final = 64
"""What is kept of a read, as a mark may be cut in two."""


class Broken(Exception):
    """A stream that did not bring what was asked for."""


@attrs.frozen(kw_only=True)
class Question:
    """One request to one side, ready to be sent, and what its answer must hold."""

    port: int
    data: bytes
    first: bytes
    """The mark of the first text delta."""
    last: tuple[bytes, ...]
    """Each of them is in a whole answer."""

    @classmethod
    def post(
        cls,
        port: int,
        path: str,
        body: bytes,
        *,
        headers: Mapping[str, str],
        first: bytes,
        last: tuple[bytes, ...],
    ) -> Question:
        """Write the request."""
        fields = {
            "host": f"127.0.0.1:{port}",
            "content-type": "application/json",
            "accept": "text/event-stream",
            "content-length": str(len(body)),
            **headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        head = f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode()
        return cls(port=port, data=head + body, first=first, last=last)


def connected(port: int) -> socket.socket:
    """A new connection, without delay on small writes."""
    made = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


class Asker:
    """Asks one question at a time; a new connection each, or one that is kept."""

    def __init__(self, question: Question, *, keeps: bool) -> None:
        self._question = question
        self._kept = connected(question.port) if keeps else None

    def first_delta_s(self) -> float:
        """From before the connection, or the request, to the first text delta."""
        took_s, _ = self.ask()
        return took_s

    def ask(self) -> tuple[float, bytes]:
        """The same, with the whole answer."""
        question = self._question
        begin_s = time.perf_counter()
        used = self._kept or connected(question.port)
        used.sendall(question.data)
        answer = bytearray()
        while question.first not in answer:
            answer += received(used, answer)
        took_s = time.perf_counter() - begin_s
        while not answer.endswith(END):
            answer += received(used, answer)
        if self._kept is None:
            used.close()
        if not all(mark in answer for mark in question.last):
            raise Broken(said(answer))
        return took_s, bytes(answer)

    def close(self) -> None:
        """Let the kept connection go."""
        if self._kept is not None:
            self._kept.close()


def received(used: socket.socket, before: bytearray) -> bytes:
    """The next bytes; an end is too early."""
    data = used.recv(READ_BYTES)
    if not data:
        raise Broken(said(before))
    return data


def said(answer: bytes | bytearray) -> str:
    """The end of an answer, for a person."""
    return f"an answer ended like this: {bytes(answer[-400:])!r}"


@attrs.frozen
class Load:
    """What several clients at once got."""

    streams: int
    """Until the end."""
    streams_per_s: float
    """Of those that ended in time."""


class _Running:
    """One client of many: one stream after another."""

    def __init__(self, question: Question, *, keeps: bool) -> None:
        self._question, self._keeps = question, keeps
        self.socket: socket.socket | None = None
        self._missing = list[bytes]()
        self._carry = b""

    def begin(self) -> socket.socket:
        """Send the request, on a new connection unless one is kept."""
        if self.socket is None:
            self.socket = connected(self._question.port)
        self._missing = list(self._question.last)
        self._carry = b""
        self.socket.setblocking(True)
        self.socket.sendall(self._question.data)
        self.socket.setblocking(False)
        return self.socket

    def take(self) -> bool:
        """Read what is there; whether the stream has ended."""
        assert self.socket is not None
        data = self.socket.recv(READ_BYTES)
        seen = self._carry + data
        self._missing = [mark for mark in self._missing if mark not in seen]
        ended = seen.endswith(END)
        if not data or (ended and self._missing):
            raise Broken(f"{self._missing} missing; {said(seen)}")
        self._carry = seen[-CARRY:]
        return ended

    def leave(self) -> None:
        """Close the connection of a stream that has ended."""
        if self.socket is not None and not self._keeps:
            self.socket.close()
            self.socket = None

    def close(self) -> None:
        """Whatever is open."""
        if self.socket is not None:
            self.socket.close()


def load(
    question: Question, *, clients: int, seconds: float = 0.0, streams: int = 0, keeps: bool = False
) -> Load:
    """So many clients for so long, or until so many streams have begun; all begun ones end."""
    runners = [_Running(question, keeps=keeps) for _ in range(clients)]
    begun = ended = in_time = 0
    begin_s = time.perf_counter()

    def is_wanted() -> bool:
        if streams:
            return begun < streams
        return time.perf_counter() - begin_s < seconds

    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        for runner in runners:
            stack.callback(runner.close)
            if is_wanted():
                selector.register(runner.begin(), selectors.EVENT_READ, runner)
                begun += 1
        while ended < begun:
            ready = selector.select(TIMEOUT_S)
            if not ready:
                raise Broken(f"{begun - ended} of {begun} streams said nothing for {TIMEOUT_S} s")
            for key, _ in ready:
                runner = cast("_Running", key.data)
                if not runner.take():
                    continue
                ended += 1
                selector.unregister(key.fileobj)
                runner.leave()
                if is_wanted():
                    in_time = ended
                    selector.register(runner.begin(), selectors.EVENT_READ, runner)
                    begun += 1
    took_s = seconds or time.perf_counter() - begin_s
    return Load(ended, (ended if streams else in_time) / took_s)
