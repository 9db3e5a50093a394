"""The fixtures of the pytest plugin, in a test run of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BOUND_S = 60

TESTS = """
import trio
from codex_runtime import RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.testing import text

async def test_a_fake_runtime(fake_runtime, fake_app_server, autojump_clock):
    session = await fake_runtime.start_session(SessionConfig(cwd="."))
    assert (await session.ask("hello")).text == "echo: hello"
    assert fake_app_server.asked("turn/start")
    await trio.sleep(3600)

async def test_a_scripted_model(scripted_model, codex_home):
    assert codex_home.is_dir()
    assert scripted_model.runtime_config(codex_home).codex_home == codex_home
    scripted_model.enqueue(text("hello"))

def test_a_fake_codex(fake_codex, codex_home):
    config = RuntimeConfig(codex_bin=str(fake_codex), codex_home=codex_home)

    async def ask():
        async with open_runtime(config) as runtime:
            session = await runtime.start_session(SessionConfig(cwd="."))
            return (await session.ask("hello")).text

    assert trio.run(ask) == "echo: hello"
"""

PLUGIN = "codex_runtime.testing.pytest_plugin"


def test_every_fixture_works_in_a_users_tests(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(f"pytest_plugins = [{PLUGIN!r}]\n", encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\ntrio_mode = true\n", encoding="utf-8")
    (tmp_path / "test_all.py").write_text(TESTS, encoding="utf-8")
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(
        argv, cwd=tmp_path, capture_output=True, text=True, timeout=BOUND_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_a_run_that_uses_no_fixture_loads_nothing_for_it() -> None:
    heavy = ["trio", "msgspec", "attrs", "h11", "codex_runtime.errors"]
    code = (
        f"import sys, pytest; before = set(sys.modules); import {PLUGIN}; "
        f"sys.exit(' '.join(set({heavy}) & (set(sys.modules) - before)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=BOUND_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
