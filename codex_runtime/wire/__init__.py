"""Bytes to JSON-RPC and back, without I/O and without a word of Codex.

Four steps, each knowing only the one before: `frames` cuts a byte stream into lines, `messages`
turns lines into envelopes with raw payloads, `peer` matches answers to requests, and the events of
`events` say what came of it. Enter at `Peer`.
"""

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
from codex_runtime.wire.messages import Envelope
from codex_runtime.wire.peer import BlockTaker, Peer, WireEvent

__all__ = [
    "MALFORMED_ANSWER_CODE",
    "BlockTaker",
    "Envelope",
    "Failure",
    "FrameDecoder",
    "FrameTooLong",
    "GarbageFrame",
    "IncomingRequest",
    "Peer",
    "RequestId",
    "Result",
    "StrayAnswer",
    "StrayRequest",
    "Taken",
    "WireEvent",
]
