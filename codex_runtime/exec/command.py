"""`ExecCommand` and `ExecResumeCommand`: one run of ``codex exec``, every flag a field.

Owns which flags there are and how they are written; a test compares them with ``--help``. The
prompt goes over stdin and is in no argument, no ``repr`` and no log. Does not start anything, nor
know the session. Pure. Enter at `ExecCommand`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

import attrs

from codex_runtime.errors import ConfigError, FullAccessDenied, PromptError
from codex_runtime.model.access import is_full_access, refuse_full_access_override
from codex_runtime.model.checks import (
    check_choice,
    check_kind,
    check_mapping,
    check_path,
    check_text,
)
from codex_runtime.model.given_values import copied
from codex_runtime.model.reach import any_reaches_everywhere
from codex_runtime.model.secret_values import shown_config

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ExecColor",
    "ExecCommand",
    "ExecCyberProgram",
    "ExecResumeCommand",
    "ExecSandbox",
    "as_several",
    "check_exec_prompt",
    "flags_of",
    "refuse_full_access_command",
    "refuse_full_access_config",
    "refuse_full_access_sandbox",
]

ExecSandbox: TypeAlias = Literal["read-only", "workspace-write", "danger-full-access"]
ExecColor: TypeAlias = Literal["always", "never", "auto"]
ExecCyberProgram: TypeAlias = Literal["standard", "daybreak_blue", "daybreak_red"]

StrPath: TypeAlias = "str | os.PathLike[str]"

_FLAG: Final = "codex_flag"
_SINCE: Final = "codex_since"
_SANDBOXES: Final = ("read-only", "workspace-write", "danger-full-access")
_COLORS: Final = ("always", "never", "auto")
_PROGRAMS: Final = ("standard", "daybreak_blue", "daybreak_red")
_HINT: Final = "Set ExecConfig(allow_full_access=True) if that is what you want"

ALWAYS: Final = ("--json",)
"""What is always said: the output is read as JSON lines."""
PROMPT_ON_STDIN: Final = "-"


def _flag(flag: str, *, since: tuple[int, int, int] = (0, 0, 0)) -> dict[str, object]:
    return {_FLAG: flag, _SINCE: since}


# Any: each field states its own type beside these.
def _value(flag: str) -> Any:
    return attrs.field(default=None, kw_only=True, metadata=_flag(flag))


def _switch(flag: str, *, since: tuple[int, int, int] = (0, 0, 0)) -> Any:
    return attrs.field(default=False, kw_only=True, metadata=_flag(flag, since=since))


# A value of the wrong kind passes the converters as it is, for the checks to name it.
def _words(value: str | Iterable[str]) -> tuple[str, ...]:
    return cast("tuple[str, ...]", (value,) if isinstance(value, str) else _listed(value))


def _paths(value: StrPath | Iterable[StrPath]) -> tuple[StrPath, ...]:
    one = isinstance(value, str) or hasattr(value, "__fspath__")
    return cast("tuple[StrPath, ...]", (value,) if one else _listed(value))


def _listed(value: object) -> object:
    if isinstance(value, bytes) or not isinstance(value, Iterable):
        return value
    return tuple(cast("Iterable[object]", value))


def _frozen_map(value: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType(copied(value)) if hasattr(value, "keys") else value


def _shown_prompt(prompt: object) -> str:
    return f"({len(prompt)} characters)" if isinstance(prompt, str) else type(prompt).__name__


def _no_config() -> Mapping[str, object]:
    return {}


@attrs.frozen
class _Command:
    """What ``exec`` and ``exec resume`` have in common."""

    prompt: str = attrs.field(repr=_shown_prompt)
    """Sent over stdin; Codex drops a byte order mark at its beginning."""

    config: Mapping[str, object] = attrs.field(
        factory=_no_config,
        kw_only=True,
        converter=_frozen_map,
        repr=shown_config,
        metadata=_flag("--config"),
    )
    """Configuration, nested or with dotted keys, rendered as TOML; over that of `ExecConfig`."""
    enable: tuple[str, ...] = attrs.field(
        default=(), kw_only=True, converter=_words, metadata=_flag("--enable")
    )
    """Features to switch on."""
    disable: tuple[str, ...] = attrs.field(
        default=(), kw_only=True, converter=_words, metadata=_flag("--disable")
    )
    """Features to switch off."""
    strict_config: bool = _switch("--strict-config")
    """Refuse configuration that this Codex does not know (`ExecRefused`)."""
    image: tuple[StrPath, ...] = attrs.field(
        default=(), kw_only=True, converter=_paths, metadata=_flag("--image")
    )
    """Files to attach. Codex itself goes on without one that is missing; we refuse it. No comma."""
    model: str | None = _value("--model")
    worktree: bool = _switch("--worktree")
    """In a new Git worktree that Codex keeps."""
    thread_source: str | None = _value("--thread-source")
    cyber_access_program: ExecCyberProgram | None = attrs.field(
        default=None, kw_only=True, metadata=_flag("--cyber-access-program")
    )
    skip_git_repo_check: bool = _switch("--skip-git-repo-check")
    """Without it Codex runs only in directories under Git or that it trusts (`ExecRefused`)."""
    trust: bool = _switch("--trust", since=(0, 169, 0))
    """Save trust for the project, beyond this run: needs ``allow_full_access``."""
    ephemeral: bool = _switch("--ephemeral")
    """Keep no record: such a thread cannot be resumed."""
    ignore_user_config: bool = _switch("--ignore-user-config")
    ignore_rules: bool = _switch("--ignore-rules")
    output_schema: StrPath | None = attrs.field(
        default=None, kw_only=True, metadata=_flag("--output-schema")
    )
    """A file with the JSON Schema of the answer."""
    output_last_message: StrPath | None = attrs.field(
        default=None, kw_only=True, metadata=_flag("--output-last-message")
    )
    """A file that Codex writes the answer to."""
    dangerously_bypass_approvals_and_sandbox: bool = _switch(
        "--dangerously-bypass-approvals-and-sandbox"
    )
    """Needs ``allow_full_access``."""
    dangerously_bypass_hook_trust: bool = _switch("--dangerously-bypass-hook-trust")
    """Needs ``allow_full_access``: hooks run outside the sandbox."""

    def __attrs_post_init__(self) -> None:
        check_exec_prompt(self.prompt)
        check_mapping("config", self.config, ConfigError)
        for field in attrs.fields(type(self)):
            check = _CHECKS.get(field.name)
            value = getattr(self, field.name)
            if isinstance(field.default, bool):
                check_kind(field.name, value, bool, ConfigError)
            elif field.default == ():
                check_kind(field.name, value, tuple, ConfigError)
                for index, item in enumerate(value):
                    (check or _check_word)(f"{field.name}[{index}]", item)
            elif check is not None and value is not None:
                check(field.name, value)

    def arguments(self) -> tuple[str, ...]:
        """The flags, in the order of the fields, without ``config``; secrets are in ``config``."""
        found: list[str] = []
        for field in attrs.fields(type(self)):
            flag = field.metadata.get(_FLAG)
            value: bool | StrPath | tuple[StrPath, ...] | None = getattr(self, field.name)
            if flag is None or field.name == "config":
                continue
            if isinstance(value, bool):
                found.extend([flag] if value else [])
            else:
                # With "=", so that no value is taken for a flag, and no file for a prompt.
                found.extend(f"{flag}={os.fspath(item)}" for item in as_several(value))
        return tuple(found)

    def positionals(self) -> tuple[str, ...]:
        """What stands behind the flags: that the prompt is on stdin."""
        return ("--", PROMPT_ON_STDIN)

    @property
    def subcommand(self) -> tuple[str, ...]:
        """``exec``, or ``exec resume``."""
        return ("exec",)


@attrs.frozen
class ExecCommand(_Command):
    """``codex exec``: a new thread and its first turn.

    The prompt stands first, every flag by keyword; a flag that is left out is not said, but for the
    sandbox, which is that of `ExecConfig`. Raises `ConfigError` or `PromptError`; what is on disk
    is looked at when it runs.
    """

    sandbox: ExecSandbox | None = attrs.field(
        default=None, kw_only=True, metadata=_flag("--sandbox")
    )
    """None: that of `ExecConfig`. ``danger-full-access`` needs ``allow_full_access``."""
    approve_for_me: bool = _switch("--approve-for-me")
    """Approvals go to Codex's own review, in the workspace-write sandbox."""
    cd: StrPath | None = attrs.field(default=None, kw_only=True, metadata=_flag("--cd"))
    """The agent's directory; relative to the process's, which is ``ExecConfig.cwd``."""
    add_dir: tuple[StrPath, ...] = attrs.field(
        default=(), kw_only=True, converter=_paths, metadata=_flag("--add-dir")
    )
    """More directories that may be written."""
    profile: str | None = _value("--profile")
    """``$CODEX_HOME/<profile>.config.toml`` over the user's configuration."""
    oss: bool = _switch("--oss")
    local_provider: str | None = _value("--local-provider")
    """``lmstudio`` or ``ollama``."""
    color: ExecColor | None = attrs.field(default=None, kw_only=True, metadata=_flag("--color"))
    """Of what Codex writes to stderr."""


