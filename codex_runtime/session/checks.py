"""What a session is refused before anything is sent: access, experiments, paths, ids.

Owns the checks that need the runtime's configuration or the file system. Does not send.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_runtime.errors import ConfigError, FullAccessDenied, ProfileError
from codex_runtime.model.access import refuse_full_access_profile
from codex_runtime.model.reach import reaches_everywhere
from codex_runtime.protocol import (
    ItemCompleted,
    ItemStarted,
    ThreadTokenUsageUpdated,
    WorkspaceWriteSandboxPolicy,
)
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    import os

    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.model.profile import RunProfile, SessionConfig

__all__ = ["check_budget", "check_profile", "check_reach", "check_thread_id", "existing_directory"]

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def check_profile(config: RuntimeConfig, profile: RunProfile, where: str) -> None:
    """Refuse what this runtime does not allow, or cannot keep for what it opted out of."""
    if not config.allow_full_access:
        refuse_full_access_profile(profile, where)
    if profile.max_tool_items is not UNSET and ItemStarted.METHOD in config.opt_out:
        raise ProfileError(
            f"{where}.max_tool_items",
            profile.max_tool_items,
            "cannot be kept: RuntimeConfig.opt_out switches item/started off",
            "Leave item/started out of opt_out",
        )
    if profile.permissions is not UNSET and not config.experimental_api:
        raise ProfileError(
            f"{where}.permissions",
            profile.permissions,
            "is experimental on the server",
            "Set RuntimeConfig(experimental_api=True), or give a sandbox instead",
        )


def check_reach(config: RuntimeConfig, profile: RunProfile, cwd: str) -> None:
    """Refuse a sandbox that may write in its directory where that is the root directory."""
    if config.allow_full_access or not reaches_everywhere(cwd):
        return
    sandbox = profile.sandbox
    if sandbox == "workspace-write" or isinstance(sandbox, WorkspaceWriteSandboxPolicy):
        raise FullAccessDenied(
            "cwd",
            cwd,
            "is the root directory, and the sandbox may write there: that is full access",
            "Give another directory, or set RuntimeConfig(allow_full_access=True)",
        )


def check_budget(config: RuntimeConfig, session: SessionConfig) -> None:
    """Refuse a budget that could never fill, or never stop a turn."""
    budget = session.budget
    if budget is None:
        return
    needed = {ThreadTokenUsageUpdated.METHOD}
    if budget.action != "refuse" or budget.hard_limit_tokens is not None:
        needed |= {ItemStarted.METHOD, ItemCompleted.METHOD}
    for method in sorted(needed & set(config.opt_out)):
        raise ConfigError(
            "budget",
            budget,
            f"cannot be kept: RuntimeConfig.opt_out switches {method} off",
            f"Leave {method} out of opt_out",
        )


def check_thread_id(thread_id: object) -> None:
    """Refuse what cannot be a thread id: the server's are UUIDs."""
    if not isinstance(thread_id, str) or _UUID.fullmatch(thread_id) is None:
        raise ConfigError(
            "thread_id",
            thread_id,
            "is not a thread id",
            "Give the UUID that Session.thread_id or thread/list told",
        )


def existing_directory(cwd: str | os.PathLike[str]) -> str:
    """The absolute path of ``cwd``; refuses what is not an existing directory."""
    path = Path(cwd).absolute()
    if not path.is_dir():
        raise ConfigError(
            "cwd", str(path), "is not an existing directory", "Create it, or give another one"
        )
    return str(path)
