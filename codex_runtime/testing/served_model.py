"""The scripted model for programs that do not run trio: asyncio, plain scripts, notebooks, threads.

Owns a door without async and a face that any thread may use, over a thread of its own. What the
model is and says is `scripted_model.py`, the thread is `faces.thread`. Enter at
`serve_scripted_model`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import trio

from codex_runtime.errors import RuntimeClosed
from codex_runtime.faces.jobs import Job
from codex_runtime.faces.queues import Bell
from codex_runtime.faces.thread import OwnedThread
from codex_runtime.testing.scripted_model import ScriptedModel, open_scripted_model

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Sequence
    from pathlib import Path

    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.testing.requests import ModelRequest
    from codex_runtime.testing.steps import Gate, Reply

__all__ = ["ServedModel", "serve_scripted_model"]

_CLOSE_S: Final = 10.0
"""Closing sockets takes no time; a thread that is stuck is left to the end of the process."""


class ServedModel:
    """A `ScriptedModel` for any thread and any event loop; made by `serve_scripted_model`.

    Replies are taken from `enqueue` first, then from `respond`, else a fixed text is sent. The
    waits block their thread: in asyncio, `await asyncio.to_thread(model.wait_for_requests, 1)`.
    """

    def __init__(self, thread: OwnedThread[ScriptedModel], model: ScriptedModel) -> None:
        self._thread = thread
        self._model = model
        self.base_url: Final = model.base_url
        """Root of the API, with its port."""

    @property
    def errors(self) -> Sequence[Exception]:
        """What `respond` raised, in order; each was answered with HTTP 500."""
        return self._model.errors

    @property
    def requests(self) -> Sequence[ModelRequest]:
        """Every request so far, in order of arrival; `requests[n].index == n`. All are kept."""
        return self._model.requests

    @property
    def active_streams(self) -> int:
        """How many requests are being answered now."""
        return self._model.active_streams

    def enqueue(self, *replies: Reply) -> None:
        """Answer the next requests with these, in order, before `respond` is asked."""
        self._thread.now(partial(self._model.enqueue, *replies))

    def release(self, gate: Gate | None = None) -> None:
        """Release ``gate``; without one let every answer under way go on past one bare `silence()`.

        A gate that answers wait at is released in this way only: `Gate.release` belongs to trio.
        """
        self._thread.now(self._model.release if gate is None else gate.release)

    def wait_for_requests(self, count: int, timeout_s: float = 30.0) -> Sequence[ModelRequest]:
        """Return `requests` once there are `count`; raises `TimeoutError`."""
        if not self._wait(partial(self._model.wait_for_requests, count), timeout_s):
            there = len(self.requests)
            raise TimeoutError(f"not {count} requests within {timeout_s:g} s: there were {there}")
        return self.requests

    def wait_disconnected(self, index: int, timeout_s: float = 30.0) -> None:
        """Return once the client dropped the answer to request `index` (at an interrupt it does).

        Waits for that request to arrive, too.

        Raises:
            RuntimeError: That answer ended otherwise.
            TimeoutError: It still runs, or never began.
        """
        if not self._wait(partial(self._model.wait_disconnected, index), timeout_s):
            raise TimeoutError(f"request {index} was not dropped within {timeout_s:g} s")

    def config_overrides(self) -> dict[str, object]:
        """Configuration of an app-server that asks this model and nothing else (for `-c`)."""
        return self._model.config_overrides()

    def environment(self) -> dict[str, str]:
        """Variables that keep the app-server quiet, and its requests to us off any proxy."""
        return self._model.environment()

    def runtime_config(self, home: Path, **overrides: Any) -> RuntimeConfig:
        """A `RuntimeConfig` whose app-server lives in `home` and asks this model.

        `overrides` are fields of `RuntimeConfig` (hence `Any`); `config_overrides` and `env` are
        merged over ours, every other one is taken as it is.
        """
        return self._model.runtime_config(home, **overrides)

    def _wait(self, wait: Callable[[], Awaitable[object]], timeout_s: float) -> bool:
        """Whether it was over in time; Ctrl-C ends it."""

        async def bounded() -> bool:
            with trio.move_on_after(timeout_s) as scope:
                await wait()
            return not scope.cancelled_caught

        bell = Bell()
        job = Job(bounded, bell.ring)
        try:
            self._thread.submit(job)
            try:
                bell.wait()
            except BaseException:  # Ctrl-C: nobody waits for it
                self._thread.soon(partial(job.cancel, bell.ring))
                raise
            return job.result()
        except RuntimeClosed:
            raise RuntimeError("the model is served no more: its block was left") from None


@contextmanager
def serve_scripted_model(
    respond: Callable[[ModelRequest], Reply] | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Generator[ServedModel]:
    """Serve a scripted model while the block runs, from a thread of its own.

    `open_scripted_model` for programs without trio: a plain context manager, in asyncio too.

    Args:
        respond: Called once per request, in the model's thread, which must not block there.
        host: Address to listen on; anything but loopback opens the model to the network.
        port: 0 takes any free port.

    Leaving the block, in whatever way, cuts the open streams, closes the port and ends the thread.
    What the block raises comes out as it is.
    """
    thread = OwnedThread(partial(open_scripted_model, respond, host=host, port=port))
    opened = threading.Event()
    thread.start()
    try:
        thread.when_open(opened.set)
        opened.wait()
        if thread.resource is not None:
            yield ServedModel(thread, thread.resource)
    finally:
        thread.stop(hurry=True)
        thread.join(_CLOSE_S)
    if thread.problem is not None:
        raise thread.problem
