"""`open_scripted_chat` over HTTP: what a client gets, and what the test sees of it."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from codex_runtime.testing import (
    ChatRequest,
    Gate,
    Reply,
    cut,
    finish,
    http_answer,
    open_scripted_chat,
    rate_limited,
    raw,
    reasoning,
    silence,
    text,
    tool_call,
    usage,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from codex_runtime.testing import ScriptedChat

BOUND_S = 20
"""A test that takes so long is stuck; nothing is measured by it."""


@asynccontextmanager
async def chat_and_client(
    respond: Callable[[ChatRequest], Reply] | None = None,
) -> AsyncGenerator[tuple[ScriptedChat, httpx2.AsyncClient]]:
    with trio.fail_after(BOUND_S):
        async with (
            open_scripted_chat(respond) as chat,
            httpx2.AsyncClient(base_url=chat.base_url, trust_env=False, timeout=None) as client,
        ):
            yield chat, client


def asked(said: str = "hi", **fields: object) -> dict[str, object]:
    return {"model": "m", "messages": [{"role": "user", "content": said}], **fields}


async def ask(client: httpx2.AsyncClient, said: str = "hi", **fields: object) -> httpx2.Response:
    return await client.post("chat/completions", json=asked(said, **fields))


def chunks_in(body: bytes) -> list[dict[str, Any]]:
    *events, done = body.decode().removesuffix("\n\n").split("\n\n")
    assert done == "data: [DONE]"
    return [json.loads(event.removeprefix("data: ")) for event in events]


async def test_a_stream_is_chunks_that_end_with_done() -> None:
    async with chat_and_client() as (chat, client):
        chat.enqueue(text("abcd", deltas=2))
        answer = await ask(client, stream=True)
    assert answer.headers["content-type"] == "text/event-stream"
    choices = [chunk["choices"][0] for chunk in chunks_in(answer.content)]
    assert [choice["delta"].get("content") for choice in choices] == ["ab", "cd", None]
    assert [choice["finish_reason"] for choice in choices] == [None, None, "stop"]


async def test_without_stream_the_answer_is_one_object() -> None:
    async with chat_and_client() as (chat, client):
        chat.enqueue(reasoning("hm") + text("ab") + usage(input_tokens=7, output_tokens=2))
        answer = await ask(client)
    assert answer.headers["content-type"] == "application/json"
    completion = answer.json()
    (choice,) = completion["choices"]
    assert choice["message"] == {
        "role": "assistant",
        "content": "ab",
        "reasoning_content": "hm",
    }
    assert choice["finish_reason"] == "stop"
    assert completion["usage"]["total_tokens"] == 9


async def test_without_a_script_a_fixed_text_is_answered() -> None:
    async with chat_and_client() as (_, client):
        answer = await ask(client)
    assert "nothing was scripted" in answer.json()["choices"][0]["message"]["content"]


async def test_the_function_sees_the_request_and_its_error_is_kept() -> None:
    def respond(request: ChatRequest) -> Reply:
        if request.last_user_text == "fail":
            raise LookupError("no such prompt")
        return text(request.last_user_text.upper())

    async with chat_and_client(respond) as (chat, client):
        said = (await ask(client, said="hello")).json()["choices"][0]["message"]["content"]
        failed = await ask(client, said="fail")
        (error,) = chat.errors
    assert said == "HELLO"
    assert failed.status_code == 500
    assert isinstance(error, LookupError)


async def test_requests_are_kept_and_credentials_are_not_shown() -> None:
    async with chat_and_client() as (chat, client):
        await client.post(
            "chat/completions",
            json=asked(),
            headers={"Authorization": "Bearer hush", "x-mine": "1"},
        )
        (request,) = chat.requests
    assert request.headers["x-mine"] == "1"
    assert request.credentials == {"authorization": "Bearer hush"}
    assert "hush" not in repr(request)
    assert (request.index, request.path) == (0, "/v1/chat/completions")


async def test_the_list_of_models_has_one() -> None:
    async with chat_and_client() as (_, client):
        answer = await client.get("models")
    assert [model["object"] for model in answer.json()["data"]] == ["model"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "chat/completions", 405),
        ("POST", "models", 405),
        ("POST", "responses", 404),
    ],
)
async def test_what_is_not_served_is_refused(method: str, path: str, status: int) -> None:
    async with chat_and_client() as (chat, client):
        answer = await client.request(method, path, json={})
        assert answer.status_code == status
        assert chat.requests == []


async def test_a_body_that_is_no_object_is_refused_and_not_recorded() -> None:
    async with chat_and_client() as (chat, client):
        answer = await client.post("chat/completions", content=b"[1]")
        assert answer.status_code == 400
        assert "not a JSON object" in answer.json()["error"]["message"]
        assert chat.requests == []


async def test_a_silence_before_the_status_holds_everything_back() -> None:
    gate = Gate()
    async with chat_and_client() as (chat, client):
        chat.enqueue(silence(gate, opened=False) + rate_limited(retry_after_s=3))
        async with trio.open_nursery() as nursery:

            async def release_once_it_waits() -> None:
                await chat.wait_for_requests(1)
                await wait_all_tasks_blocked(0.01)
                assert chat.active_streams == 1
                gate.release()

            nursery.start_soon(release_once_it_waits)
            answer = await ask(client, stream=True)
    assert gate.is_released
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "3"


async def test_release_lets_a_held_answer_go_on() -> None:
    async with chat_and_client() as (chat, client):
        chat.enqueue(text("a") + silence() + text("b"))
        async with client.stream("POST", "chat/completions", json=asked(stream=True)) as answer:
            lines = answer.aiter_lines()
            first = await anext(lines)
            chat.release()
            rest = [line async for line in lines if line]
    assert '"content":"a"' in first
    assert '"content":"b"' in rest[0]


async def test_a_client_that_leaves_is_noticed() -> None:
    async with chat_and_client() as (chat, client):
        chat.enqueue(silence())
        async with client.stream("POST", "chat/completions", json=asked(stream=True)):
            assert chat.active_streams == 1
        await chat.wait_disconnected(0)
        assert chat.active_streams == 0


async def test_an_answer_that_was_read_to_its_end_was_not_dropped() -> None:
    async with chat_and_client() as (chat, client):
        await ask(client)
        with pytest.raises(RuntimeError, match="without being dropped"):
            await chat.wait_disconnected(0)


async def test_an_abrupt_cut_breaks_the_connection() -> None:
    async with chat_and_client() as (chat, client):
        chat.enqueue(cut(text("half")))
        with pytest.raises(httpx2.HTTPError):
            await ask(client, stream=True)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_body_of_raw_bytes_alone_is_sent_as_it_is(stream: bool) -> None:
    async with chat_and_client() as (chat, client):
        chat.enqueue(raw(b"data: {broken\n\n") + cut(abrupt=False))
        assert (await ask(client, stream=stream)).content == b"data: {broken\n\n"


async def test_any_status_and_page_can_be_answered() -> None:
    async with chat_and_client() as (chat, client):
        page = {"content-type": "text/html", "x-from": "proxy"}
        chat.enqueue(
            http_answer(200, "<html>", headers=page),
            http_answer(307, headers={"location": "/elsewhere"}),
            http_answer(204),
        )
        answers = [await ask(client, stream=True) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 307, 204]
    assert (answers[0].text, answers[0].headers["content-type"]) == ("<html>", "text/html")


async def test_leaving_the_block_closes_the_port() -> None:
    async with chat_and_client() as (chat, client):
        url = f"{chat.base_url}/models"
        await client.get("models")
    async with httpx2.AsyncClient(trust_env=False) as late:
        with pytest.raises(httpx2.ConnectError):
            await late.get(url)


class TestTheOfficialClient:
    """The scripted server as the official package of the API sees it."""

    @staticmethod
    async def used(reply: Reply, use: Callable[[openai.OpenAI], Any]) -> Any:
        def in_thread(base_url: str) -> Any:
            client = openai.OpenAI(
                base_url=base_url,
                api_key="any",
                max_retries=0,
                http_client=openai.DefaultHttpxClient(trust_env=False),
            )
            with client:
                return use(client)

        with trio.fail_after(BOUND_S):
            async with open_scripted_chat() as chat:
                chat.enqueue(reply)
                return await trio.to_thread.run_sync(partial(in_thread, chat.base_url))

    async def test_it_gathers_text_calls_and_usage_of_a_stream(self) -> None:
        def use(client: openai.OpenAI) -> Any:
            with client.chat.completions.stream(
                model="m",
                messages=[{"role": "user", "content": "hi"}],
                stream_options={"include_usage": True},
            ) as stream:
                return stream.get_final_completion()

        figures = usage(
            input_tokens=10, cached_input_tokens=4, output_tokens=5, reasoning_output_tokens=2
        )
        calls = tool_call("one", {"a": "b" * 9}, call_id="c1") + tool_call("two", {})
        completion = await self.used(text("Look", deltas=4) + calls + figures, use)
        (choice,) = completion.choices
        assert choice.message.content == "Look"
        one, two = choice.message.tool_calls
        assert (one.id, one.function.name) == ("c1", "one")
        assert json.loads(one.function.arguments) == {"a": "b" * 9}
        assert (two.function.name, two.function.arguments) == ("two", "{}")
        assert choice.finish_reason == "tool_calls"
        assert completion.usage.prompt_tokens_details.cached_tokens == 4
        assert completion.usage.completion_tokens_details.reasoning_tokens == 2

    async def test_it_reads_an_answer_in_one_piece(self) -> None:
        def use(client: openai.OpenAI) -> Any:
            return client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "hi"}]
            )

        completion = await self.used(text("cut o") + finish("length"), use)
        (choice,) = completion.choices
        assert (choice.message.content, choice.finish_reason) == ("cut o", "length")

    async def test_it_raises_its_own_error_for_a_limited_rate(self) -> None:
        def use(client: openai.OpenAI) -> Any:
            with pytest.raises(openai.RateLimitError) as caught:
                client.chat.completions.create(
                    model="m", messages=[{"role": "user", "content": "hi"}]
                )
            return caught.value.response.headers["retry-after"]

        assert await self.used(rate_limited(retry_after_s=2), use) == "2"
