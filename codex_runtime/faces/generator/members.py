"""One class of a face, as lines: each member by the rule that it falls under.

Owns how a member of the core becomes one of the face; which rule holds is looked up in ``rules``
and seen from the member's shape. What is imported for it is noted in ``Names``. Enter at
`class_lines`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.faces.generator import rules
from codex_runtime.faces.generator.layout import Call, Code, code, definition, docstring
from codex_runtime.faces.generator.shapes import GeneratorError
from codex_runtime.faces.generator.wording import reworded

if TYPE_CHECKING:
    from codex_runtime.faces.generator.names import Names
    from codex_runtime.faces.generator.rules import Face
    from codex_runtime.faces.generator.shapes import (
        Attribute,
        CoreClass,
        Expression,
        Function,
        Signature,
    )

__all__ = ["class_lines", "core_name"]

_INDENT: Final = "    "
_BODY: Final = "        "
_KNOWN_SPECIAL: Final = {
    "__aenter__",
    "__aexit__",
    "__aiter__",
    "__anext__",
    "__init__",
    "__repr__",
}
_MANY: Final = 8
_MANY_IS_FINE: Final = "  # noqa: PLR0913 - as in the core"
_ALIAS: Final = "    # The same function under another name, so that its types are the same too."
_LEAVING: Final = [
    "self",
    "kind: type[BaseException] | None",
    "value: BaseException | None",
    "traceback: TracebackType | None",
]


def core_name(name: str) -> str:
    """What the core's class is called in a face's module."""
    return f"Core{name}"


def class_lines(core: CoreClass, face: Face, names: Names) -> list[str]:
    """The face's class of a core class."""
    if unknown := {name for name in core.functions if name[0] == "_"} - _KNOWN_SPECIAL:
        raise GeneratorError(f"{core.name} has {sorted(unknown)}: no rule says how a face has it")
    names.use("typing", "final")
    names.use_core(core.name)
    writer = _Class(core, face, names)
    doc = docstring(reworded(core.doc, face.name, _INDENT, core.name), _INDENT)
    return ["@final", f"class {core.name}({writer.base()}):", *doc, *writer.members()]


