"""Rows about the end of the server, and what its threads are to the next one.

Owns B33, B34, B50 and B51. Each crashes the fake server; the naive clients that start it again are
in `naive_restarts`. See `catalogue`; the same on the real server is `rows_kills`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.model.profile import SessionConfig
from codex_runtime.testing.fake_server import echo, silence
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive_restarts import Persistent, Reconnecting, Resuming
from codex_runtime.testing.faults.ours import OurClient
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.testing.fake_server import FakeTurn
    from codex_runtime.testing.faults.client import Client, Json
    from codex_runtime.testing.faults.trial import Later, Trial

_SESSIONS: Final = 50
_BEARS: Final = 10
"""So many resumes within `_RESUME_S` are more than the server bears."""
_RESUME_S: Final = 0.1


async def unless_told_to_wait(turn: FakeTurn) -> None:
    """Say nothing to the prompt ``wait``; echo any other."""
    await (silence(turn) if turn.prompt == "wait" else echo(turn))


async def is_lost(trial: Trial, asked: Later) -> None:
    """The ask has to end soon, as one whose server is gone."""
    with trial.within(10, "the ask of a server that is gone"):
        try:
            answer = await asked.result()
        except ClientError as problem:
            trial.check(problem.kind == "exited", "a lost turn is told as another error")
        else:
            trial.check(answer.status == "lost", "a lost turn is told as something else")


async def answered(trial: Trial, client: Client, thread: str, prompt: str) -> None:
    """The ask has to be answered, on whichever server."""
    with trial.within(60, "an ask after the restart"):
        answer = await client.ask(thread, prompt)
    trial.check(answer.text == f"echo: {prompt}", "a wrong answer after the restart")


@scenario(
    "B33",
    "When the server has died, between turns or in one, the next ask goes on with the thread.",
    control=Reconnecting,
    habit="starts the server again, which does not have the thread loaded",
)
async def server_restarts(trial: Trial) -> None:
    """It dies twice: between two turns, and in the middle of one; another thread is idle."""
    server = trial.server
    trial.play(unless_told_to_wait)
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread, idle = await client.start_thread(), await client.start_thread()
        for each in (thread, idle):
            await answered(trial, client, each, "first")
        if trial.fault:
            server.crash(-9, "killed\n")
            await trial.settle()  # what is asked at that very moment may be lost
        await answered(trial, client, thread, "second")
        waiting = trial.later(nursery, client.ask, thread, "wait")
        await trial.until(lambda: server.turns[-1].prompt == "wait", "the turn's start")
        await trial.settle()
        if trial.fault:
            server.crash(-9, "killed\n")
            await is_lost(trial, waiting)
        else:
            await client.interrupt(thread)
        for each in (thread, idle):
            await answered(trial, client, each, "last")
    prompts = [turn.prompt for turn in server.turns if turn.thread.thread_id == thread]
    trial.check(prompts == ["first", "second", "wait", "last"], "asked otherwise than once each")


@scenario(
    "B34",
    "A thread that has no turn on record yet goes on after a crash, under whichever id.",
    control=Resuming,
    habit="resumes a thread of which the server has nothing, and gives it up",
)
async def never_ran(trial: Trial) -> None:
    """It dies before the first turn of a thread, and at the ``turn/start`` of another's."""
    server = trial.server

    def crash(message: Json) -> bool:
        if message["method"] != "turn/start":
            return False
        server.intercept = None
        server.crash()
        return True

    async with trial.client() as client, trio.open_nursery() as nursery:
        thread, other = await client.start_thread(), await client.start_thread()
        if not trial.fault:
            for each in (thread, other):
                await answered(trial, client, each, "at all")
        server.crash()
        await trial.settle()
        await answered(trial, client, thread, "first")
        if trial.fault:
            server.intercept = crash
            await is_lost(trial, trial.later(nursery, client.ask, other, "wait"))
        for each in (other, thread):
            await answered(trial, client, each, "next")


