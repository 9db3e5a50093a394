"""A real app-server on a scripted model, spoken to in plain JSON lines.

Owns one child process and ends it on every path. Knows nothing of this library's own client: these
tests stand on nothing that the scripted model might be used to test. Enter at `open_appserver`.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import trio

from codex_runtime.launch import find_codex

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

_EXIT_S = 5.0


class AppServer:
    """One handshaken server; every message it sent is in `log`."""

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self._buffer = b""
        self._last_id = 0
        self.log: list[dict[str, Any]] = []

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        self._last_id += 1
        asked = self._last_id
        await self._send({"id": asked, "method": method, "params": params})
        while True:
            message = await self._receive()
            if message.get("id") == asked and "method" not in message:
                assert "result" in message, message
                result: dict[str, Any] = message["result"]
                return result

    async def notify(self, method: str) -> None:
        await self._send({"method": method})

    async def until(self, method: str) -> dict[str, Any]:
        """Return the params of the next `method`; every approval is declined on the way."""
        while True:
            message = await self._receive()
            if "id" in message and "method" in message:
                await self._send({"id": message["id"], "result": {"decision": "decline"}})
            if message.get("method") == method:
                received: dict[str, Any] = message["params"]
                return received

    async def start_thread(self, cwd: Path, **params: object) -> str:
        started = await self.call("thread/start", cwd=str(cwd), **params)
        return str(started["thread"]["id"])

    async def start_turn(self, thread_id: str, prompt: str, **params: object) -> str:
        content = [{"type": "text", "text": prompt}]
        started = await self.call("turn/start", threadId=thread_id, input=content, **params)
        return str(started["turn"]["id"])

    async def run_turn(self, thread_id: str, prompt: str, **params: object) -> dict[str, Any]:
        """Run a turn to its end and return it."""
        await self.start_turn(thread_id, prompt, **params)
        turn: dict[str, Any] = (await self.until("turn/completed"))["turn"]
        return turn

    def seen(self, method: str) -> list[dict[str, Any]]:
        return [message["params"] for message in self.log if message.get("method") == method]

    def items(self, kind: str) -> list[dict[str, Any]]:
        completed = (params["item"] for params in self.seen("item/completed"))
        return [item for item in completed if item["type"] == kind]

    async def _send(self, message: Mapping[str, object]) -> None:
        assert self._process.stdin is not None
        await self._process.stdin.send_all(json.dumps(message).encode() + b"\n")

    async def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        while b"\n" not in self._buffer:
            data = await self._process.stdout.receive_some(65536)
            assert data, "the app-server ended"
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        self.log.append(message)
        return message


@asynccontextmanager
async def open_appserver(
    model: ScriptedModel, home: Path, **overrides: object
) -> AsyncGenerator[AppServer]:
    """Start a server in `home` that asks `model`; ends it, and waits, whatever happens."""
    command = [find_codex(None, os.environ).path, "app-server"]
    for key, value in _flat({**model.config_overrides(), **overrides}):
        command += ["-c", f"{key}={json.dumps(value)}"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "CODEX_HOME": str(home)}
    process = await trio.lowlevel.open_process(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment | model.environment(),
    )
    server = AppServer(process)
    try:
        info = {"name": "scripted-model-tests", "version": "0"}
        await server.call("initialize", clientInfo=info, capabilities={"experimentalApi": True})
        await server.notify("initialized")
        yield server
    finally:
        with trio.CancelScope(shield=True):
            await _end(process)


async def _end(process: trio.Process) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdin.aclose()
    await process.stdout.aclose()
    with trio.move_on_after(_EXIT_S):
        await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
