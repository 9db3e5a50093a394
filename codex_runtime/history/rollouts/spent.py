"""`usage_of`: the tokens that the calls of one rollout used, by model.

Owns which lines of usage count: one per call of the model, though servers repeat the sums, and a
fork begins with those of its parent. Decodes every line. Enter at `usage_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.history.rollouts.entries import EventEntry, TokenUsageEntry, TurnContextEntry
from codex_runtime.history.rollouts.events import TokenCountEvent
from codex_runtime.history.rollouts.reader import open_rollout
from codex_runtime.model.usage import SessionUsage, TokenUsage

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from codex_runtime.history.rollouts.entries import Entry
    from codex_runtime.history.rollouts.events import TokenCountInfo
    from codex_runtime.history.rollouts.parts import TokenCounts as Counts

__all__ = ["usage_in", "usage_of"]


def usage_of(path: str | os.PathLike[str]) -> SessionUsage:
    """The tokens of the rollout at `path`; what its parent used counts for the parent.

    Its total is None where the server wrote no usage down. Reads the whole file.

    Raises:
        RolloutUnreadable: As `open_rollout`.
    """
    with open_rollout(path) as reader:
        return usage_in(reader)


def usage_in(entries: Iterable[Entry]) -> SessionUsage:
    """The same of entries that are there already."""
    calls = _Calls()
    for entry in entries:
        match entry:
            case TurnContextEntry(payload=context) if context.model is not None:
                calls.model = context.model
            case TokenUsageEntry(payload=record) if record.usage is not None:
                calls.recorded(record.usage)
            case EventEntry(payload=TokenCountEvent(info=info)) if info is not None:
                calls.counted(info)
            case _:
                pass
    return SessionUsage(total=calls.total, by_model=calls.by_model)


class _Calls:
    """Adds up the calls of the model."""

    def __init__(self) -> None:
        self.model: str | None = None
        self.total: TokenUsage | None = None
        self.by_model: dict[str, TokenUsage] = {}
        self._last_total: Counts | None = None
        self._was_recorded = False

    def recorded(self, usage: Counts) -> None:
        """A call with a line of its own; the sums that follow have it too."""
        self._add(usage)
        self._was_recorded = True

    def counted(self, info: TokenCountInfo) -> None:
        """The sums: told after each call, and again whenever rate limits are."""
        if info.total_token_usage == self._last_total:
            return
        self._last_total = info.total_token_usage
        if not self._was_recorded and info.last_token_usage is not None:
            self._add(info.last_token_usage)
        self._was_recorded = False

    def _add(self, counts: Counts) -> None:
        usage = TokenUsage(
            input_tokens=counts.input_tokens,
            cached_input_tokens=counts.cached_input_tokens,
            output_tokens=counts.output_tokens,
            reasoning_output_tokens=counts.reasoning_output_tokens,
            total_tokens=counts.total_tokens,
        )
        self.total = usage if self.total is None else self.total + usage
        if self.model is not None:
            before = self.by_model.get(self.model)
            self.by_model[self.model] = usage if before is None else before + usage
