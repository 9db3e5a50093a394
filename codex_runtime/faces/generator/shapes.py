"""What is read of the core: classes, functions, signatures, annotations.

Owns the shapes alone, with how a signature is written down again. Who reads them is ``source``, who
writes the faces from them ``members`` and ``pages``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "Attribute",
    "CoreClass",
    "Expression",
    "Function",
    "GeneratorError",
    "Parameter",
    "Signature",
]


class GeneratorError(Exception):
    """The core has something that no face can be written for; the message says what to do."""


@attrs.frozen
class Expression:
    """An annotation or a default: its code, and where each of its names comes from."""

    text: str
    modules: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """Of each name that must be imported, the module."""

    type_vars: frozenset[str] = frozenset()


@attrs.frozen
class Parameter:
    """One parameter, ``self`` left out."""

    name: str
    annotation: Expression
    default: Expression | None
    is_keyword: bool
    """It is given by its name alone."""

    @property
    def text(self) -> str:
        """It in the head of a function."""
        default = "" if self.default is None else f" = {self.default.text}"
        return f"{self.name}: {self.annotation.text}{default}"


@attrs.frozen
class Signature:
    """What a function takes and gives."""

    parameters: tuple[Parameter, ...]
    returns: Expression

    @property
    def expressions(self) -> Iterator[Expression]:
        """All that is an annotation."""
        yield self.returns
        yield from (parameter.annotation for parameter in self.parameters)

    @property
    def texts(self) -> list[str]:
        """The parameters in the head of a function."""
        texts = [parameter.text for parameter in self.parameters]
        named = [parameter.is_keyword for parameter in self.parameters]
        if True in named:
            texts.insert(named.index(True), "*")
        return texts

    @property
    def passed_on(self) -> list[tuple[str, str]]:
        """Each parameter as an argument of the same call: what stands before it, and its name."""
        return [
            (f"{parameter.name}=" if parameter.is_keyword else "", parameter.name)
            for parameter in self.parameters
        ]


@attrs.frozen
class Function:
    """A function or method, with its overloads."""

    name: str
    doc: str
    signature: Signature
    overloads: tuple[Signature, ...]
    is_async: bool
    is_property: bool
    body: tuple[str, ...]
    """Its lines of code after the docstring, without the indent of the function."""

    body_modules: Mapping[str, str]
    """Of each name in there that is no local one, the module; of a method none."""


@attrs.frozen
class Attribute:
    """A public attribute that is set when the object is made."""

    name: str
    annotation: Expression


@attrs.frozen
class CoreClass:
    """A class with what it has from its bases."""

    name: str
    module: str
    doc: str
    functions: Mapping[str, Function]
    attributes: Mapping[str, Attribute]
    aliases: Mapping[str, str]
    """Of each other name of a method, the method."""

    is_a_value: bool
    """Equal to others by what it holds."""
