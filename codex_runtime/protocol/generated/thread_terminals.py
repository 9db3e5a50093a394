# ruff: noqa: TC001
"""Commands outside a turn's items: background terminals, the user's shell.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import LegacyAppPathString

__all__ = [
    "ThreadBackgroundTerminal",
    "ThreadBackgroundTerminalsCleanParams",
    "ThreadBackgroundTerminalsCleanResponse",
    "ThreadBackgroundTerminalsListParams",
    "ThreadBackgroundTerminalsListResponse",
    "ThreadBackgroundTerminalsTerminateParams",
    "ThreadBackgroundTerminalsTerminateResponse",
    "ThreadShellCommandParams",
    "ThreadShellCommandResponse",
]


class ThreadBackgroundTerminal(Wire, frozen=True, kw_only=True, gc=False):
    """A command that runs on after the model stopped waiting for it."""

    command: str
    cwd: LegacyAppPathString
    item_id: str
    process_id: str
    cpu_percent: float | None = None
    """In percent."""
    os_pid: int | None = None
    rss_kb: int | None = None
    """In kilobytes."""


class ThreadBackgroundTerminalsCleanParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/backgroundTerminals/clean``."""

    thread_id: str


class ThreadBackgroundTerminalsCleanResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/backgroundTerminals/clean``."""


class ThreadBackgroundTerminalsListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/backgroundTerminals/list``."""

    thread_id: str
    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    limit: int | UnsetType | None = UNSET
    """Optional page size."""


class ThreadBackgroundTerminalsListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/backgroundTerminals/list``."""

    data: list[ThreadBackgroundTerminal]
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. If None, there are no
    more items to return.
    """


class ThreadBackgroundTerminalsTerminateParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/backgroundTerminals/terminate``."""

    process_id: str
    thread_id: str


class ThreadBackgroundTerminalsTerminateResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/backgroundTerminals/terminate``."""

    terminated: bool


class ThreadShellCommandParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/shellCommand``."""

    command: str
    """Shell command string evaluated by the thread's configured shell. Unlike `command/exec`, this
    intentionally preserves shell syntax such as pipes, redirects, and quoting. This runs
    unsandboxed with full access rather than inheriting the thread sandbox policy.
    """
    thread_id: str
    timeout_ms: int | UnsetType | None = UNSET
    """Maximum execution time in milliseconds. Defaults to one hour when omitted or null. Must be
    non-negative; zero requests an immediate timeout, not unlimited execution. Does not affect the
    immediate RPC acknowledgement.
    """


class ThreadShellCommandResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/shellCommand``."""
