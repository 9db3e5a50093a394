"""What the fake app-server has of a thread: loaded, and on record.

Owns the thread's state and the shapes of a thread and its turns on record (`thread/read`, `thread/
turns/list`, `thread/resume`). Knows no request and sends nothing. Enter at `FakeThread`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import attrs

from codex_runtime.testing.fake_server.captured import (
    captured_notification,
    captured_result,
)

if TYPE_CHECKING:
    from codex_runtime.testing.fake_server.captured import Json
    from codex_runtime.testing.fake_server.turns import FakeTurn

__all__ = ["FakeTerminal", "FakeThread", "ItemsView", "TurnRecord"]

ItemsView: TypeAlias = Literal["notLoaded", "summary", "full"]

_NOW_S: Final = 1795233299
_DURATION_MS: Final = 79
_SETTABLE: Final = (
    *("model", "modelProvider", "cwd", "approvalPolicy", "approvalsReviewer", "effort"),
    *("summary", "personality", "sandbox", "sandboxPolicy"),
)
_STARTED_AS: Final = {"effort": "reasoningEffort", "sandboxPolicy": "sandbox"}
"""What the answer of ``thread/start`` calls a setting that has another name elsewhere."""
_SANDBOXES: Final = {
    "read-only": {"type": "readOnly", "networkAccess": False},
    "danger-full-access": {"type": "dangerFullAccess"},
}


@attrs.define(eq=False)
class TurnRecord:
    """A turn as it is on record: what is complete, and nothing of what runs."""

    turn_id: str
    root_turn_id: str
    status: str = "inProgress"
    error: Json = None
    items: list[Json] = attrs.field(factory=list[Any])
    completed_at: int | None = None
    """None as well for a turn that was cut off by the death of its server."""

    def end(self, status: str, error: Json = None) -> None:
        """Its server lived to see its end."""
        self.status, self.error, self.completed_at = status, error, _NOW_S

    def to_json(self, view: ItemsView) -> Json:
        """The turn, with its items, or with its prompt and final message, or with neither."""
        items = self.items if view == "full" else self.summary() if view == "summary" else []
        return {
            **captured_notification("turn/started")["turn"],
            "id": self.turn_id,
            "rootTurnId": self.root_turn_id,
            "items": items,
            "itemsView": view,
            "status": self.status,
            "error": self.error,
            "completedAt": self.completed_at,
            "durationMs": None if self.completed_at is None else _DURATION_MS,
        }

    def summary(self) -> list[Json]:
        """Its prompt and its final message."""
        prompts = [item for item in self.items if item["type"] == "userMessage"]
        return prompts[:1] + self.final()

    def final(self) -> list[Json]:
        """Its last agent message, if it has any."""
        return [item for item in self.items if item["type"] == "agentMessage"][-1:]


@attrs.define(eq=False)
class FakeTerminal:
    """A command that runs on after the model stopped waiting for it."""

    process_id: str
    turn: FakeTurn
    item: Json
    command: str


@attrs.define(eq=False)
class FakeThread:
    """A thread, loaded in the server that runs now or on record from one before it."""

    thread_id: str
    active: FakeTurn | None = None
    last: FakeTurn | None = None
    archived: bool = False
    unanswered: list[Json] = attrs.field(factory=list[Any])
    """Second interrupts: answered as the next turn of the thread ends."""
    total_tokens: int = 0
    loaded: bool = True
    subscribed: bool = True
    ephemeral: bool = False
    parent_id: str | None = None
    """The thread whose turn started this one, for a sub-agent."""
    name: str | None = None
    settings: dict[str, Json] = attrs.field(factory=dict[str, Any])
    """What it was started, resumed or set with, by the names of the answer of ``thread/start``."""
    records: list[TurnRecord] = attrs.field(factory=list[TurnRecord])
    usage: Json = None
    """The last ``thread/tokenUsage/updated``: sent again when the thread is resumed."""
    terminals: list[FakeTerminal] = attrs.field(factory=list[FakeTerminal])

    @property
    def on_record(self) -> bool:
        """A turn of it has started, and it is not ephemeral: a new process can resume it."""
        return bool(self.records) and not self.ephemeral

    def unload(self, *, crashed: bool) -> None:
        """Its process is gone."""
        self.loaded, self.subscribed = False, True
        self.active = self.last = None
        self.unanswered.clear()
        self.terminals.clear()
        for record in self.records:
            if record.status == "inProgress":
                record.end("interrupted")
                if crashed:
                    record.completed_at = None

    def set(self, params: Json) -> bool:
        """Take over what a request sets; whether that changed anything."""
        before = dict(self.settings)
        for key in _SETTABLE:
            value = params.get(key)
            if value is not None:
                value = _SANDBOXES.get(value, value) if isinstance(value, str) else value
                self.settings[_STARTED_AS.get(key, key)] = value
        if "serviceTier" in params:
            self.settings["serviceTier"] = params["serviceTier"]
        if params.get("sandbox") == "workspace-write":
            self.settings["sandbox"] = captured_result("thread/start")["sandbox"]
        return before != self.settings

    def settings_json(self) -> Json:
        """As ``thread/settings/updated`` tells them."""
        told = captured_notification("thread/settings/updated")["threadSettings"]
        names = {started: key for key, started in _STARTED_AS.items()}
        told["summary"] = None
        told.update({names.get(key, key): value for key, value in self.settings.items()})
        told["collaborationMode"]["settings"].update(
            model=told["model"], reasoning_effort=told["effort"]
        )
        return told

    def opened_json(self, method: str, turns: list[Json]) -> Json:
        """The answer of ``thread/start`` or ``thread/resume``."""
        opened = captured_result("thread/start")
        if method == "thread/resume":
            opened = {**captured_result(method, "killed"), **opened}
        opened["thread"] = self.to_json(turns)
        opened.update({key: self.settings[key] for key in self.settings if key in opened})
        if "collaborationMode" in opened:
            opened["collaborationMode"]["settings"].update(
                model=opened["model"], reasoning_effort=opened["reasoningEffort"]
            )
        return opened

    def to_json(self, turns: list[Json]) -> Json:
        """The thread with these turns."""
        told = captured_result("thread/start")["thread"]
        if self.parent_id is not None:
            told = captured_result("thread/read", "children")["thread"]
            told["source"]["subAgent"]["thread_spawn"]["parent_thread_id"] = self.parent_id
        prompts = [item for record in self.records[:1] for item in record.summary()[:1]]
        told.update(
            id=self.thread_id,
            sessionId=self.parent_id or self.thread_id,
            parentThreadId=self.parent_id,
            ephemeral=self.ephemeral,
            name=self.name,
            preview=prompts[0]["content"][0]["text"] if prompts else "",
            status=self.status(),
            turns=turns,
        )
        told.update({key: value for key, value in self.settings.items() if key in told})
        if self.ephemeral:
            told["path"] = None
        elif told["path"] is not None:
            told["path"] = f"{told['path'][:-42]}{self.thread_id}.jsonl"
        if not self.loaded:
            told["environments"] = told["canAcceptDirectInput"] = None
        return told

    def status(self) -> Json:
        """As ``thread/read`` tells it."""
        if not self.loaded:
            return {"type": "notLoaded"}
        return {"type": "idle"} if self.active is None else {"type": "active", "activeFlags": []}

    def turns_json(self, view: ItemsView) -> list[Json]:
        """Its turns, the oldest first."""
        return [record.to_json(view) for record in self.records]
