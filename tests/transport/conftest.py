"""After every test of this room no process it started is left.

One that was killed is given a moment: SIGKILL has been sent, not yet carried out, when the sender
goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.transport.children import TEST_RUN, describe, spawned_processes, wait_for_exits

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(*TEST_RUN.split("="))
    before = spawned_processes()
    yield
    wait_for_exits(spawned_processes() - before, timeout_s=5)
    left = spawned_processes() - before
    assert not left, [describe(pid) for pid in left]
