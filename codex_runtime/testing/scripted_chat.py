"""A Chat Completions API on loopback, scripted in Python: the upstream of a relay under test.

Owns the one door; the face is `scripted_server.py`. Speaks what most servers of open models speak,
and with `raw` also what they get wrong. Knows neither HTTP nor chunks (`chat_endpoint.py` puts the
parts together). Enter at `open_scripted_chat`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from codex_runtime.testing.chat_endpoint import ChatEndpoint
from codex_runtime.testing.chat_requests import ChatRequest
from codex_runtime.testing.record import Record
from codex_runtime.testing.script import Script
from codex_runtime.testing.scripted_server import ScriptedServer, serving

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from codex_runtime.testing.steps import Reply

__all__ = ["ScriptedChat", "open_scripted_chat"]

MODEL_NAME: Final = "scripted-chat"


class ScriptedChat(ScriptedServer[ChatRequest]):
    """The Chat Completions server of one test or demo; made by `open_scripted_chat`.

    Replies are taken from `enqueue` first, then from `respond`, else a fixed text is sent. Who asks
    with ``stream: true`` is answered in chunks, everyone else in one piece.
    """


@asynccontextmanager
async def open_scripted_chat(
    respond: Callable[[ChatRequest], Reply] | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncGenerator[ScriptedChat]:
    """Serve a scripted Chat Completions API while the block runs.

    Args:
        respond: Called once per request, in its own turn (a plain function: it must not block).
        host: Address to listen on; anything but loopback opens the server to the network.
        port: 0 takes any free port.

    Leaving the block, in whatever way, cuts the open streams and closes the port at once. What the
    block raises comes out as it is.
    """
    script: Script[ChatRequest] = Script(respond)
    record: Record[ChatRequest] = Record()
    async with serving(ChatEndpoint(script, record, MODEL_NAME).handle, host, port) as address:
        yield ScriptedChat(script, record, *address)
