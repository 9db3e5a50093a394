"""What the tests of approvals have in common: three kinds of question, and a yes and a no.

Owns what the scripted model does to make the real server ask, and how to see that it was done.
Knows no test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from codex_runtime import (
    ApprovalAnswer,
    ApprovalRequest,
    CommandApproval,
    FileChangeApproval,
    PermissionsApproval,
    RuntimeConfig,
    TurnResult,
)
from codex_runtime.protocol import (
    AdditionalFileSystemPermissions,
    CommandExecution,
    CommandExecutionRequestApprovalResponse,
    FileChange,
    FileChangeRequestApprovalResponse,
    GrantedPermissionProfile,
    PermissionsRequestApprovalResponse,
)
from codex_runtime.testing import Reply, ScriptedModel, apply_patch, shell, tool_call

NOT_DONE: Final = "Then not."
FEATURES = {"features": {"request_permissions_tool": True}}


def add_file(path: str | Path) -> Reply:
    """A patch that makes a file of one line, "x"."""
    return apply_patch(f"*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch\n")


def want_to_write(folder: Path) -> Reply:
    """The model asks for permission to write there."""
    wanted = {"file_system": {"write": [str(folder)]}}
    return tool_call("request_permissions", {"permissions": wanted, "reason": "To make a file"})


@attrs.frozen
class Kind:
    """One kind of approval: with a yes, ``made.txt`` is made in the workspace."""

    prompt: str
    options: dict[str, Any]
    """Of the session (Any: fields of `SessionConfig`)."""
    script: Callable[[Path], Sequence[Reply]]
    request: type[CommandApproval | FileChangeApproval | PermissionsApproval]
    wrong_answer: ApprovalAnswer
    """A yes in the shape of another kind."""


# What is accepted may run in the sandbox all the same, hence one that lets it make the file.
ASKING: dict[str, Any] = {"approval_policy": "untrusted", "sandbox": "workspace-write"}
COMMAND = Kind(
    "command",
    ASKING,
    lambda _: [shell("touch made.txt")],
    CommandApproval,
    FileChangeRequestApprovalResponse(decision="accept"),
)
CHANGE = Kind(
    "change",
    ASKING,
    lambda _: [add_file("made.txt")],
    FileChangeApproval,
    CommandExecutionRequestApprovalResponse(decision="accept"),
)
PERMISSIONS = Kind(
    "permissions",
    {},
    lambda workspace: [want_to_write(workspace), shell("touch made.txt")],
    PermissionsApproval,
    CommandExecutionRequestApprovalResponse(decision="accept"),
)
KINDS = [COMMAND, CHANGE, PERMISSIONS]
EACH_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.prompt)


def change_file(path: str, before: str, after: str) -> Reply:
    """A patch of its one line."""
    change = f"*** Update File: {path}\n@@\n-{before}\n+{after}\n"
    return apply_patch(f"*** Begin Patch\n{change}*** End Patch\n")


def asking_runtime(model: ScriptedModel, home: Path, **options: Any) -> RuntimeConfig:
    """Whose model may ask for permissions; ``options`` are fields of it, hence Any."""
    return model.runtime_config(home, config_overrides=FEATURES, **options)


async def say_yes(request: ApprovalRequest) -> ApprovalAnswer:
    """Accept whatever it is."""
    if isinstance(request, PermissionsApproval):
        return request.grant()
    return request.accept()


async def say_no(request: ApprovalRequest) -> ApprovalAnswer:
    """Decline whatever it is."""
    return request.decline()


async def accept_what_is_not_offered(request: ApprovalRequest) -> ApprovalAnswer:
    """A yes of the right kind that goes further than what is offered."""
    match request:
        case CommandApproval():
            return request.accept_for_session()
        case FileChangeApproval():
            return FileChangeRequestApprovalResponse(decision="acceptForEver")
        case PermissionsApproval():
            everything = want_more(request)
            return PermissionsRequestApprovalResponse(permissions=everything)
        case _:
            return request.decline()


def want_more(request: PermissionsApproval) -> GrantedPermissionProfile:
    """What was asked for, and the folder around it."""
    written = request.grant().permissions.file_system
    assert written
    assert written.write
    folders = [*written.write, str(Path(written.write[0]).parent)]
    return GrantedPermissionProfile(file_system=AdditionalFileSystemPermissions(write=folders))


def statuses(result: TurnResult) -> list[str]:
    """Of its commands and changes of files."""
    return [
        item.status for item in result.items if isinstance(item, (CommandExecution, FileChange))
    ]


def files_in(folder: Path) -> list[str]:
    """Their names, sorted."""
    return sorted(path.name for path in folder.iterdir())
