# ruff: noqa: PYI051
"""Machines that threads work on.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire

__all__ = [
    "EnvironmentAddParams",
    "EnvironmentAddResponse",
    "EnvironmentInfoParams",
    "EnvironmentInfoResponse",
    "EnvironmentShellInfo",
    "EnvironmentSkillsParams",
    "EnvironmentStatusKind",
    "EnvironmentStatusParams",
    "EnvironmentStatusResponse",
    "PathUri",
    "ThreadEnvironmentConnected",
    "ThreadEnvironmentDisconnected",
]


class EnvironmentSkillsParams(Wire, frozen=True, kw_only=True):
    """What is asked of the skills of an environment."""

    required: list[str] | UnsetType | None = UNSET
    """Exact catalog names that must be available from this environment."""


class EnvironmentAddParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``environment/add``.

    Adds or replaces a remote environment by id for later selection.
    """

    environment_id: str
    exec_server_url: str
    auth_bearer_token: str | UnsetType | None = UNSET
    """Optional raw bearer token for executor authentication, including reconnects. Requires a
    secure transport or a loopback destination.
    """
    connect_timeout_ms: int | UnsetType | None = UNSET
    """Optional WebSocket connection timeout. The server default applies when omitted. In
    milliseconds.
    """
    skills: EnvironmentSkillsParams | UnsetType | None = UNSET
    """Required skills supplied by this environment, checked before model inference."""
    websocket_request_id: str | UnsetType | None = UNSET
    """Optional X-Request-ID for the direct WebSocket upgrade, including reconnects. Requires a
    secure transport or a loopback destination.
    """


class EnvironmentAddResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``environment/add``."""


class ThreadEnvironmentConnected(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/environment/connected``."""

    METHOD: ClassVar[str] = "thread/environment/connected"

    environment_id: str
    thread_id: str


class ThreadEnvironmentDisconnected(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/environment/disconnected``."""

    METHOD: ClassVar[str] = "thread/environment/disconnected"

    environment_id: str
    thread_id: str


class EnvironmentInfoParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``environment/info``.

    Reads information from a configured execution environment.
    """

    environment_id: str


class EnvironmentShellInfo(Wire, frozen=True, kw_only=True, gc=False):
    """The shell of an environment."""

    name: str
    """Stable shell name, for example `zsh`, `bash`, `powershell`, `sh`, or `cmd`."""
    path: str
    """Target-native shell executable path or command name."""


PathUri: TypeAlias = str


class EnvironmentInfoResponse(Wire, frozen=True, kw_only=True):
    """Result of ``environment/info``."""

    shell: EnvironmentShellInfo
    cwd: PathUri | None = None
    """Default working directory reported by the environment, as a canonical file URI."""


EnvironmentStatusKind: TypeAlias = Literal["ready", "pending", "disconnected", "unknown"] | str
"""Current status observed by app-server without starting or recovering an environment. For a
currently ready remote environment, app-server asks the existing exec-server connection for
`environment/status` without allowing recovery. ``ready``: The environment is local, or an
already-connected remote exec-server answered `environment/status` over its existing initialized
connection. ``pending``: The configured environment has no ready connection and no observed
connection failure. This includes lazy environments that have never been started and initial startup
that has not finished. ``disconnected``: A connection attempt, prior connection, or fail-fast
`environment/status` probe observed a failure. This does not promise the failure is terminal: later
normal environment use may recover it. This call does not trigger recovery; `error` contains the
observed reason. ``unknown``: The requested environment id is not configured in app-server.
"""


class EnvironmentStatusParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``environment/status``.

    Parameters for reading the current status of one configured environment.
    """

    environment_id: str
    """Environment id to inspect."""


class EnvironmentStatusResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``environment/status``.

    Current status for the requested environment.
    """

    status: EnvironmentStatusKind
    """Current status observed without starting or recovering the environment."""
    error: str | None = None
    """Human-readable detail for `disconnected` and `unknown`; omitted for other statuses."""
