"""Record again what the real app-server says: ``python -m tests.support.record_transcripts``.

Owns the scenes, one recording each, whose files land beside the package's with the version of the
binary in their names. What the scenes share stands in `transcribing`. The recording ``session`` is
of the first life of the project, and is not recorded here. Names of scenes as arguments record
these alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.launch.binary import find_codex
from codex_runtime.testing import (
    ModelRequest,
    Reply,
    open_scripted_model,
    shell,
    silence,
    text,
    tool_call,
)
from tests.support.transcribing import Stage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from tests.support.transcribing import Conversation, Json

SECONDS: Final = 60


def said(prompt: str) -> list[Json]:
    """The input of a turn."""
    return [{"type": "text", "text": prompt}]


async def open_thread(server: Conversation, **params: Json) -> str:
    """The id of a new thread."""
    opened = await server.call("thread/start", cwd=str(server.stage.cwd), **params)
    return str(opened["thread"]["id"])


async def begin(server: Conversation, thread_id: str, prompt: str, **params: Json) -> str:
    """The id of a turn that has started."""
    answer = await server.call("turn/start", threadId=thread_id, input=said(prompt), **params)
    turn_id = str(answer["turn"]["id"])
    await server.until(
        lambda m: m.get("method") == "turn/started" and m["params"]["turn"]["id"] == turn_id
    )
    return turn_id


async def killed(stage: Stage) -> None:
    """SIGKILL in the middle of a turn, and the next process on the same home."""
    async with stage.start() as server:
        thread_id = await open_thread(server)
        never_ran = await open_thread(server)
        stage.model.enqueue(text("one"))
        turn_id = await begin(server, thread_id, "first", clientUserMessageId="key-1")
        await server.ended(turn_id)
        stage.model.enqueue(text("half", finished=False) + silence())
        turn_id = await begin(server, thread_id, "second", clientUserMessageId="key-2")
        await server.notified("item/agentMessage/delta", turnId=turn_id)
        await server.call("thread/read", threadId=thread_id, includeTurns=True)
        await server.call("thread/loaded/list")
        await server.kill()
    stage.model.release()
    async with stage.start() as server:
        await server.call("thread/read", threadId=thread_id, includeTurns=True)
        await server.call("thread/turns/list", threadId=thread_id)
        await server.call("thread/loaded/list")
        await server.call("turn/start", threadId=thread_id, input=said("too soon"))
        await server.call("thread/resume", threadId=thread_id, excludeTurns=True)
        await server.notified("thread/tokenUsage/updated", threadId=thread_id)
        await server.call("thread/resume", threadId=never_ran)
        await server.call("thread/read", threadId=never_ran, includeTurns=True)
        await server.call("thread/turns/list", threadId=never_ran)
        await server.call("thread/loaded/list")
        stage.model.enqueue(text("three"))
        await server.ended(await begin(server, thread_id, "third", clientUserMessageId="key-3"))
        await server.call("thread/turns/list", threadId=thread_id, itemsView="full", limit=2)


async def ended(stage: Stage) -> None:
    """The end of its input in the middle of a turn, and the next process on the same home."""
    async with stage.start() as server:
        thread_id = await open_thread(server)
        stage.model.enqueue(text("half", finished=False) + silence())
        turn_id = await begin(server, thread_id, "first", clientUserMessageId="key-1")
        await server.notified("item/agentMessage/delta", turnId=turn_id)
    stage.model.release()
    async with stage.start() as server:
        await server.call("thread/read", threadId=thread_id, includeTurns=True)
        await server.call("thread/resume", threadId=thread_id)


async def rejoined(stage: Stage) -> None:
    """``thread/resume`` of a thread that is loaded: idle, and in the middle of a turn."""
    async with stage.start() as server:
        thread_id = await open_thread(server)
        await server.call("thread/resume", threadId=thread_id)
        stage.model.enqueue(text("one"))
        await server.ended(await begin(server, thread_id, "first"))
        await server.call("thread/resume", threadId=thread_id)
        await server.call("thread/unsubscribe", threadId=thread_id)
        await server.call("thread/resume", threadId=thread_id)
        stage.model.enqueue(text("two", finished=False) + silence())
        turn_id = await begin(server, thread_id, "second")
        await server.notified("item/agentMessage/delta", turnId=turn_id)
        await server.call("thread/resume", threadId=thread_id)
        stage.model.release()
        await server.ended(turn_id)


async def interrupts(stage: Stage) -> None:
    """Each answer to ``turn/interrupt``, ``turn/steer`` and a second ``turn/start``."""
    async with stage.start() as server:
        thread_id = await open_thread(server)
        nobody = {"threadId": thread_id, "turnId": thread_id}
        await server.call("turn/interrupt", **nobody)
        await server.call("turn/steer", threadId=thread_id, input=said("x"), expectedTurnId="x")
        stage.model.enqueue(silence())
        turn_id = await begin(server, thread_id, "first")
        await stage.model.wait_for_requests(1)
        await server.call("turn/interrupt", **nobody)
        await server.call("turn/steer", threadId=thread_id, input=said("x"), expectedTurnId="x")
        await server.call("turn/start", threadId=thread_id, input=said("merged"))
        await server.call("turn/interrupt", threadId=thread_id, turnId=turn_id)
        await server.ended(turn_id)
        unanswered = await server.ask("turn/interrupt", threadId=thread_id, turnId=turn_id)
        stage.model.enqueue(text("two"))
        await server.ended(await begin(server, thread_id, "second"))
        await server.answered(unanswered)
        await server.call("turn/interrupt", threadId=thread_id, turnId=turn_id)


async def pending(stage: Stage) -> None:
    """An interrupt while an approval is asked for, and an answer that comes too late."""
    async with stage.start() as server:
        thread_id = await open_thread(server, approvalPolicy="untrusted")
        stage.model.enqueue(shell("touch a"))
        turn_id = await begin(server, thread_id, "go")
        request = await server.asked("item/commandExecution/requestApproval")
        await server.call("turn/interrupt", threadId=thread_id, turnId=turn_id)
        await server.ended(turn_id)
        await server.send({"id": request["id"], "result": {"decision": "accept"}})
        await server.call("thread/loaded/list")


async def terminals(stage: Stage) -> None:
    """Commands that run on after the model stopped waiting for them."""
    async with stage.start() as server:
        thread_id = await open_thread(server, approvalPolicy="never", sandbox="danger-full-access")
        stage.model.enqueue(shell("sleep 600", yield_time_ms=250), text("it runs on"))
        await server.ended(await begin(server, thread_id, "first"))
        listed = await server.call("thread/backgroundTerminals/list", threadId=thread_id)
        terminal = {"threadId": thread_id, "processId": listed["data"][0]["processId"]}
        await server.call("thread/backgroundTerminals/terminate", **terminal)
        await server.until(lambda m: _has_ended(m, listed["data"][0]["itemId"]))
        await server.call("thread/backgroundTerminals/terminate", **terminal)
        stage.model.enqueue(shell("sleep 601", yield_time_ms=250), silence())
        turn_id = await begin(server, thread_id, "second")
        await stage.model.wait_for_requests(4)
        await server.call("thread/backgroundTerminals/list", threadId=thread_id)
        await server.call("turn/interrupt", threadId=thread_id, turnId=turn_id)
        await server.ended(turn_id)
        listed = await server.call("thread/backgroundTerminals/list", threadId=thread_id)
        await server.call("thread/backgroundTerminals/clean", threadId=thread_id)
        await server.until(lambda m: _has_ended(m, listed["data"][0]["itemId"]))
        await server.call("thread/backgroundTerminals/list", threadId=thread_id)
        await server.call(
            "command/exec", command=["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]
        )


def _has_ended(message: Json, item_id: str) -> bool:
    ended = message.get("method") == "item/completed"
    return ended and bool(message["params"]["item"]["id"] == item_id)


async def children(stage: Stage) -> None:
    """A sub-agent: its thread, its turn and what it used, among those of its parent."""
    async with stage.start() as server:
        thread_id = await open_thread(server)

        def respond(request: ModelRequest) -> Reply:
            if request.thread_id != thread_id:
                return text("the child's work")
            if request.tool_outputs:
                return text("done")
            return tool_call("spawn_agent", {"message": "Work"}, namespace="multi_agent_v1")

        stage.respond = respond
        turn_id = await begin(server, thread_id, "Have it done")
        await server.ended(turn_id)
        spawned = await server.until(lambda m: _has_ended(m, "call_0_0"))
        (child_id,) = spawned["params"]["item"]["receiverThreadIds"]
        await server.notified("turn/completed", threadId=child_id)
        await server.call("thread/loaded/list")
        await server.call("thread/read", threadId=child_id, includeTurns=True)


async def refused(stage: Stage) -> None:
    """Requests that the server refuses, each with its words."""
    async with stage.start() as server:
        await server.call("initialize", clientInfo={"name": "probe", "version": "1"})
        await server.call("thread/tomorrow")
        await server.call("thread/read", threadId="no-id")
        await server.call("thread/read")
        thread_id = await open_thread(server)
        gone = thread_id[:-4] + "ffff"
        for method in ("thread/read", "thread/resume", "thread/archive", "thread/unsubscribe"):
            await server.call(method, threadId=gone)
        await server.call("thread/turns/list", threadId=gone)
        await server.call("thread/backgroundTerminals/list", threadId=gone)
        await server.call("thread/settings/update", threadId=gone, effort="low")
        await server.call("thread/name/set", threadId=gone, name="x")
        await server.call("turn/start", threadId=gone, input=said("x"))
        await server.call("turn/steer", threadId=gone, input=said("x"), expectedTurnId="x")
        await server.call("turn/interrupt", threadId=gone, turnId=gone)
        await server.call("thread/read", threadId=thread_id, includeTurns=True)
        await server.call("thread/turns/list", threadId=thread_id)
        await server.call("thread/archive", threadId=thread_id)
        await server.call("thread/archive", threadId=thread_id)
        await server.call("thread/resume", threadId=thread_id)
        ephemeral = await open_thread(server, ephemeral=True)
        await server.ended(await begin(server, ephemeral, "first"))
        await server.call("thread/read", threadId=ephemeral, includeTurns=True)
        await server.call("thread/turns/list", threadId=ephemeral)
        await server.call("thread/archive", threadId=ephemeral)
        await server.call("thread/unsubscribe", threadId=ephemeral)
        ran = await open_thread(server)
        await server.ended(await begin(server, ran, "first"))
        await server.call("thread/archive", threadId=ran)
        await server.call("thread/resume", threadId=ran)
        await server.call("turn/start", threadId=ran, input=said("x"))
        await server.call("thread/read", threadId=ran, includeTurns=True)
        alive = await open_thread(server)
        stage.is_kept = False
        too_long = await server.call("turn/start", threadId=alive, input=said("x" * 1_048_577))
        request = {"threadId": alive, "input": said("1,048,577 characters")}
        stage.insist("client", {"id": stage.last_id, "method": "turn/start", "params": request})
        stage.insist("server", {"id": stage.last_id, "error": too_long})


async def overloaded(stage: Stage) -> None:
    """More requests at once than the server takes: one that it answered, one that it refused."""
    async with stage.start() as server:
        burst = [{"id": at, "method": "thread/loaded/list", "params": {}} for at in range(99, 499)]
        stage.is_kept = False
        await server.send(*burst)
        answered = await server.until(lambda m: m.get("id", 0) >= 99 and "result" in m)
        refused_one = await server.until(lambda m: "error" in m)
        for answer in (answered, refused_one):
            stage.insist("client", burst[answer["id"] - 99])
            stage.insist("server", answer)


SCENES: Final[Mapping[str, Callable[[Stage], Awaitable[None]]]] = {
    scene.__name__: scene
    for scene in (
        killed,
        ended,
        rejoined,
        interrupts,
        pending,
        terminals,
        children,
        refused,
        overloaded,
    )
}


async def record(name: str) -> list[str]:
    """The lines of one scene."""
    stage: Stage | None = None

    def respond(request: ModelRequest) -> Reply:
        assert stage is not None
        return stage.respond(request)

    with tempfile.TemporaryDirectory() as folder, trio.fail_after(SECONDS):
        async with open_scripted_model(respond) as model:
            stage = Stage(model, Path(folder))
            await SCENES[name](stage)
            model.release()
    return stage.records


def main() -> None:
    """Record the scenes that are named, or all."""
    binary = find_codex(None, {}).path
    told = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
    version = told.stdout.split()[-1]
    folder = Path(str(files("codex_runtime"))) / "testing" / "transcripts"
    for name in sys.argv[1:] or SCENES:
        lines = trio.run(record, name)
        path = folder / f"codex-{version}-{name}.jsonl"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        sys.stdout.write(f"{path.name}: {len(lines)} messages\n")


if __name__ == "__main__":
    main()
