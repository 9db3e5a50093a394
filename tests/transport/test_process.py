"""A real child: its spawn, its pipes, its end, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import trio
import trio.testing

from codex_runtime.transport import ProcessSpec, ProcessTransport, spawn_process
from codex_runtime.transport.process import SPAWN_MARKER
from tests.transport.children import (
    ECHO,
    IGNORES_EOF,
    IGNORES_EOF_AND_TERM,
    PARENT,
    is_running,
    python,
    read_lines,
    spawned_processes,
)


async def first_line(transport: ProcessTransport) -> bytes:
    return (await read_lines(transport, 1))[0]


async def exit_of(pid: int) -> None:
    """Wait until it has exited, without reaping it."""
    flags = os.WEXITED | os.WNOWAIT
    await trio.to_thread.run_sync(os.waitid, os.P_PID, pid, flags)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# -- the ladder ----------------------------------------------------------------------------------


async def test_a_child_that_exits_at_the_end_of_its_input_gets_no_signal() -> None:
    async with spawn_process(python(ECHO)) as transport:
        pass
    report = transport.exit_report
    assert report is not None
    assert (report.how, report.returncode) == ("eof", 0)
    assert (report.left_behind, report.swept) == ((), ())


async def test_a_child_that_ignores_the_end_of_its_input_gets_sigterm() -> None:
    async with spawn_process(python(IGNORES_EOF, shutdown_grace_s=0.5)) as transport:
        report = await transport.aclose()
    assert (report.how, report.returncode) == ("term", -signal.SIGTERM)


async def test_a_child_that_ignores_both_is_killed() -> None:
    async with spawn_process(python(IGNORES_EOF_AND_TERM, shutdown_grace_s=0.4)) as transport:
        assert await first_line(transport) == b"ready"
        report = await transport.aclose()
    assert (report.how, report.returncode) == ("kill", -signal.SIGKILL)


async def test_an_exit_nobody_asked_for_is_a_crash_with_code_0_too() -> None:
    async with spawn_process(python("print('bye')")) as transport:
        assert await first_line(transport) == b"bye"
        assert await transport.receive_some() == b""
        report = await transport.aclose()
    assert (report.how, report.returncode) == ("crash", 0)


async def test_a_child_killed_from_outside_is_a_crash_even_if_closed_in_the_same_moment() -> None:
    async with spawn_process(python(ECHO)) as transport:
        os.kill(transport.pid, signal.SIGKILL)
        await exit_of(transport.pid)
        report = await transport.aclose()
    assert (report.how, report.returncode) == ("crash", -signal.SIGKILL)


async def test_a_child_that_dies_of_a_signal_at_the_end_of_its_input_has_crashed() -> None:
    script = "import os\nos.read(0, 1)\nos.abort()"
    async with spawn_process(python(script)) as transport:
        report = await transport.aclose()
    assert (report.how, report.returncode) == ("crash", -signal.SIGABRT)


async def test_output_during_the_ladder_cannot_block_the_child() -> None:
    script = """
import os, sys
os.read(0, 1)
for fd in (1, 2):
    data = b"x" * 1_000_000
    while data:
        data = data[os.write(fd, data):]
"""
    async with spawn_process(python(script)) as transport:
        report = await transport.aclose()
    assert (report.how, report.returncode) == ("eof", 0)
    assert report.stderr_tail == "x" * 65_536


async def test_a_child_that_stops_reading_does_not_hold_up_the_end() -> None:
    async with spawn_process(python(IGNORES_EOF_AND_TERM, shutdown_grace_s=0.4)) as transport:
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(transport.send_all, b"x" * 8_000_000)
                await trio.testing.wait_all_tasks_blocked()
                scope.cancel()
    assert transport.exit_report is not None
    assert transport.exit_report.how == "kill"


# -- the end of the stream -----------------------------------------------------------------------


async def test_last_words_are_read_in_full_before_the_end() -> None:
    script = "import os\nos.write(1, b'x' * 65536)\nos._exit(3)"
    async with spawn_process(python(script)) as transport:
        await exit_of(transport.pid)
        await trio.testing.wait_all_tasks_blocked()
        received = b""
        while data := await transport.receive_some():
            received += data
    assert len(received) == 65_536


async def test_the_end_is_the_exit_although_a_grandchild_holds_the_pipes() -> None:
    async with spawn_process(python(PARENT, "holding_pipes", "leaves")) as transport:
        grandchild = int(await first_line(transport))
        assert await transport.receive_some() == b""
        assert is_running(grandchild)
        with pytest.raises(trio.BrokenResourceError):
            await transport.send_all(b"x" * 1_000_000)
    report = transport.exit_report
    assert report is not None
    assert (report.how, report.returncode, report.swept) == ("crash", 7, (grandchild,))


async def test_the_end_is_the_exit_although_a_grandchild_never_stops_writing() -> None:
    script = "import os, subprocess; subprocess.Popen(['yes']); os._exit(3)"
    async with spawn_process(python(script)) as transport:
        with trio.fail_after(30):
            while await transport.receive_some():
                # It is full again before it is read again.
                with suppress(trio.ClosedResourceError):
                    await trio.lowlevel.wait_readable(transport._stdout)
    assert transport.returncode == 3


async def test_a_sender_is_released_by_the_exit_although_a_grandchild_holds_the_pipe() -> None:
    async with spawn_process(python(PARENT, "holding_pipes", "waits")) as transport:
        await first_line(transport)
        with pytest.raises(trio.BrokenResourceError):
            await transport.send_all(b"x" * 1_000_000)  # one byte makes it leave


async def test_10_mb_of_stderr_before_the_first_reply_do_not_stall_it() -> None:
    script = """
