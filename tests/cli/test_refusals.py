"""What the command refuses, with which code and words, and that nothing runs afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from codex_runtime import __version__
from tests.cli.command import open_setup

if TYPE_CHECKING:
    from pathlib import Path

NO_SUCH_THREAD = "01a1fc5f-b2ed-7ea3-bf3c-6d1a84450000"
MAX_CHARS = 1_048_576


BAD_INPUT = [
    ([""], b"", "prompt='': is empty"),
    ([], b"", "is empty"),
    ([], b"\xff", "not UTF-8 (byte 0)"),
    (["-"], b"x" * (MAX_CHARS + 1), "1048577 characters"),
    (["x", "-C", "/no/such/directory"], b"", "does not exist"),
    (["x", "--resume", "nonsense"], b"", "is not a thread id"),
    (["x", "--resume", NO_SUCH_THREAD], b"", "no rollout found"),
    (["x", "--resume", NO_SUCH_THREAD, "--ephemeral"], b"", "exclude each other"),
    (["x", "--resume", NO_SUCH_THREAD, "--demo-model"], b"", "exclude each other"),
    (["x", "-s", "danger-full-access"], b"", "needs --allow-full-access"),
    (["x", "-c", "sandbox_mode=danger-full-access"], b"", "--allow-full-access"),
    (["x", "-c", "nonsense"], b"", "is not KEY=VALUE"),
    (["x", "-c", "when=2020-01-01"], b"", "config_overrides.when"),
    (["x", "--unheard-of"], b"", "No such option"),
]


@pytest.mark.parametrize(("arguments", "stdin", "words"), BAD_INPUT)
async def test_bad_input_is_named_with_a_way_out_and_exits_with_2(
    tmp_path: Path, arguments: list[str], stdin: bytes, words: str
) -> None:
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run("ask", *arguments, stdin=stdin)
        assert (done.code, done.out) == (2, "")
        assert words in done.err
        assert "Traceback" not in done.err
        assert "RuntimeConfig" not in done.err
        assert setup.model.requests == []
        assert setup.processes_left() == []


@pytest.mark.parametrize("binary", ["/bin/true", "/bin/cat", "/no/such/file", "/"])
@pytest.mark.parametrize("command", [["ask", "x"], ["demo"]])
async def test_what_is_no_codex_cannot_be_started_and_exits_with_3(
    tmp_path: Path, binary: str, command: list[str]
) -> None:
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run(*command, "--codex-bin", binary)
        assert done.code == 3
        assert "codex" in done.err
        assert "Traceback" not in done.err
        assert setup.processes_left() == []


async def test_a_start_that_fails_is_the_last_line_of_json(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run("ask", "--json", "x", "--codex-bin", "/bin/true")
        (line,) = done.out.splitlines()
        assert done.code == 3
        assert json.loads(line)["error"]["type"] == "StartError"


def run_without(*modules: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the command where ``modules`` are not installed and no codex is on the PATH."""
    blocked = f"import sys; sys.modules.update(dict.fromkeys({modules!r}))"
    code = f"{blocked}; from codex_runtime.cli import main; sys.exit(main())"
    env = {key: value for key, value in os.environ.items() if key != "CODEX_BIN"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**env, "PATH": "/nowhere"},
    )


@pytest.mark.parametrize("module", ["click", "rich", "h11"])
def test_without_its_extra_the_command_says_what_to_install(module: str) -> None:
    done = run_without(module, arguments=["--help"])
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"codex-runtime: the command needs {module}, which is not installed. "
        "Install it with pip install 'codex-runtime[cli]'\n"
    )


def test_without_a_codex_binary_the_demo_says_what_to_install() -> None:
    done = run_without("codex_cli_bin", arguments=["demo"])
    assert done.returncode == 3
    assert "pip install 'codex-runtime[codex]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["demo", "-h"]])
async def test_help_needs_nothing_and_tells_the_exit_codes(
    tmp_path: Path, arguments: list[str]
) -> None:
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run(*arguments)
        assert (done.code, done.err) == (0, "")
        assert ("130  interrupted" in done.out) == (len(arguments) > 1)


async def test_the_version_is_the_packages(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run("--version")
        assert (done.code, done.out) == (0, f"codex-runtime, version {__version__}\n")
