"""Bad input: a typed error that names the value and the way out, and nothing left running."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime import (
    CodexRuntimeError,
    ConfigError,
    InputTooLarge,
    PromptError,
    PromptParams,
    RequestError,
    Runtime,
    RuntimeConfig,
    Session,
    SessionConfig,
    StartError,
    ThreadNotFound,
)
from codex_runtime.model.prompt import MAX_INPUT_CHARS
from codex_runtime.testing import Reply, silence
from tests.real.faces import EVERY_FACE, open_runtime
from tests.real.processes import marked_processes

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

NEVER_RAN = "019a9f00-0000-7000-8000-000000000000"


# -- prompts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "problem"),
    [
        pytest.param("a\ud800b", "lone surrogate at index 1", id="surrogate"),
        pytest.param("", "empty", id="empty"),
        pytest.param(b"bytes", "not a str", id="bytes"),
        pytest.param(None, "not a str", id="none"),
    ],
)
async def test_a_prompt_that_the_server_would_drop_is_refused_here(
    runtime: Runtime, session: Session, replies: dict[str, Reply], prompt: Any, problem: str
) -> None:
    """Ours: nothing is sent, by any way to ask or to steer; the session goes on."""
    replies["wait"] = silence()
    sent = runtime.statistics().bytes_sent
    for refused in (
        lambda: session.ask(prompt),
        lambda: session.ask_stream(prompt).__aenter__(),
        lambda: session.ask_with(PromptParams(prompt=prompt)),
        lambda: runtime.run(prompt, SessionConfig()),
    ):
        with pytest.raises(PromptError, match=problem) as caught:
            await refused()
        assert caught.value.name == "prompt"
        assert caught.value.hint
    assert runtime.statistics().bytes_sent == sent
    async with session.ask_stream("wait") as turn:
        with pytest.raises(PromptError, match=problem):
            await turn.steer(prompt)
    assert (await session.ask("fine")).text == "re: fine"


async def test_a_prompt_over_the_limit_is_refused_here_with_the_servers_facts(
    runtime: Runtime, session: Session
) -> None:
    """Ours: nothing is sent."""
    sent = runtime.statistics().bytes_sent
    with pytest.raises(InputTooLarge, match="1048577") as caught:
        await session.ask("x" * (MAX_INPUT_CHARS + 1))
    assert (caught.value.max_chars, caught.value.actual_chars) == (1_048_576, 1_048_577)
    assert runtime.statistics().bytes_sent == sent


@pytest.mark.parametrize("character", ["x", "\U0001f600"])
async def test_the_server_counts_its_limit_in_code_points_as_we_do(
    runtime: Runtime, session: Session, replies: dict[str, Reply], character: str
) -> None:
    """The server's: neither bytes nor UTF-16 units; one more is refused with its facts."""
    over = {
        "threadId": session.thread_id,
        "input": [{"type": "text", "text": character * (MAX_INPUT_CHARS + 1)}],
    }
    with pytest.raises(InputTooLarge) as caught:
        await runtime.request("turn/start", over)
    assert caught.value.code == -32602
    assert (caught.value.max_chars, caught.value.actual_chars) == (1_048_576, 1_048_577)
    replies[character * MAX_INPUT_CHARS] = silence()
    async with session.ask_stream(character * MAX_INPUT_CHARS) as turn:
        assert turn.turn_id


# -- threads -----------------------------------------------------------------------------------


@pytest.mark.parametrize("thread_id", ["", "x", "../../etc/passwd", NEVER_RAN + "0", "é", None, 7])
async def test_a_thread_id_that_is_none_is_refused_here(
    runtime: Runtime, workspace: Path, thread_id: Any
) -> None:
    """Ours."""
    sent = runtime.statistics().bytes_sent
    config = SessionConfig(cwd=workspace)
    for door in (runtime.resume_session, runtime.fork_session):
        with pytest.raises(ConfigError, match="thread id") as caught:
            await door(thread_id, config)
        assert (caught.value.name, caught.value.value) == ("thread_id", thread_id)
    assert runtime.statistics().bytes_sent == sent


