"""A whole module of a face: its docstring, imports, classes and functions.

Owns the order of what is in it, and the three functions beside the classes. Enter at `render`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.faces.generator import rules
from codex_runtime.faces.generator.layout import Call, code, definition, docstring
from codex_runtime.faces.generator.members import class_lines
from codex_runtime.faces.generator.names import Names
from codex_runtime.faces.generator.shapes import GeneratorError
from codex_runtime.faces.generator.wording import reworded, stale_phrases

if TYPE_CHECKING:
    from codex_runtime.faces.generator.rules import Face
    from codex_runtime.faces.generator.shapes import CoreClass, Function
    from codex_runtime.faces.generator.source import Source

__all__ = ["render"]

_INDENT: Final = "    "
_DOC: Final = '''"""{doc}, written by ``python -m codex_runtime.faces.generator``.

Owns nothing by hand: names, signatures and docstrings are the core's, and a call is handed to the
runtime's own thread. Change the core, or the rules of the generator, and write it again. Enter by
`codex_runtime.{name}`.
"""
'''
_OPENING: Final = "RuntimeOpening"
_OPENING_DOC: Final = "The block around a `Runtime`; made by `open_runtime`."


def render(source: Source, face: Face) -> str:
    """The text of the module of a face."""
    names = Names()
    cores = [source.read_class(module, name) for name, module in rules.CLASSES.items()]
    openers = [source.read_function(*where) for where in (rules.OPEN_RUNTIME, rules.FAKE_RUNTIME)]
    run = source.read_function(*rules.RUN)
    _refuse_stale_rules(cores)
    if stale := stale_phrases(_docs(cores, [*openers, run]), face.name):
        raise GeneratorError(f"no docstring has these phrases of wording.PHRASES: {stale}")
    parts = [
        *(class_lines(core, face, names) for core in cores),
        _opening_lines(face, names),
        _open_runtime_lines(openers[0], face, names),
        _open_fake_runtime_lines(openers[1], face, names),
        _run_lines(run, face, names),
    ]
    public = [*rules.CLASSES, _OPENING, *(function.name for function in (*openers, run))]
    head = [
        *_DOC.format(doc=face.doc, name=face.name).split("\n"),
        *names.lines(),
        "",
        "__all__ = [",
        *(f'    "{name}",' for name in sorted(public)),
        "]",
        "",
        *names.type_var_lines(),
    ]
    return "\n\n\n".join("\n".join(part) for part in (head, *parts)) + "\n"


def _refuse_stale_rules(cores: list[CoreClass]) -> None:
    there = {
        f"{core.name}.{member}" for core in cores for member in (*core.functions, *core.attributes)
    }
    named = rules.INTERNAL | rules.CALLED_DIRECTLY | rules.IN_THE_TRIO_THREAD
    if stale := (named | rules.CASTS.keys() | rules.ATTRIBUTE_DOCS.keys()) - there:
        raise GeneratorError(f"rules for what the core does not have: {sorted(stale)}")


def _docs(cores: list[CoreClass], functions: list[Function]) -> list[str]:
    docs = [function.doc for function in functions]
    for core in cores:
        docs += [core.doc, *(function.doc for function in core.functions.values())]
    return docs


def _opening_lines(face: Face, names: Names) -> list[str]:
    names.use("typing", "final")
    names.use("types", "TracebackType", runtime=False)
    names.use(face.base, "Opening")
    parameters = [
        "self",
        "kind: type[BaseException] | None",
        "value: BaseException | None",
        "traceback: TracebackType | None",
    ]
    enter, leave = face.special("enter"), face.special("exit")
    return [
        "@final",
        f"class {_OPENING}(Opening):",
        *docstring(_OPENING_DOC, _INDENT),
        "",
        f"    {face.async_}def {enter}(self) -> Runtime:",
        f"        bridge, core = {face.await_}self._open()",
        "        return Runtime(bridge, core)",
        "",
        *definition(f"{face.async_}def", leave, parameters, "None", _INDENT),
        f"        {face.await_}self._close(value){face.leaving}",
    ]


def _open_runtime_lines(function: Function, face: Face, names: Names) -> list[str]:
    names.use(rules.OPEN_RUNTIME[0], rules.OPENER)
    names.use("functools", "partial")
    return _opener(function, face, names, [], rules.OPENER)


def _open_fake_runtime_lines(function: Function, face: Face, names: Names) -> list[str]:
    module, name = rules.FAKE_RUNTIME
    names.use("importlib", "import_module")
    loading = [
        f"{_INDENT}# Of a room above this one, and for tests alone: loaded when it is asked for.",
        f'{_INDENT}testing = import_module("{module}")',
    ]
    return _opener(function, face, names, loading, f"testing.{name}")


def _opener(
    function: Function, face: Face, names: Names, before: list[str], opener: str
) -> list[str]:
    for parameter in function.signature.parameters:
        names.note(parameter.annotation)
        if parameter.default is not None:
            names.note(parameter.default, runtime=True)
    arguments = [f"{prefix}{name}" for prefix, name in function.signature.passed_on]
    opening = Call(f"return {_OPENING}", (Call("partial", (opener, *arguments)),))
    return [
        *definition("def", function.name, function.signature.texts, _OPENING, ""),
        *docstring(reworded(function.doc, face.name, _INDENT, function.name), _INDENT),
        *before,
        *code(opening, _INDENT),
    ]


def _run_lines(function: Function, face: Face, names: Names) -> list[str]:
    """The one function that is written in terms of the others: its body is the core's."""
    keyword = f"{face.async_}def"
    lines: list[str] = []
    for signature in function.overloads:
        names.use("typing", "overload")
        texts, returns = signature.texts, signature.returns.text
        lines += ["@overload", *definition(keyword, function.name, texts, returns, "", " ...")]
    for signature in (*function.overloads, function.signature):
        names.note_signature(signature)
    for name, module in function.body_modules.items():
        if name not in (rules.OPEN_RUNTIME[1], *rules.CLASSES):
            names.use(module, name)
    body = [line.replace("async with", "with").replace("await ", "") for line in function.body]
    texts, returns = function.signature.texts, function.signature.returns.text
    return [
        *lines,
        *definition(keyword, function.name, texts, returns, ""),
        *docstring(reworded(function.doc, face.name, _INDENT, function.name), _INDENT),
        *(f"{_INDENT}{line}".rstrip() for line in (function.body if face.async_ else body)),
    ]
