"""What the calls of a rollout cost, however often the server wrote their sums."""

from __future__ import annotations

import pytest

from codex_runtime.history.rollouts.entries import (
    EventEntry,
    TokenUsageEntry,
    TokenUsageRecord,
    TurnContext,
    TurnContextEntry,
)
from codex_runtime.history.rollouts.events import TokenCountEvent, TokenCountInfo
from codex_runtime.history.rollouts.parts import TokenCounts
from codex_runtime.history.rollouts.reader import open_rollout
from codex_runtime.history.rollouts.spent import usage_in, usage_of
from tests.history.rollout_files import FIXTURES


def tokens(total: int) -> TokenCounts:
    return TokenCounts(input_tokens=total, total_tokens=total)


def counted(last: int, total: int) -> EventEntry:
    info = TokenCountInfo(last_token_usage=tokens(last), total_token_usage=tokens(total))
    return EventEntry(payload=TokenCountEvent(info=info))


def recorded(used: int) -> TokenUsageEntry:
    return TokenUsageEntry(payload=TokenUsageRecord(usage=tokens(used)))


def by(model: str) -> TurnContextEntry:
    return TurnContextEntry(payload=TurnContext(model=model))


@pytest.mark.parametrize("version", ["0.163.0", "0.169.0"])
def test_the_sum_of_the_calls_is_the_last_sum_that_the_server_wrote(version: str) -> None:
    path = FIXTURES / version / "conversation.jsonl"
    with open_rollout(path) as reader:
        sums = [
            entry.payload.thread_token_usage
            for entry in reader
            if isinstance(entry, TokenUsageEntry)
        ]
    usage = usage_of(path)
    assert usage.total is not None
    assert sums[-1] is not None
    assert usage.total.total_tokens == sums[-1].total_tokens
    assert dict(usage.by_model) == {"a-model-of-no-name": usage.total}


@pytest.mark.parametrize("version", ["0.42.0", "0.104.0", "0.147.0"])
def test_older_servers_tell_sums_alone(version: str) -> None:
    usage = usage_of(FIXTURES / version / "conversation.jsonl")
    assert usage.total is not None
    assert usage.total.total_tokens == usage.total.input_tokens + usage.total.output_tokens


def test_the_oldest_servers_tell_nothing_of_it() -> None:
    usage = usage_of(FIXTURES / "0.20.0" / "conversation.jsonl")
    assert (usage.total, dict(usage.by_model)) == (None, {})


def test_a_sum_that_is_told_again_counts_once() -> None:
    usage = usage_in([counted(3, 3), counted(3, 3), counted(4, 7), counted(0, 7)])
    assert usage.total is not None
    assert usage.total.total_tokens == 7


def test_a_call_with_a_line_of_its_own_is_not_counted_again_by_the_sum() -> None:
    usage = usage_in([recorded(3), counted(3, 3), counted(3, 3), recorded(4), counted(4, 7)])
    assert usage.total is not None
    assert usage.total.total_tokens == 7


def test_a_server_that_began_to_write_such_lines_in_the_middle_is_followed() -> None:
    usage = usage_in([counted(3, 3), recorded(4), counted(4, 7)])
    assert usage.total is not None
    assert usage.total.total_tokens == 7


def test_a_fork_does_not_pay_for_what_its_parent_used() -> None:
    usage = usage_in([counted(5, 105)])
    assert usage.total is not None
    assert usage.total.total_tokens == 5


def test_usage_is_told_by_model() -> None:
    none = EventEntry(payload=TokenCountEvent())
    usage = usage_in(
        [none, recorded(1), by("a"), recorded(2), by("b"), recorded(3), by("a"), recorded(4)]
    )
    totals = {model: each.total_tokens for model, each in usage.by_model.items()}
    assert totals == {"a": 6, "b": 3}
    assert usage.total is not None
    assert usage.total.total_tokens == 10
