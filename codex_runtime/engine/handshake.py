"""The handshake: ``initialize``, ``initialized``, and what the server says of itself.

Owns what we declare and the words for a server that cannot be used. Does not spawn or retry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from codex_runtime.errors import AppServerExited, CodexRuntimeError, StartError
from codex_runtime.launch.version import parse_user_agent
from codex_runtime.protocol import (
    INITIALIZE,
    ClientInfo,
    InitializeCapabilities,
    InitializeParams,
)
from codex_runtime.protocol.codec import decode_result

if TYPE_CHECKING:
    from codex_runtime.connection.connection import Connection
    from codex_runtime.launch.version import CodexVersion
    from codex_runtime.model.config import RuntimeConfig

__all__ = ["ServerInfo", "shake_hands"]


@attrs.frozen(kw_only=True)
class ServerInfo:
    """What the app-server said of itself (``initialize``)."""

    version: CodexVersion | None
    """None when the user agent names none."""
    user_agent: str
    codex_home: str
    platform_family: str
    platform_os: str
    generation: int
    """Counts the server processes of this runtime, from 1."""


async def shake_hands(connection: Connection, config: RuntimeConfig) -> ServerInfo:
    """Introduce ourselves; raises `StartError` for whatever keeps the server from being used.

    Bounded by the caller.
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
        hello = decode_result(INITIALIZE, raw)
        await connection.notify("initialized", {})
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
        version=parse_user_agent(hello.user_agent, client.name),
        user_agent=hello.user_agent,
        codex_home=str(hello.codex_home),
        platform_family=hello.platform_family,
        platform_os=hello.platform_os,
        generation=1,
    )
