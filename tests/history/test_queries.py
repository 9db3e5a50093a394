"""The words of a filter: what is taken, and what is refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from codex_runtime.errors import ConfigError
from codex_runtime.history.queries import words


@pytest.mark.parametrize("given", [["cli", "exec"], ("cli", "exec"), iter(["cli", "exec"])])
def test_a_filter_has_its_words_whatever_they_come_in(given: Any) -> None:
    assert words("source_kinds", given) == ("cli", "exec")


def test_a_generator_as_a_filter_is_not_used_up_by_its_check() -> None:
    given: Any = (word for word in ("cli", "exec"))
    assert words("source_kinds", given) == ("cli", "exec")


def test_no_words_are_no_filter() -> None:
    assert words("source_kinds", None) == words("source_kinds", []) == ()


@pytest.mark.parametrize("given", [5, True, "cli", b"cli", [5], [""], object()])
def test_what_has_no_words_is_refused_by_the_name_of_the_filter(given: Any) -> None:
    with pytest.raises(ConfigError, match="source_kinds"):
        words("source_kinds", given)
