"""``codex-runtime journal replay``: what the real app-server said, shown again."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

import copy
import io
import json
import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import trio

from codex_runtime.cli.commands import run_command
from codex_runtime.cli.journal import Shown
from codex_runtime.cli.journal_view import JournalView
from codex_runtime.cli.marks import Say
from codex_runtime.cli.screen import PlainScreen, make_console
from codex_runtime.cli.view import TurnView
from codex_runtime.history.journal import read_journal
from codex_runtime.testing.fake_server import SCENES, transcript
from tests.testing.journals import side_by_side, write_journal, write_records

if TYPE_CHECKING:
    from pathlib import Path

    from trio.testing import MockClock

    from codex_runtime.history.journal import JournalEntry

# Any: plain JSON, looked into key by key.
Json: TypeAlias = Any
Capture: TypeAlias = "pytest.CaptureFixture[str]"

KILLED_THREAD = "01a1ff02-46b1-7361-a66e-613d387ea763"
LIVES = f"""\
app-server 0.163.0 (server 1)

thread {KILLED_THREAD} · /home/user/project · gpt-5.5

> first

one

completed · 66 ms · 10,408 tokens: 10,407 in, 1 out

> second

half

✘ the app-server died: killed by signal 9

lost

app-server 0.163.0 (server 2)

! turn/start was refused: thread not found: {KILLED_THREAD}

> third

three

completed · 51 ms · 10,511 tokens: 10,509 in, 2 out

the app-server was ended
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def replay(capfd: Capture, *arguments: object) -> tuple[int, str, str]:
    """The exit code of the command, and what it printed on either stream."""
    code = run_command(["journal", "replay", *map(str, arguments)])
    out, err = capfd.readouterr()
    return code, out, err


