"""A program that writes a journal until it is killed, and says which numbers are safe.

Owns what the crash test needs of the other process. Called with the path, the sync policy and the
size at which it rotates.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from codex_runtime.history.journal.file import JournalFile
from codex_runtime.model.journal import JournalConfig
from tests.history.journal.writing import notification

if __name__ == "__main__":
    path, sync, max_file_bytes = sys.argv[1:]
    file = JournalFile.open(
        JournalConfig(
            path=path,
            sync="fsync" if sync == "fsync" else "flush",
            max_file_bytes=int(max_file_bytes),
            keep_files=100,
        )
    )
    number = file.last_seq
    while True:
        count = 1 + number % 7
        # A large write is one that a kill can interrupt.
        padding = 400_000 if number % 3 == 0 else 37
        file.append([notification(number + n, padding) for n in range(1, 1 + count)])
        number += count
        os.write(1, b"%d\n" % number)
