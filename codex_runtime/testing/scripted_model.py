"""A Responses API on loopback, scripted in Python, for a real app-server without a key.

Owns the one door, and the configuration that points an app-server here; the rest of the face is
`scripted_server.py`. Knows neither HTTP nor events (`endpoint.py` puts the parts together). Enter
at `open_scripted_model`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from codex_runtime.testing.endpoint import Endpoint
from codex_runtime.testing.record import Record
from codex_runtime.testing.requests import ModelRequest
from codex_runtime.testing.script import Script
from codex_runtime.testing.scripted_server import ScriptedServer, serving

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.testing.steps import Reply

__all__ = ["MODEL_NAME", "ScriptedModel", "open_scripted_model"]

MODEL_NAME: Final = "gpt-5.5"
"""A model that the app-server knows by itself: with a name it does not know, every turn warns."""
PROVIDER_NAME: Final = "scripted"


class ScriptedModel(ScriptedServer[ModelRequest]):
    """The model of one test or demo; made by `open_scripted_model`.

    Replies are taken from `enqueue` first, then from `respond`, else a fixed text is sent.
    """

    def config_overrides(self) -> dict[str, object]:
        """Configuration of an app-server that asks this model and nothing else (for `-c`)."""
        provider: dict[str, object] = {
            "name": "Scripted model",
            "base_url": self.base_url,
            "wire_api": "responses",
            "request_max_retries": 0,
            "stream_max_retries": 0,
            "supports_websockets": False,
        }
        return {
            "model": MODEL_NAME,
            "model_provider": PROVIDER_NAME,
            "model_providers": {PROVIDER_NAME: provider},
            "analytics": {"enabled": False},
            "features": {"plugins": False, "apps": False, "shell_snapshot": False},
            "check_for_update_on_startup": False,
        }

    def environment(self) -> dict[str, str]:
        """Variables that keep the app-server quiet, and its requests to us off any proxy."""
        return {"RUST_LOG": "error", "NO_PROXY": self._host, "no_proxy": self._host}

    def runtime_config(self, home: Path, **overrides: Any) -> RuntimeConfig:
        """A `RuntimeConfig` whose app-server lives in `home` and asks this model.

        `overrides` are fields of `RuntimeConfig` (hence `Any`); `config_overrides` and `env` are
        merged over ours, every other one is taken as it is.
        """
        from codex_runtime.model.config import RuntimeConfig  # noqa: PLC0415 - a large room

        config = _merged(self.config_overrides(), _nested(overrides.pop("config_overrides", {})))
        env = {**self.environment(), **overrides.pop("env", {})}
        return RuntimeConfig(codex_home=home, config_overrides=config, env=env, **overrides)


def _nested(config: Mapping[str, object]) -> dict[str, object]:
    """`config` with dotted keys turned into tables: ``{"a.b": 1}`` is ``{"a": {"b": 1}}``."""
    nested: dict[str, object] = {}
    for key, value in config.items():
        if '"' not in key:
            *tables, key = key.split(".")  # noqa: PLW2901
            for table in reversed(tables):
                key, value = table, {key: value}  # noqa: PLW2901
        nested = _merged(nested, {key: value})
    return nested


def _merged(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """`over` over `base`, table by table."""
    merged = dict(base)
    for key, value in over.items():
        mine = merged.get(key)
        if isinstance(mine, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(
                cast("Mapping[str, object]", mine), cast("Mapping[str, object]", value)
            )
        else:
            merged[key] = value
    return merged


@asynccontextmanager
async def open_scripted_model(
    respond: Callable[[ModelRequest], Reply] | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncGenerator[ScriptedModel]:
    """Serve a scripted model while the block runs.

    Args:
        respond: Called once per request, in its own turn (a plain function: it must not block).
        host: Address to listen on; anything but loopback opens the model to the network.
        port: 0 takes any free port.

    Leaving the block, in whatever way, cuts the open streams and closes the port at once. What the
    block raises comes out as it is.
    """
    script: Script[ModelRequest] = Script(respond)
    record: Record[ModelRequest] = Record()
    async with serving(Endpoint(script, record).handle, host, port) as address:
        yield ScriptedModel(script, record, *address)
