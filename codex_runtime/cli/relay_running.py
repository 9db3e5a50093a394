"""``codex-runtime relay`` at work: the block to paste, serving, and one prompt through it.

Owns what is printed, and what Ctrl-C does to a relay. Knows no option (see `relay`), and neither
HTTP nor conversations (`codex_runtime.relay`). Enter at `serve` and `show_block`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime import __version__
from codex_runtime.cli.ask import Request, ask
from codex_runtime.cli.exits import Exit, complain
from codex_runtime.cli.texts import plural
from codex_runtime.model.config import ClientInfo, RuntimeConfig
from codex_runtime.model.profile import SessionConfig

if TYPE_CHECKING:
    from codex_runtime.cli.running import Run
    from codex_runtime.relay.config import RelayConfig
    from codex_runtime.relay.server import Relay
    from codex_runtime.relay.statistics import RelayStatistics

__all__ = ["Asked", "serve", "show_block"]

_HEAD: Final = "# For config.toml; the lines above the [table] go above every table there."
_PLACEHOLDER: Final = "MODEL"
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - all of them are one of them
_CANCEL_GRACE_S: Final = 1.0  # whoever presses Ctrl-C twice does not want to wait


@attrs.frozen
class Asked:
    """The one prompt of ``--ask``."""

    prompt: str
    codex_bin: str | None


async def serve(run: Run, config: RelayConfig, model: str | None, asked: Asked | None) -> Exit:
    """Serve until Ctrl-C, or while one prompt is answered.

    The first Ctrl-C lets the answers under way come to their end, within the time that a relay
    takes for that; a second one cuts them.
    """
    from codex_runtime.relay.server import open_relay  # noqa: PLC0415 - needs its extra

    async with open_relay(config) as relay:
        if asked is not None:
            return await ask(_request(relay, model, asked), run, as_json=False)
        _print_block(relay.provider_block(model or _PLACEHOLDER), model)
        complain(f"listening on {relay.base_url}; Ctrl-C ends it")
        stopped = trio.Event()

        async def stop() -> None:
            complain("closing; Ctrl-C again leaves at once")
            stopped.set()
            await trio.lowlevel.checkpoint()

        run.on_interrupt = stop
        await stopped.wait()
    complain(_sums(relay.statistics()))
    return Exit.INTERRUPTED


def show_block(config: RelayConfig, model: str | None) -> Exit:
    """Print the block of a relay that is not started; its port is given."""
    from codex_runtime.relay.provider import block_of, provider_of  # noqa: PLC0415 - a large room

    host = _ANY.get(config.host, config.host)
    shown = f"[{host}]" if ":" in host else host
    provider = provider_of(
        f"http://{shown}:{config.port}/v1",
        token_env=config.token_env,
        keep_alive_s=config.keep_alive_s,
    )
    _print_block(block_of(provider, model or _PLACEHOLDER), model)
    return Exit.COMPLETED


def _print_block(block: str, model: str | None) -> None:
    # Its first line names the model; without a name Codex keeps its own.
    text = block if model else f"# {block}"
    print(f"{_HEAD}\n{text}", end="", flush=True)


def _sums(counted: RelayStatistics) -> str:
    return (
        f"closed; {plural(counted.completed, 'request')} answered, {counted.failed:,} failed, "
        f"{counted.refused:,} refused, {counted.dropped:,} left by their client"
    )


def _request(relay: Relay, model: str | None, asked: Asked) -> Request:
    """One turn whose thread is not kept: without the relay it could not be gone on with."""
    settings = relay.config_overrides(model or _PLACEHOLDER)
    if model is None:
        del settings["model"]  # the default of the user's Codex
    return Request(
        prompt=asked.prompt,
        runtime=RuntimeConfig(
            codex_bin=asked.codex_bin,
            config_overrides=settings,
            env=relay.environment(),
            client_info=ClientInfo(
                name="codex_runtime_cli", title="codex-runtime", version=__version__
            ),
            cancel_grace_s=_CANCEL_GRACE_S,
        ),
        session=SessionConfig(cwd=".", sandbox="read-only", ephemeral=True, on_exit="archive"),
        resume=None,
        scripted=False,
    )
