"""How stored threads look: tables that fit a terminal, records without control codes."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from rich.console import Console

from codex_runtime.cli.threads_view import head_of, lines_of, local_time, table_of, usage_lines
from codex_runtime.history.rollouts.found import RolloutInfo
from codex_runtime.history.rollouts.records import Message, Notice, Reasoning, ToolCall
from codex_runtime.model.usage import SessionUsage, TokenUsage
from tests.history.nasty_texts import RECORDS, TEXTS

if TYPE_CHECKING:
    from codex_runtime.history.rollouts.records import Record

CONTROL_CODES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
THREAD_ID = "01a200b5-5ef1-7362-9b19-0043c56c4c01"


def info_of(title: str, cwd: str = "/srv/project", **facts: bool) -> RolloutInfo:
    return RolloutInfo(
        thread_id=THREAD_ID,
        path=Path("/srv/home/sessions/rollout.jsonl"),
        created_at_s=0.0,
        updated_at_s=0.0,
        cwd=cwd,
        title=title,
        name=None,
        preview="",
        archived=facts.get("archived", False),
        is_compressed=facts.get("is_compressed", False),
        size_bytes=2048,
        cli_version=None,
        source=None,
        model_provider=None,
        forked_from_id=None,
    )


def shown(infos: list[RolloutInfo], columns: int, *, mark_archived: bool = False) -> list[str]:
    """The lines of the table on a terminal without colours."""
    file = io.StringIO()
    console = Console(file=file, width=columns, force_terminal=True, color_system=None)
    console.print(table_of(infos, console, mark_archived=mark_archived))
    return file.getvalue().splitlines()


def told(record: Record, *, full: bool = False) -> list[str]:
    return [line.plain for line in lines_of(record, full=full)]


@pytest.mark.parametrize("columns", [66, 80, 109, 110, 200])
def test_a_table_fits_its_terminal_and_the_id_is_never_cut(columns: int) -> None:
    _, row = shown([info_of("A title " * 40, "/srv/" + "x" * 90)], columns)
    assert len(row) <= columns
    assert row.endswith(THREAD_ID)
    assert row.startswith(f"{local_time(0.0)}  A title")
    assert "…" in row


def test_there_is_a_directory_where_there_is_room_for_it() -> None:
    assert "/srv/project" in shown([info_of("A title")], 110)[1]
    assert "/srv/project" not in shown([info_of("A title")], 109)[1]


def test_an_archived_thread_is_marked_when_others_are_there() -> None:
    infos = [info_of("A title", archived=True)]
    assert "[archived] A title" in shown(infos, 200, mark_archived=True)[1]
    assert "[archived]" not in shown(infos, 200)[1]


@given(TEXTS, TEXTS)
def test_a_title_is_one_line_of_a_table_without_control_codes(title: str, cwd: str) -> None:
    lines = shown([info_of(title, cwd)], 200)
    assert len(lines) == 2
    assert not CONTROL_CODES.search("".join(lines))


@given(RECORDS)
def test_a_record_shows_no_control_code_of_its_texts(records: list[Record]) -> None:
    for record in records:
        for full in (True, False):
            assert not CONTROL_CODES.search("".join(told(record, full=full)))


@pytest.mark.parametrize(
    ("record", "lines"),
    [
        (Message(role="user", text="Look\n", images=("/srv/a.png",)), ["user", "  Look"]),
        (Message(role="assistant", text="I see.\n\nYes."), ["codex", "  I see.", "", "  Yes."]),
        (Reasoning(text="Hm"), ["  Hm"]),
        (Notice(kind="turn_failed", text="No luck."), ["! turn failed: No luck."]),
        (Notice(kind="compacted", text=""), ["! compacted"]),
        (
            ToolCall(kind="command", name="shell", input="ls\npwd", output="a\n", exit_code=0),
            ["$ ls", "  pwd", "  a", "  ✔ exit 0"],
        ),
        (
            ToolCall(
                kind="mcp", name="s.t", input="{}", status="failed", error="no", duration_ms=9
            ),
            ["• s.t {}", "  no", "  ✘ failed · 9 ms"],
        ),
        (ToolCall(kind="web_search", name="web_search"), ["• web_search "]),
    ],
)
def test_a_record_is_a_few_lines_below_an_empty_one(record: Record, lines: list[str]) -> None:
    first, *rest = told(record)
    assert first == ""
    assert rest[: len(lines)] == lines
    extra = ["  [image: /srv/a.png]"] if isinstance(record, Message) and record.images else []
    assert rest[len(lines) :] == extra


def test_what_is_long_is_cut_and_said_so() -> None:
    lines = "\n".join(map(str, range(20)))
    call = ToolCall(kind="command", name="shell", input=lines, output=lines)
    cut = told(call)
    assert cut[1:3] == ["$ 0", "  1"]
    assert "  … 15 more lines" in cut
    assert "  … 10 lines above" in cut
    assert len(told(call, full=True)) == 41


def test_the_head_tells_what_is_known_and_leaves_out_what_is_not() -> None:
    lines = [line.plain for line in head_of(info_of("", archived=True, is_compressed=True))]
    assert lines[0] == "(no title)"
    assert lines[1] == f"thread    {THREAD_ID} (archived)"
    assert lines[-1] == "file      /srv/home/sessions/rollout.jsonl (2 KiB compressed)"
    assert not [line for line in lines if line.startswith(("provider", "codex"))]


def test_usage_is_told_by_model_else_in_all_else_not() -> None:
    one = TokenUsage(
        input_tokens=7,
        cached_input_tokens=0,
        output_tokens=2,
        reasoning_output_tokens=0,
        total_tokens=9,
    )
    told_by = [
        [line.plain for line in usage_lines(usage)]
        for usage in (
            SessionUsage(total=one, by_model={"gpt-5.5": one}),
            SessionUsage(total=one, by_model={}),
            SessionUsage(total=None, by_model={}),
        )
    ]
    words = "9 tokens: 7 in, 2 out"
    assert told_by == [["", f"gpt-5.5: {words}"], ["", words], []]


@pytest.mark.parametrize("at_s", [None, float("nan"), float("inf"), 1e20])
def test_what_is_no_time_is_not_told(at_s: float | None) -> None:
    assert local_time(at_s) == ""
