"""Tools: what makes a typed function one that the model can call.

Owns `Tool`, the reading of a signature, and what a returned value is for the model. Does not run a
tool (see ``session.tool_calls``) nor send one. Enter at `tool`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import (
    TYPE_CHECKING,
    Final,
    Generic,
    ParamSpec,
    TypeAlias,
    TypeVar,
    cast,
    get_type_hints,
    overload,
)

import attrs

from codex_runtime.errors import ToolError
from codex_runtime.model.checks import check_function, check_seconds, check_text
from codex_runtime.model.typed.schemas import ArgumentReader, encode_json
from codex_runtime.model.typed.subsets import TOOL, SchemaProblem, fit_schema
from codex_runtime.protocol import (
    FunctionDynamicToolSpec,
    InputAudioDynamicToolContent,
    InputImageDynamicToolContent,
    InputTextDynamicToolContent,
)

if TYPE_CHECKING:
    from codex_runtime.errors import InvalidInput
    from codex_runtime.protocol import DynamicToolCallOutputContentItem as ContentItem

__all__ = ["AnyTool", "Tool", "check_tools", "text_content", "tool"]

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

_DEFAULT_TIMEOUT_S: Final = 60.0

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")

_BUILT_IN: Final = frozenset(
    {
        "apply_patch",
        "create_goal",
        "exec_command",
        "get_goal",
        "request_user_input",
        "shell_command",
        "tool_search",
        "update_goal",
        "view_image",
        "write_stdin",
    }
)
"""The server accepts these names and never calls the tool: its own one of the name wins."""

_CONTENT: Final = (
    InputTextDynamicToolContent,
    InputImageDynamicToolContent,
    InputAudioDynamicToolContent,
)


@attrs.frozen(eq=False)
class Tool(Generic[P, R_co]):
    """A function that the model can call, async or plain: made by `tool`.

    It is still the function: ``my_tool(...)`` calls it, without checks or a deadline, and an async
    one is awaited. ``R_co`` is what the call returns: of an async one, its coroutine.
    """

    name: str

    description: str

    input_schema: Mapping[str, object]
    """JSON schema of its arguments: an object that takes no others."""

    timeout_s: float

    function: Callable[P, R_co]

    _reader: ArgumentReader = attrs.field(repr=False)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call the function."""
        return self.function(*args, **kwargs)

    def spec(self) -> FunctionDynamicToolSpec:
        """What ``thread/start`` is told of it (``dynamicTools``)."""
        return FunctionDynamicToolSpec(
            name=self.name, description=self.description, input_schema=dict(self.input_schema)
        )

    def bind(self, arguments: object) -> Mapping[str, object]:
        """What the function is called with, by name, when the model gives that plain JSON.

        Raises ValueError for arguments that are not of the signature, which says what and where
        (``$.a.b``).
        """
        return self._reader.read(arguments)

    def content(self, value: object) -> list[ContentItem]:
        """What the model is told of ``value``, that the function gave once it was awaited.

        Raises TypeError or ValueError for a value that JSON cannot say.
        """
        return _content(value)


AnyTool: TypeAlias = Tool[..., object]
"""A tool of any signature."""


@overload
def tool(
    function: Callable[P, R],
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout_s: float = _DEFAULT_TIMEOUT_S,
) -> Tool[P, R]: ...


@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    timeout_s: float = _DEFAULT_TIMEOUT_S,
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...


def tool(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout_s: float = _DEFAULT_TIMEOUT_S,
) -> Tool[P, R] | Callable[[Callable[P, R]], Tool[P, R]]:
    """Make a `Tool` of a typed function: ``@tool``, ``@tool(timeout_s=5)``, ``tool(obj.method)``.

    Every parameter needs an annotation of a type that msgspec has a JSON schema for; one with a
    default need not be given by the model. A plain function runs in a thread, which is left alone
    when its time is over. The function, async or plain, returns a str, which is the answer; None,
    an empty one; content items of the protocol (``InputImageDynamicToolContent``, ...), one or a
    list of them; or any value that msgspec can encode, as JSON.

    Args:
        function: The function, or a bound method.
        name: What the model calls it: 1 to 64 of ``a-zA-Z0-9_-``. Default: the function's.
        description: What it is told of it. Default: the docstring.
        timeout_s: How long a call may take, in seconds.

    Raises:
        ToolError: It cannot be a tool; ``name`` is the parameter at fault, of the function or of
            this call.
    """

    def make(function: Callable[P, R]) -> Tool[P, R]:
        check_seconds("timeout_s", timeout_s, ToolError)
        if not (inspect.isfunction(function) or inspect.ismethod(function)):
            raise ToolError(
                "function", function, "is no function or method", "Define it with def or async def"
            )
        check_function("function", function, ToolError, "Give a function")
        own_name = function.__name__ if name is None else name
        _check_name(own_name)
        told = inspect.getdoc(function) or "" if description is None else description
        check_text("description", told, ToolError, empty_ok=True)
        reader = ArgumentReader(*_parameters(function))
        schema = fit_schema(reader.schema, TOOL, own_name)
        return Tool(own_name, told, schema, float(timeout_s), function, reader)

    return make if function is None else make(function)


