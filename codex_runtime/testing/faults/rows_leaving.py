"""Rows about leaving: a stream, an ask, a thread or the client itself, early or by cancelling.

Owns B15, B44, B45 and B54, and the naive habits that they need. B54 starts processes (see
`leaving_scripts`), the others play on the fake server. See `catalogue`.
"""

from __future__ import annotations

import gc
import sys
import threading
import warnings
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Final, Self

import trio

from codex_runtime.testing.fake_server import echo
from codex_runtime.testing.fake_server.fake_codex import write_fake_codex
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.leaving_scripts import chatty_on_stderr, slow_unless_next
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.naive_pipes import open_pipes
from codex_runtime.testing.faults.rows_processes import processes_of, use_program
from codex_runtime.testing.faults.verdicts import NotSurvived

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from codex_runtime.testing.faults.client import Answer, Client, ClientOptions, Place
    from codex_runtime.testing.faults.naive_pipes import Pipes
    from codex_runtime.testing.faults.trial import Trial

_CTRL_C: Final = "only Ctrl-C ends a blocking call: tests/faces/test_leaving_by_ctrl_c.py"


class _Steps(trio.abc.Instrument):
    """Counts how often any task runs."""

    def __init__(self) -> None:
        self.count: int = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:  # noqa: ARG002 - its shape
        """See `trio.abc.Instrument`."""
        self.count += 1


@contextmanager
def _no_warnings() -> Generator[None, None, None]:
    """A block in which Python warns of nothing, and nothing is raised where nobody can catch it."""
    told: list[str] = []
    gc.collect()  # what others left is not looked at

    def note(unraisable: sys.UnraisableHookArgs) -> None:
        told.append(repr(unraisable.exc_value))

    hook, sys.unraisablehook = sys.unraisablehook, note
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield
            gc.collect()
    finally:
        sys.unraisablehook = hook
    told += [str(warning.message) for warning in warned]
    if told:
        raise NotSurvived("Python warns of what was left")


@scenario(
    "B15",
    "A thread that is closed by many at once, or by one that is cancelled, is closed once.",
    habit="each close asks the server, and believes what that says",
)
async def closed_by_many(trial: Trial) -> None:
    """During a turn, from five tasks, of which one is cancelled (if it can be); and after it."""
    server = trial.server
    trial.play(slow_unless_next)
    steps = _Steps()
    with _no_warnings():
        async with trial.client() as client, trio.open_nursery() as nursery:
            thread, other = await client.start_thread(), await client.start_thread()
            asked = trial.later(nursery, client.ask, thread, "long")
            await _stream_left_unread(trial, client, other)
            await trial.settle()
            callers = 5 if trial.fault else 1
            closes = [trial.later(nursery, client.close_thread, thread) for _ in range(callers)]
            if trial.fault and trial.cancels:
                closes[0].scope.cancel()
            with trial.within(30, "a close"):
                for close in closes:
                    await close.result()
                answer = await asked.result()
                if trial.fault:
                    await client.close_thread(thread)
            trial.check(answer.status == "interrupted", "the ask told something else")
            trial.check(client.pending == 0, "a request is left pending")
            archived = server.asked("thread/archive")
            trial.check(len(archived) == 1, "archived more than once")
            trial.check(server.threads[thread].archived, "not archived")
            trio.lowlevel.add_instrument(steps)
            await trio.sleep(600)
            trio.lowlevel.remove_instrument(steps)
            trial.check(steps.count < 600, "busy though nothing happens")


async def _stream_left_unread(trial: Trial, client: Client, thread: str) -> None:
    """Read one event of a turn, and let its iterator go to be collected."""
    with trial.within(30, "a stream that was left unread"):
        async with client.stream(thread, "next") as stream:
            iterator = aiter(stream)
            await anext(iterator)
            del iterator
            gc.collect()
            await stream.answer()
        del stream
    gc.collect()


