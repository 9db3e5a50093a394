"""`RuntimeConfig`: everything that is decided before the app-server starts.

Owns the fields, defaults and bounds of one runtime. Does not look for the binary, touch the file
system or render anything (see the launch room).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.model.access import refuse_full_access_override, refuse_full_access_profile
from codex_runtime.model.checks import (
    check_choice,
    check_function,
    check_int,
    check_kind,
    check_mapping,
    check_path,
    check_seconds,
    check_text,
)
from codex_runtime.model.given_values import copied
from codex_runtime.model.hooks.hooks import HookConfig
from codex_runtime.model.journal import JournalConfig
from codex_runtime.model.profile import RunProfile, merge_profiles
from codex_runtime.model.restart import RestartPolicy
from codex_runtime.model.secret_values import shown_config, shown_names
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from codex_runtime.model.requests.kinds import ApprovalHandler, ServerRequestHandler

__all__ = ["ClientInfo", "OnStuckTurn", "RuntimeConfig"]

OnStuckTurn: TypeAlias = Literal["report", "restart"]

_MIB: Final = 1024 * 1024
_NEEDED: Final = frozenset({"turn/started", "turn/completed", "serverRequest/resolved"})
_SECONDS: Final = (
    "start_timeout_s",
    "request_timeout_s",
    "cancel_grace_s",
    "interrupt_timeout_s",
    "close_timeout_s",
    "shutdown_grace_s",
    "server_request_timeout_s",
)


@attrs.frozen(kw_only=True)
class ClientInfo:
    """How this client names itself to the server (``initialize.clientInfo``)."""

    name: str = "codex_runtime"
    """Also the prefix of the server's user agent and the originator of its requests."""

    title: str | None = None
    version: str = "0.1.0"

    def __attrs_post_init__(self) -> None:
        check_text("client_info.name", self.name, ConfigError)
        check_text("client_info.version", self.version, ConfigError)
        if self.title is not None:
            check_text("client_info.title", self.title, ConfigError)


# A value of the wrong kind passes the converters as it is, for the checks to name it.
def _frozen(value: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(value)) if hasattr(value, "keys") else value


