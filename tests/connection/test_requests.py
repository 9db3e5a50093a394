"""Requests: deadlines, cancelling, late answers and retries."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.errors import (
    AppServerExited,
    RequestError,
    RequestTimeout,
    ServerOverloaded,
    ThreadNotFound,
)
from tests.connection.scripted import connected
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from tests.connection.scripted import Line


def call(line: Line, outcomes: Outcomes, method: str = "thread/read", **options: object) -> None:
    """Start a request whose end is noted."""

    async def request() -> bytes:
        return await line.connection.request(method, {}, gate="quick", **options)  # type: ignore[arg-type]

    line.nursery.start_soon(outcomes.run, request)


async def test_a_request_returns_its_result_as_json(autojump_clock: MockClock) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        call(line, outcomes, "thread/list")
        request = await line.peer.read()
        assert request == {"id": 1, "method": "thread/list", "params": {}}
        await line.peer.answer(request, {"data": []})
        await settle()
        assert outcomes.values == [b'{"data": []}']


async def test_an_error_answer_is_the_exception_of_its_kind(autojump_clock: MockClock) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        for message in ("thread not found: x", "anything else"):
            call(line, outcomes)
            request = await line.peer.read()
            error = {"code": -32600, "message": message, "data": {"a": 1}}
            await line.peer.send({"id": request["id"], "error": error})
            await settle()
        assert [type(error) for error in outcomes.errors] == [ThreadNotFound, RequestError]
        assert outcomes.errors[1].data == {"a": 1}  # type: ignore[attr-defined]


async def test_the_deadline_runs_from_the_write(autojump_clock: MockClock) -> None:
    async with connected(max_buffer_bytes=64 * 1024) as line:
        outcomes = Outcomes()
        filler = {"text": "x" * 200_000}

        async def large() -> bytes:
            return await line.connection.request("turn/start", filler, gate="quick", timeout_s=99)

        line.nursery.start_soon(outcomes.run, large)
        await settle()
        call(line, outcomes, timeout_s=10.0)
        await trio.sleep(8)  # behind a large write that the server does not take
        request = await line.peer.read()
        await line.peer.answer(request, {})
        await settle()
        assert (await line.peer.read())["method"] == "thread/read"
        written_at_s = trio.current_time()
        await trio.sleep(11)
        assert [type(error) for error in outcomes.errors] == [RequestTimeout]
        assert outcomes.ended_at_s[-1] - written_at_s == pytest.approx(10, abs=0.1)
        assert not outcomes.errors[0].outcome_certain  # type: ignore[attr-defined]


@pytest.mark.parametrize(("method", "certain"), [("first", False), ("second", True)])
async def test_a_server_that_does_not_read_is_a_timeout_and_certain_only_if_nothing_was_written(
    method: str, certain: bool, autojump_clock: MockClock
) -> None:
    async with connected(max_buffer_bytes=100) as line:
        outcomes: dict[str, Outcomes] = {"first": Outcomes(), "second": Outcomes()}
        for name, noted in outcomes.items():

            async def request(name: str = name) -> bytes:
                params = {"text": "x" * 70_000}
                return await line.connection.request(name, params, gate="quick", timeout_s=10)

            line.nursery.start_soon(noted.run, request)
            await settle()
        await trio.sleep(11)
        [error] = outcomes[method].errors
        assert isinstance(error, RequestTimeout)
        assert error.outcome_certain is certain
        assert outcomes[method].ended_at_s[0] == pytest.approx(10, abs=0.1)
        assert line.connection.pending == 0
        assert line.connection.lingering == 1


async def test_cancelling_before_the_write_sends_nothing_and_frees_the_place(
    autojump_clock: MockClock,
) -> None:
    async with connected(max_buffer_bytes=100) as line:
        outcomes = Outcomes()

        async def large() -> bytes:
            params = {"text": "x" * 70_000}
            return await line.connection.request("large", params, gate="quick")

        line.nursery.start_soon(outcomes.run, large)
        await settle()
        with trio.move_on_after(1):
            await line.connection.request("never/sent", {}, gate="quick")
        assert line.gate.taken == 1
        assert [message["method"] for message in await line.peer.unread()] == ["large"]


async def test_cancelling_after_the_write_keeps_the_place_until_the_late_answer(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        late: list[bytes] = []
        with trio.move_on_after(1):
            await line.connection.request("a", {}, gate="quick", on_answer=late.append)
        assert line.connection.pending == 0
        assert line.gate.taken == line.connection.lingering == 1
        await line.peer.answer(await line.peer.read(), {"late": True})
        await settle()
        assert line.gate.taken == line.connection.lingering == 0
        assert late == [b'{"late": true}']


async def test_cancelling_after_the_write_frees_the_place_after_the_timeout_at_the_latest(
    autojump_clock: MockClock,
) -> None:
    async with connected(request_timeout_s=20.0) as line:
        late: list[bytes] = []
        with trio.move_on_after(1):
            await line.connection.request("a", {}, gate="quick", on_answer=late.append)
        await trio.sleep(19)
        assert line.gate.taken == 1
        await trio.sleep(2)
        assert line.gate.taken == 0
        await line.peer.answer(await line.peer.read(), {})
        await settle()
        assert late == []
        assert line.counters.stray_answers == 1


async def test_a_late_answer_after_a_timeout_is_told_once(autojump_clock: MockClock) -> None:
    async with connected() as line:
        late: list[bytes] = []
        with pytest.raises(RequestTimeout):
            await line.connection.request(
                "a", {}, gate="quick", timeout_s=5.0, on_answer=late.append
            )
        request = await line.peer.read()
        await line.peer.answer(request, 1)
        await line.peer.answer(request, 2)
        await settle()
        assert late == [b"1"]
        assert line.counters.requests_timed_out == 1


async def test_the_answer_is_told_before_what_follows_it_on_the_wire(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        seen_before: list[int] = []
        outcomes = Outcomes()

        def told(_: bytes) -> None:
            seen_before.append(len(line.sink.notifications))

        call(line, outcomes, on_answer=told)
        request = await line.peer.read()
        await line.peer.send(
            {"method": "warning", "params": {}},
            {"id": request["id"], "result": {}},
            {"method": "warning", "params": {}},
        )
        await settle()
        assert seen_before == [1]
        assert len(line.sink.notifications) == 2


async def test_an_overloaded_server_is_asked_again_until_it_answers(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        call(line, outcomes)
        for _ in range(2):
            await line.peer.overloaded(await line.peer.read())
        await line.peer.answer(await line.peer.read(), "at last")
        await settle()
        assert outcomes.values == [b'"at last"']
        assert line.counters.requests_retried == 2


async def test_a_server_that_stays_overloaded_is_given_up_inside_the_deadline(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        call(line, outcomes, timeout_s=10.0)
        sent_at_s: list[float] = []
        while not outcomes.errors:
            with trio.move_on_after(5):
                request = await line.peer.read()
                sent_at_s.append(trio.current_time())
                await line.peer.overloaded(request)
        assert [type(error) for error in outcomes.errors] == [ServerOverloaded]
        assert outcomes.ended_at_s[0] <= 10
        pauses_s = [b - a for a, b in pairwise(sent_at_s)]
        assert max(pauses_s) <= 2.01
        assert len(set(pauses_s)) > len(pauses_s) // 2
        assert line.gate.taken == 0


async def test_a_retry_that_is_not_taken_ends_at_the_deadline_of_the_first_try(
    autojump_clock: MockClock,
) -> None:
    async with connected(max_buffer_bytes=2000) as line:
        outcomes = Outcomes()
        call(line, outcomes, timeout_s=10.0)
        request = await line.peer.read()

        async def block() -> bytes:
            params = {"text": "x" * 70_000}
            return await line.connection.request("large", params, gate="slow")

        line.nursery.start_soon(outcomes.run, block)
        await settle()
        await trio.sleep(6)
        await line.peer.overloaded(request)
        await trio.sleep(20)
        [error] = outcomes.errors
        assert isinstance(error, RequestTimeout)
        assert error.outcome_certain
        assert outcomes.ended_at_s[0] == pytest.approx(10, abs=0.1)


async def test_cancelling_during_the_pause_of_a_retry_leaves_nothing(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: line.connection.request("a", {}, gate="quick"))
            await line.peer.overloaded(await line.peer.read())
            nursery.cancel_scope.cancel()
        assert (line.connection.pending, line.gate.taken) == (0, 0)


async def test_a_thousand_requests_at_once_are_answered_out_of_order(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        answers: dict[int, bytes] = {}

        async def one(number: int) -> None:
            answers[number] = await line.connection.request("n", {"n": number}, gate="quick")

        for number in range(1000):
            line.nursery.start_soon(outcomes.run, one, number)
        most = 0
        answered = 0
        while answered < 1000:
            waiting = await line.peer.unread()
            most = max(most, len(waiting))
            for request in reversed(waiting):
                await line.peer.answer(request, request["params"]["n"])
            answered += len(waiting)
        await settle()
        assert outcomes.errors == []
        assert answers == {number: str(number).encode() for number in range(1000)}
        assert most == 64
        assert (line.connection.pending, line.connection.lingering, line.gate.taken) == (0, 0, 0)


async def test_a_notification_returns_once_it_is_written(autojump_clock: MockClock) -> None:
    async with connected() as line:
        await line.connection.notify("initialized", {})
        assert await line.peer.read() == {"method": "initialized", "params": {}}


@pytest.mark.parametrize("how", ["timeout", "cancel"])
async def test_a_notification_given_up_before_its_write_is_never_sent(
    how: str, autojump_clock: MockClock
) -> None:
    async with connected(max_buffer_bytes=100, request_timeout_s=10.0) as line:
        outcomes = Outcomes()

        async def large() -> bytes:
            params = {"text": "x" * 70_000}
            return await line.connection.request("large", params, gate="quick", timeout_s=99)

        line.nursery.start_soon(outcomes.run, large)
        await settle()
        if how == "timeout":
            with pytest.raises(RequestTimeout) as raised:
                await line.connection.notify("never/sent", {})
            assert raised.value.outcome_certain
        else:
            with trio.move_on_after(1):
                await line.connection.notify("never/sent", {})
        assert [message["method"] for message in await line.peer.unread()] == ["large"]


async def test_a_request_after_the_end_says_that_it_was_not_sent(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        await line.peer.transport.aclose()
        await line.connection.ended.wait()
        with pytest.raises(AppServerExited) as raised:
            await line.connection.request("a", {}, gate="quick")
        assert raised.value.outcome_certain
        with pytest.raises(AppServerExited):
            await line.connection.notify("a", {})
