"""What a thread used, from lines that Codex 0.163.0 and its ancestors wrote into a rollout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.exec import ExecCommand, ExecConfig
from codex_runtime.exec.launching import build_exec_launch
from codex_runtime.exec.recorded import Recorded, recorded_usage

if TYPE_CHECKING:
    from pathlib import Path

THREAD_ID = "01a200b3-26f6-7130-a2ec-a6b25fc3cf18"
USED = b'"cached_input_tokens":0,"reasoning_output_tokens":0,"total_tokens":1'


def record(turn: int, thread: int) -> bytes:
    return (
        b'{"timestamp":"2026-11-22T00:41:10.254Z","ordinal":11,"type":"token_usage_record",'
        b'"payload":{"thread_id":"t","turn_token_usage":{"input_tokens":%d,"output_tokens":1,%s},'
        b'"thread_token_usage":{"input_tokens":%d,"output_tokens":1,%s}}}\n'
        % (turn, USED, thread, USED)
    )


def count(thread: int) -> bytes:
    return (
        b'{"timestamp":"2026-11-22T00:41:10.257Z","type":"event_msg","payload":{"type":'
        b'"token_count","info":{"total_token_usage":{"input_tokens":%d,"output_tokens":1,%s}}}}\n'
        % (thread, USED)
    )


OTHER = b'{"timestamp":"2026-11-22T00:41:10.257Z","type":"event_msg","payload":{"type":"x"}}\n'
NO_INFO = OTHER.replace(b'"x"', b'"token_count","info":null')


async def read(tmp_path: Path, *lines: bytes, folder: str = "sessions/2026/11/22") -> Recorded:
    path = trio.Path(tmp_path / "home" / folder / f"rollout-2026-11-22T00-41-10-{THREAD_ID}.jsonl")
    await path.parent.mkdir(parents=True, exist_ok=True)
    await path.write_bytes(b"".join(lines))
    return await look(tmp_path)


async def look(tmp_path: Path, thread_id: str = THREAD_ID) -> Recorded:
    codex = tmp_path / "codex"
    codex.touch(0o755)
    config = ExecConfig(codex_bin=codex, codex_home=tmp_path / "home")
    return await recorded_usage(build_exec_launch(config, ExecCommand("x")), thread_id)


def inputs(recorded: Recorded) -> list[int | None]:
    found = (recorded.thread, recorded.turn)
    return [None if used is None else used.input_tokens for used in found]


async def test_the_newest_lines_tell_of_the_thread_and_of_its_turn(tmp_path: Path) -> None:
    found = await read(tmp_path, record(1, 1), count(1), record(5, 6), count(6), OTHER, NO_INFO)
    assert inputs(found) == [6, 5]
    assert found.turn_at_s == 1795308070.254


async def test_an_older_codex_tells_of_the_thread_alone(tmp_path: Path) -> None:
    assert inputs(await read(tmp_path, OTHER, count(1), OTHER, count(6), OTHER)) == [6, None]


async def test_broken_and_misleading_lines_are_passed_over(tmp_path: Path) -> None:
    said = (
        b'{"timestamp":"2026-11-22T00:41:10Z","type":"x","payload":{"type":"\\"token_count\\""}}\n'
    )
    torn = count(9)[:-20]
    long = OTHER.replace(b'"x"', b'"token_count' + b"x" * 100_000 + b'"')
    deep = OTHER.replace(b'"x"', b'"token_count","a":' + b"[" * 20_000 + b"]" * 20_000)
    assert inputs(await read(tmp_path, count(6), long, deep, said, b"\xff\n", torn)) == [6, None]


@pytest.mark.parametrize("thread_id", ["**", "", "*", "../22/rollout-x", "[0-9]", "\0"])
async def test_what_is_no_thread_id_has_used_nothing_that_is_known(
    tmp_path: Path, thread_id: str
) -> None:
    assert inputs(await read(tmp_path, count(6))) == [6, None]
    assert await look(tmp_path, thread_id) == Recorded()


async def test_an_archived_thread_is_found_too(tmp_path: Path) -> None:
    assert inputs(await read(tmp_path, count(6), folder="archived_sessions")) == [6, None]


async def test_where_nothing_is_told_nothing_is_known(tmp_path: Path) -> None:
    assert await look(tmp_path) == Recorded()
    assert await read(tmp_path, OTHER) == Recorded()
    assert await read(tmp_path) == Recorded()


async def test_a_file_that_cannot_be_read_is_as_if_there_was_none(tmp_path: Path) -> None:
    folder = tmp_path / "home/sessions/2026/11/22"
    (folder / f"rollout-2026-11-22T00-41-10-{THREAD_ID}.jsonl").mkdir(parents=True)
    (folder / f"rollout-2026-11-22T00-41-11-{THREAD_ID}.jsonl").symlink_to("nowhere")
    assert await look(tmp_path) == Recorded()


async def test_it_is_looked_for_so_far_from_the_end_and_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = "codex_runtime.exec.recorded"
    monkeypatch.setattr(f"{recorded}._LOOKED_THROUGH_BYTES", len(count(6)) + 2 * len(OTHER))
    assert inputs(await read(tmp_path, count(6), *[OTHER] * 2)) == [6, None]
    assert inputs(await read(tmp_path, count(6), *[OTHER] * 3)) == [None, None]
