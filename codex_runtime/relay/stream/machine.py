"""The state machine of one answer: upstream bytes in, Responses events out.

Owns what a chunk means, when an answer has ended and as what: completed only if the server said
that it is, else incomplete or failed. Does not know time, HTTP, or where bytes come from; nothing
that an upstream sends makes it raise. Enter at `StreamMachine`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from msgspec import Raw

from codex_runtime.relay.failures import failure_of_error, upstream_cut, upstream_malformed
from codex_runtime.relay.shapes.chunks import error_of, read_chunk, text_of, thinking_of
from codex_runtime.relay.shapes.events import (
    IncompleteDetails,
    ResponseError,
    ResponseEvent,
    ResponseState,
    encode,
)
from codex_runtime.relay.stream.answer import AnswerWriter
from codex_runtime.relay.stream.calls import CallBook, pieces_of
from codex_runtime.relay.stream.filters import ThinkTags, checked, details_of
from codex_runtime.relay.stream.sse import SseCutter
from codex_runtime.relay.stream.usage import usage_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_runtime.relay.failures import Failure
    from codex_runtime.relay.request.tool_names import ToolNames
    from codex_runtime.relay.shapes.chunks import Choice, Chunk, Delta
    from codex_runtime.relay.shapes.events import ResponseEcho, ResponseStatus
    from codex_runtime.relay.stream.calls import CallPiece
    from codex_runtime.relay.stream.filters import Span

__all__ = ["StreamMachine"]

_DONE: Final = b"[DONE]"
_NO_REASONS: Final = frozenset({"", "null"})
_BROKEN: Final = frozenset(
    {
        "abort",
        "error",
        "insufficient_system_resource",
        "malformed_function_call",
        "network_error",
    }
)
_INCOMPLETE: Final[dict[str, Literal["max_output_tokens", "content_filter"]]] = {
    "blocklist": "content_filter",
    "content_filter": "content_filter",
    "length": "max_output_tokens",
    "max_output_tokens": "max_output_tokens",
    "max_tokens": "max_output_tokens",
    "model_context_window_exceeded": "max_output_tokens",
    "model_length": "max_output_tokens",
    "prohibited_content": "content_filter",
    "recitation": "content_filter",
    "safety": "content_filter",
    "sensitive": "content_filter",
}
_SHOWN_BYTES: Final = 60


class StreamMachine:
    """Turns one upstream answer into the events of one response.

    Call `start`, then `feed` as bytes come, or `feed_whole` once, then `finish`; `fail` at any
    time. Each gives encoded events to send on, in order. The events depend on the bytes alone, not
    on how they are split. After the event that ends the response nothing more is given.
    """

    status: ResponseStatus
    failure: Failure | None
    """Why the response failed."""
    finish_seen: bool
    """The server has said why it ends: only usage and ``[DONE]`` may follow."""

    def __init__(
        self,
        *,
        response_id: str,
        model: str,
        tools: ToolNames,
        filters: Sequence[str] = (),
        created_at: int,
        echo: ResponseEcho,
        new_id: Callable[[str], str],
        redact: Callable[[str], str] = str,
    ) -> None:
        """Prepare an answer.

        ``created_at`` is Unix time in seconds. ``new_id`` makes another id each time, out of its
        prefix (``msg``, ``rs``, ``fc``, ``ctc``, ``tsc``, ``lsh``, ``call``). An unknown name among
        ``filters`` is a ValueError. ``redact`` takes secrets out of an error's words.
        """
        named = checked(filters)
        self.status = "in_progress"
        self.failure = None
        self.finish_seen = False
        self._state = ResponseState(response_id, created_at, model)
        self._echo = encode(echo)[1:]
        self._cutter = SseCutter()
        self._writer = AnswerWriter(tools, new_id)
        self._book = CallBook(new_id)
        self._think_tags = ThinkTags() if "think_tags" in named else None
        self._reads_details = "reasoning_details" in named
        self._redact = redact
        self._choice_seen = False
        self._message_seen = False
        self._finish_reason = ""
        self._usage: object = None

    # ------------------------------------------------------------------ what has come

    @property
    def ended(self) -> bool:
        """Whether the event that ends the response was given."""
        return self.status != "in_progress"

    @property
    def reasoning(self) -> str:
        """The whole reasoning so far."""
        return self._writer.reasoning

    @property
    def call_ids(self) -> tuple[str, ...]:
        """The ids of the calls that are done, as the client knows them."""
        return self._writer.call_ids

    def output(self) -> tuple[bytes, ...]:
        """The items that are done, encoded; none unless the response is completed or incomplete."""
        return self._writer.items() if self.status in ("completed", "incomplete") else ()

    def response(self) -> bytes:
        """The response as it stands, encoded."""
        return encode(self._state)[:-1] + b"," + self._echo

    # ------------------------------------------------------------------ the life of an answer

    def start(self) -> bytes:
        """The events every response begins with."""
        response = Raw(self.response())
        self._writer.send(ResponseEvent("response.created", response))
        self._writer.send(ResponseEvent("response.in_progress", response))
        return self._writer.taken()

    def keep_alive(self) -> bytes:
        """An event that says nothing new; a client's idle timer counts it, unlike a comment."""
        if self.ended:
            return b""
        self._writer.send(ResponseEvent("response.in_progress", Raw(self.response())))
        return self._writer.taken()

    def feed(self, data: bytes) -> bytes:
        """Take in bytes of an event stream, split anyhow."""
        for payload in self._cutter.feed(data):
            if self.ended:
                return self._writer.taken()
            self._take_payload(payload)
        if self._cutter.too_long:
            self._fail(upstream_malformed("an event of its stream is too long"))
        return self._writer.taken()

    def feed_whole(self, body: bytes) -> bytes:
        """Take in a whole answer, which is no event stream, and end the response."""
        if not self.ended:
            self._take_payload(body)
            self.finish_seen = self._message_seen
            if not self._message_seen:
                self._fail(upstream_malformed("it holds no message"))
        return self.finish()

    def finish(self) -> bytes:
        """The upstream's bytes are over: end the response as what came of it."""
        for payload in self._cutter.end():
            if not self.ended:
                self._take_payload(payload, last=True)
        if self.finish_seen:
            self._end()
        else:
            self._fail(upstream_cut("it ended with neither a finish_reason nor [DONE]"))
        return self._writer.taken()

    def fail(self, failure: Failure) -> bytes:
        """End the response as failed; open items stay open."""
        self._fail(failure)
        return self._writer.taken()

    # ------------------------------------------------------------------ what a chunk says

    def _take_payload(self, payload: bytes, *, last: bool = False) -> None:
        if payload == _DONE:
            self._take_done()
            return
        try:
            chunk = read_chunk(payload)
        except (ValueError, RecursionError) as error:
            bare = payload.strip()
            if bare == _DONE:
                self._take_done()
            elif bare and not last:  # the last one may be half of one
                self._fail(upstream_malformed(_why(error, bare)))
            return
        self._take_chunk(chunk)

    def _take_done(self) -> None:
        self.finish_seen = True
        self._end()

    def _take_chunk(self, chunk: Chunk) -> None:
        if chunk.usage is not None:
            self._usage = chunk.usage
        error = error_of(chunk)
        if error is not None:
            self._fail(failure_of_error(error, redact=self._redact))
            return
        for position, choice in enumerate(chunk.choices or ()):
            index = position if choice.index is None else choice.index
            if index in (0, "0") and not self.ended:
                self._take_choice(choice)

    def _take_choice(self, choice: Choice) -> None:
        self._choice_seen = True
        delta = choice.message if choice.delta is None else choice.delta
        if delta is not None:
            self._message_seen = True
            self._take_delta(delta)
        if choice.error:
            self._fail(failure_of_error(choice.error, redact=self._redact))
        elif choice.finish_reason is not None:
            self._take_finish(text_of(choice.finish_reason))

    def _take_delta(self, delta: Delta) -> None:
        content = delta.content
        thought = text_of(delta.reasoning_content) or text_of(delta.reasoning)
        if not thought and self._reads_details:
            thought = details_of(delta.reasoning_details)
        text = content if isinstance(content, str) else text_of(content)
        if text is not content:
            thought += thinking_of(content)
        if thought:
            self._writer.think(thought)
        if text:
            self._say(text)
        if delta.refusal is not None and (refusal := text_of(delta.refusal)):
            self._say(refusal)
        if delta.tool_calls or delta.function_call is not None:
            self._take_calls(delta)

    def _say(self, text: str) -> None:
        if self._think_tags is None:
            self._writer.say(text)
        else:
            self._write_spans(self._think_tags.feed(text))

    def _write_spans(self, spans: list[Span]) -> None:
        for span in spans:
            if span.thinking:
                self._writer.think(span.text)
            else:
                self._writer.say(span.text)

    def _flush_text(self) -> None:
        if self._think_tags is not None:
            self._write_spans(self._think_tags.end())

    def _take_calls(self, delta: Delta) -> None:
        try:
            pieces = pieces_of(delta)
        except ValueError as error:
            self._fail(upstream_malformed(f"the arguments of a tool call ({error})"))
            return
        self._flush_text()
        for piece in pieces:
            self._take_piece(piece)

    def _take_piece(self, piece: CallPiece) -> None:
        call = self._book.take(piece)
        if call is None:
            return
        if call.opened:
            if piece.arguments:
                self._writer.add_arguments(call, piece.arguments)
            return
        # The name of a call may come in pieces: it is whole once arguments or another call begin.
        waiting = self._book.unopened()
        if not piece.arguments.strip():
            waiting = waiting[:-1]
        for earlier in waiting:
            self._writer.open_call(earlier)

    def _take_finish(self, told: str) -> None:
        reason = told.lower().replace("-", "_")
        if reason in _BROKEN:
            self._fail(failure_of_error(f"the answer broke off (finish_reason {reason!r})"))
        elif reason not in _NO_REASONS:
            self.finish_seen = True
            self._finish_reason = reason

    # ------------------------------------------------------------------ the end

    def _end(self) -> None:
        if self.ended:
            return
        if not self._choice_seen:
            self._fail(upstream_malformed("it holds no answer"))
            return
        self._flush_text()
        reason = _INCOMPLETE.get(self._finish_reason)
        status: Literal["completed", "incomplete"] = "incomplete" if reason else "completed"
        if status == "completed" and not all(call.name for call in self._book.calls):
            self._fail(upstream_malformed("a tool call has no name"))
            return
        self._writer.close(status, self._book.calls)
        self._state.output = [Raw(item) for item in self._writer.items()]
        if reason:
            self._state.incomplete_details = IncompleteDetails(reason)
        self._send_last(status)

    def _fail(self, failure: Failure) -> None:
        if self.ended:
            return
        self.failure = failure
        self._state.error = ResponseError(failure.code, failure.message)
        self._send_last("failed")

    def _send_last(self, status: Literal["completed", "incomplete", "failed"]) -> None:
        self.status = self._state.status = status
        self._state.usage = usage_of(self._usage)
        self._writer.send(ResponseEvent(f"response.{status}", Raw(self.response())))


def _why(error: Exception, payload: bytes) -> str:
    """Why a chunk could not be read, with its beginning: a page is known by it."""
    begins = payload[:_SHOWN_BYTES].decode("utf-8", "replace")
    return f"a chunk is no JSON object of the usual shape ({error}): {begins!r}"
