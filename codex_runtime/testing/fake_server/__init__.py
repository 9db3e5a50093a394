"""A fake app-server that behaves as the real one was seen to, and misbehaves on demand.

Owns nothing itself: the names of the package, gathered. Needs no extra. Enter at `FakeAppServer`.
"""

from codex_runtime.testing.fake_server.captured import (
    OVERLOADED,
    SCENES,
    VERSION,
    Json,
    captured_item,
    captured_notification,
    captured_request,
    captured_result,
    transcript,
)
from codex_runtime.testing.fake_server.link import SQLITE_DEATH, Death, ServerEnd
from codex_runtime.testing.fake_server.replaying import JournalReplay
from codex_runtime.testing.fake_server.server import FakeAppServer
from codex_runtime.testing.fake_server.threads import FakeTerminal, FakeThread, TurnRecord
from codex_runtime.testing.fake_server.turns import FakeTurn, Play, echo, silence

__all__ = [
    "OVERLOADED",
    "SCENES",
    "SQLITE_DEATH",
    "VERSION",
    "Death",
    "FakeAppServer",
    "FakeTerminal",
    "FakeThread",
    "FakeTurn",
    "JournalReplay",
    "Json",
    "Play",
    "ServerEnd",
    "TurnRecord",
    "captured_item",
    "captured_notification",
    "captured_request",
    "captured_result",
    "echo",
    "silence",
    "transcript",
]
