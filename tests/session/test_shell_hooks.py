"""Hooks that are shell commands: real children of a real ``sh``, and what is left of them."""

from __future__ import annotations

import os
import select
import shlex
import sys
from pathlib import Path

import pytest
import trio
import trio.testing

from codex_runtime.errors import BlockedByHook
from codex_runtime.model.attachments import ImageUrl
from codex_runtime.model.hooks.hooks import (
    Hook,
    HookConfig,
    HookContext,
    HookPhase,
    HookRecord,
    ShellCommand,
)
from codex_runtime.session.hooks.running import HookRunner
from codex_runtime.session.hooks.shell import MAX_ANSWER_BYTES

BOUND_S = 60
CONTEXT = HookContext(
    phase="pre_turn", prompt="é 'p'\n", cwd="/", metadata={"a": [1]}, thread_id="t"
)


def runner(
    command: str | ShellCommand, phase: HookPhase = "pre_turn", **rest: object
) -> HookRunner:
    run = ShellCommand(command) if isinstance(command, str) else command
    hook = Hook("sh", phase, run, **{"timeout_s": BOUND_S, **rest})  # type: ignore[arg-type]
    return HookRunner(HookConfig([hook]))


async def record_of(command: str | ShellCommand, context: HookContext = CONTEXT) -> HookRecord:
    running = runner(command)
    assert await running.pre(context) is context
    (record,) = running.report.records
    return record


