# ruff: noqa: PYI051, TC001
"""The sandbox on Windows.

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
    "WindowsSandboxReadiness",
    "WindowsSandboxReadinessResponse",
    "WindowsSandboxSetupCompleted",
    "WindowsSandboxSetupMode",
    "WindowsSandboxSetupStartParams",
    "WindowsSandboxSetupStartResponse",
    "WindowsWorldWritableWarning",
]


WindowsSandboxReadiness: TypeAlias = Literal["ready", "notConfigured", "updateRequired"] | str


class WindowsSandboxReadinessResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``windowsSandbox/readiness``."""

    status: WindowsSandboxReadiness


WindowsSandboxSetupMode: TypeAlias = Literal["elevated", "unelevated"] | str


class WindowsSandboxSetupCompleted(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``windowsSandbox/setupCompleted``."""

    METHOD: ClassVar[str] = "windowsSandbox/setupCompleted"

    mode: WindowsSandboxSetupMode
    success: bool
    error: str | None = None


class WindowsSandboxSetupStartParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``windowsSandbox/setupStart``."""

    mode: WindowsSandboxSetupMode
    cwd: AbsolutePathBuf | UnsetType | None = UNSET


class WindowsSandboxSetupStartResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``windowsSandbox/setupStart``."""

    started: bool


class WindowsWorldWritableWarning(Wire, frozen=True, kw_only=True):
    """Notification ``windows/worldWritableWarning``."""

    METHOD: ClassVar[str] = "windows/worldWritableWarning"

    extra_count: int
    failed_scan: bool
    sample_paths: list[str]
