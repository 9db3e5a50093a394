"""The state of a thread: the same from any split of its events, and from its record and a rest."""

from __future__ import annotations

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.model.fold import TurnFold
from codex_runtime.model.items import item_text
from codex_runtime.model.requests.approvals import FileChangeApproval
from codex_runtime.model.requests.kinds import read_server_request
from codex_runtime.model.state import ThreadState
from codex_runtime.model.turn_state import ItemState, TurnState
from codex_runtime.model.usage import TokenUsage
from codex_runtime.protocol import (
    THREAD_READ,
    AgentMessage,
    FileChange,
    Notification,
    Thread,
    Turn,
    UnknownItem,
    decode_notification,
)
from codex_runtime.protocol.codec import decode_result
from codex_runtime.protocol.drift import Drift
from codex_runtime.session.state.unread import Unread
from tests.model.thread_streams import THREAD_ID, Json, Script, event, streams, turn_json


def fold(events: list[Notification], state: ThreadState | None = None) -> ThreadState:
    state = state or ThreadState(thread_id=THREAD_ID)
    for one in events:
        state = state.apply(one)
    return state


def started(**changes: Json) -> Notification:
    return event("turn/started", turn={**turn_json("u", "inProgress", []), **changes})


def ended(status: str = "completed", *items: Json, turn_id: str = "u") -> Notification:
    return event("turn/completed", turn=turn_json(turn_id, status, list(items)))


def message(text: str = "", item_id: str = "m", phase: str | None = None) -> Json:
    return {"type": "agentMessage", "id": item_id, "text": text, "phase": phase}


def begun(item: Json) -> Notification:
    return event("item/started", item=item, startedAtMs=1)


def done(item: Json) -> Notification:
    return event("item/completed", item=item, completedAtMs=2)


def said(text: str, item_id: str = "m") -> Notification:
    return event("item/agentMessage/delta", itemId=item_id, delta=text)


def seed(events: list[Notification]) -> ThreadState:
    """What a runtime knows that saw these events and folded its running turn alone."""
    state = ThreadState(thread_id=THREAD_ID, usage=fold(events).usage)
    active = fold(events).active_turn_id
    if active is None:
        return state
    turn = TurnFold(THREAD_ID)
    for one in events:
        named = getattr(one, "turn", None)
        if getattr(one, "turn_id", None) == active or (named is not None and named.id == active):
            turn.apply(one)
    return state.with_turn(TurnState.of_result(turn.result("inProgress"), active))


def opened(script: Script) -> ThreadState:
    """What an observer has that was there before the first turn."""
    return ThreadState(thread_id=THREAD_ID).with_record(script.records[0])


def without_live_only(state: ThreadState) -> ThreadState:
    """Without what the server's record lacks and the runtime does not keep."""
    for turn in state.turns:
        state = state.with_turn(attrs.evolve(turn, diff=None, plan=()))
    return attrs.evolve(state, last_call=None, context_window_tokens=None)


# -- any split -------------------------------------------------------------------------------------


@given(streams(), st.data())
def test_merged_deltas_give_the_same_state(script: Script, data: st.DataObject) -> None:
    unread: Unread[Notification] = Unread()
    taken: list[Notification] = []
    for one in script.events:
        unread.put(one)
        if data.draw(st.booleans()):
            taken.extend(unread.take_all())
    taken.extend(unread.take_all())
    assert len(taken) <= len(script.events)
    assert fold(taken) == fold(script.events)


@given(streams(), st.data())
def test_a_snapshot_and_what_follows_it_give_the_state_of_the_whole(
    script: Script, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(script.events)))
    snapshot = fold(script.events[:at])
    before = [(turn.turn_id, turn.text, len(turn.items)) for turn in snapshot.turns]
    assert fold(script.events[at:], snapshot) == fold(script.events)
    # The snapshot is still what it was, and may be followed again.
    assert [(turn.turn_id, turn.text, len(turn.items)) for turn in snapshot.turns] == before
    assert fold(script.events[at:], snapshot) == fold(script.events)


