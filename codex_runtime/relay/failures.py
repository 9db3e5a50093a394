"""What goes wrong with one request, as the client is told: a stable code, a status, words.

Owns the shape and the wording. Does not decide which code an upstream's error is (see
`failure_table`), and does not know how an upstream is asked (see `upstream`) or how an answer is
written. Pure. Enter at `failure_of_status`, `failure_of_error`, or the function that is named for
what happened.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import attrs

from codex_runtime.relay.failure_table import CONTEXT, INVALID, RATE, Row, row_of
from codex_runtime.relay.upstream_words import (
    MAX_SHOWN_CHARS,
    read_words,
    retry_after_s,
    shown,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_runtime.relay.upstream_words import Words

__all__ = [
    "Failure",
    "Refused",
    "UpstreamFailed",
    "bad_request",
    "busy",
    "error_body",
    "failure_of_error",
    "failure_of_status",
    "internal_error",
    "response_not_found",
    "too_large",
    "unreadable_request",
    "upstream_cut",
    "upstream_malformed",
    "upstream_timeout",
    "upstream_unreachable",
]


@attrs.frozen(kw_only=True)
class Failure:
    """One failure, ready to be told: as an HTTP answer, or as `response.failed` in a stream."""

    code: str
    """Stable. Codex ends the turn for ``context_length_exceeded``, ``insufficient_quota``,
    ``usage_not_included``, ``invalid_prompt``, ``server_is_overloaded`` and ``cyber_policy``, and
    asks again for every other one."""
    message: str
    """One line of at most 500 characters. With ``rate_limit_exceeded`` it
    says "try again in Ns" if that is known."""
    status: int
    """Of an HTTP answer, where none has begun."""
    retry_after_s: float | None
    retryable: bool
    """The same request may well succeed later, unchanged."""
    type: str
    param: str | None = None


class _Failed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure: Failure = failure


class Refused(_Failed):
    """The request cannot be served; nothing was asked of the upstream for it."""


class UpstreamFailed(_Failed):
    """The upstream did not answer, answered with an error, or stopped in the middle."""


_ADVICE: Final[dict[int, str]] = {
    401: "Check the key in the variable that api_key_env names",
    403: "Check the key in the variable that api_key_env names, and what it may use",
    404: "Check the upstream's URL and the name of the model",
    405: "Check the upstream's URL",
}
_REDIRECTS: Final = range(300, 400)
_CLIENT_ERRORS: Final = range(400, 500)


# ---------------------------------------------------------------------- of an upstream's error


def failure_of_status(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: Callable[[], float] = time.time,
    redact: Callable[[str], str] = str,
) -> Failure:
    """What an HTTP answer of the upstream means that has not a status of 200 to 299.

    ``headers`` may have any case. ``now`` gives the Unix time, for dates in ``Retry-After``;
    ``redact`` takes secrets out of the words before they are cut to their bound.
    """
    if status in _REDIRECTS:
        return _redirected(status, headers)
    words = read_words(body)
    wait_s = retry_after_s(headers, _searched(words, body), now_s=now())
    row = row_of(words, status, wait_s)
    said = redact(words.message) or ", ".join(words.codes)
    text = f"The upstream answered HTTP {status}" + (f": {said}" if said.strip() else "")
    advice = _ADVICE.get(status, "")
    kept = status if status in _CLIENT_ERRORS and row is not CONTEXT else row.status
    return _failure(row, text, wait_s, status=kept, param=words.param, advice=advice)


def failure_of_error(
    error: object,
    *,
    redact: Callable[[str], str] = str,
) -> Failure:
    """What an ``error`` means that came inside an answer of status 200: an object, or a text."""
    words = words_of(error)
    wait_s = retry_after_s({}, _searched(words, b""), now_s=0.0)
    row = row_of(words, words.status, wait_s)
    said = redact(words.message) or ", ".join(words.codes)
    return _failure(row, f"The upstream reported an error: {said}", wait_s, param=words.param)


def _searched(words: Words, body: bytes) -> str:
    """Where a time to wait may stand: in the words, or in a field that is none of them."""
    return words.message + "\n" + body[:4096].decode("utf-8", "replace")


def _redirected(status: int, headers: Mapping[str, str]) -> Failure:
    location = next((value for name, value in headers.items() if name.lower() == "location"), "")
    try:
        # Nothing else of it: the rest may be signed.
        host = urlsplit(location).hostname
    except ValueError:
        host = None
    where = f" to the host {host}" if host else " to another path"
    text = f"The upstream answered HTTP {status}, a redirect{where}, which is not followed"
    return _failure(INVALID, text, None, advice="Give the URL that it leads to as the upstream")


def _failure(
    row: Row,
    text: str,
    wait_s: float | None,
    *,
    status: int | None = None,
    param: str | None = None,
    advice: str = "",
) -> Failure:
    if row is RATE and wait_s is not None:
        # In front: what Codex reads is the first time that is named.
        text = f"Try again in {_seconds(wait_s)}s. {text}"
    message = shown(text, MAX_SHOWN_CHARS - len(advice) - 2)
    if advice:
        message = f"{message.rstrip('.')}. {advice}"
    status = row.status if status is None else status
    return Failure(
        code=row.code,
        message=message,
        status=status,
        retry_after_s=wait_s,
        retryable=row.retryable,
        type=row.type,
        param=shown(param) if param else None,
    )


def _seconds(wait_s: float) -> str:
    return f"{wait_s:.3f}".rstrip("0").rstrip(".")


# ------------------------------------------------------------------------- of our own finding


def bad_request(
    message: str, *, param: str | None = None, code: str = "invalid_prompt", status: int = 400
) -> Failure:
    """A request that will be refused again; ``param`` names the field at fault."""
    return Failure(
        code=code,
        message=shown(message),
        status=status,
        retry_after_s=None,
        retryable=False,
        type="invalid_request_error",
        param=param,
    )


def unreadable_request(status: int) -> Failure:
    """What came is no HTTP/1.1, or (431) its head is too long."""
    if status == 431:  # noqa: PLR2004 - HTTP
        message = "The head of the request is too long: send fewer or shorter headers"
        return bad_request(message, code="headers_too_large", status=status)
    message = "This is no HTTP/1.1 request that can be read: is the client meant for http?"
    return bad_request(message, code="malformed_request", status=status)


def response_not_found(response_id: str) -> Failure:
    """The ``previous_response_id`` is not stored, and the relay is strict about it."""
    return bad_request(
        f"Previous response with id '{response_id}' not found. Send the whole input without "
        "previous_response_id",
        param="previous_response_id",
        code="previous_response_not_found",
    )


def too_large(limit_bytes: int) -> Failure:
    """The body of the request is longer than the relay takes.

    The status is 400, not 413: Codex sends the same body again for that one.
    """
    return bad_request(
        f"The request body has more than {limit_bytes:,} bytes. Shorten the conversation, or raise "
        "the relay's max_body_bytes",
        code="context_length_exceeded",
    )


def busy(retry_after_s: float, why: str = "max_streams are open") -> Failure:
    """The relay has as much to do as it may, and nothing of it ended in time.

    The status is 429: Codex then waits as long as ``Retry-After`` says.
    """
    message = f"Try again in {_seconds(retry_after_s)}s. The relay is busy: {why}"
    return _passing("relay_busy", message, 429, kind="rate_limit_error", wait_s=retry_after_s)


def upstream_unreachable(why: str) -> Failure:
    """No connection: refused, no such host, a certificate that is not trusted."""
    return _passing("upstream_unreachable", f"The upstream cannot be reached: {why}", 502)


def upstream_timeout(what: str, after_s: float) -> Failure:
    """``what`` (as in "sent no byte") lasted longer than its bound, which is ``after_s``."""
    return _passing("upstream_timeout", f"The upstream {what} within {after_s:g} s", 504)


def upstream_cut(why: str) -> Failure:
    """The answer ended in the middle."""
    return _passing("upstream_cut", f"The upstream's answer was cut: {why}", 502)


def upstream_malformed(why: str) -> Failure:
    """The answer is not what a Chat Completions server says: not JSON, a page, nothing."""
    return _passing("upstream_malformed", f"The upstream's answer cannot be read: {why}", 502)


def internal_error(what: str = "it is in the relay's log") -> Failure:
    """A bug here, or a disk that fails; ``what`` names it without details."""
    return _passing("server_error", f"The relay failed: {what}", 500)


def _passing(
    code: str,
    message: str,
    status: int,
    *,
    kind: str = "server_error",
    wait_s: float | None = None,
) -> Failure:
    return Failure(
        code=code,
        message=shown(message),
        status=status,
        retry_after_s=wait_s,
        retryable=True,
        type=kind,
    )


def error_body(failure: Failure) -> bytes:
    """The body of an HTTP answer, as clients of OpenAI's API read it."""
    error = {
        "message": failure.message,
        "type": failure.type,
        "code": failure.code,
        "param": failure.param,
    }
    return json.dumps({"error": error}, ensure_ascii=False, separators=(",", ":")).encode()
