"""Texts from elsewhere made fit for a terminal, and numbers made fit for people.

Owns the ends of outputs, without control codes (what a model or a command prints must not drive the
terminal), and the wording of durations and token counts. Pure; knows neither events nor rich.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from codex_runtime.model.control_codes import without_control_codes

if TYPE_CHECKING:
    from codex_runtime.model.usage import TokenUsage

__all__ = ["bare_command", "clean", "duration", "plural", "tail", "tokens"]

_MS_PER_S: Final = 1000
_SHELL_ARGUMENTS: Final = 3


def clean(text: str) -> str:
    """``text`` without control codes; only newlines and tabs are left of them."""
    return without_control_codes(text)


def tail(text: str, lines: int) -> tuple[list[str], int]:
    """The last lines of a command's output, cleaned, and how many there are above them.

    A line that was drawn over (a progress bar) counts as it ended.
    """
    all_lines = text.replace("\r\n", "\n").rstrip("\n").split("\n") if text.strip() else []
    shown = [clean(line.rstrip("\r").rpartition("\r")[2]) for line in all_lines[-lines:]]
    return shown, len(all_lines) - len(shown)


def bare_command(command: str) -> str:
    """The command as the agent wrote it, without the shell around it."""
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    if len(words) == _SHELL_ARGUMENTS and words[0].endswith("sh") and words[1] in ("-c", "-lc"):
        return words[2]
    return command


def duration(milliseconds: float) -> str:
    """Such as ``8 ms``, ``1.4 s`` or ``2 min 5 s``."""
    if milliseconds < _MS_PER_S:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / _MS_PER_S
    if seconds < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def tokens(usage: TokenUsage) -> str:
    """Such as ``1,234 tokens: 1,000 in (800 cached), 234 out``."""
    cached = f" ({usage.cached_input_tokens:,} cached)" if usage.cached_input_tokens else ""
    return (
        f"{usage.total_tokens:,} tokens: "
        f"{usage.input_tokens:,} in{cached}, {usage.output_tokens:,} out"
    )


def plural(count: int, noun: str) -> str:
    """Such as ``1 line`` and ``2 lines``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
