"""The server process itself: diagnostics, clock, attestation, upkeep.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire

__all__ = [
    "AttestationGenerateParams",
    "AttestationGenerateResponse",
    "CurrentTimeReadParams",
    "CurrentTimeReadResponse",
    "DeprecationNotice",
    "MockExperimentalMethodParams",
    "MockExperimentalMethodResponse",
    "RolloutCompressResponse",
    "ServerDiagnosticsGauge",
    "ServerDiagnosticsParams",
    "ServerDiagnosticsProcess",
    "ServerDiagnosticsResponse",
]


class AttestationGenerateParams(Wire, frozen=True, kw_only=True, gc=False):
    """Server request ``attestation/generate``.

    Generate a fresh upstream attestation result on demand.
    """


class AttestationGenerateResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Answer to the server request ``attestation/generate``."""

    token: str
    """Opaque client attestation token."""


class CurrentTimeReadParams(Wire, frozen=True, kw_only=True, gc=False):
    """Server request ``currentTime/read``.

    Read the current time from an external clock owned by the client.
    """

    thread_id: str


class CurrentTimeReadResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Answer to the server request ``currentTime/read``."""

    current_time_at: int
    """Current time as whole Unix seconds."""


class DeprecationNotice(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``deprecationNotice``."""

    METHOD: ClassVar[str] = "deprecationNotice"

    summary: str
    """Concise summary of what is deprecated."""
    details: str | None = None
    """Optional extra guidance, such as migration steps or rationale."""


class MockExperimentalMethodParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``mock/experimentalMethod``.

    Test-only method used to validate experimental gating.
    """

    value: str | UnsetType | None = UNSET
    """Test-only payload field."""


class MockExperimentalMethodResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``mock/experimentalMethod``."""

    echoed: str | None = None
    """Echoes the input `value`."""


class RolloutCompressResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``rollout/compress``.

    Acknowledges the compression trigger, not completion. Existing maintenance locks and cooldowns
    can cause the background pass to skip without doing work.
    """


class ServerDiagnosticsGauge(Wire, frozen=True, kw_only=True, gc=False):
    """One figure of the server."""

    name: str
    value: int


class ServerDiagnosticsParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``server/diagnostics``.

    Read content-free, process-local diagnostics.
    """


class ServerDiagnosticsProcess(Wire, frozen=True, kw_only=True, gc=False):
    """The process of the server."""

    id: int
    physical_footprint_bytes: int | None = None
    """In bytes."""
    resident_memory_bytes: int | None = None
    """In bytes."""


class ServerDiagnosticsResponse(Wire, frozen=True, kw_only=True):
    """Result of ``server/diagnostics``."""

    gauges: list[ServerDiagnosticsGauge]
    process: ServerDiagnosticsProcess
