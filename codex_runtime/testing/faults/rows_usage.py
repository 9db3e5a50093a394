"""Rows about what a turn cost, whatever else is told of tokens.

Owns B42 and B52, and the naive habits that they need. Each plays one fault on the fake server. See
`catalogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.ours import OurClient

if TYPE_CHECKING:
    from codex_runtime.session.session import Session
    from codex_runtime.testing.fake_server import FakeThread, FakeTurn
    from codex_runtime.testing.faults.client import Client
    from codex_runtime.testing.faults.trial import Trial

_COSTS = (10, 20, 30)
"""The three model calls of a turn."""


@scenario(
    "B42",
    "A turn costs what its model calls cost, whatever is repeated, lost or told of others.",
    habit="sums what each update says of the last call",
)
async def golden_sequences(trial: Trial) -> None:
    """Three calls; a child's calls; a repeat by a resume; a lost update; a compaction before it."""

    async def play(turn: FakeTurn) -> None:
        first, second, third = _COSTS
        turn.usage(first)
        if turn.prompt == "resumed":
            await trio.sleep(1)  # a resume repeats the update
        if turn.prompt == "with a child":
            child = turn.spawn_child("work", trial.watched(_costly))
            await trial.until(lambda: child.status, "the child")
        turn.thread.subscribed = turn.prompt != "lost"
        turn.usage(second)
        turn.thread.subscribed = True
        turn.usage(third)
        turn.say("done")

    async def compaction(turn: FakeTurn) -> None:
        turn.usage(400)
        turn.thread.total_tokens = 55  # what is left
        turn.usage(0)
        await trio.lowlevel.checkpoint()

    prompts = ["plain", "again"]
    if trial.fault:
        prompts += ["with a child", "resumed", "lost", "after a compaction"]
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = await client.start_thread()
        handles = _handles(client, thread)
        for prompt in prompts:
            if prompt == "after a compaction":
                trial.play(compaction)
                await client.call("thread/compact/start", {"threadId": thread})
                await trial.settle()
            trial.play(play)
            asked = trial.later(nursery, client.ask, thread, prompt)
            if prompt == "resumed":
                await trio.sleep(0.5)
                await client.resume_thread(thread)
                handles += _handles(client, thread)
            with trial.within(60, "the turn"):
                answer = await asked.result()
            trial.check(answer.status == "completed", "the turn went wrong")
            trial.check(answer.tokens == sum(_COSTS), f"counted wrongly: {prompt}")
        told = [handle.usage.total_tokens for handle in handles if handle.usage is not None]
        wanted = len(prompts) * sum(_COSTS) if handles else 0
        trial.check(sum(told) == wanted, "the sum of the session is wrong")


def _handles(client: Client, thread: str) -> list[Session]:
    """Ours adds up the turns of each handle as well."""
    return [client.sessions[thread]] if isinstance(client, OurClient) else []


async def _costly(turn: FakeTurn) -> None:
    turn.usage(1000)
    await trio.lowlevel.checkpoint()


@scenario(
    "B52",
    "What a thread had cost before a turn is where the turn is counted from, not what it costs.",
    habit="takes every update that comes after its `turn/start` for its turn's",
)
async def usage_before_the_turn(trial: Trial) -> None:
    """A resumed thread tells its old usage between the answer to `turn/start` and the start.

    The first turn then makes no model call, and its end repeats that usage; the second makes one.
    """
    server = trial.server

    async def play(turn: FakeTurn) -> None:
        if turn.prompt == "no call":
            told = turn.thread.usage["tokenUsage"]
            if trial.fault:
                turn.emit("thread/tokenUsage/updated", tokenUsage=told)
        else:
            turn.usage(7)
        turn.say("done")
        await trio.lowlevel.checkpoint()

    async def long_ago(turn: FakeTurn) -> None:
        turn.usage(500)
        await trio.lowlevel.checkpoint()

    trial.play(play)
    server.start_delay_s = 1.0
    async with trial.client() as client, trio.open_nursery() as nursery:
        thread = server.new_thread()
        old = server.begin_turn(thread, {"input": [{"text": "old"}]}, play=trial.watched(long_ago))
        await trial.until(lambda: old.status, "the old turn")
        replayed, thread.usage = thread.usage, None  # the resume does not tell yet
        await client.resume_thread(thread.thread_id)
        thread.usage = replayed
        for prompt, cost in (("no call", 0), ("one call", 7)):
            asked = trial.later(nursery, client.ask, thread.thread_id, prompt)
            await _answered(trial, thread, prompt)
            if trial.fault:
                server.notify("thread/tokenUsage/updated", thread.usage)
            with trial.within(60, "the turn"):
                answer = await asked.result()
            trial.check(answer.status == "completed", "the turn went wrong")
            trial.check((answer.tokens or 0) == cost, "billed for what came before it")


async def _answered(trial: Trial, thread: FakeThread, prompt: str) -> None:
    """The client knows its turn, which has not started."""
    await trial.until(
        lambda: thread.active is not None and thread.active.prompt == prompt, "the turn's request"
    )
    await trial.settle()