class ThreadPerAsk(NaiveClient):
    """Waits for each end in a thread of a pool."""

    def __init__(self, pipes: Pipes, options: ClientOptions) -> None:
        super().__init__(pipes, options)
        self.pool: trio.CapacityLimiter = trio.CapacityLimiter(32)
        self.ends: set[threading.Event] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, place: Place, options: ClientOptions) -> AsyncGenerator[Self, None]:
        """Its threads end with the client at the latest."""
        async with super().open(place, options) as client:
            try:
                yield client
            finally:
                for ended in client.ends:
                    ended.set()

    async def ask(
        self,
        thread_id: str,
        prompt: str,
        *,
        deadline_s: float | None = None,
        key: str | None = None,
    ) -> Answer:
        """Habit: the thread of an ask that is cancelled waits on, and keeps its place."""
        ended = threading.Event()
        await self.pool.acquire_on_behalf_of(ended)
        self.ends.add(ended)
        worker = threading.Thread(target=ended.wait, daemon=True)
        worker.start()
        answer = await super().ask(thread_id, prompt, deadline_s=deadline_s, key=key)
        ended.set()
        worker.join()
        self.pool.release_on_behalf_of(ended)
        return answer


@scenario(
    "B44",
    "A thousand cancelled asks leave no thread, no task, no request and no turn behind.",
    control=ThreadPerAsk,
    habit="waits in a thread of a pool, which goes on when the ask is cancelled",
)
async def asks_are_cancelled(trial: Trial) -> None:
    """Ten at a time, each on a thread of its own; cancelled before or after the turn's start."""
    if not trial.cancels:
        raise trial.not_applicable(_CTRL_C)
    server = trial.server
    trial.play(slow_unless_next if trial.fault else echo)
    async with trial.client() as client, trio.open_nursery() as nursery:
        threads = [await client.start_thread() for _ in range(10)]
        await trial.settle()
        tasks, workers = trio.lowlevel.current_statistics().tasks_living, threading.active_count()
        for number in range(100 if trial.fault else 2):
            asked = [trial.later(nursery, client.ask, thread, "long") for thread in threads]
            if number % 2:
                await trial.settle()
            for later in asked:
                if trial.fault:
                    later.scope.cancel()
            with trial.within(600, "cancelled asks"):
                for later in asked:
                    await later.done.wait()
        await trial.settle()
        left = trio.lowlevel.current_statistics().tasks_living
        trial.check(threading.active_count() <= workers, "threads are left")
        trial.check(left <= tasks, "tasks are left")
        trial.check(client.pending == 0, "requests are left pending")
        trial.check(not server.running, "turns run on")


@scenario(
    "B45",
    "A stream that is left early ends its turn, however it is left, and the thread goes on.",
    habit="leaving a stream leaves its turn running",
)
async def streams_are_left(trial: Trial) -> None:
    """By break, return, an exception, cancelling, or unread; without the fault all is read.

    Where nothing cancels a call, the block is left while another thread waits for an event.
    """
    server = trial.server
    for leave in (_by_break, _by_return, _by_exception, _by_cancelling, _by_dropping):
        trial.play(slow_unless_next if trial.fault else echo)
        before = len(server.turns)
        with _no_warnings():
            async with trial.client() as client:
                thread = await client.start_thread()
                with trial.within(60, "leaving a stream"):
                    await (leave if trial.fault else _read)(client, thread)
                turn = server.turns[before]
                wanted = "interrupted" if trial.fault else "completed"
                trial.check(turn.status == wanted, "the turn runs on")
                with trial.within(60, "the next ask"):
                    answer = await client.ask(thread, "next")
                trial.check(answer.text == "echo: next", "the next ask went wrong")
                trial.check(client.pending == 0, "a request is left pending")
    trial.check(server.merged == [], "a prompt was merged into a turn that was left")


async def _read(client: Client, thread: str) -> None:
    async with client.stream(thread, "long") as stream:
        async for _ in stream:
            pass