class _Class:
    """The writer of one class."""

    def __init__(self, core: CoreClass, face: Face, names: Names) -> None:
        self._core = core
        self._face = face
        self._names = names
        special = core.functions.keys()
        self._is_entered = "__aenter__" in special
        self._is_iterated = "__anext__" in special
        self._is_pager = core.name in rules.PAGERS
        self._gives = (
            core.functions["__aenter__"].signature.returns.text if self._is_entered else ""
        )

    def base(self) -> str:
        """The hand-written class that it is made of, with its type arguments."""
        core = self._core.name
        if self._is_pager:
            row = self._core.functions["__anext__"].signature.returns
            self._names.note(row)
            return self._based_on("PagerHandle", [core_name(core), f'"{row.text}"'])
        if self._is_iterated and not self._is_entered:
            return self._based_on("TurnHandle", [])
        if self._is_iterated:
            event = self._core.functions["__anext__"].signature.returns
            self._names.note(event)
            given = core_name(self._gives)
            return self._based_on("EventBlock", [core_name(core), given, f'"{event.text}"'])
        if self._is_entered and self._gives != core:
            return self._based_on("Block", [core_name(core), core_name(self._gives)])
        return self._based_on("Handle", [core_name(core)])

    def _based_on(self, base: str, arguments: list[str]) -> str:
        self._names.use(self._face.base, base)
        return f"{base}[{', '.join(arguments)}]" if arguments else base

    def members(self) -> list[str]:
        """Everything below the docstring."""
        core, lines = self._core, list[str]()
        for attribute in core.attributes.values():
            lines += ["", *self._attribute(attribute)]
        for function in core.functions.values():
            where = f"{core.name}.{function.name}"
            if function.name[0] == "_" or where in rules.INTERNAL:
                continue
            lines += ["", *self._function(function, where)]
            for other in [name for name, of in core.aliases.items() if of == function.name]:
                lines += ["", _ALIAS, f"{_INDENT}{other} = {function.name}"]
        lines += self._special()
        return lines

    # -- members ---------------------------------------------------------------------------------

    def _attribute(self, attribute: Attribute) -> list[str]:
        where = f"{self._core.name}.{attribute.name}"
        if where not in rules.ATTRIBUTE_DOCS:
            raise GeneratorError(f"{where} is a new attribute: say in ATTRIBUTE_DOCS what it is")
        self._names.note(attribute.annotation)
        return [
            f"{_INDENT}@property",
            *definition("def", attribute.name, ["self"], attribute.annotation.text, _INDENT),
            *docstring(rules.ATTRIBUTE_DOCS[where], _BODY),
            f"{_BODY}return self._core.{attribute.name}",
        ]

    def _function(self, function: Function, where: str) -> list[str]:
        for signature in (*function.overloads, function.signature):
            self._names.note_signature(signature)
        doc = docstring(reworded(function.doc, self._face.name, _BODY, where), _BODY)
        if function.is_property:
            head = [f"{_INDENT}@property", *self._head("def", function, function.signature)]
            return [*head, *doc, *self._property_body(function, where)]
        keyword = f"{self._face.async_}def" if function.is_async else "def"
        head = list[str]()
        for signature in function.overloads:
            self._names.use("typing", "overload")
            head += [f"{_INDENT}@overload", *self._head(keyword, function, signature, " ...")]
        head += self._head(keyword, function, function.signature)
        body = self._waiting_body if function.is_async else self._plain_body
        return [*head, *doc, *body(function, where)]

    def _head(
        self, keyword: str, function: Function, signature: Signature, end: str = ""
    ) -> list[str]:
        parameters = ["self", *signature.texts]
        returns = signature.returns.text
        lines = definition(keyword, function.name, parameters, returns, _INDENT, end)
        if len(signature.parameters) > _MANY:
            lines[0] += _MANY_IS_FINE
        return lines

    def _property_body(self, function: Function, where: str) -> list[str]:
        if where == "Turn.text":  # what was handed out is known to the iteration of the face
            return [f"{_BODY}return self._text()"]
        returns, read = function.signature.returns, f"self._core.{function.name}"
        classes = self._classes_in(returns, where)
        if where in rules.IN_THE_TRIO_THREAD:
            return code(Call("return self._bridge.now", (f"lambda: {read}",)), _BODY)
        if not classes:
            return [f"{_BODY}return {read}"]
        if returns.text == classes[0]:
            return code(Call(f"return {classes[0]}", ("self._bridge", read)), _BODY)
        if returns.text != f"tuple[{classes[0]}, ...]":
            raise GeneratorError(f"{where} gives {returns.text}: no rule wraps that for a face")
        each = f"{classes[0]}(self._bridge, each) for each in {read}"
        return code(Call("return tuple", (each,)), _BODY)

    def _waiting_body(self, function: Function, where: str) -> list[str]:
        classes = self._classes_in(function.signature.returns, where)
        if self._is_pager and function.name == "next_page":  # what was handed over is known here
            return [f"{_BODY}return {self._face.await_}self._page()"]
        passing_over = [f"{_BODY}self._pass_over()"] if where == "Turn.finish" else []
        arguments: tuple[Code, ...] = (self._calling(function, where),)
        waiting = f"{self._face.await_}self._bridge.{self._face.wait}"
        if not classes:
            return [*passing_over, *code(Call(f"return {waiting}", arguments), _BODY)]
        (given,) = classes
        if function.signature.returns.text != given or given not in rules.UNDO:
            raise GeneratorError(
                f"{where} waits for {function.signature.returns.text}: no rule of UNDO says how "
                "to let go of one that its caller did not wait for"
            )
        self._names.use_core(given)
        arguments = (*arguments, f"undo={core_name(given)}.{rules.UNDO[given]}")
        return code(Call(f"return {given}", ("self._bridge", Call(waiting, arguments))), _BODY)

    def _plain_body(self, function: Function, where: str) -> list[str]:
        classes = self._classes_in(function.signature.returns, where)
        if classes:
            (given,) = classes
            if function.signature.returns.text != given:
                raise GeneratorError(f"{where} gives {given} in something: no rule wraps that")
            arguments = ("self._bridge", self._call(function, where))
            return code(Call(f"return {given}", arguments), _BODY)
        if where in rules.CALLED_DIRECTLY:
            return code(self._call(function, where, "return "), _BODY)
        if where not in rules.IN_THE_TRIO_THREAD:
            raise GeneratorError(
                f"no rule says how a face calls {where}: name it in INTERNAL, CALLED_DIRECTLY or "
                "IN_THE_TRIO_THREAD"
            )
        called = Call("self._bridge.now", (self._calling(function, where),))
        returns = function.signature.returns.text
        if returns == "None":
            return code(called, _BODY)
        if returns != "Callable[[], None]":
            raise GeneratorError(f"{where} gives {returns} from the trio thread: no rule for that")
        self._names.use("functools", "partial")
        return code(Call("return partial", ("self._bridge.now", called)), _BODY)

    def _call(self, function: Function, where: str, before: str = "") -> Call:
        """The same call of the core's object."""
        casts = rules.CASTS.get(where, {})
        arguments = list[Code]()
        for prefix, name in function.signature.passed_on:
            if name in casts:
                self._names.use("typing", "cast")
                arguments.append(f'{prefix}cast("{casts[name]}", {name})')
            else:
                arguments.append(f"{prefix}{name}")
        return Call(f"{before}self._core.{function.name}", tuple(arguments))

    def _calling(self, function: Function, where: str) -> Code:
        """What makes that call when it is called itself."""
        if function.signature.parameters:
            return self._call(function, where, "lambda: ")
        return f"self._core.{function.name}"

    def _classes_in(self, expression: Expression, where: str) -> list[str]:
        """The classes of the faces that an annotation speaks of."""
        self._names.refuse_foreign(expression, where)
        return [name for name in expression.modules if name in rules.CLASSES]

    # -- special methods -------------------------------------------------------------------------

    def _special(self) -> list[str]:
        lines = list[str]()
        if self._core.is_a_value:
            lines += self._equality()
        if self._is_entered:
            lines += [*self._entering(), *self._leaving()]
        if self._is_iterated and (self._is_entered or self._is_pager):
            lines += self._iterating()
        return lines

    def _equality(self) -> list[str]:
        name = self._core.name
        return [
            "",
            "    def __eq__(self, other: object) -> bool:",
            f"        return isinstance(other, {name}) and self._core == other._core",
            "",
            "    def __hash__(self) -> int:",
            "        return hash(self._core)",
        ]

    def _entering(self) -> list[str]:
        face, name, given = self._face, self._core.name, self._gives
        head = f"    {face.async_}def {face.special('enter')}(self) -> {given}:"
        if given != name:
            entered = f"{face.await_}self._enter()"
            return ["", head, f"        return {given}(self._bridge, {entered}, self)"]
        entering = [f"        {face.await_}self._enter()"] if self._is_iterated else []
        return ["", head, *entering, "        return self"]

    def _leaving(self) -> list[str]:
        face = self._face
        self._names.use("types", "TracebackType", runtime=False)
        how = ("kind", "value", "traceback")
        is_handle = not self._is_iterated and self._gives == self._core.name
        if is_handle:
            leave = Call(f"{face.await_}self._bridge.leave", ("self._core.__aexit__", *how))
        else:
            leave = Call(f"{face.await_}self._leave", how)
        return [
            "",
            *definition(f"{face.async_}def", face.special("exit"), _LEAVING, "None", _INDENT),
            f"{_BODY}{leave}{face.leaving}",
        ]

    def _iterating(self) -> list[str]:
        face, event = self._face, self._core.functions["__anext__"].signature.returns.text
        return [
            "",
            f"    def {face.special('iter')}(self) -> {self._core.name}:",
            "        return self",
            "",
            f"    {face.async_}def {face.special('next')}(self) -> {event}:",
            f"        return {face.await_}self._next()",
        ]
