"""The options of ``codex-runtime`` and its commands.

Owns what may be typed and what it means; everything is checked before anything starts. Does not
run turns (see `ask`, `demo`) nor compare (see `schema`). Enter at `run_command`.
"""

from __future__ import annotations

import io
import os
import sys
import tomllib
from typing import TYPE_CHECKING, Final, TextIO, cast

import click

from codex_runtime import __version__
from codex_runtime.cli.ask import Request
from codex_runtime.cli.ask import ask as run_ask
from codex_runtime.cli.demo import show_demo
from codex_runtime.cli.exits import (
    DIFF_EXIT_CODES,
    EXIT_CODES,
    Exit,
    exit_of,
    mute_stdout,
    say_why,
)
from codex_runtime.cli.faults import FAULTS_EXIT_CODES, show_faults
from codex_runtime.cli.journal import journal
from codex_runtime.cli.relay import relay
from codex_runtime.cli.running import run
from codex_runtime.cli.schema import show_diff
from codex_runtime.cli.threads import threads
from codex_runtime.errors import CodexRuntimeError
from codex_runtime.model.config import ClientInfo, RuntimeConfig
from codex_runtime.model.profile import SessionConfig
from codex_runtime.model.prompt import check_prompt
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.checks import check_thread_id

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run_command"]

