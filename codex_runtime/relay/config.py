"""`RelayConfig`: what a relay asks, whom, how long, and what it keeps.

Owns the fields, defaults, bounds and checks, and how a secret is read out of its variable. Opens
nothing and knows no HTTP (see `upstream` and `server`). Enter at `RelayConfig`. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.errors.relay import RelayVariableMissing
from codex_runtime.model.builders.config_maps import check_env_name, check_env_names
from codex_runtime.model.checks import (
    check_choice,
    check_int,
    check_kind,
    check_mapping,
    check_path,
    check_seconds,
    check_text,
)
from codex_runtime.model.given_values import as_tuple, copied
from codex_runtime.model.secret_values import shown_config
from codex_runtime.relay.addresses import check_upstream, is_loopback
from codex_runtime.relay.request.options import RequestOptions
from codex_runtime.relay.store.limits import StoreLimits

if TYPE_CHECKING:
    import os

    from codex_runtime.relay.store.protocol import SessionStore

__all__ = ["FILTERS", "RelayConfig", "read_secret"]

FILTERS: Final = (
    "gemini_signatures",
    "reasoning_details",
    "strict_roles",
    "think_tags",
    "whole_answers",
)

_MIB: Final = 1024 * 1024
_GEMINI_SIGNATURES: Final = "gemini_signatures"
_STRICT_ROLES: Final = "strict_roles"
_WHOLE_ANSWERS: Final = "whole_answers"
_OURS: Final = frozenset({"messages", "model", "stream", "tools"})
"""Fields of every request that the relay itself sets."""
_OF_MESSAGES: Final = ("role", "content", "name", "tool_calls", "tool_call_id")
_OUR_HEADERS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
    }
)
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_HOST: Final = re.compile(r"[A-Za-z0-9._:%-]+")
_SECONDS: Final = (
    "queue_timeout_s",
    "body_timeout_s",
    "connect_timeout_s",
    "headers_grace_s",
    "first_byte_timeout_s",
    "idle_timeout_s",
    "total_timeout_s",
    "keep_alive_s",
    "client_stall_s",
    "drain_s",
)
_MOST_SECONDS: Final = 7 * 24 * 3600.0
_MOST_BODY_BYTES: Final = 1024 * _MIB
_MOST_STREAMS: Final = 10_000
_MOST_PORT: Final = 65_535


# A value of the wrong kind passes the converters as it is, for the checks to name it.
def _frozen(value: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(value)) if isinstance(cast("object", value), Mapping) else value


def _frozen_params(value: Mapping[str, object]) -> Mapping[str, object]:
    odd = not isinstance(cast("object", value), Mapping)
    return value if odd else MappingProxyType(copied(dict(value)))


def _names(value: Iterable[str]) -> tuple[str, ...]:
    return cast("tuple[str, ...]", as_tuple(cast("object", value)))


def _base(value: str) -> str:
    return value.rstrip("/") if isinstance(cast("object", value), str) else value


def _no_names() -> Mapping[str, str]:
    return {}


def _no_params() -> Mapping[str, object]:
    return {}


@attrs.frozen(kw_only=True)
class RelayConfig:
    """How a relay serves Responses out of a server that speaks Chat Completions.

    Raises `ConfigError` for a value that can never work. Secrets are not in here: fields that end
    with ``_env`` name the variables that hold them, which are read when the relay opens. All times
    are seconds, more than 0.
    """

    upstream: str = attrs.field(converter=_base)
    """The http or https URL below which ``/chat/completions`` lies; nearly always one that ends
    with ``/v1``."""
    api_key_env: str | None = None
    """Variable with the upstream's key, sent as ``Authorization: Bearer``. What clients send as
    theirs is never passed on."""
    header_env: Mapping[str, str] = attrs.field(factory=_no_names, converter=_frozen)
    """More headers for the upstream: each one's name, and the variable that holds its value."""

    host: str = "127.0.0.1"
    """Where the relay listens. Any other than a loopback address needs ``token_env``."""
    port: int = 0
    """0: a free one."""
    token_env: str | None = None
    """Variable with the token that clients must send as ``Authorization: Bearer``; None: none."""

    model_map: Mapping[str, str] = attrs.field(factory=_no_names, converter=_frozen)
    """Name that clients use -> name that the upstream uses."""
    default_model: str | None = None
    """The upstream's model for every name that ``model_map`` lacks; None passes the name on."""
    tool_denylist: tuple[str, ...] = attrs.field(default=(), converter=_names)
    """Tools that the model is not offered: a tool's name, or a whole namespace."""
    forward_params: tuple[str, ...] = attrs.field(default=(), converter=_names)
    """Fields of a request that are passed on as they came, beside those that are translated."""
    extra_params: Mapping[str, object] = attrs.field(
        factory=_no_params, converter=_frozen_params, repr=shown_config
    )
    """Fields put into every request to the upstream; they replace what is there."""
    drop_params: tuple[str, ...] = attrs.field(default=(), converter=_names)
    """Fields that the upstream does not stand, taken out before ``extra_params`` are put in."""
    filters: tuple[str, ...] = attrs.field(default=(), converter=_names)
    """What this upstream's models need: ``think_tags`` (reasoning stands between ``<think>`` tags
    in the text), ``reasoning_details`` (it comes as a list of parts), ``strict_roles`` (their chat
    template takes a system message only at the beginning, and the user's messages only between
    answers: they are joined), ``gemini_signatures`` (Gemini 3 takes no earlier call without a
    signature, which the relay does not keep: each says so), ``whole_answers`` (the upstream cannot
    stream: answers are asked for as a whole)."""
    reasoning_field: str | None = "reasoning_content"
    """Field of a message that takes earlier reasoning back to the model; None: none goes back."""
    limit_field: str = "max_tokens"
    """Field for the most tokens of an answer; newer models of OpenAI want
    ``max_completion_tokens``."""

    strict_ids: bool = False
    """Refuse a ``previous_response_id`` that is not stored, in place of an empty history."""
    store: SessionStore | os.PathLike[str] | str | None = None
    """Where conversations are kept: a store of one's own (never closed here), the path of an SQLite
    file, or None for this process's memory."""
    limits: StoreLimits = attrs.field(factory=StoreLimits)
    """When a store that the relay opens itself forgets."""

    max_body_bytes: int = 64 * _MIB
    """Of a request."""
    max_streams: int = 64
    """Answers under way at once; more wait ``queue_timeout_s`` and are then told to come back."""
    queue_timeout_s: float = 10.0
    body_timeout_s: float = 30.0
    """For a client to send the whole body of a request."""
    connect_timeout_s: float = 10.0
    """To the upstream, with TLS."""
    headers_grace_s: float = 5.0
    """How long an answer waits for the upstream's status, so that an error becomes an HTTP status;
    then its stream is begun anyway."""
    first_byte_timeout_s: float = 300.0
    """From the request to the upstream's status, and from there to its first byte: models think."""
    idle_timeout_s: float = 120.0
    """Longest silence of the upstream within an answer."""
    total_timeout_s: float = 3600.0
    """Of one whole request to the upstream."""
    keep_alive_s: float = 15.0
    """A client that was told nothing for so long is sent an event, for its own idle timer."""
    client_stall_s: float = 30.0
    """A client that takes nothing for so long is given up, and its upstream request with it; of up
    to 256 KiB that it did take nothing may be known."""
    drain_s: float = 2.0
    """For answers under way when the relay is closed; then they are cut."""

    def __attrs_post_init__(self) -> None:
        check_upstream(self.upstream)
        self._check_secrets()
        self._check_address()
        self._check_params()
        self._check_kept()
        for name in _SECONDS:
            value: object = getattr(self, name)
            check_seconds(name, value, ConfigError)
            if cast("float", value) > _MOST_SECONDS:
                raise ConfigError(name, value, "is more than a week", "Give less")
        check_int(
            "max_body_bytes",
            self.max_body_bytes,
            ConfigError,
            at_least=1024,
            at_most=_MOST_BODY_BYTES,
        )
        check_int("max_streams", self.max_streams, ConfigError, at_least=1, at_most=_MOST_STREAMS)

    def _check_secrets(self) -> None:
        for name in ("api_key_env", "token_env"):
            if getattr(self, name) is not None:
                check_env_name(name, getattr(self, name))
        check_env_names("header_env", self.header_env)
        for header in self.header_env:
            name = f"header_env[{header!r}]"
            if not _HEADER_NAME.fullmatch(header):
                raise ConfigError(name, header, "is no name of a header", "Use letters and -")
            if header.lower() in _OUR_HEADERS:
                raise ConfigError(name, header, "is a header of the relay itself", "Leave it out")
            if header.lower() == "authorization" and self.api_key_env is not None:
                raise ConfigError(
                    name, header, "is set by api_key_env as well", "Give one of the two"
                )

    def _check_address(self) -> None:
        check_text("host", self.host, ConfigError)
        if not _HOST.fullmatch(self.host):
            raise ConfigError(
                "host", self.host, "is no host", "Give an address without port and brackets"
            )
        check_int("port", self.port, ConfigError, at_least=0, at_most=_MOST_PORT)
        if self.token_env is None and not is_loopback(self.host):
            raise ConfigError(
                "host",
                self.host,
                "is open to other machines, whose requests would be paid for with your key",
                "Listen on 127.0.0.1, or name the variable of a token in token_env",
            )

    def _check_params(self) -> None:
        check_mapping("model_map", self.model_map, ConfigError, values=str)
        for name, model in self.model_map.items():
            check_text(f"model_map[{name!r}]", model, ConfigError)
        if self.default_model is not None:
            check_text("default_model", self.default_model, ConfigError)
        for field in ("tool_denylist", "forward_params", "drop_params", "filters"):
            _check_names(field, getattr(self, field))
        for name in self.filters:
            check_choice("filters", name, FILTERS, ConfigError)
        check_mapping("extra_params", self.extra_params, ConfigError)
        _check_json("extra_params", self.extra_params)
        self._check_fields()

    def _check_fields(self) -> None:
        for field in ("forward_params", "extra_params", "drop_params"):
            for name in sorted(_OURS.intersection(getattr(self, field))):
                raise ConfigError(field, name, "is a field of the relay itself", _instead(name))
        for name in sorted({*self.forward_params} & {*self.drop_params}):
            raise ConfigError(
                "drop_params", name, "is in forward_params as well", "Give it in one of the two"
            )
        if self.reasoning_field is not None:
            check_text("reasoning_field", self.reasoning_field, ConfigError)
        check_text("limit_field", self.limit_field, ConfigError)
        for field, taken in (("reasoning_field", _OF_MESSAGES), ("limit_field", _OURS)):
            if getattr(self, field) in taken:
                raise ConfigError(field, getattr(self, field), "is taken", "Give another field")

    def _check_kept(self) -> None:
        check_kind("strict_ids", self.strict_ids, bool, ConfigError)
        check_kind("limits", self.limits, StoreLimits, ConfigError)
        store: object = self.store
        if store is not None and not hasattr(store, "keep"):
            check_path("store", store, ConfigError)

    @property
    def upstream_host(self) -> str:
        """The upstream's host alone, for messages and the log."""
        return urlsplit(self.upstream).hostname or ""

    def request_options(self) -> RequestOptions:
        """What of this the translation of requests needs."""
        return RequestOptions(
            model_map=self.model_map,
            default_model=self.default_model,
            tool_denylist=frozenset(self.tool_denylist),
            forward_params=frozenset(self.forward_params),
            extra_params=self.extra_params,
            drop_params=frozenset(self.drop_params),
            reasoning_field=self.reasoning_field,
            limit_field=self.limit_field,
            gemini_signatures=_GEMINI_SIGNATURES in self.filters,
            strict_roles=_STRICT_ROLES in self.filters,
            stream_upstream=_WHOLE_ANSWERS not in self.filters,
        )


