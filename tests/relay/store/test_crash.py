"""A process is killed while it keeps a turn; the store has every turn it told of, whole."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from codex_runtime.relay.store.sqlite import SqliteStore
from tests.relay.store.dying_writer import turn

_ROOT = Path(__file__).parents[3]
_STATEMENTS = 36
"""More than a turn takes, so that the last of them are outlived."""


def start(path: Path, *when: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.relay.store.dying_writer", str(path), *map(str, when)]
    return subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE)


def whole_turns(path: Path) -> int:
    """How many turns a store has from the first one on; none of them, nor a later one, in part."""
    with closing(SqliteStore(path)) as store:
        history: tuple[bytes, ...] = ()
        number = 0
        while store.thread_of(f"resp_{number}") is not None:
            expected = turn(number)
            history += expected.messages
            assert store.get_history(f"resp_{number}") == history
            for call_id in expected.call_ids:
                assert store.get_reasoning("t", call_id) == expected.reasoning
            assert store.get_turn_reasoning("t", f"print {number}") == expected.reasoning
            number += 1
        for later in range(number, number + 3):
            assert store.get_history(f"resp_{later}") == ()
            assert store.get_reasoning("t", f"call_{later}a") is None
            assert store.get_turn_reasoning("t", f"print {later}") is None
        # And it goes on.
        store.keep(turn(number))
        assert store.get_history(f"resp_{number}") == history + turn(number).messages
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
    return number


def test_a_process_killed_before_any_statement_of_a_turn_loses_that_turn_alone(
    tmp_path: Path,
) -> None:
    paths = [tmp_path / f"{statement}.db" for statement in range(_STATEMENTS)]
    lived: list[bool] = []
    for first in range(0, _STATEMENTS, 6):
        writers = {at: start(paths[at], 2, at) for at in range(first, first + 6)}
        for at, writer in writers.items():
            told = writer.communicate()[0].split()
            outlived = writer.returncode == 0
            assert outlived or writer.returncode == -signal.SIGKILL
            assert len(told) == 2 + outlived
            # The statement after the commit belongs to no turn: it gives space back.
            assert whole_turns(paths[at]) in ({3} if outlived else {2, 3})
            lived.append(outlived)
    assert lived == sorted(lived)
    assert not lived[12]
    assert lived[-1]


@pytest.mark.parametrize("told_before_the_kill", [1, 2, 3, 5, 8, 13, 21])
def test_a_process_killed_at_any_moment_has_lost_nothing_it_told_of(
    tmp_path: Path, told_before_the_kill: int
) -> None:
    path = tmp_path / "store.db"
    told = 0
    with start(path) as writer:
        assert writer.stdout is not None
        for _ in range(told_before_the_kill):
            told += bool(writer.stdout.readline())
        writer.kill()
        told += len(writer.stdout.read().split())
    assert told >= told_before_the_kill
    assert whole_turns(path) in {told, told + 1}
