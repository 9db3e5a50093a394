"""The core as it stands in its source: classes, their members, signatures, docstrings.

Owns reading; what is read has its names resolved to where they come from. Does not know what the
faces make of it. Enter at `Source`.
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Final, TypeAlias

from codex_runtime.faces.generator.shapes import (
    Attribute,
    CoreClass,
    Expression,
    Function,
    GeneratorError,
    Parameter,
    Signature,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Source"]

_Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_PACKAGE: Final = "codex_runtime"


class Source:
    """The package's source below one folder, each module read once."""

    def __init__(self, package: Path) -> None:
        self._package = package
        self._modules: dict[str, _Module] = {}

    def read_class(self, module_name: str, name: str) -> CoreClass:
        """A class of a module, by its full name; `GeneratorError` if it is not there."""
        module = self._module(module_name)
        node = module.definition(name, ast.ClassDef)
        functions: dict[str, Function] = {}
        attributes: dict[str, Attribute] = {}
        aliases: dict[str, str] = {}
        for base in node.bases:
            expression = module.expression(base, f"base of {name}")
            above = self.read_class(expression.modules.get(expression.text, ""), expression.text)
            functions |= above.functions
            attributes |= above.attributes
            aliases |= above.aliases
        for member, definitions in _by_name(node.body).items():
            functions[member] = module.function(definitions, f"{name}.{member}", method=True)
        attributes |= {found.name: found for found in _attributes(module, node)}
        aliases |= _aliases(node)
        decorators = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
        return CoreClass(
            name=name,
            module=module_name,
            doc=ast.get_docstring(node) or "",
            functions=functions,
            attributes=attributes,
            aliases=aliases,
            is_a_value="attrs." in decorators,
        )

    def read_function(self, module_name: str, name: str) -> Function:
        """A function of a module; `GeneratorError` if it is not there."""
        module = self._module(module_name)
        definitions = _by_name(module.tree.body).get(name)
        if definitions is None:
            raise GeneratorError(f"{module_name} has no function {name}")
        return module.function(definitions, name, method=False)

    def _module(self, name: str) -> _Module:
        if name not in self._modules:
            first, *rest = name.split(".")
            path = self._package.joinpath(*rest).with_suffix(".py")
            if first != _PACKAGE or not path.is_file():
                raise GeneratorError(f"{name or 'a base'} is no module of {_PACKAGE}")
            self._modules[name] = _Module(name, path.read_text(encoding="utf-8"))
        return self._modules[name]


