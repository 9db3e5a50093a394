"""The same API in asyncio: an answer, a stream, an interrupt, a timeout, many at once."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from codex_runtime import RuntimeConfig, SessionConfig
from codex_runtime.aio import Runtime, Session, open_runtime
from codex_runtime.protocol import AgentMessageDelta
from codex_runtime.testing import ModelRequest, Reply, serve_scripted_model, silence, text

ENOUGH_CHARS = 40
TOPICS = ("wire", "model", "engine", "session")


async def first_turns(config: RuntimeConfig) -> None:
    async with open_runtime(config) as runtime:
        async with await runtime.start_session(SessionConfig(cwd=".")) as session:
            result = await session.ask("What is this folder about?")
            print(result.text)
            await stream_and_interrupt(session)
            await give_up(session)
        await explain_all(runtime)


async def stream_and_interrupt(session: Session) -> None:
    async with session.ask_stream("Count to a thousand") as turn:
        async for event in turn:
            if isinstance(event, AgentMessageDelta):
                print(event.delta, end="", flush=True)
            if len(turn.text) > ENOUGH_CHARS:
                await turn.interrupt()
    print()
    print(turn.result.status, "after", len(turn.result.text), "characters")


async def give_up(session: Session) -> None:
    try:
        async with asyncio.timeout(0.5):
            await session.ask("Think it over")
    except TimeoutError:
        # However the task is cancelled, the turn is ended on the server before this line.
        print("still running:", session.active_turn_id)


async def explain(runtime: Runtime, topic: str) -> str:
    async with await runtime.start_session(SessionConfig(cwd=".")) as session:
        return (await session.ask(f"Explain {topic}")).text


async def explain_all(runtime: Runtime) -> None:
    for answer in await asyncio.gather(*(explain(runtime, topic) for topic in TOPICS)):
        print(answer)


def respond(request: ModelRequest) -> Reply:
    match request.last_user_text:
        case "Count to a thousand":
            numbers = " ".join(map(str, range(1, 1001)))
            return text(numbers, delta_chars=8, delay_s=0.02)
        case "Think it over":
            return silence()
        case prompt:
            return text(f"You asked: {prompt}")


async def on_a_scripted_model() -> None:
    with serve_scripted_model(respond) as model, tempfile.TemporaryDirectory() as home:
        await first_turns(model.runtime_config(Path(home)))


if __name__ == "__main__":
    asyncio.run(on_a_scripted_model())
