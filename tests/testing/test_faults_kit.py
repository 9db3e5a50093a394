"""The fault kit itself: what a trial comes to, what a row shows, and how the table says it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio

from codex_runtime.testing.fake_server import FakeTurn
from codex_runtime.testing.faults import (
    OURS,
    ClientError,
    ClientOptions,
    Contender,
    NaiveClient,
    Place,
    Scenario,
    Trial,
    Verdict,
    format_table,
    run_catalogue,
    run_row,
    run_trial,
    scenario,
    scenarios,
    summary,
)


def row_of(run: Callable[[Trial], Awaitable[None]], **fields: Any) -> Scenario:
    """A row outside the catalogue."""
    given: dict[str, Any] = {"id": "B99", "title": "It holds.", "habit": "none", "limit_s": 60.0}
    return Scenario(run=run, **(given | fields))


def verdict_of(run: Callable[[Trial], Awaitable[None]], **fields: Any) -> Verdict:
    """What our client comes to."""
    return run_trial(row_of(run, **fields), OURS, fault=True)


async def ask(trial: Trial) -> str:
    """Ask a client for one turn; its text."""
    async with trial.client() as client:
        return (await client.ask(await client.start_thread(), "hello")).text


def test_a_client_that_does_what_must_hold_has_survived() -> None:
    async def run(trial: Trial) -> None:
        trial.check(await ask(trial) == "echo: hello", "a wrong text")

    assert verdict_of(run) == Verdict("survived")


def test_a_check_that_fails_says_how() -> None:
    async def run(trial: Trial) -> None:
        trial.check(await ask(trial) == "something else", "a wrong text")

    verdict = verdict_of(run)
    assert (verdict.kind, verdict.how) == ("not survived", "a wrong text")
    assert "trial.check" in verdict.trace


def test_what_takes_too_long_has_hung() -> None:
    async def run(trial: Trial) -> None:
        with trial.within(5, "the wait"):
            await trio.sleep_forever()

    assert verdict_of(run).how == "hung: the wait"


def test_a_trial_has_a_bound_of_its_own() -> None:
    async def run(trial: Trial) -> None:  # noqa: ARG001 - its shape
        await trio.sleep_forever()

    verdict = verdict_of(run)
    assert (verdict.kind, verdict.how) == ("not survived", "hung: the whole trial")


def test_a_client_that_raises_has_not_survived() -> None:
    async def run(trial: Trial) -> None:
        async with trial.client() as client:
            await client.call("no/such/method", {})

    verdict = verdict_of(run)
    assert (verdict.kind, verdict.how) == ("not survived", "raised: refused")


def test_a_client_whose_reader_dies_has_not_survived() -> None:
    async def run(trial: Trial) -> None:
        async with trial.client() as client:
            trial.server.send_bytes(b"no json\n")
            await client.ask(await client.start_thread(), "hello")

    verdict = run_trial(row_of(run), Contender("naive", NaiveClient.open), fault=True)
    assert verdict.kind == "not survived"
    assert verdict.how == "the client died: its reader raised JSONDecodeError"


def test_a_mistake_in_the_scenario_is_told_from_a_fault_of_the_client() -> None:
    async def run(trial: Trial) -> None:
        await ask(trial)
        raise KeyError("a typo")

    verdict = verdict_of(run)
    assert (verdict.kind, verdict.how) == ("broken", "KeyError: 'a typo'")


def test_a_mistake_in_what_the_server_plays_is_one_too() -> None:
    async def play(turn: FakeTurn) -> None:
        raise KeyError(turn.prompt)

    async def run(trial: Trial) -> None:
        trial.play(play)
        trial.check(await ask(trial), "no text")

    verdict = verdict_of(run)
    assert (verdict.kind, verdict.how) == ("broken", "KeyError: 'hello'")


def test_a_scenario_may_find_that_it_cannot_be_shown_here() -> None:
    async def run(trial: Trial) -> None:
        await trio.lowlevel.checkpoint()
        raise trial.not_applicable("there is no moon")

    report = run_row(row_of(run))
    assert (report.client.kind, report.client.how) == ("not applicable", "there is no moon")
    assert report.ok
    assert "| not applicable: there is no moon |" in format_table([report], markdown=True)


def test_a_row_that_cannot_apply_is_not_played() -> None:
    async def run(trial: Trial) -> None:
        raise AssertionError(trial)

    assert verdict_of(run, not_applicable="never") == Verdict("not applicable", "never")


def test_a_row_whose_control_does_not_fail_shows_nothing() -> None:
    async def run(trial: Trial) -> None:
        trial.check(await ask(trial), "no text")

    report = run_row(row_of(run))
    assert not report.ok
    assert "BAD ROW: with the fault survived" in format_table([report], markdown=True)
    assert summary([report]) == "1 rows: 1 survived, 1 without a failing control."


def test_a_row_whose_control_fails_without_the_fault_shows_nothing() -> None:
    async def run(trial: Trial) -> None:
        async with trial.client() as client:
            trial.check(not isinstance(client, NaiveClient), "it is naive")

    report = run_row(row_of(run))
    assert not report.ok
    assert "BAD ROW: without the fault not survived: it is naive" in format_table(
        [report], markdown=True
    )


def test_a_row_that_our_client_does_not_survive_is_not_ok() -> None:
    async def run(trial: Trial) -> None:
        trial.check(not trial.fault, "it\nbroke | down")

    report = run_row(row_of(run))
    assert report.shows_something
    assert not report.ok
    assert "not survived: it broke \\| down" in format_table([report], markdown=True)


def test_any_client_can_be_put_through_the_catalogue() -> None:
    opened: list[Place] = []

    @asynccontextmanager
    async def somebodys(place: Place, options: ClientOptions) -> AsyncGenerator[NaiveClient, None]:
        opened.append(place)
        async with NaiveClient.open(place, options) as client:
            yield client

    told: list[str] = []
    reports = run_catalogue(
        ["R1", "B2"], Contender("mine", somebodys), on_report=lambda row: told.append(row.id)
    )
    assert told == ["B2", "R1"]
    assert [report.client.kind for report in reports] == ["not survived", "not survived"]
    assert all(report.shows_something and not report.ok for report in reports)
    assert len(opened) >= 2


def test_an_id_that_is_no_row_is_refused() -> None:
    with pytest.raises(ValueError, match="no such row: B99"):
        run_catalogue(["B99"])


def test_rows_are_registered_once_under_an_id_of_the_catalogue() -> None:
    with pytest.raises(ValueError, match="'X1' is no row"):
        scenario("X1", "It holds.", habit="none")
    assert "B2" in {row.id for row in scenarios()}
    with pytest.raises(ValueError, match="B2 is registered already"):
        scenario("B2", "It holds.", habit="none")


def test_rows_come_in_the_order_of_the_catalogue() -> None:
    ids = [row.id for row in scenarios()]
    assert ids == sorted(ids, key=lambda row_id: (row_id[0], int(row_id[1:])))


def test_the_plain_table_is_no_wider_than_its_columns() -> None:
    async def run(trial: Trial) -> None:
        trial.check(not trial.fault, "too bad, " * 20)

    report = run_row(row_of(run))
    lines = format_table([report, attrs.evolve(report, elapsed_s=1e9)]).splitlines()
    assert lines[0].startswith("Row")
    assert max(map(len, lines)) <= 130


def test_a_client_error_without_a_message_says_its_kind() -> None:
    assert str(ClientError("timeout")) == "timeout"


def test_no_rows_are_told_as_none() -> None:
    assert summary([]) == "No rows."