class _Module:
    """One module: its tree, and where its names come from."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.tree = ast.parse(text)
        self._lines = text.splitlines()
        self._origins: dict[str, str] = {}
        self._type_vars: set[str] = set()
        for node in _top_level(self.tree.body):
            self._note(node)

    def _note(self, node: ast.stmt) -> None:
        match node:
            case ast.ImportFrom(module=str(module), names=names):
                self._origins |= {alias.name: module for alias in names if alias.asname is None}
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                self._origins[name] = self.name
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="TypeVar"))
            ):
                self._type_vars.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                self._origins[name] = self.name
            case _:
                pass

    def definition(self, name: str, kind: type[ast.ClassDef]) -> ast.ClassDef:
        """A class of this module."""
        for node in self.tree.body:
            if isinstance(node, kind) and node.name == name:
                return node
        raise GeneratorError(f"{self.name} has no class {name}")

    def expression(self, node: ast.expr | None, where: str) -> Expression:
        """An annotation or default with its names resolved."""
        if node is None:
            raise GeneratorError(f"{where} has no annotation: give it one")
        modules: dict[str, str] = {}
        type_vars: set[str] = set()
        for part in ast.walk(node):
            if not isinstance(part, ast.Name):
                continue
            if part.id in self._type_vars:
                type_vars.add(part.id)
            elif part.id in self._origins:
                modules[part.id] = self._origins[part.id]
            elif not hasattr(builtins, part.id):
                raise GeneratorError(
                    f"{where}: {part.id} is no class that {self.name} imports by its own name; "
                    "import it with `from module import name`"
                )
        return Expression(ast.unparse(node).replace("'", '"'), modules, frozenset(type_vars))

    def function(self, nodes: list[_Definition], where: str, *, method: bool) -> Function:
        """A function of its definitions: overloads first, itself last."""
        *overloads, node = nodes
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        lines = self._lines[body[0].lineno - 1 : body[-1].end_lineno] if body else []
        return Function(
            name=node.name,
            doc=ast.get_docstring(node) or "",
            signature=self._signature(node, where, method=method),
            overloads=tuple(self._signature(one, where, method=method) for one in overloads),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            is_property="property" in _decorators(node),
            body=tuple(line[node.col_offset + 4 :] for line in lines),
            body_modules={
                part.id: self._origins[part.id]
                for statement in ([] if method else body)
                for part in ast.walk(statement)
                if isinstance(part, ast.Name) and part.id in self._origins
            },
        )

    def _signature(self, node: _Definition, where: str, *, method: bool) -> Signature:
        given = node.args
        if given.vararg or given.kwarg or given.posonlyargs:
            raise GeneratorError(f"{where}: the generator knows no *args, ** or / parameters")
        plain = given.args[1:] if method else given.args
        defaults = [None] * len(plain) + list(given.defaults)
        pairs = [
            *zip(plain, defaults[len(defaults) - len(plain) :], strict=True),
            *zip(given.kwonlyargs, given.kw_defaults, strict=True),
        ]
        parameters = tuple(
            Parameter(
                name=argument.arg,
                annotation=self.expression(argument.annotation, f"{where}({argument.arg})"),
                default=None if default is None else self.expression(default, where),
                is_keyword=argument in given.kwonlyargs,
            )
            for argument, default in pairs
        )
        return Signature(parameters, self.expression(node.returns, where))


def _top_level(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those of ``if TYPE_CHECKING`` included."""
    for node in body:
        if isinstance(node, ast.If):
            yield from node.body
        else:
            yield node


def _decorators(node: _Definition) -> list[str]:
    return [ast.unparse(decorator) for decorator in node.decorator_list]


def _by_name(body: Iterable[ast.stmt]) -> dict[str, list[_Definition]]:
    """Functions that are public or special, overloads together with what they are of."""
    found: dict[str, list[_Definition]] = {}
    for node in body:
        if isinstance(node, _Definition) and not _is_private(node.name):
            found.setdefault(node.name, []).append(node)
    return found


def _aliases(node: ast.ClassDef) -> dict[str, str]:
    found: dict[str, str] = {}
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=method)):
                found[name] = method
            case ast.Assign(targets=[ast.Name(id=name)]) if not _is_private(name):
                raise GeneratorError(f"{node.name}.{name}: the generator knows no class variables")
            case _:
                pass
    return found


def _attributes(module: _Module, node: ast.ClassDef) -> Iterator[Attribute]:
    """What is public of the fields, and of what ``__init__`` sets on ``self``."""
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) if not _is_private(name):
                yield _attribute(module, node, name, statement.annotation)
            case ast.FunctionDef(name="__init__"):
                for part in ast.walk(statement):
                    match part:
                        case ast.Attribute(
                            value=ast.Name(id="self"), attr=name, ctx=ast.Store()
                        ) if not _is_private(name):
                            yield _attribute(module, node, name, _declared(statement, name))
                        case _:
                            pass
            case _:
                pass


def _declared(function: ast.FunctionDef, name: str) -> ast.expr | None:
    for part in ast.walk(function):
        if isinstance(part, ast.AnnAssign) and ast.unparse(part.target) == f"self.{name}":
            return part.annotation
    return None


def _attribute(
    module: _Module, node: ast.ClassDef, name: str, annotation: ast.expr | None
) -> Attribute:
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Final":
        annotation = annotation.slice
    return Attribute(name, module.expression(annotation, f"{node.name}.{name}"))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")
