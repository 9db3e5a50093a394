"""The same API in a plain script: iterators, threads, handlers that block. No async anywhere."""

from __future__ import annotations

import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from codex_runtime import (
    ApprovalAnswer,
    ApprovalRequest,
    CommandApproval,
    RuntimeConfig,
    SessionConfig,
)
from codex_runtime.blocking import Runtime, Session, open_runtime
from codex_runtime.protocol import AgentMessageDelta
from codex_runtime.testing import ModelRequest, Reply, serve_scripted_model, shell, silence, text

ENOUGH_CHARS = 40
TOPICS = ("wire", "model", "engine", "session")


def decide(request: ApprovalRequest) -> ApprovalAnswer | None:
    """A plain function runs in a thread of its own, and holds up nobody while it blocks."""
    time.sleep(0.1)  # asks a service
    if isinstance(request, CommandApproval):
        print("may it run", request.params.command, "-> no")
        return request.decline()
    return None


def stream_and_interrupt(session: Session) -> None:
    with session.ask_stream("Count to a thousand") as turn:
        for event in turn:
            if isinstance(event, AgentMessageDelta):
                print(event.delta, end="", flush=True)
            if len(turn.text) > ENOUGH_CHARS:
                break  # leaving the block ends the turn
    print()
    print(turn.result.status, "after", len(turn.result.text), "characters")


def interrupt_from_another_thread(session: Session) -> None:
    with session.ask_stream("Think it over") as turn:
        other = threading.Timer(0.5, turn.interrupt)
        other.start()
        events = sum(1 for _ in turn)  # silent, until the other thread ends it
        other.join()
    print(turn.result.status, "after", events, "events")


def explain(runtime: Runtime, topic: str) -> str:
    with runtime.start_session(SessionConfig(cwd=".")) as session:
        return session.ask(f"Explain {topic}").text


def script(config: RuntimeConfig) -> None:
    careful = SessionConfig(cwd=".", approval_policy="untrusted", approvals=decide)
    with open_runtime(config) as runtime:
        with runtime.start_session(careful) as session:
            print(session.ask("Tidy up").text)
            stream_and_interrupt(session)
            interrupt_from_another_thread(session)
        with ThreadPoolExecutor() as pool:
            for answer in pool.map(partial(explain, runtime), TOPICS):
                print(answer)


def respond(request: ModelRequest) -> Reply:
    match request.last_user_text:
        case "Tidy up" if not request.tool_outputs:
            return shell("rm -rf crates")
        case "Count to a thousand":
            numbers = " ".join(map(str, range(1, 1001)))
            return text(numbers, delta_chars=8, delay_s=0.02)
        case "Think it over":
            return silence()
        case prompt:
            return text(f"You asked: {prompt}")


def on_a_scripted_model() -> None:
    with serve_scripted_model(respond) as model, tempfile.TemporaryDirectory() as home:
        script(model.runtime_config(Path(home)))


if __name__ == "__main__":
    on_a_scripted_model()
