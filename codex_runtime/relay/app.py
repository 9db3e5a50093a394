"""The ASGI app: three paths, who may ask, and a typed body for whatever goes wrong.

Owns the routes and the answers that are no model's. Does not know how a request to a model is
served (`exchange`), nor on what sockets (`hosting`). Enter at `build_app`; `app_of` makes the app
of a service that is open already.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from codex_runtime.relay.exchange import Exchange
from codex_runtime.relay.failures import (
    Refused,
    UpstreamFailed,
    bad_request,
    internal_error,
)
from codex_runtime.relay.incoming import ClientGone, Incoming, send_json
from codex_runtime.relay.models import list_models
from codex_runtime.relay.request.translation import read_request
from codex_runtime.relay.service import open_service

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from codex_runtime.relay.config import RelayConfig
    from codex_runtime.relay.failures import Failure
    from codex_runtime.relay.service import Service

__all__ = ["app_of", "build_app"]

_PATHS: Final = "POST /v1/responses, GET /v1/models and GET /healthz"

_LOG: Final = logging.getLogger("codex_runtime.relay")


def build_app(config: RelayConfig, *, environ: Mapping[str, str] = os.environ) -> Starlette:
    """Make the relay an ASGI app, for a server of one's own that runs on trio.

    What it needs is opened and closed by the app's lifespan, which the server has to run. Then it
    is also the server that bounds headers, connections, and clients that read nothing: of
    ``config``, ``host`` only decides which ``Host`` headers are served, and ``port``,
    ``client_stall_s`` and ``drain_s`` are not used. `open_relay` does all of it.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with open_service(config, environ) as service:
            _add_routes(app, service)
            yield
            app.router.routes.clear()

    app = Starlette(lifespan=lifespan, exception_handlers={HTTPException: _answer_http_error})
    app.router.redirect_slashes = False
    return app


def app_of(service: Service) -> Starlette:
    """The app of an open service, without a lifespan."""
    app = Starlette(exception_handlers={HTTPException: _answer_http_error})
    app.router.redirect_slashes = False
    _add_routes(app, service)
    return app


def _add_routes(app: Starlette, service: Service) -> None:
    endpoints = _Endpoints(service)
    for method, path, needs_token, answer in (
        ("POST", "/v1/responses", True, endpoints.answer_responses),
        ("GET", "/v1/models", True, endpoints.answer_models),
        ("GET", "/healthz", False, endpoints.answer_health),
    ):
        endpoint = _Guarded(service, answer, needs_token=needs_token)
        app.router.routes.append(Route(path, endpoint, methods=[method]))


class _Guarded:
    """An endpoint behind the guard; no exception of it gets any further."""

    def __init__(
        self,
        service: Service,
        answer: Callable[[Incoming, Send], Awaitable[None]],
        *,
        needs_token: bool,
    ) -> None:
        self._service = service
        self._answer = answer
        self._needs_token = needs_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = Incoming(scope, receive)
        try:
            self._service.guard.check(incoming.headers, needs_token=self._needs_token)
            await self._answer(incoming, send)
        except Refused as refused:
            self._service.counts.refused += 1
            await incoming.refuse(send, refused.failure)
        except ClientGone:
            self._service.counts.dropped += 1
        except Exception:  # noqa: BLE001 - whatever it is, the client gets a typed body
            _LOG.exception("a request failed in the relay")
            await incoming.refuse(send, internal_error())


class _Endpoints:
    """What each path answers."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def answer_responses(self, incoming: Incoming, send: Send) -> None:
        """Let the upstream's model answer."""
        config = self._service.config
        with self._service.bodies.counted() as count:
            body = await incoming.read(
                count, limit_bytes=config.max_body_bytes, timeout_s=config.body_timeout_s
            )
            await Exchange(self._service, read_request(body), incoming, send).run()

    async def answer_models(self, _incoming: Incoming, send: Send) -> None:
        """List the models by the names that clients may use."""
        try:
            body = await list_models(self._service.config, self._service.upstream)
        except UpstreamFailed as failed:
            raise Refused(failed.failure) from failed
        await send_json(send, 200, body)

    async def answer_health(self, _incoming: Incoming, send: Send) -> None:
        """Say that the relay is there; the upstream is not asked."""
        health = {"status": "ok", "streams": self._service.counts.streams}
        await send_json(send, 200, json.dumps(health).encode())


def _answer_http_error(request: Request, error: Exception) -> _HttpError:
    """What Starlette finds wrong with path or method, as a typed body."""
    status, allowed = 500, ""
    if isinstance(error, HTTPException):
        status, allowed = error.status_code, (error.headers or {}).get("Allow", "")
    return _HttpError(_failure_of(status, request.scope["path"], allowed), allowed)


class _HttpError(Response):
    """Refuses like every endpoint: a client that still sends its body gets to read it."""

    def __init__(self, failure: Failure, allowed: str) -> None:
        super().__init__(status_code=failure.status)
        self._failure = failure
        self._more_headers = [(b"allow", allowed.encode())] if allowed else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Incoming(scope, receive).refuse(send, self._failure, self._more_headers)


def _failure_of(status: int, path: str, allowed: str) -> Failure:
    if status == 405:  # noqa: PLR2004 - HTTP
        message = f"{path} takes {allowed} alone"
        return bad_request(message, status=405, code="method_not_allowed")
    message = f"There is nothing at {path}. This relay serves {_PATHS}"
    return bad_request(message, status=404, code="not_found")