def _frozen_overrides(value: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType(copied(value)) if hasattr(value, "keys") else value


def _check_env(env: object) -> None:
    """Refuse, without showing a value, what is not a mapping of texts."""
    if not isinstance(env, Mapping):
        raise _env_refused("env", env, "is not a mapping", "Give a dict with str keys and values")
    for name, value in cast("Mapping[object, object]", env).items():
        check_text("env key", name, ConfigError)
        if not isinstance(value, str):
            raise _env_refused(f"env[{name!r}]", value, "is not a str", "Give a str")


def _env_refused(name: str, value: object, problem: str, hint: str) -> ConfigError:
    return ConfigError(name, f"({type(value).__name__}, not shown)", problem, hint)


def _as_tuple(value: Iterable[str]) -> tuple[str, ...]:
    single = isinstance(value, str) or not hasattr(value, "__iter__")
    return (cast("str", value),) if single else tuple(value)


def _no_env() -> dict[str, str]:
    return {}


def _no_overrides() -> dict[str, object]:
    return {}


@attrs.frozen(kw_only=True)
class RuntimeConfig:
    """How one app-server is started and how long this client waits for it.

    Raises `ConfigError` at construction for a value that can never work; paths are looked at when
    the runtime opens. All times are seconds.
    """

    codex_bin: str | os.PathLike[str] | None = None
    """The ``codex`` binary; else ``CODEX_BIN``, else the bundled one, else ``PATH``."""

    codex_home: str | os.PathLike[str] | None = None
    """``CODEX_HOME`` of the server, made if missing; None leaves it to the environment."""

    cwd: str | os.PathLike[str] | None = None
    """Working directory of the server process; None is this process's own."""

    env: Mapping[str, str] = attrs.field(factory=_no_env, converter=_frozen, repr=shown_names)
    """Added to the inherited environment; values are never shown."""

    config_overrides: Mapping[str, object] = attrs.field(
        factory=_no_overrides, converter=_frozen_overrides, repr=shown_config
    )
    """Server configuration, nested or with dotted keys, rendered as TOML ``-c key=value``. Texts
    that look secret by their keys are not shown."""

    client_info: ClientInfo = attrs.field(factory=ClientInfo)

    experimental_api: bool = False
    """Ask for methods and fields that the protocol marks as experimental."""

    opt_out: tuple[str, ...] = attrs.field(default=(), converter=_as_tuple)
    """Notification methods that the server shall not send; unknown names are ignored by it. Results
    lack what these would have told; those that tell the start and end of turns are refused."""

    defaults: RunProfile = attrs.field(factory=RunProfile)
    """Turn options of every session that does not set its own."""

    hooks: HookConfig | None = None
    """Hooks of every session, under those of ``defaults``; see also `Runtime.register_hooks`."""

    approvals: ApprovalHandler | None = None
    """Who decides on approvals where neither ``defaults``, session nor call says; without anybody
    they are declined."""

    on_server_request: ServerRequestHandler | None = None
    """Who answers every other request of the server: questions to the user, elicitations, tools
    that no session offers, tokens. Without one, or if it returns None, each gets its default."""

    server_request_timeout_s: float = 600.0
    """How long a handler, a tool or a person may take to answer the server; then it gets the
    default, which is no."""

    start_timeout_s: float = 30.0
    """From the spawn to the end of the handshake."""

    request_timeout_s: float = 30.0
    """From the write of a request to its answer, retries of an overloaded server included."""

    queue_timeout_s: float | None = None
    """Longest wait for a place at the ingress gate; None waits as long as the caller does."""

    max_in_flight: int = 64
    """Quick requests outstanding at once (1 to 64; the server's own queue holds 128)."""

    max_frame_bytes: int = 128 * _MIB
    """Longest line taken from the server; a longer one is dropped and counted."""

    coalesce_after_events: int = 1024
    """So many events of a turn or subscription stay single while they are unread; past it, text
    deltas of one item are merged (``merged`` says of how many). A huge number merges none."""

    cancel_grace_s: float = 2.0
    """How long a cancelled ask waits for its interrupted turn to end on the server."""

    interrupt_timeout_s: float = 10.0
    """Longest wait of an interrupt for the end of the turn."""

    close_timeout_s: float = 10.0
    """Longest wait of ``Session.close`` for the archive."""

    shutdown_grace_s: float = 5.0
    """The whole ladder that ends the server process."""

    restart: RestartPolicy = attrs.field(factory=RestartPolicy)
    """When a crashed server is started again, and how often."""

    on_stuck_turn: OnStuckTurn = "report"
    """What becomes of a server that does not end an interrupted turn within
    ``interrupt_timeout_s``. ``report`` tells whoever asked, and goes on trying. ``restart`` ends
    the server and with it the turns of all its threads; the field above says what follows."""

    journal: JournalConfig | None = None
    """Record what the server says, of all threads, before anybody is told; see `JournalConfig`."""

    allow_full_access: bool = False
    """Without it every typed way to ``danger-full-access`` raises `FullAccessDenied`."""

    def __attrs_post_init__(self) -> None:
        for name in ("codex_bin", "codex_home", "cwd"):
            if getattr(self, name) is not None:
                check_path(name, getattr(self, name), ConfigError)
        _check_env(self.env)
        check_mapping("config_overrides", self.config_overrides, ConfigError)
        check_kind("restart", self.restart, RestartPolicy, ConfigError)
        check_choice("on_stuck_turn", self.on_stuck_turn, ("report", "restart"), ConfigError)
        for name in _SECONDS:
            check_seconds(name, getattr(self, name), ConfigError)
        if self.queue_timeout_s is not None:
            check_seconds("queue_timeout_s", self.queue_timeout_s, ConfigError)
        check_int("max_in_flight", self.max_in_flight, ConfigError, at_least=1, at_most=64)
        check_int(
            "max_frame_bytes", self.max_frame_bytes, ConfigError, at_least=4096, at_most=1 << 40
        )
        check_int(
            "coalesce_after_events",
            self.coalesce_after_events,
            ConfigError,
            at_least=1,
            at_most=1 << 40,
        )
        for name, kind in (
            ("client_info", ClientInfo),
            ("defaults", RunProfile),
            ("experimental_api", bool),
            ("allow_full_access", bool),
        ):
            check_kind(name, getattr(self, name), kind, ConfigError)
        for method in self.opt_out:
            check_text("opt_out", method, ConfigError)
            if method in _NEEDED:
                raise ConfigError(
                    "opt_out", method, "is needed to tell when turns start and end", "Leave it out"
                )
        self._check_handlers()
        if not self.allow_full_access:
            refuse_full_access_profile(self.defaults, "defaults")
            refuse_full_access_override(self.config_overrides, "config_overrides")

    def _check_handlers(self) -> None:
        if self.hooks is not None:
            check_kind("hooks", self.hooks, HookConfig, ConfigError)
        if self.journal is not None:
            check_kind("journal", self.journal, JournalConfig, ConfigError)
        for name in ("approvals", "on_server_request"):
            if getattr(self, name) is not None:
                check_function(name, getattr(self, name), ConfigError, "Give a function")

    def profile(self) -> RunProfile:
        """The layer of the runtime: ``defaults`` over ``hooks`` and ``approvals``."""
        floor = RunProfile(
            hooks=UNSET if self.hooks is None else self.hooks,
            approvals=UNSET if self.approvals is None else self.approvals,
        )
        return merge_profiles(floor, self.defaults)
