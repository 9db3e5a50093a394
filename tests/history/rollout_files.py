"""The rollouts that real servers wrote: where they are, and their lines.

Owns the list of the files in ``rollouts_of``, which `write_rollouts` writes again. Knows nothing of
what is in them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FIXTURES: Final = Path(__file__).parent / "rollouts_of"
INDEX: Final = "session_index.jsonl"

ROLLOUTS: Final = tuple(sorted(path for path in FIXTURES.glob("*/*.jsonl") if path.name != INDEX))
"""Every plain rollout, the oldest version first by name."""
COMPRESSED: Final = tuple(sorted(FIXTURES.glob("*/*.jsonl.zst")))
"""Those that a server compressed."""
CONVERSATION: Final = FIXTURES / "0.163.0" / "conversation.jsonl"
LEGACY: Final = FIXTURES / "0.20.0" / "conversation.jsonl"


def name_of(path: Path) -> str:
    """Version and scene: the id of a test."""
    return f"{path.parent.name}-{path.name.partition('.')[0]}"


def lines_of(path: Path) -> list[bytes]:
    """The lines of a plain rollout, without their line breaks."""
    return path.read_bytes().splitlines()
