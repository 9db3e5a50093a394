"""Events as JSON, one object per line, for programs that read the command's output.

Owns how a line is written and the three shapes of a turn's: ``{"method", "params"}`` as on the
wire, and at the end ``{"result"}`` or ``{"error"}``. Knows no terminal. Enter at `JsonLines`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from codex_runtime.cli.exits import OutputClosed
from codex_runtime.protocol.codec import encode_params
from codex_runtime.protocol.unknown import MalformedNotification, UnknownNotification

if TYPE_CHECKING:
    from codex_runtime.model.results import TurnResult
    from codex_runtime.model.usage import TokenUsage
    from codex_runtime.protocol import Notification

__all__ = ["JsonLines", "token_counts"]


class JsonLines:
    """Writes each line at once and whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def event(self, event: Notification) -> None:
        """A notification, by its wire name and with its wire params."""
        if isinstance(event, (UnknownNotification, MalformedNotification)):
            self.write({"method": event.method, "params": msgspec.Raw(event.params or b"null")})
        else:
            self.write({"method": event.METHOD, "params": encode_params(event)})

    def result(self, result: TurnResult) -> None:
        """The last line of a turn, however it ended."""
        error = None if result.error is None else encode_params(result.error)
        self.write(
            {
                "result": {
                    "threadId": result.thread_id,
                    "turnId": result.turn_id,
                    "status": result.status,
                    "text": result.text,
                    "usage": None if result.usage is None else token_counts(result.usage),
                    "error": error,
                    "durationMs": result.duration_ms,
                }
            }
        )

    def error(self, kind: str, message: str) -> None:
        """The last line when there is no result."""
        self.write({"error": {"type": kind, "message": message}})

    def write(self, value: dict[str, object]) -> None:
        """An object of any shape."""
        try:
            self._file.write(_encoded(value) + b"\n")
            self._file.flush()
        except BrokenPipeError:
            raise OutputClosed from None


def _encoded(value: dict[str, object]) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:  # a name of a file that is no UTF-8
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def token_counts(usage: TokenUsage) -> dict[str, int]:
    """Counts of tokens, by the names that the server gives them."""
    return {
        "inputTokens": usage.input_tokens,
        "cachedInputTokens": usage.cached_input_tokens,
        "outputTokens": usage.output_tokens,
        "reasoningOutputTokens": usage.reasoning_output_tokens,
        "totalTokens": usage.total_tokens,
    }
