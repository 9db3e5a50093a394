"""The list of what this library uses of the protocol is what its code uses."""

from __future__ import annotations

import ast
from pathlib import Path

import codex_runtime
from codex_runtime import protocol
from codex_runtime.protocol import CLIENT_METHODS, NOTIFICATIONS, SERVER_REQUESTS
from codex_runtime.protocol.generator.plan import make_plan
from codex_runtime.protocol.schema_file import load, schema_file
from codex_runtime.protocol.used import (
    USED_CLIENT_METHODS,
    USED_CLIENT_NOTIFICATIONS,
    USED_NOTIFICATIONS,
    USED_SERVER_REQUESTS,
)

PACKAGE = Path(codex_runtime.__file__).parent
SCHEMA = load(schema_file())
# Words of their own as well: as a text they say nothing, their events are found by the import.
AMBIGUOUS = {"error", "warning"}


def wire_name(name: str) -> str | None:
    """The method behind a name of the protocol package: a `Method`, or an event."""
    value = getattr(protocol, name, None)
    if isinstance(value, protocol.Method):
        return str(value.name)
    return getattr(value, "METHOD", None)


def used_in(tree: ast.Module) -> set[str]:
    """The methods that a module imports from the protocol, or names in a text of its own."""
    known = {*CLIENT_METHODS, *NOTIFICATIONS, *SERVER_REQUESTS, *SCHEMA.client_notifications}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(protocol.__name__):
            found |= {name for alias in node.names if (name := wire_name(alias.name))}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {node.value} & (known - AMBIGUOUS)
    return found


def test_what_the_package_imports_and_names_is_on_the_list_and_nothing_else() -> None:
    skipped = {"generated", "generator", "testing"}
    used: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        inside = path.relative_to(PACKAGE)
        if not skipped & set(inside.parts) and inside != Path("protocol/used.py"):
            used |= used_in(ast.parse(path.read_text(encoding="utf-8")))
    assert sorted(used & CLIENT_METHODS.keys()) == list(USED_CLIENT_METHODS)
    assert sorted(used & NOTIFICATIONS.keys()) == list(USED_NOTIFICATIONS)
    assert sorted(used & SERVER_REQUESTS.keys()) == list(USED_SERVER_REQUESTS)
    assert sorted(used & SCHEMA.client_notifications.keys()) == list(USED_CLIENT_NOTIFICATIONS)


def test_the_results_on_the_list_are_those_of_the_tables() -> None:
    plan = make_plan(SCHEMA)
    results = {method.name: method.result for method in plan.methods}
    answers = {request.name: request.response for request in plan.server_requests}
    assert {name: results[name] for name in USED_CLIENT_METHODS} == USED_CLIENT_METHODS
    assert {name: answers[name] for name in USED_SERVER_REQUESTS} == USED_SERVER_REQUESTS
