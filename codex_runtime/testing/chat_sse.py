"""Steps of a reply as Chat Completions: chunks of a stream, or one whole completion.

Pure: a `Reply` goes in, bytes and pauses come out in sending order; reads no clock, owns no socket,
knows no HTTP. The role is in the first chunk that has content, so that a reply of `raw` bytes alone
sends nothing else. Enter at `render_stream` and `render_whole`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, assert_never

import msgspec

from codex_runtime.testing.sse import StreamPart, default_usage, gathered
from codex_runtime.testing.steps import (
    Cut,
    Finish,
    Pause,
    Raw,
    Reasoning,
    Reply,
    ResponseFailure,
    Text,
    ToolCall,
    Usage,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["render_stream", "render_whole"]

_CREATED_S: Final = 1_700_000_000
"""A time like any other: a scripted answer is the same at every run."""
_ARGUMENT_PIECES: Final = 3
"""Arguments of a tool come in so many chunks, as a model writes them bit by bit."""

_Fields = dict[str, Any]


def render_stream(
    reply: Reply, *, index: int, model: str, input_chars: int, include_usage: bool
) -> Iterator[StreamPart]:
    """Yield what to send for `reply`, in order; ends after `[DONE]`, an error, or with a `Cut`.

    Args:
        reply: Anything but an HTTP error.
        index: Number of the request; makes the ids unique.
        model: Repeated in every chunk.
        input_chars: Size of the request, for usage figures that the reply does not give.
        include_usage: Whether a chunk of usage, without choices, comes before `[DONE]`.
    """
    usage = reply.usage or default_usage(reply, input_chars)
    chunks = _Chunks(index, model)
    return gathered(chunks.parts_of(reply, usage if include_usage else None))


def render_whole(reply: Reply, *, index: int, model: str, input_chars: int) -> Iterator[StreamPart]:
    """Yield `reply` as one `chat.completion`, after its pauses; arguments as in `render_stream`.

    Raw bytes come before it. A cut leaves its second half out, and sends nothing where the reply
    has no content.
    """
    usage = reply.usage or default_usage(reply, input_chars)
    completion = _Completion(index, model, usage)
    return gathered(completion.parts_of(reply))


class _Chunks:
    """One stream of chunks."""

    def __init__(self, index: int, model: str) -> None:
        self._index = index
        self._frame: _Fields = {
            "id": f"chatcmpl-{index}",
            "object": "chat.completion.chunk",
            "created": _CREATED_S,
            "model": model,
        }
        self._has_role = False
        self._calls = 0

    def parts_of(self, reply: Reply, usage: Usage | None) -> Iterator[StreamPart]:
        steps, end = reply.split()
        for step in steps:
            match step:
                case Text():
                    yield from self._pieces("content", step)
                case Reasoning():
                    yield from self._pieces("reasoning_content", step)
                case ToolCall():
                    yield from self._tool_call(step)
                case Wait():
                    yield step
                case Raw():
                    yield step.data
                case _:
                    assert_never(step)
        if isinstance(end, Cut):
            yield end
        elif isinstance(end, ResponseFailure):
            yield _event({"error": _error(end)})
        else:
            yield self._chunk({}, _reason(end, self._calls))
            if usage is not None:
                yield _event({**self._frame, "choices": [], "usage": _usage(usage)})
            yield b"data: [DONE]\n\n"

    def _pieces(self, field: str, step: Text | Reasoning) -> Iterator[StreamPart]:
        for number, piece in enumerate(step.pieces):
            if number and step.delay_s:
                yield Pause(step.delay_s)
            yield self._chunk({field: piece})

    def _tool_call(self, step: ToolCall) -> Iterator[bytes]:
        number = self._calls
        self._calls += 1
        call = _call(step, self._index, number, "")
        yield self._chunk({"tool_calls": [{"index": number, **call}]})
        for piece in _split(step.payload):
            function = {"arguments": piece}
            yield self._chunk({"tool_calls": [{"index": number, "function": function}]})

    def _chunk(self, delta: _Fields, reason: str | None = None) -> bytes:
        role = {} if self._has_role else {"role": "assistant"}
        self._has_role = True
        choice = {"index": 0, "delta": {**role, **delta}, "finish_reason": reason}
        return _event({**self._frame, "choices": [choice]})


class _Completion:
    """One answer in one piece."""

    def __init__(self, index: int, model: str, usage: Usage) -> None:
        self._index = index
        self._frame: _Fields = {
            "id": f"chatcmpl-{index}",
            "object": "chat.completion",
            "created": _CREATED_S,
            "model": model,
            "usage": _usage(usage),
        }
        self._texts: list[str] = []
        self._reasonings: list[str] = []
        self._calls: list[_Fields] = []

    def parts_of(self, reply: Reply) -> Iterator[StreamPart]:
        steps, end = reply.split()
        for step in steps:
            match step:
                case Text() | Reasoning():
                    texts = self._texts if isinstance(step, Text) else self._reasonings
                    texts.append(step.content)
                    yield from [Pause(step.delay_s)] * (len(step.pieces) - 1 if step.delay_s else 0)
                case ToolCall():
                    number = len(self._calls)
                    self._calls.append(_call(step, self._index, number, step.payload))
                case Wait():
                    yield step
                case Raw():
                    yield step.data
                case _:
                    assert_never(step)
        if isinstance(end, Cut):
            if self._texts or self._reasonings or self._calls:
                whole = self._body(None)
                yield whole[: len(whole) // 2]
            yield end
        elif isinstance(end, ResponseFailure):
            yield msgspec.json.encode({"error": _error(end)})
        else:
            yield self._body(end)

    def _body(self, end: Finish | None) -> bytes:
        message: _Fields = {"role": "assistant", "content": "".join(self._texts) or None}
        if self._reasonings:
            message["reasoning_content"] = "".join(self._reasonings)
        if self._calls:
            message["tool_calls"] = self._calls
        choice: _Fields = {
            "index": 0,
            "message": message,
            "finish_reason": _reason(end, len(self._calls)),
        }
        return msgspec.json.encode({**self._frame, "choices": [choice]})


def _call(step: ToolCall, index: int, number: int, arguments: str) -> _Fields:
    return {
        "id": step.call_id or f"call_{index}_{number}",
        "type": "function",
        "function": {"name": step.name, "arguments": arguments},
    }


def _split(arguments: str) -> Sequence[str]:
    size = max(1, -(-len(arguments) // _ARGUMENT_PIECES))
    return [arguments[at : at + size] for at in range(0, len(arguments), size)]


def _reason(end: Finish | None, calls: int) -> str:
    if end is not None:
        return end.reason
    return "tool_calls" if calls else "stop"


def _error(step: ResponseFailure) -> _Fields:
    return {"message": step.message, "type": "server_error", "param": None, "code": step.code}


def _usage(usage: Usage) -> _Fields:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_input_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_output_tokens},
    }


def _event(payload: _Fields) -> bytes:
    return b"".join((b"data: ", msgspec.json.encode(payload), b"\n\n"))
