"""``codex-runtime relay``: its options, and what they make of a `RelayConfig`.

Owns what may be typed, the words for what cannot be used, and where conversations are kept when
nobody says so. Does not serve (see `relay_running`), and loads nothing of the extra ``relay``.
Enter at `relay`.
"""

from __future__ import annotations

import json
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from codex_runtime.cli.exits import RELAY_EXIT_CODES, Exit, complain
from codex_runtime.cli.relay_running import Asked, serve, show_block
from codex_runtime.cli.running import run
from codex_runtime.errors import ConfigError
from codex_runtime.model.prompt import check_prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from codex_runtime.relay.config import RelayConfig

__all__ = ["relay"]

_PORT: Final = 4170
"""Always the same, so that a block that was pasted fits the next time as well."""
_MIB: Final = 1024 * 1024
_EXTRA: Final = ("httpcore2", "hypercorn", "starlette")
_FILTERS: Final = "think_tags, reasoning_details, strict_roles, gemini_signatures or whole_answers"
_IN_MEMORY: Final = "memory"
_SECONDS: Final = click.FloatRange(min=0, min_open=True)
_COUNT: Final = click.IntRange(min=1)
# The fields of the configuration that have an option; an error names them.
_OPTIONS: Final = {
    "upstream": "--upstream",
    "model_map": "--model-map",
    "default_model": "--default-model",
    "api_key_env": "--api-key-env",
    "header_env": "--header-env",
    "host": "--bind",
    "port": "--port",
    "token_env": "--token-env",
    "store": "--store",
    "ttl_s": "--ttl",
    "max_threads": "--max-threads",
    "max_bytes": "--max-store-mb",
    "filters": "--filter",
    "extra_params": "--extra-params",
    "drop_params": "--drop-param",
    "forward_params": "--forward-param",
    "tool_denylist": "--deny-tool",
    "limit_field": "--max-tokens-field",
    "first_byte_timeout_s": "--first-byte-timeout",
    "idle_timeout_s": "--idle-timeout",
}
_FIELD: Final = re.compile(rf"^(?:{'|'.join(_OPTIONS)})\b|\b\w+_(?:env|map|model|params|field)\b")


def _repeated(name: str, field: str, metavar: str, text: str) -> Callable[..., Any]:
    """Make an option that may be given several times."""
    return click.option(  # Any: click's own decorators
        name, field, metavar=metavar, multiple=True, help=f"{text} May be repeated."
    )


@click.command(epilog=RELAY_EXIT_CODES)
@click.option(
    "--upstream",
    metavar="URL",
    required=True,
    help="The Chat Completions server, where /chat/completions follows: https://host/v1.",
)
@_repeated("--model-map", "model_map", "FROM=TO[,...]", "Ask TO when a client names FROM.")
@click.option("--default-model", metavar="NAME", help="Ask it for every name that has no TO.")
@click.option("--api-key-env", metavar="VARIABLE", help="Variable with the key of the upstream.")
@_repeated(
    "--header-env", "header_env", "HEADER=VARIABLE", "Variable with the value of a header upstream."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port to listen on; 0 takes a free one. Default: {_PORT}, or a free one with --ask.",
)
@click.option("--bind", metavar="HOST", help="Address to listen on. Default: 127.0.0.1.")
@click.option(
    "--token-env",
    metavar="VARIABLE",
    help="Variable with the token that clients must show; any --bind but loopback needs one.",
)
@click.option(
    "--store",
    metavar="PATH|memory",
    help="Where conversations are kept. Default: a file that is yours alone, in your state folder.",
)
@click.option("--ttl", type=_SECONDS, metavar="SECONDS", help="Forget threads unused this long.")
@click.option("--max-threads", type=_COUNT, metavar="N", help="Keep at most so many threads.")
@click.option("--max-store-mb", type=_COUNT, metavar="MIB", help="Keep at most so much of them.")
@click.option("--strict-ids", is_flag=True, help="Refuse a previous_response_id not known here.")
@_repeated("--filter", "filters", "NAME", f"Mend what some models do: {_FILTERS}.")
@click.option("--extra-params", metavar="JSON", help="An object added to every request upstream.")
@_repeated("--drop-param", "drop_params", "NAME", "Leave this field out upstream.")
@_repeated("--forward-param", "forward_params", "NAME", "Hand a field of the client on as it is.")
@_repeated("--deny-tool", "tool_denylist", "NAME", "Never offer this tool to the model.")
@click.option("--max-tokens-field", metavar="NAME", help="Name of the output limit upstream.")
@click.option(
    "--first-byte-timeout", type=_SECONDS, metavar="SECONDS", help="Wait so long for an answer."
)
@click.option(
    "--idle-timeout", type=_SECONDS, metavar="SECONDS", help="Longest silence of the upstream."
)
@click.option("--print-config", is_flag=True, help="Print the block for config.toml, and leave.")
@click.option("--ask", "prompt", metavar="PROMPT", help="Ask Codex this through it, and leave.")
@click.option("-m", "--model", help="The model that the block or --ask names.")
@click.option("--codex-bin", type=click.Path(exists=False), help="The codex binary of --ask.")
def relay(
    *,
    print_config: bool,
    prompt: str | None,
    model: str | None,
    codex_bin: str | None,
    **options: Any,  # one per option above, checked by `RelayConfig`
) -> Exit:
    """Let Codex use a server that speaks nothing but Chat Completions.

    Serves the Responses API on this machine and asks the upstream. Prints the block to paste into
    ~/.codex/config.toml, then serves until Ctrl-C; a second one cuts what still runs. Secrets are
    read from the environment variables that you name, and are never shown.
    """
    if print_config and prompt is not None:
        raise click.UsageError("--print-config and --ask exclude each other.")
    if codex_bin is not None and prompt is None:
        raise click.UsageError("--codex-bin needs --ask.")
    if prompt is not None:
        check_prompt(prompt)
    if options["port"] is None:
        options["port"] = 0 if prompt is not None else _PORT
    config = _config(options)
    model = model or next(iter(config.model_map), config.default_model)
    if print_config:
        if config.port == 0:
            raise click.UsageError("--print-config needs a --port: a free one is not known yet.")
        return show_block(config, model)
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        complain(
            f"the relay needs {missing[0]}, which is not installed. "
            "Install it with pip install 'codex-runtime[relay]'"
        )
        return Exit.CANNOT_START
    asked = None if prompt is None else Asked(prompt, codex_bin)
    return run(lambda this: serve(this, config, model, asked))


