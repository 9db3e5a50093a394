"""A start that lost against others in the same home is tried again, and nothing else is."""

from __future__ import annotations

import pytest

from codex_runtime.launch.first_start import is_passing_start_failure

HOME = "/home/user/.codex"

STATE = (
    f"Error: failed to initialize sqlite state runtime under {HOME}: "
    f"failed to initialize state runtime at {HOME}"
)
BACKTRACE = "\n\nStack backtrace:\n   0: <unknown>\n   1: <unknown>\n"

LOST_AGAINST_OTHERS = {
    "as 0.163.0 says it": STATE,
    "with the cause": f"{STATE}: failed to open state DB at {HOME}/state_5.sqlite: error returned "
    "from database: (code: 5) database is locked",
    "with a code alone": f"{STATE}: error returned from database: (code: 517)",
    "a table that another one has just made": f"{STATE}: failed to migrate state DB at "
    f"{HOME}/state_5.sqlite: (code: 1) table threads already exists",
    "a migration that another one has just noted": f"{STATE}: (code: 1555) UNIQUE constraint "
    "failed: _sqlx_migrations.version",
    "another database": "Error: failed to open logs DB: database is locked",
}

FOR_GOOD = {
    "a bad value of an override": "Error: unknown variant `sometimes`, expected one of `untrusted`"
    ", `never`\nin `approval_policy`",
    "an override without a value": "Error: error parsing -c overrides: Invalid override (missing "
    "'='): foo",
    "an unknown provider": "Error: Model provider `nosuch` not found",
    "a home that is missing": "WARNING: proceeding, even though we could not create PATH aliases\n"
    f'Error: CODEX_HOME points to "{HOME}", but that path does not exist',
    "a home that cannot be written": "Error: Permission denied (os error 13)",
    "a database that cannot be opened": f"{STATE}: failed to open state DB at {HOME}/state_5."
    "sqlite: error returned from database: (code: 14) unable to open database file",
    "a database that was changed": f"{STATE}: failed to migrate state DB at {HOME}/state_5.sqlite: "
    "migration 1 was previously applied but has been modified",
    "an unknown flag": "error: unexpected argument '--nosuch' found\n\nUsage: codex [OPTIONS]",
    "something else, after a database was locked for a while": "ERROR codex_state: database is "
    "locked\nError: Model provider `nosuch` not found",
    "something else, after another error": f"{STATE}\nError: Model provider `nosuch` not found",
    "nothing": "",
}


@pytest.mark.parametrize("case", LOST_AGAINST_OTHERS)
@pytest.mark.parametrize("after", ["", "\n", BACKTRACE])
def test_a_server_that_lost_the_database_to_another_is_started_again(case: str, after: str) -> None:
    assert is_passing_start_failure(1, LOST_AGAINST_OTHERS[case] + after)


@pytest.mark.parametrize("case", FOR_GOOD)
@pytest.mark.parametrize("after", ["", "\n", BACKTRACE])
def test_what_another_try_cannot_change_is_not_tried_again(case: str, after: str) -> None:
    assert not is_passing_start_failure(1, FOR_GOOD[case] + after)


@pytest.mark.parametrize("before", ["", "WARNING: proceeding\n", "2026 ERROR codex: no bwrap\n\n"])
def test_what_was_said_before_does_not_matter(before: str) -> None:
    assert is_passing_start_failure(1, before + STATE + BACKTRACE)


@pytest.mark.parametrize("home", ["/a: b", "/failed to initialize state runtime at /x", "/ö x"])
def test_the_home_may_have_any_name(home: str) -> None:
    assert is_passing_start_failure(1, STATE.replace(HOME, home))


@pytest.mark.parametrize("returncode", [None, 0, -9, -15])
def test_only_an_exit_with_an_error_is_judged(returncode: int | None) -> None:
    assert not is_passing_start_failure(returncode, STATE)
