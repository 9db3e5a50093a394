"""``codex-runtime schema diff``: the pinned server, a newer one, and what is no server at all."""

from __future__ import annotations

import contextlib
import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from codex_runtime.cli import schema
from codex_runtime.cli.schema import show_diff
from codex_runtime.errors import StartError
from codex_runtime.launch.binary import find_codex
from codex_runtime.protocol.schema_file import load, schema_file
from tests.cli.command import open_setup

VENDORED = load(schema_file()).version
NEWER = """\
#!{python}
import json, pathlib, subprocess, sys
subprocess.run(["{codex}", *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL)
if "--version" in sys.argv:
    print("codex-cli 9.9.9")
else:
    folder = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
    file = folder / "codex_app_server_protocol.schemas.json"
    bundle = json.loads(file.read_text())
    types = bundle["definitions"]["v2"]
    {edits}
    file.write_text(json.dumps(bundle))
"""

USED_EDITS = """\
del types["TurnStartParams"]["properties"]["effort"]
    types["TurnStatus"]["enum"].append("dreaming")
    types["Thread"]["required"].remove("id")
    types["SkillMetadata"]["properties"]["\\x1b[31mred"] = True
    method = {"enum": ["thread/dream"], "type": "string"}
    variant = {"properties": {"method": method}}
    bundle["definitions"]["ClientRequest"]["oneOf"].append(variant)"""

REPORT = """\

Methods
  + thread/dream  no params

Types
  SkillMetadata
    + .red  any, optional
  Thread  * thread/fork, thread/list and N more
    ~ .id  required -> optional
  TurnStartParams  * turn/start
    - .effort  ReasoningEffort | null, optional
  TurnStatus  * review/start, thread/fork and N more
    + "dreaming"

5 differences, 3 of them in what this library uses (marked *)
"""


def command_lines() -> list[bytes]:
    """Of every process that runs."""
    found: list[bytes] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # gone meanwhile
            found.append(path.read_bytes())
    return found


def newer(folder: Path, edits: str = USED_EDITS) -> str:
    """A codex whose schema differs from that of the bundled one by ``edits``."""
    codex = find_codex(None, {}).path
    path = folder / "codex"
    path.write_text(NEWER.format(python=sys.executable, codex=codex, edits=edits))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


async def test_the_pinned_server_is_what_this_library_is_generated_from(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run("schema", "diff")
        assert (done.code, done.err) == (0, "")
        about, installed, _, last = done.out.splitlines()
        assert about.endswith(f" {VENDORED}")
        assert f" {VENDORED} " in installed
        assert installed.endswith("(bundled)")
        assert last == "no difference"
        assert [path.name for path in setup.home.iterdir()] == ["config.toml"]
        assert setup.processes_left() == []


async def test_a_newer_server_is_told_in_groups_and_exits_with_1(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        binary = newer(tmp_path)
        done = await setup.run("schema", "diff", "--codex", binary)
        assert (done.code, done.err) == (1, "")
        head, _, body = done.out.partition("(codex_bin)\n")
        assert head.endswith(f" 9.9.9  {binary} ")
        assert re.sub(r"and \d+ more", "and N more", body) == REPORT


async def test_only_what_this_library_uses_is_shown_and_counted_when_asked(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        found = newer(tmp_path)
        used = await setup.run("schema", "diff", "--used", CODEX_BIN=found)
        assert used.code == 1
        assert f"{found} (CODEX_BIN)" in used.out
        assert "thread/dream" not in used.out
        assert '+ "dreaming"' in used.out
        assert used.out.endswith("5 differences, 3 of them in what this library uses\n")
        other = newer(tmp_path, 'del types["SkillMetadata"]["properties"]["shortDescription"]')
        none = await setup.run("schema", "diff", "--used", "--codex", other)
        assert none.code == 0
        assert none.out.endswith("1 difference, none of them in what this library uses\n")


async def test_as_json_it_is_one_object_on_one_line(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        binary = newer(tmp_path)
        done = await setup.run("schema", "diff", "--json", "--codex", binary)
        (line,) = done.out.splitlines()
        told = json.loads(line)
        assert (done.code, done.err) == (1, "")
        assert (told["vendored"], told["installed"]) == (VENDORED, "9.9.9")
        assert told["binary"] == binary
        assert [change["place"] for change in told["changes"]] == [
            "thread/dream",
            "SkillMetadata.\x1b[31mred",
            "Thread.id",
            "TurnStartParams.effort",
            'TurnStatus "dreaming"',
        ]
        assert told["changes"][3] == {
            "kind": "field",
            "place": "TurnStartParams.effort",
            "change": "removed",
            "before": "ReasoningEffort | null, optional",
            "after": "",
            "usedBy": ["turn/start"],
        }


@pytest.mark.parametrize(
    ("binary", "words"),
    [
        ("/bin/true", "Is this a codex binary?"),
        ("/bin/cat", "unrecognized option"),
        ("/no/such/file", "does not exist"),
        ("/", "is a directory"),
    ],
)
async def test_what_is_no_codex_has_no_schema_and_exits_with_3(
    tmp_path: Path, binary: str, words: str
) -> None:
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run("schema", "diff", "--json", "--codex", binary)
        assert done.code == 3
        assert words in done.err
        assert "Traceback" not in done.err
        assert json.loads(done.out)["error"]["type"] == "StartError"
        assert setup.processes_left() == []


async def test_what_cannot_be_run_at_all_exits_with_3(tmp_path: Path) -> None:
    file = tmp_path / "codex"
    file.write_bytes(b"\x00no program")
    file.chmod(0o700)
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run("schema", "diff", "--codex", str(file))
        assert (done.code, done.out) == (3, "")
        assert "Traceback" not in done.err


async def test_a_binary_that_does_not_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_DUMP_TIMEOUT_S", 0.2)
    file = tmp_path / "codex"
    file.write_text("#!/bin/sh\nexec sleep 1000\n")
    file.chmod(0o700)
    with pytest.raises(StartError, match=r"did not write its schema within 0\.2 s"):
        await show_diff(str(file), used_only=False, lines=False)


async def test_a_wrapper_that_does_not_end_takes_what_it_started_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_DUMP_TIMEOUT_S", 0.2)
    file = tmp_path / "codex"
    file.write_text("#!/bin/sh\nsleep 2816 &\nwait\n")
    file.chmod(0o700)
    with pytest.raises(StartError, match=r"did not write its schema within 0\.2 s"):
        await show_diff(str(file), used_only=False, lines=False)
    assert b"sleep\x002816\x00" not in command_lines()


async def test_what_a_binary_says_of_its_failure_is_kept_up_to_a_bound(tmp_path: Path) -> None:
    file = tmp_path / "codex"
    program = "import os, sys\nos.write(2, b'x' * 200_000)\nsys.exit(4)"
    file.write_text(f"#!{sys.executable}\n{program}\n")
    file.chmod(0o700)
    with pytest.raises(StartError, match="cannot write its schema") as failed:
        await show_diff(str(file), used_only=False, lines=False)
    assert failed.value.returncode == 4
    assert 1000 < len(failed.value.stderr_tail) <= 65_536


async def test_bad_options_exit_with_2(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run("schema", "diff", "--since", "yesterday")
        assert (done.code, done.out) == (2, "")


def test_the_schema_is_part_of_the_package() -> None:
    code = (
        "import sys; from codex_runtime.protocol.schema_file import load, schema_file; "
        "sys.stdout.write(load(schema_file()).version)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == VENDORED
