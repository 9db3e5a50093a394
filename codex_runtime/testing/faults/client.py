"""What a scenario needs of a client, whichever it is.

Owns the `Client` and `Stream` protocols, the plain values they speak in and the options a client is
opened with. Knows no client: the adapters are `ours`, `naive` and `official`. Enter at `Client`.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import attrs

from codex_runtime.launch.toml import render_overrides

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import trio

    from codex_runtime.transport.base import Transport

__all__ = [
    "Answer",
    "Approval",
    "Approve",
    "Client",
    "ClientFactory",
    "ClientOptions",
    "Contender",
    "Event",
    "Json",
    "Place",
    "Stream",
]

Json: TypeAlias = Any
"""Plain JSON, looked into key by key."""


@attrs.frozen(kw_only=True)
class Answer:
    """A turn that ended, as the client told it."""

    status: str
    """``completed``, ``interrupted``, ``failed``, or a client's own: ``lost``, ``timed_out``."""
    text: str = ""
    turn_id: str | None = None
    error: str = ""
    """Why it failed; empty otherwise."""
    error_kind: str = ""
    """The class of the failure (``codexErrorInfo``), where the client tells it."""
    reconciled: bool = False
    """The client took the end from the server's record."""
    tokens: int | None = None
    """Total tokens of this turn; None if the client does not tell."""


@attrs.frozen
class Event:
    """One notification, as the client handed it out."""

    method: str
    params: Json


@attrs.frozen(kw_only=True)
class Approval:
    """A request of the server that waits for a decision."""

    method: str
    request_id: int | str | None
    params: Json
    thread_id: str | None = None
    accept: Callable[[], Any] = attrs.field(default=lambda: "accept", repr=False)
    """The client's own yes, where it has one of another form."""


Approve: TypeAlias = Callable[[Approval], Awaitable[object]]
"""Decides: ``"accept"`` or ``"decline"``; anything else is passed on as it is, junk included."""


def _nothing() -> dict[str, object]:
    return {}


@attrs.frozen(kw_only=True)
class ClientOptions:
    """How a client is opened. A client ignores what it has no notion of."""

    approve: Approve | None = None
    """None: the client does what it does without being told."""
    ours: Mapping[str, object] = attrs.field(factory=_nothing)
    """Fields of `RuntimeConfig`, for `codex_runtime` alone."""


@attrs.frozen(kw_only=True)
class Place:
    """Where the server is: in this process, or a program to start."""

    connect: Callable[[], AbstractAsyncContextManager[Transport]] | None = None
    """In memory: each entering is the start of one server process."""
    codex_bin: str | None = None
    """A program: what is started is ``CODEX_BIN app-server``, see `launch`."""
    overrides: Mapping[str, object] = attrs.field(factory=_nothing)
    """Configuration of the server, for ``-c``."""
    env: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """Added to the environment of the program."""
    children: list[trio.Process] = attrs.field(factory=list["trio.Process"], repr=False)
    """What a client adds here is reaped after the trial."""

    def launch(self) -> tuple[tuple[str, ...], dict[str, str]]:
        """The arguments and the whole environment of the program; `ValueError` in memory."""
        if self.codex_bin is None:
            raise ValueError("this place is no program, but in memory: use connect")
        arguments = [part for text in render_overrides(self.overrides) for part in ("-c", text)]
        return (self.codex_bin, "app-server", *arguments), {**os.environ, **self.env}


class Stream(Protocol):
    """A turn under way; iterating hands out its events in order and ends with it."""

    @property
    def turn_id(self) -> str | None:
        """The server's id of the turn."""

    def __aiter__(self) -> AsyncIterator[Event]: ...

    async def interrupt(self) -> str:
        """Stop the turn; what the client says of it: see `Client.interrupt`."""
        ...

    async def answer(self) -> Answer:
        """Wait for the end, whatever was read."""
        ...


class Client(Protocol):
    """A client on one server. Everything may raise `ClientError`."""

    @property
    def name(self) -> str:
        """For the table."""
        ...

    @property
    def pending(self) -> int:
        """Requests that the client still waits for an answer to."""
        ...

    async def start_thread(self) -> str:
        """A new thread; its id."""
        ...

    async def resume_thread(self, thread_id: str) -> None:
        """Take up a stored thread."""

    async def ask(
        self,
        thread_id: str,
        prompt: str,
        *,
        deadline_s: float | None = None,
        key: str | None = None,
    ) -> Answer:
        """Run a turn to its end, however it ends; ``deadline_s`` is the client's own."""
        ...

    def stream(self, thread_id: str, prompt: str) -> AbstractAsyncContextManager[Stream]:
        """Run a turn and watch it; leaving the block early is leaving the turn."""
        ...

    async def interrupt(self, thread_id: str, turn_id: str | None = None) -> str:
        """Stop the running turn, or the one named.

        ``interrupted``, ``already_ended``, ``not_active`` or ``still_running``.
        """
        ...

    async def steer(self, thread_id: str, text: str) -> None:
        """Add to the running turn."""

    async def close_thread(self, thread_id: str) -> None:
        """Archive the thread."""

    async def call(self, method: str, params: Json, *, timeout_s: float | None = None) -> Json:
        """Any method; its result."""


ClientFactory: TypeAlias = Callable[[Place, ClientOptions], AbstractAsyncContextManager[Client]]
"""Opens a client; leaving the block closes it."""


@attrs.frozen
class Contender:
    """A client to be put on trial."""

    name: str
    open: ClientFactory
    real_time: bool = False
    """It knows no virtual time: it has threads or processes of its own. Rows in memory then take a
    tenth of their virtual time."""
    clock: Callable[[], trio.abc.Clock] | None = None
    """Makes the clock of a trial in memory, for a client that shares virtual time in its own way.
    None: it jumps when every task of the trial waits."""
    cancels: bool = True
    """Its calls end when the task that made them is cancelled."""
