"""Whatever the fake app-server says by itself is what the real binary's schema says."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime.testing import FakeAppServer
from codex_runtime.testing.fake_server import SCENES, transcript
from tests.support.received_messages import received_problems
from tests.testing.raw_client import connected

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime.testing import FakeTurn
    from tests.testing.raw_client import RawClient


async def everything(turn: FakeTurn) -> None:
    match turn.prompt:
        case "fails":
            turn.fail(
                "exceeded retry limit", {"responseTooManyFailedAttempts": {"httpStatusCode": 429}}
            )
        case "asks":
            await turn.ask_approval("touch a")
        case "works":
            turn.run_in_background("sleep 600")
            child = turn.spawn_child("Work")
            turn.say("Hello", " there", phase="final_answer")
            turn.usage(7)
            await child.ended.wait()
        case "waits":
            await trio.sleep_forever()
        case _:
            turn.say("done")


async def tour(client: RawClient, server: FakeAppServer) -> str:
    """Each thing once; the thread that ran."""
    for method in (
        "model/list",
        "config/read",
        "account/read",
        "thread/list",
        "thread/loaded/list",
    ):
        await client.call(method)
    await client.call("command/exec", command=["true"])
    thread_id = await client.open_thread(cwd="/x", model="m", sandbox="workspace-write")
    named = {"threadId": thread_id}
    await client.call("thread/read", **named)
    await client.call("thread/name/set", **named, name="A name")
    await client.call(
        "thread/settings/update",
        **named,
        effort="high",
        sandboxPolicy={"type": "readOnly", "networkAccess": False},
    )
    await client.ended(await client.begin(thread_id, "works", clientUserMessageId="k"))
    await client.call("thread/backgroundTerminals/list", **named)
    await client.call("thread/backgroundTerminals/clean", **named)
    await client.ended(await client.begin(thread_id, "fails"))
    turn_id = await client.begin(thread_id, "asks")
    request = await client.until(lambda m: "method" in m and "id" in m)
    await client.send({"id": request["id"], "result": {"decision": "decline"}})
    await client.ended(turn_id)
    turn_id = await client.begin(thread_id, "waits")
    await client.notified("turn/started", turn=server.turns[-1].record.to_json("notLoaded"))
    told = [{"type": "text", "text": "more"}]
    await client.call("turn/steer", **named, expectedTurnId=turn_id, input=told)
    await client.call("turn/interrupt", **named, turnId=turn_id)
    await client.ended(turn_id)
    await client.call("thread/read", **named, includeTurns=True)
    await client.call("thread/turns/list", **named, limit=2)
    await client.call("thread/turns/list", **named, cursor="2", sortDirection="asc")
    target = {"type": "custom", "instructions": "review"}
    review = await client.call("review/start", **named, target=target)
    await client.ended(review["turn"]["id"])
    await client.call("thread/compact/start", **named)
    await client.ended(server.turns[-1].turn_id)
    return thread_id


async def test_every_message_of_the_fake_is_valid(autojump_clock: MockClock) -> None:
    server = FakeAppServer(everything)
    heard = []
    async with connected(server) as client:
        thread_id = await tour(client, server)
        server.crash()
        await client.at_end.wait()
        first = client.heard
        sent = list(server.received)
    server.received.clear()
    async with connected(server) as client:
        named = {"threadId": thread_id}
        for method in ("read", "resume", "unsubscribe", "archive", "unarchive"):
            await client.call(f"thread/{method}", **named)
        await client.call("thread/list")
        heard = client.heard
    problems = [*received_problems(first, sent), *received_problems(heard, server.received)]
    assert problems == []
    assert [message for message in [*first, *heard] if "error" in message] == []


def test_every_message_of_a_recording_is_valid() -> None:
    for scene in SCENES:
        records = transcript(scene)
        heard = [record["message"] for record in records if record["from"] == "server"]
        sent = [record["message"] for record in records if record["from"] == "client"]
        assert list(received_problems(heard, sent)) == []
