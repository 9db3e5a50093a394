"""Model providers as typed values, rendered into the server's configuration.

Owns the fields and checks of ``model_providers.ID``. Knows no provider and asks none. Enter at
`model_providers_config`. Source: the configuration of the binary, as ``config/read`` shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.model.builders.config_maps import (
    check_env_name,
    check_env_names,
    check_http_url,
    check_key,
    check_literals,
    frozen_map,
    given,
)
from codex_runtime.model.checks import check_int, check_kind, check_mapping, check_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ModelProvider", "model_providers_config"]

_BUILT_IN: Final = frozenset({"amazon-bedrock", "lmstudio", "ollama", "openai"})
_INSTEAD: Final = "env_key or env_http_headers"
_NUMBERS: Final = (
    "request_max_retries",
    "stream_max_retries",
    "stream_idle_timeout_ms",
    "websocket_connect_timeout_ms",
)


@attrs.frozen(kw_only=True)
class ModelProvider:
    """Where the app-server asks its models: an endpoint that speaks the Responses API.

    Secrets are named by the environment variable that holds them, of the app-server
    (``RuntimeConfig(env=...)``). None leaves a field to the server's default. Raises `ConfigError`
    at construction.
    """

    name: str
    """For people; "OpenAI" makes the server compact histories at the provider."""

    base_url: str
    """Ends where ``/responses`` follows, such as ``https://host/v1``."""

    env_key: str | None = None
    """Variable with the API key; a turn fails while it is not set."""

    env_key_instructions: str | None = None
    """Told in that failure: how to get a key."""

    wire_api: str = "responses"
    """The only one that the app-server speaks."""

    query_params: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=frozen_map)
    """Added to every URL; one that looks like a secret is refused."""

    http_headers: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=frozen_map)
    """Headers as they are; one that looks like a secret is refused."""

    env_http_headers: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=frozen_map)
    """Header by header, the variable that holds its value; without it the header is left out."""

    request_max_retries: int | None = None
    stream_max_retries: int | None = None

    stream_idle_timeout_ms: int | None = None
    """Longest silence of a stream before it counts as lost."""

    websocket_connect_timeout_ms: int | None = None

    requires_openai_auth: bool = False
    """Use the login of the app-server in place of a key."""

    supports_websockets: bool = False
    """The endpoint also speaks WebSocket."""

    def __attrs_post_init__(self) -> None:
        check_text("name", self.name, ConfigError)
        check_http_url("base_url", self.base_url, _INSTEAD)
        self._check_wire_api()
        if self.env_key is not None:
            check_env_name("env_key", self.env_key)
        if self.env_key_instructions is not None:
            check_text("env_key_instructions", self.env_key_instructions, ConfigError)
        check_literals("query_params", self.query_params, _INSTEAD)
        check_literals("http_headers", self.http_headers, _INSTEAD)
        check_env_names("env_http_headers", self.env_http_headers)
        for name in _NUMBERS:
            if getattr(self, name) is not None:
                least = 1 if name.endswith("_ms") else 0
                check_int(name, getattr(self, name), ConfigError, at_least=least, at_most=1 << 53)
        for name in ("requires_openai_auth", "supports_websockets"):
            check_kind(name, getattr(self, name), bool, ConfigError)

    def _check_wire_api(self) -> None:
        if self.wire_api == "chat":
            raise ConfigError(
                "wire_api",
                self.wire_api,
                "is not spoken by the app-server any more",
                "Put a relay in front of the endpoint that speaks Responses to the app-server and "
                "Chat Completions to the endpoint, and give the relay's URL as base_url",
            )
        if self.wire_api != "responses":
            raise ConfigError("wire_api", self.wire_api, "is not known", "Leave it at 'responses'")

    def to_table(self) -> dict[str, object]:
        """Its table in the server's configuration."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        fields = given(
            env_key=self.env_key,
            env_key_instructions=self.env_key_instructions,
            query_params=dict(self.query_params),
            http_headers=dict(self.http_headers),
            env_http_headers=dict(self.env_http_headers),
            **numbers,
        )
        return {
            "name": self.name,
            "base_url": self.base_url,
            "wire_api": self.wire_api,
            **fields,
            "requires_openai_auth": self.requires_openai_auth,
            "supports_websockets": self.supports_websockets,
        }


def model_providers_config(
    providers: Mapping[str, ModelProvider], *, default: str | None = None
) -> dict[str, object]:
    """Configuration with these providers.

    For ``RuntimeConfig(config_overrides=...)``, or for ``SessionConfig(config=...)``, where it adds
    to the runtime's providers. `merge_config` puts it together with other configuration.

    ``default`` is the id of the one that threads use which name none (``model_provider``); it may
    be one that the server brings along. The ids of those cannot be given anew.
    """
    check_mapping("providers", providers, ConfigError)
    for key, provider in providers.items():
        check_key("providers key", key)
        if key in _BUILT_IN:
            raise ConfigError(
                "providers key", key, "is a provider of the server itself", f"Say my-{key}"
            )
        check_kind(f"providers[{key!r}]", cast("object", provider), ModelProvider, ConfigError)
    tables: dict[str, object] = {
        f"model_providers.{key}": provider.to_table() for key, provider in providers.items()
    }
    if default is None:
        return tables
    check_key("default", default)
    if default not in providers and default not in _BUILT_IN:
        raise ConfigError(
            "default",
            default,
            "is none of the providers",
            "Give the id of one; for one that stands elsewhere, set model_provider yourself",
        )
    return {**tables, "model_provider": default}
