"""What the server asks is answered on your loop: a person, a tool, a hook, all of asyncio."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TypeAlias

from codex_runtime import (
    ApprovalAnswer,
    ApprovalRequest,
    CommandApproval,
    RuntimeConfig,
    SessionConfig,
    tool,
)
from codex_runtime.aio import open_runtime
from codex_runtime.testing import serve_scripted_model, shell, text, tool_call

Question: TypeAlias = "tuple[ApprovalRequest, asyncio.Future[ApprovalAnswer]]"


class Inbox:
    """Requests wait in it until a person looks. Nothing of it is safe in two threads."""

    def __init__(self) -> None:
        self.questions: asyncio.Queue[Question] = asyncio.Queue()

    async def decide(self, request: ApprovalRequest) -> ApprovalAnswer:
        answer: asyncio.Future[ApprovalAnswer] = asyncio.get_running_loop().create_future()
        self.questions.put_nowait((request, answer))
        return await answer


async def person(inbox: Inbox) -> None:
    while True:
        request, answer = await inbox.questions.get()
        if isinstance(request, CommandApproval):
            print("may it run", request.params.command, "-> no")
        answer.set_result(request.decline())


@tool
async def stock(item: str) -> int:
    """How many of an item are left."""
    await asyncio.sleep(0.01)  # asks a service
    return len(item)


async def ask_a_person(config: RuntimeConfig) -> None:
    inbox = Inbox()
    session_config = SessionConfig(
        cwd=".", approval_policy="untrusted", approvals=inbox.decide, tools=[stock]
    )
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(session_config) as session,
    ):
        looking = asyncio.create_task(person(inbox))
        result = await session.ask("Order apples if we run out, then tidy up")
        print(result.text)
        looking.cancel()


async def on_a_scripted_model() -> None:
    with serve_scripted_model() as model, tempfile.TemporaryDirectory() as home:
        model.enqueue(
            tool_call("stock", {"item": "apples"}),
            shell("rm -rf crates"),
            text("There are six left, and I left everything as it was."),
        )
        # Tools are an experimental part of the protocol.
        await ask_a_person(model.runtime_config(Path(home), experimental_api=True))
        for request in model.requests[1:]:
            print("the model saw:", request.tool_outputs[-1].text)


if __name__ == "__main__":
    asyncio.run(on_a_scripted_model())
