"""Show a thread as it is, live, beside whoever asks; a second view joins late."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import RuntimeConfig, Session, SessionConfig, ThreadState, open_runtime, throttle
from codex_runtime.testing import ModelRequest, Reply, open_scripted_model, text


def draw(state: ThreadState) -> None:
    running = state.active_turn
    mark = "writing" if running else "ready"
    print(f"[{mark}] {len(state.turns)} turns, {len(state.text)} characters")


async def show(session: Session) -> None:
    """A view for a screen: it draws the newest state, ten times a second at most."""
    async with session.observe() as view:
        async for state in view:
            draw(state)
            await trio.sleep(0.1)


async def follow(session: Session) -> None:
    """For a web page: what was there as it opened, then every change of it, merged."""
    async with session.observe() as view, view.events() as events:
        print(f"joined at {events.snapshot.text!r}")
        state = events.snapshot
        async with throttle(events, interval_ms=100) as updates:
            async for update in updates:
                for event in update:
                    state = state.apply(event)
                if state.active_turn is None:
                    break
        print(f"saw it end as {state.text!r}")
        assert state == view.state


async def watch_one_turn(config: RuntimeConfig) -> None:
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=".")) as session,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(show, session)
        async with session.ask_stream("Count to eight") as turn:
            async for _ in turn:
                if turn.text.endswith("three "):
                    nursery.start_soon(follow, session)
            assert turn.result.text.endswith("eight")
        await trio.sleep(0.2)
        nursery.cancel_scope.cancel()


def respond(_request: ModelRequest) -> Reply:
    return text("one two three four five six seven eight", delta_chars=1, delay_s=0.02)


async def on_a_scripted_model() -> None:
    async with open_scripted_model(respond) as model:
        with tempfile.TemporaryDirectory() as home:
            await watch_one_turn(model.runtime_config(Path(home)))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)
