"""Where a user's functions run: async ones in place or at their host, plain ones in threads."""

from __future__ import annotations

import inspect
import json
import threading
from contextvars import Context, ContextVar, copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime import (
    Block,
    Hook,
    HookConfig,
    HookContext,
    Mutate,
    SessionBusy,
    answer_later,
    decline_all,
    tool,
)
from codex_runtime.engine.user_code import (
    call_user_code,
    run_user_callback,
    run_user_function,
    user_code_host,
)
from codex_runtime.model.requests.kinds import read_server_request
from codex_runtime.model.requests.others import CurrentTimeRequest
from tests.engine.fake_server import FakeServer, FakeTurn, captured_request
from tests.engine.running import new_session, running
from tests.engine.test_handlers import COMMAND, NO, YES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

COLOUR: ContextVar[str] = ContextVar("colour", default="none")
BOUND_S = 10
"""Nothing here takes long; past it something hangs."""


def here() -> int:
    return threading.get_ident()


async def here_async() -> int:
    return threading.get_ident()


class Place:
    def method(self) -> int:
        return threading.get_ident()

    def __call__(self) -> int:
        return threading.get_ident()


# -- where ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [here_async, lambda: here(), lambda: here_async(), Place()],  # noqa: PLW0108 - that they are
)
async def test_what_is_async_and_what_nobody_can_tell_runs_in_place(
    function: Callable[..., object],
) -> None:
    assert await run_user_function(function) == here()


@pytest.mark.parametrize("function", [here, partial(here), Place().method])
async def test_a_plain_function_runs_in_a_thread(function: Callable[..., object]) -> None:
    assert await run_user_function(function) != here()


async def test_a_callback_that_is_plain_runs_in_place() -> None:
    assert await run_user_callback(here) == here()
    assert await run_user_callback(here_async) == here()


async def test_arguments_of_any_name_arrive() -> None:
    def plain(*args: object, **kwargs: object) -> object:
        return args, kwargs

    async def waits(*args: object, **kwargs: object) -> object:
        return args, kwargs

    for function in (plain, waits):
        given = await run_user_function(function, 1, 2, function=3, args=4, kwargs=5, self=6)
        assert given == ((1, 2), {"function": 3, "args": 4, "kwargs": 5, "self": 6})


async def test_a_plain_function_that_returns_a_coroutine_has_it_awaited_in_place() -> None:
    def decorated() -> Awaitable[int]:
        return here_async()

    assert await run_user_function(decorated) == here()


async def test_context_variables_go_along_into_the_thread_and_not_back() -> None:
    def plain() -> str:
        seen = COLOUR.get()
        COLOUR.set("blue")
        return seen

    COLOUR.set("red")
    assert await run_user_function(plain) == "red"
    assert COLOUR.get() == "red"


async def test_what_a_plain_function_raises_comes_out_and_an_exit_is_a_failure() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    def leave() -> None:
        raise SystemExit(2)

    def stop() -> None:
        raise StopIteration

    with pytest.raises(ZeroDivisionError):
        await run_user_function(fail)
    with pytest.raises(RuntimeError, match="wanted to exit"):
        await call_user_code(partial(run_user_function, leave))
    with pytest.raises(RuntimeError):
        await run_user_function(stop)


async def test_a_plain_function_that_hangs_is_left_alone() -> None:
    released = threading.Event()
    ended = threading.Event()

    def hang() -> None:
        released.wait(BOUND_S)
        ended.set()

    with trio.move_on_after(0.01) as scope:
        await run_user_function(hang)
    assert scope.cancelled_caught
    assert not ended.is_set()
    released.set()
    assert ended.wait(BOUND_S)


async def test_functions_that_hang_jam_neither_each_other_nor_the_threads_of_trio() -> None:
    released = threading.Event()
    began = threading.Semaphore(0)

    def hang() -> None:
        began.release()
        released.wait(BOUND_S)

    with trio.fail_after(BOUND_S):
        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(run_user_function, hang)
            for _ in range(50):
                await trio.to_thread.run_sync(began.acquire)
            assert trio.to_thread.current_default_thread_limiter().borrowed_tokens == 0
            assert await run_user_function(here) != here()
            nursery.cancel_scope.cancel()
    released.set()


# -- at a host -----------------------------------------------------------------------------------


