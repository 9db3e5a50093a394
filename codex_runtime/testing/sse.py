"""Steps of a reply as server-sent events of the Responses API.

Pure: a `Reply` goes in, bytes and pauses come out in sending order; reads no clock, owns no socket,
knows no HTTP. Many events share one block of bytes, so that a reply of 200,000 deltas costs few
writes. Enter at `render`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

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
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["BLOCK_BYTES", "StreamPart", "default_usage", "gathered", "render"]

BLOCK_BYTES: Final = 64 * 1024
"""Events are gathered until a block holds at least so many bytes."""

_CHARS_PER_TOKEN: Final = 4

_INCOMPLETE: Final = MappingProxyType(
    {"length": "max_output_tokens", "content_filter": "content_filter"}
)
"""The reasons that leave a response incomplete, in the words of the Responses API."""


_Fields = dict[str, object]

StreamPart = bytes | Pause | Wait | Cut


def render(reply: Reply, *, index: int, model: str, input_chars: int) -> Iterator[StreamPart]:
    """Yield what to send for `reply`, in order; ends after the last event, or with a `Cut`.

    Args:
        reply: Anything but an HTTP error.
        index: Number of the request; makes the ids unique.
        model: Repeated in the response object.
        input_chars: Size of the request, for usage figures that the reply does not give.
    """
    response: dict[str, object] = {
        "id": f"resp_{index}",
        "object": "response",
        "model": model,
        "status": "in_progress",
        "output": [],
    }
    opening = _event("response.created", {"response": response})
    output: list[object] = []
    yield from gathered(_parts(reply, response, output, index, input_chars), opening)


def default_usage(reply: Reply, input_chars: int) -> Usage:
    """Figures from the lengths: one token for every four characters begun, input at least one."""
    visible = sum(
        len(step.content if isinstance(step, Text) else step.payload)
        for step in reply.steps
        if isinstance(step, Text | ToolCall)
    )
    thought = sum(len(step.content) for step in reply.steps if isinstance(step, Reasoning))
    reasoning_tokens = _tokens(thought)
    return Usage(
        input_tokens=max(1, _tokens(input_chars)),
        output_tokens=_tokens(visible) + reasoning_tokens,
        reasoning_output_tokens=reasoning_tokens,
    )


def _tokens(chars: int) -> int:
    return -(-chars // _CHARS_PER_TOKEN)


def gathered(parts: Iterator[StreamPart], opening: bytes = b"") -> Iterator[StreamPart]:
    """Join neighbouring events into blocks; a pause or a wait sends what was gathered before."""
    block = [opening] if opening else []
    size = len(opening)
    for part in parts:
        if isinstance(part, bytes):
            block.append(part)
            size += len(part)
            if size < BLOCK_BYTES:
                continue
        if block:
            yield b"".join(block)
            block.clear()
            size = 0
        if not isinstance(part, bytes):
            yield part
    if block:
        yield b"".join(block)


def _parts(
    reply: Reply, response: dict[str, object], output: list[object], index: int, input_chars: int
) -> Iterator[StreamPart]:
    steps, end = reply.split()
    for step in steps:
        position = len(output)
        name = f"{index}_{position}"
        match step:
            case Text():
                yield from _text(step, position, f"msg_{name}", output)
            case Reasoning():
                yield from _reasoning(step, position, f"rs_{name}", output)
            case ToolCall():
                yield _tool_call(step, position, name, output)
            case Wait():
                yield step
            case Raw():
                yield step.data
            case _:
                assert_never(step)
    if isinstance(end, Cut):
        yield end
    elif isinstance(end, ResponseFailure):
        error = {"code": end.code, "message": end.message}
        failed = {**response, "status": "failed", "error": error}
        yield _event("response.failed", {"response": failed})
    else:
        usage = reply.usage or default_usage(reply, input_chars)
        yield _ending({**response, "output": output, "usage": _usage(usage)}, end)


def _ending(response: _Fields, end: Finish | None) -> bytes:
    if end is None or end.reason not in _INCOMPLETE:
        completed = {**response, "status": "completed"}
        return _event("response.completed", {"response": completed})
    details = {"reason": _INCOMPLETE[end.reason]}
    incomplete = {**response, "status": "incomplete", "incomplete_details": details}
    return _event("response.incomplete", {"response": incomplete})


def _text(step: Text, position: int, item_id: str, output: list[object]) -> Iterator[StreamPart]:
    item: _Fields = {"type": "message", "role": "assistant", "id": item_id}
    if step.phase is not None:
        item["phase"] = step.phase
    opened: _Fields = {**item, "status": "in_progress", "content": []}
    yield _event("response.output_item.added", {"output_index": position, "item": opened})
    place = {"item_id": item_id, "output_index": position, "content_index": 0}
    yield from _deltas("response.output_text.delta", place, step.pieces, step.delay_s)
    content: list[_Fields] = [{"type": "output_text", "text": step.content, "annotations": []}]
    done: _Fields = {**item, "status": "completed", "content": content}
    output.append(done)
    if step.finished:
        yield _event("response.output_item.done", {"output_index": position, "item": done})


def _reasoning(
    step: Reasoning, position: int, item_id: str, output: list[object]
) -> Iterator[StreamPart]:
    item: _Fields = {"type": "reasoning", "id": item_id}
    opened: _Fields = {**item, "summary": []}
    yield _event("response.output_item.added", {"output_index": position, "item": opened})
    place: dict[str, object] = {"item_id": item_id, "output_index": position}
    if step.raw:
        place["content_index"] = 0
        yield from _deltas("response.reasoning_text.delta", place, step.pieces, step.delay_s)
        raw_part = {"type": "reasoning_text", "text": step.content}
        done: _Fields = {**item, "summary": [], "content": [raw_part]}
    else:
        place["summary_index"] = 0
        empty = {"type": "summary_text", "text": ""}
        yield _event("response.reasoning_summary_part.added", {**place, "part": empty})
        yield from _deltas(
            "response.reasoning_summary_text.delta", place, step.pieces, step.delay_s
        )
        part = {"type": "summary_text", "text": step.content}
        yield _event("response.reasoning_summary_text.done", {**place, "text": step.content})
        yield _event("response.reasoning_summary_part.done", {**place, "part": part})
        done = {**item, "summary": [part]}
    output.append(done)
    yield _event("response.output_item.done", {"output_index": position, "item": done})


def _tool_call(step: ToolCall, position: int, name: str, output: list[object]) -> bytes:
    call_id = step.call_id or f"call_{name}"
    item: dict[str, object] = {
        "type": "custom_tool_call" if step.freeform else "function_call",
        "id": f"{'ctc' if step.freeform else 'fc'}_{name}",
        "call_id": call_id,
        "name": step.name,
        "input" if step.freeform else "arguments": step.payload,
        "status": "completed",
    }
    if step.namespace is not None:
        item["namespace"] = step.namespace
    output.append(item)
    return _event("response.output_item.done", {"output_index": position, "item": item})


def _deltas(
    kind: str, place: Mapping[str, object], pieces: Sequence[str], delay_s: float
) -> Iterator[StreamPart]:
    """One event per piece; only the text of it is encoded for each."""
    frame = _event(kind, {**place, "delta": ""})
    head, tail = frame[: -len(b'"}\n\n') - 1], b"}\n\n"
    encode = msgspec.json.Encoder().encode
    for number, piece in enumerate(pieces):
        if number and delay_s:
            yield Pause(delay_s)
        yield b"".join((head, encode(piece), tail))


def _usage(usage: Usage) -> dict[str, object]:
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_input_tokens},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_output_tokens},
        "total_tokens": usage.total_tokens,
    }


def _event(kind: str, fields: Mapping[str, object]) -> bytes:
    data = msgspec.json.encode({"type": kind, **fields})
    return b"".join((b"event: ", kind.encode(), b"\ndata: ", data, b"\n\n"))
