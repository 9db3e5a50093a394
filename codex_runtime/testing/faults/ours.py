"""`codex_runtime` itself as a client on trial, through its public names.

Owns the translation between `Client` and `Runtime`; decides nothing. Enter at `open_ours`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import attrs

from codex_runtime.errors import (
    AppServerExited,
    CodexRuntimeError,
    InputTooLarge,
    InvalidInput,
    ProtocolError,
    QueueTimeout,
    RequestError,
    RequestTimeout,
    RuntimeClosed,
    ServerOverloaded,
    SessionBusy,
    SessionClosed,
    StartError,
    ThreadNotFound,
    TurnNotCompleted,
)
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.hooks.hooks import HookConfig
from codex_runtime.model.profile import SessionConfig
from codex_runtime.model.prompt import PromptParams
from codex_runtime.protocol import MalformedNotification, UnknownNotification
from codex_runtime.protocol.codec import decode_json, encode_params
from codex_runtime.runtime.runtime import open_runtime
from codex_runtime.testing.fake_runtime import open_runtime_on
from codex_runtime.testing.faults.client import (
    Answer,
    Approval,
    Approve,
    ClientOptions,
    Event,
    Json,
    Place,
)
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

    from codex_runtime.model.results import TurnResult
    from codex_runtime.protocol import Notification
    from codex_runtime.runtime.runtime import Runtime
    from codex_runtime.session.session import Session
    from codex_runtime.session.turn import Turn

__all__ = ["OurClient", "OurStream", "UserCode", "open_ours", "runtime_fields", "translated"]

UserCode: TypeAlias = "Callable[..., Awaitable[Any]]"  # Any: whatever a handler or hook answers
"""What users write; in a trial it is trio's, wherever the client runs."""

# The first that fits.
_KINDS: tuple[tuple[type[CodexRuntimeError], str], ...] = (
    (InputTooLarge, "too_large"),
    (ThreadNotFound, "not_found"),
    (ServerOverloaded, "overloaded"),
    (RequestError, "refused"),
    (RequestTimeout, "timeout"),
    (QueueTimeout, "timeout"),
    (AppServerExited, "exited"),
    (RuntimeClosed, "closed"),
    (SessionClosed, "closed"),
    (SessionBusy, "busy"),
    (StartError, "start"),
    (InvalidInput, "invalid"),
    (ProtocolError, "protocol"),
)


@contextmanager
def translated() -> Generator[None, None, None]:
    """Our errors as `ClientError`; an ended turn is no error here."""
    try:
        yield
    except TurnNotCompleted:
        raise
    except CodexRuntimeError as problem:
        kind = next((name for error, name in _KINDS if isinstance(problem, error)), "error")
        raise ClientError(kind, f"{type(problem).__name__}: {problem}") from problem


def answer_of(result: TurnResult) -> Answer:
    """The result in the words of the kit."""
    error = result.error
    info = error.codex_error_info if error is not None else None
    return Answer(
        status=result.status,
        text=result.text,
        turn_id=result.turn_id,
        error=error.message if error is not None else "",
        error_kind=info if isinstance(info, str) else _tag_of(info),
        reconciled=bool(getattr(result, "reconciled", False)),
        tokens=result.usage.total_tokens if result.usage is not None else None,
    )


def _tag_of(info: object) -> str:
    """The name on the wire of a ``codexErrorInfo`` that has details."""
    return "" if info is None else str(next(iter(decode_json(encode_params(info))), ""))


class OurStream:
    """A `Turn`."""

    def __init__(self, turn: Turn) -> None:
        self.turn: Turn = turn

    @property
    def turn_id(self) -> str:
        """See `Stream.turn_id`."""
        return self.turn.turn_id

    def __aiter__(self) -> OurStream:
        return self

    async def __anext__(self) -> Event:
        return event_of(await anext(self.turn))

    async def interrupt(self) -> str:
        """See `Client.interrupt`."""
        with translated():
            return (await self.turn.interrupt()).state

    async def answer(self) -> Answer:
        """See `Stream.answer`."""
        with translated():
            try:
                return answer_of(await self.turn.finish())
            except TurnNotCompleted as problem:
                return answer_of(problem.result)


def event_of(event: Notification) -> Event:
    """Its wire name and its params, as plain JSON again."""
    if isinstance(event, UnknownNotification | MalformedNotification):
        return Event(event.method, decode_json(event.params) if event.params else None)
    method: str = cast("Any", event).METHOD  # every other one has it
    return Event(method, decode_json(encode_params(event)))


