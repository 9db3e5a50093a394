"""What a reply of the scripted model is made of.

Owns the values: `Reply`, its steps, `Usage`, and the `Gate` that holds a reply back. All but the
gate are frozen. Knows no events, no HTTP, no app-server. Users make them with the functions of
`replies.py` and `failures.py`; `sse.py` and `chat_sse.py` read them.
"""

from __future__ import annotations

from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING

import attrs
import trio

from codex_runtime.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Cut",
    "EndStep",
    "Finish",
    "Gate",
    "HttpFailure",
    "OutputStep",
    "Pause",
    "Raw",
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
    """Sends nothing until its gate lets go; without a gate, until the model's `release`.

    Unless `opened`, not even the status is sent before; such a wait comes first in its reply.
    """

    gate: Gate | None = None
    opened: bool = True


@attrs.frozen
class Raw:
    """Bytes that are put into the body as they are."""

    data: bytes


@attrs.frozen
class Finish:
    """Why the reply ends, where that is not told by what it holds; nothing after it is sent."""

    reason: str


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
    """Answers with an HTTP status and a body instead of a stream; only waits may come before."""

    status: int
    body: bytes
    headers: Mapping[str, str]


OutputStep = Text | Reasoning | ToolCall | Wait | Raw
EndStep = Finish | Cut | ResponseFailure
Step = OutputStep | EndStep | HttpFailure


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
        body = self.after_status
        if len(body) > 1 and any(isinstance(step, HttpFailure) for step in body):
            raise InvalidInput(
                "steps",
                self.steps,
                "an HTTP error is a whole reply and takes no other step beside it",
                "To fail after some output use cut() or response_failed()",
            )
        if any(isinstance(step, Wait) and not step.opened for step in body):
            raise InvalidInput(
                "steps",
                self.steps,
                "a silence before the status can only come first",
                "Put silence(opened=False) in front, or leave `opened` out",
            )

    @property
    def before_status(self) -> Sequence[Wait]:
        """The waits before anything at all is sent."""
        held = takewhile(_holds_the_status, self.steps)
        return tuple(step for step in held if isinstance(step, Wait))

    @property
    def after_status(self) -> Sequence[Step]:
        """What the answer is made of."""
        return tuple(dropwhile(_holds_the_status, self.steps))

    def split(self) -> tuple[Sequence[OutputStep], EndStep | None]:
        """What goes into a stream, and what ends it; steps after an end are not sent."""
        output: list[OutputStep] = []
        for step in self.after_status:
            match step:
                case HttpFailure():
                    raise ValueError("an HTTP answer has no stream of events")
                case Finish() | Cut() | ResponseFailure():
                    return output, step
                case _:
                    output.append(step)
        return output, None

    def __add__(self, other: Reply) -> Reply:
        """Both in one response; usage is the right one's where it has any."""
        return Reply(self.steps + other.steps, other.usage or self.usage)


def _holds_the_status(step: Step) -> bool:
    return isinstance(step, Wait) and not step.opened
