"""The fake app-server answers a recorded conversation as the real one did, message by message.

The client's side of a recording is said to the fake. Each message of the real server must then come
from the fake as well, in the order of its thread: of the same method, the same form, the same
words where they matter, and with ids that stand for the same things.
"""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import trio

from codex_runtime.testing import FakeAppServer
from codex_runtime.testing.fake_server import OVERLOADED, SCENES, transcript
from tests.testing.raw_client import connected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trio.testing import MockClock

    from codex_runtime.testing import FakeTurn
    from tests.testing.raw_client import RawClient

# Any: plain JSON, looked into key by key.
Json: TypeAlias = Any

LEFT_OUT = {
    "account/rateLimits/updated",
    "configWarning",
    "deprecationNotice",
    "initialized",
    "remoteControl/status/changed",
    "thread/readState/changed",
    "warning",
}
"""Of no turn, or of no use to a test: the fake does not send these."""
EXACT = {"clientId", "exitCode", "itemsView", "status", "terminated", "text", "type", "tool"}
FREE = {"activePermissionProfile", "readState", "sandbox", "sandboxPolicy", "reasoningEffort"}
"""They follow from how the recorded server was set up."""
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ID_KEYS = {"id", "itemId", "processId", "requestId"}


async def one_message(turn: FakeTurn, item_id: str, text: str) -> None:
    turn.say(text, item_id=item_id)
    turn.usage()


async def cut_short(turn: FakeTurn) -> None:
    turn.begin_message("msg_1_0")
    turn.delta("half", "msg_1_0")
    await trio.sleep_forever()


async def killed(turn: FakeTurn) -> None:
    if turn.prompt == "second":
        await cut_short(turn)
    await one_message(turn, f"msg_{turn.prompt}", {"first": "one", "third": "three"}[turn.prompt])


async def rejoined(turn: FakeTurn) -> None:
    if turn.prompt == "first":
        await one_message(turn, "msg_0_0", "one")
        return
    turn.begin_message("msg_1_0")
    turn.delta("two", "msg_1_0")
    await trio.sleep(1)  # virtual, and by then it was resumed in the middle of the turn
    turn.usage()


async def interrupts(turn: FakeTurn) -> None:
    if turn.prompt == "first":
        await trio.sleep_forever()
    await one_message(turn, "msg_1_0", "two")


async def pending(turn: FakeTurn) -> None:
    turn.usage()
    await turn.ask_approval("touch a", "call_0_0")


async def terminals(turn: FakeTurn) -> None:
    turn.run_in_background("sleep 600" if turn.prompt == "first" else "sleep 601")
    turn.usage()
    if turn.prompt == "second":
        await trio.sleep_forever()
    await one_message(turn, "msg_1_0", "it runs on")


async def children(turn: FakeTurn) -> None:
    child = turn.spawn_child("Work", grandchild_free)
    await child.ended.wait()
    turn.usage()
    await one_message(turn, "msg", "done")


async def grandchild_free(turn: FakeTurn) -> None:
    await one_message(turn, "msg", "the child's work")


async def done(turn: FakeTurn) -> None:
    await one_message(turn, "msg_0_0", "done")


PLAYS: dict[str, Callable[[FakeTurn], Awaitable[None]]] = {
    "killed": killed,
    "ended": cut_short,
    "rejoined": rejoined,
    "interrupts": interrupts,
    "pending": pending,
    "terminals": terminals,
    "children": children,
    "refused": done,
    "overloaded": done,
}


def thread_of(message: Json) -> str | None:
    params = message.get("params") or {}
    found = params.get("threadId") or (params.get("thread") or {}).get("id")
    return None if found is None else str(found)


