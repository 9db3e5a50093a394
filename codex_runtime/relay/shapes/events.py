"""The events and items that a client of the Responses API reads.

Owns their names, fields and defaults, and what a response repeats of its request. Does not know
when an event is due: that is `codex_runtime.relay.stream`. Enter at `ResponseEvent` for events, at
`MessageItem` for items, at `echo_of` for what is repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Protocol

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Encoder

if TYPE_CHECKING:
    from codex_runtime.relay.shapes.asked import ResponsesRequest

__all__ = [
    "ArgumentsDone",
    "CallDelta",
    "CustomCallItem",
    "CustomInputDone",
    "Event",
    "FunctionCallItem",
    "IncompleteDetails",
    "InputTokensDetails",
    "ItemEvent",
    "ItemStatus",
    "LocalShellAction",
    "LocalShellCallItem",
    "MessageItem",
    "OutputText",
    "OutputTokensDetails",
    "PartEvent",
    "ReasoningItem",
    "ResponseEcho",
    "ResponseError",
    "ResponseEvent",
    "ResponseState",
    "ResponseStatus",
    "SummaryDelta",
    "SummaryDone",
    "SummaryPartEvent",
    "SummaryText",
    "TextDelta",
    "TextDone",
    "ToolSearchCallItem",
    "Usage",
    "delta",
    "echo_of",
    "encode",
    "framed",
    "head_of",
]

ItemStatus = Literal["in_progress", "completed", "incomplete"]
ResponseStatus = Literal["in_progress", "completed", "incomplete", "failed"]

_NONE: Final = Raw(b"null")


class Event(Protocol):
    """Anything that can be sent. Its number is its place in the stream."""

    type: str
    sequence_number: int


# ---------------------------------------------------------------------------- items


class OutputText(Struct, tag_field="type", tag="output_text"):
    """Text of the answer."""

    text: str = ""
    annotations: tuple[()] = ()
    logprobs: tuple[()] = ()


class SummaryText(Struct, tag_field="type", tag="summary_text"):
    """Text of the reasoning."""

    text: str = ""


class MessageItem(Struct, tag_field="type", tag="message"):
    """What the model says."""

    id: str
    status: ItemStatus = "in_progress"
    role: str = "assistant"
    content: list[OutputText] = []


class ReasoningItem(Struct, tag_field="type", tag="reasoning"):
    """What the model thinks."""

    id: str
    status: ItemStatus = "in_progress"
    summary: list[SummaryText] = []


class FunctionCallItem(Struct, tag_field="type", tag="function_call"):
    """A call of a function; ``arguments`` as the model wrote them, be they JSON or not."""

    id: str
    call_id: str
    name: str
    namespace: str | UnsetType = UNSET
    arguments: str = ""
    status: ItemStatus = "in_progress"


class CustomCallItem(Struct, tag_field="type", tag="custom_tool_call"):
    """A call of a tool that takes text."""

    id: str
    call_id: str
    name: str
    namespace: str | UnsetType = UNSET
    input: str = ""
    status: ItemStatus = "in_progress"


class ToolSearchCallItem(Struct, tag_field="type", tag="tool_search_call"):
    """A search for tools, which the client runs."""

    id: str
    call_id: str
    execution: str = "client"
    arguments: Raw = Raw(b"{}")
    status: ItemStatus = "in_progress"


class LocalShellAction(Struct, tag_field="type", tag="exec"):
    """A command for the client's shell."""

    command: list[str] = []
    env: dict[str, str] = {}
    timeout_ms: int | None = None
    user: str | None = None
    working_directory: str | None = None


class LocalShellCallItem(Struct, tag_field="type", tag="local_shell_call"):
    """A call of the client's shell."""

    id: str
    call_id: str
    action: LocalShellAction
    status: ItemStatus = "in_progress"


# ---------------------------------------------------------------------------- the response


class InputTokensDetails(Struct):
    """Which of the tokens read were cheaper or dearer."""

    cached_tokens: int = 0
    cache_write_tokens: int = 0


class OutputTokensDetails(Struct):
    """Which of the tokens written the client does not see as text."""

    reasoning_tokens: int = 0


class Usage(Struct):
    """Tokens of one answer. The API demands both details: what was not told in them is 0."""

    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int


class ResponseError(Struct):
    """Why a response failed."""

    code: str
    message: str


class IncompleteDetails(Struct):
    """Why a response ended early."""

    reason: Literal["max_output_tokens", "content_filter"]


class ResponseState(Struct):
    """What changes in a response while it is made; the echo of its request completes it."""

    id: str
    created_at: int
    model: str
    status: ResponseStatus = "in_progress"
    error: ResponseError | None = None
    incomplete_details: IncompleteDetails | None = None
    output: list[Raw] = []
    usage: Usage | None = None
    object: str = "response"


