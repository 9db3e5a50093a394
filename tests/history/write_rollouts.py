"""Write the fixture rollouts again: ``python -m tests.history.write_rollouts [BINARY ...]``.

Owns the scenes that real app-servers, and for old versions `codex exec`, are taken through on the
scripted model; what they wrote lands in ``rollouts_of/VERSION/NAME.jsonl``, unchanged. Without
arguments only the pinned binary writes. Homes and working directories are under ``/srv``.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime import RunProfile, RuntimeConfig, SessionConfig, TurnFailed, open_runtime
from codex_runtime.launch.binary import bundled_codex
from codex_runtime.model.attachments import ImageData
from codex_runtime.model.typed.tools import tool
from codex_runtime.testing import (
    apply_patch,
    open_scripted_model,
    reasoning,
    server_error,
    shell,
    silence,
    text,
    tool_call,
    usage,
)

if TYPE_CHECKING:
    from codex_runtime import Runtime, Session
    from codex_runtime.testing import Reply, ScriptedModel

HERE: Final = Path(__file__).parent
FIXTURES: Final = HERE / "rollouts_of"
ROOT: Final = Path("/srv/rollouts")
HOME: Final = ROOT / "codex-home"
PROJECT: Final = ROOT / "project"
MCP_SERVER: Final = HERE / "counting_mcp_server.py"

PIXEL: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PLAIN_MODEL: Final = "a-model-of-no-name"
"""Has no instructions and no tools of its own; known models search for those of MCP servers."""
PATCHING_MODEL: Final = "gpt-5.5"
OLD_MODEL: Final = "gpt-5-codex"
QUIET: Final[dict[str, object]] = {
    "model": PLAIN_MODEL,
    "features.goals": False,
    "features.multi_agent": False,
    "skills.include_instructions": False,
    "skills.bundled.enabled": False,
    "web_search": "disabled",
}
FIRST_BY_APP_SERVER: Final = (0, 163)
FIRST_WITH_RESUME: Final = (0, 100)
"""Older ones take the prompt after ``resume --last`` for the name of a thread."""
FIRST_WITH_TOOLS: Final = (0, 40)
FIRST_WITH_NAMESPACES: Final = (0, 140)
"""Versions below are taken through `codex exec`: their app-server is too old for a Runtime."""
EXEC_TIMEOUT_S: Final = 15
OLD_S: Final = 60 * 60 * 24 * 60
"""How old a rollout is made for the server to compress it, in seconds."""
COMPRESSION_WAIT_S: Final = 30


@tool
async def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Rain in {city}."


def patch(changes: str) -> Reply:
    """A change of files."""
    return apply_patch(f"*** Begin Patch\n{changes}*** End Patch\n")


def settings(model: str = PLAIN_MODEL) -> SessionConfig:
    """What every thread here has."""
    return SessionConfig(
        cwd=PROJECT,
        model=model,
        base_instructions="Be brief.",
        sandbox="danger-full-access",
        approval_policy="never",
        on_exit="detach",
        tools=[weather],
    )


async def talk(session: Session, model: ScriptedModel) -> None:
    """Messages, reasoning, commands, patches, an image, tools; turns that fail or are stopped."""
    model.enqueue(
        reasoning("**Greeting**\n\nThe user says hello.")
        + text("Let me look.", phase="commentary")
        + shell("printf 'one\\ntwo\\n'; exit 3"),
        text("It ended with 3.", phase="final_answer") + usage(input_tokens=90, output_tokens=10),
    )
    await session.ask("Hello, look at the output: äöü \N{PARTY POPPER}\nthen stop.")
    model.enqueue(reasoning("One pixel, red.", raw=True) + text("A pixel."))
    await session.ask_with_profile("What is this?", RunProfile(attachments=[ImageData(PIXEL)]))
    model.enqueue(
        tool_call("weather", {"city": "Graz"}),
        tool_call("count", {"of": "words"}, namespace="mcp__demo"),
        tool_call("count", {"of": "stars"}, namespace="mcp__demo"),
        tool_call("update_plan", {"plan": [{"step": "one", "status": "in_progress"}]}),
        tool_call("no_such_tool", {}),
        text("Rain."),
    )
    await session.ask("Use the tools")
    model.enqueue(server_error("it broke"))
    with contextlib.suppress(TurnFailed):
        await session.ask("Fail")
    model.enqueue(text("half of it", finished=False) + silence())
    async with session.ask_stream("Be stopped") as turn:
        async for event in turn:
            if type(event).__name__ == "AgentMessageDelta":
                await session.interrupt_turn()
    model.release()
    await session.rename("A name of its own")


async def change_files(session: Session, model: ScriptedModel) -> None:
    """Patches: a file made, changed and gone, and one that does not apply."""
    model.enqueue(
        patch("*** Add File: a.txt\n+first\n"),
        patch("*** Update File: a.txt\n@@\n-first\n+second\n"),
        patch("*** Update File: none.txt\n@@\n-x\n+y\n"),
        patch("*** Delete File: a.txt\n"),
        text("Changed."),
    )
    await session.ask("Change files")


async def compact(session: Session, model: ScriptedModel) -> None:
    """A compaction, and a turn after it."""
    model.enqueue(text("Summary: they said hello."))
    await session.compact()
    model.enqueue(text("After it."))
    await session.ask("Still there?")


async def threads(runtime: Runtime, model: ScriptedModel) -> dict[str, str]:
    """Take a thread, an archived one and a fork through their turns; thread ids by scene."""
    ids: dict[str, str] = {}
    async with await runtime.start_session(settings()) as session:
        ids["conversation"] = session.thread_id
        await talk(session, model)
        await compact(session, model)
        forked = await session.fork(settings_of_fork())
        async with forked:
            ids["forked"] = forked.thread_id
            model.enqueue(text("On another way."))
            await forked.ask("Go another way")
    async with await runtime.start_session(settings(PATCHING_MODEL)) as session:
        ids["patches"] = session.thread_id
        await change_files(session, model)
    async with await runtime.start_session(settings()) as session:
        ids["archived"] = session.thread_id
        model.enqueue(text("Good bye."))
        await session.ask("To be archived")
        await session.close()
    async with await runtime.start_session(settings()) as session:
        ids["compressed"] = session.thread_id
        model.enqueue(text("Later."))
        await session.ask("To be compressed")
    return ids


def settings_of_fork() -> SessionConfig:
    """The server refuses tools of a fork."""
    return SessionConfig(cwd=PROJECT, on_exit="detach")


def stored(thread_id: str) -> Path:
    """The file that a thread has now."""
    (path,) = HOME.rglob(f"rollout-*{thread_id}.jsonl*")
    return path


async def compressed_by(config: RuntimeConfig, thread_id: str) -> Path | None:
    """The file of a thread that a server found old; None when it left it as it was."""
    path = stored(thread_id)
    then = path.stat().st_mtime - OLD_S
    os.utime(path, (then, then))
    async with open_runtime(config):
        with trio.move_on_after(COMPRESSION_WAIT_S):
            while path.exists():  # noqa: ASYNC110 - nobody tells of it
                await trio.sleep(0.2)
    return None if path.exists() else stored(thread_id)


def start_afresh() -> None:
    """An empty home, and a project with nothing in it."""
    shutil.rmtree(ROOT, ignore_errors=True)
    HOME.mkdir(parents=True)
    PROJECT.mkdir()


async def write_by_app_server(version: str, binary: str) -> None:
    """Scenes that need an app-server."""
    start_afresh()
    folder = FIXTURES / version
    folder.mkdir(parents=True, exist_ok=True)
    demo = {"command": sys.executable, "args": [str(MCP_SERVER)]}
    async with open_scripted_model() as model:
        config = model.runtime_config(
            HOME,
            codex_bin=binary,
            experimental_api=True,
            allow_full_access=True,
            config_overrides={**QUIET, "mcp_servers": {"demo": demo}},
        )
        async with open_runtime(config) as runtime:
            ids = await threads(runtime, model)
        late = model.runtime_config(
            HOME,
            codex_bin=binary,
            config_overrides={**QUIET, "features.local_thread_store_compression": True},
        )
        packed = await compressed_by(late, ids.pop("compressed"))
    for name, thread_id in ids.items():
        shutil.copyfile(stored(thread_id), folder / f"{name}.jsonl")
    if packed is None:
        print(f"{version}: nothing was compressed")  # noqa: T201 - for whoever runs this
    else:
        shutil.copyfile(packed, folder / "compressed.jsonl.zst")
    shutil.copyfile(HOME / "session_index.jsonl", folder / "session_index.jsonl")


def exec_config(model: ScriptedModel) -> str:
    """A ``config.toml`` that old versions take."""
    return f"""