class Replay:
    """One scene, said again."""

    def __init__(self, scene: str) -> None:
        self.scene = scene
        self.server = FakeAppServer(PLAYS[scene])
        self.server.exec_result = {"exitCode": 3, "stdout": "out\n", "stderr": "err\n"}
        self.overloaded = {
            record["message"]["id"]
            for record in transcript(scene)
            if record["message"].get("error") == OVERLOADED
        }
        self.ids: dict[str, str] = {}
        """What an id of the recording is here."""
        self.client: RawClient
        self.taken: set[int] = set()
        """Which of the messages of this process were found in the recording."""
        self.left_usage = {"pending", "terminals"}

    async def run(self) -> None:
        async with AsyncExitStack() as stack:
            process: AsyncExitStack | None = None
            for record in transcript(self.scene):
                message = record["message"]
                if message.get("method") in LEFT_OUT:
                    continue
                if record["from"] == "process":
                    assert process is not None
                    if message["returncode"] < 0:
                        self.server.crash(message["returncode"])
                        await self.client.at_end.wait()
                        assert self.client.transport.returncode == message["returncode"]
                    await process.aclose()
                    process = None
                elif record["from"] == "client":
                    if process is None:
                        process = await stack.enter_async_context(AsyncExitStack())
                        self.taken = set()
                        self.client = await process.enter_async_context(
                            connected(self.server, greet=False)
                        )
                    await self.say(message)
                else:
                    await self.expect(message)

    async def say(self, message: Json) -> None:
        for known, ours in self.ids.items():
            message = replaced(message, known, ours)
        params = message.get("params") or {}
        if params.get("input", [{}])[0].get("text") == "1,048,577 characters":
            params["input"][0]["text"] = "x" * 1_048_577
        if message.get("id") in self.overloaded and "method" in message:
            self.server.fail[message["method"]] = [OVERLOADED]
        await self.client.send(message)

    async def expect(self, message: Json) -> None:
        if message.get("method") == "thread/tokenUsage/updated" and self.scene in self.left_usage:
            return
        thread_id = thread_of(message)
        ours_id = self.ids.get(thread_id or "")
        said = [message.get("method"), ours_id]

        def fits(number: int, ours: Json) -> bool:
            if number in self.taken or ours.get("method") in LEFT_OUT:
                return False
            if "method" not in message:
                return "method" not in ours and ours["id"] == message["id"]
            if self.scene in self.left_usage and "tokenUsage" in (ours.get("params") or {}):
                return False
            return "method" in ours and (ours_id is None or thread_of(ours) == ours_id)

        with trio.move_on_after(30) as scope:
            await self.client.until(
                lambda _: any(fits(*found) for found in enumerate(self.client.heard))
            )
        assert not scope.cancelled_caught, f"{said} never came"
        number, ours = next(found for found in enumerate(self.client.heard) if fits(*found))
        self.taken.add(number)
        assert ours.get("method") == message.get("method"), (message, ours)
        what = str(message.get("method") or f"answer {message['id']}")
        for key in ("params", "result"):
            self.compare(message.get(key), ours.get(key), f"{what}.{key}", key)
        self.compare_errors(message.get("error"), ours.get("error"))

    def compare_errors(self, theirs: Json, ours: Json) -> None:
        """Whether both refuse, in the same words."""
        if theirs is None:
            assert ours is None
            return
        words = theirs["message"].partition(", expected one of")[0]
        for known, mine in self.ids.items():
            words = words.replace(known, mine)
        if words.startswith("invalid thread id"):
            assert ours is not None
        else:
            assert ours == {**theirs, "message": words}

    def compare(self, theirs: Json, ours: Json, path: str, key: str) -> None:
        """Whether ours is of the form of theirs."""
        if key in FREE:
            return
        if isinstance(theirs, dict):
            assert isinstance(ours, dict), path
            named = {self.ids.get(name, name): value for name, value in theirs.items()}
            assert ours.keys() == named.keys(), path
            for name, value in named.items():
                self.compare(value, ours[name], f"{path}.{name}", str(name))
        elif isinstance(theirs, list):
            assert len(ours) == len(theirs), path
            for at, (a, b) in enumerate(zip(theirs, ours, strict=True)):
                self.compare(a, b, f"{path}[{at}]", key)
        elif isinstance(theirs, str) and (ID.fullmatch(theirs) or key in ID_KEYS):
            assert self.ids.setdefault(theirs, ours) == ours or theirs == "item-1", path
        elif key in EXACT or isinstance(theirs, bool):
            assert ours == theirs, path
        else:
            assert type(ours) is type(theirs), (path, theirs, ours)


def replaced(value: Json, old: str, new: str) -> Json:
    """The value with one text in place of another, wherever it stands."""
    if isinstance(value, dict):
        return {key: replaced(part, old, new) for key, part in value.items()}
    if isinstance(value, list):
        return [replaced(part, old, new) for part in value]
    return new if value == old else value


@pytest.mark.parametrize("scene", sorted(set(SCENES) - {"session"}))
async def test_the_fake_says_what_the_real_server_said(
    scene: str, autojump_clock: MockClock
) -> None:
    await Replay(scene).run()
