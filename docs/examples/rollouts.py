"""Read the threads of a Codex home without a server: what there is, how one ended, what it cost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.history import (
    Message,
    Notice,
    Reasoning,
    Rollouts,
    ToolCall,
    open_rollout,
    story,
    tail_rollout,
    usage_of,
)
from codex_runtime.testing import open_scripted_model, reasoning, shell, text


def what_there_is(home: Path) -> None:
    rollouts = Rollouts(home)  # without an argument: CODEX_HOME, else ~/.codex
    for thread in rollouts.threads(archived=None):
        state = "archived" if thread.archived else "here"
        print(f"{thread.title} ({state}, by {thread.source} {thread.cli_version})")
    for path, why in rollouts.skipped:
        print("not read:", path, why)


def how_it_ended(home: Path, cwd: str) -> None:
    thread = Rollouts(home).latest(cwd=cwd)
    tail = tail_rollout(thread.path, messages=1, tool_calls=1)
    print(f"... {tail.messages_before} more messages, {tail.tool_calls_before} more tool calls")
    for call in tail.tool_calls:
        print(f"$ {call.input}  # exit code {call.exit_code}")
    for message in tail.messages:
        print(f"{message.role}: {message.text}")


def all_of_it(path: Path) -> None:
    with open_rollout(path) as entries:  # typed lines, one at a time
        for record in story(entries):
            match record:
                case Message(role=role, text=said):
                    print(f"{role}: {said}")
                case ToolCall(name=name, status=status):
                    print(f"  {name}: {status}")
                case Reasoning(text=thought):
                    print(f"  ({thought})")
                case Notice(kind=kind):
                    print(f"  -- {kind}")
        for problem in entries.problems:
            print(f"line {problem.line}: {problem.why}")
    usage = usage_of(path)
    print({model: each.total_tokens > 0 for model, each in usage.by_model.items()})


async def make_threads(config: RuntimeConfig, cwd: str) -> None:
    stays = SessionConfig(cwd=cwd, on_exit="detach", approval_policy="never")
    async with open_runtime(config) as runtime:
        async with await runtime.start_session(stays) as session:
            await session.ask("What is here?")
            await session.rename("A look around")
        async with await runtime.start_session(SessionConfig(cwd=cwd)) as session:
            await session.ask("Say good bye\nand leave")  # archived when the block is left


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        model.enqueue(
            reasoning("Let me look.") + shell("echo a file"), text("One file."), text("Good bye.")
        )
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cwd:
            home = Path(folder)
            await make_threads(model.runtime_config(home), cwd)
            # From here on there is no server.
            what_there_is(home)
            how_it_ended(home, cwd)
            all_of_it(Rollouts(home).latest().path)


if __name__ == "__main__":
    trio.run(on_a_scripted_model)