def replay_as_json(capfd: Capture, *arguments: object) -> list[Json]:
    code, out, err = replay(capfd, *arguments, "--json")
    assert (code, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


def test_turns_threads_and_the_lives_of_servers_are_shown_in_order(
    path: Path, capfd: Capture
) -> None:
    shown = replay(capfd, write_journal(path, "killed"), "--thread", KILLED_THREAD)
    assert shown == (0, LIVES, "")


@pytest.mark.parametrize("scene", SCENES)
def test_a_turn_looks_as_it_does_live(scene: str, path: Path, capfd: Capture) -> None:
    _, shown, _ = replay(capfd, write_journal(path, scene))
    turns: dict[tuple[str, str], list[JournalEntry]] = {}
    with read_journal(path) as entries:
        for entry in entries:
            params = json.loads(entry.message).get("params") or {}
            if turn_id := params.get("turnId") or (params.get("turn") or {}).get("id"):
                turns.setdefault((params["threadId"], turn_id), []).append(entry)
    for of_turn in turns.values():
        lines = iter(shown.split("\n"))
        assert all(line in lines for line in live(of_turn).split("\n") if line)


def live(entries: list[JournalEntry]) -> str:
    """What ``ask`` shows of these events."""
    file = io.StringIO()
    screen, view = PlainScreen(make_console(file)), TurnView()
    for entry in entries:
        if entry.event is not None:
            screen.show(view.marks_for(entry.event))
    screen.end()
    return file.getvalue()


def test_a_request_of_the_server_is_told(path: Path, capfd: Capture) -> None:
    _, shown, _ = replay(capfd, write_journal(path, "pending"))
    assert "$ touch a\n  ? item/commandExecution/requestApproval\n\ninterrupted" in shown


def test_threads_that_speak_in_turn_are_told_apart(path: Path, capfd: Capture) -> None:
    records = side_by_side(transcript("pending"), transcript("interrupts"))
    lines = replay(capfd, write_records(path, records))[1].splitlines()
    heads = [line for line in lines if line.startswith("thread ")]
    assert len(set(heads)) > 2  # the directory is told with the first alone
    assert all(one != other for one, other in pairwise(heads))


def test_a_turn_that_failed_says_why(path: Path, capfd: Capture) -> None:
    _, shown, _ = replay(capfd, write_journal(path, "session"))
    assert "✘ the turn failed: " in shown


def test_a_journal_that_ends_in_a_turn_says_so(path: Path, capfd: Capture) -> None:
    killed = transcript("killed")
    cut = next(n for n, record in enumerate(killed) if record["from"] == "process")
    _, shown, _ = replay(capfd, write_records(path, killed[:cut]))
    assert shown.endswith("\nhalf\n\nthe journal ends in the middle of this turn\n")


def test_what_is_no_message_is_shown_without_its_control_codes(path: Path, capfd: Capture) -> None:
    noise = {"from": "server", "message": "\x1b[31mpanicked"}
    assert replay(capfd, write_records(path, [noise]))[1] == "! no message: panicked\n"


# -- JSON ------------------------------------------------------------------------------------------


def test_as_json_every_event_is_there_as_it_was_sent(path: Path, capfd: Capture) -> None:
    lines = replay_as_json(capfd, write_journal(path, "killed"))
    events = [line for line in lines if "method" in line]
    sent = [
        record["message"]
        for record in transcript("killed")
        if record["from"] == "server" and "method" in record["message"]
    ]
    assert [(line["method"], line["params"]) for line in events] == [
        (message["method"], message["params"]) for message in sent
    ]
    assert [line["seq"] for line in events] == sorted({line["seq"] for line in events})
    results = [line["result"] for line in lines if "result" in line]
    assert [(result["status"], result["text"]) for result in results] == [
        ("completed", "one"),
        ("lost", "half"),
        ("completed", "three"),
    ]
    servers = [
        (line["generation"], line["server"], line.get("returncode"))
        for line in lines
        if "server" in line
    ]
    assert servers == [
        (1, "started", None),
        (1, "ended", -9),
        (2, "started", None),
        (2, "ended", 0),
    ]


def test_as_json_a_reader_goes_on_after_the_last_number_it_has_seen(
    path: Path, capfd: Capture
) -> None:
    write_journal(path, "killed")
    whole = replay_as_json(capfd, path)
    numbers = [line["seq"] for line in whole if "seq" in line]
    for seq in (0, numbers[3], numbers[-1]):
        rest = replay_as_json(capfd, path, "--after", seq)
        assert [line for line in rest if "seq" in line] == [
            line for line in whole if line.get("seq", 0) > seq
        ]


# -- which entries ---------------------------------------------------------------------------------


def test_a_thread_is_named_by_the_beginning_of_its_id(path: Path, capfd: Capture) -> None:
    write_journal(path, "children")
    threads = {
        line["params"]["threadId"]
        for line in replay_as_json(capfd, path)
        if "threadId" in line.get("params", {})
    }
    (one, other) = sorted(threads)
    shown = replay_as_json(capfd, path, "--thread", other[:-1])
    assert {line["params"]["threadId"] for line in shown if "params" in line} == {other}
    code, _, err = replay(capfd, path, "--thread", one[:10])
    assert code == 2
    assert f"--thread {one[:10]} is the beginning of" in err


def test_a_thread_that_is_not_there_is_an_error(path: Path, capfd: Capture) -> None:
    code, _, err = replay(capfd, write_journal(path, "killed"), "--thread", "none")
    assert (code, err) == (2, f"codex-runtime: nothing in {path} is of a thread none\n")


# -- what cannot be read ---------------------------------------------------------------------------


@pytest.mark.parametrize("content", [None, b"", b"{}\n", b"\xff\xfe\n", b'{"seq":1}\n'])
def test_what_is_no_journal_is_refused(content: bytes | None, path: Path, capfd: Capture) -> None:
    if content is not None:
        path.write_bytes(content)
    code, out, err = replay(capfd, path)
    assert (code, out) == (2, "")
    assert err.startswith(f"codex-runtime: journal {path}: ")


def test_a_directory_is_refused(tmp_path: Path, capfd: Capture) -> None:
    code, out, err = replay(capfd, tmp_path)
    assert (code, out) == (2, "")
    assert str(tmp_path) in err


def test_a_torn_last_line_is_left_out(path: Path, capfd: Capture) -> None:
    whole = write_journal(path, "killed").read_bytes()
    path.write_bytes(whole[:-20])
    code, shown, err = replay(capfd, path, "--thread", KILLED_THREAD)
    assert (code, err) == (0, "")
    assert shown == LIVES.removesuffix("\nthe app-server was ended\n")


def test_lines_that_are_missing_or_no_entries_are_counted(path: Path, capfd: Capture) -> None:
    lines = write_journal(path, "killed").read_bytes().splitlines(keepends=True)
    lines[5] = b"scribble\n"
    del lines[8:10]
    path.write_bytes(b"".join(lines))
    code, _, err = replay(capfd, path)
    assert code == 0
    assert err.splitlines() == [
        "codex-runtime: note: 3 sequence numbers missing: not recorded, or in a file that is gone",
        "codex-runtime: note: 1 line skipped: no entries of a journal",
    ]


# -- pace ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("speed", "factor"), [(None, 0), (1.0, 1), (4.0, 0.25)])
async def test_the_pauses_of_the_server_are_kept_on_request(
    speed: float | None, factor: float, path: Path, autojump_clock: MockClock
) -> None:
    times: list[tuple[str, int, float]] = []
    with read_journal(write_journal(path, "session")) as entries:
        shown = Shown(thread=None, speed=speed)
        await shown.each(
            entries,
            lambda some: times.extend((e.kind, e.at_ms, trio.current_time()) for e in some),
        )
    began_s = times[0][2]
    paused_ms = sum(
        max(0, at_ms - before_ms)
        for (_, before_ms, _), (kind, at_ms, _) in pairwise(times)
        if kind not in ("sent", "generation")  # which the client began
    )
    assert paused_ms > 0
    assert times[-1][2] - began_s == pytest.approx(paused_ms / 1000 * factor)


def test_a_text_in_many_pieces_is_written_as_one(path: Path) -> None:
    records: list[Json] = []
    for record in transcript("killed"):
        many = 500 if record["message"].get("method") == "item/agentMessage/delta" else 1
        records += [record] * many
    with read_journal(write_records(path, records)) as entries:
        said = [mark for mark in JournalView().marks_for(entries) if isinstance(mark, Say)]
    assert [mark.text for mark in said] == ["one" * 500, "half" * 500, "three" * 500]


INPUTS = [
    {"type": "text", "text": "Look\nhere"},
    {"type": "localImage", "path": "/home/user/a.png"},
    {"type": "skill", "name": "review", "path": "/home/user/skills/review"},
    {"type": "image", "url": "https://example.org/a.png"},
]


def test_what_came_with_a_prompt_is_named(path: Path, capfd: Capture) -> None:
    records = copy.deepcopy(transcript("killed"))
    for record in records:
        item = (record["message"].get("params") or {}).get("item") or {}
        if item.get("type") == "userMessage":
            item["content"] = INPUTS
    _, shown, _ = replay(capfd, write_records(path, records))
    prompt = "> Look\nhere\n  [LocalImage /home/user/a.png]\n  [Skill review]\n  [Image]"
    assert f"\n\n{prompt}\n\none\n" in shown


@pytest.mark.parametrize(
    ("returncode", "words"), [(-15, "killed by signal 15"), (3, "exit code 3"), (None, "unknown")]
)
def test_a_death_is_told_with_its_code(
    returncode: int | None, words: str, path: Path, capfd: Capture
) -> None:
    write_records(path, transcript("killed")[:4])
    line = path.read_bytes().splitlines()[-1]
    end = {**json.loads(line), "kind": "end", "message": {"how": "crash", "returncode": returncode}}
    path.write_bytes(path.read_bytes() + json.dumps(end).encode() + b"\n")
    assert words in replay(capfd, path)[1].splitlines()[-1]


@pytest.mark.parametrize(
    "option",
    [("--speed", "nan"), ("--speed", "inf"), ("--thread", ""), ("--after", "9" * 30)],
)
def test_an_option_that_means_nothing_is_refused(
    option: tuple[str, str], path: Path, capfd: Capture
) -> None:
    code, out, err = replay(capfd, write_journal(path, "killed"), *option)
    assert (code, out) == (2, "")
    assert option[0] in err


def test_a_pipe_is_not_waited_for(path: Path, capfd: Capture) -> None:
    os.mkfifo(path)
    assert replay(capfd, path) == (
        2,
        "",
        f"codex-runtime: journal {path}: it is a pipe. Give the path of a file\n",
    )
