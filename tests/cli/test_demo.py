"""``codex-runtime demo``: every station is shown, and a claim that does not hold ends it."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest
from rich.text import Text

from codex_runtime.cli.marks import Lines
from codex_runtime.cli.screen import PlainScreen, make_console
from codex_runtime.cli.stage import DemoFailed, Stage
from tests.cli.command import open_setup

if TYPE_CHECKING:
    from pathlib import Path

STATIONS = [
    "1  A streamed turn",
    "“ls” ran with exit code 0 and saw 3 files",
    "2  An approval, declined",
    "the command ended as “declined”",
    "made.txt does not exist",
    "3  An interrupt",
    "interrupted, and ended on the server, within",
    "4  A resumed session",
    "the model was given the first question again",
    "5  What it cost",
    "which is what the thread's own count says",
    "6  The end",
    "none is left",
    "the private home and workspace are removed",
]


async def test_the_demo_shows_every_station_and_leaves_nothing(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        done = await setup.run("demo", TMPDIR=str(scratch))
        assert (done.code, done.err) == (0, "")
        places = [done.out.find(station) for station in STATIONS]
        assert -1 not in places
        assert places == sorted(places)
        assert re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.out) == []
        assert list(scratch.iterdir()) == []
        assert setup.model.requests == []
        assert setup.processes_left() == []


async def test_the_demo_ends_cleanly_when_it_is_told_to(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        async with setup.start("demo") as command:
            await command.read_until("1  A streamed turn")
            command.send(signal.SIGINT)
            done = await command.end()
        assert (done.code, done.err) == (130, "codex-runtime: stopped by SIGINT\n")
        assert setup.processes_left() == []


async def test_a_claim_that_does_not_hold_is_not_printed(tmp_path: Path) -> None:
    with (tmp_path / "out.txt").open("w+", encoding="utf-8") as file:
        stage = Stage(PlainScreen(make_console(file)), slow=False)
        await stage.check("water is wet", holds=True, seen=None)
        with pytest.raises(DemoFailed, match=r"the moon is near.*Seen: 384400"):
            await stage.check("the moon is near", holds=False, seen=384_400)
        file.seek(0)
        assert file.read() == "✔ water is wet\n"


def test_plain_lines_are_never_cut(tmp_path: Path) -> None:
    with (tmp_path / "out.txt").open("w+", encoding="utf-8") as file:
        screen = PlainScreen(make_console(file))
        screen.show([Lines((Text("x" * 500, no_wrap=True, overflow="ellipsis"),))])
        file.seek(0)
        assert file.read() == "x" * 500 + "\n"
