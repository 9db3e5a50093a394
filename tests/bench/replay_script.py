"""What the replay says: the plan of a stream, and the recorded shapes that it is made of.

Ids, texts and times alone are new. Knows neither processes nor pipes. Standard library only: the
server that imports it starts fast.
"""

from __future__ import annotations

import dataclasses
import json
import random
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

DELTA = "item/agentMessage/delta"
SLOT = "@@"
"""Stands in a rendered delta for its text."""
MADE_UP_ID = "01a1fc3e-0000-7000-8000-{:012x}"
"""As long as a real one; its end is the index of the thread, or of the turn."""
STAMP_BYTES = 24
"""Turn, number and write time, in hexadecimal digits: the least size of a delta at a given rate."""
LEFT_OUT = ("warning", "item/reasoning/", "thread/settings/")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """What is streamed: the first turn of each of the first ``turns`` threads; others are silent.

    A delta's text begins with three hexadecimal digits of its turn and five of its number. At a
    rate, 16 more follow: the nanoseconds of ``CLOCK_MONOTONIC`` at its write.
    """

    turns: int = 1
    deltas: int = 1_000
    """Of each turn; those of several turns come in an order drawn from ``seed``."""
    delta_bytes: int = STAMP_BYTES
    seed: int = 163
    rate_per_s: float = 0.0
    """Of all turns together, one write for each line; 0 is as fast as the pipe takes them."""
    holds: bool = False
    """Keep the item open after the last delta until another byte comes."""

    def __post_init__(self) -> None:
        least = STAMP_BYTES if self.rate_per_s else 8
        if not (least <= self.delta_bytes and self.turns < 16**3 and self.deltas < 16**5):
            raise ValueError(f"out of range: {self}")

    def dump(self) -> str:
        """The fields as JSON."""
        return encode(dataclasses.asdict(self))

    def text(self, turn: int, number: int, stamp: str = "") -> str:
        """The text of one delta."""
        return f"{turn:03x}{number:05x}{stamp}".ljust(self.delta_bytes, ".")

    @property
    def last_text(self) -> str:
        """The last delta of the last turn, without a time."""
        return self.text(self.turns - 1, self.deltas - 1)

    def order(self) -> list[int]:
        """The turn of each delta, in the order of the wire."""
        turns = [turn for turn in range(self.turns) for _ in range(self.deltas)]
        if self.turns > 1:
            random.Random(self.seed).shuffle(turns)
        return turns


def thread_id(index: int) -> str:
    """The id of the thread that was started as number ``index``."""
    return MADE_UP_ID.format(index)


def turn_id(index: int) -> str:
    """The id of a turn; those of the plan have the index of their thread."""
    return MADE_UP_ID.format(16**9 + index)


def index_of(made_up_id: str) -> int:
    """The index in a thread's or a turn's id."""
    return int(made_up_id[-8:], 16)


def encode(message: object) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)


def recorded_session() -> str:
    """Where the recording is; it comes with the package, which the server that replays lacks."""
    transcripts = files("codex_runtime") / "testing" / "transcripts"
    return str(transcripts / "codex-0.163.0-session.jsonl")


class Script:
    """The shapes of the recorded session; ``path`` is for who cannot import the package."""

    def __init__(self, path: str | None = None) -> None:
        with Path(path or recorded_session()).open(encoding="utf-8") as lines:
            self._records = [json.loads(line) for line in lines]
        self.initialize = self._answer(self._request("initialize"))
        start = self._request("thread/start")
        self.thread_start = self._answer(start)
        self.thread_started = self._notifications(start, "thread/started")[-1]
        self._threads: list[str] = [self.thread_start["result"]["thread"]["id"]]
        turn = self._request("turn/start")
        self.turn_start = self._answer(turn)
        self._turns: list[str] = [self.turn_start["result"]["turn"]["id"]]
        whole = self._notifications(turn, "turn/completed")
        methods = [message["method"] for message in whole]
        first, last = methods.index(DELTA), len(methods) - methods[::-1].index(DELTA)
        self.opening, self.delta, self.closing = whole[:first], whole[first], whole[last:]
        stop = self._request("turn/interrupt")
        self.interrupt = self._answer(stop)
        self.interrupted = self._notifications(stop, "turn/completed")[-2:]
        self._threads.append(self.interrupted[-1]["params"]["threadId"])
        self._turns.append(self.interrupted[-1]["params"]["turn"]["id"])
        self.others = {
            method: self._answer(self._request(method))
            for method in ("thread/archive", "thread/unsubscribe")
        }

    def _request(self, method: str) -> int:
        return next(
            number
            for number, record in enumerate(self._records)
            if record["from"] == "client" and record["message"].get("method") == method
        )

    def _answer(self, request: int) -> dict[str, Any]:
        wanted = self._records[request]["message"]["id"]
        for record in self._records[request:]:
            message = record["message"]
            is_answer = record["from"] == "server" and "method" not in message
            if is_answer and message.get("id") == wanted:
                return dict(message)
        raise LookupError(f"request {wanted} was not answered")

    def _notifications(self, request: int, last: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for record in self._records[request:]:
            message = record["message"]
            if record["from"] == "client" or "id" in message:
                continue
            is_reasoning = message["params"].get("item", {}).get("type") == "reasoning"
            if not is_reasoning and not message["method"].startswith(LEFT_OUT):
                found.append(message)
            if message["method"] == last:
                break
        return found

    def named(self, message: object, thread: str, turn: str = "") -> str:
        """The line of a recorded message, about another thread and turn."""
        line = encode(message)
        for names, new in ((self._threads, thread), (self._turns, turn)):
            for recorded in names:
                line = line.replace(recorded, new)
        return line + "\n"

    def open_turn(self, index: int) -> str:
        """What comes before the first delta."""
        return "".join(
            self.named(at(message, now_ms()), thread_id(index), turn_id(index))
            for message in self.opening
        )

    def close_turn(self, index: int, text: str) -> str:
        """What comes after the last delta; two of the lines repeat the whole text."""
        lines: list[str] = []
        for message in self.closing:
            made = json.loads(encode(at(message, now_ms())))
            params = made["params"]
            items = [params.get("item"), *params.get("turn", {}).get("items", ())]
            for item in filter(None, items):
                item["text"] = text
            lines.append(self.named(made, thread_id(index), turn_id(index)))
        return "".join(lines)

    def delta_parts(self, index: int) -> tuple[str, str, str]:
        """The line of a delta around its text and its time."""
        message = json.loads(encode(self.delta))
        message["params"]["delta"] = SLOT
        message["emittedAtMs"] = SLOT
        line = self.named(message, thread_id(index), turn_id(index)).replace(f'"{SLOT}"}}\n', SLOT)
        before, between, _ = line.split(SLOT)
        return before, between, "}\n"


def at(message: dict[str, Any], time_ms: int) -> dict[str, Any]:
    return {**message, "emittedAtMs": time_ms}


def now_ms() -> int:
    return time.time_ns() // 1_000_000
