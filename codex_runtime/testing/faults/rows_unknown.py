"""The row about what a newer server says: values, fields and kinds that nobody knows yet.

Owns B39 and the naive habit that it needs. See `catalogue`; that nothing is lost of what is known
is `rows_data`.
"""

from __future__ import annotations

import enum
import random
from itertools import chain
from typing import TYPE_CHECKING, Final, cast

import trio

from codex_runtime.testing.fake_server import SCENES, captured_item, transcript
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.ours import OurClient

if TYPE_CHECKING:
    from codex_runtime.testing.fake_server import FakeTurn
    from codex_runtime.testing.faults.client import Json
    from codex_runtime.testing.faults.trial import Trial

_SEEDS: Final = range(5)
_LEFT_ALONE: Final = {"threadId", "turnId"}
_NEWS: Final = "ofTomorrow"


class ItemType(enum.Enum):
    """The kinds of items there were."""

    USER = "userMessage"
    AGENT = "agentMessage"
    REASONING = "reasoning"
    COMMAND = "commandExecution"
    FILE_CHANGE = "fileChange"
    MCP = "mcpToolCall"
    TOOL = "dynamicToolCall"
    COLLABORATION = "collabAgentToolCall"
    REVIEW_BEGINS = "enteredReviewMode"
    REVIEW_ENDS = "exitedReviewMode"
    SEARCH = "webSearch"
    COMPACTION = "contextCompaction"


class ClosedEnum(NaiveClient):
    """Knows all kinds of items."""

    def on_notification(self, method: str, params: Json) -> None:
        """Habit: `ItemType(...)` raises for a kind that came later."""
        if "item" in params:
            ItemType(params["item"]["type"])
        super().on_notification(method, params)


def _as_recorded() -> list[tuple[str, Json]]:
    """Every recorded notification that names a turn and does not start or end it."""
    records = chain.from_iterable(map(transcript, SCENES))
    told = [record["message"] for record in records if record["from"] == "server"]
    return [
        (message["method"], message["params"])
        for message in told
        if "id" not in message and "turnId" in message.get("params", {})
    ]


def _changed(value: object, chance: random.Random) -> Json:
    """A copy in which some fields are missing, null, new or of another value."""
    if isinstance(value, list):
        parts = cast("list[object]", value)
        return [_changed(part, chance) for part in parts]
    if not isinstance(value, dict):
        return value
    copy: dict[str, Json] = {}
    fields = cast("dict[str, object]", value)
    for name, part in fields.items():
        draw = 1.0 if name in _LEFT_ALONE else chance.random()
        if draw < 0.05:
            continue
        if draw < 0.1:
            copy[name] = None
        elif draw < 0.15 and isinstance(part, str):
            copy[name] = _NEWS
        else:
            copy[name] = _changed(part, chance)
    if chance.random() < 0.1:
        copy["aFieldOfTomorrow"] = {"nested": [1, None]}
    return copy


def _of_tomorrow() -> list[tuple[str, Json]]:
    """One of each sort, whatever chance does."""
    message = captured_item("agentMessage")
    command = captured_item("commandExecution", status="inProgress")
    without = {name: part for name, part in message.items() if name != "phase"}
    return [
        ("turn/hologram/projected", {"metres": 3}),
        ("item/started", {"item": {"type": "hologram", "id": "h", "light": None}}),
        ("item/started", {"item": {**command, "status": "dreaming"}, "startedAtMs": 1}),
        ("item/completed", {"item": {"type": "hologram", "id": "h", "light": 1}}),
        ("item/completed", {"item": {**message, "phase": "epilogue"}, "completedAtMs": 1}),
        ("item/completed", {"item": {**message, "phase": None}, "completedAtMs": 1}),
        ("item/completed", {"item": without, "completedAtMs": 1}),
        ("item/completed", {"item": {**message, "mood": "good"}, "completedAtMs": 1}),
    ]


def _holds(got: object, sent: object) -> bool:
    """Whether all that was sent is there; a default may stand where nothing was."""
    if isinstance(sent, dict) and isinstance(got, dict):
        fields, there = cast("dict[str, object]", sent), cast("dict[str, object]", got)
        return all(name in there and _holds(there[name], part) for name, part in fields.items())
    if isinstance(sent, list | tuple) and isinstance(got, list | tuple):
        parts, found = cast("list[object]", sent), cast("list[object]", got)
        return len(parts) == len(found) and all(map(_holds, found, parts))
    return got == sent


@scenario(
    "B39",
    "Kinds, values and fields that nobody knows yet, and known ones that are missing, are handed "
    "out as they came; the turn goes on.",
    control=ClosedEnum,
    habit="an enum of the kinds of items there were",
)
async def unknown_to_this_version(trial: Trial) -> None:
    """Every recorded event again, changed at random; and one event of each sort of news."""
    server = trial.server
    sent: list[tuple[str, Json]] = []

    async def play(turn: FakeTurn) -> None:
        chance = random.Random(len(server.turns))  # noqa: S311 - a schedule, not a secret
        told = [
            (method, _changed(params, chance) if trial.fault else dict(params))
            for method, params in _as_recorded()
        ]
        for method, params in (_of_tomorrow() if trial.fault else []) + told:
            params |= {"threadId": turn.thread.thread_id, "turnId": turn.turn_id}
            sent.append((method, params))
            server.notify(method, params)
        await trio.lowlevel.checkpoint()
        turn.say("the end", item_id="last", phase="final_answer")

    trial.play(play)
    async with trial.client() as client:
        thread = await client.start_thread()
        for _ in _SEEDS if trial.fault else range(1):
            sent.clear()
            with trial.within(60, "a turn with news"):
                async with client.stream(thread, "hello") as stream:
                    got = [(event.method, event.params) async for event in stream]
                    answer = await stream.answer()
            trial.check(answer.status == "completed", "the turn went wrong")
            trial.check(answer.text.endswith("the end"), "the text is wrong")
            rest = iter(got)
            in_order = all(any(_holds(event, told) for event in rest) for told in sent)
            trial.check(in_order, "not handed out as it came")
        if trial.fault and isinstance(client, OurClient):
            counted = client.runtime.statistics()
            for count in (counted.unknown_events, counted.unknown_parts, counted.unknown_fields):
                trial.check(count >= len(_SEEDS), "not counted")
            trial.check(counted.malformed_events + counted.malformed_parts, "not counted")
