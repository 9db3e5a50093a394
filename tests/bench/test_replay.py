"""That the benchmark measures what it says: recorded shapes, every event once, and losses seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codex_runtime.protocol import (
    AgentMessageDelta,
    MalformedNotification,
    UnknownNotification,
    decode_notification,
)
from tests.bench import consume_ours
from tests.bench.consumer import Delivered, check, lateness
from tests.bench.job import Job
from tests.bench.replay_script import Plan, Script, index_of, thread_id, turn_id
from tests.bench.sides import OtherSide


def lines_of_a_turn(plan: Plan) -> list[bytes]:
    script = Script()
    before, between, after = script.delta_parts(0)
    deltas = [f"{before}{plan.text(0, n)}{between}1{after}" for n in range(plan.deltas)]
    closing = script.close_turn(0, "the whole text")
    return "".join((script.open_turn(0), *deltas, closing)).encode().splitlines()


def delivered(plan: Plan, turn: int = 0) -> Delivered:
    got = Delivered()
    got.texts = [plan.text(turn, number) for number in range(plan.deltas)]
    got.others = ["turn/started", "turn/completed"]
    return got


def test_every_line_of_the_replay_is_one_that_the_protocol_knows() -> None:
    for line in lines_of_a_turn(Plan(deltas=2)):
        message = json.loads(line)
        event = decode_notification(message["method"], json.dumps(message["params"]).encode())
        assert not isinstance(event, (UnknownNotification, MalformedNotification))


def test_the_replayed_deltas_name_their_turn_and_their_number() -> None:
    plan = Plan(deltas=3, delta_bytes=30)
    messages = [json.loads(line) for line in lines_of_a_turn(plan)]
    deltas = [message for message in messages if message["method"] == AgentMessageDelta.METHOD]
    assert [message["params"]["delta"][:8] for message in deltas] == [
        "00000000",
        "00000001",
        "00000002",
    ]
    assert {len(message["params"]["delta"]) for message in deltas} == {30}
    assert {message["params"]["turnId"] for message in deltas} == {turn_id(0)}
    assert index_of(thread_id(7)) == index_of(turn_id(7)) == 7


def test_the_order_of_interleaved_turns_is_that_of_the_seed() -> None:
    plan = Plan(turns=5, deltas=20)
    assert plan.order() == Plan(turns=5, deltas=20).order()
    assert plan.order() != Plan(turns=5, deltas=20, seed=1).order()
    assert sorted(plan.order()) == sorted(list(range(5)) * 20)


@pytest.mark.parametrize("fields", [{"delta_bytes": 7}, {"rate_per_s": 1.0, "delta_bytes": 23}])
def test_a_delta_too_short_for_its_marks_is_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        Plan(**fields)  # type: ignore[arg-type]


def test_what_came_once_and_in_order_passes() -> None:
    plan = Plan(turns=2, deltas=4)
    check(plan, [delivered(plan, 0), delivered(plan, 1)], ["turn/started", "turn/completed"])


def test_a_merged_delta_counts_as_often_as_it_says() -> None:
    plan = Plan(deltas=4)
    got = delivered(plan)
    got.texts[1:3] = ["".join(got.texts[1:3])]
    with pytest.raises(SystemExit):
        check(plan, [got])
    got.merged_away = 1
    with pytest.raises(SystemExit, match="part of another"):
        check(plan, [got])
    check(plan, [got], merging=True)
    assert got.events == 6


def test_a_delta_that_is_lost_doubled_moved_or_of_another_turn_ends_the_measurement() -> None:
    plan = Plan(turns=2, deltas=4)
    good = delivered(plan, 1)
    for spoilt in (
        [*good.texts[:2], *good.texts[3:]],
        [*good.texts, good.texts[-1]],
        [good.texts[1], good.texts[0], *good.texts[2:]],
        [plan.text(0, 0), *good.texts[1:]],
    ):
        got = delivered(plan, 1)
        got.texts = spoilt
        with pytest.raises(SystemExit):
            check(plan, [delivered(plan, 0), got])


def test_a_lost_lifecycle_event_ends_the_measurement() -> None:
    plan = Plan(deltas=1)
    got = delivered(plan)
    with pytest.raises(SystemExit):
        check(plan, [got], ["turn/started", "item/completed", "turn/completed"])
    got.others.pop()
    with pytest.raises(SystemExit):
        check(plan, [got])


def test_lateness_is_counted_from_the_stamp_of_the_write() -> None:
    plan = Plan(deltas=3)
    got = Delivered()
    got.texts = [plan.text(0, number, f"{1_000_000 * number:016x}") for number in range(3)]
    got.times_ns = [2_000_000, 2_000_000, 9_000_000]
    figures = lateness([got])
    assert (figures["p50_ms"], figures["worst_ms"]) == (2.0, 7.0)
    assert figures["sent_per_s"] == pytest.approx(1_000)


def test_lateness_is_counted_from_the_server_s_own_clock_where_the_text_has_none() -> None:
    plan = Plan(deltas=2)
    got = Delivered()
    got.texts = [plan.text(0, number) for number in range(2)]
    got.times_ns = [5_000_000, 9_000_000]
    figures = lateness([got], {"00000000": 4_000_000, "00000001": 6_000_000})
    assert figures["worst_ms"] == 3.0


async def test_our_client_is_handed_every_event_of_interleaved_turns_and_of_a_paced_one() -> None:
    job = Job(scenario="stream", plan=Plan(turns=5, deltas=40), silent_sessions=2, silent_turns=2)
    assert (await consume_ours.stream(job))["events"] == 5 * (40 + 9)
    paced = Job(scenario="lateness", plan=Plan(deltas=40, rate_per_s=2_000))
    assert (await consume_ours.stream(paced))["events"] == 40 + 9


def test_the_tap_knows_a_line_when_all_of_it_is_there(tmp_path: Path) -> None:
    tap = tmp_path / "tap"
    side = OtherSide(folder=str(tmp_path), starter="", go_pipe=-1, tap=tap)
    assert not side.has_written("last")
    tap.write_text('{"first":1}\n{"last":', encoding="utf-8")
    assert not side.has_written("last")
    tap.write_text('{"first":1}\n{"last":2}\n', encoding="utf-8")
    assert side.has_written("last")
    assert not side.has_written("other")


async def test_memory_of_an_unread_stream_is_measured_when_all_of_it_has_come() -> None:
    plan = Plan(deltas=20_000, delta_bytes=64, holds=True)
    figures = await consume_ours.unread(Job(scenario="unread", plan=plan, merging=True))
    assert min(figures["open_mib"], figures["ended_mib"]) > 1
