"""What decoding a message costs, kind by kind. Run by ``nox -s bench``.

Each line is read in two ways in turn: ours, envelope and typed params, and msgspec's own decoder
without types, which gives plain dicts. The ratio within one run is what counts: machines are
noisy. Lines are the recorded ones where there are some, else the fullest that the schema allows.
Exits with 1 when a typed delta costs more than twice its line without types. ``--json`` for
machines.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import timeit
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from codex_runtime.protocol import NOTIFICATIONS, decode_notification
from codex_runtime.protocol.schema_file import load, schema_file
from codex_runtime.wire.messages import Envelope, decode_block

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.schema_samples import NEW_FIELD, Samples

if TYPE_CHECKING:
    from collections.abc import Callable

TRANSCRIPT = files("codex_runtime") / "testing" / "transcripts" / "codex-0.163.0-session.jsonl"
MAX_DELTA_RATIO = 2.0
ROUNDS = 7
MEASURED_S = 0.02
BLOCK_LINES = 20
"""A block of this many lines is decoded at once, as one read of a busy server is."""

UNTYPED = msgspec.json.Decoder()


def recorded() -> dict[str, list[bytes]]:
    """The lines of the recorded session by kind: the method, and the item's type where one is."""
    found: dict[str, list[bytes]] = {}
    for line in TRANSCRIPT.read_bytes().splitlines():
        record = json.loads(line)
        message = record["message"]
        if record["from"] == "server" and "method" in message and "id" not in message:
            found.setdefault(kind_of(message), []).append(msgspec.json.encode(message))
    return found


def kind_of(message: dict[str, Any]) -> str:
    """The method; with the type of its item, which decides what it costs."""
    item = message["params"].get("item") or {}
    return f"{message['method']} {item.get('type', '')}".strip()


def lines_by_kind() -> dict[str, tuple[str, bytes]]:
    """For every notification and every kind of item: where the line is from, and the line."""
    found: dict[str, tuple[str, bytes]] = {}
    for kind, lines in recorded().items():
        found[kind] = ("recorded", sorted(lines, key=len)[len(lines) // 2])
    schema = load(schema_file())
    samples = Samples(schema.definitions)
    for name in NOTIFICATIONS:
        for params in samples.of(schema.notifications[name]["params"]["$ref"]):
            message = {"method": name, "params": params, "emittedAtMs": 1_763_700_000_000}
            kind = kind_of(message)
            if found.get(kind, ("schema", b""))[0] == "schema":
                line = msgspec.json.encode(message)
                known = found.get(kind, ("", b""))[1]
                found[kind] = ("schema", max(known, line, key=len))
    delta = json.loads(found["item/agentMessage/delta"][1])
    delta["params"][NEW_FIELD] = 1
    found["item/agentMessage/delta, one unknown field"] = ("made", msgspec.json.encode(delta))
    delta["method"] = "item/unheardOf/delta"
    found["a delta of an unknown method"] = ("made", msgspec.json.encode(delta))
    return dict(sorted(found.items()))


def typed(block: bytes) -> None:
    """Read a block as the router does."""
    for envelope in decode_block(block):
        assert isinstance(envelope, Envelope)
        decode_notification(str(envelope.method), envelope.params)


def untyped(block: bytes) -> None:
    """Read a block into plain dicts."""
    UNTYPED.decode_lines(block)


def microseconds(work: Callable[[], None], times: int) -> float:
    """Per line, of one round."""
    return 1e6 * timeit.timeit(work, number=times) / times / BLOCK_LINES


def measure(line: bytes) -> tuple[float, float]:
    """Medians over rounds that alternate: ours, and without types."""
    block = b"\n".join([line] * BLOCK_LINES) + b"\n"
    typed(block)
    once_s = timeit.timeit(lambda: typed(block), number=1)
    times = max(3, int(MEASURED_S / once_s))
    rounds = [
        (microseconds(lambda: typed(block), times), microseconds(lambda: untyped(block), times))
        for _ in range(ROUNDS)
    ]
    ours, theirs = zip(*rounds, strict=True)
    return statistics.median(ours), statistics.median(theirs)


def main() -> int:
    """Measure every kind and hold the delta against its bound."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    rows: list[dict[str, Any]] = []
    if not as_json:
        print(
            f"{'kind':60} {'line':9} {'bytes':>6} {'typed us':>9} {'untyped us':>10} {'ratio':>6}"
        )
    for kind, (source, line) in lines_by_kind().items():
        ours, theirs = measure(line)
        row = {
            "kind": kind,
            "source": source,
            "line_bytes": len(line),
            "typed_us": round(ours, 3),
            "untyped_us": round(theirs, 3),
            "ratio": round(ours / theirs, 2),
        }
        rows.append(row)
        if not as_json:
            numbers = f"{len(line):6} {ours:9.2f} {theirs:10.2f} {ours / theirs:6.2f}"
            print(f"{kind:60} {source:9} {numbers}")
    (delta,) = (row for row in rows if row["kind"] == "item/agentMessage/delta")
    if as_json:
        print(json.dumps(rows, indent=1))
    missed = delta["ratio"] > MAX_DELTA_RATIO
    if missed:
        print(f"a typed delta costs {delta['ratio']} of an untyped one", file=sys.stderr)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
