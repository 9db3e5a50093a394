"""What is measured side by side: no relay, ours with both stores, codex-relay, LiteLLM.

Owns their processes, on which core each runs, and what the system tells of them: CPU and memory.
The client and the upstream share core 0, the relay under test has core 1, where the system lets one
choose. Peers are those of ``CODEX_RELAY_BIN`` and ``LITELLM_BIN``. Enter at `Stage`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from tests.bench.relay_client import Asker, Question
from tests.bench.relay_plan import DONE, FIRST_CHAT, FIRST_RESPONSES, PLANS, Asked, Plan

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

__all__ = ["DIRECT", "OURS", "PEERS", "Side", "Stage", "opened", "upstream"]

HERE: Final = Path(__file__).parent
DIRECT: Final = "direct"
OURS: Final = ("ours", "ours, SQLite")
PEERS: Final[Mapping[str, str]] = {"codex-relay": "CODEX_RELAY_BIN", "LiteLLM": "LITELLM_BIN"}
"""By name, the variable that names its executable."""
SLOW: Final = {"LiteLLM": 5}
"""Asked so many times less often."""
START_TIMEOUT_S: Final = 150.0
STOP_TIMEOUT_S: Final = 5.0
LOAD_CPU, RELAY_CPU = 0, 1
KEY: Final = f"sk-{secrets.token_hex(24)}"
"""LiteLLM does not start without one; every side gets it."""


@attrs.frozen(kw_only=True)
class Side:
    """One way from the client to the upstream."""

    name: str
    port: int
    pid: int = 0
    """Of the relay; 0 without one."""

    @property
    def every(self) -> int:
        """How rarely it is asked."""
        return SLOW.get(self.name, 1)

    def question(self, asked: Asked, plan: Plan) -> Question:
        """The request, in the form of this side."""
        headers = {"authorization": f"Bearer {KEY}"}
        last = plan.last_word.encode()
        if self.name == DIRECT:
            return Question.post(
                self.port,
                "/v1/chat/completions",
                asked.chat(plan),
                headers=headers,
                first=FIRST_CHAT,
                last=(last, b"[DONE]"),
            )
        return Question.post(
            self.port,
            "/v1/responses",
            asked.responses(plan),
            headers=headers,
            first=FIRST_RESPONSES,
            last=(last, DONE),
        )

    def warm(self) -> None:
        """Let it load what it loads at first use."""
        asker = Asker(self.question(Asked.small(), Plan(20)), keeps=False)
        for _ in range(20):
            asker.ask()

    def cpu_s(self) -> float:
        """What it has used so far, threads that have ended too; in steps of 10 ms."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def rss_mib(self) -> float:
        """What it holds of the memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024


def pin(cpu: int) -> None:
    """This process, and what it starts from now on, runs on that core; on any if there is one."""
    if sys.platform == "linux" and (os.cpu_count() or 1) > RELAY_CPU:
        os.sched_setaffinity(0, {cpu})


@attrs.frozen(kw_only=True)
class Stage:
    """Where the sides are started: one upstream, one folder for their files."""

    upstream_port: int
    folder: Path

    @property
    def url(self) -> str:
        """Of the upstream."""
        return f"http://127.0.0.1:{self.upstream_port}/v1"

    @property
    def names(self) -> Sequence[str]:
        """Every relay that is there."""
        return (*OURS, *(name for name, variable in PEERS.items() if os.environ.get(variable)))

    @contextlib.contextmanager
    def started(self, name: str) -> Generator[Side]:
        """One relay, warm; ended afterwards."""
        port = free_port()
        if name in OURS:
            # Every start has a store of its own.
            store = self.folder / f"{secrets.token_hex(4)}.sqlite"
            where = str(store) if name == "ours, SQLite" else "memory"
            command = [sys.executable, str(HERE / "relay_ours.py"), self.url, where]
        else:
            command = [os.environ[PEERS[name]], *self._options(name, port)]
        with started(command, RELAY_CPU, self.folder, is_printing=name in OURS) as process:
            if process.stdout is not None:
                port = int(process.stdout.readline())
            side = Side(name=name, port=port, pid=process.pid)
            wait_until_ready(port, process)
            side.warm()
            yield side

    def _options(self, name: str, port: int) -> list[str]:
        if name == "LiteLLM":
            config = self.folder / "litellm.yaml"
            config.write_text(json.dumps(self._litellm()), encoding="utf-8")  # JSON is YAML
            at = ["--host", "127.0.0.1", "--port", str(port)]
            return ["--config", str(config), *at, "--telemetry", "False", "--num_workers", "1"]
        at = ["--bind", "127.0.0.1", "--port", str(port)]
        return [*at, "--upstream", self.url, "--api-key", KEY, "--max-sessions", "2000"]

    def _litellm(self) -> Mapping[str, object]:
        """Every plan is a model that it bridges to Chat Completions."""

        def model(name: str) -> Mapping[str, object]:
            bridged = {
                "model": f"openai/{name}",
                "api_base": self.url,
                "api_key": KEY,
                "use_chat_completions_api": True,
            }
            return {"model_name": name, "litellm_params": bridged}

        return {
            "model_list": [model(plan.model) for plan in PLANS],
            "general_settings": {"master_key": KEY},
            "litellm_settings": {"telemetry": False, "drop_params": True},
        }


@contextlib.contextmanager
def started(
    command: Sequence[str], cpu: int, folder: Path, *, is_printing: bool
) -> Generator[subprocess.Popen[str]]:
    """A process on that core, ended afterwards; what it logs goes into a file."""
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "*", "RUST_LOG": "error"}
    with (folder / f"{Path(command[0]).name}-{secrets.token_hex(4)}.log").open("w") as log:
        pin(cpu)
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if is_printing else log,
                stderr=log,
                text=True,
                env={**os.environ, **quiet},
                cwd=folder,
            )
        finally:
            pin(LOAD_CPU)
        with process:
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(timeout=STOP_TIMEOUT_S)
                except subprocess.TimeoutExpired:
                    process.kill()


def free_port() -> int:
    """A port that nobody had a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def wait_until_ready(port: int, process: subprocess.Popen[str]) -> None:
    """Until it lists its models."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/models", headers={"authorization": f"Bearer {KEY}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            opener.open(request, timeout=5).close()
        except OSError as problem:
            if process.poll() is not None or time.monotonic() > end_s:
                raise RuntimeError(f"{process.args!r} does not serve: {problem}") from problem
            time.sleep(0.1)
        else:
            return


@contextlib.contextmanager
def upstream(folder: Path) -> Generator[Stage]:
    """The scripted upstream, and what can be started on it."""
    command = [sys.executable, str(HERE / "relay_upstream.py")]
    with started(command, LOAD_CPU, folder, is_printing=True) as process:
        assert process.stdout is not None
        yield Stage(upstream_port=int(process.stdout.readline()), folder=folder)


@contextlib.contextmanager
def opened(stage: Stage, names: Sequence[str]) -> Generator[Sequence[Side]]:
    """All of them at once."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(stage.started(name)) for name in names]
