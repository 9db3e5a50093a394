"""What the real binary makes of a command line that this room wrote."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from codex_runtime.launch import (
    CodexVersion,
    LaunchSpec,
    build_launch,
    find_codex,
    judge,
    parse_user_agent,
    prepare_home,
)

PATIENCE_S = 60
OFFLINE = {"features": {"plugins": False, "apps": False}, "analytics": {"enabled": False}}


def spec_for(home: Path, overrides: dict[str, object]) -> LaunchSpec:
    spec = build_launch(
        find_codex(None, os.environ),
        overrides={**OFFLINE, **overrides},
        codex_home=home,
        cwd=None,
        env={"RUST_LOG": "error"},
        inherited=os.environ,
    )
    prepare_home(str(home))
    return spec


def ask_the_server(
    spec: LaunchSpec, name: str = "codex_runtime"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Shake hands as ``name``, read the configuration, and return both answers."""
    with subprocess.Popen(
        spec.argv, cwd=spec.cwd, env=spec.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        watchdog = threading.Timer(PATIENCE_S, process.kill)
        watchdog.start()
        try:
            hello = {"clientInfo": {"name": name, "title": None, "version": "0"}}
            for index, (method, params) in enumerate(
                [("initialize", hello), ("config/read", {"includeLayers": True})]
            ):
                line = json.dumps({"id": index, "method": method, "params": params})
                process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
            # Closing its input here would end the server before it answers.
            messages = map(json.loads, process.stdout)
            answers = list(islice((one for one in messages if "id" in one), 2))
        finally:
            process.kill()
            watchdog.cancel()
    first, second = answers
    return first["result"], second["result"]


def from_the_command_line(config: dict[str, Any]) -> dict[str, Any]:
    (layer,) = (one for one in config["layers"] if one["name"]["type"] == "sessionFlags")
    settings: dict[str, Any] = layer["config"]
    return settings


def test_the_binary_reads_every_kind_of_value_and_key_as_it_was_meant(tmp_path: Path) -> None:
    overrides: dict[str, object] = {
        "model": 'say "hi"\\\n\t\x00\x7f=.\'#\u00e9\U0001f600',
        "model_providers": {"my.own": {"name": "p", "base_url": "http://127.0.0.1:1/v1"}},
        "mcp_servers": {"bare-1": {"command": "true", "args": ["a b", "=", ""]}},
        "shell_environment_policy": {"set": {"": "1", "A B": "2", 'q"k': "3"}},
        "x_unknown.by.path": {"i": -(2**63), "f": 1e16, "g": 1e-07, "t": True, "e": {}, "l": []},
    }
    _, config = ask_the_server(spec_for(tmp_path, overrides))
    effective = config["config"]
    assert effective["model"] == overrides["model"]
    path = from_the_command_line(config)["x_unknown"]["by"]["path"]
    assert repr(path) == repr(overrides["x_unknown.by.path"])
    assert effective["shell_environment_policy"]["set"] == {"": "1", "A B": "2", 'q"k': "3"}
    assert effective["mcp_servers"]["bare-1"]["args"] == ["a b", "=", ""]
    assert effective["model_providers"]["my.own"]["base_url"] == "http://127.0.0.1:1/v1"


def test_a_table_written_inline_is_merged_with_the_file_and_does_not_replace_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.toml").write_text('[shell_environment_policy.set]\nFILE = "1"\n')
    spec = spec_for(tmp_path, {"shell_environment_policy": {"set": {"A.B": "2"}}})
    _, config = ask_the_server(spec)
    assert config["config"]["shell_environment_policy"]["set"] == {"FILE": "1", "A.B": "2"}


@pytest.mark.parametrize("name", ["codex_runtime", "a/b c", "web/9.9.9 (x)", "caf\u00e9"])
def test_the_version_is_read_from_the_real_user_agent_and_the_bundled_one_is_tested(
    tmp_path: Path, name: str
) -> None:
    binary = find_codex(None, os.environ)
    hello, _ = ask_the_server(spec_for(tmp_path, {}), name)
    version = parse_user_agent(hello["userAgent"], name)
    printed = subprocess.run(
        [binary.path, "--version"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert version == CodexVersion.parse(printed.stdout.split()[-1])
    # One that CODEX_BIN names may also be newer than any that was tested.
    assert judge(version) in ({"tested"} if binary.source == "bundled" else {"tested", "newer"})


def test_the_home_is_the_one_that_was_given(tmp_path: Path) -> None:
    hello, _ = ask_the_server(spec_for(tmp_path / "new", {}))
    assert Path(hello["codexHome"]).resolve() == (tmp_path / "new").resolve()


def test_the_longest_argument_allowed_still_starts(tmp_path: Path) -> None:
    long = "x" * (131_071 - len('x_unknown=""'))
    _, config = ask_the_server(spec_for(tmp_path, {"x_unknown": long}))
    assert from_the_command_line(config)["x_unknown"] == long
