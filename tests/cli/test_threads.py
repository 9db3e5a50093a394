"""``codex-runtime threads``: what is read from files; no server is there, and no file changes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime.cli.commands import run_command
from tests.cli.stored import CWD, ROLLOUTS, Home, make_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Out = pytest.CaptureFixture[str]

NAME = "The [bold]first[/] one"
FIXTURES = sorted(ROLLOUTS.glob("*/conversation.jsonl"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A stored home, which is the same afterwards."""
    made = make_home(tmp_path / "home")
    monkeypatch.setenv("CODEX_HOME", str(made.path))
    monkeypatch.setenv("CODEX_BIN", "/no/server/is/started")
    before = made.state()
    yield made
    assert made.state() == before


def json_lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_threads_are_listed_the_last_used_first(home: Home, capsys: Out) -> None:
    assert run_command(["threads", "list"]) == 0
    out, err = capsys.readouterr()
    head, *rows = out.splitlines()
    assert head.split() == ["used", "title", "directory", "thread"]
    assert [row.split()[-1] for row in rows] == [
        home.ids[name] for name in ("conversation", "patches", "forked")
    ]
    assert NAME in rows[0]
    assert CWD in rows[0]
    assert err == ""


def test_programs_get_an_object_for_each_thread(home: Home, capsys: Out) -> None:
    assert run_command(["threads", "list", "--json", "--all"]) == 0
    first, *_, last = json_lines(capsys.readouterr().out)
    assert first == {
        "id": home.ids["conversation"],
        "title": NAME,
        "preview": first["preview"],
        "cwd": CWD,
        "path": str(home.file("conversation")),
        "createdAtS": first["createdAtS"],
        "updatedAtS": 1_795_309_000.0,
        "archived": False,
        "compressed": False,
        "sizeBytes": home.file("conversation").stat().st_size,
        "cliVersion": "0.163.0",
        "source": first["source"],
        "modelProvider": "scripted",
    }
    assert (last["id"], last["archived"]) == (home.ids["archived"], True)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["conversation", "patches", "forked"]),
        (["--archived"], ["archived"]),
        (["--all"], ["conversation", "patches", "forked", "archived"]),
        (["-n", "1"], ["conversation"]),
        (["--limit", "0"], ["conversation", "patches", "forked"]),
        (["-C", f"{CWD}/../project"], ["conversation", "patches", "forked"]),
        (["--cwd", "/srv/elsewhere"], []),
    ],
)
def test_options_choose_among_the_threads(
    home: Home, capsys: Out, options: list[str], names: list[str]
) -> None:
    assert run_command(["threads", "list", "--json", *options]) == 0
    listed = [one["id"] for one in json_lines(capsys.readouterr().out)]
    assert listed == [home.ids[name] for name in names]


@pytest.mark.usefixtures("home")
def test_it_is_said_when_there_are_more_or_none(capsys: Out) -> None:
    assert run_command(["threads", "list", "-n", "2"]) == 0
    assert "there are more than these 2: see --limit" in capsys.readouterr().err
    assert run_command(["threads", "list", "-n", "3"]) == 0
    assert capsys.readouterr().err == ""
    assert run_command(["threads", "list", "-C", "/srv/elsewhere"]) == 0
    out, err = capsys.readouterr()
    assert (out, "no threads of /srv/elsewhere" in err) == ("", True)


