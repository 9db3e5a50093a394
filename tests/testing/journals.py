"""The recorded conversations with the real app-server, as a runtime would have written a journal.

Owns which call of the writer a record stands for. The conversations are those of
`codex_runtime.testing`; what is left out of them is the writer's. Enter at `write_journal`.
"""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeAlias

from codex_runtime.history.journal.entries import entry_line, header_line
from codex_runtime.history.journal.recording import Recording
from codex_runtime.testing.fake_server import transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from codex_runtime.history.journal.entries import Record

__all__ = ["START_MS", "Json", "side_by_side", "without", "write_journal", "write_records"]

# Any: plain JSON, looked into key by key.
Json: TypeAlias = Any

_MOVED = 100
START_MS = 1_795_233_298_000
"""When everything happened if no message says when."""


def write_journal(path: Path, scene: str) -> Path:
    """The journal of a recorded conversation, at ``path``."""
    return write_records(path, transcript(scene))


def write_records(path: Path, records: Iterable[Json]) -> Path:
    """The journal of any records of that form; of what the server said, any line as text."""
    lines = [header_line(1, START_MS)]
    lines += [entry_line(seq, record) for seq, record in enumerate(_recorded(records), 1)]
    path.write_bytes(b"".join(lines))
    return path


def without(records: Iterable[Json], *request_ids: int) -> list[Json]:
    """The records without those requests of the client and their answers."""
    return [
        record
        for record in records
        if record["from"] == "process"
        or record["message"].get("id") not in request_ids
        or (record["from"] == "server" and "method" in record["message"])
    ]


def side_by_side(one: Iterable[Json], other: Iterable[Json]) -> list[Json]:
    """Two recorded processes as one that had both clients' threads, message by message in turn."""
    first, second = list(one), list(other)[3:]
    hello, rest = first[:3], first[3:]
    moved = [
        {**record, "message": {**record["message"], "id": record["message"]["id"] + _MOVED}}
        if "id" in record["message"]
        else record
        for record in second
    ]
    riffled = [record for pair in zip_longest(rest, moved) for record in pair if record]
    return hello + [record for record in riffled if record["from"] != "process"]


def _recorded(records: Iterable[Json]) -> Iterator[Record]:
    records = list(records)
    times_ms = [r["message"]["emittedAtMs"] for r in records if "emittedAtMs" in r["message"]]
    generation, at_ms = 0, next(iter(times_ms), START_MS)
    recording: Recording | None = None
    for record in records:
        message = record["message"]
        if "emittedAtMs" in message:
            at_ms = message["emittedAtMs"]
        if recording is None:
            generation += 1
            recording = Recording(generation)
            yield recording.begun(at_ms, "runtime")
        line = _line(message)
        if record["from"] == "process":
            returncode = message["returncode"]
            yield recording.ended(at_ms, "eof" if returncode == 0 else "crash", returncode)
            recording = None
        elif record["from"] == "client":
            yield from recording.sent(line + b"\n", at_ms)
        else:
            yield from recording.received(line, at_ms)


def _line(message: Json) -> bytes:
    return message.encode() if isinstance(message, str) else json.dumps(message).encode()
