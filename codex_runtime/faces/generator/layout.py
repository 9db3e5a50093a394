"""Python code as lines: calls, heads of functions, docstrings, imports.

Owns the layout, which is the one ``ruff format`` would choose, so that generated files need no
formatter. Knows nothing of the core. Enter from ``members`` and ``pages``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Call", "code", "definition", "docstring", "import_lines"]

_WIDTH: Final = 100
_STEP: Final = "    "


@attrs.frozen
class Call:
    """``head(arguments)``; what stands before it, such as ``return``, is part of its head."""

    head: str
    arguments: tuple[Code, ...]

    def __str__(self) -> str:
        return f"{self.head}({', '.join(map(str, self.arguments))})"


Code: TypeAlias = str | Call


def code(expression: Code, indent: str, end: str = "") -> list[str]:
    """An expression on as few lines as it fits on, ``end`` behind it."""
    single = f"{indent}{expression}{end}"
    if isinstance(expression, str) or len(single) <= _WIDTH:
        return [single]
    inner = indent + _STEP
    first, last = f"{indent}{expression.head}(", f"{indent}){end}"
    inside = inner + ", ".join(map(str, expression.arguments))
    if len(inside) <= _WIDTH:
        return [first, inside, last]
    if len(expression.arguments) == 1:
        return [first, *code(expression.arguments[0], inner), last]
    lines = [line for argument in expression.arguments for line in code(argument, inner, ",")]
    return [first, *lines, last]


def definition(
    keyword: str, name: str, parameters: Sequence[str], returns: str, indent: str, end: str = ""
) -> list[str]:
    """``def name(parameters) -> returns:`` on as few lines as it fits on."""
    head = Call(f"{keyword} {name}", tuple(parameters))
    return code(head, indent, f" -> {returns}:{end}")


def docstring(text: str, indent: str) -> list[str]:
    """A docstring of one line or several."""
    first, *rest = text.split("\n")
    if not rest:
        return [f'{indent}"""{first}"""']
    lines = [f"{indent}{line}".rstrip() for line in rest]
    return [f'{indent}"""{first}', *lines, f'{indent}"""']


def import_lines(modules: Mapping[str, set[str]], indent: str = "") -> list[str]:
    """``from module import names`` for each, sorted as an import sorter would.

    A name may be ``name as other``, which has a line of its own.
    """
    lines: list[str] = []
    for module in sorted(modules):
        plain = sorted((name for name in modules[module] if " " not in name), key=_import_key)
        statements = [[name] for name in modules[module].difference(plain)]
        statements += [plain] if plain else []
        for statement in sorted(statements, key=lambda names: _import_key(names[0])):
            lines += _import(module, statement, indent)
    return lines


def _import(module: str, names: list[str], indent: str) -> list[str]:
    single = f"{indent}from {module} import {', '.join(names)}"
    if len(single) <= _WIDTH:
        return [single]
    inside = [f"{indent}{_STEP}{name}," for name in names]
    return [f"{indent}from {module} import (", *inside, f"{indent})"]


def _import_key(name: str) -> tuple[int, str]:
    constant = name.isupper() and len(name) > 1
    return (0 if constant else 1 if name[:1].isupper() else 2), name.lower()
