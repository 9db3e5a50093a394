"""What is not paid: imports before they are needed, wake-ups while nothing happens."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import trio
import trio.testing

from codex_runtime import Runtime, SessionConfig

if TYPE_CHECKING:
    from pathlib import Path


def modules_after(code: str) -> set[str]:
    """The names of all modules loaded by ``code`` in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_none_of_its_rooms() -> None:
    loaded = modules_after("import codex_runtime")
    assert {name for name in loaded if name.startswith("codex_runtime.")} == set()
    assert loaded & {"trio", "msgspec", "attrs", "attr", "asyncio", "h11"} == set()


def test_naming_the_door_and_its_configs_loads_no_rare_domain_and_no_extra() -> None:
    loaded = modules_after("from codex_runtime import open_runtime, RuntimeConfig, SessionConfig")
    assert "codex_runtime.runtime.runtime" in loaded
    unused = {"h11", "rich", "click", "asyncio", "codex_cli_bin", "hypothesis", "unittest"}
    assert loaded & unused == set()
    assert {name for name in loaded if name.startswith("codex_runtime.testing")} == set()
    assert {name for name in loaded if name.startswith("codex_runtime.cli")} == set()
    assert "codex_runtime.protocol.generator" not in loaded


def test_naming_an_error_loads_no_event_loop() -> None:
    loaded = modules_after("from codex_runtime import CodexRuntimeError")
    assert "codex_runtime.errors" in loaded
    assert "trio" not in loaded


class Steps(trio.abc.Instrument):
    """Counts the steps of every task but one."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._own = trio.lowlevel.current_task()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        if task is not self._own:
            self.names.append(task.name)


async def test_ten_idle_sessions_wake_nobody(runtime: Runtime, workspace: Path) -> None:
    """Ours: nothing polls; a quiet second has no step of any task at all."""
    for number in range(10):
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask(f"hello {number}")
    await trio.testing.wait_all_tasks_blocked(0.3)
    received = runtime.statistics().bytes_received
    steps = Steps()
    trio.lowlevel.add_instrument(steps)
    try:
        await trio.sleep(1)
    finally:
        trio.lowlevel.remove_instrument(steps)
    # Were the server to say something meanwhile, that would be no wake-up of ours.
    assert runtime.statistics().bytes_received == received
    assert steps.names == []
