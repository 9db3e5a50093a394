"""Requests of the server for a yes or a no, and the typed answers each of them takes.

Owns the kinds of approval (the older two are in `legacy`), the builders of their answers
and the check of an answer against what was asked and offered. Does not know who decides, nor how an
answer travels. A no is always allowed, all else has to be known and offered. Enter at
`ApprovalRequest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias

import attrs

from codex_runtime.errors import AnswerRefused
from codex_runtime.model.requests.base import ItemRequest
from codex_runtime.model.requests.checks import check_decision, checked_answer
from codex_runtime.model.requests.grants import asked_permissions, check_grant, grants_nothing
from codex_runtime.model.requests.legacy import LegacyCommandApproval, LegacyPatchApproval
from codex_runtime.protocol import (
    AcceptWithExecpolicyAmendment,
    ApplyNetworkPolicyAmendment,
    ApplyPatchApprovalResponse,
    CommandExecution,
    CommandExecutionApprovalDecisionDetail,
    CommandExecutionRequestApprovalParams,
    CommandExecutionRequestApprovalResponse,
    ExecCommandApprovalResponse,
    FileChange,
    FileChangeRequestApprovalParams,
    FileChangeRequestApprovalResponse,
    GrantedPermissionProfile,
    NetworkPolicyAmendment,
    PermissionsRequestApprovalParams,
    PermissionsRequestApprovalResponse,
)
from codex_runtime.protocol.unset import UNSET, UnsetType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_runtime.protocol import CommandExecutionApprovalDecision

__all__ = [
    "ApprovalAnswer",
    "ApprovalRequest",
    "CommandApproval",
    "FileChangeApproval",
    "PermissionsApproval",
]

_NOES: Final = ("decline", "cancel")
_ALWAYS: Final = ("accept", "acceptForSession", *_NOES)


@attrs.frozen(kw_only=True, eq=False)
class CommandApproval(ItemRequest[CommandExecutionRequestApprovalParams]):
    """May this command run (``item/commandExecution/requestApproval``)?

    ``params`` says what would run and where; ``params.kind`` is ``"writeStdin"`` for input to a
    terminal that runs already.
    """

    method: ClassVar[str] = "item/commandExecution/requestApproval"

    item: CommandExecution | None = None
    """The item that waits, as the turn showed it; None when it was not seen."""

    @property
    def offered(self) -> tuple[CommandExecutionApprovalDecision, ...] | None:
        """The decisions that the server offers, in its order; None when it did not say."""
        told = self.params.available_decisions
        return None if told is None else tuple(told)

    @property
    def default_answer(self) -> CommandExecutionRequestApprovalResponse:
        """What is answered when nobody decides: decline."""
        return self.decline()

    def accept(self) -> CommandExecutionRequestApprovalResponse:
        """Run it, this once."""
        return self.choose("accept")

    def accept_for_session(self) -> CommandExecutionRequestApprovalResponse:
        """Run it, and the same again without asking, while the thread is loaded."""
        return self.choose("acceptForSession")

    def accept_with_amendment(self) -> CommandExecutionRequestApprovalResponse:
        """Run it, and let the server keep the rule it proposed, so that its like is not asked for.

        The rule outlives the thread: the server writes it into its home.

        Raises:
            AnswerRefused: the server proposed no rule.
        """
        rule = self.params.proposed_execpolicy_amendment
        if rule is None:
            raise _nothing_proposed("proposed_execpolicy_amendment")
        return self.choose(
            CommandExecutionApprovalDecisionDetail(
                accept_with_execpolicy_amendment=AcceptWithExecpolicyAmendment(
                    execpolicy_amendment=rule
                )
            )
        )

    def apply_network_rule(
        self, rule: NetworkPolicyAmendment
    ) -> CommandExecutionRequestApprovalResponse:
        """Let the server keep one of ``params.proposed_network_policy_amendments`` for its host."""
        return self.choose(
            CommandExecutionApprovalDecisionDetail(
                apply_network_policy_amendment=ApplyNetworkPolicyAmendment(
                    network_policy_amendment=rule
                )
            )
        )

    def decline(self) -> CommandExecutionRequestApprovalResponse:
        """Do not run it; the turn goes on and the model is told."""
        return self.choose("decline")

    def cancel(self) -> CommandExecutionRequestApprovalResponse:
        """Do not run it, and interrupt the turn."""
        return self.choose("cancel")

    def choose(
        self, decision: CommandExecutionApprovalDecision
    ) -> CommandExecutionRequestApprovalResponse:
        """The answer with this decision, one of `offered` for example."""
        return CommandExecutionRequestApprovalResponse(decision=decision)

    def refuses(self, answer: object) -> bool:
        """The answer is a no."""
        return _decides(answer, CommandExecutionRequestApprovalResponse, _NOES)

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for another type of answer, or a decision that was not offered.

        Where the server did not say what it offers, the plain decisions may be given, and the rules
        that it proposed, unchanged.
        """
        given = checked_answer(answer, CommandExecutionRequestApprovalResponse)
        allowed = (*_ALWAYS, *self._proposed()) if self.offered is None else self.offered
        check_decision(given.decision, (*allowed, *_NOES))

    def _proposed(self) -> Iterable[CommandExecutionApprovalDecision]:
        if self.params.proposed_execpolicy_amendment is not None:
            yield self.accept_with_amendment().decision
        for rule in self.params.proposed_network_policy_amendments or ():
            yield self.apply_network_rule(rule).decision


