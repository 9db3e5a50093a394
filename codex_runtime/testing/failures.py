"""Replies that fail: HTTP errors, and responses that end with an error of the model.

Owns the shapes that the app-server recognises, one function for each; the docstrings say what it
makes of them (`codexErrorInfo` of the failed turn). Knows no sockets. Enter at `http_error` for any
other status, at `response_failed` for any other code.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from codex_runtime.errors import InvalidInput
from codex_runtime.testing.checks import check_headers, check_status, to_json, to_utf8
from codex_runtime.testing.steps import HttpFailure, Reply, ResponseFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "bad_request",
    "context_window_exceeded",
    "http_answer",
    "http_error",
    "overloaded",
    "quota_exceeded",
    "rate_limited",
    "response_failed",
    "server_error",
    "unauthorized",
]

_FINAL_STATUS: Final = range(200, 600)
_BARE_STATUS: Final = frozenset({204, 304})
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


def http_error(
    status: int,
    body: Mapping[str, object] | str = "",
    *,
    headers: Mapping[str, str] = _NO_HEADERS,
) -> Reply:
    """Answer with an HTTP error; a mapping is sent as JSON, a text as it stands.

    401, 403, 404, 502 and most others become `httpConnectionFailed` with the status; 400 becomes
    "other", 500 "internalServerError".

    Raises:
        InvalidInput: `status` is not an error, or something cannot be sent.
    """
    return http_answer(check_status(status), body, headers=headers)


def http_answer(
    status: int,
    body: Mapping[str, object] | str = "",
    *,
    headers: Mapping[str, str] = _NO_HEADERS,
) -> Reply:
    """Answer with any status and this whole body in place of a stream: a page, a redirect.

    A mapping is sent as JSON, a text as plain text, unless `headers` name another `content-type`.

    Raises:
        InvalidInput: `status` ends no request, or something cannot be sent.
    """
    if status not in _FINAL_STATUS:
        raise InvalidInput("status", status, "ends no request", "Give one from 200 to 599")
    is_text = isinstance(body, str)
    sent = check_headers(headers)
    sent.setdefault("content-type", "text/plain; charset=utf-8" if is_text else "application/json")
    encoded = to_utf8("body", body if isinstance(body, str) else to_json("body", body))
    if encoded and status in _BARE_STATUS:
        raise InvalidInput("body", body, f"cannot go with status {status}", "Leave it empty")
    return Reply((HttpFailure(status=status, body=encoded, headers=sent),))


def response_failed(code: str, message: str) -> Reply:
    """End the stream with `response.failed` and this error; may follow other steps.

    Of Chat Completions it is an `error` object in the stream.

    `rate_limit_exceeded` becomes "rateLimitExceeded", `server_is_overloaded` "serverOverloaded";
    a code that the app-server does not know is a lost stream to it: "other".
    """
    to_utf8("code", code)
    to_utf8("message", message)
    return Reply((ResponseFailure(code=code, message=message),))


def bad_request(message: str = "The scripted model refuses this request.") -> Reply:
    """Answer with HTTP 400: "other"."""
    return http_error(400, _error("invalid_request_error", "bad_request", message))


def unauthorized(message: str = "The scripted model knows no such key.") -> Reply:
    """Answer with HTTP 401: `httpConnectionFailed`."""
    return http_error(401, _error("invalid_request_error", "invalid_api_key", message))


def rate_limited(
    message: str = "The scripted model limits the rate.", *, retry_after_s: int | None = None
) -> Reply:
    """Answer with HTTP 429: `responseTooManyFailedAttempts`; `retry_after_s` is a header."""
    headers = {} if retry_after_s is None else {"retry-after": str(retry_after_s)}
    body = _error("rate_limit_error", "rate_limit_exceeded", message)
    return http_error(429, body, headers=headers)


def server_error(message: str = "The scripted model fails on purpose.") -> Reply:
    """Answer with HTTP 500: "internalServerError"."""
    return http_error(500, _error("server_error", "server_error", message))


def overloaded(message: str = "The scripted model is overloaded on purpose.") -> Reply:
    """Answer with HTTP 503 and the code of a model at capacity: "serverOverloaded"."""
    return http_error(503, _error("server_error", "server_is_overloaded", message))


def quota_exceeded(message: str = "The scripted quota is used up.") -> Reply:
    """Answer with HTTP 429 and `insufficient_quota`: "usageLimitExceeded"."""
    return http_error(429, _error("insufficient_quota", "insufficient_quota", message))


def context_window_exceeded(message: str = "The scripted context window is full.") -> Reply:
    """End the stream with `context_length_exceeded`: "contextWindowExceeded".

    The app-server then takes the context for full: the thread's next turn compacts it first, which
    is a request to the model of its own.
    """
    return response_failed("context_length_exceeded", message)


def _error(kind: str, code: str, message: str) -> dict[str, object]:
    return {"error": {"type": kind, "code": code, "message": message}}
