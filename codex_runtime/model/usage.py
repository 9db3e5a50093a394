"""Token usage: what a turn and a session cost, by model, and how full the context is.

Owns the one rule that counts right: the server reports after every model call the thread's `total`
and that call's `last`; a turn's usage is its last `total` less (its first `total` less its first
`last`). Source: ``thread/tokenUsage/updated``. Missing is None, never 0.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_runtime.protocol import ThreadTokenUsage, TokenUsageBreakdown

__all__ = ["ContextUsage", "SessionUsage", "TokenUsage", "UsageMeter"]


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


def _no_models() -> Mapping[str, TokenUsage]:
    return MappingProxyType({})


@attrs.frozen(kw_only=True)
class SessionUsage:
    """What turns cost together. Turns of which the server reported nothing are not in it."""

    total: TokenUsage | None = None
    """None before any was reported."""

    by_model: Mapping[str, TokenUsage] = attrs.field(factory=_no_models)
    """By the name of the model; tokens whose model is not known are in ``total`` alone."""

    def plus(self, total: TokenUsage | None, by_model: Mapping[str, TokenUsage]) -> SessionUsage:
        """The same with one turn more."""
        if total is None:
            return self
        models = dict(self.by_model)
        for name, cost in by_model.items():
            models[name] = models[name] + cost if name in models else cost
        return SessionUsage(
            total=total if self.total is None else self.total + total,
            by_model=MappingProxyType(models),
        )


@attrs.frozen(kw_only=True)
class ContextUsage:
    """How full the model's context is: the newest model call, input and output together.

    After a compaction it is the server's estimate of what is left.
    """

    used_tokens: int
    window_tokens: int | None
    """What the context holds; None if the server did not say."""

    @classmethod
    def of(cls, usage: ThreadTokenUsage) -> ContextUsage:
        """As the server reported it (``last`` and ``modelContextWindow``)."""
        return cls(used_tokens=usage.last.total_tokens, window_tokens=usage.model_context_window)

    @property
    def remaining_tokens(self) -> int | None:
        """What still fits; None without a window."""
        if self.window_tokens is None:
            return None
        return max(0, self.window_tokens - self.used_tokens)

    @property
    def fraction(self) -> float | None:
        """Used of the window, 0.0 when empty, above 1.0 when overfull; None without a window."""
        if not self.window_tokens:
            return None
        return self.used_tokens / self.window_tokens


class UsageMeter:
    """Folds the usage updates of one turn.

    Set ``thread_total`` to what the thread had used before, where that is known: the server repeats
    its last update at the end of a turn that made no model call, and the repeat costs nothing. Set
    ``model`` to the model that the turn begins with, and to another when the server changes it.
    """

    def __init__(self) -> None:
        self.thread_total: TokenUsage | None = None
        self.model: str | None = None
        """What the next update is charged to; None charges it to no model."""
        self.context: ContextUsage | None = None
        """The newest; None before the first update."""
        self._before: TokenUsage | None = None
        self._total: TokenUsage | None = None
        self._by_model: dict[str, TokenUsage] = {}

    def apply(self, usage: ThreadTokenUsage) -> None:
        """Take the next update, in wire order."""
        counted = self.turn
        self._total = TokenUsage.of(usage.total)
        if self._total == self.thread_total:
            self._before = self._total
        elif self._before is None:
            self._before = self._total - TokenUsage.of(usage.last)
        self.context = _newer_context(self.context, usage)
        self._charge(counted)

    def _charge(self, counted: TokenUsage | None) -> None:
        turn = self.turn
        if turn is None or turn == counted or self.model is None:
            return
        grown = turn if counted is None else turn - counted
        known = self._by_model.get(self.model)
        self._by_model[self.model] = grown if known is None else known + grown

    @property
    def turn(self) -> TokenUsage | None:
        """What the turn cost so far; None before its first model call was counted."""
        if self._total is None or self._before is None or self._total == self.thread_total:
            return None
        return self._total - self._before

    @property
    def by_model(self) -> Mapping[str, TokenUsage]:
        """`turn` by the model that was asked; without the calls made while it was not known."""
        return MappingProxyType(dict(self._by_model))

    @property
    def context_window_tokens(self) -> int | None:
        """The model's context as last told; None before it was."""
        return None if self.context is None else self.context.window_tokens


def _newer_context(known: ContextUsage | None, usage: ThreadTokenUsage) -> ContextUsage:
    """A window stays known when an update leaves it out."""
    newest = ContextUsage.of(usage)
    if newest.window_tokens is None and known is not None:
        return attrs.evolve(newest, window_tokens=known.window_tokens)
    return newest
