"""A run of deltas goes where its lines would go one by one, whatever their turns are known by."""

from __future__ import annotations

import json
from typing import Literal, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.connection.counters import Counters
from codex_runtime.engine.mailbox import TurnMailbox
from codex_runtime.engine.router import Router
from codex_runtime.engine.server_requests import ServerRequests
from codex_runtime.engine.subscriptions import Subscriptions
from codex_runtime.engine.turn_route import TurnRoute
from codex_runtime.model.access import AccessGate
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.protocol.delta_lines import decode_delta_lines
from codex_runtime.protocol.drift import Drift
from codex_runtime.wire.messages import Envelope, decode_block

THREADS = "ab"
# How each thread's turn is known before the run.
Known: TypeAlias = Literal["by its answer", "by its start", "not yet", "not here"]
known = st.sampled_from(["by its answer", "by its start", "not yet", "not here"])
lines = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=12)


def block_of(said: list[tuple[str, str]]) -> bytes:
    return b"".join(
        json.dumps(
            {
                "method": "item/agentMessage/delta",
                "params": {
                    "threadId": thread_id,
                    "turnId": turn_id,
                    "itemId": "i",
                    "delta": f"{number} ",
                },
            }
        ).encode()
        + b"\n"
        for number, (thread_id, turn_id) in enumerate(said)
    )


def router_of(ways: tuple[Known, Known]) -> tuple[Router, list[TurnRoute]]:
    counters, drift = Counters(), Drift()
    nobody = ServerRequests(
        RuntimeConfig(), counters, drift, AccessGate(allowed=False), lambda *_: False
    )
    router = Router(
        counters, drift, Subscriptions(), nobody, lambda fold: TurnMailbox(1024, counters, fold)
    )
    routes = []
    for thread_id, way in zip(THREADS, ways, strict=True):
        line = router.hold(thread_id)
        route = TurnRoute(thread_id, owner=None)
        routes.append(route)
        if way == "not here":
            continue
        line.take_next_place(route)
        route.request_written = True
        if way == "by its start":
            route.claims_by_start = route.named_by_start = True
        if way != "not yet":
            line.claim(route, "x" if way == "by its answer" else "y")
    return router, routes


@given(lines, st.tuples(known, known))
def test_a_run_of_deltas_is_routed_as_its_lines_one_by_one(
    said: list[tuple[str, str]], ways: tuple[Known, Known]
) -> None:
    block = block_of(said)
    at_once, routes_at_once = router_of(ways)
    decoded = decode_delta_lines(block)
    assert decoded is not None
    at_once.deltas(decoded)
    at_once.chunk_done()
    one_by_one, routes_one_by_one = router_of(ways)
    for envelope in decode_block(block):
        assert isinstance(envelope, Envelope)
        one_by_one.notification(envelope)
    one_by_one.chunk_done()
    for router, routes in ((at_once, routes_at_once), (one_by_one, routes_one_by_one)):
        for line, route in zip(router.lines, routes, strict=True):
            if route.turn_id is None:
                line.claim(route, "z")  # the answer comes after all of it
    for one, other in zip(routes_at_once, routes_one_by_one, strict=True):
        assert one.turn_id == other.turn_id
        assert one.result_so_far("lost") == other.result_so_far("lost")