@attrs.frozen
class ExecResumeCommand(_Command):
    """``codex exec resume``: one more turn of a thread.

    The thread is ``session_id``, or with ``last`` the newest of the directory; without either a
    session fills in its own. Codex keeps no sandbox with a thread: it is that of `ExecConfig`.
    Raises `ConfigError` or `PromptError`.
    """

    session_id: str | None = attrs.field(default=None, kw_only=True)
    """A thread's id or name. Codex begins a new thread where no thread has that name; that is
    stopped, see `ExecThreadNotFound`."""
    last: bool = _switch("--last")
    all: bool = _switch("--all")
    """With ``last``: of every directory."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.session_id is not None:
            _check_word("session_id", self.session_id)
            if self.last:
                raise ConfigError(
                    "last", self.last, "is given beside session_id", "Keep one of the two"
                )

    def positionals(self) -> tuple[str, ...]:
        """The thread, and that the prompt is on stdin."""
        named = () if self.session_id is None else (self.session_id,)
        return ("--", *named, PROMPT_ON_STDIN)

    @property
    def subcommand(self) -> tuple[str, ...]:
        """``exec resume``."""
        return ("exec", "resume")


def check_exec_prompt(prompt: str) -> None:
    """Raise `PromptError` for what is no prompt of ``codex exec``."""
    check_text("prompt", prompt, PromptError)
    if not prompt.strip():
        raise PromptError("prompt", prompt, "is blank, which Codex refuses", "Give text")


def as_several(value: StrPath | tuple[StrPath, ...] | None) -> tuple[StrPath, ...]:
    """The values of a field that may have one, several or none."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def flags_of(command: type[_Command]) -> dict[str, tuple[int, int, int]]:
    """Every flag that ``command`` may say, with the version of Codex that first had it."""
    found: dict[str, tuple[int, int, int]] = dict.fromkeys(ALWAYS, (0, 0, 0))
    for field in attrs.fields(command):
        if _FLAG in field.metadata:
            found[field.metadata[_FLAG]] = field.metadata[_SINCE]
    return found