@given(streams(), st.data())
def test_a_late_joiner_ends_with_the_state_of_an_early_one(
    script: Script, data: st.DataObject
) -> None:
    events = script.events
    joined = data.draw(st.integers(0, len(events)), label="joined")
    recorded = data.draw(st.integers(joined, len(events)), label="recorded")
    applied = data.draw(st.integers(joined, len(events)), label="applied before the record came")
    late = fold(events[joined:applied], seed(events[:joined]))
    late = late.with_record(script.records[recorded])
    late = fold(events[applied:], late)
    assert without_live_only(late) == without_live_only(fold(events, opened(script)))


@given(streams(), st.data())
def test_a_late_joiner_shows_the_answer_so_far(script: Script, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(script.events)))
    early = fold(script.events[:at])
    late = seed(script.events[:at]).with_record(script.records[at])
    assert late.text == early.text
    assert [item.item_id for item in late.items] == [item.item_id for item in early.items]
    assert [item.is_complete for item in late.items] == [item.is_complete for item in early.items]
    assert all(
        item.text == other.text
        for item, other in zip(late.items, early.items, strict=True)
        if item.is_whole
    )


@given(streams(), st.data())
def test_without_a_seed_a_late_joiner_has_every_complete_item_in_the_end(
    script: Script, data: st.DataObject
) -> None:
    joined = data.draw(st.integers(0, len(script.events)))
    late = ThreadState(thread_id=THREAD_ID).with_record(script.records[joined])
    late, early = fold(script.events[joined:], late), fold(script.events)
    assert {item.item_id: item for item in late.items} == {i.item_id: i for i in early.items}


@given(streams())
def test_in_the_end_the_state_is_the_servers_record(script: Script) -> None:
    state, record = fold(script.events), script.records[-1]
    assert [turn.turn_id for turn in state.turns] == [turn.id for turn in record.turns]
    assert [turn.status for turn in state.turns] == [turn.status for turn in record.turns]
    for turn, recorded in zip(state.turns, record.turns, strict=True):
        assert [item.item for item in turn.items] == recorded.items
        assert [item.text for item in turn.items] == [item_text(item) for item in recorded.items]


# -- what each event says --------------------------------------------------------------------------


def test_a_message_grows_and_its_end_is_authoritative() -> None:
    state = fold([started(), begun(message()), said("He"), said("llo")])
    assert (state.text, state.active_turn_id) == ("Hello", "u")
    (item,) = state.items
    assert (item.is_complete, item.is_whole, item.item_id) == (False, True, "m")
    state = fold([done(message("Hello!")), said("late"), ended()], state)
    assert (state.text, state.active_turn, state.turns[0].duration_ms) == ("Hello!", None, 4000)
    assert next(state.items).is_complete
    assert state.turns[-1].is_settled


def test_the_answer_is_the_final_message_else_the_last_without_a_phase() -> None:
    events = [started(), done(message("a")), done(message("b", "m2", "commentary"))]
    assert fold(events).text == "a"
    assert fold([*events, done(message("c", "m3", "final_answer")), said("d", "m4")]).text == "c"
    assert fold([started(), done(message("b", "m2", "commentary"))]).text == ""
    user = {"type": "userMessage", "id": "i", "content": [{"type": "text", "text": "hi"}]}
    state = fold([started(), done(user)])
    assert (state.text, next(state.items).text) == ("", "hi")
    assert ThreadState(thread_id=THREAD_ID).text == ""


def test_a_start_never_reopens_what_is_complete() -> None:
    state = fold([started(), done(message("a"))])
    assert state.apply(begun(message())) is state
    assert state.apply(said("b")) is state


def test_an_item_whose_start_was_not_seen_begins_without_its_beginning() -> None:
    state = fold([said("llo")])
    (item,) = state.items
    assert (item.text, item.is_whole, item.item, state.active_turn_id) == ("llo", False, None, "u")
    (item,) = fold([begun(message())], state).items
    assert (item.text, isinstance(item.item, AgentMessage)) == ("llo", True)


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([("summary", 0, "a"), ("summary", 0, "b"), ("summary", 1, "c")], "ab\n\nc"),
        ([("summary", 1, "c")], "c"),
        ([("raw", 0, "x"), ("raw", 1, "y")], "x\n\ny"),
        ([("raw", 0, "x"), ("summary", 0, "a"), ("raw", 0, "y"), ("summary", 0, "b")], "ab"),
    ],
)
def test_a_reasoning_shows_its_summary_else_its_content(
    pieces: list[tuple[str, int, str]], text: str
) -> None:
    events = [started(), begun({"type": "reasoning", "id": "r"})]
    for kind, index, piece in pieces:
        events.append(
            event("item/reasoning/textDelta", itemId="r", delta=piece, contentIndex=index)
            if kind == "raw"
            else event(
                "item/reasoning/summaryTextDelta", itemId="r", delta=piece, summaryIndex=index
            )
        )
    assert next(fold(events).items).text == text


