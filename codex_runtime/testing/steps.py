"""What a reply of the scripted model is made of.

Owns the values: `Reply`, its steps, `Usage`, and the `Gate` that holds a reply back. All but the
gate are frozen. Knows no events, no HTTP, no app-server. Users make them with the functions of
`replies.py` and `failures.py`; `sse.py` reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import trio

from codex_runtime.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Cut",
    "Gate",
    "HttpFailure",
    "Pause",
    "Reasoning",
    "Reply",
    "ResponseFailure",
    "Step",
    "Text",
    "ToolCall",
    "Usage",
    "Wait",
]


class Gate:
    """Holds replies back until it is released; one gate may hold any number of replies.

    Released once and for good: a reply that reaches an open gate does not wait.
    """

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = trio.Event()

    @property
    def is_released(self) -> bool:
        """Whether `release` was called."""
        return self._event.is_set()

    def release(self) -> None:
        """Let every reply that waits here, now or later, go on."""
        self._event.set()

    async def wait(self) -> None:
        """Return once the gate is released."""
        await self._event.wait()


@attrs.frozen(kw_only=True)
class Usage:
    """Token figures of one response; the server adds them up per thread."""

    input_tokens: int
    """All input, cached part included."""
    cached_input_tokens: int = 0
    output_tokens: int
    """All output, reasoning included."""
    reasoning_output_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Input and output together, as the API reports them."""
        return self.input_tokens + self.output_tokens


@attrs.frozen(kw_only=True)
class Text:
    """One agent message, in pieces."""

    pieces: Sequence[str]
    delay_s: float = 0.0
    phase: str | None = None
    finished: bool = True

    @property
    def content(self) -> str:
        """The whole message."""
        return "".join(self.pieces)


@attrs.frozen(kw_only=True)
class Reasoning:
    """One reasoning item; its pieces are deltas of the summary, or of the raw reasoning."""

    pieces: Sequence[str]
    delay_s: float = 0.0
    raw: bool = False

    @property
    def content(self) -> str:
        """The whole text."""
        return "".join(self.pieces)


@attrs.frozen(kw_only=True)
class ToolCall:
    """One call of a tool; `payload` is the JSON of the arguments, or free text if `freeform`."""

    name: str
    payload: str
    call_id: str | None = None
    namespace: str | None = None
    freeform: bool = False


@attrs.frozen
class Pause:
    """Sends nothing for so many seconds; not a step of its own but part of a paced one."""

    delay_s: float


@attrs.frozen
class Wait:
    """Sends nothing until its gate lets go; without a gate, until the model's `release`."""

    gate: Gate | None = None


@attrs.frozen(kw_only=True)
class Cut:
    """Ends the stream without `response.completed`; nothing after it is sent."""

    abrupt: bool = True


@attrs.frozen(kw_only=True)
class ResponseFailure:
    """Ends the stream with `response.failed`: an error of the model, not of HTTP."""

    code: str
    message: str


@attrs.frozen(kw_only=True)
class HttpFailure:
    """Answers with an HTTP status and a body instead of a stream; must stand alone."""

    status: int
    body: bytes
    headers: Mapping[str, str]


Step = Text | Reasoning | ToolCall | Wait | Cut | ResponseFailure | HttpFailure


@attrs.frozen
class Reply:
    """One answer to one request: steps in order, and the usage to report.

    Replies add up: ``text("Looking.") + shell("ls")`` is one response with two output items.
    An empty reply completes at once, without output.
    """

    steps: tuple[Step, ...] = ()
    usage: Usage | None = None
    """None: figures computed from the lengths, a token for every four characters."""

    def __attrs_post_init__(self) -> None:
        if len(self.steps) > 1 and any(isinstance(step, HttpFailure) for step in self.steps):
            raise InvalidInput(
                "steps",
                self.steps,
                "an HTTP error is a whole reply and takes no other step beside it",
                "To fail after some output use cut() or response_failed()",
            )

    def __add__(self, other: Reply) -> Reply:
        """Both in one response; usage is the right one's where it has any."""
        return Reply(self.steps + other.steps, other.usage or self.usage)
