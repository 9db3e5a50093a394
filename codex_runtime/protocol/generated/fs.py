# ruff: noqa: TC001
"""Files and folders, as the server sees them.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import AbsolutePathBuf

__all__ = [
    "FsChanged",
    "FsCopyParams",
    "FsCopyResponse",
    "FsCreateDirectoryParams",
    "FsCreateDirectoryResponse",
    "FsGetMetadataParams",
    "FsGetMetadataResponse",
    "FsReadDirectoryEntry",
    "FsReadDirectoryParams",
    "FsReadDirectoryResponse",
    "FsReadFileParams",
    "FsReadFileResponse",
    "FsRemoveParams",
    "FsRemoveResponse",
    "FsUnwatchParams",
    "FsUnwatchResponse",
    "FsWatchParams",
    "FsWatchResponse",
    "FsWriteFileParams",
    "FsWriteFileResponse",
]


class FsChanged(Wire, frozen=True, kw_only=True):
    """Notification ``fs/changed``.

    Filesystem watch notification emitted for `fs/watch` subscribers.
    """

    METHOD: ClassVar[str] = "fs/changed"

    changed_paths: list[AbsolutePathBuf]
    """File or directory paths associated with this event."""
    watch_id: str
    """Watch identifier previously provided to `fs/watch`."""


class FsCopyParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``fs/copy``.

    Copy a file or directory tree on the host filesystem.
    """

    destination_path: AbsolutePathBuf
    """Absolute destination path."""
    source_path: AbsolutePathBuf
    """Absolute source path."""
    recursive: bool | UnsetType = UNSET
    """Required for directory copies; ignored for file copies."""


class FsCopyResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``fs/copy``.

    Successful response for `fs/copy`.
    """


class FsCreateDirectoryParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``fs/createDirectory``.

    Create a directory on the host filesystem.
    """

    path: AbsolutePathBuf
    """Absolute directory path to create."""
    recursive: bool | UnsetType | None = UNSET
    """Whether parent directories should also be created. Defaults to `true`."""


class FsCreateDirectoryResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``fs/createDirectory``.

    Successful response for `fs/createDirectory`.
    """


class FsGetMetadataParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``fs/getMetadata``.

    Request metadata for an absolute path.
    """

    path: AbsolutePathBuf
    """Absolute path to inspect."""


class FsGetMetadataResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``fs/getMetadata``.

    Metadata returned by `fs/getMetadata`.
    """

    created_at_ms: int
    """File creation time in Unix milliseconds when available, otherwise `0`."""
    is_directory: bool
    """Whether the path resolves to a directory."""
    is_file: bool
    """Whether the path resolves to a regular file."""
    is_symlink: bool
    """Whether the path itself is a symbolic link."""
    modified_at_ms: int
    """File modification time in Unix milliseconds when available, otherwise `0`."""


class FsReadDirectoryEntry(Wire, frozen=True, kw_only=True, gc=False):
    """A directory entry returned by `fs/readDirectory`."""

    file_name: str
    """Direct child entry name only, not an absolute or relative path."""
    is_directory: bool
    """Whether this entry resolves to a directory."""
    is_file: bool
    """Whether this entry resolves to a regular file."""


class FsReadDirectoryParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``fs/readDirectory``.

    List direct child names for a directory.
    """

    path: AbsolutePathBuf
    """Absolute directory path to read."""


class FsReadDirectoryResponse(Wire, frozen=True, kw_only=True):
    """Result of ``fs/readDirectory``.

    Directory entries returned by `fs/readDirectory`.
    """

    entries: list[FsReadDirectoryEntry]
    """Direct child entries in the requested directory."""


class FsReadFileParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``fs/readFile``.

    Read a file from the host filesystem.
    """

    path: AbsolutePathBuf
    """Absolute path to read."""


class FsReadFileResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``fs/readFile``.

    Base64-encoded file contents returned by `fs/readFile`.
    """

    data_base64: str
    """File contents encoded as base64."""


class FsRemoveParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``fs/remove``.

    Remove a file or directory tree from the host filesystem.
    """

    path: AbsolutePathBuf
    """Absolute path to remove."""
    force: bool | UnsetType | None = UNSET
    """Whether missing paths should be ignored. Defaults to `true`."""
    recursive: bool | UnsetType | None = UNSET
    """Whether directory removal should recurse. Defaults to `true`."""


class FsRemoveResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``fs/remove``.

    Successful response for `fs/remove`.
    """


class FsUnwatchParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``fs/unwatch``.

    Stop filesystem watch notifications for a prior `fs/watch`.
    """

    watch_id: str
    """Watch identifier previously provided to `fs/watch`."""


class FsUnwatchResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``fs/unwatch``.

    Successful response for `fs/unwatch`.
    """


class FsWatchParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``fs/watch``.

    Start filesystem watch notifications for an absolute path.
    """

    path: AbsolutePathBuf
    """Absolute file or directory path to watch."""
    watch_id: str
    """Connection-scoped watch identifier used for `fs/unwatch` and `fs/changed`."""


class FsWatchResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``fs/watch``.

    Successful response for `fs/watch`.
    """

    path: AbsolutePathBuf
    """Canonicalized path associated with the watch."""


class FsWriteFileParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``fs/writeFile``.

    Write a file on the host filesystem.
    """

    data_base64: str
    """File contents encoded as base64."""
    path: AbsolutePathBuf
    """Absolute path to write."""


class FsWriteFileResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``fs/writeFile``.

    Successful response for `fs/writeFile`.
    """
