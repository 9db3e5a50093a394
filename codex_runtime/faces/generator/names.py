"""The names that a generated module imports, and the type variables that it makes.

Owns where each name comes from and whether it is needed when the module runs or by type checkers
alone. A name that means two things is an error. Enter at `Names`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.faces.generator import rules
from codex_runtime.faces.generator.layout import import_lines
from codex_runtime.faces.generator.shapes import GeneratorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_runtime.faces.generator.shapes import Expression, Signature

__all__ = ["Names"]

_OWN: Final = "codex_runtime"
_ROOMS_WITH_HANDLES: Final = tuple(
    f"codex_runtime.{room}."
    for room in ("connection", "engine", "history", "runtime", "session", "transport")
)


class Names:
    """What the code that is written so far needs."""

    def __init__(self) -> None:
        self._homes: dict[str, str] = {}
        self._at_runtime: set[str] = set()
        self._type_vars: set[str] = set()

    def use(self, module: str, name: str, *, runtime: bool = True) -> None:
        """``name`` of ``module`` is needed; ``runtime`` also when the module runs."""
        local = name.rpartition(" as ")[2]
        taken = self._homes.setdefault(name, module)
        if taken != module or local in rules.CLASSES:
            raise GeneratorError(f"{local} is of {taken} and of {module}: a face has one of a name")
        if runtime:
            self._at_runtime.add(name)

    def use_core(self, name: str) -> None:
        """The core's class of that name is needed."""
        self.use(rules.CLASSES[name], f"{name} as Core{name}")

    def note(self, expression: Expression, *, runtime: bool = False) -> None:
        """All names of an annotation or a default are needed."""
        self._type_vars |= expression.type_vars
        for name, module in expression.modules.items():
            if rules.CLASSES.get(name) != module:
                self.use(module, name, runtime=runtime)

    def note_signature(self, signature: Signature) -> None:
        """All names of a signature are needed: those of defaults when the module runs."""
        for annotation in signature.expressions:
            self.note(annotation)
        for parameter in signature.parameters:
            if parameter.default is not None:
                self.note(parameter.default, runtime=True)

    def refuse_foreign(self, expression: Expression, where: str) -> None:
        """`GeneratorError` for what would give a caller an object of the core's own world."""
        for name, module in expression.modules.items():
            known = name in rules.CLASSES or name in rules.SAME_IN_ALL
            if module.startswith(_ROOMS_WITH_HANDLES) and not known:
                raise GeneratorError(
                    f"{where} gives {name} of {module}: name it in CLASSES if it can be waited "
                    "for, in SAME_IN_ALL if it is a plain value"
                )

    def lines(self) -> list[str]:
        """The imports and type variables of the module."""
        if self._type_vars:
            self.use("typing", "TypeVar")
        typing_only = self._homes.keys() - self._at_runtime
        if typing_only:
            self.use("typing", "TYPE_CHECKING")
        lines = ["from __future__ import annotations", "", *self._block(self._at_runtime, "")]
        if typing_only:
            lines += ["", "if TYPE_CHECKING:", *self._block(typing_only, "    ")]
        return lines

    def type_var_lines(self) -> list[str]:
        """The type variables, one a line."""
        return [f'{name} = TypeVar("{name}")' for name in sorted(self._type_vars)]

    def _block(self, names: set[str], indent: str) -> list[str]:
        foreign: dict[str, set[str]] = {}
        own: dict[str, set[str]] = {}
        for name in names:
            module = self._homes[name]
            group = own if module.partition(".")[0] == _OWN else foreign
            group.setdefault(module, set()).add(name)
        blocks: list[Mapping[str, set[str]]] = [group for group in (foreign, own) if group]
        lines = [import_lines(block, indent) for block in blocks]
        return lines[0] if len(lines) == 1 else [*lines[0], "", *lines[1]]
