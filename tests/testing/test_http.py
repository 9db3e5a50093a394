"""The scripted model as a plain HTTP server, asked by a client that may misbehave."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import h11
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from codex_runtime.testing import (
    Gate,
    ModelRequest,
    Reply,
    cut,
    http_error,
    open_scripted_model,
    silence,
    text,
)
from codex_runtime.testing.http_server import MAX_BODY_BYTES, MAX_HEADER_BYTES
from codex_runtime.testing.script import DEFAULT_TEXT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from codex_runtime.testing import ScriptedModel

BOUND_S = 20
"""A test that takes so long is stuck; nothing is measured by it."""
ASK = b'{"model":"m","input":[{"role":"user","content":"hi"}]}'


class Client:
    """One connection."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._connection = h11.Connection(h11.CLIENT)

    async def send(
        self,
        method: str = "POST",
        path: str = "/v1/responses",
        body: bytes = ASK,
        **headers: str,
    ) -> None:
        fields = {"host": "test", "content-length": str(len(body)), **headers}
        if "transfer_encoding" in headers:
            del fields["content-length"]
        named = [(name.replace("_", "-"), value) for name, value in fields.items()]
        await self._write(h11.Request(method=method, target=path, headers=named))
        if body:
            await self._write(h11.Data(data=body))
        await self._write(h11.EndOfMessage())

    async def receive(self) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the next answer."""
        head = await self.event()
        while isinstance(head, h11.InformationalResponse):
            head = await self.event()
        assert isinstance(head, h11.Response), head
        body = b""
        while isinstance(event := await self.event(), h11.Data):
            body += event.data
        assert isinstance(event, h11.EndOfMessage)
        if self._connection.our_state is h11.DONE and self._connection.their_state is h11.DONE:
            self._connection.start_next_cycle()
        return head.status_code, {k.decode(): v.decode() for k, v in head.headers}, body

    async def ask(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, str], bytes]:
        await self.send(*args, **kwargs)
        return await self.receive()

    async def event(self) -> object:
        while (event := self._connection.next_event()) is h11.NEED_DATA:
            self._connection.receive_data(await self.stream.receive_some(65536))
        return event

    async def _write(self, event: h11.Request | h11.Data | h11.EndOfMessage) -> None:
        data = self._connection.send(event)
        assert data is not None
        await self.stream.send_all(data)


async def connect(model: ScriptedModel) -> Client:
    where = urlsplit(model.base_url)
    assert where.hostname is not None
    assert where.port is not None
    return Client(await trio.open_tcp_stream(where.hostname, where.port))


@asynccontextmanager
async def model_and_client(
    respond: Callable[[ModelRequest], Reply] | None = None,
) -> AsyncGenerator[tuple[ScriptedModel, Client]]:
    with trio.fail_after(BOUND_S):
        async with open_scripted_model(respond) as model:
            client = await connect(model)
            async with client.stream:
                yield model, client


def text_in(body: bytes) -> str:
    blocks = body.decode().removesuffix("\n\n").split("\n\n")
    events = [json.loads(block.partition("data: ")[2]) for block in blocks]
    return "".join(event.get("delta", "") for event in events)


async def test_without_a_script_a_fixed_text_is_answered() -> None:
    async with model_and_client() as (_, client):
        status, headers, body = await client.ask()
        assert status == 200
        assert headers["content-type"] == "text/event-stream"
        assert text_in(body) == DEFAULT_TEXT


async def test_queued_replies_come_before_those_of_respond() -> None:
    async with model_and_client(lambda _: text("computed")) as (model, client):
        model.enqueue(text("first"), text("second"))
        said = [text_in((await client.ask())[2]) for _ in range(3)]
        assert said == ["first", "second", "computed"]


async def test_one_connection_serves_many_requests() -> None:
    async with model_and_client() as (model, client):
        for _ in range(3):
            assert (await client.ask())[0] == 200
        assert [request.index for request in model.requests] == [0, 1, 2]


@pytest.mark.parametrize("size", [2, 1_000_000])
async def test_a_request_sent_ahead_is_answered_in_its_turn(size: int) -> None:
    async with model_and_client() as (model, client), trio.open_nursery() as nursery:
        gate = Gate()
        model.enqueue(silence(gate) + text("first"), text("second"))
        ahead = b"POST /v1/responses HTTP/1.1\r\nhost: t\r\ncontent-length: %d\r\n\r\n" % size
        await client.send()
        await model.wait_for_requests(1)
        nursery.start_soon(client.stream.send_all, ahead + b"{}".ljust(size))
        await wait_all_tasks_blocked()
        assert len(model.requests) == 1
        gate.release()
        assert text_in((await client.receive())[2]) == "first"
        await model.wait_for_requests(2)
        assert model.requests[1].body == {}


async def test_a_paced_text_waits_between_its_deltas(
    autojump_clock: MockClock,  # noqa: ARG001 - pytest-trio runs the test on it
) -> None:
    async with open_scripted_model() as model:
        client = await connect(model)
        model.enqueue(text("abc", deltas=3, delay_s=3600.0))
        async with client.stream:
            started = trio.current_time()
            assert text_in((await client.ask())[2]) == "abc"
            assert trio.current_time() - started == pytest.approx(2 * 3600.0)


async def test_a_chunked_body_and_an_expectation_are_understood() -> None:
    async with model_and_client() as (model, client):
        status, _, _ = await client.ask(transfer_encoding="chunked", expect="100-continue")
        assert status == 200
        assert model.requests[0].last_user_text == "hi"


async def test_the_list_of_models_is_empty() -> None:
    async with model_and_client() as (model, client):
        status, _, body = await client.ask("GET", "/v1/models?client_version=1", b"")
        assert (status, json.loads(body)) == (200, {"models": []})
        assert model.requests == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/responses", 405),
        ("POST", "/v1/models", 405),
        ("POST", "/v1/chat/completions", 404),
        ("GET", "/", 404),
    ],
)
async def test_what_is_not_served_is_refused_and_the_connection_kept(
    method: str, path: str, status: int
) -> None:
    async with model_and_client() as (_, client):
        assert (await client.ask(method, path, b""))[0] == status
        assert (await client.ask())[0] == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"\xff"'])
async def test_a_body_that_is_no_json_object_is_refused_and_not_recorded(body: bytes) -> None:
    async with model_and_client() as (model, client):
        status, _, answer = await client.ask(body=body)
        assert status == 400
        assert "not a JSON object" in json.loads(answer)["error"]["message"]
        assert model.requests == []


async def test_a_body_that_is_announced_too_large_is_refused_unread() -> None:
    async with model_and_client() as (_, client):
        head = b"POST /v1/responses HTTP/1.1\r\nhost: t\r\ncontent-length: %d\r\n\r\n"
        await client.stream.send_all(head % (MAX_BODY_BYTES + 1))
        assert (await raw_answer(client)).startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_grows_too_large_is_refused_while_it_comes() -> None:
    async with model_and_client() as (_, client):
        head = b"POST /v1/responses HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n"
        await client.stream.send_all(head)
        megabyte = b"100000\r\n" + bytes(0x100000) + b"\r\n"

        async def send_for_ever() -> None:
            while True:
                try:
                    await client.stream.send_all(megabyte)
                except trio.BrokenResourceError:
                    return

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send_for_ever)
            assert (await raw_answer(client)).startswith(b"HTTP/1.1 413 ")
            nursery.cancel_scope.cancel()


async def test_headers_without_end_are_refused() -> None:
    async with model_and_client() as (_, client):
        head = b"GET /v1/models HTTP/1.1\r\nx: "
        await client.stream.send_all(head + b"a" * (2 * MAX_HEADER_BYTES))
        assert (await raw_answer(client)).startswith(b"HTTP/1.1 431 ")


async def test_what_is_not_http_is_refused() -> None:
    async with model_and_client() as (_, client):
        await client.stream.send_all(b"\x16\x03\x01 hello\r\n\r\n")
        assert (await raw_answer(client)).startswith(b"HTTP/1.1 400 ")


async def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody() -> None:
    async with model_and_client() as (model, client):
        head = b"POST /v1/responses HTTP/1.1\r\nhost: t\r\ncontent-length: 10\r\n\r\n{"
        await client.stream.send_all(head)
        await client.stream.aclose()
        other = await connect(model)
        async with other.stream:
            assert (await other.ask())[0] == 200
        assert len(model.requests) == 1


async def test_an_http_error_is_sent_as_scripted() -> None:
    async with model_and_client() as (model, client):
        model.enqueue(http_error(418, {"tea": True}, headers={"X-Pot": "yes"}))
        status, headers, body = await client.ask()
        assert (status, headers["x-pot"], json.loads(body)) == (418, "yes", {"tea": True})
        assert (await client.ask())[0] == 200


async def test_an_abrupt_cut_breaks_the_body() -> None:
    async with model_and_client() as (model, client):
        model.enqueue(cut(text("partial")))
        await client.send()
        with pytest.raises(h11.RemoteProtocolError, match="without sending complete"):
            await client.receive()
        with pytest.raises(RuntimeError, match="ended without being dropped"):
            await model.wait_disconnected(0)
        assert model.active_streams == 0


async def test_a_clean_cut_ends_the_body_without_the_last_event() -> None:
    async with model_and_client() as (model, client):
        model.enqueue(cut(text("partial"), abrupt=False))
        _, _, body = await client.ask()
        assert text_in(body) == "partial"
        assert b"response.completed" not in body
        assert (await client.ask())[0] == 200


async def test_a_client_that_leaves_a_silent_stream_is_noticed() -> None:
    async with model_and_client() as (model, client):
        model.enqueue(silence())
        await client.send()
        await model.wait_for_requests(1)
        assert model.active_streams == 1
        await client.stream.aclose()
        await model.wait_disconnected(0)
        assert model.active_streams == 0


async def test_a_client_that_leaves_while_it_is_sent_to_is_noticed() -> None:
    async with model_and_client() as (model, client):
        model.enqueue(text("x", deltas=200_000, delta_chars=8))
        await client.send()
        await client.event()
        await client.stream.aclose()
        await model.wait_disconnected(0)


async def test_waiting_for_a_drop_that_cannot_come_any_more_is_an_error() -> None:
    async with model_and_client() as (model, client):
        await client.ask()
        with pytest.raises(RuntimeError, match="request 0 ended without being dropped"):
            await model.wait_disconnected(0)


async def test_each_release_frees_one_silence_of_each_answer() -> None:
    async with model_and_client() as (model, client):
        model.enqueue(silence() + text("between") + silence() + text("end"))
        await client.send()
        await model.wait_for_requests(1)
        model.release()
        received = b""
        while b"between" not in received:
            event = await client.event()
            received += event.data if isinstance(event, h11.Data) else b""
        assert model.active_streams == 1
        model.release()
        while isinstance(rest := await client.event(), h11.Data):
            received += rest.data
        assert text_in(received) == "betweenend"


async def test_a_gate_that_is_open_holds_nothing() -> None:
    async with model_and_client() as (model, client):
        gate = Gate()
        gate.release()
        model.enqueue(silence(gate) + text("at once"))
        assert text_in((await client.ask())[2]) == "at once"


async def test_many_streams_are_open_at_once_and_answered_each_with_its_own() -> None:
    gate = Gate()
    said: dict[int, str] = {}

    def respond(request: ModelRequest) -> Reply:
        return silence(gate) + text(f"for {request.last_user_text}")

    async def ask(model: ScriptedModel, number: int) -> None:
        client = await connect(model)
        body = json.dumps({"input": [{"role": "user", "content": str(number)}]}).encode()
        async with client.stream:
            said[number] = text_in((await client.ask(body=body))[2])

    async with model_and_client(respond) as (model, _), trio.open_nursery() as nursery:
        for number in range(100):
            nursery.start_soon(ask, model, number)
        await model.wait_for_requests(100)
        assert model.active_streams == 100
        gate.release()
    assert said == {number: f"for {number}" for number in range(100)}


@pytest.mark.parametrize("error", [LookupError("no \ud800 reply"), TypeError("x")])
async def test_a_respond_that_raises_is_answered_with_500_and_recorded(
    error: Exception,
) -> None:
    def respond(_: ModelRequest) -> Reply:
        raise error

    async with model_and_client(respond) as (model, client):
        status, _, body = await client.ask()
        assert status == 500
        assert "respond raised" in json.loads(body)["error"]["message"]
        assert list(model.errors) == [error]


async def test_a_respond_that_returns_no_reply_is_told_so() -> None:
    def respond(_: ModelRequest) -> Reply:
        return "hello"  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    async with model_and_client(respond) as (model, client):
        assert (await client.ask())[0] == 500
        assert "made by text()" in str(model.errors[0])


async def test_only_replies_can_be_queued() -> None:
    async with model_and_client() as (model, _):
        with pytest.raises(TypeError, match="enqueue takes a Reply"):
            model.enqueue("hello")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def raw_answer(client: Client) -> bytes:
    received = b""
    while True:
        try:
            data = await client.stream.receive_some(65536)
        except trio.BrokenResourceError:
            return received
        if not data:
            return received
        received += data
