from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.launch import (
    MIN_SUPPORTED,
    TESTED,
    CodexVersion,
    about_untested,
    judge,
    parse_user_agent,
)
from codex_runtime.launch import version as version_module

SYSTEM = "(Debian 12.0.0; x86_64) xterm (codex_runtime; 0.1.0)"
numbers = st.integers(0, 10**9 - 1)
identifiers = st.from_regex(r"[0-9A-Za-z-]{1,8}(\.[0-9A-Za-z-]{1,8}){0,2}", fullmatch=True)
versions = st.builds(CodexVersion, numbers, numbers, numbers, st.just("") | identifiers)


def version(text: str) -> CodexVersion:
    parsed = CodexVersion.parse(text)
    assert parsed is not None
    return parsed


@given(versions)
def test_a_version_reads_back_what_it_writes(one: CodexVersion) -> None:
    assert CodexVersion.parse(str(one)) == one


@given(versions, versions)
def test_of_two_versions_one_comes_first_or_they_weigh_the_same(
    one: CodexVersion, other: CodexVersion
) -> None:
    assert (one < other) + (other < one) <= 1
    assert (one == other) <= (not one < other and not other < one)


def test_versions_are_ordered_as_semantic_versioning_says() -> None:
    rising = [
        "0.9.9",
        "0.163.0-1",
        "0.163.0-2",
        "0.163.0-11",
        "0.163.0-alpha",
        "0.163.0-alpha.2",
        "0.163.0-alpha.11",
        "0.163.0-alpha.beta",
        "0.163.0-beta",
        "0.163.0",
        "0.163.1",
        "0.170.0-alpha.3",
        "0.170.0",
        "1.0.0",
    ]
    for lower, higher in pairwise(map(version, rising)):
        assert lower < higher
        assert higher >= lower


def test_build_metadata_does_not_count() -> None:
    assert version("0.163.0+linux.1") == version("0.163.0")


def test_a_version_is_not_compared_with_anything_else() -> None:
    with pytest.raises(TypeError):
        sorted([TESTED, "0.163.0"])  # type: ignore[type-var]


@pytest.mark.parametrize(
    "text", ["", "0.163", "v0.163.0", "0.163.0 ", "0.163.x", "0.163.0-", "\u0663.0.0"]
)
def test_what_is_no_version_reads_as_none(text: str) -> None:
    assert CodexVersion.parse(text) is None


@pytest.mark.parametrize("number", ["0.163.0", "0.170.0-alpha.3"])
@pytest.mark.parametrize(
    "name",
    ["codex_runtime", "my/service", "a b c", "web/1.2.3 (prod)", "", "9.9.9", "/"],
)
def test_the_version_is_found_behind_any_client_name(name: str, number: str) -> None:
    assert str(parse_user_agent(f"{name}/{number} {SYSTEM}", name)) == number


def test_a_name_that_the_server_wrote_differently_does_not_hide_the_version() -> None:
    assert parse_user_agent(f"my_app/0.163.0 {SYSTEM}", "my\u00e4app") == MIN_SUPPORTED


def test_a_name_that_repeats_the_start_of_another_does_not_confuse() -> None:
    assert parse_user_agent(f"app/extra/0.163.0 {SYSTEM}", "app") == MIN_SUPPORTED


@pytest.mark.parametrize("user_agent", ["", "codex_runtime", "codex_runtime/main", "cat/1.2 (x)"])
def test_a_user_agent_without_a_version_gives_none(user_agent: str) -> None:
    assert parse_user_agent(user_agent, "codex_runtime") is None


@given(st.text(max_size=60), st.text(max_size=10))
def test_no_user_agent_is_too_strange_to_read(user_agent: str, name: str) -> None:
    assert isinstance(parse_user_agent(user_agent, name), CodexVersion | None)


def test_the_supported_and_the_tested_version_are_tested_and_in_order() -> None:
    assert judge(MIN_SUPPORTED) == judge(TESTED) == "tested"
    assert MIN_SUPPORTED <= TESTED
    assert judge(version(f"{MIN_SUPPORTED}-alpha.1")) == "older"


@pytest.mark.parametrize(
    ("text", "judgement"),
    [
        ("0.2.9", "older"),
        ("0.3.0-alpha.1", "older"),
        ("0.3.0", "tested"),
        ("0.4.0-alpha.1", "tested"),
        ("0.5.0", "tested"),
        ("0.5.1-alpha.1", "newer"),
        ("0.5.1", "newer"),
        ("1.0.0", "newer"),
    ],
)
def test_versions_are_judged_by_the_tested_range(
    text: str, judgement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_module, "MIN_SUPPORTED", version("0.3.0"))
    monkeypatch.setattr(version_module, "TESTED", version("0.5.0"))
    assert judge(version(text)) == judgement


def test_a_missing_version_and_a_build_from_source_are_unknown() -> None:
    assert judge(None) == judge(version("0.0.0")) == "unknown"


@pytest.mark.parametrize(
    ("version_told", "words"),
    [
        (CodexVersion(99, 1, 2), "the app-server is 99.1.2;"),
        (CodexVersion(0, 0, 0), "calls itself 0.0.0, which is a build from source;"),
        (None, "does not tell its version (user agent 'odd');"),
    ],
)
def test_of_an_untested_server_it_is_said_what_it_is_what_was_tested_and_what_to_do(
    version_told: CodexVersion | None, words: str
) -> None:
    said = about_untested(version_told, "odd")
    assert words in said
    assert f"tested up to {TESTED}" in said
    assert "codex-runtime schema diff" in said
    assert "pip install 'codex-runtime[codex]'" in said