@attrs.frozen(kw_only=True, eq=False)
class FileChangeApproval(ItemRequest[FileChangeRequestApprovalParams]):
    """May these files change (``item/fileChange/requestApproval``)?

    The request itself does not say which: ``item`` does.
    """

    method: ClassVar[str] = "item/fileChange/requestApproval"

    item: FileChange | None = None
    """The item that waits, with its changes; None when it was not seen."""

    @property
    def default_answer(self) -> FileChangeRequestApprovalResponse:
        """What is answered when nobody decides: decline."""
        return self.decline()

    def accept(self) -> FileChangeRequestApprovalResponse:
        """Make the changes."""
        return FileChangeRequestApprovalResponse(decision="accept")

    def accept_for_session(self) -> FileChangeRequestApprovalResponse:
        """Make them, and later ones to the same files without asking."""
        return FileChangeRequestApprovalResponse(decision="acceptForSession")

    def decline(self) -> FileChangeRequestApprovalResponse:
        """Change nothing; the turn goes on and the model is told."""
        return FileChangeRequestApprovalResponse(decision="decline")

    def cancel(self) -> FileChangeRequestApprovalResponse:
        """Change nothing, and interrupt the turn."""
        return FileChangeRequestApprovalResponse(decision="cancel")

    def refuses(self, answer: object) -> bool:
        """The answer is a no."""
        return _decides(answer, FileChangeRequestApprovalResponse, _NOES)

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for another type of answer, or a decision that is not known."""
        given = checked_answer(answer, FileChangeRequestApprovalResponse)
        check_decision(given.decision, _ALWAYS)


@attrs.frozen(kw_only=True, eq=False)
class PermissionsApproval(ItemRequest[PermissionsRequestApprovalParams]):
    """May the turn have more permissions (``item/permissions/requestApproval``)?

    ``params.permissions`` says which. There is no decision in this kind: a no is an empty grant.
    """

    method: ClassVar[str] = "item/permissions/requestApproval"

    @property
    def default_answer(self) -> PermissionsRequestApprovalResponse:
        """What is answered when nobody decides: nothing is granted."""
        return self.decline()

    def grant(
        self,
        permissions: GrantedPermissionProfile | None = None,
        scope: Literal["turn", "session"] = "turn",
        *,
        strict_auto_review: bool | UnsetType = UNSET,
    ) -> PermissionsRequestApprovalResponse:
        """Grant all that was asked for, or ``permissions``, a part of it.

        ``scope`` is how long it holds. Raises `AnswerRefused` as `check` does.
        """
        if permissions is None:
            permissions = asked_permissions(self.params.permissions)
        answer = PermissionsRequestApprovalResponse(
            permissions=permissions, scope=scope, strict_auto_review=strict_auto_review
        )
        self.check(answer)
        return answer

    def decline(self) -> PermissionsRequestApprovalResponse:
        """Grant nothing; the turn goes on and the model is told."""
        return PermissionsRequestApprovalResponse(permissions=GrantedPermissionProfile())

    def refuses(self, answer: object) -> bool:
        """The answer is a no: it grants nothing."""
        return isinstance(answer, PermissionsRequestApprovalResponse) and grants_nothing(
            answer.permissions
        )

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for another type of answer, or more than was asked for.

        A part of what was asked for is allowed if it is no wider anywhere: what was asked to be
        denied stays denied.
        """
        given = checked_answer(answer, PermissionsRequestApprovalResponse)
        if self.refuses(given):
            return
        if given.scope not in (UNSET, "turn", "session"):
            raise AnswerRefused(
                "scope", given.scope, "is not a scope of a grant", "Give 'turn' or 'session'"
            )
        check_grant(given.permissions, self.params.permissions)


ApprovalRequest: TypeAlias = (
    CommandApproval
    | FileChangeApproval
    | PermissionsApproval
    | LegacyCommandApproval
    | LegacyPatchApproval
)
"""What an approval handler is asked; told apart by ``isinstance`` or ``match``."""

ApprovalAnswer: TypeAlias = (
    CommandExecutionRequestApprovalResponse
    | FileChangeRequestApprovalResponse
    | PermissionsRequestApprovalResponse
    | ExecCommandApprovalResponse
    | ApplyPatchApprovalResponse
)
"""What it answers with: what the methods of the request build."""


def _decides(
    answer: object,
    kind: type[CommandExecutionRequestApprovalResponse | FileChangeRequestApprovalResponse],
    decisions: tuple[str, ...],
) -> bool:
    return isinstance(answer, kind) and answer.decision in decisions


def _nothing_proposed(field: str) -> AnswerRefused:
    return AnswerRefused(field, None, "the server proposed no rule", "Answer with accept()")
