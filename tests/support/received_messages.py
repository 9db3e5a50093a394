"""Whether what an app-server wrote to a client is what the schema of the real one says.

Owns the reading of a server's messages: notifications, requests, and results by what was asked.
Knows no process; the strict reading of a value is `schema_check`. Enter at `received_problems`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from codex_runtime.protocol.generator.plan import make_plan
from codex_runtime.protocol.schema_file import load, schema_file
from tests.support.schema_check import SchemaCheck

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.support.schema_check import Json

__all__ = ["received_problems"]


@cache
def _definitions() -> tuple[SchemaCheck, Mapping[str, str], Mapping[str, str], Mapping[str, str]]:
    plan = make_plan(load(schema_file()))
    return (
        SchemaCheck(plan.schema.definitions),
        {row.name: row.payload for row in plan.notifications},
        {row.name: row.params for row in plan.server_requests},
        {row.name: row.result for row in plan.methods},
    )


def received_problems(received: Iterable[Json], sent: Iterable[Json]) -> Iterator[str]:
    """What is wrong with these messages of the server; those of the client say what was asked."""
    check, notifications, requests, results = _definitions()
    asked = {message.get("id"): message["method"] for message in sent if "method" in message}
    for message in received:
        method = message.get("method")
        if method is None and "error" in message:
            yield from check.problems(message, "JSONRPCError")
            continue
        if method is None:
            method = asked[message["id"]]
            found = check.problems(message["result"], results[method])
        else:
            kinds = requests if "id" in message else notifications
            found = check.problems(message["params"], kinds[method])
        yield from (f"{method}: {problem}" for problem in found)
