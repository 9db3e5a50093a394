"""What a thread goes back to is looked up when it is needed, and told again when a turn is over."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime.errors import ProfileError, RequestError, TurnLost
from codex_runtime.model.profile import RunProfile, SessionConfig
from codex_runtime.model.prompt import PromptParams
from codex_runtime.session.opening import resume_session
from tests.engine.fake_server import FakeServer, captured_result, silence
from tests.engine.running import new_session, running
from tests.support.tasks import settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from tests.engine.fake_server import Json

LOOKED_UP = ("config/read", "model/list")
OWN_MODEL = captured_result("thread/start")["model"]
HIGH = RunProfile(effort="high")


def listed(name: str, effort: str) -> Json:
    """A model as ``model/list`` tells it."""
    return {
        "id": name,
        "model": name,
        "defaultReasoningEffort": effort,
        "description": "",
        "displayName": name,
        "hidden": False,
        "isDefault": False,
        "supportedReasoningEfforts": [],
    }


class ConfiguredServer(FakeServer):
    """A server that has a configuration, and lists one model on each page."""

    def __init__(self, config: dict[str, object] | None = None) -> None:
        super().__init__()
        self.config = config or {}
        self.models = [listed(OWN_MODEL, "medium"), listed("second", "low")]
        self.endless = False

    def _do(self, message: Json) -> None:
        method, params = message["method"], message.get("params")
        if self.fail.get(method):
            super()._do(message)
        elif method == "config/read":
            self.answer(message, {"config": self.config, "origins": {}})
        elif method == "model/list":
            page = int(params.get("cursor") or 0)
            more = self.endless or page + 1 < len(self.models)
            data = self.models[page : page + 1]
            self.answer(message, {"data": data, "nextCursor": str(page + 1) if more else None})
        elif method == "thread/settings/update":
            self.answer(message, {})
        else:
            super()._do(message)

    def efforts(self) -> list[object]:
        """What each turn was told of the effort."""
        return [turn.get("effort") for turn in self.asked("turn/start")]

    def lookups(self) -> list[str]:
        """What was looked up, in order."""
        return [m["method"] for m in self.received if m.get("method") in LOOKED_UP]


async def test_nothing_is_looked_up_while_nothing_is_lacking() -> None:
    server = ConfiguredServer()
    async with running(server) as engine:
        session = await new_session(engine, effort="low", summary="auto")
        await session.ask("plain")
        changed = PromptParams(prompt="x", effort="high", summary="none", model="second")
        await session.ask_with(changed)
    assert server.lookups() == []


async def test_every_page_of_the_models_is_read_once() -> None:
    server = ConfiguredServer()
    async with running(server) as engine:
        session = await new_session(engine)
        for _ in range(2):
            await session.ask_with_profile("high", HIGH)
            await session.ask("plain")
        await session.ask_with_profile("second", RunProfile(model="second"))
    assert server.lookups() == ["model/list", "model/list"]
    assert [page.get("cursor") for page in server.asked("model/list")] == [None, "1"]
    assert server.efforts() == ["high", "medium", "high", "medium", "low"]


async def test_a_list_of_models_that_never_ends_is_given_up() -> None:
    server = ConfiguredServer()
    server.endless = True
    async with running(server) as engine:
        session = await new_session(engine)
        await session.ask_with_profile("high", HIGH)
    assert server.efforts() == ["high"]
    assert len(server.lookups()) == 16


async def test_the_configuration_is_read_as_it_is_seen_from_the_threads_directory() -> None:
    server = ConfiguredServer({"model_reasoning_summary": "auto", "personality": "none"})
    async with running(server) as engine:
        session = await new_session(engine)
        changed = PromptParams(prompt="x", summary="none", personality="friendly", cwd="/")
        await session.ask_with(changed)
        await session.ask("plain")
    (read,) = server.asked("config/read")
    assert read["cwd"] == server.asked("thread/start")[0]["cwd"]
    plain = server.asked("turn/start")[-1]
    assert (plain["summary"], plain["personality"]) == ("auto", "none")


async def test_what_nothing_tells_is_refused_and_asked_of_nobody_as_a_turn() -> None:
    server = ConfiguredServer()
    async with running(server) as engine:
        session = await new_session(engine, model="unlisted")
        for name in ("summary", "personality"):
            with pytest.raises(ProfileError, match=f"Set {name} on the SessionConfig"):
                await session.ask_with_profile("x", RunProfile(**{name: "none"}))  # type: ignore[arg-type]
        with pytest.raises(ProfileError, match="Set effort on the SessionConfig"):
            await session.ask_with_profile("x", HIGH)
    assert server.asked("turn/start") == []


async def test_a_look_up_that_fails_is_the_error_of_that_ask_alone() -> None:
    server = ConfiguredServer()
    server.fail["model/list"] = [{"code": -32600, "message": "not supported here"}]
    async with running(server) as engine:
        session = await new_session(engine)
        with pytest.raises(RequestError):
            await session.ask_with_profile("x", HIGH)
        assert server.asked("turn/start") == []
        assert (await session.ask_with_profile("again", HIGH)).status == "completed"


async def test_two_asks_that_look_up_at_once_both_keep_what_they_found(
    autojump_clock: MockClock,
) -> None:
    server = ConfiguredServer({"model_reasoning_summary": "auto"})
    server.delay_s = {"config/read": 2.0, "model/list": 1.0}
    async with running(server) as engine:
        session = await new_session(engine)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.ask_with_profile, "a", RunProfile(summary="none"))
            nursery.start_soon(session.ask_with_profile, "b", HIGH)
        await session.ask("plain")
    plain = server.asked("turn/start")[-1]
    assert (plain["summary"], plain["effort"]) == ("auto", "medium")
    assert sorted(server.lookups()) == ["config/read", "model/list", "model/list"]


async def test_a_turn_of_its_own_options_is_undone_by_one_request_that_no_ask_waits_for() -> None:
    server = ConfiguredServer()
    server.drop.add("thread/settings/update")
    async with running(server, experimental_api=True, cancel_grace_s=0.1) as engine:
        session = await new_session(engine, model="first", effort="low", output_schema={})
        await session.ask("plain")
        await settle()
        assert server.asked("thread/settings/update") == []
        await session.ask_with_profile("changed", RunProfile(model="second", effort="high"))
        await settle()
        (undone,) = server.asked("thread/settings/update")
    assert undone == {"threadId": session.thread_id, "model": "first", "effort": "low"}


@pytest.mark.parametrize(
    "config", [{"experimental_api": False}, {"experimental_api": True, "ephemeral": True}]
)
async def test_nothing_is_undone_where_the_server_takes_it_from_nobody_or_keeps_nothing(
    config: dict[str, Any],
) -> None:
    server = ConfiguredServer()
    ephemeral = config.pop("ephemeral", False)
    async with running(server, **config) as engine:
        session = await new_session(engine, effort="low", ephemeral=ephemeral)
        await session.ask_with_profile("changed", HIGH)
    assert server.asked("thread/settings/update") == []


@pytest.mark.parametrize(
    ("message", "told"), [("thread not found: x", []), ("no such thing", ["keeps the options"])]
)
async def test_what_could_not_be_undone_is_logged_unless_the_thread_is_gone(
    caplog: pytest.LogCaptureFixture, message: str, told: list[str]
) -> None:
    server = ConfiguredServer()
    server.fail["thread/settings/update"] = [{"code": -32600, "message": message}]
    async with running(server, experimental_api=True) as engine:
        session = await new_session(engine, effort="low")
        await session.ask_with_profile("changed", HIGH)
    warned = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(warned) == len(told)
    assert all(part in line for part, line in zip(told, warned, strict=True))


async def test_a_turn_that_never_began_leaves_nothing_to_undo() -> None:
    server = ConfiguredServer()
    server.fail["turn/start"] = [{"code": -32600, "message": "not supported here"}]
    async with running(server, experimental_api=True) as engine:
        session = await new_session(engine, effort="low")
        with pytest.raises(RequestError):
            await session.ask_with_profile("refused", HIGH)
    assert server.asked("thread/settings/update") == []


async def test_a_turn_that_was_lost_with_its_server_has_nobody_to_undo_it() -> None:
    server = ConfiguredServer()
    server.play = silence
    async with running(server, experimental_api=True) as engine:
        session = await new_session(engine, effort="low")
        async with session.ask_stream(PromptParams(prompt="lost", effort="high")) as turn:
            server.crash()
            with pytest.raises(TurnLost):
                await turn.finish()
        await settle()
    assert server.asked("thread/settings/update") == []


async def test_what_one_handle_sets_for_its_session_is_not_what_another_goes_back_to(
    autojump_clock: MockClock,
) -> None:
    server = ConfiguredServer({"model_reasoning_summary": "concise"})
    async with running(server) as engine:
        plain = await new_session(engine)
        await plain.ask("go")
        own = SessionConfig(cwd=".", effort="low", summary="detailed")
        other = await resume_session(engine, plain.thread_id, own)
        for session in (other, plain, plain):
            await session.ask("go")
        told = [(turn.get("effort"), turn.get("summary")) for turn in server.asked("turn/start")]
        assert told == [(None, None), ("low", "detailed"), *[("medium", "concise")] * 2]
        assert server.lookups() == ["config/read", *["model/list"] * 2]


async def test_a_plain_ask_goes_on_when_what_others_touched_cannot_be_looked_up(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = FakeServer()
    server.fail["config/read"] = [{"code": -32600, "message": "not today"}] * 2
    async with running(server) as engine:
        plain = await new_session(engine)
        other = await resume_session(
            engine, plain.thread_id, SessionConfig(cwd=".", summary="detailed")
        )
        await other.ask("go")
        assert (await plain.ask("go")).status == "completed"
    assert "stay unknown" in caplog.text
