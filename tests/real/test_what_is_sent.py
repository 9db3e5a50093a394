"""The look at what every test of this folder sends would see a wrong message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_runtime import RequestError, SessionConfig, open_runtime
from codex_runtime.testing import shell, text
from tests.real.sending import problems_of
from tests.support.taped_transport import taped_transports

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel
    from tests.support.sent_messages import MessageCheck


async def test_a_wrong_message_is_seen_and_told_by_its_method_and_place(
    model: ScriptedModel, home: Path, message_check: MessageCheck
) -> None:
    """Ours: what the server takes in silence, too."""
    with taped_transports() as transports:
        async with open_runtime(model.runtime_config(home)) as runtime:
            await runtime.request("thread/loaded/list", {"bogus": 1})
            with pytest.raises(RequestError):
                await runtime.request("thread/settings/update", {"threadId": "t"})
            await runtime.notify("initialized", {})
    assert problems_of(message_check, transports) == [
        "thread/loaded/list: $.bogus: the schema has no such field",
        "thread/settings/update: the schema has no such method",
        'initialized: $: {} is not of type "null"',
    ]


async def test_both_directions_of_a_whole_session_are_seen(
    model: ScriptedModel, home: Path, workspace: Path, message_check: MessageCheck
) -> None:
    """Ours: the answer to an approval, which is known by what was asked, too."""
    model.enqueue(shell("echo hi"), text("Then not."))
    with taped_transports() as transports:
        async with open_runtime(model.runtime_config(home)) as runtime:
            config = SessionConfig(cwd=workspace, approval_policy="untrusted")
            async with await runtime.start_session(config) as session:
                await session.ask("go")
    (transport,) = transports
    assert problems_of(message_check, transports) == []
    for part in (b'"method":"thread/archive"', b'"result":{"decision":"decline"}'):
        assert part in transport.sent
    unheard = message_check.problems(bytes(transport.sent), b"")
    assert unheard == ["answer 0: nothing was asked, or it was answered before"]