def test_archived_threads_are_marked_among_the_others(home: Home, capsys: Out) -> None:
    assert run_command(["threads", "list", "--all"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[-1] for row in rows if "[archived]" in row] == [home.ids["archived"]]


def test_the_latest_id_alone_is_printed(home: Home, capsys: Out) -> None:
    assert run_command(["threads", "latest"]) == 0
    assert capsys.readouterr().out == f"{home.ids['conversation']}\n"
    assert run_command(["threads", "latest", "--json", "-C", CWD]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == NAME


def test_a_thread_is_shown_with_its_facts_messages_tools_and_usage(home: Home, capsys: Out) -> None:
    assert run_command(["threads", "show", home.ids["conversation"]]) == 0
    out, err = capsys.readouterr()
    head, _, rest = out.partition("\n\n")
    assert head.splitlines()[0] == NAME
    assert f"directory {CWD}" in head
    assert "\nuser  20" in f"\n{rest}"
    assert "\n$ printf 'one\\ntwo\\n'; exit 3\n  one\n  two\n  ✘ exit 3" in rest
    assert "\ncodex  20" in rest
    assert "! turn interrupted" in rest
    assert " tokens: " in rest.splitlines()[-1]
    assert err == ""


def test_programs_get_the_thread_its_records_and_the_end(home: Home, capsys: Out) -> None:
    assert run_command(["threads", "show", "--json", home.ids["patches"]]) == 0
    first, *records, last = json_lines(capsys.readouterr().out)
    assert first["thread"]["id"] == home.ids["patches"]
    assert [one["record"]["type"] for one in records][:2] == ["message", "toolCall"]
    assert records[1]["record"]["name"] == "apply_patch"
    assert last["end"]["problemCount"] == 0
    (model,) = last["end"]["usage"]["byModel"]
    assert last["end"]["usage"]["byModel"][model] == last["end"]["usage"]["total"]


def test_the_tail_says_how_much_there_is_before_it(home: Home, capsys: Out) -> None:
    assert run_command(["threads", "show", "--json", home.ids["conversation"]]) == 0
    whole = [one["record"] for one in json_lines(capsys.readouterr().out) if "record" in one]
    assert run_command(["threads", "tail", "--json", "-n", "2", home.ids["conversation"]]) == 0
    _, before, *tail, end = json_lines(capsys.readouterr().out)
    for kind, counted in (("message", "messages"), ("toolCall", "toolCalls")):
        every = [one for one in whole if one["type"] == kind]
        assert [one["record"] for one in tail if one["record"]["type"] == kind] == every[-2:]
        assert before["before"][counted] == len(every) - 2
    assert end == {"end": {"problemCount": 0}}


def test_people_get_the_tail_in_its_order(home: Home, capsys: Out) -> None:
    assert run_command(["threads", "tail", "-n", "1", home.ids["patches"]]) == 0
    out = capsys.readouterr().out
    assert out.startswith("… 1 message and 2 tool calls before\n")
    assert out.index("• apply_patch delete") < out.index("\ncodex  20")


def test_long_output_is_cut_unless_all_is_asked_for(home: Home, capsys: Out) -> None:
    lines = "\\n".join(f"line {number}" for number in range(30))
    text = home.file("conversation").read_text(encoding="utf-8")
    other = home.path.parent / "long.jsonl"
    other.write_text(text.replace('"aggregated_output":"one', f'"aggregated_output":"{lines}'))
    for command in ("show", "tail"):
        assert run_command(["threads", command, str(other)]) == 0
        out = capsys.readouterr().out
        assert "… 21 lines above" in out
        assert "line 20\n" not in out
        assert run_command(["threads", command, "--full", str(other)]) == 0
        assert "  line 0\n" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["show"], ["tail", "-n", "99"], ["export"]])
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.parent.name)
def test_rollouts_of_every_version_are_read_by_their_path(
    capsys: Out, command: list[str], path: Path
) -> None:
    assert run_command(["threads", *command, str(path)]) == 0
    out, err = capsys.readouterr()
    assert "Hello" in out
    assert err == ""


def test_the_beginning_of_an_id_is_enough_if_no_other_has_it(home: Home, capsys: Out) -> None:
    ids = home.ids.values()
    wanted = home.ids["patches"]
    length = next(n for n in range(37) if sum(one.startswith(wanted[:n]) for one in ids) == 1)
    assert run_command(["threads", "show", "--json", wanted[:length].upper()]) == 0
    first, *_ = json_lines(capsys.readouterr().out)
    assert first["thread"]["id"] == wanted


