"""A ``CODEX_HOME`` made of rollouts that real servers wrote.

Owns where the files go and what they are called; the lines are those of ``rollouts_of``. Knows no
server. Enter at `Home`.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Final

from codex_runtime.history.rollouts.reader import read_meta

DAY: Final = Path("sessions", "2026", "11", "22")
ARCHIVED: Final = Path("archived_sessions")


class Home:
    """A home that is being filled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def add(
        self, rollout: Path, *, archived: bool = False, active_at_s: float | None = None
    ) -> tuple[str, Path]:
        """Put a rollout where a server would keep it; its thread's id and its path there."""
        meta = read_meta(rollout)
        assert meta is not None
        suffix = "".join(rollout.suffixes)
        name = f"rollout-2026-11-22T00-45-07-{meta.id}{suffix}"
        path = self.path / (ARCHIVED if archived else DAY) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(rollout, path)
        if active_at_s is not None:
            os.utime(path, (active_at_s, active_at_s))
        return meta.id, path

    def put(self, name: str, content: bytes, active_at_s: float | None = None) -> Path:
        """Put a file of any content where a server keeps its rollouts."""
        path = self.path / DAY / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if active_at_s is not None:
            os.utime(path, (active_at_s, active_at_s))
        return path

    def name(self, thread_id: str, name: str) -> None:
        """Give a thread a name, as the server writes it down."""
        entry = {"id": thread_id, "thread_name": name, "updated_at": "2026-11-22T00:45:07Z"}
        with (self.path / "session_index.jsonl").open("a", encoding="utf-8") as index:
            index.write(json.dumps(entry) + "\n")

    def state(self) -> dict[str, tuple[bytes, int, int]]:
        """Content, time of writing and inode of every file, by path: what must not change."""
        return {
            str(path): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
            for path in sorted(self.path.rglob("*"))
            if path.is_file()
        }


def with_id(rollout: Path, thread_id: str) -> bytes:
    """The same rollout of another thread."""
    meta = read_meta(rollout)
    assert meta is not None
    return rollout.read_bytes().replace(meta.id.encode(), thread_id.encode())
