"""A Codex home with the rollouts that real servers wrote, for commands that only read.

Owns which fixture goes where. Enter at `make_home`.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import attrs

ROLLOUTS = Path(__file__).parent.parent / "history" / "rollouts_of"
CWD = "/srv/rollouts/project"


@attrs.frozen
class Home:
    """The directory, and the ids of its threads by the names of their fixtures."""

    path: Path
    ids: dict[str, str]

    def file(self, name: str) -> Path:
        """The rollout of the fixture of that name."""
        (found,) = self.path.glob(f"*sessions/**/*{self.ids[name]}.jsonl*")
        return found

    def state(self) -> dict[str, tuple[int, int, bytes]]:
        """Every file with its mode, time of change and content: what a reader must not touch."""
        return {
            str(path): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes())
            for path in sorted(self.path.rglob("*"))
            if path.is_file()
        }


def make_home(path: Path, version: str = "0.163.0") -> Home:
    """``conversation`` (named, the newest), ``patches``, ``forked``; ``archived`` is archived."""
    ids: dict[str, str] = {}
    for age, name in enumerate(("conversation", "patches", "forked", "archived")):
        source = ROLLOUTS / version / f"{name}.jsonl"
        with source.open(encoding="utf-8") as lines:
            thread_id = ids[name] = str(json.loads(next(lines))["payload"]["id"])
        folder = path / ("archived_sessions" if name == "archived" else "sessions/2026/11/22")
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"rollout-2026-11-22T00-47-5{age}-{thread_id}.jsonl"
        shutil.copyfile(source, target)
        at_s = 1_795_309_000 - 3600 * age
        os.utime(target, (at_s, at_s))
    named = {"id": ids["conversation"], "thread_name": "The [bold]first[/] one"}
    (path / "session_index.jsonl").write_text(json.dumps(named) + "\n", encoding="utf-8")
    return Home(path, ids)
