"""User code behind a face: on a real asyncio loop in its thread, called from trio in another."""

# ruff: noqa: ARG001 - in a test that asks for the clock, and no more, time stands still

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import suppress
from contextvars import ContextVar, copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, Self

import pytest
import sniffio
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from codex_runtime.engine.user_code import call_user_code, run_user_function, user_code_host
from codex_runtime.faces.user_code import LoopHost, ThreadHost
from codex_runtime.model.typed.tools import text_content, tool
from codex_runtime.session.tool_calls import run_tool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

COLOUR: ContextVar[str] = ContextVar("colour", default="none")
BOUND_S = 10
"""Nothing here takes long; past it something hangs."""


class LoopThread:
    """An asyncio loop at work in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.host = LoopHost(self.loop)
        self.complaints: list[dict[str, Any]] = []  # Any: as asyncio has it
        self.loop.set_exception_handler(lambda _loop, context: self.complaints.append(context))
        self.thread = threading.Thread(target=self._run)
        self.ended_with: BaseException | None = None
        self.thread.start()

    @property
    def ident(self) -> int | None:
        return self.thread.ident

    def _run(self) -> None:
        try:
            self.loop.run_forever()
        except KeyboardInterrupt as problem:
            self.ended_with = problem

    def stop(self) -> None:
        """End the loop as it is, with whatever tasks it has, and close it."""
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(BOUND_S)
        self.loop.close()

    def cancel_all(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()

    async def call(
        self, function: Callable[..., object], /, *args: object, **kwargs: object
    ) -> Any:
        """What a handler at this loop comes to; Any: whatever it is."""
        return await self.host.call(function, args, kwargs)

    async def settle(self) -> None:
        """What was handed to the loop has been looked at by it."""
        await self.call(partial(asyncio.sleep, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.cancel_all)
            self.loop.call_soon_threadsafe(self.loop.call_soon, self.loop.stop)
            self.thread.join(BOUND_S)
            self.loop.close()
        gc.collect()
        assert [str(context["message"]) for context in self.complaints] == []


@pytest.fixture
def users() -> Iterator[LoopThread]:
    with LoopThread() as thread:
        yield thread


class Hanging:
    """A handler that waits for ever, and what became of it."""

    def __init__(self) -> None:
        self.began = trio.Event()
        self.ended_with: list[BaseException] = []
        self._token = trio.lowlevel.current_trio_token()

    async def __call__(self) -> None:
        self._token.run_sync_soon(self.began.set)
        try:
            await asyncio.Event().wait()
        except BaseException as problem:
            self.ended_with.append(problem)
            raise


class Cancelled:
    """A call that will be cancelled by its scope."""

    def __init__(self, users: LoopThread, function: Callable[..., object]) -> None:
        self.scope = trio.CancelScope()
        self.is_over = False
        self._users = users
        self._function = function

    async def run(self) -> None:
        with self.scope:
            await self._users.call(self._function)
        self.is_over = True


async def here() -> int:
    await asyncio.sleep(0)
    return threading.get_ident()


# -- where and what ------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [here, lambda: here(), threading.get_ident])  # noqa: PLW0108
async def test_it_runs_on_the_loop(users: LoopThread, function: Callable[[], object]) -> None:
    assert await users.call(function) == users.ident


async def test_arguments_arrive_and_a_future_is_awaited(users: LoopThread) -> None:
    def later(*args: object, **kwargs: object) -> asyncio.Future[object]:
        future = users.loop.create_future()
        users.loop.call_soon(future.set_result, (args, kwargs))
        return future

    assert await users.call(later, 1, function=2) == ((1,), {"function": 2})


async def test_it_is_a_task_of_asyncio_and_nothing_there_takes_it_for_trio(
    users: LoopThread,
) -> None:
    async def look() -> tuple[bool, str]:
        async with asyncio.timeout(BOUND_S):
            await asyncio.sleep(0)
            return asyncio.current_task() is not None, sniffio.current_async_library()

    assert await users.call(look) == (True, "asyncio")


async def test_context_variables_go_along_and_do_not_come_back(users: LoopThread) -> None:
    async def look() -> tuple[str, object]:
        seen = COLOUR.get()
        COLOUR.set("blue")
        await asyncio.sleep(0)
        return seen, user_code_host.get()

    COLOUR.set("red")
    token = user_code_host.set(users.host)
    assert await users.call(look) == ("red", None)
    user_code_host.reset(token)
    assert COLOUR.get() == "red"


async def test_what_it_raises_comes_out(users: LoopThread) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    async def fail_in_a_group() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            group.create_task(here())

    with pytest.raises(ZeroDivisionError):
        await users.call(fail)
    with pytest.RaisesGroup(ZeroDivisionError):
        await users.call(fail_in_a_group)


@pytest.mark.parametrize("is_async", [True, False])
async def test_an_exit_costs_its_call_and_not_the_loop(users: LoopThread, is_async: bool) -> None:
    def leave() -> NoReturn:
        raise SystemExit(2)

    async def leave_async() -> NoReturn:
        raise SystemExit(2)

    with pytest.raises(RuntimeError, match="wanted to exit"):
        await call_user_code(partial(users.call, leave_async if is_async else leave))
    assert await users.call(here) == users.ident


async def test_a_ctrl_c_in_it_ends_the_loop_and_is_a_failure_of_the_call() -> None:
    async def interrupt() -> None:
        raise KeyboardInterrupt

    with LoopThread() as users:
        with trio.fail_after(BOUND_S), pytest.raises(RuntimeError, match="keyboard"):
            await users.call(interrupt)
        users.thread.join(BOUND_S)
        assert isinstance(users.ended_with, KeyboardInterrupt)
        users.loop.close()


async def test_a_hundred_calls_run_side_by_side(users: LoopThread) -> None:
    waiting = asyncio.Barrier(100)
    numbers: list[int] = []

    async def meet(number: int) -> int:
        await waiting.wait()
        return number

    async def note(number: int) -> None:
        numbers.append(await users.call(meet, number))

    with trio.fail_after(BOUND_S):
        async with trio.open_nursery() as nursery:
            for number in range(100):
                nursery.start_soon(note, number)
    assert sorted(numbers) == list(range(100))


# -- cancelling ----------------------------------------------------------------------------------


async def test_cancelling_cancels_the_task_and_waits_for_its_end(users: LoopThread) -> None:
    handler = Hanging()
    tidied: list[bool] = []

    async def tidy_up() -> None:
        with suppress(asyncio.CancelledError):
            await handler()
        await asyncio.sleep(0.01)
        tidied.append(True)

    with trio.fail_after(BOUND_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(users.call, tidy_up)
            await handler.began.wait()
            nursery.cancel_scope.cancel()
    assert nursery.cancel_scope.cancelled_caught
    assert [type(problem) for problem in handler.ended_with] == [asyncio.CancelledError]
    assert tidied == [True]


async def test_what_fails_beside_a_cancellation_is_logged_and_the_cancellation_stays(
    users: LoopThread, caplog: pytest.LogCaptureFixture
) -> None:
    handler = Hanging()

    async def fail() -> None:
        try:
            await handler()
        finally:
            raise ZeroDivisionError

    async with trio.open_nursery() as nursery:
        nursery.start_soon(users.call, fail)
        await handler.began.wait()
        nursery.cancel_scope.cancel()
    assert nursery.cancel_scope.cancelled_caught
    (record,) = caplog.records
    assert record.message == "user code failed while it was cancelled"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


async def test_a_call_that_clings_to_its_task_is_left_alone_after_a_second(
    users: LoopThread, mock_clock: MockClock
) -> None:
    began, released, ended = trio.Event(), asyncio.Event(), threading.Event()
    token = trio.lowlevel.current_trio_token()

    async def cling() -> None:
        token.run_sync_soon(began.set)
        while not released.is_set():
            with suppress(asyncio.CancelledError):
                await released.wait()
        ended.set()

    async with trio.open_nursery() as nursery:
        call = Cancelled(users, cling)
        nursery.start_soon(call.run)
        await began.wait()
        call.scope.cancel()
        await wait_all_tasks_blocked()
        assert not call.is_over
        mock_clock.jump(1)
    assert call.scope.cancelled_caught
    assert not ended.is_set()
    gc.collect()  # nobody but the host holds the task
    users.loop.call_soon_threadsafe(released.set)
    assert ended.wait(BOUND_S)


@pytest.mark.parametrize("way", ["its task", "an error of its own"])
async def test_a_cancellation_that_nobody_here_asked_for_is_a_failure(
    users: LoopThread, way: str
) -> None:
    handler = Hanging()

    async def raise_it() -> None:
        raise asyncio.CancelledError

    with trio.fail_after(BOUND_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(expect_cancelled, users, raise_it if way != "its task" else handler)
            if way == "its task":
                await handler.began.wait()
                users.loop.call_soon_threadsafe(users.cancel_all)


async def expect_cancelled(users: LoopThread, function: Callable[..., object]) -> None:
    with pytest.raises(RuntimeError, match="cancelled by somebody else"):
        await users.call(function)


def test_a_tool_ends_by_its_deadline_on_the_loop(users: LoopThread) -> None:
    clock = MockClock()
    answers: list[object] = []
    handlers: list[Hanging] = []

    @tool(timeout_s=5)
    async def slow() -> None:
        """Take for ever."""
        await handlers[0]()

    async def call() -> None:
        answers.append(await run_tool(slow, {}))

    async def main() -> None:
        handlers.append(Hanging())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            await handlers[0].began.wait()
            clock.jump(5)

    run_at(users.host, main, clock)
    (answer,) = answers
    late = [text_content("the tool took longer than 5 s and was ended")]
    assert getattr(answer, "content_items", None) == late
    assert [type(problem) for problem in handlers[0].ended_with] == [asyncio.CancelledError]


def run_at(
    host: LoopHost | ThreadHost,
    main: Callable[[], Awaitable[None]],
    clock: MockClock | None = None,
) -> None:
    """A trio run of its own, whose user code runs at ``host``."""
    context = copy_context()
    context.run(user_code_host.set, host)
    context.run(partial(trio.run, main, clock=clock))


# -- a loop that is not there --------------------------------------------------------------------


async def test_a_loop_that_is_blocked_holds_nobody_and_what_has_not_begun_never_will(
    users: LoopThread, mock_clock: MockClock
) -> None:
    began, released = threading.Event(), threading.Event()
    called: list[bool] = []

    def block() -> None:
        began.set()
        released.wait(BOUND_S)

    async def note() -> None:
        called.append(True)

    users.loop.call_soon_threadsafe(block)
    assert began.wait(BOUND_S)
    async with trio.open_nursery() as nursery:
        call = Cancelled(users, note)
        nursery.start_soon(call.run)
        await wait_all_tasks_blocked()
        call.scope.cancel()
    assert call.scope.cancelled_caught
    released.set()
    await users.settle()
    assert called == []


async def test_a_call_that_blocks_its_loop_is_left_alone_after_a_second(
    users: LoopThread, mock_clock: MockClock
) -> None:
    released = threading.Event()
    began = trio.Event()
    token = trio.lowlevel.current_trio_token()

    async def block() -> None:
        token.run_sync_soon(began.set)
        released.wait(BOUND_S)

    async with trio.open_nursery() as nursery:
        call = Cancelled(users, block)
        nursery.start_soon(call.run)
        await began.wait()
        call.scope.cancel()
        await wait_all_tasks_blocked()
        assert not call.is_over
        mock_clock.jump(1)
    assert call.scope.cancelled_caught
    released.set()


async def test_a_loop_that_is_closed_refuses_the_call() -> None:
    with LoopThread() as users:
        users.stop()
        with pytest.raises(RuntimeError, match="closed"):
            await users.call(here)


async def test_a_call_whose_loop_is_closed_under_it_fails(mock_clock: MockClock) -> None:
    with LoopThread() as users:
        handler = Hanging()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(expect_closed, users, handler)
            await handler.began.wait()
            users.stop()
            mock_clock.jump(1)
        users.complaints.clear()  # asyncio's own: a task was pending as the loop was closed


async def expect_closed(users: LoopThread, function: Callable[..., object]) -> None:
    with pytest.raises(RuntimeError, match="closed"):
        await users.call(function)


async def test_a_cancelled_call_does_not_wait_for_a_loop_that_was_closed(
    mock_clock: MockClock,
) -> None:
    with LoopThread() as users:
        handler = Hanging()
        async with trio.open_nursery() as nursery:
            call = Cancelled(users, handler)
            nursery.start_soon(call.run)
            await handler.began.wait()
            users.stop()
            call.scope.cancel()
        assert call.scope.cancelled_caught
        users.complaints.clear()  # as above


def test_a_call_that_ends_after_the_trio_run_is_heard_of_by_nobody(
    users: LoopThread, caplog: pytest.LogCaptureFixture
) -> None:
    released = threading.Event()
    began = threading.Event()

    async def block() -> None:
        began.set()
        released.wait(BOUND_S)
        raise ZeroDivisionError

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(users.call, block)
            await trio.to_thread.run_sync(began.wait)
            nursery.cancel_scope.cancel()

    trio.run(main)
    released.set()
    trio.run(users.settle)
    assert [record.message for record in caplog.records] == [
        "user code failed while it was cancelled"
    ]


# -- threads -------------------------------------------------------------------------------------


def test_behind_the_blocking_face_what_is_async_runs_on_trio_and_all_else_in_threads() -> None:
    of_trio: list[int] = []

    async def on_trio() -> int:
        await trio.lowlevel.checkpoint()
        return threading.get_ident()

    async def main() -> None:
        of_trio.append(threading.get_ident())
        for function in (on_trio, lambda: on_trio()):  # noqa: PLW0108 - that it is one
            assert await run_user_function(function) == of_trio[0]
        for plain in (threading.get_ident, lambda: threading.get_ident()):  # noqa: PLW0108
            assert await run_user_function(plain) != of_trio[0]

    run_at(ThreadHost(), main)
    assert len(of_trio) == 1
