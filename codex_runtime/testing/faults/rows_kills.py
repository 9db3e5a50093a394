"""Rows about a real server that is killed, and about another one that takes over its thread.

Owns B36 and R10. Both run against the real app-server and find its processes in ``/proc``. See
`catalogue`; the same in memory is `rows_restarts`.
"""

from __future__ import annotations

import signal
import sys
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.errors import AppServerExited, CodexRuntimeError, ThreadInUse, TurnLost
from codex_runtime.model.deadlines import Deadlines
from codex_runtime.model.prompt import PromptParams
from codex_runtime.testing import silence, text
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.client import ClientOptions
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.naive_restarts import Resuming
from codex_runtime.testing.faults.ours import OurClient
from codex_runtime.testing.faults.verdicts import ClientError
from codex_runtime.transport.descendants import find_descendants, is_running, kill

if TYPE_CHECKING:
    from codex_runtime.testing import ModelRequest, Reply
    from codex_runtime.testing.faults.client import Client
    from codex_runtime.testing.faults.trial import Later, Trial

_HELD: Final = 4
"""Threads that another process takes: as many as are resumed at once."""
_HELD_S: Final = 0.5
"""How long it keeps them."""
_NOTICED_S: Final = 0.3
"""After a SIGKILL bytes still go into the pipe of a process that is being torn down."""


async def kill_servers(trial: Trial) -> None:
    """SIGKILL every process of the trial; returns when they are gone."""
    servers = find_descendants(-1, marker=trial.marker)
    trial.check(servers, "no server runs")
    for server in servers:
        kill(server)
    await trial.until(lambda: not any(map(is_running, servers)), "the end of the server")


def says_half(request: ModelRequest) -> Reply:
    """Half an answer to ``wait``, a whole one to any other prompt."""
    if request.last_user_text == "wait":
        return text("half of it", finished=False) + silence()
    return text(f"re: {request.last_user_text}")


def _needs_proc(trial: Trial) -> None:
    if sys.platform != "linux":
        raise trial.not_applicable("the server is found in /proc, on Linux alone")


@scenario(
    "B36",
    "A thread that another process has open is told as such; a session whose server died waits "
    "for it, and holds up no other.",
    control=Resuming,
    habit="takes the first refusal of its resume for the last word",
    where="real",
)
async def another_process_has_the_thread(trial: Trial) -> None:
    """The server is killed; a second one resumes four of its threads and keeps them a while."""
    _needs_proc(trial)
    async with (
        trial.real_codex(says_half),
        trial.client() as client,
        trio.open_nursery() as nursery,
    ):
        free, *held = [await client.start_thread() for _ in range(1 + _HELD)]
        for thread in (free, *held):
            await client.ask(thread, "first")
        await kill_servers(trial)
        asked: list[Later] = []
        async with AsyncExitStack() as stack:
            if trial.fault:
                opened = NaiveClient.open(trial.place, ClientOptions())
                other = await stack.enter_async_context(opened)
                for thread in held:
                    await other.resume_thread(thread)
                await _is_told(trial, client, held[0])
            else:
                await trio.sleep(_NOTICED_S)
            asked += [trial.later(nursery, client.ask, thread, "second") for thread in held]
            await trio.sleep(_HELD_S)
            with trial.within(5, "the ask of a thread that nobody else has"):
                answer = await client.ask(free, "second")
            trial.check(answer.text == "re: second", "a wrong answer")
            given_up = trial.fault and any(ask.done.is_set() for ask in asked)
            trial.check(not given_up, "given up while another process had it")
        with trial.within(10, "the asks, the threads being free again"):
            answers = [await ask.result() for ask in asked]
        trial.check({answer.text for answer in answers} == {"re: second"}, "a wrong answer")


async def _is_told(trial: Trial, client: Client, thread: str) -> None:
    """Ours: by an error of its own, at once to who takes it up, in time to who asks."""
    if not isinstance(client, OurClient):
        return
    params = PromptParams(prompt="third", deadlines=Deadlines(acknowledgement_s=_HELD_S))
    async with trial.client() as third:
        with trial.within(10, "the refusal of a thread in use"):
            for ask in (
                partial(third.resume_thread, thread),
                partial(client.sessions[thread].ask_with, params),
            ):
                try:
                    await ask()
                except (ClientError, CodexRuntimeError) as problem:
                    told = problem.__cause__ if isinstance(problem, ClientError) else problem
                    trial.check(isinstance(told, ThreadInUse) and told.retryable, "told otherwise")
                    trial.check(thread in str(told), "the thread is not named")
                else:
                    trial.check(False, "two processes write one thread")  # noqa: FBT003 - says so


@scenario(
    "R10",
    "A turn whose server is killed is lost at once, with the exit code; the next ask works.",
    habit="nobody is told that the server is gone",
    where="real",
)
async def killed_in_a_turn(trial: Trial) -> None:
    """SIGKILL while the answer streams."""
    _needs_proc(trial)
    async with (
        trial.real_codex(says_half) as model,
        trial.client() as client,
        trio.open_nursery() as nursery,
    ):
        thread = await client.start_thread()
        await client.ask(thread, "first")
        if trial.fault:
            asked = trial.later(nursery, _lost_with_code, client, thread)
            await trial.until(lambda: len(model.requests) == 2, "the question to the model")
            await kill_servers(trial)
            with trial.within(2, "the ask of a server that was killed"):
                code = await asked.result()
            trial.check(code in (-signal.SIGKILL, None), "a wrong exit code")
        with trial.within(10, "the next ask"):
            answer = await client.ask(thread, "next")
        trial.check(answer.text == "re: next", "a wrong answer")
        trial.check("first" in model.requests[-1].input_texts, "the thread is another one")


async def _lost_with_code(client: Client, thread: str) -> int | None:
    """The exit code that the lost turn names; None from clients that have no such thing."""
    if isinstance(client, OurClient):
        try:
            await client.sessions[thread].ask("wait")
        except TurnLost as lost:
            cause = lost.__cause__
            return cause.returncode if isinstance(cause, AppServerExited) else 0
        return 0
    try:
        answer = await client.ask(thread, "wait")
    except ClientError as problem:
        return None if problem.kind == "exited" else 0
    return None if answer.status == "lost" else 0
