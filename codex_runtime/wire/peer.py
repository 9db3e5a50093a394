"""Correlates requests and answers, both ways, over bytes.

Owns the ids: which of ours wait for an answer, which of theirs wait for one from us, and what
becomes of answers nobody waits for. Knows no I/O, no time and no method names. Enter at `Peer`:
values in, bytes out (`request`, `result`, ...); bytes in, events out (`receive`).

Rules:

- A message with an id and a method is a request, with an id alone an answer, with a method alone
  a notification, with neither garbage.
- Each of our requests ends once: by the first answer, or by `forget`.
- Each of their requests is answered at most once, under the id as it came: 1 and "1" are two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from msgspec import UNSET

from codex_runtime.errors import LocalProtocolError
from codex_runtime.wire.events import (
    MALFORMED_ANSWER_CODE,
    Failure,
    FrameTooLong,
    GarbageFrame,
    IncomingRequest,
    RequestId,
    Result,
    StrayAnswer,
    StrayRequest,
    Taken,
)
from codex_runtime.wire.frames import FrameDecoder
from codex_runtime.wire.messages import (
    Envelope,
    decode_block,
    decode_error,
    encode_error,
    encode_notification,
    encode_request,
    encode_result,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from msgspec import Raw, UnsetType

__all__ = ["MAX_FORGOTTEN", "BlockTaker", "Peer", "WireEvent"]

# Any: see `Taken`.
BlockTaker: TypeAlias = Callable[[bytes], Sequence[Any] | None]
"""Decodes a block of whole lines at once, if all of it is of a kind it knows; else None."""

WireEvent: TypeAlias = (
    Envelope
    | Taken
    | IncomingRequest
    | Result
    | Failure
    | StrayAnswer
    | StrayRequest
    | GarbageFrame
    | FrameTooLong
)
"""What `Peer.receive` returns. An `Envelope` is always a notification (it has a ``method`` and no
``id``): the most frequent event is handed on as it was decoded, without a second object."""

MAX_FORGOTTEN: Final = 4096
"""How many forgotten requests are remembered; a later answer to an older one is a "duplicate"."""


class Peer:
    """One end of a JSON-RPC connection, without the connection.

    Bytes that a method returns must be written whole and in the order of the calls.
    """

    def __init__(self, *, max_frame_bytes: int) -> None:
        self._frames = FrameDecoder(max_frame_bytes=max_frame_bytes)
        self._next_id = 1
        self._pending: dict[int, str] = {}
        self._forgotten: dict[int, str] = {}
        self._open: dict[RequestId, str] = {}
        self._open_view = MappingProxyType(self._open)

    @property
    def pending(self) -> int:
        """How many of our requests wait for an answer."""
        return len(self._pending)

    @property
    def open_requests(self) -> Mapping[RequestId, str]:
        """Their requests that wait for our answer: id to method, oldest first; a live view."""
        return self._open_view

    # -- out ------------------------------------------------------------------------------------

    def request(self, method: str, params: object = UNSET) -> tuple[int, bytes]:
        """A new request: its id, which is pending from now on, and its line.

        Raises:
            LocalProtocolError: ``params`` cannot be written as JSON; nothing is pending.
        """
        request_id = self._next_id
        line = encode_request(request_id, method, params)
        self._next_id += 1
        self._pending[request_id] = method
        return request_id, line

    def notification(self, method: str, params: object = UNSET) -> bytes:
        """The line of a notification; raises as `request`."""
        return encode_notification(method, params)

    def result(self, request_id: RequestId, result: object) -> bytes:
        """The line that answers their request, which is then no longer open.

        Raises:
            LocalProtocolError: that request is not open: answered, withdrawn or never seen; or
                ``result`` cannot be written as JSON (then it stays open).
        """
        self._check_open(request_id)
        line = encode_result(request_id, result)
        del self._open[request_id]
        return line

    def error(self, request_id: RequestId, code: int, message: str, data: object = None) -> bytes:
        """The line that refuses their request; raises as `result`."""
        self._check_open(request_id)
        line = encode_error(request_id, code, message, data)
        del self._open[request_id]
        return line

    def withdraw(self, request_id: RequestId) -> bool:
        """They no longer want an answer: one given later is refused here.

        Returns whether the request was open.
        """
        return self._open.pop(request_id, None) is not None

    def forget(self, request_id: int) -> bool:
        """Nobody waits for this answer any more; should it come, it is a late `StrayAnswer`.

        Returns whether the request was pending. The last `MAX_FORGOTTEN` are remembered.
        """
        method = self._pending.pop(request_id, None)
        if method is None:
            return False
        self._forgotten[request_id] = method
        if len(self._forgotten) > MAX_FORGOTTEN:
            del self._forgotten[next(iter(self._forgotten))]
        return True

    # -- in -------------------------------------------------------------------------------------

    def receive(self, data: bytes, take: BlockTaker | None = None) -> list[WireEvent]:
        """Take the next bytes; return what they complete, in wire order. Never raises.

        A block that ``take`` takes is one `Taken`; it must hold notifications alone.
        Use an `Envelope` before the next call, or copy what is kept of it: its raw members keep
        up to ``len(data)`` bytes alive. All other events own their bytes.
        """
        return self._events(self._frames.feed(data), take)

    def receive_end(self) -> list[WireEvent]:
        """The stream has ended: what a last line without newline says, if there is one.

        What is pending stays pending: whoever knows why the stream ended tells the waiters.
        """
        return self._events(self._frames.finish())

    def _events(
        self, frames: Iterable[bytes | FrameTooLong], take: BlockTaker | None = None
    ) -> list[WireEvent]:
        events: list[WireEvent] = []
        for frame in frames:
            if isinstance(frame, FrameTooLong):
                events.append(frame)
                continue
            if take is not None and (taken := take(frame)) is not None:
                events.append(Taken(taken))
                continue
            messages = decode_block(frame)
            # Nearly every block is notifications only; it costs one look at each.
            if [m for m in messages if type(m) is not Envelope or m.id is not None]:
                events += map(self._sort, messages)
            else:
                events += messages
        return events

    def _sort(self, message: Envelope | GarbageFrame) -> WireEvent:
        if isinstance(message, GarbageFrame) or message.id is None:
            return message
        if message.method is None:
            return self._take_answer(message.id, message.result, message.error)
        if message.id in self._open:
            return StrayRequest(message.id, message.method)
        self._open[message.id] = message.method
        return IncomingRequest(message.id, message.method, bytes(message.params))

    def _take_answer(
        self, request_id: RequestId, result: Raw | UnsetType, error: Raw | UnsetType
    ) -> WireEvent:
        failed = error is not UNSET and bytes(error) != b"null"
        if not isinstance(request_id, int) or not 0 < request_id < self._next_id:
            return StrayAnswer(request_id, "unknown")
        method = self._pending.pop(request_id, None)
        if method is None:
            method = self._forgotten.pop(request_id, None)
            if method is None:
                return StrayAnswer(request_id, "duplicate")
            kept = None if failed or result is UNSET else bytes(result)
            return StrayAnswer(request_id, "late", method, kept)
        if error is not UNSET and failed:
            return _failure(request_id, method, error)
        if result is UNSET:
            problem = "the answer has neither a result nor an error"
            return Failure(request_id, method, MALFORMED_ANSWER_CODE, problem, None)
        return Result(request_id, method, bytes(result))

    def _check_open(self, request_id: RequestId) -> None:
        if request_id not in self._open:
            raise LocalProtocolError(
                f"server request {request_id!r} is not open: it was answered, withdrawn by the "
                "server, or never seen; answer each one once"
            )


def _failure(request_id: int, method: str, error: Raw) -> Failure:
    facts = decode_error(error)
    if isinstance(facts, str):
        problem = f"the answer has a malformed error: {facts}"
        return Failure(request_id, method, MALFORMED_ANSWER_CODE, problem, bytes(error))
    data = None if facts.data is UNSET else bytes(facts.data)
    return Failure(request_id, method, facts.code, facts.message, data)
