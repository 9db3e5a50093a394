"""The threads of a home are found without a server, and nothing there is changed."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from codex_runtime.errors import InvalidInput
from codex_runtime.errors.history import (
    AmbiguousThreadId,
    HomeNotFound,
    NoThreadFound,
    RolloutUnreadable,
)
from codex_runtime.history.rollouts.found import Rollouts
from tests.history.homes import Home, with_id
from tests.history.rollout_files import COMPRESSED, CONVERSATION, FIXTURES, LEGACY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORKED: Final = FIXTURES / "0.163.0" / "forked.jsonl"
OLD: Final = FIXTURES / "0.42.0" / "conversation.jsonl"
PROJECT: Final = "/srv/rollouts/project"
NOBODY: Final = 65534
A: Final = "0a000000-0000-7000-8000-000000000001"
B: Final = "0a000000-0000-7000-8000-000000000002"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "codex-home")


@pytest.fixture
def nobodys_home() -> Iterator[Home]:
    """A home whose reader is not the superuser, who may read everything."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield Home(path / "codex-home")


def ids(home: Home, **kwargs: object) -> list[str]:
    found = Rollouts(home.path).threads(**kwargs)  # type: ignore[arg-type]
    return [each.thread_id for each in found]


def test_a_thread_is_told_by_its_first_lines(home: Home) -> None:
    thread_id, path = home.add(CONVERSATION, active_at_s=2_000_000_000.0)
    (info,) = Rollouts(home.path).threads()
    assert info.thread_id == thread_id
    assert info.path == path
    assert info.cwd == PROJECT
    assert info.preview == "Hello, look at the output: äöü \N{PARTY POPPER}\nthen stop."
    assert info.title == "Hello, look at the output: äöü \N{PARTY POPPER} then stop."
    assert info.name is None
    assert not info.archived
    assert not info.is_compressed
    assert info.size_bytes == CONVERSATION.stat().st_size
    assert (info.cli_version, info.source, info.model_provider) == ("0.163.0", "vscode", "scripted")
    assert info.updated_at_s == 2_000_000_000.0
    assert 1_700_000_000 < info.created_at_s < info.updated_at_s


def test_the_last_name_that_was_given_is_the_title(home: Home) -> None:
    thread_id, _ = home.add(CONVERSATION)
    home.name(thread_id, "First")
    home.name(A, "Of another")
    home.name(thread_id, "Last")
    (info,) = Rollouts(home.path).threads()
    assert (info.title, info.name) == ("Last", "Last")


def test_a_bad_line_in_the_names_is_reported_and_costs_no_other(home: Home) -> None:
    thread_id, _ = home.add(CONVERSATION)
    index = home.path / "session_index.jsonl"
    index.write_bytes(b'{"id":\n\xff\xfe\n[1]\n\n{"id":1,"thread_name":"x"}\n')
    home.name(thread_id, "Last")
    rollouts = Rollouts(home.path)
    assert [each.title for each in rollouts.threads()] == ["Last"]
    assert rollouts.skipped == ((index, "4 bad lines in it"),)


def test_the_thread_that_was_active_last_comes_first(home: Home) -> None:
    middle, _ = home.add(FORKED, active_at_s=200)
    first, _ = home.add(OLD, active_at_s=100)
    last, _ = home.add(CONVERSATION, active_at_s=300)
    assert ids(home) == [last, middle, first]
    assert Rollouts(home.path).latest().thread_id == last


def test_archived_threads_are_listed_where_they_are_asked_for(home: Home) -> None:
    here, _ = home.add(CONVERSATION, active_at_s=100)
    away, _ = home.add(FORKED, archived=True, active_at_s=200)
    assert ids(home) == [here]
    assert ids(home, archived=True) == [away]
    assert ids(home, archived=None) == [away, here]
    assert Rollouts(home.path).find(away).archived
    assert Rollouts(home.path).latest().thread_id == here
    assert Rollouts(home.path).latest(archived=None).thread_id == away


def test_a_directory_is_the_same_however_it_is_spelled(home: Home, tmp_path: Path) -> None:
    real = tmp_path / "project"
    real.mkdir()
    link = tmp_path / "link"
    link.symlink_to(real)
    for thread_id, cwd in ((A, real), (B, link)):
        there = with_id(CONVERSATION, thread_id).replace(PROJECT.encode(), str(cwd).encode())
        home.put(f"rollout-2026-11-22T00-00-00-{thread_id}.jsonl", there, 100)
    home.add(CONVERSATION)
    for spelled in (real, link, f"{real}/", f"{link}/../project", str(real)):
        assert sorted(ids(home, cwd=spelled)) == [A, B]
    assert ids(home, cwd=tmp_path) == []
    assert Rollouts(home.path).latest(cwd=link).thread_id in (A, B)


