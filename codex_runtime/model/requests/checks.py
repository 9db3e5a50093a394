"""How an answer to a request of the server is refused here: what is checked for every kind.

Owns the check of type and shape, and the errors for a decision that was not offered and a secret
that is none. Does not know the kinds. Enter at `checked_answer`.
"""

from __future__ import annotations

from typing import TypeVar

from codex_runtime.errors import AnswerRefused, InvalidInput
from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.codec import encode_params
from codex_runtime.protocol.drift import Drift
from codex_runtime.protocol.salvage import salvage

__all__ = ["check_decision", "check_secret", "checked_answer"]

A = TypeVar("A", bound=Wire)


def checked_answer(answer: object, kind: type[A], *, hide: bool = False) -> A:
    """The answer, if it is a ``kind`` whose fields are what they should be.

    Raises `AnswerRefused`; with ``hide`` it shows the type of the answer alone.
    """
    shown = type(answer) if hide else answer
    hint = "Return what a method of the request builds, or None for the default"
    if not isinstance(answer, kind):
        raise AnswerRefused("answer", shown, f"is not a {kind.__name__}", hint)
    try:
        raw = encode_params(answer)
    except InvalidInput as problem:
        why = "cannot be sent" if hide else f"cannot be sent: {problem.problem}"
        raise AnswerRefused("answer", shown, why, hint) from None
    try:
        salvage(raw, kind, Drift())
    except ValueError as problem:
        raise AnswerRefused("answer", shown, f"is not of its shape: {problem}", hint) from None
    return answer


def check_decision(decision: object, allowed: tuple[object, ...]) -> None:
    """Raise `AnswerRefused` for a decision that equals none of ``allowed``."""
    if decision not in allowed:
        offered = ", ".join(dict.fromkeys(map(repr, allowed)))
        raise AnswerRefused("decision", decision, "was not offered", f"Give one of {offered}")


def check_secret(name: str, value: str) -> None:
    """Raise `AnswerRefused`, without the value, for what is no text to send."""
    if not value or not value.isprintable():
        raise AnswerRefused(name, "...", "is empty or not printable", "Give the token as it is")
