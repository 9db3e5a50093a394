"""What a list of a large store reads on the server's side, counted by the operating system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_runtime import open_runtime
from tests.bench.threads import (
    MAX_PAGE_READ_BYTES,
    fill,
    first_page,
    reading,
    stored_bytes,
    whole_list,
)

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

COUNT = 400


@pytest.mark.skipif("sys.platform != 'linux'", reason="it is counted in /proc")
async def test_the_first_page_of_a_large_store_reads_no_more_than_itself(
    model: ScriptedModel, home: Path
) -> None:
    config = await fill(model, home, COUNT)
    async with open_runtime(config):  # with no index: it makes one
        pass
    async with open_runtime(config) as runtime:
        page = await first_page(runtime)
        latest = await reading(runtime.threads.latest)
        assert await whole_list(runtime) == COUNT
    assert len(page.answer) == 50
    assert page.read_bytes < MAX_PAGE_READ_BYTES < stored_bytes(home)
    assert latest.read_bytes < MAX_PAGE_READ_BYTES
    assert latest.answer == page.answer[0]
