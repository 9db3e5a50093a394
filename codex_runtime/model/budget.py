"""`TokenBudget`: a limit on tokens that any number of sessions share.

Owns the sum, when it passes a mark, and who is told of it. Does not know where tokens are spent:
sessions `note` each turn's newest figure and `check` before the next one. Pure; any thread: the
lock is around the figures, never around what is called.
"""

from __future__ import annotations

import inspect
import logging
import threading
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, final

from codex_runtime.errors import BudgetExceeded, ConfigError
from codex_runtime.model.checks import check_choice, check_int, check_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.model.usage import TokenUsage

__all__ = [
    "BudgetAction",
    "BudgetCounts",
    "BudgetMark",
    "TokenBudget",
]

BudgetAction: TypeAlias = Literal["refuse", "interrupt", "steer"]
BudgetCounts: TypeAlias = Literal["total", "uncached", "output"]
BudgetMark: TypeAlias = Literal["warned", "exceeded", "overrun"]
"""What the sum passed: the warning, the limit, the hard limit."""

_log: Final = logging.getLogger("codex_runtime")

_MARKS: Final[tuple[BudgetMark, ...]] = ("warned", "exceeded", "overrun")
_ACTIONS: Final = ("refuse", "interrupt", "steer")
_COUNTS: Final = ("total", "uncached", "output")
_MOST_TOKENS: Final = 2**63 - 1
_ENDED_KEPT: Final = 4096
_ERRORS_KEPT: Final = 32
_WRAP_UP: Final = (
    "The token budget of this task is used up. Stop exploring, start no new work, "
    "and give your final answer now with what you have."
)


