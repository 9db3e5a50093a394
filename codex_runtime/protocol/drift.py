"""How often the server said something that this version has no type for.

Owns three counters, made by whoever decodes for a long time and added to by the codec, on its slow
path alone. Knows nothing of what was said: that stands in the decoded values.
"""

from __future__ import annotations

import attrs

__all__ = ["Drift"]


@attrs.define
class Drift:
    """Parts of messages; whole messages of an unknown method tell it by their type."""

    unknown_fields: int = 0
    """Kept in `Wire.extra_fields`."""
    unknown_parts: int = 0
    """Of a tag that is not known: `UnknownItem` and its kin, without a ``problem``."""
    malformed_parts: int = 0
    """Of a known tag, in a shape it should not have: the same, with a ``problem``."""

    def add(self, other: Drift) -> None:
        """Count what another has counted."""
        self.unknown_fields += other.unknown_fields
        self.unknown_parts += other.unknown_parts
        self.malformed_parts += other.malformed_parts
