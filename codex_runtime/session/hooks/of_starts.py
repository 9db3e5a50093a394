"""The hooks around the start of a session: one that is new, resumed or forked.

Owns what they are told and what they may change, which is the model. Does not open anything: see
`opening`. Enter at `StartHooks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from codex_runtime.engine.inside import inside
from codex_runtime.model.hooks.hooks import HookConfig, HookContext, merge_hook_configs
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.hooks.running import HookRunner

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.model.profile import RunProfile
    from codex_runtime.session.session import Session

__all__ = ["StartHooks"]


class StartHooks:
    """Runs them for one session; ``thread_id`` is that of a stored thread, None for a new one."""

    def __init__(
        self, engine: Engine, profile: RunProfile, cwd: str, thread_id: str | None = None
    ) -> None:
        own = HookConfig() if profile.hooks is UNSET else profile.hooks
        self.runner: HookRunner = HookRunner(merge_hook_configs(engine.hooks.config, own))
        self._profile = profile
        self._context = HookContext(
            phase="pre_session_start",
            model=profile.model if isinstance(profile.model, str) else None,
            cwd=cwd,
            thread_id=thread_id,
        )

    async def before(self) -> RunProfile:
        """The session's profile as the hooks left it; raises `BlockedByHook`."""
        context = self._context
        if self.runner.wants("pre_session_start"):
            with inside(context.thread_id):
                self._context = await self.runner.pre(context)
        if self._context.model == context.model:
            return self._profile
        return attrs.evolve(self._profile, model=self._context.model)

    async def after(self, session: Session) -> None:
        """The session is there; it is given up if this wait is cancelled."""
        if not self.runner.wants("post_session_start"):
            return
        context = attrs.evolve(
            self._context, phase="post_session_start", thread_id=session.thread_id
        )
        try:
            with inside(session.thread_id):
                await self.runner.post(context)
        except BaseException:  # nobody gets the handle
            session.give_up()
            raise
