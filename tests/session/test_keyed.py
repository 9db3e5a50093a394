"""A keyed ask is executed once at most, whatever dies on the way, as long as the record is true.

Owns the order of looking and sending, in virtual time over steps that fail as told; what the real
record looks like is seen in ``tests/real/test_keys.py``.
"""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
import trio.testing
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.engine.keys_in_use import KeysInUse
from codex_runtime.errors import (
    AppServerExited,
    CodexRuntimeError,
    NotSupported,
    RequestError,
    RequestTimeout,
    TurnFailed,
    TurnInterrupted,
    TurnLost,
)
from codex_runtime.model.results import TurnResult
from codex_runtime.session.keyed import (
    MAX_LOOKED_THROUGH,
    Found,
    KeyedSteps,
    ask_keyed,
    find_keyed,
)
from tests.engine.fake_server import FakeServer, captured_result
from tests.engine.running import running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trio.testing import MockClock

    from codex_runtime.session.keyed import FoundState
    from tests.engine.fake_server import Json

SETTLE_S = 30.0


def result(status: str = "completed", text: str = "recorded") -> TurnResult:
    return TurnResult(thread_id="t", turn_id="1", status=status, text=text)


def found(state: FoundState = "ended", status: str = "completed") -> Found:
    return Found(state=state, result=result(status))


RUNNING = found("running", "lost")
UNFINISHED = found("unfinished", "lost")


def exited(*, written: bool = True) -> AppServerExited:
    return AppServerExited(returncode=-9, stderr_tail="", written=written)


def turn_lost(turn_id: str | None = "1") -> TurnLost:
    arrived = attrs.evolve(result("lost", "half of it, as it came"), turn_id=turn_id)
    lost = TurnLost("the turn was lost", arrived)
    lost.__cause__ = exited()
    return lost


def unanswered(method: str = "turn/start", *, written: bool = True) -> RequestTimeout:
    return RequestTimeout(method, 30.0, written=written)


class Steps:
    """Steps that come to what they are told, one after another; the last one again and again."""

    def __init__(
        self,
        *,
        looks: list[Found | CodexRuntimeError | None] | None = None,
        sends: list[TurnResult | CodexRuntimeError] | None = None,
        waits: list[CodexRuntimeError | None] | None = None,
    ) -> None:
        self._to_come: dict[str, list[Any]] = {  # Any: what a step comes to
            "look": looks or [None],
            "send": sends or [result(text="sent")],
            "wait": waits or [None],
        }
        self.done: list[str] = []

    def _step(self, name: str) -> Callable[[], Awaitable[Any]]:
        async def step() -> Any:  # Any: as above
            await trio.lowlevel.checkpoint()
            self.done.append(name)
            to_come = self._to_come[name]
            what = to_come.pop(0) if len(to_come) > 1 else to_come[0]
            if isinstance(what, CodexRuntimeError):
                raise what
            return what

        return step

    async def ask(self, *, look_first: bool = True) -> TurnResult:
        steps = KeyedSteps(
            look_up=self._step("look"),
            send=self._step("send"),
            wait_for_server=self._step("wait"),
        )
        return await ask_keyed(steps, look_first=look_first, settle_s=SETTLE_S)


# -- before anything is sent -----------------------------------------------------------------------


async def test_a_thread_without_turns_is_not_looked_through() -> None:
    steps = Steps()
    assert (await steps.ask(look_first=False)).text == "sent"
    assert steps.done == ["send"]


async def test_a_key_that_is_not_on_record_is_sent() -> None:
    steps = Steps(looks=[None])
    assert (await steps.ask()).text == "sent"
    assert steps.done == ["wait", "look", "send"]


async def test_a_completed_turn_is_answered_from_the_record() -> None:
    steps = Steps(looks=[found()])
    assert (await steps.ask()).text == "recorded"
    assert "send" not in steps.done


@pytest.mark.parametrize(
    ("on_record", "raised"),
    [
        (found(status="failed"), TurnFailed),
        (found(status="interrupted"), TurnInterrupted),
        (found(status="exploded"), TurnFailed),
        (UNFINISHED, TurnLost),
    ],
)
async def test_a_turn_that_ended_otherwise_raises_its_end_and_is_not_sent(
    on_record: Found, raised: type[CodexRuntimeError]
) -> None:
    steps = Steps(looks=[on_record])
    with pytest.raises(raised) as error:
        await steps.ask()
    assert error.value.result is on_record.result  # type: ignore[attr-defined]
    assert steps.done == ["wait", "look"]


