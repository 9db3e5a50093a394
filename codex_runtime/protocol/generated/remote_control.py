# ruff: noqa: PYI051
"""Driving this server from another device.

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
    "RemoteControlClient",
    "RemoteControlClientsListOrder",
    "RemoteControlClientsListParams",
    "RemoteControlClientsListResponse",
    "RemoteControlClientsRevokeParams",
    "RemoteControlClientsRevokeResponse",
    "RemoteControlConnectionStatus",
    "RemoteControlDisableParams",
    "RemoteControlDisableResponse",
    "RemoteControlEnableParams",
    "RemoteControlEnableResponse",
    "RemoteControlPairingStartParams",
    "RemoteControlPairingStartResponse",
    "RemoteControlPairingStatusParams",
    "RemoteControlPairingStatusResponse",
    "RemoteControlStatusChanged",
    "RemoteControlStatusReadResponse",
]


class RemoteControlClient(Wire, frozen=True, kw_only=True, gc=False):
    """A device that may drive this server."""

    client_id: str
    app_version: str | None = None
    device_model: str | None = None
    device_type: str | None = None
    display_name: str | None = None
    last_seen_at: int | None = None
    os_version: str | None = None
    platform: str | None = None


RemoteControlClientsListOrder: TypeAlias = Literal["asc", "desc"] | str


class RemoteControlClientsListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``remoteControl/client/list``."""

    environment_id: str
    cursor: str | UnsetType | None = UNSET
    limit: int | UnsetType | None = UNSET
    order: RemoteControlClientsListOrder | UnsetType | None = UNSET


class RemoteControlClientsListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``remoteControl/client/list``."""

    data: list[RemoteControlClient]
    next_cursor: str | None = None


class RemoteControlClientsRevokeParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``remoteControl/client/revoke``."""

    client_id: str
    environment_id: str


class RemoteControlClientsRevokeResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``remoteControl/client/revoke``."""


RemoteControlConnectionStatus: TypeAlias = (
    Literal[
        "disabled",
        "connecting",
        "connected",
        "errored",
    ]
    | str
)


class RemoteControlDisableParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``remoteControl/disable``."""

    ephemeral: bool | UnsetType = UNSET


class RemoteControlDisableResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``remoteControl/disable``."""

    installation_id: str
    server_name: str
    status: RemoteControlConnectionStatus
    environment_id: str | None = None


class RemoteControlEnableParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``remoteControl/enable``."""

    ephemeral: bool | UnsetType = UNSET


class RemoteControlEnableResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``remoteControl/enable``."""

    installation_id: str
    server_name: str
    status: RemoteControlConnectionStatus
    environment_id: str | None = None


class RemoteControlPairingStartParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``remoteControl/pairing/start``."""

    manual_code: bool | UnsetType = UNSET


class RemoteControlPairingStartResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``remoteControl/pairing/start``."""

    environment_id: str
    expires_at: int
    """Unix timestamp, in seconds."""
    pairing_code: str
    manual_pairing_code: str | None = None


class RemoteControlPairingStatusParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``remoteControl/pairing/status``."""

    manual_pairing_code: str | UnsetType | None = UNSET
    pairing_code: str | UnsetType | None = UNSET


class RemoteControlPairingStatusResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``remoteControl/pairing/status``."""

    claimed: bool


class RemoteControlStatusChanged(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``remoteControl/status/changed``.

    Current remote-control connection status and remote identity exposed to clients.
    """

    METHOD: ClassVar[str] = "remoteControl/status/changed"

    installation_id: str
    server_name: str
    status: RemoteControlConnectionStatus
    environment_id: str | None = None


class RemoteControlStatusReadResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``remoteControl/status/read``."""

    installation_id: str
    server_name: str
    status: RemoteControlConnectionStatus
    environment_id: str | None = None
