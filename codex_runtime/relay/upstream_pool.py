"""How the upstream is reached: its certificates, the proxy of the environment, what failed there.

Owns the choice of the connections, once for all requests, and the words for what goes wrong below
HTTP. The pool is httpcore2's, the engine of httpx2: of what the client adds to it, the relay wants
neither redirects nor cookies nor netrc, and each layer costs time for every chunk. Does not know
requests or answers (see `upstream`). Enter at `make_pool` and `failure_of`.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import SplitResult, unquote, urlsplit

import httpcore2

from codex_runtime.errors.relay import RelayError
from codex_runtime.relay.addresses import is_loopback
from codex_runtime.relay.failures import (
    Failure,
    internal_error,
    upstream_cut,
    upstream_malformed,
    upstream_unreachable,
)
from codex_runtime.relay.upstream_network import Network

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HTTP_ERRORS", "failure_of", "make_pool", "proxy_of"]

HTTP_ERRORS: Final = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.TimeoutException,
)
"""What the pool raises for what happens on the network."""

_KEPT_CONNECTIONS: Final = 32
_KEEPALIVE_S: Final = 30.0
"""For a connection that nobody uses; one that the server closes earlier is noticed and not used."""
_PROXY_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_NOT_CONNECTED: Final = (
    httpcore2.ConnectTimeout,
    httpcore2.ProxyError,
    httpcore2.ConnectError,
)
_CUT: Final = ("closed connection", "disconnected")
_TRUST: Final = "If you trust its issuer, name the issuer's certificate in SSL_CERT_FILE"


def make_pool(url: str, environ: Mapping[str, str]) -> httpcore2.AsyncConnectionPool:
    """The connections to ``url``, by way of a proxy if the environment names one.

    Raises:
        RelayError: The environment names certificates or a proxy that cannot be used.
    """
    variable, proxy = proxy_of(url, environ)
    needs_tls = any(one.lower().startswith("https:") for one in (url, proxy))
    context = _tls_context(environ, needed=needs_tls)
    return httpcore2.AsyncConnectionPool(
        ssl_context=context,
        proxy=_proxy(variable, proxy, context) if proxy else None,
        max_connections=None,
        max_keepalive_connections=_KEPT_CONNECTIONS,
        keepalive_expiry=_KEEPALIVE_S,
        network_backend=Network(),
    )


def proxy_of(url: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """The variable that names a proxy for ``url``, and its value; empty: none, as for loopback."""
    parts = urlsplit(url)
    if is_loopback(parts.hostname or ""):
        return "", ""
    if _is_spared(parts, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
        return "", ""
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            proxy = environ.get(variable, "").strip()
            if proxy:
                return variable, proxy if "://" in proxy else f"http://{proxy}"
    return "", ""


def _is_spared(parts: SplitResult, spared: str) -> bool:
    """Whether a ``NO_PROXY`` names the host: itself, a domain above it, a network, or ``*``."""
    host = (parts.hostname or "").lower()
    port = parts.port or _port_of(parts.scheme)
    for entry in (one.strip().lower().removeprefix("*.").lstrip(".") for one in spared.split(",")):
        name = entry.removesuffix(f":{port}") or " "
        if name in ("*", host, f"[{host}]") or host.endswith("." + name) or _is_within(host, name):
            return True
    return False


def _is_within(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _proxy(variable: str, url: str, context: ssl.SSLContext) -> httpcore2.Proxy:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PROXY_SCHEMES and bool(parts.hostname)
        if usable and (not parts.scheme.startswith("socks") or find_spec("socksio")):
            host = (parts.hostname or "").encode("ascii")
            address = httpcore2.URL(
                scheme=parts.scheme, host=host, port=parts.port or _port_of(parts.scheme)
            )
            login = (unquote(parts.username or "").encode(), unquote(parts.password or "").encode())
            return httpcore2.Proxy(
                address,
                auth=login if any(login) else None,
                ssl_context=context if parts.scheme == "https" else None,
            )
    except ValueError:
        pass
    # It is not shown: it may carry a password.
    raise RelayError(
        f"the proxy in the variable {variable} cannot be used",
        "Give an http or https URL with a host (socks5 needs the package socksio), or name the "
        "upstream's host in NO_PROXY",
    )


def _port_of(scheme: str) -> int:
    return {"http": 80, "https": 443}.get(scheme, 1080)


def _tls_context(environ: Mapping[str, str], *, needed: bool) -> ssl.SSLContext:
    if not needed:
        # It trusts nobody, and is made in no time.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    file, folder = environ.get("SSL_CERT_FILE") or None, environ.get("SSL_CERT_DIR") or None
    if file is None and folder is None:
        return httpcore2.default_ssl_context()
    try:
        return ssl.create_default_context(cafile=file, capath=folder)
    except OSError as error:
        raise RelayError(
            f"the certificates of SSL_CERT_FILE or SSL_CERT_DIR ({file or folder}) cannot be read: "
            f"{error.strerror or error}",
            "Name a file of certificates in PEM format, or none",
        ) from None


# ------------------------------------------------------------------------------ what went wrong


def failure_of(error: Exception, host: str, *, in_body: bool = False) -> Failure:
    """What an error of the pool means; ``host`` is all that is said of the upstream.

    ``in_body``: an answer had begun, so that whatever its server says wrong cuts it.
    """
    if isinstance(error, _NOT_CONNECTED):
        return upstream_unreachable(f"{host}: {_why_not_connected(error)}")
    if isinstance(error, httpcore2.RemoteProtocolError):
        text = str(error)
        if any(word in text for word in _CUT):
            return upstream_cut(f"{host} closed the connection")
        why = f"{host} does not speak HTTP as it should: {text}"
        return upstream_cut(why) if in_body else upstream_malformed(why)
    if isinstance(error, httpcore2.NetworkError):
        return upstream_cut(f"the connection to {host} broke")
    return internal_error(f"no request to {host} could be made ({type(error).__name__})")


def _why_not_connected(error: BaseException) -> str:
    if isinstance(error, httpcore2.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, httpcore2.ProxyError):
        return f"the proxy said {error}"
    return next(filter(None, map(_words_of, _causes(error))), "no connection")


def _words_of(cause: BaseException) -> str | None:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message}). {_TRUST}"
    if isinstance(cause, ssl.SSLError):
        return f"no TLS ({cause.reason or 'the handshake failed'}). Is it an http URL?"
    if isinstance(cause, socket.gaierror):
        return f"no such host ({cause.strerror})"
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused. Is the server up, and the port right?"
    return cause.strerror if isinstance(cause, OSError) else None


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what led to it, the branches of groups included; the nearest first."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or any(cause is one for one in found):
            continue
        found.append(cause)
        if isinstance(cause, BaseExceptionGroup):
            group = cast("BaseExceptionGroup[BaseException]", cause)
            waiting.extend(group.exceptions)
        waiting += [cause.__cause__, cause.__context__]
    return found
