"""What the server has on record of a thread: its turns and items, page by page, and its tail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_runtime import ConfigError, NotSupported, RequestError, Runtime, SessionConfig
from codex_runtime.errors.history import RolloutUnreadable
from codex_runtime.history.summary import ThreadTail
from codex_runtime.model.items import item_text
from codex_runtime.protocol import AgentMessage, UserMessage
from codex_runtime.testing import shell, text
from tests.real.faces import EVERY_FACE
from tests.real.rollouts import NEVER, put_legacy_rollout, put_rollout
from tests.real.waiting import sent, stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codex_runtime import Session
    from codex_runtime.history.pages import StoredTurn
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

# -- turns and items -----------------------------------------------------------------------------


async def test_turns_are_paged_both_ways(runtime: Runtime, workspace: Path) -> None:
    thread_id = await stored(runtime, workspace, *(f"turn {number}" for number in range(5)))

    newest_first = [f"turn {number}" for number in range(5)][::-1]
    turns = [turn async for turn in runtime.threads.turns(thread_id, page_size=2)]
    assert said(turns) == newest_first
    pager = runtime.threads.turns(thread_id, descending=False, page_size=2)
    assert said(await pager.next_page()) == newest_first[:2:-1]
    rest = runtime.threads.turns(thread_id, descending=False, cursor=pager.next_cursor)
    assert said([turn async for turn in rest]) == newest_first[2::-1]
    back = runtime.threads.turns(thread_id, cursor=pager.backwards_cursor)
    assert said([turn async for turn in back]) == ["turn 0"]


def said(turns: Sequence[StoredTurn]) -> list[str]:
    """What the user asked in each of them."""
    items = (item for turn in turns for item in turn.items)
    return [item_text(item) for item in items if isinstance(item, UserMessage)]


async def test_a_turn_comes_with_as_much_of_its_items_as_was_asked_for(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    model.enqueue(text("Let me look.") + shell("echo hi"), text("Done."))
    thread_id = await stored(runtime, workspace, "look")
    counts = {}
    for items in ("full", "summary", "none"):
        (turn,) = await runtime.threads.turns(thread_id, items=items).next_page()
        counts[items] = len(turn.items)
    assert counts == {"full": 4, "summary": 2, "none": 0}


async def test_items_are_paged_both_ways_and_told_of_one_turn(
    runtime: Runtime, workspace: Path
) -> None:
    thread_id = await stored(runtime, workspace, "one", "two", "three")
    entries = [entry async for entry in runtime.threads.items(thread_id, page_size=4)]
    assert [type(entry.item) for entry in entries] == [AgentMessage, UserMessage] * 3
    ascending = runtime.threads.items(thread_id, descending=False, page_size=5)
    assert [entry async for entry in ascending] == entries[::-1]
    middle = entries[2].turn_id
    of_turn = [entry async for entry in runtime.threads.items(thread_id, turn_id=middle)]
    assert of_turn == entries[2:4]
    assert len(await runtime.threads.items(thread_id, limit=3).next_page()) == 3


async def test_a_thread_that_never_ran_has_no_turns(runtime: Runtime, session: Session) -> None:
    assert await runtime.threads.turns(session.thread_id).next_page() == ()
    assert await runtime.threads.items(session.thread_id).next_page() == ()
    tail = await runtime.threads.tail(session.thread_id)
    assert (tail.messages, tail.messages_before) == ((), 0)


async def test_an_ephemeral_thread_has_no_record_to_be_paged(
    runtime: Runtime, workspace: Path
) -> None:
    session = await runtime.start_session(SessionConfig(cwd=workspace, ephemeral=True))
    await session.ask("hello")
    for pager in (runtime.threads.turns, runtime.threads.items):
        with pytest.raises(NotSupported):
            await pager(session.thread_id).next_page()


async def test_turns_that_the_server_has_not_indexed_are_no_empty_thread(
    runtime: Runtime, home: Path, workspace: Path
) -> None:
    thread_id = await stored(runtime, workspace, "task")
    path = (await runtime.threads.read(thread_id)).path
    copy = put_rollout(home, path, thread_id, 1)
    await runtime.threads.reindex()
    for read in (
        lambda: runtime.threads.turns(copy).next_page(),
        lambda: runtime.threads.items(copy).next_page(),
        lambda: runtime.threads.tail(copy),
    ):
        with pytest.raises(RolloutUnreadable, match="resume the thread once") as caught:
            await read()
        assert copy in caught.value.path
    async with await runtime.resume_session(copy, SessionConfig(cwd=workspace, on_exit="detach")):
        pass
    assert len(await runtime.threads.turns(copy).next_page()) == 1


async def test_a_thread_of_an_older_server_is_read_like_any_other(
    runtime: Runtime, home: Path
) -> None:
    thread_id = put_legacy_rollout(home)
    await runtime.threads.reindex()
    row = await runtime.threads.read(thread_id)
    assert (row.cli_version, row.source, row.thread.history_mode) == ("0.104.0", "exec", "legacy")
    turns = [turn async for turn in runtime.threads.turns(thread_id, descending=False)]
    newest_first = [entry async for entry in runtime.threads.items(thread_id, page_size=1)]
    assert [entry.item for entry in newest_first][::-1] == [i for turn in turns for i in turn.items]
    ascending = runtime.threads.items(thread_id, descending=False)
    assert [entry async for entry in ascending] == newest_first[::-1]
    assert {entry.turn_id for entry in newest_first} == {turn.id for turn in turns}
    of_one = [entry async for entry in runtime.threads.items(thread_id, turn_id=turns[0].id)]
    assert len(of_one) == len(turns[0].items)
    assert await runtime.threads.items(thread_id, turn_id="another").next_page() == ()
    tail = await runtime.threads.tail(thread_id)
    assert tail.messages[0].role == "user"
    assert tail.messages[0].text.startswith("Hello, look at the output")


async def test_what_a_very_old_server_wrote_is_in_no_list(runtime: Runtime, home: Path) -> None:
    thread_id = put_legacy_rollout(home, "0.20.0")
    assert await runtime.threads.reindex() == 0
    with pytest.raises(RequestError, match="failed to read"):
        await runtime.threads.read(thread_id)


# -- the tail ------------------------------------------------------------------------------------


async def test_a_tail_has_the_last_of_each_and_how_many_came_before(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    for number in range(6):
        model.enqueue(shell(f"echo {number}"), text(f"It is {number}."))
    thread_id = await stored(runtime, workspace, *(f"ask {number}" for number in range(6)))
    for page_size in (1, 3, 100):
        tail = await runtime.threads.tail(thread_id, 3, 2, page_size=page_size)
        assert [(message.role, message.text) for message in tail.messages] == [
            ("assistant", "It is 4."),
            ("user", "ask 5"),
            ("assistant", "It is 5."),
        ]
        assert [use.exit_code for use in tail.tool_uses] == [0, 0]
        assert ["echo 4" in str(tail.tool_uses[0].input), tail.tool_uses[1].output] == [True, "5\n"]
        assert (tail.messages_before, tail.tool_uses_before) == (9, 4)
    whole = await runtime.threads.tail(thread_id)
    assert (len(whole.messages), len(whole.tool_uses)) == (12, 6)
    assert (whole.messages_before, whole.tool_uses_before) == (0, 0)
    assert whole.messages[-1].at_s is not None
    assert await runtime.threads.tail(thread_id, 0, 0) == ThreadTail(
        thread_id=thread_id, messages=(), tool_uses=(), messages_before=12, tool_uses_before=6
    )


async def test_a_tail_that_is_not_counted_reads_no_further_than_it_keeps(
    runtime: Runtime, workspace: Path
) -> None:
    thread_id = await stored(runtime, workspace, *(f"ask {number}" for number in range(8)))
    before = sent(runtime)
    tail = await runtime.threads.tail(thread_id, 3, 0, count=False, page_size=4)
    assert sent(runtime) == before + 1
    assert [message.text for message in tail.messages] == ["re: ask 6", "ask 7", "re: ask 7"]
    assert (tail.messages_before, tail.tool_uses_before) == (None, None)
    everything = await runtime.threads.tail(thread_id, count=False)
    assert (everything.messages_before, everything.tool_uses_before) == (0, 0)


@pytest.mark.parametrize("options", [{"messages": -1}, {"tool_uses": "9"}, {"page_size": 101}])
async def test_a_tail_of_a_senseless_length_is_refused(
    options: dict[str, object], runtime: Runtime
) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        await runtime.threads.tail(NEVER, **options)  # type: ignore[arg-type]
