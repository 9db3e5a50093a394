"""Which part of the protocol this library itself sends, answers or interprets.

Owns four lists of wire names, kept by hand; a test compares them with what the package imports and
names. All else is typed and handed on. A change of the protocol here concerns the code, a change
elsewhere its users alone. Enter from `schema_diff`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "USED_CLIENT_METHODS",
    "USED_CLIENT_NOTIFICATIONS",
    "USED_NOTIFICATIONS",
    "USED_SERVER_REQUESTS",
]

USED_CLIENT_METHODS: Final[Mapping[str, str]] = {
    "account/read": "GetAccountResponse",
    "command/exec": "CommandExecResponse",
    "config/batchWrite": "ConfigWriteResponse",
    "config/read": "ConfigReadResponse",
    "config/value/write": "ConfigWriteResponse",
    "initialize": "InitializeResponse",
    "model/list": "ModelListResponse",
    "process/spawn": "ProcessSpawnResponse",
    "review/start": "ReviewStartResponse",
    "thread/archive": "ThreadArchiveResponse",
    "thread/backgroundTerminals/list": "ThreadBackgroundTerminalsListResponse",
    "thread/backgroundTerminals/terminate": "ThreadBackgroundTerminalsTerminateResponse",
    "thread/compact/start": "ThreadCompactStartResponse",
    "thread/delete": "ThreadDeleteResponse",
    "thread/fork": "ThreadForkResponse",
    "thread/items/list": "ThreadItemsListResponse",
    "thread/list": "ThreadListResponse",
    "thread/name/set": "ThreadSetNameResponse",
    "thread/queue/add": "ThreadQueueAddResponse",
    "thread/queue/start": "ThreadQueueStartResponse",
    "thread/read": "ThreadReadResponse",
    "thread/realtime/start": "ThreadRealtimeStartResponse",
    "thread/resume": "ThreadResumeResponse",
    "thread/settings/update": "ThreadSettingsUpdateResponse",
    "thread/shellCommand": "ThreadShellCommandResponse",
    "thread/start": "ThreadStartResponse",
    "thread/turns/list": "ThreadTurnsListResponse",
    "thread/unarchive": "ThreadUnarchiveResponse",
    "thread/unsubscribe": "ThreadUnsubscribeResponse",
    "turn/interrupt": "TurnInterruptResponse",
    "turn/start": "TurnStartResponse",
    "turn/steer": "TurnSteerResponse",
}
"""Methods that are sent, or gated by name, each with the definition of its result, which a schema
does not tell."""

USED_CLIENT_NOTIFICATIONS: Final = ("initialized",)
"""Notifications that we send."""

USED_NOTIFICATIONS: Final = (
    "error",
    "guardianWarning",
    "item/agentMessage/delta",
    "item/commandExecution/outputDelta",
    "item/completed",
    "item/fileChange/outputDelta",
    "item/fileChange/patchUpdated",
    "item/mcpToolCall/progress",
    "item/plan/delta",
    "item/reasoning/summaryPartAdded",
    "item/reasoning/summaryTextDelta",
    "item/reasoning/textDelta",
    "item/started",
    "model/rerouted",
    "serverRequest/resolved",
    "thread/archived",
    "thread/deleted",
    "thread/name/updated",
    "thread/settings/updated",
    "thread/status/changed",
    "thread/tokenUsage/updated",
    "thread/unarchived",
    "turn/completed",
    "turn/diff/updated",
    "turn/plan/updated",
    "turn/started",
    "warning",
)
"""Notifications whose meaning is known here, to a thread's state and the terminal's view too."""

USED_SERVER_REQUESTS: Final[Mapping[str, str]] = {
    "account/chatgptAuthTokens/refresh": "ChatgptAuthTokensRefreshResponse",
    "applyPatchApproval": "ApplyPatchApprovalResponse",
    "attestation/generate": "AttestationGenerateResponse",
    "currentTime/read": "CurrentTimeReadResponse",
    "execCommandApproval": "ExecCommandApprovalResponse",
    "item/commandExecution/requestApproval": "CommandExecutionRequestApprovalResponse",
    "item/fileChange/requestApproval": "FileChangeRequestApprovalResponse",
    "item/permissions/requestApproval": "PermissionsRequestApprovalResponse",
    "item/tool/call": "DynamicToolCallResponse",
    "item/tool/requestUserInput": "ToolRequestUserInputResponse",
    "mcpServer/elicitation/request": "McpServerElicitationRequestResponse",
}
"""Requests of the server that are answered here, each with the definition of its answer."""
