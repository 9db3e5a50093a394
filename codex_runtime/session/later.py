"""`answer_later`: the handler that leaves an approval to whoever calls `Session.answer`.

Owns nothing but the waiting; the deadline is that of every handler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime.model.functions import own

if TYPE_CHECKING:
    from codex_runtime.model.requests.approvals import ApprovalAnswer, ApprovalRequest

__all__ = ["answer_later"]


@own
async def answer_later(request: ApprovalRequest) -> ApprovalAnswer | None:  # noqa: ARG001
    """Set as ``approvals``: requests wait in `Session.pending_approvals` to be answered there.

    One that nobody answers within ``server_request_timeout_s`` is declined.
    """
    await trio.sleep_forever()
