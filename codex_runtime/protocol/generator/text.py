"""Python source as text: wrapping, docstrings, imports, long lines.

Owns the layout, which is the one ``ruff format`` would choose, so that generated files need no
formatter. Knows nothing of schemas. Enter from ``render`` and ``tables``.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "WIDTH",
    "alias",
    "assignment",
    "attribute_doc",
    "call",
    "class_head",
    "docstring",
    "entry",
    "export_key",
    "import_lines",
    "tidy",
    "used_names",
    "words",
]

WIDTH = 100
_PLAIN = str.maketrans(
    {
        '"': "'",
        "\\": "/",
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": "'",
        "\u201d": "'",
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00a0": " ",
    }
)


def tidy(text: str) -> str:
    """One paragraph of plain characters that ends like a sentence; empty stays empty."""
    plain = " ".join(text.translate(_PLAIN).split())
    if plain and plain[-1] not in ".!?:":
        plain += "."
    return plain[:1].upper() + plain[1:] if plain[:1].isalpha() else plain


def _wrap(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def docstring(summary: str, paragraphs: Iterable[str], indent: str = "    ") -> list[str]:
    """A docstring with a summary line and further paragraphs."""
    rest = [tidy(text) for text in paragraphs if text]
    if not rest:
        return [f'{indent}"""{summary}"""']
    lines = [f'{indent}"""{summary}']
    for text in rest:
        lines += ["", *_wrap(text, indent)]
    return [*lines, f'{indent}"""']


def attribute_doc(text: str, indent: str = "    ") -> list[str]:
    """The string below a field or an alias; none for an empty text."""
    plain = tidy(text)
    if not plain:
        return []
    single = f'{indent}"""{plain}"""'
    if len(single) <= WIDTH:
        return [single]
    lines = _wrap(f'"""{plain}', indent)
    return [*lines, f'{indent}"""']


def class_head(name: str, base: str, options: Iterable[str]) -> list[str]:
    """``class Name(base, options):`` on one line, or broken."""
    inside = ", ".join([base, *options])
    single = f"class {name}({inside}):"
    if len(single) <= WIDTH:
        return [single]
    if len(inside) + 4 <= WIDTH:
        return [f"class {name}(", f"    {inside}", "):"]
    return [f"class {name}(", *(f"    {part}," for part in [base, *options]), "):"]


def alias(name: str, parts: list[str]) -> list[str]:
    """``name: TypeAlias = a | b``, broken at the bars when it is too long."""
    head, inside = f"{name}: TypeAlias = ", " | ".join(parts)
    if len(head) + len(inside) <= WIDTH and "\n" not in inside:
        return [head + inside]
    if len(inside) + 4 <= WIDTH and "\n" not in inside:
        return [f"{head}(", f"    {inside}", ")"]
    lines = [f"{head}("]
    for place, part in enumerate(parts):
        first, *rest = part.split("\n")
        lines += [f"    {'| ' if place else ''}{first}", *(f"    {line}" for line in rest)]
    return [*lines, ")"]


def call(head: str, arguments: list[str], indent: str = "") -> list[str]:
    """``head(arguments)`` on one line, or broken; a trailing comma counts as part of it."""
    inside = ", ".join(arguments)
    single = f"{indent}{head}({inside})"
    if len(single) <= WIDTH:
        return [single]
    if len(indent) + 4 + len(inside) <= WIDTH:
        return [f"{indent}{head}(", f"{indent}    {inside}", f"{indent})"]
    return [
        f"{indent}{head}(",
        *(f"{indent}    {argument}," for argument in arguments),
        f"{indent})",
    ]


def entry(head: str, arguments: list[str], indent: str) -> list[str]:
    """A call as an entry of a tuple: with its comma, which must fit as well."""
    lines = call(head, arguments, indent)
    if len(lines) == 1 and len(lines[0]) == WIDTH:
        lines = [f"{indent}{head}(", f"{indent}    {', '.join(arguments)}", f"{indent})"]
    return [*lines[:-1], f"{lines[-1]},"]


def assignment(name: str, kind: str, value: str, arguments: list[str] | None = None) -> list[str]:
    """A field: ``name: kind``, ``name: kind = value`` or ``name: kind = value(arguments)``."""
    indent = "    "
    head = f"{name}: {kind}"
    if not value:
        return [f"{indent}{head}"]
    if arguments is None:
        return [f"{indent}{head} = {value}"]
    if len(indent) + len(head) + len(f" = {value}(") <= WIDTH:
        return call(f"{head} = {value}", arguments, indent)
    lines = [f"{indent}{name}: (", f"{indent}    {kind}"]
    return [*lines, *call(f") = {value}", arguments, indent)]


def import_lines(modules: Mapping[str, Iterable[str]], indent: str = "") -> list[str]:
    """``from module import names``, sorted as an import sorter would."""
    lines: list[str] = []
    for module in sorted(modules):
        names = sorted(modules[module], key=_import_key)
        single = f"{indent}from {module} import {', '.join(names)}"
        if len(single) <= WIDTH:
            lines.append(single)
        else:
            lines.append(f"{indent}from {module} import (")
            lines += [f"{indent}    {name}," for name in names]
            lines.append(f"{indent})")
    return lines


def words(key: str, names: Iterable[str]) -> list[str]:
    """An entry of a dict: many names as one string, parted by spaces."""
    text = " ".join(names)
    single = f'    {key}: "{text}",'
    if len(single) <= WIDTH:
        return [single]
    parts = textwrap.wrap(text, WIDTH - len('        " "'), break_on_hyphens=False)
    lines = [f'        "{part} "' for part in parts[:-1]]
    return [f"    {key}: (", *lines, f'        "{parts[-1]}"', "    ),"]


def used_names(source: str) -> set[str]:
    """The identifiers in code, strings and docstrings left out."""
    code = re.sub(r'"""(?:.|\n)*?"""', "", source)
    code = re.sub(r'"[^"\n]*"', "", code)
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", code))


def export_key(name: str) -> tuple[int, str]:
    """The order of names in ``__all__``: constants, classes, the rest."""
    constant = name.isupper() and len(name) > 1
    return (0 if constant else 1 if name[:1].isupper() else 2), name


def _import_key(name: str) -> tuple[int, str, str]:
    kind, _ = export_key(name)
    return kind, name.lower(), name
