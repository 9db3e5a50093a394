"""No client: lines are cut and decoded, and nothing else. What any client has to pay."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from codex_runtime.protocol import AgentMessageDelta, TurnCompleted, decode_notification
from codex_runtime.wire.messages import Envelope, decode_block
from tests.bench.consumer import Clock
from tests.bench.sides import other_side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.job import Job

READ_BYTES = 65_536


def measure(job: Job) -> dict[str, Any]:
    """CPU per event of a stream, routed nowhere and delivered to nobody."""
    with (
        other_side(job) as side,
        subprocess.Popen([side.starter], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        blocks = blocks_of(process.stdout.fileno())
        for method, params in (
            ("initialize", {"clientInfo": {"name": "floor", "version": "0"}}),
            ("thread/start", {}),
            ("turn/start", {"threadId": "0"}),
        ):
            message = {"id": method, "method": method, "params": params}
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
            while f'"id":"{method}"'.encode() not in next(blocks):
                pass
        clock = Clock()
        side.go()
        deltas, lines = decode_all(blocks)
        times = clock.stop()
        process.stdin.close()
    if deltas != job.plan.deltas:
        sys.exit(f"{deltas} deltas of {job.plan.deltas}")
    return {"events": lines, "us_per_event": 1e6 * times["cpu_s"] / lines}


def blocks_of(stdout: int) -> Iterator[bytes]:
    """Whole lines, as many as one read brought."""
    parts: list[bytes] = []
    while data := os.read(stdout, READ_BYTES):
        end = data.rfind(b"\n") + 1
        if end:
            yield b"".join((*parts, data[:end]))
            parts = [data[end:]]
        else:
            parts.append(data)


def decode_all(blocks: Iterator[bytes]) -> tuple[int, int]:
    """Count deltas and lines until the turn is complete."""
    deltas = lines = 0
    for block in blocks:
        for envelope in decode_block(block):
            if type(envelope) is not Envelope:
                continue
            event = decode_notification(str(envelope.method), envelope.params)
            lines += 1
            deltas += type(event) is AgentMessageDelta
            if type(event) is TurnCompleted:
                return deltas, lines
    return deltas, lines
