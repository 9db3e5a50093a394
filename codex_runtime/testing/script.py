"""Who answers what: queued replies first, then the test's function, else a fixed text.

Owns the order and the errors of the test's function; knows neither HTTP nor events. Enter at
`Script.reply_to`, which never raises.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from codex_runtime.testing.failures import server_error
from codex_runtime.testing.replies import text
from codex_runtime.testing.steps import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DEFAULT_TEXT", "Script"]

DEFAULT_TEXT: Final = "This is the scripted model: nothing was scripted for this request."


RequestT = TypeVar("RequestT")


class Script(Generic[RequestT]):
    """The replies of one model."""

    def __init__(self, respond: Callable[[RequestT], Reply] | None) -> None:
        self._respond = respond
        self._queue: deque[Reply] = deque()
        self.errors: list[Exception] = []
        """What the test's function raised, in order."""

    def enqueue(self, *replies: Reply) -> None:
        """Answer the next requests with these, in order."""
        for reply in replies:
            _check(reply, "enqueue takes")
        self._queue.extend(replies)

    def reply_to(self, request: RequestT) -> Reply:
        """Return the reply; HTTP 500 with the error's text if the test's function raises."""
        if self._queue:
            return self._queue.popleft()
        if self._respond is None:
            return text(DEFAULT_TEXT)
        try:
            reply = self._respond(request)
            _check(reply, "respond returns")
        except Exception as error:  # noqa: BLE001 - a bug of the test: shown to the test
            self.errors.append(error)
            shown = f"respond raised {error!r}".encode(errors="backslashreplace")
            return server_error(shown.decode())
        return reply


def _check(reply: object, who: str) -> None:
    if not isinstance(reply, Reply):
        raise TypeError(f"{who} a Reply, made by text(), shell(), …, not {reply!r}")
