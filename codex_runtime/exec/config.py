"""`ExecConfig`: what every run of one `ExecSession` shares; `ExecRetry`: which failures run again.

Owns the fields, defaults and bounds. Does not look for the binary, touch the file system or render
anything (see `launching`). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.exec.command import refuse_full_access_config, refuse_full_access_sandbox
from codex_runtime.model.budget import TokenBudget
from codex_runtime.model.checks import (
    check_choice,
    check_int,
    check_kind,
    check_mapping,
    check_path,
    check_seconds,
    check_text,
)
from codex_runtime.model.given_values import copied
from codex_runtime.model.secret_values import shown_config, shown_names

if TYPE_CHECKING:
    import os

    from codex_runtime.errors.exec import ExecFailure, ExecFailureKind
    from codex_runtime.exec.command import ExecSandbox
    from codex_runtime.model.config import RuntimeConfig

__all__ = ["ExecConfig", "ExecRetry"]

_MIB: Final = 1024 * 1024
_MOST_ATTEMPTS: Final = 100
_MOST_DOUBLINGS: Final = 1000
"""A float has no room for 1024."""
_UNCERTAIN: Final = ("bad_line", "exited", "timed_out", "turn_failed")
_SANDBOXES: Final = ("read-only", "workspace-write", "danger-full-access")


def _as_tuple(value: Iterable[ExecFailureKind]) -> tuple[ExecFailureKind, ...]:
    # A value of the wrong kind passes as it is, for the checks to name it.
    odd = isinstance(value, str) or not isinstance(cast("object", value), Iterable)
    return cast("tuple[ExecFailureKind, ...]", (value,)) if odd else tuple(value)


@attrs.frozen(kw_only=True)
class ExecRetry:
    """Which failed runs are tried again, how often and how soon. All times are seconds.

    By default only those that surely did nothing and pass by themselves (``kind`` is ``start``).
    A run that may have done something is run again only where ``rerun`` names its kind. Raises
    `ConfigError`.
    """

    max_attempts: int = 3
    """With the first one (1 to 100)."""
    first_pause_s: float = 1.0
    """Longest pause before the second attempt; it doubles with each, and is drawn between 0 and
    that (full jitter)."""
    longest_pause_s: float = 30.0
    rerun: tuple[ExecFailureKind, ...] = attrs.field(default=(), converter=_as_tuple)
    """Of ``turn_failed``, ``timed_out``, ``exited`` and ``bad_line``. The prompt is given again:
    `ExecSession.send` gives it to the same thread if there is one, which then has it twice; a
    command runs again as it is. What tools did the first time stays done."""

    def __attrs_post_init__(self) -> None:
        name = "retry.max_attempts"
        check_int(name, self.max_attempts, ConfigError, at_least=1, at_most=_MOST_ATTEMPTS)
        for field in ("first_pause_s", "longest_pause_s"):
            check_seconds(f"retry.{field}", getattr(self, field), ConfigError)
        if self.first_pause_s > self.longest_pause_s:
            raise ConfigError(
                "retry.first_pause_s",
                self.first_pause_s,
                f"is more than longest_pause_s={self.longest_pause_s:g}",
                "Give at most that, or raise longest_pause_s",
            )
        for kind in self.rerun:
            check_choice("retry.rerun", kind, _UNCERTAIN, ConfigError)

    def allows(self, failure: ExecFailure, attempts: int) -> bool:
        """Whether another attempt follows ``failure``, which was that of attempt ``attempts``."""
        again = (failure.retryable and failure.outcome_certain) or failure.kind in self.rerun
        return again and attempts < self.max_attempts

    def pause_s(self, attempts: int, draw: float) -> float:
        """The pause after so many attempts (from 1) for a ``draw`` between 0 and 1."""
        bound_s = self.first_pause_s * 2.0 ** min(attempts - 1, _MOST_DOUBLINGS)
        return draw * min(bound_s, self.longest_pause_s)


def _frozen(value: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(value)) if hasattr(value, "keys") else value


def _frozen_overrides(value: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType(copied(value)) if hasattr(value, "keys") else value


def _no_env() -> Mapping[str, str]:
    return {}


def _no_overrides() -> Mapping[str, object]:
    return {}


@attrs.frozen(kw_only=True)
class ExecConfig:
    """What every process of a session gets, the first as well as the later ones.

    Raises `ConfigError` for a value that can never work; paths are looked at when a process is
    started. All times are seconds.
    """

    codex_bin: str | os.PathLike[str] | None = None
    """The ``codex`` binary; else ``CODEX_BIN``, else the bundled one, else ``PATH``."""
    codex_home: str | os.PathLike[str] | None = None
    """``CODEX_HOME``, made if missing; None leaves it to the environment."""
    cwd: str | os.PathLike[str] | None = None
    """Working directory; None is this process's own."""
    env: Mapping[str, str] = attrs.field(factory=_no_env, converter=_frozen, repr=shown_names)
    """Added to the inherited environment; values are never shown."""
    config_overrides: Mapping[str, object] = attrs.field(
        factory=_no_overrides, converter=_frozen_overrides, repr=shown_config
    )
    """Configuration, nested or with dotted keys, rendered as TOML ``-c key=value``: the way to a
    model, an effort or MCP servers that hold for every turn of the session."""
    sandbox: ExecSandbox = "read-only"
    """Said for every turn, unless its command says otherwise: Codex keeps none with a thread."""
    skip_git_repo_check: bool = False
    """Said for every turn; see `ExecCommand.skip_git_repo_check`."""
    start_timeout_s: float = 30.0
    """From the start of the process to its first event."""
    idle_timeout_s: float | None = None
    """Longest wait for the next event. There are no deltas: a command or an answer that takes long
    is silent all the while. None: no bound."""
    timeout_s: float | None = None
    """From the start of the process to its end. None: no bound; and where the network is away Codex
    tries for ever."""
    shutdown_grace_s: float = 5.0
    """The whole ladder that ends a process: SIGINT, SIGTERM, SIGKILL."""
    max_line_bytes: int = 128 * _MIB
    """Longest line taken; a longer one is dropped, and reported as `ExecMalformed`."""
    retry: ExecRetry = attrs.field(factory=ExecRetry)
    budget: TokenBudget | None = None
    """Shared with other sessions, of either kind. Codex reports usage at the end of a turn alone;
    what others use may end this one (`ExecBudgetPassed`) where the budget's action says so."""
    allow_full_access: bool = False
    """Without it every way to ``danger-full-access`` that is seen here raises
    `FullAccessDenied`."""

    def __attrs_post_init__(self) -> None:
        for name in ("codex_bin", "codex_home", "cwd"):
            if getattr(self, name) is not None:
                check_path(name, getattr(self, name), ConfigError)
        for name in ("start_timeout_s", "idle_timeout_s", "timeout_s", "shutdown_grace_s"):
            value = getattr(self, name)
            if value is not None or name in ("start_timeout_s", "shutdown_grace_s"):
                check_seconds(name, value, ConfigError)
        check_mapping("config_overrides", self.config_overrides, ConfigError)
        self._check_env()
        check_choice("sandbox", self.sandbox, _SANDBOXES, ConfigError)
        for name, kind in (
            ("skip_git_repo_check", bool),
            ("allow_full_access", bool),
            ("retry", ExecRetry),
        ):
            check_kind(name, getattr(self, name), kind, ConfigError)
        if self.budget is not None:
            check_kind("budget", self.budget, TokenBudget, ConfigError)
        name = "max_line_bytes"
        check_int(name, self.max_line_bytes, ConfigError, at_least=4096, at_most=1 << 40)
        if not self.allow_full_access:
            refuse_full_access_config(self.config_overrides, "config_overrides")
            refuse_full_access_sandbox(self.sandbox)

    @classmethod
    def from_runtime(cls, config: RuntimeConfig) -> ExecConfig:
        """The fields that ``config`` has too; the others by default.

        Binary, home, directory, environment, overrides, ``start_timeout_s``, ``shutdown_grace_s``,
        ``allow_full_access``, and ``max_frame_bytes`` for ``max_line_bytes``.
        """
        return cls(
            codex_bin=config.codex_bin,
            codex_home=config.codex_home,
            cwd=config.cwd,
            env=config.env,
            config_overrides=config.config_overrides,
            start_timeout_s=config.start_timeout_s,
            shutdown_grace_s=config.shutdown_grace_s,
            max_line_bytes=config.max_frame_bytes,
            allow_full_access=config.allow_full_access,
        )

    def _check_env(self) -> None:
        """Refuse, without showing a value, what is not a mapping of texts."""
        check_kind("env", self.env, Mapping, ConfigError)
        for name, value in self.env.items():
            check_text("env key", name, ConfigError)
            if not isinstance(cast("object", value), str):
                shown = f"({type(value).__name__}, not shown)"
                raise ConfigError(f"env[{name!r}]", shown, "is not a str", "Give a str")
