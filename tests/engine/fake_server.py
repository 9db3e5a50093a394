"""The fake app-server of `codex_runtime.testing`, under the names that the tests of the engine use.

Owns one setting: what it does stands in `codex_runtime.testing.fake_server`.
"""

from __future__ import annotations

from codex_runtime.testing.fake_server import (
    FakeAppServer,
    FakeThread,
    FakeTurn,
    Json,
    Play,
    captured_notification,
    captured_request,
    captured_result,
    echo,
    silence,
)

__all__ = [
    "FakeServer",
    "FakeThread",
    "FakeTurn",
    "Json",
    "Play",
    "captured_notification",
    "captured_request",
    "captured_result",
    "echo",
    "silence",
]


class FakeServer(FakeAppServer):
    """As it is, save that a thread of these tests is resumed without having run a turn first."""

    def __init__(self, play: Play = echo) -> None:
        super().__init__(play)
        self.resumes_never_ran = True
