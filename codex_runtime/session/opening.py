"""Starting, resuming and forking threads: from a `SessionConfig` to an open `Session`.

Owns what is sent for a thread and what its answer says about it. Does not know turns. Source:
``thread/start``, ``thread/resume``, ``thread/fork``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.model.access import refuse_full_access_override
from codex_runtime.model.overrides import LIBRARY_DEFAULTS, STICKY, Baseline, configured_fields
from codex_runtime.model.profile import merge_profiles
from codex_runtime.protocol import (
    THREAD_FORK,
    THREAD_RESUME,
    THREAD_START,
    ActiveThreadStatus,
)
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.checks import (
    check_budget,
    check_profile,
    check_reach,
    check_thread_id,
    existing_directory,
)
from codex_runtime.session.handle import Handle
from codex_runtime.session.hooks.of_starts import StartHooks
from codex_runtime.session.joining import join_running_turn
from codex_runtime.session.journaling import keep_journal
from codex_runtime.session.session import Session
from codex_runtime.session.thread_params import fork_params, resume_params, start_params
from codex_runtime.session.thread_requests import ask_for_thread

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.model.profile import RunProfile, SessionConfig
    from codex_runtime.protocol import (
        Method,
        ThreadForkResponse,
        ThreadResumeResponse,
        ThreadStartResponse,
    )

__all__ = ["fork_session", "resume_session", "start_session"]

P = TypeVar("P")
R = TypeVar("R", "ThreadStartResponse", "ThreadResumeResponse", "ThreadForkResponse")


async def start_session(engine: Engine, config: SessionConfig) -> Session:
    """A new thread (``thread/start``)."""
    if config.tools and not engine.config.experimental_api:
        raise ConfigError(
            "tools",
            [tool.name for tool in config.tools],
            "are experimental on the server",
            "Set RuntimeConfig(experimental_api=True)",
        )
    hooks = _start_hooks(engine, config)
    profile = await hooks.before()
    params = start_params(config, profile)
    session = await _open(engine, config, hooks, profile, THREAD_START, params, set())
    await hooks.after(session)
    return session


async def resume_session(engine: Engine, thread_id: str, config: SessionConfig) -> Session:
    """A stored thread (``thread/resume``), without loading its turns."""
    check_thread_id(thread_id)
    if config.ephemeral:
        raise ConfigError(
            "ephemeral", config.ephemeral, "cannot be asked of a stored thread", "Leave it out"
        )
    hooks = _start_hooks(engine, config, thread_id)
    profile = await hooks.before()
    params = resume_params(thread_id, config, profile)
    # The server ignores these options for a thread that it still has loaded: every turn tells them.
    carried = {"cwd", *(name for name in STICKY if getattr(profile, name, UNSET) is not UNSET)}
    async with engine.router.subscription_lock(thread_id):
        # The server tells at once what the thread has used, which its turns' usage is counted from.
        line = engine.router.hold(thread_id)
        try:
            session = await _open(
                engine,
                config,
                hooks,
                profile,
                THREAD_RESUME,
                params,
                carried,
                stored_id=thread_id,
            )
        finally:
            engine.router.release(line)
    await hooks.after(session)
    return session


async def fork_session(engine: Engine, thread_id: str, config: SessionConfig) -> Session:
    """A new thread with the history of another (``thread/fork``), without loading its turns."""
    check_thread_id(thread_id)
    hooks = _start_hooks(engine, config, thread_id)
    profile = await hooks.before()
    params = fork_params(thread_id, config, profile)
    # thread/fork does not take the personality: every turn tells it.
    carried = {"personality"} if profile.personality is not UNSET else set[str]()
    session = await _open(engine, config, hooks, profile, THREAD_FORK, params, carried)
    await hooks.after(session)
    return session


def effective_profile(engine: Engine, config: SessionConfig) -> RunProfile:
    """Library default < runtime's defaults < session."""
    return merge_profiles(
        merge_profiles(LIBRARY_DEFAULTS, engine.config.profile()), config.profile()
    )


def _start_hooks(engine: Engine, config: SessionConfig, thread_id: str | None = None) -> StartHooks:
    """Checks the configuration first: what is refused here runs no hook."""
    profile = effective_profile(engine, config)
    check_profile(engine.config, profile, "session")
    check_budget(engine.config, config)
    check_reach(engine.config, profile, existing_directory(config.cwd))
    if config.config is not UNSET and not engine.config.allow_full_access:
        refuse_full_access_override(config.config, "session.config")
    engine.refuse_new_work()
    return StartHooks(engine, profile, existing_directory(config.cwd), thread_id)


async def _open(
    engine: Engine,
    config: SessionConfig,
    hooks: StartHooks,
    profile: RunProfile,
    method: Method[P, R],
    params: P,
    carried: set[str],
    *,
    stored_id: str | None = None,
) -> Session:
    """Ask for the thread and hold it; ``carried`` names the options that each turn has to tell.

    ``stored_id`` is None of a new thread.
    """
    async with keep_journal(engine, config, stored_id) as journal:
        opened, generation = await ask_for_thread(engine, method, params, is_new=stored_id is None)
        asked_cwd = existing_directory(config.cwd)
        line = engine.router.hold(opened.thread.id)
        if line.opened_as is None or line.loaded_in < generation:
            line.opened_as = (attrs.evolve(config, cwd=asked_cwd), profile)
        line.loaded_in = max(line.loaded_in, generation)
        line.has_record |= method.name != THREAD_START.name  # a fork is stored at once
        line.touched_fields |= carried
        if line.reported is None:
            line.reported = _reported(opened, config)
        if isinstance(opened.thread.status, ActiveThreadStatus):
            try:
                await join_running_turn(engine, line)
            except BaseException:  # nobody gets the handle
                engine.router.release(line)
                raise
        baseline = Baseline.of(profile, {**line.reported, "cwd": asked_cwd})
        handle = Handle(engine, line, config, profile, asked_cwd, baseline, journal=journal)
        session = Session(handle, fork_session, hooks.runner)
        journal.follow(handle, session)
        return session


def _reported(
    opened: ThreadStartResponse | ThreadResumeResponse | ThreadForkResponse, config: SessionConfig
) -> dict[str, object]:
    """The thread's options, as the server told them and the config of the thread sets them."""
    return {
        "model": opened.model,
        "effort": opened.reasoning_effort,
        "service_tier": opened.service_tier,
        "approval_policy": opened.approval_policy,
        "approvals_reviewer": opened.approvals_reviewer,
        "sandbox": opened.sandbox,
        **({} if config.config is UNSET else configured_fields(config.config)),
    }
