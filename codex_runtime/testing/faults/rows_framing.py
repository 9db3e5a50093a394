"""Rows about lines: how long they are, how they are cut, and what is in them that is no message.

Owns B17, B18, B21 and B22, and the naive habits that they need. Each plays one fault on the fake
server. See `catalogue`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.testing.fake_server import captured_notification
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.ours import OurClient

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_runtime.testing.fake_server import FakeTurn
    from codex_runtime.testing.faults.client import Client
    from codex_runtime.testing.faults.trial import Trial

_MIB: Final = 1024 * 1024


def delta_line(turn: FakeTurn, text: str, *, size_bytes: int = 0) -> tuple[str, bytes]:
    """A text delta as a line without its newline, padded with ``x`` to a size; its text and it."""
    told = {"threadId": turn.thread.thread_id, "turnId": turn.turn_id, "itemId": "msg_1"}
    message = {"method": "item/agentMessage/delta", "params": {**told, "delta": text}}
    line = json.dumps(message, ensure_ascii=False).encode()
    padding = "x" * (size_bytes - len(line))
    return text + padding, line[:-3] + padding.encode() + line[-3:]


async def told_by(trial: Trial, client: Client, prompt: str) -> tuple[str, str]:
    """Run a turn in a thread of its own; the joined deltas, and how it ended."""
    thread = await client.start_thread()
    with trial.within(60, "the stream"):
        async with client.stream(thread, prompt) as stream:
            deltas = [
                event.params["delta"]
                async for event in stream
                if event.method == "item/agentMessage/delta"
            ]
            answer = await stream.answer()
    return "".join(deltas), answer.status


@scenario(
    "B17",
    "A line of any size arrives, however it is cut; one over the limit is lost alone.",
    habit="a line has at most 64 KiB, and ends with a newline",
)
async def long_lines(trial: Trial) -> None:
    """Around 64 KiB, 1 MiB, 64 MiB, byte by byte, with CRLF, over our limit, without newline."""
    server = trial.server
    kib64 = 64 * 1024
    sizes = (kib64 - 1, kib64, kib64 + 1, _MIB, 64 * _MIB) if trial.fault else (300, 3000)
    said: list[str] = []

    def send(turn: FakeTurn, text: str, end: bytes, *, size_bytes: int = 0) -> None:
        text, line = delta_line(turn, text, size_bytes=size_bytes)
        said.append(text)
        server.send_bytes(line + end)

    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        for size in sizes:
            send(turn, f"{size} ", b"\n", size_bytes=size)
        send(turn, "crlf ", b"\r\n" if trial.fault else b"\n")
        text, line = delta_line(turn, "byte by byte ")
        said.append(text)
        if trial.fault:
            server.send_bytes(b"\r\n\n")
            for byte in line:
                server.send_bytes(bytes((byte,)))
                await trio.sleep(0.001)  # a read of its own
            server.send_bytes(b"\n")
        else:
            server.send_bytes(line + b"\n")
        turn.end_message("done")

    trial.play(play)
    async with trial.client() as client:
        told, status = await told_by(trial, client, "lines")
    trial.check(told == "".join(said), "not what was sent")
    trial.check(status == "completed", "the turn went wrong")
    if trial.fault:
        await _over_the_limit(trial)
        await _without_newline(trial)


async def _over_the_limit(trial: Trial) -> None:
    """A line that is too long for a client that was told a limit, in the middle of a turn."""

    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        turn.delta("before ")
        _, line = delta_line(turn, "lost", size_bytes=2 * _MIB)
        trial.server.send_bytes(line + b"\n")
        await trio.lowlevel.checkpoint()
        turn.delta("after")

    trial.play(play)
    async with trial.client(max_frame_bytes=_MIB) as client:
        told, status = await told_by(trial, client, "too long")
        if isinstance(client, OurClient):
            trial.check(told == "before after", "more than the line was lost")
            trial.check(client.runtime.statistics().frames_too_long == 1, "not counted")
    trial.check(status == "completed", "a line over the limit ended the turn")


async def _without_newline(trial: Trial) -> None:
    """The server's last words have no newline."""
    server = trial.server

    async def play(turn: FakeTurn) -> None:
        turn.say("last words")
        told = captured_notification("turn/completed")
        told["threadId"] = turn.thread.thread_id
        told["turn"] |= {"id": turn.turn_id, "status": "completed"}
        server.send_bytes(json.dumps({"method": "turn/completed", "params": told}).encode())
        server.exit()
        await trio.sleep_forever()

    trial.play(play)
    async with trial.client() as client:
        told, status = await told_by(trial, client, "last")
    trial.check((told, status) == ("last words", "completed"), "the last line is lost")


