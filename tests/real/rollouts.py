"""Rollouts that real servers wrote, put into a home a second time under another id.

Owns the copy and where it goes; what is in it stays as it was written but for the id, and for the
source where a test wants another. Knows no running server.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

__all__ = ["NEVER", "copied_id", "put_legacy_rollout", "put_rollout", "rollouts_of"]

NEVER = "01a1fc39-7c16-76f2-a1fc-389ee9dd6864"
"""The id of no thread."""

FIXTURES = Path(__file__).parents[1] / "history" / "rollouts_of"
_LAST_CHARS = 12


def copied_id(thread_id: str, number: int) -> str:
    """The id of copy ``number``: a UUID that differs from the original in its last part."""
    return f"{thread_id[:-_LAST_CHARS]}{number:0{_LAST_CHARS}x}"


def put_rollout(
    home: Path,
    path: str | None,
    thread_id: str,
    number: int,
    *,
    source: object = None,
    at_s: int | None = None,
) -> str:
    """Copy a rollout beside itself; the copy was last changed with it, or ``at_s``."""
    assert path is not None
    original = Path(path)
    new_id = copied_id(thread_id, number)
    first, rest = original.read_text(encoding="utf-8").replace(thread_id, new_id).split("\n", 1)
    meta: dict[str, Any] = json.loads(first)
    if source is not None:
        meta["payload"]["source"] = source
    copy = original.with_name(original.name.replace(thread_id, new_id))
    assert copy.is_relative_to(home)
    copy.write_text(f"{json.dumps(meta)}\n{rest}", encoding="utf-8")
    changed_s = original.stat().st_mtime if at_s is None else at_s
    os.utime(copy, (changed_s, changed_s))
    return new_id


def put_legacy_rollout(home: Path, version: str = "0.104.0") -> str:
    """Put what a server of that version wrote into a home; the id of the thread."""
    written = FIXTURES / version / "conversation.jsonl"
    with written.open(encoding="utf-8") as lines:
        first: dict[str, Any] = json.loads(next(lines))
    meta: dict[str, Any] = first.get("payload", first)
    thread_id = str(meta["id"])
    at = str(meta["timestamp"]).partition(".")[0]
    folder = home.joinpath("sessions", *at.partition("T")[0].split("-"))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(written, folder / f"rollout-{at.replace(':', '-')}-{thread_id}.jsonl")
    return thread_id


def rollouts_of(home: Path) -> list[str]:
    """The ids of the threads whose rollouts are in a home, archived or not."""
    return sorted(
        path.name.split("-", 6)[6].removesuffix(".jsonl") for path in home.rglob("rollout-*")
    )
