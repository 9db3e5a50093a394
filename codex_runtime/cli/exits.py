"""How the command ends: its exit codes, and what is said when something went wrong.

Owns which problem gives which code, and the words on stderr. Does not catch anything. Enter at
`exit_of` and `complain`.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import textwrap
from enum import IntEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from codex_runtime.cli.texts import clean
from codex_runtime.errors import (
    InputTooLarge,
    InvalidInput,
    StartError,
    ThreadArchived,
    ThreadNotFound,
    TurnInterrupted,
)
from codex_runtime.errors.history import AmbiguousThreadId, HomeNotFound, NoThreadFound
from codex_runtime.errors.relay import RelayError, RelayServeError
from codex_runtime.protocol import CodexErrorInfoDetail

if TYPE_CHECKING:
    from codex_runtime.protocol import CodexErrorInfo

__all__ = [
    "DIFF_EXIT_CODES",
    "EXIT_CODES",
    "RELAY_EXIT_CODES",
    "THREADS_EXIT_CODES",
    "Exit",
    "OutputClosed",
    "complain",
    "exit_of",
    "hint_for",
    "mute_stdout",
    "say_why",
]


class Exit(IntEnum):
    """What the shell gets."""

    COMPLETED = 0
    FAILED = 1
    BAD_INPUT = 2
    CANNOT_START = 3
    HUNG_UP = 128 + signal.SIGHUP
    INTERRUPTED = 128 + signal.SIGINT
    OUTPUT_CLOSED = 128 + signal.SIGPIPE
    TERMINATED = 128 + signal.SIGTERM


EXIT_CODES: Final = """\
\b
Exit codes:
  0    the turn completed
  1    it failed, or the app-server died
  2    an option, the prompt or the thread id cannot be used
  3    no usable app-server, or an extra is not installed
  130  interrupted
  129, 141, 143  hung up, output closed, terminated
"""
"""For ``--help``."""

DIFF_EXIT_CODES: Final = """\
\b
Exit codes:
  0    no difference (with --used: in what this library uses)
  1    differences
  2    an option cannot be used
  3    no usable codex binary, or an extra is not installed
  130  interrupted
  129, 141, 143  hung up, output closed, terminated
"""
"""The same, as ``diff`` has it."""

THREADS_EXIT_CODES: Final = """\
\b
Exit codes:
  0    done
  1    a file cannot be read or written, or the app-server refused or died
  2    an option cannot be used, or it does not name one thread that there is
  3    no usable app-server (rename, archive), or an extra is not installed
  130  interrupted
  129, 141, 143  hung up, output closed, terminated
"""
"""The same, as ``threads`` has it."""

RELAY_EXIT_CODES: Final = """\
\b
Exit codes:
  0    with --ask: the turn completed; with --print-config: printed
  1    with --ask: the turn failed; or the server of the relay ended by itself
  2    an option or the prompt cannot be used
  3    it cannot listen there, a variable or its store cannot be used, an extra
       is not installed; with --ask: no usable app-server
  130  ended by Ctrl-C
  129, 141, 143  hung up, output closed, terminated
"""
"""The same, as ``relay`` has it."""

_IN_OUR_WORDS: Final = {
    "Set RuntimeConfig(allow_full_access=True)": "Add --allow-full-access",
    "set RuntimeConfig(codex_bin=...)": "give --codex-bin",
    "Give RuntimeConfig(codex_home=...)": "Set CODEX_HOME to",
    "as codex_bin": "as --codex-bin",
    "Pass codex_home or set": "Give --codex-home or set",
    "Session.thread_id or thread/list told": "the last line of an earlier ask told",
}


class OutputClosed(BrokenPipeError):
    """Whoever read our output has gone."""


def exit_of(problem: BaseException) -> Exit:
    """The code for an error that nobody could handle."""
    match problem:
        case RelayServeError():
            return Exit.FAILED
        case StartError() | RelayError():
            return Exit.CANNOT_START
        case (
            InvalidInput()
            | InputTooLarge()
            | ThreadNotFound()
            | ThreadArchived()
            | HomeNotFound()
            | NoThreadFound()
            | AmbiguousThreadId()
        ):
            return Exit.BAD_INPUT
        case TurnInterrupted():
            return Exit.INTERRUPTED
        case BrokenPipeError():
            return Exit.OUTPUT_CLOSED
        case _:
            return Exit.FAILED


def complain(message: str) -> None:
    """Say it on stderr, under our name; wrapped where a terminal would break words."""
    lines = clean(f"codex-runtime: {message}").splitlines()
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        lines = [textwrap.fill(line, width, break_long_words=False) for line in lines]
    print("\n".join(lines), file=sys.stderr, flush=True)


def say_why(problem: BaseException) -> None:
    """Say on stderr what went wrong and what to do, in the words of the command's options."""
    message = str(problem)
    for library, ours in _IN_OUR_WORDS.items():
        message = message.replace(library, ours)
    if isinstance(problem, ThreadNotFound):
        message += ". Threads are kept in CODEX_HOME: is it the one where this thread was made?"
    complain(message)


def hint_for(info: CodexErrorInfo | None) -> str:
    """The way out of a failed turn, empty where there is nothing to add."""
    if isinstance(info, CodexErrorInfoDetail):
        failures = (
            info.http_connection_failed,
            info.response_stream_connection_failed,
            info.response_stream_disconnected,
            info.response_too_many_failed_attempts,
        )
        codes = {failure.http_status_code for failure in failures if failure is not None}
        info = "unauthorized" if HTTPStatus.UNAUTHORIZED in codes else None
    match info:
        case "unauthorized":
            return "Log in with `codex login`, or check the key of your model provider"
        case "usageLimitExceeded" | "rateLimitExceeded" | "sessionBudgetExceeded":
            return "A limit of your account was reached; `codex` in a terminal shows which"
        case "contextWindowExceeded":
            return "The thread is too long for the model: start a new one, without --resume"
        case _:
            return ""


def mute_stdout() -> None:
    """Send what is still buffered for stdout nowhere, so that the exit does not trip over it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
