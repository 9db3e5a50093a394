"""After every test of this room no process it started is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.transport.children import TEST_RUN, spawned_processes

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(*TEST_RUN.split("="))
    before = spawned_processes()
    yield
    assert spawned_processes() - before == set()
