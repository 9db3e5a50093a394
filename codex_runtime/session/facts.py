"""`SessionFacts`: what is known of a session without asking the server.

Owns the properties of a `Session` and the counts behind them. Sends nothing and waits for nothing;
it may be read at any time, after the end too, and from any thread: here and wherever else facts are
told, a container that grows is copied in one step (``copy``) before it is looked through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.session.children import children_of_thread
from codex_runtime.session.explaining import explain_session
from codex_runtime.session.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_runtime.model.explanation import Explanation
    from codex_runtime.model.hooks.hooks import HookReport
    from codex_runtime.model.profile import RunProfile, SessionConfig
    from codex_runtime.model.requests.approvals import ApprovalRequest
    from codex_runtime.model.results import TurnResult
    from codex_runtime.model.usage import ContextUsage, TokenUsage
    from codex_runtime.session.children import ChildThread
    from codex_runtime.session.handle import Handle
    from codex_runtime.session.hooks.running import HookRunner

__all__ = ["SessionFacts"]


class SessionFacts:
    """The readable half of a `Session`, which is the only one to make it."""

    def __init__(self, handle: Handle, start_hooks: HookRunner) -> None:
        self.config: Final[SessionConfig] = handle.config
        self._start_hooks = start_hooks
        self._handle = handle
        self._tally = Tally()

    def __repr__(self) -> str:
        state = "closed" if self.is_closed else "open"
        return f"<Session {self.thread_id} {state}>"

    @property
    def thread_id(self) -> str:
        """The server's id of the thread.

        It changes when the server dies before the thread's first turn: then there is nothing to be
        resumed, and the next ask starts it afresh.
        """
        return self._handle.thread_id

    @property
    def is_closed(self) -> bool:
        """`close` or `detach` was called; set before their work is done."""
        return self._handle.is_closed

    @property
    def opening_report(self) -> HookReport:
        """What the hooks around the start of this session did."""
        return self._start_hooks.report

    @property
    def active_turn_id(self) -> str | None:
        """The turn that runs on the thread, whoever asked for it."""
        route = self._handle.line.active
        return route.turn_id if route is not None else None

    @property
    def usage(self) -> TokenUsage | None:
        """Tokens of this handle's turns together; None before the server reported any."""
        return self._tally.usage.total

    @property
    def usage_by_model(self) -> Mapping[str, TokenUsage]:
        """The same by the name of the model; without what no model is known of."""
        return self._tally.usage.by_model

    @property
    def context(self) -> ContextUsage | None:
        """How full the model's context is; None until the server reports it."""
        return self._handle.line.context

    @property
    def total_turns(self) -> int:
        """How many turns of this handle completed."""
        return self._tally.total_turns

    @property
    def history(self) -> tuple[TurnResult, ...]:
        """The last 32 results of this handle, oldest first, without items, output and hooks."""
        return tuple(self._tally.history.copy())

    @property
    def children(self) -> tuple[ChildThread, ...]:
        """The threads that its agents started, theirs included: the newest 256, oldest first.

        See `ChildThread`. They are known from their first sign in this session on.
        """
        return children_of_thread(self._handle.engine, self._handle.line)

    def profile(self) -> RunProfile:
        """The profile's fields of `config`, as they were given."""
        return self.config.profile()

    def explain(self, profile: RunProfile | None = None) -> Explanation:
        """Field by field what a turn of this session is told and which layer says so.

        ``profile`` is that of a call, as for `ask_with_profile`.
        """
        return explain_session(self._handle, profile)

    @property
    def pending_approvals(self) -> tuple[ApprovalRequest, ...]:
        """What waits for a decision on this thread, oldest first; hooks have let it through."""
        return self._handle.engine.server_requests.pending_approvals(self.thread_id)
