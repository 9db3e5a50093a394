"""What is generated, by hand: methods, names, modules, units. Data only, no code.

Everything else follows from the schema. Widening the vocabulary means widening the three lists at
the top (or setting one to ``ALL``) and answering what the generator then asks for, such as a name
that collides. Enter from ``plan``.
"""

from __future__ import annotations

from typing import Final

ALL: Final = ("*",)
"""In place of a list: everything the schema has."""

CLIENT_METHODS: Final[tuple[str, ...]] = (
    "account/read",
    "command/exec",
    "config/read",
    "initialize",
    "model/list",
    "review/start",
    "thread/archive",
    "thread/backgroundTerminals/clean",
    "thread/backgroundTerminals/list",
    "thread/backgroundTerminals/terminate",
    "thread/compact/start",
    "thread/delete",
    "thread/fork",
    "thread/list",
    "thread/loaded/list",
    "thread/name/set",
    "thread/read",
    "thread/resume",
    "thread/settings/update",
    "thread/shellCommand",
    "thread/start",
    "thread/turns/list",
    "thread/unarchive",
    "thread/unsubscribe",
    "turn/interrupt",
    "turn/start",
    "turn/steer",
)

NOTIFICATIONS: Final[tuple[str, ...]] = (
    "account/rateLimits/updated",
    "configWarning",
    "deprecationNotice",
    "error",
    "guardianWarning",
    "hook/completed",
    "hook/started",
    "item/agentMessage/delta",
    "item/autoApprovalReview/completed",
    "item/autoApprovalReview/started",
    "item/commandExecution/outputDelta",
    "item/commandExecution/terminalInteraction",
    "item/completed",
    "item/fileChange/outputDelta",
    "item/fileChange/patchUpdated",
    "item/mcpToolCall/progress",
    "item/plan/delta",
    "item/reasoning/summaryPartAdded",
    "item/reasoning/summaryTextDelta",
    "item/reasoning/textDelta",
    "item/started",
    "mcpServer/startupStatus/updated",
    "model/rerouted",
    "serverRequest/resolved",
    "thread/archived",
    "thread/closed",
    "thread/compacted",
    "thread/deleted",
    "thread/name/updated",
    "thread/settings/updated",
    "thread/started",
    "thread/status/changed",
    "thread/tokenUsage/updated",
    "thread/unarchived",
    "turn/completed",
    "turn/diff/updated",
    "turn/moderationMetadata",
    "turn/plan/updated",
    "turn/started",
    "warning",
)

SERVER_REQUESTS: Final[tuple[str, ...]] = (
    "applyPatchApproval",
    "execCommandApproval",
    "item/commandExecution/requestApproval",
    "item/fileChange/requestApproval",
    "item/permissions/requestApproval",
    "item/tool/call",
    "item/tool/requestUserInput",
    "mcpServer/elicitation/request",
)

# Results whose definition is not the params' name with Response in place of Params.
RESULTS: Final[dict[str, str]] = {
    "account/gatewayOAuth/cancel": "GatewayOAuthCancelResponse",
    "account/gatewayOAuth/login": "GatewayOAuthLoginResponse",
    "account/gatewayOAuth/read": "GatewayOAuthReadResponse",
    "account/logout": "LogoutAccountResponse",
    "account/rateLimits/read": "GetAccountRateLimitsResponse",
    "account/usage/read": "GetAccountTokenUsageResponse",
    "account/workspaceMessages/read": "GetWorkspaceMessagesResponse",
    "config/batchWrite": "ConfigWriteResponse",
    "config/mcpServer/reload": "McpServerRefreshResponse",
    "config/value/write": "ConfigWriteResponse",
    "configRequirements/read": "ConfigRequirementsReadResponse",
    "externalAgentConfig/import/readHistories": "ExternalAgentConfigImportHistoriesReadResponse",
    "memory/reset": "MemoryResetResponse",
    "remoteControl/disable": "RemoteControlDisableResponse",
    "remoteControl/enable": "RemoteControlEnableResponse",
    "remoteControl/status/read": "RemoteControlStatusReadResponse",
    "rollout/compress": "RolloutCompressResponse",
    "windowsSandbox/readiness": "WindowsSandboxReadinessResponse",
}

CONTROL: Final[tuple[str, ...]] = (
    "thread/archive",
    "thread/read",
    "thread/unsubscribe",
    "turn/interrupt",
    "turn/steer",
)
"""Methods with places of their own at the ingress gate, so that they always get through."""

