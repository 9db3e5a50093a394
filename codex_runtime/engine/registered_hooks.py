"""Hooks that are registered while the runtime runs, and taken back again.

Owns the list and that each name is there once. Does not run them. Enter at
`RegisteredHooks.register`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.errors import HookError
from codex_runtime.model.hooks.hooks import HookConfig, merge_hook_configs

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RegisteredHooks"]


class RegisteredHooks:
    """The least specific layer of hooks; an ask takes it as it is when the ask begins."""

    def __init__(self) -> None:
        self._configs: list[HookConfig] = []

    @property
    def config(self) -> HookConfig:
        """All of them, in the order of their registration."""
        merged = HookConfig()
        for config in reversed(self._configs):
            merged = merge_hook_configs(config, merged) if merged.hooks else config
        return merged

    def register(self, config: HookConfig) -> Callable[[], None]:
        """Add ``config``; the function returned takes it out again, and may be called twice.

        Raises `HookError` for a name that is registered, and for names to skip: there is nothing
        below this layer.
        """
        if config.skip:
            raise HookError(
                "skip", sorted(config.skip), "skips nothing: no layer is below", "Leave it out"
            )
        known = {hook.name for held in self._configs for hook in held.hooks}
        for hook in config.hooks:
            if hook.name in known:
                raise HookError(
                    "name", hook.name, "is registered", "Undo that registration, or rename this one"
                )
        self._configs.append(config)

        def undo() -> None:
            self._configs[:] = [held for held in self._configs if held is not config]

        return undo
