"""What a relay takes of a client: how much, how slow, how many, and from whom."""

from __future__ import annotations

import pytest
import trio

from codex_runtime.relay import incoming, service
from codex_runtime.testing import Gate, silence, text
from tests.relay.server.wire import begin, connect, opened, post, push, read, request_bytes, until

LIMIT = 2048


async def test_a_body_whose_head_says_that_it_is_too_long_is_refused_unread() -> None:
    async with opened(max_body_bytes=LIMIT) as (relay, chat):
        async with await connect(relay) as stream:
            head = b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"
            await stream.send_all(head)
            answer = await read(stream)
        assert not chat.requests
    assert answer.status == 400
    assert answer.error["code"] == "context_length_exceeded"
    assert answer.headers["connection"] == "close"


async def test_a_body_in_chunks_is_refused_where_it_becomes_too_long() -> None:
    async with opened(max_body_bytes=LIMIT) as (relay, _), await connect(relay) as stream:
        head = b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\n"
        await stream.send_all(head + b"Transfer-Encoding: chunked\r\n\r\n")
        await stream.send_all(b"1000\r\n" + b"x" * 0x1000 + b"\r\n0\r\n\r\n")
        answer = await read(stream)
    assert answer.error["code"] == "context_length_exceeded"


async def test_all_bodies_together_are_bounded_and_a_refused_one_may_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, body = request_bytes().split(b"\r\n\r\n")
    monkeypatch.setattr(service, "MAX_BODIES_BYTES", 2 * len(body) - 1)
    gate = Gate()
    async with opened() as (relay, chat):
        chat.enqueue(text("first", finished=False) + silence(gate), text("second"))
        async with await begin(relay) as stream:
            await chat.wait_for_requests(1)
            answer = await post(relay)
            assert answer.status == 429
            assert answer.headers["retry-after"] == "1"
            assert answer.error["code"] == "relay_busy"
            assert "bytes" in answer.error["message"]
            gate.release()
            await read(stream)
        assert (await post(relay)).text == "second"
        assert [len(chat.requests), relay.statistics().refused] == [2, 1]


async def test_a_client_that_sends_on_gets_to_read_why_it_is_refused() -> None:
    async with opened(max_body_bytes=LIMIT) as (relay, _):
        answer = await post(relay, b"x" * 8_000_000)
    assert answer.error["code"] == "context_length_exceeded"


async def test_a_client_that_sends_without_end_is_closed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(incoming, "_LINGER_S", 0.05)
    async with opened(max_body_bytes=LIMIT) as (relay, _), await connect(relay) as stream:
        head = b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n"
        await stream.send_all(head + b"\r\n")
        with pytest.raises(trio.BrokenResourceError):
            await push(stream, b"x" * 1000)


async def test_a_body_that_does_not_come_is_given_up() -> None:
    async with opened(body_timeout_s=0.05) as (relay, _), await connect(relay) as stream:
        await stream.send_all(request_bytes()[:-5])
        answer = await read(stream)
    assert answer.status == 408
    assert answer.error["code"] == "request_timeout"


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_a_compressed_body_is_refused_with_a_reason(coding: str) -> None:
    async with opened() as (relay, _):
        answer = await post(relay, b"\x1f\x8b", headers={"Content-Encoding": coding})
    assert answer.status == 415
    assert coding in answer.error["message"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"model":5}', b"\xff\xfe", b'{"model":"m"}' * 2]
)
async def test_a_body_that_is_no_request_is_refused_with_a_reason(body: bytes) -> None:
    async with opened() as (relay, chat):
        answer = await post(relay, body)
        assert not chat.requests
        assert relay.statistics().refused == 1
    assert answer.status == 400
    assert answer.error["type"] == "invalid_request_error"
    assert answer.error["message"]


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "malformed_request"),
        (b"POST /v1/responses\r\n\r\n", 400, "malformed_request"),
        (b"POST /v1/responses HTTP/1.1\r\nx: " + b"x" * 65_560, 431, "headers_too_large"),
    ],
)
async def test_a_request_that_is_no_http_is_told_so(head: bytes, status: int, code: str) -> None:
    async with opened() as (relay, _), await connect(relay) as stream:
        await stream.send_all(head)
        answer = await read(stream)
    assert answer.status == status
    assert answer.error["code"] == code
    assert answer.error["message"]