def test_the_parts_of_a_complete_reasoning_are_joined_as_the_running_ones() -> None:
    whole = done({"type": "reasoning", "id": "r", "summary": ["a", "b"], "content": ["x"]})
    raw = done({"type": "reasoning", "id": "r", "content": ["x", "y"]})
    assert next(fold([whole]).items).text == "a\n\nb"
    assert next(fold([raw]).items).text == "x\n\ny"


def test_diff_plan_and_error_are_the_turns() -> None:
    state = fold(
        [
            started(),
            event("turn/diff/updated", diff="+a"),
            event("turn/plan/updated", plan=[{"step": "one", "status": "pending"}]),
            event("error", willRetry=True, error={"message": "again"}),
        ]
    )
    assert (state.diff, [step.step for step in state.plan]) == ("+a", ["one"])
    assert state.turns[0].error is None
    state = fold([event("error", willRetry=False, error={"message": "no"})], state)
    assert state.turns[0].error is not None
    state = fold([ended("failed")], state)
    assert (state.turns[0].status, state.diff) == ("failed", "+a")
    state = fold([event("turn/started", turn=turn_json("v", "inProgress", []))], state)
    assert (state.diff, state.plan, state.active_turn_id) == (None, (), "v")
    assert (ThreadState(thread_id="x").diff, ThreadState(thread_id="x").plan) == (None, ())


def test_a_newer_patch_replaces_the_changes_of_a_running_file_change() -> None:
    change = {"path": "a", "diff": "+1", "kind": {"type": "add"}}
    item = {"type": "fileChange", "id": "f", "changes": [], "status": "inProgress"}
    patch = event("item/fileChange/patchUpdated", itemId="f", changes=[change])
    state = fold([started(), begun(item), patch])
    (shown,) = state.items
    assert isinstance(shown.item, FileChange)
    assert [change.path for change in shown.item.changes] == ["a"]
    assert fold([begun(message("", "f")), patch]).turns[0].items[0].text == ""
    complete = fold([done({**item, "status": "completed"})], state)
    assert complete.apply(patch) is complete
    assert fold([patch]).turns == ThreadState(thread_id=THREAD_ID).turns


def test_usage_status_and_name_are_the_threads() -> None:
    counts = {"cachedInputTokens": 0, "outputTokens": 0, "reasoningOutputTokens": 0}
    total = {**counts, "inputTokens": 30, "totalTokens": 30}
    last = {**counts, "inputTokens": 10, "totalTokens": 10}
    usage = {"total": total, "last": last, "modelContextWindow": 100}
    again = {"total": total, "last": last}
    state = fold([event("thread/tokenUsage/updated", tokenUsage=told) for told in (usage, again)])
    assert isinstance(state.usage, TokenUsage)
    assert state.last_call is not None
    assert (state.usage.total_tokens, state.last_call.total_tokens) == (30, 10)
    assert state.context_window_tokens == 100
    state = fold(
        [
            event("thread/status/changed", status={"type": "idle"}),
            event("thread/name/updated", threadName="n"),
            event("thread/archived"),
        ],
        state,
    )
    assert (type(state.status).__name__, state.name) == ("IdleThreadStatus", "n")
    assert state.is_archived
    assert not state.apply(event("thread/unarchived")).is_archived
    assert state.apply(event("thread/deleted")).is_deleted
    assert state.revision == 5


def test_events_of_other_threads_and_kinds_change_nothing() -> None:
    state = fold([started(), begun(message())])
    for other in (
        event("item/agentMessage/delta", threadId="other", itemId="m", delta="x"),
        event("warning", message="careful"),
        decode_notification("future/event", b'{"threadId":"t"}'),
        decode_notification("turn/completed", b'{"threadId":"t","turn":5}'),
    ):
        assert state.apply(other) is state


