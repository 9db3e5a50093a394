"""A peer driven at random, beside a model simple enough to be right by reading it."""

from __future__ import annotations

import json

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from codex_runtime.errors import LocalProtocolError
from codex_runtime.wire import (
    Envelope,
    Failure,
    GarbageFrame,
    IncomingRequest,
    Peer,
    RequestId,
    Result,
    StrayAnswer,
    StrayRequest,
    WireEvent,
)

# Small ranges, so that ids meet: their ids and ours, as numbers and as strings.
ids: st.SearchStrategy[RequestId] = st.integers(-1, 8) | st.integers(-1, 8).map(str)
methods = st.sampled_from(["one", "two"])


class PeerMachine(RuleBasedStateMachine):
    """Both sides act at random; each line of theirs arrives in two pieces."""

    def __init__(self) -> None:
        super().__init__()
        self.peer = Peer(max_frame_bytes=10_000)
        self.asked = 0
        self.waiting: dict[RequestId, str] = {}
        self.given_up: dict[RequestId, str] = {}
        self.open: dict[RequestId, str] = {}

    def arrive(self, message: object, expected: WireEvent, cut: int) -> None:
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        line += b"\n"
        seen = [*self.peer.receive(line[:cut]), *self.peer.receive(line[cut:])]
        assert seen == [expected]

    @rule(method=methods)
    def we_ask(self, method: str) -> None:
        self.asked += 1
        request_id, line = self.peer.request(method, {"n": self.asked})
        assert request_id == self.asked
        assert json.loads(line) == {"id": request_id, "method": method, "params": {"n": request_id}}
        self.waiting[request_id] = method

    @rule(request_id=st.integers(-1, 8))
    def we_give_up(self, request_id: int) -> None:
        assert self.peer.forget(request_id) == (request_id in self.waiting)
        if request_id in self.waiting:
            self.given_up[request_id] = self.waiting.pop(request_id)

    @rule(request_id=ids, failed=st.booleans(), cut=st.integers(0, 30))
    def they_answer(self, request_id: RequestId, failed: bool, cut: int) -> None:
        expected: WireEvent
        if request_id in self.waiting:
            method = self.waiting.pop(request_id)
            expected = (
                Failure(request_id, method, 5, "no", None)
                if failed
                else Result(request_id, method, b"[1]")
            )
        elif request_id in self.given_up:
            method = self.given_up.pop(request_id)
            expected = StrayAnswer(request_id, "late", method, None if failed else b"[1]")
        elif isinstance(request_id, int) and 1 <= request_id <= self.asked:
            expected = StrayAnswer(request_id, "duplicate")
        else:
            expected = StrayAnswer(request_id, "unknown")
        body = {"error": {"code": 5, "message": "no"}} if failed else {"result": [1]}
        self.arrive({"id": request_id, **body}, expected, cut)

    @rule(request_id=ids, method=methods, cut=st.integers(0, 30))
    def they_ask(self, request_id: RequestId, method: str, cut: int) -> None:
        expected: WireEvent
        if request_id in self.open:
            expected = StrayRequest(request_id, method)
        else:
            self.open[request_id] = method
            expected = IncomingRequest(request_id, method, b"null")
        self.arrive({"id": request_id, "method": method}, expected, cut)

    @rule(request_id=ids, refuse=st.booleans())
    def we_answer(self, request_id: RequestId, refuse: bool) -> None:
        def answer() -> bytes:
            if refuse:
                return self.peer.error(request_id, -1, "no")
            return self.peer.result(request_id, {})

        if request_id in self.open:
            del self.open[request_id]
            sent = json.loads(answer())["id"]
            assert sent == request_id
            assert type(sent) is type(request_id)
        else:
            with pytest.raises(LocalProtocolError):
                answer()

    @rule(request_id=ids)
    def they_withdraw(self, request_id: RequestId) -> None:
        assert self.peer.withdraw(request_id) == (request_id in self.open)
        self.open.pop(request_id, None)

    @rule(method=methods, cut=st.integers(0, 30))
    def they_notify(self, method: str, cut: int) -> None:
        line = json.dumps({"method": method}).encode() + b"\n"
        (event,) = [*self.peer.receive(line[:cut]), *self.peer.receive(line[cut:])]
        assert isinstance(event, Envelope)
        assert event.method == method

    @rule(
        line=st.sampled_from(
            [
                b"garbage",
                b"\xff",
                b"[]",
                b'{"id":true,"result":1}',
                b'{"result":1}',
                b'{"id":1',
                b"{}",
            ]
        )
    )
    def they_send_garbage(self, line: bytes) -> None:
        (event,) = self.peer.receive(line + b"\n")
        assert isinstance(event, GarbageFrame)
        assert event.frame == line

    @invariant()
    def the_books_agree(self) -> None:
        assert self.peer.pending == len(self.waiting)
        assert dict(self.peer.open_requests) == self.open


TestPeerMachine = PeerMachine.TestCase
