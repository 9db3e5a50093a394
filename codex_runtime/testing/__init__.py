"""Test your own code against a real app-server and a scripted model, or against a fake server.

Owns the public names of this room, loaded on first use (the model needs the extra `testing`).
Enter at `open_scripted_model`, without trio at `serve_scripted_model`, for Chat Completions at
`open_scripted_chat`; replies are built by `text`, `shell`, `silence` and their kin. The fake
app-server is `FakeAppServer`, as a process `write_fake_codex`; fixtures are in `pytest_plugin`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from codex_runtime.testing.chat_requests import ChatRequest
    from codex_runtime.testing.failures import (
        bad_request,
        context_window_exceeded,
        http_answer,
        http_error,
        overloaded,
        quota_exceeded,
        rate_limited,
        response_failed,
        server_error,
        unauthorized,
    )
    from codex_runtime.testing.fake_runtime import open_fake_runtime
    from codex_runtime.testing.fake_server.child import ChildServer
    from codex_runtime.testing.fake_server.fake_codex import write_fake_codex
    from codex_runtime.testing.fake_server.link import Death
    from codex_runtime.testing.fake_server.replaying import JournalReplay
    from codex_runtime.testing.fake_server.server import FakeAppServer
    from codex_runtime.testing.fake_server.threads import FakeTerminal, FakeThread, TurnRecord
    from codex_runtime.testing.fake_server.turns import FakeTurn, echo
    from codex_runtime.testing.replies import (
        apply_patch,
        cut,
        finish,
        raw,
        reasoning,
        several,
        shell,
        silence,
        text,
        tool_call,
        usage,
    )
    from codex_runtime.testing.requests import ModelRequest, ToolOutput
    from codex_runtime.testing.scripted_chat import ScriptedChat, open_scripted_chat
    from codex_runtime.testing.scripted_model import ScriptedModel, open_scripted_model
    from codex_runtime.testing.served_model import ServedModel, serve_scripted_model
    from codex_runtime.testing.steps import Gate, Reply, Usage

__all__ = [
    "ChatRequest",
    "ChildServer",
    "Death",
    "FakeAppServer",
    "FakeTerminal",
    "FakeThread",
    "FakeTurn",
    "Gate",
    "JournalReplay",
    "ModelRequest",
    "Reply",
    "ScriptedChat",
    "ScriptedModel",
    "ServedModel",
    "ToolOutput",
    "TurnRecord",
    "Usage",
    "apply_patch",
    "bad_request",
    "context_window_exceeded",
    "cut",
    "echo",
    "finish",
    "http_answer",
    "http_error",
    "open_fake_runtime",
    "open_scripted_chat",
    "open_scripted_model",
    "overloaded",
    "quota_exceeded",
    "rate_limited",
    "raw",
    "reasoning",
    "response_failed",
    "serve_scripted_model",
    "server_error",
    "several",
    "shell",
    "silence",
    "text",
    "tool_call",
    "unauthorized",
    "usage",
    "write_fake_codex",
]

_MODULES: Final = {
    "chat_requests": ("ChatRequest",),
    "failures": (
        "bad_request",
        "context_window_exceeded",
        "http_answer",
        "http_error",
        "overloaded",
        "quota_exceeded",
        "rate_limited",
        "response_failed",
        "server_error",
        "unauthorized",
    ),
    "fake_runtime": ("open_fake_runtime",),
    "fake_server.child": ("ChildServer",),
    "fake_server.fake_codex": ("write_fake_codex",),
    "fake_server.link": ("Death",),
    "fake_server.replaying": ("JournalReplay",),
    "fake_server.server": ("FakeAppServer",),
    "fake_server.threads": ("FakeTerminal", "FakeThread", "TurnRecord"),
    "fake_server.turns": ("FakeTurn", "echo"),
    "replies": (
        "apply_patch",
        "cut",
        "finish",
        "raw",
        "reasoning",
        "several",
        "shell",
        "silence",
        "text",
        "tool_call",
        "usage",
    ),
    "requests": ("ModelRequest", "ToolOutput"),
    "scripted_chat": ("ScriptedChat", "open_scripted_chat"),
    "scripted_model": ("ScriptedModel", "open_scripted_model"),
    "served_model": ("ServedModel", "serve_scripted_model"),
    "steps": ("Gate", "Reply", "Usage"),
}
_HOME: Final = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_HOME[name]}")
    except ModuleNotFoundError as error:
        if error.name != "h11":
            raise
        raise ImportError(
            f"codex_runtime.testing.{name} needs h11: pip install 'codex-runtime[testing]'",
            name=error.name,
        ) from error
    value: object = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
