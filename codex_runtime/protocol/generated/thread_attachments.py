# ruff: noqa: PYI051
"""What clients keep attached to a thread.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import JsonValue, Wire

__all__ = [
    "ThreadAttachment",
    "ThreadAttachmentAddOutcome",
    "ThreadAttachmentAddParams",
    "ThreadAttachmentAddResponse",
    "ThreadAttachmentListParams",
    "ThreadAttachmentListResponse",
    "ThreadAttachmentOperation",
    "ThreadAttachmentOwner",
    "ThreadAttachmentOwnerListParams",
    "ThreadAttachmentOwnerListResponse",
    "ThreadAttachmentRemoveParams",
    "ThreadAttachmentRemoveResponse",
    "ThreadAttachmentUpdated",
]


class ThreadAttachment(Wire, frozen=True, kw_only=True):
    """An independently persisted attachment associated with a thread."""

    attachment_type: str
    created_at: int
    """Unix timestamp, in seconds."""
    id: str
    identity_key: str
    payload: JsonValue


ThreadAttachmentAddOutcome: TypeAlias = Literal["created", "existing"] | str
"""Result of attempting to associate an attachment with a thread."""


class ThreadAttachmentAddParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/attachment/add``.

    Parameters for creating or locating an attachment on its owning thread.
    """

    attachment_type: str
    identity_key: str
    payload: JsonValue
    thread_id: str


class ThreadAttachmentAddResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/attachment/add``.

    The created or existing attachment.
    """

    attachment: ThreadAttachment
    outcome: ThreadAttachmentAddOutcome


class ThreadAttachmentListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/attachment/list``.

    Parameters for listing attachments from one thread.
    """

    thread_id: str
    cursor: str | UnsetType | None = UNSET
    limit: int | UnsetType | None = UNSET


class ThreadAttachmentListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/attachment/list``.

    One page of attachments associated with the requested thread.
    """

    data: list[ThreadAttachment]
    next_cursor: str | None = None


ThreadAttachmentOperation: TypeAlias = Literal["created", "deleted"] | str
"""The persisted attachment change represented by a notification."""


class ThreadAttachmentOwner(Wire, frozen=True, kw_only=True, gc=False):
    """A thread that currently owns an attachment with the requested identity."""

    archived: bool
    """Whether the owning thread is archived, not whether it is currently executing a turn."""
    thread_id: str


class ThreadAttachmentOwnerListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/attachmentOwner/list``.

    Parameters for reverse lookup by attachment identity within this server's store.
    """

    attachment_type: str
    identity_key: str
    archived: bool | UnsetType | None = UNSET
    """Omitted or null returns all matches; false returns non-archived threads only."""
    cursor: str | UnsetType | None = UNSET
    limit: int | UnsetType | None = UNSET


class ThreadAttachmentOwnerListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/attachmentOwner/list``.

    One page of matching owners, including threads without their own user messages.
    """

    data: list[ThreadAttachmentOwner]
    next_cursor: str | None = None


class ThreadAttachmentRemoveParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/attachment/remove``.

    Parameters for deleting an attachment by its stable thread-local identity.
    """

    attachment_type: str
    identity_key: str
    thread_id: str


class ThreadAttachmentRemoveResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/attachment/remove``.

    Successful deletion does not return additional attachment data.
    """


class ThreadAttachmentUpdated(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/attachment/updated``.

    Notification published after a thread attachment is created or deleted.
    """

    METHOD: ClassVar[str] = "thread/attachment/updated"

    attachment_id: str
    attachment_type: str
    identity_key: str
    operation: ThreadAttachmentOperation
    thread_id: str
