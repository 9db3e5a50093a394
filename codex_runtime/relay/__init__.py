"""A relay that lets Codex drive a server that speaks nothing but Chat Completions.

Owns the public names of this room and loads each when it is first used, for the parts that serve
HTTP come with the extra ``relay``. Enter at `open_relay`, which serves a `RelayConfig` and gives
its URL and the provider for a `Runtime`; `build_app` is the ASGI app for a host of one's own.
What is kept between requests is a `SessionStore`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codex_runtime.relay.app import build_app
    from codex_runtime.relay.config import RelayConfig
    from codex_runtime.relay.server import Relay, open_relay
    from codex_runtime.relay.statistics import RelayStatistics
    from codex_runtime.relay.store.limits import StoreLimits
    from codex_runtime.relay.store.memory import MemoryStore
    from codex_runtime.relay.store.protocol import FinishedTurn, SessionStore
    from codex_runtime.relay.store.sqlite import SqliteStore

__all__ = [
    "FinishedTurn",
    "MemoryStore",
    "Relay",
    "RelayConfig",
    "RelayStatistics",
    "SessionStore",
    "SqliteStore",
    "StoreLimits",
    "build_app",
    "open_relay",
]

# Where each is; one that stands here is loaded with nothing else of this room.
_HOMES = {
    "FinishedTurn": "store.protocol",
    "MemoryStore": "store.memory",
    "Relay": "server",
    "RelayConfig": "config",
    "RelayStatistics": "statistics",
    "SessionStore": "store.protocol",
    "SqliteStore": "store.sqlite",
    "StoreLimits": "store.limits",
    "build_app": "app",
    "open_relay": "server",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(globals().keys() | set(__all__))
