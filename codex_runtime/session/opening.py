"""Starting, resuming and forking threads: from a `SessionConfig` to an open `Session`.

Owns what is sent for a thread and what its answer says about it. Does not know turns. Source:
``thread/start``, ``thread/resume``, ``thread/fork``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from codex_runtime.errors import CodexRuntimeError, ConfigError, FullAccessDenied
from codex_runtime.model.access import refuse_full_access_override
from codex_runtime.model.overrides import LIBRARY_DEFAULTS, STICKY, Baseline, configured_fields
from codex_runtime.model.profile import merge_profiles
from codex_runtime.protocol import (
    THREAD_FORK,
    THREAD_RESUME,
    THREAD_START,
    THREAD_UNSUBSCRIBE,
    ActiveThreadStatus,
    ThreadUnsubscribeParams,
)
from codex_runtime.protocol.codec import decode_result
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
from codex_runtime.session.session import Session
from codex_runtime.session.thread_params import fork_params, resume_params, start_params

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
    session = await _open(engine, config, hooks, profile, THREAD_START, params, set(), is_new=True)
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
                engine, config, hooks, profile, THREAD_RESUME, params, carried, is_new=False
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
    session = await _open(engine, config, hooks, profile, THREAD_FORK, params, carried, is_new=True)
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
    is_new: bool,
) -> Session:
    """Ask for the thread and hold it; ``carried`` names the options that each turn has to tell."""
    opened, generation = await _ask_for(engine, method, params, is_new=is_new)
    line = engine.router.hold(opened.thread.id)
    line.loaded_in = max(line.loaded_in, generation)
    line.has_record |= method.name != THREAD_START.name  # a fork is stored at once
    line.touched_fields |= carried
    if line.reported is None:
        line.reported = _reported(opened, config)
    if isinstance(opened.thread.status, ActiveThreadStatus):
        try:
            await join_running_turn(engine, line)
        except BaseException:
            engine.router.release(line)
            raise
    asked_cwd = existing_directory(config.cwd)
    baseline = Baseline.of(profile, {**line.reported, "cwd": asked_cwd})
    handle = Handle(engine, line, config, profile, asked_cwd, baseline)
    return Session(handle, fork_session, hooks.runner)


async def _ask_for(
    engine: Engine, method: Method[P, R], params: P, *, is_new: bool
) -> tuple[R, int]:
    """The thread, and the number of the process that opened it.

    A new one that is answered after the caller went away is let go; a stored one may have another
    handle, so it stays as it is.
    """
    given_up = False
    answer: bytes | None = None
    generation = 0

    def answered(raw: bytes) -> None:
        nonlocal answer, generation
        answer, generation = raw, engine.generation
        if given_up and is_new:
            engine.spawn(_let_go, engine, method, raw, cleanup=True)

    engine.refuse_new_work()
    try:
        raw = await engine.call_raw(method, params, on_answer=answered)
    except BaseException:
        given_up = True
        if answer is not None:  # it came while this task was being cancelled
            answered(answer)
        raise
    opened = decode_result(method, raw, engine.drift)
    try:
        engine.access.check_opened(method.name, opened)
    except FullAccessDenied:
        if is_new:
            engine.spawn(_let_go, engine, method, raw, cleanup=True)
        raise
    return opened, generation


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


async def _let_go(engine: Engine, method: Method[P, R], raw: bytes) -> None:
    """Let go a new thread that nobody holds."""
    try:
        thread_id = decode_result(method, raw, engine.drift).thread.id
        await engine.call(THREAD_UNSUBSCRIBE, ThreadUnsubscribeParams(thread_id=thread_id))
    except CodexRuntimeError as problem:
        engine.log.warning("a thread that was opened for nobody stays loaded: %s", problem)
