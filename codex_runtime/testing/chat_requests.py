"""What a scripted Chat Completions server was asked: one `ChatRequest` per POST.

Pure: reads a decoded body and lower-cased headers, never fails on a shape it does not know (an
absent field is None or empty). Knows no socket. Enter at `ChatRequest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from codex_runtime.testing.json_reading import content_text, mapping_of, mappings_of, text_of
from codex_runtime.testing.requests import ToolOutput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ChatRequest"]


@attrs.frozen(kw_only=True)
class ChatRequest:
    """One request for a chat completion, as it came.

    `body` is JSON as decoded (hence `Any`): everything the client sent, also what has no property
    here. The properties read the common parts.
    """

    index: int
    """Counts from 0, in order of arrival."""
    path: str
    headers: Mapping[str, str]
    """Lower-cased names; credentials are left out."""
    credentials: Mapping[str, str] = attrs.field(repr=False)
    """The headers that carry credentials, for a test of who sends which; never shown."""
    body: Mapping[str, Any]

    @property
    def model(self) -> str | None:
        """The model's name."""
        return text_of(self.body.get("model"))

    @property
    def stream(self) -> bool:
        """Whether the answer is wanted as events."""
        return self.body.get("stream") is True

    @property
    def include_usage(self) -> bool:
        """Whether a stream is to end with a chunk of usage."""
        return mapping_of(self.body.get("stream_options")).get("include_usage") is True

    @property
    def effort(self) -> str | None:
        """Reasoning effort."""
        return text_of(self.body.get("reasoning_effort"))

    @property
    def output_schema(self) -> Mapping[str, Any] | None:
        """The JSON schema that the answer must follow, if any."""
        form = mapping_of(mapping_of(self.body.get("response_format")).get("json_schema"))
        return mapping_of(form["schema"]) if "schema" in form else None

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """The messages, oldest first."""
        return tuple(mappings_of(self.body.get("messages")))

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """The tools on offer, as they came."""
        return tuple(mappings_of(self.body.get("tools")))

    @property
    def tool_names(self) -> Sequence[str]:
        """Names of the functions on offer."""
        return tuple(str(mapping_of(tool.get("function")).get("name")) for tool in self.tools)

    @property
    def tool_choice(self) -> str | Mapping[str, Any] | None:
        """Which tool must be called, or whether one may be."""
        choice = self.body.get("tool_choice")
        return choice if isinstance(choice, str) else mapping_of(choice) or None

    @property
    def last_user_text(self) -> str:
        """The text of the user's newest message; empty if there is none."""
        texts = self.texts("user")
        return texts[-1] if texts else ""

    @property
    def tool_outputs(self) -> Sequence[ToolOutput]:
        """Results of tool calls, oldest first."""
        return tuple(
            ToolOutput(str(message.get("tool_call_id")), content_text(message.get("content")))
            for message in self._of("tool")
        )

    @property
    def tool_calls(self) -> Sequence[Mapping[str, Any]]:
        """Calls that the assistant's messages hold, oldest first."""
        return tuple(
            call
            for message in self._of("assistant")
            for call in mappings_of(message.get("tool_calls"))
        )

    @property
    def reasonings(self) -> Sequence[str]:
        """Non-empty `reasoning_content` of the assistant's messages, oldest first."""
        found = (text_of(message.get("reasoning_content")) for message in self._of("assistant"))
        return tuple(reasoning for reasoning in found if reasoning)

    @property
    def image_urls(self) -> Sequence[str]:
        """Addresses of all images, as often as they occur."""
        return tuple(
            str(mapping_of(part.get("image_url")).get("url"))
            for message in self.messages
            for part in mappings_of(message.get("content"))
            if part.get("type") == "image_url"
        )

    def texts(self, *roles: str) -> Sequence[str]:
        """Texts of the messages of these roles ("system", "user", …), oldest first."""
        return tuple(content_text(message.get("content")) for message in self._of(*roles))

    def _of(self, *roles: str) -> Sequence[Mapping[str, Any]]:
        return tuple(message for message in self.messages if message.get("role") in roles)