SLOW: Final[tuple[str, ...]] = (
    "account/bedrock/checkGovCloudRequirements",
    "account/bedrock/discover",
    "account/bedrock/setup",
    "account/gatewayOAuth/login",
    "account/login/start",
    "account/rateLimitResetCredit/consume",
    "account/rateLimits/read",
    "account/sendAddCreditsNudgeEmail",
    "account/usage/read",
    "account/workspaceMessages/read",
    "app/installed",
    "app/list",
    "app/read",
    "command/exec",
    "config/mcpServer/reload",
    "environment/add",
    "externalAgentConfig/detect",
    "externalAgentConfig/import",
    "feedback/upload",
    "fs/copy",
    "fs/remove",
    "fuzzyFileSearch",
    "marketplace/add",
    "marketplace/upgrade",
    "mcpServer/event/stream/start",
    "mcpServer/oauth/login",
    "mcpServer/resource/read",
    "mcpServer/tool/call",
    "mcpServerStatus/list",
    "memory/reset",
    "model/list",
    "plugin/install",
    "plugin/installed",
    "plugin/list",
    "plugin/read",
    "plugin/reconcile",
    "plugin/search",
    "plugin/share/checkout",
    "plugin/share/save",
    "plugin/skill/read",
    "plugin/uninstall",
    "process/spawn",
    "project/import",
    "remoteControl/enable",
    "remoteControl/pairing/start",
    "review/start",
    "rollout/compress",
    "thread/compact/start",
    "thread/fork",
    "thread/prediction/request",
    "thread/realtime/start",
    "thread/resume",
    "thread/search",
    "thread/searchOccurrences",
    "thread/shellCommand",
    "thread/start",
    "userVerification/enroll",
    "userVerification/verify",
    "windowsSandbox/setupStart",
)
"""Methods that may run long: they start something, touch a network or walk a disk."""

MERGEABLE: Final[tuple[str, ...]] = (
    "item/agentMessage/delta",
    "item/commandExecution/outputDelta",
    "item/fileChange/outputDelta",
    "item/plan/delta",
    "item/reasoning/summaryTextDelta",
    "item/reasoning/textDelta",
)
"""Notifications whose ``delta`` is text that a mailbox may concatenate (never base64)."""

# Modules, lowest first: a type lives no higher than its lowest user, so imports cannot cycle.
DOMAINS: Final[tuple[str, ...]] = (
    "shared",
    "items",
    "turns",
    "threads",
    "events",
    "approvals",
    "hooks",
    "models",
    "config",
    "accounts",
    "commands",
    "mcp",
    "handshake",
    "extensions",
    "realtime",
    "server",
)

# The domain of a method or notification: the longest matching prefix decides.
DOMAIN_OF_PREFIX: Final[dict[str, str]] = {
    "": "server",
    "account/": "accounts",
    "app/": "extensions",
    "applyPatchApproval": "approvals",
    "command/": "commands",
    "config": "config",
    "environment/": "server",
    "error": "events",
    "execCommandApproval": "approvals",
    "experimentalFeature/": "config",
    "externalAgentConfig/": "config",
    "guardianWarning": "events",
    "hook/": "hooks",
    "hooks/": "hooks",
    "initialize": "handshake",
    "item/": "events",
    "item/commandExecution/requestApproval": "approvals",
    "item/fileChange/requestApproval": "approvals",
    "item/permissions/requestApproval": "approvals",
    "item/tool/": "approvals",
    "marketplace/": "extensions",
    "mcpServer/": "mcp",
    "mcpServer/elicitation/request": "approvals",
    "mcpServerStatus/": "mcp",
    "model/": "models",
    "model/rerouted": "events",
    "modelProvider/": "models",
    "permissionProfile/": "config",
    "plugin/": "extensions",
    "process/": "commands",
    "review/": "turns",
    "serverRequest/resolved": "events",
    "skills/": "extensions",
    "thread/": "threads",
    "thread/archived": "events",
    "thread/closed": "events",
    "thread/compacted": "events",
    "thread/deleted": "events",
    "thread/name/updated": "events",
    "thread/realtime/": "realtime",
    "thread/status/changed": "events",
    "thread/tokenUsage/updated": "events",
    "thread/unarchived": "events",
    "turn/": "turns",
    "turn/completed": "events",
    "turn/diff/updated": "events",
    "turn/moderationMetadata": "events",
    "turn/plan/updated": "events",
    "turn/started": "events",
    "warning": "events",
}

# Definitions that must live in one module although the rule would put them elsewhere.
DOMAIN_OF_DEFINITION: Final[dict[str, str]] = {
    "Thread": "threads",
    "ThreadItem": "items",
    "ThreadStatus": "turns",
    "Turn": "turns",
    "UserInput": "items",
}

# Definitions whose Python name is not the schema's (for a notification: without its suffix).
NAMES: Final[dict[str, str]] = {
    "ErrorNotification": "ErrorNotification",
    "FileChange": "PatchFileChange",
    "ModelVerificationNotification": "ModelVerificationUpdated",
    "WarningNotification": "WarningNotification",
}

# Payload names where two notifications share one definition.
NOTIFICATION_NAMES: Final[dict[str, str]] = {
    "modelProvider/authRecoveryCompleted": "AuthRecoveryCompleted",
    "modelProvider/authRecoveryStarted": "AuthRecoveryStarted",
    "thread/environment/connected": "ThreadEnvironmentConnected",
    "thread/environment/disconnected": "ThreadEnvironmentDisconnected",
}

