# ruff: noqa: PYI051, TC001
"""Skills: listing and switching them.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import AbsolutePathBuf, LegacyAppPathString

__all__ = [
    "SkillDependencies",
    "SkillErrorInfo",
    "SkillInterface",
    "SkillMetadata",
    "SkillScope",
    "SkillToolDependency",
    "SkillsChanged",
    "SkillsConfigWriteParams",
    "SkillsConfigWriteResponse",
    "SkillsExtraRootsSetParams",
    "SkillsExtraRootsSetResponse",
    "SkillsListEntry",
    "SkillsListParams",
    "SkillsListResponse",
]


class SkillToolDependency(Wire, frozen=True, kw_only=True, gc=False):
    """A tool that a skill needs."""

    type: str
    value: str
    command: str | None = None
    description: str | None = None
    transport: str | None = None
    url: str | None = None


class SkillDependencies(Wire, frozen=True, kw_only=True):
    """What a skill needs."""

    tools: list[SkillToolDependency]


class SkillErrorInfo(Wire, frozen=True, kw_only=True, gc=False):
    """A skill that could not be loaded, and why."""

    message: str
    path: str


class SkillInterface(Wire, frozen=True, kw_only=True, gc=False):
    """How a skill is shown."""

    brand_color: str | None = None
    default_prompt: str | None = None
    display_name: str | None = None
    icon_large: AbsolutePathBuf | None = None
    icon_large_url: str | None = None
    """Remote large icon URL from the plugin catalog."""
    icon_small: AbsolutePathBuf | None = None
    icon_small_url: str | None = None
    """Remote small icon URL from the plugin catalog."""
    short_description: str | None = None


SkillScope: TypeAlias = Literal["user", "repo", "system", "admin"] | str


class SkillMetadata(Wire, frozen=True, kw_only=True):
    """A skill."""

    description: str
    enabled: bool
    name: str
    path: LegacyAppPathString
    scope: SkillScope
    dependencies: SkillDependencies | None = None
    interface: SkillInterface | None = None
    plugin_id: str | None = None
    """Owning plugin ID, matching `PluginSummary.id`, when known."""
    short_description: str | None = None
    """Legacy short_description from SKILL.md. Prefer SKILL.json interface.short_description."""


class SkillsChanged(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``skills/changed``.

    Notification emitted when watched local skill files change. Treat this as an invalidation signal
    and re-run `skills/list` with the client's current parameters when refreshed skill metadata is
    needed.
    """

    METHOD: ClassVar[str] = "skills/changed"


class SkillsConfigWriteParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``skills/config/write``."""

    enabled: bool
    name: str | UnsetType | None = UNSET
    """Name-based selector."""
    path: AbsolutePathBuf | UnsetType | None = UNSET
    """Path-based selector."""


class SkillsConfigWriteResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``skills/config/write``."""

    effective_enabled: bool


class SkillsExtraRootsSetParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``skills/extraRoots/set``."""

    extra_roots: list[AbsolutePathBuf]


class SkillsExtraRootsSetResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``skills/extraRoots/set``."""


class SkillsListEntry(Wire, frozen=True, kw_only=True):
    """The skills that hold in one folder."""

    cwd: str
    errors: list[SkillErrorInfo]
    skills: list[SkillMetadata]


class SkillsListParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``skills/list``."""

    cwds: list[str] | UnsetType = UNSET
    """When empty, defaults to the current session working directory."""
    force_reload: bool | UnsetType = UNSET
    """When true, bypass the skills cache and re-scan skills from disk."""


class SkillsListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``skills/list``."""

    data: list[SkillsListEntry]
