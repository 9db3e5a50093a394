"""What the fake app-server keeps in ``CODEX_HOME``, so that the next process knows it.

Owns the files (one for each thread, JSON, under ``sessions``) and the way there and back. They are
this fake's own: not the rollouts that the real server writes. Enter at `Rollouts`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.testing.fake_server.threads import FakeThread, TurnRecord

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Rollouts"]

_SUFFIX: Final = ".fake.json"
_KEPT: Final = ("thread_id", "archived", "parent_id", "name", "settings", "total_tokens", "usage")


class Rollouts:
    """The threads of one home."""

    def __init__(self, home: Path) -> None:
        self._folder: Path = home / "sessions"

    def save(self, thread: FakeThread) -> None:
        """Write the thread, if it is one to be found again."""
        if not thread.on_record:
            return
        told = {key: getattr(thread, key) for key in _KEPT}
        told["records"] = [attrs.asdict(record) for record in thread.records]
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{thread.thread_id}{_SUFFIX}"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(told), encoding="utf-8")
        new.replace(path)  # a process that is killed leaves the old one or the new one

    def load(self) -> Iterable[FakeThread]:
        """Every thread on record; a turn that was running when its server was killed is over."""
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            told = json.loads(path.read_text(encoding="utf-8"))
            records = [TurnRecord(**record) for record in told.pop("records")]
            thread = FakeThread(**told, records=records)
            thread.unload(crashed=True)
            yield thread