def test_without_a_thread_there_is_no_latest(home: Home, tmp_path: Path) -> None:
    with pytest.raises(NoThreadFound, match="no stored thread in"):
        Rollouts(home.path).latest()
    home.add(CONVERSATION)
    with pytest.raises(NoThreadFound, match="that was started in") as caught:
        Rollouts(home.path).latest(cwd=tmp_path)
    assert caught.value.where == str(home.path)


def test_a_thread_is_found_by_the_beginning_of_its_id(home: Home) -> None:
    thread_id, _ = home.add(CONVERSATION)
    for prefix in (thread_id, thread_id[:8], thread_id.upper(), f" {thread_id} "):
        assert Rollouts(home.path).find(prefix).thread_id == thread_id


def test_a_prefix_of_several_threads_is_refused_with_all_of_them(home: Home) -> None:
    for thread_id in (B, A):
        name = f"rollout-2026-11-22T00-00-00-{thread_id}.jsonl"
        home.put(name, with_id(CONVERSATION, thread_id))
    with pytest.raises(AmbiguousThreadId, match="the beginning of several threads") as caught:
        Rollouts(home.path).find("0a00")
    assert caught.value.thread_ids == (A, B)


def test_an_id_that_is_nowhere_is_not_found(home: Home) -> None:
    home.add(CONVERSATION)
    with pytest.raises(NoThreadFound, match="'ffff'"):
        Rollouts(home.path).find("ffff")
    with pytest.raises(InvalidInput, match="is empty"):
        Rollouts(home.path).find(" ")


def test_a_rollout_that_the_server_compressed_is_read_as_any(home: Home) -> None:
    thread_id, path = home.add(COMPRESSED[0])
    info = Rollouts(home.path).find(thread_id)
    assert (info.path, info.is_compressed) == (path, True)
    assert (info.cwd, info.preview) == (PROJECT, "To be compressed")


def test_of_two_files_of_one_thread_the_plain_one_is_read_and_the_other_reported(
    home: Home,
) -> None:
    thread_id, _ = home.add(COMPRESSED[0])
    content = with_id(CONVERSATION, thread_id)
    plain = home.put(f"rollout-2026-11-22T00-45-07-{thread_id}.jsonl", content)
    rollouts = Rollouts(home.path)
    assert [each.path for each in rollouts.threads()] == [plain]
    assert [why for _, why in rollouts.skipped] == [f"a second file of thread {thread_id}"]


def test_the_plain_file_is_read_wherever_it_is(home: Home) -> None:
    thread_id, packed = home.add(COMPRESSED[0])
    name = f"rollout-2026-11-22T00-45-07-{thread_id}.jsonl"
    plain = home.path / "archived_sessions" / name
    plain.parent.mkdir()
    plain.write_bytes(with_id(CONVERSATION, thread_id))
    rollouts = Rollouts(home.path)
    assert rollouts.find(thread_id).path == plain
    assert rollouts.skipped == ((packed, f"a second file of thread {thread_id}"),)


def test_the_oldest_rollouts_are_listed_with_what_they_say(home: Home) -> None:
    thread_id, _ = home.add(LEGACY)
    info = Rollouts(home.path).find(thread_id)
    assert info.preview.startswith("Hello, look at the output")
    assert (info.cwd, info.source, info.cli_version) == (None, None, None)


def test_the_directory_of_an_oldest_rollout_is_taken_from_what_the_model_was_told(
    home: Home,
) -> None:
    first, rest = LEGACY.read_bytes().split(b"\n", 1)
    told = b"<environment_context>\\n  <cwd>/srv/there</cwd>\\n</environment_context>"
    line = b'{"type":"message","role":"user","content":[{"type":"input_text","text":"%b"}]}'
    name = f"rollout-2025-08-01T00-00-00-{A}.jsonl"
    home.put(name, b"\n".join([first, line % told, rest]))
    assert Rollouts(home.path).find(A).cwd == "/srv/there"
    assert ids(home, cwd="/srv/there") == [A]
    assert ids(home, cwd="/srv") == []


