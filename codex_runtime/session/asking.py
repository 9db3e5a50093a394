"""Asking: from what one turn shall be told to its request, in the thread's line.

Owns the params of ``turn/start`` and the moment they are built: when the thread is ours, because
only then is it known which fields earlier turns touched. Does not wait for the turn's end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from codex_runtime.engine.turns import TurnRequest
from codex_runtime.errors import RuntimeClosed
from codex_runtime.model.overrides import turn_fields
from codex_runtime.model.profile import merge_profiles
from codex_runtime.protocol import TURN_START, TextUserInput, TurnStartParams
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.checks import check_profile, existing_directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.overrides import Baseline
    from codex_runtime.model.profile import Overlap, RunProfile
    from codex_runtime.model.prompt import PromptParams
    from codex_runtime.protocol import Method, TurnStartResponse

__all__ = ["TurnPlan", "plan_prompt"]

P = TypeVar("P")
R = TypeVar("R")


@attrs.frozen
class TurnPlan(Generic[P, R]):
    """How a turn is asked for, once the thread is ours."""

    method: Method[P, R]
    build: Callable[[], P]
    """Makes the params at that moment; it may note what they touch."""
    turn_id_of: Callable[[R], str] | None
    """Reads the turn's id from the answer; None when the answer does not name it."""
    overlap: Overlap

    async def begin(
        self, engine: Engine, line: ThreadLine, route: TurnRoute, check_open: Callable[[], None]
    ) -> None:
        """Wait in line, then send. Cancelling before that sends nothing."""
        check_open()
        await line.take_place(route, self.overlap)
        try:
            check_open()
            params = self.build()
            route.fold.begin_at(line.usage_total)
        except BaseException:
            route.refuse(RuntimeClosed())  # for the shutdown; whoever asked gets this error
            line.give_place_on(route)
            raise
        request = TurnRequest(engine, line, route, self.method, params, self.turn_id_of)
        engine.spawn(request.run)


def plan_prompt(
    engine: Engine,
    line: ThreadLine,
    session: RunProfile,
    baseline: Baseline,
    params: PromptParams,
) -> TurnPlan[TurnStartParams, TurnStartResponse]:
    """The plan of a ``turn/start``; raises at once for what it could not carry.

    Raises `ProfileError`, `FullAccessDenied` or `ConfigError`.
    """
    call = params.profile()
    check_profile(engine.config, call, "profile")
    cwd = UNSET if params.cwd is UNSET else existing_directory(params.cwd)

    def build() -> TurnStartParams:
        fields, touched = turn_fields(session, call, baseline, line.touched_fields, cwd=cwd)
        line.touched_fields = touched
        return TurnStartParams(
            thread_id=line.thread_id,
            input=[TextUserInput(text=params.prompt)],
            client_user_message_id=params.client_user_message_id,
            parent_turn_id=params.parent_turn_id,
            root_turn_id=params.root_turn_id,
            turn_trigger=params.turn_trigger,
            **fields,
        )

    turn_fields(session, call, baseline, line.touched_fields, cwd=cwd)
    overlap = merge_profiles(session, call).overlap
    return TurnPlan(
        TURN_START, build, lambda answer: answer.turn.id, "queue" if overlap is UNSET else overlap
    )
