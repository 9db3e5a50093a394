"""Hooks: what runs before and after a run, a session's start, a turn, the use of a tool.

Owns what a hook is, the one rule by which layers of hooks merge, and the report; what hooks are
shown and answer is in `answers`, and can be had here too. Does not run anything (see
``session.hooks``). Enter at `Hook` and `merge_hook_configs`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast, get_args

import attrs

from codex_runtime.errors import HookError
from codex_runtime.model.checks import (
    check_choice,
    check_function,
    check_kind,
    check_mapping,
    check_path,
    check_seconds,
    check_text,
)
from codex_runtime.model.hooks.answers import (
    Block,
    HookAnswer,
    HookContext,
    HookPhase,
    Mutate,
    check_answer,
)
from codex_runtime.protocol.unset import UNSET, UnsetType

if TYPE_CHECKING:
    import os

__all__ = [
    "Block",
    "Hook",
    "HookAnswer",
    "HookConfig",
    "HookContext",
    "HookFunction",
    "HookMatcher",
    "HookOutcome",
    "HookPhase",
    "HookRecord",
    "HookReport",
    "Mutate",
    "OnHookError",
    "ShellCommand",
    "check_answer",
    "merge_hook_configs",
]

OnHookError: TypeAlias = Literal["ignore", "block"]
HookOutcome: TypeAlias = Literal["proceeded", "mutated", "blocked", "failed", "timed_out"]

_PHASES: Final[tuple[str, ...]] = get_args(HookPhase)
_TOOL_PHASES: Final = frozenset(("pre_tool_use", "post_tool_use"))


def _names(field: str, value: object) -> tuple[str, ...]:
    """One name or several, each once, in order."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        names: tuple[object, ...] = (value,)
    else:
        names = tuple(cast("Iterable[object]", value))
    for name in names:
        check_text(field, name, HookError)
    return tuple(dict.fromkeys(cast("tuple[str, ...]", names)))


HookFunction: TypeAlias = Callable[[HookContext], Awaitable[HookAnswer] | HookAnswer]


def _shown_env(env: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}: ..." for name in sorted(env)) + "}"


def _plain_dict(value: Mapping[str, str]) -> Mapping[str, str]:
    check_mapping("env", value, HookError, values=str)
    return MappingProxyType(dict(value))


@attrs.frozen
class ShellCommand:
    """A command line for ``sh -c``; it reads the context as JSON and answers by exit code and JSON.

    Raises `HookError` at construction for what the system could not run.
    """

    command: str

    env: Mapping[str, str] = attrs.field(
        factory=dict[str, str], converter=_plain_dict, repr=_shown_env, kw_only=True
    )
    """Added to the environment of this process."""

    cwd: str | os.PathLike[str] | None = attrs.field(default=None, kw_only=True)
    """Where it runs; None is the context's ``cwd``, and where that is None, this process's."""

    def __attrs_post_init__(self) -> None:
        _check_argument("command", self.command)
        for name, value in self.env.items():
            if "=" in name:
                raise HookError("env", name, "has a '=' in its name", "Give the name alone")
            _check_argument("env", name)
            if value:
                _check_argument(f"env[{name!r}]", value)
        if self.cwd is not None:
            check_path("cwd", self.cwd, HookError)


def _check_argument(name: str, value: object) -> None:
    check_text(name, value, HookError)
    if "\0" in cast("str", value):
        raise HookError(name, value, "has a NUL character", "Give it without")


def _tools(value: str | Iterable[str] | None) -> tuple[str, ...] | None:
    return None if value is None else _names("tool", value)


@attrs.frozen(kw_only=True)
class HookMatcher:
    """Where a hook applies; what is None restricts nothing. Raises `HookError`."""

    tool: tuple[str, ...] | None = attrs.field(default=None, converter=_tools)
    """The names of tools, compared exactly: one, or a sequence of them. For tool phases alone."""

    cwd_prefix: str | os.PathLike[str] | None = None
    """An absolute directory: it and what is below it, by whole path components. Symbolic links
    are followed, in it and in the working directory."""

    def __attrs_post_init__(self) -> None:
        if self.tool == ():
            raise HookError("tool", (), "names no tool", "Name one, or leave it out")
        if self.cwd_prefix is not None:
            check_path("cwd_prefix", self.cwd_prefix, HookError)
            if not PurePath(self.cwd_prefix).is_absolute():
                raise HookError("cwd_prefix", self.cwd_prefix, "is relative", "Give it absolute")

    def matches(self, tool_name: str | None, cwd: str | None) -> bool:
        """Whether a hook with this matcher runs; the paths are compared as they are written.

        What is not known (None) matches: a guard is asked once too often rather than too rarely.
        """
        if self.tool is not None and tool_name is not None and tool_name not in self.tool:
            return False
        if self.cwd_prefix is None or cwd is None:
            return True
        return PurePath(cwd).is_relative_to(self.cwd_prefix)


def _phases(value: HookPhase | Iterable[HookPhase]) -> tuple[HookPhase, ...]:
    return cast("tuple[HookPhase, ...]", _names("phases", value))