@final
class TokenBudget:
    """A limit on the tokens of all sessions it is given to (``SessionConfig(budget=...)``).

    It is used up when ``used_tokens`` reaches ``limit_tokens``: then the next turn of every session
    raises `BudgetExceeded`, and ``action`` says what becomes of the turns that run:

    - ``refuse``: they go on to their end.
    - ``interrupt``: they are interrupted. A turn whose last model call has just ended without a
      tool call is left to end by itself: its answer is paid for.
    - ``steer``: each is told ``wrap_up`` once, when it goes on after a tool call, and ends by
      itself; only ``hard_limit_tokens`` interrupts it.

    The server reports a model call when the call and its tools are over, so a sum is late by the
    calls under way: one for each session that runs. Sub-agents have threads of their own, whose
    tokens are not counted. What is passed is a mark once; raising the limit or a reset may arm it
    again. One budget may serve several runtimes, of whatever thread.

    Args:
        limit_tokens: From 1 on.
        warn_at_fraction: Of the limit, above 0 and up to 1: where ``on_warn`` is called.
        on_warn: A plain function, given the budget; called once, and soon: not by the reader, but
            where the user's other code runs.
        on_exceed: The same at the limit; it may raise the limit, and then nothing else happens.
        action: See above.
        wrap_up: What ``steer`` says.
        counts: ``total``; ``uncached``, the total less the cached input; or ``output`` alone.
        hard_limit_tokens: Above the limit: turns that run are interrupted there. None: never.

    Raises `ConfigError`.
    """

    def __init__(
        self,
        limit_tokens: int,
        *,
        warn_at_fraction: float = 0.8,
        on_warn: Callable[[TokenBudget], None] | None = None,
        on_exceed: Callable[[TokenBudget], None] | None = None,
        action: BudgetAction = "refuse",
        wrap_up: str = _WRAP_UP,
        counts: BudgetCounts = "total",
        hard_limit_tokens: int | None = None,
    ) -> None:
        _check_fraction(warn_at_fraction)
        check_choice("action", action, _ACTIONS, ConfigError)
        check_choice("counts", counts, _COUNTS, ConfigError)
        check_text("wrap_up", wrap_up, ConfigError)
        for name, callback in (("on_warn", on_warn), ("on_exceed", on_exceed)):
            _check_callback(name, callback)
        self.action: Final[BudgetAction] = action
        self.wrap_up: Final[str] = wrap_up
        self.counts: Final[BudgetCounts] = counts
        self.warn_at_fraction: Final[float] = warn_at_fraction
        self._callbacks = {"warned": on_warn, "exceeded": on_exceed}
        self._lock = threading.RLock()
        self._limit_tokens = 0
        self._hard_limit_tokens: int | None = None
        self._used_tokens = 0
        self._running: dict[tuple[str, str], int] = {}
        self._ended: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._passed: set[BudgetMark] = set()
        self._untold: list[BudgetMark] = []
        self._at_work = 0
        """So many marks were taken to be announced, and are not yet."""
        self._awaiting: list[Callable[[], None]] = []
        self._listeners: list[Callable[[BudgetMark], None]] = []
        self._callback_errors: deque[Exception] = deque(maxlen=_ERRORS_KEPT)
        self.set_limit(limit_tokens, hard_limit_tokens=hard_limit_tokens)

    def __repr__(self) -> str:
        return f"<TokenBudget {self._used_tokens} of {self._limit_tokens} tokens, {self.action}>"

    # -- what is known ---------------------------------------------------------------------------

    @property
    def limit_tokens(self) -> int:
        """Where it is used up."""
        return self._limit_tokens

    @property
    def hard_limit_tokens(self) -> int | None:
        """Where running turns are interrupted after all; None: nowhere."""
        return self._hard_limit_tokens

    @property
    def used_tokens(self) -> int:
        """What was noted since the last reset."""
        return self._used_tokens

    @property
    def remaining_tokens(self) -> int:
        """Up to the limit, never below 0."""
        return max(0, self._limit_tokens - self._used_tokens)

    @property
    def is_exceeded(self) -> bool:
        """Used up: the next turn is refused."""
        return self._has_passed("exceeded")

    @property
    def is_overrun(self) -> bool:
        """The hard limit is reached."""
        return self._has_passed("overrun")

    @property
    def callback_errors(self) -> tuple[Exception, ...]:
        """What the callbacks raised, the last 32; each is logged too, and harms nothing else."""
        return tuple(self._callback_errors)

    # -- spending --------------------------------------------------------------------------------

    def note(self, thread_id: str, turn_id: str, usage: TokenUsage | None) -> BudgetMark | None:
        """Take the newest figure of a turn: all that it has used so far.

        The same figure again adds nothing, nor does a smaller one. Returns the highest mark that
        this passed first. Calls nobody: `announce` does, and so does `check`.
        """
        if usage is None:
            return None
        key = (thread_id, turn_id)
        with self._lock:
            turns = self._ended if key in self._ended else self._running
            known = turns.get(key, 0)
            turns[key] = max(known, self._counted(usage))
            self._used_tokens += turns[key] - known
            return self._pass_marks()

    def end(self, thread_id: str, turn_id: str) -> None:
        """The turn is over. The last 4,096 that ended are known; the rest may be forgotten."""
        key = (thread_id, turn_id)
        with self._lock:
            if key in self._running:
                self._ended[key] = self._running.pop(key)
                if len(self._ended) > _ENDED_KEPT:
                    self._ended.popitem(last=False)

    def check(self) -> None:
        """Raise `BudgetExceeded` if it is used up, after all that is due was announced."""
        self.announce()
        if self.is_exceeded:
            raise BudgetExceeded(self._used_tokens, self._limit_tokens)

    def announce(self) -> None:
        """Call the callbacks that are due, then tell the listeners of limits that still hold.

        Does nothing when nothing is due. What a callback raises is logged and recorded; only what
        is no `Exception` comes out.
        """
        while (mark := self.next_due()) is not None:
            try:
                callback = self.callback_of(mark)
                if callback is not None:
                    callback(self)
            except Exception as problem:  # noqa: BLE001 - a user's code, and no turn's fault
                self.note_error(problem)
            finally:
                self.tell(mark)

    # What `announce` does, in its parts: for who has callbacks run elsewhere.

    def next_due(self) -> BudgetMark | None:
        """Take the next mark that is to be announced; `tell` must follow."""
        with self._lock:
            if not self._untold:
                return None
            self._at_work += 1
            return self._untold.pop(0)

    def callback_of(self, mark: BudgetMark) -> Callable[[TokenBudget], None] | None:
        """Whom to call for it, if anybody."""
        return self._callbacks.get(mark)

    def note_error(self, problem: Exception) -> None:
        """A callback raised: logged and recorded."""
        self._callback_errors.append(problem)
        _log.warning("a callback of %r raised", self, exc_info=problem)

    def tell(self, mark: BudgetMark) -> None:
        """Tell the listeners of a limit that still holds: it is announced by that."""
        if mark != "warned" and self._has_passed(mark):
            for listener in tuple(self._listeners):
                listener(mark)
        with self._lock:
            self._at_work -= 1
            awaiting: list[Callable[[], None]] = []
            if self._at_work == 0:
                awaiting, self._awaiting = self._awaiting, awaiting
        for call in awaiting:
            call()

    def when_announced(self, call: Callable[[], None]) -> None:
        """Have ``call`` called once nothing is being announced, in whatever thread."""
        with self._lock:
            if self._at_work:
                self._awaiting.append(call)
                return
        call()

    def set_limit(self, limit_tokens: int, *, hard_limit_tokens: int | None = None) -> None:
        """Replace both limits; what is no longer passed may be passed again.

        What is passed by that is announced by this very call: callbacks run, turns are stopped.
        Sessions whose turns were refused go on with the next one. Raises `ConfigError`.
        """
        check_int("limit_tokens", limit_tokens, ConfigError, at_least=1, at_most=_MOST_TOKENS)
        if hard_limit_tokens is not None:
            self._check_hard_limit(hard_limit_tokens, limit_tokens)
        with self._lock:
            self._limit_tokens = limit_tokens
            self._hard_limit_tokens = hard_limit_tokens
            self._arm()
            self._pass_marks()
        self.announce()

    def reset(self) -> None:
        """Begin again at 0; of turns that run, what they use from now on counts."""
        with self._lock:
            self._used_tokens = 0
            self._arm()

    # -- listeners -------------------------------------------------------------------------------

    def add_listener(self, listener: Callable[[BudgetMark], None]) -> None:
        """Have ``listener`` told of ``exceeded`` and ``overrun`` by `announce`; it must not raise.

        For whoever runs turns on the budget. It is told in the thread that announces.
        """
        self._listeners.append(listener)

    def remove_listener(self, listener: Callable[[BudgetMark], None]) -> None:
        """Tell it no more; one that is not there is no error."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    # -- inside ----------------------------------------------------------------------------------

    def _counted(self, usage: TokenUsage) -> int:
        if self.counts == "output":
            return usage.output_tokens
        if self.counts == "uncached":
            return max(0, usage.total_tokens - usage.cached_input_tokens)
        return usage.total_tokens

    def _has_passed(self, mark: BudgetMark) -> bool:
        if mark == "warned":
            return self._used_tokens >= self.warn_at_fraction * self._limit_tokens
        limit = self._limit_tokens if mark == "exceeded" else self._hard_limit_tokens
        return limit is not None and self._used_tokens >= limit

    def _pass_marks(self) -> BudgetMark | None:
        new: list[BudgetMark] = []
        new.extend(m for m in _MARKS if m not in self._passed and self._has_passed(m))
        self._passed.update(new)
        self._untold.extend(new)
        return new[-1] if new else None

    def _arm(self) -> None:
        self._passed = {mark for mark in self._passed if self._has_passed(mark)}
        self._untold = [mark for mark in self._untold if mark in self._passed]

    def _check_hard_limit(self, hard_limit_tokens: int, limit_tokens: int) -> None:
        name = "hard_limit_tokens"
        if self.action == "interrupt":
            raise ConfigError(
                name,
                hard_limit_tokens,
                "has no meaning where turns are interrupted at limit_tokens",
                "Leave it out, or set action='steer' or 'refuse'",
            )
        check_int(
            name, hard_limit_tokens, ConfigError, at_least=limit_tokens + 1, at_most=_MOST_TOKENS
        )


def _check_fraction(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise ConfigError(
            "warn_at_fraction", value, "is no fraction of the limit", "Give above 0 and up to 1"
        )


def _check_callback(name: str, callback: object) -> None:
    if callback is None:
        return
    if not callable(callback):
        raise ConfigError(name, callback, "is not callable", "Give a function of the budget")
    call = getattr(callback, "__call__", None)  # noqa: B004 - its kind, not whether it is there
    if inspect.iscoroutinefunction(callback) or inspect.iscoroutinefunction(call):
        raise ConfigError(
            name,
            callback,
            "is async, and nobody would await it",
            "Give a plain function; let it set a trio.Event that a task waits for",
        )
