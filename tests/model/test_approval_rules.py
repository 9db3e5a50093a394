"""Rules accept what they understand in full, and nothing else, however they are combined."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codex_runtime.errors import InvalidInput
from codex_runtime.model.requests.approvals import ApprovalRequest
from codex_runtime.model.requests.kinds import read_server_request
from codex_runtime.model.rules.rules import (
    ApprovalRule,
    RuleVerdict,
    accept_commands,
    accept_reads,
    accept_within,
    decline_all,
)
from codex_runtime.model.rules.shell_words import NotUnderstood, split_words
from codex_runtime.protocol import (
    AddPatchChangeKind,
    DeletePatchChangeKind,
    FileChange,
    FileUpdateChange,
    UpdatePatchChangeKind,
)
from codex_runtime.protocol.unknown import UnknownVariant

COMMAND = "item/commandExecution/requestApproval"
CHANGE = "item/fileChange/requestApproval"
TURN = {"threadId": "thread", "turnId": "turn", "itemId": "item", "startedAtMs": 1}
READ = {"type": "read", "command": "cat a", "name": "a", "path": "/w/a"}
LISTED = {"type": "listFiles", "command": "ls"}
SEARCHED = {"type": "search", "command": "rg a"}
OTHER = {"type": "unknown", "command": "?"}
STRANGE = {"type": "odour"}
OUTSIDE = "/nowhere-near"


def command(script: str, *, actions: Any = (READ,), **fields: Any) -> Any:
    """A request as the real server makes it: the script in a login shell."""
    shown = f"/bin/bash -lc {shlex.quote(script)}"
    return approval(COMMAND, {"command": shown, "commandActions": actions} | fields)


def approval(method: str, params: dict[str, Any], **options: Any) -> Any:
    request = read_server_request(1, method, json.dumps(TURN | params).encode(), **options)
    assert isinstance(request, ApprovalRequest)
    return request


def changes(*paths: str, **options: Any) -> Any:
    """A request to add files."""
    return changing(
        *(FileUpdateChange(path=path, diff="", kind=AddPatchChangeKind()) for path in paths),
        **options,
    )


def changing(*parts: FileUpdateChange, **params: Any) -> Any:
    item = FileChange(id="item", status="inProgress", changes=[*parts])
    return approval(CHANGE, params, item=item)


def old_command(*words: str, parsed: Any = (), **params: Any) -> Any:
    fields = {"callId": "c", "conversationId": "t", "cwd": "/w", "command": words}
    return _old("execCommandApproval", fields | {"parsedCmd": parsed} | params)


def old_patch(parts: dict[str, Any], **params: Any) -> Any:
    fields = {"callId": "c", "conversationId": "t", "fileChanges": parts}
    return _old("applyPatchApproval", fields | params)


def _old(method: str, params: dict[str, Any]) -> Any:
    return read_server_request(1, method, json.dumps(params).encode())


PERMISSIONS = approval("item/permissions/requestApproval", {"cwd": "/w", "permissions": {}})


# -- reads -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        "cat a.txt",
        "cat 'a b' \"c\"",
        "cat -- -n",
        "ls",
        "ls -la /etc",
        "head -n 5 a",
        "tail -n +3 'ä ö'",
        "nl ä.txt",
        "du -sh .",
        "grep -rn 'foo$' src",
        "find . -maxdepth 2 -name '*.py' -mtime -7 -print",
        "rg foo",
        "rg -n -tpy -A3 --glob='*.py' -e 'a|b' -- --pre",
        "rg --files -uu -",
        "sed -n 1,5p a.txt",
        "sed -n '3,$p' a b",
        "sed -n 7p a",
    ],
)
async def test_a_command_that_only_reads_is_accepted(script: str) -> None:
    rule = accept_reads()
    for actions in ([READ], [LISTED, SEARCHED]):
        request = command(script, actions=actions)
        assert rule.explain(request).accepts
        assert await rule(request) == request.accept()


# What the real server takes for a reading, a listing or a search, and what else is dangerous.
@pytest.mark.parametrize(
    "script",
    [
        "rg --pre sh foo",
        "rg --pre=sh foo",
        "rg -z foo",
        "rg -nz foo",
        "rg --search-zip foo",
        "rg --hostname-bin sh foo",
        "find . -delete",
        "find . -name x -fprint out",
        "find . -exec rm '{}' ';'",
        "find . -execdir rm '{}' '+'",
        "find . -ok rm '{}' ';'",
        "fd -x rm",
        "git grep -O foo",
        "git status",
        "awk 'BEGIN{system(\"rm\")}' x",
        "bat --pager=rm a",
        "less a",
        "tree -o out",
        "sed -n 1w/a/x a",
        "sed -n '1e touch x' a",
        "sed -n 's/a/b/w out' a",
        "sed -i s/a/b/ x",
        "sed -n 1p -i a",
        "sed -n",
        "sed",
        "/srv/cat a",
        "./cat a",
        "sudo cat a",
        "env cat a",
    ],
)
def test_what_may_do_more_than_read_is_not(script: str) -> None:
    verdict = accept_reads().explain(command(script))
    assert verdict.finding == "not understood"
    assert "is not known to read" in verdict.why


@pytest.mark.parametrize("actions", [None, [], [OTHER], [READ, OTHER], [READ, STRANGE]])
def test_the_server_has_to_call_it_reading_too(actions: Any) -> None:
    verdict = accept_reads().explain(command("cat a", actions=actions))
    assert (verdict.finding, verdict.why) == (
        "not understood",
        "the server does not take it for reading alone",
    )


# -- what is more than one simple command ----------------------------------------------------------

TRICKS = [
    "git status; rm -rf /",
    "git status && rm x",
    "git status || rm x",
    "git status & rm x",
    "git status | sh",
    "git status |& sh",
    "git status\nrm x",
    "git status\r\nrm x",
    "git status > x",
    "git status >> x",
    "git status>x",
    "git status < x",
    "git status 2>&1",
    "git status <<EOF\nx\nEOF",
    "git status $(rm x)",
    "git status `rm x`",
    'git status "$(rm x)"',
    'git status "`rm x`"',
    "git status $HOME",
    'git status "$HOME"',
    "git status ${X:=y}",
    "git status <(rm x)",
    "git status $'\\n'",
    "git status !!",
    'git status "!!"',
    "git status ~",
    "git status ~/x",
    "git status *",
    "git status [a]",
    "git status ?",
    "git status {a,b}",
    "git status \\; rm",
    'git status "\\n"',
    "git status 'open",
    'git status "open',
    'git status "open\\',
    "git status # x",
    "git status ^x",
    "git status =ls",
    "(git status)",
    "{ git status; }",
    "! git status",
    "FOO=1 git status",
    "FOO=1",
    "PATH=. cat a",
    "if true; then git status; fi",
    "git status \x00",
    "git status \x1b",
    "git status \u00a0x",
    "git status \u2028rm",
    "",
    " ",
    "''",
]


@pytest.mark.parametrize("script", TRICKS)
@pytest.mark.parametrize("rule", [accept_commands("git status", "cat", "FOO=1"), accept_reads()])
async def test_more_than_one_simple_command_is_not_understood(
    rule: ApprovalRule, script: str
) -> None:
    request = command(script)
    assert rule.explain(request).finding == "not understood"
    assert await rule(request) is None
    assert (~rule).explain(request).finding == "not understood"


@pytest.mark.parametrize(
    "shown",
    [
        "git status",
        "/bin/bash -lc 'git status'",
        '/bin/bash -lc "git status"',
        "/bin/bash -c 'git status'",
        "/usr/bin/sh -lc 'git status'",
        "/bin/zsh -lc 'git status --short'",
        "/bin/bash -lc 'git'\" status\"",
        '/bin/bash -lc "git status \'it\\"s\'"',
        "git\tstatus  -s",
    ],
)
def test_a_command_is_read_as_the_shell_would_that_runs_it(shown: str) -> None:
    request = approval(COMMAND, {"command": shown})
    assert accept_commands("git status").explain(request).accepts


@pytest.mark.parametrize(
    "shown",
    [
        "bash -lc 'git status'",
        "/srv/bash -lc 'git status'",
        "/bin/../srv/bash -lc 'git status'",
        "/bin/bash -ic 'git status'",
        "/bin/bash -l -c 'git status'",
        "/bin/bash -lc 'git status' x",
        "/usr/bin/fish -lc 'git status'",
        "/bin/bash -lc \"/bin/bash -lc 'git status'\"",
    ],
)
def test_another_shell_is_a_program_like_any_other(shown: str) -> None:
    request = approval(COMMAND, {"command": shown})
    assert accept_commands("git status").explain(request).finding == "no match"


@given(st.text(st.sampled_from("ab =;|&$`'\"\\\n*~{}!#><-"), max_size=12))
@example('a \'"\' "\'" "\\"\\$" a-b')
@settings(max_examples=60, deadline=None)
def test_words_are_what_the_shell_makes_of_them_or_not_understood(script: str) -> None:
    try:
        words = split_words(script)
    except NotUnderstood:
        return
    # "a" is no program, so that the shell shows its arguments and runs nothing.
    shown = subprocess.run(
        ["/bin/bash", "-c", f"printf '<%s>' x {script}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    assert shown.stdout == "".join(f"<{word}>" for word in ["x", *words])
    assert shown.stderr == ""


# shlex leaves "=" as it is, which zsh would expand at the beginning of a word.
quotable = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.lists(quotable.filter(lambda word: not word.startswith("=")), max_size=4))
@example(["it's", 'a "b"', "$x", "`y`", "\\", "", "-"])
def test_words_that_were_quoted_come_back(words: list[str]) -> None:
    assert split_words(shlex.join(words)) == words


# -- prefixes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "accepted"),
    [
        ("git status", True),
        ("git status --short", True),
        ("'git' \"status\"", True),
        ("npm test", True),
        ("git statusx", False),
        ("git push", False),
        ("git", False),
        ("git -C x status", False),
        ("/usr/bin/git status", False),
        ("npm", False),
        ("time git status", False),
    ],
)
async def test_a_command_is_accepted_by_its_first_words(script: str, *, accepted: bool) -> None:
    rule = accept_commands("git status", ["npm", "test"])
    request = command(script, actions=[OTHER])
    assert rule.explain(request).finding == ("accept" if accepted else "no match")
    assert await rule(request) == (request.accept() if accepted else None)


@pytest.mark.parametrize(
    ("prefixes", "problem"),
    [
        ((), "is empty"),
        (("",), "is not a list of words"),
        (([],), "is not a list of words"),
        ((["git", ""],), "is not a list of words"),
        (("git; rm",), "';' may be more than text"),
        (("git *",), "may be more than text"),
    ],
)
def test_a_prefix_is_plain_words(prefixes: Any, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        accept_commands(*prefixes)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "writeStdin"},
        {"kind": "newer"},
        {"networkApprovalContext": {"host": "a.example", "protocol": "https"}},
        {"additionalPermissions": {"network": {"enabled": True}}},
        {"approvalId": "part"},
        {"environmentId": "elsewhere"},
        {"newer": 1},
        {"command": None},
        {"availableDecisions": ["cancel"]},
        {"availableDecisions": []},
        # As the server shows one with hidden permissions to a client without experimental_api.
        {"proposedExecpolicyAmendment": ["cat"], "availableDecisions": ["accept", "cancel"]},
    ],
)
def test_a_command_with_something_unusual_about_it_is_not_understood(
    fields: dict[str, Any],
) -> None:
    request = command("cat a", **fields)
    for rule in (accept_reads(), accept_commands("cat")):
        assert rule.explain(request).finding == "not understood"


def test_the_usual_is_understood() -> None:
    offer = {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["cat"]}}
    for fields in (
        {"environmentId": "local", "reason": "because", "cwd": "/w"},
        {
            "proposedExecpolicyAmendment": ["cat"],
            "availableDecisions": ["accept", offer, "cancel"],
        },
        {"proposedExecpolicyAmendment": ["cat"]},
        {"availableDecisions": ["accept"]},
    ):
        assert accept_reads().explain(command("cat a", **fields)).accepts


# -- files -----------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root" / "sub").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    return tmp_path / "root"


async def test_a_change_within_the_folders_is_accepted(root: Path, tmp_path: Path) -> None:
    rule = accept_within(root, str(tmp_path / "other"))
    request = changes(f"{root}/a", f"{root}/sub/new/b", f"{tmp_path}/other/c")
    assert rule.explain(request).accepts
    assert await rule(request) == request.accept()
    moved = UpdatePatchChangeKind(move_path=f"{root}/b")
    here = f"{root}/a"
    for kind in (moved, UpdatePatchChangeKind(), DeletePatchChangeKind()):
        assert rule.explain(changing(FileUpdateChange(path=here, diff="", kind=kind))).accepts


@pytest.mark.parametrize(
    ("path", "finding"),
    [
        ("../other/a", "no match"),
        ("sub/../../other/a", "no match"),
        ("../rootx/a", "no match"),
        ("..", "no match"),
        (".git/hooks/pre-commit", "not understood"),
        ("sub/.GIT/config", "not understood"),
        (".git", "not understood"),
        (".codex/config.toml", "not understood"),
        (".agents/x", "not understood"),
        (".gitignore", "accept"),
        ("sub/..", "accept"),
        ("sub/", "accept"),
        ("sub/../a", "accept"),
        ("..a", "accept"),
    ],
)
def test_it_depends_on_where_the_path_really_leads(root: Path, path: str, finding: str) -> None:
    assert accept_within(root).explain(changes(f"{root}/{path}")).finding == finding


def test_a_link_that_leads_out_or_in_is_not_understood(root: Path, tmp_path: Path) -> None:
    (root / "out").symlink_to(tmp_path / "other")
    (root / "out.txt").symlink_to(tmp_path / "other" / "secret.txt")
    (tmp_path / "in.txt").symlink_to(root / "a.txt")
    (root / "loop").symlink_to(root / "loop")
    rule = accept_within(root)
    assert rule.explain(changes(f"{root}/out/a")).finding == "no match"
    assert rule.explain(changes(f"{root}/out/../a")).finding == "no match"
    assert rule.explain(changes(f"{root}/out.txt")).finding == "not understood"
    assert rule.explain(changes(f"{tmp_path}/in.txt")).finding == "not understood"
    assert rule.explain(changes(f"{root}/loop/a")).finding == "accept"


def test_a_folder_is_known_by_any_of_its_names(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    assert accept_within(tmp_path / "alias").explain(changes(f"{root}/a")).accepts
    assert accept_within(root).explain(changes(f"{tmp_path}/alias/a")).accepts


def test_a_folder_in_a_protected_one_can_be_named(root: Path) -> None:
    rule = accept_within(root / ".git" / "info")
    assert rule.explain(changes(f"{root}/.git/info/exclude")).accepts
    assert rule.explain(changes(f"{root}/.git/config")).finding == "no match"


def test_a_folder_that_is_not_there_holds_what_would_be_in_it(tmp_path: Path) -> None:
    rule = accept_within(tmp_path / "later")
    assert rule.explain(changes(f"{tmp_path}/later/a")).accepts
    assert rule.explain(changes(f"{tmp_path}/a")).finding == "no match"


def test_one_change_outside_is_one_too_many(root: Path) -> None:
    rule = accept_within(root)
    assert rule.explain(changes(f"{root}/a", f"{OUTSIDE}/b")).finding == "not understood"
    moved = UpdatePatchChangeKind(move_path=f"{OUTSIDE}/b")
    away = FileUpdateChange(path=f"{root}/a", diff="", kind=moved)
    assert rule.explain(changing(away)).finding == "not understood"
    assert rule.explain(changes(f"{OUTSIDE}/a", f"{OUTSIDE}/b")).finding == "no match"


def test_changes_that_are_not_all_known_are_not_understood(root: Path) -> None:
    path = f"{root}/a"
    odd = FileUpdateChange(path=path, diff="", kind=UnknownVariant(name="odour", raw=b"{}"))
    newer = FileUpdateChange(
        path=path, diff="", kind=AddPatchChangeKind(), extra_fields={"copyTo": "/etc"}
    )
    requests = [
        approval(CHANGE, {}),  # its item was not seen
        changing(),
        changing(odd),
        changing(newer),
        changes("a"),
        changes(f"{root}/a\0b"),
        changes(path, grantRoot=str(root)),
        changes(path, newer=1),
        command("cat a"),
        PERMISSIONS,
    ]
    for request in requests:
        assert accept_within(root).explain(request).finding == "not understood"


def test_a_relative_folder_is_taken_from_where_the_rule_was_made(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    rule = accept_within(".")
    monkeypatch.chdir("/")
    assert rule.explain(changes(f"{root}/a")).accepts
    assert rule.explain(changes(f"{OUTSIDE}/a")).finding == "no match"


@pytest.mark.parametrize("paths", [(), (5,), ("",), ("a\0b",), (None,), (b"/w",)])
def test_a_folder_is_a_path(paths: Any) -> None:
    with pytest.raises(InvalidInput):
        accept_within(*paths)


# -- the older kinds -------------------------------------------------------------------------------


async def test_commands_asked_the_older_way_are_judged_alike() -> None:
    reading = [{"type": "read", "cmd": "cat a", "name": "a", "path": "a"}]
    request = old_command("bash", "-lc", "cat a", parsed=reading)
    assert accept_reads().explain(request).finding == "not understood"
    for words in (["cat", "a; rm x"], ["/bin/bash", "-lc", "cat a"]):
        request = old_command(*words, parsed=reading)
        assert await accept_reads()(request) == request.accept()
        assert accept_commands("cat").explain(request).accepts
        assert not accept_reads().explain(old_command(*words)).accepts
    for odd in (
        old_command("/bin/bash", "-lc", "cat a; rm x", parsed=reading),
        old_command(parsed=reading),
        old_command("cat", parsed=reading, approvalId="part"),
        old_command("cat", parsed=reading, newer=1),
    ):
        assert accept_reads().explain(odd).finding == "not understood"
        assert accept_commands("cat").explain(odd).finding == "not understood"


async def test_patches_asked_the_older_way_are_judged_alike(root: Path) -> None:
    rule = accept_within(root)
    added, deleted = {"type": "add", "content": ""}, {"type": "delete", "content": ""}
    moved = {"type": "update", "unified_diff": "", "move_path": f"{root}/c"}
    kept = {"type": "update", "unified_diff": ""}
    request = old_patch(
        {f"{root}/a": added, f"{root}/b": deleted, f"{root}/d": moved, f"{root}/e": kept}
    )
    assert await rule(request) == request.accept()
    assert rule.explain(old_patch({f"{OUTSIDE}/a": added})).finding == "no match"
    away = moved | {"move_path": f"{OUTSIDE}/c"}
    for odd in (
        old_patch({f"{root}/a": away}),
        old_patch({f"{root}/a": {"type": "odour"}}),
        old_patch({f"{root}/a": added}, grantRoot="/"),
        old_patch({}),
    ):
        assert rule.explain(odd).finding == "not understood"


# -- combinations ----------------------------------------------------------------------------------

GIT, PUSH = accept_commands("git"), accept_commands("git push")


@pytest.mark.parametrize(
    ("rule", "script", "finding"),
    [
        (GIT & ~PUSH, "git status", "accept"),
        (GIT & ~PUSH, "git push", "decline"),
        (GIT & ~PUSH, "git push; rm x", "not understood"),
        (GIT & ~PUSH, "ls", "no match"),
        (GIT & PUSH, "git push", "accept"),
        (GIT & PUSH, "git status", "no match"),
        (GIT | accept_commands("ls"), "ls", "accept"),
        (GIT | accept_commands("ls"), "rm", "no match"),
        (GIT | decline_all(), "git status", "decline"),
        (GIT & decline_all(), "git status", "decline"),
        (~GIT, "rm x", "no objection"),
        (~GIT, "git status", "decline"),
        (~~GIT, "git status", "not understood"),
        (~~GIT, "rm x", "no match"),
        (~decline_all(), "git status", "not understood"),
        (GIT & accept_within("/"), "git status", "not understood"),
        (GIT | accept_within("/"), "git status", "accept"),
        (GIT | ~PUSH, "rm x", "no objection"),
        (~GIT & ~accept_reads(), "git status", "decline"),
    ],
)
def test_a_combination_finds(rule: ApprovalRule, script: str, finding: str) -> None:
    assert rule.explain(command(script, actions=[OTHER])).finding == finding


async def test_permissions_are_never_granted_by_a_rule() -> None:
    for rule in (accept_reads(), GIT, accept_within("/"), GIT & ~PUSH, ~GIT):
        assert await rule(PERMISSIONS) is None
    assert await decline_all()(PERMISSIONS) == PERMISSIONS.decline()


async def test_everything_is_declined() -> None:
    for request in (command("ls"), changes("/a"), old_command("ls"), old_patch({}), PERMISSIONS):
        assert await decline_all()(request) == request.decline()


def test_the_dry_run_shows_what_each_part_finds() -> None:
    verdict = (GIT & ~PUSH).explain(command("git push", actions=[OTHER]))
    git, push = "accept_commands(['git'])", "accept_commands(['git', 'push'])"
    assert str(verdict).splitlines() == [
        "decline: all of: ['git', 'push'] begins with ['git', 'push']",
        f"  accept: {git}: ['git', 'push'] begins with ['git']",
        "  decline: not: ['git', 'push'] begins with ['git', 'push']",
        f"    accept: {push}: ['git', 'push'] begins with ['git', 'push']",
    ]


def test_the_dry_run_names_the_rule() -> None:
    request = changes("/w/a")
    assert str(accept_within("/w").explain(request)) == (
        "accept: accept_within('/w'): ['/w/a'] are inside"
    )
    assert str(decline_all().explain(request)) == (
        f"decline: decline_all(): {CHANGE} is declined like all else"
    )


def test_a_rule_is_shown_as_it_was_written() -> None:
    rule = accept_reads() | GIT & ~PUSH | accept_within("/w") | decline_all()
    assert str(rule) == (
        "(((accept_reads() | (accept_commands(['git']) & ~accept_commands(['git', 'push'])))"
        " | accept_within('/w')) | decline_all())"
    )
    assert (GIT | ~PUSH).explain(command("rm", actions=[OTHER])).rule == "any of"


def test_rules_are_compared_by_value_and_combined_with_rules_alone() -> None:
    assert accept_reads() | GIT == accept_reads() | accept_commands(["git"])
    assert len({accept_reads(), accept_reads(), decline_all(), ~GIT, ~GIT}) == 3
    nothing: Any = None
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = GIT | nothing
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = GIT & nothing


leaves = st.sampled_from(
    [
        accept_reads(),
        GIT,
        PUSH,
        accept_commands("cat"),
        accept_within("/w"),
        accept_within("/"),
        decline_all(),
    ]
)
rules = st.recursive(
    leaves,
    lambda inner: (
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1])
        | st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1])
        | inner.map(lambda rule: ~rule)
    ),
    max_leaves=6,
)
requests = st.sampled_from(
    [
        command("cat a"),
        command("cat a; rm x"),
        command("git push", actions=[OTHER]),
        command("git status", actions=[OTHER], availableDecisions=["cancel"]),
        command("git status", actions=[OTHER]),
        changes("/w/a"),
        changes("/w/a", "/v/b"),
        approval(CHANGE, {}),
        old_command("git", "push"),
        old_patch({"/w/a": {"type": "add", "content": ""}}),
        PERMISSIONS,
    ]
)


def accepting_leaf(verdict: RuleVerdict, *, negated: bool = False) -> bool:
    """A leaf that stands under no ``~`` found an accept."""
    if not verdict.parts:
        return verdict.accepts and not negated
    below = negated or verdict.rule == "not"
    return any(accepting_leaf(part, negated=below) for part in verdict.parts)


@given(rules, requests)
@example(~~GIT, command("git status", actions=[OTHER]))
def test_no_combination_accepts_without_a_leaf_that_does(rule: ApprovalRule, request_: Any) -> None:
    verdict = rule.explain(request_)
    assert not verdict.accepts or accepting_leaf(verdict)


@given(rules, requests)
@example(GIT, PERMISSIONS)
async def test_the_decision_is_the_one_that_the_dry_run_shows(
    rule: ApprovalRule, request_: Any
) -> None:
    verdict = rule.explain(request_)
    answer = await rule(request_)
    if answer is None:
        assert not verdict.accepts
        assert not verdict.declines
    else:
        request_.check(answer)
        assert request_.refuses(answer) is verdict.declines
        assert verdict.accepts is not verdict.declines


@given(rules, rules, requests)
def test_a_decline_of_any_part_declines_the_whole_in_any_order(
    one: ApprovalRule, other: ApprovalRule, request_: Any
) -> None:
    parts = [one.explain(request_), other.explain(request_)]
    declined = any(part.declines for part in parts)
    assert (one | other).explain(request_).declines is declined
    assert (one & other).explain(request_).declines is declined
    assert (one | other).explain(request_).finding == (other | one).explain(request_).finding
    assert (one & other).explain(request_).finding == (other & one).explain(request_).finding


@given(rules, rules, requests)
@example(GIT, ~PUSH, command("git status", actions=[OTHER]))
def test_both_have_to_consent_to_what_both_are_asked(
    one: ApprovalRule, other: ApprovalRule, request_: Any
) -> None:
    findings = {one.explain(request_).finding, other.explain(request_).finding}
    consent = "accept" in findings and findings <= {"accept", "no objection"}
    assert (one & other).explain(request_).accepts is consent


@given(rules, rules, requests)
@example(GIT, accept_reads(), command("git status", actions=[OTHER]))
def test_one_is_enough_where_either_is_asked(
    one: ApprovalRule, other: ApprovalRule, request_: Any
) -> None:
    findings = {one.explain(request_).finding, other.explain(request_).finding}
    consent = "accept" in findings and "decline" not in findings
    assert (one | other).explain(request_).accepts is consent


@given(rules, requests)
def test_what_is_negated_is_never_accepted(rule: ApprovalRule, request_: Any) -> None:
    assert not (~rule).explain(request_).accepts
    assert not (~~rule).explain(request_).accepts
