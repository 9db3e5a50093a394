"""A runtime whose app-server asks a Chat Completions server through a relay.

Owns the three, opened together, and how the app-server is pointed at the relay. Knows no test. What
the server wants of the model is taken from ``chat``'s queue first, then answered by ``respond``.
Enter at `open_relayed`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs

from codex_runtime import RuntimeConfig
from codex_runtime.model.builders.config_maps import merge_config
from codex_runtime.model.builders.model_providers import model_providers_config
from codex_runtime.relay import Relay, RelayConfig, open_relay
from codex_runtime.testing import ChatRequest, Reply, ScriptedChat, open_scripted_chat, text
from tests.real.faces import open_runtime

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from pathlib import Path

    from codex_runtime import Runtime

__all__ = ["KNOWN", "PLAIN", "Relayed", "echo", "open_relayed", "runtime_config", "tool_named"]

KNOWN: Final = "gpt-5.5"
"""A model that the app-server knows: it gets a search in place of the tools of MCP servers."""
PLAIN: Final = "a-model-of-no-name"
"""One that it does not know: it gets the tools themselves."""
_PROVIDER: Final = "relayed"
_NO_VARIABLES: Final[Mapping[str, str]] = MappingProxyType({})
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
_QUIET: Final[Mapping[str, object]] = MappingProxyType(
    {
        "analytics": {"enabled": False},
        "features": {"plugins": False, "apps": False, "shell_snapshot": False},
        "check_for_update_on_startup": False,
    }
)


@attrs.frozen
class Relayed:
    """What is open while a test runs."""

    chat: ScriptedChat
    relay: Relay
    runtime: Runtime


def echo(request: ChatRequest) -> Reply:
    """Say what was asked, and "done" once a tool has answered."""
    if request.messages[-1].get("role") == "tool":
        return text("done")
    return text(f"re: {request.last_user_text}")


@asynccontextmanager
async def open_relayed(
    home: Path,
    respond: Callable[[ChatRequest], Reply] = echo,
    *,
    model: str = KNOWN,
    retries: int = 0,
    idle_timeout_ms: int | None = None,
    config: Mapping[str, object] = _NOTHING,
    **relay: Any,
) -> AsyncGenerator[Relayed]:
    """Open all three; ``relay`` are fields of `RelayConfig`, hence `Any`."""
    async with (
        open_scripted_chat(respond) as chat,
        open_relay(RelayConfig(upstream=chat.base_url, **relay)) as opened,
        open_runtime(
            runtime_config(
                opened,
                home,
                model=model,
                retries=retries,
                idle_timeout_ms=idle_timeout_ms,
                config=config,
            )
        ) as runtime,
    ):
        yield Relayed(chat, opened, runtime)
    assert chat.errors == ()


def runtime_config(
    relay: Relay,
    home: Path,
    *,
    model: str = KNOWN,
    retries: int = 0,
    idle_timeout_ms: int | None = None,
    config: Mapping[str, object] = _NOTHING,
    env: Mapping[str, str] = _NO_VARIABLES,
) -> RuntimeConfig:
    """The relay's provider, with so many ``retries`` of a stream and none of a request."""
    provider = attrs.evolve(relay.provider, request_max_retries=0, stream_max_retries=retries)
    if idle_timeout_ms is not None:
        provider = attrs.evolve(provider, stream_idle_timeout_ms=idle_timeout_ms)
    providers = model_providers_config({_PROVIDER: provider}, default=_PROVIDER)
    overrides = merge_config({"model": model}, providers, _QUIET, config)
    return RuntimeConfig(
        codex_home=home,
        config_overrides=overrides,
        env={"RUST_LOG": "error", **relay.environment(), **env},
        experimental_api=True,
    )


def tool_named(request: ChatRequest, end: str) -> str:
    """The flat name of the only tool on offer that ends so."""
    (name,) = [name for name in request.tool_names if name.endswith(end)]
    return name
