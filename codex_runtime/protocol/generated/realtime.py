# ruff: noqa: PYI051
"""Spoken conversations on a thread.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "CodexResponseHandoffMode",
    "ExistingCallRealtimeTransport",
    "InlineMarkdownPresentation",
    "InlineVisualizationPresentation",
    "RealtimeConversationVersion",
    "RealtimeItemPresentation",
    "RealtimeOutputModality",
    "RealtimePromotedItem",
    "RealtimeSessionClosedItem",
    "RealtimeSessionStartedItem",
    "RealtimeTextRole",
    "RealtimeTranscriptItem",
    "RealtimeVoice",
    "RealtimeVoicesList",
    "ThreadRealtimeAppendAudioParams",
    "ThreadRealtimeAppendAudioResponse",
    "ThreadRealtimeAppendSpeechParams",
    "ThreadRealtimeAppendSpeechResponse",
    "ThreadRealtimeAppendTextParams",
    "ThreadRealtimeAppendTextResponse",
    "ThreadRealtimeAudioChunk",
    "ThreadRealtimeClosed",
    "ThreadRealtimeError",
    "ThreadRealtimeInitialItem",
    "ThreadRealtimeItem",
    "ThreadRealtimeItemAdded",
    "ThreadRealtimeItemCompleted",
    "ThreadRealtimeItemStarted",
    "ThreadRealtimeItemTranscriptDelta",
    "ThreadRealtimeListVoicesParams",
    "ThreadRealtimeListVoicesResponse",
    "ThreadRealtimeOutputAudioDelta",
    "ThreadRealtimeSdp",
    "ThreadRealtimeSessionOutcome",
    "ThreadRealtimeStartParams",
    "ThreadRealtimeStartResponse",
    "ThreadRealtimeStartTransport",
    "ThreadRealtimeStarted",
    "ThreadRealtimeStopParams",
    "ThreadRealtimeStopResponse",
    "ThreadRealtimeTranscriptDelta",
    "ThreadRealtimeTranscriptDone",
    "ThreadRealtimeTranscriptRole",
    "WebrtcRealtimeTransport",
    "WebsocketRealtimeTransport",
    "WholeItemPresentation",
]


CodexResponseHandoffMode: TypeAlias = Literal["thinking", "commentary", "bemTags"] | str


RealtimeTextRole: TypeAlias = Literal["user", "developer", "assistant"] | str


RealtimeConversationVersion: TypeAlias = Literal["v1", "v2", "v3"] | str


RealtimeOutputModality: TypeAlias = Literal["text", "audio"] | str


RealtimeVoice: TypeAlias = (
    Literal[
        "alloy",
        "arbor",
        "ash",
        "aube",
        "ballad",
        "breeze",
        "bubbie",
        "cedar",
        "coral",
        "cove",
        "echo",
        "ember",
        "haetsal",
        "hanul",
        "himari",
        "juniper",
        "leher",
        "maple",
        "marin",
        "miko",
        "neer",
        "porto",
        "rindo",
        "rio",
        "rivage",
        "sage",
        "selva",
        "shimmer",
        "sol",
        "sonna",
        "spruce",
        "tinta",
        "vale",
        "verse",
        "viola",
    ]
    | str
)


class RealtimeVoicesList(Wire, frozen=True, kw_only=True):
    """The voices, by version of the realtime protocol."""

    default_v1: RealtimeVoice
    default_v2: RealtimeVoice
    v1: list[RealtimeVoice]
    v2: list[RealtimeVoice]
    v3: list[RealtimeVoice] = msgspec.field(default_factory=list[RealtimeVoice])


class ThreadRealtimeAudioChunk(Wire, frozen=True, kw_only=True, gc=False):
    """Experimental: thread realtime audio chunk."""

    data: str
    num_channels: int
    sample_rate: int
    """In hertz."""
    item_id: str | UnsetType | None = UNSET
    samples_per_channel: int | UnsetType | None = UNSET


class ThreadRealtimeAppendAudioParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/realtime/appendAudio``.

    Experimental: append audio input to thread realtime.
    """

    audio: ThreadRealtimeAudioChunk
    thread_id: str


class ThreadRealtimeAppendAudioResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/realtime/appendAudio``.

    Experimental: response for appending realtime audio input.
    """


class ThreadRealtimeAppendSpeechParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/realtime/appendSpeech``.

    Experimental: append speakable text to thread realtime.
    """

    text: str
    thread_id: str


class ThreadRealtimeAppendSpeechResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/realtime/appendSpeech``.

    Experimental: response for appending realtime speech.
    """


class ThreadRealtimeAppendTextParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/realtime/appendText``.

    Experimental: append text input to thread realtime.
    """

    text: str
    thread_id: str
    role: RealtimeTextRole | UnsetType = UNSET
    """Left out it is ``user``."""


class ThreadRealtimeAppendTextResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/realtime/appendText``.

    Experimental: response for appending realtime text input.
    """


class WholeItemPresentation(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="wholeItem"
):
    """`RealtimeItemPresentation` with type ``wholeItem``."""


class InlineMarkdownPresentation(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="inlineMarkdown"
):
    """`RealtimeItemPresentation` with type ``inlineMarkdown``."""


class InlineVisualizationPresentation(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="inlineVisualization"
):
    """`RealtimeItemPresentation` with type ``inlineVisualization``."""

    index: int


RealtimeItemPresentation: TypeAlias = (
    WholeItemPresentation
    | InlineMarkdownPresentation
    | InlineVisualizationPresentation
    | UnknownVariant
)
"""Experimental: how an existing agent item appears in a realtime conversation. Told apart by
``type``.
"""


class ThreadRealtimeClosed(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/realtime/closed``.

    Experimental: emitted when thread realtime transport closes.
    """

    METHOD: ClassVar[str] = "thread/realtime/closed"

    thread_id: str
    reason: str | None = None


class ThreadRealtimeError(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/realtime/error``.

    Experimental: emitted when thread realtime encounters an error.
    """

    METHOD: ClassVar[str] = "thread/realtime/error"

    message: str
    thread_id: str


class ThreadRealtimeInitialItem(Wire, frozen=True, kw_only=True, gc=False):
    """Experimental: role-bearing text item included when a realtime V3 session starts."""

    role: RealtimeTextRole
    text: str


ThreadRealtimeSessionOutcome: TypeAlias = Literal["ended", "failed"] | str


ThreadRealtimeTranscriptRole: TypeAlias = Literal["user", "assistant"] | str


class RealtimeSessionStartedItem(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="realtimeSessionStarted"
):
    """`ThreadRealtimeItem` with type ``realtimeSessionStarted``."""

    id: str
    realtime_session_id: str


class RealtimeTranscriptItem(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="transcriptSegment"
):
    """`ThreadRealtimeItem` with type ``transcriptSegment``."""

    id: str
    realtime_session_id: str
    role: ThreadRealtimeTranscriptRole
    text: str


class RealtimePromotedItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="bemItemPromoted"
):
    """`ThreadRealtimeItem` with type ``bemItemPromoted``."""

    id: str
    item_id: str
    presentation: RealtimeItemPresentation
    realtime_session_id: str
    turn_id: str


class RealtimeSessionClosedItem(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="realtimeSessionClosed"
):
    """`ThreadRealtimeItem` with type ``realtimeSessionClosed``."""

    id: str
    outcome: ThreadRealtimeSessionOutcome
    realtime_session_id: str


ThreadRealtimeItem: TypeAlias = (
    RealtimeSessionStartedItem
    | RealtimeTranscriptItem
    | RealtimePromotedItem
    | RealtimeSessionClosedItem
    | UnknownVariant
)
"""Experimental: a thread-scoped realtime item in the canonical timeline. Told apart by ``type``."""


class ThreadRealtimeItemAdded(Wire, frozen=True, kw_only=True):
    """Notification ``thread/realtime/itemAdded``.

    Experimental: raw non-audio thread realtime item emitted by the backend.
    """

    METHOD: ClassVar[str] = "thread/realtime/itemAdded"

    item: JsonValue
    thread_id: str


class ThreadRealtimeItemCompleted(Wire, frozen=True, kw_only=True):
    """Notification ``thread/realtime/item/completed``.

    Experimental: a realtime timeline item published after canonical commit.
    """

    METHOD: ClassVar[str] = "thread/realtime/item/completed"

    item: ThreadRealtimeItem
    thread_id: str


class ThreadRealtimeItemStarted(Wire, frozen=True, kw_only=True):
    """Notification ``thread/realtime/item/started``.

    Experimental: a realtime timeline item started before its content streams.
    """

    METHOD: ClassVar[str] = "thread/realtime/item/started"

    item: ThreadRealtimeItem
    thread_id: str


class ThreadRealtimeItemTranscriptDelta(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/realtime/item/transcript/delta``.

    Experimental: text appended to an active realtime transcript item.
    """

    METHOD: ClassVar[str] = "thread/realtime/item/transcript/delta"

    delta: str
    item_id: str
    thread_id: str


class ThreadRealtimeListVoicesParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/realtime/listVoices``.

    Experimental: list voices supported by thread realtime.
    """


class ThreadRealtimeListVoicesResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/realtime/listVoices``.

    Experimental: response for listing supported realtime voices.
    """

    voices: RealtimeVoicesList


class ThreadRealtimeOutputAudioDelta(Wire, frozen=True, kw_only=True):
    """Notification ``thread/realtime/outputAudio/delta``.

    Experimental: streamed output audio emitted by thread realtime.
    """

    METHOD: ClassVar[str] = "thread/realtime/outputAudio/delta"

    audio: ThreadRealtimeAudioChunk
    thread_id: str


class ThreadRealtimeSdp(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/realtime/sdp``.

    Experimental: emitted with the remote SDP for a WebRTC realtime session.
    """

    METHOD: ClassVar[str] = "thread/realtime/sdp"

    sdp: str
    thread_id: str


class WebsocketRealtimeTransport(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="websocket"
):
    """`ThreadRealtimeStartTransport` with type ``websocket``."""


class WebrtcRealtimeTransport(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="webrtc"
):
    """`ThreadRealtimeStartTransport` with type ``webrtc``."""

    sdp: str
    """SDP offer generated by a WebRTC RTCPeerConnection after configuring audio and the realtime
    events data channel.
    """


class ExistingCallRealtimeTransport(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="existingCall"
):
    """`ThreadRealtimeStartTransport` with type ``existingCall``."""

    call_id: str
    """Identifier of a realtime call already created and negotiated by the client."""


ThreadRealtimeStartTransport: TypeAlias = (
    WebsocketRealtimeTransport | WebrtcRealtimeTransport | ExistingCallRealtimeTransport
)
"""Experimental: transport used by thread realtime. Told apart by ``type``."""


class ThreadRealtimeStartParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/realtime/start``.

    Experimental: start a thread-scoped realtime session.
    """

    output_modality: RealtimeOutputModality
    """Selects text or audio output for the realtime session. Transport and voice stay independent
    so clients can choose how they connect separately from what the model emits.
    """
    thread_id: str
    backend_reasoning_status: bool | UnsetType = UNSET
    """Relays public reasoning summaries as quiet context for realtime V3 delegations. Defaults to
    false.
    """
    client_managed_handoffs: bool | UnsetType | None = UNSET
    """Leaves Codex response handoffs to the client's explicit append calls instead of forwarding
    them automatically. Defaults to false.
    """
    codex_response_handoff_channel_prefixes: dict[str, list[str]] | UnsetType | None = UNSET
    """Overrides BEM channel prefixes by `analysis`, `commentary`, or `final`. Omitted channels
    retain their default uppercase bracketed prefixes.
    """
    codex_response_handoff_mode: CodexResponseHandoffMode | UnsetType | None = UNSET
    """Selects how automatic Codex responses are routed in Frameless Bidi sessions. Omitted values
    default to `thinking`. Realtime V1 and V2 ignore this setting.
    """
    codex_response_item_prefix: str | UnsetType | None = UNSET
    """Optional prefix added to automatic Codex response items when `codexResponsesAsItems` is true.
    """
    codex_responses_as_items: bool | UnsetType | None = UNSET
    """Sends automatic Codex responses as realtime conversation items instead of handoff appends."""
    delegation_ack_filler: bool | UnsetType | None = UNSET
    """Controls whether a realtime V3 delegation produces an acknowledgement filler. Omitted values
    preserve the Realtime API's default behavior.
    """
    flush_transcript_tail_on_session_end: bool | UnsetType | None = UNSET
    """Routes any transcript tail remaining at session end through Codex. Defaults to false."""
    include_startup_context: bool | UnsetType | None = UNSET
    """Set to false to start without Codex's startup context. Omitted or null includes it."""
    initial_items: list[ThreadRealtimeInitialItem] | UnsetType | None = UNSET
    """Adds complete role-bearing text items to the initial Frameless Bidi session history. This is
    only supported by realtime V3 and is sent during session startup. Requests are limited to 128
    items and 8,192 estimated text tokens in total.
    """
    model: str | UnsetType | None = UNSET
    """Overrides the configured realtime model for this session only."""
    prompt: str | UnsetType | None = UNSET
    realtime_end_instructions: str | UnsetType | None = UNSET
    """Developer instructions given to the backing Codex model when this realtime session ends."""
    realtime_session_id: str | UnsetType | None = UNSET
    realtime_start_instructions: str | UnsetType | None = UNSET
    """Developer instructions given to the backing Codex model when this realtime session starts."""
    transport: ThreadRealtimeStartTransport | UnsetType | None = UNSET
    version: RealtimeConversationVersion | UnsetType | None = UNSET
    """Overrides the configured realtime protocol version for this session only."""
    voice: RealtimeVoice | UnsetType | None = UNSET


class ThreadRealtimeStartResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/realtime/start``.

    Experimental: response for starting thread realtime.
    """


class ThreadRealtimeStarted(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/realtime/started``.

    Experimental: emitted when thread realtime startup is accepted.
    """

    METHOD: ClassVar[str] = "thread/realtime/started"

    thread_id: str
    version: RealtimeConversationVersion
    realtime_session_id: str | None = None


class ThreadRealtimeStopParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/realtime/stop``.

    Experimental: stop thread realtime.
    """

    thread_id: str


class ThreadRealtimeStopResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/realtime/stop``.

    Experimental: response for stopping thread realtime.
    """


class ThreadRealtimeTranscriptDelta(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/realtime/transcript/delta``.

    Experimental: flat transcript delta emitted whenever realtime transcript text changes.
    """

    METHOD: ClassVar[str] = "thread/realtime/transcript/delta"

    delta: str
    """Live transcript delta from the realtime event."""
    role: str
    thread_id: str


class ThreadRealtimeTranscriptDone(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/realtime/transcript/done``.

    Experimental: final transcript text emitted when realtime completes a transcript part.
    """

    METHOD: ClassVar[str] = "thread/realtime/transcript/done"

    role: str
    text: str
    """Final complete text for the transcript part."""
    thread_id: str
