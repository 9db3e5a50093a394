"""`StoreLimits`: how much a store keeps and for how long, and what counts as a byte.

Owns the three bounds, their checks and the price of an entry, so that every store forgets alike.
Does not forget anything itself. Enter at `StoreLimits`. Pure.
"""

from __future__ import annotations

from typing import Final

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.model.checks import check_int, check_seconds

__all__ = ["ENTRY_BYTES", "StoreLimits", "price_bytes"]

ENTRY_BYTES: Final = 128
"""What every entry costs beside its payload: about what Python's objects or SQLite's rows take."""

_MIB: Final = 1024 * 1024
_MOST_THREADS: Final = 1_000_000
_MOST_BYTES: Final = 1 << 40


@attrs.frozen(kw_only=True)
class StoreLimits:
    """When a store forgets; always a whole thread, with its histories and its reasoning.

    A thread is forgotten ``ttl_s`` seconds after its last use (each look-up that finds it is a
    use), and the least recently used ones as soon as there are more than ``max_threads``, or more
    than ``max_bytes`` in all. A thread that is larger than ``max_bytes`` by itself is not kept.

    Bytes are those of messages, reasoning (UTF-8), thread names, response and call ids and
    fingerprints, plus 128 for each thread, response, message, reasoning text and key of one. Raises
    `ConfigError`.
    """

    ttl_s: float = 7 * 24 * 3600.0
    max_threads: int = 256
    max_bytes: int = 512 * _MIB

    def __attrs_post_init__(self) -> None:
        check_seconds("ttl_s", self.ttl_s, ConfigError)
        check_int("max_threads", self.max_threads, ConfigError, at_least=1, at_most=_MOST_THREADS)
        check_int("max_bytes", self.max_bytes, ConfigError, at_least=1, at_most=_MOST_BYTES)


def price_bytes(*payloads: bytes) -> int:
    """What these entries count against ``max_bytes``."""
    return sum(map(len, payloads)) + ENTRY_BYTES * len(payloads)