READING: list[Callable[[str], list[str]]] = [
    lambda thread: ["show", thread],
    lambda thread: ["tail", thread],
    lambda thread: ["export", thread],
]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("command", READING)
@pytest.mark.parametrize(
    ("thread", "words"),
    [
        ("01a2", "is the beginning of several threads"),
        ("ffffffff", "no stored thread whose id begins with 'ffffffff'"),
        ("", "THREAD='': is empty"),
        ("../../etc/passwd", "no stored thread"),
    ],
)
def test_what_does_not_name_one_thread_is_refused_with_2(
    capsys: Out, command: Callable[[str], list[str]], thread: str, words: str
) -> None:
    assert run_command(["threads", *command(thread)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", READING)
def test_a_file_that_cannot_be_read_at_all_exits_with_1(
    tmp_path: Path, capsys: Out, command: Callable[[str], list[str]]
) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    for name in ("none.jsonl", "folder.jsonl"):
        assert run_command(["threads", *command(str(tmp_path / name))]) == 1
        out, err = capsys.readouterr()
        assert (out, f"{name} cannot be read" in err) == ("", True)


@pytest.mark.parametrize(
    "arguments", [["list"], ["latest"], ["show", "01"], ["tail", "01"], ["export", "01"]]
)
def test_a_home_that_is_not_there_is_named(
    tmp_path: Path, capsys: Out, arguments: list[str]
) -> None:
    gone = str(tmp_path / "gone")
    assert run_command(["threads", *arguments, "--codex-home", gone]) == 2
    err = capsys.readouterr().err
    assert f"no Codex home at {gone}" in err
    assert "--codex-home" in err


@pytest.mark.usefixtures("home")
def test_an_error_is_the_last_line_of_json(capsys: Out) -> None:
    assert run_command(["threads", "tail", "--json", "ffff"]) == 2
    (line,) = json_lines(capsys.readouterr().out)
    assert line["error"]["type"] == "NoThreadFound"


def test_no_thread_at_all_has_no_latest(tmp_path: Path, capsys: Out) -> None:
    assert run_command(["threads", "latest", "--codex-home", str(tmp_path)]) == 2
    assert "no stored thread" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "--archived", "--all"], "exclude each other"),
        (["list", "-n", "-1"], "-1 is not in the range"),
        (["tail", "01", "-n", "x"], "not a valid integer"),
        (["export", "01", "-f", "pdf"], "'pdf' is not one of"),
        (["show"], "Missing argument"),
        (["unheard-of"], "No such command"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    capsys: Out, arguments: list[str], words: str
) -> None:
    assert run_command(["threads", *arguments]) == 2
    assert words in capsys.readouterr().err


def damaged(text: str) -> bytes:
    """A rollout with a line cut in the middle, one that is no UTF-8, and a torn last one."""
    lines = text.encode().splitlines(keepends=True)
    return b"".join([*lines[:3], lines[3][:40] + b"\n", b"\xff\xfe\n", *lines[4:], lines[-1][:30]])


def test_lines_that_cannot_be_read_are_passed_over_and_told(home: Home, capsys: Out) -> None:
    broken = home.path.parent / "broken.jsonl"
    broken.write_bytes(damaged(home.file("patches").read_text(encoding="utf-8")))
    assert run_command(["threads", "show", str(broken)]) == 0
    out, err = capsys.readouterr()
    assert "• apply_patch" in out
    assert "3 lines could not be read" in err
    assert "line 4: " in err
    assert run_command(["threads", "export", "-f", "html", str(broken)]) == 0
    assert "3 lines of the rollout could not be read" in capsys.readouterr().out


def test_a_message_of_the_tail_that_is_cut_is_told(home: Home, capsys: Out) -> None:
    cut = home.path.parent / "cut.jsonl"
    lines = home.file("patches").read_bytes().splitlines(keepends=True)
    last = max(n for n, line in enumerate(lines) if b'"AgentMessage"' in line)
    lines[last] = lines[last][:-9] + b"\n"
    cut.write_bytes(b"".join(lines))
    assert run_command(["threads", "tail", str(cut)]) == 0
    assert "1 line could not be read" in capsys.readouterr().err
    assert run_command(["threads", "tail", "--json", str(cut)]) == 0
    *_, end = json_lines(capsys.readouterr().out)
    assert end == {"end": {"problemCount": 1}}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_passed_over_and_told(home: Home, capsys: Out) -> None:
    locked = home.file("patches")
    locked.chmod(0)
    try:
        assert run_command(["threads", "list"]) == 0
        out, err = capsys.readouterr()
        assert home.ids["patches"] not in out
        assert "1 file could not be read" in err
    finally:
        locked.chmod(0o644)


