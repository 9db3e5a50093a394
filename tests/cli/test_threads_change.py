"""``codex-runtime threads`` on a set-up with a real app-server: rename, archive, and going on."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime.cli import threads_export
from codex_runtime.cli.commands import run_command
from codex_runtime.testing import text
from tests.cli.command import open_setup
from tests.cli.stored import make_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.command import Setup


async def asked(setup: Setup, prompt: str = "How are you?") -> str:
    """Ask once; the id of the thread, which is kept."""
    setup.model.enqueue(text("Fine, thanks."))
    done = await setup.run("ask", prompt)
    found = re.search(r"--resume (\S+) ", done.err)
    assert found is not None, done.err
    return found[1]


async def listed(setup: Setup, *options: str) -> list[dict[str, Any]]:
    done = await setup.run("threads", "list", "--json", *options)
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


async def test_a_thread_is_renamed_and_found_by_that_name(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        thread_id = await asked(setup)
        (before,) = await listed(setup)
        assert before["title"] == "How are you?"
        done = await setup.run("threads", "rename", thread_id[:13], "  A better\nname ")
        assert (done.code, done.err) == (0, "")
        assert done.out == f"renamed {thread_id}: A better name\n"
        (after,) = await listed(setup)
        assert (after["id"], after["title"]) == (thread_id, "A better name")
        assert setup.processes_left() == []


async def test_a_thread_is_archived_once_and_brought_back(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        thread_id = await asked(setup)
        done = await setup.run("threads", "archive", thread_id)
        assert (done.code, done.out, done.err) == (0, f"archived: {thread_id}\n", "")
        assert await listed(setup) == []
        (kept,) = await listed(setup, "--archived")
        assert kept["id"] == thread_id
        again = await setup.run("threads", "archive", thread_id, "--codex-bin", "/bin/true")
        assert (again.code, again.out) == (0, f"archived already: {thread_id}\n")
        back = await setup.run("threads", "archive", "--undo", thread_id)
        assert (back.code, back.out) == (0, f"brought back: {thread_id}\n")
        (there,) = await listed(setup)
        assert there["id"] == thread_id
        assert setup.processes_left() == []


async def test_an_archived_thread_is_not_renamed(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        thread_id = await asked(setup)
        await setup.run("threads", "archive", thread_id)
        done = await setup.run("threads", "rename", thread_id, "A name")
        assert done.code == 2
        assert "is archived. Bring it back first" in done.err


async def test_programs_get_one_object_for_a_change(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        thread_id = await asked(setup)
        home = ("--codex-home", str(setup.home))
        named = await setup.run("threads", "rename", *home, "--json", thread_id, "A name")
        assert json.loads(named.out) == {"id": thread_id, "title": "A name"}
        gone = await setup.run("threads", "archive", *home, "--json", thread_id)
        assert json.loads(gone.out) == {"id": thread_id, "archived": True}


async def test_the_latest_thread_can_be_gone_on_with(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        thread_id = await asked(setup, "My name is Ada.")
        latest = await setup.run("threads", "latest", "-C", ".")
        assert latest.out == f"{thread_id}\n"
        done = await setup.run("ask", "--resume", latest.out.strip(), "Who am I?")
        assert done.code == 0
        shown = await setup.run("threads", "tail", "-n", "2", thread_id)
        assert "… 2 messages and 0 tool calls before\n" in shown.out
        assert "Who am I?" in shown.out


BAD_INPUT = [
    (["rename", "01a2", "A name"], "is the beginning of several threads"),
    (["rename", "ffff", "A name"], "no stored thread whose id begins with 'ffff'"),
    (["rename", "ffff", " \n "], "is empty. Give the thread a name"),
    (["rename", "ffff", "x" * 1001], "1001 characters. Take 1000 at most"),
    (["rename", "", "A name"], "THREAD='': is empty"),
    (["rename", "ffff"], "Missing argument 'TITLE'"),
    (["archive", "ffff"], "no stored thread whose id begins with 'ffff'"),
    (["archive"], "Missing argument 'THREAD'"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD_INPUT)
def test_what_cannot_be_changed_is_named_and_no_server_is_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    stored = make_home(tmp_path / "home")
    before = stored.state()
    options = ("--codex-home", str(stored.path), "--codex-bin", "/no/server")
    assert run_command(["threads", *arguments, *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert stored.state() == before


@pytest.mark.parametrize("command", [["rename", "{}", "A name"], ["archive", "{}"]])
async def test_without_a_usable_server_nothing_is_changed_and_it_exits_with_3(
    tmp_path: Path, command: list[str]
) -> None:
    stored = make_home(tmp_path / "stored")
    before = stored.state()
    arguments = [word.format(stored.ids["patches"]) for word in command]
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run(
            *("threads", *arguments, "--json", "--codex-bin", "/bin/true"),
            CODEX_HOME=str(stored.path),
        )
        assert done.code == 3
        (line,) = done.out.splitlines()
        assert json.loads(line)["error"]["type"] == "StartError"
        assert "Traceback" not in done.err
    assert stored.state() == before


def long_rollout(folder: Path) -> str:
    """The path of a rollout whose export is longer than a pipe holds."""
    path = folder / "long.jsonl"
    head, *rest = make_home(folder / "stored").file("conversation").read_bytes().splitlines(True)
    path.write_bytes(head + b"".join(rest) * 200)
    return str(path)


async def test_an_export_whose_reader_goes_away_ends_quietly(tmp_path: Path) -> None:
    arguments = ("threads", "export", "-f", "html", long_rollout(tmp_path))
    async with open_setup(tmp_path / "home") as setup, setup.start(*arguments) as running:
        await running.read_until("<main>")
        await running.stop_reading()
        done = await running.end()
        assert (done.code, done.err) == (141, "")


@pytest.fixture
def plain_signals() -> Iterator[None]:
    """Ctrl-C and a hang-up as a terminal gives them: in the background they may be ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    hung_up = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, before)
    signal.signal(signal.SIGHUP, hung_up)


@pytest.mark.usefixtures("plain_signals")
async def test_an_export_is_ended_by_ctrl_c(tmp_path: Path) -> None:
    arguments = ("threads", "export", "-f", "html", long_rollout(tmp_path))
    async with open_setup(tmp_path / "home") as setup, setup.start(*arguments) as running:
        await running.read_until("<main>")
        running.send(signal.SIGINT)
        done = await running.end()
        assert done.code == 130
        assert "Traceback" not in done.err


@pytest.mark.usefixtures("plain_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_no_half_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    stored = make_home(tmp_path / "home")
    target = tmp_path / "a.md"

    def interrupted(*_given: object, **_named: object) -> Iterator[str]:
        yield "The beginning"
        assert len(list(tmp_path.glob(".a.md.*.part"))) == 1
        signal.raise_signal(number)
        yield "and no more"

    monkeypatch.setattr(threads_export, "export_thread", interrupted)
    arguments = ["threads", "export", str(stored.file("patches")), "-o", str(target)]
    if number is signal.SIGINT:
        assert run_command(arguments) == 130
    else:
        with pytest.raises(SystemExit) as ended:
            run_command(arguments)
        assert ended.value.code == 128 + number
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
