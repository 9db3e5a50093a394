"""Every exception this library raises on purpose, under one root.

Owns the tree and the facts each error carries; knows no other room (annotations only). `answers`
has what the server answered, `control` what hooks, budgets and
tools refuse, `history` and `journal` what is on disk, `exec` and `relay` what `codex_runtime.exec`
and `codex_runtime.relay` raise and is imported from there, `ours` the rest. Facts are attributes,
prose is for people. Two of them answer what a service must decide:

- ``retryable``: the same call may well succeed later, unchanged.
- ``outcome_certain``: the server surely did not do what was asked (safe to ask again).

::

    CodexRuntimeError
    ├── InvalidInput (also ValueError)   refused here, before anything was sent
    │   ├── ConfigError                  a field of RuntimeConfig or SessionConfig
    │   │   └── FullAccessDenied         full access asked for without allow_full_access
    │   ├── ProfileError                 a field of a RunProfile that cannot be honoured
    │   ├── PromptError                  a prompt the server would drop or choke on
    │   ├── AttachmentError              an attachment that cannot be sent
    │   │   └── AttachmentNotFound       its path does not exist
    │   ├── HookError                    a hook that cannot work, or its nonsense answer
    │   ├── ToolError                    a function that cannot be a tool
    │   ├── OutputTypeError              a type that no strict schema can express
    │   └── AnswerRefused                a wrong answer to a server request, or one not offered
    ├── StartError                       no usable app-server: not found, not Codex, died, too slow
    ├── RuntimeClosed                    the runtime was left; nothing more can be asked of it
    ├── AppServerExited                  the process or its pipe ended under a waiter
    ├── RequestError                     the server answered with an error
    │   ├── ServerOverloaded             -32001, still so after the retries
    │   ├── InputTooLarge                over the server's limit (also refused here)
    │   ├── ThreadNotFound               not loaded, or no rollout on disk
    │   ├── ThreadArchived               archived; unarchive it first
    │   ├── ThreadInUse                  another app-server has it open, or this one does
    │   ├── NoActiveTurn                 nothing to interrupt or steer
    │   ├── ActiveTurnMismatch           another turn is active than the one named
    │   ├── TurnNotSteerable             a review or a compaction takes no input
    │   ├── NoActiveProcess              the process has ended, or never was
    │   ├── ExperimentalRequired         needs ``experimental_api=True``
    │   ├── UnknownMethod                this server does not have the method
    │   ├── NotSupported                 it has, but not for this thread
    │   ├── LoginRequired                needs an account that is logged in
    │   ├── ConfigNotWritten             its ``reason`` says why
    │   └── ServerOSError                the operating system said no, with an ``errno``
    ├── RequestTimeout                   no answer within the deadline
    ├── QueueTimeout                     no place at the ingress gate within ``queue_timeout_s``
    ├── TurnNotCompleted                 the turn ended otherwise; carries ``.result``
    │   ├── TurnFailed
    │   ├── TurnInterrupted
    │   ├── TurnTimedOut
    │   └── TurnLost                     the connection died under the turn
    ├── TurnNotEnded                     the result was read before the end
    ├── SessionClosed                    the handle was closed
    ├── SessionBusy                      a turn runs on this thread and waiting was not wanted
    ├── BlockedByHook                    a hook refused it
    ├── BudgetExceeded                   a token budget is used up
    ├── OutputMismatch                   the answer is not of the type that was asked for
    ├── RequestNotPending                a server request that nobody waits with any more
    ├── SlowConsumer                     this subscriber fell behind its own bound
    ├── HistoryError                     stored threads could not be looked up or read
    │   ├── HomeNotFound                 no Codex home there, or it cannot be read
    │   ├── NoThreadFound                no stored thread fits
    │   ├── AmbiguousThreadId            a prefix that fits several threads
    │   └── RolloutUnreadable            a rollout that cannot be opened or read at all
    ├── JournalError                     a journal cannot be written
    │   ├── JournalInUse                 somebody else writes to it
    │   ├── JournalBehind                the disk is slower than the server
    │   └── JournalUnreadable            what is there cannot be read as a journal
    ├── ExecFailure                      a run of ``codex exec`` that completed no turn; ten kinds
    ├── RelayError                       a relay did not open, or did not stay open; four kinds
    └── ProtocolError
        ├── LocalProtocolError           we broke the rules (a bug, or an answer given twice)
        └── RemoteProtocolError          the server did
"""

