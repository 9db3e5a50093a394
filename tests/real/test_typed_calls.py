"""Any method, typed both ways: what the type checkers say and what the real server answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

import pytest

from codex_runtime import ExperimentalRequired, InvalidInput
from codex_runtime.protocol import (
    CONFIG_READ,
    CONFIG_REQUIREMENTS_READ,
    FS_READ_DIRECTORY,
    PROJECT_LIST,
    THREAD_LIST,
    THREAD_LOADED_LIST,
    ConfigReadParams,
    ConfigReadResponse,
    ConfigRequirementsReadResponse,
    FsReadDirectoryParams,
    FsReadDirectoryResponse,
    ProjectListParams,
    ProjectListResponse,
    ThreadListParams,
    ThreadListResponse,
    ThreadLoadedListParams,
    ThreadReadParams,
)
from tests.real.faces import EVERY_FACE, open_runtime

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import Runtime, Session
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE


async def test_a_call_gives_the_result_of_its_method(runtime: Runtime, session: Session) -> None:
    """Ours."""
    await session.ask("go")
    listed = await runtime.call(THREAD_LIST, ThreadListParams(limit=20))
    assert_type(listed, ThreadListResponse)
    assert [thread.id for thread in listed.data] == [session.thread_id]
    assert_type(listed.data[0].preview, str)
    assert listed.data[0].preview == "go"

    loaded = await runtime.call(THREAD_LOADED_LIST, ThreadLoadedListParams())
    assert_type(loaded.data, list[str])
    assert loaded.data == [session.thread_id]


async def test_methods_of_other_domains_are_called_alike(runtime: Runtime, workspace: Path) -> None:
    """Ours."""
    (workspace / "a.txt").touch()
    config = await runtime.call(CONFIG_READ, ConfigReadParams())
    assert_type(config, ConfigReadResponse)
    assert config.config.model is not None
    files = await runtime.call(FS_READ_DIRECTORY, FsReadDirectoryParams(path=str(workspace)))
    assert_type(files, FsReadDirectoryResponse)
    assert [(entry.file_name, entry.is_file) for entry in files.entries] == [("a.txt", True)]


async def test_a_method_without_params_is_called_without_them(runtime: Runtime) -> None:
    """Ours: null is what the schema says."""
    left_out = await runtime.call(CONFIG_REQUIREMENTS_READ)
    assert_type(left_out, ConfigRequirementsReadResponse)
    assert left_out == await runtime.call(CONFIG_REQUIREMENTS_READ, None)


async def test_an_experimental_method_is_refused_before_it_is_sent(runtime: Runtime) -> None:
    """Ours."""
    before = runtime.statistics().requests
    with pytest.raises(ExperimentalRequired, match=r"experimental_api=True") as refused:
        await runtime.call(PROJECT_LIST, ProjectListParams())
    assert refused.value.method == "project/list"
    assert runtime.statistics().requests == before


async def test_an_experimental_method_is_answered_where_it_was_asked_for(
    model: ScriptedModel, home: Path
) -> None:
    """The server's."""
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        projects = await runtime.call(PROJECT_LIST, ProjectListParams())
    assert_type(projects, ProjectListResponse)
    assert projects.data == []


async def test_what_is_no_json_is_refused_before_it_is_sent(runtime: Runtime) -> None:
    """Ours."""
    before = runtime.statistics().requests
    with pytest.raises(InvalidInput, match="params"):
        await runtime.call(THREAD_LIST, object())  # type: ignore[misc]
    assert runtime.statistics().requests == before


if TYPE_CHECKING:

    async def what_the_type_checkers_refuse(runtime: Runtime) -> None:
        """An ignore that is not needed is an error of its own."""
        await runtime.call(THREAD_LIST, ThreadReadParams(thread_id="t"))  # type: ignore[misc]
        await runtime.call(THREAD_LIST)  # type: ignore[arg-type]
        await runtime.call(CONFIG_REQUIREMENTS_READ, ThreadListParams())  # type: ignore[misc]
