"""Tool calls as items of the answer, each in the shape of the tool the client declared.

Owns what the arguments of a call mean for each kind of tool. Does not know how calls are gathered
nor when an item is sent. Enter at `begun` and `done`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from msgspec import UNSET, Raw
from msgspec.json import Decoder

from codex_runtime.relay.shapes.chunks import number_of
from codex_runtime.relay.shapes.events import (
    CustomCallItem,
    FunctionCallItem,
    LocalShellAction,
    LocalShellCallItem,
    ToolSearchCallItem,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.relay.request.tool_names import ToolTarget

__all__ = ["ID_PREFIXES", "CallItem", "begun", "done", "input_of"]

CallItem = FunctionCallItem | CustomCallItem | ToolSearchCallItem | LocalShellCallItem

ID_PREFIXES: Final = {
    "function": "fc",
    "custom": "ctc",
    "tool_search": "tsc",
    "local_shell": "lsh",
}
"""By kind of tool: how the id of a call's item begins."""

_ANYTHING: Final = Decoder()
_PATCHES: Final = "apply_patch"
_PATCH_BEGINS: Final = "*** Begin Patch"
_PATCH_ENDS: Final = "*** End Patch"
_MOST_WRAPPINGS: Final = 3
"""JSON texts within JSON texts that are opened to find a patch."""


def begun(target: ToolTarget, item_id: str, call_id: str) -> CallItem:
    """The item of a call whose arguments are still to come."""
    namespace = UNSET if target.namespace is None else target.namespace
    if target.kind == "custom":
        return CustomCallItem(item_id, call_id, target.name, namespace)
    if target.kind == "tool_search":
        return ToolSearchCallItem(item_id, call_id)
    if target.kind == "local_shell":
        return LocalShellCallItem(item_id, call_id, LocalShellAction())
    return FunctionCallItem(item_id, call_id, target.name, namespace)


def done(item: CallItem, arguments: str) -> None:
    """Put the whole arguments into an item and complete it."""
    item.status = "completed"
    if isinstance(item, CustomCallItem):
        item.input = input_of(item.name, arguments)
    elif isinstance(item, ToolSearchCallItem):
        item.arguments = _search_of(arguments)
    elif isinstance(item, LocalShellCallItem):
        item.action = _action_of(arguments)
    else:
        item.arguments = arguments if arguments.strip() else "{}"


def input_of(name: str, arguments: str) -> str:
    """The text for a custom tool: out of ``input``, ``patch``, or the only text of an object.

    Arguments that hold no such text are the text themselves. A patch is found wherever it is: in
    a shell command, between fences, after some words.
    """
    value = _read_loosely(arguments)
    if name == _PATCHES:
        patch = _patch_in(arguments if value is None else value)
        if patch is not None:
            return patch
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return arguments
    fields = cast("dict[str, object]", value)
    for field in ("input", "patch"):
        if isinstance(text := fields.get(field), str):
            return text
    texts = [text for text in fields.values() if isinstance(text, str)]
    return texts[0] if len(texts) == 1 else arguments


def _patch_in(value: object) -> str | None:
    """The patch that is in a value of JSON; None if there is none."""
    text = ""
    for _ in range(_MOST_WRAPPINGS):
        found = next((each for each in _texts_in(value) if _PATCH_BEGINS in each), None)
        if found is None:
            break
        text = found
        value = _read_loosely(text)
    start = text.find(_PATCH_BEGINS)
    if start < 0:
        return None
    end = text.rfind(_PATCH_ENDS)
    after = end + len(_PATCH_ENDS)
    return text[start:after] if end > start and text[after:].strip() else text[start:]


def _texts_in(value: object) -> Iterator[str]:
    """Every text of a value of JSON, in no order that matters."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += cast("dict[str, object]", one).values()
        elif isinstance(one, list):
            waiting += cast("list[object]", one)


def _search_of(arguments: str) -> Raw:
    """The arguments as an object; as the text they are where they are none: Codex says so."""
    if not arguments.strip():
        return Raw(b"{}")
    if not isinstance(_read(arguments), dict):
        return Raw(encode(arguments))
    # Line ends between its tokens would end the line of an event.
    return Raw(arguments.encode().replace(b"\n", b" ").replace(b"\r", b" "))


def _action_of(arguments: str) -> LocalShellAction:
    """The command to run; one that cannot be read is empty: Codex says so."""
    value = _read(arguments)
    if not isinstance(value, dict):
        return LocalShellAction()
    fields = cast("dict[str, object]", value)
    command = fields.get("command")
    env = fields.get("env")
    folder = fields.get("working_directory", fields.get("workdir"))
    user = fields.get("user")
    return LocalShellAction(
        command=_command_of(command),
        env=_texts_of(env),
        timeout_ms=number_of(fields.get("timeout_ms")),
        user=user if isinstance(user, str) else None,
        working_directory=folder if isinstance(folder, str) else None,
    )


def _command_of(command: object) -> list[str]:
    if isinstance(command, str):
        return ["bash", "-lc", command]
    words = cast("list[object]", command) if isinstance(command, list) else []
    texts = [word for word in words if isinstance(word, str)]
    return texts if len(texts) == len(words) else []


def _texts_of(env: object) -> dict[str, str]:
    fields = cast("dict[str, object]", env) if isinstance(env, dict) else {}
    return {name: text for name, text in fields.items() if isinstance(text, str)}


def _read(arguments: str) -> object:
    try:
        return _ANYTHING.decode(arguments)
    except (ValueError, RecursionError):
        return None


def _read_loosely(arguments: str) -> object:
    """As `_read`, but line ends inside texts, which models forget to escape, are taken as such."""
    value = _read(arguments)
    if value is not None or not arguments.lstrip().startswith(("{", '"')):
        return value
    try:
        loose = cast("object", json.loads(arguments, strict=False))
        # Half of a surrogate pair, which is taken here as well, could not be sent on.
        return _read(json.dumps(loose, ensure_ascii=False).encode("utf-8", "replace").decode())
    except (ValueError, RecursionError):
        return None
