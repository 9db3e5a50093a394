"""The page of promises and the tests agree: every promise is shown, by tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
SECTIONS = {
    found[1]: found[2] for found in re.finditer(r"(?ms)^## (P\d+): .*?\n(.*?)(?=^## |\Z)", PAGE)
}
NAMED = {
    promise: re.findall(r"^- `(tests/\S+)::(\w+)`$", text, re.MULTILINE)
    for promise, text in SECTIONS.items()
}


def test_the_promises_are_numbered_upwards_from_p1_to_p12_at_most() -> None:
    numbers = [int(promise[1:]) for promise in SECTIONS]
    assert numbers == sorted(set(numbers))
    assert set(numbers) <= set(range(1, 13))


@pytest.mark.parametrize("promise", SECTIONS)
def test_every_promise_names_the_tests_that_show_it(promise: str) -> None:
    assert NAMED[promise]


@pytest.mark.parametrize(
    ("path", "name"), sorted({test for named in NAMED.values() for test in named})
)
def test_every_test_that_a_promise_names_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, functions)}


def test_no_line_of_the_page_names_a_test_in_another_form() -> None:
    lines = [line for line in PAGE.splitlines() if "::" in line]
    assert len(lines) == sum(map(len, NAMED.values()))
