"""`Handle`: what the modules of one session share.

Owns nothing but the references and whether the handle is open. Does not ask, close or observe: the
modules that are given it do. Enter at `codex_runtime.session.session`, which makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from codex_runtime.errors import SessionClosed
from codex_runtime.model.hooks.hooks import HookConfig, merge_hook_configs
from codex_runtime.model.profile import RunProfile, merge_profiles
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.journaling import SessionJournal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.model.overrides import Baseline
    from codex_runtime.model.profile import ProfileFields, SessionConfig
    from codex_runtime.model.typed.tools import AnyTool

__all__ = ["Handle"]


@attrs.define(eq=False)
class Handle:
    """One session's own: its engine, its thread's line, and what its turns start from."""

    engine: Engine
    line: ThreadLine
    config: SessionConfig
    profile: RunProfile
    """The effective one, all layers below the call merged."""
    cwd: str
    """The thread's working directory, absolute."""
    baseline: Baseline
    """What each sticky option goes back to; grows as baselines are looked up."""
    looked_up: frozenset[str] = frozenset()
    """The options whose baseline was asked for, found or not."""
    is_closed: bool = False
    journal: SessionJournal = attrs.field(factory=SessionJournal)
    """Where the thread is recorded, if anywhere."""

    @property
    def thread_id(self) -> str:
        """The thread's id."""
        return self.line.thread_id

    @property
    def tools(self) -> Mapping[str, AnyTool]:
        """The tools of the session by their names."""
        return {tool.name: tool for tool in self.config.tools}

    def check_open(self) -> None:
        """Raise why nothing can be asked by this handle any more, if so."""
        if self.is_closed:
            raise SessionClosed(self.thread_id)
        self.journal.require()
        self.engine.refuse_new_work()
        self.engine.require_hope()

    def under(self, call: ProfileFields) -> RunProfile:
        """What a call's profile makes of the session's."""
        return merge_profiles(self.profile, call)

    def hooks(self, profile: RunProfile) -> HookConfig:
        """The hooks of a turn under ``profile``, those registered on the runtime included."""
        own = HookConfig() if profile.hooks is UNSET else profile.hooks
        return merge_hook_configs(self.engine.hooks.config, own)

    def model(self, profile: RunProfile) -> str | None:
        """The model that a turn under ``profile`` begins with, as far as is known."""
        known = self.baseline.values.get("model")
        own = profile.model if isinstance(profile.model, str) else known
        return own if isinstance(own, str) else None
