"""A turn of the fake app-server, and what it can say.

Owns the notifications of a turn's life, in the order and the shapes of the recorded conversation.
Knows no request and no transport: `FakeAppServer` answers and sends. Enter at `FakeTurn`.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, TypeAlias

import trio

from codex_runtime.testing.fake_server.captured import (
    captured_item,
    captured_notification,
    captured_request,
    part_of,
)
from codex_runtime.testing.fake_server.threads import FakeTerminal, TurnRecord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.testing.fake_server.captured import Json
    from codex_runtime.testing.fake_server.server import FakeAppServer
    from codex_runtime.testing.fake_server.threads import FakeThread

__all__ = ["FakeTurn", "Play", "echo", "silence"]

Play: TypeAlias = "Callable[[FakeTurn], Awaitable[None]]"
"""What a turn says; the turn completes when it returns."""


class FakeTurn:
    """A turn on the server; a `Play` makes it speak."""

    def __init__(
        self,
        server: FakeAppServer,
        thread: FakeThread,
        turn_id: str,
        params: Json,
        root_turn_id: str | None = None,
    ) -> None:
        self.server: FakeAppServer = server
        self.thread: FakeThread = thread
        self.turn_id: str = turn_id
        self.params: Json = params
        inputs = params.get("input") or [{"text": ""}]
        self.prompts: list[str] = [part.get("text", "") for part in inputs]
        self.started: bool = False
        self.interrupted: bool = False
        self.status: str | None = None
        """How it ended; None while it runs."""
        self.known_as: str | None = None
        """The id that interrupts and steers must name, in place of its own."""
        self.ended: trio.Event = trio.Event()
        """Set as it ends."""
        self.scope: trio.CancelScope = trio.CancelScope()
        self.said: str = ""
        self.record: TurnRecord = TurnRecord(turn_id, root_turn_id or turn_id)

    @property
    def prompt(self) -> str:
        """The text it was started with."""
        return str(self.prompts[0])

    def emit(self, method: str, **params: object) -> None:
        """Send a notification that names this turn; a completed item is put on record."""
        told = {"threadId": self.thread.thread_id, "turnId": self.turn_id, **params}
        if method == "item/completed":
            self.record.items.append(told["item"])
        self.server.notify(method, told)

    def _tell_status(self, status: Json) -> None:
        thread_id = self.thread.thread_id
        self.server.notify("thread/status/changed", {"threadId": thread_id, "status": status})

    # -- its life --------------------------------------------------------------------------------

    def start(self, as_id: str | None = None) -> None:
        """Send what the server sends as a turn begins; ``as_id`` is what ``turn/started`` says."""
        self.started = True
        self.thread.records.append(self.record)
        self._tell_status({"type": "active", "activeFlags": []})
        turn = {**self.record.to_json("notLoaded"), "id": as_id or self.turn_id}
        self.server.notify("turn/started", {"threadId": self.thread.thread_id, "turn": turn})
        item = captured_item("userMessage")
        item.update(id=f"user-{self.turn_id}", clientId=self.params.get("clientUserMessageId"))
        item["content"][0]["text"] = self.prompt
        self.emit("item/started", item=item, startedAtMs=1)
        self.emit("item/completed", item=item, completedAtMs=1)

    def complete(self, status: str = "completed", error: Json = None, *, told: bool = True) -> None:
        """End the turn, once: nothing of it is sent any more by itself.

        With ``told=False`` the server's record has its end and the thread is idle, but
        ``turn/completed`` is not sent (`tell_completed` may be called later, or never).
        """
        if self.status is not None:
            return
        self.status = status
        self.record.end(status, error)
        thread = self.thread
        for message in thread.unanswered:
            self.server.answer(message, {})
        thread.unanswered.clear()
        self._tell_status({"type": "idle"})
        if told:
            self.tell_completed()
        if thread.active is self:
            thread.active = None
        thread.last = self
        self.server.turn_ended(self)
        self.ended.set()
        self.scope.cancel()

    def fail(self, message: str, kind: Json = "other") -> None:
        """Fail, as after an error of the model; ``kind`` is a ``codexErrorInfo``."""
        error = {"message": message, "codexErrorInfo": kind, "additionalDetails": None}
        self.emit("error", error=error, willRetry=False)
        self.complete("failed", error)

    def tell_completed(self) -> None:
        """Send ``turn/completed`` as it is on record; again, when it was sent before."""
        final = self.record.final()
        turn = self.record.to_json("summary" if final else "notLoaded")
        turn["items"] = final
        self.server.notify("turn/completed", {"threadId": self.thread.thread_id, "turn": turn})

    # -- what it says ----------------------------------------------------------------------------

    def message(self, item_id: str, text: str, phase: str | None) -> Json:
        """An agent message item."""
        item = captured_item("agentMessage")
        return {**item, "id": item_id, "text": text, "phase": phase}

    def begin_message(self, item_id: str = "msg_1", phase: str | None = None) -> None:
        """``item/started`` of an agent message."""
        self.emit("item/started", item=self.message(item_id, "", phase), startedAtMs=1)

    def delta(self, text: str, item_id: str = "msg_1") -> None:
        """One piece of an agent message."""
        self.said += text
        self.emit("item/agentMessage/delta", itemId=item_id, delta=text)

    def end_message(self, text: str, item_id: str = "msg_1", phase: str | None = None) -> None:
        """``item/completed`` of an agent message."""
        self.emit("item/completed", item=self.message(item_id, text, phase), completedAtMs=1)

    def say(self, *pieces: str, item_id: str = "msg_1", phase: str | None = None) -> None:
        """A whole agent message, piece by piece."""
        self.begin_message(item_id, phase)
        for piece in pieces:
            self.delta(piece, item_id)
        self.end_message("".join(pieces), item_id, phase)

    def usage(self, tokens: int = 10) -> None:
        """What one model call cost."""
        self.thread.total_tokens += tokens
        told = captured_notification("thread/tokenUsage/updated")["tokenUsage"]
        fields: list[str] = list(told["last"])
        nothing = dict.fromkeys(fields, 0)
        so_far = self.thread.total_tokens
        last = {**nothing, "inputTokens": tokens, "totalTokens": tokens}
        total = {**nothing, "inputTokens": so_far, "totalTokens": so_far}
        usage = {**told, "last": last, "total": total}
        self.thread.usage = {
            "threadId": self.thread.thread_id,
            "turnId": self.turn_id,
            "tokenUsage": usage,
        }
        self.emit("thread/tokenUsage/updated", tokenUsage=usage)

    # -- what it does ----------------------------------------------------------------------------

    async def ask_approval(self, command: str = "touch a", item_id: str = "call_1") -> Json:
        """Run a command that the user has to allow; returns the client's message, once it came.

        The item then ends: ``completed`` when accepted, ``declined``, or ``failed`` after anything
        that is no decision.
        """
        item = {
            **captured_item("commandExecution", status="inProgress", source="agent"),
            "id": item_id,
            "command": f"/bin/bash -lc '{command}'",
            "commandActions": [{"type": "unknown", "command": command}],
        }
        words = shlex.split(command)
        self._tell_status({"type": "active", "activeFlags": ["waitingOnApproval"]})
        self.emit("item/started", item=item, startedAtMs=1)
        params = {
            **captured_request("item/commandExecution/requestApproval"),
            "threadId": self.thread.thread_id,
            "turnId": self.turn_id,
            "itemId": item_id,
            "command": item["command"],
            "commandActions": item["commandActions"],
            "proposedExecpolicyAmendment": words,
            "availableDecisions": [
                "accept",
                {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": words}},
                "cancel",
            ],
        }
        answer = await self.server.ask("item/commandExecution/requestApproval", params, turn=self)
        self._tell_status({"type": "active", "activeFlags": []})
        decision = part_of(answer, "result").get("decision")
        ends: dict[str, dict[str, Json]] = {
            "accept": {"status": "completed", "aggregatedOutput": "", "exitCode": 0},
            "decline": {"status": "declined"},
        }
        end = {"durationMs": 1, **ends.get(str(decision), {"status": "failed", "exitCode": -1})}
        self.emit("item/completed", item={**item, **end}, completedAtMs=1)
        return answer

    def run_in_background(self, command: str = "sleep 600", item_id: str = "") -> FakeTerminal:
        """Start a command that runs on when the turn has ended: a background terminal."""
        process_id = str(10_000 + self.server.next_number())
        item = {
            **captured_item("commandExecution", status="inProgress", source="unifiedExecStartup"),
            "id": item_id or f"call_{process_id}",
            "command": f"/bin/bash -lc '{command}'",
            "processId": process_id,
            "commandActions": [{"type": "unknown", "command": command}],
        }
        self.emit("item/started", item=item, startedAtMs=1)
        terminal = FakeTerminal(process_id, self, item, command)
        self.thread.terminals.append(terminal)
        return terminal

    def spawn_child(self, prompt: str = "Work", play: Play | None = None) -> FakeTurn:
        """Start a sub-agent: a thread and a turn of its own, which say what ``play`` says."""
        child = self.server.new_thread(parent_id=self.thread.thread_id)
        item = {
            **captured_item("collabAgentToolCall", status="inProgress"),
            "id": f"call_{child.thread_id}",
            "senderThreadId": self.thread.thread_id,
            "prompt": prompt,
        }
        self.emit("item/started", item=item, startedAtMs=1)
        idle = {"threadId": child.thread_id, "status": {"type": "idle"}}
        self.server.notify("thread/status/changed", idle)
        (state,) = captured_item("collabAgentToolCall", status="completed")["agentsStates"].values()
        done = {
            **item,
            "status": "completed",
            "receiverThreadIds": [child.thread_id],
            "agentsStates": {child.thread_id: state},
        }
        self.emit("item/completed", item=done, completedAtMs=1)
        told = {"input": [{"type": "text", "text": prompt}]}
        return self.server.begin_turn(child, told, play=play, root_turn_id=self.turn_id)


async def echo(turn: FakeTurn) -> None:
    """Answer ``echo: PROMPT`` in three pieces."""
    turn.say("echo", ": ", turn.prompt)
    turn.usage()
    await trio.lowlevel.checkpoint()


async def silence(turn: FakeTurn) -> None:  # noqa: ARG001 - every play takes its turn
    """Say nothing until interrupted."""
    await trio.sleep_forever()
