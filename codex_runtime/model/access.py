"""The gate in front of full access: which values ask for it.

Owns the list of typed ways to run without a sandbox. Does not know who sends what: callers ask
before they build or send. Raw requests do not pass here, on purpose. Source: the server's sandbox
modes and permission profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from codex_runtime.errors import FullAccessDenied

if TYPE_CHECKING:
    from codex_runtime.model.profile import ProfileFields

__all__ = [
    "refuse_full_access_call",
    "refuse_full_access_override",
    "refuse_full_access_profile",
]

_FULL_ACCESS: Final = frozenset(
    {"danger-full-access", "dangerFullAccess", ":danger-full-access", "externalSandbox"}
)
_ACCESS_KEYS: Final = frozenset(
    {"sandbox", "sandbox_mode", "sandbox_policy", "default_permissions", "permissions"}
)
# An external sandbox is the caller's word that there is one; the server itself adds none.
_UNSANDBOXED_POLICIES: Final = frozenset({"DangerFullAccessSandboxPolicy", "ExternalSandboxPolicy"})
_UNSANDBOXED_METHODS: Final = frozenset({"thread/shellCommand", "process/spawn"})
_HINT: Final = "Set RuntimeConfig(allow_full_access=True) if that is what you want"


def refuse_full_access_profile(profile: ProfileFields, where: str) -> None:
    """Raise `FullAccessDenied` if a field of ``profile`` asks for full access."""
    for name in ("sandbox", "permissions"):
        if _is_full_access(getattr(profile, name)):
            _refuse(f"{where}.{name}", getattr(profile, name))


def refuse_full_access_override(config: Mapping[str, object], where: str) -> None:
    """Raise `FullAccessDenied` if a configuration key, nested or dotted, asks for full access.

    The value decides, under any key that names a sandbox or permissions at any depth, because
    profiles of the server's configuration nest the same keys.
    """
    for key, value in config.items():
        path = f"{where}.{key}"
        if isinstance(value, Mapping):
            refuse_full_access_override(cast("Mapping[str, object]", value), path)
        elif str(key).rpartition(".")[2].strip("\"'") in _ACCESS_KEYS and _is_full_access(value):
            _refuse(path, value)


def refuse_full_access_call(method: str, params: object) -> None:
    """Raise `FullAccessDenied` if a typed call runs something outside a sandbox.

    ``thread/shellCommand`` and ``process/spawn`` always do; ``command/exec`` does unless its params
    name a sandbox policy or permission profile that is not full access.
    """
    if method in _UNSANDBOXED_METHODS:
        _refuse("method", method)
    named = [
        value
        for name in ("sandbox", "sandbox_policy", "permissions", "permission_profile")
        if (value := getattr(params, name, None))
    ]
    for value in named:
        if _is_full_access(value):
            _refuse(f"{method} params", value)
    if method == "command/exec" and not named:
        _refuse("method", method)
    config = getattr(params, "config", None)
    if isinstance(config, Mapping):
        refuse_full_access_override(cast("Mapping[str, object]", config), f"{method} config")


def _is_full_access(value: object) -> bool:
    if isinstance(value, str):
        return value in _FULL_ACCESS
    if isinstance(value, Mapping):
        return cast("Mapping[str, object]", value).get("type") in _FULL_ACCESS
    return type(value).__name__ in _UNSANDBOXED_POLICIES


def _refuse(name: str, value: object) -> None:
    raise FullAccessDenied(name, value, "asks for full access, which is not allowed here", _HINT)
