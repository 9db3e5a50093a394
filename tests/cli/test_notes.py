"""What the library says while a screen is live is told afterwards, once and without a traceback."""

from __future__ import annotations

import logging
import warnings

import pytest

from codex_runtime import UntestedServerWarning
from codex_runtime.cli.notes import library_notes, tell_notes


def test_warnings_of_the_library_are_notes_and_those_of_others_go_their_way(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with warnings.catch_warnings(record=True) as given, library_notes() as notes:
        warnings.simplefilter("always")
        for _ in range(2):
            warnings.warn("an untested server", UntestedServerWarning, stacklevel=1)
        logging.getLogger("codex_runtime").warning("an approval was declined")
        warnings.warn("of others", DeprecationWarning, stacklevel=1)
    assert [str(warning.message) for warning in given] == ["of others"]
    tell_notes(notes)
    assert capsys.readouterr().err.splitlines() == [
        "codex-runtime: note: an untested server",
        "codex-runtime: note: an approval was declined",
    ]


def test_afterwards_a_warning_is_shown_as_before() -> None:
    with library_notes() as notes:
        pass
    with pytest.warns(UntestedServerWarning):
        warnings.warn("an untested server", UntestedServerWarning, stacklevel=1)
    assert notes == []
