"""The method tables: every row by its wire name.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from codex_runtime.protocol.rows import Method, NotificationRow, ServerRequestRow

if TYPE_CHECKING:
    from codex_runtime.protocol.generated.account_usage import (
        ConsumeAccountRateLimitResetCreditParams,
        ConsumeAccountRateLimitResetCreditResponse,
        GetAccountRateLimitsParams,
        GetAccountRateLimitsResponse,
        GetAccountTokenUsageParams,
        GetAccountTokenUsageResponse,
        SendAddCreditsNudgeEmailParams,
        SendAddCreditsNudgeEmailResponse,
    )
    from codex_runtime.protocol.generated.accounts import (
        CancelLoginAccountParams,
        CancelLoginAccountResponse,
        GatewayOAuthCancelResponse,
        GatewayOAuthLoginResponse,
        GatewayOAuthReadResponse,
        GetAccountParams,
        GetAccountResponse,
        GetWorkspaceMessagesResponse,
        LoginAccountParams,
        LoginAccountResponse,
        LogoutAccountResponse,
    )
    from codex_runtime.protocol.generated.apps import (
        AppsInstalledParams,
        AppsInstalledResponse,
        AppsListParams,
        AppsListResponse,
        AppsReadParams,
        AppsReadResponse,
    )
    from codex_runtime.protocol.generated.bedrock import (
        BedrockCheckGovCloudRequirementsParams,
        BedrockCheckGovCloudRequirementsResponse,
        BedrockDiscoverParams,
        BedrockDiscoverResponse,
        BedrockSetupParams,
        BedrockSetupResponse,
    )
    from codex_runtime.protocol.generated.collaboration_modes import (
        CollaborationModeListParams,
        CollaborationModeListResponse,
    )
    from codex_runtime.protocol.generated.commands import (
        CommandExecParams,
        CommandExecResizeParams,
        CommandExecResizeResponse,
        CommandExecResponse,
        CommandExecTerminateParams,
        CommandExecTerminateResponse,
        CommandExecWriteParams,
        CommandExecWriteResponse,
    )
    from codex_runtime.protocol.generated.config import (
        ConfigBatchWriteParams,
        ConfigReadParams,
        ConfigReadResponse,
        ConfigValueWriteParams,
        ConfigWriteResponse,
    )
    from codex_runtime.protocol.generated.config_requirements import ConfigRequirementsReadResponse
    from codex_runtime.protocol.generated.elicitations import (
        ThreadDecrementElicitationParams,
        ThreadDecrementElicitationResponse,
        ThreadIncrementElicitationParams,
        ThreadIncrementElicitationResponse,
    )
    from codex_runtime.protocol.generated.environments import (
        EnvironmentAddParams,
        EnvironmentAddResponse,
        EnvironmentInfoParams,
        EnvironmentInfoResponse,
        EnvironmentStatusParams,
        EnvironmentStatusResponse,
    )
    from codex_runtime.protocol.generated.experimental_features import (
        ExperimentalFeatureEnablementSetParams,
        ExperimentalFeatureEnablementSetResponse,
        ExperimentalFeatureListParams,
        ExperimentalFeatureListResponse,
    )
    from codex_runtime.protocol.generated.external_agents import (
        ExternalAgentConfigDetectParams,
        ExternalAgentConfigDetectResponse,
        ExternalAgentConfigImportHistoriesReadResponse,
        ExternalAgentConfigImportHistoryRecordParams,
        ExternalAgentConfigImportHistoryRecordResponse,
        ExternalAgentConfigImportParams,
        ExternalAgentConfigImportResponse,
    )
    from codex_runtime.protocol.generated.feedback import (
        FeedbackUploadParams,
        FeedbackUploadResponse,
    )
    from codex_runtime.protocol.generated.file_search import (
        FuzzyFileSearchParams,
        FuzzyFileSearchResponse,
        FuzzyFileSearchSessionStartParams,
        FuzzyFileSearchSessionStartResponse,
        FuzzyFileSearchSessionStopParams,
        FuzzyFileSearchSessionStopResponse,
        FuzzyFileSearchSessionUpdateParams,
        FuzzyFileSearchSessionUpdateResponse,
    )
    from codex_runtime.protocol.generated.fs import (
        FsCopyParams,
        FsCopyResponse,
        FsCreateDirectoryParams,
        FsCreateDirectoryResponse,
        FsGetMetadataParams,
        FsGetMetadataResponse,
        FsReadDirectoryParams,
        FsReadDirectoryResponse,
        FsReadFileParams,
        FsReadFileResponse,
        FsRemoveParams,
        FsRemoveResponse,
        FsUnwatchParams,
        FsUnwatchResponse,
        FsWatchParams,
        FsWatchResponse,
        FsWriteFileParams,
        FsWriteFileResponse,
    )
    from codex_runtime.protocol.generated.guardian import (
        ThreadApproveGuardianDeniedActionParams,
        ThreadApproveGuardianDeniedActionResponse,
    )
    from codex_runtime.protocol.generated.handshake import InitializeParams, InitializeResponse
    from codex_runtime.protocol.generated.hooks import HooksListParams, HooksListResponse
    from codex_runtime.protocol.generated.marketplaces import (
        MarketplaceAddParams,
        MarketplaceAddResponse,
        MarketplaceRemoveParams,
        MarketplaceRemoveResponse,
        MarketplaceUpgradeParams,
        MarketplaceUpgradeResponse,
    )
    from codex_runtime.protocol.generated.mcp import (
        ListMcpServerStatusParams,
        ListMcpServerStatusResponse,
        McpResourceReadParams,
        McpResourceReadResponse,
        McpServerEventStreamStartParams,
        McpServerEventStreamStartResponse,
        McpServerEventStreamStopParams,
        McpServerEventStreamStopResponse,
        McpServerOauthLoginParams,
        McpServerOauthLoginResponse,
        McpServerRefreshResponse,
        McpServerToolCallParams,
        McpServerToolCallResponse,
    )
    from codex_runtime.protocol.generated.memory import (
        MemoryResetResponse,
        MemoryStatusParams,
        MemoryStatusResponse,
        ThreadMemoryModeSetParams,
        ThreadMemoryModeSetResponse,
    )
    from codex_runtime.protocol.generated.models import (
        ModelListParams,
        ModelListResponse,
        ModelProviderCapabilitiesReadParams,
        ModelProviderCapabilitiesReadResponse,
    )
    from codex_runtime.protocol.generated.permissions import (
        PermissionProfileListParams,
        PermissionProfileListResponse,
    )
    from codex_runtime.protocol.generated.plugin_sharing import (
        PluginShareCheckoutParams,
        PluginShareCheckoutResponse,
        PluginShareDeleteParams,
        PluginShareDeleteResponse,
        PluginShareListParams,
        PluginShareListResponse,
        PluginShareSaveParams,
        PluginShareSaveResponse,
        PluginShareUpdateTargetsParams,
        PluginShareUpdateTargetsResponse,
    )
    from codex_runtime.protocol.generated.plugins import (
        PluginInstalledParams,
        PluginInstalledResponse,
        PluginInstallParams,
        PluginInstallResponse,
        PluginListParams,
        PluginListResponse,
        PluginReadParams,
        PluginReadResponse,
        PluginReconcileParams,
        PluginReconcileResponse,
        PluginSearchParams,
        PluginSearchResponse,
        PluginSkillReadParams,
        PluginSkillReadResponse,
        PluginUninstallParams,
        PluginUninstallResponse,
    )
    from codex_runtime.protocol.generated.processes import (
        ProcessKillParams,
        ProcessKillResponse,
        ProcessResizePtyParams,
        ProcessResizePtyResponse,
        ProcessSpawnParams,
        ProcessSpawnResponse,
        ProcessWriteStdinParams,
        ProcessWriteStdinResponse,
    )
    from codex_runtime.protocol.generated.projects import (
        ProjectCreateParams,
        ProjectCreateResponse,
        ProjectDeleteParams,
        ProjectDeleteResponse,
        ProjectImportParams,
        ProjectImportResponse,
        ProjectListParams,
        ProjectListResponse,
        ProjectMoveParams,
        ProjectMoveResponse,
        ProjectReadParams,
        ProjectReadResponse,
        ProjectUpdateParams,
        ProjectUpdateResponse,
    )
    from codex_runtime.protocol.generated.realtime import (
        ThreadRealtimeAppendAudioParams,
        ThreadRealtimeAppendAudioResponse,
        ThreadRealtimeAppendSpeechParams,
        ThreadRealtimeAppendSpeechResponse,
        ThreadRealtimeAppendTextParams,
        ThreadRealtimeAppendTextResponse,
        ThreadRealtimeListVoicesParams,
        ThreadRealtimeListVoicesResponse,
        ThreadRealtimeStartParams,
        ThreadRealtimeStartResponse,
        ThreadRealtimeStopParams,
        ThreadRealtimeStopResponse,
    )
    from codex_runtime.protocol.generated.remote_control import (
        RemoteControlClientsListParams,
        RemoteControlClientsListResponse,
        RemoteControlClientsRevokeParams,
        RemoteControlClientsRevokeResponse,
        RemoteControlDisableParams,
        RemoteControlDisableResponse,
        RemoteControlEnableParams,
        RemoteControlEnableResponse,
        RemoteControlPairingStartParams,
        RemoteControlPairingStartResponse,
        RemoteControlPairingStatusParams,
        RemoteControlPairingStatusResponse,
        RemoteControlStatusReadResponse,
    )
    from codex_runtime.protocol.generated.reviews import ReviewStartParams, ReviewStartResponse
    from codex_runtime.protocol.generated.server import (
        MockExperimentalMethodParams,
        MockExperimentalMethodResponse,
        RolloutCompressResponse,
        ServerDiagnosticsParams,
        ServerDiagnosticsResponse,
    )
    from codex_runtime.protocol.generated.skills import (
        SkillsConfigWriteParams,
        SkillsConfigWriteResponse,
        SkillsExtraRootsSetParams,
        SkillsExtraRootsSetResponse,
        SkillsListParams,
        SkillsListResponse,
    )
    from codex_runtime.protocol.generated.thread_attachments import (
        ThreadAttachmentAddParams,
        ThreadAttachmentAddResponse,
        ThreadAttachmentListParams,
        ThreadAttachmentListResponse,
        ThreadAttachmentOwnerListParams,
        ThreadAttachmentOwnerListResponse,
        ThreadAttachmentRemoveParams,
        ThreadAttachmentRemoveResponse,
    )
    from codex_runtime.protocol.generated.thread_catalogue import (
        ThreadListParams,
        ThreadListResponse,
        ThreadLoadedListParams,
        ThreadLoadedListResponse,
        ThreadMetadataUpdateParams,
        ThreadMetadataUpdateResponse,
        ThreadReadParams,
        ThreadReadResponse,
        ThreadReadStateUpdateParams,
        ThreadReadStateUpdateResponse,
        ThreadSetNameParams,
        ThreadSetNameResponse,
    )
    from codex_runtime.protocol.generated.thread_goals import (
        ThreadGoalClearParams,
        ThreadGoalClearResponse,
        ThreadGoalGetParams,
        ThreadGoalGetResponse,
        ThreadGoalSetParams,
        ThreadGoalSetResponse,
    )
    from codex_runtime.protocol.generated.thread_history import (
        ThreadInjectItemsParams,
        ThreadInjectItemsResponse,
        ThreadItemsListParams,
        ThreadItemsListResponse,
        ThreadItemsReadParams,
        ThreadItemsReadResponse,
        ThreadRevertParams,
        ThreadRevertResponse,
        ThreadTurnsListParams,
        ThreadTurnsListResponse,
    )
    from codex_runtime.protocol.generated.thread_predictions import (
        ThreadPredictionRequestParams,
        ThreadPredictionRequestResponse,
    )
    from codex_runtime.protocol.generated.thread_queue import (
        ThreadQueueAddParams,
        ThreadQueueAddResponse,
        ThreadQueueDeleteParams,
        ThreadQueueDeleteResponse,
        ThreadQueueListParams,
        ThreadQueueListResponse,
        ThreadQueueReorderParams,
        ThreadQueueReorderResponse,
        ThreadQueueStartParams,
        ThreadQueueStartResponse,
        ThreadQueueUpdateParams,
        ThreadQueueUpdateResponse,
    )
    from codex_runtime.protocol.generated.thread_resume import (
        ThreadResumeParams,
        ThreadResumeResponse,
    )
    from codex_runtime.protocol.generated.thread_search import (
        ThreadSearchOccurrencesParams,
        ThreadSearchOccurrencesResponse,
        ThreadSearchParams,
        ThreadSearchResponse,
    )
    from codex_runtime.protocol.generated.thread_sections import (
        ThreadSectionCreateParams,
        ThreadSectionCreateResponse,
        ThreadSectionDeleteParams,
        ThreadSectionDeleteResponse,
        ThreadSectionListParams,
        ThreadSectionListResponse,
        ThreadSectionMoveParams,
        ThreadSectionMoveResponse,
        ThreadSectionUpdateParams,
        ThreadSectionUpdateResponse,
    )
    from codex_runtime.protocol.generated.thread_settings import (
        ThreadSettingsUpdateParams,
        ThreadSettingsUpdateResponse,
    )
    from codex_runtime.protocol.generated.thread_terminals import (
        ThreadBackgroundTerminalsCleanParams,
        ThreadBackgroundTerminalsCleanResponse,
        ThreadBackgroundTerminalsListParams,
        ThreadBackgroundTerminalsListResponse,
        ThreadBackgroundTerminalsTerminateParams,
        ThreadBackgroundTerminalsTerminateResponse,
        ThreadShellCommandParams,
        ThreadShellCommandResponse,
    )
    from codex_runtime.protocol.generated.thread_timeline import (
        ThreadTimelineListParams,
        ThreadTimelineListResponse,
    )
    from codex_runtime.protocol.generated.threads import (
        ThreadArchiveParams,
        ThreadArchiveResponse,
        ThreadCompactStartParams,
        ThreadCompactStartResponse,
        ThreadDeleteParams,
        ThreadDeleteResponse,
        ThreadForkParams,
        ThreadForkResponse,
        ThreadStartParams,
        ThreadStartResponse,
        ThreadUnarchiveParams,
        ThreadUnarchiveResponse,
        ThreadUnsubscribeParams,
        ThreadUnsubscribeResponse,
    )
    from codex_runtime.protocol.generated.turns import (
        TurnInterruptParams,
        TurnInterruptResponse,
        TurnSettingsUpdateParams,
        TurnSettingsUpdateResponse,
        TurnStartParams,
        TurnStartResponse,
        TurnSteerParams,
        TurnSteerResponse,
    )
    from codex_runtime.protocol.generated.user_verification import (
        UserVerificationCancelParams,
        UserVerificationCancelResponse,
        UserVerificationDeleteParams,
        UserVerificationDeleteResponse,
        UserVerificationEnrollParams,
        UserVerificationEnrollResponse,
        UserVerificationStatusParams,
        UserVerificationStatusResponse,
        UserVerificationVerifyParams,
        UserVerificationVerifyResponse,
    )
    from codex_runtime.protocol.generated.windows import (
        WindowsSandboxReadinessResponse,
        WindowsSandboxSetupStartParams,
        WindowsSandboxSetupStartResponse,
    )

__all__ = [
    "ACCOUNT_BEDROCK_CHECK_GOV_CLOUD_REQUIREMENTS",
    "ACCOUNT_BEDROCK_DISCOVER",
    "ACCOUNT_BEDROCK_SETUP",
    "ACCOUNT_GATEWAY_OAUTH_CANCEL",
    "ACCOUNT_GATEWAY_OAUTH_LOGIN",
    "ACCOUNT_GATEWAY_OAUTH_READ",
    "ACCOUNT_LOGIN_CANCEL",
    "ACCOUNT_LOGIN_START",
    "ACCOUNT_LOGOUT",
    "ACCOUNT_RATE_LIMITS_READ",
    "ACCOUNT_RATE_LIMIT_RESET_CREDIT_CONSUME",
    "ACCOUNT_READ",
    "ACCOUNT_SEND_ADD_CREDITS_NUDGE_EMAIL",
    "ACCOUNT_USAGE_READ",
    "ACCOUNT_WORKSPACE_MESSAGES_READ",
    "APP_INSTALLED",
    "APP_LIST",
    "APP_READ",
    "CLIENT_ROWS",
    "COLLABORATION_MODE_LIST",
    "COMMAND_EXEC",
    "COMMAND_EXEC_RESIZE",
    "COMMAND_EXEC_TERMINATE",
    "COMMAND_EXEC_WRITE",
    "CONFIG_BATCH_WRITE",
    "CONFIG_MCP_SERVER_RELOAD",
    "CONFIG_READ",
    "CONFIG_REQUIREMENTS_READ",
    "CONFIG_VALUE_WRITE",
    "ENVIRONMENT_ADD",
    "ENVIRONMENT_INFO",
    "ENVIRONMENT_STATUS",
    "EXPERIMENTAL_FEATURE_ENABLEMENT_SET",
    "EXPERIMENTAL_FEATURE_LIST",
    "EXTERNAL_AGENT_CONFIG_DETECT",
    "EXTERNAL_AGENT_CONFIG_IMPORT",
    "EXTERNAL_AGENT_CONFIG_IMPORT_READ_HISTORIES",
    "EXTERNAL_AGENT_CONFIG_IMPORT_RECORD_HISTORY",
    "FEEDBACK_UPLOAD",
    "FS_COPY",
    "FS_CREATE_DIRECTORY",
    "FS_GET_METADATA",
    "FS_READ_DIRECTORY",
    "FS_READ_FILE",
    "FS_REMOVE",
    "FS_UNWATCH",
    "FS_WATCH",
    "FS_WRITE_FILE",
    "FUZZY_FILE_SEARCH",
    "FUZZY_FILE_SEARCH_SESSION_START",
    "FUZZY_FILE_SEARCH_SESSION_STOP",
    "FUZZY_FILE_SEARCH_SESSION_UPDATE",
    "HOOKS_LIST",
    "INITIALIZE",
    "MARKETPLACE_ADD",
    "MARKETPLACE_REMOVE",
    "MARKETPLACE_UPGRADE",
    "MCP_SERVER_EVENT_STREAM_START",
    "MCP_SERVER_EVENT_STREAM_STOP",
    "MCP_SERVER_OAUTH_LOGIN",
    "MCP_SERVER_RESOURCE_READ",
    "MCP_SERVER_STATUS_LIST",
    "MCP_SERVER_TOOL_CALL",
    "MEMORY_RESET",
    "MEMORY_STATUS",
    "MOCK_EXPERIMENTAL_METHOD",
    "MODEL_LIST",
    "MODEL_PROVIDER_CAPABILITIES_READ",
    "NOTIFICATION_ROWS",
    "PERMISSION_PROFILE_LIST",
    "PLUGIN_INSTALL",
    "PLUGIN_INSTALLED",
    "PLUGIN_LIST",
    "PLUGIN_READ",
    "PLUGIN_RECONCILE",
    "PLUGIN_SEARCH",
    "PLUGIN_SHARE_CHECKOUT",
    "PLUGIN_SHARE_DELETE",
    "PLUGIN_SHARE_LIST",
    "PLUGIN_SHARE_SAVE",
    "PLUGIN_SHARE_UPDATE_TARGETS",
    "PLUGIN_SKILL_READ",
    "PLUGIN_UNINSTALL",
    "PROCESS_KILL",
    "PROCESS_RESIZE_PTY",
    "PROCESS_SPAWN",
    "PROCESS_WRITE_STDIN",
    "PROJECT_CREATE",
    "PROJECT_DELETE",
    "PROJECT_IMPORT",
    "PROJECT_LIST",
    "PROJECT_MOVE",
    "PROJECT_READ",
    "PROJECT_UPDATE",
    "REMOTE_CONTROL_CLIENT_LIST",
    "REMOTE_CONTROL_CLIENT_REVOKE",
    "REMOTE_CONTROL_DISABLE",
    "REMOTE_CONTROL_ENABLE",
    "REMOTE_CONTROL_PAIRING_START",
    "REMOTE_CONTROL_PAIRING_STATUS",
    "REMOTE_CONTROL_STATUS_READ",
    "REVIEW_START",
    "ROLLOUT_COMPRESS",
    "SERVER_DIAGNOSTICS",
    "SERVER_REQUEST_ROWS",
    "SKILLS_CONFIG_WRITE",
    "SKILLS_EXTRA_ROOTS_SET",
    "SKILLS_LIST",
    "THREAD_APPROVE_GUARDIAN_DENIED_ACTION",
    "THREAD_ARCHIVE",
    "THREAD_ATTACHMENT_ADD",
    "THREAD_ATTACHMENT_LIST",
    "THREAD_ATTACHMENT_OWNER_LIST",
    "THREAD_ATTACHMENT_REMOVE",
    "THREAD_BACKGROUND_TERMINALS_CLEAN",
    "THREAD_BACKGROUND_TERMINALS_LIST",
    "THREAD_BACKGROUND_TERMINALS_TERMINATE",
    "THREAD_COMPACT_START",
    "THREAD_DECREMENT_ELICITATION",
    "THREAD_DELETE",
    "THREAD_FORK",
    "THREAD_GOAL_CLEAR",
    "THREAD_GOAL_GET",
    "THREAD_GOAL_SET",
    "THREAD_INCREMENT_ELICITATION",
    "THREAD_INJECT_ITEMS",
    "THREAD_ITEMS_LIST",
    "THREAD_ITEMS_READ",
    "THREAD_LIST",
    "THREAD_LOADED_LIST",
    "THREAD_MEMORY_MODE_SET",
    "THREAD_METADATA_UPDATE",
    "THREAD_NAME_SET",
    "THREAD_PREDICTION_REQUEST",
    "THREAD_QUEUE_ADD",
    "THREAD_QUEUE_DELETE",
    "THREAD_QUEUE_LIST",
    "THREAD_QUEUE_REORDER",
    "THREAD_QUEUE_START",
    "THREAD_QUEUE_UPDATE",
    "THREAD_READ",
    "THREAD_READ_STATE_UPDATE",
    "THREAD_REALTIME_APPEND_AUDIO",
    "THREAD_REALTIME_APPEND_SPEECH",
    "THREAD_REALTIME_APPEND_TEXT",
    "THREAD_REALTIME_LIST_VOICES",
    "THREAD_REALTIME_START",
    "THREAD_REALTIME_STOP",
    "THREAD_RESUME",
    "THREAD_REVERT",
    "THREAD_SEARCH",
    "THREAD_SEARCH_OCCURRENCES",
    "THREAD_SECTION_CREATE",
    "THREAD_SECTION_DELETE",
    "THREAD_SECTION_LIST",
    "THREAD_SECTION_MOVE",
    "THREAD_SECTION_UPDATE",
    "THREAD_SETTINGS_UPDATE",
    "THREAD_SHELL_COMMAND",
    "THREAD_START",
    "THREAD_TIMELINE_LIST",
    "THREAD_TURNS_LIST",
    "THREAD_UNARCHIVE",
    "THREAD_UNSUBSCRIBE",
    "TURN_INTERRUPT",
    "TURN_SETTINGS_UPDATE",
    "TURN_START",
    "TURN_STEER",
    "USER_VERIFICATION_CANCEL",
    "USER_VERIFICATION_DELETE",
    "USER_VERIFICATION_ENROLL",
    "USER_VERIFICATION_STATUS",
    "USER_VERIFICATION_VERIFY",
    "WINDOWS_SANDBOX_READINESS",
    "WINDOWS_SANDBOX_SETUP_START",
]

ACCOUNT_BEDROCK_CHECK_GOV_CLOUD_REQUIREMENTS: Final[
    Method[BedrockCheckGovCloudRequirementsParams, BedrockCheckGovCloudRequirementsResponse]
] = Method(
    "account/bedrock/checkGovCloudRequirements",
    "bedrock:BedrockCheckGovCloudRequirementsParams",
    "bedrock:BedrockCheckGovCloudRequirementsResponse",
    experimental=True,
    gate="slow",
)
ACCOUNT_BEDROCK_DISCOVER: Final[Method[BedrockDiscoverParams, BedrockDiscoverResponse]] = Method(
    "account/bedrock/discover",
    "bedrock:BedrockDiscoverParams",
    "bedrock:BedrockDiscoverResponse",
    experimental=True,
    gate="slow",
)
ACCOUNT_BEDROCK_SETUP: Final[Method[BedrockSetupParams, BedrockSetupResponse]] = Method(
    "account/bedrock/setup",
    "bedrock:BedrockSetupParams",
    "bedrock:BedrockSetupResponse",
    experimental=True,
    gate="slow",
)
ACCOUNT_GATEWAY_OAUTH_CANCEL: Final[Method[None, GatewayOAuthCancelResponse]] = Method(
    "account/gatewayOAuth/cancel", "", "accounts:GatewayOAuthCancelResponse"
)
ACCOUNT_GATEWAY_OAUTH_LOGIN: Final[Method[None, GatewayOAuthLoginResponse]] = Method(
    "account/gatewayOAuth/login", "", "accounts:GatewayOAuthLoginResponse", gate="slow"
)
ACCOUNT_GATEWAY_OAUTH_READ: Final[Method[None, GatewayOAuthReadResponse]] = Method(
    "account/gatewayOAuth/read", "", "accounts:GatewayOAuthReadResponse"
)
ACCOUNT_LOGIN_CANCEL: Final[Method[CancelLoginAccountParams, CancelLoginAccountResponse]] = Method(
    "account/login/cancel",
    "accounts:CancelLoginAccountParams",
    "accounts:CancelLoginAccountResponse",
)
ACCOUNT_LOGIN_START: Final[Method[LoginAccountParams, LoginAccountResponse]] = Method(
    "account/login/start",
    "accounts:LoginAccountParams",
    "accounts:LoginAccountResponse",
    gate="slow",
)
ACCOUNT_LOGOUT: Final[Method[None, LogoutAccountResponse]] = Method(
    "account/logout", "", "accounts:LogoutAccountResponse"
)
ACCOUNT_RATE_LIMIT_RESET_CREDIT_CONSUME: Final[
    Method[ConsumeAccountRateLimitResetCreditParams, ConsumeAccountRateLimitResetCreditResponse]
] = Method(
    "account/rateLimitResetCredit/consume",
    "account_usage:ConsumeAccountRateLimitResetCreditParams",
    "account_usage:ConsumeAccountRateLimitResetCreditResponse",
    gate="slow",
)
ACCOUNT_RATE_LIMITS_READ: Final[
    Method[GetAccountRateLimitsParams | None, GetAccountRateLimitsResponse]
] = Method(
    "account/rateLimits/read",
    "account_usage:GetAccountRateLimitsParams",
    "account_usage:GetAccountRateLimitsResponse",
    gate="slow",
)
ACCOUNT_READ: Final[Method[GetAccountParams, GetAccountResponse]] = Method(
    "account/read", "accounts:GetAccountParams", "accounts:GetAccountResponse"
)
ACCOUNT_SEND_ADD_CREDITS_NUDGE_EMAIL: Final[
    Method[SendAddCreditsNudgeEmailParams, SendAddCreditsNudgeEmailResponse]
] = Method(
    "account/sendAddCreditsNudgeEmail",
    "account_usage:SendAddCreditsNudgeEmailParams",
    "account_usage:SendAddCreditsNudgeEmailResponse",
    gate="slow",
)
ACCOUNT_USAGE_READ: Final[
    Method[GetAccountTokenUsageParams | None, GetAccountTokenUsageResponse]
] = Method(
    "account/usage/read",
    "account_usage:GetAccountTokenUsageParams",
    "account_usage:GetAccountTokenUsageResponse",
    gate="slow",
)
ACCOUNT_WORKSPACE_MESSAGES_READ: Final[Method[None, GetWorkspaceMessagesResponse]] = Method(
    "account/workspaceMessages/read", "", "accounts:GetWorkspaceMessagesResponse", gate="slow"
)
APP_INSTALLED: Final[Method[AppsInstalledParams, AppsInstalledResponse]] = Method(
    "app/installed", "apps:AppsInstalledParams", "apps:AppsInstalledResponse", gate="slow"
)
APP_LIST: Final[Method[AppsListParams, AppsListResponse]] = Method(
    "app/list", "apps:AppsListParams", "apps:AppsListResponse", gate="slow"
)
APP_READ: Final[Method[AppsReadParams, AppsReadResponse]] = Method(
    "app/read", "apps:AppsReadParams", "apps:AppsReadResponse", gate="slow"
)
COLLABORATION_MODE_LIST: Final[
    Method[CollaborationModeListParams, CollaborationModeListResponse]
] = Method(
    "collaborationMode/list",
    "collaboration_modes:CollaborationModeListParams",
    "collaboration_modes:CollaborationModeListResponse",
    experimental=True,
)
COMMAND_EXEC: Final[Method[CommandExecParams, CommandExecResponse]] = Method(
    "command/exec", "commands:CommandExecParams", "commands:CommandExecResponse", gate="slow"
)
COMMAND_EXEC_RESIZE: Final[Method[CommandExecResizeParams, CommandExecResizeResponse]] = Method(
    "command/exec/resize", "commands:CommandExecResizeParams", "commands:CommandExecResizeResponse"
)
COMMAND_EXEC_TERMINATE: Final[Method[CommandExecTerminateParams, CommandExecTerminateResponse]] = (
    Method(
        "command/exec/terminate",
        "commands:CommandExecTerminateParams",
        "commands:CommandExecTerminateResponse",
    )
)
COMMAND_EXEC_WRITE: Final[Method[CommandExecWriteParams, CommandExecWriteResponse]] = Method(
    "command/exec/write", "commands:CommandExecWriteParams", "commands:CommandExecWriteResponse"
)
CONFIG_BATCH_WRITE: Final[Method[ConfigBatchWriteParams, ConfigWriteResponse]] = Method(
    "config/batchWrite", "config:ConfigBatchWriteParams", "config:ConfigWriteResponse"
)
CONFIG_MCP_SERVER_RELOAD: Final[Method[None, McpServerRefreshResponse]] = Method(
    "config/mcpServer/reload", "", "mcp:McpServerRefreshResponse", gate="slow"
)
CONFIG_READ: Final[Method[ConfigReadParams, ConfigReadResponse]] = Method(
    "config/read", "config:ConfigReadParams", "config:ConfigReadResponse"
)
CONFIG_VALUE_WRITE: Final[Method[ConfigValueWriteParams, ConfigWriteResponse]] = Method(
    "config/value/write", "config:ConfigValueWriteParams", "config:ConfigWriteResponse"
)
CONFIG_REQUIREMENTS_READ: Final[Method[None, ConfigRequirementsReadResponse]] = Method(
    "configRequirements/read", "", "config_requirements:ConfigRequirementsReadResponse"
)
ENVIRONMENT_ADD: Final[Method[EnvironmentAddParams, EnvironmentAddResponse]] = Method(
    "environment/add",
    "environments:EnvironmentAddParams",
    "environments:EnvironmentAddResponse",
    experimental=True,
    gate="slow",
)
ENVIRONMENT_INFO: Final[Method[EnvironmentInfoParams, EnvironmentInfoResponse]] = Method(
    "environment/info",
    "environments:EnvironmentInfoParams",
    "environments:EnvironmentInfoResponse",
    experimental=True,
)
ENVIRONMENT_STATUS: Final[Method[EnvironmentStatusParams, EnvironmentStatusResponse]] = Method(
    "environment/status",
    "environments:EnvironmentStatusParams",
    "environments:EnvironmentStatusResponse",
    experimental=True,
)
EXPERIMENTAL_FEATURE_ENABLEMENT_SET: Final[
    Method[ExperimentalFeatureEnablementSetParams, ExperimentalFeatureEnablementSetResponse]
] = Method(
    "experimentalFeature/enablement/set",
    "experimental_features:ExperimentalFeatureEnablementSetParams",
    "experimental_features:ExperimentalFeatureEnablementSetResponse",
)
EXPERIMENTAL_FEATURE_LIST: Final[
    Method[ExperimentalFeatureListParams, ExperimentalFeatureListResponse]
] = Method(
    "experimentalFeature/list",
    "experimental_features:ExperimentalFeatureListParams",
    "experimental_features:ExperimentalFeatureListResponse",
)
EXTERNAL_AGENT_CONFIG_DETECT: Final[
    Method[ExternalAgentConfigDetectParams, ExternalAgentConfigDetectResponse]
] = Method(
    "externalAgentConfig/detect",
    "external_agents:ExternalAgentConfigDetectParams",
    "external_agents:ExternalAgentConfigDetectResponse",
    gate="slow",
)
EXTERNAL_AGENT_CONFIG_IMPORT: Final[
    Method[ExternalAgentConfigImportParams, ExternalAgentConfigImportResponse]
] = Method(
    "externalAgentConfig/import",
    "external_agents:ExternalAgentConfigImportParams",
    "external_agents:ExternalAgentConfigImportResponse",
    gate="slow",
)
EXTERNAL_AGENT_CONFIG_IMPORT_READ_HISTORIES: Final[
    Method[None, ExternalAgentConfigImportHistoriesReadResponse]
] = Method(
    "externalAgentConfig/import/readHistories",
    "",
    "external_agents:ExternalAgentConfigImportHistoriesReadResponse",
)
EXTERNAL_AGENT_CONFIG_IMPORT_RECORD_HISTORY: Final[
    Method[
        ExternalAgentConfigImportHistoryRecordParams, ExternalAgentConfigImportHistoryRecordResponse
    ]
] = Method(
    "externalAgentConfig/import/recordHistory",
    "external_agents:ExternalAgentConfigImportHistoryRecordParams",
    "external_agents:ExternalAgentConfigImportHistoryRecordResponse",
)
FEEDBACK_UPLOAD: Final[Method[FeedbackUploadParams, FeedbackUploadResponse]] = Method(
    "feedback/upload",
    "feedback:FeedbackUploadParams",
    "feedback:FeedbackUploadResponse",
    gate="slow",
)
FS_COPY: Final[Method[FsCopyParams, FsCopyResponse]] = Method(
    "fs/copy", "fs:FsCopyParams", "fs:FsCopyResponse", gate="slow"
)
FS_CREATE_DIRECTORY: Final[Method[FsCreateDirectoryParams, FsCreateDirectoryResponse]] = Method(
    "fs/createDirectory", "fs:FsCreateDirectoryParams", "fs:FsCreateDirectoryResponse"
)
FS_GET_METADATA: Final[Method[FsGetMetadataParams, FsGetMetadataResponse]] = Method(
    "fs/getMetadata", "fs:FsGetMetadataParams", "fs:FsGetMetadataResponse"
)
FS_READ_DIRECTORY: Final[Method[FsReadDirectoryParams, FsReadDirectoryResponse]] = Method(
    "fs/readDirectory", "fs:FsReadDirectoryParams", "fs:FsReadDirectoryResponse"
)
FS_READ_FILE: Final[Method[FsReadFileParams, FsReadFileResponse]] = Method(
    "fs/readFile", "fs:FsReadFileParams", "fs:FsReadFileResponse"
)
FS_REMOVE: Final[Method[FsRemoveParams, FsRemoveResponse]] = Method(
    "fs/remove", "fs:FsRemoveParams", "fs:FsRemoveResponse", gate="slow"
)
FS_UNWATCH: Final[Method[FsUnwatchParams, FsUnwatchResponse]] = Method(
    "fs/unwatch", "fs:FsUnwatchParams", "fs:FsUnwatchResponse"
)
FS_WATCH: Final[Method[FsWatchParams, FsWatchResponse]] = Method(
    "fs/watch", "fs:FsWatchParams", "fs:FsWatchResponse"
)
FS_WRITE_FILE: Final[Method[FsWriteFileParams, FsWriteFileResponse]] = Method(
    "fs/writeFile", "fs:FsWriteFileParams", "fs:FsWriteFileResponse"
)
FUZZY_FILE_SEARCH: Final[Method[FuzzyFileSearchParams, FuzzyFileSearchResponse]] = Method(
    "fuzzyFileSearch",
    "file_search:FuzzyFileSearchParams",
    "file_search:FuzzyFileSearchResponse",
    gate="slow",
)
FUZZY_FILE_SEARCH_SESSION_START: Final[
    Method[FuzzyFileSearchSessionStartParams, FuzzyFileSearchSessionStartResponse]
] = Method(
    "fuzzyFileSearch/sessionStart",
    "file_search:FuzzyFileSearchSessionStartParams",
    "file_search:FuzzyFileSearchSessionStartResponse",
    experimental=True,
)
FUZZY_FILE_SEARCH_SESSION_STOP: Final[
    Method[FuzzyFileSearchSessionStopParams, FuzzyFileSearchSessionStopResponse]
] = Method(
    "fuzzyFileSearch/sessionStop",
    "file_search:FuzzyFileSearchSessionStopParams",
    "file_search:FuzzyFileSearchSessionStopResponse",
    experimental=True,
)
FUZZY_FILE_SEARCH_SESSION_UPDATE: Final[
    Method[FuzzyFileSearchSessionUpdateParams, FuzzyFileSearchSessionUpdateResponse]
] = Method(
    "fuzzyFileSearch/sessionUpdate",
    "file_search:FuzzyFileSearchSessionUpdateParams",
    "file_search:FuzzyFileSearchSessionUpdateResponse",
    experimental=True,
)
HOOKS_LIST: Final[Method[HooksListParams, HooksListResponse]] = Method(
    "hooks/list", "hooks:HooksListParams", "hooks:HooksListResponse"
)
INITIALIZE: Final[Method[InitializeParams, InitializeResponse]] = Method(
    "initialize", "handshake:InitializeParams", "handshake:InitializeResponse"
)
MARKETPLACE_ADD: Final[Method[MarketplaceAddParams, MarketplaceAddResponse]] = Method(
    "marketplace/add",
    "marketplaces:MarketplaceAddParams",
    "marketplaces:MarketplaceAddResponse",
    gate="slow",
)
MARKETPLACE_REMOVE: Final[Method[MarketplaceRemoveParams, MarketplaceRemoveResponse]] = Method(
    "marketplace/remove",
    "marketplaces:MarketplaceRemoveParams",
    "marketplaces:MarketplaceRemoveResponse",
)
MARKETPLACE_UPGRADE: Final[Method[MarketplaceUpgradeParams, MarketplaceUpgradeResponse]] = Method(
    "marketplace/upgrade",
    "marketplaces:MarketplaceUpgradeParams",
    "marketplaces:MarketplaceUpgradeResponse",
    gate="slow",
)
MCP_SERVER_EVENT_STREAM_START: Final[
    Method[McpServerEventStreamStartParams, McpServerEventStreamStartResponse]
] = Method(
    "mcpServer/event/stream/start",
    "mcp:McpServerEventStreamStartParams",
    "mcp:McpServerEventStreamStartResponse",
    experimental=True,
    gate="slow",
)
MCP_SERVER_EVENT_STREAM_STOP: Final[
    Method[McpServerEventStreamStopParams, McpServerEventStreamStopResponse]
] = Method(
    "mcpServer/event/stream/stop",
    "mcp:McpServerEventStreamStopParams",
    "mcp:McpServerEventStreamStopResponse",
    experimental=True,
)
MCP_SERVER_OAUTH_LOGIN: Final[Method[McpServerOauthLoginParams, McpServerOauthLoginResponse]] = (
    Method(
        "mcpServer/oauth/login",
        "mcp:McpServerOauthLoginParams",
        "mcp:McpServerOauthLoginResponse",
        gate="slow",
    )
)
MCP_SERVER_RESOURCE_READ: Final[Method[McpResourceReadParams, McpResourceReadResponse]] = Method(
    "mcpServer/resource/read",
    "mcp:McpResourceReadParams",
    "mcp:McpResourceReadResponse",
    gate="slow",
)
MCP_SERVER_TOOL_CALL: Final[Method[McpServerToolCallParams, McpServerToolCallResponse]] = Method(
    "mcpServer/tool/call",
    "mcp:McpServerToolCallParams",
    "mcp:McpServerToolCallResponse",
    gate="slow",
)
MCP_SERVER_STATUS_LIST: Final[Method[ListMcpServerStatusParams, ListMcpServerStatusResponse]] = (
    Method(
        "mcpServerStatus/list",
        "mcp:ListMcpServerStatusParams",
        "mcp:ListMcpServerStatusResponse",
        gate="slow",
    )
)
MEMORY_RESET: Final[Method[None, MemoryResetResponse]] = Method(
    "memory/reset", "", "memory:MemoryResetResponse", experimental=True, gate="slow"
)
MEMORY_STATUS: Final[Method[MemoryStatusParams, MemoryStatusResponse]] = Method(
    "memory/status", "memory:MemoryStatusParams", "memory:MemoryStatusResponse", experimental=True
)
MOCK_EXPERIMENTAL_METHOD: Final[
    Method[MockExperimentalMethodParams, MockExperimentalMethodResponse]
] = Method(
    "mock/experimentalMethod",
    "server:MockExperimentalMethodParams",
    "server:MockExperimentalMethodResponse",
    experimental=True,
)
MODEL_LIST: Final[Method[ModelListParams, ModelListResponse]] = Method(
    "model/list", "models:ModelListParams", "models:ModelListResponse", gate="slow"
)
MODEL_PROVIDER_CAPABILITIES_READ: Final[
    Method[ModelProviderCapabilitiesReadParams, ModelProviderCapabilitiesReadResponse]
] = Method(
    "modelProvider/capabilities/read",
    "models:ModelProviderCapabilitiesReadParams",
    "models:ModelProviderCapabilitiesReadResponse",
)
PERMISSION_PROFILE_LIST: Final[
    Method[PermissionProfileListParams, PermissionProfileListResponse]
] = Method(
    "permissionProfile/list",
    "permissions:PermissionProfileListParams",
    "permissions:PermissionProfileListResponse",
)
PLUGIN_INSTALL: Final[Method[PluginInstallParams, PluginInstallResponse]] = Method(
    "plugin/install", "plugins:PluginInstallParams", "plugins:PluginInstallResponse", gate="slow"
)
PLUGIN_INSTALLED: Final[Method[PluginInstalledParams, PluginInstalledResponse]] = Method(
    "plugin/installed",
    "plugins:PluginInstalledParams",
    "plugins:PluginInstalledResponse",
    gate="slow",
)
PLUGIN_LIST: Final[Method[PluginListParams, PluginListResponse]] = Method(
    "plugin/list", "plugins:PluginListParams", "plugins:PluginListResponse", gate="slow"
)
PLUGIN_READ: Final[Method[PluginReadParams, PluginReadResponse]] = Method(
    "plugin/read", "plugins:PluginReadParams", "plugins:PluginReadResponse", gate="slow"
)
PLUGIN_RECONCILE: Final[Method[PluginReconcileParams, PluginReconcileResponse]] = Method(
    "plugin/reconcile",
    "plugins:PluginReconcileParams",
    "plugins:PluginReconcileResponse",
    gate="slow",
)
PLUGIN_SEARCH: Final[Method[PluginSearchParams, PluginSearchResponse]] = Method(
    "plugin/search",
    "plugins:PluginSearchParams",
    "plugins:PluginSearchResponse",
    experimental=True,
    gate="slow",
)
PLUGIN_SHARE_CHECKOUT: Final[Method[PluginShareCheckoutParams, PluginShareCheckoutResponse]] = (
    Method(
        "plugin/share/checkout",
        "plugin_sharing:PluginShareCheckoutParams",
        "plugin_sharing:PluginShareCheckoutResponse",
        gate="slow",
    )
)
PLUGIN_SHARE_DELETE: Final[Method[PluginShareDeleteParams, PluginShareDeleteResponse]] = Method(
    "plugin/share/delete",
    "plugin_sharing:PluginShareDeleteParams",
    "plugin_sharing:PluginShareDeleteResponse",
)
PLUGIN_SHARE_LIST: Final[Method[PluginShareListParams, PluginShareListResponse]] = Method(
    "plugin/share/list",
    "plugin_sharing:PluginShareListParams",
    "plugin_sharing:PluginShareListResponse",
)
PLUGIN_SHARE_SAVE: Final[Method[PluginShareSaveParams, PluginShareSaveResponse]] = Method(
    "plugin/share/save",
    "plugin_sharing:PluginShareSaveParams",
    "plugin_sharing:PluginShareSaveResponse",
    gate="slow",
)
PLUGIN_SHARE_UPDATE_TARGETS: Final[
    Method[PluginShareUpdateTargetsParams, PluginShareUpdateTargetsResponse]
] = Method(
    "plugin/share/updateTargets",
    "plugin_sharing:PluginShareUpdateTargetsParams",
    "plugin_sharing:PluginShareUpdateTargetsResponse",
)
PLUGIN_SKILL_READ: Final[Method[PluginSkillReadParams, PluginSkillReadResponse]] = Method(
    "plugin/skill/read",
    "plugins:PluginSkillReadParams",
    "plugins:PluginSkillReadResponse",
    gate="slow",
)
PLUGIN_UNINSTALL: Final[Method[PluginUninstallParams, PluginUninstallResponse]] = Method(
    "plugin/uninstall",
    "plugins:PluginUninstallParams",
    "plugins:PluginUninstallResponse",
    gate="slow",
)
PROCESS_KILL: Final[Method[ProcessKillParams, ProcessKillResponse]] = Method(
    "process/kill",
    "processes:ProcessKillParams",
    "processes:ProcessKillResponse",
    experimental=True,
)
PROCESS_RESIZE_PTY: Final[Method[ProcessResizePtyParams, ProcessResizePtyResponse]] = Method(
    "process/resizePty",
    "processes:ProcessResizePtyParams",
    "processes:ProcessResizePtyResponse",
    experimental=True,
)
PROCESS_SPAWN: Final[Method[ProcessSpawnParams, ProcessSpawnResponse]] = Method(
    "process/spawn",
    "processes:ProcessSpawnParams",
    "processes:ProcessSpawnResponse",
    experimental=True,
    gate="slow",
)
PROCESS_WRITE_STDIN: Final[Method[ProcessWriteStdinParams, ProcessWriteStdinResponse]] = Method(
    "process/writeStdin",
    "processes:ProcessWriteStdinParams",
    "processes:ProcessWriteStdinResponse",
    experimental=True,
)
PROJECT_CREATE: Final[Method[ProjectCreateParams, ProjectCreateResponse]] = Method(
    "project/create",
    "projects:ProjectCreateParams",
    "projects:ProjectCreateResponse",
    experimental=True,
)
PROJECT_DELETE: Final[Method[ProjectDeleteParams, ProjectDeleteResponse]] = Method(
    "project/delete",
    "projects:ProjectDeleteParams",
    "projects:ProjectDeleteResponse",
    experimental=True,
)
PROJECT_IMPORT: Final[Method[ProjectImportParams, ProjectImportResponse]] = Method(
    "project/import",
    "projects:ProjectImportParams",
    "projects:ProjectImportResponse",
    experimental=True,
    gate="slow",
)
PROJECT_LIST: Final[Method[ProjectListParams, ProjectListResponse]] = Method(
    "project/list", "projects:ProjectListParams", "projects:ProjectListResponse", experimental=True
)
PROJECT_MOVE: Final[Method[ProjectMoveParams, ProjectMoveResponse]] = Method(
    "project/move", "projects:ProjectMoveParams", "projects:ProjectMoveResponse", experimental=True
)
PROJECT_READ: Final[Method[ProjectReadParams, ProjectReadResponse]] = Method(
    "project/read", "projects:ProjectReadParams", "projects:ProjectReadResponse", experimental=True
)
PROJECT_UPDATE: Final[Method[ProjectUpdateParams, ProjectUpdateResponse]] = Method(
    "project/update",
    "projects:ProjectUpdateParams",
    "projects:ProjectUpdateResponse",
    experimental=True,
)
REMOTE_CONTROL_CLIENT_LIST: Final[
    Method[RemoteControlClientsListParams, RemoteControlClientsListResponse]
] = Method(
    "remoteControl/client/list",
    "remote_control:RemoteControlClientsListParams",
    "remote_control:RemoteControlClientsListResponse",
    experimental=True,
)
REMOTE_CONTROL_CLIENT_REVOKE: Final[
    Method[RemoteControlClientsRevokeParams, RemoteControlClientsRevokeResponse]
] = Method(
    "remoteControl/client/revoke",
    "remote_control:RemoteControlClientsRevokeParams",
    "remote_control:RemoteControlClientsRevokeResponse",
    experimental=True,
)
REMOTE_CONTROL_DISABLE: Final[
    Method[RemoteControlDisableParams | None, RemoteControlDisableResponse]
] = Method(
    "remoteControl/disable",
    "remote_control:RemoteControlDisableParams",
    "remote_control:RemoteControlDisableResponse",
    experimental=True,
)
REMOTE_CONTROL_ENABLE: Final[
    Method[RemoteControlEnableParams | None, RemoteControlEnableResponse]
] = Method(
    "remoteControl/enable",
    "remote_control:RemoteControlEnableParams",
    "remote_control:RemoteControlEnableResponse",
    experimental=True,
    gate="slow",
)
REMOTE_CONTROL_PAIRING_START: Final[
    Method[RemoteControlPairingStartParams, RemoteControlPairingStartResponse]
] = Method(
    "remoteControl/pairing/start",
    "remote_control:RemoteControlPairingStartParams",
    "remote_control:RemoteControlPairingStartResponse",
    experimental=True,
    gate="slow",
)
REMOTE_CONTROL_PAIRING_STATUS: Final[
    Method[RemoteControlPairingStatusParams, RemoteControlPairingStatusResponse]
] = Method(
    "remoteControl/pairing/status",
    "remote_control:RemoteControlPairingStatusParams",
    "remote_control:RemoteControlPairingStatusResponse",
    experimental=True,
)
REMOTE_CONTROL_STATUS_READ: Final[Method[None, RemoteControlStatusReadResponse]] = Method(
    "remoteControl/status/read",
    "",
    "remote_control:RemoteControlStatusReadResponse",
    experimental=True,
)
REVIEW_START: Final[Method[ReviewStartParams, ReviewStartResponse]] = Method(
    "review/start", "reviews:ReviewStartParams", "reviews:ReviewStartResponse", gate="slow"
)
ROLLOUT_COMPRESS: Final[Method[None, RolloutCompressResponse]] = Method(
    "rollout/compress", "", "server:RolloutCompressResponse", experimental=True, gate="slow"
)
SERVER_DIAGNOSTICS: Final[Method[ServerDiagnosticsParams, ServerDiagnosticsResponse]] = Method(
    "server/diagnostics",
    "server:ServerDiagnosticsParams",
    "server:ServerDiagnosticsResponse",
    experimental=True,
)
SKILLS_CONFIG_WRITE: Final[Method[SkillsConfigWriteParams, SkillsConfigWriteResponse]] = Method(
    "skills/config/write", "skills:SkillsConfigWriteParams", "skills:SkillsConfigWriteResponse"
)
SKILLS_EXTRA_ROOTS_SET: Final[Method[SkillsExtraRootsSetParams, SkillsExtraRootsSetResponse]] = (
    Method(
        "skills/extraRoots/set",
        "skills:SkillsExtraRootsSetParams",
        "skills:SkillsExtraRootsSetResponse",
    )
)
SKILLS_LIST: Final[Method[SkillsListParams, SkillsListResponse]] = Method(
    "skills/list", "skills:SkillsListParams", "skills:SkillsListResponse"
)
THREAD_APPROVE_GUARDIAN_DENIED_ACTION: Final[
    Method[ThreadApproveGuardianDeniedActionParams, ThreadApproveGuardianDeniedActionResponse]
] = Method(
    "thread/approveGuardianDeniedAction",
    "guardian:ThreadApproveGuardianDeniedActionParams",
    "guardian:ThreadApproveGuardianDeniedActionResponse",
)
THREAD_ARCHIVE: Final[Method[ThreadArchiveParams, ThreadArchiveResponse]] = Method(
    "thread/archive", "threads:ThreadArchiveParams", "threads:ThreadArchiveResponse", gate="control"
)
THREAD_ATTACHMENT_ADD: Final[Method[ThreadAttachmentAddParams, ThreadAttachmentAddResponse]] = (
    Method(
        "thread/attachment/add",
        "thread_attachments:ThreadAttachmentAddParams",
        "thread_attachments:ThreadAttachmentAddResponse",
    )
)
THREAD_ATTACHMENT_LIST: Final[Method[ThreadAttachmentListParams, ThreadAttachmentListResponse]] = (
    Method(
        "thread/attachment/list",
        "thread_attachments:ThreadAttachmentListParams",
        "thread_attachments:ThreadAttachmentListResponse",
    )
)
THREAD_ATTACHMENT_REMOVE: Final[
    Method[ThreadAttachmentRemoveParams, ThreadAttachmentRemoveResponse]
] = Method(
    "thread/attachment/remove",
    "thread_attachments:ThreadAttachmentRemoveParams",
    "thread_attachments:ThreadAttachmentRemoveResponse",
)
THREAD_ATTACHMENT_OWNER_LIST: Final[
    Method[ThreadAttachmentOwnerListParams, ThreadAttachmentOwnerListResponse]
] = Method(
    "thread/attachmentOwner/list",
    "thread_attachments:ThreadAttachmentOwnerListParams",
    "thread_attachments:ThreadAttachmentOwnerListResponse",
)
THREAD_BACKGROUND_TERMINALS_CLEAN: Final[
    Method[ThreadBackgroundTerminalsCleanParams, ThreadBackgroundTerminalsCleanResponse]
] = Method(
    "thread/backgroundTerminals/clean",
    "thread_terminals:ThreadBackgroundTerminalsCleanParams",
    "thread_terminals:ThreadBackgroundTerminalsCleanResponse",
    experimental=True,
)
THREAD_BACKGROUND_TERMINALS_LIST: Final[
    Method[ThreadBackgroundTerminalsListParams, ThreadBackgroundTerminalsListResponse]
] = Method(
    "thread/backgroundTerminals/list",
    "thread_terminals:ThreadBackgroundTerminalsListParams",
    "thread_terminals:ThreadBackgroundTerminalsListResponse",
    experimental=True,
)
THREAD_BACKGROUND_TERMINALS_TERMINATE: Final[
    Method[ThreadBackgroundTerminalsTerminateParams, ThreadBackgroundTerminalsTerminateResponse]
] = Method(
    "thread/backgroundTerminals/terminate",
    "thread_terminals:ThreadBackgroundTerminalsTerminateParams",
    "thread_terminals:ThreadBackgroundTerminalsTerminateResponse",
    experimental=True,
)
THREAD_COMPACT_START: Final[Method[ThreadCompactStartParams, ThreadCompactStartResponse]] = Method(
    "thread/compact/start",
    "threads:ThreadCompactStartParams",
    "threads:ThreadCompactStartResponse",
    gate="slow",
)
THREAD_DECREMENT_ELICITATION: Final[
    Method[ThreadDecrementElicitationParams, ThreadDecrementElicitationResponse]
] = Method(
    "thread/decrement_elicitation",
    "elicitations:ThreadDecrementElicitationParams",
    "elicitations:ThreadDecrementElicitationResponse",
    experimental=True,
)
THREAD_DELETE: Final[Method[ThreadDeleteParams, ThreadDeleteResponse]] = Method(
    "thread/delete", "threads:ThreadDeleteParams", "threads:ThreadDeleteResponse"
)
THREAD_FORK: Final[Method[ThreadForkParams, ThreadForkResponse]] = Method(
    "thread/fork", "threads:ThreadForkParams", "threads:ThreadForkResponse", gate="slow"
)
THREAD_GOAL_CLEAR: Final[Method[ThreadGoalClearParams, ThreadGoalClearResponse]] = Method(
    "thread/goal/clear",
    "thread_goals:ThreadGoalClearParams",
    "thread_goals:ThreadGoalClearResponse",
)
THREAD_GOAL_GET: Final[Method[ThreadGoalGetParams, ThreadGoalGetResponse]] = Method(
    "thread/goal/get", "thread_goals:ThreadGoalGetParams", "thread_goals:ThreadGoalGetResponse"
)
THREAD_GOAL_SET: Final[Method[ThreadGoalSetParams, ThreadGoalSetResponse]] = Method(
    "thread/goal/set", "thread_goals:ThreadGoalSetParams", "thread_goals:ThreadGoalSetResponse"
)
THREAD_INCREMENT_ELICITATION: Final[
    Method[ThreadIncrementElicitationParams, ThreadIncrementElicitationResponse]
] = Method(
    "thread/increment_elicitation",
    "elicitations:ThreadIncrementElicitationParams",
    "elicitations:ThreadIncrementElicitationResponse",
    experimental=True,
)
THREAD_INJECT_ITEMS: Final[Method[ThreadInjectItemsParams, ThreadInjectItemsResponse]] = Method(
    "thread/inject_items",
    "thread_history:ThreadInjectItemsParams",
    "thread_history:ThreadInjectItemsResponse",
)
THREAD_ITEMS_LIST: Final[Method[ThreadItemsListParams, ThreadItemsListResponse]] = Method(
    "thread/items/list",
    "thread_history:ThreadItemsListParams",
    "thread_history:ThreadItemsListResponse",
)
THREAD_ITEMS_READ: Final[Method[ThreadItemsReadParams, ThreadItemsReadResponse]] = Method(
    "thread/items/read",
    "thread_history:ThreadItemsReadParams",
    "thread_history:ThreadItemsReadResponse",
    experimental=True,
)
THREAD_LIST: Final[Method[ThreadListParams, ThreadListResponse]] = Method(
    "thread/list", "thread_catalogue:ThreadListParams", "thread_catalogue:ThreadListResponse"
)
THREAD_LOADED_LIST: Final[Method[ThreadLoadedListParams, ThreadLoadedListResponse]] = Method(
    "thread/loaded/list",
    "thread_catalogue:ThreadLoadedListParams",
    "thread_catalogue:ThreadLoadedListResponse",
)
THREAD_MEMORY_MODE_SET: Final[Method[ThreadMemoryModeSetParams, ThreadMemoryModeSetResponse]] = (
    Method(
        "thread/memoryMode/set",
        "memory:ThreadMemoryModeSetParams",
        "memory:ThreadMemoryModeSetResponse",
        experimental=True,
    )
)
THREAD_METADATA_UPDATE: Final[Method[ThreadMetadataUpdateParams, ThreadMetadataUpdateResponse]] = (
    Method(
        "thread/metadata/update",
        "thread_catalogue:ThreadMetadataUpdateParams",
        "thread_catalogue:ThreadMetadataUpdateResponse",
    )
)
THREAD_NAME_SET: Final[Method[ThreadSetNameParams, ThreadSetNameResponse]] = Method(
    "thread/name/set",
    "thread_catalogue:ThreadSetNameParams",
    "thread_catalogue:ThreadSetNameResponse",
)
THREAD_PREDICTION_REQUEST: Final[
    Method[ThreadPredictionRequestParams, ThreadPredictionRequestResponse]
] = Method(
    "thread/prediction/request",
    "thread_predictions:ThreadPredictionRequestParams",
    "thread_predictions:ThreadPredictionRequestResponse",
    experimental=True,
    gate="slow",
)
THREAD_QUEUE_ADD: Final[Method[ThreadQueueAddParams, ThreadQueueAddResponse]] = Method(
    "thread/queue/add",
    "thread_queue:ThreadQueueAddParams",
    "thread_queue:ThreadQueueAddResponse",
    experimental=True,
)
THREAD_QUEUE_DELETE: Final[Method[ThreadQueueDeleteParams, ThreadQueueDeleteResponse]] = Method(
    "thread/queue/delete",
    "thread_queue:ThreadQueueDeleteParams",
    "thread_queue:ThreadQueueDeleteResponse",
    experimental=True,
)
THREAD_QUEUE_LIST: Final[Method[ThreadQueueListParams, ThreadQueueListResponse]] = Method(
    "thread/queue/list",
    "thread_queue:ThreadQueueListParams",
    "thread_queue:ThreadQueueListResponse",
    experimental=True,
)
THREAD_QUEUE_REORDER: Final[Method[ThreadQueueReorderParams, ThreadQueueReorderResponse]] = Method(
    "thread/queue/reorder",
    "thread_queue:ThreadQueueReorderParams",
    "thread_queue:ThreadQueueReorderResponse",
    experimental=True,
)
THREAD_QUEUE_START: Final[Method[ThreadQueueStartParams, ThreadQueueStartResponse]] = Method(
    "thread/queue/start",
    "thread_queue:ThreadQueueStartParams",
    "thread_queue:ThreadQueueStartResponse",
    experimental=True,
)
THREAD_QUEUE_UPDATE: Final[Method[ThreadQueueUpdateParams, ThreadQueueUpdateResponse]] = Method(
    "thread/queue/update",
    "thread_queue:ThreadQueueUpdateParams",
    "thread_queue:ThreadQueueUpdateResponse",
    experimental=True,
)
THREAD_READ: Final[Method[ThreadReadParams, ThreadReadResponse]] = Method(
    "thread/read",
    "thread_catalogue:ThreadReadParams",
    "thread_catalogue:ThreadReadResponse",
    gate="control",
)
THREAD_READ_STATE_UPDATE: Final[
    Method[ThreadReadStateUpdateParams, ThreadReadStateUpdateResponse]
] = Method(
    "thread/readState/update",
    "thread_catalogue:ThreadReadStateUpdateParams",
    "thread_catalogue:ThreadReadStateUpdateResponse",
    experimental=True,
)
THREAD_REALTIME_APPEND_AUDIO: Final[
    Method[ThreadRealtimeAppendAudioParams, ThreadRealtimeAppendAudioResponse]
] = Method(
    "thread/realtime/appendAudio",
    "realtime:ThreadRealtimeAppendAudioParams",
    "realtime:ThreadRealtimeAppendAudioResponse",
    experimental=True,
)
THREAD_REALTIME_APPEND_SPEECH: Final[
    Method[ThreadRealtimeAppendSpeechParams, ThreadRealtimeAppendSpeechResponse]
] = Method(
    "thread/realtime/appendSpeech",
    "realtime:ThreadRealtimeAppendSpeechParams",
    "realtime:ThreadRealtimeAppendSpeechResponse",
    experimental=True,
)
THREAD_REALTIME_APPEND_TEXT: Final[
    Method[ThreadRealtimeAppendTextParams, ThreadRealtimeAppendTextResponse]
] = Method(
    "thread/realtime/appendText",
    "realtime:ThreadRealtimeAppendTextParams",
    "realtime:ThreadRealtimeAppendTextResponse",
    experimental=True,
)
THREAD_REALTIME_LIST_VOICES: Final[
    Method[ThreadRealtimeListVoicesParams, ThreadRealtimeListVoicesResponse]
] = Method(
    "thread/realtime/listVoices",
    "realtime:ThreadRealtimeListVoicesParams",
    "realtime:ThreadRealtimeListVoicesResponse",
    experimental=True,
)
THREAD_REALTIME_START: Final[Method[ThreadRealtimeStartParams, ThreadRealtimeStartResponse]] = (
    Method(
        "thread/realtime/start",
        "realtime:ThreadRealtimeStartParams",
        "realtime:ThreadRealtimeStartResponse",
        experimental=True,
        gate="slow",
    )
)
THREAD_REALTIME_STOP: Final[Method[ThreadRealtimeStopParams, ThreadRealtimeStopResponse]] = Method(
    "thread/realtime/stop",
    "realtime:ThreadRealtimeStopParams",
    "realtime:ThreadRealtimeStopResponse",
    experimental=True,
)
THREAD_RESUME: Final[Method[ThreadResumeParams, ThreadResumeResponse]] = Method(
    "thread/resume",
    "thread_resume:ThreadResumeParams",
    "thread_resume:ThreadResumeResponse",
    gate="slow",
)
THREAD_REVERT: Final[Method[ThreadRevertParams, ThreadRevertResponse]] = Method(
    "thread/revert", "thread_history:ThreadRevertParams", "thread_history:ThreadRevertResponse"
)
THREAD_SEARCH: Final[Method[ThreadSearchParams, ThreadSearchResponse]] = Method(
    "thread/search",
    "thread_search:ThreadSearchParams",
    "thread_search:ThreadSearchResponse",
    experimental=True,
    gate="slow",
)
THREAD_SEARCH_OCCURRENCES: Final[
    Method[ThreadSearchOccurrencesParams, ThreadSearchOccurrencesResponse]
] = Method(
    "thread/searchOccurrences",
    "thread_search:ThreadSearchOccurrencesParams",
    "thread_search:ThreadSearchOccurrencesResponse",
    experimental=True,
    gate="slow",
)
THREAD_SECTION_MOVE: Final[Method[ThreadSectionMoveParams, ThreadSectionMoveResponse]] = Method(
    "thread/section/move",
    "thread_sections:ThreadSectionMoveParams",
    "thread_sections:ThreadSectionMoveResponse",
)
THREAD_SETTINGS_UPDATE: Final[Method[ThreadSettingsUpdateParams, ThreadSettingsUpdateResponse]] = (
    Method(
        "thread/settings/update",
        "thread_settings:ThreadSettingsUpdateParams",
        "thread_settings:ThreadSettingsUpdateResponse",
        experimental=True,
    )
)
THREAD_SHELL_COMMAND: Final[Method[ThreadShellCommandParams, ThreadShellCommandResponse]] = Method(
    "thread/shellCommand",
    "thread_terminals:ThreadShellCommandParams",
    "thread_terminals:ThreadShellCommandResponse",
    gate="slow",
)
THREAD_START: Final[Method[ThreadStartParams, ThreadStartResponse]] = Method(
    "thread/start", "threads:ThreadStartParams", "threads:ThreadStartResponse", gate="slow"
)
THREAD_TIMELINE_LIST: Final[Method[ThreadTimelineListParams, ThreadTimelineListResponse]] = Method(
    "thread/timeline/list",
    "thread_timeline:ThreadTimelineListParams",
    "thread_timeline:ThreadTimelineListResponse",
    experimental=True,
)
THREAD_TURNS_LIST: Final[Method[ThreadTurnsListParams, ThreadTurnsListResponse]] = Method(
    "thread/turns/list",
    "thread_history:ThreadTurnsListParams",
    "thread_history:ThreadTurnsListResponse",
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
THREAD_SECTION_CREATE: Final[Method[ThreadSectionCreateParams, ThreadSectionCreateResponse]] = (
    Method(
        "threadSection/create",
        "thread_sections:ThreadSectionCreateParams",
        "thread_sections:ThreadSectionCreateResponse",
    )
)
THREAD_SECTION_DELETE: Final[Method[ThreadSectionDeleteParams, ThreadSectionDeleteResponse]] = (
    Method(
        "threadSection/delete",
        "thread_sections:ThreadSectionDeleteParams",
        "thread_sections:ThreadSectionDeleteResponse",
    )
)
THREAD_SECTION_LIST: Final[Method[ThreadSectionListParams, ThreadSectionListResponse]] = Method(
    "threadSection/list",
    "thread_sections:ThreadSectionListParams",
    "thread_sections:ThreadSectionListResponse",
)
THREAD_SECTION_UPDATE: Final[Method[ThreadSectionUpdateParams, ThreadSectionUpdateResponse]] = (
    Method(
        "threadSection/update",
        "thread_sections:ThreadSectionUpdateParams",
        "thread_sections:ThreadSectionUpdateResponse",
    )
)
TURN_INTERRUPT: Final[Method[TurnInterruptParams, TurnInterruptResponse]] = Method(
    "turn/interrupt", "turns:TurnInterruptParams", "turns:TurnInterruptResponse", gate="control"
)
TURN_SETTINGS_UPDATE: Final[Method[TurnSettingsUpdateParams, TurnSettingsUpdateResponse]] = Method(
    "turn/settings/update",
    "turns:TurnSettingsUpdateParams",
    "turns:TurnSettingsUpdateResponse",
    experimental=True,
)
TURN_START: Final[Method[TurnStartParams, TurnStartResponse]] = Method(
    "turn/start", "turns:TurnStartParams", "turns:TurnStartResponse"
)
TURN_STEER: Final[Method[TurnSteerParams, TurnSteerResponse]] = Method(
    "turn/steer", "turns:TurnSteerParams", "turns:TurnSteerResponse", gate="control"
)
USER_VERIFICATION_CANCEL: Final[
    Method[UserVerificationCancelParams, UserVerificationCancelResponse]
] = Method(
    "userVerification/cancel",
    "user_verification:UserVerificationCancelParams",
    "user_verification:UserVerificationCancelResponse",
    experimental=True,
)
USER_VERIFICATION_DELETE: Final[
    Method[UserVerificationDeleteParams, UserVerificationDeleteResponse]
] = Method(
    "userVerification/delete",
    "user_verification:UserVerificationDeleteParams",
    "user_verification:UserVerificationDeleteResponse",
    experimental=True,
)
USER_VERIFICATION_ENROLL: Final[
    Method[UserVerificationEnrollParams, UserVerificationEnrollResponse]
] = Method(
    "userVerification/enroll",
    "user_verification:UserVerificationEnrollParams",
    "user_verification:UserVerificationEnrollResponse",
    experimental=True,
    gate="slow",
)
USER_VERIFICATION_STATUS: Final[
    Method[UserVerificationStatusParams, UserVerificationStatusResponse]
] = Method(
    "userVerification/status",
    "user_verification:UserVerificationStatusParams",
    "user_verification:UserVerificationStatusResponse",
    experimental=True,
)
USER_VERIFICATION_VERIFY: Final[
    Method[UserVerificationVerifyParams, UserVerificationVerifyResponse]
] = Method(
    "userVerification/verify",
    "user_verification:UserVerificationVerifyParams",
    "user_verification:UserVerificationVerifyResponse",
    experimental=True,
    gate="slow",
)
WINDOWS_SANDBOX_READINESS: Final[Method[None, WindowsSandboxReadinessResponse]] = Method(
    "windowsSandbox/readiness", "", "windows:WindowsSandboxReadinessResponse"
)
WINDOWS_SANDBOX_SETUP_START: Final[
    Method[WindowsSandboxSetupStartParams, WindowsSandboxSetupStartResponse]
] = Method(
    "windowsSandbox/setupStart",
    "windows:WindowsSandboxSetupStartParams",
    "windows:WindowsSandboxSetupStartResponse",
    gate="slow",
)

# Any: the rows differ in their types; a constant above has its own.
CLIENT_ROWS: Final[tuple[Method[Any, Any], ...]] = (
    ACCOUNT_BEDROCK_CHECK_GOV_CLOUD_REQUIREMENTS,
    ACCOUNT_BEDROCK_DISCOVER,
    ACCOUNT_BEDROCK_SETUP,
    ACCOUNT_GATEWAY_OAUTH_CANCEL,
    ACCOUNT_GATEWAY_OAUTH_LOGIN,
    ACCOUNT_GATEWAY_OAUTH_READ,
    ACCOUNT_LOGIN_CANCEL,
    ACCOUNT_LOGIN_START,
    ACCOUNT_LOGOUT,
    ACCOUNT_RATE_LIMIT_RESET_CREDIT_CONSUME,
    ACCOUNT_RATE_LIMITS_READ,
    ACCOUNT_READ,
    ACCOUNT_SEND_ADD_CREDITS_NUDGE_EMAIL,
    ACCOUNT_USAGE_READ,
    ACCOUNT_WORKSPACE_MESSAGES_READ,
    APP_INSTALLED,
    APP_LIST,
    APP_READ,
    COLLABORATION_MODE_LIST,
    COMMAND_EXEC,
    COMMAND_EXEC_RESIZE,
    COMMAND_EXEC_TERMINATE,
    COMMAND_EXEC_WRITE,
    CONFIG_BATCH_WRITE,
    CONFIG_MCP_SERVER_RELOAD,
    CONFIG_READ,
    CONFIG_VALUE_WRITE,
    CONFIG_REQUIREMENTS_READ,
    ENVIRONMENT_ADD,
    ENVIRONMENT_INFO,
    ENVIRONMENT_STATUS,
    EXPERIMENTAL_FEATURE_ENABLEMENT_SET,
    EXPERIMENTAL_FEATURE_LIST,
    EXTERNAL_AGENT_CONFIG_DETECT,
    EXTERNAL_AGENT_CONFIG_IMPORT,
    EXTERNAL_AGENT_CONFIG_IMPORT_READ_HISTORIES,
    EXTERNAL_AGENT_CONFIG_IMPORT_RECORD_HISTORY,
    FEEDBACK_UPLOAD,
    FS_COPY,
    FS_CREATE_DIRECTORY,
    FS_GET_METADATA,
    FS_READ_DIRECTORY,
    FS_READ_FILE,
    FS_REMOVE,
    FS_UNWATCH,
    FS_WATCH,
    FS_WRITE_FILE,
    FUZZY_FILE_SEARCH,
    FUZZY_FILE_SEARCH_SESSION_START,
    FUZZY_FILE_SEARCH_SESSION_STOP,
    FUZZY_FILE_SEARCH_SESSION_UPDATE,
    HOOKS_LIST,
    INITIALIZE,
    MARKETPLACE_ADD,
    MARKETPLACE_REMOVE,
    MARKETPLACE_UPGRADE,
    MCP_SERVER_EVENT_STREAM_START,
    MCP_SERVER_EVENT_STREAM_STOP,
    MCP_SERVER_OAUTH_LOGIN,
    MCP_SERVER_RESOURCE_READ,
    MCP_SERVER_TOOL_CALL,
    MCP_SERVER_STATUS_LIST,
    MEMORY_RESET,
    MEMORY_STATUS,
    MOCK_EXPERIMENTAL_METHOD,
    MODEL_LIST,
    MODEL_PROVIDER_CAPABILITIES_READ,
    PERMISSION_PROFILE_LIST,
    PLUGIN_INSTALL,
    PLUGIN_INSTALLED,
    PLUGIN_LIST,
    PLUGIN_READ,
    PLUGIN_RECONCILE,
    PLUGIN_SEARCH,
    PLUGIN_SHARE_CHECKOUT,
    PLUGIN_SHARE_DELETE,
    PLUGIN_SHARE_LIST,
    PLUGIN_SHARE_SAVE,
    PLUGIN_SHARE_UPDATE_TARGETS,
    PLUGIN_SKILL_READ,
    PLUGIN_UNINSTALL,
    PROCESS_KILL,
    PROCESS_RESIZE_PTY,
    PROCESS_SPAWN,
    PROCESS_WRITE_STDIN,
    PROJECT_CREATE,
    PROJECT_DELETE,
    PROJECT_IMPORT,
    PROJECT_LIST,
    PROJECT_MOVE,
    PROJECT_READ,
    PROJECT_UPDATE,
    REMOTE_CONTROL_CLIENT_LIST,
    REMOTE_CONTROL_CLIENT_REVOKE,
    REMOTE_CONTROL_DISABLE,
    REMOTE_CONTROL_ENABLE,
    REMOTE_CONTROL_PAIRING_START,
    REMOTE_CONTROL_PAIRING_STATUS,
    REMOTE_CONTROL_STATUS_READ,
    REVIEW_START,
    ROLLOUT_COMPRESS,
    SERVER_DIAGNOSTICS,
    SKILLS_CONFIG_WRITE,
    SKILLS_EXTRA_ROOTS_SET,
    SKILLS_LIST,
    THREAD_APPROVE_GUARDIAN_DENIED_ACTION,
    THREAD_ARCHIVE,
    THREAD_ATTACHMENT_ADD,
    THREAD_ATTACHMENT_LIST,
    THREAD_ATTACHMENT_REMOVE,
    THREAD_ATTACHMENT_OWNER_LIST,
    THREAD_BACKGROUND_TERMINALS_CLEAN,
    THREAD_BACKGROUND_TERMINALS_LIST,
    THREAD_BACKGROUND_TERMINALS_TERMINATE,
    THREAD_COMPACT_START,
    THREAD_DECREMENT_ELICITATION,
    THREAD_DELETE,
    THREAD_FORK,
    THREAD_GOAL_CLEAR,
    THREAD_GOAL_GET,
    THREAD_GOAL_SET,
    THREAD_INCREMENT_ELICITATION,
    THREAD_INJECT_ITEMS,
    THREAD_ITEMS_LIST,
    THREAD_ITEMS_READ,
    THREAD_LIST,
    THREAD_LOADED_LIST,
    THREAD_MEMORY_MODE_SET,
    THREAD_METADATA_UPDATE,
    THREAD_NAME_SET,
    THREAD_PREDICTION_REQUEST,
    THREAD_QUEUE_ADD,
    THREAD_QUEUE_DELETE,
    THREAD_QUEUE_LIST,
    THREAD_QUEUE_REORDER,
    THREAD_QUEUE_START,
    THREAD_QUEUE_UPDATE,
    THREAD_READ,
    THREAD_READ_STATE_UPDATE,
    THREAD_REALTIME_APPEND_AUDIO,
    THREAD_REALTIME_APPEND_SPEECH,
    THREAD_REALTIME_APPEND_TEXT,
    THREAD_REALTIME_LIST_VOICES,
    THREAD_REALTIME_START,
    THREAD_REALTIME_STOP,
    THREAD_RESUME,
    THREAD_REVERT,
    THREAD_SEARCH,
    THREAD_SEARCH_OCCURRENCES,
    THREAD_SECTION_MOVE,
    THREAD_SETTINGS_UPDATE,
    THREAD_SHELL_COMMAND,
    THREAD_START,
    THREAD_TIMELINE_LIST,
    THREAD_TURNS_LIST,
    THREAD_UNARCHIVE,
    THREAD_UNSUBSCRIBE,
    THREAD_SECTION_CREATE,
    THREAD_SECTION_DELETE,
    THREAD_SECTION_LIST,
    THREAD_SECTION_UPDATE,
    TURN_INTERRUPT,
    TURN_SETTINGS_UPDATE,
    TURN_START,
    TURN_STEER,
    USER_VERIFICATION_CANCEL,
    USER_VERIFICATION_DELETE,
    USER_VERIFICATION_ENROLL,
    USER_VERIFICATION_STATUS,
    USER_VERIFICATION_VERIFY,
    WINDOWS_SANDBOX_READINESS,
    WINDOWS_SANDBOX_SETUP_START,
)

NOTIFICATION_ROWS: Final[tuple[NotificationRow, ...]] = (
    NotificationRow("account/gatewayOAuth/changed", "accounts:GatewayOAuthChanged", route="none"),
    NotificationRow("account/login/completed", "accounts:AccountLoginCompleted", route="none"),
    NotificationRow(
        "account/rateLimits/updated", "account_usage:AccountRateLimitsUpdated", route="none"
    ),
    NotificationRow("account/updated", "accounts:AccountUpdated", route="none"),
    NotificationRow("app/list/updated", "apps:AppListUpdated", route="none"),
    NotificationRow(
        "autoApprovalReview/strictReviewRequired", "guardian:StrictReviewRequired", route="turn_id"
    ),
    NotificationRow("command/exec/outputDelta", "commands:CommandExecOutputDelta", route="none"),
    NotificationRow("configWarning", "config:ConfigWarning", route="none"),
    NotificationRow("deprecationNotice", "server:DeprecationNotice", route="none"),
    NotificationRow("error", "events:ErrorNotification", route="turn_id"),
    NotificationRow(
        "externalAgentConfig/import/completed",
        "external_agents:ExternalAgentConfigImportCompleted",
        route="none",
    ),
    NotificationRow(
        "externalAgentConfig/import/progress",
        "external_agents:ExternalAgentConfigImportProgress",
        route="none",
    ),
    NotificationRow("fs/changed", "fs:FsChanged", route="none"),
    NotificationRow(
        "fuzzyFileSearch/sessionCompleted",
        "file_search:FuzzyFileSearchSessionCompleted",
        route="none",
    ),
    NotificationRow(
        "fuzzyFileSearch/sessionUpdated", "file_search:FuzzyFileSearchSessionUpdated", route="none"
    ),
    NotificationRow("guardianWarning", "guardian:GuardianWarning", route="thread"),
    NotificationRow("hook/completed", "hooks:HookCompleted", route="turn_id"),
    NotificationRow("hook/started", "hooks:HookStarted", route="turn_id"),
    NotificationRow(
        "item/agentMessage/delta", "events:AgentMessageDelta", route="turn_id", mergeable=True
    ),
    NotificationRow(
        "item/autoApprovalReview/completed",
        "guardian:ItemGuardianApprovalReviewCompleted",
        route="turn_id",
    ),
    NotificationRow(
        "item/autoApprovalReview/started",
        "guardian:ItemGuardianApprovalReviewStarted",
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
        "mcpServer/event/stream/notification", "mcp:McpServerEventReceived", route="none"
    ),
    NotificationRow(
        "mcpServer/oauthLogin/completed", "mcp:McpServerOauthLoginCompleted", route="thread"
    ),
    NotificationRow(
        "mcpServer/startupStatus/updated", "mcp:McpServerStatusUpdated", route="thread"
    ),
    NotificationRow("model/rerouted", "events:ModelRerouted", route="turn_id"),
    NotificationRow(
        "model/safetyBuffering/updated", "events:ModelSafetyBufferingUpdated", route="turn_id"
    ),
    NotificationRow("model/verification", "events:ModelVerificationUpdated", route="turn_id"),
    NotificationRow(
        "modelProvider/authRecoveryCompleted", "events:AuthRecoveryCompleted", route="turn_id"
    ),
    NotificationRow(
        "modelProvider/authRecoveryStarted", "events:AuthRecoveryStarted", route="turn_id"
    ),
    NotificationRow("process/exited", "processes:ProcessExited", route="none"),
    NotificationRow("process/outputDelta", "processes:ProcessOutputDelta", route="none"),
    NotificationRow("project/changed", "projects:ProjectChanged", route="none"),
    NotificationRow(
        "remoteControl/status/changed", "remote_control:RemoteControlStatusChanged", route="none"
    ),
    NotificationRow("serverRequest/resolved", "events:ServerRequestResolved", route="thread"),
    NotificationRow("skills/changed", "skills:SkillsChanged", route="none"),
    NotificationRow("thread/archived", "events:ThreadArchived", route="thread"),
    NotificationRow(
        "thread/attachment/updated", "thread_attachments:ThreadAttachmentUpdated", route="thread"
    ),
    NotificationRow("thread/closed", "events:ThreadClosed", route="thread"),
    NotificationRow("thread/compacted", "events:ContextCompacted", route="turn_id"),
    NotificationRow("thread/deleted", "events:ThreadDeleted", route="thread"),
    NotificationRow(
        "thread/environment/connected", "environments:ThreadEnvironmentConnected", route="thread"
    ),
    NotificationRow(
        "thread/environment/disconnected",
        "environments:ThreadEnvironmentDisconnected",
        route="thread",
    ),
    NotificationRow("thread/goal/cleared", "thread_goals:ThreadGoalCleared", route="thread"),
    NotificationRow("thread/goal/updated", "thread_goals:ThreadGoalUpdated", route="turn_id"),
    NotificationRow("thread/name/updated", "events:ThreadNameUpdated", route="thread"),
    NotificationRow(
        "thread/prediction/updated", "thread_predictions:ThreadPredictionUpdated", route="thread"
    ),
    NotificationRow("thread/project/updated", "projects:ThreadProjectUpdated", route="thread"),
    NotificationRow("thread/queue/changed", "thread_queue:ThreadQueueChanged", route="thread"),
    NotificationRow(
        "thread/readState/changed", "thread_catalogue:ThreadReadStateChanged", route="thread"
    ),
    NotificationRow("thread/realtime/closed", "realtime:ThreadRealtimeClosed", route="thread"),
    NotificationRow("thread/realtime/error", "realtime:ThreadRealtimeError", route="thread"),
    NotificationRow(
        "thread/realtime/item/completed", "realtime:ThreadRealtimeItemCompleted", route="thread"
    ),
    NotificationRow(
        "thread/realtime/item/started", "realtime:ThreadRealtimeItemStarted", route="thread"
    ),
    NotificationRow(
        "thread/realtime/item/transcript/delta",
        "realtime:ThreadRealtimeItemTranscriptDelta",
        route="thread",
    ),
    NotificationRow(
        "thread/realtime/itemAdded", "realtime:ThreadRealtimeItemAdded", route="thread"
    ),
    NotificationRow(
        "thread/realtime/outputAudio/delta",
        "realtime:ThreadRealtimeOutputAudioDelta",
        route="thread",
    ),
    NotificationRow("thread/realtime/sdp", "realtime:ThreadRealtimeSdp", route="thread"),
    NotificationRow("thread/realtime/started", "realtime:ThreadRealtimeStarted", route="thread"),
    NotificationRow(
        "thread/realtime/transcript/delta", "realtime:ThreadRealtimeTranscriptDelta", route="thread"
    ),
    NotificationRow(
        "thread/realtime/transcript/done", "realtime:ThreadRealtimeTranscriptDone", route="thread"
    ),
    NotificationRow("thread/reverted", "thread_history:ThreadReverted", route="thread"),
    NotificationRow(
        "thread/settings/updated", "thread_settings:ThreadSettingsUpdated", route="thread"
    ),
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
    NotificationRow(
        "windows/worldWritableWarning", "windows:WindowsWorldWritableWarning", route="none"
    ),
    NotificationRow(
        "windowsSandbox/setupCompleted", "windows:WindowsSandboxSetupCompleted", route="none"
    ),
)

SERVER_REQUEST_ROWS: Final[tuple[ServerRequestRow, ...]] = (
    ServerRequestRow(
        "account/chatgptAuthTokens/refresh",
        "accounts:ChatgptAuthTokensRefreshParams",
        "accounts:ChatgptAuthTokensRefreshResponse",
    ),
    ServerRequestRow(
        "applyPatchApproval",
        "approvals:ApplyPatchApprovalParams",
        "approvals:ApplyPatchApprovalResponse",
    ),
    ServerRequestRow(
        "attestation/generate",
        "server:AttestationGenerateParams",
        "server:AttestationGenerateResponse",
    ),
    ServerRequestRow(
        "currentTime/read",
        "server:CurrentTimeReadParams",
        "server:CurrentTimeReadResponse",
        experimental=True,
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
        "item/tool/call", "tools:DynamicToolCallParams", "tools:DynamicToolCallResponse"
    ),
    ServerRequestRow(
        "item/tool/requestUserInput",
        "tools:ToolRequestUserInputParams",
        "tools:ToolRequestUserInputResponse",
    ),
    ServerRequestRow(
        "mcpServer/elicitation/request",
        "elicitations:McpServerElicitationRequestParams",
        "elicitations:McpServerElicitationRequestResponse",
    ),
)