def refuse_full_access_command(command: _Command) -> None:
    """Raise `FullAccessDenied` if ``command`` asks to run something outside a sandbox."""
    for name in (
        "dangerously_bypass_approvals_and_sandbox",
        "dangerously_bypass_hook_trust",
        "trust",
    ):
        if getattr(command, name):
            _refuse(name, value=True)
    if isinstance(command, ExecCommand):
        refuse_full_access_sandbox(command.sandbox)
        roots = tuple(os.fspath(path) for path in command.add_dir)
        if any_reaches_everywhere(roots):
            _refuse("add_dir", roots)
    refuse_full_access_config(command.config, "config")


def refuse_full_access_config(config: Mapping[str, object], where: str) -> None:
    """`refuse_full_access_override`, with the way out that there is here."""
    try:
        refuse_full_access_override(config, where)
    except FullAccessDenied as denied:
        raise FullAccessDenied(denied.name, denied.value, denied.problem, _HINT) from None


def refuse_full_access_sandbox(sandbox: object) -> None:
    """Raise `FullAccessDenied` if ``sandbox`` is none."""
    if is_full_access(sandbox):
        _refuse("sandbox", sandbox)


def _refuse(name: str, value: object) -> None:
    raise FullAccessDenied(name, value, "asks for full access, which is not allowed here", _HINT)


def _check_word(name: str, value: object) -> None:
    check_text(name, value, ConfigError)
    if "\0" in str(value):
        raise ConfigError(name, value, "has a NUL character", "Give text without it")


def _check_file(name: str, value: object) -> None:
    check_path(name, value, ConfigError)


def _check_image(name: str, value: object) -> None:
    check_path(name, value, ConfigError)
    if "," in os.fspath(cast("StrPath", value)):
        raise ConfigError(name, value, "has a comma, where Codex splits it", "Rename the file")


def _one_of(*choices: str) -> Callable[[str, object], None]:
    def check(name: str, value: object) -> None:
        check_choice(name, value, choices, ConfigError)

    return check


_CHECKS: Final[dict[str, Callable[[str, object], None]]] = {
    "add_dir": _check_file,
    "cd": _check_file,
    "color": _one_of(*_COLORS),
    "cyber_access_program": _one_of(*_PROGRAMS),
    "image": _check_image,
    "local_provider": _check_word,
    "model": _check_word,
    "output_last_message": _check_file,
    "output_schema": _check_file,
    "profile": _check_word,
    "sandbox": _one_of(*_SANDBOXES),
    "thread_source": _check_word,
}
