"""Whether what a client wrote to an app-server is what the schema of that server says.

Owns the reading of both directions of one connection: lines, requests, notifications, and answers
by what the server asked. Knows no process and no transport; the strict reading of a value is
`schema_check`. Enter at `MessageCheck`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.support.schema_check import SchemaCheck

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from codex_runtime.protocol.schema_file import Schema
    from tests.support.schema_check import Json

__all__ = ["MessageCheck"]

_ENVELOPES: Final[Mapping[frozenset[str], str]] = {
    frozenset({"id", "method"}): "JSONRPCRequest",
    frozenset({"method"}): "JSONRPCNotification",
    frozenset({"id", "result"}): "JSONRPCResponse",
    frozenset({"id", "error"}): "JSONRPCError",
}


class MessageCheck:
    """What a client may say to a server of one version.

    ``stable`` and ``experimental`` are its schema without and with what is experimental; which of
    them holds is told by the ``initialize`` that the client wrote.
    """

    def __init__(self, stable: Schema, experimental: Schema) -> None:
        self._stable = _Vocabulary(stable)
        self._experimental = _Vocabulary(experimental)

    def problems(self, sent: bytes, received: bytes) -> list[str]:
        """What is wrong with the lines of one connection; empty when nothing is.

        Each problem begins with the method. Of what was received only the server's requests count.
        """
        asked: dict[Json, str] = {
            message["id"]: message["method"]
            for message in _messages(received)
            if isinstance(message, dict) and message.keys() >= {"id", "method"}
        }
        found: list[str] = []
        vocabulary = self._stable
        for message in _messages(sent):
            if isinstance(message, str):
                found.append(message)
                continue
            if message.get("method") == "initialize" and _is_experimental(message):
                vocabulary = self._experimental
            found += vocabulary.problems(message, asked)
        if sent and not sent.endswith(b"\n"):
            found.append(f"the last line has no end: {sent[-100:]!r}")
        return found


class _Vocabulary:
    """One schema, ready to be asked."""

    def __init__(self, schema: Schema) -> None:
        self._params = {
            "JSONRPCRequest": _params(schema.client_methods),
            "JSONRPCNotification": _params(schema.client_notifications),
        }
        self._results = {
            method: row["params"]["$ref"].removesuffix("Params") + "Response"
            for method, row in schema.server_requests.items()
        }
        nodes = [node for methods in self._params.values() for node in methods.items()]
        self._check = SchemaCheck({**schema.definitions, **dict(nodes)})

    def problems(self, message: dict[str, Json], asked: dict[Json, str]) -> Iterable[str]:
        """Those of one message; an answer takes its request out of ``asked``."""
        envelope = _ENVELOPES.get(frozenset(message) & {"id", "method", "result", "error"})
        if envelope is None:
            return [f"this is no JSON-RPC message: {_shown(message)}"]
        within = self._check.problems(message, envelope)
        what = message.get("method")
        if what is None:
            what, answered = self._of_answer(message, envelope, asked)
            within += answered
        elif what in self._params[envelope]:
            within += self._check.problems(message.get("params"), what)
        else:
            within.append("the schema has no such method")
        return [f"{what}: {problem}" for problem in within]

    def _of_answer(
        self, message: dict[str, Json], envelope: str, asked: dict[Json, str]
    ) -> tuple[str, list[str]]:
        method = asked.pop(message.get("id"), None)
        if method is None:
            return f"answer {message.get('id')!r}", ["nothing was asked, or it was answered before"]
        if envelope == "JSONRPCError":
            return f"refusal of {method}", []
        if method not in self._results:
            return f"answer to {method}", ["the schema has no such server request"]
        problems = self._check.problems(message["result"], self._results[method])
        return f"answer to {method}", problems


def _params(methods: Mapping[str, Json]) -> dict[str, Json]:
    return {name: row["params"] for name, row in methods.items()}


def _messages(stream: bytes) -> Iterator[Json]:
    """Each line's object, or a text that says why it is none."""
    for line in stream.split(b"\n"):
        if not line:
            continue
        try:
            message: Json = json.loads(line)
        except ValueError as error:
            yield f"this line is no JSON ({error}): {line[:100]!r}"
            continue
        yield message if isinstance(message, dict) else f"this line is no object: {_shown(message)}"


def _is_experimental(message: dict[str, Json]) -> bool:
    params = message.get("params") or {}
    return (params.get("capabilities") or {}).get("experimentalApi") is True


def _shown(message: Json) -> str:
    return json.dumps(message)[:200]
