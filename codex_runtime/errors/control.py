"""What is refused or ended by what a user layered on a session: hooks, budgets, tools, output.

Owns the errors of control; which one is raised when is decided in the rooms above. Knows no other
room (annotations only). The root and the rest are in `ours`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.errors.ours import CodexRuntimeError, InvalidInput

if TYPE_CHECKING:
    from codex_runtime.model.results import TurnResult

__all__ = [
    "AnswerRefused",
    "AttachmentError",
    "AttachmentNotFound",
    "BlockedByHook",
    "BudgetExceeded",
    "HookError",
    "OutputMismatch",
    "OutputTypeError",
    "RequestNotPending",
    "ToolError",
]


class AttachmentError(InvalidInput):
    """An attachment that cannot be sent: not an image, too large, a path that is no file."""


class AttachmentNotFound(AttachmentError):
    """The path of an attachment does not exist; ``value`` is the path as it was resolved."""


class HookError(InvalidInput):
    """A `Hook` or `HookConfig` that cannot work, or an answer of a hook that makes no sense."""


class ToolError(InvalidInput):
    """A function that cannot be a tool; ``name`` is the parameter that is at fault."""


class OutputTypeError(InvalidInput):
    """A type that the strict schemas of the model cannot express; ``name`` says where in it."""


class AnswerRefused(InvalidInput):
    """An answer to a server request of the wrong kind, or a decision that was not offered."""


class RequestNotPending(CodexRuntimeError):
    """The server request was answered or withdrawn before, or its deadline passed."""

    def __init__(self, request_id: int | str) -> None:
        super().__init__(f"no server request {request_id!r} waits for an answer here")
        self.request_id = request_id


class BlockedByHook(CodexRuntimeError):
    """A hook refused the ask, the turn or the session; nothing was sent for it.

    ``hook`` is its name, ``phase`` when it ran, ``reason`` what it said.
    """

    def __init__(self, hook: str, phase: str, reason: str) -> None:
        super().__init__(f"hook {hook!r} blocked it ({phase}): {reason}")
        self.hook = hook
        self.phase = phase
        self.reason = reason


class BudgetExceeded(CodexRuntimeError):
    """A `TokenBudget` is used up: the turn was not started, nothing was sent."""

    def __init__(self, used_tokens: int, limit_tokens: int) -> None:
        super().__init__(f"the token budget is used up: {used_tokens} of {limit_tokens} tokens")
        self.used_tokens = used_tokens
        self.limit_tokens = limit_tokens


class OutputMismatch(CodexRuntimeError):
    """The turn completed, but its final message is not of the type that was asked for.

    ``result`` is the whole result, ``text`` the message, ``problem`` what was wrong with it.
    """

    outcome_certain = False

    def __init__(self, problem: str, result: TurnResult) -> None:
        super().__init__(f"the answer is not of the output type: {problem}")
        self.problem = problem
        self.result = result

    @property
    def text(self) -> str:
        """The final message as the model wrote it."""
        return self.result.text
