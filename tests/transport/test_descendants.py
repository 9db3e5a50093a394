"""Finding and killing exactly the processes meant."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs
import pytest

from codex_runtime.transport.descendants import ProcessIdentity, find_descendants, is_running, kill

if TYPE_CHECKING:
    from collections.abc import Generator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")

NO_MARKER = "CODEX_RUNTIME_SPAWN=none of them"


@contextmanager
def sleeper(env: dict[str, str] | None = None) -> Generator[subprocess.Popen[bytes], None, None]:
    with subprocess.Popen(["/bin/sleep", "60"], env=env, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def find_child(pid: int) -> ProcessIdentity:
    (found,) = (p for p in find_descendants(os.getpid(), marker=NO_MARKER) if p.pid == pid)
    return found


def test_children_are_found_with_their_start_time_and_the_root_is_not() -> None:
    with sleeper() as child:
        found = {one.pid: one for one in find_descendants(os.getpid(), marker=NO_MARKER)}
        assert child.pid in found
        assert os.getpid() not in found
        assert is_running(found[child.pid])


def test_a_marker_finds_what_is_no_descendant() -> None:
    marker = {"CODEX_RUNTIME_SPAWN": "this one"}
    with sleeper() as root, sleeper(marker) as other:
        assert find_descendants(root.pid, marker=NO_MARKER) == frozenset()
        (found,) = find_descendants(root.pid, marker="CODEX_RUNTIME_SPAWN=this one")
        assert found.pid == other.pid


def test_a_marker_that_only_begins_alike_finds_nothing() -> None:
    with sleeper() as root, sleeper({"CODEX_RUNTIME_SPAWN": "one and more"}):
        assert find_descendants(root.pid, marker="CODEX_RUNTIME_SPAWN=one") == frozenset()


def test_a_known_one_is_found_as_long_as_it_runs() -> None:
    with sleeper() as root, sleeper() as other:
        known = find_child(other.pid)
        one = frozenset({known})
        assert find_descendants(root.pid, marker=NO_MARKER, known=one) == one
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert find_descendants(root.pid, marker=NO_MARKER, known=one) == frozenset()
        assert not is_running(known)
        assert not kill(known)


def test_a_process_that_got_the_id_later_is_not_killed() -> None:
    with sleeper() as child:
        found = find_child(child.pid)
        earlier = attrs.evolve(found, started_ticks=found.started_ticks - 1)
        assert not is_running(earlier)
        assert not kill(earlier)
        assert child.poll() is None
        assert kill(found)
        assert child.wait() == -9
    assert not kill(found)
    assert not is_running(found)