model = "a-model-of-no-name"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "danger-full-access"
experimental_instructions_file = "{HOME}/instructions.md"
model_instructions_file = "{HOME}/instructions.md"
[model_providers.scripted]
name = "Scripted model"
base_url = "{model.base_url}"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[skills]
include_instructions = false
bundled.enabled = false
[features]
plugins = false
apps = false
[analytics]
enabled = false
[mcp_servers.demo]
command = "{sys.executable}"
args = ["{MCP_SERVER}"]
"""


async def execute(binary: str, *args: str) -> None:
    """One `codex exec`, whose failure is part of the scene; version 0.20 never ends after one."""
    env = {**os.environ, "CODEX_HOME": str(HOME), "NO_PROXY": "127.0.0.1", "RUST_LOG": "error"}
    command = [binary, "exec", "--skip-git-repo-check", *args]
    with trio.move_on_after(EXEC_TIMEOUT_S):
        await trio.run_process(
            command, cwd=PROJECT, env=env, check=False, capture_stdout=True, capture_stderr=True
        )


async def write_by_exec(version: str, binary: str) -> None:
    """Turns with a command, a patch and an image, where it can be resumed; and one that fails."""
    start_afresh()
    folder = FIXTURES / version
    folder.mkdir(parents=True, exist_ok=True)
    (HOME / "instructions.md").write_text("Be brief.")
    (PROJECT / "image.png").write_bytes(PIXEL)
    ran = {"command": ["sh", "-c", "printf 'one\\ntwo\\n'; sleep 0.3; exit 3"]}
    patched = "*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch"
    async with open_scripted_model() as model:
        (HOME / "config.toml").write_text(exec_config(model))
        model.enqueue(
            reasoning("**Greeting**\n\nThe user says hello.")
            + text("Let me look.")
            + tool_call("shell", ran),
            tool_call("shell", {"command": ["apply_patch", patched]}),
            text("It ended with 3."),
        )
        await execute(binary, "Hello, look at the output: äöü \N{PARTY POPPER}")
        if number(version) >= FIRST_WITH_RESUME:
            model.enqueue(reasoning("One pixel, red.", raw=True) + text("A pixel."))
            await execute(binary, "--image=image.png", "resume", "--last", "What is this?")
        keep(folder / "conversation.jsonl")
        model.enqueue(server_error("it broke"))
        await execute(binary, "Fail")
        keep(folder / "failed.jsonl")
        if number(version) >= FIRST_WITH_TOOLS:
            model.enqueue(
                patch("*** Add File: b.txt\n+first\n"),
                patch("*** Update File: b.txt\n@@\n-first\n+second\n"),
                patch("*** Update File: none.txt\n@@\n-x\n+y\n"),
                shell("printf 'one\\ntwo\\n'; sleep 0.3; exit 3"),
                counted(version, "words"),
                counted(version, "stars"),
                tool_call("update_plan", {"plan": [{"step": "one", "status": "in_progress"}]}),
                text("Done."),
            )
            known = PATCHING_MODEL if number(version) >= FIRST_WITH_NAMESPACES else OLD_MODEL
            await execute(binary, "-m", known, "Change a file, and use tools")
            keep(folder / "patches.jsonl")


def counted(version: str, of: str) -> Reply:
    """A call of the MCP server's tool, whose name was one word once."""
    if number(version) < FIRST_WITH_NAMESPACES:
        return tool_call("mcp__demo__count", {"of": of})
    return tool_call("count", {"of": of}, namespace="mcp__demo")


def keep(target: Path) -> None:
    """Move the one rollout there is to where fixtures are."""
    (path,) = HOME.rglob("rollout-*.jsonl")
    shutil.move(path, target)


def number(version: str) -> tuple[int, ...]:
    """Major and minor."""
    return tuple(int(part) for part in version.split(".")[:2])


def main() -> None:
    """Write what the arguments name."""
    for binary in sys.argv[1:] or [bundled_codex()]:
        said = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True)
        version = said.stdout.split()[-1]
        print(version)  # noqa: T201 - for whoever runs this
        by_app_server = number(version) >= FIRST_BY_APP_SERVER
        write = write_by_app_server if by_app_server else write_by_exec
        trio.run(write, version, binary)


if __name__ == "__main__":
    main()