def test_items_without_an_id_are_kept_in_their_place() -> None:
    odd = {"type": "hologram", "x": 1}
    state = fold([started(), done(odd), done(message("a"))])
    assert [type(item.item) for item in state.items] == [UnknownItem, AgentMessage]
    recorded = TurnState.recorded(turn_of([odd, message("a")]))
    assert [item.item_id for item in recorded.items] == ["?0", "m"]


def turn_of(items: list[Json], status: str = "completed") -> Turn:
    return thread_of(turn_json("u", status, items)).turns[0]


def thread_of(*turns: Json, **changes: Json) -> Thread:
    told = msgspec.to_builtins(Script().records[0])
    thread = {**told, "turns": list(turns), **changes}
    return decode_result(THREAD_READ, msgspec.json.encode({"thread": thread}), Drift()).thread


# -- ends and starts that are odd ------------------------------------------------------------------


def test_a_turn_that_was_joined_at_its_end_is_there_with_its_answer() -> None:
    state = fold([ended("completed", message("a"))])
    assert (state.text, state.turns[0].status, next(state.items).is_complete) == (
        "a",
        "completed",
        True,
    )
    assert fold([ended("completed", message("a")), ended("completed", message("a"))]) == state


def test_a_second_start_of_an_ended_turn_changes_nothing() -> None:
    state = fold([started(), ended()])
    assert state.apply(started()) is state


def test_what_came_before_the_start_of_a_turn_stays() -> None:
    state = fold([said("a"), started(), said("b")])
    assert (state.text, state.turns[0].started_at_s) == ("ab", 5)


def test_a_review_that_starts_under_another_id_is_one_turn() -> None:
    entered = done({"type": "enteredReviewMode", "id": "e", "review": "look"})
    state = fold([entered, started(id="phantom", rootTurnId="u"), ended()])
    assert [turn.turn_id for turn in state.turns] == ["u"]
    assert state.active_turn is None


def test_a_turn_whose_root_is_another_turn_is_a_turn_of_its_own() -> None:
    state = fold([started(), ended(), started(id="v", rootTurnId="u")])
    assert [turn.turn_id for turn in state.turns] == ["u", "v"]


def test_an_ended_turn_has_its_items_in_the_order_of_their_ends_as_on_record() -> None:
    state = fold([started(), *(begun(message("", name)) for name in "abcd")])
    state = fold([done(message("", name)) for name in "cab"], state)
    assert [item.item_id for item in state.items] == ["a", "b", "c", "d"]
    state = fold([ended("interrupted")], state)
    assert [item.item_id for item in state.items] == ["c", "d", "a", "b"]


def test_an_item_that_never_completed_stays_incomplete() -> None:
    state = fold([started(), begun(message()), said("He"), ended("interrupted")])
    assert (state.text, next(state.items).is_complete) == ("He", False)


# -- the record ------------------------------------------------------------------------------------


def test_the_record_fills_in_what_was_before_and_the_events_win() -> None:
    name = event("thread/name/updated", threadName="new")
    seen = fold([name, started(), begun(message()), said("He")])
    record = thread_of(
        turn_json("before", "completed", [message("old", "o")]),
        turn_json("u", "inProgress", []),
        name="old",
    )
    state = seen.with_record(record)
    assert [(turn.turn_id, turn.text) for turn in state.turns] == [("before", "old"), ("u", "He")]
    assert (state.name, type(state.status).__name__) == ("new", "IdleThreadStatus")
    assert state.revision > seen.revision


def test_a_turn_that_is_not_on_record_yet_stands_behind_those_that_are() -> None:
    record = thread_of(turn_json("before", "completed", []))
    state = fold([started()]).with_record(record)
    assert [turn.turn_id for turn in state.turns] == ["before", "u"]


def test_a_turn_that_is_about_to_start_is_left_to_its_events() -> None:
    record = thread_of(turn_json("before", "completed", []), turn_json("u", "interrupted", []))
    state = ThreadState(thread_id=THREAD_ID).with_record(record, starting_id="u")
    assert [turn.turn_id for turn in state.turns] == ["before"]
    assert fold([started()], state).active_turn_id == "u"


