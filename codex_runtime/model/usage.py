"""Token usage: what one turn cost, from the thread's running totals.

Owns the one rule that counts right: the server reports after every model call the thread's `total`
and that call's `last`; a turn's usage is its last `total` less (its first `total` less its first
`last`). Source: ``thread/tokenUsage/updated``. Missing is None, never 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from codex_runtime.protocol import ThreadTokenUsage, TokenUsageBreakdown

__all__ = ["TokenUsage", "UsageMeter"]


@attrs.frozen(kw_only=True)
class TokenUsage:
    """Numbers of tokens. Cached tokens are part of the input, reasoning ones of the output."""

    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, counts: TokenUsageBreakdown) -> TokenUsage:
        """The same numbers as the server reported."""
        return cls(
            input_tokens=counts.input_tokens,
            cached_input_tokens=counts.cached_input_tokens,
            output_tokens=counts.output_tokens,
            reasoning_output_tokens=counts.reasoning_output_tokens,
            total_tokens=counts.total_tokens,
        )

    def __add__(self, other: TokenUsage) -> TokenUsage:
        """Field by field."""
        return TokenUsage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            reasoning_output_tokens=self.reasoning_output_tokens + other.reasoning_output_tokens,
            total_tokens=self.total_tokens + other.total_tokens,
        )

    def __sub__(self, other: TokenUsage) -> TokenUsage:
        """Field by field, never below zero: a compaction can lower the server's totals."""
        return TokenUsage(
            input_tokens=max(0, self.input_tokens - other.input_tokens),
            cached_input_tokens=max(0, self.cached_input_tokens - other.cached_input_tokens),
            output_tokens=max(0, self.output_tokens - other.output_tokens),
            reasoning_output_tokens=max(
                0, self.reasoning_output_tokens - other.reasoning_output_tokens
            ),
            total_tokens=max(0, self.total_tokens - other.total_tokens),
        )


class UsageMeter:
    """Folds the usage updates of one turn.

    Set ``thread_total`` to what the thread had used before, where that is known: the server repeats
    its last update at the end of a turn that made no model call, and the repeat costs nothing.
    """

    def __init__(self) -> None:
        self.thread_total: TokenUsage | None = None
        self._before: TokenUsage | None = None
        self._total: TokenUsage | None = None
        self.context_window_tokens: int | None = None

    def apply(self, usage: ThreadTokenUsage) -> None:
        """Take the next update, in wire order."""
        self._total = TokenUsage.of(usage.total)
        if self._total == self.thread_total:
            self._before = self._total
        elif self._before is None:
            self._before = self._total - TokenUsage.of(usage.last)
        if usage.model_context_window is not None:
            self.context_window_tokens = usage.model_context_window

    @property
    def turn(self) -> TokenUsage | None:
        """What the turn cost so far; None before its first model call was counted."""
        if self._total is None or self._before is None or self._total == self.thread_total:
            return None
        return self._total - self._before
