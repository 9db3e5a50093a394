"""Folds: from a turn's events to its text, its items and its result."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.model.fold import MAX_LOOSE, AnswerText, TurnFold
from codex_runtime.model.usage import TokenUsage, UsageMeter
from codex_runtime.protocol import (
    AgentMessage,
    AgentMessageDelta,
    ErrorNotification,
    ItemCompleted,
    ItemStarted,
    ReasoningTextDelta,
    ThreadTokenUsageUpdated,
    TurnCompleted,
    TurnDiffUpdated,
    TurnPlanUpdated,
    TurnStarted,
    UserMessage,
    decode_notification,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_runtime.protocol import Notification
    from codex_runtime.protocol.delta_lines import TextDelta

TRANSCRIPT = files("codex_runtime") / "testing" / "transcripts" / "codex-0.163.0-session.jsonl"
IDS = {"threadId": "t", "turnId": "u"}


def event(method: str, **params: Any) -> Notification:  # Any: plain JSON
    return decode_notification(method, json.dumps({**IDS, **params}).encode())


def started(item_id: str, phase: str | None = None) -> Notification:
    item = {"type": "agentMessage", "id": item_id, "text": "", "phase": phase}
    return event("item/started", item=item, startedAtMs=1)


def delta(item_id: str, text: str) -> Notification:
    return event("item/agentMessage/delta", itemId=item_id, delta=text)


def completed(item_id: str, text: str, phase: str | None = None) -> Notification:
    item = {"type": "agentMessage", "id": item_id, "text": text, "phase": phase}
    return event("item/completed", item=item, completedAtMs=2)


def turn_of(status: str, **changes: Any) -> dict[str, Any]:  # Any: plain JSON
    return {"id": "u", "items": [], "status": status, "startedAt": 5, **changes}


def fold(events: Iterable[Notification]) -> TurnFold:
    turn = TurnFold("t")
    for one in events:
        turn.apply(one)
    return turn


@given(st.lists(st.text(max_size=8), max_size=30), st.booleans(), st.data())
def test_any_split_of_a_message_gives_the_same_text(
    pieces: list[str], ended: bool, data: st.DataObject
) -> None:
    text = "".join(pieces)
    events = [started("m"), *(delta("m", piece) for piece in pieces)]
    if ended:
        events.append(completed("m", text))
    turn, answer = TurnFold("t"), AnswerText()
    for one in events:
        turn.apply(one)
        answer.extend([one])
        if data.draw(st.booleans()):
            assert turn.text == answer.text
    assert turn.text == answer.text == text
    result = turn.result("completed" if ended else "interrupted")
    assert result.text == text
    assert [message.text for message in result.messages] == [text]
    assert result.items == result.messages


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "final_answer", "commentary"]),
            st.text(min_size=1, max_size=5),
        ),
        max_size=6,
    )
)
def test_the_answer_is_the_last_final_message_or_else_the_last_without_a_phase(
    messages: list[tuple[str | None, str]],
) -> None:
    events = []
    for number, (phase, text) in enumerate(messages):
        events += [started(str(number), phase), delta(str(number), text)]
        events.append(completed(str(number), text, phase))
    finals = [text for phase, text in messages if phase == "final_answer"]
    unphased = [text for phase, text in messages if phase is None]
    want = (finals or unphased or [""])[-1]
    turn = fold(events)
    assert turn.text == turn.result("completed").text == want
    assert [message.text for message in turn.result("completed").messages] == [
        text for _, text in messages
    ]


def test_an_interrupted_turn_keeps_the_partial_text_and_the_item_as_it_stood() -> None:
    result = fold([started("m"), delta("m", "so "), delta("m", "far")]).result("interrupted")
    assert result.text == "so far"
    [item] = result.items
    assert isinstance(item, AgentMessage)
    assert item.text == "so far"


def test_the_completed_message_is_authoritative() -> None:
    assert fold([started("m"), delta("m", "draft"), completed("m", "final")]).text == "final"


def test_deltas_of_a_message_whose_start_was_not_seen_count() -> None:
    turn = fold([delta("m", "a"), delta("m", "b")])
    assert turn.text == "ab"
    assert turn.result("lost").messages[0].id == "m"
    assert fold([delta("m", "a"), started("m"), delta("m", "b")]).text == "ab"


def test_a_turn_is_whole_when_the_model_spoke_and_all_that_was_begun_has_ended() -> None:
    assert not fold([]).is_whole
    assert not fold([started("m"), delta("m", "half")]).is_whole
    assert fold([started("m"), completed("m", "all")]).is_whole
    command = {
        "type": "commandExecution",
        "id": "c",
        "command": "true",
        "cwd": "/",
        "status": "inProgress",
        "commandActions": [],
    }
    begun = event("item/started", item=command, startedAtMs=1)
    assert not fold([completed("m", "all"), begun]).is_whole


def test_items_keep_the_order_of_their_start_and_their_last_state() -> None:
    user = {"type": "userMessage", "id": "user", "content": []}
    result = fold(
        [
            event("item/started", item=user, startedAtMs=1),
            started("a"),
            started("b"),
            completed("b", "second"),
            completed("a", "first"),
        ]
    ).result("completed")
    assert [getattr(item, "id", None) for item in result.items] == ["user", "a", "b"]
    assert isinstance(result.items[0], UserMessage)
    assert result.text == "second"


def test_items_of_an_unknown_kind_are_kept_each() -> None:
    future = {"type": "futureItem", "x": 1}
    events = [event("item/completed", item=future, completedAtMs=1) for _ in range(2)]
    assert len(fold(events).result("completed").items) == 2


def test_diff_plan_times_and_error_are_the_last_reported() -> None:
    plan = {"explanation": None, "plan": [{"step": "one", "status": "pending"}]}
    reason = {"message": "in the turn", "codexErrorInfo": "other"}
    events = [
        event("turn/started", turn=turn_of("inProgress")),
        event("turn/diff/updated", diff="old"),
        event("turn/diff/updated", diff="new"),
        event("turn/plan/updated", **plan),
        event("error", error={"message": "retried"}, willRetry=True),
        event("error", error={"message": "last"}, willRetry=False),
    ]
    for one, kind in zip(
        events,
        [TurnStarted, TurnDiffUpdated, TurnDiffUpdated, TurnPlanUpdated, *[ErrorNotification] * 2],
        strict=True,
    ):
        assert type(one) is kind
    before = fold(events).result("failed")
    assert before.error is not None
    assert before.error.message == "last"
    assert (before.diff, before.started_at_s, before.completed_at_s) == ("new", 5, None)
    assert [step.step for step in before.plan] == ["one"]

    end = event("turn/completed", turn=turn_of("failed", error=reason, completedAt=9, durationMs=7))
    assert type(end) is TurnCompleted
    after = fold([*events, end]).result("failed")
    assert after.error is not None
    assert after.error.message == "in the turn"
    assert (after.turn_id, after.completed_at_s, after.duration_ms) == ("u", 9, 7)


def test_a_completed_turn_has_no_error_whatever_was_retried_before() -> None:
    events = [event("error", error={"message": "passing"}, willRetry=False)]
    assert fold(events).result("completed").error is None


def test_a_turn_of_which_nothing_was_seen_is_empty_and_not_zero() -> None:
    result = TurnFold("t").result("lost")
    assert (result.text, result.items, result.usage, result.turn_id) == ("", (), None, None)
    assert (result.started_at_s, result.duration_ms) == (None, None)


def test_other_events_change_nothing() -> None:
    status = event("thread/status/changed", status={"type": "idle"})
    assert fold([status]).result("completed") == TurnFold("t").result("completed")
    answer = AnswerText()
    answer.extend([status])
    assert answer.text == ""


def counts(total: int, cached: int = 0) -> dict[str, int]:
    return {
        "totalTokens": total,
        "inputTokens": total,
        "cachedInputTokens": cached,
        "outputTokens": 0,
        "reasoningOutputTokens": 0,
    }


def measured(*updates: tuple[int, int], window: int | None = None) -> UsageMeter:
    """Updates of a turn, each a thread total and what the last call cost."""
    meter = UsageMeter()
    for total, last in updates:
        usage = {"total": counts(total), "last": counts(last), "modelContextWindow": window}
        told = event("thread/tokenUsage/updated", tokenUsage=usage)
        assert isinstance(told, ThreadTokenUsageUpdated)
        meter.apply(told.token_usage)
    return meter


def test_a_turn_of_three_calls_costs_what_its_calls_cost() -> None:
    turn = measured((1100, 100), (1350, 250), (1400, 50)).turn
    assert turn is not None
    assert turn.total_tokens == turn.input_tokens == 400


def test_a_lost_update_is_made_good_by_the_next_total() -> None:
    turn = measured((1100, 100), (1400, 50)).turn
    assert turn is not None
    assert turn.total_tokens == 400


def test_nothing_reported_is_none_and_never_zero() -> None:
    meter = UsageMeter()
    assert (meter.turn, meter.context_window_tokens) == (None, None)


def test_totals_lowered_by_a_compaction_never_make_a_negative_cost() -> None:
    turn = measured((5000, 100), (300, 300)).turn
    assert turn is not None
    assert turn.total_tokens == 0


def test_a_repeat_of_what_the_thread_had_used_before_costs_nothing() -> None:
    before = TokenUsage(
        input_tokens=1000,
        cached_input_tokens=0,
        output_tokens=0,
        reasoning_output_tokens=0,
        total_tokens=1000,
    )
    meter = UsageMeter()
    meter.thread_total = before
    turn = TurnFold("t")
    turn.begin_at(before)
    for total, last, cost in ((1000, 70, None), (1100, 100, 100), (1250, 150, 250)):
        usage = {"total": counts(total), "last": counts(last), "modelContextWindow": None}
        told = event("thread/tokenUsage/updated", tokenUsage=usage)
        assert isinstance(told, ThreadTokenUsageUpdated)
        meter.apply(told.token_usage)
        turn.apply(told)
        assert (meter.turn.total_tokens if meter.turn is not None else None) == cost
        assert turn.result("completed").usage == meter.turn


def test_the_context_window_is_the_last_that_was_told() -> None:
    assert measured((1, 1), window=1000).context_window_tokens == 1000


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_usage_is_the_sum_of_the_calls_whatever_the_thread_had_cost_before(
    before: int, calls: list[int]
) -> None:
    updates, total = [], before
    for call in calls:
        total += call
        updates.append((total, call))
    turn = measured(*updates).turn
    assert turn is not None
    assert turn.total_tokens == sum(calls)


def test_usages_add_up_field_by_field() -> None:
    one = TokenUsage(
        input_tokens=1,
        cached_input_tokens=2,
        output_tokens=3,
        reasoning_output_tokens=4,
        total_tokens=5,
    )
    two = one + one
    assert two - one == one
    assert (one - two).total_tokens == 0


def turns_of_the_transcript() -> list[tuple[str, list[Notification]]]:
    """The recorded turns, by id, each with its events."""
    turns: dict[str, list[Notification]] = {}
    for line in TRANSCRIPT.read_bytes().splitlines():
        message = msgspec.json.decode(line)["message"]
        params = message.get("params") or {}
        turn_id = params.get("turnId") or (params.get("turn") or {}).get("id")
        if "method" in message and "id" not in message and turn_id:
            told = decode_notification(message["method"], msgspec.json.encode(params))
            turns.setdefault(turn_id, []).append(told)
    return [(turn_id, told) for turn_id, told in turns.items() if len(told) > 3]


@pytest.mark.parametrize(
    ("turn_id", "events"), turns_of_the_transcript(), ids=lambda value: str(value)[:36]
)
def test_the_deltas_of_a_recorded_turn_come_to_the_text_the_server_reports(
    turn_id: str, events: list[Notification]
) -> None:
    [end] = [one for one in events if isinstance(one, TurnCompleted)]
    result = fold(events).result(end.turn.status)
    assert (result.turn_id, result.status) == (turn_id, end.turn.status)
    summary = [item for item in end.turn.items if isinstance(item, AgentMessage)]
    if summary:
        assert result.text == summary[-1].text
    begun = [one.item for one in events if isinstance(one, ItemStarted)]
    ids = [item.id for item in begun if isinstance(item, AgentMessage)]
    if len(set(ids)) < len(ids):
        return  # two model calls of the recording used one id for their messages
    without_completions = [one for one in events if not isinstance(one, ItemCompleted)]
    streamed = {one.item_id for one in events if isinstance(one, AgentMessageDelta)}
    texts = {message.id: message.text for message in result.messages}
    for message in fold(without_completions).result("lost").messages:
        if message.id in streamed:
            assert message.text == texts[message.id]
    assert len(result.items) == len(begun)


def test_a_message_of_very_many_deltas_is_the_same_text_at_any_time() -> None:
    answer, turn = AnswerText(), TurnFold("t")
    written = ""
    for number in range(2 * MAX_LOOSE + 10):
        event_ = delta("m", f"{number} ")
        answer.extend([event_])
        turn.apply(event_)
        written += f"{number} "
        if number in {0, MAX_LOOSE - 1, MAX_LOOSE, 2 * MAX_LOOSE}:
            assert answer.text == written
    assert answer.text == answer.text == written
    assert turn.result("interrupted").text == written


def test_a_message_that_is_not_begun_again_keeps_its_blocks() -> None:
    answer = AnswerText()
    for number in range(MAX_LOOSE + 1):
        answer.extend([delta("m", f"{number} ")])
    assert answer.text.endswith(f"{MAX_LOOSE} ")
    answer.extend([completed("m", "all of it")])
    assert answer.text == "all of it"


@given(st.lists(st.tuples(st.sampled_from("abr"), st.integers(1, MAX_LOOSE)), max_size=6))
@example([("a", MAX_LOOSE), ("b", 1), ("a", 1)])
def test_deltas_at_once_are_the_text_of_deltas_one_by_one(runs: list[tuple[str, int]]) -> None:
    deltas: list[TextDelta] = []
    for number, (item_id, count) in enumerate(runs):
        for _ in range(count):
            if item_id == "r":
                one = event("item/reasoning/textDelta", itemId="r", delta="x", contentIndex=0)
                assert isinstance(one, ReasoningTextDelta)
            else:
                one = delta(item_id, f"{number} ")
                assert isinstance(one, AgentMessageDelta)
            deltas.append(one)
    turn = TurnFold("t")
    turn.extend(deltas)
    assert turn.result("lost") == fold(deltas).result("lost")
    said = [one for one in deltas if isinstance(one, AgentMessageDelta)]
    texts = {one.item_id: "" for one in said}
    for one in said:
        texts[one.item_id] += one.delta
    assert {one.id: one.text for one in turn.result("lost").messages} == texts


def test_what_the_end_of_a_turn_repeats_is_held_once() -> None:
    turn = fold([completed("a", "same"), completed("b", "one text")])
    items = [
        {"type": "agentMessage", "id": "a", "text": "same", "phase": None},
        {"type": "agentMessage", "id": "b", "text": "another", "phase": None},
        {"type": "agentMessage", "id": "c", "text": "new", "phase": None},
        {"type": "future"},
    ]
    told = event("turn/completed", turn=turn_of("completed", items=items))
    assert isinstance(told, TurnCompleted)
    shared = turn.sharing(told)
    assert shared == told
    assert shared.turn.items[0] is turn.result("completed").items[0]
    assert [item is own for item, own in zip(shared.turn.items, told.turn.items, strict=True)] == [
        False,
        True,
        True,
        True,
    ]


def test_usage_is_charged_to_the_model_that_was_asked_for_it() -> None:
    def spent(total: int) -> ThreadTokenUsageUpdated:
        counts = dict.fromkeys(
            ("inputTokens", "cachedInputTokens", "outputTokens", "reasoningOutputTokens"), 0
        )
        usage = {
            "total": {**counts, "totalTokens": total},
            "last": {**counts, "totalTokens": 10},
            "modelContextWindow": None,
        }
        told = event("thread/tokenUsage/updated", tokenUsage=usage)
        assert isinstance(told, ThreadTokenUsageUpdated)
        return told

    fold = TurnFold("t")
    fold.begin_at(None, "new", "old")
    assert (fold.usage, fold.item("p")) == (None, None)
    fold.apply(spent(10))
    prompt = {"type": "userMessage", "id": "p", "content": []}
    fold.apply(event("item/started", item=prompt, startedAtMs=1))
    fold.apply(spent(20))
    rerouted = {"fromModel": "new", "toModel": "other", "reason": "highRiskCyberActivity"}
    fold.apply(event("model/rerouted", **rerouted))
    fold.apply(spent(30))
    costs = fold.result("completed").usage_by_model
    assert {name: cost.total_tokens for name, cost in costs.items()} == {
        "old": 10,
        "new": 10,
        "other": 10,
    }
    assert fold.usage is not None
    assert fold.usage.total_tokens == 30
    assert isinstance(fold.item("p"), UserMessage)