async def test_a_flood_of_headers_is_cut_off() -> None:
    async with opened() as (relay, _), await connect(relay) as stream:
        await stream.send_all(b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\n")
        heard = b""
        with pytest.raises(trio.BrokenResourceError):
            await push(stream, b"x-filler: " + b"x" * 10_000 + b"\r\n")
        with trio.move_on_after(1):
            try:
                heard += await stream.receive_some()
            except trio.BrokenResourceError:
                heard += b"reset"
    assert heard.startswith((b"HTTP/1.1 431", b"reset"))


async def test_more_requests_than_places_wait_and_are_then_sent_away() -> None:
    gate = Gate()
    async with opened(max_streams=1, queue_timeout_s=0.05) as (relay, chat):
        chat.enqueue(text("first", finished=False) + silence(gate), text("second"))
        async with await begin(relay) as stream:
            await chat.wait_for_requests(1)
            answer = await post(relay)
            assert answer.status == 429
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.error["code"] == "relay_busy"
            assert relay.statistics().streams == 1
            gate.release()
            assert (await read(stream)).last["status"] == "completed"
        assert (await post(relay)).text == "second"


async def test_a_place_that_becomes_free_goes_to_who_waits() -> None:
    gate = Gate()
    async with opened(max_streams=1) as (relay, chat):
        chat.enqueue(text("first", finished=False) + silence(gate), text("second"))
        async with await begin(relay) as first, await begin(relay) as second:
            await chat.wait_for_requests(1)
            await until(lambda: relay.statistics().waiting == 1)
            gate.release()
            answers = {(await read(first)).text, (await read(second)).text}
    assert answers == {"first", "second"}


async def test_without_the_token_nothing_is_served_but_health() -> None:
    async with opened(token_env="TOKEN", environ={"TOKEN": "s3cret"}) as (relay, chat):
        for given in ("", "Bearer wrong", "Basic s3cret", "Bearer", "s3cret"):
            answer = await post(relay, headers={"Authorization": given})
            assert answer.status == 401
            assert answer.error["code"] == "invalid_api_key"
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "s3cret" not in answer.body.decode()
        assert (await post(relay, method="GET", path="/v1/models")).status == 401
        assert (await post(relay, method="GET", path="/healthz")).status == 200
        assert not chat.requests
        answer = await post(relay, headers={"authorization": "bearer s3cret"})
        assert answer.last["status"] == "completed"
        assert relay.environment()["TOKEN"] == "s3cret"
        assert relay.provider.env_key == "TOKEN"


async def test_web_pages_are_not_served() -> None:
    async with opened() as (relay, chat):
        answer = await post(relay, headers={"Origin": "http://127.0.0.1:3000"})
        assert answer.status == 403
        assert answer.error["code"] == "origin_refused"
        assert not chat.requests


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "[::1].evil.example",
        "127.0.0.1:80.evil.example",
        "[::1",
    ],
)
async def test_a_name_that_is_not_this_machine_is_not_served(host: str) -> None:
    async with opened() as (relay, _):
        answer = await post(relay, headers={"Host": host})
    assert answer.status == 403
    assert answer.error["code"] == "host_refused"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:80", "127.9.9.9"]
)
async def test_every_name_of_this_machine_is_served(host: str) -> None:
    async with opened() as (relay, _):
        assert (await post(relay, headers={"Host": host})).status == 200


@pytest.mark.parametrize("path", ["/responses", "/v1/responses/", "/", "/v1/chat/completions"])
async def test_another_path_is_told_the_right_ones(path: str) -> None:
    async with opened() as (relay, _):
        answer = await post(relay, path=path)
    assert answer.status == 404
    assert "/v1/responses" in answer.error["message"]


async def test_another_method_is_told_the_right_one() -> None:
    async with opened() as (relay, _):
        answer = await post(relay, method="GET")
        assert answer.status == 405
        assert "POST" in answer.headers["allow"]
        assert answer.error["code"] == "method_not_allowed"
        assert (await post(relay, path="/healthz")).status == 405


async def test_models_and_health_are_told() -> None:
    async with opened(model_map={"gpt-5.5": "other"}) as (relay, _):
        models = await post(relay, method="GET", path="/v1/models")
        health = await post(relay, method="GET", path="/healthz")
    assert models.json["data"][0]["id"] == "gpt-5.5"
    assert health.json == {"status": "ok", "streams": 0}


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/chat/completions", 404), ("/v1/models", 405), ("/healthz", 405)]
)
async def test_a_body_for_nobody_does_not_hide_the_answer(path: str, status: int) -> None:
    async with opened() as (relay, _):
        answer = await post(relay, b"x" * 8_000_000, path=path)
    assert answer.status == status
    assert "allow" in answer.headers or status == 404


async def test_a_refusal_without_a_body_keeps_the_connection() -> None:
    async with opened() as (relay, _), await connect(relay) as stream:
        for path, headers in (("/nothing", {}), ("/healthz", {"Origin": "null"}), ("/healthz", {})):
            await stream.send_all(request_bytes(method="GET", path=path, headers=headers))
            answer = await read(stream)
            assert "connection" not in answer.headers
    assert answer.status == 200
