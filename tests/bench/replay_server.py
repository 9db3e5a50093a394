"""A child process that speaks the app-server's protocol and streams as fast as the pipe takes it.

The lines are rendered before the clock starts, and written when a byte comes through a named pipe,
so that what the server itself costs stays out of a figure. Knows neither client. The clients start
it in place of ``codex`` by the script of `write_starter`. What it says is in `replay_script`.
"""

from __future__ import annotations

import json
import os
import select
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.replay_script import (
    Plan,
    Script,
    at,
    encode,
    index_of,
    now_ms,
    recorded_session,
    thread_id,
    turn_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Stream:
    """The lines of a plan, rendered before they are asked for."""

    def __init__(self, script: Script, plan: Plan) -> None:
        self._script, self._plan = script, plan
        self._order = plan.order()
        self._parts = [script.delta_parts(turn) for turn in range(plan.turns)]
        self._opening = "".join(map(script.open_turn, range(plan.turns))).encode()
        self._deltas = self._closing = b""
        if not plan.rate_per_s:
            self._deltas = "".join(self._lines()).encode()
            whole = ["".join(plan.text(turn, n) for n in range(plan.deltas)) for turn in self.turns]
            self._closing = self._closed(whole)

    @property
    def turns(self) -> range:
        return range(self._plan.turns)

    def _lines(self) -> Iterator[str]:
        numbers = [0] * self._plan.turns
        time_ms = now_ms()
        for turn in self._order:
            before, between, after = self._parts[turn]
            text = self._plan.text(turn, numbers[turn])
            numbers[turn] += 1
            yield f"{before}{text}{between}{time_ms}{after}"

    def _closed(self, texts: Sequence[str]) -> bytes:
        return "".join(map(self._script.close_turn, self.turns, texts)).encode()

    def write(self, wait: Callable[[], None]) -> None:
        """Write it all; ``wait`` returns when the item may be completed."""
        write_all(self._opening)
        if self._plan.rate_per_s:
            self._closing = self._closed(self._write_paced())
        else:
            write_all(self._deltas)
        if self._plan.holds:
            wait()
        write_all(self._closing)

    def _write_paced(self) -> list[str]:
        """Write each line when it is due; returns the texts, which hold the times."""
        texts: list[list[str]] = [[] for _ in self.turns]
        step_ns = 1e9 / self._plan.rate_per_s
        start_ns = time.monotonic_ns()
        for place, turn in enumerate(self._order):
            ahead_s = (start_ns + place * step_ns - time.monotonic_ns()) / 1e9
            if ahead_s > 0:
                time.sleep(ahead_s)
            before, between, after = self._parts[turn]
            stamp = f"{time.monotonic_ns():016x}"
            text = self._plan.text(turn, len(texts[turn]), stamp)
            write_all(f"{before}{text}{between}{now_ms()}{after}".encode())
            texts[turn].append(text)
        return ["".join(parts) for parts in texts]


def write_all(data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(1, rest) :]


class Server:
    """Answers what the clients ask, and streams the plan once it is told to."""

    def __init__(self, plan: Plan, go_pipe: str, transcript: str) -> None:
        self._script = Script(transcript)
        self._plan = plan
        self._stream = Stream(self._script, plan)
        self._go = os.open(go_pipe, os.O_RDONLY | os.O_NONBLOCK)
        self._threads = 0
        self._turns = plan.turns
        self._started: set[int] = set()

    def run(self) -> None:
        """Serve until the input ends."""
        rest = b""
        while True:
            # All that was asked is answered before the stream begins.
            ready, _, _ = select.select([0, self._go], [], [])
            if 0 not in ready:
                os.read(self._go, 1)
                self._stream.write(self._wait_for_go)
                continue
            data = os.read(0, 65_536)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._answer(json.loads(line))

    def _wait_for_go(self) -> None:
        select.select([self._go], [], [])
        os.read(self._go, 1)

    def _answer(self, message: dict[str, Any]) -> None:
        if "id" not in message:
            return
        method, params, script = message["method"], message.get("params") or {}, self._script
        answer: dict[str, Any]
        if method == "initialize":
            client = params["clientInfo"]
            agent = script.initialize["result"]["userAgent"]
            agent = agent.replace("probe; 1", f"{client['name']}; {client['version']}")
            agent = agent.replace("probe/", f"{client['name']}/")
            answer = {"result": {**script.initialize["result"], "userAgent": agent}}
            write_all((encode({"id": message["id"], **answer}) + "\n").encode())
        elif method == "thread/start":
            thread = thread_id(self._threads)
            self._threads += 1
            write_all(self._line(message, script.thread_start, thread))
            write_all(script.named(at(script.thread_started, now_ms()), thread).encode())
        elif method == "turn/start":
            self._start_turn(message, index_of(params["threadId"]))
        elif method == "turn/interrupt":
            thread, turn = params["threadId"], params["turnId"]
            lines = [at(line, now_ms()) for line in script.interrupted]
            write_all(self._line(message, script.interrupt, thread))
            write_all("".join(script.named(line, thread, turn) for line in lines).encode())
        elif method in script.others:
            write_all(self._line(message, script.others[method], params["threadId"]))
        else:
            problem = {"code": -32600, "message": f"Invalid request: unknown variant `{method}`"}
            write_all((encode({"id": message["id"], "error": problem}) + "\n").encode())

    def _start_turn(self, message: dict[str, Any], thread: int) -> None:
        """A turn of the plan waits for the stream, any other one starts and says nothing more."""
        planned = thread < self._plan.turns and thread not in self._started
        self._started.add(thread)
        index = thread if planned else self._turns
        self._turns += not planned
        names = thread_id(thread), turn_id(index)
        write_all(self._line(message, self._script.turn_start, *names))
        if not planned:
            for line in self._script.opening[:2]:
                write_all(self._script.named(at(line, now_ms()), *names).encode())

    def _line(
        self, request: dict[str, Any], recorded: object, thread: str, turn: str = ""
    ) -> bytes:
        answer = json.loads(encode(recorded))
        answer["id"] = request["id"]
        return self._script.named(answer, thread, turn).encode()


def write_starter(folder: Path, plan: Plan) -> tuple[Path, Path]:
    """Write what a client starts in place of ``codex``; returns it, and the named pipe to it."""
    starter, go_pipe = folder / "codex", folder / "go"
    os.mkfifo(go_pipe)
    # -S and -E: neither site packages nor the environment, for a fast and equal start.
    words = (sys.executable, "-SE", __file__, plan.dump(), str(go_pipe), recorded_session())
    starter.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    starter.chmod(0o700)
    return starter, go_pipe


if __name__ == "__main__":
    Server(Plan(**json.loads(sys.argv[1])), *sys.argv[2:4]).run()