def check_tools(name: str, value: object, error: type[InvalidInput]) -> tuple[AnyTool, ...]:
    """``value`` as tools, refused with ``error`` unless it is a sequence of them, none twice."""
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise error(name, value, "is not a list of tools", "Give a list or a tuple")
    tools: dict[str, AnyTool] = {}
    for item in cast("Sequence[object]", value):
        if not isinstance(item, Tool):
            raise error(name, item, "is not a tool", "Decorate the function with @tool")
        own = cast("AnyTool", item)
        if own.name in tools:
            raise error(name, own.name, "is the name of two tools", "Give one of them name=...")
        tools[own.name] = own
    return tuple(tools.values())


def text_content(text: str) -> InputTextDynamicToolContent:
    """A content item of that text; what UTF-8 cannot carry becomes "?"."""
    return InputTextDynamicToolContent(text=text.encode(errors="replace").decode())


def _content(value: object) -> list[ContentItem]:
    """What a tool returned, for the model."""
    if value is None:
        return [text_content("")]
    if isinstance(value, str):
        return [text_content(value)]
    if isinstance(value, _CONTENT):
        return [value]
    items = _listed(value)
    content = [item for item in items if isinstance(item, _CONTENT)]
    if content and len(content) == len(items):
        return [*content]
    return [text_content(encode_json(value))]


def _listed(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else ()


def _check_name(name: str) -> None:
    check_text("name", name, ToolError)
    if not _NAME.fullmatch(name):
        raise ToolError("name", name, "cannot name a tool", "Use 1 to 64 of a-z A-Z 0-9 _ -")
    if name in _BUILT_IN or name == "mcp" or name.startswith("mcp__"):
        raise ToolError("name", name, "is a name of the app-server's own", "Give another by name=")


def _parameters(
    function: Callable[..., object],
) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """The types of the parameters, by name: the required ones, the optional ones."""
    required: dict[str, object] = {}
    optional: dict[str, object] = {}
    for parameter in inspect.signature(function).parameters.values():
        kind = _type_of(function, parameter)
        group = required if parameter.default is parameter.empty else optional
        group[parameter.name] = kind
    return required, optional


def _type_of(function: Callable[..., object], parameter: inspect.Parameter) -> object:
    """The resolved annotation of one parameter. Raises `ToolError`, which names it."""
    name = parameter.name
    if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
        raise ToolError(
            name,
            str(parameter),
            f"is {parameter.kind.description}, and the model gives arguments by name",
            "Use ordinary parameters",
        )
    if parameter.annotation is parameter.empty:
        raise ToolError(
            name,
            function,
            "has no annotation",
            "Make a tool of the bound method: tool(obj.method)"
            if name in {"self", "cls"}
            else f"Write {name}: str, or what it is",
        )
    try:
        kind = _resolved(function, parameter.annotation)
    except Exception as problem:
        # Whatever the evaluation of somebody's annotation raises.
        raise ToolError(
            name,
            parameter.annotation,
            f"its annotation cannot be resolved ({problem})",
            "Import the type at run time, at the level of the module",
        ) from problem
    try:
        fit_schema(ArgumentReader({name: kind}, {}).schema, TOOL, "")
    except SchemaProblem as problem:
        raise ToolError(name, kind, f"{problem.where} {problem.problem}", problem.hint) from None
    except TypeError as problem:
        raise ToolError(name, kind, str(problem), "Use a type that JSON can say") from problem
    return kind


def _resolved(function: Callable[..., object], annotation: object) -> object:
    """``annotation`` with the names in its text looked up where the function was defined."""
    holder = SimpleNamespace(__annotations__={"it": annotation})
    names = getattr(inspect.unwrap(function), "__globals__", {})
    return get_type_hints(holder, globalns=names, include_extras=True)["it"]
