"""Rows about what a client keeps of the messages of the server.

Owns B40 and the naive habit that it needs. See `scenario`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, cast

import trio

from codex_runtime.testing.fake_server import SCENES, transcript
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.testing.fake_server import FakeTurn
    from codex_runtime.testing.faults.client import Json
    from codex_runtime.testing.faults.trial import Trial

_NEW: Final[dict[str, object]] = {"aFieldOfTomorrow": {"nested": [1, None, "ü", {"deep": True}]}}


def _recorded(*, newer: bool) -> list[tuple[str, Json]]:
    """Every recorded notification that names a turn and does not start or end it."""
    told: list[tuple[str, Json]] = []
    for record in chain.from_iterable(map(transcript, SCENES)):
        message = record["message"]
        params = message.get("params")
        if record["from"] == "server" and "id" not in message and "turnId" in params:
            told.append((message["method"], _with_news(params) if newer else dict(params)))
    return told


def _with_news(value: Json) -> Json:
    """A copy with a field that nobody knows yet, in it and in its parts."""
    return _copied(value, lambda fields: {**fields, **_NEW})


def _copied(value: object, change: Callable[[dict[str, object]], object]) -> Json:
    """A copy, each object of it changed."""
    if isinstance(value, list):
        parts = cast("list[object]", value)
        return [_copied(part, change) for part in parts]
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return change({key: _copied(part, change) for key, part in fields.items()})
    return value


class KnownFieldsOnly(NaiveClient):
    """Reads events into classes with the fields of the day it was written."""

    def on_notification(self, method: str, params: Json) -> None:
        """Habit: what no class has a field for is gone."""
        super().on_notification(method, _copied(params, self.known))

    @staticmethod
    def known(fields: dict[str, object]) -> object:
        """Without the fields that came later."""
        return {key: part for key, part in fields.items() if key not in _NEW}


@scenario(
    "B40",
    "Every field of an event reaches the caller, those of a newer server included.",
    control=KnownFieldsOnly,
    habit="keeps the fields that its classes have",
)
async def every_field_arrives(trial: Trial) -> None:
    """Every recorded event is sent again; with the fault each part has a field nobody knows."""
    sent: list[tuple[str, Json]] = []

    async def play(turn: FakeTurn) -> None:
        for method, params in _recorded(newer=trial.fault):
            params["turnId"], params["threadId"] = turn.turn_id, turn.thread.thread_id
            sent.append((method, params))
            trial.server.notify(method, params)
        await trio.lowlevel.checkpoint()

    trial.play(play)
    async with trial.client() as client:
        thread = await client.start_thread()
        with trial.within(60, "the stream"):
            async with client.stream(thread, "hello") as stream:
                got = [(event.method, event.params) async for event in stream]
    lost = [method for method, params in sent if (method, params) not in got]
    trial.check(not lost, "fields are missing")
