"""What every store does, one sentence at a time; `test_machine` has the combinations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import pytest

from codex_runtime.errors.relay import RelayStoreError
from codex_runtime.relay.store.limits import StoreLimits
from codex_runtime.relay.store.memory import MemoryStore
from codex_runtime.relay.store.protocol import FinishedTurn
from codex_runtime.relay.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from codex_runtime.relay.store.protocol import SessionStore


class Opener(Protocol):
    def __call__(self, limits: StoreLimits | None = None) -> SessionStore: ...


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
def opener(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Generator[Opener]:
    opened: list[SessionStore] = []

    def open_store(limits: StoreLimits | None = None) -> SessionStore:
        store: SessionStore
        if request.param == "memory":
            store = MemoryStore(limits, clock=clock)
        else:
            store = SqliteStore(tmp_path / "store.db", limits, clock=clock)
        opened.append(store)
        return store

    yield open_store
    for store in opened:
        store.close()


@pytest.fixture
def store(opener: Opener) -> SessionStore:
    return opener()


def turn(
    number: int, *, thread: str = "t", reasoning: str = "", calls: Sequence[str] = ()
) -> FinishedTurn:
    return FinishedTurn(
        thread=thread,
        response_id=f"resp_{number}",
        after=f"resp_{number - 1}" if number else None,
        messages=(b"asked %d" % number, b"said %d" % number),
        reasoning=reasoning,
        call_ids=tuple(calls),
        fingerprint=f"{number:064x}",
    )


def test_ids_are_new_each_time_and_stand_for_nothing(store: SessionStore) -> None:
    ids = {store.new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(name.startswith("resp_") and store.get_history(name) == () for name in ids)


def test_a_history_is_all_that_came_before_oldest_first(store: SessionStore) -> None:
    for number in range(3):
        store.keep(turn(number))
    expected = (b"asked 0", b"said 0", b"asked 1", b"said 1", b"asked 2", b"said 2")
    assert store.get_history("resp_2") == expected


def test_each_branch_has_its_own_history(store: SessionStore) -> None:
    root = store.save([b"root"])
    left = store.save([b"left"], after=root)
    right = store.save([b"right"], after=root)
    leaf = store.save([b"leaf"], after=left)
    assert store.get_history(leaf) == (b"root", b"left", b"leaf")
    assert store.get_history(right) == (b"root", b"right")


def test_an_unknown_predecessor_begins_a_new_history(store: SessionStore) -> None:
    response_id = store.save([b"hello"], after="resp_of_another_day")
    assert store.get_history(response_id) == (b"hello",)


def test_a_response_without_a_thread_joins_the_one_it_comes_after(store: SessionStore) -> None:
    first = store.save([b"a"])
    second = store.save([b"b"], after=first)
    third = store.save([b"c"], thread="named")
    fourth = store.save([b"d"], after=third)
    assert [store.thread_of(name) for name in (first, second, third, fourth, "resp_?")] == [
        first,
        first,
        "named",
        "named",
        None,
    ]


def test_a_branch_into_another_thread_takes_its_history_along(opener: Opener) -> None:
    store = opener(StoreLimits(max_threads=1))
    first = store.save([b"a"], thread="old")
    second = store.save([b"b"], thread="new", after=first)
    assert store.get_history(first) == ()
    assert store.get_history(second) == (b"a", b"b")


def test_a_response_cannot_come_after_itself(store: SessionStore) -> None:
    store.save_with_id("resp_x", [b"once"], after="resp_x")
    assert store.get_history("resp_x") == (b"once",)


def test_an_id_is_stored_once_and_a_refused_turn_leaves_nothing(store: SessionStore) -> None:
    store.keep(turn(0))
    with pytest.raises(RelayStoreError, match="'resp_0' already"):
        store.keep(turn(0, thread="other", reasoning="why", calls=["call_1"]))
    assert store.get_history("resp_0") == (b"asked 0", b"said 0")
    assert store.thread_of("resp_0") == "t"
    assert not store.has_reasoning("other")


def test_a_finished_turn_is_found_by_its_calls_and_its_fingerprint(store: SessionStore) -> None:
    store.keep(turn(0, reasoning="let me see", calls=["call_1", "call_2", "call_1"]))
    assert store.get_reasoning("t", "call_1") == "let me see"
    assert store.get_reasoning("t", "call_2") == "let me see"
    assert store.get_turn_reasoning("t", f"{0:064x}") == "let me see"
    assert store.get_reasoning("t", "call_3") is None


def test_a_turn_that_is_not_to_be_stored_still_keeps_its_reasoning(store: SessionStore) -> None:
    store.keep(
        FinishedTurn(
            thread="t",
            response_id=None,
            after=None,
            messages=(b"secret",),
            reasoning="hm",
            call_ids=(),
            fingerprint="f",
        )
    )
    assert store.get_turn_reasoning("t", "f") == "hm"
    assert store.has_reasoning("t")


def test_reasoning_never_leaks_into_another_thread(store: SessionStore) -> None:
    store.keep(turn(0, thread="one", reasoning="of one", calls=["call_1"]))
    store.store_reasoning("two", "call_1", "of two")
    store.store_turn_reasoning("two", f"{0:064x}", "of two as well")
    assert store.get_reasoning("one", "call_1") == "of one"
    assert store.get_turn_reasoning("one", f"{0:064x}") == "of one"
    assert store.get_reasoning("two", "call_1") == "of two"
    assert store.get_turn_reasoning("two", f"{0:064x}") == "of two as well"
    assert store.get_reasoning("three", "call_1") is None


def test_a_call_id_and_a_fingerprint_of_the_same_name_are_two_things(store: SessionStore) -> None:
    store.store_reasoning("t", "same", "of the call")
    store.store_turn_reasoning("t", "same", "of the turn")
    assert store.get_reasoning("t", "same") == "of the call"
    assert store.get_turn_reasoning("t", "same") == "of the turn"


def test_a_reused_call_id_stands_for_its_latest_turn_even_if_that_thought_nothing(
    store: SessionStore,
) -> None:
    store.keep(turn(0, reasoning="first", calls=["call_1"]))
    store.keep(turn(1, reasoning="second", calls=["call_1"]))
    assert store.get_reasoning("t", "call_1") == "second"
    store.keep(turn(2, calls=["call_1"]))
    assert store.get_reasoning("t", "call_1") is None
    assert store.get_turn_reasoning("t", f"{0:064x}") == "first"


def test_many_turns_are_asked_for_at_once_by_fingerprint_and_then_by_call(
    store: SessionStore,
) -> None:
    store.keep(turn(0, reasoning="first", calls=["call_1"]))
    store.keep(turn(1, reasoning="second", calls=["call_2"]))
    asked = [
        ("unknown", ("call_7", "call_2", "call_1")),
        (f"{0:064x}", ("call_2",)),
        ("unknown", ()),
    ]
    assert list(store.find_reasoning("t", asked)) == ["second", "first", None]
    assert list(store.find_reasoning("stranger", asked)) == [None, None, None]


def test_forgetting_the_reasoning_of_a_stranger_makes_no_thread(opener: Opener) -> None:
    store = opener(StoreLimits(max_threads=1))
    kept = store.save([b"hello"])
    store.store_reasoning("stranger", "call_1", "")
    assert store.get_history(kept) == (b"hello",)


def test_a_thread_is_forgotten_a_while_after_its_last_look_up(opener: Opener, clock: Clock) -> None:
    store = opener(StoreLimits(ttl_s=10))
    name = store.save([b"hello"])
    for _ in range(3):
        clock.now += 9.5
        assert store.get_history(name) == (b"hello",)
    clock.now += 10
    assert store.get_history(name) == ()
    assert store.thread_of(name) is None


def test_a_clock_that_goes_back_makes_no_thread_live_for_ever(opener: Opener, clock: Clock) -> None:
    store = opener(StoreLimits(ttl_s=10))
    name = store.save([b"hello"])
    clock.now -= 900
    assert store.get_history("resp_of_nobody") == ()
    clock.now += 9
    assert store.thread_of(name) == name
    clock.now += 10
    assert store.thread_of(name) is None


def test_the_least_recently_used_thread_goes_first(opener: Opener) -> None:
    store = opener(StoreLimits(max_threads=2))
    one, two = store.save([b"1"]), store.save([b"2"])
    assert store.get_history(one) == (b"1",)
    three = store.save([b"3"])
    assert [store.thread_of(name) for name in (one, two, three)] == [one, None, three]


def test_whole_threads_go_never_half_a_history(opener: Opener) -> None:
    store = opener(StoreLimits(max_bytes=4_000))
    for number in range(4):
        store.keep(turn(number, reasoning="hm", calls=["call_1"]))
    name = store.save([b"x" * 1_500])
    assert all(store.get_history(f"resp_{number}") == () for number in range(4))
    assert not store.has_reasoning("t")
    assert store.get_history(name) == (b"x" * 1_500,)


def test_a_thread_larger_than_all_is_not_kept_and_pushes_nobody_out(opener: Opener) -> None:
    store = opener(StoreLimits(max_bytes=2_000))
    small = store.save([b"small"])
    large = store.save([b"x" * 2_000])
    assert store.get_history(large) == ()
    assert store.get_history(small) == (b"small",)
    assert store.save([b"more"], after=large)


def test_one_long_reasoning_of_many_calls_is_counted_once(opener: Opener) -> None:
    store = opener(StoreLimits(max_bytes=20_000))
    store.keep(turn(0, reasoning="x" * 10_000, calls=[f"call_{n}" for n in range(20)]))
    assert store.get_reasoning("t", "call_19") == "x" * 10_000


def test_clones_share_everything_and_close_together(store: SessionStore) -> None:
    clone = store.clone()
    name = clone.save([b"hello"])
    assert store.get_history(name) == (b"hello",)
    store.close()
    clone.close()
    for handle in (store, clone):
        with pytest.raises(RelayStoreError, match="is closed"):
            handle.get_history(name)


def test_only_the_store_on_disk_says_that_it_blocks(store: SessionStore) -> None:
    assert store.blocks is isinstance(store, SqliteStore)


@pytest.mark.parametrize("name", ["", "\0", "a\0b", "lone \ud800", "ß" * 500, "../../etc/passwd"])
def test_any_text_may_be_a_name(store: SessionStore, name: str) -> None:
    store.save_with_id(name, [b"m"], thread=f"thread {name}")
    store.store_reasoning(f"thread {name}", name, f"about {name}")
    assert store.get_history(name) == (b"m",)
    assert store.thread_of(name) == f"thread {name}"
    assert store.get_reasoning(f"thread {name}", name) == f"about {name}"


def test_messages_are_any_bytes_and_may_be_none_or_empty(store: SessionStore) -> None:
    first = store.save([])
    second = store.save([b"", b"\0\xff", b""], after=first)
    assert store.get_history(first) == ()
    assert store.get_history(second) == (b"", b"\0\xff", b"")


def test_a_history_of_many_thousand_turns_is_no_trouble(store: SessionStore) -> None:
    name: str | None = None
    for number in range(3_000):
        name = store.save([b"%d" % number], thread="t", after=name)
    assert name is not None
    assert store.get_history(name) == tuple(b"%d" % number for number in range(3_000))


def test_clones_may_be_used_from_several_threads(opener: Opener) -> None:
    store = opener(StoreLimits(max_threads=100))

    def talk(speaker: int) -> str:
        clone, name = store.clone(), None
        for number in range(30):
            name = clone.save([b"%d %d" % (speaker, number)], thread=f"t{speaker}", after=name)
            clone.store_reasoning(f"t{speaker}", "call_1", f"{speaker} {number}")
            assert clone.get_reasoning(f"t{speaker}", "call_1") == f"{speaker} {number}"
        assert name is not None
        return name

    with ThreadPoolExecutor(6) as pool:
        names = list(pool.map(talk, range(6)))
    for speaker, name in enumerate(names):
        expected = tuple(b"%d %d" % (speaker, number) for number in range(30))
        assert store.get_history(name) == expected


def test_a_memory_history_shares_its_messages_between_turns() -> None:
    store = MemoryStore()
    message = b"x" * 1_000
    names = [store.save([message], thread="t")]
    for _ in range(3):
        names.append(store.save([b"more"], thread="t", after=names[-1]))
    histories = [store.get_history(name) for name in names]
    assert all(history[0] is message for history in histories)
    assert all(later[: len(earlier)] == earlier for earlier, later in pairwise(histories))


def test_a_clock_that_fails_leaves_a_memory_store_usable() -> None:
    answers = iter([1.0])
    store = MemoryStore(clock=lambda: next(answers, None) or 1 / 0)
    name = store.save([b"hello"])
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            store.get_history(name)
