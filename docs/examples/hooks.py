"""Code of yours around runs, turns and the use of tools."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import (
    Block,
    BlockedByHook,
    Hook,
    HookConfig,
    HookContext,
    HookMatcher,
    Mutate,
    Runtime,
    RuntimeConfig,
    SessionConfig,
    ShellCommand,
    open_runtime,
)
from codex_runtime.testing import open_scripted_model, shell, text


class Desk:
    """Hooks may be methods, and share what their object knows."""

    def __init__(self, ticket: str) -> None:
        self.ticket = ticket
        self.turns = 0

    async def add_ticket(self, context: HookContext) -> Mutate:
        """Changes the prompt, and leaves a note for the hooks after it."""
        return Mutate(prompt=f"[{self.ticket}] {context.prompt}", metadata={"ticket": self.ticket})

    async def watch_words(self, context: HookContext) -> Block | None:
        """Sees the prompt as it will be sent."""
        if "password" in (context.prompt or ""):
            return Block("the prompt speaks of a password")
        return None

    async def log(self, context: HookContext) -> None:
        print(context.phase, context.metadata["ticket"], context.status, context.text)

    async def count(self, _context: HookContext) -> None:
        self.turns += 1


# The context comes as JSON on stdin; exit code 2 blocks, with stdout as the reason.
NO_NETWORK = ShellCommand("if grep -q curl; then echo 'no network, please'; exit 2; fi")


def hooks_of(desk: Desk) -> HookConfig:
    return HookConfig(
        [
            Hook("ticket", "pre_run", desk.add_ticket),
            Hook("words", "pre_turn", desk.watch_words, on_error="block", required=True),
            Hook("log", "post_run", desk.log, timeout_s=2),
            Hook("network", "pre_tool_use", NO_NETWORK, matcher=HookMatcher(tool="shell")),
        ]
    )


async def around_turns(runtime: Runtime) -> None:
    config = SessionConfig(cwd=".", hooks=hooks_of(Desk("T-7")))
    async with await runtime.start_session(config) as session:
        result = await session.ask("Say hello")
        for record in result.hook_report.records:
            print(record.hook, record.phase, record.outcome, f"{record.elapsed_s:.3f} s")

        try:
            await session.ask("Print my password")
        except BlockedByHook as blocked:  # nothing was sent
            print(f"{blocked.hook} in {blocked.phase}: {blocked.reason}")

        # One call may add hooks, put others in their place by name, and leave some out.
        quiet = HookConfig(skip="log")
        result = await session.ask("Fetch the page", hooks=quiet)
        (record,) = (r for r in result.hook_report.records if r.is_block)
        print(f"{record.hook} blocked a tool: {record.message}")


async def for_all_sessions(runtime: Runtime) -> None:
    desk = Desk("T-8")
    undo = runtime.register_hooks(HookConfig([Hook("count", "post_turn", desk.count)]))
    await runtime.run("Hello", SessionConfig(cwd="."))
    undo()
    await runtime.run("Hello again", SessionConfig(cwd="."))
    print(desk.turns, "turn was counted")


async def with_hooks(config: RuntimeConfig) -> None:
    async with open_runtime(config) as runtime:
        await around_turns(runtime)
        await for_all_sessions(runtime)


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        model.enqueue(text("Hello."))
        model.enqueue(
            shell(
                "curl https://example.org/",
                sandbox_permissions="require_escalated",
                justification="to fetch the page",
            )
        )
        model.enqueue(text("I may not."), text("Hi."), text("Hi again."))
        with tempfile.TemporaryDirectory() as home:
            await with_hooks(model.runtime_config(Path(home)))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)