def test_what_cannot_be_listed_is_told_beside_the_rest(home: Home, capsys: Out) -> None:
    index = home.path / "session_index.jsonl"
    whole = index.read_bytes()
    when = index.stat()
    index.write_bytes(whole + b"no JSON\n")
    assert run_command(["threads", "list"]) == 0
    out, err = capsys.readouterr()
    assert NAME in out
    assert "1 file could not be read" in err
    assert "session_index.jsonl: " in err
    index.write_bytes(whole)
    os.utime(index, ns=(when.st_atime_ns, when.st_mtime_ns))


@pytest.mark.parametrize(
    ("form", "begins"), [("markdown", "# The \\[bold]"), ("json", "{"), ("html", "<!doctype html>")]
)
def test_a_thread_is_written_to_stdout_in_every_format(
    home: Home, capsys: Out, form: str, begins: str
) -> None:
    assert run_command(["threads", "export", home.ids["conversation"], "-f", form]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(begins)
    assert "printf" in out
    assert err == ""


@pytest.mark.parametrize(
    ("name", "begins"), [("a.md", b"# "), ("a.JSON", b"{"), ("a.html", b"<!doctype")]
)
def test_the_name_of_the_file_says_the_format(
    home: Home, tmp_path: Path, name: str, begins: bytes
) -> None:
    target = tmp_path / name
    assert run_command(["threads", "export", home.ids["patches"], "-o", str(target)]) == 0
    assert target.read_bytes().startswith(begins)
    assert not target.stat().st_mode & (stat.S_IXUSR | stat.S_IWGRP | stat.S_IWOTH)
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, "home"]


def test_a_file_that_is_there_is_replaced_only_when_told_to(
    home: Home, tmp_path: Path, capsys: Out
) -> None:
    target = tmp_path / "a.md"
    target.write_text("Mine.", encoding="utf-8")
    arguments = ["threads", "export", home.ids["patches"], "-o", str(target)]
    assert run_command(arguments) == 2
    assert "exists. Name another, or add --force" in capsys.readouterr().err
    assert target.read_text(encoding="utf-8") == "Mine."
    assert run_command([*arguments, "--force"]) == 0
    assert target.read_text(encoding="utf-8").startswith("# ")


def test_the_rollout_itself_is_never_replaced(home: Home, capsys: Out) -> None:
    rollout = str(home.file("patches"))
    assert run_command(["threads", "export", rollout, "-f", "json", "-o", rollout, "--force"]) == 2
    assert "is no file to replace" in capsys.readouterr().err


def test_what_is_no_file_is_never_replaced(home: Home, tmp_path: Path, capsys: Out) -> None:
    pipe = tmp_path / "pipe.md"
    os.mkfifo(pipe)
    arguments = ["threads", "export", home.ids["patches"], "-o", str(pipe), "--force"]
    assert run_command(arguments) == 2
    assert "is no file to replace" in capsys.readouterr().err
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_name_that_says_no_format_needs_one(home: Home, tmp_path: Path, capsys: Out) -> None:
    target = tmp_path / "a.txt"
    arguments = ["threads", "export", home.ids["patches"], "-o", str(target)]
    assert run_command(arguments) == 2
    assert "does not say the format" in capsys.readouterr().err
    assert run_command([*arguments, "--format", "markdown"]) == 0
    assert target.is_file()


def test_an_export_that_fails_leaves_no_file(home: Home, tmp_path: Path, capsys: Out) -> None:
    target = tmp_path / "a.md"
    gone = str(tmp_path / "gone.jsonl")
    assert run_command(["threads", "export", gone, "-o", str(target)]) == 1
    assert "gone.jsonl cannot be read" in capsys.readouterr().err
    nowhere = str(tmp_path / "none" / "a.md")
    assert run_command(["threads", "export", home.ids["patches"], "-o", nowhere]) == 1
    assert "No such file or directory" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


