# ruff: noqa: PYI051, TC001
"""Commands that the server runs for a client, in its sandbox.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.turns import SandboxPolicy

__all__ = [
    "CommandExecOutputDelta",
    "CommandExecOutputStream",
    "CommandExecParams",
    "CommandExecResizeParams",
    "CommandExecResizeResponse",
    "CommandExecResponse",
    "CommandExecTerminalSize",
    "CommandExecTerminateParams",
    "CommandExecTerminateResponse",
    "CommandExecWriteParams",
    "CommandExecWriteResponse",
]


CommandExecOutputStream: TypeAlias = Literal["stdout", "stderr"] | str
"""Stream label for `command/exec/outputDelta` notifications. ``stdout``: stdout stream. PTY mode
multiplexes terminal output here. ``stderr``: stderr stream.
"""


class CommandExecOutputDelta(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``command/exec/outputDelta``.

    Base64-encoded output chunk emitted for a streaming `command/exec` request. These notifications
    are connection-scoped. If the originating connection closes, the server terminates the process.
    """

    METHOD: ClassVar[str] = "command/exec/outputDelta"

    cap_reached: bool
    """`true` on the final streamed chunk for a stream when `outputBytesCap` truncated later output
    on that stream.
    """
    delta_base64: str
    """Base64-encoded output bytes."""
    process_id: str
    """Client-supplied, connection-scoped `processId` from the original `command/exec` request."""
    stream: CommandExecOutputStream
    """Output stream for this chunk."""


class CommandExecTerminalSize(Wire, frozen=True, kw_only=True, gc=False):
    """PTY size in character cells for `command/exec` PTY sessions."""

    cols: int
    """Terminal width in character cells."""
    rows: int
    """Terminal height in character cells."""


class CommandExecParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``command/exec``.

    Run a standalone command (argv vector) in the server sandbox without creating a thread or turn.
    The final `command/exec` response is deferred until the process exits and is sent only after all
    `command/exec/outputDelta` notifications for that connection have been emitted.
    """

    command: list[str]
    """Command argv vector. Empty arrays are rejected."""
    cwd: str | UnsetType | None = UNSET
    """Optional working directory. Defaults to the server cwd."""
    disable_output_cap: bool | UnsetType = UNSET
    """Disable stdout/stderr capture truncation for this request. Cannot be combined with
    `outputBytesCap`.
    """
    disable_timeout: bool | UnsetType = UNSET
    """Disable the timeout entirely for this request. Cannot be combined with `timeoutMs`."""
    env: dict[str, str | None] | UnsetType | None = UNSET
    """Optional environment overrides merged into the server-computed environment. Matching names
    override inherited values. Set a key to `null` to unset an inherited variable.
    """
    output_bytes_cap: int | UnsetType | None = UNSET
    """Optional per-stream stdout/stderr capture cap in bytes. When omitted, the server default
    applies. Cannot be combined with `disableOutputCap`.
    """
    permission_profile: str | UnsetType | None = UNSET
    """Optional active permissions profile id for this command. Defaults to the user's configured
    permissions when omitted. Cannot be combined with `sandboxPolicy`. Experimental: needs
    ``experimental_api=True``.
    """
    process_id: str | UnsetType | None = UNSET
    """Optional client-supplied, connection-scoped process id. Required for `tty`, `streamStdin`,
    `streamStdoutStderr`, and follow-up `command/exec/write`, `command/exec/resize`, and
    `command/exec/terminate` calls. When omitted, buffered execution gets an internal id that is not
    exposed to the client.
    """
    sandbox_policy: SandboxPolicy | UnsetType | None = UNSET
    """Optional sandbox policy for this command. Uses the same shape as thread/turn execution
    sandbox configuration and defaults to the user's configured policy when omitted. Cannot be
    combined with `permissionProfile`.
    """
    size: CommandExecTerminalSize | UnsetType | None = UNSET
    """Optional initial PTY size in character cells. Only valid when `tty` is true."""
    stream_stdin: bool | UnsetType = UNSET
    """Allow follow-up `command/exec/write` requests to write stdin bytes. Requires a
    client-supplied `processId`.
    """
    stream_stdout_stderr: bool | UnsetType = UNSET
    """Stream stdout/stderr via `command/exec/outputDelta` notifications. Streamed bytes are not
    duplicated into the final response and require a client-supplied `processId`.
    """
    timeout_ms: int | UnsetType | None = UNSET
    """Optional timeout in milliseconds. When omitted, the server default applies. Cannot be
    combined with `disableTimeout`.
    """
    tty: bool | UnsetType = UNSET
    """Enable PTY mode. This implies `streamStdin` and `streamStdoutStderr`."""


class CommandExecResizeParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``command/exec/resize``.

    Resize a running PTY-backed `command/exec` session.
    """

    process_id: str
    """Client-supplied, connection-scoped `processId` from the original `command/exec` request."""
    size: CommandExecTerminalSize
    """New PTY size in character cells."""


class CommandExecResizeResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``command/exec/resize``.

    Empty success response for `command/exec/resize`.
    """


class CommandExecResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``command/exec``.

    Final buffered result for `command/exec`.
    """

    exit_code: int
    """Process exit code."""
    stderr: str
    """Buffered stderr capture. Empty when stderr was streamed via `command/exec/outputDelta`."""
    stdout: str
    """Buffered stdout capture. Empty when stdout was streamed via `command/exec/outputDelta`."""


class CommandExecTerminateParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``command/exec/terminate``.

    Terminate a running `command/exec` session.
    """

    process_id: str
    """Client-supplied, connection-scoped `processId` from the original `command/exec` request."""


class CommandExecTerminateResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``command/exec/terminate``.

    Empty success response for `command/exec/terminate`.
    """


class CommandExecWriteParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``command/exec/write``.

    Write stdin bytes to a running `command/exec` session, close stdin, or both.
    """

    process_id: str
    """Client-supplied, connection-scoped `processId` from the original `command/exec` request."""
    close_stdin: bool | UnsetType = UNSET
    """Close stdin after writing `deltaBase64`, if present."""
    delta_base64: str | UnsetType | None = UNSET
    """Optional base64-encoded stdin bytes to write."""


class CommandExecWriteResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``command/exec/write``.

    Empty success response for `command/exec/write`.
    """
