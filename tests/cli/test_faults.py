"""``codex-runtime faults``: what it runs, what it prints, and its exit code."""

from __future__ import annotations

import pytest

from codex_runtime.cli.commands import run_command
from codex_runtime.testing.faults import Scenario, Trial, scenarios
from codex_runtime.testing.faults.catalogue import REGISTER


@pytest.fixture
def a_row_that_breaks(monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """B2 as a client would have it that does not survive."""

    async def run(trial: Trial) -> None:
        async with trial.client():
            trial.check(not trial.fault, "it broke down")

    scenarios()  # all are registered
    row = Scenario(id="B2", title="It holds.", run=run, habit="none", limit_s=60.0)
    monkeypatch.setitem(REGISTER, "B2", row)
    return row


def test_the_table_of_the_named_rows_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["faults", "--naive", "r1", "B2"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert [line.split()[0] for line in lines if line[:2] in ("B2", "R1")] == ["B2", "R1"]
    assert "2 rows: 2 survived." in lines[-1]
    assert err == ""


@pytest.mark.parametrize("face", ["aio", "blocking"])
def test_the_rows_are_played_through_a_face(face: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["faults", "--naive", "--face", face, "B2"]) == 0
    assert "1 rows: 1 survived." in capsys.readouterr().out


def test_a_row_that_a_face_cannot_play_says_so_and_is_no_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["faults", "--naive", "--face", "blocking", "B44"]) == 0
    assert "1 rows: 1 not applicable." in capsys.readouterr().out


def test_as_markdown_there_is_the_table_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["faults", "--naive", "--markdown", "--memory-only", "B2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("| ") for line in lines)
    assert "| memory | survived |" in lines[-1]


def test_rows_are_listed_without_being_run(
    capsys: pytest.CaptureFixture[str],
    a_row_that_breaks: Scenario,
) -> None:
    assert run_command(["faults", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(scenarios())
    assert f"B2   memory  {a_row_that_breaks.title}" in lines


def test_a_row_that_is_not_survived_is_a_failure(
    capsys: pytest.CaptureFixture[str],
    a_row_that_breaks: Scenario,
) -> None:
    assert run_command(["faults", "--naive", a_row_that_breaks.id]) == 1
    out = capsys.readouterr().out
    assert "not survived: it" in out
    assert "1 rows: 1 not survived." in out


def test_an_id_that_is_no_row_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["faults", "B2", "x1", "B99"]) == 2
    assert "no such row: B99, X1. See --list" in capsys.readouterr().err


def test_the_help_names_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["faults", "--help"]) == 0
    assert "a row was not survived, or its control does not fail" in capsys.readouterr().out