def test_a_thread_that_does_not_say_when_it_began_has_the_time_of_its_file(home: Home) -> None:
    first = b'{"timestamp":"x","ordinal":0,"type":"session_meta","payload":{"id":"%b"}}\n'
    home.put(f"rollout-2026-11-22T00-45-07-{A}.jsonl", first % A.encode(), 100)
    home.put(f"rollout-2026-99-99T00-45-07-{B}.jsonl", first % B.encode(), 200)
    other = "0b000000-0000-7000-8000-000000000003"
    home.put(f"rollout-{other}.jsonl", first % other.encode(), 300)
    found = Rollouts(home.path)
    assert found.find(A).created_at_s > 1_700_000_000
    assert found.find(B).created_at_s == 200
    assert found.find(other).created_at_s == 300


def test_the_thread_of_a_subagent_has_the_kind_of_its_source(home: Home) -> None:
    content = CONVERSATION.read_bytes()
    for thread_id, source, kind in (
        (A, b'{"subAgent":"review"}', "subAgent"),
        (B, b"[]", None),
    ):
        changed = content.replace(b'"source":"vscode"', b'"source":' + source, 1)
        home.put(f"rollout-2026-11-22T00-45-07-{thread_id}.jsonl", changed)
        assert Rollouts(home.path).find(thread_id).source == kind


def test_a_fork_names_its_parent(home: Home) -> None:
    parent, _ = home.add(CONVERSATION)
    fork, _ = home.add(FORKED)
    assert Rollouts(home.path).find(fork).forked_from_id == parent


def test_what_is_no_rollout_is_not_listed(home: Home) -> None:
    home.put("notes.txt", b"x")
    home.put("rollout-of-nothing.jsonl", b"x")
    home.put(f"rollout-2026-11-22T00-45-07-{A}.jsonl.tmp", b"x")
    rollouts = Rollouts(home.path)
    assert list(rollouts.threads()) == []
    assert rollouts.skipped == ()


def test_what_is_called_like_a_rollout_and_is_no_file_is_reported(home: Home) -> None:
    thread_id, path = home.add(CONVERSATION)
    folder, pipe, link = (
        path.with_name(f"rollout-2026-11-22T00-45-07-{A[:-1]}{number}.jsonl")
        for number in (1, 2, 3)
    )
    folder.mkdir()
    os.mkfifo(pipe)
    link.symlink_to("nowhere")
    rollouts = Rollouts(home.path)
    assert [each.thread_id for each in rollouts.threads()] == [thread_id]
    assert rollouts.skipped == tuple((each, "it is no file") for each in (folder, pipe, link))


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 50, b"{}\n", b'{"timestamp":"2026-', CONVERSATION.read_bytes()[:300]]
)
def test_a_rollout_without_its_first_line_is_reported_and_passed_over(
    home: Home, content: bytes
) -> None:
    path = home.put(f"rollout-2026-11-22T00-45-07-{A}.jsonl", content)
    thread_id, _ = home.add(CONVERSATION)
    rollouts = Rollouts(home.path)
    assert [each.thread_id for each in rollouts.threads()] == [thread_id]
    assert rollouts.skipped == ((path, "its first lines do not say which thread it is"),)
    with pytest.raises(RolloutUnreadable, match="do not say which thread"):
        rollouts.find(A)


def test_a_rollout_that_became_sound_is_no_longer_reported(home: Home) -> None:
    name = f"rollout-2026-11-22T00-45-07-{A}.jsonl"
    home.put(name, b"")
    rollouts = Rollouts(home.path)
    assert list(rollouts.threads()) == []
    home.put(name, CONVERSATION.read_bytes())
    assert [each.thread_id for each in rollouts.threads()] == [A]
    assert rollouts.skipped == ()


def test_a_rollout_that_is_deleted_meanwhile_is_reported_and_passed_over(home: Home) -> None:
    _, later = home.add(FORKED, active_at_s=100)
    home.add(CONVERSATION, active_at_s=200)
    rollouts = Rollouts(home.path)
    listing = rollouts.threads()
    next(listing)
    later.unlink()
    assert list(listing) == []
    assert rollouts.skipped == ((later, "No such file or directory"),)


