"""The handshake: ``initialize``, ``initialized``, and what the server says of itself.

Owns what we declare, the words for a server that cannot be used, and the warning about one that
was not tested. Does not spawn or retry. Enter at `shake_hands`.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, cast

import attrs

from codex_runtime.errors import AppServerExited, CodexRuntimeError, StartError
from codex_runtime.launch import version as versions
from codex_runtime.launch.version import UntestedServerWarning
from codex_runtime.protocol import (
    INITIALIZE,
    ClientInfo,
    InitializeCapabilities,
    InitializeParams,
)
from codex_runtime.protocol.codec import decode_json, decode_result

if TYPE_CHECKING:
    from codex_runtime.connection.connection import Connection
    from codex_runtime.launch.version import CodexVersion, Judgement
    from codex_runtime.model.config import RuntimeConfig

__all__ = ["ServerInfo", "shake_hands", "warn_if_untested"]


@attrs.frozen(kw_only=True)
class ServerInfo:
    """What the app-server said of itself (``initialize``)."""

    version: CodexVersion | None
    """None when the user agent names none."""
    judgement: Judgement
    """``tested``; ``newer`` or ``unknown``, which gave an `UntestedServerWarning`. An ``older`` one
    is refused."""
    user_agent: str
    codex_home: str
    platform_family: str
    platform_os: str
    generation: int
    """Counts the server processes of this runtime, from 1."""


async def shake_hands(connection: Connection, config: RuntimeConfig, generation: int) -> ServerInfo:
    """Introduce ourselves; raises `StartError` for whatever keeps the server from being used.

    A server older than the supported ones is told nothing more. Bounded by the caller.
    """
    client = config.client_info
    params = InitializeParams(
        client_info=ClientInfo(name=client.name, title=client.title, version=client.version),
        capabilities=InitializeCapabilities(
            experimental_api=config.experimental_api,
            opt_out_notification_methods=list(config.opt_out),
        ),
    )
    try:
        raw = await connection.request(
            INITIALIZE.name, params, gate="quick", timeout_s=config.start_timeout_s
        )
        user_agent = _user_agent(raw)
        version = versions.parse_user_agent(user_agent, client.name)
        judgement = versions.judge(version)
        if judgement == "older":
            raise _too_old(version, user_agent)
        hello = decode_result(INITIALIZE, raw)
        await connection.notify("initialized", None)
    except StartError:
        raise
    except AppServerExited as problem:
        raise StartError(
            "the process ended before the handshake",
            hint="Is this a codex binary, and does `codex app-server` run with this CODEX_HOME?",
            returncode=problem.returncode,
            stderr_tail=problem.stderr_tail,
        ) from problem
    except CodexRuntimeError as problem:
        raise StartError(
            f"the app-server refused the handshake: {problem}",
            hint="Is this a codex binary of a supported version?",
            stderr_tail=connection.stderr_tail,
        ) from problem
    return ServerInfo(
        version=version,
        judgement=judgement,
        user_agent=hello.user_agent,
        codex_home=str(hello.codex_home),
        platform_family=hello.platform_family,
        platform_os=hello.platform_os,
        generation=generation,
    )


def warn_if_untested(server: ServerInfo, *, stacklevel: int) -> None:
    """Give one `UntestedServerWarning` unless ``server`` was tested.

    ``stacklevel`` is that of `warnings.warn`, as seen from the caller.
    """
    if server.judgement != "tested":
        warnings.warn(
            versions.about_untested(server.version, server.user_agent),
            UntestedServerWarning,
            stacklevel=stacklevel + 1,
        )


def _user_agent(raw: bytes) -> str:
    """Read ahead of the rest, which an old server may say in another shape."""
    hello = decode_json(raw)
    user_agent = cast("dict[str, object]", hello).get("userAgent") if type(hello) is dict else None
    return user_agent if isinstance(user_agent, str) else ""


def _too_old(version: CodexVersion | None, user_agent: str) -> StartError:
    return StartError(
        f"the app-server is {version} (user agent {user_agent!r}), and the oldest that this "
        f"codex-runtime can use is {versions.MIN_SUPPORTED}",
        hint="Install a tested one with pip install 'codex-runtime[codex]', "
        "or set RuntimeConfig(codex_bin=...)",
    )
