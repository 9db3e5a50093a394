"""What tests of the core rely on when they run through a face: nothing is lost on the way there."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime import (
    Hook,
    HookConfig,
    HookContext,
    RuntimeConfig,
    SessionConfig,
    decline_all,
    tool,
)
from tests.faces.trio_shaped_code import UserCode
from tests.faces.trio_shaped_users import AsyncioUser, FaceUser, ThreadsUser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

told: ContextVar[str] = ContextVar("told")


@pytest.fixture(params=[AsyncioUser, ThreadsUser], ids=["aio", "blocking"])
def user(request: pytest.FixtureRequest) -> Iterator[FaceUser]:
    user: FaceUser = request.param()
    yield user
    assert user.close() == []


@pytest.fixture
def asyncio_user() -> Iterator[AsyncioUser]:
    user = AsyncioUser()
    yield user
    assert user.close() == []


def awaited(function: Callable[[], object]) -> Callable[[], Any]:
    """``function`` as a call of the asyncio face; Any: a coroutine."""

    async def call() -> object:
        await asyncio.sleep(0)
        return function()

    return call


def called_by(user: FaceUser, function: Callable[[], object]) -> Callable[[], Any]:
    return awaited(function) if isinstance(user, AsyncioUser) else function


async def test_a_call_has_the_context_of_its_caller_and_gives_its_value(user: FaceUser) -> None:
    told.set("in the test")
    assert await user.call(called_by(user, told.get)) == "in the test"


@pytest.mark.parametrize("kind", [LookupError, KeyboardInterrupt, SystemExit])
async def test_what_a_call_raises_comes_out_as_it_is_and_ends_nothing_else(
    user: FaceUser, kind: type[BaseException]
) -> None:
    problem = kind("mine")

    def fail() -> None:
        raise problem

    with pytest.raises(kind) as caught:
        await user.call(called_by(user, fail))
    assert caught.value is problem
    assert await user.call(called_by(user, lambda: "goes on")) == "goes on"


async def test_a_function_of_the_test_runs_there_with_the_context_of_its_call(
    user: FaceUser,
) -> None:
    async def look(which: str) -> tuple[str, str]:
        await trio.lowlevel.checkpoint()
        return which, told.get()

    def set_and_call(function: Callable[..., Any]) -> Any:
        told.set("at the face")
        return function("this")

    function = user.adapt(look)
    assert inspect.iscoroutinefunction(function) is isinstance(user, AsyncioUser)
    assert await user.call(partial(set_and_call, function)) == ("this", "at the face")


async def test_a_cancelled_call_is_cancelled_there_and_its_end_waited_for(
    asyncio_user: AsyncioUser,
) -> None:
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)  # noqa: ASYNC102 - this is asyncio
            ended.append("there")

    with trio.CancelScope() as scope:
        scope.cancel()
        await asyncio_user.call(wait)
    assert (scope.cancelled_caught, ended) == (True, ["there"])


async def test_a_call_that_gives_its_value_although_it_was_cancelled_gives_it(
    asyncio_user: AsyncioUser,
) -> None:
    async def stay() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        return "after all"

    with trio.CancelScope() as scope:
        scope.cancel()
        assert await asyncio_user.call(stay) == "after all"


async def test_a_function_of_the_test_whose_call_is_cancelled_ends_as_in_trio(
    asyncio_user: AsyncioUser,
) -> None:
    begun, ended = trio.Event(), trio.Event()

    async def hang() -> None:
        begun.set()
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(asyncio_user.call, asyncio_user.adapt(hang))
        await begun.wait()
        nursery.cancel_scope.cancel()
    assert ended.is_set()


async def test_the_end_of_a_plain_iteration_is_that_of_an_async_one() -> None:
    with pytest.raises(StopAsyncIteration):
        await ThreadsUser().call(iter(()).__next__)


async def test_what_a_test_leaves_behind_is_told() -> None:
    user = AsyncioUser()
    tasks: list[asyncio.Task[None]] = []

    async def leave_one() -> None:
        tasks.append(asyncio.create_task(asyncio.sleep(3600)))

    await user.call(leave_one)
    (problem,) = user.close()
    assert "a task is left" in problem


async def of_the_test(_given: object) -> None:
    """Of trio."""
    await trio.lowlevel.checkpoint()


@tool
async def use(_count: int) -> None:
    await trio.lowlevel.checkpoint()


async def by_hook(_context: HookContext) -> None:
    await trio.lowlevel.checkpoint()


def test_functions_in_configurations_are_replaced_and_given_back(user: FaceUser) -> None:
    code = UserCode(user.adapt)
    hooks = HookConfig([Hook("hook", "pre_run", by_hook)])
    runtime = RuntimeConfig(approvals=of_the_test, on_server_request=of_the_test, hooks=hooks)
    session = SessionConfig(approvals=of_the_test, hooks=hooks, tools=[use])
    for config in (runtime, session):
        given = code.given(config)
        assert given != config
        assert code.given(given) is given
    assert code.returned(code.given(runtime)) == runtime
    given = code.given(session)
    assert isinstance(given, SessionConfig)
    assert given.approvals is code.adapted(of_the_test)
    assert given.tools[0].function is code.adapted(use.function)


def test_what_is_plain_or_the_librarys_own_is_given_as_it_is(user: FaceUser) -> None:
    def plain(_given: object) -> None: ...

    code = UserCode(user.adapt)
    for function in (plain, decline_all()):
        config = SessionConfig(approvals=function)
        assert code.given(config) is config
