"""What items say of child threads, by the tools of both families and by everything else."""

from __future__ import annotations

import pytest

from codex_runtime.model.child import ChildNews, child_news
from codex_runtime.protocol import AgentMessage, CollabAgentToolCall, SubAgentActivity


def call(tool: str, status: str = "completed", model: str | None = "m") -> CollabAgentToolCall:
    return CollabAgentToolCall(
        agents_states={},
        id="call",
        receiver_thread_ids=["a", "b"],
        sender_thread_id="parent",
        status=status,
        tool=tool,
        model=model,
        prompt="look",
    )


def test_a_spawn_says_who_was_started_and_with_what() -> None:
    started = [
        ChildNews(thread_id=name, is_spawn=True, prompt="look", model="m") for name in ("a", "b")
    ]
    assert child_news(call("spawnAgent")) == tuple(started)


def test_a_model_that_the_server_leaves_empty_is_not_told() -> None:
    assert [news.model for news in child_news(call("spawnAgent", model=""))] == [None, None]


@pytest.mark.parametrize("tool", ["sendInput", "resumeAgent"])
def test_a_tool_that_needs_the_thread_shows_that_it_exists(tool: str) -> None:
    (first, _) = child_news(call(tool))
    assert first == ChildNews(thread_id="a", is_spawn=False)


@pytest.mark.parametrize(
    ("tool", "status"), [("wait", "completed"), ("spawnAgent", "failed"), ("new", "completed")]
)
def test_what_only_the_model_says_is_no_proof_of_a_thread(tool: str, status: str) -> None:
    assert not any(news.exists for news in child_news(call(tool, status)))


@pytest.mark.parametrize(("kind", "is_spawn"), [("started", True), ("completed", False)])
def test_an_activity_names_one_thread_and_its_path(kind: str, is_spawn: bool) -> None:
    item = SubAgentActivity(
        agent_path="/root/one", agent_thread_id="a", id="i", kind=kind, model="m"
    )
    told = ChildNews(thread_id="a", is_spawn=is_spawn, path="/root/one", model="m")
    assert child_news(item) == (told,)


def test_every_other_item_says_nothing() -> None:
    assert child_news(AgentMessage(id="i", text="spawnAgent")) == ()