async def test_asking_again_will_never_help_a_turn_that_its_server_left_unfinished() -> None:
    with pytest.raises(TurnLost, match="another key runs it again") as lost:
        await Steps(looks=[UNFINISHED]).ask()
    assert not lost.value.retryable
    assert not lost.value.outcome_certain


async def test_a_turn_that_still_runs_is_waited_for(autojump_clock: MockClock) -> None:
    steps = Steps(looks=[RUNNING, RUNNING, RUNNING, found()])
    assert (await steps.ask()).text == "recorded"
    assert "send" not in steps.done


async def test_a_turn_that_runs_on_and_on_is_not_waited_for_without_end(
    autojump_clock: MockClock,
) -> None:
    steps, started_s = Steps(looks=[RUNNING]), trio.current_time()
    with pytest.raises(TurnLost, match="still runs") as lost:
        await steps.ask()
    assert lost.value.retryable
    assert trio.current_time() - started_s == SETTLE_S
    assert steps.done.count("look") < 25


async def test_a_record_that_cannot_be_read_keeps_the_turn_from_being_sent() -> None:
    refusal = RequestError("thread/turns/list", -32600, "no")
    steps = Steps(looks=[refusal])
    with pytest.raises(RequestError) as error:
        await steps.ask()
    assert error.value is refusal
    assert "send" not in steps.done


async def test_a_server_that_dies_while_it_is_asked_is_asked_again_when_it_is_back() -> None:
    steps = Steps(looks=[exited(), unanswered("thread/turns/list"), found()])
    assert (await steps.ask()).text == "recorded"
    assert steps.done == ["wait", "look"] * 3


async def test_a_server_that_dies_whenever_it_is_asked_is_given_up() -> None:
    steps = Steps(looks=[exited()])
    with pytest.raises(AppServerExited):
        await steps.ask()
    assert steps.done == ["wait", "look"] * 3


# -- after a send of unknown outcome ---------------------------------------------------------------


@pytest.mark.parametrize("problem", [turn_lost(), exited()])
async def test_what_died_with_its_server_and_completed_is_answered_from_the_record(
    problem: CodexRuntimeError,
) -> None:
    steps = Steps(looks=[found()], sends=[problem])
    assert (await steps.ask(look_first=False)).text == "recorded"
    assert steps.done == ["send", "wait", "look"]


@pytest.mark.parametrize("problem", [turn_lost(), exited()])
async def test_what_died_with_its_server_and_is_not_on_record_is_sent_again(
    problem: CodexRuntimeError,
) -> None:
    steps = Steps(looks=[None], sends=[problem, result(text="sent")])
    assert (await steps.ask(look_first=False)).text == "sent"
    assert steps.done == ["send", "wait", "look", "send"]


async def test_it_is_sent_three_times_at_most() -> None:
    steps = Steps(looks=[None], sends=[turn_lost()])
    with pytest.raises(TurnLost):
        await steps.ask(look_first=False)
    assert steps.done == ["send", "wait", "look"] * 3


async def test_a_turn_that_its_server_left_unfinished_is_lost_with_what_had_arrived() -> None:
    problem = turn_lost()
    steps = Steps(looks=[UNFINISHED], sends=[problem])
    with pytest.raises(TurnLost) as lost:
        await steps.ask(look_first=False)
    assert lost.value is problem
    assert isinstance(lost.value.__cause__, AppServerExited)
    assert not lost.value.retryable
    assert steps.done == ["send", "wait", "look"]


async def test_one_that_was_lost_before_it_had_a_name_is_lost_with_what_is_on_record() -> None:
    problem = turn_lost(turn_id=None)
    steps = Steps(looks=[UNFINISHED], sends=[problem])
    with pytest.raises(TurnLost) as lost:
        await steps.ask(look_first=False)
    assert lost.value.result is UNFINISHED.result
    assert lost.value.__cause__ is problem.__cause__


