"""How an app-server is told to ask a relay: provider, configuration, environment, text to paste.

Owns the provider's id and its defaults. Does not know whether the relay runs. Pure. Enter at
`provider_of`, or at `overrides_of` for the configuration of a whole app-server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.launch.toml import collect_overrides
from codex_runtime.model.builders.model_providers import ModelProvider, model_providers_config

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROVIDER_ID", "block_of", "environment_of", "overrides_of", "provider_of"]

PROVIDER_ID: Final = "relay"

_REQUEST_RETRIES: Final = 2
_STREAM_RETRIES: Final = 3
_IDLE_TIMEOUTS: Final = 4
"""Keep-alive events that may be late before Codex takes a stream for lost."""
_LEAST_IDLE_MS: Final = 60_000


def provider_of(base_url: str, *, token_env: str | None, keep_alive_s: float) -> ModelProvider:
    """The provider of a relay that is served at `base_url`."""
    return ModelProvider(
        name="Codex relay",
        base_url=base_url,
        env_key=token_env,
        env_key_instructions=None if token_env is None else "Set it to the relay's token",
        request_max_retries=_REQUEST_RETRIES,
        stream_max_retries=_STREAM_RETRIES,
        stream_idle_timeout_ms=max(_LEAST_IDLE_MS, round(keep_alive_s * 1000 * _IDLE_TIMEOUTS)),
        supports_websockets=False,
    )


def overrides_of(provider: ModelProvider, model: str) -> dict[str, object]:
    """Configuration of an app-server whose threads ask `model` of the relay."""
    return {
        "model": model,
        **model_providers_config({PROVIDER_ID: provider}, default=PROVIDER_ID),
    }


def environment_of(host: str, token_env: str | None, environ: Mapping[str, str]) -> dict[str, str]:
    """Variables of that app-server: no proxy on the way to the relay, and the relay's token."""
    kept = [environ.get(name, "") for name in ("NO_PROXY", "no_proxy")]
    hosts = ",".join(dict.fromkeys(filter(None, (*",".join(kept).split(","), host))))
    env = {"NO_PROXY": hosts, "no_proxy": hosts}
    if token_env is not None:
        env[token_env] = environ[token_env]
    return env


def block_of(provider: ModelProvider, model: str) -> str:
    """The same configuration as lines of a ``config.toml``."""
    found = collect_overrides(overrides_of(provider, model))
    prefix = f"model_providers.{PROVIDER_ID}."
    top = [f"{o.key} = {o.toml}" for o in found if not o.key.startswith(prefix)]
    table = [f"{o.key.removeprefix(prefix)} = {o.toml}" for o in found if o.key.startswith(prefix)]
    return "\n".join((*top, "", f"[{prefix.rstrip('.')}]", *table, ""))
