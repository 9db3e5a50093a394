"""What an approval is about, where that is beyond doubt: the words of a command, changed paths.

Owns the reading of the requests for the rules. Whatever is unusual about a request (fields not
known here, more permissions, a host, another machine) is refused as not understood. Does not
decide. Enter at `command_of` and `changed_paths`; both raise `NotUnderstood`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_runtime.model.requests.legacy import LegacyCommandApproval, LegacyPatchApproval
from codex_runtime.model.rules.shell_words import NotUnderstood, command_words
from codex_runtime.protocol import (
    AddPatchChangeKind,
    DeletePatchChangeKind,
    PatchAddFile,
    PatchDeleteFile,
    PatchUpdateFile,
    UpdatePatchChangeKind,
)
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.model.requests.approvals import CommandApproval, FileChangeApproval

__all__ = ["changed_paths", "command_of"]

_CHANGES: Final = (AddPatchChangeKind, DeletePatchChangeKind, UpdatePatchChangeKind)
_PATCHES: Final = (PatchAddFile, PatchDeleteFile, PatchUpdateFile)
_HERE: Final = (None, "local")


def command_of(request: CommandApproval | LegacyCommandApproval) -> list[str]:
    """The program and the arguments that would run, if that is all there is to it."""
    if request.params.extra_fields is not UNSET:
        raise NotUnderstood(f"it has fields not known here: {[*request.params.extra_fields]!r}")
    if request.params.approval_id is not None:
        raise NotUnderstood("it is a part of what runs")
    if isinstance(request, LegacyCommandApproval):
        return command_words(request.params.command)
    params = request.params
    if params.kind != "command":
        raise NotUnderstood(f"it is of the kind {params.kind!r}")
    if params.network_approval_context is not None:
        raise NotUnderstood("it is about the network")
    if params.additional_permissions is not None or _hides_something(request):
        raise NotUnderstood("it asks for more permissions than it has")
    if params.environment_id not in _HERE:
        raise NotUnderstood("it runs elsewhere")
    if params.command is None:
        raise NotUnderstood("it does not say what runs")
    return command_words(params.command)


def _hides_something(request: CommandApproval) -> bool:
    # Without the experimental API the server leaves additional permissions out of the request; what
    # is left to see is that it does not offer the rule that it proposes.
    if request.offered is None or request.params.proposed_execpolicy_amendment is None:
        return False
    return request.accept_with_amendment().decision not in request.offered


def changed_paths(request: FileChangeApproval | LegacyPatchApproval) -> list[str]:
    """The absolute paths of all files that would change, those that files are moved to as well."""
    if request.params.grant_root is not None:
        raise NotUnderstood("it asks for a folder, not for these changes alone")
    if request.params.extra_fields is not UNSET:
        raise NotUnderstood(f"it has fields not known here: {[*request.params.extra_fields]!r}")
    paths = [
        *(_paths_of_patch(request) if isinstance(request, LegacyPatchApproval) else _paths(request))
    ]
    if not paths:
        raise NotUnderstood("it changes no file")
    for path in paths:
        if not Path(path).is_absolute() or "\0" in path:
            raise NotUnderstood(f"{path!r} is not an absolute path")
    return paths


def _paths(request: FileChangeApproval) -> Iterator[str]:
    if request.item is None:
        raise NotUnderstood("its item, which has the changes, was not seen")
    for change in request.item.changes:
        kind = change.kind
        if change.extra_fields is not UNSET or not isinstance(kind, _CHANGES):
            raise NotUnderstood("it has a change of a kind not known here")
        yield change.path
        if isinstance(kind, UpdatePatchChangeKind) and kind.move_path is not None:
            yield kind.move_path


def _paths_of_patch(request: LegacyPatchApproval) -> Iterator[str]:
    for path, change in request.params.file_changes.items():
        if not isinstance(change, _PATCHES):
            raise NotUnderstood("it has a change of a kind not known here")
        yield path
        if isinstance(change, PatchUpdateFile) and change.move_path is not None:
            yield change.move_path
