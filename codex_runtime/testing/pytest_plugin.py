"""Fixtures of pytest for programs that use this library.

Owns the fixtures alone; each is a door of `codex_runtime.testing`. The async ones need pytest-trio.
Imports nothing of the library before a fixture is asked for. Enter by ``pytest_plugins``, or
install the package: pytest finds this module by its entry point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from codex_runtime.runtime.runtime import Runtime
    from codex_runtime.testing.fake_server import FakeAppServer
    from codex_runtime.testing.scripted_model import ScriptedModel

__all__ = ["codex_home", "fake_app_server", "fake_codex", "fake_runtime", "scripted_model"]


@pytest.fixture
def codex_home(tmp_path: Path) -> Path:
    """An empty ``CODEX_HOME`` of the test's own."""
    home = tmp_path / "codex_home"
    home.mkdir()
    return home


@pytest.fixture
async def scripted_model() -> AsyncGenerator[ScriptedModel, None]:
    """A model on loopback that says what the test scripts, for a real app-server.

    ``open_runtime(scripted_model.runtime_config(codex_home))`` asks it. Needs the extra `testing`.
    """
    from codex_runtime.testing import open_scripted_model  # noqa: PLC0415 - for who asks only

    async with open_scripted_model() as model:
        yield model


@pytest.fixture
def fake_app_server() -> FakeAppServer:
    """A fake app-server in memory, which echoes until the test sets it otherwise."""
    from codex_runtime.testing import FakeAppServer  # noqa: PLC0415 - for who asks only

    return FakeAppServer()


@pytest.fixture
async def fake_runtime(fake_app_server: FakeAppServer) -> AsyncGenerator[Runtime, None]:
    """A runtime on `fake_app_server`: no binary, and the test's own clock."""
    from codex_runtime.testing import open_fake_runtime  # noqa: PLC0415 - for who asks only

    async with open_fake_runtime(fake_app_server) as runtime:
        yield runtime


@pytest.fixture
def fake_codex(tmp_path: Path) -> Path:
    """An executable to be used as ``codex_bin``: the fake app-server as a real process.

    ``write_fake_codex`` writes one with a script.
    """
    from codex_runtime.testing import write_fake_codex  # noqa: PLC0415 - for who asks only

    return write_fake_codex(tmp_path / "fake_codex")
