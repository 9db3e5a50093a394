"""`Preflight`: whether the app-server can be worked with, before the first prompt is paid for.

Owns what counts as a problem, and its words. Reads the account and the environment's names, never a
secret. Source: ``account/read``. Enter at `look_ahead`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from codex_runtime.launch.version import about_untested
from codex_runtime.protocol import (
    ACCOUNT_READ,
    AmazonBedrockAccount,
    ApiKeyAccount,
    ChatgptAccount,
    GetAccountParams,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.handshake import ServerInfo
    from codex_runtime.launch.version import CodexVersion, Judgement
    from codex_runtime.protocol import Account

__all__ = ["AuthKind", "AuthStatus", "Preflight", "look_ahead"]

AuthKind: TypeAlias = Literal["stored", "environment", "mixed", "none", "not_needed"]
"""Where credentials are: an account of the server, variables of its environment, both, neither; or
its model provider needs none of OpenAI."""

CREDENTIALS: Final = ("OPENAI_API_KEY", "CODEX_API_KEY", "CODEX_ACCESS_TOKEN")
"""Variables that `codex exec` takes credentials from; an app-server does not."""


@attrs.frozen(kw_only=True)
class AuthStatus:
    """Who the app-server is to its model provider."""

    kind: AuthKind
    is_ready: bool
    """It has an account, or needs none. Whether its credentials are still good shows in a turn."""

    account: str | None
    """``apiKey``, ``chatgpt``, ``amazonBedrock`` or a newer kind; None without one."""

    email: str | None
    plan: str | None
    """Of a ``chatgpt`` account: ``plus``, ``pro``, ``team``, ..."""

    needs_openai: bool
    """The model provider of its configuration takes OpenAI's credentials."""

    variables: tuple[str, ...]
    """Names of the credentials in the server's environment, which it does not use."""


@attrs.frozen(kw_only=True)
class Preflight:
    """What is known before the first turn; nothing was sent to a model for it."""

    version: CodexVersion | None
    judgement: Judgement
    """How that stands to the tested versions; see `ServerInfo.judgement`."""

    auth: AuthStatus
    problems: tuple[str, ...]
    """What may go wrong and what to do, for people; empty if all is well."""

    @property
    def is_well(self) -> bool:
        """There are no problems."""
        return not self.problems


async def look_ahead(
    engine: Engine, server: ServerInfo, environment: Mapping[str, str], *, refresh: bool
) -> Preflight:
    """See `Runtime.preflight`; ``environment`` is the server's."""
    told = await engine.call(ACCOUNT_READ, GetAccountParams(refresh_token=refresh))
    auth = auth_status(
        told.account,
        needs_openai=told.requires_openai_auth,
        variables=tuple(name for name in CREDENTIALS if environment.get(name)),
    )
    return Preflight(
        version=server.version,
        judgement=server.judgement,
        auth=auth,
        problems=tuple(_problems(server, auth)),
    )


def auth_status(
    account: Account | None, *, needs_openai: bool, variables: tuple[str, ...]
) -> AuthStatus:
    """What the account, the provider and the environment come to."""
    kind: AuthKind
    if account is not None:
        kind = "mixed" if variables else "stored"
    elif not needs_openai:
        kind = "not_needed"
    else:
        kind = "environment" if variables else "none"
    chatgpt = account if isinstance(account, ChatgptAccount) else None
    return AuthStatus(
        kind=kind,
        is_ready=account is not None or not needs_openai,
        account=_kind_of(account),
        email=None if chatgpt is None else chatgpt.email,
        plan=None if chatgpt is None else chatgpt.plan_type,
        needs_openai=needs_openai,
        variables=variables,
    )


def _kind_of(account: Account | None) -> str | None:
    match account:
        case None:
            return None
        case ApiKeyAccount():
            return "apiKey"
        case ChatgptAccount():
            return "chatgpt"
        case AmazonBedrockAccount():
            return "amazonBedrock"
        case _:
            return account.name


def _problems(server: ServerInfo, auth: AuthStatus) -> list[str]:
    found: list[str] = []
    if server.judgement != "tested":
        found.append(about_untested(server.version, server.user_agent))
    if auth.is_ready:
        return found
    log_in = "log in with `codex login`, or by account/login/start"
    if auth.variables:
        names = " and ".join(auth.variables)
        found.append(
            f"the app-server has no account, and does not use {names} of its environment: {log_in}"
        )
    else:
        found.append(f"the app-server has no account, and its model provider needs one: {log_in}")
    return found