class OurClient:
    """A `Runtime` and its sessions by thread; both may be used by rows about our own API."""

    name: str = "codex_runtime"

    def __init__(self, runtime: Runtime) -> None:
        self.runtime: Runtime = runtime
        self.sessions: dict[str, Session] = {}

    @property
    def pending(self) -> int:
        """See `Client.pending`."""
        return self.runtime.statistics().pending_calls

    def _keep(self, session: Session) -> str:
        self.sessions[session.thread_id] = session
        return session.thread_id

    async def start_thread(self) -> str:
        """See `Client.start_thread`."""
        with translated():
            return self._keep(await self.runtime.start_session(SessionConfig(cwd=".")))

    async def resume_thread(self, thread_id: str) -> None:
        """See `Client.resume_thread`; the earlier handle, if any, stays open."""
        with translated():
            self._keep(await self.runtime.resume_session(thread_id, SessionConfig(cwd=".")))

    async def ask(
        self,
        thread_id: str,
        prompt: str,
        *,
        deadline_s: float | None = None,
        key: str | None = None,
    ) -> Answer:
        """See `Client.ask`."""
        with translated():
            try:
                params = _params(prompt, deadline_s, key)
                return answer_of(await self.sessions[thread_id].ask_with(params))
            except TurnNotCompleted as problem:
                return answer_of(problem.result)

    @asynccontextmanager
    async def stream(self, thread_id: str, prompt: str) -> AsyncGenerator[OurStream, None]:
        """See `Client.stream`."""
        with translated():
            async with self.sessions[thread_id].ask_stream(prompt) as turn:
                yield OurStream(turn)

    async def interrupt(self, thread_id: str, turn_id: str | None = None) -> str:
        """See `Client.interrupt`."""
        with translated():
            return (await self.sessions[thread_id].interrupt_turn(turn_id)).state

    async def steer(self, thread_id: str, text: str) -> None:
        """See `Client.steer`."""
        with translated():
            await self.sessions[thread_id].steer(text)

    async def close_thread(self, thread_id: str) -> None:
        """See `Client.close_thread`."""
        with translated():
            await self.sessions[thread_id].close()

    async def call(self, method: str, params: Json, *, timeout_s: float | None = None) -> Json:
        """See `Client.call`."""
        with translated():
            return await self.runtime.request(method, params, timeout_s=timeout_s)


def _params(prompt: str, deadline_s: float | None, key: str | None) -> PromptParams:
    given: dict[str, Any] = {"prompt": prompt}  # Any: PromptParams checks them
    if key is not None:
        given["key"] = key
    if deadline_s is not None:
        deadlines: Any = import_module("codex_runtime").Deadlines
        given["deadlines"] = deadlines(total_s=deadline_s)
    return PromptParams(**given)


def runtime_fields(
    place: Place, options: ClientOptions, users: Callable[[UserCode], UserCode]
) -> dict[str, Any]:
    """The fields of a `RuntimeConfig`, for where the user's code is what ``users`` makes of it."""
    given: dict[str, Any] = dict(options.ours)  # Any: RuntimeConfig checks them
    if isinstance(hooks := given.get("hooks"), HookConfig):
        given["hooks"] = HookConfig(
            [attrs.evolve(hook, run=users(cast("UserCode", hook.run))) for hook in hooks.hooks]
        )
    if options.approve is not None:
        given["approvals"] = users(_deciding(options.approve))
    if place.connect is None:
        given["codex_bin"] = place.codex_bin
        given["env"] = {**place.env, **given.get("env", {})}
        given["config_overrides"] = {**place.overrides, **given.get("config_overrides", {})}
    return given


def _deciding(approve: Approve) -> UserCode:
    async def decide(request: Any) -> Any:  # Any: what is answered is on trial too
        params = decode_json(encode_params(request.params))
        asked = Approval(
            method="",
            request_id=request.request_id,
            params=params,
            thread_id=request.thread_id,
            accept=request.accept,
        )
        decision = await approve(asked)
        if decision in ("accept", "decline"):
            return getattr(request, decision)()
        return decision

    return decide


@asynccontextmanager
async def open_ours(place: Place, options: ClientOptions) -> AsyncGenerator[OurClient, None]:
    """A runtime on the server of ``place``."""
    given = runtime_fields(place, options, lambda function: function)
    if place.connect is not None:
        async with open_runtime_on(place.connect, RuntimeConfig(**given)) as runtime:
            yield OurClient(runtime)
        return
    with translated():
        async with open_runtime(RuntimeConfig(**given)) as runtime:
            yield OurClient(runtime)
