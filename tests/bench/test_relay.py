"""That the relay's benchmark asks, judges and reports as it says."""

from __future__ import annotations

import json
import re

import pytest

from tests.bench.relay import Found, exit_code, judged, lines, selected, speed
from tests.bench.relay_plan import PLANS, Asked, Plan, long_thread
from tests.bench.relay_rows import Row, Sizes, p99, tables
from tests.bench.relay_upstream import model_of

FAST = Row(title="p50", key="k", unit="ms", at_most=3.0)
MANY = Row(title="streams", key="k", unit="streams/s", at_least=200.0)
TOLD = Row(title="told", key="k", unit="ms")


def test_a_plan_travels_as_the_name_of_a_model() -> None:
    for plan in PLANS:
        assert Plan.of(plan.model) == plan
    with pytest.raises(ValueError, match="gpt"):
        Plan.of("gpt-5")


def test_a_plan_streams_its_deltas_a_finish_reason_and_the_size_of_the_request() -> None:
    plan = Plan(3, reasons=True)
    events = [*plan.chunks(), *plan.ending(77)]
    assert all(event.startswith(b"data: ") and event.endswith(b"\n\n") for event in events)
    assert events[-1] == b"data: [DONE]\n\n"
    chunks = [json.loads(event[6:]) for event in events[:-1]]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    said = "".join(delta.get("content", "") for delta in deltas)
    assert said == "word000 word001 word002 "
    assert said.endswith(plan.last_word)
    assert sum("reasoning_content" in delta for delta in deltas) == 1
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["prompt_tokens"] == 77


def test_both_forms_of_a_request_say_the_same() -> None:
    asked = Asked.small("Say this.")
    responses, chat = (json.loads(body) for body in (asked.responses(Plan(1)), asked.chat(Plan(1))))
    assert responses["model"] == chat["model"] == "d1p0"
    assert responses["input"][0]["content"][0]["text"] == chat["messages"][0]["content"]


def test_the_long_thread_has_four_hundred_pairs_and_the_size_that_is_named() -> None:
    thread = long_thread()
    assert len(thread.body["input"]) == 801
    assert 340 <= thread.kilobytes <= 350


def test_the_model_is_found_behind_a_schema_that_has_the_word() -> None:
    asked = b'{"tools":[{"properties":{"model":{"type":"string"}}}],"model": "d20p0"}'
    assert model_of(asked, 0) == "d20p0"
    with pytest.raises(ValueError, match="no model"):
        model_of(b"{}", 0)


def test_the_worst_hundredth_leaves_out_one_of_a_hundred() -> None:
    assert p99(list(range(1, 101))) == 99
    assert p99(list(range(1, 201))) == 198
    assert p99([5.0]) == 5.0


def test_a_target_holds_for_either_store_of_ours() -> None:
    assert FAST.is_met({"ours": 2.0, "ours, SQLite": 3.0, "LiteLLM": 20.0}) is True
    assert FAST.is_met({"ours": 2.0, "ours, SQLite": 3.1}) is False
    assert MANY.is_met({"ours": 300.0, "ours, SQLite": 199.0}) is False
    assert MANY.is_met({"ours": 300.0, "ours, SQLite": 200.0}) is True
    assert TOLD.is_met({"ours": 2.0, "ours, SQLite": 3.0}) is None


def test_a_missed_target_is_named_and_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    met, missed = Found(FAST, {"ours": [1.0, 9.0, 2.0]}), Found(FAST, {"ours": [4.0]})
    assert exit_code({"A": [met, Found(TOLD, {"ours": [4.0]})]}) == 0
    assert capsys.readouterr().err == ""
    assert exit_code({"A": [met, missed]}) == 1
    assert capsys.readouterr().err == "missed: A: p50\n"


def test_a_side_that_was_not_measured_has_no_column() -> None:
    shown = list(lines([Found(FAST, {"ours": [1.5]})], ["direct", "ours", "LiteLLM"]))
    assert shown[0].split("|")[1:-1] == ["     ", " unit ", " ours ", " target    ", " met "]
    assert shown[2] == "| p50 | ms   | 1.50 | at most 3 | yes |"


def test_the_speed_of_the_machine_is_told_by_the_published_figure() -> None:
    assert speed({("cpu", "codex-relay"): [0.84, 0.84, 9.0]}).startswith("codex-relay takes 2.00")
    assert "was not measured" in speed({})


def test_tables_are_selected_by_a_part_of_their_name() -> None:
    every = tables(Asked.small(), Sizes())
    names = [table.name for table in selected(every, ["MEMORY"])]
    assert len(names) == 2
    assert len(selected(every, [])) == len(every)
    with pytest.raises(SystemExit, match=re.escape(every[0].name)):
        selected(every, ["no such table"])


def test_each_row_of_a_table_has_a_key_of_its_own() -> None:
    for table in tables(Asked.small(), Sizes()):
        named = [(row.key, row.title) for row in table.rows]
        assert len(set(named)) == len(named)
        assert all(found.row in table.rows for found in judged(table, {}))
