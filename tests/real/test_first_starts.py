"""R6: many first starts in one fresh home all come up, and a start that cannot is not repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import SessionConfig, StartError, open_runtime
from codex_runtime.launch.first_start import is_passing_start_failure
from codex_runtime.transport import ProcessSpec, spawn_process
from tests.real.processes import marked_processes
from tests.support.taped_transport import taped_transports

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import RuntimeConfig
    from codex_runtime.testing import ScriptedModel

AT_ONCE = 12

HELLO = b'{"id":1,"method":"initialize","params":{"clientInfo":{"name":"a","version":"1"}}}\n'


@pytest.fixture
def fresh_home(tmp_path: Path) -> Path:
    """A home in which no server has run; it does not exist yet."""
    return tmp_path / "fresh"


@pytest.fixture
def empty_home(fresh_home: Path) -> Path:
    """The same, made."""
    fresh_home.mkdir()
    return fresh_home


@pytest.fixture
def no_home(fresh_home: Path) -> Path:
    """A file in its place."""
    fresh_home.write_text("")
    return fresh_home


@pytest.fixture
def broken_home(home: Path) -> Path:
    """A home in which a directory stands where the database was."""
    for database in home.glob("state_*.sqlite*"):
        database.unlink()
        if database.suffix == ".sqlite":
            database.mkdir()
    return home


async def test_first_starts_in_one_fresh_home_all_come_up(
    model: ScriptedModel, fresh_home: Path, workspace: Path
) -> None:
    """Ours: those that lost the race for the databases are started again."""
    all_are_up, up = trio.Event(), set[str]()

    async def run() -> None:
        async with open_runtime(model.runtime_config(fresh_home)) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=workspace))
            up.add(session.thread_id)
            if len(up) == AT_ONCE:
                all_are_up.set()
            await all_are_up.wait()

    async with trio.open_nursery() as nursery:
        for _ in range(AT_ONCE):
            nursery.start_soon(run)
    assert len(up) == AT_ONCE
    assert marked_processes() == {}


async def test_those_that_die_alone_say_what_is_known_to_pass(
    codex_path: str, empty_home: Path
) -> None:
    """The server's: what each one said that did not survive; the next start does."""
    died: list[tuple[int | None, str]] = []
    said_hello = 0

    async def start() -> None:
        nonlocal said_hello
        env = {"CODEX_HOME": str(empty_home), "RUST_LOG": "error"}
        async with spawn_process(ProcessSpec(argv=(codex_path, "app-server"), env=env)) as server:
            await server.send_all(HELLO)
            if await server.receive_some():
                said_hello += 1
            else:
                died.append((server.returncode, server.stderr_tail))

    async with trio.open_nursery() as nursery:
        for _ in range(AT_ONCE):
            nursery.start_soon(start)
    assert said_hello + len(died) == AT_ONCE
    assert [told for told in died if not is_passing_start_failure(*told)] == []
    said_hello = 0
    await start()
    assert said_hello == 1


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ({"approval_policy": "sometimes"}, "unknown variant `sometimes`"),
        ({"model_provider": "nosuch"}, "Model provider `nosuch` not found"),
        ({"model_providers": 5}, "invalid type: integer `5`"),
    ],
)
async def test_a_configuration_that_the_server_refuses_is_told_at_the_first_try(
    model: ScriptedModel, home: Path, overrides: dict[str, object], told: str
) -> None:
    """The server's words; ours: one start."""
    await _refused(model.runtime_config(home, config_overrides=overrides), told)


async def test_a_home_that_is_no_directory_is_told_before_anything_is_started(
    model: ScriptedModel, no_home: Path
) -> None:
    """Ours."""
    with taped_transports() as started, pytest.raises(ValueError, match="is not a directory"):
        async with open_runtime(model.runtime_config(no_home)):
            pass
    assert started == []


async def test_a_database_that_is_broken_for_good_is_told_when_the_time_is_up(
    model: ScriptedModel, broken_home: Path
) -> None:
    """Ours: 0.163.0 says of it what it says of a lost race, so it is tried while there is time."""
    with pytest.raises(StartError, match="failed to initialize sqlite state runtime"):
        async with open_runtime(model.runtime_config(broken_home, start_timeout_s=2)):
            pass


async def _refused(config: RuntimeConfig, told: str) -> None:
    with taped_transports() as started, pytest.raises(StartError, match=told) as raised:
        async with open_runtime(config):
            pass
    assert len(started) == 1
    assert raised.value.returncode == 1
