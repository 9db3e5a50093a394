"""Python names that are not the schema's, by hand. Data only, no code.

Everything else keeps the schema's name: a definition its own (a notification without its suffix),
a union's variant its tag before the union's name, an inline object its field after its owner's
name. A collision makes the generator ask for an entry here. Enter from ``shapes`` and ``plan``.
"""

from __future__ import annotations

from typing import Final

# Definitions whose Python name is not the schema's (for a notification: without its suffix).
NAMES: Final[dict[str, str]] = {
    "ConversationTextRole": "RealtimeTextRole",
    "ErrorNotification": "ErrorNotification",
    "ExternalAgentConfigImportHistoryRecordSuccessParams": "ExternalAgentConfigImportRecordSuccess",
    "ExternalAgentConfigImportHistoryRecordTypeResultParams": (
        "ExternalAgentConfigImportRecordResult"
    ),
    "ExternalAgentConfigImportItemTypeFailure": "ExternalAgentConfigImportFailure",
    "ExternalAgentConfigImportItemTypeSuccess": "ExternalAgentConfigImportSuccess",
    "FileChange": "PatchFileChange",
    "McpServerEventStreamNotification": "McpServerEventReceived",
    "MergeStrategy": "ConfigMergeStrategy",
    "MigrationDetails": "ExternalAgentConfigMigrationDetails",
    "ModelVerificationNotification": "ModelVerificationUpdated",
    "OverriddenMetadata": "ConfigOverriddenMetadata",
    "PluginReconcileChangedPlugin": "ReconciledPlugin",
    "RequestHeader": "BrowserUseRequestHeader",
    "Resource": "McpResource",
    "ResourceContent": "McpResourceContent",
    "ResourceTemplate": "McpResourceTemplate",
    "Settings": "CollaborationModeSettings",
    "ThreadRealtimeBemItemPresentation": "RealtimeItemPresentation",
    "ThreadUsage": "AccountThreadUsage",
    "ThreadUsageBreakdownGroup": "AccountThreadUsageGroup",
    "Tool": "McpTool",
    "ToolsV2": "ToolsConfig",
    "WarningNotification": "WarningNotification",
    "WriteStatus": "ConfigWriteStatus",
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
    "ConfiguredHookHandler": "HookHandler",
    "DynamicToolCallOutputContentItem": "DynamicToolContent",
    "FileChange": "PatchFileChange",
    "FunctionCallOutputContentItem": "FunctionOutputContent",
    "GuardianApprovalReviewAction": "GuardianAction",
    "LoginAccountParams": "LoginParams",
    "LoginAccountResponse": "LoginResponse",
    "McpServerElicitationRequestParams": "Elicitation",
    "ResponsesApiWebSearchAction": "ResponsesWebSearch",
    "ScheduledTaskSchedule": "Schedule",
    "ThreadItem": "",
    "ThreadRealtimeBemItemPresentation": "Presentation",
    "ThreadRealtimeStartTransport": "RealtimeTransport",
    "ThreadTimelineEntry": "TimelineEntry",
}

# Single variants, as "Definition.tag".
VARIANT_NAMES: Final[dict[str, str]] = {
    "ConfigLayerSource.legacyManagedConfigTomlFromFile": "LegacyManagedFileConfigLayerSource",
    "ConfigLayerSource.legacyManagedConfigTomlFromMdm": "LegacyManagedMdmConfigLayerSource",
    "FileChange.add": "PatchAddFile",
    "FileChange.delete": "PatchDeleteFile",
    "FileChange.update": "PatchUpdateFile",
    "ImageGenerationFailure.usageLimitExceeded": "ImageUsageLimitExceeded",
    "McpServerElicitationRequestParams.openai/form": "OpenaiFormElicitation",
    "McpServerElicitationRequestParams.openai/userVerification": "UserVerificationElicitation",
    "McpServerElicitationRequestParams.openaiForm": "OpenaiFormAliasElicitation",
    "ReasoningItemContent.reasoning_text": "ReasoningTextContent",
    "ReasoningItemContent.text": "ReasoningPlainContent",
    "ReasoningItemReasoningSummary.summary_text": "ReasoningSummaryText",
    "ThreadItemsListAnchor.item": "ThreadItemAnchor",
    "ThreadReadStateOperation.read": "MarkThreadRead",
    "ThreadReadStateOperation.unread": "MarkThreadUnread",
    "ThreadRealtimeItem.bemItemPromoted": "RealtimePromotedItem",
    "ThreadRealtimeItem.realtimeSessionClosed": "RealtimeSessionClosedItem",
    "ThreadRealtimeItem.realtimeSessionStarted": "RealtimeSessionStartedItem",
    "ThreadRealtimeItem.transcriptSegment": "RealtimeTranscriptItem",
    "ThreadUnreadPosition.threadStart": "UnreadFromThreadStart",
    "ThreadUnreadPosition.turn": "UnreadFromTurn",
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