# What is put before or after a tag to name a union's variants; "" for the tag alone.
VARIANT_SUFFIX: Final[dict[str, str]] = {
    "FileChange": "PatchFileChange",
    "McpServerElicitationRequestParams": "Elicitation",
    "ThreadItem": "",
}

# The stand-in for a tag that is not known, by union, else by the union's tag field.
UNKNOWN_OF_UNION: Final[dict[str, str]] = {"ThreadItem": "UnknownItem"}
UNKNOWN_OF_TAG_FIELD: Final[dict[str, str]] = {
    "handlerType": "UnknownHandlerType",
    "kind": "UnknownKind",
    "mode": "UnknownMode",
    "type": "UnknownVariant",
}

# Single variants, as "Definition.tag".
VARIANT_NAMES: Final[dict[str, str]] = {
    "FileChange.add": "PatchAddFile",
    "FileChange.delete": "PatchDeleteFile",
    "FileChange.update": "PatchUpdateFile",
    "McpServerElicitationRequestParams.openai/form": "OpenaiFormElicitation",
    "McpServerElicitationRequestParams.openaiForm": "OpenaiFormAliasElicitation",
    "McpServerElicitationRequestParams.openai/userVerification": "UserVerificationElicitation",
}

# Inline objects, as "Definition.field"; the same name twice means the same shape, written once.
INLINE_NAMES: Final[dict[str, str]] = {
    "AskForApproval.granular": "GranularApproval",
    "CodexErrorInfo.activeTurnNotSteerable": "ActiveTurnNotSteerable",
    "CodexErrorInfo.httpConnectionFailed": "HttpFailure",
    "CodexErrorInfo.responseStreamConnectionFailed": "HttpFailure",
    "CodexErrorInfo.responseStreamDisconnected": "HttpFailure",
    "CodexErrorInfo.responseTooManyFailedAttempts": "HttpFailure",
    "CommandExecutionApprovalDecision.acceptWithExecpolicyAmendment": (
        "AcceptWithExecpolicyAmendment"
    ),
    "CommandExecutionApprovalDecision.applyNetworkPolicyAmendment": "ApplyNetworkPolicyAmendment",
    "ReviewDecision.approved_execpolicy_amendment": "ApprovedExecpolicyAmendment",
    "ReviewDecision.denied": "ReviewDenied",
    "ReviewDecision.network_policy_amendment": "ReviewNetworkPolicyAmendment",
    "SubAgentSource.thread_spawn": "ThreadSpawn",
}

# Definitions passed on as plain JSON: their unions have no tag that a decoder could go by.
OPAQUE: Final[frozenset[str]] = frozenset({"McpElicitationSchema"})

# Field texts where the schema is silent about a unit, or its text says too little. A key without
# a definition holds everywhere the schema itself says nothing.
FIELD_DOCS: Final[dict[str, str]] = {
    "timeoutMs": "In milliseconds.",
    "startedAtMs": "Unix timestamp, in milliseconds.",
    "completedAtMs": "Unix timestamp, in milliseconds.",
    "durationMs": "In milliseconds.",
    "startedAt": "Unix timestamp, in seconds.",
    "completedAt": "Unix timestamp, in seconds.",
    "createdAt": "Unix timestamp, in seconds.",
    "updatedAt": "Unix timestamp, in seconds.",
    "resetsAt": "Unix timestamp, in seconds.",
    "windowDurationMins": "In minutes.",
    "modelContextWindow": "In tokens.",
    "model_context_window": "In tokens.",
    "model_auto_compact_token_limit": "In tokens.",
    "timeout_ms": "In milliseconds.",
    "rssKb": "Resident memory, in kilobytes.",
    "ByteRange.start": "In bytes of the text's UTF-8.",
    "ByteRange.end": "In bytes of the text's UTF-8, exclusive.",
    "usedPercent": "0 to 100.",
    "remainingPercent": "0 to 100.",
}

# Hand-written public names of the package, by module.
HAND_WRITTEN: Final[dict[str, str]] = {
    "Gate": "rows",
    "MalformedNotification": "unknown",
    "MalformedServerRequest": "unknown",
    "Method": "rows",
    "Notification": "unknown",
    "NotificationRow": "rows",
    "ServerRequestRow": "rows",
    "UnknownHandlerType": "unknown",
    "UnknownItem": "unknown",
    "UnknownKind": "unknown",
    "UnknownMode": "unknown",
    "UnknownNotification": "unknown",
    "UnknownServerRequest": "unknown",
    "UnknownVariant": "unknown",
    "CLIENT_METHODS": "methods",
    "NOTIFICATIONS": "methods",
    "SERVER_REQUESTS": "methods",
    "classify": "errors_table",
    "decode_notification": "codec",
    "decode_result": "codec",
    "decode_server_request": "codec",
    "encode_params": "codec",
    "gate_of": "methods",
    "to_builtins": "codec",
}