def test_a_listing_reads_no_more_than_what_is_taken_of_it(home: Home) -> None:
    home.add(CONVERSATION, active_at_s=200)
    home.put(f"rollout-2026-11-22T00-45-07-{A}.jsonl", b"", 100)
    rollouts = Rollouts(home.path)
    rollouts.latest()
    assert rollouts.skipped == ()


def test_a_name_of_thousand_characters_is_kept_and_a_longer_preview_is_cut(home: Home) -> None:
    said = CONVERSATION.read_bytes().replace(b'"text":"Hello', b'"text":"' + b"x" * 5000)
    home.put(f"rollout-2026-11-22T00-45-07-{A}.jsonl", said)
    home.name(A, "y" * 1000)
    info = Rollouts(home.path).find(A)
    assert info.preview == "x" * 1000
    assert info.title == "y" * 1000


def test_links_that_lead_round_in_a_circle_end(home: Home) -> None:
    thread_id, path = home.add(CONVERSATION)
    (path.parent / "round").symlink_to(home.path / "sessions")
    rollouts = Rollouts(home.path)
    assert [each.path for each in rollouts.threads()] == [path]
    assert rollouts.skipped == ()
    assert rollouts.find(thread_id).path == path


def test_everything_is_left_as_it_was(home: Home) -> None:
    home.add(CONVERSATION)
    home.add(COMPRESSED[0], archived=True)
    home.put(f"rollout-2026-11-22T00-45-07-{A}.jsonl", b"\xff{")
    before = home.state()
    rollouts = Rollouts(home.path)
    assert len(list(rollouts.threads(archived=None))) == 2
    assert home.state() == before


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_a_home_that_is_none_is_refused_at_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(HomeNotFound, match="no Codex home at") as caught:
        Rollouts(tmp_path / name)
    assert caught.value.path == str(tmp_path / name)


