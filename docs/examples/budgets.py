"""Watch what sessions cost, stop them at a limit, and ask a prompt again and again."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import (
    BudgetExceeded,
    PromptParams,
    Runtime,
    SessionConfig,
    TokenBudget,
    TurnInterrupted,
    TurnResult,
    open_runtime,
)
from codex_runtime.testing import ModelRequest, Reply, open_scripted_model, shell, text, usage


async def figures(runtime: Runtime) -> None:
    async with await runtime.start_session(SessionConfig(cwd=".")) as session:
        result = await session.ask("Look around")
        if result.usage is not None:  # None: the server reported nothing
            print("this turn:", result.usage.total_tokens, "tokens")
        for model, spent in session.usage_by_model.items():
            print("this session:", spent.total_tokens, "tokens of", model)
        if session.context is not None and session.context.fraction is not None:
            print(f"the context is {session.context.fraction:.2%} full")
        for use in result.tool_uses:
            print(use.kind, use.name, repr(use.input), "exit code", use.exit_code)


async def one_budget_for_all(runtime: Runtime) -> None:
    budget = TokenBudget(
        2500,
        action="interrupt",
        on_warn=lambda budget: print("only", budget.remaining_tokens, "tokens left"),
        on_exceed=lambda budget: print("used up:", budget.used_tokens, "tokens"),
    )
    config = SessionConfig(cwd=".", budget=budget)
    async with (
        await runtime.start_session(config) as first,
        await runtime.start_session(config) as second,
    ):
        try:
            await first.ask("Look around for ever")
        except TurnInterrupted as end:
            print("interrupted:", end)
        try:
            await second.ask("Look around")
        except BudgetExceeded as refusal:
            print("refused:", refusal)
        budget.set_limit(10_000)
        print((await second.ask("Look around")).text)


async def a_limit_of_tools(runtime: Runtime) -> None:
    async with await runtime.start_session(SessionConfig(cwd=".")) as session:
        try:
            await session.ask_with(PromptParams(prompt="Look around for ever", max_tool_items=3))
        except TurnInterrupted as end:
            print("interrupted:", end)


async def again_and_again(runtime: Runtime) -> None:
    def show(result: TurnResult) -> None:
        print("run", repeat.status.runs, "says", result.text)

    async with await runtime.start_session(SessionConfig(cwd=".")) as session:
        repeat = session.repeat("Is the build green?", every=0.5, on_result=show)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(repeat.run)
            await trio.sleep(1.2)
            repeat.stop()
        print(repeat.status.missed, "ticks missed")


def respond(request: ModelRequest) -> Reply:
    spent = usage(input_tokens=900, output_tokens=100)
    looks = request.last_user_text.startswith("Look around")
    if looks and ("for ever" in request.last_user_text or not request.tool_outputs):
        return shell("echo a file") + spent
    return text("I have seen it all.") + spent


async def on_a_scripted_model() -> None:
    async with open_scripted_model(respond) as model:
        with tempfile.TemporaryDirectory() as home:
            async with open_runtime(model.runtime_config(Path(home))) as runtime:
                await figures(runtime)
                await one_budget_for_all(runtime)
                await a_limit_of_tools(runtime)
                await again_and_again(runtime)


if __name__ == "__main__":
    trio.run(on_a_scripted_model)
