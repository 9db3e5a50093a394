"""`serve_scripted_model`: the scripted model for programs that do not run trio."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from codex_runtime.testing import (
    Gate,
    ModelRequest,
    Reply,
    ServedModel,
    serve_scripted_model,
    silence,
    text,
)

if TYPE_CHECKING:
    from pathlib import Path

BOUND_S = 20.0


def owned() -> set[threading.Thread]:
    """The threads of served models; trio keeps idle ones of its own for a while."""
    return {thread for thread in threading.enumerate() if thread.name == "codex_runtime"}


def connection_to(model: ServedModel) -> HTTPConnection:
    address = urlsplit(model.base_url)
    assert address.hostname is not None
    return HTTPConnection(address.hostname, address.port, timeout=BOUND_S)


def ask(model: ServedModel, body: str = "{}") -> str:
    """One request, from the thread of the caller: the whole answer."""
    connection = connection_to(model)
    connection.request("POST", "/v1/responses", body)
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


def test_a_plain_program_is_answered_and_sees_what_it_asked() -> None:
    with serve_scripted_model() as model:
        model.enqueue(text("hello"))
        assert '"hello"' in ask(model, '{"model": "mine"}')
        assert [request.model for request in model.requests] == ["mine"]
        assert model.errors == ()


def test_a_function_answers_and_what_it_raises_is_kept() -> None:
    def respond(request: ModelRequest) -> Reply:
        raise LookupError(request.index)

    with serve_scripted_model(respond) as model:
        assert "respond raised LookupError(0)" in ask(model)
        (error,) = model.errors
        assert isinstance(error, LookupError)


def test_many_threads_share_one_model() -> None:
    with (
        serve_scripted_model(lambda request: text(str(request.body["n"]))) as model,
        ThreadPoolExecutor(8) as pool,
    ):
        answers = list(pool.map(lambda n: ask(model, json.dumps({"n": f"<{n}>"})), range(20)))
        assert [f"<{n}>" in answer for n, answer in enumerate(answers)] == [True] * 20
        assert len(model.requests) == 20


def test_a_silence_is_seen_and_ended_from_another_thread() -> None:
    with serve_scripted_model() as model, ThreadPoolExecutor() as pool:
        model.enqueue(silence() + text("at last"))
        answer = pool.submit(ask, model)
        (request,) = model.wait_for_requests(1, timeout_s=BOUND_S)
        assert (request.index, model.active_streams) == (0, 1)
        model.release()
        assert '"at last"' in answer.result(BOUND_S)


def test_a_gate_is_released_from_another_thread() -> None:
    gate = Gate()
    with serve_scripted_model() as model, ThreadPoolExecutor() as pool:
        model.enqueue(silence(gate) + text("one"), silence(gate) + text("two"))
        answers = [pool.submit(ask, model) for _ in range(2)]
        model.wait_for_requests(2, timeout_s=BOUND_S)
        model.release(gate)
        assert sorted('"one"' in answer.result(BOUND_S) for answer in answers) == [False, True]


def test_the_wait_for_requests_has_a_bound() -> None:
    with serve_scripted_model() as model:
        ask(model)
        with pytest.raises(TimeoutError, match=r"2 requests within 0\.01 s: there were 1"):
            model.wait_for_requests(2, timeout_s=0.01)


def test_a_client_that_goes_away_is_seen() -> None:
    with serve_scripted_model() as model:
        model.enqueue(text("half", finished=False) + silence(), text("whole"))
        connection = connection_to(model)
        connection.request("POST", "/v1/responses", "{}")
        answer = connection.getresponse()
        assert answer.readline().startswith(b"event:")
        answer.close()
        connection.close()
        model.wait_disconnected(0, timeout_s=BOUND_S)
        assert model.active_streams == 0

        connection = connection_to(model)
        connection.request("POST", "/v1/responses", "{}")
        connection.getresponse().read()
        with pytest.raises(RuntimeError, match="answer to request 1 ended without being dropped"):
            model.wait_disconnected(1, timeout_s=BOUND_S)
        connection.close()


def test_the_wait_for_a_client_that_stays_has_a_bound() -> None:
    with serve_scripted_model() as model, ThreadPoolExecutor() as pool:
        model.enqueue(silence())
        answer = pool.submit(ask, model)
        model.wait_for_requests(1, timeout_s=BOUND_S)
        with pytest.raises(TimeoutError, match=r"request 0 was not dropped within 0\.01 s"):
            model.wait_disconnected(0, timeout_s=0.01)
        model.release()
        answer.result(BOUND_S)


def test_ctrl_c_ends_a_wait_and_the_model_goes_on() -> None:
    with serve_scripted_model() as model:

        def press() -> None:
            ask(model)
            main = threading.main_thread().ident
            assert main is not None
            signal.pthread_kill(main, signal.SIGINT)

        pressing = threading.Thread(target=press)
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it may come a little early
            pressing.start()
            model.wait_for_requests(2, timeout_s=BOUND_S)
        pressing.join(BOUND_S)
        assert len(model.wait_for_requests(1)) == 1


def test_leaving_closes_the_port_and_ends_the_thread() -> None:
    before = owned()
    with serve_scripted_model() as model:
        assert len(owned() - before) == 1
    assert owned() <= before
    with pytest.raises(ConnectionRefusedError):
        ask(model)


def test_what_was_asked_can_still_be_seen_after_the_block() -> None:
    with serve_scripted_model() as model:
        ask(model)
    assert [request.index for request in model.requests] == [0]
    model.release()  # nobody waits any more
    with pytest.raises(RuntimeError, match="the model is served no more"):
        model.wait_for_requests(2)


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt(), SystemExit(3)])
def test_what_the_block_raises_comes_out_as_it_is(error: BaseException) -> None:
    before = owned()
    with pytest.raises(type(error)) as caught, serve_scripted_model():
        raise error
    assert caught.value is error
    assert owned() <= before


def test_a_port_that_is_taken_is_an_os_error() -> None:
    before = owned()
    with serve_scripted_model() as model:
        port = urlsplit(model.base_url).port
        assert port is not None
        with pytest.raises(OSError, match="in use"), serve_scripted_model(port=port):
            pytest.fail("the door opened")
    assert owned() <= before


def test_the_configurations_are_those_of_the_scripted_model(tmp_path: Path) -> None:
    with serve_scripted_model() as model:
        config = model.runtime_config(tmp_path, request_timeout_s=5.0)
        assert config.codex_home == tmp_path
        assert config.request_timeout_s == 5.0
        assert config.config_overrides == model.config_overrides()
        assert config.env == model.environment()
        assert model.base_url in str(model.config_overrides())


def test_an_asyncio_program_goes_on_while_a_thread_waits_for_it() -> None:
    async def program(model: ServedModel) -> str:
        async with asyncio.timeout(BOUND_S), asyncio.TaskGroup() as group:
            answer = group.create_task(asyncio.to_thread(ask, model))
            await asyncio.to_thread(model.wait_for_requests, 1)
            model.release()
        return answer.result()

    with serve_scripted_model() as model:
        model.enqueue(silence() + text("done"))
        assert '"done"' in asyncio.run(program(model))


async def test_it_can_be_used_beside_trio_too() -> None:
    with serve_scripted_model() as model:
        assert "nothing was scripted" in ask(model)