async def test_the_id_of_no_thread_is_not_found(runtime: Runtime, workspace: Path) -> None:
    """The server's: "no rollout found"; ours: the type."""
    for door in (runtime.resume_session, runtime.fork_session):
        with pytest.raises(ThreadNotFound, match=NEVER_RAN):
            await door(NEVER_RAN, SessionConfig(cwd=workspace))
    assert runtime.statistics().threads == 0


async def test_a_working_directory_that_is_none_is_refused_here(
    runtime: Runtime, session: Session, tmp_path: Path
) -> None:
    """Ours: the server would start the thread there."""
    file = tmp_path / "file"
    file.touch()
    sent = runtime.statistics().bytes_sent
    for path in (tmp_path / "missing", file):
        for refused in (
            lambda path=path: runtime.start_session(SessionConfig(cwd=path)),
            lambda path=path: runtime.resume_session(NEVER_RAN, SessionConfig(cwd=path)),
            lambda path=path: runtime.run("x", SessionConfig(cwd=path)),
            lambda path=path: session.ask_with(PromptParams(prompt="x", cwd=path)),
        ):
            with pytest.raises(ConfigError, match="existing directory") as caught:
                await refused()
            assert caught.value.value == str(path)
    assert runtime.statistics().bytes_sent == sent


async def test_an_ephemeral_resume_is_refused_here(runtime: Runtime, workspace: Path) -> None:
    """Ours."""
    with pytest.raises(ConfigError, match="ephemeral"):
        await runtime.resume_session(NEVER_RAN, SessionConfig(cwd=workspace, ephemeral=True))


# -- starting ----------------------------------------------------------------------------------


async def refused_start(config: RuntimeConfig) -> CodexRuntimeError:
    """The error of a runtime that cannot be opened; nothing is left running."""
    with pytest.raises(CodexRuntimeError) as caught:
        async with open_runtime(config):
            pytest.fail("it was opened")
    assert marked_processes() == {}
    return caught.value


