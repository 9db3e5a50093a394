"""A conversation with the real app-server, written down as it goes.

Owns the process, the order of the messages of both sides, and what is made neutral in them: paths,
the name of the host, the installation. Knows no scene. Enter at `Stage.start`.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import trio

from codex_runtime.launch.binary import find_codex
from codex_runtime.launch.command import build_launch
from codex_runtime.testing import text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from codex_runtime.launch.command import LaunchSpec
    from codex_runtime.testing import ModelRequest, Reply, ScriptedModel

__all__ = ["Conversation", "Json", "Stage"]

# Any: plain JSON, looked into key by key.
Json: TypeAlias = Any

_NO_INSTALLATION = "00000000-0000-4000-8000-000000000000"


class Conversation:
    """What is said between this client and one process."""

    def __init__(self, stage: Stage, process: trio.Process) -> None:
        self.stage = stage
        self.process = process
        self.heard: list[Json] = []
        self._changed = trio.Event()

    async def read(self) -> None:
        """Write down what the server says, until it ends."""
        rest = b""
        assert self.process.stdout is not None
        async for data in self.process.stdout:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self.heard.append(json.loads(line))
                self.stage.write_down("server", self.heard[-1])
            self._changed.set()
            self._changed = trio.Event()

    async def send(self, *messages: Json) -> None:
        """Say something, all of it at once."""
        for message in messages:
            self.stage.write_down("client", message)
        assert self.process.stdin is not None
        lines = [json.dumps(message) + "\n" for message in messages]
        await self.process.stdin.send_all("".join(lines).encode())

    async def ask(self, method: str, **params: Json) -> int:
        """Send a request; its id."""
        self.stage.last_id += 1
        await self.send({"id": self.stage.last_id, "method": method, "params": params})
        return self.stage.last_id

    async def until(self, holds: Callable[[Json], bool]) -> Json:
        """The first message, heard before or to come, of which that holds."""
        with trio.fail_after(30):
            at = 0
            while True:
                for message in self.heard[at:]:
                    if holds(message):
                        return message
                at = len(self.heard)
                await self._changed.wait()

    async def answered(self, request_id: int) -> Json:
        """The answer to that request."""
        return await self.until(lambda m: m.get("id") == request_id and "method" not in m)

    async def call(self, method: str, **params: Json) -> Json:
        """The result; of a refusal the error."""
        answer = await self.answered(await self.ask(method, **params))
        return answer.get("result", answer.get("error"))

    async def notified(self, method: str, **found: Json) -> Json:
        """The params of the first notification of that method with these params."""

        def holds(message: Json) -> bool:
            params = message.get("params") or {}
            named = message.get("method") == method
            return named and all(params.get(key) == value for key, value in found.items())

        return (await self.until(holds))["params"]

    async def ended(self, turn_id: str) -> Json:
        """The turn as it ended."""
        told = await self.until(
            lambda m: m.get("method") == "turn/completed" and m["params"]["turn"]["id"] == turn_id
        )
        return told["params"]["turn"]

    async def asked(self, method: str) -> Json:
        """The first request of the server of that method."""
        return await self.until(lambda m: m.get("method") == method and "id" in m)

    async def kill(self) -> None:
        """SIGKILL, and wait."""
        self.process.kill()
        await self.process.wait()


class Stage:
    """A scripted model, a home and a directory, for the processes of one scene."""

    def __init__(self, model: ScriptedModel, folder: Path) -> None:
        self.model = model
        self.home = folder / "home"
        self.cwd = folder / "project"
        self.records: list[str] = []
        self.last_id = 0
        self.respond: Callable[[ModelRequest], Reply] = lambda _: text("done")
        """What the model says to what nothing was enqueued for."""
        self.is_kept = True
        """Whether what is said is written down."""
        self.cwd.mkdir()
        self.home.mkdir()

    def write_down(self, sender: str, message: Json) -> None:
        """Keep a message, if what is said is kept."""
        if self.is_kept:
            self.insist(sender, message)

    def insist(self, sender: str, message: Json) -> None:
        """Keep a message, made neutral."""
        line = json.dumps({"from": sender, "message": message}, separators=(",", ":"))
        for path, name in ((self.home, "/home/user/.codex"), (self.cwd, "/home/user/project")):
            line = line.replace(str(path), name)
        line = line.replace(f'"{socket.gethostname()}"', '"host"')
        line = re.sub(r'("installationId":)"[^"]*"', rf'\1"{_NO_INSTALLATION}"', line)
        self.records.append(re.sub(r"\([^()]*; x86_64\) \w+ \(", "(Linux; x86_64) unknown (", line))

    def launch(self, **overrides: object) -> LaunchSpec:
        """How the server is started."""
        return build_launch(
            find_codex(None, os.environ),
            overrides={**self.model.config_overrides(), **overrides},
            codex_home=self.home,
            cwd=self.cwd,
            env=self.model.environment(),
            inherited=os.environ,
        )

    @asynccontextmanager
    async def start(self, **overrides: object) -> AsyncGenerator[Conversation, None]:
        """A process, initialised; at the end of the block it is ended if it still runs."""
        launch = self.launch(**overrides)
        async with trio.open_nursery() as nursery:
            process: trio.Process = await nursery.start(
                partial(
                    trio.run_process,
                    launch.argv,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    cwd=launch.cwd,
                    env=dict(launch.env),
                    check=False,
                )
            )
            conversation = Conversation(self, process)
            nursery.start_soon(conversation.read)
            client = {"name": "probe", "title": None, "version": "1"}
            capabilities = {"experimentalApi": True}
            await conversation.call("initialize", clientInfo=client, capabilities=capabilities)
            await conversation.send({"method": "initialized"})
            yield conversation
            assert process.stdin is not None
            await process.stdin.aclose()
            code = await process.wait()
            self.write_down("process", {"returncode": code})
