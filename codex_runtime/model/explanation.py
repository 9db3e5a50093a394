"""Where each option of a turn comes from: the layers of a profile, field by field.

Owns the answer to "why does this turn run with that?", for people and for tests. Does not merge for
the wire (see `profile.merge_profiles` and `overrides`), but says the same. Enter at `explain`.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.model.overrides import KEPT_BY_NULL
from codex_runtime.model.profile import PROFILE_FIELDS
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codex_runtime.model.profile import ProfileFields

    Merge = Callable[[object, object], object]
    """Of a field whose layers add up: from the less and the more specific value, the value."""

__all__ = ["Explanation", "FieldExplanation", "LayerValue", "explain"]

SERVER: Final = "server"
"""The layer under all others: what the server reported for the thread."""

_EXCLUSIVE: Final[Mapping[str, str]] = MappingProxyType(
    {"sandbox": "permissions", "permissions": "sandbox"}
)
"""The server takes one of the two, so setting one gives up the other."""

_OF_CALL: Final = "profile"
"""The layer of a single turn; the others are the session's."""

_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 40
_NOTHING: Final = "-"


@attrs.frozen
class LayerValue:
    """What one layer gives for one field."""

    layer: str
    value: object


@attrs.frozen
class FieldExplanation:
    """One field of a turn's options: its value, and the layers that had a say."""

    name: str
    value: object
    """What holds; UNSET when no layer gives the field and the server told nothing of it."""

    layer: str | None
    """The most specific layer that decided: ``library``, ``runtime``, ``session``, ``hook``
    (a model chosen at the session's start), ``profile``, or ``server`` for what it reported. None
    when the value is UNSET, unless a layer gave the field up (a permission profile in place of the
    sandbox)."""

    overrode: tuple[LayerValue, ...] = ()
    """What less specific layers give, the nearest first; with ``is_merged`` they hold too."""

    is_merged: bool = False
    """The layers of this field add up instead of replacing each other."""

    def __str__(self) -> str:
        return "  ".join(part for part in self.cells() if part)

    def cells(self) -> tuple[str, str, str, str]:
        """Its row of the table: name, value, layer, and what it overrode in words."""
        word = "with" if self.is_merged else "over"
        over = ", ".join(f"{below.layer} {_shown(below.value)}" for below in self.overrode)
        return self.name, _shown(self.value), self.layer or _NOTHING, over and f"{word} {over}"


class Explanation(Mapping[str, FieldExplanation]):
    """The options of a turn by the names of a profile's fields; ``str()`` is a table of them."""

    def __init__(self, fields: Mapping[str, FieldExplanation]) -> None:
        self._fields: Mapping[str, FieldExplanation] = MappingProxyType(dict(fields))

    def __getitem__(self, name: str) -> FieldExplanation:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        given = {name: field.layer for name, field in self.items() if field.layer is not None}
        return f"<Explanation {given}>"

    def __str__(self) -> str:
        rows = [("field", "value", "from", ""), *(field.cells() for field in self.values())]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        return "\n".join(
            "  ".join(
                [*(row[column].ljust(widths[column]) for column in range(3)), row[3]]
            ).rstrip()
            for row in rows
        )


def explain(
    layers: Sequence[tuple[str, ProfileFields]],
    *,
    reported: Mapping[str, object] = MappingProxyType({}),
    merges: Mapping[str, Merge] = MappingProxyType({}),
) -> Explanation:
    """What holds for each field, and which layer decided.

    ``layers`` are named, least specific first. ``reported`` is what the server told of the thread,
    by the names of a profile's fields: it stands in where no layer gives a field. ``merges`` has
    the fields whose layers add up. A null that changes nothing on the server (model, effort,
    summary, personality) asks in a ``profile`` for the session's value, in another
    layer for the server's.
    """
    return Explanation(
        {name: _explain_field(name, layers, reported, merges.get(name)) for name in PROFILE_FIELDS}
    )


def _explain_field(
    name: str,
    layers: Sequence[tuple[str, ProfileFields]],
    reported: Mapping[str, object],
    merge: Merge | None,
) -> FieldExplanation:
    given: list[LayerValue] = []
    held = of_session = FieldExplanation(name, UNSET, None)
    for layer, fields in layers:
        value = getattr(fields, name)
        if value is None and name in KEPT_BY_NULL:
            # In a call it asks for what the session has, in a session for what the server has.
            held = of_session if layer == _OF_CALL else FieldExplanation(name, UNSET, None)
        elif value is not UNSET:
            both = merge is not None and held.value is not UNSET
            merged = merge(held.value, value) if merge is not None and both else value
            held = FieldExplanation(name, merged, layer, is_merged=both)
            given.append(LayerValue(layer, value))
        elif held.value is not UNSET and _gives_up(fields, name):
            held = FieldExplanation(name, UNSET, layer)
        if layer != _OF_CALL:
            of_session = held
    server = reported.get(name)
    if held.layer is None and server is not None and server is not UNSET:
        held = FieldExplanation(name, server, SERVER)
    over = tuple(layer for layer in reversed(given) if layer.layer != held.layer)
    return attrs.evolve(held, overrode=over)


def _gives_up(fields: ProfileFields, name: str) -> bool:
    return name in _EXCLUSIVE and getattr(fields, _EXCLUSIVE[name]) is not UNSET


def _shown(value: object) -> str:
    if value is UNSET:
        return _NOTHING
    name = getattr(value, "__qualname__", None)
    return name if isinstance(name, str) else _SHORT.repr(value)
