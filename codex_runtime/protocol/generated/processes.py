# ruff: noqa: PYI051, TC001
"""Processes that the server runs for a client, without a sandbox.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import AbsolutePathBuf

__all__ = [
    "ProcessExited",
    "ProcessKillParams",
    "ProcessKillResponse",
    "ProcessOutputDelta",
    "ProcessOutputStream",
    "ProcessResizePtyParams",
    "ProcessResizePtyResponse",
    "ProcessSpawnParams",
    "ProcessSpawnResponse",
    "ProcessTerminalSize",
    "ProcessWriteStdinParams",
    "ProcessWriteStdinResponse",
]


class ProcessExited(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``process/exited``.

    Final process exit notification for `process/spawn`.
    """

    METHOD: ClassVar[str] = "process/exited"

    exit_code: int
    """Process exit code."""
    process_handle: str
    """Client-supplied, connection-scoped `processHandle` from `process/spawn`."""
    stderr: str
    """Buffered stderr capture. Empty when stderr was streamed via `process/outputDelta`."""
    stderr_cap_reached: bool
    """Whether stderr reached `outputBytesCap`. In streaming mode, stderr is empty and cap state is
    also reported on the final stderr `process/outputDelta` notification.
    """
    stdout: str
    """Buffered stdout capture. Empty when stdout was streamed via `process/outputDelta`."""
    stdout_cap_reached: bool
    """Whether stdout reached `outputBytesCap`. In streaming mode, stdout is empty and cap state is
    also reported on the final stdout `process/outputDelta` notification.
    """


class ProcessKillParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``process/kill``.

    Terminate a running `process/spawn` session.
    """

    process_handle: str
    """Client-supplied, connection-scoped `processHandle` from `process/spawn`."""


class ProcessKillResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``process/kill``.

    Empty success response for `process/kill`.
    """


ProcessOutputStream: TypeAlias = Literal["stdout", "stderr"] | str
"""Stream label for `process/outputDelta` notifications. ``stdout``: stdout stream. PTY mode
multiplexes terminal output here. ``stderr``: stderr stream.
"""


class ProcessOutputDelta(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``process/outputDelta``.

    Base64-encoded output chunk emitted for a streaming `process/spawn` request.
    """

    METHOD: ClassVar[str] = "process/outputDelta"

    cap_reached: bool
    """True on the final streamed chunk for this stream when output was truncated by
    `outputBytesCap`.
    """
    delta_base64: str
    """Base64-encoded output bytes."""
    process_handle: str
    """Client-supplied, connection-scoped `processHandle` from `process/spawn`."""
    stream: ProcessOutputStream
    """Output stream this chunk belongs to."""


class ProcessTerminalSize(Wire, frozen=True, kw_only=True, gc=False):
    """PTY size in character cells for `process/spawn` PTY sessions."""

    cols: int
    """Terminal width in character cells."""
    rows: int
    """Terminal height in character cells."""


class ProcessResizePtyParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``process/resizePty``.

    Resize a running PTY-backed `process/spawn` session.
    """

    process_handle: str
    """Client-supplied, connection-scoped `processHandle` from `process/spawn`."""
    size: ProcessTerminalSize
    """New PTY size in character cells."""


class ProcessResizePtyResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``process/resizePty``.

    Empty success response for `process/resizePty`.
    """


class ProcessSpawnParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``process/spawn``.

    Spawn a standalone process (argv vector) without a Codex sandbox on the host where the app
    server is running. `process/spawn` returns after the process has started and the
    connection-scoped `processHandle` has been registered. Process output and exit are reported via
    `process/outputDelta` and `process/exited` notifications.
    """

    command: list[str]
    """Command argv vector. Empty arrays are rejected."""
    cwd: AbsolutePathBuf
    """Absolute working directory for the process."""
    process_handle: str
    """Client-supplied, connection-scoped process handle. Duplicate active handles are rejected on
    the same connection. The same handle can be reused after the prior process exits.
    """
    env: dict[str, str | None] | UnsetType | None = UNSET
    """Optional environment overrides merged into the app-server process environment. Matching names
    override inherited values. Set a key to `null` to unset an inherited variable.
    """
    output_bytes_cap: int | UnsetType | None = UNSET
    """Optional per-stream stdout/stderr capture cap in bytes. When omitted, the server default
    applies. Set to `null` to disable the cap.
    """
    size: ProcessTerminalSize | UnsetType | None = UNSET
    """Optional initial PTY size in character cells. Only valid when `tty` is true."""
    stream_stdin: bool | UnsetType = UNSET
    """Allow follow-up `process/writeStdin` requests to write stdin bytes."""
    stream_stdout_stderr: bool | UnsetType = UNSET
    """Stream stdout/stderr via `process/outputDelta` notifications. Streamed bytes are not
    duplicated into the `process/exited` notification.
    """
    timeout_ms: int | UnsetType | None = UNSET
    """Optional timeout in milliseconds. When omitted, the server default applies. Set to `null` to
    disable the timeout.
    """
    tty: bool | UnsetType = UNSET
    """Enable PTY mode. This implies `streamStdin` and `streamStdoutStderr`."""


class ProcessSpawnResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``process/spawn``.

    Successful response for `process/spawn`.
    """


class ProcessWriteStdinParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``process/writeStdin``.

    Write stdin bytes to a running `process/spawn` session, close stdin, or both.
    """

    process_handle: str
    """Client-supplied, connection-scoped `processHandle` from `process/spawn`."""
    close_stdin: bool | UnsetType = UNSET
    """Close stdin after writing `deltaBase64`, if present."""
    delta_base64: str | UnsetType | None = UNSET
    """Optional base64-encoded stdin bytes to write."""


class ProcessWriteStdinResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``process/writeStdin``.

    Empty success response for `process/writeStdin`.
    """