import os
for _ in range(160):
    data = b"e" * 65536
    while data:
        data = data[os.write(2, data):]
os.write(2, "\\u00fcber\\xff".encode("latin-1"))
os.write(1, b"reply\\n")
os.read(0, 1)
"""
    async with spawn_process(python(script)) as transport:
        assert await transport.receive_some() == b"reply\n"
        report = await transport.aclose()
    assert report.stderr_tail == "e" * 65_531 + "\ufffdber\ufffd"
    assert transport.stderr_tail == report.stderr_tail


# -- what it started -----------------------------------------------------------------------------

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@linux_only
@pytest.mark.parametrize("kind", ["daemon", "filtered_daemon", "own_group"])
async def test_what_was_left_running_at_a_clean_exit_is_reported_not_killed(kind: str) -> None:
    async with spawn_process(python(PARENT, kind, "waits")) as transport:
        daemon = int(await first_line(transport))
        report = await transport.aclose()
    try:
        assert (report.how, report.left_behind, report.swept) == ("eof", (daemon,), ())
        assert is_running(daemon)
    finally:
        os.kill(daemon, signal.SIGKILL)


@linux_only
@pytest.mark.parametrize("kind", ["daemon", "own_group"])
async def test_what_a_crash_leaves_is_swept(kind: str) -> None:
    async with spawn_process(python(PARENT, kind, "crashes")) as transport:
        other = int(await first_line(transport))
        report = await transport.aclose()
    assert (report.how, report.left_behind, report.swept) == ("crash", (), (other,))


@linux_only
@pytest.mark.parametrize("kind", ["daemon", "filtered_daemon", "own_group"])
async def test_what_a_killed_child_leaves_is_swept(kind: str) -> None:
    async with spawn_process(python(PARENT, kind, "stubborn", shutdown_grace_s=1.0)) as transport:
        other, _ready = await read_lines(transport, 2)
        report = await transport.aclose()
    assert (report.how, report.left_behind, report.swept) == ("kill", (), (int(other),))
    assert not is_running(int(other))


# -- the spawn -----------------------------------------------------------------------------------


async def test_a_child_has_its_own_session_its_directory_and_its_environment(
    tmp_path: Path,
) -> None:
    script = """
