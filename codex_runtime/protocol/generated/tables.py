"""The method tables: every row by its wire name.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from codex_runtime.protocol.rows import Gate, Method, NotificationRow, ServerRequestRow

if TYPE_CHECKING:
    from codex_runtime.protocol.generated.accounts import GetAccountParams, GetAccountResponse
    from codex_runtime.protocol.generated.commands import CommandExecParams, CommandExecResponse
    from codex_runtime.protocol.generated.config import ConfigReadParams, ConfigReadResponse
    from codex_runtime.protocol.generated.handshake import InitializeParams, InitializeResponse
    from codex_runtime.protocol.generated.models import ModelListParams, ModelListResponse
    from codex_runtime.protocol.generated.threads import (
        ThreadArchiveParams,
        ThreadArchiveResponse,
        ThreadBackgroundTerminalsCleanParams,
        ThreadBackgroundTerminalsCleanResponse,
        ThreadBackgroundTerminalsListParams,
        ThreadBackgroundTerminalsListResponse,
        ThreadBackgroundTerminalsTerminateParams,
        ThreadBackgroundTerminalsTerminateResponse,
        ThreadCompactStartParams,
        ThreadCompactStartResponse,
        ThreadDeleteParams,
        ThreadDeleteResponse,
        ThreadForkParams,
        ThreadForkResponse,
        ThreadListParams,
        ThreadListResponse,
        ThreadLoadedListParams,
        ThreadLoadedListResponse,
        ThreadReadParams,
        ThreadReadResponse,
        ThreadResumeParams,
        ThreadResumeResponse,
        ThreadSetNameParams,
        ThreadSetNameResponse,
        ThreadSettingsUpdateParams,
        ThreadSettingsUpdateResponse,
        ThreadShellCommandParams,
        ThreadShellCommandResponse,
        ThreadStartParams,
        ThreadStartResponse,
        ThreadTurnsListParams,
        ThreadTurnsListResponse,
        ThreadUnarchiveParams,
        ThreadUnarchiveResponse,
        ThreadUnsubscribeParams,
        ThreadUnsubscribeResponse,
    )
    from codex_runtime.protocol.generated.turns import (
        ReviewStartParams,
        ReviewStartResponse,
        TurnInterruptParams,
        TurnInterruptResponse,
        TurnStartParams,
        TurnStartResponse,
        TurnSteerParams,
        TurnSteerResponse,
    )

__all__ = [
    "ACCOUNT_READ",
    "CLIENT_ROWS",
    "COMMAND_EXEC",
    "CONFIG_READ",
    "GATES",
    "INITIALIZE",
    "MODEL_LIST",
    "NOTIFICATION_ROWS",
    "REVIEW_START",
    "SERVER_REQUEST_ROWS",
    "THREAD_ARCHIVE",
    "THREAD_BACKGROUND_TERMINALS_CLEAN",
    "THREAD_BACKGROUND_TERMINALS_LIST",
    "THREAD_BACKGROUND_TERMINALS_TERMINATE",
    "THREAD_COMPACT_START",
    "THREAD_DELETE",
    "THREAD_FORK",
    "THREAD_LIST",
    "THREAD_LOADED_LIST",
    "THREAD_NAME_SET",
    "THREAD_READ",
    "THREAD_RESUME",
    "THREAD_SETTINGS_UPDATE",
    "THREAD_SHELL_COMMAND",
    "THREAD_START",
    "THREAD_TURNS_LIST",
    "THREAD_UNARCHIVE",
    "THREAD_UNSUBSCRIBE",
    "TURN_INTERRUPT",
    "TURN_START",
    "TURN_STEER",
]

ACCOUNT_READ: Final[Method[GetAccountParams, GetAccountResponse]] = Method(
    "account/read", "accounts:GetAccountParams", "accounts:GetAccountResponse"
)
COMMAND_EXEC: Final[Method[CommandExecParams, CommandExecResponse]] = Method(
    "command/exec", "commands:CommandExecParams", "commands:CommandExecResponse", gate="slow"
)
CONFIG_READ: Final[Method[ConfigReadParams, ConfigReadResponse]] = Method(
    "config/read", "config:ConfigReadParams", "config:ConfigReadResponse"
)
INITIALIZE: Final[Method[InitializeParams, InitializeResponse]] = Method(
    "initialize", "handshake:InitializeParams", "handshake:InitializeResponse"
)
MODEL_LIST: Final[Method[ModelListParams, ModelListResponse]] = Method(
    "model/list", "models:ModelListParams", "models:ModelListResponse", gate="slow"
)
REVIEW_START: Final[Method[ReviewStartParams, ReviewStartResponse]] = Method(
    "review/start", "turns:ReviewStartParams", "turns:ReviewStartResponse", gate="slow"
)
THREAD_ARCHIVE: Final[Method[ThreadArchiveParams, ThreadArchiveResponse]] = Method(
    "thread/archive", "threads:ThreadArchiveParams", "threads:ThreadArchiveResponse", gate="control"
)
THREAD_BACKGROUND_TERMINALS_CLEAN: Final[
    Method[ThreadBackgroundTerminalsCleanParams, ThreadBackgroundTerminalsCleanResponse]
] = Method(
    "thread/backgroundTerminals/clean",
    "threads:ThreadBackgroundTerminalsCleanParams",
    "threads:ThreadBackgroundTerminalsCleanResponse",
    experimental=True,
)
THREAD_BACKGROUND_TERMINALS_LIST: Final[
    Method[ThreadBackgroundTerminalsListParams, ThreadBackgroundTerminalsListResponse]
] = Method(
    "thread/backgroundTerminals/list",
    "threads:ThreadBackgroundTerminalsListParams",
    "threads:ThreadBackgroundTerminalsListResponse",
    experimental=True,
)
THREAD_BACKGROUND_TERMINALS_TERMINATE: Final[
    Method[ThreadBackgroundTerminalsTerminateParams, ThreadBackgroundTerminalsTerminateResponse]
] = Method(
    "thread/backgroundTerminals/terminate",
    "threads:ThreadBackgroundTerminalsTerminateParams",
    "threads:ThreadBackgroundTerminalsTerminateResponse",
    experimental=True,
)
THREAD_COMPACT_START: Final[Method[ThreadCompactStartParams, ThreadCompactStartResponse]] = Method(
    "thread/compact/start",
    "threads:ThreadCompactStartParams",
    "threads:ThreadCompactStartResponse",
    gate="slow",
)
THREAD_DELETE: Final[Method[ThreadDeleteParams, ThreadDeleteResponse]] = Method(
    "thread/delete", "threads:ThreadDeleteParams", "threads:ThreadDeleteResponse"
)
THREAD_FORK: Final[Method[ThreadForkParams, ThreadForkResponse]] = Method(
    "thread/fork", "threads:ThreadForkParams", "threads:ThreadForkResponse", gate="slow"
)
THREAD_LIST: Final[Method[ThreadListParams, ThreadListResponse]] = Method(
    "thread/list", "threads:ThreadListParams", "threads:ThreadListResponse"
)
THREAD_LOADED_LIST: Final[Method[ThreadLoadedListParams, ThreadLoadedListResponse]] = Method(
    "thread/loaded/list", "threads:ThreadLoadedListParams", "threads:ThreadLoadedListResponse"
)
THREAD_NAME_SET: Final[Method[ThreadSetNameParams, ThreadSetNameResponse]] = Method(
    "thread/name/set", "threads:ThreadSetNameParams", "threads:ThreadSetNameResponse"
)
THREAD_READ: Final[Method[ThreadReadParams, ThreadReadResponse]] = Method(
    "thread/read", "threads:ThreadReadParams", "threads:ThreadReadResponse", gate="control"
)
THREAD_RESUME: Final[Method[ThreadResumeParams, ThreadResumeResponse]] = Method(
    "thread/resume", "threads:ThreadResumeParams", "threads:ThreadResumeResponse", gate="slow"
)
THREAD_SETTINGS_UPDATE: Final[Method[ThreadSettingsUpdateParams, ThreadSettingsUpdateResponse]] = (
    Method(
        "thread/settings/update",
        "threads:ThreadSettingsUpdateParams",
        "threads:ThreadSettingsUpdateResponse",
        experimental=True,
    )
)
THREAD_SHELL_COMMAND: Final[Method[ThreadShellCommandParams, ThreadShellCommandResponse]] = Method(
    "thread/shellCommand",
    "threads:ThreadShellCommandParams",
    "threads:ThreadShellCommandResponse",
    gate="slow",
)
THREAD_START: Final[Method[ThreadStartParams, ThreadStartResponse]] = Method(
    "thread/start", "threads:ThreadStartParams", "threads:ThreadStartResponse", gate="slow"
)
THREAD_TURNS_LIST: Final[Method[ThreadTurnsListParams, ThreadTurnsListResponse]] = Method(
    "thread/turns/list", "threads:ThreadTurnsListParams", "threads:ThreadTurnsListResponse"
)
THREAD_UNARCHIVE: Final[Method[ThreadUnarchiveParams, ThreadUnarchiveResponse]] = Method(
    "thread/unarchive", "threads:ThreadUnarchiveParams", "threads:ThreadUnarchiveResponse"
)
THREAD_UNSUBSCRIBE: Final[Method[ThreadUnsubscribeParams, ThreadUnsubscribeResponse]] = Method(
    "thread/unsubscribe",
    "threads:ThreadUnsubscribeParams",
    "threads:ThreadUnsubscribeResponse",
    gate="control",
)
TURN_INTERRUPT: Final[Method[TurnInterruptParams, TurnInterruptResponse]] = Method(
    "turn/interrupt", "turns:TurnInterruptParams", "turns:TurnInterruptResponse", gate="control"
)
TURN_START: Final[Method[TurnStartParams, TurnStartResponse]] = Method(
    "turn/start", "turns:TurnStartParams", "turns:TurnStartResponse"
)
TURN_STEER: Final[Method[TurnSteerParams, TurnSteerResponse]] = Method(
    "turn/steer", "turns:TurnSteerParams", "turns:TurnSteerResponse", gate="control"
)

# Any: the rows differ in their types; a constant above has its own.
CLIENT_ROWS: Final[tuple[Method[Any, Any], ...]] = (
    ACCOUNT_READ,
    COMMAND_EXEC,
    CONFIG_READ,
    INITIALIZE,
    MODEL_LIST,
    REVIEW_START,
    THREAD_ARCHIVE,
    THREAD_BACKGROUND_TERMINALS_CLEAN,
    THREAD_BACKGROUND_TERMINALS_LIST,
    THREAD_BACKGROUND_TERMINALS_TERMINATE,
    THREAD_COMPACT_START,
    THREAD_DELETE,
    THREAD_FORK,
    THREAD_LIST,
    THREAD_LOADED_LIST,
    THREAD_NAME_SET,
    THREAD_READ,
    THREAD_RESUME,
    THREAD_SETTINGS_UPDATE,
    THREAD_SHELL_COMMAND,
    THREAD_START,
    THREAD_TURNS_LIST,
    THREAD_UNARCHIVE,
    THREAD_UNSUBSCRIBE,
    TURN_INTERRUPT,
    TURN_START,
    TURN_STEER,
)

NOTIFICATION_ROWS: Final[tuple[NotificationRow, ...]] = (
    NotificationRow(
        "account/rateLimits/updated", "accounts:AccountRateLimitsUpdated", route="none"
    ),
    NotificationRow("configWarning", "config:ConfigWarning", route="none"),
    NotificationRow("deprecationNotice", "server:DeprecationNotice", route="none"),
    NotificationRow("error", "events:ErrorNotification", route="turn_id"),
    NotificationRow("guardianWarning", "events:GuardianWarning", route="thread"),
    NotificationRow("hook/completed", "hooks:HookCompleted", route="turn_id"),
    NotificationRow("hook/started", "hooks:HookStarted", route="turn_id"),
    NotificationRow(
        "item/agentMessage/delta", "events:AgentMessageDelta", route="turn_id", mergeable=True
    ),
    NotificationRow(
        "item/autoApprovalReview/completed",
        "events:ItemGuardianApprovalReviewCompleted",
        route="turn_id",
    ),
    NotificationRow(
        "item/autoApprovalReview/started",
        "events:ItemGuardianApprovalReviewStarted",
        route="turn_id",
    ),
    NotificationRow(
        "item/commandExecution/outputDelta",
        "events:CommandExecutionOutputDelta",
        route="turn_id",
        mergeable=True,
    ),
    NotificationRow(
        "item/commandExecution/terminalInteraction", "events:TerminalInteraction", route="turn_id"
    ),
    NotificationRow("item/completed", "events:ItemCompleted", route="turn_id"),
    NotificationRow(
        "item/fileChange/outputDelta",
        "events:FileChangeOutputDelta",
        route="turn_id",
        mergeable=True,
    ),
    NotificationRow(
        "item/fileChange/patchUpdated", "events:FileChangePatchUpdated", route="turn_id"
    ),
    NotificationRow("item/mcpToolCall/progress", "events:McpToolCallProgress", route="turn_id"),
    NotificationRow("item/plan/delta", "events:PlanDelta", route="turn_id", mergeable=True),
    NotificationRow(
        "item/reasoning/summaryPartAdded", "events:ReasoningSummaryPartAdded", route="turn_id"
    ),
    NotificationRow(
        "item/reasoning/summaryTextDelta",
        "events:ReasoningSummaryTextDelta",
        route="turn_id",
        mergeable=True,
    ),
    NotificationRow(
        "item/reasoning/textDelta", "events:ReasoningTextDelta", route="turn_id", mergeable=True
    ),
    NotificationRow("item/started", "events:ItemStarted", route="turn_id"),
    NotificationRow(
        "mcpServer/startupStatus/updated", "mcp:McpServerStatusUpdated", route="thread"
    ),
    NotificationRow("model/rerouted", "events:ModelRerouted", route="turn_id"),
    NotificationRow("serverRequest/resolved", "events:ServerRequestResolved", route="thread"),
    NotificationRow("thread/archived", "events:ThreadArchived", route="thread"),
    NotificationRow("thread/closed", "events:ThreadClosed", route="thread"),
    NotificationRow("thread/compacted", "events:ContextCompacted", route="turn_id"),
    NotificationRow("thread/deleted", "events:ThreadDeleted", route="thread"),
    NotificationRow("thread/name/updated", "events:ThreadNameUpdated", route="thread"),
    NotificationRow("thread/settings/updated", "threads:ThreadSettingsUpdated", route="thread"),
    NotificationRow("thread/started", "threads:ThreadStarted", route="none"),
    NotificationRow("thread/status/changed", "events:ThreadStatusChanged", route="thread"),
    NotificationRow("thread/tokenUsage/updated", "events:ThreadTokenUsageUpdated", route="turn_id"),
    NotificationRow("thread/unarchived", "events:ThreadUnarchived", route="thread"),
    NotificationRow("turn/completed", "events:TurnCompleted", route="turn"),
    NotificationRow("turn/diff/updated", "events:TurnDiffUpdated", route="turn_id"),
    NotificationRow("turn/moderationMetadata", "events:TurnModerationMetadata", route="turn_id"),
    NotificationRow("turn/plan/updated", "events:TurnPlanUpdated", route="turn_id"),
    NotificationRow("turn/started", "events:TurnStarted", route="turn"),
    NotificationRow("warning", "events:WarningNotification", route="thread"),
)

SERVER_REQUEST_ROWS: Final[tuple[ServerRequestRow, ...]] = (
    ServerRequestRow(
        "applyPatchApproval",
        "approvals:ApplyPatchApprovalParams",
        "approvals:ApplyPatchApprovalResponse",
    ),
    ServerRequestRow(
        "execCommandApproval",
        "approvals:ExecCommandApprovalParams",
        "approvals:ExecCommandApprovalResponse",
    ),
    ServerRequestRow(
        "item/commandExecution/requestApproval",
        "approvals:CommandExecutionRequestApprovalParams",
        "approvals:CommandExecutionRequestApprovalResponse",
    ),
    ServerRequestRow(
        "item/fileChange/requestApproval",
        "approvals:FileChangeRequestApprovalParams",
        "approvals:FileChangeRequestApprovalResponse",
    ),
    ServerRequestRow(
        "item/permissions/requestApproval",
        "approvals:PermissionsRequestApprovalParams",
        "approvals:PermissionsRequestApprovalResponse",
    ),
    ServerRequestRow(
        "item/tool/call", "approvals:DynamicToolCallParams", "approvals:DynamicToolCallResponse"
    ),
    ServerRequestRow(
        "item/tool/requestUserInput",
        "approvals:ToolRequestUserInputParams",
        "approvals:ToolRequestUserInputResponse",
    ),
    ServerRequestRow(
        "mcpServer/elicitation/request",
        "approvals:McpServerElicitationRequestParams",
        "approvals:McpServerElicitationRequestResponse",
    ),
)

# Every method of the schema, selected or not.
GATES: Final[dict[str, Gate]] = {
    "account/bedrock/checkGovCloudRequirements": "slow",
    "account/bedrock/discover": "slow",
    "account/bedrock/setup": "slow",
    "account/gatewayOAuth/cancel": "quick",
    "account/gatewayOAuth/login": "slow",
    "account/gatewayOAuth/read": "quick",
    "account/login/cancel": "quick",
    "account/login/start": "slow",
    "account/logout": "quick",
    "account/rateLimitResetCredit/consume": "slow",
    "account/rateLimits/read": "slow",
    "account/read": "quick",
    "account/sendAddCreditsNudgeEmail": "slow",
    "account/usage/read": "slow",
    "account/workspaceMessages/read": "slow",
    "app/installed": "slow",
    "app/list": "slow",
    "app/read": "slow",
    "collaborationMode/list": "quick",
    "command/exec": "slow",
    "command/exec/resize": "quick",
    "command/exec/terminate": "quick",
    "command/exec/write": "quick",
    "config/batchWrite": "quick",
    "config/mcpServer/reload": "slow",
    "config/read": "quick",
    "config/value/write": "quick",
    "configRequirements/read": "quick",
    "environment/add": "slow",
    "environment/info": "quick",
    "environment/status": "quick",
    "experimentalFeature/enablement/set": "quick",
    "experimentalFeature/list": "quick",
    "externalAgentConfig/detect": "slow",
    "externalAgentConfig/import": "slow",
    "externalAgentConfig/import/readHistories": "quick",
    "externalAgentConfig/import/recordHistory": "quick",
    "feedback/upload": "slow",
    "fs/copy": "slow",
    "fs/createDirectory": "quick",
    "fs/getMetadata": "quick",
    "fs/readDirectory": "quick",
    "fs/readFile": "quick",
    "fs/remove": "slow",
    "fs/unwatch": "quick",
    "fs/watch": "quick",
    "fs/writeFile": "quick",
    "fuzzyFileSearch": "slow",
    "fuzzyFileSearch/sessionStart": "quick",
    "fuzzyFileSearch/sessionStop": "quick",
    "fuzzyFileSearch/sessionUpdate": "quick",
    "hooks/list": "quick",
    "initialize": "quick",
    "marketplace/add": "slow",
    "marketplace/remove": "quick",
    "marketplace/upgrade": "slow",
    "mcpServer/event/stream/start": "slow",
    "mcpServer/event/stream/stop": "quick",
    "mcpServer/oauth/login": "slow",
    "mcpServer/resource/read": "slow",
    "mcpServer/tool/call": "slow",
    "mcpServerStatus/list": "slow",
    "memory/reset": "slow",
    "memory/status": "quick",
    "mock/experimentalMethod": "quick",
    "model/list": "slow",
    "modelProvider/capabilities/read": "quick",
    "permissionProfile/list": "quick",
    "plugin/install": "slow",
    "plugin/installed": "slow",
    "plugin/list": "slow",
    "plugin/read": "slow",
    "plugin/reconcile": "slow",
    "plugin/search": "slow",
    "plugin/share/checkout": "slow",
    "plugin/share/delete": "quick",
    "plugin/share/list": "quick",
    "plugin/share/save": "slow",
    "plugin/share/updateTargets": "quick",
    "plugin/skill/read": "slow",
    "plugin/uninstall": "slow",
    "process/kill": "quick",
    "process/resizePty": "quick",
    "process/spawn": "slow",
    "process/writeStdin": "quick",
    "project/create": "quick",
    "project/delete": "quick",
    "project/import": "slow",
    "project/list": "quick",
    "project/move": "quick",
    "project/read": "quick",
    "project/update": "quick",
    "remoteControl/client/list": "quick",
    "remoteControl/client/revoke": "quick",
    "remoteControl/disable": "quick",
    "remoteControl/enable": "slow",
    "remoteControl/pairing/start": "slow",
    "remoteControl/pairing/status": "quick",
    "remoteControl/status/read": "quick",
    "review/start": "slow",
    "rollout/compress": "slow",
    "server/diagnostics": "quick",
    "skills/config/write": "quick",
    "skills/extraRoots/set": "quick",
    "skills/list": "quick",
    "thread/approveGuardianDeniedAction": "quick",
    "thread/archive": "control",
    "thread/attachment/add": "quick",
    "thread/attachment/list": "quick",
    "thread/attachment/remove": "quick",
    "thread/attachmentOwner/list": "quick",
    "thread/backgroundTerminals/clean": "quick",
    "thread/backgroundTerminals/list": "quick",
    "thread/backgroundTerminals/terminate": "quick",
    "thread/compact/start": "slow",
    "thread/decrement_elicitation": "quick",
    "thread/delete": "quick",
    "thread/fork": "slow",
    "thread/goal/clear": "quick",
    "thread/goal/get": "quick",
    "thread/goal/set": "quick",
    "thread/increment_elicitation": "quick",
    "thread/inject_items": "quick",
    "thread/items/list": "quick",
    "thread/items/read": "quick",
    "thread/list": "quick",
    "thread/loaded/list": "quick",
    "thread/memoryMode/set": "quick",
    "thread/metadata/update": "quick",
    "thread/name/set": "quick",
    "thread/prediction/request": "slow",
    "thread/queue/add": "quick",
    "thread/queue/delete": "quick",
    "thread/queue/list": "quick",
    "thread/queue/reorder": "quick",
    "thread/queue/start": "quick",
    "thread/queue/update": "quick",
    "thread/read": "control",
    "thread/readState/update": "quick",
    "thread/realtime/appendAudio": "quick",
    "thread/realtime/appendSpeech": "quick",
    "thread/realtime/appendText": "quick",
    "thread/realtime/listVoices": "quick",
    "thread/realtime/start": "slow",
    "thread/realtime/stop": "quick",
    "thread/resume": "slow",
    "thread/revert": "quick",
    "thread/search": "slow",
    "thread/searchOccurrences": "slow",
    "thread/section/move": "quick",
    "thread/settings/update": "quick",
    "thread/shellCommand": "slow",
    "thread/start": "slow",
    "thread/timeline/list": "quick",
    "thread/turns/list": "quick",
    "thread/unarchive": "quick",
    "thread/unsubscribe": "control",
    "threadSection/create": "quick",
    "threadSection/delete": "quick",
    "threadSection/list": "quick",
    "threadSection/update": "quick",
    "turn/interrupt": "control",
    "turn/settings/update": "quick",
    "turn/start": "quick",
    "turn/steer": "control",
    "userVerification/cancel": "quick",
    "userVerification/delete": "quick",
    "userVerification/enroll": "slow",
    "userVerification/status": "quick",
    "userVerification/verify": "slow",
    "windowsSandbox/readiness": "quick",
    "windowsSandbox/setupStart": "slow",
}