def test_the_home_is_that_of_the_environment_if_none_is_given(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CODEX_HOME", str(home.path))
    assert Rollouts().home == home.path
    monkeypatch.setenv("CODEX_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".codex").mkdir()
    assert Rollouts().home == tmp_path / ".codex"


def test_a_home_in_which_nothing_ever_ran_has_no_threads(home: Home) -> None:
    rollouts = Rollouts(home.path)
    assert list(rollouts.threads(archived=None)) == []
    assert rollouts.skipped == ()


def test_what_may_not_be_read_is_reported_and_the_rest_is_found(nobodys_home: Home) -> None:
    home = nobodys_home
    thread_id, _ = home.add(CONVERSATION)
    _, unreadable = home.add(FORKED)
    home.name(thread_id, "Not to be seen")
    closed = home.path / "sessions" / "2025"
    closed.mkdir()
    index = home.path / "session_index.jsonl"
    named_only = home.path / "sessions" / "2024" / f"rollout-2024-11-22T00-45-07-{A}.jsonl"
    named_only.parent.mkdir()
    named_only.write_bytes(b"")
    for path in (closed, unreadable, index):
        path.chmod(0)
    named_only.parent.chmod(0o444)
    _as_nobody(lambda: _look(home, thread_id, [closed, unreadable, index, named_only]))


def _as_nobody(look: Callable[[], None]) -> None:
    """Run it without the rights of the superuser, where this process has them."""
    if os.geteuid() != 0:
        look()
        return
    os.seteuid(NOBODY)
    try:
        look()
    finally:
        os.seteuid(0)


def _look(home: Home, thread_id: str, refused: list[Path]) -> None:
    rollouts = Rollouts(home.path)
    assert [(each.thread_id, each.name) for each in rollouts.threads()] == [(thread_id, None)]
    assert rollouts.skipped == tuple(sorted((path, "Permission denied") for path in refused))


def test_a_home_that_may_not_be_read_is_refused_at_once(nobodys_home: Home) -> None:
    nobodys_home.path.chmod(0)
    _as_nobody(lambda: _is_refused(nobodys_home.path))


def _is_refused(path: Path) -> None:
    with pytest.raises(HomeNotFound, match="Permission denied"):
        Rollouts(path)


def test_a_home_may_be_copied_and_read_elsewhere(home: Home, tmp_path: Path) -> None:
    thread_id, _ = home.add(CONVERSATION)
    shutil.copytree(home.path, tmp_path / "copy")
    assert Rollouts(tmp_path / "copy").find(thread_id).path.is_relative_to(tmp_path / "copy")


@pytest.mark.parametrize("later", ["2026/11/21", "2026/11/23"])
def test_of_two_plain_files_of_one_thread_the_one_written_last_is_read(
    home: Home, later: str
) -> None:
    thread_id, path = home.add(CONVERSATION, active_at_s=100)
    other = home.path / "sessions" / later / path.name
    other.parent.mkdir()
    shutil.copyfile(path, other)
    os.utime(other, (200, 200))
    rollouts = Rollouts(home.path)
    assert [each.path for each in rollouts.threads()] == [other]
    assert rollouts.skipped == ((path, f"a second file of thread {thread_id}"),)
    os.utime(path, (300, 300))
    assert Rollouts(home.path).find(thread_id).path == path


def test_a_directory_that_cannot_be_one_is_not_that_of_a_thread(home: Home, tmp_path: Path) -> None:
    there = CONVERSATION.read_bytes().replace(PROJECT.encode(), b"/srv/\\u0000")
    home.put(f"rollout-2026-11-22T00-45-07-{A}.jsonl", there)
    thread_id, _ = home.add(CONVERSATION)
    assert ids(home, cwd=PROJECT) == [thread_id]
    assert ids(home, cwd=tmp_path) == []
    assert Rollouts(home.path).find(A).cwd == "/srv/\0"


@pytest.mark.parametrize("cwd", ["a\0b", "", b"/srv", 5])
def test_a_directory_that_is_no_path_is_refused_at_once(home: Home, cwd: Any) -> None:
    rollouts = Rollouts(home.path)
    with pytest.raises(InvalidInput, match="cwd="):
        rollouts.threads(cwd=cwd)
    with pytest.raises(InvalidInput, match="cwd="):
        rollouts.latest(cwd=cwd)


def test_a_directory_whose_name_is_no_utf8_has_no_threads(home: Home) -> None:
    home.add(CONVERSATION)
    assert ids(home, cwd=os.fsdecode(b"/srv/\xff")) == []


def test_what_is_no_answer_to_archived_is_refused_at_once(home: Home) -> None:
    archived: Any = "yes"
    with pytest.raises(InvalidInput, match="archived='yes': is not a bool"):
        Rollouts(home.path).threads(archived=archived)


@pytest.mark.parametrize("prefix", [None, 5, b"01"])
def test_an_id_that_is_no_text_is_refused(home: Home, prefix: Any) -> None:
    with pytest.raises(InvalidInput, match=r"id_or_prefix=.*is not a str"):
        Rollouts(home.path).find(prefix)


@pytest.mark.parametrize("given", ["", b"/srv", 5])
def test_a_home_that_is_no_path_is_refused(
    home: Home, monkeypatch: pytest.MonkeyPatch, given: Any
) -> None:
    monkeypatch.setenv("CODEX_HOME", str(home.path))
    with pytest.raises(InvalidInput, match="codex_home="):
        Rollouts(given)


@pytest.mark.parametrize("given", ["~no-such-user-here/x", "a\0b"])
def test_a_home_that_cannot_be_is_not_found(given: str) -> None:
    with pytest.raises(HomeNotFound, match="no Codex home at"):
        Rollouts(given)


def test_a_home_of_the_environment_that_cannot_be_is_not_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CODEX_HOME", "~no-such-user-here/x")
    with pytest.raises(HomeNotFound, match="no-such-user-here"):
        Rollouts()


def test_names_in_a_pipe_are_not_waited_for(home: Home) -> None:
    thread_id, _ = home.add(CONVERSATION)
    index = home.path / "session_index.jsonl"
    os.mkfifo(index)
    rollouts = Rollouts(home.path)
    assert [each.thread_id for each in rollouts.threads()] == [thread_id]
    assert rollouts.skipped == ((index, "it is no file"),)


def test_a_name_that_is_nested_too_deeply_is_a_bad_line(home: Home) -> None:
    thread_id, _ = home.add(CONVERSATION)
    index = home.path / "session_index.jsonl"
    index.write_bytes(b"[" * 200_000 + b"\n")
    home.name(thread_id, "Last")
    rollouts = Rollouts(home.path)
    assert rollouts.find(thread_id).name == "Last"
    assert rollouts.skipped == ((index, "1 bad lines in it"),)


def test_a_name_with_half_of_a_surrogate_pair_can_be_written(home: Home) -> None:
    thread_id, _ = home.add(CONVERSATION)
    home.name(thread_id, "x\ud800y")
    assert Rollouts(home.path).find(thread_id).title == "x?y"
