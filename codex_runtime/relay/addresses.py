"""Addresses: which URL can be an upstream, and which host is this machine alone.

Owns the checks and the words of their refusals. Looks nothing up: a name that leads to this machine
by a hosts file is not known here. Enter at `check_upstream` and `is_loopback`. Pure.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final, cast
from urllib.parse import SplitResult, urlsplit

from codex_runtime.errors import ConfigError
from codex_runtime.model.checks import check_text
from codex_runtime.model.secret_values import hide_user_info

__all__ = ["check_upstream", "is_loopback"]

_NOT_IN_URL: Final = re.compile(r"[\s\x00-\x1f\x7f]")
_NOT_BELOW: Final = {
    "/chat/completions": "Give the URL above it: the relay adds that path itself",
    "/completions": "Give the URL below which /chat/completions lies",
    "/responses": "A server that speaks Responses needs no relay; else give the URL below which "
    "/chat/completions lies",
    "/models": "Give the URL below which /chat/completions lies",
}


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine alone: ``localhost`` and its kind, 127.0.0.0/8, ::1."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or (mapped is not None and mapped.is_loopback)


def check_upstream(url: object) -> None:
    """Refuse what is not the URL below which a server's ``/chat/completions`` lies."""
    check_text("upstream", url, ConfigError)
    given = cast("str", url)
    parts = _split(given)
    if parts.username is not None or parts.password is not None:
        raise _refused_upstream(
            given, "carries a name or password", "Name the variable of the key in api_key_env"
        )
    if parts.query or parts.fragment or "?" in given or "#" in given:
        raise ConfigError(
            "upstream",
            "(not shown)",
            "carries a query or a fragment",
            "Leave it out; a key goes into the variable that api_key_env or header_env names",
        )
    for path, advice in _NOT_BELOW.items():
        if parts.path.endswith(path):
            raise _refused_upstream(given, f"ends with {path}", advice)


def _split(given: str) -> SplitResult:
    try:
        parts = urlsplit(given)
        # Reading the port is what checks it.
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable or _NOT_IN_URL.search(given):
        raise _refused_upstream(
            given, "is not an http or https URL with a host", "Give one as http://127.0.0.1:8000/v1"
        )
    return parts


def _refused_upstream(given: str, problem: str, hint: str) -> ConfigError:
    shown = hide_user_info(given.partition("?")[0].partition("#")[0])
    return ConfigError("upstream", shown, problem, hint)
