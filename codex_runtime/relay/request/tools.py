"""The tools on offer, as functions: the only kind that Chat Completions knows.

Owns what each type of tool becomes, the tools that must not be offered, and which tool the model
has to choose. Does not know how names are made flat. Enter at `Offer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Raw

from codex_runtime.relay.failures import Refused, bad_request
from codex_runtime.relay.shapes.chat import ChatFunction, ChatTool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codex_runtime.relay.request.tool_names import ToolKind, ToolNames
    from codex_runtime.relay.shapes.asked import Tool, ToolChoice

__all__ = ["Offer", "flat_names"]

_NO_PARAMETERS: Final = Raw(b'{"type":"object","properties":{}}')
_NO_SCHEMAS: Final = frozenset({b"", b"null", b"{}"})
_CUSTOM_PARAMETERS: Final = Raw(
    b'{"type":"object","properties":{"input":{"type":"string",'
    b'"description":"The whole input of the tool, as plain text."}},'
    b'"required":["input"],"additionalProperties":false}'
)
_SHELL_PARAMETERS: Final = Raw(
    b'{"type":"object","properties":{"command":{"type":"array","items":{"type":"string"},'
    b'"description":"The program and its arguments."},'
    b'"working_directory":{"type":"string"},"timeout_ms":{"type":"integer"}},'
    b'"required":["command"]}'
)
_SHELL: Final = "Runs a command on the local machine and returns its output."
_PLAIN: Final = "Give the whole text of the call as the one string `input`."
_WORDS: Final = frozenset({"auto", "none", "required"})


class Offer:
    """The tools of one request; those that are offered have their names in ``names``."""

    __slots__ = ("_denied", "_denylist", "_tools", "names")

    names: ToolNames

    def __init__(self, names: ToolNames, denylist: frozenset[str]) -> None:
        self.names = names
        self._denylist = denylist
        self._denied: set[str] = set()
        self._tools: dict[str, ChatTool] = {}

    def add(self, tools: Iterable[Tool], path: str) -> None:
        """Offer tools; those offered before and those that other servers carry out are left out.

        Raises:
            Refused: A tool has no name; ``path`` is the place of the tools in the request.
        """
        for index, tool in enumerate(tools):
            self._add(tool, None, f"{path}[{index}]")

    def choose(self, choice: str | ToolChoice | None) -> tuple[list[ChatTool], object]:
        """The tools to send, and the tool choice to send with them (None: leave it out).

        Raises:
            Refused: The choice names a tool that is not on offer.
        """
        tools = list(self._tools.values())
        if choice is None:
            return tools, None
        if isinstance(choice, str):
            if choice not in _WORDS:
                raise _refused(f"`tool_choice` is {choice!r}: give auto, none or required, or {{}}")
            return tools, choice if tools else None
        if choice.type == "allowed_tools":
            return self._allow(choice)
        flat = self._flat(choice)
        if flat is None:  # denied, or carried out by others
            return tools, "auto" if tools else None
        return tools, {"type": "function", "function": {"name": flat}}

    def _allow(self, choice: ToolChoice) -> tuple[list[ChatTool], object]:
        """Few servers know the choice of several tools; what is not offered is not called."""
        flats = [self._flat(each) for each in choice.tools or ()]
        tools = [self._tools[flat] for flat in dict.fromkeys(flats) if flat is not None]
        mode = choice.mode or "auto"
        if mode not in _WORDS:
            raise _refused(f"`tool_choice.mode` is {mode!r}: give auto or required")
        return tools, mode if tools else None

    def _flat(self, choice: ToolChoice) -> str | None:
        """The tool that is meant; None for one that is denied or carried out by others."""
        if choice.type not in {"function", "custom"}:
            return self.names.chosen(choice.type)
        name = choice.name
        if not name:
            raise _refused("`tool_choice` names no tool: put `name` beside `type`")
        flat = self.names.chosen(name, choice.namespace)
        if flat is None and name not in self._denied:
            raise _refused(f"`tool_choice` names {name!r}, which is not in `tools`: declare it")
        return flat

    def _add(self, tool: Tool, space: Tool | None, path: str) -> None:
        if tool.type == "namespace":
            for index, inner in enumerate(tool.tools or ()):
                self._add(inner, tool, f"{path}.tools[{index}]")
        elif tool.type == "function":
            self._declare("function", tool, space, path, _schema_of(tool))
        elif tool.type == "custom":
            self._declare("custom", tool, space, path, _CUSTOM_PARAMETERS)
        elif tool.type == "tool_search" and tool.execution == "client":
            self._declare("tool_search", tool, space, path, _schema_of(tool))
        elif tool.type == "local_shell":
            self._declare("local_shell", tool, space, path, _SHELL_PARAMETERS)

    def _declare(
        self, kind: ToolKind, tool: Tool, space: Tool | None, path: str, parameters: Raw
    ) -> None:
        namespace = space.name if space is not None else None
        name = kind if kind in {"tool_search", "local_shell"} else tool.name
        if not name:
            advice = "put `name` beside `type`, not into an object below it"
            raise Refused(bad_request(f"`{path}` has no name: {advice}", param=f"{path}.name"))
        if not self._denylist.isdisjoint((name, namespace, self.names.flat(name, namespace))):
            self._denied.add(name)
            return
        flat = self.names.declare(kind, name, namespace)
        if flat is None:
            return
        strict = True if tool.strict else None
        function = ChatFunction(flat, parameters, _description(kind, tool, space), strict)
        self._tools[flat] = ChatTool(function)


def flat_names(tools: Sequence[Tool], names: ToolNames) -> list[str]:
    """What the model may call these tools, namespaces opened up."""
    flats: list[str] = []
    for tool in tools:
        if tool.type == "namespace":
            flats += [names.flat(inner.name, tool.name) for inner in tool.tools or () if inner.name]
        elif tool.name:
            flats.append(names.flat(tool.name))
    return flats


def _schema_of(tool: Tool) -> Raw:
    """The schema as it came; most servers refuse one that is missing, or of no type at all."""
    return _NO_PARAMETERS if bytes(tool.parameters) in _NO_SCHEMAS else tool.parameters


def _description(kind: ToolKind, tool: Tool, space: Tool | None) -> str | None:
    parts = [
        space.description if space is not None else None,
        tool.description,
        _SHELL if kind == "local_shell" else None,
        _PLAIN if kind == "custom" else None,
        _grammar(tool.format) if kind == "custom" and tool.format else None,
    ]
    return "\n\n".join(part for part in parts if part) or None


def _grammar(form: dict[str, object]) -> str | None:
    definition = form.get("definition")
    if not isinstance(definition, str):
        return None
    syntax = form.get("syntax")
    named = f"{syntax} grammar" if isinstance(syntax, str) else "grammar"
    return f"`input` must match this {named}:\n{definition}"


def _refused(message: str) -> Refused:
    return Refused(bad_request(message, param="tool_choice"))