def test_a_command_that_the_record_shows_as_running_is_not_complete() -> None:
    command = {
        "type": "commandExecution",
        "id": "c",
        "command": "ls",
        "commandActions": [],
        "cwd": "/",
        "status": "inProgress",
        "aggregatedOutput": "a",
    }
    (item,) = TurnState.recorded(turn_of([command], "inProgress")).items
    assert (item.is_complete, item.is_whole, item.text) == (False, False, "a")
    (item,) = TurnState.recorded(turn_of([command], "interrupted")).items
    assert item.is_complete


def test_a_turn_that_was_joined_without_its_start_has_what_is_on_record() -> None:
    seen = fold([said("lo", "m2"), done(message("x", "m3")), event("turn/diff/updated", diff="+")])
    record = thread_of(turn_json("u", "inProgress", [message("a"), message("x", "m3")]))
    state = seen.with_record(record)
    assert [item.item_id for item in state.items] == ["m", "m3", "m2"]
    assert (state.diff, state.turns[0].is_recorded) == ("+", False)


def test_a_turn_that_was_seen_from_its_start_takes_from_the_record_what_it_lacks() -> None:
    seen = fold([started(), begun(message()), done(message("b", "m2"))])
    record = thread_of(turn_json("u", "inProgress", [message("x", "m0"), message("a")]))
    state = seen.with_record(record)
    assert [(item.item_id, item.is_complete) for item in state.items] == [
        ("m", True),
        ("m2", True),
        ("m0", True),
    ]
    assert [item.item_id for item in fold([ended()], state).items] == ["m0", "m", "m2"]


def test_the_results_of_the_handle_bring_back_the_diffs_of_ended_turns() -> None:
    turn = TurnFold(THREAD_ID)
    for one in (started(), event("turn/diff/updated", diff="+a"), ended()):
        turn.apply(one)
    result = turn.result("completed")
    record = thread_of(turn_json("u", "completed", []), turn_json("v", "inProgress", []))
    state = ThreadState(thread_id=THREAD_ID).with_record(record)
    others = [attrs.evolve(result, turn_id=None), attrs.evolve(result, turn_id="v")]
    assert [t.diff for t in state.with_results([result, *others]).turns] == ["+a", None]


def test_states_are_frozen_and_compare_by_what_they_show() -> None:
    state = fold([started()])
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        state.name = "x"  # type: ignore[misc]
    assert state == attrs.evolve(state, revision=99)
    assert ItemState.running(turn_of([message("a")]).items[0], "m") != ItemState.running(
        turn_of([message("b")]).items[0], "m"
    )


def test_what_waits_for_a_decision_waits_until_the_server_has_it() -> None:
    params = b'{"threadId":"%s","turnId":"u","itemId":"i","startedAtMs":1}' % THREAD_ID.encode()
    method = "item/fileChange/requestApproval"
    asked = [read_server_request(number, method, params) for number in (1, 2)]
    waiting = tuple(request for request in asked if isinstance(request, FileChangeApproval))
    state = fold([started()]).with_approvals(waiting)
    assert state.apply(begun(message())).pending_approvals == waiting
    assert state.apply(event("serverRequest/resolved", requestId=9)) is state
    assert (
        state.apply(event("serverRequest/resolved", requestId=1)).pending_approvals == waiting[1:]
    )


def test_when_its_server_dies_the_turn_that_runs_is_lost_and_nothing_waits_any_more() -> None:
    running = ThreadState(thread_id=THREAD_ID).with_turn(TurnState(turn_id="u"))
    lost = running.lost()
    assert lost.turns[-1].status == "lost"
    assert lost.active_turn is None
    assert lost.revision > running.revision
    assert lost.lost() is lost
    params = b'{"threadId":"%s","turnId":"u","itemId":"i","startedAtMs":1}' % THREAD_ID.encode()
    asked = read_server_request(1, "item/fileChange/requestApproval", params)
    assert isinstance(asked, FileChangeApproval)
    waiting = ThreadState(thread_id=THREAD_ID).with_approvals((asked,))
    assert waiting.lost().pending_approvals == ()
