"""Which tests of the public behaviour run through all three faces, and which do not, and why.

Owns the list of what is left out: whoever leaves a face out of a test, or of a module, adds it
here. The markers and their reasons are in ``faces.py``.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.real import faces
from tests.real.faces import EVERY_FACE, MARK, faces_of

if TYPE_CHECKING:
    from types import FunctionType

REAL: Final = Path(faces.__file__).parent

ALONE: Final = {
    "test_access_ways": "what is refused is told from the configuration, before any face",
    "test_cost": "measures the core",
    "test_errors": "the server's words, asked for once for all its tests",
    "test_exec": "processes of `codex exec`, of which no face knows",
    "test_faces": "what it tests is this list",
    "test_fastapi_example": "a program of asyncio as it stands",
    "test_first_starts": "processes that die before there is a runtime",
    "test_journal_replay": "a replay stands in for the server, of which no face knows",
    "test_leaks": "counts what the core holds; a face's own are counted with the faces",
    "test_overload": "floods the gate from within one run",
    "test_processes": "the process and what it started, of which no face knows",
    "test_protocol_notes": "what the server does, whoever asks",
    "test_relay_faults": "what a relay behind the server makes of it, whoever asks",
    "test_relay_resume": "what a relay behind the server makes of it, whoever asks",
    "test_relay_settings": "what a relay behind the server makes of it, whoever asks",
    "test_relay_tools": "what a relay behind the server makes of it, whoever asks",
    "test_relay_turns": "what a relay behind the server makes of it, whoever asks",
    "test_rollout_home": "reads the files that a server wrote, whoever had asked it",
    "test_rollout_reader": "reads the files that a server wrote, whoever had asked it",
    "test_scale": "measures the core",
    "test_servers": "what the configuration of the server makes of MCP servers and providers",
    "test_thread_store": "counts what the server reads, whoever asks",
    "test_unknown": "decoding, before any face",
    "test_versions": "processes that are refused before there is a runtime",
    "test_what_is_sent": "tests the check of this folder",
}
"""Modules of the real server's tests that run through the core alone."""

LEFT_OUT: Final[dict[str, dict[str, list[str]]]] = {
    "at_every_checkpoint": {
        "test_cancel": [
            "test_opening_a_runtime_cancelled_at_any_step_leaves_no_process",
        ],
    },
    "at_full_pace": {
        "test_turns": [
            "test_twenty_thousand_deltas_are_all_there_in_order",
        ],
    },
    "in_one_step": {
        "test_interrupt": [
            "test_several_interrupts_at_once_are_one",
        ],
        "test_interrupt_races": [
            "test_an_interrupt_by_name_and_one_by_none_are_one",
        ],
        "test_runtime": [
            "test_statistics_say_how_long_calls_took_and_how_long_they_waited",
        ],
        "test_threads": [
            "test_a_cancelled_reader_of_a_list_loses_no_row",
            "test_two_readers_of_one_list_are_refused",
        ],
    },
    "needs_cancelling": {
        "test_approvals_pending": [
            "test_an_interrupt_takes_the_question_back",
            "test_a_handler_that_hangs_holds_up_no_end",
        ],
        "test_budgets": [
            "test_a_turn_that_was_never_asked_for_is_told_nothing",
        ],
        "test_close_races": [
            "test_closes_that_are_cancelled_at_once_archive_all_the_same",
        ],
        "test_interrupt": [
            "test_a_cancelled_interrupt_goes_on_for_the_others",
            "test_a_review_that_is_cancelled_is_interrupted",
        ],
        "test_interrupt_races": [
            "test_a_turn_cancelled_right_after_it_was_asked_for_does_not_run_on",
        ],
        "test_line": [
            "test_an_ask_cancelled_in_line_sends_nothing_and_the_line_goes_on",
        ],
        "test_repeat": [
            "test_cancelling_it_interrupts_the_turn_under_way",
        ],
        "test_restart_policy": [
            "test_a_runtime_is_left_cleanly_while_it_restarts",
        ],
        "test_server_requests": [
            "test_an_interrupt_takes_the_question_back",
        ],
        "test_terminals": [
            "test_ten_callers_at_once_share_the_end_of_the_terminals",
        ],
        "test_tools": [
            "test_an_interrupt_ends_the_tool",
            "test_a_tool_that_takes_too_long_is_ended_and_the_turn_goes_on",
            "test_a_tool_does_not_outlive_its_session",
        ],
        "test_two_handles": [
            "test_a_resume_cancelled_at_any_step_does_not_silence_the_other_handle",
        ],
        "test_usage": [
            "test_a_cancelled_ask_is_paid",
        ],
    },
    "one_after_the_other": {
        "test_tools": [
            "test_a_hook_may_keep_a_tool_from_being_called",
            "test_a_hook_sees_what_a_tool_was_given_and_gave",
        ],
    },
    "without_a_runtime": {
        "test_journal": [
            "test_whenever_a_client_is_killed_its_journal_has_all_that_it_was_told",
        ],
        "test_unread": [
            "test_a_stream_that_nobody_reads_costs_its_text_once_and_once_more_at_its_end",
        ],
    },
}
"""By marker and module: tests that leave out what the others of their module run through."""


