"""The body of a request, read once and checked before anything is done with it.

Owns what is refused outright, with the place in the JSON and what to do instead. Does not know
what becomes of an item. Enter at `read_request`.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Final, cast

import msgspec

from codex_runtime.relay.failures import Refused, bad_request
from codex_runtime.relay.shapes.asked import InputItem, ResponsesRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Asked", "Fields", "read_items", "read_request", "thread_of"]

Fields = dict[str, msgspec.Raw]
"""The fields of a request as they came."""

_MAX_SEARCHED_BYTES: Final = 4 * 1024 * 1024
"""A longer body is not read a second time, by a slower reader, only to say where it is wrong."""
_THREAD_HEADER: Final = "thread-id"
_PATH: Final = re.compile(r"(.*) - at `(?:key in )?\$\.?(.*)`$", re.DOTALL)
_UNSUPPORTED: Final = {
    "background": "ask with `stream` and read the answer as it comes",
    "conversation": "send the whole conversation in `input`, or use `previous_response_id`",
    "prompt": "send the text of the prompt template in `instructions` and `input`",
}


class _Inputs(msgspec.Struct):
    input: str | list[msgspec.Raw]


_REQUEST: Final = msgspec.json.Decoder(ResponsesRequest)
_INPUTS: Final = msgspec.json.Decoder(_Inputs)
_FIELDS: Final = msgspec.json.Decoder(Fields)
_ITEM: Final = msgspec.json.Decoder(InputItem)


class Asked:
    """One request, decoded; it keeps the body for what is only needed at times."""

    __slots__ = ("_body", "request")

    request: ResponsesRequest

    def __init__(self, request: ResponsesRequest, body: bytes) -> None:
        self.request = request
        self._body = body

    def input_items(self) -> tuple[bytes, ...]:
        """The input as encoded Responses items, each as it came; a text is one user message."""
        given = _INPUTS.decode(self._body).input
        if isinstance(given, str):
            part = {"type": "input_text", "text": given}
            message = {"type": "message", "role": "user", "content": [part]}
            return (msgspec.json.encode(message),)
        return tuple(bytes(item) for item in given)

    def fields(self) -> Fields:
        """Every field of the body as it came, known or not."""
        return _FIELDS.decode(self._body)


def read_request(body: bytes) -> Asked:
    """Decode the body of ``POST /v1/responses``.

    Raises:
        Refused: It is no such request, or asks for what no relay can do. The failure names the
            field and says what to do.
    """
    try:
        body.decode()  # what is passed on as it came is not looked at again
        request = _REQUEST.decode(body)
    except msgspec.ValidationError as problem:
        raise _mistyped(str(problem)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise _malformed(body, str(problem)) from None
    except RecursionError:
        raise _refused("The body is nested too deeply: send flatter JSON") from None
    for field, advice in _UNSUPPORTED.items():
        if getattr(request, field):
            raise _refused(f"`{field}` is not supported by this relay: {advice}", field)
    return Asked(request, body)


def read_items(encoded: Sequence[bytes]) -> list[InputItem]:
    """Decode stored items.

    Raises:
        Refused: One of them is no item; the store holds what no relay has put in.
    """
    try:
        return [_ITEM.decode(item) for item in encoded]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        field = "previous_response_id"
        message = f"The history of `{field}` cannot be read ({problem}): send the whole input"
        raise _refused(message, field) from None


def thread_of(asked: Asked, headers: Mapping[str, str]) -> str | None:
    """The conversation that a request says it belongs to, or None.

    The header ``thread-id`` comes first, then ``client_metadata.thread_id``, then
    ``prompt_cache_key``. The names of ``headers`` are lower case.
    """
    request = asked.request
    metadata = request.client_metadata or {}
    for named in (headers.get(_THREAD_HEADER), metadata.get("thread_id"), request.prompt_cache_key):
        if isinstance(named, str) and named:
            return named
    return None


def _refused(message: str, param: str | None = None) -> Refused:
    return Refused(bad_request(message, param=param))


def _mistyped(problem: str) -> Refused:
    found = _PATH.match(problem)
    if found is None:
        return _refused(f"The body is no Responses request: {problem}")
    what, path = found.groups()
    return _refused(f"`{path}` has a wrong type: {what}", path)


def _malformed(body: bytes, problem: str) -> Refused:
    """Name the place of a text or number that JSON cannot carry, if that is what is wrong."""
    try:
        tree = cast("object", json.loads(body)) if len(body) <= _MAX_SEARCHED_BYTES else None
    except (ValueError, RecursionError):
        return _refused(f"The body is no JSON: {problem}")
    for path, why in _faults(tree):
        return _refused(f"`{path}` {why}", path)
    return _refused(f"The body is no JSON: {problem}")


def _faults(tree: object) -> Iterator[tuple[str, str]]:
    """Where the tree holds what only a lenient reader takes, in no order."""
    waiting: list[tuple[str, object]] = [("", tree)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            if not _is_text(value):
                yield path, "is no text (half of a surrogate pair): send whole characters"
        elif isinstance(value, float):
            if not math.isfinite(value):
                yield path, "is no finite number: send one, or leave the field out"
        elif isinstance(value, dict):
            for key, entry in cast("dict[str, object]", value).items():
                waiting.append((f"{path}.{key}" if path else key, entry))
                if not _is_text(key):
                    yield path or "$", "has a key that is no text (half of a surrogate pair)"
        elif isinstance(value, list):
            entries = cast("list[object]", value)
            waiting += [(f"{path}[{index}]", entry) for index, entry in enumerate(entries)]


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