def script(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None
    return found


async def test_a_program_that_ends_at_once_is_no_app_server(home: Path) -> None:
    """Ours: the exit code is told."""
    error = await refused_start(RuntimeConfig(codex_bin=program("true"), codex_home=home))
    assert isinstance(error, StartError)
    assert error.returncode == 0
    assert "Is this a codex binary" in str(error)


async def test_a_program_that_refuses_its_arguments_is_quoted(home: Path) -> None:
    """Ours: exit code and the end of stderr."""
    error = await refused_start(RuntimeConfig(codex_bin=program("cat"), codex_home=home))
    assert isinstance(error, StartError)
    assert error.returncode == 1
    assert "app-server" in error.stderr_tail
    assert error.stderr_tail.strip() in str(error)


async def test_a_program_that_echoes_is_no_app_server(home: Path, tmp_path: Path) -> None:
    """Ours: our own request is not an answer."""
    echo = script(tmp_path / "echo", "exec cat")
    error = await refused_start(
        RuntimeConfig(codex_bin=echo, codex_home=home, start_timeout_s=0.5, shutdown_grace_s=1)
    )
    assert isinstance(error, StartError)
    assert error.hint


async def test_a_program_that_prints_garbage_and_hangs_is_given_up(
    home: Path, tmp_path: Path
) -> None:
    """Ours: within ``start_timeout_s``, with what it said on stderr; its children are ended."""
    hangs = script(
        tmp_path / "hangs",
        "echo not json",
        "printf '\\377\\376{}\\n[1,2]\\n{\"id\":99}\\n'",
        "echo 'cannot, will not' >&2",
        "sleep 60 & sleep 60",
    )
    error = await refused_start(
        RuntimeConfig(codex_bin=hangs, codex_home=home, start_timeout_s=0.5, shutdown_grace_s=1)
    )
    assert isinstance(error, StartError)
    assert "within 0.5 s" in str(error)
    assert "cannot, will not" in error.stderr_tail


async def test_a_path_that_is_no_program_is_refused_before_a_spawn(tmp_path: Path) -> None:
    """Ours."""
    plain = tmp_path / "plain"
    plain.touch()
    for path, problem in (
        (tmp_path, "is a directory"),
        (tmp_path / "missing", "does not exist"),
        (plain, "not executable"),
    ):
        error = await refused_start(RuntimeConfig(codex_bin=path))
        assert isinstance(error, StartError)
        assert problem in str(error)
        assert str(path) in str(error)


async def test_a_file_that_the_system_cannot_run_is_a_start_error(
    home: Path, tmp_path: Path
) -> None:
    """Ours: what the spawn raised is told."""
    odd = tmp_path / "odd"
    odd.write_text("#!/no/such/interpreter\n")
    odd.chmod(0o755)
    error = await refused_start(RuntimeConfig(codex_bin=odd, codex_home=home))
    assert isinstance(error, StartError)
    assert "cannot be started" in str(error)


async def test_a_home_that_cannot_be_made_is_refused_before_a_spawn(
    model: ScriptedModel, tmp_path: Path
) -> None:
    """Ours."""
    file = tmp_path / "file"
    file.touch()
    for home in (file, file / "below"):
        error = await refused_start(model.runtime_config(home))
        assert isinstance(error, ConfigError)
        assert error.name == "codex_home"
        assert error.value == str(home)
        assert error.hint


async def test_a_working_directory_of_the_server_must_exist(
    model: ScriptedModel, home: Path, tmp_path: Path
) -> None:
    """Ours."""
    error = await refused_start(model.runtime_config(home, cwd=tmp_path / "missing"))
    assert isinstance(error, ConfigError)
    assert error.name == "cwd"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="none"),
        pytest.param(object(), id="object"),
        pytest.param(b"x", id="bytes"),
        pytest.param({"a": [1, None]}, id="nested-none"),
        pytest.param("\ud800", id="surrogate"),
        pytest.param(1 << 70, id="too-large"),
    ],
)
async def test_an_override_that_toml_cannot_say_is_refused_before_a_spawn(
    model: ScriptedModel, home: Path, value: object
) -> None:
    """Ours: the key is named."""
    error = await refused_start(model.runtime_config(home, config_overrides={"my_key": value}))
    assert isinstance(error, ConfigError)
    assert "my_key" in error.name
    assert error.hint


async def test_a_value_that_the_server_rejects_is_a_start_error_with_its_words(
    model: ScriptedModel, home: Path
) -> None:
    """The server's: it exits. Ours: its code and the end of its stderr."""
    config = model.runtime_config(home, config_overrides={"approval_policy": "bogus"})
    error = await refused_start(config)
    assert isinstance(error, StartError)
    assert error.returncode not in (0, None)
    assert "approval_policy" in error.stderr_tail or "bogus" in error.stderr_tail
    assert error.stderr_tail.strip()[-100:] in str(error)


async def test_a_config_file_that_is_no_toml_is_told_at_the_first_thread(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The server's: it starts all the same, and names file and line when a thread needs it."""
    (home / "config.toml").write_text("this is = = no toml\n")
    async with open_runtime(model.runtime_config(home)) as runtime:
        with pytest.raises(RequestError, match=r"config\.toml:1:6"):
            await runtime.start_session(SessionConfig(cwd=workspace))


async def test_a_codex_bin_of_the_environment_is_taken_and_named(
    model: ScriptedModel, home: Path, monkeypatch: pytest.MonkeyPatch, codex_path: str
) -> None:
    """Ours."""
    monkeypatch.setenv("CODEX_BIN", os.devnull)
    error = await refused_start(model.runtime_config(home))
    assert isinstance(error, StartError)
    assert "CODEX_BIN" in str(error)
    async with open_runtime(model.runtime_config(home, codex_bin=codex_path)) as runtime:
        assert codex_path in runtime.command_line()
