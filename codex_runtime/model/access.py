"""The gate in front of full access: which values ask for it.

Owns the list of typed ways to run without a sandbox. Does not know who sends what: callers ask
before they build or send; nor how paths are read (see `reach`). Raw requests do not pass here, on
purpose. Source: the server's sandbox modes and permission profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from codex_runtime.errors import FullAccessDenied
from codex_runtime.model.reach import (
    any_reaches_everywhere,
    entry_writes_everywhere,
    key_reaches_everywhere,
    key_readings,
)
from codex_runtime.protocol import (
    DangerFullAccessSandboxPolicy,
    ExternalSandboxPolicy,
    PermissionsRequestApprovalResponse,
    WorkspaceWriteSandboxPolicy,
)
from codex_runtime.protocol.codec import decode_json, encode_params

if TYPE_CHECKING:
    from codex_runtime.model.profile import ProfileFields

__all__ = [
    "AccessGate",
    "is_full_access",
    "refuse_full_access_call",
    "refuse_full_access_grant",
    "refuse_full_access_override",
    "refuse_full_access_profile",
    "refuse_full_access_thread",
]

# An external sandbox is the caller's word that there is one; the server itself adds none.
_FULL_ACCESS: Final = frozenset(
    {"danger-full-access", "dangerFullAccess", ":danger-full-access", "externalSandbox"}
)
_ACCESS_KEYS: Final = frozenset(
    {
        "default_permissions",
        "permissionProfile",
        "permissions",
        "sandbox",
        "sandboxPolicy",
        "sandbox_mode",
        "sandbox_policy",
    }
)
_UNSANDBOXED_METHODS: Final = frozenset({"thread/shellCommand", "process/spawn"})
# Where it may write, not who asks: the root directory there is full access under another name.
_ROOTS_KEYS: Final = frozenset(
    {"workspaceRoots", "workspace_roots", "writableRoots", "writable_roots"}
)
_CONFIG_WRITES: Final = frozenset({"config/value/write", "config/batchWrite"})
_HINT: Final = "Set RuntimeConfig(allow_full_access=True) if that is what you want"


_THREADS_KEPT: Final = 1024
"""Ids of refused threads remembered; the oldest is forgotten first."""

_RUNNING_METHODS: Final = frozenset(
    {
        "review/start",
        "thread/queue/add",
        "thread/queue/start",
        "thread/realtime/start",
        "turn/start",
    }
)


class AccessGate:
    """What one runtime lets through: no call and no thread with full access, unless ``allowed``."""

    def __init__(self, *, allowed: bool) -> None:
        self._allowed = allowed
        self._refused_threads: dict[str, None] = {}

    def check_call(self, method: str, params: object) -> None:
        """`refuse_full_access_call`; also for a turn on a thread that `check_opened` refused."""
        if self._allowed:
            return
        refuse_full_access_call(method, params)
        thread_id = getattr(params, "thread_id", None)
        if method in _RUNNING_METHODS and thread_id in self._refused_threads:
            raise FullAccessDenied(
                f"{method} thread_id", thread_id, "is a thread without a sandbox", _HINT
            )

    def check_answer(self, method: str, answer: object) -> None:
        """`refuse_full_access_grant`."""
        if not self._allowed:
            refuse_full_access_grant(method, answer)

    def check_opened(self, method: str, opened: object) -> None:
        """`refuse_full_access_thread`; the server keeps such a thread, so its id is remembered."""
        if self._allowed:
            return
        try:
            refuse_full_access_thread(method, opened)
        except FullAccessDenied:
            thread_id = getattr(getattr(opened, "thread", None), "id", None)
            if isinstance(thread_id, str):
                self._refused_threads[thread_id] = None
                if len(self._refused_threads) > _THREADS_KEPT:
                    del self._refused_threads[next(iter(self._refused_threads))]
            raise


def is_full_access(value: object) -> bool:
    """Whether a mode, a profile name or a policy (struct or JSON) means no sandbox of Codex.

    A sandbox that may write to the root directory is none.
    """
    if isinstance(value, str):
        return value in _FULL_ACCESS
    if isinstance(value, Mapping):
        kind = cast("Mapping[str, object]", value).get("type")
        return isinstance(kind, str) and kind in _FULL_ACCESS
    if isinstance(value, WorkspaceWriteSandboxPolicy):
        return any_reaches_everywhere(value.writable_roots)
    return isinstance(value, (DangerFullAccessSandboxPolicy, ExternalSandboxPolicy))


def refuse_full_access_profile(profile: ProfileFields, where: str) -> None:
    """Raise `FullAccessDenied` if a field of ``profile`` asks for full access."""
    for name in ("sandbox", "permissions"):
        if is_full_access(getattr(profile, name)):
            _refuse(f"{where}.{name}", getattr(profile, name))


def refuse_full_access_override(config: Mapping[str, object], where: str) -> None:
    """Raise `FullAccessDenied` if a configuration key, nested or dotted, asks for full access.

    The value decides, under any key that names a sandbox or permissions at any depth, because
    profiles of the server's configuration nest the same keys.
    """
    _walk(config, where, under_access_key=False)


def refuse_full_access_call(method: str, params: object) -> None:
    """Raise `FullAccessDenied` if a typed call runs something outside a sandbox.

    Judges what would be sent. ``thread/shellCommand`` and ``process/spawn`` always do it;
    ``command/exec`` does unless its params name a sandbox policy or permission profile that is not
    full access; writing full access into the server's configuration would make later turns do it.
    """
    if method in _UNSANDBOXED_METHODS:
        _refuse("method", method)
    sent = decode_json(encode_params(params))
    _walk(sent, f"{method} params", under_access_key=False)
    if method in _CONFIG_WRITES:
        for edit in sent.get("edits", [sent]):
            named = {edit.get("keyPath"): edit.get("value")}
            _walk(named, f"{method} params", under_access_key=False)
    if method == "command/exec" and not (
        sent.get("sandboxPolicy") or sent.get("permissionProfile")
    ):
        _refuse("method", method)


def refuse_full_access_grant(method: str, answer: object) -> None:
    """Raise `FullAccessDenied` if an answer grants writing to the root directory.

    Source: ``item/permissions/requestApproval``, whose grant names paths.
    """
    if not isinstance(answer, PermissionsRequestApprovalResponse):
        return
    sent: dict[str, Any] = decode_json(encode_params(answer))["permissions"]  # Any: JSON
    granted: dict[str, Any] = sent.get("fileSystem") or {}
    entries: list[dict[str, Any]] = granted.get("entries") or []
    if any_reaches_everywhere(granted.get("write")) or any(map(entry_writes_everywhere, entries)):
        _refuse(f"{method} permissions", granted)


def refuse_full_access_thread(method: str, opened: object) -> None:
    """Raise `FullAccessDenied` if the answer to ``method`` is a thread without a sandbox.

    What the server's own configuration makes of a request shows here alone; no turn has run yet.
    """
    sandbox = getattr(opened, "sandbox", None)
    if is_full_access(sandbox):
        raise FullAccessDenied(
            f"{method}.sandbox",
            sandbox,
            "is what the server's configuration made of this request, and not allowed here",
            _HINT,
        )


def _walk(
    value: object, where: str, *, under_access_key: bool, above: tuple[str, ...] = ()
) -> None:
    """``above`` is what the last part of the key around ``value`` may be."""
    if under_access_key and is_full_access(value):
        _refuse(where, value)
    if isinstance(value, Mapping):
        for key, part in cast("Mapping[object, object]", value).items():
            readings = key_readings(str(key), above)
            named = under_access_key or any(
                not _ACCESS_KEYS.isdisjoint(reading) for reading in readings
            )
            opens_all = (named and part == "write") and any(
                key_reaches_everywhere(reading, above) for reading in readings
            )
            last = tuple(reading[-1] for reading in readings)
            if opens_all or (not _ROOTS_KEYS.isdisjoint(last) and any_reaches_everywhere(part)):
                _refuse(f"{where}.{key}", part)
            _walk(part, f"{where}.{key}", under_access_key=named, above=last)
    elif isinstance(value, (list, tuple)):
        for part in cast("list[object]", value):
            _walk(part, where, under_access_key=under_access_key)


def _refuse(name: str, value: object) -> None:
    raise FullAccessDenied(name, value, "asks for full access, which is not allowed here", _HINT)
