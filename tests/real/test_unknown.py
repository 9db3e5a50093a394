"""P9 on the real app-server: what this version has no type for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from codex_runtime.protocol import NOTIFICATIONS, UnknownNotification

if TYPE_CHECKING:
    from codex_runtime import Runtime

UNTYPED = "command/exec/outputDelta"


async def test_a_notification_without_a_type_reaches_a_subscriber_with_its_raw_params(
    runtime: Runtime,
) -> None:
    """Ours: it is no error, and it is counted."""
    assert UNTYPED not in NOTIFICATIONS
    async with runtime.subscribe(methods=[UNTYPED]) as events:
        before = runtime.statistics()
        command = {"command": ["echo", "hi"], "processId": "p1", "streamStdoutStderr": True}
        await runtime.request("command/exec", command)
        event = await anext(events)
    assert isinstance(event, UnknownNotification)
    assert event.method == UNTYPED
    params = json.loads(event.params)
    assert (params["processId"], params["deltaBase64"]) == ("p1", "aGkK")
    assert runtime.statistics().unknown_events > before.unknown_events
    assert runtime.statistics().malformed_events == 0
