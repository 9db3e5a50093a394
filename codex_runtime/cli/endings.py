"""How a turn ended, in the words of the command.

Owns the closing line and the reason of a turn that did not complete. Pure; prints nothing. Enter at
`ending_words` and `failure_words`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.cli.exits import hint_for
from codex_runtime.cli.texts import clean, duration, tokens

if TYPE_CHECKING:
    from codex_runtime.model.results import TurnResult

__all__ = ["ending_words", "failure_words"]


def ending_words(result: TurnResult) -> str:
    """Such as ``completed · 1.4 s · 12 tokens: 10 in, 2 out``."""
    facts = [clean(result.status)]
    if result.duration_ms is not None:
        facts.append(duration(result.duration_ms))
    if result.usage is not None:
        facts.append(tokens(result.usage))
    return " · ".join(facts)


def failure_words(result: TurnResult) -> str:
    """Why the turn failed, by what the server said, and the way out where there is one."""
    error = result.error
    why = error.message if error is not None else "the server gave no reason"
    hint = hint_for(error.codex_error_info) if error is not None else ""
    return f"the turn {result.status}: {clean(why)}" + (f". {hint}" if hint else "")
