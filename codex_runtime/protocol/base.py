"""The base of every generated struct, and the name for plain JSON.

Owns how a struct meets the wire: camelCase names, keyword-only, frozen, and a place for the fields
that this version does not know. Absent and null differ in what we send (``UNSET`` and ``None``).
Knows no Codex word. Enter through the generated modules.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

__all__ = ["EXTRA_FIELDS", "OURS", "UNKNOWN_MARK", "JsonValue", "Wire"]

# Any: the schema allows every JSON value here, so there is no narrower type to state.
JsonValue: TypeAlias = Any

UNKNOWN_MARK: Final = "?"
"""How names begin that are ours alone: the wire name of `EXTRA_FIELDS`, the tag of a stand-in. One
look at encoded bytes tells whether something in them has to be put back in its place."""

OURS: Final = msgspec.Meta(min_length=2**62)
"""A length that nothing has, judged in decoding alone: what the server sends is never taken for it.
"""

EXTRA_FIELDS: Final = "extra_fields"
"""The attribute of `Wire` that holds what the schema does not name."""


# A field that is not known fails the strict pass, which costs a message without one nothing; the
# lenient walk then keeps it.
class Wire(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    repr_omit_defaults=True,
):
    """Base of all structs that cross the wire."""

    IS_OPEN: ClassVar[bool] = False
    """The schema itself allows fields that it does not name: they are nothing unknown."""

    extra_fields: Annotated[dict[str, JsonValue], OURS] | UnsetType = msgspec.field(
        default=UNSET, name=UNKNOWN_MARK
    )
    """Fields that this version's schema does not name, by wire name, as plain JSON; ``UNSET`` when
    there are none. They are sent under their own names, so a newer server's fields can be given.
    """