@scenario(
    "B50",
    "Fifty threads of a server that dies on load come back a few at a time, each ask asked once; "
    "one that dies at each resume is soon left alone.",
    control=Persistent,
    habit="resumes all at once, and at once again when the server has died of it",
)
async def reconnect_storm(trial: Trial) -> None:
    """It bears ten resumes at once; then none at all, until it is well again."""
    server = trial.server
    server.delay_s["thread/resume"] = _RESUME_S
    asked_at: list[tuple[int, float]] = []
    bears = _BEARS

    async def fall_over() -> None:
        await trio.sleep(_RESUME_S / 2)
        server.crash(137, "out of memory\n")

    def load(message: Json) -> bool:
        if message["method"] == "thread/resume":
            asked_at.append((server.connections, trio.current_time()))
            since_s = trio.current_time() - _RESUME_S
            now = [at for life, at in asked_at if life == server.connections and at > since_s]
            if len(now) == bears + 1:
                server.process.start_soon(fall_over)
        return False

    async with trial.client() as client:
        threads = [await client.start_thread() for _ in range(_SESSIONS)]
        for thread in threads:
            await answered(trial, client, thread, "first")
        if trial.fault:
            server.intercept = load
        with trial.within(3, "the asks, the server dying of them"):
            asked = await _asked_after_a_crash(trial, client, threads, "again")
            answers = [await ask.result() for ask in asked]
        trial.check({a.text for a in answers} == {"echo: again"}, "a wrong answer")
        trial.check(server.connections == 2, "the server died of the resumes")
        again = [turn for turn in server.turns if turn.prompt == "again"]
        trial.check(len(again) == _SESSIONS, "asked otherwise than once each")
        if trial.fault:
            bears = 0
            with trial.within(60, "the asks of a server that cannot"):
                asked = await _asked_after_a_crash(trial, client, threads, "in vain")
            for ask in asked:
                await is_lost(trial, ask)
            await trio.sleep(30)
            trial.check(server.connections <= 10, "started again and again")
            bears = _BEARS
            await trio.sleep(120)
            await answered(trial, client, threads[0], "last")


async def _asked_after_a_crash(
    trial: Trial, client: Client, threads: Sequence[str], prompt: str
) -> list[Later]:
    """All at once, when the client has noticed; returns when each has ended."""
    trial.server.crash()
    await trial.settle()
    asked: list[Later] = []
    async with trio.open_nursery() as nursery:
        asked += [trial.later(nursery, client.ask, thread, prompt) for thread in threads]
    return asked


_POLICY: Final = {
    "model": "gpt-5.5",
    "approvalPolicy": "untrusted",
    "sandbox": "workspace-write",
    "developerInstructions": "Be brief.",
}


async def _start_with_policy(client: Client) -> str:
    if not isinstance(client, OurClient):
        opened = await client.call("thread/start", {"cwd": ".", **_POLICY})
        return str(opened["thread"]["id"])
    config = SessionConfig(
        cwd=".",
        model="gpt-5.5",
        approval_policy="untrusted",
        sandbox="workspace-write",
        developer_instructions="Be brief.",
    )
    session = await client.runtime.start_session(config)
    client.sessions[session.thread_id] = session
    return session.thread_id


@scenario(
    "B51",
    "The first that the next server hears of a thread is its whole policy.",
    control=Resuming,
    habit="resumes by the id alone, so the server's own policy holds",
    official=False,
)
async def permissions_after_a_resume(trial: Trial) -> None:
    """What the threads are set to dies with the server, before the first turn of one and after."""
    server = trial.server
    ran_under: list[Json] = []

    async def play(turn: FakeTurn) -> None:
        ran_under.append(dict(turn.thread.settings))
        await echo(turn)

    trial.play(play)
    async with trial.client() as client:
        thread = await _start_with_policy(client)
        await answered(trial, client, thread, "first")
        before = len(server.received)
        if trial.fault:
            server.crash()
            await trial.settle()
            server.threads[thread].settings.clear()
        await answered(trial, client, thread, "second")
    told = [m for m in server.received[before:] if _thread_of(m) == thread]
    if trial.fault:
        trial.check(told[0]["method"] == "thread/resume", "not resumed first")
        fields = {name: told[0]["params"].get(name) for name in _POLICY}
        trial.check(fields == _POLICY, "resumed under another policy")
    first, second = [
        [settings.get(name) for name in ("model", "approvalPolicy", "sandbox")]
        for settings in ran_under
    ]
    trial.check(first == second, "the second turn ran under another policy")


def _thread_of(message: Json) -> object:
    params: Json = message.get("params")
    return None if params is None else params.get("threadId")