def _config(options: Mapping[str, Any]) -> RelayConfig:
    """Make the configuration; what cannot be used is told by its option."""
    from codex_runtime.relay.config import RelayConfig  # noqa: PLC0415 - a large room
    from codex_runtime.relay.store.limits import StoreLimits  # noqa: PLC0415 - the same

    max_store_mb = options["max_store_mb"]
    limits = {
        "ttl_s": options["ttl"],
        "max_threads": options["max_threads"],
        "max_bytes": None if max_store_mb is None else max_store_mb * _MIB,
    }
    fields = {
        "default_model": options["default_model"],
        "api_key_env": options["api_key_env"],
        "port": options["port"],
        "host": options["bind"],
        "token_env": options["token_env"],
        "limit_field": options["max_tokens_field"],
        "first_byte_timeout_s": options["first_byte_timeout"],
        "idle_timeout_s": options["idle_timeout"],
        "extra_params": _json_object(options["extra_params"]),
    }
    try:
        return RelayConfig(
            upstream=options["upstream"],
            model_map=_pairs("--model-map", ",".join(options["model_map"]).split(",")),
            header_env=_pairs("--header-env", options["header_env"]),
            store=_store(options["store"]),
            limits=StoreLimits(**_given(limits)),
            strict_ids=options["strict_ids"],
            filters=options["filters"],
            drop_params=options["drop_params"],
            forward_params=options["forward_params"],
            tool_denylist=options["tool_denylist"],
            **_given(fields),
        )
    except ConfigError as problem:
        raise click.UsageError(_in_our_words(str(problem))) from None


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what was not typed: the library's default holds."""
    return {name: value for name, value in fields.items() if value is not None}


def _in_our_words(problem: str) -> str:
    """Name options where the library names fields."""
    return _FIELD.sub(lambda found: _OPTIONS.get(found[0], found[0]), problem)


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    """``LEFT=RIGHT``, each left side once."""
    pairs: dict[str, str] = {}
    for pair in filter(None, map(str.strip, given)):
        left, equals, right = (part.strip() for part in pair.partition("="))
        if not (left and equals and right):
            raise click.UsageError(f"{option} {pair!r} is not NAME=VALUE.")
        if left in pairs:
            raise click.UsageError(f"{option} names {left!r} twice. Give it once.")
        pairs[left] = right
    return pairs


def _json_object(given: str | None) -> dict[str, Any] | None:
    if given is None:
        return None
    try:
        value = json.loads(given)
    except ValueError as problem:
        raise click.UsageError(f"--extra-params is not JSON: {problem}.") from None
    if not isinstance(value, dict):
        raise click.UsageError('--extra-params is no JSON object. Give one: {"top_k": 20}')
    return cast("dict[str, Any]", value)


def _store(given: str | None) -> Path | None:
    """Where the file is; None keeps everything in memory."""
    if given == _IN_MEMORY:
        return None
    if given is not None:
        return Path(given)
    state = os.environ.get("XDG_STATE_HOME", "")
    # The standard has a relative one ignored.
    home = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return home / "codex-runtime" / "relay.sqlite3"
