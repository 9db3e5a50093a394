"""How options travel with ``turn/start``, so that none of them sticks to the thread.

The server keeps every override for later turns and null does not undo one. So before a field is
first overridden its baseline must be known, and from then on each ``turn/start`` of that thread
carries the field. Owns that rule; sends nothing, looks nothing up (see `session.baselines`). Enter
at `Baseline.of` and `turn_fields`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypedDict, cast

import attrs

from codex_runtime.errors import ProfileError
from codex_runtime.model.profile import RunProfile, merge_profiles
from codex_runtime.protocol import (
    DangerFullAccessSandboxPolicy,
    ReadOnlySandboxPolicy,
    WorkspaceWriteSandboxPolicy,
)
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from codex_runtime.model.profile import JsonSchema
    from codex_runtime.protocol import AskForApproval, SandboxPolicy

__all__ = [
    "KEPT_BY_NULL",
    "LIBRARY_DEFAULTS",
    "STICKY",
    "Baseline",
    "StickyFields",
    "TurnFields",
    "configured_fields",
    "put_back_fields",
    "sticky_fields",
    "turn_fields",
]


class StickyFields(TypedDict, total=False):
    """What the server keeps, by the names ``turn/start`` and ``thread/settings/update`` share."""

    model: str | None
    effort: str | None
    summary: str | None
    personality: str | None
    service_tier: str | None
    approval_policy: AskForApproval
    approvals_reviewer: str
    sandbox_policy: SandboxPolicy
    permissions: str
    cwd: str


class TurnFields(StickyFields, total=False):
    """The options of one ``turn/start``, by the names of `TurnStartParams`."""

    output_schema: JsonSchema | None


LIBRARY_DEFAULTS: Final = RunProfile(
    approval_policy="on-request",
    approvals_reviewer="user",
    sandbox="read-only",
    overlap="queue",
)
"""The floor under every session: ask before acting, ask this client, touch nothing."""

STICKY: Final = (
    "model",
    "effort",
    "summary",
    "personality",
    "service_tier",
    "approval_policy",
    "approvals_reviewer",
    "sandbox",
    "permissions",
    "cwd",
)
"""Fields of ``turn/start`` that the server keeps for the thread's later turns."""

KEPT_BY_NULL: Final = ("model", "effort", "summary", "personality")
"""Fields whose null changes nothing on the server; of the service tier it is the default."""

_CONFIG_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {"summary": "model_reasoning_summary", "personality": "personality"}
)
"""Where the server's configuration has the fields that ``thread/start`` does not report."""

_LOOKED_UP: Final = ("effort", "summary", "personality")
"""What ``thread/start`` does not report, or not always."""

_ONLY_PER_TURN: Final = frozenset({"effort", "summary"})
"""``thread/start`` does not take these, so a session that sets them sends them with each turn."""

_POLICIES: Final[Mapping[str, SandboxPolicy]] = MappingProxyType(
    {
        "read-only": ReadOnlySandboxPolicy(),
        "workspace-write": WorkspaceWriteSandboxPolicy(),
        "danger-full-access": DangerFullAccessSandboxPolicy(),
    }
)


@attrs.frozen
class Baseline:
    """What each sticky field goes back to, for the fields where that is known."""

    values: Mapping[str, object]
    """By the names of `STICKY`."""

    default_efforts: Mapping[str, str] = MappingProxyType({})
    """Effort by model, of a thread that has none of its own: the models' defaults."""

    @classmethod
    def of(cls, session: RunProfile, reported: Mapping[str, object]) -> Baseline:
        """What ``session`` sets, and for the rest what the server reported for the thread.

        ``reported`` has the names of a profile's fields plus ``cwd``; ``sandbox`` there is the
        policy in full. A reported None says that the server has no value of its own: not a
        baseline, except for the service tier, which null does reset.
        """
        values: dict[str, object] = {}
        for name in STICKY:
            told = reported.get(name, UNSET)
            own = UNSET if name == "cwd" else getattr(session, name)
            if own is None or own is UNSET:
                own = told
            elif name == "sandbox" and isinstance(own, str):
                # In full, as the server made it of the mode; a thread that was loaded before keeps
                # the policy of another handle.
                own = told if type(told) is type(_POLICIES[own]) else _POLICIES[own]
            if own is not UNSET and (own is not None or name == "service_tier"):
                values[name] = own
        return cls(MappingProxyType(values))

    def value(self, name: str, model: object = UNSET) -> object:
        """What ``name`` goes back to, UNSET if that is not known.

        ``model`` is the one that the turn runs on, if not the thread's own.
        """
        if name in self.values:
            return self.values[name]
        if name == "effort":
            own = self.values.get("model")
            return self.default_efforts.get(str(own if model is UNSET else model), UNSET)
        return UNSET

    def lacking(self, names: Collection[str]) -> frozenset[str]:
        """Those of ``names`` that are sticky and have no baseline."""
        return frozenset(name for name in STICKY if name in names and not self._knows(name))

    def or_else(self, other: Baseline) -> Baseline:
        """With what ``other`` knows of the fields that no thread's start tells; own ones stay."""
        told = other.values
        values = {name: told[name] for name in _LOOKED_UP if name in told and not self._knows(name)}
        return Baseline(
            MappingProxyType(values | dict(self.values)),
            MappingProxyType(dict(other.default_efforts) | dict(self.default_efforts)),
        )

    def _knows(self, name: str) -> bool:
        # A permission profile is undone by the sandbox that it stood in for.
        return self.value(name) is not UNSET or (name == "permissions" and "sandbox" in self.values)


