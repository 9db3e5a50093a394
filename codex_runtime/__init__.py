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
    runtime                      open_runtime and Runtime: assembles the rest
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
    from codex_runtime.engine.subscriptions import Subscription
    from codex_runtime.errors import (
        ActiveTurnMismatch,
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
        HookError,
        InputTooLarge,
        InvalidInput,
        LocalProtocolError,
        LoginRequired,
        NoActiveProcess,
        NoActiveTurn,
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
    from codex_runtime.launch.version import UntestedServerWarning
    from codex_runtime.model.config import ClientInfo, RuntimeConfig
    from codex_runtime.model.profile import RunProfile, SessionConfig
    from codex_runtime.model.prompt import PromptParams
    from codex_runtime.model.results import CloseOutcome, InterruptOutcome, TurnResult, TurnStatus
    from codex_runtime.model.state import ThreadState
    from codex_runtime.model.turn_state import ItemState, TurnState
    from codex_runtime.model.usage import TokenUsage
    from codex_runtime.runtime.runtime import Runtime, open_runtime
    from codex_runtime.runtime.statistics import Statistics
    from codex_runtime.session.session import Session
    from codex_runtime.session.throttling import Throttle, throttle
    from codex_runtime.session.turn import Turn
    from codex_runtime.session.view import StateEvents, StateView

__version__ = "0.1.0"

__all__ = [
    "ActiveTurnMismatch",
    "AnswerRefused",
    "AppServerExited",
    "AttachmentError",
    "AttachmentNotFound",
    "BlockedByHook",
    "BudgetExceeded",
    "ClientInfo",
    "CloseOutcome",
    "CodexRuntimeError",
    "ConfigError",
    "ConfigNotWritten",
    "DeliveryPolicy",
    "ExperimentalRequired",
    "FullAccessDenied",
    "HookError",
    "InputTooLarge",
    "InterruptOutcome",
    "InvalidInput",
    "ItemState",
    "Lagged",
    "LatencyHistogram",
    "LocalProtocolError",
    "LoginRequired",
    "NoActiveProcess",
    "NoActiveTurn",
    "NotSupported",
    "OutputMismatch",
    "OutputTypeError",
    "ProfileError",
    "PromptError",
    "PromptParams",
    "ProtocolError",
    "QueueTimeout",
    "RemoteProtocolError",
    "RequestError",
    "RequestNotPending",
    "RequestTimeout",
    "RunProfile",
    "Runtime",
    "RuntimeClosed",
    "RuntimeConfig",
    "ServerInfo",
    "ServerOSError",
    "ServerOverloaded",
    "Session",
    "SessionBusy",
    "SessionClosed",
    "SessionConfig",
    "SlowConsumer",
    "StartError",
    "StateEvents",
    "StateView",
    "Statistics",
    "Subscription",
    "ThreadArchived",
    "ThreadInUse",
    "ThreadNotFound",
    "ThreadState",
    "Throttle",
    "TokenUsage",
    "ToolError",
    "Turn",
    "TurnFailed",
    "TurnInterrupted",
    "TurnLost",
    "TurnNotCompleted",
    "TurnNotEnded",
    "TurnNotSteerable",
    "TurnResult",
    "TurnState",
    "TurnStatus",
    "TurnTimedOut",
    "UnknownMethod",
    "UntestedServerWarning",
    "__version__",
    "open_runtime",
    "throttle",
]

# The module of each public name; one that is not here is an exception, of `errors`.
_HOMES = {
    "ClientInfo": "model.config",
    "CloseOutcome": "model.results",
    "DeliveryPolicy": "engine.backlogs",
    "InterruptOutcome": "model.results",
    "ItemState": "model.turn_state",
    "Lagged": "engine.backlogs",
    "LatencyHistogram": "connection.histogram",
    "PromptParams": "model.prompt",
    "RunProfile": "model.profile",
    "Runtime": "runtime.runtime",
    "RuntimeConfig": "model.config",
    "ServerInfo": "engine.handshake",
    "Session": "session.session",
    "SessionConfig": "model.profile",
    "StateEvents": "session.view",
    "StateView": "session.view",
    "Statistics": "runtime.statistics",
    "Subscription": "engine.subscriptions",
    "ThreadState": "model.state",
    "Throttle": "session.throttling",
    "TokenUsage": "model.usage",
    "Turn": "session.turn",
    "TurnResult": "model.results",
    "TurnState": "model.turn_state",
    "TurnStatus": "model.results",
    "UntestedServerWarning": "launch.version",
    "open_runtime": "runtime.runtime",
    "throttle": "session.throttling",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(globals().keys() | set(__all__))
