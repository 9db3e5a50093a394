"""A client in a process of its own, to be killed: ``python -m ... FACTORY CODEX_BIN``.

Owns the name by which a client on trial is found again in another process. Knows no faults. Enter
at `name_of` and `main`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, cast

import trio

from codex_runtime.testing.faults.client import ClientOptions, Place

if TYPE_CHECKING:
    from codex_runtime.testing.faults.client import ClientFactory

__all__ = ["main", "name_of"]


def name_of(factory: ClientFactory) -> str:
    """``module:name``, or ``module:class.name`` of a class's own."""
    owner = getattr(factory, "__self__", None)
    name: str = factory.__name__
    if isinstance(owner, type):
        return f"{owner.__module__}:{owner.__qualname__}.{name}"
    return f"{factory.__module__}:{name}"


def _found(name: str) -> ClientFactory:
    module, _, path = name.partition(":")
    found: object = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return cast("ClientFactory", found)


async def main(factory: str, codex_bin: str) -> None:
    """Open the client, say ``ready``, close it at the end of the input."""
    async with _found(factory)(Place(codex_bin=codex_bin), ClientOptions()) as client:
        await client.start_thread()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await trio.to_thread.run_sync(sys.stdin.read)


if __name__ == "__main__":
    trio.run(main, sys.argv[1], sys.argv[2])