async def _by_break(client: Client, thread: str) -> None:
    async with client.stream(thread, "long") as stream:
        async for event in stream:
            if event.method == "item/agentMessage/delta":
                break


async def _by_return(client: Client, thread: str) -> str:
    async with client.stream(thread, "long") as stream:
        async for event in stream:
            if event.method == "item/agentMessage/delta":
                return event.method
    return ""


class MistakeError(Exception):
    """What the code of a user raises in the block."""


async def _by_exception(client: Client, thread: str) -> None:
    with suppress(MistakeError):
        async with client.stream(thread, "long") as stream:
            async for event in stream:
                if event.method == "item/agentMessage/delta":
                    raise MistakeError


async def _by_cancelling(client: Client, thread: str) -> None:
    with trio.move_on_after(1):
        await _read(client, thread)


async def _by_dropping(client: Client, thread: str) -> None:
    async with client.stream(thread, "long") as stream:
        iterator = aiter(stream)
        await anext(iterator)
        del iterator
        gc.collect()


class HandMadeNursery(NaiveClient):
    """Has its tasks in a nursery that is opened in one place and closed in another."""

    @classmethod
    @asynccontextmanager
    async def open(cls, place: Place, options: ClientOptions) -> AsyncGenerator[Self, None]:
        """Habit: closed by the line after, which cancelling never comes to."""
        async with open_pipes(place) as pipes:
            client = cls(pipes, options)
            manager = trio.open_nursery()
            client.nursery = await manager.__aenter__()
            client.nursery.start_soon(client.read)
            await client.request("initialize", {"clientInfo": {"name": "naive", "version": "0"}})
            await client.send({"method": "initialized"})
            yield client
            client.nursery.cancel_scope.cancel()
            await manager.__aexit__(None, None, None)


@scenario(
    "B54",
    "A client that is cancelled early, in nurseries of its user, leaves those and no process.",
    control=HandMadeNursery,
    habit="closes its nursery in a line that cancelling never comes to",
    where="child",
)
async def cancelled_in_nurseries(trial: Trial) -> None:
    """While the server starts, and in a turn; it writes to stderr all the while."""
    if not trial.cancels:
        raise trial.not_applicable(_CTRL_C)
    use_program(trial, None)
    script = f"{chatty_on_stderr.__module__}:{chatty_on_stderr.__name__}"
    write_fake_codex(trial.scratch / "bin", script)
    for cancel_in in ("start", "turn") if trial.fault else ("",):
        outer_goes_on = trio.Event()
        with trial.within(10, "a client that was cancelled"):
            try:
                async with trio.open_nursery() as outer:
                    inner_is_over = trio.Event()
                    outer.start_soon(_go_on, inner_is_over, outer_goes_on)
                    async with trio.open_nursery() as inner:
                        inner.start_soon(_use, trial, cancel_in, inner.cancel_scope)
                    inner_is_over.set()
            except* RuntimeError as problem:
                raise NotSurvived("the nurseries of its user came apart") from problem
        trial.check(outer_goes_on.is_set(), "the outer nursery did not go on")
        trial.check(not processes_of(trial), "processes are left")


async def _use(trial: Trial, cancel_in: str, scope: trio.CancelScope) -> None:
    async with trio.open_nursery() as nursery:
        if cancel_in == "start":
            nursery.start_soon(_cancel_after, 0.3, scope)
        async with trial.client() as client:
            thread = await client.start_thread()
            if cancel_in == "turn":
                nursery.start_soon(_cancel_after, 0.1, scope)
            answer = await client.ask(thread, "long" if cancel_in else "next")
        trial.check(answer.text == "echo: next", "the turn went wrong")
        nursery.cancel_scope.cancel()


async def _cancel_after(seconds: float, scope: trio.CancelScope) -> None:
    await trio.sleep(seconds)
    scope.cancel()


async def _go_on(begin: trio.Event, done: trio.Event) -> None:
    await begin.wait()
    await trio.sleep(0.01)
    done.set()
