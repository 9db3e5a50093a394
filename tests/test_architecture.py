"""Rules of the house that no linter knows; who may import whom is checked by import-linter."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import codex_runtime

PACKAGE = Path(codex_runtime.__file__).parent
MODULES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
    if "generated" not in path.relative_to(PACKAGE).parts
}
PURE_ROOMS = ["errors", "wire", "protocol", "model", "launch"]
PURE_PARTS_OF_THE_RELAY = ["config", "failures", "request.translation", "stream.machine", "store"]
HTTP_OF_THE_RELAY = {
    "relay/app.py": {"starlette"},  # the routes
    "relay/exchange.py": {"starlette"},  # names of types alone
    "relay/hosting.py": {"h11", "hypercorn"},  # the protocol
    "relay/incoming.py": {"starlette"},  # names of types alone
    "relay/upstream.py": {"httpcore2"},  # the requests
    "relay/upstream_answer.py": {"httpcore2"},  # names of types alone
    "relay/upstream_network.py": {"httpcore2"},  # its sockets
    "relay/upstream_pool.py": {"httpcore2"},  # the connections
}
"""What comes with the extra of the relay, and who may know it: whoever serves or asks HTTP."""
MAX_MODULE_LINES = 450
TABLES = {"__init__.py"}
"""The list of public names grows with them and is read by nobody from end to end."""
MAX_FUNCTION_LINES = 60


def imports(tree: ast.Module) -> set[str]:
    """Return the distributions and rooms that a module imports anywhere, top names only."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    return found


def foreign(tree: ast.Module) -> set[str]:
    """Return the distributions among them that do not come with Python."""
    return imports(tree) - set(sys.stdlib_module_names) - {"codex_runtime"}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_opens_with_what_it_owns_and_what_it_does_not_know(module: str) -> None:
    docstring = ast.get_docstring(MODULES[module]) or ""
    assert len(docstring.splitlines()) >= 3


@pytest.mark.parametrize("module", sorted(MODULES.keys() - TABLES))
def test_a_module_is_short_enough_to_be_read(module: str) -> None:
    assert len((PACKAGE / module).read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES


@pytest.mark.parametrize("module", MODULES)
def test_a_function_fits_on_a_screen(module: str) -> None:
    long = [
        node.name
        for node in ast.walk(MODULES[module])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES
    ]
    assert long == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_uses_structs_of_the_wire_or_attrs_classes_never_both(module: str) -> None:
    assert not {"msgspec", "attrs"} <= imports(MODULES[module])


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_a_pure_room_is_imported_without_trio(room: str) -> None:
    code = f"import codex_runtime.{room}, sys; sys.exit('trio' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("part", PURE_PARTS_OF_THE_RELAY)
def test_what_the_relay_computes_is_imported_without_trio_and_its_extra(part: str) -> None:
    heavy = ["trio", *sorted(set().union(*HTTP_OF_THE_RELAY.values()))]
    code = (
        f"import codex_runtime.relay.{part}, sys; "
        f"sys.exit(' '.join(set({heavy}) & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_core_needs_attrs_msgspec_and_trio_alone() -> None:
    extras = {"cli", "testing"}
    # The first is imported when a compressed one is met, the others by who opens a relay.
    of_an_extra = {"history/rollouts/compressed.py", *HTTP_OF_THE_RELAY}
    core = [
        foreign(tree)
        for module, tree in MODULES.items()
        if module.partition("/")[0] not in extras and module not in of_an_extra
    ]
    assert set().union(*core) == {"attrs", "msgspec", "trio"}


@pytest.mark.parametrize(("module", "packages"), HTTP_OF_THE_RELAY.items())
def test_a_module_that_serves_or_asks_http_needs_what_is_named_and_no_more(
    module: str, packages: set[str]
) -> None:
    assert foreign(MODULES[module]) - {"attrs", "msgspec", "trio"} == packages
