"""How to test a service of your own against faults of the app-server: nothing is started.

pytest-trio runs the tests below (``trio_mode = true``); their fixtures are those of the pytest
plugin of this library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from trio.testing import MockClock

from codex_runtime import (
    Deadlines,
    PromptParams,
    Session,
    SessionConfig,
    TurnLost,
    TurnTimedOut,
    open_runtime,
)
from codex_runtime.testing import FakeAppServer, FakeTurn, open_fake_runtime

if TYPE_CHECKING:
    from codex_runtime import Runtime

pytest_plugins = ("codex_runtime.testing.pytest_plugin",)

BOUND_S = 70


# -- the service -----------------------------------------------------------------------------------


async def title_of(session: Session, article: str) -> str:
    """A title, or the article's first words when there is none within a minute."""
    params = PromptParams(prompt=f"A title for: {article}", deadlines=Deadlines(total_s=60))
    for _ in range(2):
        try:
            return (await session.ask_with(params)).text
        except TurnLost:  # its server died; a title is harmless to ask for again
            continue
        except TurnTimedOut:
            break
    return " ".join(article.split()[:3])


async def service() -> None:
    """What runs in production."""
    async with open_runtime() as runtime:
        session = await runtime.start_session(SessionConfig(cwd="."))
        print(await title_of(session, "The sea is blue because of the sky."))


# -- its tests -------------------------------------------------------------------------------------


async def test_a_server_that_dies_is_asked_again(
    fake_app_server: FakeAppServer, fake_runtime: Runtime
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.say("The ", "sea")
        await trio.sleep(0.01)
        if fake_app_server.connections == 1:
            fake_app_server.crash(returncode=137, stderr="out of memory\n")

    fake_app_server.play = play
    session = await fake_runtime.start_session(SessionConfig(cwd="."))
    assert await title_of(session, "The sea is blue") == "The sea"
    first, second = fake_app_server.turns
    assert first.prompt == second.prompt
    assert fake_runtime.statistics().restarts == 1


async def test_a_silent_model_costs_a_minute_and_no_more(
    fake_app_server: FakeAppServer, fake_runtime: Runtime, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        await trio.sleep_forever()

    fake_app_server.play = play
    session = await fake_runtime.start_session(SessionConfig(cwd="."))
    began_s = autojump_clock.current_time()
    assert await title_of(session, "The sea is blue") == "The sea is"
    assert autojump_clock.current_time() - began_s < BOUND_S
    (turn,) = fake_app_server.turns
    assert turn.status == "interrupted"


# -- without pytest, it is a program ---------------------------------------------------------------


async def every_test(clock: MockClock) -> None:
    server = FakeAppServer()
    async with open_fake_runtime(server) as runtime:
        await test_a_server_that_dies_is_asked_again(server, runtime)
        print("passed: a server that dies")
        server.turns.clear()
        await test_a_silent_model_costs_a_minute_and_no_more(server, runtime, clock)
        print("passed: a silent model")


if __name__ == "__main__":
    virtual = MockClock(autojump_threshold=0)
    trio.run(every_test, virtual, clock=virtual)
