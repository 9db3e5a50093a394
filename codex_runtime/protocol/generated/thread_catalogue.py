# ruff: noqa: PYI051, TC001
"""Which threads there are: listing, reading, naming, marking as read.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.threads import Thread
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "MarkThreadRead",
    "MarkThreadUnread",
    "SortDirection",
    "ThreadListCwdFilter",
    "ThreadListParams",
    "ThreadListResponse",
    "ThreadLoadedListParams",
    "ThreadLoadedListResponse",
    "ThreadMetadataGitInfoUpdateParams",
    "ThreadMetadataUpdateParams",
    "ThreadMetadataUpdateResponse",
    "ThreadReadParams",
    "ThreadReadResponse",
    "ThreadReadState",
    "ThreadReadStateChanged",
    "ThreadReadStateOperation",
    "ThreadReadStateUpdateParams",
    "ThreadReadStateUpdateResponse",
    "ThreadSetNameParams",
    "ThreadSetNameResponse",
    "ThreadSortKey",
    "ThreadSourceKind",
    "ThreadUnreadPosition",
    "UnreadFromThreadStart",
    "UnreadFromTurn",
]


SortDirection: TypeAlias = Literal["asc", "desc"] | str


ThreadListCwdFilter: TypeAlias = str | list[str]


ThreadSortKey: TypeAlias = (
    Literal[
        "created_at",
        "updated_at",
        "recency_at",
        "section_position",
    ]
    | str
)


ThreadSourceKind: TypeAlias = (
    Literal[
        "cli",
        "vscode",
        "exec",
        "appServer",
        "subAgent",
        "subAgentReview",
        "subAgentCompact",
        "subAgentThreadSpawn",
        "subAgentOther",
        "unknown",
    ]
    | str
)


class ThreadListParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/list``."""

    ancestor_thread_id: str | UnsetType | None = UNSET
    """Optional ancestor thread filter. Returns spawned descendants at any depth, excluding the
    ancestor itself. Mutually exclusive with `parentThreadId`. Experimental: needs
    ``experimental_api=True``.
    """
    archived: bool | UnsetType | None = UNSET
    """Optional archived filter; when set to true, only archived threads are returned. If false or
    null, only non-archived threads are returned.
    """
    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    cwd: ThreadListCwdFilter | UnsetType | None = UNSET
    """Optional cwd filter or filters; when set, only threads whose session cwd exactly matches one
    of these paths are returned.
    """
    excluded_thread_ids: list[str] | UnsetType | None = UNSET
    """Thread IDs to exclude before applying the result limit. Up to 100 entries; invalid IDs or a
    larger list are rejected, never truncated. Send the same exclusions on each page. Omitted, null,
    or empty means no exclusions.
    """
    limit: int | UnsetType | None = UNSET
    """Optional page size; defaults to a reasonable server-side value."""
    model_providers: list[str] | UnsetType | None = UNSET
    """Optional provider filter; when set, only sessions recorded under these providers are
    returned. When present but empty, includes all providers.
    """
    originators: list[str] | UnsetType | None = UNSET
    """Optional originator allowlist, matching any supplied value exactly. Supported by hosted
    backends only; the local app-server rejects a nonempty list. Omitted or empty lists leave
    originators unrestricted.
    """
    parent_thread_id: str | UnsetType | None = UNSET
    """Optional direct parent thread filter. Mutually exclusive with `ancestorThreadId`.
    Experimental: needs ``experimental_api=True``.
    """
    project_id: str | UnsetType | None = UNSET
    """Omit to include every project, set to null for unassigned threads, or provide a project ID to
    return only threads in that project. Experimental: needs ``experimental_api=True``.
    """
    search_term: str | UnsetType | None = UNSET
    """Optional substring filter for the extracted thread title."""
    section_id: str | UnsetType | None = UNSET
    """Omit to include every section, set to `null` for unsectioned threads, or provide a section ID
    to return only threads in that section.
    """
    sort_direction: SortDirection | UnsetType | None = UNSET
    """Optional sort direction; defaults to descending (newest first)."""
    sort_key: ThreadSortKey | UnsetType | None = UNSET
    """Optional sort key; defaults to created_at."""
    source_kinds: list[ThreadSourceKind] | UnsetType | None = UNSET
    """Optional source filter; when set, only sessions from these source kinds are returned. When
    omitted or empty, defaults to interactive sources.
    """
    use_state_db_only: bool | UnsetType = UNSET
    """If true, return from the state DB without scanning JSONL rollouts to repair thread metadata.
    Omitted or false preserves scan-and-repair behavior.
    """


class UnreadFromThreadStart(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="threadStart"
):
    """`ThreadUnreadPosition` with type ``threadStart``.

    Explicitly marked unread, including when the thread has no turns.
    """