import json, os
print(json.dumps([os.getpgrp(), os.getsid(0), os.getcwd(), dict(os.environ)]))
"""
    argv = (sys.executable, "-S", "-c", script)
    async with spawn_process(
        ProcessSpec(argv=argv, cwd=str(tmp_path), env={"ONE": "1"})
    ) as transport:
        group, session, cwd, env = json.loads(await first_line(transport))
    assert group == session == transport.pid
    assert cwd == str(tmp_path)
    assert env["ONE"] == "1"
    assert len(env[SPAWN_MARKER]) == 32
    assert "PATH" not in env


async def test_every_spawn_has_a_marker_of_its_own() -> None:
    script = f"import os; print(os.environ['{SPAWN_MARKER}'])"
    async with spawn_process(python(script)) as one, spawn_process(python(script)) as two:
        assert await first_line(one) != await first_line(two)


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        (ProcessSpec(argv=("/no/such/program",)), FileNotFoundError),
        (ProcessSpec(argv=("/",)), PermissionError),
        (ProcessSpec(argv=(__file__,)), PermissionError),
        (ProcessSpec(argv=("/bin/true",), cwd="/no/such/directory"), FileNotFoundError),
        (ProcessSpec(argv=("/bin/true", "nul\0")), OSError),
        (ProcessSpec(argv=("/bin/true", "\ud800")), OSError),
        (ProcessSpec(argv=("/bin/true",), env={"A=B": ""}), OSError),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_what_cannot_be_started_is_an_os_error(
    spec: ProcessSpec, error: type[OSError]
) -> None:
    with pytest.raises(error):
        async with spawn_process(spec):
            pytest.fail("it was started")


@pytest.mark.parametrize("grace_s", [0, -1, float("inf"), float("nan")])
def test_a_grace_that_is_no_bound_is_refused(grace_s: float) -> None:
    with pytest.raises(ValueError, match="shutdown_grace_s="):
        ProcessSpec(argv=("true",), shutdown_grace_s=grace_s)


def test_an_empty_command_is_refused() -> None:
    with pytest.raises(ValueError, match="argv is empty"):
        ProcessSpec(argv=())


# -- cancelling and errors -----------------------------------------------------------------------


class Own(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError("mine"), Own("mine")])
async def test_an_error_of_the_block_comes_out_as_it_is(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        async with spawn_process(python(ECHO)):
            raise error
    assert caught.value is error


async def test_an_error_of_the_block_survives_a_cancelled_scope() -> None:
    with trio.CancelScope() as scope, pytest.raises(ValueError, match="mine"):
        await fail_cancelled(scope)


async def fail_cancelled(scope: trio.CancelScope) -> None:
    async with spawn_process(python(ECHO)):
        scope.cancel()
        raise ValueError("mine")


async def cancel_at_checkpoint(number: int) -> bool:
    """Cancel a whole life of a child at its n-th schedule point; False when it has fewer."""
    this_task = trio.lowlevel.current_task()

    scope = trio.CancelScope()

    class Countdown(trio.abc.Instrument):
        left = number

        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            if task is this_task:
                self.left -= 1
                if not self.left:
                    scope.cancel()

    countdown = Countdown()
    with scope:
        trio.lowlevel.add_instrument(countdown)
        try:
            async with spawn_process(python(ECHO)) as transport:
                await transport.send_all(b"x")
                await transport.receive_some()
                await transport.aclose()
        finally:
            trio.lowlevel.remove_instrument(countdown)
    return countdown.left <= 0


async def test_cancelling_at_any_stage_leaves_no_process() -> None:
    before = spawned_processes()
    number = 1
    while await cancel_at_checkpoint(number):
        assert spawned_processes() - before == set()
        number += 1
    assert number > 4


async def test_cancelling_in_the_middle_of_the_ladder_does_not_cut_it_short() -> None:
    async with spawn_process(python(IGNORES_EOF_AND_TERM, shutdown_grace_s=0.4)) as transport:
        assert await first_line(transport) == b"ready"
        with trio.move_on_after(0.05):
            await transport.aclose()
        assert transport.exit_report is not None
        assert transport.exit_report.how == "kill"


async def test_200_lives_leave_no_descriptor_open() -> None:
    async def live() -> None:
        async with spawn_process(ProcessSpec(argv=("/bin/cat",))) as transport:
            await transport.send_all(b"x")
            assert await transport.receive_some() == b"x"

    await live()
    before = open_descriptors()
    for _ in range(200):
        await live()
    assert open_descriptors() == before


async def test_a_process_without_its_three_pipes_is_refused() -> None:
    process = await trio.lowlevel.open_process(["/bin/true"], stdin=subprocess.DEVNULL)
    await process.wait()
    with pytest.raises(TypeError, match="pipes on all three"):
        ProcessTransport(process, marker="", shutdown_grace_s=1)


# -- the real one --------------------------------------------------------------------------------


async def test_the_real_app_server_answers_and_exits_at_the_end_of_its_input(
    codex_path: str, tmp_path: Path
) -> None:
    spec = ProcessSpec(
        argv=(codex_path, "app-server"),
        env={**os.environ, "CODEX_HOME": str(tmp_path), "RUST_LOG": "error"},
    )
    async with spawn_process(spec) as transport:
        await transport.send_all(
            b'{"id":1,"method":"initialize",'
            b'"params":{"clientInfo":{"name":"transport_test","version":"0"}}}\n'
        )
        received = b""
        while b'"id":1' not in received or not received.endswith(b"\n"):
            received += await transport.receive_some()
        report = await transport.aclose()
    messages = [json.loads(line) for line in received.splitlines()]
    (answer,) = [message for message in messages if message.get("id") == 1]
    assert answer["result"]["userAgent"].startswith("transport_test/")
    assert (report.how, report.returncode) == ("eof", 0)
    assert (report.left_behind, report.swept) == ((), ())
