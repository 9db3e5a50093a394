"""What the demo plays on: headings, prompts, turns, and claims that must hold to be printed.

Owns the layout and pace of the demo. Knows no station (see `demo`). Enter at `Stage`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio
from rich.rule import Rule
from rich.text import Text

from codex_runtime.cli.marks import Doing, Gap, Lines
from codex_runtime.cli.view import TurnView
from codex_runtime.protocol import ThreadTokenUsageUpdated

if TYPE_CHECKING:
    from rich.console import RenderableType

    from codex_runtime.cli.screen import Screen
    from codex_runtime.model.results import TurnResult
    from codex_runtime.protocol import Notification
    from codex_runtime.session.session import Session

__all__ = ["DemoFailed", "Stage"]

_SHORT_S: Final = 0.12
_LONG_S: Final = 0.45


class DemoFailed(Exception):
    """A claim of the demo did not hold."""


class Stage:
    """One showing of the demo; ``slow`` leaves a reader the time to follow."""

    def __init__(self, screen: Screen, *, slow: bool) -> None:
        self._screen = screen
        self._slow = slow
        self._stations = 0
        self.thread_tokens: int = 0
        """Tokens of the thread in all, as the server last reported them."""

    @property
    def piece_s(self) -> float:
        """Pause of the scripted model between two pieces of text."""
        return 0.035 if self._slow else 0.0

    async def station(self, title: str, about: str) -> None:
        """Begin the next station."""
        await self._pause(_LONG_S if self._stations else 0.0)
        self._stations += 1
        self._screen.show([Gap()])
        heading = Text(f"{self._stations}  {title}", "bold")
        rule = Rule(heading, align="left", style="cyan")
        self._screen.block(rule)
        self.block(Text(about, "dim"))
        await self._pause(_SHORT_S)

    def say(self, text: str, style: str = "") -> None:
        """A line of the demo's own."""
        self.block(Text(text, style))

    def block(self, renderable: RenderableType) -> None:
        """Something whole."""
        self._screen.block(renderable)

    def doing(self, what: str) -> None:
        """What is being waited for; empty for nothing."""
        self._screen.show([Doing(what)])

    def watch(self, view: TurnView, event: Notification) -> None:
        """Show an event of a turn."""
        if isinstance(event, ThreadTokenUsageUpdated):
            self.thread_tokens = event.token_usage.total.total_tokens
        self._screen.show(view.marks_for(event))

    async def ask(self, session: Session, prompt: str) -> TurnResult:
        """Ask and show the whole turn."""
        self.prompt(prompt)
        view = TurnView()
        async with session.ask_stream(prompt) as turn:
            async for event in turn:
                self.watch(view, event)
            return await turn.finish()

    def prompt(self, prompt: str) -> None:
        """Show what is asked."""
        line = Text.assemble(("> ", "bold magenta"), (prompt, "bold"))
        self._screen.show([Gap(), Lines((line,)), Doing("asking")])

    async def check(self, claim: str, *, holds: bool, seen: object) -> None:
        """Print what was just shown to be so; raises `DemoFailed` when it is not."""
        if not holds:
            raise DemoFailed(f"this should be so, but is not: {claim}. Seen: {seen!r}")
        self._screen.show([Doing("")])
        mark = Text.assemble(("✔ ", "bold green"), claim)
        self._screen.block(mark)
        await self._pause(_SHORT_S)

    def gap(self) -> None:
        """An empty line."""
        self._screen.show([Gap()])

    async def _pause(self, seconds: float) -> None:
        await trio.sleep(seconds if self._slow else 0)
