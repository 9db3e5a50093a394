"""The web service of the documentation, on the real app-server, over a real socket."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx2
import pytest
import uvicorn

from codex_runtime import RuntimeConfig
from codex_runtime.protocol import THREAD_READ, ThreadReadParams
from codex_runtime.testing import Gate, ModelRequest, Reply, serve_scripted_model, silence, text
from docs.examples.fastapi_service import make_app
from tests.real.conftest import BOUND_S
from tests.real.processes import marked_processes

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from codex_runtime.testing import ServedModel

STREAMS = 20


class Service:
    """The service, served by uvicorn in a thread and a loop of its own."""

    def __init__(self, config: RuntimeConfig) -> None:
        self.app = make_app(config)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(
            uvicorn.Config(self.app, log_level="critical", timeout_graceful_shutdown=1)
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), name="service")
        host, port = self._socket.getsockname()
        self.url = f"http://{host}:{port}"

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve(sockets=[self._socket])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(BOUND_S)
        assert not self._thread.is_alive()

    def statuses(self, thread_id: str) -> list[str]:
        """How the turns of a thread are on the app-server's record."""
        runtime = self.app.state.service.runtime
        read = runtime.call(THREAD_READ, ThreadReadParams(thread_id=thread_id, include_turns=True))
        assert self._loop is not None
        answer = asyncio.run_coroutine_threadsafe(read, self._loop).result(BOUND_S)
        return [turn.status for turn in answer.thread.turns]


@pytest.fixture
def replies() -> dict[str, Reply]:
    """What the model answers, by the prompt."""
    return {}


@pytest.fixture
def served(replies: dict[str, Reply]) -> Generator[ServedModel]:
    def respond(request: ModelRequest) -> Reply:
        prompt = request.last_user_text
        return replies[prompt] if prompt in replies else text(f"re: {prompt}")

    with serve_scripted_model(respond) as model:
        yield model
        assert model.errors == ()


@contextmanager
def serving(config: RuntimeConfig) -> Generator[Service]:
    service = Service(config)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture
def service(served: ServedModel, home: Path) -> Generator[Service]:
    with serving(served.runtime_config(home)) as service:
        yield service


@pytest.fixture
def http(service: Service) -> Generator[httpx2.Client]:
    with httpx2.Client(base_url=service.url, timeout=BOUND_S, trust_env=False) as http:
        yield http


Event = tuple[str, dict[str, Any]]  # Any: JSON


def events_from(lines: Iterator[str]) -> Iterator[Event]:
    name = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def until(events: Iterator[Event], name: str) -> dict[str, Any]:
    return next(event for kind, event in events if kind == name)


def assert_ended(before: list[threading.Thread]) -> None:
    """No thread is left but those that trio keeps for ten seconds."""
    for thread in threading.enumerate():
        if thread not in before and not thread.name.startswith("Trio thread"):
            thread.join(BOUND_S)
            assert not thread.is_alive()


