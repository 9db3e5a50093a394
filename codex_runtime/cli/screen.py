"""Where a turn is shown: live on a terminal, plain text into a pipe or a dumb terminal.

Owns writing: wrapping of text that is still being written, the spinner below it, blank lines. Does
not know what an event is: it takes marks (see `marks`). Enter at `make_console` and `open_screen`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO, final

import trio
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from codex_runtime.cli.exits import OutputClosed
from codex_runtime.cli.marks import Doing, Gap, Lines, Say
from codex_runtime.cli.texts import clean

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from rich.console import RenderableType

    from codex_runtime.cli.marks import Mark
    from codex_runtime.cli.running import Run

__all__ = ["Screen", "make_console", "open_screen"]

_FRAMES: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FRAME_S: Final = 0.08
_SLOW_S: Final = 3  # a wait is worth its seconds from here on


class _Console(Console):
    def on_broken_pipe(self) -> None:
        self.quiet = True
        raise OutputClosed


def make_console(file: TextIO) -> Console:
    """A console on ``file``; only a terminal gets control codes, whatever ``FORCE_COLOR`` says."""
    return _Console(file=file, force_terminal=file.isatty(), highlight=False, markup=False)


class Screen(ABC):
    """Takes marks in order."""

    def __init__(self, console: Console) -> None:
        self.console: Final = console
        self._began = False

    def show(self, marks: Iterable[Mark]) -> None:
        """Show marks in order."""
        for mark in marks:
            match mark:
                case Say():
                    self._began = True
                    self._say(Text(clean(mark.text), style=mark.style))
                case Lines():
                    self._began = True
                    self._lines(mark.lines)
                case Gap():
                    if self._began:
                        self._lines((Text(),))
                case Doing():
                    self._doing(mark.what)

    def block(self, renderable: RenderableType) -> None:
        """Print something whole."""
        self._began = True
        self._block(renderable)

    @abstractmethod
    def _say(self, text: Text) -> None: ...

    @abstractmethod
    def _lines(self, lines: Iterable[Text]) -> None: ...

    @abstractmethod
    def _block(self, renderable: RenderableType) -> None: ...

    @abstractmethod
    def _doing(self, what: str) -> None: ...


@final
class PlainScreen(Screen):
    """Text as it comes, never wrapped and never taken back."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._in_line = False

    def _say(self, text: Text) -> None:
        if text.plain:
            self.console.print(text, end="", soft_wrap=True)
            self.console.file.flush()
            self._in_line = not text.plain.endswith("\n")

    def _lines(self, lines: Iterable[Text]) -> None:
        self.end()
        for line in lines:
            whole = line.copy()
            whole.overflow = "ignore"  # a line that may be cut on a terminal is not cut here
            self.console.print(whole, soft_wrap=True)
        self.console.file.flush()

    def _block(self, renderable: RenderableType) -> None:
        self.end()
        self.console.print(renderable)

    def _doing(self, what: str) -> None:
        pass

    def end(self) -> None:
        """Begin a new line, unless this one is empty."""
        if self._in_line:
            self._in_line = False
            self.console.print()


@final
class LiveScreen(Screen):
    """The line that is being written and a spinner stay at the bottom; all else scrolls away.

    Marks are gathered, and `paint` shows them some ten times a second: a fast stream costs no
    more than a slow one.
    """

    def __init__(self, console: Console, live: Live) -> None:
        super().__init__(console)
        self._live = live
        self._open = Text()
        self._done: list[RenderableType] = []
        self._what = ""
        self._since_s = 0.0

    def _say(self, text: Text) -> None:
        *whole, last = text.split("\n", allow_blank=True)
        for line in whole:
            self._done.append(self._open.append_text(line))
            self._open = Text()
        self._open.append_text(last)

    def _lines(self, lines: Iterable[Text]) -> None:
        self.end()
        self._done += lines

    def _block(self, renderable: RenderableType) -> None:
        self.end()
        self._done.append(renderable)

    def _doing(self, what: str) -> None:
        if what != self._what:
            self._what, self._since_s = what, trio.current_time()

    def end(self) -> None:
        """Begin a new line, unless this one is empty."""
        if self._open.plain:
            self._done.append(self._open)
            self._open = Text()

    async def paint(self) -> None:
        """Show what has come, and turn the spinner, until cancelled."""
        while True:
            self.flush()
            await trio.sleep(_FRAME_S)

    def flush(self) -> None:
        """Show what has come, in one write."""
        self._scroll_wrapped()
        with self.console:
            self._live.update(self._region(), refresh=True)
            if self._done:
                self.console.print(Group(*self._done))
                self._done.clear()

    def finish(self) -> None:
        """Show the rest, for good, and take the spinner away."""
        self.end()
        self._what = ""
        self.flush()

    def _scroll_wrapped(self) -> None:
        """Let go of the wrapped lines above the last one: the region stays two lines high."""
        lines = self._open.wrap(self.console, self.console.width)
        if len(lines) > 1:
            plain = self._open.plain
            blanks = plain[len(plain.rstrip(" ")) :]
            *above, last = lines
            last.rstrip()
            self._done += above
            self._open = last.append(blanks)

    def _region(self) -> RenderableType:
        parts = [self._open] if self._open.plain else []
        if self._what:
            now_s = trio.current_time()
            waited_s = int(now_s - self._since_s)
            frame = _FRAMES[int(now_s / _FRAME_S) % len(_FRAMES)]
            since = f" · {waited_s} s" if waited_s >= _SLOW_S else ""
            spinner = Text(f"{frame} ", "cyan", no_wrap=True, overflow="ellipsis", end="")
            parts.append(spinner.append(f"{clean(self._what)}{since}", "dim"))
        return Group(*parts)


@contextmanager
def open_screen(console: Console, run: Run) -> Generator[Screen]:
    """A screen on ``console`` until the block is left; then the cursor stands on a new line."""
    if not console.is_terminal or console.is_dumb_terminal:
        plain = PlainScreen(console)
        yield plain
        plain.end()
        return
    live = Live(
        console=console,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with live:
        screen = LiveScreen(console, live)
        painting = trio.CancelScope()
        run.nursery.start_soon(_paint, screen, painting, run)
        try:
            yield screen
        finally:
            painting.cancel()
            screen.finish()


async def _paint(screen: LiveScreen, scope: trio.CancelScope, run: Run) -> None:
    with scope:
        try:
            await screen.paint()
        except OSError:  # the terminal has gone
            run.scope.cancel()