def writes(text: str) -> str:
    return f"printf %s {shlex.quote(text)}"


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def ends(pid: int) -> bool:
    """Whether it ends, or has ended; a killed one takes a moment."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([pidfd], [], [], BOUND_S)[0])
    finally:
        os.close(pidfd)


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


# -- what is read and answered -------------------------------------------------------------------


async def test_the_command_reads_the_context_and_changes_it() -> None:
    program = (
        "import json, sys; c = json.load(sys.stdin);"
        "print(json.dumps({'action': 'mutate', 'prompt': c['prompt'] + '!', 'model': 'm',"
        " 'attachments': [{'type': 'image_url', 'url': 'https://example.org/x.png'}],"
        " 'metadata': {'keys': sorted(c), 'phase': c['phase']}}))"
    )
    running = runner(shlex.join([sys.executable, "-c", program]))
    changed = await running.pre(CONTEXT)
    assert (changed.prompt, changed.model) == ("é 'p'\n!", "m")
    assert changed.attachments == (ImageUrl("https://example.org/x.png"),)
    assert changed.metadata["phase"] == "pre_turn"
    assert changed.metadata["a"] == [1]
    assert running.report.records[0].outcome == "mutated"


@pytest.mark.parametrize("command", ["true", "cat >/dev/null", "echo '{}'", "echo", "exec true"])
async def test_exit_0_without_an_answer_goes_on(command: str) -> None:
    assert (await record_of(command)).outcome == "proceeded"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("echo not on fridays; exit 2", "not on fridays"),
        (writes('{"reason": "as json"}') + "; exit 2", "as json"),
        ("echo as stderr >&2; exit 2", "as stderr"),
        ("exit 2", "no reason was given"),
        (writes('{"action": "block", "reason": "politely"}'), "politely"),
    ],
)
async def test_a_command_blocks_with_exit_2_or_by_its_answer(command: str, reason: str) -> None:
    with pytest.raises(BlockedByHook) as raised:
        await runner(command).pre(CONTEXT)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("exit 3", "ended with exit code 3"),
        ("no_such_command_anywhere", "ended with exit code 127"),
        ("kill -9 $$", "was ended by signal 9"),
        ("echo no json", "is no JSON object"),
        ('echo \'{"action": "mutate", "promt": "typo"}\'', "has no place in 'mutate'"),
        ("head -c 17000000 /dev/zero", f"is longer than {MAX_ANSWER_BYTES} bytes"),
    ],
)
async def test_any_other_end_is_a_failure_of_the_hook(command: str, problem: str) -> None:
    record = await record_of(command)
    assert record.outcome == "failed"
    assert problem in record.message


async def test_a_command_cannot_block_what_has_happened() -> None:
    running = runner("exit 2", "post_turn")
    await running.post(HookContext(phase="post_turn", cwd="/"))
    assert running.report.records[0].outcome == "failed"


async def test_the_end_of_stderr_stands_in_the_record() -> None:
    record = await record_of("seq 100000 >&2; echo the last words >&2; exit 3")
    assert record.message.endswith("100000\nthe last words")
    assert len(record.message) < 5000
    assert "stderr: watch out" in (await record_of("echo watch out >&2")).message


async def test_a_command_that_reads_nothing_of_a_long_context_is_fine() -> None:
    long = HookContext(phase="pre_turn", prompt="x" * 1_000_000, cwd="/")
    assert (await record_of("exec 0<&-; true", long)).outcome == "proceeded"
    assert (await record_of("test $(wc -c) -gt 1000000", long)).outcome == "proceeded"


async def test_a_command_runs_in_the_directory_of_the_turn_or_in_its_own(tmp_path: Path) -> None:
    context = HookContext(phase="pre_turn", cwd=str(tmp_path))
    (tmp_path / "own").mkdir()
    assert (await record_of("test -d own", context)).outcome == "proceeded"
    own = ShellCommand("test ! -d own", cwd=tmp_path / "own")
    assert (await record_of(own, context)).outcome == "proceeded"
    gone = ShellCommand("true", cwd=tmp_path / "gone")
    record = await record_of(gone, context)
    assert record.outcome == "failed"
    assert "could not be started" in record.message


async def test_its_environment_is_ours_and_what_is_added() -> None:
    command = ShellCommand('test "$ADDED" = "a b" && test -n "$PATH"', env={"ADDED": "a b"})
    assert (await record_of(command)).outcome == "proceeded"


async def test_tool_input_that_is_not_json_fails_and_blocks() -> None:
    running = runner("true", "pre_tool_use")
    odd = HookContext(phase="pre_tool_use", tool_name="t", tool_input=object(), cwd="/")
    block = await running.tool(odd)
    assert block is not None
    assert "is not JSON" in block.reason


# -- its end -------------------------------------------------------------------------------------


async def pids_from(fifo: Path) -> list[int]:
    """What the command reports of itself, as soon as it does."""
    told = await trio.to_thread.run_sync(fifo.read_text, abandon_on_cancel=True)
    return [int(pid) for pid in told.split()]


HANGS = "sleep 1000 & echo last words >&2; echo $$ $! > {fifo}; wait"
HANGS_ON = (
    "trap '' TERM; (trap '' TERM; sleep 1000) & echo $$ $! > {fifo}; while :; do sleep 9; done"
)


@pytest.mark.parametrize("command", [HANGS, HANGS_ON])
@pytest.mark.parametrize("how", ["timeout", "cancel"])
async def test_a_command_that_hangs_is_killed_with_its_group(
    tmp_path: Path, mock_clock: trio.testing.MockClock, command: str, how: str
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    before = descriptors()
    running = runner(command.format(fifo=shlex.quote(str(fifo))), timeout_s=5)
    scope = trio.CancelScope()

    async def run() -> None:
        with scope:
            await running.pre(CONTEXT)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        pids = await pids_from(fifo)
        assert len(pids) == 2
        assert all(is_there(pid) for pid in pids)
        mock_clock.jump(5) if how == "timeout" else scope.cancel()
        if command == HANGS_ON:
            await trio.testing.wait_all_tasks_blocked()
            mock_clock.jump(0.5)  # its grace
    child, grandchild = pids
    assert not is_there(child)
    assert await trio.to_thread.run_sync(ends, grandchild)
    assert descriptors() == before
    assert [r.outcome for r in running.report.records] == ["timed_out"] * (how == "timeout")
    if command == HANGS and how == "timeout":
        message = running.report.records[0].message
        assert message == "no answer within 5 s\nstderr: last words"


async def test_what_a_command_leaves_in_its_group_ends_with_it() -> None:
    before = descriptors()
    running = runner("sleep 1000 & echo $! >&2; exit 0")
    with trio.fail_after(BOUND_S):
        await running.pre(CONTEXT)
    (record,) = running.report.records
    assert record.outcome == "proceeded"
    left = int(record.message.removeprefix("stderr: "))
    assert await trio.to_thread.run_sync(ends, left)
    assert descriptors() == before


async def test_cancelling_before_it_starts_starts_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with trio.CancelScope() as scope:
        scope.cancel()
        await runner(f"touch {shlex.quote(str(mark))}").pre(CONTEXT)
    assert scope.cancelled_caught
    assert not mark.exists()
