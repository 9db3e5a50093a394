"""What a thread is started, resumed or forked with: from a config and its profile to the params.

Owns which fields travel in which request. Does not send. Source: ``thread/start``,
``thread/resume``, ``thread/fork``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from codex_runtime.protocol import ThreadForkParams, ThreadResumeParams, ThreadStartParams
from codex_runtime.protocol.unset import UNSET, UnsetType
from codex_runtime.session.checks import existing_directory

if TYPE_CHECKING:
    from codex_runtime.model.profile import RunProfile, SessionConfig
    from codex_runtime.protocol import AskForApproval

__all__ = ["fork_params", "resume_params", "start_params"]


class _ThreadFields(TypedDict):
    """What start, resume and fork have in common."""

    cwd: str
    base_instructions: str | UnsetType | None
    developer_instructions: str | UnsetType | None
    model_provider: str | UnsetType | None
    config: dict[str, object] | UnsetType
    model: str | UnsetType | None
    service_tier: str | UnsetType | None
    approval_policy: AskForApproval | UnsetType
    approvals_reviewer: str | UnsetType
    permissions: str | UnsetType
    sandbox: str | UnsetType


def start_params(config: SessionConfig, profile: RunProfile) -> ThreadStartParams:
    """A new thread, with its tools."""
    return ThreadStartParams(
        **_thread_fields(config, profile),
        personality=profile.personality,
        ephemeral=config.ephemeral or UNSET,
        dynamic_tools=[tool.spec() for tool in config.tools] or UNSET,
    )


def resume_params(thread_id: str, config: SessionConfig, profile: RunProfile) -> ThreadResumeParams:
    """A stored thread, without its turns; the server keeps the tools it was started with."""
    return ThreadResumeParams(
        **_thread_fields(config, profile),
        personality=profile.personality,
        thread_id=thread_id,
        exclude_turns=True,
    )


def fork_params(thread_id: str, config: SessionConfig, profile: RunProfile) -> ThreadForkParams:
    """A new thread with another's history, without its turns; it takes no personality."""
    return ThreadForkParams(
        **_thread_fields(config, profile),
        thread_id=thread_id,
        exclude_turns=True,
        ephemeral=config.ephemeral or UNSET,
    )


def _thread_fields(config: SessionConfig, profile: RunProfile) -> _ThreadFields:
    """What is sent of them; a field that is UNSET is left out of the request."""
    # These requests take a mode only; a policy in full goes with every turn.
    sandbox = profile.sandbox if isinstance(profile.sandbox, (str, UnsetType)) else "read-only"
    return _ThreadFields(
        cwd=existing_directory(config.cwd),
        base_instructions=config.base_instructions,
        developer_instructions=config.developer_instructions,
        model_provider=config.model_provider,
        config=UNSET if config.config is UNSET else dict(config.config),
        model=profile.model,
        service_tier=profile.service_tier,
        approval_policy=profile.approval_policy,
        approvals_reviewer=profile.approvals_reviewer,
        permissions=profile.permissions,
        sandbox=sandbox,
    )