@pytest.mark.parametrize("command", ["list", "show", "tail", "export", "latest"])
def test_the_help_names_the_exit_codes(capsys: Out, command: str) -> None:
    assert run_command(["threads", command, "--help"]) == 0
    assert "does not name one thread that there is" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", [["show", "--json"], ["tail", "--json"], ["show"], ["tail"], ["export"]]
)
def test_a_path_that_is_no_utf8_is_read_as_any(
    home: Home, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], command: list[str]
) -> None:
    path = tmp_path / os.fsdecode(b"w\xff.jsonl")
    path.write_bytes(home.file("patches").read_bytes())
    assert run_command(["threads", *command, str(path)]) == 0
    out = capsysbinary.readouterr().out.decode()
    if "--json" in command:
        assert json_lines(out)[0]["thread"]["path"] == str(tmp_path / "w?.jsonl")
    assert "apply_patch" in out


@pytest.mark.parametrize("target", ["real.md", "nowhere.md"])
def test_a_link_is_never_replaced(home: Home, tmp_path: Path, capsys: Out, target: str) -> None:
    (tmp_path / "real.md").write_text("Mine.", encoding="utf-8")
    link = tmp_path / "link.md"
    link.symlink_to(target)
    arguments = ["threads", "export", home.ids["patches"], "-o", str(link), "--force"]
    assert run_command(arguments) == 2
    assert "is no file to replace" in capsys.readouterr().err
    assert link.is_symlink()
    assert (tmp_path / "real.md").read_text(encoding="utf-8") == "Mine."
    assert not (tmp_path / "nowhere.md").exists()


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o400])
def test_a_file_that_is_replaced_keeps_its_mode(home: Home, tmp_path: Path, mode: int) -> None:
    target = tmp_path / "a.md"
    target.write_text("Mine.", encoding="utf-8")
    target.chmod(mode)
    arguments = ["threads", "export", home.ids["patches"], "-o", str(target), "--force"]
    assert run_command(arguments) == 0
    assert target.read_text(encoding="utf-8").startswith("# ")
    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_the_tail_of_a_fork_says_that_its_parent_is_gone(
    home: Home, tmp_path: Path, capsys: Out
) -> None:
    alone = tmp_path / "alone.jsonl"
    alone.write_bytes(home.file("forked").read_bytes())
    parent = home.ids["conversation"]
    assert run_command(["threads", "tail", str(alone)]) == 0
    assert f"what came before the fork is missing: thread {parent}" in capsys.readouterr().err
    for thread, missing in ((str(alone), parent), (home.ids["forked"], None)):
        assert run_command(["threads", "tail", "--json", thread]) == 0
        out, err = capsys.readouterr()
        assert json_lines(out)[1]["before"]["missingThreadId"] == missing
        assert ("is missing" in err) == (missing is not None)


@pytest.mark.parametrize("name", ["conversation", "forked"])
@pytest.mark.parametrize("command", ["show", "tail"])
def test_a_file_has_the_title_that_its_export_has(
    home: Home, capsys: Out, command: str, name: str
) -> None:
    path = str(home.file(name))
    assert run_command(["threads", "export", "-f", "json", path]) == 0
    title = json.loads(capsys.readouterr().out)["thread"]["title"]
    assert run_command(["threads", command, "--json", path]) == 0
    first, *_ = json_lines(capsys.readouterr().out)
    assert first["thread"]["title"] == title != ""
    assert run_command(["threads", "show", path]) == 0
    assert capsys.readouterr().out.startswith(f"{title}\n")


@pytest.mark.parametrize("arguments", [["latest"], ["archive", "--undo", "patches"]])
def test_output_that_nobody_reads_ends_the_command_with_141(
    home: Home, arguments: list[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "codex_runtime.cli", "threads"]
            + [home.ids.get(each, each) for each in arguments],
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_an_empty_home_is_refused(home: Home, capsys: Out) -> None:
    assert run_command(["threads", "list", "--codex-home", ""]) == 2
    out, err = capsys.readouterr()
    assert (out, "is empty" in err) == ("", True)
    assert home.path.exists()
