"""The real server inside, above and below the range of versions that this library knows."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import ClientInfo, StartError, UntestedServerWarning, open_runtime
from codex_runtime.launch import version as versions
from codex_runtime.launch.version import CodexVersion

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

LOWEST = CodexVersion(0, 0, 1)
HIGHEST = CodexVersion(99999, 0, 0)


def set_range(patch: pytest.MonkeyPatch, oldest: CodexVersion, newest: CodexVersion) -> None:
    patch.setattr(versions, "MIN_SUPPORTED", oldest)
    patch.setattr(versions, "TESTED", newest)


@pytest.mark.parametrize("name", ["codex_runtime", "my/9.9.9 (service)", "1.2.3"])
async def test_a_tested_server_is_used_in_silence_whatever_the_clients_name(
    name: str,
    codex_path: str,
    home: Path,
    model: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_range(monkeypatch, LOWEST, HIGHEST)
    told = await trio.run_process([codex_path, "--version"], capture_stdout=True)
    client = ClientInfo(name=name, title=None, version="1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with open_runtime(model.runtime_config(home, client_info=client)) as runtime:
            assert runtime.server.judgement == "tested"
            assert str(runtime.server.version) == told.stdout.split()[-1].decode()


async def test_every_runtime_on_a_newer_server_warns_once_at_its_block(
    home: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_range(monkeypatch, LOWEST, LOWEST)
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        for count in (1, 2):
            async with open_runtime(model.runtime_config(home)) as runtime:
                assert runtime.server.judgement == "newer"
                assert len(given) == count
                assert f"the app-server is {runtime.server.version};" in str(given[-1].message)
    assert {(warning.category, warning.filename) for warning in given} == {
        (UntestedServerWarning, __file__)
    }


async def test_a_warning_that_is_made_an_error_ends_the_start_and_leaves_nothing(
    home: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_range(monkeypatch, LOWEST, LOWEST)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UntestedServerWarning):
            async with open_runtime(model.runtime_config(home)):
                raise AssertionError("started")


async def test_an_older_server_is_refused_with_the_way_out(
    home: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_range(monkeypatch, HIGHEST, HIGHEST)
    with pytest.raises(StartError, match=f"can use is {HIGHEST}") as raised:
        async with open_runtime(model.runtime_config(home)):
            raise AssertionError("started")
    assert "pip install 'codex-runtime[codex]'" in raised.value.hint
