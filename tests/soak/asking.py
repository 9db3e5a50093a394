"""What a session does in a soak, and how each of its asks ended.

Owns the ways to ask (to the end, streamed, left early, cancelled, interrupted), what each may come
to when the server may die at any moment, and the tally. A completed ask must have its own text.
Does not know who kills the server. Enter at `Asker` and `Tally`.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime import (
    AppServerExited,
    CodexRuntimeError,
    RequestTimeout,
    Session,
    SessionConfig,
    TurnInterrupted,
    TurnLost,
    TurnNotEnded,
)
from codex_runtime.protocol import AgentMessageDelta
from tests.soak.model_process import expected_text

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from codex_runtime import Runtime

    _Way = Callable[[Session, str], Awaitable[str | None]]

__all__ = ["ASK_BOUND_S", "WAYS", "Asker", "Tally"]

ASK_BOUND_S: Final = 60.0
"""An ask that takes longer hangs: the server is back within seconds, and answers within one."""

_TRIES: Final = 4
_IN_LINE: Final = 3

_LOSSES: Final = (TurnLost, AppServerExited, RequestTimeout)
"""What a dead or stopped server may bring."""


@attrs.define
class Tally:
    """Counts over all sessions, and what should not have been."""

    begun: int = 0
    ends: Counter[str] = attrs.field(factory=Counter[str])
    """Of asks, by how they ended."""
    wrong: list[str] = attrs.field(factory=list[str])
    """Asks that ended as none may, or with a text that is not theirs."""
    longest_ask_s: float = 0.0
    killed_at_s: float = math.nan
    """The last death of the server that no completed ask has followed yet."""
    longest_recovery_s: float = 0.0
    """From a death of the server to the next completed ask of anybody."""

    @property
    def asks(self) -> int:
        """How many have ended."""
        return self.ends.total()

    def server_died(self) -> None:
        """The clock of recovery runs from the first death that nothing completed after."""
        if math.isnan(self.killed_at_s):
            self.killed_at_s = trio.current_time()

    def completed(self) -> None:
        """An ask that began after the last death, or outlived it, has its result."""
        if not math.isnan(self.killed_at_s):
            recovery_s = trio.current_time() - self.killed_at_s
            self.longest_recovery_s = max(self.longest_recovery_s, recovery_s)
            self.killed_at_s = math.nan


WAYS: Final = ("ask", "tool", "keyed", "queued", "stream", "leave", "cancel", "interrupt")


class Asker:
    """One session after the other on the thread of its own, asked again and again.

    ``ways`` are some of `WAYS`, drawn by ``rng``; ``renew_every`` asks the session is closed and
    another one started.
    """

    def __init__(
        self,
        number: int,
        tally: Tally,
        rng: random.Random,
        folder: Path,
        *,
        ways: Sequence[str] = WAYS,
        renew_every: int = 20,
        ephemeral: bool = False,
        longest_wait_s: float = 0.4,
    ) -> None:
        self._number = number
        self._tally = tally
        self._rng = rng
        self._config = SessionConfig(cwd=folder, ephemeral=ephemeral)
        self._ways = ways
        self._how: dict[str, _Way] = {
            "ask": self._ask,
            "tool": self._ask,
            "keyed": self._keyed,
            "queued": self._queued,
            "stream": self._stream,
            "leave": self._leave,
            "cancel": self._cancel,
            "interrupt": self._interrupt,
        }
        self._renew_every = renew_every
        self._longest_wait_s = longest_wait_s
        self._asked = 0

    async def run(self, runtime: Runtime, *, wanted: Callable[[], bool]) -> None:
        """Ask while it is ``wanted``; what was begun is brought to its end."""
        while wanted():
            session = await self._bounded("start", partial(runtime.start_session, self._config))
            if not isinstance(session, Session):
                continue
            for _ in range(self._renew_every):
                if wanted() and not session.is_closed:
                    await self.ask_once(session, self._rng.choice(self._ways))
            for _ in range(_TRIES):  # a server that died is no answer: it is asked once more
                if await self._bounded("close", session.close) is not None:
                    break
            else:
                self._tally.wrong.append(f"{session!r} could not be closed in {_TRIES} tries")

    async def ask_once(self, session: Session, way: str) -> None:
        """One ask in that way."""
        self._tally.begun += 1
        self._asked += 1
        prompt = f"{_FIRST_WORDS.get(way, way)} {self._number}.{self._asked}"
        began_s = trio.current_time()
        end = await self._bounded(way, partial(self._how[way], session, prompt))
        if isinstance(end, str):
            self._tally.ends[end] += 1
        self._tally.longest_ask_s = max(self._tally.longest_ask_s, trio.current_time() - began_s)

    async def _bounded(self, what: str, do: Callable[[], Awaitable[object]]) -> object:
        """What it comes to; the server's death is an end among others, anything else is wrong."""
        is_ask = what not in {"start", "close"}
        try:
            with trio.fail_after(ASK_BOUND_S):
                return await do()
        except _LOSSES as problem:
            if is_ask:
                return _named(problem)
            self._tally.ends[f"({what}) {_named(problem)}"] += 1
        except trio.TooSlowError:
            self._wrong(what, f"did not end within {ASK_BOUND_S:g} s")
        except (CodexRuntimeError, AssertionError) as problem:
            self._wrong(what, repr(problem))
        return None

    def _wrong(self, what: str, problem: str) -> None:
        self._tally.wrong.append(f"session {self._number}, number {self._asked}, {what}: {problem}")

    # -- ways to ask -----------------------------------------------------------------------------

    async def _ask(self, session: Session, prompt: str) -> str:
        result = await session.ask(prompt)
        assert result.text == expected_text(prompt), result.text
        self._tally.completed()
        return "completed"

    async def _stream(self, session: Session, prompt: str) -> str:
        async with session.ask_stream(prompt) as turn:
            pieces = [event.delta async for event in turn if isinstance(event, AgentMessageDelta)]
            result = await turn.finish()
        assert result.text == turn.text == "".join(pieces) == expected_text(prompt)
        self._tally.completed()
        return "completed"

    async def _keyed(self, session: Session, prompt: str) -> str:
        """A loss is followed by the same ask; the model tells if it is asked by a second turn."""
        end = "lost"
        for _ in range(_TRIES):
            try:
                result = await session.ask(prompt, key=prompt)
            except _LOSSES:
                continue
            except TurnInterrupted:  # what a server on its way out has put on record
                end = "interrupted"
            else:
                assert result.text == expected_text(prompt), result.text
                self._tally.completed()
                end = "completed"
            break
        return f"keyed: {end}"

    async def _leave(self, session: Session, prompt: str) -> str:
        """Read to the first delta and leave."""
        async with session.ask_stream(prompt) as turn:
            async for event in turn:
                if isinstance(event, AgentMessageDelta):
                    assert expected_text(prompt).startswith(event.delta)
                    break
        try:
            return f"left ({turn.result.status})"
        except TurnNotEnded:  # a stopped server: the runtime goes on ending it
            return "left (still running)"

    async def _cancel(self, session: Session, prompt: str) -> str:
        with trio.move_on_after(self._rng.uniform(0, self._longest_wait_s)):
            await session.ask(prompt)
            raise AssertionError("a silent turn completed")
        return "cancelled"

    async def _queued(self, session: Session, prompt: str) -> str | None:
        """Several at once stand in line; each has its own text."""

        async def one(text: str) -> None:
            end = await self._bounded("queued", lambda: self._ask(session, text))
            if isinstance(end, str):
                self._tally.ends[end] += 1

        async with trio.open_nursery() as nursery:
            for number in range(_IN_LINE):
                nursery.start_soon(one, f"{prompt}.{number}")
        return None

    async def _interrupt(self, session: Session, prompt: str) -> str | None:
        end: object = ""

        async def ask() -> str:
            try:
                await session.ask(prompt)
            except TurnInterrupted:
                return "interrupted"
            raise AssertionError("a silent turn completed")

        async def ask_bounded() -> None:
            nonlocal end
            end = await self._bounded("interrupt", ask)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask_bounded)
            await trio.sleep(self._rng.uniform(0, self._longest_wait_s))
            while end == "":
                # The server may die under it, and the turn with it: then there is none to stop.
                await session.interrupt_turn()
                await trio.sleep(0.01)
        return str(end) if end is not None else None


_FIRST_WORDS: Final = {"leave": "stream", "cancel": "silent", "interrupt": "silent"}


def _named(problem: Exception) -> str:
    """For the table."""
    of = f" of {problem.method}" if isinstance(problem, RequestTimeout) else ""
    return type(problem).__name__ + of
