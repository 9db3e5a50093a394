"""The catalogue of faults through both faces: each is used from where its users are."""

from __future__ import annotations

import pytest
import trio

from codex_runtime.cli.contenders import CONTENDERS
from codex_runtime.testing.fake_server import FakeTurn, silence
from codex_runtime.testing.faults import OURS, Scenario, Trial, Verdict, run_trial, scenarios

ROWS = {row.id: row for row in scenarios()}
CTRL_C_ALONE = {("blocking", "B44"), ("blocking", "B54")}
"""They are about cancelling, and nothing else ends a blocking call."""


@pytest.mark.parametrize("row_id", ROWS)
@pytest.mark.parametrize("face", CONTENDERS)
def test_a_face_survives_what_the_core_survives(face: str, row_id: str) -> None:
    verdict = run_trial(ROWS[row_id], CONTENDERS[face], fault=True)
    if verdict.kind == "not applicable":
        is_known = (face, row_id) in CTRL_C_ALONE
        assert is_known or run_trial(ROWS[row_id], OURS, fault=True).kind == "not applicable"
    elif verdict.kind != "survived":
        pytest.fail(f"{verdict.kind}: {verdict.how}\n{verdict.trace}", pytrace=False)


@pytest.mark.parametrize("face", CONTENDERS)
def test_what_a_face_does_not_survive_is_told(face: str) -> None:
    async def run(trial: Trial) -> None:
        trial.play(silence)
        async with trial.client() as client:
            thread = await client.start_thread()
            with trial.within(5, "the ask"):
                await client.ask(thread, "hello")

    row = Scenario(id="B99", title="It holds.", habit="none", run=run, limit_s=60.0)
    assert run_trial(row, CONTENDERS[face], fault=True).how == "hung: the ask"


@pytest.mark.parametrize("face", CONTENDERS)
def test_an_hour_through_a_face_is_an_hour_for_all_its_threads(face: str) -> None:
    async def play(turn: FakeTurn) -> None:
        await trio.sleep(3600)
        turn.say("done")

    async def run(trial: Trial) -> None:
        trial.play(play)
        async with trial.client() as client:
            thread = await client.start_thread()
            began = trio.current_time()
            late = await client.ask(thread, "hello", deadline_s=60)
            trial.check(late.status == "timed_out", "its own deadline has not come")
            trial.check(60 <= trio.current_time() - began < 61, "not at its deadline")
            answer = await client.ask(thread, "hello")
            trial.check(answer.text == "done", "a wrong answer")
            trial.check(3660 <= trio.current_time() - began < 3661, "not after an hour")

    row = Scenario(id="B99", title="It holds.", habit="none", run=run, limit_s=7200.0)
    assert run_trial(row, CONTENDERS[face], fault=True) == Verdict("survived")
