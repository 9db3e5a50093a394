"""Two sub-agents read at the same time; each is a stream of its own, beside the turn that waits."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import trio

from codex_runtime import ChildThread, RuntimeConfig, SessionConfig, TokenUsage, open_runtime
from codex_runtime.protocol import ItemCompleted
from codex_runtime.testing import ModelRequest, Reply, open_scripted_model, text, tool_call


async def follow(child: ChildThread) -> None:
    """Show what one sub-agent does, from its first event to the end of its turn."""
    async with child.events() as events:
        async for event in events:
            if isinstance(event, ItemCompleted):
                print(f"  {child.prompt}: {type(event.item).__name__}")
    await child.read()  # its nickname is on the server's record alone
    print(f"  {child.nickname} {child.status}: {child.text}")


def spent(*costs: TokenUsage | None) -> int:
    return sum(cost.total_tokens for cost in costs if cost is not None)


async def compare_two_modules(config: RuntimeConfig) -> None:
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=".")) as session,
        trio.open_nursery() as nursery,
    ):
        followed: set[str] = set()
        async with session.ask_stream("Compare the two modules") as turn:
            async for _ in turn:  # never an event of a child
                for child in turn.children:
                    if child.thread_id not in followed:
                        followed.add(child.thread_id)
                        nursery.start_soon(follow, child)
            result = turn.result
        print(f"{result.status}: {result.text}")
        of_children = spent(*(child.usage for child in session.children))
        print(f"{spent(session.usage)} tokens, and {of_children} by {len(followed)} children")


def spawn(prompt: str) -> Reply:
    return tool_call("spawn_agent", {"message": prompt}, namespace="multi_agent_v1")


def respond(request: ModelRequest) -> Reply:
    """The parent starts two agents and waits for both; each of them answers its prompt."""
    if "x-codex-parent-thread-id" in request.headers:
        return text("It has two functions." if "one" in request.last_user_text else "Three.")
    outputs = [json.loads(output.text) for output in request.tool_outputs]
    agents = [output["agent_id"] for output in outputs if "agent_id" in output]
    if not agents:
        return spawn("Read module one") + spawn("Read module two")
    if len(outputs[-1].get("status", {})) < len(agents):
        return tool_call("wait_agent", {"targets": agents}, namespace="multi_agent_v1")
    return text("Module two has one function more.")


async def on_a_scripted_model() -> None:
    async with open_scripted_model(respond) as model:
        with tempfile.TemporaryDirectory() as home:
            await compare_two_modules(model.runtime_config(Path(home)))
        assert model.errors == ()


if __name__ == "__main__":
    trio.run(on_a_scripted_model)
