# ruff: noqa: PYI051, TC001
"""Reviews of code changes.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.turns import Turn

__all__ = [
    "BaseBranchReviewTarget",
    "CommitReviewTarget",
    "CustomReviewTarget",
    "ReviewDelivery",
    "ReviewStartParams",
    "ReviewStartResponse",
    "ReviewTarget",
    "UncommittedChangesReviewTarget",
]


ReviewDelivery: TypeAlias = Literal["inline", "detached"] | str


class UncommittedChangesReviewTarget(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="uncommittedChanges"
):
    """`ReviewTarget` with type ``uncommittedChanges``.

    Review the working tree: staged, unstaged, and untracked files.
    """


class BaseBranchReviewTarget(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="baseBranch"
):
    """`ReviewTarget` with type ``baseBranch``.

    Review changes between the current branch and the given base branch.
    """

    branch: str


class CommitReviewTarget(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="commit"):
    """`ReviewTarget` with type ``commit``.

    Review the changes introduced by a specific commit.
    """

    sha: str
    title: str | UnsetType | None = UNSET
    """Optional human-readable label (e.g., commit subject) for UIs."""


class CustomReviewTarget(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="custom"):
    """`ReviewTarget` with type ``custom``.

    Arbitrary instructions, equivalent to the old free-form prompt.
    """

    instructions: str


ReviewTarget: TypeAlias = (
    UncommittedChangesReviewTarget
    | BaseBranchReviewTarget
    | CommitReviewTarget
    | CustomReviewTarget
)
"""Told apart by ``type``."""


class ReviewStartParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``review/start``."""

    target: ReviewTarget
    thread_id: str
    delivery: ReviewDelivery | UnsetType | None = UNSET
    """Where to run the review: inline (default) on the current thread or detached on a new thread
    (returned in `reviewThreadId`). Detached delivery is deprecated and emits `deprecationNotice`.
    Use `thread/start` followed by an inline review for a separate review thread.
    """


class ReviewStartResponse(Wire, frozen=True, kw_only=True):
    """Result of ``review/start``."""

    review_thread_id: str
    """Identifies the thread where the review runs. For inline reviews, this is the original thread
    id. For detached reviews, this is the id of the new review thread.
    """
    turn: Turn
