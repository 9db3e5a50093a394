from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codex_runtime.errors import StartError
from codex_runtime.launch import find_codex


def a_program(path: Path, *, mode: int = 0o755) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return str(path)


def no_extra() -> str:
    raise ModuleNotFoundError("codex_cli_bin")


def broken_extra() -> str:
    raise FileNotFoundError("its packaged binary is missing")


def test_an_explicit_path_wins_over_everything_else(tmp_path: Path) -> None:
    named = a_program(tmp_path / "named")
    env = {"CODEX_BIN": a_program(tmp_path / "other"), "PATH": str(tmp_path)}
    binary = find_codex(Path(named), env)
    assert (binary.path, binary.source) == (named, "codex_bin")


def test_codex_bin_wins_over_the_bundled_binary_and_path(tmp_path: Path) -> None:
    named = a_program(tmp_path / "named")
    a_program(tmp_path / "codex")
    binary = find_codex(None, {"CODEX_BIN": named, "PATH": str(tmp_path)})
    assert (binary.path, binary.source) == (named, "CODEX_BIN")


def test_the_bundled_binary_wins_over_path_and_an_empty_codex_bin_counts_as_unset(
    tmp_path: Path,
) -> None:
    a_program(tmp_path / "codex")
    binary = find_codex(None, {"CODEX_BIN": "", "PATH": str(tmp_path)})
    assert binary.source == "bundled"
    assert Path(binary.path).is_file()


def test_path_is_searched_in_order_past_what_cannot_be_run(tmp_path: Path) -> None:
    a_program(tmp_path / "first" / "codex", mode=0o644)
    (tmp_path / "second" / "codex").mkdir(parents=True)
    wanted = a_program(tmp_path / "third" / "codex")
    a_program(tmp_path / "fourth" / "codex")
    folders = [str(tmp_path / name) for name in ("missing", "first", "second", "third", "fourth")]
    binary = find_codex(None, {"PATH": ":".join(folders)}, bundled=no_extra, windows=False)
    assert (binary.path, binary.source) == (wanted, "PATH")


def test_a_relative_or_empty_entry_of_path_is_not_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_program(tmp_path / "codex")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StartError):
        find_codex(None, {"PATH": ":."}, bundled=no_extra, windows=False)


def test_a_relative_path_is_relative_to_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = a_program(tmp_path / "bin" / "mine")
    monkeypatch.chdir(tmp_path)
    assert find_codex("bin/mine", {}).path == named


def a_directory(path: Path) -> None:
    path.mkdir()


def a_plain_file(path: Path) -> None:
    path.write_text("")


def nothing(_path: Path) -> None: ...


@pytest.mark.parametrize("source", ["codex_bin", "CODEX_BIN"])
@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (nothing, "does not exist"),
        (a_directory, "is a directory"),
        (a_plain_file, "is not executable"),
    ],
)
def test_what_was_named_and_cannot_be_run_is_refused_and_never_passed_over(
    tmp_path: Path, source: str, make: Callable[[Path], None], problem: str
) -> None:
    named = tmp_path / "named"
    make(named)
    a_program(tmp_path / "codex")
    env = {"PATH": str(tmp_path)} | ({"CODEX_BIN": str(named)} if source == "CODEX_BIN" else {})
    with pytest.raises(StartError, match=problem) as caught:
        find_codex(named if source == "codex_bin" else None, env)
    assert source in str(caught.value)
    assert str(named) in str(caught.value)
    assert "pip install 'codex-runtime[codex]'" in caught.value.hint


@pytest.mark.parametrize("named", ["", "bin\0codex"])
def test_what_is_no_path_is_refused(named: str) -> None:
    with pytest.raises(StartError, match="is not a path"):
        find_codex(named, {})


@pytest.mark.parametrize(
    ("bundled", "why"),
    [(no_extra, "the extra 'codex' is not installed"), (broken_extra, "binary is missing")],
)
def test_when_there_is_none_the_error_lists_what_was_tried_and_how_to_install(
    tmp_path: Path, bundled: Callable[[], str], why: str
) -> None:
    with pytest.raises(StartError) as caught:
        find_codex(None, {"PATH": str(tmp_path)}, bundled=bundled, windows=False)
    assert [place.partition(" (")[0] for place in caught.value.tried] == [
        "codex_bin",
        "CODEX_BIN",
        "the bundled binary",
        "PATH",
    ]
    assert why in str(caught.value)
    assert "pip install 'codex-runtime[codex]'" in str(caught.value)


def test_without_path_in_the_environment_nothing_is_found_there() -> None:
    with pytest.raises(StartError, match="no codex there"):
        find_codex(None, {}, bundled=no_extra)


# Windows, as far as names and variables go: the folders of this machine, the rules of that one.


@pytest.mark.parametrize("variable", ["PATHEXT", "PathExt"])
def test_on_windows_pathext_says_what_a_program_is(tmp_path: Path, variable: str) -> None:
    a_program(tmp_path / "codex")
    wanted = a_program(tmp_path / "codex.exe", mode=0o644)
    env = {"Path": str(tmp_path), variable: ".CMD;;.EXE"}
    assert find_codex(None, env, bundled=no_extra, windows=True).path == wanted


def test_on_windows_an_executable_is_preferred_to_an_earlier_batch_file(tmp_path: Path) -> None:
    a_program(tmp_path / "npm" / "codex.cmd")
    wanted = a_program(tmp_path / "real" / "codex.exe")
    env = {"PATH": f"{tmp_path / 'npm'};{tmp_path / 'real'}"}
    assert find_codex(None, env, bundled=no_extra, windows=True).path == wanted


def test_on_windows_a_batch_file_alone_is_refused_and_named(tmp_path: Path) -> None:
    shims = [a_program(tmp_path / name) for name in ("codex.bat", "codex.cmd")]
    with pytest.raises(StartError) as caught:
        find_codex(None, {"PATH": str(tmp_path)}, bundled=no_extra, windows=True)
    assert f"{shims[0]} is a batch file" in str(caught.value)


@pytest.mark.parametrize("name", ["codex.cmd", "codex.BAT"])
def test_on_windows_a_named_batch_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StartError, match="batch file"):
        find_codex(a_program(tmp_path / name), {}, windows=True)


def test_elsewhere_a_batch_file_is_a_file_like_any_other(tmp_path: Path) -> None:
    named = a_program(tmp_path / "codex.cmd")
    assert find_codex(named, {}, windows=False).path == named


def test_the_bundled_binary_is_imported_only_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "codex_cli_bin", None)
    named = a_program(tmp_path / "named")
    assert find_codex(named, os.environ).path == named
    with pytest.raises(StartError, match="the extra 'codex' is not installed"):
        find_codex(None, {"PATH": ""})
