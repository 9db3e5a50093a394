"""A Responses API on loopback, scripted in Python, for a real app-server without a key.

Owns the public face and the one door, and the configuration that points an app-server here. Knows
neither HTTP nor events (`endpoint.py` puts the parts together). Enter at `open_scripted_model`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import trio

from codex_runtime.testing.endpoint import Endpoint
from codex_runtime.testing.http_server import serve
from codex_runtime.testing.record import Record
from codex_runtime.testing.script import Script

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from pathlib import Path

    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.testing.http_server import Handler
    from codex_runtime.testing.requests import ModelRequest
    from codex_runtime.testing.steps import Reply

__all__ = ["MODEL_NAME", "ScriptedModel", "open_scripted_model"]

MODEL_NAME: Final = "gpt-5.5"
"""A model that the app-server knows by itself: with a name it does not know, every turn warns."""
PROVIDER_NAME: Final = "scripted"


class ScriptedModel:
    """The model of one test or demo; made by `open_scripted_model`.

    Replies are taken from `enqueue` first, then from `respond`, else a fixed text is sent.
    """

    def __init__(self, script: Script, record: Record, host: str, port: int) -> None:
        self._script = script
        self._record = record
        self._host = host
        self.base_url: Final = f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"
        """Root of the API, with its port."""

    @property
    def errors(self) -> Sequence[Exception]:
        """What `respond` raised, in order; each was answered with HTTP 500.

        A test whose `respond` should not raise looks here at its end.
        """
        return tuple(self._script.errors)

    @property
    def requests(self) -> Sequence[ModelRequest]:
        """Every request so far, in order of arrival; `requests[n].index == n`. All are kept."""
        return self._record.requests

    @property
    def active_streams(self) -> int:
        """How many requests are being answered now."""
        return self._record.active

    def enqueue(self, *replies: Reply) -> None:
        """Answer the next requests with these, in order, before `respond` is asked."""
        self._script.enqueue(*replies)

    def release(self) -> None:
        """Let every answer under way go on past one `silence()` that has no gate of its own."""
        self._record.release()

    async def wait_for_requests(self, count: int) -> Sequence[ModelRequest]:
        """Return `requests` once there are `count`; the bound is the caller's scope."""
        await self._record.wait_for(count)
        return self.requests

    async def wait_disconnected(self, index: int) -> None:
        """Return once the client dropped the answer to request `index` (at an interrupt it does).

        Waits for that request to arrive, too; the bound is the caller's scope.

        Raises:
            RuntimeError: That answer ended otherwise.
        """
        exchange = await self._record.wait_ended(index)
        if not exchange.dropped:
            raise RuntimeError(f"the answer to request {index} ended without being dropped")

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
    listeners = await trio.open_tcp_listeners(port, host=host)
    bound_host, bound_port = listeners[0].socket.getsockname()[:2]
    script, record = Script(respond), Record()
    endpoint = Endpoint(script, record)
    serving = trio.CancelScope(shield=True)
    raised: BaseException | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_serve_in, serving, listeners, endpoint.handle)
        try:
            yield ScriptedModel(script, record, bound_host, bound_port)
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - raised below
            raised = error
        finally:
            serving.cancel()
    if raised is not None:
        raise raised


async def _serve_in(
    scope: trio.CancelScope, listeners: list[trio.SocketListener], handler: Handler
) -> None:
    """Serve inside `scope` alone, so that a cancelled block still finds its model at work."""
    with scope:
        await serve(listeners, handler)
