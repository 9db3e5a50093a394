"""What a turn may be told: `RunProfile`, its merge, and `SessionConfig` which is one and more.

Owns the fields, their checks and the one rule of precedence (the more specific layer wins, field by
field). Does not know how a field travels to the server (see `overrides`) nor who may have full
access (see `access`). Enter at `merge_profiles`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar, cast

import attrs

from codex_runtime.errors import ConfigError, ProfileError
from codex_runtime.model.attachments import check_attachments
from codex_runtime.model.budget import TokenBudget
from codex_runtime.model.checks import (
    check_choice,
    check_function,
    check_int,
    check_kind,
    check_mapping,
    check_path,
    check_text,
)
from codex_runtime.model.deadlines import Deadlines, merge_deadlines
from codex_runtime.model.given_values import as_tuple, copied
from codex_runtime.model.hooks.hooks import HookConfig, merge_hook_configs
from codex_runtime.model.journal import JournalConfig
from codex_runtime.model.secret_values import shown_config
from codex_runtime.model.typed.tools import check_tools
from codex_runtime.protocol.unset import UNSET, UnsetType

if TYPE_CHECKING:
    import os

    from codex_runtime.errors import InvalidInput
    from codex_runtime.model.attachments import Attachment
    from codex_runtime.model.requests.kinds import ApprovalHandler
    from codex_runtime.model.typed.tools import AnyTool
    from codex_runtime.protocol import AskForApproval, SandboxPolicy

__all__ = [
    "PROFILE_FIELDS",
    "JsonSchema",
    "OnExit",
    "Overlap",
    "ProfileFields",
    "RunProfile",
    "SessionConfig",
    "merge_profiles",
]

Overlap: TypeAlias = Literal["queue", "reject"]
OnExit: TypeAlias = Literal["archive", "detach"]
JsonSchema: TypeAlias = Mapping[str, object]

_SANDBOX_MODES: Final = ("read-only", "workspace-write", "danger-full-access")
_APPROVAL_POLICIES: Final = ("untrusted", "on-request", "never")
_OVERLAPS: Final = ("queue", "reject")


_NULLABLE: Final = ("model", "effort", "summary", "personality", "service_tier")


def _check_profile(fields: ProfileFields, error: type[InvalidInput]) -> None:
    """Refuse, with ``error``, a field of the wrong kind and fields that exclude each other."""
    for name in (*_NULLABLE, "permissions", "approvals_reviewer"):
        value = getattr(fields, name)
        if value is not UNSET and not (value is None and name in _NULLABLE):
            check_text(name, value, error)
    _check_policy("approval_policy", fields.approval_policy, _APPROVAL_POLICIES, error)
    _check_policy("sandbox", fields.sandbox, _SANDBOX_MODES, error)
    if fields.sandbox is not UNSET and fields.permissions is not UNSET:
        raise error(
            "permissions",
            fields.permissions,
            "cannot be combined with sandbox",
            "Give a permission profile or a sandbox, not both",
        )
    if fields.output_schema is not UNSET and fields.output_schema is not None:
        check_mapping("output_schema", fields.output_schema, error)
    if fields.overlap is not UNSET:
        check_choice("overlap", fields.overlap, _OVERLAPS, error)
    _check_layered(fields, error)


def _check_layered(fields: ProfileFields, error: type[InvalidInput]) -> None:
    """Refuse, with ``error``, what the server is never told and that has the wrong kind."""
    for name, kind in (("hooks", HookConfig), ("deadlines", Deadlines)):
        if getattr(fields, name) is not UNSET:
            check_kind(name, getattr(fields, name), kind, error)
    if fields.approvals is not UNSET:
        check_function("approvals", fields.approvals, error, "Give a function or a rule")
    if fields.max_tool_items is not UNSET:
        check_int("max_tool_items", fields.max_tool_items, error, at_least=0, at_most=1 << 40)
    if fields.attachments is not UNSET:
        check_attachments("attachments", fields.attachments, error)


def _check_policy(
    name: str, value: object, choices: tuple[str, ...], error: type[InvalidInput]
) -> None:
    """Refuse a word that is not known, and what is neither a word nor a struct of the protocol."""
    if isinstance(value, str):
        check_choice(name, value, choices, error)
    elif value is not UNSET and not hasattr(value, "__struct_fields__"):
        raise error(
            name,
            value,
            "is neither a known word nor a struct of codex_runtime.protocol",
            f"Give one of {', '.join(map(repr, choices))}, or leave it out",
        )


# Copies, so that a value stays as it was checked.
def _own_attachments(
    value: Sequence[Attachment] | UnsetType,
) -> Sequence[Attachment] | UnsetType:
    return as_tuple(value)


def _own_schema(value: JsonSchema | UnsetType | None) -> JsonSchema | UnsetType | None:
    return copied(value)


@attrs.frozen(kw_only=True)
class ProfileFields:
    """The fields that runtime defaults, sessions and single calls share.

    UNSET means not given here: the next less specific layer decides. None is sent as null where
    the server takes one, which is not the same.
    """

    model: str | UnsetType | None = UNSET
    """Model name, as the server's ``model/list`` knows it."""

    effort: str | UnsetType | None = UNSET
    """Reasoning effort (``low``, ``medium``, ``high``, ... whatever the model takes)."""

    summary: str | UnsetType | None = UNSET
    """Reasoning summary: ``auto``, ``concise``, ``detailed`` or ``none``."""

    personality: str | UnsetType | None = UNSET
    """Tone of the answers: ``none``, ``friendly`` or ``pragmatic``."""

    service_tier: str | UnsetType | None = UNSET
    """Service tier by its name; None asks for the default one."""

    approval_policy: AskForApproval | UnsetType = UNSET
    """When the server asks before it acts. Library default: ``on-request``."""

    approvals_reviewer: str | UnsetType = UNSET
    """Who is asked. Library default: ``user``, that is, this client."""

    sandbox: str | SandboxPolicy | UnsetType = UNSET
    """What commands may touch: ``read-only`` (library default), ``workspace-write``,
    ``danger-full-access`` (gated), or a `SandboxPolicy` struct for the details.
    ``workspace-write`` makes the server mark the cwd as trusted in the user's ``config.toml``, if
    it is a repository."""

    permissions: str | UnsetType = UNSET
    """Named permission profile instead of a sandbox; needs ``experimental_api=True``."""

    output_schema: JsonSchema | UnsetType | None = attrs.field(default=UNSET, converter=_own_schema)
    """JSON schema of the final answer, copied; sent with every turn it holds for, never sticky."""

    overlap: Overlap | UnsetType = UNSET
    """What an ask does while another turn of the thread runs: wait in line (``queue``, library
    default) or raise `SessionBusy` (``reject``)."""

    attachments: Sequence[Attachment] | UnsetType = attrs.field(
        default=UNSET, converter=_own_attachments
    )
    """Files, images, skills and mentions that go with the prompt; a layer replaces those of a less
    specific one. Paths are looked at before anything is sent."""

    hooks: HookConfig | UnsetType = UNSET
    """Code around runs, turns and tools; layers merge by the hooks' names."""

    approvals: ApprovalHandler | UnsetType = UNSET
    """Who decides what the server wants approved: a function, async or plain, or an `ApprovalRule`.
    Without one everything is declined."""

    max_tool_items: int | UnsetType = UNSET
    """Interrupt the turn when it begins one tool item more than this; unlimited by default."""

    deadlines: Deadlines | UnsetType = UNSET
    """How long the stages of a turn may take; layers merge field by field."""

    def profile(self) -> RunProfile:
        """The profile's fields alone."""
        return RunProfile(**{name: getattr(self, name) for name in PROFILE_FIELDS})


