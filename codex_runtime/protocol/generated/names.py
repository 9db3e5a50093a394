"""Which module has which public name of the package.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Final

_NAMES: Final[dict[str, str]] = {
    "codec": "decode_notification decode_result decode_server_request encode_params to_builtins",
    "errors_table": "classify",
    "generated.account_usage": (
        "AccountRateLimitsUpdated AccountThreadUsage AccountThreadUsageGroup "
        "AccountTokenUsageDailyBucket AccountTokenUsageSummary AddCreditsNudgeCreditType "
        "AddCreditsNudgeEmailStatus ConsumeAccountRateLimitResetCreditOutcome "
        "ConsumeAccountRateLimitResetCreditParams ConsumeAccountRateLimitResetCreditResponse "
        "CreditsSnapshot GetAccountRateLimitsParams GetAccountRateLimitsResponse "
        "GetAccountTokenUsageParams GetAccountTokenUsageResponse RateLimitReachedType "
        "RateLimitResetCredit RateLimitResetCreditStatus RateLimitResetCreditsSummary "
        "RateLimitResetType RateLimitSnapshot RateLimitWindow SendAddCreditsNudgeEmailParams "
        "SendAddCreditsNudgeEmailResponse SpendControlLimitSnapshot"
    ),
    "generated.accounts": (
        "Account AccountLoginCompleted AccountRoutingOverride AccountUpdated "
        "AmazonBedrockAccessKeysLoginParams AmazonBedrockAccount AmazonBedrockLoginParams "
        "AmazonBedrockLoginResponse ApiKeyAccount ApiKeyLoginParams ApiKeyLoginResponse AuthMode "
        "CancelLoginAccountParams CancelLoginAccountResponse CancelLoginAccountStatus "
        "ChatgptAccount ChatgptAuthTokensLoginParams ChatgptAuthTokensLoginResponse "
        "ChatgptAuthTokensRefreshParams ChatgptAuthTokensRefreshReason "
        "ChatgptAuthTokensRefreshResponse ChatgptDeviceCodeLoginParams "
        "ChatgptDeviceCodeLoginResponse ChatgptLoginParams ChatgptLoginResponse "
        "DesktopOnboardingEntrypoint GatewayOAuthCancelResponse GatewayOAuthChanged "
        "GatewayOAuthLoginResponse GatewayOAuthReadResponse GatewayOAuthStatus GetAccountParams "
        "GetAccountResponse GetWorkspaceMessagesResponse LoginAccountParams LoginAccountResponse "
        "LoginAppBrand LogoutAccountResponse PlanType WorkspaceMessage WorkspaceMessageType "
        "WorkspaceRouting"
    ),
    "generated.approvals": (
        "AcceptWithExecpolicyAmendment ApplyNetworkPolicyAmendment ApplyPatchApprovalParams "
        "ApplyPatchApprovalResponse ApprovedExecpolicyAmendment CommandExecutionApprovalDecision "
        "CommandExecutionApprovalDecisionDetail CommandExecutionApprovalKind "
        "CommandExecutionRequestApprovalParams CommandExecutionRequestApprovalResponse "
        "ExecCommandApprovalParams ExecCommandApprovalResponse FileChangeApprovalDecision "
        "FileChangeRequestApprovalParams FileChangeRequestApprovalResponse ListFilesParsedCommand "
        "NetworkApprovalContext NetworkApprovalProtocol NetworkPolicyAmendment "
        "NetworkPolicyRuleAction ParsedCommand PatchAddFile PatchDeleteFile PatchFileChange "
        "PatchUpdateFile PermissionGrantScope PermissionsRequestApprovalParams "
        "PermissionsRequestApprovalResponse ReadParsedCommand ReviewDecision ReviewDecisionDetail "
        "ReviewDenied ReviewNetworkPolicyAmendment SearchParsedCommand UnknownParsedCommand"
    ),
    "generated.apps": (
        "AppBranding AppInfo AppListUpdated AppMetadata AppReview AppScreenshot AppToolSummary "
        "AppsInstalledParams AppsInstalledResponse AppsListParams AppsListResponse AppsReadParams "
        "AppsReadResponse ConnectorMetadata InstalledApp"
    ),
    "generated.bedrock": (
        "AwsCredentialType BedrockAwsProfile BedrockCheckGovCloudRequirementsParams "
        "BedrockCheckGovCloudRequirementsResponse BedrockDiscoverParams BedrockDiscoverResponse "
        "BedrockEnvironmentCredential BedrockSetupParams BedrockSetupResponse "
        "EnvironmentBedrockSetupParams ProfileBedrockSetupParams"
    ),
    "generated.collaboration_modes": (
        "CollaborationModeListParams CollaborationModeListResponse CollaborationModeMask"
    ),
    "generated.commands": (
        "CommandExecOutputDelta CommandExecOutputStream CommandExecParams CommandExecResizeParams "
        "CommandExecResizeResponse CommandExecResponse CommandExecTerminalSize "
        "CommandExecTerminateParams CommandExecTerminateResponse CommandExecWriteParams "
        "CommandExecWriteResponse"
    ),
    "generated.config": (
        "AllowDenyRequirement AnalyticsConfig AppToolApproval AppsConfig AppsDefaultConfig "
        "AutoCompactTokenLimitScope BrowserUseConfig BrowserUseOriginPolicyConfig "
        "ComputerUseConfig ComputerUseMacosConfig ComputerUseWindowsConfig "
        "ComputerUseWindowsExeConfig Config ConfigBatchWriteParams ConfigEdit ConfigLayer "
        "ConfigLayerMetadata ConfigLayerSource ConfigMergeStrategy ConfigOverriddenMetadata "
        "ConfigReadParams ConfigReadResponse ConfigValueWriteParams ConfigWarning "
        "ConfigWriteResponse ConfigWriteStatus EnterpriseManagedConfigLayerSource "
        "ForcedChatgptWorkspaceIds ForcedLoginMethod LegacyManagedFileConfigLayerSource "
        "LegacyManagedMdmConfigLayerSource MdmConfigLayerSource PackagedDefaultsConfigLayerSource "
        "ProjectConfigLayerSource SandboxWorkspaceWrite SessionFlagsConfigLayerSource "
        "SystemConfigLayerSource TextPosition TextRange ToolsConfig UserConfigLayerSource "
        "Verbosity WebSearchContextSize WebSearchLocation WebSearchMode WebSearchToolConfig"
    ),
    "generated.config_requirements": (
        "AgentHookHandler ApplicationNetworkRequirements ApplicationRequirements "
        "AutoReviewRequirements BrowserUseAccessApprovalLifetime BrowserUseExtensionRequirements "
        "BrowserUseOriginPolicy BrowserUseRequestHeader BrowserUseRequirements "
        "CliAuthCredentialsStoreMode CommandHookHandler ComputerUseMacosRequirements "
        "ComputerUseRequirements ComputerUseWindowsExeRequirement ComputerUseWindowsRequirements "
        "ConfigRequirements ConfigRequirementsReadResponse ConfiguredHookHandler "
        "ConfiguredHookMatcherGroup FeedbackRequirements InAppBrowserRequirements "
        "ManagedHooksRequirements McpToolHookHandler ModelsRequirements NetworkDomainPermission "
        "NetworkRequirements NetworkUnixSocketPermission NewThreadModelDefaults PromptHookHandler "
        "ResidencyRequirement WindowsSandboxImplementation"
    ),
    "generated.elicitations": (
        "FormElicitation McpElicitationSchema McpServerElicitationAction "
        "McpServerElicitationRequestParams McpServerElicitationRequestResponse "
        "OpenaiFormAliasElicitation OpenaiFormElicitation ThreadDecrementElicitationParams "
        "ThreadDecrementElicitationResponse ThreadIncrementElicitationParams "
        "ThreadIncrementElicitationResponse UrlElicitation UserVerificationElicitation"
    ),
    "generated.environments": (
        "EnvironmentAddParams EnvironmentAddResponse EnvironmentInfoParams EnvironmentInfoResponse "
        "EnvironmentShellInfo EnvironmentSkillsParams EnvironmentStatusKind "
        "EnvironmentStatusParams EnvironmentStatusResponse PathUri ThreadEnvironmentConnected "
        "ThreadEnvironmentDisconnected"
    ),
    "generated.events": (
        "AgentMessageDelta AuthRecoveryCompleted AuthRecoveryStarted CommandExecutionOutputDelta "
        "ContextCompacted ErrorNotification FileChangeOutputDelta FileChangePatchUpdated "
        "ItemCompleted ItemStarted McpToolCallProgress ModelRerouteReason ModelRerouted "
        "ModelSafetyBufferingUpdated ModelVerification ModelVerificationUpdated PlanDelta "
        "ReasoningSummaryPartAdded ReasoningSummaryTextDelta ReasoningTextDelta RequestId "
        "ServerRequestResolved TerminalInteraction ThreadArchived ThreadClosed ThreadDeleted "
        "ThreadNameUpdated ThreadStatusChanged ThreadTokenUsage ThreadTokenUsageUpdated "
        "ThreadUnarchived TokenUsageBreakdown TurnCompleted TurnDiffUpdated TurnModerationMetadata "
        "TurnPlanStep TurnPlanStepStatus TurnPlanUpdated TurnStarted WarningNotification"
    ),
    "generated.experimental_features": (
        "ExperimentalFeature ExperimentalFeatureEnablementSetParams "
        "ExperimentalFeatureEnablementSetResponse ExperimentalFeatureListParams "
        "ExperimentalFeatureListResponse ExperimentalFeatureStage"
    ),
    "generated.external_agents": (
        "CommandMigration ExternalAgentConfigDetectParams ExternalAgentConfigDetectResponse "
        "ExternalAgentConfigImportCompleted ExternalAgentConfigImportFailure "
        "ExternalAgentConfigImportHistoriesReadResponse ExternalAgentConfigImportHistory "
        "ExternalAgentConfigImportHistoryRecordParams "
        "ExternalAgentConfigImportHistoryRecordResponse ExternalAgentConfigImportParams "
        "ExternalAgentConfigImportProgress ExternalAgentConfigImportRecordResult "
        "ExternalAgentConfigImportRecordSuccess ExternalAgentConfigImportResponse "
        "ExternalAgentConfigImportSuccess ExternalAgentConfigImportTypeResult "
        "ExternalAgentConfigMigrationDetails ExternalAgentConfigMigrationItem "
        "ExternalAgentConfigMigrationItemType ExternalAgentDetectedConnectorCandidate "
        "ExternalAgentDetectedConnectorSource ExternalAgentImportedConnectorCandidate "
        "ExternalAgentImportedConnectorSource HookMigration McpServerMigration PluginsMigration "
        "SessionMigration SkillMigration SubagentMigration"
    ),
    "generated.feedback": "FeedbackUploadParams FeedbackUploadResponse",
    "generated.file_search": (
        "FuzzyFileSearchMatchType FuzzyFileSearchParams FuzzyFileSearchResponse "
        "FuzzyFileSearchResult FuzzyFileSearchSessionCompleted FuzzyFileSearchSessionStartParams "
        "FuzzyFileSearchSessionStartResponse FuzzyFileSearchSessionStopParams "
        "FuzzyFileSearchSessionStopResponse FuzzyFileSearchSessionUpdateParams "
        "FuzzyFileSearchSessionUpdateResponse FuzzyFileSearchSessionUpdated"
    ),
    "generated.fs": (
        "FsChanged FsCopyParams FsCopyResponse FsCreateDirectoryParams FsCreateDirectoryResponse "
        "FsGetMetadataParams FsGetMetadataResponse FsReadDirectoryEntry FsReadDirectoryParams "
        "FsReadDirectoryResponse FsReadFileParams FsReadFileResponse FsRemoveParams "
        "FsRemoveResponse FsUnwatchParams FsUnwatchResponse FsWatchParams FsWatchResponse "
        "FsWriteFileParams FsWriteFileResponse"
    ),
    "generated.guardian": (
        "ApplyPatchGuardianAction AutoReviewDecisionSource CommandGuardianAction "
        "ExecveGuardianAction GuardianApprovalReview GuardianApprovalReviewAction "
        "GuardianApprovalReviewStatus GuardianCommandSource GuardianRiskLevel "
        "GuardianUserAuthorization GuardianWarning ItemGuardianApprovalReviewCompleted "
        "ItemGuardianApprovalReviewStarted McpToolCallGuardianAction NetworkAccessGuardianAction "
        "RequestPermissionsGuardianAction StrictReviewRequired "
        "ThreadApproveGuardianDeniedActionParams ThreadApproveGuardianDeniedActionResponse "
        "WriteStdinGuardianAction"
    ),
    "generated.handshake": "ClientInfo InitializeCapabilities InitializeParams InitializeResponse",
    "generated.hooks": (
        "AgentHookMetadata CommandHookMetadata HookCompleted HookErrorInfo HookEventName "
        "HookExecutionMode HookHandlerType HookMetadata HookOutputEntry HookOutputEntryKind "
        "HookRunStatus HookRunSummary HookScope HookSource HookStarted HookTrustStatus "
        "HooksListEntry HooksListParams HooksListResponse McpToolHookMetadata PromptHookMetadata"
    ),
    "generated.items": (
        "AbsolutePathBuf AddPatchChangeKind AgentMessage AgentMessageDelivery "
        "AsyncUserInputQuestion AudioUserInput ByteRange CollabAgentState CollabAgentStatus "
        "CollabAgentTool CollabAgentToolCall CollabAgentToolCallStatus CommandAction "
        "CommandExecution CommandExecutionSource CommandExecutionStatus ContextCompaction "
        "DeletePatchChangeKind DynamicToolCall DynamicToolCallOutputContentItem "
        "DynamicToolCallStatus EncryptedContentFunctionOutputContent EnteredReviewMode "
        "ExitedReviewMode FileChange FileUpdateChange FindInPageWebSearchAction FunctionCallOutput "
        "FunctionCallOutputBody FunctionCallOutputContentItem HookPrompt HookPromptFragment "
        "ImageDetail ImageGeneration ImageGenerationFailure ImageUsageLimitExceeded ImageUserInput "
        "ImageView InputAudioDynamicToolContent InputAudioFunctionOutputContent "
        "InputImageDynamicToolContent InputImageFunctionOutputContent InputTextDynamicToolContent "
        "InputTextFunctionOutputContent LegacyAppPathString ListFilesCommandAction "
        "LocalAudioUserInput LocalImageUserInput McpAppDisplayMode McpAppUi McpToolCall "
        "McpToolCallAppContext McpToolCallError McpToolCallResult McpToolCallStatus MemoryCitation "
        "MemoryCitationEntry MentionUserInput MessagePhase OpenPageWebSearchAction "
        "OtherWebSearchAction PatchApplyStatus PatchChangeKind Plan ReadCommandAction Reasoning "
        "ReasoningEffort SearchCommandAction SearchWebSearchAction SkillUserInput Sleep "
        "SubAgentActivity SubAgentActivityKind TextElement TextUserInput ThreadItem "
        "UnknownCommandAction UpdatePatchChangeKind UserInput UserMessage WebSearch "
        "WebSearchAction"
    ),
    "generated.marketplaces": (
        "MarketplaceAddParams MarketplaceAddResponse MarketplaceRemoveParams "
        "MarketplaceRemoveResponse MarketplaceUpgradeErrorInfo MarketplaceUpgradeParams "
        "MarketplaceUpgradeResponse"
    ),
    "generated.mcp": (
        "ListMcpServerStatusParams ListMcpServerStatusResponse McpAuthStatus McpResource "
        "McpResourceContent McpResourceReadParams McpResourceReadResponse McpResourceReadTarget "
        "McpResourceTemplate McpServerConnectionStatus McpServerEvent McpServerEventReceived "
        "McpServerEventStreamStartParams McpServerEventStreamStartResponse "
        "McpServerEventStreamStopParams McpServerEventStreamStopResponse McpServerInfo "
        "McpServerOauthClientRegistration McpServerOauthLoginCompleted McpServerOauthLoginParams "
        "McpServerOauthLoginResponse McpServerRefreshResponse McpServerStartupFailureReason "
        "McpServerStartupState McpServerStatus McpServerStatusDetail McpServerStatusUpdated "
        "McpServerToolCallParams McpServerToolCallResponse McpTool"
    ),
    "generated.memory": (
        "MemoryResetResponse MemoryStatusParams MemoryStatusResponse ThreadMemoryMode "
        "ThreadMemoryModeSetParams ThreadMemoryModeSetResponse"
    ),
    "generated.models": (
        "InputModality Model ModelAccessPrograms ModelAvailabilityNux ModelListParams "
        "ModelListResponse ModelProviderCapabilitiesReadParams "
        "ModelProviderCapabilitiesReadResponse ModelServiceTier ModelUpgradeInfo MultiAgentVersion "
        "ReasoningEffortOption"
    ),
    "generated.permissions": (
        "AdditionalFileSystemPermissions AdditionalNetworkPermissions AdditionalPermissionProfile "
        "FileSystemAccessMode FileSystemPath FileSystemSandboxEntry FileSystemSpecialPath "
        "GlobPatternFileSystemPath GrantedPermissionProfile MinimalFileSystemSpecialPath "
        "PathFileSystemPath PermissionProfileListParams PermissionProfileListResponse "
        "PermissionProfileSummary ProjectRootsFileSystemSpecialPath RequestPermissionProfile "
        "RootFileSystemSpecialPath SlashTmpFileSystemSpecialPath SpecialFileSystemPath "
        "TmpdirFileSystemSpecialPath UnknownFileSystemSpecialPath"
    ),
    "generated.plugin_sharing": (
        "PluginShareCheckoutParams PluginShareCheckoutResponse PluginShareDeleteParams "
        "PluginShareDeleteResponse PluginShareListItem PluginShareListParams "
        "PluginShareListResponse PluginShareSaveParams PluginShareSaveResponse PluginShareTarget "
        "PluginShareTargetRole PluginShareUpdateDiscoverability PluginShareUpdateTargetsParams "
        "PluginShareUpdateTargetsResponse"
    ),
    "generated.plugins": (
        "AppSummary AppTemplateSummary AppTemplateUnavailableReason DailySchedule GitPluginSource "
        "HourlySchedule LocalPluginSource MarketplaceInterface MarketplaceLoadErrorInfo "
        "NpmPluginSource PluginAuthPolicy PluginAvailability PluginDetail PluginDisabledReason "
        "PluginHookSummary PluginInstallParams PluginInstallPolicy PluginInstallPolicySource "
        "PluginInstallResponse PluginInstalledParams PluginInstalledResponse PluginInterface "
        "PluginListMarketplaceKind PluginListParams PluginListResponse PluginMarketplaceEntry "
        "PluginReadParams PluginReadResponse PluginReconcileParams PluginReconcileResponse "
        "PluginSearchParams PluginSearchResponse PluginSearchResult PluginSearchScope "
        "PluginShareContext PluginShareDiscoverability PluginSharePrincipal "
        "PluginSharePrincipalRole PluginSharePrincipalType PluginSkillReadParams "
        "PluginSkillReadResponse PluginSource PluginSummary PluginUninstallParams "
        "PluginUninstallResponse ReconciledPlugin RemotePluginSource ScheduledTaskSchedule "
        "ScheduledTaskSummary ScheduledTaskWeekday SkillSummary WeekdaysSchedule WeeklySchedule"
    ),
    "generated.processes": (
        "ProcessExited ProcessKillParams ProcessKillResponse ProcessOutputDelta "
        "ProcessOutputStream ProcessResizePtyParams ProcessResizePtyResponse ProcessSpawnParams "
        "ProcessSpawnResponse ProcessTerminalSize ProcessWriteStdinParams "
        "ProcessWriteStdinResponse"
    ),
    "generated.projects": (
        "Project ProjectChangeType ProjectChanged ProjectCreateParams ProjectCreateResponse "
        "ProjectDeleteParams ProjectDeleteResponse ProjectImportParams ProjectImportResponse "
        "ProjectListParams ProjectListResponse ProjectMoveParams ProjectMoveResponse "
        "ProjectReadParams ProjectReadResponse ProjectRoot ProjectSortKey ProjectUpdateParams "
        "ProjectUpdateResponse ThreadProjectUpdated"
    ),
    "generated.realtime": (
        "CodexResponseHandoffMode ExistingCallRealtimeTransport InlineMarkdownPresentation "
        "InlineVisualizationPresentation RealtimeConversationVersion RealtimeItemPresentation "
        "RealtimeOutputModality RealtimePromotedItem RealtimeSessionClosedItem "
        "RealtimeSessionStartedItem RealtimeTextRole RealtimeTranscriptItem RealtimeVoice "
        "RealtimeVoicesList ThreadRealtimeAppendAudioParams ThreadRealtimeAppendAudioResponse "
        "ThreadRealtimeAppendSpeechParams ThreadRealtimeAppendSpeechResponse "
        "ThreadRealtimeAppendTextParams ThreadRealtimeAppendTextResponse ThreadRealtimeAudioChunk "
        "ThreadRealtimeClosed ThreadRealtimeError ThreadRealtimeInitialItem ThreadRealtimeItem "
        "ThreadRealtimeItemAdded ThreadRealtimeItemCompleted ThreadRealtimeItemStarted "
        "ThreadRealtimeItemTranscriptDelta ThreadRealtimeListVoicesParams "
        "ThreadRealtimeListVoicesResponse ThreadRealtimeOutputAudioDelta ThreadRealtimeSdp "
        "ThreadRealtimeSessionOutcome ThreadRealtimeStartParams ThreadRealtimeStartResponse "
        "ThreadRealtimeStartTransport ThreadRealtimeStarted ThreadRealtimeStopParams "
        "ThreadRealtimeStopResponse ThreadRealtimeTranscriptDelta ThreadRealtimeTranscriptDone "
        "ThreadRealtimeTranscriptRole WebrtcRealtimeTransport WebsocketRealtimeTransport "
        "WholeItemPresentation"
    ),
    "generated.remote_control": (
        "RemoteControlClient RemoteControlClientsListOrder RemoteControlClientsListParams "
        "RemoteControlClientsListResponse RemoteControlClientsRevokeParams "
        "RemoteControlClientsRevokeResponse RemoteControlConnectionStatus "
        "RemoteControlDisableParams RemoteControlDisableResponse RemoteControlEnableParams "
        "RemoteControlEnableResponse RemoteControlPairingStartParams "
        "RemoteControlPairingStartResponse RemoteControlPairingStatusParams "
        "RemoteControlPairingStatusResponse RemoteControlStatusChanged "
        "RemoteControlStatusReadResponse"
    ),
    "generated.responses": (
        "AdditionalToolsResponseItem AgentMessageInputContent AgentMessageResponseItem "
        "CompactionResponseItem CompactionTriggerResponseItem ConfigurationReasoning "
        "ConfigurationUpdateResponseItem ContentItem ContextCompactionResponseItem "
        "CustomToolCallOutputResponseItem CustomToolCallResponseItem "
        "EncryptedContentAgentMessageInputContent ExecLocalShellAction "
        "FindInPageResponsesWebSearch FunctionCallOutputResponseItem FunctionCallResponseItem "
        "ImageGenerationCallResponseItem InputAudioContentItem InputImageContentItem "
        "InputTextAgentMessageInputContent InputTextContentItem "
        "InternalChatMessageMetadataPassthrough LocalShellAction LocalShellCallResponseItem "
        "LocalShellStatus MessageResponseItem OpenPageResponsesWebSearch OtherResponseItem "
        "OtherResponsesWebSearch OutputTextContentItem ReasoningItemContent "
        "ReasoningItemReasoningSummary ReasoningPlainContent ReasoningResponseItem "
        "ReasoningSummaryText ReasoningTextContent ResponseItem ResponsesApiWebSearchAction "
        "SearchResponsesWebSearch ToolSearchCallResponseItem ToolSearchOutputResponseItem "
        "WebSearchCallResponseItem"
    ),
    "generated.reviews": (
        "BaseBranchReviewTarget CommitReviewTarget CustomReviewTarget ReviewDelivery "
        "ReviewStartParams ReviewStartResponse ReviewTarget UncommittedChangesReviewTarget"
    ),
    "generated.server": (
        "AttestationGenerateParams AttestationGenerateResponse CurrentTimeReadParams "
        "CurrentTimeReadResponse DeprecationNotice MockExperimentalMethodParams "
        "MockExperimentalMethodResponse RolloutCompressResponse ServerDiagnosticsGauge "
        "ServerDiagnosticsParams ServerDiagnosticsProcess ServerDiagnosticsResponse"
    ),
    "generated.skills": (
        "SkillDependencies SkillErrorInfo SkillInterface SkillMetadata SkillScope "
        "SkillToolDependency SkillsChanged SkillsConfigWriteParams SkillsConfigWriteResponse "
        "SkillsExtraRootsSetParams SkillsExtraRootsSetResponse SkillsListEntry SkillsListParams "
        "SkillsListResponse"
    ),
    "generated.tables": (
        "ACCOUNT_BEDROCK_CHECK_GOV_CLOUD_REQUIREMENTS ACCOUNT_BEDROCK_DISCOVER "
        "ACCOUNT_BEDROCK_SETUP ACCOUNT_GATEWAY_OAUTH_CANCEL ACCOUNT_GATEWAY_OAUTH_LOGIN "
        "ACCOUNT_GATEWAY_OAUTH_READ ACCOUNT_LOGIN_CANCEL ACCOUNT_LOGIN_START ACCOUNT_LOGOUT "
        "ACCOUNT_RATE_LIMITS_READ ACCOUNT_RATE_LIMIT_RESET_CREDIT_CONSUME ACCOUNT_READ "
        "ACCOUNT_SEND_ADD_CREDITS_NUDGE_EMAIL ACCOUNT_USAGE_READ ACCOUNT_WORKSPACE_MESSAGES_READ "
        "APP_INSTALLED APP_LIST APP_READ COLLABORATION_MODE_LIST COMMAND_EXEC COMMAND_EXEC_RESIZE "
        "COMMAND_EXEC_TERMINATE COMMAND_EXEC_WRITE CONFIG_BATCH_WRITE CONFIG_MCP_SERVER_RELOAD "
        "CONFIG_READ CONFIG_REQUIREMENTS_READ CONFIG_VALUE_WRITE ENVIRONMENT_ADD ENVIRONMENT_INFO "
        "ENVIRONMENT_STATUS EXPERIMENTAL_FEATURE_ENABLEMENT_SET EXPERIMENTAL_FEATURE_LIST "
        "EXTERNAL_AGENT_CONFIG_DETECT EXTERNAL_AGENT_CONFIG_IMPORT "
        "EXTERNAL_AGENT_CONFIG_IMPORT_READ_HISTORIES EXTERNAL_AGENT_CONFIG_IMPORT_RECORD_HISTORY "
        "FEEDBACK_UPLOAD FS_COPY FS_CREATE_DIRECTORY FS_GET_METADATA FS_READ_DIRECTORY "
        "FS_READ_FILE FS_REMOVE FS_UNWATCH FS_WATCH FS_WRITE_FILE FUZZY_FILE_SEARCH "
        "FUZZY_FILE_SEARCH_SESSION_START FUZZY_FILE_SEARCH_SESSION_STOP "
        "FUZZY_FILE_SEARCH_SESSION_UPDATE HOOKS_LIST INITIALIZE MARKETPLACE_ADD MARKETPLACE_REMOVE "
        "MARKETPLACE_UPGRADE MCP_SERVER_EVENT_STREAM_START MCP_SERVER_EVENT_STREAM_STOP "
        "MCP_SERVER_OAUTH_LOGIN MCP_SERVER_RESOURCE_READ MCP_SERVER_STATUS_LIST "
        "MCP_SERVER_TOOL_CALL MEMORY_RESET MEMORY_STATUS MOCK_EXPERIMENTAL_METHOD MODEL_LIST "
        "MODEL_PROVIDER_CAPABILITIES_READ PERMISSION_PROFILE_LIST PLUGIN_INSTALL PLUGIN_INSTALLED "
        "PLUGIN_LIST PLUGIN_READ PLUGIN_RECONCILE PLUGIN_SEARCH PLUGIN_SHARE_CHECKOUT "
        "PLUGIN_SHARE_DELETE PLUGIN_SHARE_LIST PLUGIN_SHARE_SAVE PLUGIN_SHARE_UPDATE_TARGETS "
        "PLUGIN_SKILL_READ PLUGIN_UNINSTALL PROCESS_KILL PROCESS_RESIZE_PTY PROCESS_SPAWN "
        "PROCESS_WRITE_STDIN PROJECT_CREATE PROJECT_DELETE PROJECT_IMPORT PROJECT_LIST "
        "PROJECT_MOVE PROJECT_READ PROJECT_UPDATE REMOTE_CONTROL_CLIENT_LIST "
        "REMOTE_CONTROL_CLIENT_REVOKE REMOTE_CONTROL_DISABLE REMOTE_CONTROL_ENABLE "
        "REMOTE_CONTROL_PAIRING_START REMOTE_CONTROL_PAIRING_STATUS REMOTE_CONTROL_STATUS_READ "
        "REVIEW_START ROLLOUT_COMPRESS SERVER_DIAGNOSTICS SKILLS_CONFIG_WRITE "
        "SKILLS_EXTRA_ROOTS_SET SKILLS_LIST THREAD_APPROVE_GUARDIAN_DENIED_ACTION THREAD_ARCHIVE "
        "THREAD_ATTACHMENT_ADD THREAD_ATTACHMENT_LIST THREAD_ATTACHMENT_OWNER_LIST "
        "THREAD_ATTACHMENT_REMOVE THREAD_BACKGROUND_TERMINALS_CLEAN "
        "THREAD_BACKGROUND_TERMINALS_LIST THREAD_BACKGROUND_TERMINALS_TERMINATE "
        "THREAD_COMPACT_START THREAD_DECREMENT_ELICITATION THREAD_DELETE THREAD_FORK "
        "THREAD_GOAL_CLEAR THREAD_GOAL_GET THREAD_GOAL_SET THREAD_INCREMENT_ELICITATION "
        "THREAD_INJECT_ITEMS THREAD_ITEMS_LIST THREAD_ITEMS_READ THREAD_LIST THREAD_LOADED_LIST "
        "THREAD_MEMORY_MODE_SET THREAD_METADATA_UPDATE THREAD_NAME_SET THREAD_PREDICTION_REQUEST "
        "THREAD_QUEUE_ADD THREAD_QUEUE_DELETE THREAD_QUEUE_LIST THREAD_QUEUE_REORDER "
        "THREAD_QUEUE_START THREAD_QUEUE_UPDATE THREAD_READ THREAD_READ_STATE_UPDATE "
        "THREAD_REALTIME_APPEND_AUDIO THREAD_REALTIME_APPEND_SPEECH THREAD_REALTIME_APPEND_TEXT "
        "THREAD_REALTIME_LIST_VOICES THREAD_REALTIME_START THREAD_REALTIME_STOP THREAD_RESUME "
        "THREAD_REVERT THREAD_SEARCH THREAD_SEARCH_OCCURRENCES THREAD_SECTION_CREATE "
        "THREAD_SECTION_DELETE THREAD_SECTION_LIST THREAD_SECTION_MOVE THREAD_SECTION_UPDATE "
        "THREAD_SETTINGS_UPDATE THREAD_SHELL_COMMAND THREAD_START THREAD_TIMELINE_LIST "
        "THREAD_TURNS_LIST THREAD_UNARCHIVE THREAD_UNSUBSCRIBE TURN_INTERRUPT TURN_SETTINGS_UPDATE "
        "TURN_START TURN_STEER USER_VERIFICATION_CANCEL USER_VERIFICATION_DELETE "
        "USER_VERIFICATION_ENROLL USER_VERIFICATION_STATUS USER_VERIFICATION_VERIFY "
        "WINDOWS_SANDBOX_READINESS WINDOWS_SANDBOX_SETUP_START"
    ),
    "generated.thread_attachments": (
        "ThreadAttachment ThreadAttachmentAddOutcome ThreadAttachmentAddParams "
        "ThreadAttachmentAddResponse ThreadAttachmentListParams ThreadAttachmentListResponse "
        "ThreadAttachmentOperation ThreadAttachmentOwner ThreadAttachmentOwnerListParams "
        "ThreadAttachmentOwnerListResponse ThreadAttachmentRemoveParams "
        "ThreadAttachmentRemoveResponse ThreadAttachmentUpdated"
    ),
    "generated.thread_catalogue": (
        "MarkThreadRead MarkThreadUnread SortDirection ThreadListCwdFilter ThreadListParams "
        "ThreadListResponse ThreadLoadedListParams ThreadLoadedListResponse "
        "ThreadMetadataGitInfoUpdateParams ThreadMetadataUpdateParams ThreadMetadataUpdateResponse "
        "ThreadReadParams ThreadReadResponse ThreadReadState ThreadReadStateChanged "
        "ThreadReadStateOperation ThreadReadStateUpdateParams ThreadReadStateUpdateResponse "
        "ThreadSetNameParams ThreadSetNameResponse ThreadSortKey ThreadSourceKind "
        "ThreadUnreadPosition UnreadFromThreadStart UnreadFromTurn"
    ),
    "generated.thread_goals": (
        "ThreadGoal ThreadGoalClearParams ThreadGoalClearResponse ThreadGoalCleared "
        "ThreadGoalGetParams ThreadGoalGetResponse ThreadGoalMutationOrigin ThreadGoalSetParams "
        "ThreadGoalSetResponse ThreadGoalStatus ThreadGoalUpdated"
    ),
    "generated.thread_history": (
        "ThreadInjectItemsParams ThreadInjectItemsResponse ThreadItemAnchor ThreadItemEntry "
        "ThreadItemsListAnchor ThreadItemsListCursor ThreadItemsListParams ThreadItemsListResponse "
        "ThreadItemsReadParams ThreadItemsReadResponse ThreadRevertParams ThreadRevertResponse "
        "ThreadReverted ThreadTurnsListParams ThreadTurnsListResponse"
    ),
    "generated.thread_predictions": (
        "CompletedThreadPredictionResult FailedThreadPredictionResult "
        "ThreadPredictionRequestParams ThreadPredictionRequestResponse ThreadPredictionResult "
        "ThreadPredictionUpdated"
    ),
    "generated.thread_queue": (
        "QueuedSubmission ThreadQueueAddParams ThreadQueueAddResponse ThreadQueueChanged "
        "ThreadQueueDeleteParams ThreadQueueDeleteResponse ThreadQueueListParams "
        "ThreadQueueListResponse ThreadQueueReorderParams ThreadQueueReorderResponse "
        "ThreadQueueStartParams ThreadQueueStartResponse ThreadQueueUpdateParams "
        "ThreadQueueUpdateResponse"
    ),
    "generated.thread_resume": (
        "ThreadResumeInitialTurnsPageParams ThreadResumeParams ThreadResumeResponse TurnsPage"
    ),
    "generated.thread_search": (
        "ThreadSearchOccurrence ThreadSearchOccurrencesParams ThreadSearchOccurrencesResponse "
        "ThreadSearchParams ThreadSearchResponse ThreadSearchResult ThreadSearchSortKey "
        "ThreadSearchTextRange"
    ),
    "generated.thread_sections": (
        "ThreadSectionCreateParams ThreadSectionCreateResponse ThreadSectionDeleteParams "
        "ThreadSectionDeleteResponse ThreadSectionListParams ThreadSectionListResponse "
        "ThreadSectionMoveParams ThreadSectionMoveResponse ThreadSectionUpdateParams "
        "ThreadSectionUpdateResponse"
    ),
    "generated.thread_settings": (
        "ThreadSettings ThreadSettingsUpdateParams ThreadSettingsUpdateResponse "
        "ThreadSettingsUpdated"
    ),
    "generated.thread_terminals": (
        "ThreadBackgroundTerminal ThreadBackgroundTerminalsCleanParams "
        "ThreadBackgroundTerminalsCleanResponse ThreadBackgroundTerminalsListParams "
        "ThreadBackgroundTerminalsListResponse ThreadBackgroundTerminalsTerminateParams "
        "ThreadBackgroundTerminalsTerminateResponse ThreadShellCommandParams "
        "ThreadShellCommandResponse"
    ),
    "generated.thread_timeline": (
        "ItemTimelineEntry RealtimeTimelineEntry ThreadTimelineEntry ThreadTimelineListParams "
        "ThreadTimelineListResponse TurnCompletedTimelineEntry TurnStartedTimelineEntry"
    ),
    "generated.threads": (
        "ActivePermissionProfile AgentPath CapabilityRootLocation DynamicToolNamespaceTool "
        "DynamicToolSpec EnvironmentCapabilityRootLocation FunctionDynamicToolNamespaceTool "
        "FunctionDynamicToolSpec GitInfo NamespaceDynamicToolSpec SandboxMode "
        "SelectedCapabilityRoot SessionSource SessionSourceDetail SubAgentSource "
        "SubAgentSourceDetail Thread ThreadArchiveParams ThreadArchiveResponse "
        "ThreadCompactStartParams ThreadCompactStartResponse ThreadDeleteParams "
        "ThreadDeleteResponse ThreadEnvironment ThreadExtra ThreadForkParams ThreadForkResponse "
        "ThreadHistoryMode ThreadId ThreadSection ThreadSectionAppearance ThreadSource ThreadSpawn "
        "ThreadStartParams ThreadStartResponse ThreadStartSource ThreadStarted "
        "ThreadUnarchiveParams ThreadUnarchiveResponse ThreadUnsubscribeParams "
        "ThreadUnsubscribeResponse ThreadUnsubscribeStatus"
    ),
    "generated.tools": (
        "DynamicToolCallParams DynamicToolCallResponse ToolRequestUserInputAnswer "
        "ToolRequestUserInputOption ToolRequestUserInputParams ToolRequestUserInputQuestion "
        "ToolRequestUserInputResponse"
    ),
    "generated.turns": (
        "ActiveThreadStatus ActiveTurnNotSteerable AdditionalContextEntry AdditionalContextKind "
        "ApprovalsReviewer AskForApproval AskForApprovalDetail CodexErrorInfo CodexErrorInfoDetail "
        "CollaborationMode CollaborationModeSettings CyberAccessProgram "
        "DangerFullAccessSandboxPolicy ExternalSandboxPolicy GranularApproval HttpFailure "
        "IdleThreadStatus MisalignmentErrorDetails MisalignmentSteer ModeKind MultiAgentMode "
        "MultiAgentModeDetail NetworkAccess NonSteerableTurnKind NotLoadedThreadStatus Personality "
        "ReadOnlySandboxPolicy ReasoningSummary SandboxPolicy SystemErrorThreadStatus "
        "ThreadActiveFlag ThreadStatus Turn TurnEnvironmentParams TurnError TurnInterruptParams "
        "TurnInterruptResponse TurnItemsView TurnSettingsUpdateParams TurnSettingsUpdateResponse "
        "TurnSettingsUpdateStatus TurnStartParams TurnStartResponse TurnStatus TurnSteerParams "
        "TurnSteerResponse TurnToolOutput WorkspaceWriteSandboxPolicy"
    ),
    "generated.user_verification": (
        "UserVerificationCancelParams UserVerificationCancelResponse UserVerificationDeleteParams "
        "UserVerificationDeleteResponse UserVerificationEnrollParams "
        "UserVerificationEnrollResponse UserVerificationProof UserVerificationStatusParams "
        "UserVerificationStatusResponse UserVerificationUnavailableReason "
        "UserVerificationVerifyParams UserVerificationVerifyResponse"
    ),
    "generated.windows": (
        "WindowsSandboxReadiness WindowsSandboxReadinessResponse WindowsSandboxSetupCompleted "
        "WindowsSandboxSetupMode WindowsSandboxSetupStartParams WindowsSandboxSetupStartResponse "
        "WindowsWorldWritableWarning"
    ),
    "methods": "CLIENT_METHODS NOTIFICATIONS SERVER_REQUESTS gate_of",
    "rows": "Gate Method NotificationRow ServerRequestRow",
    "unknown": (
        "MalformedNotification MalformedServerRequest Notification UnknownHandlerType UnknownItem "
        "UnknownKind UnknownMode UnknownNotification UnknownServerRequest UnknownVariant"
    ),
}

MODULE_OF: Final[dict[str, str]] = {
    name: module for module, names in _NAMES.items() for name in names.split()
}

__all__ = list(MODULE_OF)  # pyright: ignore[reportUnsupportedDunderAll]
