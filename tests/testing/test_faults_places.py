"""Where trials take place: the real app-server, a program in front of a fake, and what is left."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio

from codex_runtime.testing.faults import (
    OFFICIAL,
    OURS,
    Contender,
    NaiveClient,
    NotSurvived,
    Scenario,
    Trial,
    Verdict,
    run_row,
    run_trial,
)
from codex_runtime.testing.faults.catalogue import Where
from codex_runtime.testing.faults.relay import as_program
from codex_runtime.transport.descendants import find_descendants

NAIVE = Contender("naive", NaiveClient.open)


def row_of(run: Callable[[Trial], Awaitable[None]], where: Where = "child") -> Scenario:
    """A row outside the catalogue."""
    return Scenario(id="B99", title="It holds.", habit="none", run=run, where=where, limit_s=30.0)


async def ask_twice(trial: Trial) -> None:
    """One turn asked, one streamed."""
    async with trial.client() as client:
        thread = await client.start_thread()
        answer = await client.ask(thread, "first")
        trial.check(answer.status == "completed", "not completed")
        async with client.stream(thread, "second") as stream:
            events = [event.method async for event in stream]
        trial.check(events[-1] == "turn/completed", "the end is not last")


@pytest.mark.parametrize("client", [OURS, NAIVE], ids=lambda client: client.name)
def test_clients_run_on_the_real_app_server(client: Contender) -> None:
    async def run(trial: Trial) -> None:
        async with trial.real_codex() as model:
            await ask_twice(trial)
            trial.check(len(model.requests) == 2, "the model was not asked twice")

    assert run_trial(row_of(run), client, fault=True) == Verdict("survived")


@pytest.mark.parametrize("client", [OURS, NAIVE], ids=lambda client: client.name)
def test_a_server_in_memory_can_be_a_program(client: Contender) -> None:
    async def run(trial: Trial) -> None:
        async with as_program(trial.server.connect) as place:
            assert place.codex_bin is not None
            trial.use_codex(place.codex_bin)
            await ask_twice(trial)
        trial.check(len(trial.server.turns) == 2, "the server was not asked twice")

    assert run_trial(row_of(run), client, fault=True) == Verdict("survived")


def test_without_a_binary_a_row_on_the_real_server_cannot_apply(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def run(trial: Trial) -> None:
        async with trial.real_codex():
            raise NotSurvived

    monkeypatch.setenv("CODEX_BIN", str(tmp_path / "nothing"))
    verdict = run_trial(row_of(run), OURS, fault=True)
    assert verdict.kind == "not applicable"
    assert verdict.how.startswith("no codex binary: ")


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_what_a_client_leaves_running_is_killed_after_the_trial() -> None:
    markers: list[str] = []

    async def run(trial: Trial) -> None:
        program = trial.scratch / "codex"
        program.write_text(f"#!{sys.executable} -IS\nimport time\ntime.sleep(600)\n")
        program.chmod(0o700)
        markers.append(trial.marker)
        trial.use_codex(program)
        with trial.within(0.5, "the handshake"):
            async with trial.client():
                await trio.sleep_forever()

    verdict = run_trial(row_of(run), NAIVE, fault=True)
    assert verdict.how == "hung: the handshake"
    assert find_descendants(-1, marker=markers[0]) == frozenset()


def test_the_official_library_is_the_control_where_it_fails_the_row() -> None:
    pytest.importorskip("openai_codex")

    async def run(trial: Trial) -> None:
        async with trial.client() as client:
            await client.ask(await client.start_thread(), "hello")
            trial.check(not (trial.fault and client.name == OFFICIAL.name), "it is official")

    report = run_row(row_of(run, where="memory"), official=True)
    assert (report.control_name, report.control_with.how) == ("openai-codex", "it is official")