class CountsForever(NaiveClient):
    """Reads chunk by chunk, as the examples of its pipe library do."""

    limit_bytes: int = _MIB

    async def lines(self) -> AsyncGenerator[bytes, None]:
        """Habit: trims each chunk, and never resets what it holds against its limit."""
        rest, size_bytes = b"", 0
        while data := await self.pipes.receive_some():
            size_bytes += len(data)
            if size_bytes > self.limit_bytes:
                raise ValueError("maximum buffer size exceeded")
            end = b"\n" if data.endswith(b"\n") else b""
            *lines, rest = (rest + data.strip() + end).split(b"\n")
            for line in lines:
                yield line


@scenario(
    "B18",
    "Many small messages and blanks at the edges of chunks arrive byte for byte.",
    control=CountsForever,
    habit="counts all bytes against the limit of one; trims each chunk",
)
async def many_small_lines(trial: Trial) -> None:
    """Blanks on both sides of every cut, then more lines than any buffer holds."""
    server = trial.server
    count = 20_000 if trial.fault else 100
    text = "  spaces \t and   tabs\u3000 \u00a0 "

    async def play(turn: FakeTurn) -> None:
        _, line = delta_line(turn, text)
        if turn.prompt == "many":
            for _ in range(count):
                server.send_bytes(line + b"\n")
            await trio.lowlevel.checkpoint()
            return
        for cut in range(1, len(line)) if trial.fault else ():
            server.send_bytes(line[:cut])
            await trio.sleep(0.001)
            server.send_bytes(line[cut:] + b"\n")
            await trio.sleep(0.001)

    trial.play(play)
    async with trial.client(max_frame_bytes=64 * 1024) as client:
        told, status = await told_by(trial, client, "cut")
        trial.check(told == text * told.count("spaces"), "blanks are lost")
        trial.check(status == "completed", "the turn went wrong")
        told, status = await told_by(trial, client, "many")
    trial.check((told == text * count, status) == (True, "completed"), "not what was sent")


_NOISE: Final = (
    b"\x1b[2m2026-11-21T17:00:00Z\x1b[0m \x1b[32m INFO\x1b[0m codex: listening on stdio\n",
    b"\n",
    b"   \t \r\n",
    b"SUCCESS: The process with PID 4711 (child of PID 4710) has been terminated.\r\n",
    b"\xa6\xa8\xa5\\: \xb3B\xb2z\xb5{\xa7\xc7\xa4w\xb2\xd7\xa4\xee\n",
    b"42\n",
    b'"text"\n',
    b"null\n",
    b'["a", "list"]\n',
    b"{}\n",
    b'{"method": "item/agentMessage/delta", "params": {"delta": \n',
    b'{"method": 7, "params": {}}\n',
    b"{" * 2000 + b"\n",
    b"\x00" * 300 + b"\n",
)


@scenario(
    "B21",
    "What is no message is skipped, before the first answer and in the middle of a turn.",
    habit="whatever comes is JSON",
)
async def noise_on_stdout(trial: Trial) -> None:
    """Banners, escapes, Big5, blank lines, other programs' words, JSON that is no message."""
    server = trial.server
    noise = _NOISE if trial.fault else ()

    def before_the_answer(message: object) -> bool:  # noqa: ARG001 - its shape
        for line in (*noise, *noise):
            server.send_bytes(line)
        return False

    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        for line in (*noise, b"\n") if trial.fault else ():
            server.send_bytes(line)
            turn.delta("word ")
            await trio.sleep(0.001)
        turn.delta("end")

    trial.play(play)
    server.intercept = before_the_answer
    async with trial.client() as client:
        server.intercept = None
        told, status = await told_by(trial, client, "hello")
        if isinstance(client, OurClient):
            blank = sum(not line.strip() for line in noise)
            counted = client.runtime.statistics().garbage_frames
            trial.check(counted == 3 * (len(noise) - blank), "not counted")
    words = "word " * (len(noise) + bool(noise))
    trial.check((told, status) == (words + "end", "completed"), "events are lost")


@scenario(
    "B22",
    "Bytes that are no UTF-8 and lone surrogates cost their own line, or less.",
    habit="whatever comes is UTF-8",
)
async def bad_characters(trial: Trial) -> None:
    """They come in a delta, in a field nobody knows, and in an answer."""
    server = trial.server
    bad = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\\ud800", b"\\udc00\\ud800")

    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        for number, piece in enumerate(bad if trial.fault else (b"fine",)):
            _, line = delta_line(turn, "HERE")
            server.send_bytes(line.replace(b"HERE", piece) + b"\n")
            _, line = delta_line(turn, "")
            server.send_bytes(line.replace(b'{"', b'{"new": "' + piece + b'", "', 1) + b"\n")
            turn.delta(f"[{number}]")
            await trio.sleep(0.001)
        turn.end_message("done")

    trial.play(play)
    async with trial.client() as client:
        told, status = await told_by(trial, client, "hello")
        numbers = [f"[{number}]" for number in range(len(bad) if trial.fault else 1)]
        trial.check(all(number in told for number in numbers), "more than their line is lost")
        trial.check(status == "completed", "the turn went wrong")
        with trial.within(60, "the next turn"):
            _, status = await told_by(trial, client, "again")
        trial.check(status == "completed", "the next turn went wrong")
