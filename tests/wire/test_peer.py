"""Answers find their requests, once; everything else is an event."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import LocalProtocolError
from codex_runtime.wire import (
    MALFORMED_ANSWER_CODE,
    Envelope,
    Failure,
    FrameTooLong,
    GarbageFrame,
    IncomingRequest,
    Peer,
    Result,
    StrayAnswer,
    StrayRequest,
    Taken,
    WireEvent,
)
from codex_runtime.wire.peer import MAX_FORGOTTEN

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def peer() -> Peer:
    return Peer(max_frame_bytes=10_000)


def test_requests_are_numbered_from_one_and_pending_until_answered(peer: Peer) -> None:
    assert peer.request("a", {"x": 1}) == (1, b'{"id":1,"method":"a","params":{"x":1}}\n')
    assert peer.request("b") == (2, b'{"id":2,"method":"b"}\n')
    assert peer.pending == 2

    assert peer.receive(b'{"id":2,"result":{"y":2}}\n') == [Result(2, "b", b'{"y":2}')]
    assert peer.pending == 1
    assert peer.receive(b'{"id":1,"result":null}\n') == [Result(1, "a", b"null")]
    assert peer.pending == 0


def test_a_request_that_cannot_be_written_is_not_pending(peer: Peer) -> None:
    with pytest.raises(LocalProtocolError):
        peer.request("a", "\ud800")
    assert peer.pending == 0


def test_an_error_answer_fails_its_request(peer: Peer) -> None:
    peer.request("a")
    peer.request("b")
    assert peer.receive(
        b'{"id":1,"error":{"code":-32600,"message":"no"}}\n'
        b'{"id":2,"result":null,"error":{"code":1,"message":"m","data":{"d":1}}}\n'
    ) == [Failure(1, "a", -32600, "no", None), Failure(2, "b", 1, "m", b'{"d":1}')]


def test_an_error_of_null_beside_a_result_is_no_error(peer: Peer) -> None:
    peer.request("a")
    assert peer.receive(b'{"id":1,"result":7,"error":null}\n') == [Result(1, "a", b"7")]


@pytest.mark.parametrize("error", [b'"text"', b"{}", b'{"code":"x","message":"m"}', b'{"code":1}'])
def test_an_answer_with_a_malformed_error_still_ends_its_call(peer: Peer, error: bytes) -> None:
    peer.request("a")
    (failure,) = peer.receive(b'{"id":1,"error":%b}\n' % error)
    assert isinstance(failure, Failure)
    assert failure.code == MALFORMED_ANSWER_CODE
    assert "malformed error" in failure.message
    assert failure.data == error
    assert peer.pending == 0


@pytest.mark.parametrize("rest", [b"", b',"error":null', b',"params":{}'])
def test_an_answer_with_nothing_in_it_still_ends_its_call(peer: Peer, rest: bytes) -> None:
    peer.request("a")
    (failure,) = peer.receive(b'{"id":1%b}\n' % rest)
    assert isinstance(failure, Failure)
    assert (failure.code, failure.data) == (MALFORMED_ANSWER_CODE, None)
    assert "neither a result nor an error" in failure.message


def test_a_second_answer_is_a_duplicate(peer: Peer) -> None:
    peer.request("a")
    answer = b'{"id":1,"result":1}\n'
    assert peer.receive(answer + answer) == [Result(1, "a", b"1"), StrayAnswer(1, "duplicate")]


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (b'"result":{"turn":1}', b'{"turn":1}'),
        (b'"result":null', b"null"),
        (b'"error":{"code":1,"message":"m"}', None),
        (b'"x":1', None),
    ],
)
def test_the_answer_to_a_forgotten_request_is_late_once(
    peer: Peer, answer: bytes, kept: bytes | None
) -> None:
    peer.request("turn/start")
    assert peer.forget(1)
    assert not peer.forget(1)
    assert peer.pending == 0
    assert peer.receive(b'{"id":1,%b}\n' % answer) == [StrayAnswer(1, "late", "turn/start", kept)]
    assert peer.receive(b'{"id":1,%b}\n' % answer) == [StrayAnswer(1, "duplicate")]


@pytest.mark.parametrize("request_id", [b"0", b"-1", b"2", b'"1"', b"99999999999999999999"])
def test_an_answer_to_what_was_never_asked_is_unknown(peer: Peer, request_id: bytes) -> None:
    peer.request("a")
    (stray,) = peer.receive(b'{"id":%b,"result":1}\n' % request_id)
    assert isinstance(stray, StrayAnswer)
    assert (stray.reason, peer.pending) == ("unknown", 1)


def test_forgotten_requests_are_remembered_up_to_a_bound(peer: Peer) -> None:
    for _ in range(MAX_FORGOTTEN + 1):
        peer.forget(peer.request("a")[0])
    assert peer.receive(b'{"id":1,"result":1}\n{"id":2,"result":1}\n') == [
        StrayAnswer(1, "duplicate"),
        StrayAnswer(2, "late", "a", b"1"),
    ]


@pytest.mark.parametrize("request_id", [0, 7, "7", ""])
def test_a_server_request_is_answered_once_under_its_own_id(
    peer: Peer, request_id: int | str
) -> None:
    wire_id = f'"{request_id}"' if isinstance(request_id, str) else str(request_id)
    line = f'{{"id":{wire_id},"method":"ask","params":{{"p":1}}}}\n'.encode()
    assert peer.receive(line) == [IncomingRequest(request_id, "ask", b'{"p":1}')]
    assert dict(peer.open_requests) == {request_id: "ask"}

    assert peer.result(request_id, {"ok": True}) == (
        f'{{"id":{wire_id},"result":{{"ok":true}}}}\n'.encode()
    )
    assert not peer.open_requests
    again: list[Callable[[], bytes]] = [
        lambda: peer.result(request_id, 1),
        lambda: peer.error(request_id, 1, "m"),
    ]
    for answer in again:
        with pytest.raises(LocalProtocolError, match="not open"):
            answer()


def test_an_id_of_the_other_type_is_another_request(peer: Peer) -> None:
    peer.receive(b'{"id":1,"method":"int"}\n{"id":"1","method":"str"}\n')
    assert dict(peer.open_requests) == {1: "int", "1": "str"}
    assert peer.error("1", -32601, "unknown method", {"x": 1}) == (
        b'{"id":"1","error":{"code":-32601,"message":"unknown method","data":{"x":1}}}\n'
    )
    assert dict(peer.open_requests) == {1: "int"}


def test_a_server_request_may_come_without_params(peer: Peer) -> None:
    assert peer.receive(b'{"id":0,"method":"m"}\n') == [IncomingRequest(0, "m", b"null")]


def test_a_withdrawn_request_cannot_be_answered(peer: Peer) -> None:
    peer.receive(b'{"id":5,"method":"ask"}\n')
    assert peer.withdraw(5)
    assert not peer.withdraw(5)
    with pytest.raises(LocalProtocolError, match="request 5 is not open"):
        peer.result(5, {})


def test_an_answer_that_cannot_be_written_leaves_the_request_open(peer: Peer) -> None:
    peer.receive(b'{"id":5,"method":"ask"}\n')
    with pytest.raises(LocalProtocolError, match="answer to request 5"):
        peer.result(5, object())
    with pytest.raises(LocalProtocolError, match="answer to request 5"):
        peer.error(5, 1, "\udfff")
    assert peer.error(5, 1, "no") == b'{"id":5,"error":{"code":1,"message":"no"}}\n'


def test_a_request_under_an_open_id_is_stray_and_the_id_is_free_after_the_answer(
    peer: Peer,
) -> None:
    line = b'{"id":5,"method":"ask"}\n'
    assert peer.receive(line + line) == [
        IncomingRequest(5, "ask", b"null"),
        StrayRequest(5, "ask"),
    ]
    peer.result(5, None)
    assert peer.receive(line) == [IncomingRequest(5, "ask", b"null")]


def test_a_notification_is_the_envelope_itself(peer: Peer) -> None:
    (event,) = peer.receive(b'{"method":"n","params":{"a":1},"emittedAtMs":3}\n')
    assert isinstance(event, Envelope)
    assert (event.method, bytes(event.params), event.emitted_at_ms) == ("n", b'{"a":1}', 3)
    assert peer.notification("initialized") == b'{"method":"initialized"}\n'


def test_everything_keeps_its_place_among_the_rest(peer: Peer) -> None:
    peer.request("a")
    events = peer.receive(
        b'{"method":"n"}\nbanner\n{"id":1,"result":1}\n'
        + b"x" * 10_001
        + b'\n{"id":0,"method":"r"}\r\n\n{"method":"n"}'
    )
    events += peer.receive_end()
    kinds = [type(event) for event in events]
    assert kinds == [Envelope, GarbageFrame, Result, FrameTooLong, IncomingRequest, Envelope]
    assert peer.receive_end() == []


some_lines = st.sampled_from(
    [
        b'{"method":"n","params":{"text":"one"}}',
        b'{"method":"n","params":{"text":"two"}}\r',
        b'{"id":1,"result":{"r":1}}',
        b'{"id":1,"error":{"code":3,"message":"m"}}',
        b'{"id":2,"result":null}',
        b'{"id":"2","result":null}',
        b'{"id":0,"method":"r"}',
        b'{"id":"0","method":"r","params":[]}',
        b"{}",
        b"",
        b"garbage",
        b"\xff\n\xfe",
        b"x" * 300,
    ]
)


def comparable(event: WireEvent) -> object:
    if isinstance(event, Envelope):
        return event.method, bytes(event.params)
    return type(event) if isinstance(event, FrameTooLong) else event


@given(st.lists(some_lines, max_size=15), st.lists(st.integers(0, 1000), max_size=15))
def test_any_chunking_gives_the_same_events(lines: list[bytes], cuts: list[int]) -> None:
    stream = b"\n".join(lines)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    chunks = [stream[a:b] for a, b in itertools.pairwise(edges)]

    def play(parts: list[bytes]) -> list[object]:
        peer = Peer(max_frame_bytes=200)
        peer.request("first")
        peer.request("second")
        events = [event for part in parts for event in peer.receive(part)]
        return [comparable(event) for event in events + peer.receive_end()]

    assert play(chunks) == play([stream])


def test_a_block_that_is_taken_whole_is_one_event_in_its_place(peer: Peer) -> None:
    def take(block: bytes) -> list[bytes] | None:
        return None if b"id" in block else block.splitlines()

    peer.request("a")
    assert peer.receive(b'{"method":"m"}\n{"method":"n"}\n{"id"', take) == [
        Taken([b'{"method":"m"}', b'{"method":"n"}'])
    ]
    assert peer.receive(b':1,"result":0}\n{"method":"o"', take) == [Result(1, "a", b"0")]
    assert peer.receive(b"}\n", take) == [Taken([b'{"method":"o"}'])]
    assert peer.receive(b'{"method":"p"}\n') == [Envelope(method="p")]
