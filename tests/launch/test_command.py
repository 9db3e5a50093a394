from __future__ import annotations

import os
import shlex
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from codex_runtime.errors import ConfigError
from codex_runtime.launch import CodexBinary, LaunchSpec, build_launch, prepare_home
from codex_runtime.launch.command import MAX_ARGUMENT_BYTES

BINARY = CodexBinary("/opt/my codex/codex", "codex_bin")


def launch(
    overrides: Mapping[str, object] | None = None,
    *,
    codex_home: str | os.PathLike[str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    inherited: Mapping[str, str] | None = None,
) -> LaunchSpec:
    return build_launch(
        BINARY,
        overrides=overrides or {},
        codex_home=codex_home,
        cwd=cwd,
        env=env or {},
        inherited=inherited or {},
    )


def test_the_command_is_the_app_server_with_each_override_behind_its_own_flag() -> None:
    assert launch({"model": "m", "features": {"apps": False}}).argv == (
        "/opt/my codex/codex",
        "app-server",
        "-c",
        'model="m"',
        "-c",
        "features.apps=false",
    )


def test_the_users_variables_go_over_the_inherited_ones_and_the_home_over_both(
    tmp_path: Path,
) -> None:
    spec = launch(
        codex_home=tmp_path,
        env={"A": "mine", "CODEX_HOME": "/elsewhere"},
        inherited={"A": "theirs", "B": "kept"},
    )
    assert dict(spec.env) == {"A": "mine", "B": "kept", "CODEX_HOME": str(tmp_path)}
    assert spec.codex_home == str(tmp_path)


def test_the_home_may_come_from_the_environment_and_an_empty_one_counts_as_unset() -> None:
    assert launch(env={"CODEX_HOME": "/a"}, inherited={"CODEX_HOME": "/b"}).codex_home == "/a"
    assert launch(inherited={"CODEX_HOME": "/b"}).codex_home == "/b"
    assert launch(inherited={"CODEX_HOME": ""}).codex_home is None
    assert launch().codex_home is None


def test_the_environment_cannot_be_changed_afterwards() -> None:
    mine = {"A": "1"}
    spec = launch(env=mine)
    mine["A"] = "2"
    assert spec.env["A"] == "1"
    with pytest.raises(TypeError):
        spec.env["A"] = "3"  # type: ignore[index]


def test_relative_directories_are_relative_to_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path)
    spec = launch(cwd="project", codex_home=Path("home"))
    assert spec.cwd == str(tmp_path / "project")
    assert spec.env["CODEX_HOME"] == str(tmp_path / "home")


def test_without_a_cwd_the_process_keeps_this_one() -> None:
    assert launch().cwd is None


def test_the_display_is_one_line_that_a_shell_takes_apart_the_same_way() -> None:
    shown = launch({"model": "it's $HOME"}, env={"LANG": "C"}).display()
    assert shlex.split(shown) == [
        "LANG=***",
        "/opt/my codex/codex",
        "app-server",
        "-c",
        'model="it\'s $HOME"',
    ]


def test_neither_display_nor_repr_shows_a_secret() -> None:
    spec = launch(
        {
            "model_providers": {
                "p": {
                    "experimental_bearer_token": "hush",
                    "base_url": "http://me:hush@localhost/v1",
                }
            },
            "mcp_servers": {"s.t": {"env": {"PLAIN": "hush"}}},
        },
        env={"OPENAI_API_KEY": "hush"},
        inherited={"INHERITED": "hush"},
    )
    assert "hush" not in spec.display() + repr(spec)
    assert "OPENAI_API_KEY=***" in spec.display()
    assert "http://***@localhost/v1" in spec.display()
    assert sum("hush" in part for part in spec.argv) == 3


@pytest.mark.parametrize("name", ["", "A=B", "A\0", "\ud800", 1])
def test_a_bad_name_of_a_variable_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="name of an environment variable") as caught:
        launch(env={name: "x"})
    assert caught.value.value == name


@pytest.mark.parametrize("value", ["hush\0", "hush\ud800", 77, None])
def test_a_bad_value_of_a_variable_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(ConfigError, match=r"env\['NAME'\]") as caught:
        launch(env={"NAME": value})
    assert "hush" not in str(caught.value)
    assert "77" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="an environment of bytes is POSIX's")
def test_a_value_that_came_from_undecodable_bytes_is_passed_on() -> None:
    text = os.fsdecode(b"caf\xe9")
    assert launch(env={"NAME": text}).env["NAME"] == text


@pytest.mark.parametrize("field", ["cwd", "codex_home"])
@pytest.mark.parametrize("path", ["", "a\0b"])
def test_what_is_no_path_is_refused(field: str, path: str) -> None:
    with pytest.raises(ConfigError, match="is not a path") as caught:
        launch(cwd=path) if field == "cwd" else launch(codex_home=path)
    assert caught.value.name == field


def test_a_cwd_that_is_no_directory_is_refused_naming_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="does not exist") as caught:
        launch(cwd=tmp_path / "gone")
    assert (caught.value.name, caught.value.value) == ("cwd", str(tmp_path / "gone"))
    with pytest.raises(ConfigError, match="is not a directory"):
        launch(cwd=tmp_path / "file")


def test_an_override_longer_than_an_argument_may_be_is_refused_and_the_longest_is_not() -> None:
    room = MAX_ARGUMENT_BYTES - len('notes=""')
    assert len(launch({"notes": "x" * room}).argv[-1]) == MAX_ARGUMENT_BYTES
    with pytest.raises(ConfigError, match=r"config\.toml of codex_home") as caught:
        launch({"notes": "x" * room + "y"})
    assert caught.value.name == "config_overrides.notes"


def test_a_missing_home_is_made_for_this_user_alone_with_its_parents(tmp_path: Path) -> None:
    home = tmp_path / "a" / "b"
    prepare_home(str(home))
    assert list(home.iterdir()) == []
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_an_existing_home_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("model = 'x'\n")
    tmp_path.chmod(0o755)
    prepare_home(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def a_file(folder: Path) -> Path:
    path = folder / "file"
    path.write_text("")
    return path


def below_a_file(folder: Path) -> Path:
    return a_file(folder) / "home"


def a_dangling_link(folder: Path) -> Path:
    (folder / "link").symlink_to(folder / "gone")
    return folder / "link"


def too_long_a_name(folder: Path) -> Path:
    return folder / ("x" * 300)


def a_nul(folder: Path) -> Path:
    return folder / "a\0b"


@pytest.mark.parametrize("make", [a_file, below_a_file, a_dangling_link, too_long_a_name, a_nul])
def test_a_home_that_cannot_be_one_is_refused_naming_it(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    home = make(tmp_path)
    with pytest.raises(ConfigError, match="can write") as caught:
        prepare_home(str(home))
    assert (caught.value.name, caught.value.value) == ("codex_home", str(home))


@pytest.mark.skipif(sys.platform != "linux", reason="needs a directory nobody can write, /proc")
@pytest.mark.parametrize("home", ["/proc/self", "/proc/codex-home"])
def test_a_home_that_not_even_root_can_write_is_refused(home: str) -> None:
    with pytest.raises(ConfigError, match="cannot be made or written"):
        prepare_home(home)
