from __future__ import annotations

import ast
import importlib.metadata
import importlib.resources
import inspect
import subprocess
import sys
from importlib import import_module

import pytest

import codex_runtime

HANDLES = ["Runtime", "Session", "Subscription", "Turn"]


@pytest.mark.parametrize("name", codex_runtime.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(codex_runtime, name) is not None
    assert name in vars(codex_runtime)


def test_the_list_of_public_names_is_sorted_and_has_no_name_twice() -> None:
    assert codex_runtime.__all__ == sorted(set(codex_runtime.__all__))


def test_dir_shows_every_public_name() -> None:
    assert set(codex_runtime.__all__) <= set(dir(codex_runtime))


def test_every_error_is_public() -> None:
    assert set(import_module("codex_runtime.errors").__all__) <= set(codex_runtime.__all__)


def test_what_type_checkers_see_is_what_is_loaded() -> None:
    tree = ast.parse(inspect.getsource(codex_runtime))
    (block,) = (
        node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node)
    )
    seen = {
        alias.name: statement.module
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    assert sorted([*seen, "__version__"]) == codex_runtime.__all__
    for name, module in seen.items():
        assert getattr(import_module(str(module)), name) is getattr(codex_runtime, name)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'open_runtimes'"):
        codex_runtime.open_runtimes  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ["trio", "msgspec", "attrs", "asyncio", "codex_runtime.errors"]
    code = f"import codex_runtime, sys; sys.exit(' '.join(set({heavy}) & set(sys.modules)) or 0)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", HANDLES)
def test_a_handle_is_final(name: str) -> None:
    assert getattr(codex_runtime, name).__final__ is True


def test_the_package_is_typed() -> None:
    assert importlib.resources.files("codex_runtime").joinpath("py.typed").is_file()


def test_the_version_is_the_one_that_was_installed() -> None:
    assert codex_runtime.__version__ == importlib.metadata.version("codex-runtime")