async def test_one_that_was_never_answered_is_lost_with_what_is_on_record() -> None:
    problem = exited()
    steps = Steps(looks=[UNFINISHED], sends=[problem])
    with pytest.raises(TurnLost) as lost:
        await steps.ask(look_first=False)
    assert lost.value.result is UNFINISHED.result
    assert lost.value.__cause__ is problem


@pytest.mark.parametrize(
    ("status", "raised"), [("failed", TurnFailed), ("interrupted", TurnInterrupted)]
)
async def test_how_it_ended_before_its_server_died_is_what_is_raised(
    status: str, raised: type[CodexRuntimeError]
) -> None:
    problem = turn_lost()
    steps = Steps(looks=[found(status=status)], sends=[problem])
    with pytest.raises(raised) as error:
        await steps.ask(look_first=False)
    assert error.value.__cause__ is problem.__cause__


@pytest.mark.parametrize(
    "steps",
    [
        Steps(sends=[turn_lost()], waits=[exited()]),
        Steps(sends=[turn_lost()], looks=[exited()]),
        Steps(sends=[turn_lost()], looks=[NotSupported("thread/turns/list", -32600, "ephemeral")]),
    ],
)
async def test_without_a_record_to_ask_it_is_lost_and_not_sent_again(steps: Steps) -> None:
    with pytest.raises(TurnLost):
        await steps.ask(look_first=False)
    assert steps.done.count("send") == 1


@pytest.mark.parametrize(
    "problem",
    [
        exited(written=False),
        unanswered(written=False),
        unanswered("model/list"),
        RequestError("turn/start", -32600, "no"),
        TurnFailed("it failed", result("failed")),
        TurnInterrupted("it was interrupted", result("interrupted")),
    ],
)
async def test_an_error_that_leaves_nothing_open_is_raised_as_it_is(
    problem: CodexRuntimeError,
) -> None:
    steps = Steps(sends=[problem])
    with pytest.raises(type(problem)) as error:
        await steps.ask(look_first=False)
    assert error.value is problem
    assert steps.done == ["send"]


# -- a server that lives and does not answer -------------------------------------------------------


async def test_a_turn_that_begins_late_is_found_and_never_sent_again(
    autojump_clock: MockClock,
) -> None:
    steps = Steps(looks=[None, None, UNFINISHED, RUNNING, found()], sends=[unanswered()])
    assert (await steps.ask(look_first=False)).text == "recorded"
    assert steps.done.count("send") == 1


async def test_one_that_never_shows_up_is_not_sent_again_while_its_server_lives(
    autojump_clock: MockClock,
) -> None:
    problem, started_s = unanswered(), trio.current_time()
    steps = Steps(looks=[None], sends=[problem])
    with pytest.raises(RequestTimeout) as error:
        await steps.ask(look_first=False)
    assert error.value is problem
    assert trio.current_time() - started_s == SETTLE_S
    assert steps.done.count("send") == 1


async def test_one_that_stays_unfinished_is_lost_in_the_end(autojump_clock: MockClock) -> None:
    with pytest.raises(TurnLost, match="never ended"):
        await Steps(looks=[UNFINISHED], sends=[unanswered()]).ask(look_first=False)


# -- any history -----------------------------------------------------------------------------------

FATES = (
    "completes",
    "fails",
    "dies unread",  # the server never saw the request
    "dies unasked",  # a turn, but the model was not asked: not on record
    "dies asked",  # on record, unfinished
    "dies answered",  # on record, completed; nobody here was told
    "is late",  # no answer in time; then the turn begins and completes
    "is forgotten",  # no answer in time, and no turn
)


@attrs.define
class World:
    """A server with a true record, which meets one fate after another."""

    fates: list[str]
    asked_model: int = 0
    record: list[Found | None] = attrs.field(factory=lambda: [None])
    """What it says now, and with each further look."""

    async def send(self) -> TurnResult:
        await trio.lowlevel.checkpoint()
        match self.fates.pop(0) if self.fates else "completes":
            case "dies unread" | "dies unasked":
                raise exited()
            case "is forgotten":
                raise unanswered()
            case fate:
                self.asked_model += 1
        match fate:
            case "completes":
                self.record = [found()]
                return result(text="sent")
            case "fails":
                self.record = [found(status="failed")]
                raise TurnFailed("it failed", result("failed"))
            case "dies asked":
                self.record = [UNFINISHED]
                raise turn_lost()
            case "dies answered":
                self.record = [found()]
                raise turn_lost()
            case _:
                self.record = [None, UNFINISHED, RUNNING, found()]
                raise unanswered()

    async def look_up(self) -> Found | None:
        await trio.lowlevel.checkpoint()
        return self.record.pop(0) if len(self.record) > 1 else self.record[0]


