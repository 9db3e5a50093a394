"""Every row of the table of errors, provoked on the real server: the words are still its own.

Two app-servers on one home are asked, once for all tests of this module: one with the experimental
capability, and a plain one, which is also the other process that a thread may be in use by. What a
provocation needs is made by `Servers`; it is keyed by the example of its row.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import pytest
import trio

from codex_runtime import RequestError, Runtime, SessionConfig, open_runtime
from codex_runtime.protocol.errors_table import ERROR_ROWS, ErrorRow, classify
from codex_runtime.testing import ModelRequest, Reply, open_scripted_model, text
from codex_runtime.transport import ProcessSpec, spawn_process

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from codex_runtime.transport import Transport

BOUND_S = 30
"""For one provocation."""
UNHEARD_OF = "019a9f00-0000-7000-8000-000000000000"
PROMPT = [{"type": "text", "text": "hi"}]
ENDLESS = [{"type": "text", "text": "go on for ever"}]
REVIEW = {"type": "custom", "instructions": "go on for ever"}
BURST = 2000
BURST_BOUND_S = 3
"""A burst can be read as fast as it is written, and then nothing of it is refused."""


@attrs.frozen
class Servers:
    """Two servers on one home, and threads in the state that is wanted."""

    one: Runtime
    """With the experimental capability."""
    other: Runtime
    """Without."""
    codex: str
    home: Path
    workspace: Path

    async def new(self, **params: object) -> str:
        """A loaded thread that never ran."""
        opened = await self.one.request("thread/start", {"cwd": str(self.workspace), **params})
        return str(opened["thread"]["id"])

    async def ran(self) -> str:
        """A loaded thread that ran a turn."""
        session = await self.one.start_session(SessionConfig(cwd=self.workspace))
        await session.ask("hi")
        return session.thread_id

    async def archived(self) -> str:
        """A thread in the archive."""
        thread_id = await self.ran()
        await self.one.request("thread/archive", {"threadId": thread_id})
        return thread_id

    async def busy(self, method: str = "turn/start", **params: object) -> tuple[str, str]:
        """A thread with an active turn, made by ``method``, and the id of the turn."""
        thread_id = await self.new()
        async with self.one.subscribe(methods=["turn/started"]) as events:
            answer = await self.one.request(method, {"threadId": thread_id, **params})
            async for event in events:
                if getattr(event, "thread_id", None) == thread_id:
                    return thread_id, answer["turn"]["id"]
        raise AssertionError("the events ended")


Provocation: TypeAlias = "Callable[[Servers], Awaitable[object]]"


def asks(method: str, **params: object) -> Provocation:
    """Ask without further ado."""
    return lambda servers: servers.one.request(method, params)


def asks_of(state: str, method: str, **params: object) -> Provocation:
    """Ask of a thread in a state: ``new``, ``ran``, ``archived``."""

    async def provoke(servers: Servers) -> object:
        thread_id = await getattr(servers, state)()
        return await servers.one.request(method, {"threadId": thread_id, **params})

    return provoke


def asks_of_an_ephemeral_thread(method: str, **params: object) -> Provocation:
    async def provoke(servers: Servers) -> object:
        thread_id = await servers.new(ephemeral=True)
        return await servers.one.request(method, {"threadId": thread_id, **params})

    return provoke


def asks_of_a_busy_thread(method: str, **params: object) -> Provocation:
    async def provoke(servers: Servers) -> object:
        thread_id, _ = await servers.busy(input=ENDLESS)
        return await servers.one.request(method, {"threadId": thread_id, **params})

    return provoke


async def steers_a_review(servers: Servers) -> object:
    thread_id, turn_id = await servers.busy("review/start", target=REVIEW)
    params = {"threadId": thread_id, "expectedTurnId": turn_id, "input": PROMPT}
    return await servers.one.request("turn/steer", params)


async def steers_with_nothing(servers: Servers) -> object:
    thread_id, turn_id = await servers.busy(input=ENDLESS)
    params = {"threadId": thread_id, "expectedTurnId": turn_id, "input": []}
    return await servers.one.request("turn/steer", params)


async def asks_while_a_review_runs(servers: Servers) -> object:
    thread_id, _ = await servers.busy("review/start", target=REVIEW)
    return await servers.one.request("turn/start", {"threadId": thread_id, "input": PROMPT})


async def resumes_what_another_process_has_open(servers: Servers) -> object:
    return await servers.other.request("thread/resume", {"threadId": await servers.ran()})


async def asks_too_much_at_once(servers: Servers) -> None:
    """Past the gate of a runtime, which is there so that this does not happen."""
    hello = message(0, "initialize", {"clientInfo": {"name": "burst", "version": "0"}})
    burst = [message(number, "thread/loaded/list", {}) for number in range(1, BURST)]
    await writes(servers, "thread/loaded/list", hello + b"".join(burst))


async def asks_before_the_handshake(servers: Servers) -> None:
    await writes(servers, "thread/list", message(0, "thread/list", {}))


async def writes(servers: Servers, method: str, lines: bytes) -> None:
    """Write to a server without a runtime, and raise the first error that it answers with."""
    spec = ProcessSpec(
        argv=(servers.codex, "app-server"),
        env={**os.environ, "CODEX_HOME": str(servers.home), "RUST_LOG": "error"},
    )
    error = None
    while error is None:
        async with spawn_process(spec) as transport, trio.open_nursery() as nursery:
            nursery.start_soon(transport.send_all, lines)
            with trio.move_on_after(BURST_BOUND_S):
                error = await first_error(transport)
            nursery.cancel_scope.cancel()
    raise classify(method, error["code"], error["message"], error.get("data"))


async def first_error(transport: Transport) -> Any:
    """The error of the first answer that is one."""
    received = b""
    while True:
        chunk = await transport.receive_some()
        assert chunk, f"the server ended: {transport.stderr_tail}"
        received += chunk
        whole, _, received = received.rpartition(b"\n")
        for line in whole.splitlines():
            if "error" in (answer := json.loads(line)):
                return answer["error"]


def message(number: int, method: str, params: object) -> bytes:
    return json.dumps({"id": number, "method": method, "params": params}).encode() + b"\n"


def without_the_capability(method: str, **params: object) -> Provocation:
    return lambda servers: servers.other.request(method, params)


PROVOCATIONS: dict[str, Provocation] = {
    "Server overloaded; retry later.": asks_too_much_at_once,
    "Input exceeds the maximum length of 1048576 characters.": asks_of(
        "new", "turn/start", input=[{"type": "text", "text": "x" * 1_048_577}]
    ),
    "Configuration was modified since last read. Fetch latest version and retry.": asks(
        "config/value/write",
        keyPath="model",
        value="x",
        mergeStrategy="replace",
        expectedVersion="sha256:older",
    ),
    "cannot steer a review turn": steers_a_review,
    "failed to submit turn input: ActiveTurnNotSteerable { turn_kind: Review }": (
        asks_while_a_review_runs
    ),
    "thread/settings/update requires experimentalApi capability": without_the_capability(
        "thread/settings/update", threadId=UNHEARD_OF
    ),
    "thread/start.dynamicTools requires experimentalApi capability": without_the_capability(
        "thread/start", dynamicTools=[]
    ),
    "Invalid request: unknown variant `no/such`, expected one of `initialize`, `thread/start`": (
        asks("no/such")
    ),
    "list_turns is not supported yet": asks_of("new", "thread/read", includeTurns=True),
    "ephemeral threads do not support thread/turns/list": asks_of_an_ephemeral_thread(
        "thread/turns/list"
    ),
    "ephemeral thread does not support metadata updates: ID": asks_of_an_ephemeral_thread(
        "thread/name/set", name="title"
    ),
    "thread is not persisted and cannot be deleted: ID": asks_of_an_ephemeral_thread(
        "thread/delete"
    ),
    "thread ID is not materialized yet; thread/turns/list is unavailable before first user "
    "message": asks_of("new", "thread/turns/list"),
    "thread not found: ID": asks("turn/start", threadId=UNHEARD_OF, input=PROMPT),
    "thread not loaded: ID": asks("thread/read", threadId=UNHEARD_OF),
    "no rollout found for thread id ID": asks("thread/resume", threadId=UNHEARD_OF),
    "no archived rollout found for thread id ID": asks("thread/unarchive", threadId=UNHEARD_OF),
    "failed to read thread: invalid thread-store request: no rollout found for thread id ID": asks(
        "thread/queue/list", threadId=UNHEARD_OF
    ),
    "invalid session id: invalid length: expected length 32 for simple format, found 3": asks(
        "thread/resume", threadId="abc"
    ),
    "invalid thread id: invalid length: expected length 32 for simple format, found 3": asks(
        "turn/start", threadId="abc", input=PROMPT
    ),
    "session ID is archived. Run `codex unarchive ID` to unarchive it first.": asks_of(
        "archived", "thread/resume"
    ),
    "thread ID already has an active writer": resumes_what_another_process_has_open,
    "no active turn to interrupt": asks_of("new", "turn/interrupt", turnId=UNHEARD_OF),
    "no active turn to steer": asks_of(
        "new", "turn/steer", expectedTurnId=UNHEARD_OF, input=PROMPT
    ),
    "expected active turn id ID but found ID": asks_of_a_busy_thread(
        "turn/interrupt", turnId=UNHEARD_OF
    ),
    "expected active turn id `ID` but found `ID`": asks_of_a_busy_thread(
        "turn/steer", expectedTurnId=UNHEARD_OF, input=PROMPT
    ),
    'no active command/exec for process id "nope"': asks(
        "command/exec/write", processId="nope", deltaBase64=""
    ),
    'no active process for process handle "nope"': asks("process/kill", processHandle="nope"),
    "codex account authentication required to read rate limits": asks("account/rateLimits/read"),
    "remote control requires ChatGPT authentication": asks("remoteControl/enable"),
    "No such file or directory (os error 2)": asks("fs/readFile", path="/no/such/file"),
    "failed to spawn process: No such file or directory (os error 2)": asks(
        "process/spawn", processHandle="new", command=["/no/such/file"], cwd="/"
    ),
}

PLAIN: dict[str, Provocation] = {
    "Not initialized": asks_before_the_handshake,
    "Already initialized": asks("initialize", clientInfo={"name": "again", "version": "1"}),
    "Invalid request: missing field `input`": asks("turn/start", threadId=UNHEARD_OF),
    "Invalid request: invalid type: integer `5`, expected a string": asks("thread/start", cwd=5),
    "Invalid request: unknown variant `moon`, expected one of ...": asks(
        "thread/start", sandbox="moon"
    ),
    "invalid cursor: odd": asks("thread/list", cursor="odd"),
    "thread name must not be empty": asks_of("new", "thread/name/set", name=""),
    "input must not be empty": steers_with_nothing,
    "command must not be empty": asks("command/exec", command=[]),
    "No MCP server named 'nope' found.": asks("mcpServer/oauth/login", name="nope"),
}
"""What nobody would handle in another way than by mending the request."""


def masked(words: str) -> str:
    """A message without what differs each time: ids, and the list of all methods."""
    without_ids = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID", words)
    return re.sub(r"expected one of .*", "expected one of ...", without_ids)


@attrs.frozen
class Answers:
    """What was answered, by the key of its provocation; none where nothing was refused in time."""

    errors: dict[str, RequestError]
    version: str


@pytest.fixture(scope="module")
def answers(warm_home: Path, codex_path: str, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    folder = tmp_path_factory.mktemp("errors")
    home = shutil.copytree(warm_home, folder / "home", symlinks=True)
    workspace = folder / "workspace"
    workspace.mkdir()

    async def collect() -> Answers:
        async with (
            open_scripted_model(respond) as model,
            open_runtime(model.runtime_config(home, experimental_api=True)) as one,
            open_runtime(model.runtime_config(home)) as other,
        ):
            servers = Servers(one, other, codex_path, home, workspace)
            errors: dict[str, RequestError] = {}
            for key, provoke in {**PROVOCATIONS, **PLAIN}.items():
                try:
                    with trio.move_on_after(BOUND_S):
                        await provoke(servers)
                except RequestError as error:
                    errors[key] = error
            return Answers(errors, str(one.server.version))

    return trio.run(collect)


def respond(request: ModelRequest) -> Reply:
    if "go on for ever" in request.last_user_text:
        return text("and on " * 1000, delta_chars=7, delay_s=0.5)
    return text("hi")


def test_every_row_is_provoked() -> None:
    assert sorted(map(masked, PROVOCATIONS)) == sorted(masked(row.example) for row in ERROR_ROWS)


@pytest.mark.parametrize("row", ERROR_ROWS, ids=lambda row: row.example[:40])
def test_the_server_says_what_the_row_says(row: ErrorRow, answers: Answers) -> None:
    (key,) = [key for key in PROVOCATIONS if masked(key) == masked(row.example)]
    error = answers.errors[key]
    assert masked(error.message) == masked(row.example)
    assert row.fits(error.method, error.code, error.message, error.data)
    assert answers.version in row.seen_in


@pytest.mark.parametrize("row", ERROR_ROWS, ids=lambda row: row.example[:40])
def test_a_caller_can_catch_it_by_its_kind(row: ErrorRow, answers: Answers) -> None:
    (key,) = [key for key in PROVOCATIONS if masked(key) == masked(row.example)]
    assert type(answers.errors[key]) is row.error


@pytest.mark.parametrize("words", PLAIN)
def test_what_only_a_better_request_can_mend_stays_plain(words: str, answers: Answers) -> None:
    error = answers.errors[words]
    assert masked(error.message) == words
    assert (type(error), error.code, error.data) == (RequestError, -32600, None)


@pytest.mark.parametrize(
    ("key", "attribute", "value"),
    [
        ("Input exceeds the maximum length of 1048576 characters.", "max_chars", 1_048_576),
        ("Input exceeds the maximum length of 1048576 characters.", "actual_chars", 1_048_577),
        (
            "Configuration was modified since last read. Fetch latest version and retry.",
            "reason",
            "configVersionConflict",
        ),
        ("cannot steer a review turn", "turn_kind", "review"),
        (
            "failed to submit turn input: ActiveTurnNotSteerable { turn_kind: Review }",
            "turn_kind",
            "review",
        ),
        ("No such file or directory (os error 2)", "errno", 2),
    ],
)
def test_its_facts_are_attributes(key: str, attribute: str, value: Any, answers: Answers) -> None:
    assert getattr(answers.errors[key], attribute) == value
