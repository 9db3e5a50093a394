"""A writer that is killed at any moment: what it called safe is there, and the next goes on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from codex_runtime.history.journal import read_journal
from codex_runtime.history.journal.file import JournalFile
from codex_runtime.model.journal import JournalConfig

WRITER = Path(__file__).with_name("dying_writer.py")
KILLS = 10


def write_until_killed(path: Path, sync: str, lines: int, spins: int) -> int:
    """Kill a writer after it said so many times what is safe, and a moment; returns the last."""
    command = [sys.executable, str(WRITER), str(path), sync, "2000000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        for _ in range(spins):
            pass
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    return int(said[-1])


@pytest.mark.parametrize("sync", ["flush", "fsync"])
def test_whenever_the_writer_is_killed_nothing_that_was_safe_is_lost(
    tmp_path: Path, sync: str
) -> None:
    path = tmp_path / "journal"
    chance = random.Random(sync)
    for _ in range(KILLS):
        safe = write_until_killed(path, sync, chance.randint(1, 8), chance.randint(0, 200_000))
        with read_journal(path) as reader:
            seen = [entry.seq for entry in reader]
        assert seen == list(range(1, len(seen) + 1))
        assert len(seen) >= safe
        assert (reader.missing, reader.skipped) == (0, 0)
        file = JournalFile.open(JournalConfig(path=path))
        assert file.last_seq == len(seen)
        file.close()
        assert path.read_bytes().endswith(b"\n")
