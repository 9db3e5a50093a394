"""How options travel with ``turn/start``, so that none of them sticks to the thread.

The server keeps every override for later turns and null does not undo one. So before a field is
first overridden its baseline must be known, and from then on each ``turn/start`` of that thread
carries the field. Owns that rule; does not send anything. Enter at `Baseline.of` and
`turn_fields`.
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
    from collections.abc import Mapping

    from codex_runtime.model.profile import JsonSchema
    from codex_runtime.protocol import AskForApproval, SandboxPolicy

__all__ = ["LIBRARY_DEFAULTS", "STICKY", "Baseline", "TurnFields", "turn_fields"]


class TurnFields(TypedDict, total=False):
    """The options of one ``turn/start``, by the names of `TurnStartParams`."""

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
    wanted = {name: _wanted(call, name) for name in STICKY if name != "cwd"} | {"cwd": cwd}
    carried: dict[str, object] = {}
    for name in STICKY:
        if wanted[name] is not UNSET:
            _require_baseline(name, wanted[name], baseline)
            carried[name] = wanted[name]
        elif name in baseline.values and (
            name in touched or (name in _ONLY_PER_TURN and getattr(session, name) is not UNSET)
        ):
            carried[name] = baseline.values[name]
    if not isinstance(session.sandbox, str) and session.sandbox is not UNSET:
        carried.setdefault("sandbox", session.sandbox)
    # The server takes one of the two; the one this call asks for wins over a baseline.
    if wanted["permissions"] is not UNSET:
        carried.pop("sandbox", None)
    elif wanted["sandbox"] is UNSET and "permissions" in baseline.values:
        if carried.pop("sandbox", UNSET) is not UNSET:
            carried["permissions"] = baseline.values["permissions"]
    elif "sandbox" in carried:
        carried.pop("permissions", None)
    now_touched = touched | carried.keys()
    if "permissions" in carried:
        now_touched |= {"sandbox"}
    return _for_the_wire(carried, merge_profiles(session, call)), now_touched


def _wanted(call: RunProfile, name: str) -> object:
    value: object = getattr(call, name)
    # Null undoes nothing but the service tier, so it asks for what the session has.
    return UNSET if value is None and name != "service_tier" else value


def _require_baseline(name: str, value: object, baseline: Baseline) -> None:
    known = baseline.values
    if name in known or (name == "permissions" and "sandbox" in known):
        return
    raise ProfileError(
        name,
        value,
        "has no baseline: the server would keep it for every later turn of the thread",
        f"Set {name} on the SessionConfig, so that it is known what to go back to",
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
