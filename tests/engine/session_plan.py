"""What may happen in a world of sessions: steps at ticks of the clock, as plain values.

Owns the vocabulary of a plan, so that one that broke something can be written down and played
again. Does nothing: `session_world` plays a plan. Enter at `Plan`.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import attrs

__all__ = [
    "TICK_S",
    "Ask",
    "Calm",
    "Close",
    "Delay",
    "Detach",
    "Die",
    "Drop",
    "End",
    "Fault",
    "Interrupt",
    "InterruptMode",
    "Open",
    "Plan",
    "Refuse",
    "Say",
    "StartDelay",
    "Step",
    "Way",
]

TICK_S: Final = 0.05

End: TypeAlias = Literal["completed", "failed", "untold", "told late", "unheard", "hangs"]
"""``untold``: no ``turn/completed``; ``unheard``: not even the last item or the thread's rest."""

Way: TypeAlias = Literal["ask", "stream", "finish", "break", "raise"]
"""How a turn is asked for: streams are read whole, not at all, or left early in two ways."""


@attrs.frozen
class Say:
    """What a turn says, and how it ends."""

    pieces: int = 2
    pause: int = 0
    """Ticks before each piece."""
    end: End = "completed"
    asks: int | None = None
    """It wants a command approved, for which the handler takes so many ticks."""
    spawns: bool = False
    """A child works beside it."""


@attrs.frozen
class Ask:
    """A turn is asked for; a cancelled one is given up after so many ticks."""

    at: int
    handle: int
    say: Say = Say()
    way: Way = "ask"
    slow: int = 0
    """Ticks that the reader of a stream takes for each event."""
    key: int | None = None
    reject: bool = False
    total: int | None = None
    """Ticks, as the next."""
    acknowledgement: int | None = None
    cancel_after: int | None = None


@attrs.frozen
class Interrupt:
    """Of the turn of that ask, or of whichever runs."""

    at: int
    handle: int
    of: int | None = None
    cancel_after: int | None = None


@attrs.frozen
class Close:
    """The handle is closed."""

    at: int
    handle: int
    cancel_after: int | None = None


@attrs.frozen
class Detach:
    """The handle is detached."""

    at: int
    handle: int
    cancel_after: int | None = None


@attrs.frozen
class Open:
    """One more handle: on a new thread, or by a resume on that of another handle."""

    at: int
    of: int | None = None
    cancel_after: int | None = None


@attrs.frozen
class Die:
    """The server dies, and the next starts fail."""

    at: int
    returncode: int = -9
    failing_starts: int = 0
    on: str | None = None
    """Not now, but as it reads the next request of that method."""
    done: bool = False
    """It does what that asks, and its answer is lost."""


@attrs.frozen
class Delay:
    """From now on requests of that method wait before they are done, or their answers after."""

    at: int
    method: str
    ticks: int
    answer: bool = False


@attrs.frozen
class Drop:
    """From now on requests of that method are lost, or only their answers."""

    at: int
    method: str
    answer: bool = False


@attrs.frozen
class Refuse:
    """The next requests of that method are refused so."""

    at: int
    method: str
    message: str
    times: int = 1
    code: int = -32600


@attrs.frozen
class InterruptMode:
    """What the server does with interrupts from now on."""

    at: int
    mode: Literal["obey", "only_answer", "ignore"]


@attrs.frozen
class StartDelay:
    """Turns start so many ticks after they were asked for."""

    at: int
    ticks: int


@attrs.frozen
class Calm:
    """The server does as it should from now on, and turns that hang end."""

    at: int


Fault: TypeAlias = Die | Delay | Drop | Refuse | InterruptMode | StartDelay | Calm
"""What the server does, its recovery included."""

Step: TypeAlias = Ask | Interrupt | Close | Detach | Open | Fault


@attrs.frozen
class Plan:
    """All of one world; it begins with two handles on threads of their own."""

    steps: tuple[Step, ...]
    restart: Literal["never", "quick", "breaker"] = "quick"
    stuck: Literal["report", "restart"] = "report"
    coalesce: bool = False
    """Deltas are merged whenever they can be."""