class Host:
    """Awaits in place, and notes what it was asked to call."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def call(
        self, function: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]
    ) -> object:
        self.asked.append(getattr(function, "__name__", "?"))
        result = function(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result


def at_a_host(main: Callable[[], Awaitable[None]]) -> list[str]:
    """Run ``main`` in a trio run that has a host; returns what that was asked to call."""
    host = Host()
    context = copy_context()
    context.run(user_code_host.set, host)
    context.run(trio.run, main)
    return host.asked


def test_async_functions_and_what_nobody_can_tell_run_at_the_host() -> None:
    async def main() -> None:
        assert await run_user_function(here_async) == here()
        assert await run_user_function(lambda: here()) == here()  # noqa: PLW0108 - that it is one
        assert await run_user_callback(here) == here()

    assert at_a_host(main) == ["here_async", "<lambda>", "here"]


def test_a_plain_function_runs_in_a_thread_and_what_it_returns_is_awaited_at_the_host() -> None:
    def decorated() -> Awaitable[int]:
        return here_async()

    async def main() -> None:
        assert await run_user_function(here) != here()
        assert await run_user_function(decorated) == here()

    assert at_a_host(main) == ["_awaited"]


def test_the_host_is_that_of_the_run_whatever_the_context_of_a_task() -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            Context().run(nursery.start_soon, run_user_function, here_async)

    assert at_a_host(main) == ["here_async"]


def test_a_trio_run_that_a_plain_function_starts_has_no_host() -> None:
    def start_another() -> object:
        return trio.run(run_user_function, here_async)

    async def main() -> None:
        assert await run_user_function(start_another) != here()

    assert at_a_host(main) == []


def test_what_is_of_this_library_is_awaited_on_trio() -> None:
    request = read_server_request(1, COMMAND, json.dumps(captured_request(COMMAND)).encode())

    async def main() -> None:
        with trio.move_on_after(0.01) as scope:
            await run_user_function(answer_later, request)
        assert scope.cancelled_caught
        answer = await run_user_function(decline_all(), request)
        assert getattr(answer, "decision", None) == "decline"

    assert at_a_host(main) == []


# -- at work -------------------------------------------------------------------------------------


class Asking:
    """A turn in which the server wants something; afterwards the answers are here."""

    def __init__(self, *tool_names: str) -> None:
        self.answers: list[Any] = []  # Any: JSON
        self._tool_names = tool_names

    async def __call__(self, turn: FakeTurn) -> None:
        if not self._tool_names:
            self.answers.append((await turn.ask_approval())["result"])
        for name in self._tool_names:
            told = {"threadId": turn.thread.thread_id, "turnId": turn.turn_id, "callId": "c"}
            call = {**told, "tool": name, "arguments": {}}
            answer = await turn.server.ask("item/tool/call", call, turn)
            self.answers.append(answer["result"]["contentItems"][0]["text"])
        turn.say("done")


@pytest.mark.parametrize("layer", ["runtime", "session"])
async def test_a_plain_function_decides_about_approvals(layer: str) -> None:
    threads: list[int] = []

    def decide(request: Any) -> Any:  # Any: of every kind
        threads.append(here())
        return request.accept()

    asking = Asking()
    of_runtime = {"approvals": decide} if layer == "runtime" else {}
    async with running(FakeServer(asking), **of_runtime) as engine:
        of_session = {"approvals": decide} if layer == "session" else {}
        session = await new_session(engine, **of_session)
        await session.ask("go")
    assert asking.answers == [YES]
    assert here() not in threads


async def test_a_plain_function_answers_the_other_requests() -> None:
    def tell_time(request: Any) -> Any:  # Any: of every kind
        return request.answer(12) if isinstance(request, CurrentTimeRequest) else None

    server = FakeServer()
    async with running(server, on_server_request=tell_time):
        answer = await server.ask("currentTime/read", {"threadId": "t"})
        assert answer["result"] == {"currentTimeAt": 12}


@pytest.mark.parametrize("wrong", ["raises", "exits", "no answer", "late"])
async def test_a_plain_handler_that_fails_is_a_no(wrong: str) -> None:
    released = threading.Event()

    def decide(_request: object) -> Any:  # Any: on purpose
        if wrong == "raises":
            raise ZeroDivisionError
        if wrong == "exits":
            raise SystemExit(2)
        if wrong == "late":
            released.wait(BOUND_S)
        return "yes"

    asking = Asking()
    async with running(
        FakeServer(asking), approvals=decide, server_request_timeout_s=0.05
    ) as engine:
        session = await new_session(engine)
        with trio.fail_after(BOUND_S):
            await session.ask("go")
        assert engine.counters.server_request_failures == (wrong != "late")
    released.set()
    assert asking.answers == [NO]


async def test_what_a_plain_handler_asks_of_its_own_thread_is_refused_at_once() -> None:
    refused: list[str] = []

    def ask_again(request: Any) -> Any:  # Any: of every kind
        for call in (partial(session.ask, "x"), session.close):
            with pytest.raises(SessionBusy) as caught:
                trio.from_thread.run(call)
            refused.append(str(caught.value))
        other = trio.from_thread.run(new_session, engine)
        trio.from_thread.run(other.close)
        return request.accept()

    asking = Asking()
    async with running(FakeServer(asking)) as engine:
        session = await new_session(engine, approvals=ask_again)
        with trio.fail_after(BOUND_S):
            await session.ask("go")
    assert (len(refused), asking.answers) == (2, [YES])


async def test_plain_hooks_change_block_and_are_checked_as_async_ones_are() -> None:
    def louder(context: HookContext) -> Mutate:
        return Mutate(prompt=f"{context.prompt}!")

    def nonsense(_context: HookContext) -> Any:  # Any: on purpose
        return "yes"

    def guard(_context: HookContext) -> Block:
        return Block("not here")

    asking = Asking()
    server = FakeServer(asking)
    hooks = HookConfig(
        [
            Hook("loud", "pre_run", louder),
            Hook("wrong", "pre_turn", nonsense),
            Hook("guard", "pre_tool_use", guard),
        ]
    )
    async with running(server) as engine:
        session = await new_session(engine, hooks=hooks, approvals=lambda r: r.accept())
        result = await session.ask("go")
    assert [record.outcome for record in result.hook_report.records] == [
        "mutated",
        "failed",
        "blocked",
    ]
    assert server.asked("turn/start")[0]["input"][0]["text"] == "go!"
    assert asking.answers == [NO]


async def test_a_plain_hook_that_hangs_is_late_by_its_own_deadline() -> None:
    released = threading.Event()

    def hang(_context: HookContext) -> None:
        released.wait(BOUND_S)

    async with running(FakeServer()) as engine:
        hook = Hook("slow", "pre_run", hang, timeout_s=0.05)
        session = await new_session(engine, hooks=HookConfig([hook]))
        with trio.fail_after(BOUND_S):
            result = await session.ask("go")
    released.set()
    assert [record.outcome for record in result.hook_report.records] == ["timed_out"]


async def test_plain_tools_are_called_and_end_by_their_deadline() -> None:
    released = threading.Event()

    @tool
    def quick() -> dict[str, bool]:
        """Answer at once."""
        return {"elsewhere": threading.get_ident() != of_test}

    @tool(timeout_s=0.05)
    def slow() -> None:
        """Take for ever."""
        released.wait(BOUND_S)

    @tool
    def broken() -> None:
        """Fail."""
        raise ValueError("no such thing")

    of_test = here()
    asking = Asking("quick", "slow", "broken")
    async with running(FakeServer(asking), experimental_api=True) as engine:
        session = await new_session(engine, tools=[quick, slow, broken])
        with trio.fail_after(BOUND_S):
            await session.ask("go")
    released.set()
    assert asking.answers == [
        '{"elsewhere":true}',
        "the tool took longer than 0.05 s and was ended",
        "ValueError: no such thing",
    ]


async def test_the_runtime_ends_while_plain_handlers_hang() -> None:
    released = threading.Event()
    began = trio.Event()
    token = trio.lowlevel.current_trio_token()

    def hang(_request: object) -> None:
        token.run_sync_soon(began.set)
        released.wait(BOUND_S)

    with trio.fail_after(BOUND_S):
        async with running(FakeServer(Asking()), cancel_grace_s=0.1) as engine:
            session = await new_session(engine, approvals=hang)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(session.ask, "go")
                await began.wait()
                nursery.cancel_scope.cancel()
    assert not released.is_set()
    released.set()
