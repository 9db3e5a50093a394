"""Whether a grant of permissions stays within what was asked for.

Owns the comparison of two permission profiles, by value. Does not know who asks or answers. A grant
is narrower only if nothing is added and no restriction that came with the rest is left out; what is
not known is never granted. Enter at `check_grant`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.errors import AnswerRefused
from codex_runtime.protocol import (
    AdditionalFileSystemPermissions,
    AdditionalNetworkPermissions,
    GrantedPermissionProfile,
    PathFileSystemPath,
)
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    from codex_runtime.protocol import RequestPermissionProfile

__all__ = ["asked_permissions", "check_grant", "grants_nothing"]

_HINT = "Grant all with grant(), or some of the entries of request.params.permissions"


def asked_permissions(asked: RequestPermissionProfile) -> GrantedPermissionProfile:
    """The grant of all that was asked for; a section that is not known stays out."""
    return GrantedPermissionProfile(
        file_system=UNSET if asked.file_system is None else asked.file_system,
        network=UNSET if asked.network is None else asked.network,
    )


def grants_nothing(granted: object) -> bool:
    """The grant has no section that allows anything."""
    return (
        isinstance(granted, GrantedPermissionProfile)
        and not granted.extra_fields
        and (not granted.file_system or granted.file_system == AdditionalFileSystemPermissions())
        and (
            not granted.network
            or granted.network
            in (AdditionalNetworkPermissions(), AdditionalNetworkPermissions(enabled=False))
        )
    )


def check_grant(granted: object, asked: RequestPermissionProfile) -> None:
    """Raise `AnswerRefused` where ``granted`` is wider than ``asked``."""
    if not isinstance(granted, GrantedPermissionProfile):
        raise AnswerRefused("permissions", granted, "is not a GrantedPermissionProfile", _HINT)
    if granted.extra_fields:
        raise AnswerRefused(
            "permissions", granted.extra_fields, "are sections that are not known here", _HINT
        )
    if granted.network:
        _check_network(granted.network, asked.network)
    if granted.file_system:
        _check_files(granted.file_system, asked.file_system)


def _check_network(granted: object, asked: AdditionalNetworkPermissions | None) -> None:
    if granted not in (
        asked,
        AdditionalNetworkPermissions(),
        AdditionalNetworkPermissions(enabled=False),
    ):
        raise AnswerRefused("network", granted, "was not asked for", _HINT)


def _check_files(granted: object, asked: AdditionalFileSystemPermissions | None) -> None:
    if granted == asked or granted == AdditionalFileSystemPermissions():
        return
    if asked is None or not isinstance(granted, AdditionalFileSystemPermissions):
        raise AnswerRefused("file_system", granted, "was not asked for", _HINT)
    if (granted.extra_fields or UNSET) != (asked.extra_fields or UNSET):
        raise AnswerRefused(
            "file_system", granted.extra_fields, "is not what came with the request", _HINT
        )
    if _depth(granted) != _depth(asked):
        raise AnswerRefused(
            "glob_scan_max_depth", granted.glob_scan_max_depth, "is not what was asked for", _HINT
        )
    given, wanted = _entries(granted), _entries(asked)
    if added := [entry for entry in given if entry not in wanted]:
        raise AnswerRefused("file_system", added, "was not asked for", _HINT)
    # The narrower of two entries wins: without it the wider one would allow more than was asked.
    writes = any(access == "write" for access, _ in given)
    kept = [
        entry
        for entry in wanted
        if entry[0] not in ("read", "write") or (writes and entry[0] == "read")
    ]
    if lost := [entry for entry in kept if entry not in given]:
        raise AnswerRefused(
            "file_system", lost, "restricts what is granted and was left out", _HINT
        )


def _depth(permissions: AdditionalFileSystemPermissions) -> int | None:
    return permissions.glob_scan_max_depth or None


def _entries(permissions: AdditionalFileSystemPermissions) -> list[tuple[str, object]]:
    entries: list[tuple[str, object]] = []
    for entry in permissions.entries or ():
        known = entry.extra_fields is UNSET and isinstance(entry.path, PathFileSystemPath)
        entries.append((entry.access, entry.path if known else entry))
    # The older spelling of the same.
    entries += [("read", PathFileSystemPath(path=path)) for path in permissions.read or ()]
    entries += [("write", PathFileSystemPath(path=path)) for path in permissions.write or ()]
    return entries
