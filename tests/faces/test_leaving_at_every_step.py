"""Ctrl-C at every single step that a thread of the user makes in the blocking face."""

from __future__ import annotations

import dis
import gc
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import codex_runtime.faces
from codex_runtime import SessionConfig
from codex_runtime.blocking import Runtime, open_fake_runtime
from codex_runtime.testing import FakeAppServer
from tests.faces.leaving import BOUND_S, SESSION, wait_for_their_end

FACES = str(Path(codex_runtime.faces.__file__).parent)


class CtrlC(KeyboardInterrupt):
    """At the one step."""


class Interrupting:
    """Raises at the ``step``-th moment at which Python may do so, in the code of the faces.

    It looks for signals as a function begins, as a loop goes back, and after a call of what is not
    written in Python.
    """

    def __init__(self, step: int) -> None:
        self.left = step
        self._last: dict[FrameType, int] = {}
        self._returned: set[FrameType | None] = set()

    # Any: as sys.settrace has it.
    def trace(self, frame: FrameType, _event: str, _argument: object) -> Any:
        self._returned.add(frame.f_back)
        if not frame.f_code.co_filename.startswith(FACES):
            return None
        frame.f_trace_opcodes = True
        return self.trace_step

    def trace_step(self, frame: FrameType, event: str, _argument: object) -> Any:
        if event == "return":
            self._last.pop(frame, None)
        elif event == "opcode":
            before = self._last.get(frame)
            self._last[frame] = frame.f_lasti
            is_python = frame in self._returned
            self._returned.discard(frame)
            if before is not None and self._looks(frame, before, is_python=is_python):
                self.left -= 1
                if self.left == 0:
                    raise CtrlC
        return self.trace_step

    @staticmethod
    def _looks(frame: FrameType, offset: int, *, is_python: bool) -> bool:
        name = dis.opname[frame.f_code.co_code[offset]]
        return name in {"RESUME", "JUMP_BACKWARD"} or (name.startswith("CALL") and not is_python)


def interrupted(step: int, use: Callable[[], object]) -> bool:
    """Whether the use had that many steps; it was interrupted there."""
    interrupting = Interrupting(step)
    gc.disable()  # what is raised while garbage is collected, Python shows to nobody
    sys.settrace(interrupting.trace)
    try:
        use()
    except CtrlC:
        pass
    finally:
        sys.settrace(None)
        gc.enable()
    return interrupting.left <= 0


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    gc.collect()
    wait_for_their_end()


def ask(runtime: Runtime) -> None:
    runtime.run("hello", SESSION)


def stream(runtime: Runtime) -> None:
    session = runtime.start_session(SessionConfig(cwd=".", ephemeral=True))
    with session, session.ask_stream("hello") as turn:
        for _ in turn:
            pass


def look_on(runtime: Runtime) -> None:
    with runtime.subscribe() as events:
        runtime.run("hello", SESSION)
        next(events)


@pytest.mark.parametrize("use", [ask, stream, look_on], ids=lambda use: use.__name__)
def test_a_runtime_goes_on_wherever_its_user_is_interrupted(
    use: Callable[[Runtime], None],
) -> None:
    server = FakeAppServer()

    def check(runtime: Runtime) -> None:
        assert runtime.run("next", SESSION).text == "echo: next"
        assert server.running == []
        assert runtime.statistics().pending_calls == 0

    with ThreadPoolExecutor(1) as pool, open_fake_runtime(server) as runtime:
        step = 0
        goes_on = True
        while goes_on:
            step += 1
            goes_on = pool.submit(interrupted, step, lambda: use(runtime)).result(BOUND_S)
            gc.collect(0)
            pool.submit(check, runtime).result(BOUND_S)
    assert step > 5


def test_a_runtime_ends_wherever_it_is_interrupted_while_it_is_opened_or_left() -> None:
    server = FakeAppServer()

    def use() -> None:
        with open_fake_runtime(server) as runtime:
            runtime.statistics()

    with ThreadPoolExecutor(1) as pool:
        step = 0
        goes_on = True
        while goes_on:
            step += 1
            goes_on = pool.submit(interrupted, step, use).result(BOUND_S)
            gc.collect()
            wait_for_their_end()
    assert step > 5
