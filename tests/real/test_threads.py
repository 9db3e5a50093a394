"""The catalogue on the real app-server: lists, the latest thread, and putting threads in order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs
import pytest
import trio

from codex_runtime import (
    ConfigError,
    NotSupported,
    RequestError,
    RunProfile,
    Runtime,
    SessionConfig,
    ThreadArchived,
    ThreadNotFound,
)
from codex_runtime.errors.history import AmbiguousThreadId, NoThreadFound
from tests.real.faces import EVERY_FACE, in_one_step, open_runtime
from tests.real.rollouts import NEVER, put_rollout, rollouts_of
from tests.real.waiting import sent, stored

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import Session
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE


async def ids(pager: object) -> list[str]:
    return [row.thread_id async for row in pager]  # type: ignore[attr-defined]


# -- lists ---------------------------------------------------------------------------------------


async def test_a_list_has_every_thread_once_the_newest_first(
    runtime: Runtime, workspace: Path
) -> None:
    made = [await stored(runtime, workspace, f"task {number}") for number in range(5)]
    for page_size in (1, 2, 5, 100):
        assert await ids(runtime.threads.list(page_size=page_size)) == made[::-1]
    assert await ids(runtime.threads.list(descending=False)) == made


async def test_a_row_says_what_the_thread_is(runtime: Runtime, workspace: Path, home: Path) -> None:
    thread_id = await stored(runtime, workspace, "fix it", name="Repairs")
    (row,) = await runtime.threads.list().next_page()
    assert (row.thread_id, row.title, row.name, row.preview) == (
        thread_id,
        "Repairs",
        "Repairs",
        "fix it",
    )
    assert (row.cwd, row.archived, row.source) == (str(workspace), False, "vscode")
    assert row.created_at_s <= row.active_at_s <= row.updated_at_s
    assert (row.parent_thread_id, row.forked_from_id) == (None, None)
    assert row.path is not None
    assert row.path.startswith(str(home / "sessions"))
    assert row.thread.id == thread_id
    read = await runtime.threads.read(thread_id)
    assert attrs.evolve(read, thread=row.thread) == row


async def test_a_thread_without_a_name_is_titled_by_its_first_words(
    runtime: Runtime, workspace: Path
) -> None:
    await stored(runtime, workspace, "please\n\nfix the test", "and now the other")
    (row,) = await runtime.threads.list().next_page()
    assert (row.name, row.title) == (None, "please fix the test")


async def test_a_page_is_asked_for_when_its_first_row_is_wanted(
    runtime: Runtime, workspace: Path
) -> None:
    made = [await stored(runtime, workspace, f"task {number}") for number in range(5)]
    before = sent(runtime)
    pager = runtime.threads.list(page_size=2)
    assert sent(runtime) == before
    assert [row.thread_id for row in await pager.next_page()] == made[:2:-1]
    assert sent(runtime) == before + 1
    assert (await anext(aiter(pager))).thread_id == made[2]
    assert [row.thread_id for row in await pager.next_page()] == [made[1]]
    assert sent(runtime) == before + 2
    assert [row.thread_id for row in await pager.next_page()] == [made[0]]
    assert await pager.next_page() == ()
    assert sent(runtime) == before + 3


async def test_no_more_rows_than_the_limit_are_asked_for(runtime: Runtime, workspace: Path) -> None:
    made = [await stored(runtime, workspace, f"task {number}") for number in range(4)]
    before = sent(runtime)
    assert await ids(runtime.threads.list(limit=3, page_size=2)) == made[:0:-1]
    assert sent(runtime) == before + 2
    assert await ids(runtime.threads.list(limit=0)) == []
    assert sent(runtime) == before + 2


async def test_another_pager_goes_on_where_one_was_on_another_server_too(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    async with open_runtime(model.runtime_config(home)) as runtime:
        made = [await stored(runtime, workspace, f"task {number}") for number in range(4)]
        pager = runtime.threads.list(page_size=2)
        before = pager.next_cursor
        await pager.next_page()
        cursor = pager.next_cursor
        assert before is None
        assert cursor is not None
    async with open_runtime(model.runtime_config(home)) as runtime:
        rest = runtime.threads.list(page_size=2, cursor=cursor)
        assert [row.thread_id for row in await rest.next_page()] == made[1::-1]
        assert rest.next_cursor is None


async def test_a_list_can_be_turned_round_where_it_is(runtime: Runtime, workspace: Path) -> None:
    made = [await stored(runtime, workspace, f"task {number}") for number in range(5)]
    pager = runtime.threads.list(page_size=2)
    await pager.next_page()
    await pager.next_page()
    back = runtime.threads.list(descending=False, cursor=pager.backwards_cursor)
    assert await ids(back) == made[2:]


@pytest.mark.parametrize("sort_key", ["recency_at", "created_at", "updated_at"])
async def test_threads_of_the_same_moment_are_all_listed(
    sort_key: str, runtime: Runtime, home: Path, workspace: Path
) -> None:
    thread_id = await stored(runtime, workspace, "task")
    path = (await runtime.threads.read(thread_id)).path
    copies = {put_rollout(home, path, thread_id, number) for number in range(12)}
    assert await runtime.threads.reindex() == 13
    for descending in (True, False):
        pager = runtime.threads.list(sort_key=sort_key, descending=descending, page_size=5)  # type: ignore[arg-type]
        listed = await ids(pager)
        assert (len(listed), set(listed)) == (13, copies | {thread_id})


async def test_a_directory_is_the_same_however_it_is_spelled(
    runtime: Runtime, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "link"
    link.symlink_to(workspace)
    other = tmp_path / "other"
    other.mkdir()
    here = [await stored(runtime, workspace, "one"), await stored(runtime, link, "two")]
    there = await stored(runtime, other, "three")
    monkeypatch.chdir(tmp_path)
    for cwd in (workspace, link, f"{workspace}/", workspace / "..", "workspace", "./link"):
        expected = here[::-1] if cwd != workspace / ".." else []
        assert await ids(runtime.threads.list(cwd=cwd)) == expected
    assert await ids(runtime.threads.list(cwd="other")) == [there]
    assert await ids(runtime.threads.list(cwd=tmp_path / "missing")) == []


async def test_archived_threads_have_a_list_of_their_own(runtime: Runtime, workspace: Path) -> None:
    first, second = [await stored(runtime, workspace, word) for word in ("one", "two")]
    await runtime.threads.archive(first)
    assert await ids(runtime.threads.list()) == [second]
    (row,) = await runtime.threads.list(archived=True).next_page()
    assert (row.thread_id, row.archived) == (first, True)


async def test_threads_of_every_source_are_listed_unless_some_are_named(
    runtime: Runtime, home: Path, workspace: Path
) -> None:
    ours = await stored(runtime, workspace, "task")
    path = (await runtime.threads.read(ours)).path
    by_exec = put_rollout(home, path, ours, 1, source="exec")
    await runtime.threads.reindex()
    assert {*await ids(runtime.threads.list())} == {ours, by_exec}
    told_by_default = await runtime.request("thread/list", {"useStateDbOnly": True})
    assert by_exec not in str(told_by_default)
    assert await ids(runtime.threads.list(source_kinds=["exec"])) == [by_exec]
    assert await ids(runtime.threads.list(source_kinds=["vscode", "cli"])) == [ours]
    assert (await runtime.threads.read(by_exec)).source == "exec"


async def test_the_server_lists_no_thread_of_a_source_that_it_has_no_word_for(
    runtime: Runtime, home: Path, workspace: Path
) -> None:
    ours = await stored(runtime, workspace, "task")
    path = (await runtime.threads.read(ours)).path
    foreign = put_rollout(home, path, ours, 1, source={"custom": "another-program"})
    await runtime.threads.reindex()
    assert await ids(runtime.threads.list()) == [ours]
    assert (await runtime.threads.find(foreign)).source == "another-program"


async def test_threads_of_every_provider_are_listed_unless_some_are_named(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    named = model.config_overrides()
    other = {**named["model_providers"]["scripted"], "name": "other"}  # type: ignore[index]
    config = model.runtime_config(home, config_overrides={"model_providers.other": other})
    async with open_runtime(config) as runtime:
        first = await stored(runtime, workspace, "task")
        elsewhere = SessionConfig(cwd=workspace, model_provider="other", on_exit="detach")
        async with await runtime.start_session(elsewhere) as session:
            await session.ask("task")
        assert await ids(runtime.threads.list()) == [session.thread_id, first]
        pager = runtime.threads.list(model_providers=["other"])
        assert [row.model_provider async for row in pager] == ["other"]


async def test_a_search_finds_part_of_the_title(runtime: Runtime, workspace: Path) -> None:
    await stored(runtime, workspace, "task", name="Repairs")
    other = await stored(runtime, workspace, "task", name="The great migration")
    assert await ids(runtime.threads.list(search_term="migra")) == [other]
    assert await ids(runtime.threads.list(search_term="nothing of that")) == []


async def test_files_that_came_in_by_another_way_are_listed_once_they_are_indexed(
    runtime: Runtime, home: Path, workspace: Path
) -> None:
    thread_id = await stored(runtime, workspace, "task")
    path = (await runtime.threads.read(thread_id)).path
    copy = put_rollout(home, path, thread_id, 1)
    assert await ids(runtime.threads.list()) == [thread_id]
    assert await runtime.threads.reindex() == 2
    assert {*await ids(runtime.threads.list())} == {thread_id, copy}


async def test_threads_that_never_ran_and_ephemeral_ones_are_in_no_list(
    runtime: Runtime, workspace: Path
) -> None:
    await runtime.start_session(SessionConfig(cwd=workspace))
    fleeting = await runtime.start_session(SessionConfig(cwd=workspace, ephemeral=True))
    await fleeting.ask("hello")
    assert await runtime.threads.list().next_page() == ()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"page_size": 0}, "page_size"),
        ({"page_size": 101}, "page_size"),
        ({"limit": -1}, "limit"),
        ({"archived": None}, "archived"),
        ({"sort_key": "size"}, "sort_key"),
        ({"source_kinds": "cli"}, "source_kinds"),
        ({"source_kinds": [1]}, "source_kinds"),
        ({"search_term": ""}, "search_term"),
        ({"cwd": 7}, "cwd"),
        ({"cursor": ""}, "cursor"),
        ({"descending": "no"}, "descending"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused_at_once(
    options: dict[str, object], field: str, runtime: Runtime
) -> None:
    before = sent(runtime)
    with pytest.raises(ConfigError, match=field):
        runtime.threads.list(**options)  # type: ignore[arg-type]
    assert sent(runtime) == before
    assert await ids(runtime.threads.list()) == []


@in_one_step
async def test_a_cancelled_reader_of_a_list_loses_no_row(runtime: Runtime, workspace: Path) -> None:
    made = [await stored(runtime, workspace, f"task {number}") for number in range(3)]
    pager = runtime.threads.list(page_size=1)
    with trio.CancelScope() as scope:
        scope.cancel()
        await pager.next_page()
    assert await ids(pager) == made[::-1]


@in_one_step
async def test_two_readers_of_one_list_are_refused(runtime: Runtime, workspace: Path) -> None:
    await stored(runtime, workspace, "task")
    pager = runtime.threads.list()
    refused: list[Exception] = []

    async def read() -> None:
        try:
            await pager.next_page()
        except trio.BusyResourceError as problem:
            refused.append(problem)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        nursery.start_soon(read)
    assert len(refused) == 1


# -- the latest, and one by its beginning --------------------------------------------------------


async def test_the_latest_thread_is_the_one_last_worked_in(
    runtime: Runtime, workspace: Path
) -> None:
    first, second = [await stored(runtime, workspace, word) for word in ("one", "two")]
    assert (await runtime.threads.latest()).thread_id == second
    await runtime.threads.rename(first, "another name is no work")
    assert (await runtime.threads.latest()).thread_id == second
    async with await runtime.resume_session(
        first, SessionConfig(cwd=workspace, on_exit="detach")
    ) as session:
        await session.ask("more")
    assert (await runtime.threads.latest()).thread_id == first
    await runtime.threads.archive(first)
    assert (await runtime.threads.latest()).thread_id == second


async def test_the_latest_of_a_directory_is_not_that_of_another(
    runtime: Runtime, workspace: Path, tmp_path: Path
) -> None:
    here = await stored(runtime, workspace, "one")
    await stored(runtime, tmp_path, "two")
    assert (await runtime.threads.latest(workspace)).thread_id == here
    with pytest.raises(NoThreadFound, match="of the directory") as caught:
        await runtime.threads.latest(tmp_path / "missing")
    assert str(tmp_path / "missing") in caught.value.looked_for


async def test_an_empty_store_has_no_latest_thread(runtime: Runtime, home: Path) -> None:
    with pytest.raises(NoThreadFound) as caught:
        await runtime.threads.latest()
    assert caught.value.where == str(home)
    with pytest.raises(NoThreadFound):
        await runtime.threads.resume_latest()


async def test_the_latest_thread_is_resumed_where_it_was(
    model: ScriptedModel, home: Path, workspace: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(workspace)
    async with open_runtime(model.runtime_config(home)) as runtime:
        thread_id = await stored(runtime, workspace, "my number is 17")
        await stored(runtime, tmp_path, "elsewhere")
    async with open_runtime(model.runtime_config(home)) as runtime:
        config = SessionConfig(effort="low", on_exit="detach")
        async with await runtime.threads.resume_latest(link, config) as session:
            assert session.thread_id == thread_id
            assert session.config.effort == "low"
            await session.ask("which one?")
        assert "my number is 17" in str(model.requests[-1].input_texts)
        again = await runtime.threads.resume_latest()
        assert (again.thread_id, again.config.cwd) == (thread_id, str(workspace))


async def test_a_thread_is_found_by_the_beginning_of_its_id(
    runtime: Runtime, home: Path, workspace: Path
) -> None:
    first = await stored(runtime, workspace, "one")
    path = (await runtime.threads.read(first)).path
    second = put_rollout(home, path, first, 1)
    await runtime.threads.reindex()
    await runtime.threads.archive(second)
    assert first[:20] == second[:20]
    unique = next(n for n in range(36) if first[:n] != second[:n])
    for wanted in (first, second):
        assert (await runtime.threads.find(wanted[:unique])).thread_id == wanted
        assert (await runtime.threads.find(wanted.upper())).thread_id == wanted
    assert (await runtime.threads.find(second)).archived
    with pytest.raises(AmbiguousThreadId) as caught:
        await runtime.threads.find(first[:20])
    assert {*caught.value.thread_ids} == {first, second}
    for missing in ("ffffffff", NEVER):
        with pytest.raises(NoThreadFound, match=missing):
            await runtime.threads.find(missing)
    for nonsense in ("", "xyz", "*", "-"):
        with pytest.raises(ConfigError, match="prefix"):
            await runtime.threads.find(nonsense)


# -- putting in order ----------------------------------------------------------------------------


async def test_a_thread_that_nobody_holds_is_renamed(runtime: Runtime, workspace: Path) -> None:
    thread_id = await stored(runtime, workspace, "task")
    await runtime.threads.rename(thread_id, "Grüße \N{PARTY POPPER}")
    assert (await runtime.threads.read(thread_id)).name == "Grüße \N{PARTY POPPER}"


async def test_an_archived_thread_says_so_whatever_is_asked_of_it(
    runtime: Runtime, workspace: Path
) -> None:
    thread_id = await stored(runtime, workspace, "task")
    await runtime.threads.archive(thread_id)
    for refused in (
        partial(runtime.threads.rename, thread_id, "name"),
        partial(runtime.threads.retitle, thread_id),
        partial(runtime.threads.archive, thread_id),
        partial(runtime.threads.fork, thread_id),
        partial(runtime.resume_session, thread_id, SessionConfig(cwd=workspace)),
    ):
        with pytest.raises(ThreadArchived):
            await refused()
    assert (await runtime.threads.read(thread_id)).archived
    assert len(await runtime.threads.turns(thread_id).next_page()) == 1


async def test_an_archived_thread_is_taken_back(runtime: Runtime, workspace: Path) -> None:
    thread_id = await stored(runtime, workspace, "task")
    await runtime.threads.archive(thread_id)
    assert (await runtime.threads.unarchive(thread_id)).archived is False
    assert (await runtime.threads.latest()).thread_id == thread_id
    async with await runtime.threads.resume_latest() as session:
        await session.ask("more")


async def test_a_deleted_thread_is_gone_with_its_file(
    runtime: Runtime, home: Path, workspace: Path
) -> None:
    kept, *deleted = [await stored(runtime, workspace, word) for word in ("one", "two", "three")]
    await runtime.threads.archive(deleted[0])
    for thread_id in deleted:
        assert await runtime.threads.delete(thread_id) is True
        assert await runtime.threads.delete(thread_id, missing_ok=True) is False
        with pytest.raises(ThreadNotFound):
            await runtime.threads.delete(thread_id)
        with pytest.raises(ThreadNotFound):
            await runtime.threads.read(thread_id)
    assert rollouts_of(home) == [kept]


async def test_a_thread_that_a_session_holds_can_be_deleted_under_it(
    runtime: Runtime, session: Session
) -> None:
    await session.ask("hello")
    assert await runtime.threads.delete(session.thread_id)
    with pytest.raises(ThreadNotFound):
        await session.ask("still there?")
    assert (await session.close()).action == "already_archived"


async def test_an_ephemeral_thread_cannot_be_deleted(runtime: Runtime, workspace: Path) -> None:
    session = await runtime.start_session(SessionConfig(cwd=workspace, ephemeral=True))
    await session.ask("hello")
    with pytest.raises(NotSupported):
        await runtime.threads.delete(session.thread_id, missing_ok=True)


async def test_a_fork_begins_with_the_history_of_a_stored_thread(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    thread_id = await stored(runtime, workspace, "my number is 17")
    async with await runtime.threads.fork(thread_id) as session:
        assert session.config.cwd == str(workspace)
        assert session.thread_id != thread_id
        await session.ask("which one?")
    assert "my number is 17" in str(model.requests[-1].input_texts)
    assert (await runtime.threads.read(session.thread_id)).forked_from_id == thread_id


async def test_a_thread_that_was_forked_is_deleted_after_its_forks(
    runtime: Runtime, workspace: Path
) -> None:
    thread_id = await stored(runtime, workspace, "my number is 17")
    async with await runtime.threads.fork(thread_id) as session:
        await session.ask("which one?")
    with pytest.raises(RequestError, match="forked history still references it"):
        await runtime.threads.delete(thread_id)
    assert await runtime.threads.delete(session.thread_id)
    assert await runtime.threads.delete(thread_id)


@pytest.mark.parametrize("method", ["fork", "resume_latest"])
async def test_a_configuration_of_another_kind_is_refused_before_anything_is_sent(
    method: str, runtime: Runtime
) -> None:
    before = sent(runtime)
    for wrong in (5, RunProfile()):
        with pytest.raises(ConfigError, match="is not a SessionConfig"):
            await getattr(runtime.threads, method)(NEVER, wrong)
    assert sent(runtime) == before


@pytest.mark.parametrize(
    "method", ["read", "tail", "archive", "unarchive", "delete", "fork", "retitle"]
)
async def test_what_is_no_thread_id_is_refused_before_anything_is_sent(
    method: str, runtime: Runtime
) -> None:
    before = sent(runtime)
    with pytest.raises(ConfigError, match="thread_id"):
        await getattr(runtime.threads, method)("01a1fc39")
    assert sent(runtime) == before


@pytest.mark.parametrize("method", ["read", "tail", "archive", "unarchive", "delete", "retitle"])
async def test_a_thread_that_is_not_there_is_not_found(method: str, runtime: Runtime) -> None:
    with pytest.raises(ThreadNotFound):
        await getattr(runtime.threads, method)(NEVER)
