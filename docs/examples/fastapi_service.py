"""A web service: turns over HTTP, their events as they come (SSE), an endpoint to interrupt.

    POST /turns                      {"prompt": "...", "thread_id": null or what a turn told}
    POST /turns/{turn_id}/interrupt

Run as a program it serves itself on a free port of loopback, with a scripted model, and uses itself
over HTTP. On your own set-up: ``uvicorn fastapi_service:app``.
"""

import asyncio
import json
import socket
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, cast

import httpx2
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from codex_runtime import CodexRuntimeError, RuntimeConfig, SessionConfig
from codex_runtime.aio import Runtime, Session, Turn, open_runtime
from codex_runtime.protocol import encode_params
from codex_runtime.testing import ModelRequest, Reply, serve_scripted_model, text

# -- the service -----------------------------------------------------------------------------------


class Service:
    """What the requests share: one runtime, and the turns that run."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.turns: dict[str, Turn] = {}

    async def open_session(self, thread_id: str | None) -> Session:
        config = SessionConfig(cwd=".", on_exit="detach")  # a later request may go on with it
        if thread_id is None:
            return await self.runtime.start_session(config)
        return await self.runtime.resume_session(thread_id, config)


def service_of(request: Request) -> Service:
    return cast("Service", request.app.state.service)


class Ask(BaseModel):
    prompt: str
    thread_id: str | None = None


async def running_turn(
    ask: Ask, service: Annotated[Service, Depends(service_of)]
) -> AsyncGenerator[Turn]:
    """A turn for one request. It is left when the answer is over: by its end, or its client's."""
    async with (
        await service.open_session(ask.thread_id) as session,
        session.ask_stream(ask.prompt) as turn,
    ):
        service.turns[turn.turn_id] = turn
        try:
            yield turn  # noqa: ASYNC119 - FastAPI makes a context manager of it
        finally:
            del service.turns[turn.turn_id]


async def events_of(turn: Turn) -> AsyncIterator[str]:
    async for event in turn:
        yield sse(type(event).__name__, bytes(encode_params(event)).decode())
    result = turn.result
    yield sse("Result", json.dumps({"status": result.status, "text": result.text}))


def sse(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"  # JSON has no line breaks


routes = APIRouter()


@routes.post("/turns")
async def stream_turn(turn: Annotated[Turn, Depends(running_turn)]) -> StreamingResponse:
    headers = {"turn-id": turn.turn_id, "cache-control": "no-cache"}
    return StreamingResponse(events_of(turn), media_type="text/event-stream", headers=headers)


@routes.post("/turns/{turn_id}/interrupt")
async def interrupt_turn(
    turn_id: str, service: Annotated[Service, Depends(service_of)]
) -> dict[str, str | None]:
    turn = service.turns.get(turn_id)
    if turn is None:
        raise HTTPException(404, "no such turn is running")
    outcome = await turn.interrupt()
    return {"state": outcome.state, "status": outcome.status}


async def refuse(_request: Request, error: Exception) -> JSONResponse:
    """What went wrong before the first event: an unknown thread, a server that is down, ..."""
    again = isinstance(error, CodexRuntimeError) and error.retryable
    said = {"error": type(error).__name__, "message": str(error)}
    return JSONResponse(said, status_code=503 if again else 400)


def make_app(config: RuntimeConfig) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with open_runtime(config) as runtime:
            app.state.service = Service(runtime)
            yield

    app = FastAPI(lifespan=lifespan)
    app.include_router(routes)
    app.add_exception_handler(CodexRuntimeError, refuse)
    return app


app = make_app(RuntimeConfig())

# -- a client --------------------------------------------------------------------------------------


async def events_from(answer: httpx2.Response) -> AsyncIterator[tuple[str, dict[str, object]]]:
    name = ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


async def stream_one(http: httpx2.AsyncClient) -> None:
    async with http.stream("POST", "/turns", json={"prompt": "Count to five"}) as answer:
        async for name, event in events_from(answer):
            if name == "AgentMessageDelta":
                print(event["delta"], end="", flush=True)
            elif name == "Result":
                print("\n", event, sep="")


async def interrupt_one(http: httpx2.AsyncClient) -> None:
    async with http.stream("POST", "/turns", json={"prompt": "Count to a thousand"}) as answer:
        interrupt = f"/turns/{answer.headers['turn-id']}/interrupt"
        asked = False
        async for name, event in events_from(answer):
            if name == "AgentMessageDelta" and not asked:
                asked = True
                print("interrupt:", (await http.post(interrupt)).json())
            elif name == "Result":
                print(event["status"])


# -- both, as a program ----------------------------------------------------------------------------


async def serve_and_use(config: RuntimeConfig) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    host, port = listener.getsockname()
    server = uvicorn.Server(uvicorn.Config(make_app(config), log_level="warning"))
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[listener]))
        try:
            url = f"http://{host}:{port}"
            async with httpx2.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
                await stream_one(http)
                await interrupt_one(http)
        finally:
            server.should_exit = True


def respond(request: ModelRequest) -> Reply:
    if request.last_user_text == "Count to five":
        return text("one two three four five", delta_chars=4, delay_s=0.05)
    numbers = " ".join(map(str, range(1, 1001)))
    return text(numbers, delta_chars=8, delay_s=0.02)


async def on_a_scripted_model() -> None:
    with serve_scripted_model(respond) as model, tempfile.TemporaryDirectory() as home:
        await serve_and_use(model.runtime_config(Path(home)))


if __name__ == "__main__":
    asyncio.run(on_a_scripted_model())
