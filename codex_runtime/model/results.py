"""What comes back: the result of a turn, of an interrupt, of a close.

Owns the frozen values users keep. Does not know how they are gathered (see `fold`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar, cast

import attrs

from codex_runtime.model.hooks.hooks import HookReport
from codex_runtime.model.tool_uses import tool_uses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_runtime.errors import CodexRuntimeError
    from codex_runtime.model.tool_uses import ToolUse
    from codex_runtime.model.usage import ContextUsage, TokenUsage
    from codex_runtime.protocol import AgentMessage, ThreadItem, TurnError, TurnPlanStep

__all__ = [
    "CloseAction",
    "CloseOutcome",
    "EndedTerminal",
    "InterruptOutcome",
    "InterruptState",
    "TurnResult",
    "TurnStatus",
    "TypedResult",
]

T = TypeVar("T")

TurnStatus: TypeAlias = Literal["completed", "interrupted", "failed", "timed_out", "lost"] | str  # noqa: PYI051 - an open enum: the names are for people
"""How a turn ended: the server's word, or ours for ``timed_out`` and ``lost``."""

CloseAction: TypeAlias = Literal["archived", "already_archived", "unsubscribed"]
InterruptState: TypeAlias = Literal["interrupted", "already_ended", "not_active", "still_running"]


def _own_costs(value: Mapping[str, TokenUsage]) -> Mapping[str, TokenUsage]:
    # A read-only view would neither be pickled nor copied.
    return dict(value)


@attrs.frozen(kw_only=True)
class TurnResult:
    """One turn, ended. Everything in it was reported by the server, in wire order.

    It can be pickled and copied, with an ``output`` that can; it has mappings, so no hash.
    """

    thread_id: str
    turn_id: str | None
    """None when the turn was lost before the server named it."""

    status: TurnStatus
    text: str
    """The final answer: the last agent message of phase ``final_answer``, else the last one without
    a phase. What had arrived of it when the turn did not complete."""

    messages: tuple[AgentMessage, ...] = ()
    """Every agent message, in order of their start."""

    items: tuple[ThreadItem, ...] = ()
    """Every item, in order of their start, each in its last reported state."""

    usage: TokenUsage | None = None
    """Tokens of this turn; None if the server reported none."""

    usage_by_model: Mapping[str, TokenUsage] = attrs.field(
        factory=dict[str, "TokenUsage"], converter=_own_costs
    )
    """The same by the name of the model that was asked, a dict of its own; without what no model
    is known of."""

    error: TurnError | None = None
    """Why the turn failed; ``error.codex_error_info`` is the server's own classification."""

    diff: str | None = None
    """Unified diff of all the turn's file changes so far; None if there were none."""

    plan: tuple[TurnPlanStep, ...] = ()
    """The last plan the agent reported."""

    started_at_s: int | None = None
    """Unix time in seconds, by the server's clock."""

    completed_at_s: int | None = None
    """Unix time in seconds, by the server's clock."""

    duration_ms: int | None = None
    """By the server's clock."""

    output: object = None
    """The final answer as the type that was asked for with ``output``; see `TypedResult`."""

    reconciled: bool = False
    """The end of the turn was never told: it is taken from the record that the server keeps, and so
    are the items that were not told."""

    hook_report: HookReport = attrs.field(factory=HookReport)
    """What the hooks of this ask did, in order; empty without hooks."""

    context: ContextUsage | None = None
    """How full the model's context was after the last call; None if the server did not say."""

    @property
    def tool_uses(self) -> tuple[ToolUse, ...]:
        """The items that used a tool, in order of their start."""
        return tool_uses(self.items)

    def without_items(self) -> TurnResult:
        """The same result without items and messages, for keeping many."""
        return attrs.evolve(self, items=(), messages=())


@attrs.frozen(kw_only=True)
class TypedResult(TurnResult, Generic[T]):
    """The result of an ask with ``output=T``."""

    # Any: a field that narrows one with a default has to have one, and `of` always gives it.
    output: T = attrs.field(default=cast("Any", None))
    """The final answer, decoded and validated."""

    @classmethod
    def of(cls, result: TurnResult, output: T) -> TypedResult[T]:
        """``result`` with its ``output``."""
        # Any: the fields are those of `result`, by their names.
        fields: dict[str, Any] = attrs.asdict(result, recurse=False)
        fields["output"] = output
        return cls(**fields)


@attrs.frozen(kw_only=True)
class EndedTerminal:
    """A background terminal that was ended: a command that had outlived the call that began it."""

    process_id: str
    """The server's number of it, not the operating system's."""

    item_id: str
    """The `CommandExecution` item that began it."""

    command: str


@attrs.frozen(kw_only=True)
class InterruptOutcome:
    """What an interrupt did.

    ``state`` is ``interrupted`` (the turn ended as such), ``already_ended`` (it had ended, or ended
    otherwise before the interrupt reached it: ``status`` says how), ``not_active`` (nothing of that
    id runs here), or ``still_running`` (the bound passed first).

    A turn whose request was not written yet ends as ``interrupted`` and is never sent.
    """

    state: InterruptState
    turn_id: str | None
    """The turn it was about; None if the thread had none, or none with a name yet."""

    elapsed_s: float
    """From the call to the return, on the caller's clock."""

    status: TurnStatus | None = None
    """How the turn ended; None if it has not, never started, or is not remembered."""

    requests_sent: int = 0
    """How many ``turn/interrupt`` the attempt wrote for all who joined it; more than one after
    refusals alone."""

    joined: bool = False
    """An attempt of somebody else was under way and shared."""

    terminals: tuple[EndedTerminal, ...] = ()
    """Which background terminals of the turn were ended with it, on request; not those that had
    ended by themselves."""

    terminals_problem: CodexRuntimeError | None = None
    """Why some of them may still run; None if all have ended, or were not asked about."""

    @property
    def ended(self) -> bool:
        """The turn surely runs no more; its terminals may, unless they were ended too."""
        return self.state != "still_running"


@attrs.frozen(kw_only=True)
class CloseOutcome:
    """What closing a session did; every caller of ``close`` gets the same object.

    ``action`` is ``archived``, ``already_archived`` (or nothing was on disk to archive), or
    ``unsubscribed`` (an ephemeral thread).
    """

    thread_id: str
    action: CloseAction
    interrupted: InterruptOutcome | None
    """The turn that was ended first, if one ran; what it had left ``still_running`` was stopped by
    the archive."""
