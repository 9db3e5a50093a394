"""What a hook's shell command reads and answers: JSON, with keys that stay.

Owns both directions: a `HookContext` as one object, and exit code and stdout as an answer. Does not
run commands (see ``session.hooks.shell``). Enter at `render_context` and `read_shell_answer`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from codex_runtime.errors import HookError, InvalidInput
from codex_runtime.model.attachments import (
    FileMention,
    ImageData,
    ImageUrl,
    LocalImage,
    Mention,
    Skill,
)
from codex_runtime.model.hooks.hooks import Block, Mutate

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.model.attachments import Attachment
    from codex_runtime.model.hooks.hooks import HookAnswer, HookContext

__all__ = ["BLOCKING_EXIT_CODE", "read_shell_answer", "render_context"]

BLOCKING_EXIT_CODE: Final = 2
_NO_REASON: Final = "no reason was given"
_MAX_REASON_CHARS: Final = 4000
_ACTIONS: Final = ("proceed", "mutate", "block")
_CHANGES: Final = frozenset(("prompt", "model", "attachments", "metadata"))

# How an attachment is written: its type, what makes it from its keys, and these keys.
_ATTACHMENTS: Final[Mapping[type, tuple[str, Callable[..., Attachment], tuple[str, ...]]]] = {
    FileMention: ("file_mention", FileMention, ("path", "placeholder")),
    LocalImage: ("local_image", LocalImage, ("path", "detail")),
    ImageData: ("image_data", ImageData.from_data_url, ("url", "detail")),
    ImageUrl: ("image_url", ImageUrl, ("url", "detail")),
    Skill: ("skill", Skill, ("name", "path")),
    Mention: ("mention", Mention, ("name", "path")),
}
_BY_TYPE: Final = {kind: (make, keys) for kind, make, keys in _ATTACHMENTS.values()}


def render_context(context: HookContext) -> bytes:
    """``context`` as one line of JSON: its fields by their names, all of them, null for None.

    An attachment is an object with ``type`` and its fields; of an image's bytes only their number,
    ``size_bytes``, is told. Raises `HookError` for a tool's input or output that is no JSON value.
    """
    shown = {
        "phase": context.phase,
        "prompt": context.prompt,
        "model": context.model,
        "attachments": [_shown(attachment) for attachment in context.attachments],
        "metadata": dict(context.metadata),
        "cwd": context.cwd,
        "thread_id": context.thread_id,
        "turn_id": context.turn_id,
        "tool_name": context.tool_name,
        "tool_input": context.tool_input,
        "tool_output": context.tool_output,
        "status": context.status,
        "text": context.text,
    }
    try:
        return json.dumps(shown, allow_nan=False).encode() + b"\n"
    except (TypeError, ValueError, RecursionError) as problem:
        raise HookError(
            "context", context.phase, f"is not JSON: {problem}", "Give tools JSON values"
        ) from problem


def _shown(attachment: Attachment) -> dict[str, object]:
    if isinstance(attachment, ImageData):
        size_bytes = len(attachment.data)
        return {"type": "image_data", "detail": attachment.detail, "size_bytes": size_bytes}
    kind, _, keys = _ATTACHMENTS[type(attachment)]
    shown: dict[str, object] = {"type": kind}
    for key in keys:
        shown[key] = getattr(attachment, key)
    return shown


def read_shell_answer(returncode: int | None, stdout: bytes, stderr_tail: str) -> HookAnswer:
    """What a command answered: exit 0 by the JSON on its stdout, exit 2 with a block.

    Raises `HookError` for any other exit, and for what is no answer.
    """
    if returncode == BLOCKING_EXIT_CODE:
        return Block(_reason(stdout, stderr_tail))
    if returncode != 0:
        how = "could not be ended" if returncode is None else f"ended with exit code {returncode}"
        if returncode is not None and returncode < 0:
            how = f"was ended by signal {-returncode}"
        raise HookError("command", returncode, how, "Exit 0 to answer, 2 to block")
    if not stdout.strip():
        return None
    answer = _object(stdout)
    if answer is None:
        raise _refused(stdout[:200], "is no JSON object")
    return _answer(answer)


def _reason(stdout: bytes, stderr_tail: str) -> str:
    """Why it exited with 2: the ``reason`` of its JSON, else its words."""
    answer = _object(stdout)
    text = stdout.decode(errors="replace") if answer is None else _text(answer.get("reason"))
    text = text.strip() or stderr_tail.strip() or _NO_REASON
    return text[:_MAX_REASON_CHARS]


def _text(value: object) -> str:
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def _object(data: bytes) -> Mapping[str, object] | None:
    try:
        value = cast("object", json.loads(data))
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None


def _answer(answer: Mapping[str, object]) -> HookAnswer:
    if not answer:
        return None
    action = answer.get("action")
    if action == "block":  # whatever else stands there: a no is never lost to a detail
        return Block((_text(answer.get("reason")).strip() or _NO_REASON)[:_MAX_REASON_CHARS])
    if action not in _ACTIONS:
        raise _refused(action, "is no action", f"Give one of {', '.join(_ACTIONS)}", "action")
    changes = _CHANGES if action == "mutate" else frozenset[str]()
    if unknown := sorted(set(answer) - changes - {"action", "reason"}):
        raise _refused(unknown[0], f"has no place in {action!r}", "Leave it out", "key")
    if action == "proceed":
        return None
    return _mutation({key: answer[key] for key in _CHANGES & set(answer)})


def _mutation(changes: Mapping[str, object]) -> Mutate:
    """A key with null is as good as none."""
    given = {key: value for key, value in changes.items() if value is not None}
    listed = given.pop("attachments", [])
    if not isinstance(listed, list):
        raise _refused(listed, "is no list", "Give a list of objects", "attachments")
    attachments = tuple(_attachment(item) for item in cast("list[object]", listed))
    # Any: what stands in `given` is checked by Mutate.
    fields = cast("dict[str, Any]", given)
    return Mutate(attachments=attachments, **fields)


def _attachment(value: object) -> Attachment:
    if not isinstance(value, Mapping):
        raise _refused(value, "is no object", "Give one with a 'type'", "attachment")
    # Any: the constructors check what they are given.
    fields = cast("dict[str, Any]", dict(cast("Mapping[str, object]", value)))
    kind = cast("object", fields.pop("type", None))
    if not isinstance(kind, str) or kind not in _BY_TYPE:
        raise _refused(kind, "is no type", f"Give one of {', '.join(_BY_TYPE)}", "type")
    make, keys = _BY_TYPE[kind]
    if unknown := sorted(set(fields) - set(keys)):
        raise _refused(unknown[0], f"has no place in a {kind}", "Leave it out", "key")
    try:
        return make(**fields)
    except InvalidInput as problem:
        raise _refused(
            problem.value, f"{problem.problem} (a {kind})", problem.hint, problem.name
        ) from None
    except TypeError as problem:
        raise _refused(kind, f"lacks a key: {problem}", f"Give {', '.join(keys)}", "type") from None


def _refused(
    value: object, problem: str, hint: str = "Answer as documented", name: str = "stdout"
) -> HookError:
    return HookError(name, value, problem, hint)
