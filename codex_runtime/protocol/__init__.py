"""The Codex vocabulary: typed methods, events and items, and the tolerant codec.

Owns every name the app-server's protocol has; knows no I/O, no connection, no user. Types are
generated from the pinned binary's own schema and loaded when first used. Start with `Method` and
the tables `CLIENT_METHODS`, `NOTIFICATIONS`, `SERVER_REQUESTS`; bytes become values in
`decode_notification`, `decode_server_request` and `decode_result`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from codex_runtime.protocol.generated import names

if TYPE_CHECKING:
    # The names are the index's, all of them: a list here would only repeat it.
    from codex_runtime.protocol.generated.names import *  # noqa: F403

__all__: list[str] = []
__all__ += names.__all__


def __getattr__(name: str) -> object:
    module = names.MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *names.__all__})