_NAME: Final = "codex-runtime"
_SANDBOXES: Final = ("read-only", "workspace-write", "danger-full-access")
_CANCEL_GRACE_S: Final = 1.0  # whoever presses Ctrl-C twice does not want to wait
_FILE: Final = click.Path(exists=False)


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run the command on ``arguments`` (default: ``sys.argv``); returns the exit code."""
    _prepare_streams()
    try:
        code = _group.main(arguments, prog_name=_NAME, standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except click.Abort:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        mute_stdout()
        return Exit.OUTPUT_CLOSED
    except (CodexRuntimeError, OSError) as problem:
        say_why(problem)
        if isinstance(problem, OSError):
            mute_stdout()
        return exit_of(problem)
    return int(code or Exit.COMPLETED)


def _prepare_streams() -> None:
    """See to it that output can be written: a closed stream, an encoding that lacks a character."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller's shell
            descriptor = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, os.fdopen(descriptor, "w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@click.group(name=_NAME, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=_NAME)
def _group() -> None:
    """Drive a real Codex app-server from the terminal."""


@_group.command(epilog=EXIT_CODES)
@click.option("--codex-bin", type=_FILE, help="The codex binary to use.")
@click.option("--fast", is_flag=True, help="No pauses for the reader; as when piped.")
def demo(codex_bin: str | None, *, fast: bool) -> Exit:
    """Watch it work: no account and no key needed.

    The real app-server answers with a scripted model, in a private home and workspace that are
    removed afterwards. Needs a codex binary: pip install 'codex-runtime[codex]'.
    """
    config = _runtime_config(codex_bin, (), allow_full_access=False)
    slow = sys.stdout.isatty() and not fast
    return run(lambda this: show_demo(this, config, slow=slow))


@_group.command(epilog=EXIT_CODES)
@click.argument("prompt", required=False)
@click.option(
    "-C",
    "--cwd",
    type=click.Path(exists=True, file_okay=False),
    default=".",
    help="Working directory of the agent. Default: this one.",
)
@click.option("-m", "--model", help="Model to ask. Default: that of your Codex.")
@click.option("-e", "--effort", help="Reasoning effort, such as low, medium or high.")
@click.option(
    "-s",
    "--sandbox",
    type=click.Choice(_SANDBOXES),
    default="read-only",
    show_default=True,
    help="What commands may touch. workspace-write makes Codex trust the directory from then on.",
)
@click.option("--allow-full-access", is_flag=True, help="Permit --sandbox danger-full-access.")
@click.option("--resume", metavar="THREAD_ID", help="Go on with a thread of an earlier ask.")
@click.option("--ephemeral", is_flag=True, help="Keep nothing: the thread cannot be resumed.")
@click.option(
    "-c",
    "--config",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="A setting of Codex for this run; the value is TOML, else text. May be repeated.",
)
@click.option("--codex-bin", type=_FILE, help="The codex binary to use.")
@click.option(
    "--json", "as_json", is_flag=True, help="Events as JSON, one per line, then a result."
)
@click.option("--demo-model", is_flag=True, help="Ask a scripted model: no account, no key.")
def ask(  # noqa: PLR0913 - one parameter per option
    *,
    prompt: str | None,
    cwd: str,
    model: str | None,
    effort: str | None,
    sandbox: str,
    allow_full_access: bool,
    resume: str | None,
    ephemeral: bool,
    overrides: tuple[str, ...],
    codex_bin: str | None,
    as_json: bool,
    demo_model: bool,
) -> Exit:
    """Ask Codex one PROMPT and watch the answer.

    It runs on your own Codex set-up. Without PROMPT, or with -, the prompt is read from stdin.
    Approvals are declined: nobody is asked. Ctrl-C interrupts the turn and shows what there was; a
    second one leaves at once. The thread stays among your threads, and the last line says how to
    go on with it.
    """
    if sandbox == "danger-full-access" and not allow_full_access:
        raise click.UsageError("--sandbox danger-full-access needs --allow-full-access as well.")
    if resume is not None and (demo_model or ephemeral):
        other = "--demo-model" if demo_model else "--ephemeral"
        raise click.UsageError(f"--resume and {other} exclude each other.")
    if resume is not None:
        check_thread_id(resume)
    text = _prompt(prompt)
    check_prompt(text)
    request = Request(
        prompt=text,
        runtime=_runtime_config(codex_bin, overrides, allow_full_access=allow_full_access),
        session=SessionConfig(
            cwd=cwd,
            model=UNSET if model is None else model,
            effort=UNSET if effort is None else effort,
            sandbox=sandbox,
            ephemeral=ephemeral,
            on_exit="archive" if ephemeral else "detach",
        ),
        resume=resume,
        scripted=demo_model,
    )
    return run(lambda this: run_ask(request, this, as_json=as_json))


_group.add_command(threads)
_group.add_command(journal)
_group.add_command(relay)


@_group.group()
def schema() -> None:
    """Look at the protocol of the app-server."""


@schema.command(epilog=DIFF_EXIT_CODES)
@click.option(
    "--codex", "--codex-bin", "codex_bin", type=_FILE, help="The codex binary to look at."
)
@click.option("--used", is_flag=True, help="Only what this library itself uses.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def diff(codex_bin: str | None, *, used: bool, as_json: bool) -> Exit:
    """Compare the installed Codex with the schema that this library is generated from.

    Shows methods, notifications, requests of the server, fields, enum values and forms of unions:
    added (+), removed (-) and changed (~). Nothing is started but the dump of the schema, and
    nothing of yours is read.
    """
    return run(lambda _this: show_diff(codex_bin, used_only=used, lines=as_json))


@_group.command(epilog=FAULTS_EXIT_CODES)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--face",
    type=click.Choice(("aio", "blocking")),
    help="Play them through a face: codex_runtime.aio or codex_runtime.blocking.",
)
@click.option("--memory-only", is_flag=True, help="Only rows that start no process: seconds.")
@click.option(
    "--naive", is_flag=True, help="Naive controls alone, also where others are installed."
)
@click.option("--markdown", is_flag=True, help="The table alone, as Markdown.")
@click.option("--list", "listed", is_flag=True, help="Only name the rows.")
def faults(
    ids: tuple[str, ...],
    *,
    face: str | None,
    memory_only: bool,
    naive: bool,
    markdown: bool,
    listed: bool,
) -> Exit:
    """Put this client through the catalogue of faults: B1 to B54, R1 to R11.

    Each row is a fault of the app-server or of the machine, and says what must hold. Beside it a
    control does the same, which has to pass without the fault and to fail with it: a row that
    nobody can fail shows nothing. The control is openai-codex, where that is installed and fails
    the row, else a small naive client. No account and no key is needed.
    """
    return run(
        lambda _this: show_faults(
            ids,
            face=face,
            memory_only=memory_only,
            naive=naive,
            markdown=markdown,
            listed=listed,
        )
    )


def _runtime_config(
    codex_bin: str | None, overrides: Sequence[str], *, allow_full_access: bool
) -> RuntimeConfig:
    return RuntimeConfig(
        codex_bin=codex_bin,
        config_overrides=dict(map(_override, overrides)),
        allow_full_access=allow_full_access,
        client_info=ClientInfo(
            name="codex_runtime_cli", title="codex-runtime", version=__version__
        ),
        cancel_grace_s=_CANCEL_GRACE_S,
    )


def _override(given: str) -> tuple[str, object]:
    """``KEY=VALUE``; a value that is no TOML is text, as with codex itself."""
    key, equals, value = given.partition("=")
    if not key.strip() or not equals:
        raise click.UsageError(f"--config {given!r} is not KEY=VALUE.")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value


def _prompt(argument: str | None) -> str:
    if argument is not None and argument != "-":
        return argument
    stdin = cast("TextIO | None", sys.stdin)  # closed by the caller's shell
    if stdin is None or (argument is None and stdin.isatty()):
        raise click.UsageError('No prompt. Give one: ask "…", or pipe it in.')
    try:
        return stdin.buffer.read().decode().rstrip("\n")
    except UnicodeDecodeError as problem:
        raise click.UsageError(
            f"The prompt on stdin is not UTF-8 (byte {problem.start}). Convert it first."
        ) from None
