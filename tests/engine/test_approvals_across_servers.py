"""Approvals from one server to the next: each process counts its requests from 0 again.

The server is fake and time virtual; what is asked of one server alone is in `test_server_requests`.
"""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.engine.subscriptions import Subscription
from codex_runtime.errors import RequestNotPending, TurnLost
from codex_runtime.model.requests.approvals import CommandApproval
from codex_runtime.model.restart import RestartPolicy
from codex_runtime.protocol import ServerRequestResolved
from tests.engine.fake_server import FakeServer
from tests.engine.running import new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from trio.testing import MockClock

    from codex_runtime.engine.engine import Engine
    from codex_runtime.model.requests.approvals import ApprovalRequest
    from codex_runtime.session.session import Session
    from tests.engine.fake_server import FakeTurn, Json

ALWAYS = RestartPolicy(max_restarts=1000)


class AskingServer(FakeServer):
    """Its turns ask for an approval, whose id every process takes anew, as real ones do."""

    def __init__(self, wire_id: int | str) -> None:
        super().__init__(self._ask_first)
        self._wire_id = wire_id

    def request(self, method: str, params: Json, request_id: int | str | None = None) -> int | str:
        return super().request(method, params, request_id or self._wire_id)

    async def _ask_first(self, turn: FakeTurn) -> None:
        await turn.ask_approval(turn.prompt)


async def undecided(request: ApprovalRequest) -> None:
    await trio.sleep_forever()


@asynccontextmanager
async def one_approval_per_server(
    server: FakeServer,
) -> AsyncGenerator[tuple[Engine, Session, CommandApproval, CommandApproval]]:
    """Two turns that wait for an approval, the first on a server that is dead."""
    outcomes = Outcomes()
    async with (
        running(server, restart=ALWAYS, approvals=undecided) as engine,
        trio.open_nursery() as nursery,
    ):
        session = await new_session(engine)
        pending: list[CommandApproval] = []
        for command in ("touch one", "touch two"):
            nursery.start_soon(outcomes.run, session.ask, command)
            await trio.sleep(5)
            (approval,) = session.pending_approvals
            assert isinstance(approval, CommandApproval)
            pending.append(approval)
            if len(pending) == 1:
                server.crash()
                await settle()
        yield engine, session, pending[0], pending[1]
    assert [type(error) for error in outcomes.errors[:1]] == [TurnLost]


@pytest.mark.parametrize("wire_id", [0, "first"])
async def test_a_late_answer_to_a_server_that_died_is_none_to_the_next(
    autojump_clock: MockClock, wire_id: int | str
) -> None:
    server = AskingServer(wire_id)
    async with one_approval_per_server(server) as (_, session, old, new):
        assert old.request_id != new.request_id
        with pytest.raises(RequestNotPending):
            session.answer(old.request_id, old.accept())
        assert session.pending_approvals == (new,)
        session.answer(new.request_id, new.decline())
        await settle()
        assert server.answers() == [{"id": wire_id, "result": {"decision": "decline"}}]


@pytest.mark.parametrize("wire_id", [0, "first"])
async def test_what_the_next_server_withdraws_is_withdrawn_by_the_id_it_was_told_with(
    autojump_clock: MockClock, wire_id: int | str
) -> None:
    server = AskingServer(wire_id)
    async with one_approval_per_server(server) as (engine, session, _, new):
        subscription = Subscription(
            engine.subscriptions,
            engine.config,
            engine.counters,
            methods=[ServerRequestResolved.METHOD],
        )
        async with subscription as events:
            server.resolve(wire_id)
            resolved = await anext(events)
        assert isinstance(resolved, ServerRequestResolved)
        assert resolved.request_id == new.request_id
        assert session.pending_approvals == ()
        await session.interrupt_turn()
        assert server.answers() == []