def test_a_turn_is_streamed_piece_by_piece(
    http: httpx2.Client, served: ServedModel, replies: dict[str, Reply]
) -> None:
    gate = Gate()
    replies["Say two things"] = text("one") + silence(gate) + text("two")
    with http.stream("POST", "/turns", json={"prompt": "Say two things"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = events_from(answer.iter_lines())
        first = until(events, "AgentMessageDelta")
        assert (first["delta"], first["turnId"]) == ("one", answer.headers["turn-id"])
        assert served.active_streams == 1  # the model has not said the rest
        served.release(gate)
        rest = list(events)
    assert [event["delta"] for name, event in rest if name == "AgentMessageDelta"] == ["two"]
    assert [name for name, _ in rest][-2:] == ["TurnCompleted", "Result"]
    assert rest[-1][1] == {"status": "completed", "text": "two"}


def test_the_endpoint_interrupts_a_turn_within_its_bound(
    http: httpx2.Client, service: Service, served: ServedModel, replies: dict[str, Reply]
) -> None:
    replies["Count"] = text("one ", finished=False) + silence()
    with http.stream("POST", "/turns", json={"prompt": "Count"}) as answer:
        events = events_from(answer.iter_lines())
        thread_id = until(events, "AgentMessageDelta")["threadId"]
        interrupt = f"/turns/{answer.headers['turn-id']}/interrupt"
        done = http.post(interrupt, timeout=RuntimeConfig().interrupt_timeout_s)
        assert done.json() == {"state": "interrupted", "status": "interrupted"}
        assert until(events, "Result") == {"status": "interrupted", "text": "one "}
    served.wait_disconnected(0)
    assert http.post(interrupt).status_code == 404
    assert service.statuses(thread_id) == ["interrupted"]


def test_a_client_that_disconnects_in_the_middle_ends_the_turn_on_the_server(
    http: httpx2.Client, service: Service, served: ServedModel, replies: dict[str, Reply]
) -> None:
    replies["Count"] = text("one ", finished=False) + silence()
    with http.stream("POST", "/turns", json={"prompt": "Count"}) as answer:
        thread_id = until(events_from(answer.iter_lines()), "AgentMessageDelta")["threadId"]
    served.wait_disconnected(0)

    # The next one goes on with that conversation.
    ask = {"prompt": "Still there?", "thread_id": thread_id}
    with http.stream("POST", "/turns", json=ask) as answer:
        result = until(events_from(answer.iter_lines()), "Result")
    assert result == {"status": "completed", "text": "re: Still there?"}
    assert service.statuses(thread_id) == ["interrupted", "completed"]
    assert service.app.state.service.turns == {}


def test_twenty_turns_are_streamed_at_once_and_half_of_the_clients_leave(
    service: Service, served: ServedModel, replies: dict[str, Reply]
) -> None:
    gate = Gate()
    prompts = [f"turn {n}" for n in range(STREAMS)]
    leaving = set(prompts[::2])
    replies.update({p: text("one ") + silence(gate) + text(f"re: {p}") for p in prompts})
    begun = threading.Barrier(STREAMS + 1, timeout=BOUND_S)
    texts: dict[str, str] = {}

    def stream(prompt: str) -> None:
        with (
            httpx2.Client(base_url=service.url, timeout=BOUND_S, trust_env=False) as http,
            http.stream("POST", "/turns", json={"prompt": prompt}) as answer,
        ):
            events = events_from(answer.iter_lines())
            until(events, "AgentMessageDelta")
            begun.wait()
            if prompt not in leaving:
                texts[prompt] = until(events, "Result")["text"]

    clients = [threading.Thread(target=stream, args=(prompt,)) for prompt in prompts]
    for client in clients:
        client.start()
    begun.wait()  # each has its first piece
    for request in served.requests:
        if request.last_user_text in leaving:
            served.wait_disconnected(request.index)
    assert served.active_streams == STREAMS - len(leaving)
    served.release(gate)
    for client in clients:
        client.join(BOUND_S)
    assert texts == {prompt: f"re: {prompt}" for prompt in prompts if prompt not in leaving}


def test_a_client_that_does_not_read_holds_up_nobody(
    http: httpx2.Client, served: ServedModel, replies: dict[str, Reply]
) -> None:
    replies["Much"] = text("x" * 4_000_000, delta_chars=1_000) + silence()
    with http.stream("POST", "/turns", json={"prompt": "Much"}):
        served.wait_for_requests(1)
        with http.stream("POST", "/turns", json={"prompt": "Little"}) as answer:
            result = until(events_from(answer.iter_lines()), "Result")
        assert served.active_streams == 1
    assert result == {"status": "completed", "text": "re: Little"}
    served.wait_disconnected(0)


@pytest.mark.parametrize(
    ("ask", "status", "error"),
    [
        ({"prompt": ""}, 400, "PromptError"),
        ({"prompt": "Hi", "thread_id": str(UUID(int=0))}, 400, "ThreadNotFound"),
    ],
)
def test_what_cannot_begin_is_an_http_error(
    http: httpx2.Client, ask: dict[str, str], status: int, error: str
) -> None:
    answer = http.post("/turns", json=ask)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_turn_that_does_not_run_cannot_be_interrupted(http: httpx2.Client) -> None:
    assert http.post("/turns/nonsense/interrupt").status_code == 404


def test_ending_the_service_leaves_neither_a_process_nor_a_thread(
    served: ServedModel, home: Path
) -> None:
    before = threading.enumerate()
    with serving(served.runtime_config(home)) as service:
        answer = httpx2.post(
            f"{service.url}/turns", json={"prompt": "Hi"}, timeout=BOUND_S, trust_env=False
        )
        assert answer.text.endswith('data: {"status": "completed", "text": "re: Hi"}\n\n')
        assert len(marked_processes()) >= 1
    assert_ended(before)
    assert marked_processes() == {}


def test_ending_the_service_ends_the_turns_that_stream(
    served: ServedModel, home: Path, replies: dict[str, Reply]
) -> None:
    replies["Count"] = text("one ", finished=False) + silence()
    before = threading.enumerate()
    with (
        httpx2.Client(timeout=BOUND_S, trust_env=False) as http,
        serving(served.runtime_config(home)) as service,
        http.stream("POST", f"{service.url}/turns", json={"prompt": "Count"}) as answer,
    ):
        events = events_from(answer.iter_lines())
        until(events, "AgentMessageDelta")
        service.stop()
        with pytest.raises(httpx2.RemoteProtocolError):
            list(events)
    served.wait_disconnected(0)
    assert_ended(before)
    assert marked_processes() == {}
