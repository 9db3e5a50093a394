"""Answering for a session: its hooks, then its tools or its approval handler.

Owns who decides what the server asks for a turn, and what hooks are told of it. Does not know when
a request is open or how long it may take: see `ServerRequests`. Enter at `SessionResponder`.
"""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING

import attrs

from codex_runtime.engine.server_requests import Work
from codex_runtime.engine.user_code import run_user_function
from codex_runtime.model.requests.approvals import (
    ApprovalRequest,
    CommandApproval,
    FileChangeApproval,
)
from codex_runtime.model.requests.legacy import LegacyCommandApproval, LegacyPatchApproval
from codex_runtime.model.requests.others import ToolCallRequest
from codex_runtime.protocol import CommandExecution, FileChange
from codex_runtime.protocol.codec import plain_json
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.hooks.running import HookRunner
from codex_runtime.session.tool_calls import run_tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.model.hooks.hooks import HookContext
    from codex_runtime.model.profile import RunProfile
    from codex_runtime.model.requests.kinds import ServerRequest
    from codex_runtime.model.typed.tools import AnyTool
    from codex_runtime.protocol import ThreadItem
    from codex_runtime.session.handle import Handle

__all__ = ["SessionResponder", "tool_input"]


@attrs.frozen(eq=False)
class SessionResponder:
    """Decides for one turn under ``profile``, or for the turns that no handle asked for."""

    handle: Handle
    profile: RunProfile
    hooks: HookRunner | None
    """None: those of the session, as they are when the server asks."""
    context: Callable[[], HookContext]
    """What hooks are told of the turn; the request is added."""

    def finds(self, request: ServerRequest) -> Work | None:
        """See `Responder.finds`."""
        if isinstance(request, ToolCallRequest):
            tool = self.handle.tools.get(request.params.tool)
            if tool is None or request.params.namespace is not None:
                return None
            run = partial(run_tool, tool, request.params.arguments)
            before = partial(self._ask_hooks_of_tool, request, tool)
            return Work(run, tool.timeout_s, before, self._hooks_s)
        if isinstance(request, ApprovalRequest) and (
            self._hooks_s or self.profile.approvals is not UNSET
        ):
            decide = partial(self._decide, request)
            return Work(decide, None, partial(self._ask_hooks, request), self._hooks_s)
        return None

    @property
    def _hooks_s(self) -> float:
        """How long the hooks before tool use may take, all of them; 0 without any."""
        if self.hooks is not None:
            return self.hooks.bound_s("pre_tool_use")
        config = self.handle.hooks(self.profile)
        return sum(hook.timeout_s for hook in config.hooks if "pre_tool_use" in hook.phases)

    def _runner(self) -> HookRunner:
        return self.hooks or HookRunner(self.handle.hooks(self.profile))

    async def _ask_hooks(self, request: ApprovalRequest) -> object:
        block = await self._runner().tool(self._told(request, *_tool_of(request)))
        return None if block is None else request.decline()

    async def _decide(self, request: ApprovalRequest) -> object:
        approvals = self.profile.approvals
        return None if approvals is UNSET else await run_user_function(approvals, request)

    async def _ask_hooks_of_tool(self, request: ToolCallRequest, tool: AnyTool) -> object:
        told = self._told(request, tool.name, deepcopy(request.params.arguments))
        block = await self._runner().tool(told)
        return None if block is None else request.fail(f"The call was refused: {block.reason}")

    def _told(self, request: ServerRequest, name: str, given: object) -> HookContext:
        context = self.context()
        return attrs.evolve(
            context,
            phase="pre_tool_use",
            thread_id=request.thread_id or context.thread_id,
            turn_id=request.turn_id,
            tool_name=name,
            tool_input=given,
        )


def tool_input(item: ThreadItem, given: object) -> object:
    """What hooks are told that the tool of ``item`` was given, in the words of `_tool_of`."""
    match item:
        case CommandExecution():
            return {"command": item.command, "cwd": item.cwd}
        case FileChange():
            return {"changes": plain_json(item.changes)}
        case _:
            return plain_json(given)


def _tool_of(request: ApprovalRequest) -> tuple[str, object]:
    """The name, as `tool_uses` has it, and the input of what shall be approved."""
    match request:
        case CommandApproval() | LegacyCommandApproval():
            return "shell", {"command": request.params.command, "cwd": request.params.cwd}
        case FileChangeApproval():
            changes = request.item.changes if request.item is not None else []
            return "apply_patch", {"changes": plain_json(changes)}
        case LegacyPatchApproval():
            return "apply_patch", {"changes": plain_json(request.params.file_changes)}
        case _:
            return "permissions", plain_json(request.params.permissions)