class ResponseEcho(Struct):
    """What a response repeats of its request, with the defaults of the API for what was left out.

    Raw fields hold JSON.
    """

    tools: Raw = Raw(b"[]")
    tool_choice: Raw = Raw(b'"auto"')
    parallel_tool_calls: bool = True
    instructions: str | None = None
    metadata: Raw = _NONE
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    previous_response_id: str | None = None
    prompt_cache_key: str | None = None
    reasoning: Raw = _NONE
    text: Raw = _NONE
    store: bool = True


def echo_of(request: ResponsesRequest) -> ResponseEcho:
    """What the response to this request repeats of it."""
    return ResponseEcho(
        tools=_raw(request.tools or []),
        tool_choice=_raw("auto" if request.tool_choice is None else request.tool_choice),
        parallel_tool_calls=request.parallel_tool_calls is not False,
        instructions=request.instructions,
        metadata=_raw(request.metadata),
        temperature=request.temperature,
        top_p=request.top_p,
        max_output_tokens=request.max_output_tokens,
        previous_response_id=request.previous_response_id,
        prompt_cache_key=request.prompt_cache_key,
        reasoning=_raw(request.reasoning),
        text=_raw(request.text),
        store=request.store is not False,
    )


# ---------------------------------------------------------------------------- events
# What is sent often has its text and its number last: see `head_of`.


class ResponseEvent(Struct):
    """``response.created``, ``.in_progress``, ``.completed``, ``.incomplete`` or ``.failed``."""

    type: str
    response: Raw
    sequence_number: int = 0


class ItemEvent(Struct):
    """``response.output_item.added`` or ``.done``."""

    type: str
    output_index: int
    item: Raw
    sequence_number: int = 0


class PartEvent(Struct):
    """``response.content_part.added`` or ``.done``."""

    type: str
    item_id: str
    output_index: int
    content_index: int
    part: OutputText
    sequence_number: int = 0


class TextDelta(Struct):
    """``response.output_text.delta``: more of the answer's text."""

    type: str
    item_id: str
    output_index: int
    content_index: int
    logprobs: tuple[()] = ()
    delta: str = ""
    sequence_number: int = 0


class TextDone(Struct):
    """``response.output_text.done``: the whole text of a part."""

    type: str
    item_id: str
    output_index: int
    content_index: int
    text: str
    logprobs: tuple[()] = ()
    sequence_number: int = 0


class SummaryPartEvent(Struct):
    """``response.reasoning_summary_part.added`` or ``.done``."""

    type: str
    item_id: str
    output_index: int
    summary_index: int
    part: SummaryText
    sequence_number: int = 0


class SummaryDelta(Struct):
    """``response.reasoning_summary_text.delta``: more of the reasoning's text."""

    type: str
    item_id: str
    output_index: int
    summary_index: int
    delta: str = ""
    sequence_number: int = 0


class SummaryDone(Struct):
    """``response.reasoning_summary_text.done``: the whole text of the reasoning."""

    type: str
    item_id: str
    output_index: int
    summary_index: int
    text: str
    sequence_number: int = 0


class CallDelta(Struct):
    """``response.function_call_arguments.delta`` or ``response.custom_tool_call_input.delta``."""

    type: str
    item_id: str
    output_index: int
    delta: str = ""
    sequence_number: int = 0


class ArgumentsDone(Struct):
    """``response.function_call_arguments.done``: a function's whole arguments."""

    type: str
    item_id: str
    output_index: int
    name: str
    arguments: str
    sequence_number: int = 0


class CustomInputDone(Struct):
    """``response.custom_tool_call_input.done``: a custom tool's whole input."""

    type: str
    item_id: str
    output_index: int
    input: str
    sequence_number: int = 0


_ENCODER: Final = Encoder()
encode: Final = _ENCODER.encode
_NO_DELTA: Final = b'"","sequence_number":0}'


def framed(event: Event) -> bytes:
    """An event as it is sent."""
    return b"event: %b\ndata: %b\n\n" % (event.type.encode(), encode(event))


def head_of(event: TextDelta | SummaryDelta | CallDelta) -> bytes:
    """What all deltas of one text begin with; `delta` completes one."""
    return b"event: %b\ndata: %b" % (event.type.encode(), encode(event).removesuffix(_NO_DELTA))


def delta(head: bytes, text: str, sequence_number: int) -> bytes:
    """A delta as it is sent; one is made for every token of an answer."""
    return b'%b%b,"sequence_number":%d}\n\n' % (head, encode(text), sequence_number)


def _raw(value: object) -> Raw:
    # What came as JSON may hold line ends, which would end the line of an event.
    return Raw(encode(value).replace(b"\n", b" ").replace(b"\r", b" "))
