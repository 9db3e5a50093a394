"""Explaining a session's options: its layers, named, and what the server reported under them.

Owns which layers a session has. Does not know how they are compared: see `explanation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from codex_runtime.model.deadlines import merge_deadlines
from codex_runtime.model.explanation import explain
from codex_runtime.model.hooks.hooks import merge_hook_configs
from codex_runtime.model.overrides import LIBRARY_DEFAULTS
from codex_runtime.model.profile import RunProfile, merge_profiles
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    from codex_runtime.model.deadlines import Deadlines
    from codex_runtime.model.explanation import Explanation
    from codex_runtime.model.hooks.hooks import HookConfig
    from codex_runtime.model.profile import ProfileFields
    from codex_runtime.session.handle import Handle

__all__ = ["explain_session"]


def explain_session(handle: Handle, profile: RunProfile | None) -> Explanation:
    """What a turn of the session would be told now, under ``profile`` if given."""
    registered = handle.engine.hooks.config
    floor = RunProfile(hooks=registered if registered.hooks else UNSET)
    of_runtime = merge_profiles(floor, handle.engine.config.profile())
    layers: list[tuple[str, ProfileFields]] = [
        ("library", LIBRARY_DEFAULTS),
        ("runtime", of_runtime),
        ("session", handle.config),
    ]
    if handle.profile.model != merge_profiles(of_runtime, handle.config.profile()).model:
        layers.append(("hook", RunProfile(model=handle.profile.model)))
    if profile is not None:
        layers.append(("profile", profile))
    merges = {"hooks": _merged_hooks, "deadlines": _merged_deadlines}
    return explain(layers, reported=handle.baseline.values, merges=merges)


def _merged_hooks(less: object, more: object) -> object:
    return merge_hook_configs(cast("HookConfig", less), cast("HookConfig", more))


def _merged_deadlines(less: object, more: object) -> object:
    return merge_deadlines(cast("Deadlines", less), cast("Deadlines", more))
