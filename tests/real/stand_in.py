"""A `codex` that is the real one, until it is told to be something else.

Owns an executable file and the count of its starts; what runs already is not changed. Knows nothing
of the library. Enter at `StandIn`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from pathlib import Path

HANGING = "sleep 3141"


@attrs.frozen
class StandIn:
    """The next start of ``path`` does what was said last; at first, what ``codex`` does."""

    folder: Path
    codex: str

    def __attrs_post_init__(self) -> None:
        self.works()

    @property
    def path(self) -> Path:
        """What to start."""
        return self.folder / "codex"

    @property
    def starts(self) -> int:
        """How often it was started."""
        log = self.folder / "starts"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def works(self) -> None:
        """Be the real one."""
        self._become(f"exec '{self.codex}' \"$@\"")

    def dies(self, code: int) -> None:
        """Exit at once."""
        self._become(f"echo 'no more' >&2; exit {code}")

    def hangs(self) -> None:
        """Never say a word, as the process `HANGING`."""
        self._become(f"exec {HANGING}")

    def _become(self, command: str) -> None:
        made = self.folder / "codex.new"
        made.write_text(f"#!/bin/sh\necho started >>'{self.folder / 'starts'}'\n{command}\n")
        made.chmod(0o755)
        made.replace(self.path)