def modules() -> dict[str, tuple[pytest.Mark, ...]]:
    """The marks of each module of tests on the real server."""
    found: dict[str, tuple[pytest.Mark, ...]] = {}
    for path in sorted(REAL.glob("test_*.py")):
        module = importlib.import_module(f"tests.real.{path.stem}")
        marks: Any = getattr(module, "pytestmark", ())  # one, or several
        given = marks if isinstance(marks, (list, tuple)) else [marks]
        found[path.stem] = tuple(mark.mark for mark in given if mark.name == MARK)
    return found


def marks_of_tests(module: str) -> dict[str, tuple[pytest.Mark, ...]]:
    """The async tests of a module, and the marks of their own that name faces."""
    members = vars(importlib.import_module(f"tests.real.{module}"))
    tests: dict[str, FunctionType] = {
        name: member
        for name, member in members.items()
        if name.startswith("test_") and inspect.iscoroutinefunction(member)
    }
    return {
        name: tuple(mark for mark in getattr(test, "pytestmark", ()) if mark.name == MARK)
        for name, test in tests.items()
    }


def name_of(mark: pytest.Mark) -> str:
    """What a marker is called in ``faces.py``."""
    (name,) = (
        name
        for name, value in vars(faces).items()
        if isinstance(value, pytest.MarkDecorator) and value.mark == mark
    )
    return name


def test_every_module_runs_through_the_faces_or_says_why_not() -> None:
    assert {name for name, marks in modules().items() if not marks} == ALONE.keys()


def test_every_test_that_leaves_a_face_out_is_listed() -> None:
    found: dict[str, dict[str, list[str]]] = {}
    for module, marks in modules().items():
        for name, own in marks_of_tests(module).items():
            for mark in own if marks else ():
                found.setdefault(name_of(mark), {}).setdefault(module, []).append(name)
    assert found == LEFT_OUT


def test_whatever_leaves_a_face_out_says_why() -> None:
    marks = [
        value.mark for value in vars(faces).values() if isinstance(value, pytest.MarkDecorator)
    ]
    assert all(mark.kwargs.get("why") for mark in marks if mark != EVERY_FACE.mark)


@pytest.mark.parametrize("face", ["aio", "blocking"])
def test_most_tests_of_sessions_turns_approvals_hooks_and_faults_run_through_each_face(
    face: str,
) -> None:
    marked = {name: marks for name, marks in modules().items() if EVERY_FACE.mark in marks}
    chosen = [
        faces_of((*marks, *own))
        for name, marks in marked.items()
        for own in marks_of_tests(name).values()
    ]
    assert sum(face in names for names in chosen) > 0.9 * len(chosen) > 200
