"""Hooks as values: what is refused at once, what may be answered when, and how layers merge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial, reduce

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.errors import HookError
from codex_runtime.model.attachments import ImageUrl
from codex_runtime.model.hooks.hooks import (
    Block,
    Hook,
    HookAnswer,
    HookConfig,
    HookContext,
    HookMatcher,
    HookPhase,
    HookRecord,
    HookReport,
    Mutate,
    ShellCommand,
    check_answer,
    merge_hook_configs,
)

IMAGE = ImageUrl("https://example.org/x.png")


async def passes(_context: HookContext) -> HookAnswer:
    return None


async def other(_context: HookContext) -> HookAnswer:
    return None


def plain(_context: HookContext) -> HookAnswer:
    return None


class Callables:
    async def method(self, _context: HookContext) -> HookAnswer:
        return None

    async def __call__(self, _context: HookContext) -> HookAnswer:
        return None


def hook(name: str = "h", phases: object = "pre_run", run: object = passes, **rest: object) -> Hook:
    return Hook(name, phases, run, **rest)  # type: ignore[arg-type]


# -- one hook ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "run",
    [
        passes,
        partial(passes),
        Callables().method,
        Callables(),
        lambda _context: passes(_context),  # noqa: PLW0108 - one that ruff would inline, too
        plain,
        partial(plain),
        ShellCommand("true"),
    ],
)
def test_a_function_in_any_form_and_a_command_are_hooks(run: object) -> None:
    assert hook(run=run).run is run


def test_what_is_left_out_of_a_hook_is_cautious() -> None:
    plain = hook()
    assert (plain.matcher, plain.timeout_s, plain.required) == (None, 5.0, False)
    assert plain.phases == ("pre_run",)
    assert hook(phases=["pre_run", "post_run", "pre_run"]).phases == ("pre_run", "post_run")


@pytest.mark.parametrize(
    ("phase", "on_error", "blocks"),
    [
        ("pre_tool_use", None, True),
        ("pre_tool_use", "ignore", False),
        ("pre_turn", None, False),
        ("pre_turn", "block", True),
        ("post_turn", None, False),
    ],
)
def test_only_the_use_of_a_tool_is_blocked_by_a_failure_unless_said_otherwise(
    phase: HookPhase, on_error: str | None, blocks: bool
) -> None:
    given_option = {} if on_error is None else {"on_error": on_error}
    assert hook(phases=phase, **given_option).blocks_on_error(phase) is blocks


def test_a_failure_after_the_fact_blocks_nothing() -> None:
    both = hook(phases=("pre_run", "post_run"), on_error="block")
    assert both.blocks_on_error("pre_run")
    assert not both.blocks_on_error("post_run")


def yields(_context: HookContext) -> Iterator[HookAnswer]:
    yield None


@pytest.mark.parametrize(
    ("changes", "at_fault"),
    [
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"phases": ()}, "phases"),
        ({"phases": "pre_everything"}, "phases"),
        ({"phases": ["pre_run", 5]}, "phases"),
        ({"phases": None}, "phases"),
        ({"phases": [[]]}, "phases"),
        ({"run": yields}, "run"),
        ({"run": partial(yields)}, "run"),
        ({"run": "echo"}, "run"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"timeout_s": float("inf")}, "timeout_s"),
        ({"on_error": "raise"}, "on_error"),
        ({"on_error": None}, "on_error"),
        ({"phases": "post_run", "on_error": "block"}, "on_error"),
        ({"required": 1}, "required"),
        ({"matcher": "shell"}, "matcher"),
        ({"matcher": HookMatcher(tool="shell")}, "matcher"),
        ({"phases": ("pre_tool_use", "pre_turn"), "matcher": HookMatcher(tool="a")}, "matcher"),
    ],
)
def test_a_hook_that_cannot_work_is_refused_and_the_field_is_named(
    changes: dict[str, object], at_fault: str
) -> None:
    with pytest.raises(HookError) as raised:
        hook(**changes)  # type: ignore[arg-type]
    assert raised.value.name == at_fault


@pytest.mark.parametrize(
    ("make", "at_fault"),
    [
        (lambda: ShellCommand(""), "command"),
        (lambda: ShellCommand("a\0b"), "command"),
        (lambda: ShellCommand("true", env={"A=B": "c"}), "env"),
        (lambda: ShellCommand("true", env={"A\0": "c"}), "env"),
        (lambda: ShellCommand("true", env={"A": "\0"}), "env['A']"),
        (lambda: ShellCommand("true", env={"A": 5}), "env['A']"),  # type: ignore[dict-item]
        (lambda: ShellCommand("true", cwd=""), "cwd"),
        (lambda: HookMatcher(tool=()), "tool"),
        (lambda: HookMatcher(tool=("a", "")), "tool"),
        (lambda: HookMatcher(cwd_prefix="src"), "cwd_prefix"),
        (lambda: HookMatcher(cwd_prefix="/a\0"), "cwd_prefix"),
        (lambda: Block(""), "reason"),
        (lambda: Mutate(prompt=""), "prompt"),
        (lambda: Mutate(prompt="\ud800"), "prompt"),
        (lambda: Mutate(model=5), "model"),  # type: ignore[arg-type]
        (lambda: Mutate(attachments="x"), "attachments"),
        (lambda: Mutate(attachments=5), "attachments"),
        (lambda: HookConfig(hook()), "hooks"),
        (lambda: HookConfig(5), "hooks"),
        (lambda: HookConfig(["h"]), "hooks"),
        (lambda: HookConfig(skip=[5]), "skip"),  # type: ignore[list-item]
        (lambda: HookConfig([hook("twice"), hook("twice", run=other)]), "hooks"),
    ],
)
def test_the_parts_of_a_hook_are_refused_where_they_are_made(
    make: Callable[[], object], at_fault: str
) -> None:
    with pytest.raises(HookError) as raised:
        make()
    assert raised.value.name == at_fault


def test_the_name_that_stands_twice_is_told() -> None:
    with pytest.raises(HookError, match=r"'twice'.*names two hooks"):
        HookConfig([hook("twice"), hook("twice")])


def test_a_command_hides_the_values_of_its_environment() -> None:
    command = ShellCommand("true", env={"TOKEN": "secret", "EMPTY": ""}, cwd="/")
    assert "secret" not in repr(command)
    assert "TOKEN" in repr(command)
    assert command == ShellCommand("true", env={"TOKEN": "secret", "EMPTY": ""}, cwd="/")


def test_a_hook_of_tools_may_be_for_some_tools_alone() -> None:
    both = hook(phases=("pre_tool_use", "post_tool_use"), matcher=HookMatcher(tool="shell"))
    assert both.matcher == HookMatcher(tool=["shell"])


# -- where a hook applies ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matcher", "tool", "cwd", "does"),
    [
        (HookMatcher(), "shell", "/a", True),
        (HookMatcher(tool="shell"), "shell", "/a", True),
        (HookMatcher(tool="shell"), "shell2", "/a", False),
        (HookMatcher(tool=["a", "b"]), "b", "/a", True),
        (HookMatcher(tool="shell"), None, "/a", True),
        (HookMatcher(cwd_prefix="/a/b"), None, "/a/b", True),
        (HookMatcher(cwd_prefix="/a/b/"), None, "/a/b/c", True),
        (HookMatcher(cwd_prefix="/a/b"), None, "/a/bc", False),
        (HookMatcher(cwd_prefix="/a/b"), None, "/a", False),
        (HookMatcher(cwd_prefix="/"), None, "/a", True),
        (HookMatcher(cwd_prefix="/a"), None, None, True),
        (HookMatcher(tool="shell", cwd_prefix="/a"), "shell", "/b", False),
    ],
)
def test_a_matcher_compares_names_exactly_and_paths_by_components_and_lets_in_the_unknown(
    matcher: HookMatcher, tool: str | None, cwd: str | None, does: bool
) -> None:
    assert matcher.matches(tool, cwd) is does


# -- context and answers -------------------------------------------------------------------------


def test_a_change_is_what_the_next_hook_sees() -> None:
    before = HookContext(phase="pre_run", prompt="p", model="m", metadata={"a": 1, "b": [1]})
    change = Mutate(prompt="q", attachments=[IMAGE], metadata={"b": (2,), "c": {"d": None}})
    after = change.apply(before)
    assert (after.prompt, after.model, after.attachments) == ("q", "m", (IMAGE,))
    assert after.metadata == {"a": 1, "b": [2], "c": {"d": None}}
    assert before.metadata == {"a": 1, "b": [1]}
    again = Mutate(model="n", attachments=(IMAGE,)).apply(after)
    assert (again.prompt, again.model, again.attachments) == ("q", "n", (IMAGE, IMAGE))


def test_metadata_is_a_copy_that_cannot_be_written_by_name() -> None:
    inner = [1]
    context = HookContext(phase="pre_run", metadata={"a": inner})
    inner.append(2)
    assert context.metadata == {"a": [1]}
    with pytest.raises(TypeError):
        context.metadata["a"] = 2  # type: ignore[index]


def nested(levels: int) -> object:
    value: object = 0
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": object()}, r"metadata['a']"),
        ({"a": [1, {"b": b"x"}]}, r"metadata['a'][1]['b']"),
        ({"a": float("nan")}, r"metadata['a']"),
        ({"a": {1: 2}}, r"metadata['a'] key"),
        ({1: 2}, "metadata key"),
        ([], "metadata"),
        ({"a": nested(64)}, "metadata['a']" + "[0]" * 64),
    ],
)
def test_metadata_that_json_cannot_say_is_refused_and_its_place_is_told(
    value: dict[str, object], place: str
) -> None:
    makes = partial(Mutate, metadata=value), partial(HookContext, phase="pre_run", metadata=value)
    for make in makes:
        with pytest.raises(HookError) as raised:
            make()
        assert raised.value.name == place


def test_metadata_may_be_as_deep_as_the_limit() -> None:
    assert Mutate(metadata={"a": nested(63)}).metadata["a"] == nested(63)


PRE: list[HookPhase] = ["pre_run", "pre_session_start", "pre_turn", "pre_tool_use"]
POST: list[HookPhase] = ["post_run", "post_session_start", "post_turn", "post_tool_use"]


@pytest.mark.parametrize("phase", PRE + POST)
def test_nothing_and_an_empty_change_may_be_answered_always(phase: HookPhase) -> None:
    assert check_answer(None, phase) is None
    assert check_answer(Mutate(), phase) == Mutate()


@pytest.mark.parametrize("phase", PRE)
def test_every_pre_hook_may_block(phase: HookPhase) -> None:
    assert check_answer(Block("no"), phase) == Block("no")


@pytest.mark.parametrize("phase", POST)
def test_no_post_hook_may_block(phase: HookPhase) -> None:
    with pytest.raises(HookError, match="comes too late"):
        check_answer(Block("no"), phase)


ALLOWED = {
    "pre_run": {"prompt", "model", "attachments", "metadata"},
    "pre_turn": {"prompt", "model", "attachments", "metadata"},
    "pre_session_start": {"model", "metadata"},
}


@pytest.mark.parametrize("phase", PRE + POST)
@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("prompt", Mutate(prompt="x")),
        ("model", Mutate(model="x")),
        ("attachments", Mutate(attachments=(IMAGE,))),
        ("metadata", Mutate(metadata={"x": 1})),
    ],
)
def test_a_phase_takes_only_the_changes_that_make_sense_in_it(
    phase: HookPhase, field: str, change: Mutate
) -> None:
    assert change.changes == {field}
    if field in ALLOWED.get(phase, set()):
        assert check_answer(change, phase) is change
    else:
        with pytest.raises(HookError, match=f"cannot change {field} in {phase}"):
            check_answer(change, phase)


@pytest.mark.parametrize("answer", [True, "block", {"action": "block"}, HookError])
def test_anything_else_is_no_answer(answer: object) -> None:
    with pytest.raises(HookError, match="is no answer of a hook"):
        check_answer(answer, "pre_run")


# -- the merge -----------------------------------------------------------------------------------

RUNS = (passes, other)


@st.composite
def configs(draw: st.DrawFn, *, required: bool = True) -> HookConfig:
    names = draw(st.lists(st.sampled_from("abcde"), unique=True, max_size=4))
    hooks = [
        hook(
            name,
            run=draw(st.sampled_from(RUNS)),
            required=draw(st.booleans()) if required else False,
        )
        for name in names
    ]
    return HookConfig(hooks, draw(st.frozensets(st.sampled_from("abcde"), max_size=2)))


def merged(*layers: HookConfig) -> HookConfig | None:
    """From the least specific layer to the most specific one; None if that is refused."""
    try:
        return reduce(merge_hook_configs, layers)
    except HookError:
        return None


@given(configs())
def test_an_empty_layer_changes_nothing(config: HookConfig) -> None:
    assert merged(HookConfig(), config) == merged(config, HookConfig()) == config


@given(configs(required=False), configs(required=False), configs(required=False))
def test_it_does_not_matter_which_two_layers_are_merged_first(
    least: HookConfig, middle: HookConfig, most: HookConfig
) -> None:
    left = merge_hook_configs(merge_hook_configs(least, middle), most)
    assert left == merge_hook_configs(least, merge_hook_configs(middle, most))


@given(configs(), configs(), configs())
def test_it_does_not_matter_with_required_hooks_either_unless_one_is_touched(
    least: HookConfig, middle: HookConfig, most: HookConfig
) -> None:
    left = merged(least, middle, most)
    upper = merged(middle, most)
    if left is not None:
        assert upper is not None
        assert left == merged(least, upper)


@given(configs(required=False), configs(required=False))
def test_the_overlay_comes_first_its_hooks_win_and_what_it_skips_is_gone(
    defaults: HookConfig, overlay: HookConfig
) -> None:
    both = merge_hook_configs(defaults, overlay)
    names = [h.name for h in both.hooks]
    assert len(names) == len(set(names))
    count = len(overlay.hooks)
    assert both.hooks[:count] == overlay.hooks
    left = [
        h
        for h in defaults.hooks
        if h.name not in overlay.skip and h.name not in {o.name for o in overlay.hooks}
    ]
    assert list(both.hooks[count:]) == left


@given(configs(), configs())
@example(HookConfig([hook("a", required=True)]), HookConfig(skip="a"))
@example(HookConfig([hook("a", required=True)]), HookConfig([hook("a", run=other)]))
@example(HookConfig([hook("a", required=True)]), HookConfig([hook("a", required=True)]))
def test_a_required_hook_is_in_every_merge_or_the_merge_is_refused_naming_it(
    defaults: HookConfig, overlay: HookConfig
) -> None:
    required = [h for h in defaults.hooks if h.required]
    others = {h.name: h for h in overlay.hooks}
    touched = {h.name for h in required if h.name in overlay.skip or others.get(h.name, h) != h}
    if touched:
        with pytest.raises(HookError) as raised:
            merge_hook_configs(defaults, overlay)
        assert raised.value.value in touched
        assert "required hook of a less specific layer" in str(raised.value)
    else:
        both = merge_hook_configs(defaults, overlay)
        assert all(h in both.hooks for h in required)


@given(configs())
def test_a_config_laid_over_itself_without_skips_is_itself(config: HookConfig) -> None:
    plain = HookConfig(config.hooks)
    assert merge_hook_configs(plain, plain) == plain


# -- the report ----------------------------------------------------------------------------------


def test_a_report_is_clean_unless_a_hook_had_a_problem() -> None:
    record = HookRecord(
        hook="h", phase="pre_run", outcome="blocked", message="no", elapsed_s=0.0, is_block=True
    )
    assert HookReport().is_clean
    assert HookReport((record, attrs.evolve(record, outcome="mutated"))).is_clean
    late = attrs.evolve(record, outcome="timed_out")
    failed = attrs.evolve(record, outcome="failed")
    report = HookReport((failed, record, late))
    assert not report.is_clean
    assert report.problems == (failed, late)
