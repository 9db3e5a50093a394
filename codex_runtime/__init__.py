"""Drive one long-lived Codex app-server: ``open_runtime``, ``Session``, ``Turn``.

Owns the list of public names and loads each when it is first used, so that importing the package
costs next to nothing. Start with :func:`open_runtime`; the map of the house, bottom up::

    errors                       the exception tree
    wire, protocol, transport    JSON-RPC frames; the Codex vocabulary; moving bytes (strangers)
    model                        configs, RunProfile, TurnResult, folds of events
    launch                       finding the binary, command line, environment, versions
    connection                   one started app-server: reader, writer, calls and deadlines
    engine                       generations, routing, mailboxes, subscriptions
    session                      Session and Turn
    history                      what is stored: catalogue, rollouts without a server, the journal
    runtime                      open_runtime and Runtime: assembles the rest
    exec                         `codex exec`, a process for each turn
    relay                        Codex on servers that speak nothing but Chat Completions
    faces, aio, blocking         the same for asyncio and for plain Python
    testing                      the real app-server on a scripted model, for tests without a key
    cli                          the ``codex-runtime`` command
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codex_runtime.connection.histogram import LatencyHistogram
    from codex_runtime.engine.backlogs import DeliveryPolicy, Lagged
    from codex_runtime.engine.handshake import ServerInfo
    from codex_runtime.engine.server_events import ServerLost, ServerRestarted
    from codex_runtime.engine.subscriptions import Subscription
    from codex_runtime.errors import (
        ActiveTurnMismatch,
        AmbiguousThreadId,
        AnswerRefused,
        AppServerExited,
        AttachmentError,
        AttachmentNotFound,
        BlockedByHook,
        BudgetExceeded,
        CodexRuntimeError,
        ConfigError,
        ConfigNotWritten,
        ExperimentalRequired,
        FullAccessDenied,
        HistoryError,
        HomeNotFound,
        HookError,
        InputTooLarge,
        InvalidInput,
        JournalBehind,
        JournalError,
        JournalInUse,
        JournalUnreadable,
        LocalProtocolError,
        LoginRequired,
        NoActiveProcess,
        NoActiveTurn,
        NoThreadFound,
        NotSupported,
        OutputMismatch,
        OutputTypeError,
        ProfileError,
        PromptError,
        ProtocolError,
        QueueTimeout,
        RemoteProtocolError,
        RequestError,
        RequestNotPending,
        RequestTimeout,
        RolloutUnreadable,
        RuntimeClosed,
        ServerOSError,
        ServerOverloaded,
        SessionBusy,
        SessionClosed,
        SlowConsumer,
        StartError,
        ThreadArchived,
        ThreadInUse,
        ThreadNotFound,
        ToolError,
        TurnFailed,
        TurnInterrupted,
        TurnLost,
        TurnNotCompleted,
        TurnNotEnded,
        TurnNotSteerable,
        TurnTimedOut,
        UnknownMethod,
    )
    from codex_runtime.errors.relay import (
        RelayAddressError,
        RelayError,
        RelayServeError,
        RelayStoreError,
        RelayVariableMissing,
    )
    from codex_runtime.history.catalogue import Threads
    from codex_runtime.history.pages import ItemPager, StoredTurn, ThreadPager, TurnPager
    from codex_runtime.history.summary import ThreadSummary, ThreadTail
    from codex_runtime.launch.version import UntestedServerWarning
    from codex_runtime.model.attachments import (
        Attachment,
        FileMention,
        ImageData,
        ImageDetail,
        ImageUrl,
        LocalImage,
        Mention,
        Skill,
    )
    from codex_runtime.model.budget import TokenBudget
    from codex_runtime.model.builders.config_maps import merge_config
    from codex_runtime.model.builders.mcp_servers import (
        HttpMcpServer,
        McpServer,
        McpToolApproval,
        StdioMcpServer,
        mcp_servers_config,
    )
    from codex_runtime.model.builders.model_providers import ModelProvider, model_providers_config
    from codex_runtime.model.builders.rollout_budget import RolloutBudget, rollout_budget_config
    from codex_runtime.model.child import ChildStatus
    from codex_runtime.model.config import ClientInfo, RuntimeConfig
    from codex_runtime.model.deadlines import Deadlines
    from codex_runtime.model.explanation import Explanation, FieldExplanation, LayerValue
    from codex_runtime.model.hooks.answers import Block, HookAnswer, HookContext, HookPhase, Mutate
    from codex_runtime.model.hooks.hooks import (
        Hook,
        HookConfig,
        HookFunction,
        HookMatcher,
        HookRecord,
        HookReport,
        ShellCommand,
        merge_hook_configs,
    )
    from codex_runtime.model.journal import JournalConfig
    from codex_runtime.model.profile import RunProfile, SessionConfig
    from codex_runtime.model.prompt import PromptParams
    from codex_runtime.model.requests.approvals import (
        ApprovalAnswer,
        ApprovalRequest,
        CommandApproval,
        FileChangeApproval,
        PermissionsApproval,
    )
    from codex_runtime.model.requests.kinds import (
        ApprovalHandler,
        OtherAnswer,
        OtherRequest,
        ServerRequestHandler,
    )
    from codex_runtime.model.requests.legacy import LegacyCommandApproval, LegacyPatchApproval
    from codex_runtime.model.requests.others import (
        AttestationRequest,
        CurrentTimeRequest,
        ElicitationRequest,
        TokenRefreshRequest,
        ToolCallRequest,
        UserInputRequest,
    )
    from codex_runtime.model.restart import RestartPolicy
    from codex_runtime.model.results import (
        CloseOutcome,
        EndedTerminal,
        InterruptOutcome,
        TurnResult,
        TurnStatus,
        TypedResult,
    )
    from codex_runtime.model.rules.rules import (
        ApprovalRule,
        RuleVerdict,
        accept_commands,
        accept_reads,
        accept_within,
        decline_all,
    )
    from codex_runtime.model.state import ThreadState
    from codex_runtime.model.titles import title_of
    from codex_runtime.model.tool_uses import ToolUse
    from codex_runtime.model.turn_state import ItemState, TurnState
    from codex_runtime.model.typed.tools import AnyTool, Tool, tool
    from codex_runtime.model.usage import ContextUsage, TokenUsage
    from codex_runtime.runtime.one_call import run
    from codex_runtime.runtime.preflight import AuthStatus, Preflight
    from codex_runtime.runtime.runtime import Runtime, open_runtime
    from codex_runtime.runtime.statistics import Statistics
    from codex_runtime.session.children import ChildEvents, ChildThread
    from codex_runtime.session.later import answer_later
    from codex_runtime.session.repeating import Repeat, RepeatStatus
    from codex_runtime.session.session import Session
    from codex_runtime.session.state.throttling import Throttle, throttle
    from codex_runtime.session.state.view import StateEvents, StateView
    from codex_runtime.session.turn import Turn

__version__ = "0.1.0"

__all__ = [
    "ActiveTurnMismatch",
    "AmbiguousThreadId",
    "AnswerRefused",
    "AnyTool",
    "AppServerExited",
    "ApprovalAnswer",
    "ApprovalHandler",
    "ApprovalRequest",
    "ApprovalRule",
    "Attachment",
    "AttachmentError",
    "AttachmentNotFound",
    "AttestationRequest",
    "AuthStatus",
    "Block",
    "BlockedByHook",
    "BudgetExceeded",
    "ChildEvents",
    "ChildStatus",
    "ChildThread",
    "ClientInfo",
    "CloseOutcome",
    "CodexRuntimeError",
    "CommandApproval",
    "ConfigError",
    "ConfigNotWritten",
    "ContextUsage",
    "CurrentTimeRequest",
    "Deadlines",
    "DeliveryPolicy",
    "ElicitationRequest",
    "EndedTerminal",
    "ExperimentalRequired",
    "Explanation",
    "FieldExplanation",
    "FileChangeApproval",
    "FileMention",
    "FullAccessDenied",
    "HistoryError",
    "HomeNotFound",
    "Hook",
    "HookAnswer",
    "HookConfig",
    "HookContext",
    "HookError",
    "HookFunction",
    "HookMatcher",
    "HookPhase",
    "HookRecord",
    "HookReport",
    "HttpMcpServer",
    "ImageData",
    "ImageDetail",
    "ImageUrl",
    "InputTooLarge",
    "InterruptOutcome",
    "InvalidInput",
    "ItemPager",
    "ItemState",
    "JournalBehind",
    "JournalConfig",
    "JournalError",
    "JournalInUse",
    "JournalUnreadable",
    "Lagged",
    "LatencyHistogram",
    "LayerValue",
    "LegacyCommandApproval",
    "LegacyPatchApproval",
    "LocalImage",
    "LocalProtocolError",
    "LoginRequired",
    "McpServer",
    "McpToolApproval",
    "Mention",
    "ModelProvider",
    "Mutate",
    "NoActiveProcess",
    "NoActiveTurn",
    "NoThreadFound",
    "NotSupported",
    "OtherAnswer",
    "OtherRequest",
    "OutputMismatch",
    "OutputTypeError",
    "PermissionsApproval",
    "Preflight",
    "ProfileError",
    "PromptError",
    "PromptParams",
    "ProtocolError",
    "QueueTimeout",
    "RelayAddressError",
    "RelayError",
    "RelayServeError",
    "RelayStoreError",
    "RelayVariableMissing",
    "RemoteProtocolError",
    "Repeat",
    "RepeatStatus",
    "RequestError",
    "RequestNotPending",
    "RequestTimeout",
    "RestartPolicy",
    "RolloutBudget",
    "RolloutUnreadable",
    "RuleVerdict",
    "RunProfile",
    "Runtime",
    "RuntimeClosed",
    "RuntimeConfig",
    "ServerInfo",
    "ServerLost",
    "ServerOSError",
    "ServerOverloaded",
    "ServerRequestHandler",
    "ServerRestarted",
    "Session",
    "SessionBusy",
    "SessionClosed",
    "SessionConfig",
    "ShellCommand",
    "Skill",
    "SlowConsumer",
    "StartError",
    "StateEvents",
    "StateView",
    "Statistics",
    "StdioMcpServer",
    "StoredTurn",
    "Subscription",
    "ThreadArchived",
    "ThreadInUse",
    "ThreadNotFound",
    "ThreadPager",
    "ThreadState",
    "ThreadSummary",
    "ThreadTail",
    "Threads",
    "Throttle",
    "TokenBudget",
    "TokenRefreshRequest",
    "TokenUsage",
    "Tool",
    "ToolCallRequest",
    "ToolError",
    "ToolUse",
    "Turn",
    "TurnFailed",
    "TurnInterrupted",
    "TurnLost",
    "TurnNotCompleted",
    "TurnNotEnded",
    "TurnNotSteerable",
    "TurnPager",
    "TurnResult",
    "TurnState",
    "TurnStatus",
    "TurnTimedOut",
    "TypedResult",
    "UnknownMethod",
    "UntestedServerWarning",
    "UserInputRequest",
    "__version__",
    "accept_commands",
    "accept_reads",
    "accept_within",
    "answer_later",
    "decline_all",
    "mcp_servers_config",
    "merge_config",
    "merge_hook_configs",
    "model_providers_config",
    "open_runtime",
    "rollout_budget_config",
    "run",
    "throttle",
    "title_of",
    "tool",
]

# The module of each public name; one that is not here is an exception, of `errors`.
_HOMES = {
    "AnyTool": "model.typed.tools",
    "ApprovalAnswer": "model.requests.approvals",
    "ApprovalHandler": "model.requests.kinds",
    "ApprovalRequest": "model.requests.approvals",
    "ApprovalRule": "model.rules.rules",
    "Attachment": "model.attachments",
    "AttestationRequest": "model.requests.others",
    "AuthStatus": "runtime.preflight",
    "Block": "model.hooks.answers",
    "ChildEvents": "session.children",
    "ChildStatus": "model.child",
    "ChildThread": "session.children",
    "ClientInfo": "model.config",
    "CloseOutcome": "model.results",
    "CommandApproval": "model.requests.approvals",
    "ContextUsage": "model.usage",
    "CurrentTimeRequest": "model.requests.others",
    "Deadlines": "model.deadlines",
    "DeliveryPolicy": "engine.backlogs",
    "ElicitationRequest": "model.requests.others",
    "EndedTerminal": "model.results",
    "Explanation": "model.explanation",
    "FieldExplanation": "model.explanation",
    "FileChangeApproval": "model.requests.approvals",
    "FileMention": "model.attachments",
    "Hook": "model.hooks.hooks",
    "HookAnswer": "model.hooks.answers",
    "HookConfig": "model.hooks.hooks",
    "HookContext": "model.hooks.answers",
    "HookFunction": "model.hooks.hooks",
    "HookMatcher": "model.hooks.hooks",
    "HookPhase": "model.hooks.answers",
    "HookRecord": "model.hooks.hooks",
    "HookReport": "model.hooks.hooks",
    "HttpMcpServer": "model.builders.mcp_servers",
    "ImageData": "model.attachments",
    "ImageDetail": "model.attachments",
    "ImageUrl": "model.attachments",
    "InterruptOutcome": "model.results",
    "ItemPager": "history.pages",
    "ItemState": "model.turn_state",
    "JournalConfig": "model.journal",
    "Lagged": "engine.backlogs",
    "LatencyHistogram": "connection.histogram",
    "LayerValue": "model.explanation",
    "LegacyCommandApproval": "model.requests.legacy",
    "LegacyPatchApproval": "model.requests.legacy",
    "LocalImage": "model.attachments",
    "McpServer": "model.builders.mcp_servers",
    "McpToolApproval": "model.builders.mcp_servers",
    "Mention": "model.attachments",
    "ModelProvider": "model.builders.model_providers",
    "Mutate": "model.hooks.answers",
    "OtherAnswer": "model.requests.kinds",
    "OtherRequest": "model.requests.kinds",
    "PermissionsApproval": "model.requests.approvals",
    "Preflight": "runtime.preflight",
    "PromptParams": "model.prompt",
    "RelayAddressError": "errors.relay",
    "RelayError": "errors.relay",
    "RelayServeError": "errors.relay",
    "RelayStoreError": "errors.relay",
    "RelayVariableMissing": "errors.relay",
    "Repeat": "session.repeating",
    "RepeatStatus": "session.repeating",
    "RestartPolicy": "model.restart",
    "RolloutBudget": "model.builders.rollout_budget",
    "RuleVerdict": "model.rules.rules",
    "RunProfile": "model.profile",
    "Runtime": "runtime.runtime",
    "RuntimeConfig": "model.config",
    "ServerInfo": "engine.handshake",
    "ServerLost": "engine.server_events",
    "ServerRequestHandler": "model.requests.kinds",
    "ServerRestarted": "engine.server_events",
    "Session": "session.session",
    "SessionConfig": "model.profile",
    "ShellCommand": "model.hooks.hooks",
    "Skill": "model.attachments",
    "StateEvents": "session.state.view",
    "StateView": "session.state.view",
    "Statistics": "runtime.statistics",
    "StdioMcpServer": "model.builders.mcp_servers",
    "StoredTurn": "history.pages",
    "Subscription": "engine.subscriptions",
    "ThreadPager": "history.pages",
    "ThreadState": "model.state",
    "ThreadSummary": "history.summary",
    "ThreadTail": "history.summary",
    "Threads": "history.catalogue",
    "Throttle": "session.state.throttling",
    "TokenBudget": "model.budget",
    "TokenRefreshRequest": "model.requests.others",
    "TokenUsage": "model.usage",
    "Tool": "model.typed.tools",
    "ToolCallRequest": "model.requests.others",
    "ToolUse": "model.tool_uses",
    "Turn": "session.turn",
    "TurnPager": "history.pages",
    "TurnResult": "model.results",
    "TurnState": "model.turn_state",
    "TurnStatus": "model.results",
    "TypedResult": "model.results",
    "UntestedServerWarning": "launch.version",
    "UserInputRequest": "model.requests.others",
    "accept_commands": "model.rules.rules",
    "accept_reads": "model.rules.rules",
    "accept_within": "model.rules.rules",
    "answer_later": "session.later",
    "decline_all": "model.rules.rules",
    "mcp_servers_config": "model.builders.mcp_servers",
    "merge_config": "model.builders.config_maps",
    "merge_hook_configs": "model.hooks.hooks",
    "model_providers_config": "model.builders.model_providers",
    "open_runtime": "runtime.runtime",
    "rollout_budget_config": "model.builders.rollout_budget",
    "run": "runtime.one_call",
    "throttle": "session.state.throttling",
    "title_of": "model.titles",
    "tool": "model.typed.tools",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(globals().keys() | set(__all__))
