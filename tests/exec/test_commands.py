"""Commands, configs and retry policies: what is written, what is refused, what is hidden."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime import ConfigError, FullAccessDenied, PromptError, RuntimeConfig, TokenBudget
from codex_runtime.errors import exec as errors
from codex_runtime.errors.exec import ExecFailure, ExecFailureKind, ExecTurnFailed
from codex_runtime.exec import ExecCommand, ExecConfig, ExecResumeCommand, ExecRetry, ExecSession
from codex_runtime.exec.command import refuse_full_access_command
from codex_runtime.exec.launching import build_exec_launch
from codex_runtime.exec.turns import ExecTurn

if TYPE_CHECKING:
    from collections.abc import Callable

THREAD_ID = "01a200b3-26f6-7130-a2ec-a6b25fc3cf18"
WRONG: Any = RuntimeConfig()
TURN = ExecTurn(
    status="failed",
    thread_id=THREAD_ID,
    events=(),
    messages=(),
    usage=None,
    thread_usage=None,
    error=None,
    returncode=1,
    stderr_tail="it hurt",
    started_at_s=0.0,
    duration_s=1.0,
)


@pytest.fixture
def config(tmp_path: Path) -> ExecConfig:
    """One whose binary is there, though it is none."""
    codex = tmp_path / "codex"
    codex.touch(0o755)
    return ExecConfig(codex_bin=codex, cwd=tmp_path, codex_home=tmp_path / "home")


def test_every_option_is_written_as_a_flag() -> None:
    command = ExecCommand(
        "Hi",
        config={"model": "a"},
        enable=("one", "two"),
        disable="three",
        strict_config=True,
        image=(Path("a.png"), "b.png"),
        model="m",
        worktree=True,
        thread_source="user",
        cyber_access_program="standard",
        skip_git_repo_check=True,
        ephemeral=True,
        ignore_user_config=True,
        ignore_rules=True,
        output_schema="schema.json",
        output_last_message=Path("last.txt"),
        sandbox="workspace-write",
        approve_for_me=True,
        cd="there",
        add_dir=["x", "y"],
        profile="p",
        oss=True,
        local_provider="ollama",
        color="never",
    )
    assert sorted(command.arguments()) == [
        "--add-dir=x",
        "--add-dir=y",
        "--approve-for-me",
        "--cd=there",
        "--color=never",
        "--cyber-access-program=standard",
        "--disable=three",
        "--enable=one",
        "--enable=two",
        "--ephemeral",
        "--ignore-rules",
        "--ignore-user-config",
        "--image=a.png",
        "--image=b.png",
        "--local-provider=ollama",
        "--model=m",
        "--oss",
        "--output-last-message=last.txt",
        "--output-schema=schema.json",
        "--profile=p",
        "--sandbox=workspace-write",
        "--skip-git-repo-check",
        "--strict-config",
        "--thread-source=user",
        "--worktree",
    ]


def test_a_command_is_built_with_the_sandbox_of_the_config_and_the_prompt_on_stdin(
    config: ExecConfig,
) -> None:
    launch = build_exec_launch(config, ExecCommand("Hi", model="m"))
    assert launch.argv[1:] == (
        *("exec", "--json", "--model=m"),
        *("-c", 'sandbox_mode="read-only"', "--", "-"),
    )
    resume = ExecResumeCommand("Hi", session_id=THREAD_ID)
    assert build_exec_launch(config, resume).argv[1:] == (
        *("exec", "resume", "--json"),
        *("-c", 'sandbox_mode="read-only"', "--", THREAD_ID, "-"),
    )
    last = ExecResumeCommand("Hi", last=True, all=True)
    assert build_exec_launch(config, last).argv[2:5] == ("resume", "--json", "--last")
    assert build_exec_launch(config, last).argv[-2:] == ("--", "-")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (ExecCommand("x", sandbox="workspace-write"), []),
        (ExecCommand("x", approve_for_me=True), []),
        (ExecCommand("x", config={"sandbox_mode": "workspace-write"}), ["workspace-write"]),
        (ExecResumeCommand("x", last=True), ["read-only"]),
    ],
)
def test_the_sandbox_is_said_once(
    config: ExecConfig, command: ExecCommand | ExecResumeCommand, expected: list[str]
) -> None:
    said = [part for part in build_exec_launch(config, command).argv if "sandbox_mode" in part]
    assert said == [f'sandbox_mode="{mode}"' for mode in expected]


def test_what_a_command_configures_is_over_what_the_session_does(config: ExecConfig) -> None:
    wide = attrs.evolve(config, config_overrides={"model": "a", "x.y": 1}, skip_git_repo_check=True)
    argv = build_exec_launch(wide, ExecCommand("x", config={"model": "b"})).argv
    assert 'model="b"' in argv
    assert "x.y=1" in argv
    assert 'model="a"' not in argv
    assert "--skip-git-repo-check" in argv


def test_a_command_replaces_settings_and_leaves_their_neighbours(config: ExecConfig) -> None:
    whole = {"features": {"a": True, "b": True}, "t": {"x": 1, "y": {"z": 2}}, "odd": {"a b": 1}}
    session = attrs.evolve(config, config_overrides=whole)
    over = {"features.a": False, "t": {"y": 3}, "odd.c": 4}
    argv = build_exec_launch(session, ExecCommand("x", config=over)).argv
    said = [part for part in argv if "=" in part]
    assert said == [
        "features.b=true",
        "t.x=1",
        "features.a=false",
        "t.y=3",
        "odd.c=4",
        'sandbox_mode="read-only"',
    ]


def test_secrets_are_shown_nowhere(config: ExecConfig) -> None:
    keys = {"model_providers": {"p": {"experimental_bearer_token": "s3cret"}}}
    secretive = attrs.evolve(config, env={"API": "s3cret"}, config_overrides=keys)
    command = ExecCommand("s3cret", config={"mcp_servers.x.env": {"A": "s3cret"}})
    session = ExecSession(secretive)
    shown = session.command_line(command) + repr(secretive) + repr(command) + repr(session)
    assert "s3cret" not in shown
    assert "API=***" in shown
    assert "prompt=(6 characters)" in shown


@pytest.mark.parametrize("prompt", ["", "  \n\t", "\udc80", 7, None])
def test_a_prompt_that_codex_would_refuse_is_refused(prompt: Any) -> None:
    with pytest.raises(PromptError):
        ExecCommand(prompt)
    with pytest.raises(PromptError):
        ExecSession().stream(prompt)


@pytest.mark.parametrize(
    "fields",
    [
        {"sandbox": "none"},
        {"color": "blue"},
        {"cyber_access_program": "x"},
        {"model": ""},
        {"model": "a\0b"},
        {"image": ("a,b.png",)},
        {"image": 7},
        {"enable": ("",)},
        {"add_dir": (7,)},
        {"oss": "yes"},
        {"config": ["a"]},
        {"config": {"": 1}},
        {"profile": 7},
        {"output_schema": b"x"},
    ],
)
def test_an_option_that_can_never_work_is_refused_and_named(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        ExecCommand("x", **fields)
    (name,) = fields
    assert caught.value.name.startswith(name)


def test_a_resume_names_one_thread() -> None:
    both: dict[str, Any] = {"session_id": THREAD_ID, "last": True}
    wrongs: list[dict[str, Any]] = [both, {"session_id": ""}]
    for wrong in wrongs:
        with pytest.raises(ConfigError):
            ExecResumeCommand("x", **wrong)
    with pytest.raises(ConfigError, match="names no thread"):
        ExecSession().command_line(ExecResumeCommand("x"))


@pytest.mark.parametrize(
    "command",
    [
        ExecCommand("x", sandbox="danger-full-access"),
        ExecCommand("x", add_dir=("/srv/../..",)),
        ExecCommand("x", config={"profiles.p": {"sandbox_mode": "danger-full-access"}}),
        ExecCommand("x", dangerously_bypass_approvals_and_sandbox=True),
        ExecCommand("x", dangerously_bypass_hook_trust=True),
        ExecResumeCommand("x", trust=True),
        ExecResumeCommand("x", config={"sandbox_mode": "danger-full-access"}),
    ],
)
def test_full_access_is_refused_and_let_through_where_it_is_allowed(
    config: ExecConfig, command: ExecCommand | ExecResumeCommand
) -> None:
    with pytest.raises(FullAccessDenied):
        refuse_full_access_command(command)
    with pytest.raises(FullAccessDenied, match=r"Set ExecConfig\(allow_full_access=True\)"):
        build_exec_launch(config, command)
    build_exec_launch(attrs.evolve(config, allow_full_access=True), command)


@pytest.mark.parametrize(
    "fields",
    [
        {"sandbox": "danger-full-access"},
        {"config_overrides": {"sandbox_mode": "danger-full-access"}},
    ],
)
def test_a_config_with_full_access_needs_to_allow_it(fields: dict[str, Any]) -> None:
    with pytest.raises(FullAccessDenied, match=r"Set ExecConfig\(allow_full_access=True\)"):
        ExecConfig(**fields)
    ExecConfig(**fields, allow_full_access=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"sandbox": None},
        {"codex_bin": 7},
        {"cwd": "a\0b"},
        {"env": {"A": 1}},
        {"env": []},
        {"config_overrides": []},
        {"timeout_s": 0},
        {"idle_timeout_s": -1},
        {"start_timeout_s": None},
        {"shutdown_grace_s": float("inf")},
        {"max_line_bytes": 1},
        {"retry": None},
        {"budget": 7},
        {"skip_git_repo_check": 1},
    ],
)
def test_a_config_that_can_never_work_is_refused_and_named(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        ExecConfig(**fields)
    (name,) = fields
    assert caught.value.name.startswith(name)


def test_a_config_takes_over_what_a_runtime_has() -> None:
    runtime = RuntimeConfig(codex_home="home", env={"A": "b"}, start_timeout_s=7)
    config = ExecConfig.from_runtime(runtime)
    assert (config.codex_home, dict(config.env), config.start_timeout_s) == ("home", {"A": "b"}, 7)


@pytest.mark.parametrize(
    "make",
    [
        lambda: ExecSession(thread_id="my thread"),
        lambda: ExecSession.resume(""),
        lambda: ExecSession(WRONG),
        lambda: ExecSession().command_line(WRONG),
        lambda: ExecSession().command_line("x"),  # type: ignore[arg-type]
        lambda: ExecSession().stream_execute(WRONG),
        lambda: ExecSession().stream_execute_resume(WRONG),
    ],
)
def test_a_session_is_made_of_what_it_needs(make: Callable[[], object]) -> None:
    with pytest.raises(ConfigError):
        make()


# -- attempts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"max_attempts": 0},
        {"max_attempts": True},
        {"max_attempts": 101},
        {"first_pause_s": 0},
        {"first_pause_s": 31},
        {"rerun": ("start",)},
        {"rerun": "nonsense"},
        {"rerun": 7},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        ExecRetry(**fields)


def every_failure() -> list[ExecFailure]:
    classes = [
        value
        for name in errors.__all__
        if isinstance(value := getattr(errors, name), type) and issubclass(value, ExecFailure)
    ]
    return [kind("it failed", TURN, kind=name) for kind in classes for name in kind.kinds]


def test_only_what_surely_did_nothing_is_run_again_by_itself() -> None:
    again = [failure.kind for failure in every_failure() if ExecRetry().allows(failure, 1)]
    assert again == ["start"]


def test_what_may_have_done_something_is_run_again_where_its_kind_is_named() -> None:
    uncertain: tuple[ExecFailureKind, ...] = ("bad_line", "exited", "timed_out", "turn_failed")
    for failure in every_failure():
        retry = ExecRetry(rerun=uncertain)
        assert retry.allows(failure, 2) == (failure.kind in (*uncertain, "start"))
        assert not retry.allows(failure, 3)
        assert not ExecRetry(max_attempts=1, rerun=uncertain).allows(failure, 1)


@given(st.integers(1, 100), st.floats(0, 1))
def test_a_pause_is_never_longer_than_its_bound(attempts: int, draw: float) -> None:
    retry = ExecRetry(first_pause_s=1, longest_pause_s=30)
    assert 0 <= retry.pause_s(attempts, draw) <= min(2.0 ** (attempts - 1), 30)


# -- failures ------------------------------------------------------------------------------------


def test_every_kind_of_failure_has_one_class() -> None:
    kinds = [failure.kind for failure in every_failure()]
    assert sorted(kinds) == sorted(get_args(ExecFailureKind))


def test_a_failure_tells_the_facts() -> None:
    failure = ExecTurnFailed("high demand", TURN, kind="turn_failed")
    assert (failure.thread_id, failure.returncode, failure.stderr_tail) == (THREAD_ID, 1, "it hurt")
    for fact in ("high demand", "exit code 1", THREAD_ID, "it hurt"):
        assert fact in str(failure)


def test_a_budget_may_be_shared_with_any_session() -> None:
    budget = TokenBudget(100)
    assert ExecConfig(budget=budget).budget is budget


def test_a_failure_can_be_pickled_with_all_that_it_holds() -> None:
    for failure in every_failure():
        again = pickle.loads(pickle.dumps(failure))
        assert (type(again), str(again)) == (type(failure), str(failure))
        assert (again.kind, again.turn) == (failure.kind, failure.turn)
        assert again.outcome_certain == failure.outcome_certain
