"""Many sessions on one app-server: their turns run side by side."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import Runtime, RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.testing import ModelRequest, Reply, open_scripted_model, text

TOPICS = ("wire", "model", "engine", "session")


async def explain(runtime: Runtime, topic: str, answers: dict[str, str]) -> None:
    async with await runtime.start_session(SessionConfig(cwd=".")) as session:
        result = await session.ask(f"Explain {topic}")
        answers[topic] = result.text


async def explain_all(config: RuntimeConfig) -> None:
    answers: dict[str, str] = {}
    async with open_runtime(config) as runtime:
        async with trio.open_nursery() as nursery:
            for topic in TOPICS:
                nursery.start_soon(explain, runtime, topic, answers)
        for topic in TOPICS:
            print(f"{topic}: {answers[topic]}")
        figures = runtime.statistics()
        print(figures.events, "events,", figures.requests, "requests")


def respond(request: ModelRequest) -> Reply:
    return text(f"You asked: {request.last_user_text}", deltas=5, delay_s=0.05)


async def on_a_scripted_model() -> None:
    async with open_scripted_model(respond) as model:
        with tempfile.TemporaryDirectory() as home:
            await explain_all(model.runtime_config(Path(home)))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)
