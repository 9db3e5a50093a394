# ruff: noqa: PYI051, TC001
"""What a command may read, write and reach; named profiles of that.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import LegacyAppPathString
from codex_runtime.protocol.unknown import UnknownKind, UnknownVariant

__all__ = [
    "AdditionalFileSystemPermissions",
    "AdditionalNetworkPermissions",
    "AdditionalPermissionProfile",
    "FileSystemAccessMode",
    "FileSystemPath",
    "FileSystemSandboxEntry",
    "FileSystemSpecialPath",
    "GlobPatternFileSystemPath",
    "GrantedPermissionProfile",
    "MinimalFileSystemSpecialPath",
    "PathFileSystemPath",
    "PermissionProfileListParams",
    "PermissionProfileListResponse",
    "PermissionProfileSummary",
    "ProjectRootsFileSystemSpecialPath",
    "RequestPermissionProfile",
    "RootFileSystemSpecialPath",
    "SlashTmpFileSystemSpecialPath",
    "SpecialFileSystemPath",
    "TmpdirFileSystemSpecialPath",
    "UnknownFileSystemSpecialPath",
]


FileSystemAccessMode: TypeAlias = Literal["read", "write", "deny"] | str


class RootFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="root"
):
    """`FileSystemSpecialPath` with kind ``root``."""


class MinimalFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="minimal"
):
    """`FileSystemSpecialPath` with kind ``minimal``."""


class ProjectRootsFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="project_roots"
):
    """`FileSystemSpecialPath` with kind ``project_roots``."""

    subpath: LegacyAppPathString | UnsetType | None = UNSET


class TmpdirFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="tmpdir"
):
    """`FileSystemSpecialPath` with kind ``tmpdir``."""


class SlashTmpFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="slash_tmp"
):
    """`FileSystemSpecialPath` with kind ``slash_tmp``."""


class UnknownFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="unknown"
):
    """`FileSystemSpecialPath` with kind ``unknown``."""

    path: str
    subpath: LegacyAppPathString | UnsetType | None = UNSET


FileSystemSpecialPath: TypeAlias = (
    RootFileSystemSpecialPath
    | MinimalFileSystemSpecialPath
    | ProjectRootsFileSystemSpecialPath
    | TmpdirFileSystemSpecialPath
    | SlashTmpFileSystemSpecialPath
    | UnknownFileSystemSpecialPath
    | UnknownKind
)
"""Told apart by ``kind``."""


class PathFileSystemPath(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="path"):
    """`FileSystemPath` with type ``path``."""

    path: LegacyAppPathString


class GlobPatternFileSystemPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="glob_pattern"
):
    """`FileSystemPath` with type ``glob_pattern``."""

    pattern: str


class SpecialFileSystemPath(Wire, frozen=True, kw_only=True, tag_field="type", tag="special"):
    """`FileSystemPath` with type ``special``."""

    value: FileSystemSpecialPath


FileSystemPath: TypeAlias = (
    PathFileSystemPath | GlobPatternFileSystemPath | SpecialFileSystemPath | UnknownVariant
)
"""Told apart by ``type``."""


class FileSystemSandboxEntry(Wire, frozen=True, kw_only=True):
    """A path, and what may be done there."""

    access: FileSystemAccessMode
    path: FileSystemPath


class AdditionalFileSystemPermissions(Wire, frozen=True, kw_only=True):
    """Paths to read or write besides the allowed ones."""

    entries: list[FileSystemSandboxEntry] | UnsetType | None = UNSET
    glob_scan_max_depth: int | UnsetType | None = UNSET
    read: list[LegacyAppPathString] | UnsetType | None = UNSET
    """This will be removed in favor of `entries`."""
    write: list[LegacyAppPathString] | UnsetType | None = UNSET
    """This will be removed in favor of `entries`."""


class AdditionalNetworkPermissions(Wire, frozen=True, kw_only=True, gc=False):
    """Whether to reach the network besides what is allowed."""

    enabled: bool | UnsetType | None = UNSET


class AdditionalPermissionProfile(Wire, frozen=True, kw_only=True):
    """Permissions that a command asks for besides the allowed ones."""

    file_system: AdditionalFileSystemPermissions | None = None
    network: AdditionalNetworkPermissions | None = None
    """Partial overlay used for per-command permission requests."""


class GrantedPermissionProfile(Wire, frozen=True, kw_only=True):
    """The permissions that are granted; one that is absent is not."""

    file_system: AdditionalFileSystemPermissions | UnsetType | None = UNSET
    network: AdditionalNetworkPermissions | UnsetType | None = UNSET


class PermissionProfileListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``permissionProfile/list``."""

    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    cwd: str | UnsetType | None = UNSET
    """Optional working directory to resolve project config layers."""
    limit: int | UnsetType | None = UNSET
    """Optional page size; defaults to the full result set."""


class PermissionProfileSummary(Wire, frozen=True, kw_only=True, gc=False):
    """A named permission profile."""

    allowed: bool
    """Whether the effective requirements allow selecting this profile."""
    id: str
    """Available permission profile identifier."""
    description: str | None = None
    """Optional user-facing description for display in clients."""


class PermissionProfileListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``permissionProfile/list``."""

    data: list[PermissionProfileSummary]
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. If None, there are no
    more items to return.
    """


class RequestPermissionProfile(Wire, frozen=True, kw_only=True):
    """The permissions that are asked for."""

    file_system: AdditionalFileSystemPermissions | None = None
    network: AdditionalNetworkPermissions | None = None
