"""Names of tools, flat for the model server and whole for the client.

Owns how a tool inside a namespace gets one flat name, what happens when two names collide or one
is too long, and the way back. Does not know what tools look like. Enter at `ToolNames`.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final, Literal

import attrs

__all__ = ["ToolKind", "ToolNames", "ToolTarget"]

ToolKind = Literal["function", "custom", "tool_search", "local_shell"]

_MAX_NAME_CHARS: Final = 64
_HASH_CHARS: Final = 8
_SEPARATOR: Final = "__"
_SPECIAL: Final = frozenset[ToolKind]({"tool_search", "local_shell"})
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_-]")


@attrs.frozen
class ToolTarget:
    """The tool that a flat name means."""

    kind: ToolKind
    name: str
    namespace: str | None = None
    declared: bool = True
    """False: the client offered no such tool; the name is the model's own."""


class ToolNames:
    """The tools of one request by their flat names, in the order they were declared."""

    __slots__ = ("_bare", "_flat", "_targets")

    def __init__(self) -> None:
        self._targets: dict[str, ToolTarget] = {}
        self._flat: dict[tuple[str | None, str, bool], str] = {}
        self._bare: dict[str, list[str]] = {}

    def declare(self, kind: ToolKind, name: str, namespace: str | None = None) -> str | None:
        """Take in a tool and give its flat name; None if it has been declared before."""
        key = (namespace, name, kind in _SPECIAL)
        if key in self._flat:
            return None
        flat = _fit(name, namespace)
        number = 0
        while flat in self._targets:
            flat = _hashed(flat, f"{kind}{number or ''}", namespace, name)
            number += 1
        self._flat[key] = flat
        self._targets[flat] = ToolTarget(kind, name, namespace)
        if namespace is not None:
            self._bare.setdefault(name, []).append(flat)
        return flat

    def flat(self, name: str, namespace: str | None = None) -> str:
        """The flat name of a function or custom tool, whether it was declared or not."""
        return self._flat.get((namespace, name, False)) or _fit(name, namespace)

    def flat_special(self, name: str) -> str:
        """The flat name of a tool that has a type of its own, such as ``tool_search``."""
        return self._flat.get((None, name, True)) or _fit(name, None)

    def chosen(self, name: str, namespace: str | None = None) -> str | None:
        """The flat name of the declared tool that a client calls so; None if there is none.

        The bare name of a tool that only one namespace has will do.
        """
        flat = self._flat.get((namespace, name, False)) or self._flat.get((namespace, name, True))
        if flat is not None or namespace is not None:
            return flat
        return self._alone(name)

    def restore(self, name: str) -> ToolTarget:
        """The tool that the model calls ``name``.

        Models leave namespaces out: the bare name of a tool that only one namespace has is taken
        for it. What the client did not declare comes back as a function of that very name.
        """
        target = self._targets.get(name)
        if target is not None:
            return target
        bare = self._alone(name)
        if bare is not None:
            return self._targets[bare]
        return ToolTarget("function", name, declared=False)

    def _alone(self, name: str) -> str | None:
        """The flat name of the tool of this bare name, if only one namespace has it."""
        bare = self._bare.get(name, ())
        return bare[0] if len(bare) == 1 else None


def _fit(name: str, namespace: str | None) -> str:
    if namespace is None:
        whole = name
    elif namespace.endswith(_SEPARATOR):
        whole = namespace + name
    else:
        whole = f"{namespace}{_SEPARATOR}{name}"
    if len(whole) <= _MAX_NAME_CHARS and whole and not _UNFIT.search(whole):
        return whole
    return _hashed(_UNFIT.sub("_", whole), namespace or "", name)


def _hashed(fit: str, *parts: str | None) -> str:
    digest = hashlib.sha256("\0".join(part or "" for part in parts).encode()).hexdigest()
    kept = fit[: _MAX_NAME_CHARS - _HASH_CHARS - 1]
    return f"{kept}_{digest[:_HASH_CHARS]}"
