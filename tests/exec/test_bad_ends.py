"""Ends that the real binary cannot be made to have, by a program that writes what it wrote."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime.errors import TurnNotEnded
from codex_runtime.exec import (
    ExecCommand,
    ExecConfig,
    ExecEvent,
    ExecExited,
    ExecFailure,
    ExecLoginRequired,
    ExecOutputBroken,
    ExecRefused,
    ExecResumeCommand,
    ExecRetry,
    ExecRun,
    ExecSession,
    ExecStartFailed,
    ExecThreadChanged,
    ExecTimedOut,
    ExecTurnFailed,
    ExecTurnStarted,
)
from tests.exec.lines import (
    ANSWER,
    CAPTURED,
    COMPLETED,
    STARTED,
    THREAD_ID,
    TURN,
    with_field,
    write_codex,
)

if TYPE_CHECKING:
    from pathlib import Path

BOUND_S = 30
OTHER_ID = "01a200b3-2510-7e31-83c2-ce4bd1bd698b"
READS_ALL = "sys.stdin.read()"
SLEEPS = "time.sleep(1000)"
GOOD = (READS_ALL, STARTED + b"\n", TURN + b"\n", ANSWER + b"\n", COMPLETED + b"\n")
LOST_THE_RACE = (
    "Error: failed to initialize sqlite state runtime under /srv/home: "
    "failed to initialize state runtime at /srv/home"
)


def session_of(tmp_path: Path, *steps: bytes | str, **fields: Any) -> ExecSession:
    codex = write_codex(tmp_path / "codex", *steps)
    options: dict[str, Any] = {"shutdown_grace_s": 1.0, **fields}
    config = ExecConfig(codex_bin=codex, cwd=tmp_path, codex_home=tmp_path / "home", **options)
    return ExecSession(config)


async def test_a_bad_line_is_kept_and_the_turn_completes_all_the_same(tmp_path: Path) -> None:
    session = session_of(
        tmp_path, READS_ALL, STARTED + b"\nnoise\n{torn\n\n", ANSWER + b"\n", COMPLETED
    )
    with trio.fail_after(BOUND_S):
        turn = await session.send("x")
    assert (turn.status, turn.text) == ("completed", "done")
    assert [event.raw for event in turn.malformed] == [b"noise", b"{torn"]


async def test_a_bad_line_without_an_end_is_a_failure_of_its_own_and_keeps_the_id(
    tmp_path: Path,
) -> None:
    session = session_of(tmp_path, READS_ALL, STARTED + b"\n", COMPLETED[:-7])
    with trio.fail_after(BOUND_S), pytest.raises(ExecOutputBroken) as caught:
        await session.send("x")
    assert caught.value.thread_id == session.id == THREAD_ID
    assert caught.value.kind == "bad_line"


async def test_a_line_that_is_nested_too_deeply_harms_no_turn(tmp_path: Path) -> None:
    deep = b'{"type":"turn.started","a":' + b"[" * 10_000 + b"]" * 10_000 + b"}\n"
    session = session_of(tmp_path, *GOOD[:2], deep, *GOOD[3:])
    with trio.fail_after(BOUND_S):
        turn = await session.send("x")
    assert (turn.status, len(turn.malformed)) == ("completed", 1)


async def test_a_failed_turn_of_an_odd_thread_id_is_told_as_such(tmp_path: Path) -> None:
    session = session_of(
        tmp_path,
        READS_ALL,
        with_field(STARTED, thread_id="**") + b"\n",
        b'{"type":"turn.failed","error":{"message":"no"}}\n',
    )
    with trio.fail_after(BOUND_S), pytest.raises(ExecTurnFailed):
        await session.send("x")
    assert session.history[0].usage is None


async def test_a_line_over_the_bound_is_dropped_and_told(tmp_path: Path) -> None:
    long = b'{"type":"' + b"x" * 10_000 + b'"}\n'
    session = session_of(
        tmp_path, READS_ALL, STARTED + b"\n", long, COMPLETED + b"\n", max_line_bytes=4096
    )
    with trio.fail_after(BOUND_S):
        turn = await session.send("x")
    (lost,) = turn.malformed
    assert (len(lost.raw), lost.problem) == (200, "is longer than 4096 bytes")


async def test_an_end_without_the_end_of_the_turn_is_a_failure_even_with_exit_code_0(
    tmp_path: Path,
) -> None:
    session = session_of(tmp_path, READS_ALL, STARTED + b"\n", TURN + b"\n")
    with trio.fail_after(BOUND_S), pytest.raises(ExecExited, match="without the end") as caught:
        await session.send("x")
    assert (caught.value.returncode, session.id) == (0, THREAD_ID)


async def test_a_turn_that_completed_has_whatever_the_exit_code(tmp_path: Path) -> None:
    session = session_of(tmp_path, *GOOD, "sys.exit(1)")
    with trio.fail_after(BOUND_S):
        turn = await session.send("x")
    assert (turn.status, turn.returncode) == ("completed", 1)


async def test_a_process_that_lingers_after_its_turn_is_ended(tmp_path: Path) -> None:
    session = session_of(tmp_path, *GOOD, SLEEPS)
    with trio.fail_after(BOUND_S):
        turn = await session.send("x")
    assert (turn.status, turn.returncode) == ("completed", -signal.SIGINT)


async def test_what_a_run_leaves_running_is_ended_and_told(tmp_path: Path) -> None:
    leaves = (
        "import subprocess; subprocess.Popen([sys.executable, '-c', "
        "'import time; time.sleep(1000)'],"
        " stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,"
        " start_new_session=True)"
    )
    session = session_of(tmp_path, GOOD[0], leaves, *GOOD[1:])
    with trio.fail_after(BOUND_S):
        turn = await session.send("x")
    assert (turn.status, len(turn.swept)) == ("completed", 1)


async def test_a_process_that_ignores_every_polite_signal_is_killed(tmp_path: Path) -> None:
    ignores = "[signal.signal(s, signal.SIG_IGN) for s in (signal.SIGINT, signal.SIGTERM)]"
    session = session_of(tmp_path, ignores, READS_ALL, STARTED + b"\n", SLEEPS, timeout_s=0.5)
    with trio.fail_after(BOUND_S), pytest.raises(ExecTimedOut) as caught:
        await session.send("x")
    assert (caught.value.returncode, session.id) == (-signal.SIGKILL, THREAD_ID)


async def test_a_process_that_says_nothing_is_ended_before_it_has_begun(tmp_path: Path) -> None:
    session = session_of(tmp_path, SLEEPS, start_timeout_s=0.5)
    with trio.fail_after(BOUND_S), pytest.raises(ExecTimedOut, match="no first event") as caught:
        await session.send("x")
    assert (session.id, caught.value.thread_id) == (None, None)


async def test_a_prompt_that_nobody_reads_holds_nothing_up(tmp_path: Path) -> None:
    session = session_of(tmp_path, *GOOD[1:])
    with trio.fail_after(BOUND_S):
        turn = await session.send("x" * 5_000_000)
    assert turn.status == "completed"


async def test_a_total_deadline_holds_while_nobody_reads(tmp_path: Path) -> None:
    life = tmp_path / "life"
    os.mkfifo(life)
    holds = f"held = open({str(life)!r}, 'w')"
    session = session_of(tmp_path, READS_ALL, STARTED + b"\n", holds, SLEEPS, timeout_s=0.5)
    with trio.fail_after(BOUND_S):
        async with session.stream("x") as run:
            with pytest.raises(TurnNotEnded):
                _ = run.turn
            # Its end is that of what it holds open.
            assert await trio.to_thread.run_sync(life.read_bytes, abandon_on_cancel=True) == b""
            with pytest.raises(ExecTimedOut):
                await run.finish()
    assert run.turn.status == "failed"


async def test_who_was_away_for_long_finds_what_has_come_meanwhile(tmp_path: Path) -> None:
    life = tmp_path / "life"
    os.mkfifo(life)
    holds = f"held = open({str(life)!r}, 'w')"
    session = session_of(tmp_path, *GOOD[:2], holds, *GOOD[2:], idle_timeout_s=5.0)
    with trio.fail_after(BOUND_S):
        async with session.stream("x") as run:
            await run.__anext__()
            await trio.to_thread.run_sync(life.read_bytes, abandon_on_cancel=True)
            run._heard_s -= 1000
            turn = await run.finish()
    assert turn.status == "completed"


async def test_another_thread_than_the_one_that_was_named_ends_the_run(tmp_path: Path) -> None:
    session = session_of(tmp_path, *GOOD[:3], SLEEPS)
    command = ExecResumeCommand("x", session_id=OTHER_ID)
    with trio.fail_after(BOUND_S), pytest.raises(ExecThreadChanged) as caught:
        await session.execute_resume(command)
    assert (caught.value.turn.thread_id, session.id) == (THREAD_ID, None)


async def test_a_second_thread_in_one_run_ends_it_and_the_session_stays_with_the_first(
    tmp_path: Path,
) -> None:
    other = with_field(STARTED, thread_id=OTHER_ID)
    session = session_of(
        tmp_path, READS_ALL, b"\n".join((STARTED, STARTED, other, other, COMPLETED, b"")), SLEEPS
    )
    with trio.fail_after(BOUND_S), pytest.raises(ExecThreadChanged) as caught:
        await session.send("x")
    assert (caught.value.turn.thread_id, session.id) == (OTHER_ID, THREAD_ID)


async def test_a_completed_turn_in_another_thread_is_none(tmp_path: Path) -> None:
    session = session_of(tmp_path, READS_ALL, b"\n".join((STARTED, TURN, ANSWER, COMPLETED)))
    with trio.fail_after(BOUND_S), pytest.raises(ExecThreadChanged):
        await session.execute_resume(ExecResumeCommand("x", session_id=OTHER_ID))
    assert (session.total_turns, session.id) == (0, None)


@pytest.mark.parametrize(
    ("words", "code", "error", "kind"),
    [
        ("error: unexpected argument '--nope' found", 2, ExecRefused, "arguments"),
        ("No prompt provided via stdin.", 1, ExecRefused, "input"),
        (LOST_THE_RACE, 1, ExecStartFailed, "start"),
        ("it just died", 1, ExecExited, "exited"),
        ("", 1, ExecExited, "exited"),
    ],
)
async def test_words_on_stderr_before_any_event_tell_the_kind(
    tmp_path: Path, words: str, code: int, error: type[ExecFailure], kind: str
) -> None:
    session = session_of(
        tmp_path,
        f"sys.stderr.write({words!r})",
        f"sys.exit({code})",
        retry=ExecRetry(max_attempts=1),
    )
    with trio.fail_after(BOUND_S), pytest.raises(error) as caught:
        await session.send("x")
    assert caught.value.kind == kind


async def test_a_start_that_lost_a_race_is_tried_again(tmp_path: Path) -> None:
    mark = tmp_path / "tried"
    session = session_of(
        tmp_path,
        f"first = not os.path.exists({str(mark)!r}); open({str(mark)!r}, 'w').close()",
        f"sys.exit({LOST_THE_RACE!r}) if first else None",
        *GOOD,
        retry=ExecRetry(first_pause_s=0.01),
    )
    with trio.fail_after(BOUND_S):
        turn = await session.send("x")
    assert [one.status for one in session.history] == ["failed", "completed"]
    assert turn.thread_id == THREAD_ID


async def test_a_login_that_is_missing_is_told_from_a_failed_turn(tmp_path: Path) -> None:
    session = session_of(tmp_path, READS_ALL, STARTED + b"\n", CAPTURED[11] + b"\n", "sys.exit(1)")
    with trio.fail_after(BOUND_S), pytest.raises(ExecLoginRequired):
        await session.send("x")


async def test_a_turn_without_a_record_on_disk_has_no_usage_and_is_counted_as_such(
    tmp_path: Path,
) -> None:
    session = session_of(tmp_path, READS_ALL, STARTED + b"\n", TURN + b"\n", "sys.exit(1)")
    with trio.fail_after(BOUND_S), pytest.raises(ExecExited):
        await session.send("x")
    assert (session.usage, session.turns_without_usage) == (None, 1)
    assert session.history[0].usage is None


async def test_cancelling_in_the_middle_of_an_iteration_loses_no_event(tmp_path: Path) -> None:
    session = session_of(
        tmp_path, READS_ALL, STARTED + b"\n", "time.sleep(0.5)", TURN + b"\n", *GOOD[3:]
    )
    events: list[ExecEvent] = []
    with trio.fail_after(BOUND_S):
        async with session.stream_execute(ExecCommand("x")) as run:
            while True:
                with trio.move_on_after(0.05):
                    if (event := await next_of(run)) is None:
                        break
                    events.append(event)
    assert tuple(events) == run.turn.events
    assert any(isinstance(event, ExecTurnStarted) for event in events)


async def next_of(run: ExecRun) -> ExecEvent | None:
    try:
        return await run.__anext__()
    except StopAsyncIteration:
        return None


async def test_an_error_of_the_block_comes_out_as_it_is_and_leaves_no_process(
    tmp_path: Path,
) -> None:
    session = session_of(tmp_path, READS_ALL, STARTED + b"\n", SLEEPS)

    async def stumble() -> None:
        async with session.stream("x") as run:
            await run.__anext__()
            raise ZeroDivisionError

    with trio.fail_after(BOUND_S), pytest.raises(ZeroDivisionError):
        await stumble()
    (turn,) = session.history
    assert (turn.status, turn.returncode) == ("cancelled", -signal.SIGINT)
    assert session.id == THREAD_ID


async def test_a_block_left_at_once_knows_no_thread(tmp_path: Path) -> None:
    session = session_of(tmp_path, SLEEPS)
    with trio.fail_after(BOUND_S):
        async with session.stream("x") as run:
            pass
    assert (run.turn.status, run.turn.thread_id, session.id) == ("cancelled", None, None)