from __future__ import annotations

from codex_runtime.errors.answers import (
    ActiveTurnMismatch,
    ConfigNotWritten,
    ExperimentalRequired,
    InputTooLarge,
    LoginRequired,
    NoActiveProcess,
    NoActiveTurn,
    NotSupported,
    RequestError,
    ServerOSError,
    ServerOverloaded,
    ThreadArchived,
    ThreadInUse,
    ThreadNotFound,
    TurnNotSteerable,
    UnknownMethod,
)
from codex_runtime.errors.control import (
    AnswerRefused,
    AttachmentError,
    AttachmentNotFound,
    BlockedByHook,
    BudgetExceeded,
    HookError,
    OutputMismatch,
    OutputTypeError,
    RequestNotPending,
    ToolError,
)
from codex_runtime.errors.history import (
    AmbiguousThreadId,
    HistoryError,
    HomeNotFound,
    NoThreadFound,
    RolloutUnreadable,
)
from codex_runtime.errors.journal import (
    JournalBehind,
    JournalError,
    JournalInUse,
    JournalUnreadable,
)
from codex_runtime.errors.ours import (
    AppServerExited,
    CodexRuntimeError,
    ConfigError,
    FullAccessDenied,
    InvalidInput,
    LocalProtocolError,
    ProfileError,
    PromptError,
    ProtocolError,
    QueueTimeout,
    RemoteProtocolError,
    RequestTimeout,
    RuntimeClosed,
    SessionBusy,
    SessionClosed,
    SlowConsumer,
    StartError,
    TurnFailed,
    TurnInterrupted,
    TurnLost,
    TurnNotCompleted,
    TurnNotEnded,
    TurnTimedOut,
)

__all__ = [
    "ActiveTurnMismatch",
    "AmbiguousThreadId",
    "AnswerRefused",
    "AppServerExited",
    "AttachmentError",
    "AttachmentNotFound",
    "BlockedByHook",
    "BudgetExceeded",
    "CodexRuntimeError",
    "ConfigError",
    "ConfigNotWritten",
    "ExperimentalRequired",
    "FullAccessDenied",
    "HistoryError",
    "HomeNotFound",
    "HookError",
    "InputTooLarge",
    "InvalidInput",
    "JournalBehind",
    "JournalError",
    "JournalInUse",
    "JournalUnreadable",
    "LocalProtocolError",
    "LoginRequired",
    "NoActiveProcess",
    "NoActiveTurn",
    "NoThreadFound",
    "NotSupported",
    "OutputMismatch",
    "OutputTypeError",
    "ProfileError",
    "PromptError",
    "ProtocolError",
    "QueueTimeout",
    "RemoteProtocolError",
    "RequestError",
    "RequestNotPending",
    "RequestTimeout",
    "RolloutUnreadable",
    "RuntimeClosed",
    "ServerOSError",
    "ServerOverloaded",
    "SessionBusy",
    "SessionClosed",
    "SlowConsumer",
    "StartError",
    "ThreadArchived",
    "ThreadInUse",
    "ThreadNotFound",
    "ToolError",
    "TurnFailed",
    "TurnInterrupted",
    "TurnLost",
    "TurnNotCompleted",
    "TurnNotEnded",
    "TurnNotSteerable",
    "TurnTimedOut",
    "UnknownMethod",
]
