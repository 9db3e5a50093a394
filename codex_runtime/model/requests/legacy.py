"""Approvals as the server's older API asks for them, and their typed answers.

Owns the two kinds, the builders of their answers and the check of an answer. Does not know who
decides. Turns started by this library are asked the newer way; these two are answered all the same.
Enter at `approvals.ApprovalRequest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import attrs

from codex_runtime.model.requests.checks import check_decision, checked_answer
from codex_runtime.protocol import (
    ApplyPatchApprovalParams,
    ApplyPatchApprovalResponse,
    ExecCommandApprovalParams,
    ExecCommandApprovalResponse,
    ReviewDecisionDetail,
    ReviewDenied,
)

if TYPE_CHECKING:
    from codex_runtime.protocol import ReviewDecision

__all__ = ["REJECTION", "LegacyCommandApproval", "LegacyPatchApproval"]

REJECTION: Final = "declined by the client"
"""The reason that the model is given where nobody gave one."""

_NOES: Final = ("abort", "timed_out")
_PLAIN: Final = ("approved", "approved_for_session", *_NOES)


@attrs.frozen(kw_only=True, eq=False)
class LegacyCommandApproval:
    """May this command run, asked by a turn of the server's older API (``execCommandApproval``)?"""

    method: ClassVar[str] = "execCommandApproval"

    request_id: int | str
    params: ExecCommandApprovalParams

    @property
    def thread_id(self) -> str:
        """The thread that waits."""
        return self.params.conversation_id

    @property
    def turn_id(self) -> None:
        """This kind names no turn."""

    @property
    def item_id(self) -> str:
        """The call that waits."""
        return self.params.call_id

    @property
    def default_answer(self) -> ExecCommandApprovalResponse:
        """What is answered when nobody decides: denied."""
        return self.decline()

    def accept(self) -> ExecCommandApprovalResponse:
        """Run it, this once."""
        return ExecCommandApprovalResponse(decision="approved")

    def accept_for_session(self) -> ExecCommandApprovalResponse:
        """Run it, and the same again without asking."""
        return ExecCommandApprovalResponse(decision="approved_for_session")

    def decline(self, reason: str = REJECTION) -> ExecCommandApprovalResponse:
        """Do not run it; the turn goes on."""
        return ExecCommandApprovalResponse(decision=_denied(reason))

    def cancel(self) -> ExecCommandApprovalResponse:
        """Do not run it, and interrupt the turn."""
        return ExecCommandApprovalResponse(decision="abort")

    def refuses(self, answer: object) -> bool:
        """The answer is a no."""
        return isinstance(answer, ExecCommandApprovalResponse) and _is_legacy_no(answer.decision)

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for another type of answer, or a decision that is not known."""
        given = checked_answer(answer, ExecCommandApprovalResponse)
        if not _is_legacy_no(given.decision):
            check_decision(given.decision, _PLAIN)


@attrs.frozen(kw_only=True, eq=False)
class LegacyPatchApproval:
    """May these files change, asked by a turn of the older API (``applyPatchApproval``)?"""

    method: ClassVar[str] = "applyPatchApproval"

    request_id: int | str
    params: ApplyPatchApprovalParams

    @property
    def thread_id(self) -> str:
        """The thread that waits."""
        return self.params.conversation_id

    @property
    def turn_id(self) -> None:
        """This kind names no turn."""

    @property
    def item_id(self) -> str:
        """The call that waits."""
        return self.params.call_id

    @property
    def default_answer(self) -> ApplyPatchApprovalResponse:
        """What is answered when nobody decides: denied."""
        return self.decline()

    def accept(self) -> ApplyPatchApprovalResponse:
        """Make the changes."""
        return ApplyPatchApprovalResponse(decision="approved")

    def accept_for_session(self) -> ApplyPatchApprovalResponse:
        """Make them, and later ones to the same files without asking."""
        return ApplyPatchApprovalResponse(decision="approved_for_session")

    def decline(self, reason: str = REJECTION) -> ApplyPatchApprovalResponse:
        """Change nothing; the turn goes on."""
        return ApplyPatchApprovalResponse(decision=_denied(reason))

    def cancel(self) -> ApplyPatchApprovalResponse:
        """Change nothing, and interrupt the turn."""
        return ApplyPatchApprovalResponse(decision="abort")

    def refuses(self, answer: object) -> bool:
        """The answer is a no."""
        return isinstance(answer, ApplyPatchApprovalResponse) and _is_legacy_no(answer.decision)

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for another type of answer, or a decision that is not known."""
        given = checked_answer(answer, ApplyPatchApprovalResponse)
        if not _is_legacy_no(given.decision):
            check_decision(given.decision, _PLAIN)


def _denied(reason: str) -> ReviewDecision:
    return ReviewDecisionDetail(denied=ReviewDenied(rejection=reason))


def _is_legacy_no(decision: object) -> bool:
    if isinstance(decision, ReviewDecisionDetail):
        return decision == ReviewDecisionDetail(denied=decision.denied) and isinstance(
            decision.denied, ReviewDenied
        )
    return decision in _NOES
