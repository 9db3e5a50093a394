"""Spoiled requests, through a real relay: each ends with what a client can read, and soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from codex_runtime.relay.store.memory import MemoryStore
from tests.relay.fuzz_harness import GOOD_REQUEST, Answer, open_bench, request_bytes
from tests.relay.fuzz_values import CODEX_REQUEST, any_json, encoded, spoiled_bytes, spoiled_json

if TYPE_CHECKING:
    from collections.abc import Sequence

# To shrink what fails would take minutes.
_SLOW = settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
_FAIR = {"completed", "HTTP 400", "HTTP 404"}


async def ask_all(bodies: Sequence[bytes], **config: object) -> list[Answer]:
    """Ask each of one relay, whose upstream is in perfect health."""
    store = MemoryStore()
    store.save_with_id("resp_0", [b'{"role":"user","content":"before"}'])
    answers: list[Answer] = []
    async with open_bench(store=store, **config) as bench:
        for body in bodies:
            answer = await bench.ask(body)
            answer.check()
            assert answer.outcome in _FAIR, (body, answer)
            answers.append(answer)
        # Nobody is asked in vain, and nobody twice.
        assert bench.asked == sum(answer.status == 200 for answer in answers)
    return answers


async def test_the_request_that_is_spoiled_below_is_a_good_one() -> None:
    (answer,) = await ask_all([encoded(CODEX_REQUEST)])
    assert answer.outcome == "completed", answer


@_SLOW
@given(bodies=st.lists(spoiled_json(CODEX_REQUEST).map(encoded), min_size=8, max_size=8))
async def test_a_request_with_wrong_parts_is_served_or_refused(bodies: list[bytes]) -> None:
    await ask_all(bodies)


@_SLOW
@given(
    bodies=st.lists(
        spoiled_json({"model": "m", "stream": False, "input": CODEX_REQUEST["input"][4:11]}),
        min_size=8,
        max_size=8,
    )
)
async def test_so_is_one_that_is_not_streamed(bodies: list[Any]) -> None:
    await ask_all([encoded(body) for body in bodies])


@_SLOW
@given(bodies=st.lists(spoiled_bytes(encoded(CODEX_REQUEST)), min_size=8, max_size=8))
async def test_a_request_of_spoiled_bytes_is_served_or_refused(bodies: list[bytes]) -> None:
    await ask_all(bodies)


@_SLOW
@given(bodies=st.lists(any_json.map(encoded) | st.binary(max_size=60), min_size=8, max_size=8))
async def test_what_is_no_request_at_all_is_refused(bodies: list[bytes]) -> None:
    answers = await ask_all(bodies)
    assert {answer.status for answer in answers} == {400}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"input":' * 50_000,
        b'{"model":"m","input":[' + b'{"content":' * 20_000,
        b'{"model":"m","input":"x","tools":[{"type":"function","name":"f","parameters":'
        + b'{"a":' * 3_000 + b"1" + b"}" * 3_000 + b"}]}",
        b'{"model":"m","stream":true,"input":"x","metadata":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"model":"m","input":"\\ud800"}',
        b'{"model":"m\\ud800","input":"x"}',
        b'{"model":"m","input":"\xff"}',
        b"\xef\xbb\xbf" + b'{"model":"m","input":"x"}',
        b'{"model":"m","input":"x","max_output_tokens":1e999}',
        b'{"model":"m","input":"x","model":"n"}',
    ],
    ids=range(11),
)  # fmt: skip
async def test_a_request_that_is_made_to_break_parsers_is_served_or_refused(body: bytes) -> None:
    await ask_all([body])


@_SLOW
@given(
    said=st.lists(
        spoiled_bytes(request_bytes(GOOD_REQUEST)) | st.binary(max_size=200),
        min_size=8,
        max_size=8,
    )
)
async def test_what_is_hardly_http_is_answered_or_hung_up_on(said: list[bytes]) -> None:
    async with open_bench() as bench:
        for data in said:
            heard = await bench.say(data)
            assert not heard or heard.startswith(b"HTTP/1.1 "), (data, heard)
            assert not heard.startswith(b"HTTP/1.1 5"), (data, heard)
