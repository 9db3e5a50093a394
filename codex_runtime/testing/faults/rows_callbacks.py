"""The row about callbacks that look on and raise.

Owns B48 and the naive habit that it needs. See `catalogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import trio

from codex_runtime.model.hooks.answers import HookContext
from codex_runtime.model.hooks.hooks import Hook, HookConfig
from codex_runtime.testing.fake_server import captured_item
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.testing.fake_server import FakeTurn
    from codex_runtime.testing.faults.client import ClientOptions, Json
    from codex_runtime.testing.faults.naive_pipes import Pipes
    from codex_runtime.testing.faults.trial import Trial

    AsyncHook = Callable[[HookContext], Awaitable[object]]

_PHASE: Final = "post_tool_use"
_TOOLS: Final = 3
"""In each turn."""


class OneLoop(NaiveClient):
    """Calls the user's hooks in a loop of its own, for as long as that lives."""

    def __init__(self, pipes: Pipes, options: ClientOptions) -> None:
        super().__init__(pipes, options)
        hooks = cast("HookConfig", options.ours["hooks"])
        self.hook: AsyncHook = cast("AsyncHook", hooks.hooks[0].run)
        channel = trio.open_memory_channel[str](1000)
        self.used: trio.MemorySendChannel[str] = channel[0]
        self.uses: trio.MemoryReceiveChannel[str] = channel[1]
        self.looping: bool = False

    def on_notification(self, method: str, params: Json) -> None:
        """Pass on what the hook is for."""
        super().on_notification(method, params)
        if method == "item/completed" and params["item"]["type"] == "commandExecution":
            if not self.looping:
                self.looping = True
                self.spawn(self.call_hooks)
            self.used.send_nowait(params["item"]["command"])

    async def call_hooks(self) -> None:
        """Habit: what the hook raises ends the loop that calls it, and nobody sees that."""
        try:
            async for _command in self.uses:
                await self.hook(HookContext(phase=_PHASE))
        except RuntimeError:
            return


@scenario(
    "B48",
    "A callback that raises is called again for whatever comes later.",
    control=OneLoop,
    habit="what a callback raises ends the loop that calls it",
    official=False,
)
async def callback_raises(trial: Trial) -> None:
    """Two turns use three tools each; the hook after tool use raises the first time."""
    calls: list[HookContext] = []

    async def look_on(context: HookContext) -> None:
        calls.append(context)
        await trio.lowlevel.checkpoint()
        if trial.fault and len(calls) == 1:
            raise RuntimeError("a mistake in the callback")

    async def play(turn: FakeTurn) -> None:
        for number in range(_TOOLS):
            item = captured_item("commandExecution", status="completed")
            turn.emit("item/completed", item={**item, "id": f"call_{number}"}, completedAtMs=number)
            await trio.sleep(1)
        turn.say("done")

    trial.play(play)
    hooks = HookConfig([Hook("look on", _PHASE, look_on)])
    async with trial.client(hooks=hooks) as client:
        thread = await client.start_thread()
        for prompt in ("first", "second"):
            with trial.within(60, "the turn"):
                answer = await client.ask(thread, prompt)
            trial.check((answer.status, answer.text) == ("completed", "done"), "the turn is lost")
        await trial.settle()
    trial.check(len(calls) == 2 * _TOOLS, "the callback was not called again")
