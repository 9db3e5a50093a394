# ruff: noqa: PYI051, TC001
"""Models and what their providers can do.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import ReasoningEffort
from codex_runtime.protocol.generated.turns import CyberAccessProgram

__all__ = [
    "InputModality",
    "Model",
    "ModelAccessPrograms",
    "ModelAvailabilityNux",
    "ModelListParams",
    "ModelListResponse",
    "ModelProviderCapabilitiesReadParams",
    "ModelProviderCapabilitiesReadResponse",
    "ModelServiceTier",
    "ModelUpgradeInfo",
    "MultiAgentVersion",
    "ReasoningEffortOption",
]


InputModality: TypeAlias = Literal["text", "image", "audio"] | str
"""Canonical user-input modality tags advertised by a model. ``text``: Plain text turns and tool
payloads. ``image``: Image attachments included in user turns. ``audio``: Audio attachments included
in user turns.
"""


class ModelAccessPrograms(Wire, frozen=True, kw_only=True):
    """Caller-specific explicit access programs advertised by model discovery."""

    cyber: list[CyberAccessProgram]
    """Accepted explicit selections."""


class ModelAvailabilityNux(Wire, frozen=True, kw_only=True, gc=False):
    """A message about the model's availability."""

    message: str


class ModelServiceTier(Wire, frozen=True, kw_only=True, gc=False):
    """A class of service that the model can be used with."""

    description: str
    id: str
    name: str


class ModelUpgradeInfo(Wire, frozen=True, kw_only=True, gc=False):
    """The model that replaces this one."""

    model: str
    migration_markdown: str | None = None
    model_link: str | None = None
    retirement_at: int | None = None
    """Informational Unix timestamp for this upgrade's scheduled retirement, if known."""
    upgrade_copy: str | None = None


MultiAgentVersion: TypeAlias = Literal["disabled", "v1", "v2"] | str
"""Multi-agent runtime supported by a model."""


class ReasoningEffortOption(Wire, frozen=True, kw_only=True, gc=False):
    """A reasoning effort that a model offers."""

    description: str
    reasoning_effort: ReasoningEffort


class Model(Wire, frozen=True, kw_only=True):
    """A model, and what it can do."""

    default_reasoning_effort: ReasoningEffort
    description: str
    display_name: str
    hidden: bool
    id: str
    is_default: bool
    model: str
    supported_reasoning_efforts: list[ReasoningEffortOption]
    additional_speed_tiers: list[str] = msgspec.field(default_factory=list[str])
    """Deprecated: use `serviceTiers` instead."""
    availability_nux: ModelAvailabilityNux | None = None
    available_access_programs: ModelAccessPrograms | None = None
    """Null when the catalog does not provide access-program metadata."""
    default_service_tier: str | None = None
    """Catalog default service tier id for this model, when one is configured."""
    input_modalities: list[InputModality] = msgspec.field(default_factory=lambda: ["text", "image"])
    model_specialty: str | None = None
    multi_agent_version: MultiAgentVersion | None = None
    """Multi-agent runtime declared by this model, when available."""
    service_tiers: list[ModelServiceTier] = msgspec.field(default_factory=list[ModelServiceTier])
    supports_personality: bool = False
    """Deprecated: Always false; models no longer support personality selection."""
    upgrade: str | None = None
    upgrade_info: ModelUpgradeInfo | None = None


class ModelListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``model/list``."""

    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    include_hidden: bool | UnsetType | None = UNSET
    """When true, include models that are hidden from the default picker list."""
    limit: int | UnsetType | None = UNSET
    """Optional page size; defaults to a reasonable server-side value."""


class ModelListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``model/list``."""

    data: list[Model]
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. If None, there are no
    more items to return.
    """


class ModelProviderCapabilitiesReadParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``modelProvider/capabilities/read``."""


class ModelProviderCapabilitiesReadResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``modelProvider/capabilities/read``."""

    image_generation: bool
    web_search: bool
