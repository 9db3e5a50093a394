"""Records: what the server wrote down of a turn completes what its events told, each item once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.model.fold import TurnFold
from codex_runtime.model.recorded import completed_by, is_settled, recorded_result
from codex_runtime.model.results import TurnResult
from codex_runtime.protocol import (
    AgentMessage,
    AgentMessageDelta,
    ItemCompleted,
    ItemStarted,
    Reasoning,
    ThreadItem,
    Turn,
    TurnDiffUpdated,
    TurnError,
    UnknownItem,
    UserMessage,
)

ASKED = UserMessage(id="user", content=[])
THOUGHT = Reasoning(id="rs", content=[], summary=["well"])
ANSWER = AgentMessage(id="msg", text="the answer")
HALF = AgentMessage(id="msg", text="the an")
LATER = AgentMessage(id="msg_2", text="one more")


def turn(*items: ThreadItem, status: str = "completed", **fields: Any) -> Turn:
    return Turn(id="u", items=list(items), status=status, **fields)


def live(*items: ThreadItem, **fields: Any) -> TurnResult:
    messages = tuple(item for item in items if isinstance(item, AgentMessage))
    return TurnResult(
        thread_id="t",
        turn_id="u",
        status="lost",
        text="",
        items=items,
        messages=messages,
        **fields,
    )


@pytest.mark.parametrize(
    ("status", "completed_at", "settled"),
    [
        ("completed", None, True),
        ("completed", 7, True),
        ("failed", None, True),
        ("interrupted", 7, True),
        ("interrupted", None, False),
        ("inProgress", None, False),
        ("inProgress", 7, False),
        ("paused", None, False),
        ("paused", 7, True),
    ],
)
def test_an_end_is_believed_that_is_sure_or_has_its_time(
    status: str, completed_at: int | None, settled: bool
) -> None:
    assert is_settled(turn(status=status, completed_at=completed_at)) is settled


def test_a_turn_known_from_its_record_alone_has_a_result() -> None:
    record = turn(ASKED, ANSWER, started_at=1, completed_at=3, duration_ms=2000)
    assert recorded_result("t", record) == TurnResult(
        thread_id="t",
        turn_id="u",
        status="completed",
        text="the answer",
        messages=(ANSWER,),
        items=(ASKED, ANSWER),
        started_at_s=1,
        completed_at_s=3,
        duration_ms=2000,
        reconciled=True,
    )


def test_an_item_is_what_the_record_says_and_is_there_once() -> None:
    result = completed_by(live(ASKED, HALF), turn(ASKED, ANSWER))
    assert (result.items, result.messages) == ((ASKED, ANSWER), (ANSWER,))
    assert result.text == "the answer"


def test_what_only_one_of_them_has_stands_behind_what_came_before_it() -> None:
    result = completed_by(live(ASKED, THOUGHT, LATER), turn(ASKED, ANSWER, LATER))
    assert result.items == (ASKED, ANSWER, THOUGHT, LATER)
    assert completed_by(live(LATER), turn(ASKED, LATER)).items == (ASKED, LATER)
    assert completed_by(live(), turn(ASKED, LATER)).items == (ASKED, LATER)


def test_items_without_an_id_are_the_same_if_they_are_equal() -> None:
    strange = UnknownItem(name="strange", raw=b"{}")
    other = UnknownItem(name="other", raw=b"{}")
    result = completed_by(live(strange, ASKED), turn(strange, ASKED, other))
    assert result.items == (strange, ASKED, other)


def test_the_final_answer_is_chosen_among_all_messages() -> None:
    final = AgentMessage(id="final", text="42", phase="final_answer")
    assert completed_by(live(ANSWER), turn(ANSWER, final, LATER)).text == "42"


def test_a_message_of_which_only_deltas_were_told_is_no_item_but_a_message() -> None:
    fold = TurnFold("t")
    fold.apply(AgentMessageDelta(thread_id="t", turn_id="u", item_id="msg", delta="the an"))
    result = completed_by(fold.result("lost"), turn(ASKED))
    assert (result.items, result.messages, result.text) == ((ASKED,), (HALF,), "the an")


def test_what_the_record_lacks_is_kept() -> None:
    fold = TurnFold("t")
    fold.apply(TurnDiffUpdated(thread_id="t", turn_id="u", diff="+1"))
    fold.apply(ItemStarted(thread_id="t", turn_id="u", item=THOUGHT, started_at_ms=1))
    result = completed_by(fold.result("lost"), turn(ANSWER))
    assert (result.diff, result.items) == ("+1", (ANSWER, THOUGHT))
    times = completed_by(live(started_at_s=1, completed_at_s=2, duration_ms=3), turn())
    assert (times.started_at_s, times.completed_at_s, times.duration_ms) == (1, 2, 3)


def test_a_failure_has_the_error_of_the_record_or_the_one_that_was_told() -> None:
    told, recorded = TurnError(message="told"), TurnError(message="recorded")
    failed = turn(status="failed", error=recorded)
    assert completed_by(live(error=told), failed).error == recorded
    assert completed_by(live(error=told), turn(status="failed")).error == told
    assert completed_by(live(error=told), turn()).error is None


ITEMS = st.lists(
    st.sampled_from([ASKED, THOUGHT, ANSWER, LATER, UnknownItem(name="strange", raw=b"{}")]),
    unique_by=id,
)


@given(ITEMS, st.data())
@example([], None)
def test_a_turn_cut_anywhere_and_completed_by_its_record_is_whole(
    items: list[ThreadItem], data: st.DataObject | None
) -> None:
    seen = len(items) if data is None else data.draw(st.integers(0, len(items)))
    fold = TurnFold("t")
    for item in items[:seen]:
        fold.apply(ItemCompleted(thread_id="t", turn_id="u", item=item, completed_at_ms=1))
    result = completed_by(fold.result("lost"), turn(*items))
    assert list(result.items) == items
    assert result.text == recorded_result("t", turn(*items)).text
