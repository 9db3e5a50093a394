"""The Codex vocabulary: typed methods, events and items, and the tolerant codec.

Owns every name the app-server's protocol has; knows no I/O, no connection, no user. Types are
generated from the pinned binary's own schema and loaded when first used. Start with `Method` and
the tables `CLIENT_METHODS`, `NOTIFICATIONS`, `SERVER_REQUESTS`; bytes become values in
`decode_notification`, `decode_server_request` and `decode_result`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codex_runtime.protocol.generated import names

    # The names are the index's, all of them: a list here would only repeat it.
    from codex_runtime.protocol.generated.names import *  # noqa: F403

    __all__: list[str] = []
    __all__ += names.__all__

_INDEX = "codex_runtime.protocol.generated.names"


# The index is loaded on first use too: the generator, which writes it, must start without it.
def __getattr__(name: str) -> object:
    index = import_module(_INDEX)
    value: object
    if name == "__all__":
        value = index.__all__
    elif (module := index.MODULE_OF.get(name)) is not None:
        value = getattr(import_module(f"{__name__}.{module}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *import_module(_INDEX).__all__})