@attrs.frozen
class Hook:
    """One hook. Its name is its identity: a layer replaces or skips a hook by that name.

    Raises `HookError` at construction.
    """

    name: str

    phases: tuple[HookPhase, ...] = attrs.field(converter=_phases)
    """One phase, or several."""

    run: HookFunction | ShellCommand
    """A function of a `HookContext`, async or plain, or a shell command. A plain one runs in a
    thread, which is left alone when its time is over."""

    matcher: HookMatcher | None = attrs.field(default=None, kw_only=True)
    """Where it applies; None is everywhere."""

    timeout_s: float = attrs.field(default=5.0, kw_only=True)
    """Each run of it is cancelled, a command killed, after this long."""

    on_error: OnHookError | UnsetType = attrs.field(default=UNSET, kw_only=True)
    """What it means that it raised, was late, or answered nonsense. UNSET blocks the use of a tool
    and is ignored in every other phase. Either way it is in the report."""

    required: bool = attrs.field(default=False, kw_only=True)
    """No more specific layer may replace or skip it."""

    def __attrs_post_init__(self) -> None:
        check_text("name", self.name, HookError)
        if not self.phases:
            raise HookError("phases", self.phases, "is empty", "Name one phase at least")
        for phase in self.phases:
            check_choice("phases", phase, _PHASES, HookError)
        if not isinstance(self.run, ShellCommand):
            check_function("run", self.run, HookError, "Give a function or a ShellCommand")
        if self.matcher is not None:
            self._check_matcher(self.matcher)
        check_seconds("timeout_s", self.timeout_s, HookError)
        if self.on_error is not UNSET:
            check_choice("on_error", self.on_error, get_args(OnHookError), HookError)
        if self.on_error == "block" and all(phase.startswith("post_") for phase in self.phases):
            raise HookError(
                "on_error", "block", "means nothing to a post hook", "Leave it out, or 'ignore'"
            )
        check_kind("required", self.required, bool, HookError)

    def _check_matcher(self, matcher: object) -> None:
        check_kind("matcher", matcher, HookMatcher, HookError)
        others = [phase for phase in self.phases if phase not in _TOOL_PHASES]
        if cast("HookMatcher", matcher).tool is not None and others:
            raise HookError(
                "matcher",
                matcher,
                f"asks for a tool, which {others[0]} does not have",
                "Make it two hooks, or leave the tool out",
            )

    def blocks_on_error(self, phase: HookPhase) -> bool:
        """Whether a failure of it in ``phase`` counts as a block."""
        if phase.startswith("post_"):
            return False
        return phase == "pre_tool_use" if self.on_error is UNSET else self.on_error == "block"


def _hooks(value: object) -> tuple[Hook, ...]:
    if isinstance(value, Hook) or not isinstance(value, Iterable):
        raise HookError("hooks", value, "is no list of hooks", "Give a list of Hook")
    return tuple(cast("Iterable[Hook]", value))


def _skipped(value: str | Iterable[str]) -> frozenset[str]:
    return frozenset(_names("skip", value))


@attrs.frozen
class HookConfig:
    """The hooks of one layer: the runtime, a session, a profile, a call.

    Raises `HookError` at construction, also for a name that stands there twice.
    """

    hooks: tuple[Hook, ...] = attrs.field(default=(), converter=_hooks)
    """In the order in which their pre phases run; post phases run in reverse."""

    skip: frozenset[str] = attrs.field(default=frozenset[str](), converter=_skipped)
    """Names of hooks of less specific layers that do not run."""

    def __attrs_post_init__(self) -> None:
        seen: set[str] = set()
        for hook in self.hooks:
            check_kind("hooks", hook, Hook, HookError)
            if hook.name in seen:
                raise HookError(
                    "hooks", hook.name, "names two hooks of one list", "Give each its own name"
                )
            seen.add(hook.name)


def merge_hook_configs(defaults: HookConfig, overlay: HookConfig) -> HookConfig:
    """Both layers as one: the hooks of ``overlay`` first, then those of ``defaults`` it leaves.

    A hook of ``defaults`` goes when ``overlay`` has one of its name, or skips that name. An empty
    config is neutral on both sides, and of several layers it does not matter which two are merged
    first.

    Raises `HookError` when ``overlay`` skips a required hook of ``defaults``, or has another hook
    of its name. The very same hook is none other: it may stand in both.
    """
    given = {hook.name: hook for hook in overlay.hooks}
    for hook in defaults.hooks:
        if hook.required and hook.name in overlay.skip:
            raise HookError(
                "skip", hook.name, "is a required hook of a less specific layer", "Leave it in"
            )
        if hook.required and given.get(hook.name, hook) != hook:
            raise HookError(
                "hooks",
                hook.name,
                "is the name of a required hook of a less specific layer",
                "Give the new hook another name; the required one runs as well",
            )
    left = [h for h in defaults.hooks if h.name not in given and h.name not in overlay.skip]
    return HookConfig((*overlay.hooks, *left), overlay.skip | defaults.skip)


@attrs.frozen(kw_only=True)
class HookRecord:
    """One run of one hook."""

    hook: str
    """Its name."""

    phase: HookPhase

    outcome: HookOutcome
    """What it did: ``failed`` and ``timed_out`` are problems of the hook itself."""

    message: str
    """The reason of a block, what went wrong, and the end of a command's stderr; else empty."""

    elapsed_s: float

    is_block: bool = False
    """It stopped what it was asked about: it said so, or it failed where that blocks."""


@attrs.frozen
class HookReport:
    """Every run of a hook for one ask, in the order in which they ended."""

    records: tuple[HookRecord, ...] = ()

    @property
    def is_clean(self) -> bool:
        """No hook failed or was late; a block is an answer like any other."""
        return not self.problems

    @property
    def problems(self) -> tuple[HookRecord, ...]:
        """The records of hooks that failed or were late."""
        return tuple(r for r in self.records if r.outcome in ("failed", "timed_out"))