def read_secret(variable: str, environ: Mapping[str, str]) -> str:
    """The value of a variable, for a header: one line of ASCII, spaces around it taken off.

    Raises `RelayVariableMissing`, which never shows the value.
    """
    value = environ.get(variable, "").strip()
    if not value:
        raise RelayVariableMissing(
            variable, "is not set, or empty", "Set it in the environment of the relay"
        )
    if not _HEADER_VALUE.fullmatch(value):
        raise RelayVariableMissing(
            variable, "has characters that no header can carry", "Look for a line break or a quote"
        )
    return value


def _check_names(field: str, value: object) -> None:
    if not isinstance(value, tuple):
        raise ConfigError(field, value, "is not a list of names", "Give a tuple of texts")
    names = cast("tuple[object, ...]", value)
    for name in names:
        check_text(field, name, ConfigError)
    if len({*names}) < len(names):
        raise ConfigError(field, names, "names one twice", "Give each once")


def _check_json(field: str, value: Mapping[str, object]) -> None:
    try:
        json.dumps(dict(value), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as problem:
        raise ConfigError(field, "(not shown)", f"is no JSON: {problem}", "Give JSON") from None


def _instead(name: str) -> str:
    return {
        "model": "Use model_map or default_model",
        "stream": "Use filters=('whole_answers',) for an upstream that cannot stream",
        "tools": "Use tool_denylist",
    }.get(name, "Leave it out")
