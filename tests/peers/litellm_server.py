"""LiteLLM's proxy as a Chat Completions server that nobody here wrote: its models are mocks.

Owns its configuration, its process and the wait until it serves; nothing leaves this machine. What
its answers look like is its own affair. Enter at `serving`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import time
import urllib.request
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Final

import attrs

__all__ = ["CALL", "KEY_VARIABLE", "SAID", "LiteLLM", "serving"]

SAID: Final = "Hello from a model that is a mock."
CALL: Final = {"city": "Oslo"}
KEY_VARIABLE: Final = "LITELLM_KEY"
START_TIMEOUT_S: Final = 150.0
"""Seconds of it are CPU; on a busy machine it takes most of a minute."""
STOP_TIMEOUT_S: Final = 10.0
_FUNCTION: Final = {"name": "weather", "arguments": json.dumps(CALL)}
MOCKS: Final[Mapping[str, Mapping[str, object]]] = {
    "said": {"mock_response": SAID},
    "limited": {"mock_response": "litellm.RateLimitError"},
    "full": {"mock_response": "litellm.ContextWindowExceededError"},
    "broken": {"mock_response": "litellm.InternalServerError"},
    "calls": {
        "mock_response": "",
        "mock_tool_calls": [{"id": "call_1", "type": "function", "function": _FUNCTION}],
    },
}
"""By model, what it answers; a call is answered in one piece alone."""


@attrs.frozen
class LiteLLM:
    """A proxy that serves."""

    url: str
    """Root of its API."""
    environ: Mapping[str, str]
    """Holds its key, in `KEY_VARIABLE`."""


@contextlib.contextmanager
def serving(folder: Path) -> Generator[LiteLLM]:
    """Start it on loopback; ended afterwards."""
    key = f"sk-{secrets.token_hex(24)}"
    config = folder / "litellm.yaml"
    config.write_text(json.dumps(_config(key)), encoding="utf-8")  # JSON is YAML
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    at = ["--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    with (
        (folder / "litellm.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [os.environ["LITELLM_BIN"], "--config", str(config), *at, "--telemetry", "False"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        ) as process,
    ):
        try:
            _wait_until_it_serves(port, process, Path(log.name))
            yield LiteLLM(f"http://127.0.0.1:{port}/v1", {KEY_VARIABLE: key})
        finally:
            process.terminate()
            try:
                process.wait(timeout=STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _config(key: str) -> Mapping[str, object]:
    models = [
        {"model_name": name, "litellm_params": {"model": "openai/x", "api_key": "none", **mock}}
        for name, mock in MOCKS.items()
    ]
    return {
        "model_list": models,
        "general_settings": {"master_key": key},
        # Its own retries would multiply with the client's.
        "router_settings": {"num_retries": 0},
        "litellm_settings": {"telemetry": False},
    }


def _wait_until_it_serves(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            opener.open(f"http://127.0.0.1:{port}/health/liveliness", timeout=5).close()
        except OSError as problem:
            if process.poll() is not None or time.monotonic() > end_s:
                said = log.read_text(encoding="utf-8")[-2000:]
                raise RuntimeError(f"LiteLLM does not serve: {problem}\n{said}") from problem
            time.sleep(0.2)
        else:
            return
