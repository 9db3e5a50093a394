"""The limits, and what counts against them."""

from __future__ import annotations

import math

import pytest

from codex_runtime.errors import ConfigError
from codex_runtime.relay.store.limits import StoreLimits, price_bytes


def test_a_week_256_threads_and_512_mib_are_the_defaults() -> None:
    limits = StoreLimits()
    assert (limits.ttl_s, limits.max_threads, limits.max_bytes) == (604_800, 256, 536_870_912)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ttl_s", 0),
        ("ttl_s", -1.0),
        ("ttl_s", math.inf),
        ("ttl_s", math.nan),
        ("ttl_s", "7 days"),
        ("ttl_s", True),
        ("max_threads", 0),
        ("max_threads", 1_000_001),
        ("max_threads", 2.0),
        ("max_bytes", 0),
        ("max_bytes", True),
        ("max_bytes", None),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_by_its_name(name: str, value: object) -> None:
    given: dict[str, object] = {name: value}
    with pytest.raises(ConfigError) as refusal:
        StoreLimits(**given)  # type: ignore[arg-type]
    assert refusal.value.name == name


def test_an_entry_costs_its_payload_and_a_constant() -> None:
    assert price_bytes() == 0
    assert price_bytes(b"", b"four") == 128 + 132