@given(st.lists(st.sampled_from(FATES), max_size=6), st.integers(1, 4))
@example(["dies unread", "dies asked", "completes"], 3)
@example(["dies answered", "completes"], 2)
@example(["is late"], 2)
@example(["dies unasked"] * 4, 3)
def test_the_model_is_asked_once_at_most_for_one_key(fates: list[str], asks: int) -> None:
    world = World(list(fates))
    steps = KeyedSteps(
        look_up=world.look_up, send=world.send, wait_for_server=trio.lowlevel.checkpoint
    )

    async def ask_so_often() -> None:
        first: TurnResult | None = None
        for number in range(asks):
            try:
                answer = await ask_keyed(steps, look_first=number > 0, settle_s=SETTLE_S)
            except (TurnLost, TurnFailed, AppServerExited, RequestTimeout):
                assert first is None, "what was answered once is answered for good"
            else:
                first = answer

    trio.run(ask_so_often, clock=trio.testing.MockClock(autojump_threshold=0))
    assert world.asked_model <= 1


# -- several asks with one key ---------------------------------------------------------------------


async def test_a_key_is_held_by_one_ask_at_a_time_and_others_do_not_wait(
    autojump_clock: MockClock,
) -> None:
    keys, outcomes, now = KeysInUse(), Outcomes(), list[str]()

    async def ask(key: str) -> None:
        async with keys.hold(key):
            assert key not in now
            assert key in keys
            now.append(key)
            await trio.sleep(10)
            now.remove(key)

    async with trio.open_nursery() as nursery:
        for key in ("a", "a", "b", "a", "b"):
            nursery.start_soon(outcomes.run, ask, key)
    assert outcomes.errors == []
    assert outcomes.ended_at_s == [10, 10, 20, 20, 30]
    assert "a" not in keys


async def test_a_cancelled_wait_for_a_key_leaves_nothing(autojump_clock: MockClock) -> None:
    keys = KeysInUse()
    async with trio.open_nursery() as nursery, keys.hold("a"):
        nursery.start_soon(_hold_for_ever, keys)
        await settle()
        nursery.cancel_scope.cancel()
    assert "a" not in keys
    async with keys.hold("a"):
        assert "a" in keys


async def _hold_for_ever(keys: KeysInUse) -> None:
    async with keys.hold("a"):
        await trio.sleep_forever()


async def test_an_ask_that_fails_gives_its_key_back(autojump_clock: MockClock) -> None:
    keys = KeysInUse()
    with pytest.raises(TurnFailed):
        async with keys.hold("a"):
            raise TurnFailed("it failed", result("failed"))
    assert "a" not in keys


# -- the record ------------------------------------------------------------------------------------

RECORDED = captured_result("turn/start")["turn"]


def user_message(key: str) -> Json:
    return {"type": "userMessage", "id": f"item of {key}", "content": [], "clientId": key}


def answer(key: str) -> Json:
    return {"type": "agentMessage", "id": f"answer to {key}", "text": f"answer to {key}"}


def tool_use(key: str) -> Json:
    return {"type": "contextCompaction", "id": f"between {key} and its answer"}


class RecordServer(FakeServer):
    """A server with a thread of so many turns, ``k0`` the newest, listed as the real one does."""

    def __init__(self, turns: int = 0, **newest: object) -> None:
        super().__init__()
        self.listed: list[Json] = []
        self.pages: list[Json] = [
            {**RECORDED, "id": f"turn {n}", "status": "completed", "completedAt": 1}
            for n in range(turns)
        ]
        if newest:
            self.pages[0].update(newest)

    def _do(self, message: Json) -> None:
        if message["method"] != "thread/turns/list" or self.fail.get("thread/turns/list"):
            super()._do(message)
            return
        params = message["params"]
        self.listed.append(params)
        view = params.get("itemsView") or "summary"
        begin, limit = int(params.get("cursor") or 0), min(params["limit"], 100)
        page = [self._shown(n, view) for n in range(len(self.pages))[begin : begin + limit]]
        more = begin + limit < len(self.pages)
        self.answer(message, {"data": page, "nextCursor": str(begin + limit) if more else None})

    def _shown(self, number: int, view: str) -> Json:
        key = f"k{number}"
        between = [tool_use(key)] if view == "full" else []
        items = [user_message(key), *between, answer(key)]
        return {**self.pages[number], "items": items, "itemsView": view}


