# ruff: noqa: PYI051, TC001
"""Projects that group threads.

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
from codex_runtime.protocol.generated.thread_catalogue import SortDirection

__all__ = [
    "Project",
    "ProjectChangeType",
    "ProjectChanged",
    "ProjectCreateParams",
    "ProjectCreateResponse",
    "ProjectDeleteParams",
    "ProjectDeleteResponse",
    "ProjectImportParams",
    "ProjectImportResponse",
    "ProjectListParams",
    "ProjectListResponse",
    "ProjectMoveParams",
    "ProjectMoveResponse",
    "ProjectReadParams",
    "ProjectReadResponse",
    "ProjectRoot",
    "ProjectSortKey",
    "ProjectUpdateParams",
    "ProjectUpdateResponse",
    "ThreadProjectUpdated",
]


class ProjectRoot(Wire, frozen=True, kw_only=True, gc=False):
    """A folder of a project."""

    path: AbsolutePathBuf


class Project(Wire, frozen=True, kw_only=True):
    """A group of threads with folders of its own."""

    created_at: int
    """Unix timestamp, in seconds."""
    id: str
    metadata: dict[str, str]
    name: str
    position: int
    roots: list[ProjectRoot]
    updated_at: int
    """Unix timestamp, in seconds."""
    recency_at: int | None = None
    """Newest non-archived member thread's recency, in Unix seconds; null when none exist."""


ProjectChangeType: TypeAlias = Literal["created", "updated", "deleted"] | str


class ProjectChanged(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``project/changed``."""

    METHOD: ClassVar[str] = "project/changed"

    change_type: ProjectChangeType
    project_id: str


class ProjectCreateParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``project/create``."""

    idempotency_key: str
    name: str
    roots: list[ProjectRoot]
    metadata: dict[str, str] | UnsetType | None = UNSET


class ProjectCreateResponse(Wire, frozen=True, kw_only=True):
    """Result of ``project/create``."""

    project: Project


class ProjectDeleteParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``project/delete``."""

    project_id: str


class ProjectDeleteResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``project/delete``."""


class ProjectImportParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``project/import``."""

    idempotency_key: str
    name: str
    roots: list[ProjectRoot]
    metadata: dict[str, str] | UnsetType | None = UNSET
    threads: list[str] | UnsetType | None = UNSET


class ProjectImportResponse(Wire, frozen=True, kw_only=True):
    """Result of ``project/import``."""

    project: Project


ProjectSortKey: TypeAlias = Literal["position", "recencyAt"] | str


class ProjectListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``project/list``."""

    cursor: str | UnsetType | None = UNSET
    limit: int | UnsetType | None = UNSET
    sort_direction: SortDirection | UnsetType | None = UNSET
    """Requires sortKey. Defaults to asc for position and desc for recencyAt."""
    sort_key: ProjectSortKey | UnsetType | None = UNSET
    """Defaults to position. Recency sorting always places empty projects last."""


class ProjectListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``project/list``."""

    data: list[Project]
    next_cursor: str | None = None


class ProjectMoveParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``project/move``."""

    project_id: str
    before_project_id: str | UnsetType | None = UNSET


class ProjectMoveResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``project/move``."""


class ProjectReadParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``project/read``."""

    project_id: str


class ProjectReadResponse(Wire, frozen=True, kw_only=True):
    """Result of ``project/read``."""

    project: Project


class ProjectUpdateParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``project/update``."""

    project_id: str
    metadata: dict[str, str] | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    roots: list[ProjectRoot] | UnsetType | None = UNSET


class ProjectUpdateResponse(Wire, frozen=True, kw_only=True):
    """Result of ``project/update``."""

    project: Project


class ThreadProjectUpdated(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/project/updated``."""

    METHOD: ClassVar[str] = "thread/project/updated"

    project_id: str | None
    thread_id: str