PROFILE_FIELDS: Final = tuple(field.name for field in attrs.fields(ProfileFields))


@attrs.frozen(kw_only=True)
class RunProfile(ProfileFields):
    """A set of turn options, each UNSET unless given; layers merge field by field.

    Effective value: library default < ``RuntimeConfig.defaults`` < `SessionConfig` < profile of
    the call < keyword of the call. Raises `ProfileError` at construction for a value of the
    wrong kind.
    """

    def __attrs_post_init__(self) -> None:
        _check_profile(self, ProfileError)


def _own_tools(value: Sequence[AnyTool]) -> Sequence[AnyTool]:
    # An iterator is no list of tools: the checks say so.
    return as_tuple(value) if isinstance(cast("object", value), Sequence) else value


def _own_config(value: Mapping[str, object] | UnsetType) -> Mapping[str, object] | UnsetType:
    return copied(value)


@attrs.frozen(kw_only=True)
class SessionConfig(ProfileFields):
    """How a thread is started, resumed or forked: a profile plus what belongs to the thread.

    Raises `ConfigError` at construction for a value of the wrong kind; whether ``cwd`` exists is
    checked when the session starts.
    """

    cwd: str | os.PathLike[str] = "."
    """Working directory of the thread; relative ones are taken from this process."""

    base_instructions: str | UnsetType | None = UNSET
    """Replaces the model's base instructions."""

    developer_instructions: str | UnsetType | None = UNSET
    """Added as a developer message."""

    model_provider: str | UnsetType | None = UNSET
    """Name of a provider of the server's configuration."""

    config: Mapping[str, object] | UnsetType = attrs.field(
        default=UNSET, converter=_own_config, repr=shown_config
    )
    """Server configuration of this thread alone, any JSON value, keys dotted or nested; copied. A
    nested table replaces the whole table of the runtime; a dotted key adds to it. Texts that look
    secret by their keys are not shown."""

    ephemeral: bool = False
    """Keep the thread in memory only: it cannot be resumed, and close() unsubscribes it."""

    on_exit: OnExit = "archive"
    """What leaving ``async with session`` does."""

    auto_title: bool = False
    """Once a turn has ended, name the thread after its first words (`title_of`), unless somebody
    gave it a name. Closing waits for it. Ephemeral threads have no names."""

    tools: Sequence[AnyTool] = attrs.field(default=(), converter=_own_tools)
    """Functions of yours that the model may call, made with `tool`; the server takes them as a
    thread starts. Each name once."""

    budget: TokenBudget | None = None
    """What this session's turns are charged to; sessions may share one."""

    journal: JournalConfig | None = None
    """Record what the server says of this thread while the handle is open, before anybody is told;
    a file of its own, beside the runtime's journal if there is one."""

    def __attrs_post_init__(self) -> None:
        _check_profile(self, ConfigError)
        check_path("cwd", self.cwd, ConfigError)
        for name in ("base_instructions", "developer_instructions", "model_provider"):
            value = getattr(self, name)
            if value is not UNSET and value is not None:
                check_text(name, value, ConfigError)
        if self.config is not UNSET:
            check_mapping("config", self.config, ConfigError)
        check_kind("ephemeral", self.ephemeral, bool, ConfigError)
        check_choice("on_exit", self.on_exit, ("archive", "detach"), ConfigError)
        check_kind("auto_title", self.auto_title, bool, ConfigError)
        check_tools("tools", self.tools, ConfigError)
        if self.budget is not None:
            check_kind("budget", self.budget, TokenBudget, ConfigError)
        if self.journal is not None:
            check_kind("journal", self.journal, JournalConfig, ConfigError)

    @classmethod
    def from_profile(cls, cwd: str | os.PathLike[str], profile: RunProfile) -> SessionConfig:
        """A config with ``profile``'s fields; :meth:`profile` gives them back unchanged."""
        fields = {name: getattr(profile, name) for name in PROFILE_FIELDS}
        return cls(cwd=cwd, **fields)


_P = TypeVar("_P", bound=ProfileFields)


def merge_profiles(base: _P, overlay: ProfileFields) -> _P:
    """``base`` with every field that ``overlay`` sets; its type and its own fields are kept.

    Associative, and an empty profile is neutral on both sides. ``sandbox`` and ``permissions``
    replace each other, because the server takes one of them only; hooks merge by name.
    """
    changes = {
        name: value for name in PROFILE_FIELDS if (value := getattr(overlay, name)) is not UNSET
    }
    if not changes:
        return base
    if "sandbox" in changes:
        changes["permissions"] = UNSET
    elif "permissions" in changes:
        changes["sandbox"] = UNSET
    if overlay.hooks is not UNSET and base.hooks is not UNSET:
        changes["hooks"] = merge_hook_configs(base.hooks, overlay.hooks)
    if overlay.deadlines is not UNSET and base.deadlines is not UNSET:
        changes["deadlines"] = merge_deadlines(base.deadlines, overlay.deadlines)
    return attrs.evolve(base, **changes)
