"""What the app-server asked the scripted model: one `ModelRequest` per POST.

Pure: reads a decoded body and lower-cased headers, never fails on a shape it does not know (an
absent field is None or empty). Knows no socket. Enter at `ModelRequest`; secrets are dropped by
`public_headers` before a record is made.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from codex_runtime.testing.json_reading import content_text, mapping_of, mappings_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["SECRET_HEADERS", "ModelRequest", "ToolOutput", "public_headers"]

SECRET_HEADERS: Final = frozenset(
    {
        "api-key",
        "authorization",
        "chatgpt-account-id",
        "cookie",
        "openai-organization",
        "openai-project",
        "proxy-authorization",
        "x-api-key",
    }
)


def public_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """`headers` with lower-cased names and without those that carry secrets."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return {name: value for name, value in lowered.items() if name not in SECRET_HEADERS}


@attrs.frozen
class ToolOutput:
    """What a tool gave back, as the server put it to the model."""

    call_id: str
    text: str


@attrs.frozen(kw_only=True)
class ModelRequest:
    """One request to the model, as it came.

    `body` is JSON as decoded (hence `Any`): everything the server sent, also what has no property
    here. The properties read the common parts of a Responses API request.
    """

    index: int
    """Counts from 0, in order of arrival over all threads."""
    path: str
    headers: Mapping[str, str]
    """Lower-cased names; credentials are left out."""
    body: Mapping[str, Any]

    @property
    def model(self) -> str | None:
        """The model's name."""
        return text_of(self.body.get("model"))

    @property
    def effort(self) -> str | None:
        """Reasoning effort."""
        return text_of(mapping_of(self.body.get("reasoning")).get("effort"))

    @property
    def summary(self) -> str | None:
        """Kind of reasoning summary that is wanted."""
        return text_of(mapping_of(self.body.get("reasoning")).get("summary"))

    @property
    def instructions(self) -> str | None:
        """Base instructions: those of the body, else the first message of the developer.

        Codex 0.163 sends them as such a message.
        """
        texts = self.developer_texts
        return text_of(self.body.get("instructions")) or (texts[0] if texts else None)

    @property
    def output_schema(self) -> Mapping[str, Any] | None:
        """The JSON schema that the answer must follow, if any."""
        form = mapping_of(mapping_of(self.body.get("text")).get("format"))
        return mapping_of(form["schema"]) if "schema" in form else None

    @property
    def input_items(self) -> Sequence[Mapping[str, Any]]:
        """The items of the input, oldest first."""
        return tuple(mappings_of(self.body.get("input")))

    @property
    def input_texts(self) -> Sequence[str]:
        """Texts of the user's messages, oldest first, context that the server adds included."""
        return tuple(self._texts_of("user"))

    @property
    def developer_texts(self) -> Sequence[str]:
        """Texts of the developer's messages, oldest first: permissions, skills, instructions."""
        return tuple(self._texts_of("developer"))

    @property
    def last_user_text(self) -> str:
        """The newest text of the user; empty if there is none."""
        texts = self.input_texts
        return texts[-1] if texts else ""

    @property
    def tool_outputs(self) -> Sequence[ToolOutput]:
        """Results of tool calls in the input, oldest first."""
        return tuple(
            ToolOutput(str(item.get("call_id")), content_text(item.get("output")))
            for item in self.input_items
            if str(item.get("type")).endswith("_call_output")
        )

    @property
    def tool_names(self) -> Sequence[str]:
        """Names of the tools on offer, "namespace.name" inside a namespace.

        A tool without a name (a web search, …) is called by its type. Some models get their tools
        as an item of the input; those are among them.
        """
        offers = [self.body.get("tools")]
        offers += [item.get("tools") for item in self.input_items]
        return tuple(name for offer in offers for name in _tool_names(offer))

    @property
    def prompt_cache_key(self) -> str | None:
        """Key of the prompt cache."""
        return text_of(self.body.get("prompt_cache_key"))

    @property
    def thread_id(self) -> str | None:
        """The thread that asks (header `thread-id`)."""
        return self.headers.get("thread-id")

    @property
    def turn_id(self) -> str | None:
        """The turn that asks."""
        return text_of(self._turn_metadata.get("turn_id"))

    @property
    def kind(self) -> str | None:
        """Why the server asks: "turn", "compaction" or another of its words."""
        return text_of(self._turn_metadata.get("request_kind"))

    def _texts_of(self, role: str) -> Iterator[str]:
        for item in self.input_items:
            if item.get("role") == role and "content" in item:
                yield content_text(item["content"])

    @property
    def _turn_metadata(self) -> Mapping[str, Any]:
        try:
            return mapping_of(json.loads(self.headers.get("x-codex-turn-metadata", "")))
        except ValueError:
            return {}


def _tool_names(offer: object) -> Iterator[str]:
    for tool in mappings_of(offer):
        name = str(tool.get("name", tool.get("type")))
        if tool.get("type") == "namespace":
            yield from (f"{name}.{inner}" for inner in _tool_names(tool.get("tools")))
        else:
            yield name
