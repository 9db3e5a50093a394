"""What a thread and its last turn used, from the rollout: ``codex exec`` tells it of good turns.

Owns which lines tell it (both are written after every model call) and how far back they are looked
for. Writes nothing, and finds nothing where there is no file: that is not known, never 0. Enter at
`recorded_usage`.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import trio

from codex_runtime.exec.events import ExecUsage
from codex_runtime.exec.turns import usage_of_event
from codex_runtime.history.rollouts.backwards import lines_backwards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.launch import LaunchSpec
    from codex_runtime.model.usage import TokenUsage

__all__ = ["Recorded", "recorded_usage"]

_MAX_LINE_BYTES: Final = 64 * 1024
"""A line of usage has some 1,500 bytes; longer ones are walked over."""
_LOOKED_THROUGH_BYTES: Final = 64 * 1024 * 1024
"""How far from the end."""
_LOOK_S: Final = 2.0


class Recorded(NamedTuple):
    """The newest figures of a thread."""

    thread: TokenUsage | None = None
    """Of the whole thread."""
    turn: TokenUsage | None = None
    """Of its newest turn that asked the model; older versions of Codex do not say."""
    turn_at_s: float = 0.0
    """When ``turn`` was written, Unix time."""


class _Info(msgspec.Struct):
    total_token_usage: ExecUsage


class _Payload(msgspec.Struct):
    type: str = ""
    info: _Info | None = None
    thread_token_usage: ExecUsage | None = None
    turn_token_usage: ExecUsage | None = None


class _Line(msgspec.Struct):
    timestamp: dt.datetime
    type: str
    payload: _Payload


_line: Final = msgspec.json.Decoder(_Line)


async def recorded_usage(launch: LaunchSpec, thread_id: str) -> Recorded:
    """The newest figures on disk; empty without any, or if it takes longer than 2 s."""
    home = launch.codex_home or "~/.codex"
    with trio.move_on_after(_LOOK_S):
        return await trio.to_thread.run_sync(
            lambda: _newest(Path(home).expanduser(), thread_id), abandon_on_cancel=True
        )
    return Recorded()


def _newest(home: Path, thread_id: str) -> Recorded:
    for path in _rollouts_of(home, thread_id):
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        try:
            return _last_in(descriptor)
        except OSError:
            continue
        finally:
            os.close(descriptor)
    return Recorded()


def _rollouts_of(home: Path, thread_id: str) -> Iterator[Path]:
    try:
        name = f"rollout-*{uuid.UUID(thread_id)}.jsonl"
    except ValueError:  # of no thread, and perhaps a pattern or a path
        return
    yield from (home / "sessions").glob(f"*/*/*/{name}")
    yield from (home / "archived_sessions").glob(name)


def _last_in(descriptor: int) -> Recorded:
    end = os.fstat(descriptor).st_size
    thread: TokenUsage | None = None
    for block in lines_backwards(descriptor, end, max_line_bytes=_MAX_LINE_BYTES):
        if end - block.offset_bytes > _LOOKED_THROUGH_BYTES:
            break
        line = _decoded(block.data or b"")
        if line is None:
            continue
        payload = line.payload
        if line.type == "token_usage_record":  # stands before the other of the same call
            told = usage_of_event(payload.thread_token_usage)
            turn = usage_of_event(payload.turn_token_usage)
            return Recorded(thread or told, turn, line.timestamp.timestamp())
        if thread is not None:
            break  # that of another call: this version writes no other line
        if payload.info is not None:
            thread = usage_of_event(payload.info.total_token_usage)
    return Recorded(thread)


def _decoded(data: bytes) -> _Line | None:
    """A line that tells usage; None for every other one, and for one that is broken."""
    if b'"token_usage_record"' not in data and b'"token_count"' not in data:
        return None
    try:
        line = _line.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    tells = line.type == "token_usage_record" or line.payload.type == "token_count"
    return line if tells else None