async def test_a_key_is_found_on_any_page_with_all_the_items_of_its_turn(
    autojump_clock: MockClock,
) -> None:
    server = RecordServer(turns=250)
    async with running(server) as engine:
        on_record = await find_keyed(engine, "t", "k230")
    assert on_record is not None
    assert on_record.state == "ended"
    assert on_record.result.turn_id == "turn 230"
    assert on_record.completed().text == "answer to k230"
    assert [item.id for item in on_record.result.items] == [
        "item of k230",
        "between k230 and its answer",
        "answer to k230",
    ]
    assert [params.get("cursor") for params in server.listed] == [None, "100", "200", "200"]


async def test_a_key_nobody_used_is_not_found(autojump_clock: MockClock) -> None:
    server = RecordServer(turns=101)
    async with running(server) as engine:
        assert await find_keyed(engine, "t", "other") is None
    assert len(server.listed) == 2


async def test_a_long_record_is_looked_through_up_to_a_bound(autojump_clock: MockClock) -> None:
    server = RecordServer(turns=MAX_LOOKED_THROUGH + 100)
    async with running(server) as engine:
        assert await find_keyed(engine, "t", f"k{MAX_LOOKED_THROUGH - 1}") is not None
        assert await find_keyed(engine, "t", f"k{MAX_LOOKED_THROUGH}") is None


@pytest.mark.parametrize(
    ("newest", "state"),
    [
        ({"status": "inProgress", "completedAt": None}, ("running", "lost")),
        ({"status": "interrupted", "completedAt": None}, ("unfinished", "lost")),
        ({"status": "interrupted", "completedAt": 5}, ("ended", "interrupted")),
        ({"status": "failed", "completedAt": 5}, ("ended", "failed")),
        ({"status": "failed", "completedAt": None}, ("ended", "failed")),
    ],
)
async def test_what_the_record_says_of_a_turn_tells_its_state(
    autojump_clock: MockClock, newest: dict[str, object], state: tuple[str, str]
) -> None:
    async with running(RecordServer(turns=3, **newest)) as engine:
        on_record = await find_keyed(engine, "t", "k0")
    assert on_record is not None
    assert (on_record.state, on_record.result.status) == state


async def test_a_thread_that_no_server_knows_has_no_keys(autojump_clock: MockClock) -> None:
    server = RecordServer()
    server.fail["thread/turns/list"] = [{"code": -32600, "message": "thread not loaded: t"}]
    async with running(server) as engine:
        assert await find_keyed(engine, "t", "k0") is None


async def test_an_ephemeral_thread_has_no_record_to_find_a_key_in(
    autojump_clock: MockClock,
) -> None:
    server = RecordServer()
    server.fail["thread/turns/list"] = [
        {"code": -32600, "message": "ephemeral threads do not support thread/turns/list"}
    ]
    server.fail["thread/read"] = [{"code": -32600, "message": "no such thing"}]
    async with running(server) as engine:
        with pytest.raises(RequestError):
            await find_keyed(engine, "t", "k0")


async def test_a_turn_that_newer_ones_pushed_off_its_page_is_told_as_it_was_listed(
    autojump_clock: MockClock,
) -> None:
    class Growing(RecordServer):
        def _shown(self, number: int, view: str) -> Json:
            shown = super()._shown(number, view)
            return {**shown, "id": f"newer {number}"} if view == "full" else shown

    async with running(Growing(turns=3)) as engine:
        on_record = await find_keyed(engine, "t", "k1")
    assert on_record is not None
    assert on_record.result.turn_id == "turn 1"
    assert on_record.completed().text == "answer to k1"