def sticky_fields(call: RunProfile, cwd: object = UNSET) -> frozenset[str]:
    """The fields that ``call`` sets and the server would keep."""
    wanted = _wanted_fields(call, cwd)
    return frozenset(name for name in STICKY if wanted[name] is not UNSET)


def configured_fields(config: Mapping[str, object]) -> dict[str, object]:
    """What a configuration map says of the fields that ``thread/start`` does not report.

    Keys are those of the server's ``config.toml``.
    """
    return {
        name: value
        for name, key in _CONFIG_KEYS.items()
        if isinstance(value := config.get(key), str)
    }


def turn_fields(
    session: RunProfile,
    call: RunProfile,
    baseline: Baseline,
    touched: frozenset[str],
    *,
    cwd: object = UNSET,
) -> tuple[TurnFields, frozenset[str]]:
    """The options one ``turn/start`` must carry, and the fields of the thread touched by then.

    ``session`` is the session's effective profile, ``call`` what this call alone sets, ``touched``
    the fields that any earlier turn of the thread carried. Raises `ProfileError` for a field that
    could not be put back afterwards.
    """
    wanted = _wanted_fields(call, cwd)
    carried: dict[str, object] = {}
    for name in STICKY:
        if wanted[name] is not UNSET:
            _require_baseline(name, wanted[name], baseline)
            carried[name] = wanted[name]
        elif name in touched or (name in baseline.values and _is_told_each_turn(session, name)):
            known = baseline.value(name, wanted["model"])
            if known is not UNSET:
                carried[name] = known
            elif name == "effort" and baseline.value(name) is not UNSET:
                raise _no_default_effort(wanted["model"])
    _choose_access(carried, wanted, session, baseline)
    now_touched = touched | carried.keys()
    if "permissions" in carried:
        now_touched |= {"sandbox"}
    return _for_the_wire(carried, merge_profiles(session, call)), now_touched


def _choose_access(
    carried: dict[str, object],
    wanted: Mapping[str, object],
    session: RunProfile,
    baseline: Baseline,
) -> None:
    """Leave a sandbox or a permission profile in ``carried``: the server takes one of the two."""
    if not isinstance(session.sandbox, str) and session.sandbox is not UNSET:
        carried.setdefault("sandbox", session.sandbox)
    # The one this call asks for wins over a baseline.
    if wanted["permissions"] is not UNSET:
        carried.pop("sandbox", None)
    elif wanted["sandbox"] is UNSET and "permissions" in baseline.values:
        if carried.pop("sandbox", UNSET) is not UNSET:
            carried["permissions"] = baseline.values["permissions"]
    elif "sandbox" in carried:
        carried.pop("permissions", None)


def _is_told_each_turn(session: RunProfile, name: str) -> bool:
    return name in _ONLY_PER_TURN and getattr(session, name) is not UNSET


def put_back_fields(
    session: RunProfile, baseline: Baseline, touched: frozenset[str]
) -> StickyFields:
    """What a plain turn of the thread would carry: it undoes what the turns before it were told."""
    plain = attrs.evolve(session, output_schema=UNSET)
    return turn_fields(plain, RunProfile(), baseline, touched)[0]


def _wanted_fields(call: RunProfile, cwd: object) -> dict[str, object]:
    """By `STICKY`; a null asks for what the session has, which is the same as nothing."""
    wanted: dict[str, object] = {}
    for name in STICKY:
        value = cwd if name == "cwd" else getattr(call, name)
        wanted[name] = UNSET if value is None and name in KEPT_BY_NULL else value
    return wanted


def _require_baseline(name: str, value: object, baseline: Baseline) -> None:
    if baseline.lacking((name,)):
        raise ProfileError(
            name,
            value,
            "has no baseline: the server would keep it for every later turn of the thread",
            f"Set {name} on the SessionConfig, so that it is known what to go back to",
        )


def _no_default_effort(model: object) -> ProfileError:
    return ProfileError(
        "effort",
        UNSET,
        f"is not known for the model {model!r}, and an earlier turn of the thread was given one",
        "Give the effort along with that model, or set it on the SessionConfig",
    )


def _for_the_wire(carried: dict[str, object], effective: RunProfile) -> TurnFields:
    fields = dict(carried)
    if "sandbox" in fields:
        sandbox = fields.pop("sandbox")
        fields["sandbox_policy"] = _POLICIES[sandbox] if isinstance(sandbox, str) else sandbox
    if effective.output_schema is not UNSET:
        fields["output_schema"] = effective.output_schema
    # Each value was checked where it was given, or came from the server in its own type.
    return cast("TurnFields", fields)
