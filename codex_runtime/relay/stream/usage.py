"""Tokens of an answer, as servers tell them.

Owns the spellings of a usage object and what is made of gaps in one. Does not know when it comes.
Enter at `usage_of`.
"""

from __future__ import annotations

from typing import cast

from codex_runtime.relay.shapes.chunks import number_of
from codex_runtime.relay.shapes.events import InputTokensDetails, OutputTokensDetails, Usage

__all__ = ["usage_of"]


def usage_of(told: object) -> Usage | None:
    """The usage in the words of the Responses API; None if neither side's tokens were told.

    A total that was not told is the sum. Zeros stand only for what the API demands and the server
    left out: the other side of one that was told, and the details.
    """
    if not isinstance(told, dict):
        return None
    fields = cast("dict[str, object]", told)
    read = _first(fields, "prompt_tokens", "input_tokens")
    written = _first(fields, "completion_tokens", "output_tokens")
    if read is None and written is None:
        return None
    total = number_of(fields.get("total_tokens"))
    of_input = _details(fields, "prompt_tokens_details", "input_tokens_details")
    of_output = _details(fields, "completion_tokens_details", "output_tokens_details")
    cached = _first(of_input, "cached_tokens")
    if cached is None:
        cached = _first(fields, "prompt_cache_hit_tokens", "cached_tokens")
    return Usage(
        input_tokens=read or 0,
        input_tokens_details=InputTokensDetails(
            cached_tokens=cached or 0,
            cache_write_tokens=_first(of_input, "cache_write_tokens") or 0,
        ),
        output_tokens=written or 0,
        output_tokens_details=OutputTokensDetails(
            reasoning_tokens=_first(of_output, "reasoning_tokens") or 0
        ),
        total_tokens=(read or 0) + (written or 0) if total is None else total,
    )


def _first(fields: dict[str, object], *names: str) -> int | None:
    numbers = (number_of(fields.get(name)) for name in names)
    return next((number for number in numbers if number is not None), None)


def _details(fields: dict[str, object], *names: str) -> dict[str, object]:
    for name in names:
        if isinstance(found := fields.get(name), dict):
            return cast("dict[str, object]", found)
    return {}
