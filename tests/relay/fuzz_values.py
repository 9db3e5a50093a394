"""Ways to spoil JSON and bytes, for hypothesis; and a request as Codex makes it, made small."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CODEX_REQUEST", "any_json", "encoded", "spoiled_bytes", "spoiled_json"]


def _message(role: str, *texts: str) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    content = [{"type": kind, "text": text} for text in texts]
    return {"type": "message", "id": "msg_0_0", "role": role, "content": content}


_SCHEMA: Final = {
    "type": "object",
    "properties": {"chars": {"type": "string", "description": "What to write."}},
    "required": ["chars"],
    "additionalProperties": False,
}

CODEX_REQUEST: Final[dict[str, Any]] = {
    "model": "gpt-5.5",
    "stream": True,
    "input": [
        _message("developer", "You are Codex."),
        _message("developer", "<skills_instructions>", "<permissions instructions>"),
        _message("user", "<environment_context>"),
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "look"},
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
            ],
        },
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "hm"}],
            "content": [{"type": "reasoning_text", "text": "let me see"}],
            "encrypted_content": None,
        },
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "write_stdin",
            "arguments": '{"chars":"ls"}',
        },
        {"type": "function_call", "call_id": "call_2", "name": "add", "namespace": "sums",
         "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "a b c"},
        {
            "type": "function_call_output",
            "call_id": "call_2",
            "output": [{"type": "input_text", "text": "3"}],
        },
        {"type": "custom_tool_call", "call_id": "call_3", "name": "apply_patch", "input": "***"},
        {"type": "custom_tool_call_output", "call_id": "call_3", "output": "Done"},
        {"type": "tool_search_call", "call_id": "call_4", "execution": "client",
         "arguments": {"query": "x"}},
        {"type": "tool_search_output", "call_id": "call_4", "execution": "client", "tools": []},
        {"type": "local_shell_call", "call_id": "call_5", "status": "completed",
         "action": {"type": "exec", "command": ["ls"]}},
        {"type": "local_shell_call_output", "call_id": "call_5", "output": "a"},
        _message("assistant", "There are three."),
        _message("user", "again"),
    ],
    "tools": [
        {"type": "function", "name": "write_stdin", "strict": False, "parameters": _SCHEMA},
        {"type": "custom", "name": "apply_patch", "description": "Edits files.",
         "format": {"type": "grammar", "syntax": "lark", "definition": "start: hunk+"}},
        {"type": "namespace", "name": "sums", "description": "Sums.",
         "tools": [{"type": "function", "name": "add", "parameters": _SCHEMA}]},
        {"type": "tool_search", "execution": "client", "parameters": _SCHEMA},
        {"type": "web_search", "external_web_access": False},
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"effort": "medium"},
    "store": True,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "01a20184-80d0",
    "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "out",
                                             "schema": _SCHEMA}},
    "client_metadata": {"thread_id": "01a20184-80d0"},
    "previous_response_id": "resp_0",
    "max_output_tokens": 100,
    "temperature": 0.5,
    "metadata": {"a": "b"},
}  # fmt: skip

_NASTY_TEXTS: Final = st.sampled_from(
    ["", " ", "\0", "\ud83d\ude00", "x" * 300, "null", "{}", "call_1", "assistant", "tool",
     "message", "function_call", "input_image", "json_object", "data:,", "\u2028"]
)  # fmt: skip
_SCALARS: Final = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, -1, 1, 2**53, 2**63, 2**64, 10**40, 1.5, -0.0, 1e308])
    | _NASTY_TEXTS
    | st.text(max_size=5).filter(lambda text: text.isprintable())
)
any_json: Final = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NASTY_TEXTS, inner, max_size=3),
    max_leaves=6,
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with each of its keys, from the outside in."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    places: list[tuple[Any, Any]] = []
    for key in keys:
        places.append((value, key))
        if isinstance(value[key], (dict, list)):
            places += _places(value[key])
    return places


@st.composite
def spoiled_json(draw: Callable[[st.SearchStrategy[Any]], Any], value: Any) -> Any:
    """The same with one to four of its parts replaced, taken out, repeated or moved."""
    whole = [copy.deepcopy(value)]
    for _ in range(draw(st.integers(1, 4))):
        places = _places(whole)
        holder, key = places[draw(st.integers(0, len(places) - 1))]
        match draw(st.sampled_from(["replace", "replace", "remove", "repeat", "move"])):
            case "remove" if holder is not whole:
                del holder[key]
            case "repeat" if isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case "move":
                other, place = places[draw(st.integers(0, len(places) - 1))]
                holder[key] = copy.deepcopy(other[place])
            case _:
                holder[key] = draw(any_json)
    return whole[0]


@st.composite
def spoiled_bytes(draw: Callable[[st.SearchStrategy[Any]], Any], value: bytes) -> bytes:
    """The same with one to four runs of bytes replaced, taken out or repeated; perhaps cut."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(value) - 1)))
        end = start + draw(st.integers(0, 40))
        put = draw(
            st.binary(max_size=8)
            | st.just(value[start:end] * 2)
            | st.sampled_from([b"\n\n", b"\r\n", b"\r", b"data: ", b":", b"\xff", b"\xef\xbb\xbf",
                               b"null", b"{}", b"[]", b'"', b"\\ud800", b"[DONE]", b"9" * 30])
        )  # fmt: skip
        value = value[:start] + put + value[end:]
    return value[: draw(st.integers(0, len(value)))] if draw(st.booleans()) else value


def encoded(value: Any) -> bytes:
    """As JSON; what hypothesis made of numbers and text is taken as it is."""
    return json.dumps(value).encode()