class UnreadFromTurn(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="turn"):
    """`ThreadUnreadPosition` with type ``turn``.

    The earliest completed result needing attention.
    """

    turn_id: str


ThreadUnreadPosition: TypeAlias = UnreadFromThreadStart | UnreadFromTurn | UnknownVariant
"""Told apart by ``type``."""


class ThreadReadState(Wire, frozen=True, kw_only=True):
    """The first unread position in a durable local thread.

    A null position means read. The opaque revision guards edits against activity or marks the
    caller has not seen.
    """

    revision: str
    first_unread: ThreadUnreadPosition | None = None


class ThreadListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/list``."""

    data: list[Thread]
    backwards_cursor: str | None = None
    """Opaque cursor to pass as `cursor` when reversing `sortDirection`. This is only populated when
    the page contains at least one thread. Use it with the opposite `sortDirection`; for timestamp
    sorts it anchors at the start of the page timestamp so same-second updates are not skipped.
    """
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. if None, there are no
    more items to return.
    """
    read_states: dict[str, ThreadReadState] | None = None
    """Local receipts for eligible threads on this page, keyed by thread ID. Null means durable read
    state is unavailable; an absent key means that row is ineligible. Experimental: needs
    ``experimental_api=True``.
    """


class ThreadLoadedListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/loaded/list``."""

    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    limit: int | UnsetType | None = UNSET
    """Optional page size; defaults to no limit."""


class ThreadLoadedListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/loaded/list``."""

    data: list[str]
    """Thread ids for sessions currently loaded in memory."""
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. if None, there are no
    more items to return.
    """


class ThreadMetadataGitInfoUpdateParams(Wire, frozen=True, kw_only=True, gc=False):
    """Changes to what is stored about the git checkout."""

    branch: str | UnsetType | None = UNSET
    """Omit to leave the stored branch unchanged, set to `null` to clear it, or provide a non-empty
    string to replace it.
    """
    origin_url: str | UnsetType | None = UNSET
    """Omit to leave the stored origin URL unchanged, set to `null` to clear it, or provide a
    non-empty string to replace it.
    """
    sha: str | UnsetType | None = UNSET
    """Omit to leave the stored commit unchanged, set to `null` to clear it, or provide a non-empty
    string to replace it.
    """


class ThreadMetadataUpdateParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/metadata/update``."""

    thread_id: str
    daybreak_enabled: bool | UnsetType | None = UNSET
    """Save the client's Daybreak choice for this persistent thread. Omitted or null leaves it
    unchanged. This does not select a turn's `cyberAccessProgram` or grant access. Experimental:
    needs ``experimental_api=True``.
    """
    git_info: ThreadMetadataGitInfoUpdateParams | UnsetType | None = UNSET
    """Patch the stored Git metadata for this thread. Omit a field to leave it unchanged, set it to
    `null` to clear it, or provide a string to replace the stored value.
    """
    project_id: str | UnsetType | None = UNSET
    """Omit to leave the project unchanged, use an empty string to clear it, or provide an existing
    project ID to assign it. Experimental: needs ``experimental_api=True``.
    """


class ThreadMetadataUpdateResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/metadata/update``."""

    thread: Thread


class ThreadReadParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/read``."""

    thread_id: str
    include_turns: bool | UnsetType = UNSET
    """When true, include turns and their items from rollout history. Full-history hydration is
    deprecated for paginated threads; prefer a metadata-only read and page with `thread/turns/list`
    and `thread/items/list`.
    """


class ThreadReadResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/read``."""

    thread: Thread
    read_state: ThreadReadState | None = None
    """Local receipt. Null means this thread's durable read state is unavailable. Experimental:
    needs ``experimental_api=True``.
    """


class ThreadReadStateChanged(Wire, frozen=True, kw_only=True):
    """Notification ``thread/readState/changed``."""

    METHOD: ClassVar[str] = "thread/readState/changed"

    read_state: ThreadReadState
    thread_id: str


class MarkThreadRead(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="read"):
    """`ThreadReadStateOperation` with type ``read``."""


class MarkThreadUnread(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="unread"):
    """`ThreadReadStateOperation` with type ``unread``."""


ThreadReadStateOperation: TypeAlias = MarkThreadRead | MarkThreadUnread
"""Told apart by ``type``."""


class ThreadReadStateUpdateParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/readState/update``."""

    expected_revision: str
    """Revision of the row or transcript actually seen. Conflicts require a fresh user action."""
    operation: ThreadReadStateOperation
    thread_id: str


class ThreadReadStateUpdateResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/readState/update``."""

    read_state: ThreadReadState


class ThreadSetNameParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/name/set``."""

    name: str
    thread_id: str


class ThreadSetNameResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/name/set``."""
