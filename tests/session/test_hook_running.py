"""Hooks at work: order, chaining, blocks, deadlines, and what a broken hook cannot do."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import BlockedByHook
from codex_runtime.model.attachments import ImageUrl
from codex_runtime.model.hooks.hooks import (
    Block,
    Hook,
    HookAnswer,
    HookConfig,
    HookContext,
    HookFunction,
    HookMatcher,
    HookPhase,
    Mutate,
)
from codex_runtime.protocol.unset import UNSET, UnsetType
from codex_runtime.session.hooks.running import HookRunner

IMAGE = ImageUrl("https://example.org/x.png")
BEFORE = HookContext(phase="pre_run", prompt="p", cwd="/")
TOOL = HookContext(phase="pre_tool_use", tool_name="shell", tool_input={"command": "ls"}, cwd="/")
PAIR: tuple[HookPhase, HookPhase] = ("pre_run", "post_run")


def answers(answer: object, seen: list[HookContext] | None = None) -> HookFunction:
    async def run(context: HookContext) -> HookAnswer:
        await trio.lowlevel.checkpoint()
        if seen is not None:
            seen.append(context)
        return answer  # type: ignore[return-value]

    return run


def raises(problem: BaseException) -> HookFunction:
    async def run(_context: HookContext) -> HookAnswer:
        await trio.lowlevel.checkpoint()
        raise problem

    return run


def plainly_wrong(_context: HookContext) -> HookAnswer:
    return "yes"  # type: ignore[return-value]


async def hangs(_context: HookContext) -> HookAnswer:
    await trio.sleep_forever()


def hook(name: str, run: HookFunction, phases: object = "pre_run", **rest: object) -> Hook:
    return Hook(name, phases, run, **rest)  # type: ignore[arg-type]


def runner(*hooks: Hook) -> HookRunner:
    return HookRunner(HookConfig(hooks))


def outcomes(running: HookRunner) -> list[tuple[str, str, str]]:
    return [(r.hook, r.phase, r.outcome) for r in running.report.records]


def after(phase: HookPhase = "post_run") -> HookContext:
    return HookContext(phase=phase, status="completed", text="x", cwd="/")


# -- order and chaining --------------------------------------------------------------------------


async def test_a_runner_wants_only_the_phases_that_its_hooks_have() -> None:
    running = runner(hook("a", answers(None), PAIR))
    assert running.wants("pre_run")
    assert running.wants("post_run")
    assert not running.wants("pre_turn")
    context = HookContext(phase="pre_turn")
    assert await running.pre(context) is context
    assert running.report.records == ()


async def test_each_pre_hook_sees_what_the_last_one_made_of_it() -> None:
    seen: list[HookContext] = []
    running = runner(
        hook("a", answers(Mutate(prompt="q", metadata={"a": 1}), seen)),
        hook("b", answers(None, seen)),
        hook("c", answers(Mutate(model="m", attachments=(IMAGE,), metadata={"b": 2}), seen)),
    )
    result = await running.pre(BEFORE)
    assert [c.prompt for c in seen] == ["p", "q", "q"]
    assert seen[1].metadata == {"a": 1}
    assert (result.prompt, result.model, result.attachments) == ("q", "m", (IMAGE,))
    assert result.metadata == {"a": 1, "b": 2}
    assert [r.outcome for r in running.report.records] == ["mutated", "proceeded", "mutated"]
    assert running.report.is_clean


async def test_the_first_block_stops_the_phase_and_the_report_says_whose_it_was() -> None:
    running = runner(
        hook("a", answers(Mutate(prompt="q"))),
        hook("b", answers(Block("too late at night"))),
        hook("c", answers(None)),
    )
    with pytest.raises(BlockedByHook) as raised:
        await running.pre(BEFORE)
    error = raised.value
    assert (error.hook, error.phase, error.reason) == ("b", "pre_run", "too late at night")
    assert outcomes(running) == [("a", "pre_run", "mutated"), ("b", "pre_run", "blocked")]
    assert [r.is_block for r in running.report.records] == [False, True]
    assert running.report.records[1].message == "too late at night"
    assert running.report.is_clean


@given(st.permutations(["a", "b", "c", "d"]))
def test_post_hooks_run_in_the_reverse_of_the_order_of_the_pre_hooks(names: list[str]) -> None:
    async def main() -> list[tuple[str, str, str]]:
        running = runner(*(hook(name, answers(None), PAIR) for name in names))
        await running.pre(BEFORE)
        await running.post(after())
        return outcomes(running)

    ran = trio.run(main)
    assert [name for name, phase, _ in ran if phase == "pre_run"] == names
    assert [name for name, phase, _ in ran if phase == "post_run"] == names[::-1]


async def test_after_a_block_those_that_were_let_in_are_told_and_those_that_only_watch() -> None:
    running = runner(
        hook("watches", answers(None), "post_run"),
        hook("first", answers(None), PAIR),
        hook("fails", raises(ValueError("x")), PAIR),
        hook("blocks", answers(Block("no")), PAIR),
        hook("never reached", answers(None), PAIR),
    )
    with pytest.raises(BlockedByHook):
        await running.pre(BEFORE)
    await running.post(after())
    told = [name for name, phase, _ in outcomes(running) if phase == "post_run"]
    assert told == ["fails", "first", "watches"]


async def test_the_tools_phases_are_not_paired() -> None:
    running = runner(hook("both", answers(None), ("pre_tool_use", "post_tool_use")))
    await running.post(after("post_tool_use"))
    assert outcomes(running) == [("both", "post_tool_use", "proceeded")]


async def test_a_hook_runs_where_its_matcher_says_and_symbolic_links_do_not_lead_around_it(
    tmp_path: Path,
) -> None:
    real = tmp_path / "real"
    (real / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "beside").mkdir()

    async def ran(prefix: Path, cwd: Path) -> bool:
        running = runner(hook("a", answers(None), matcher=HookMatcher(cwd_prefix=prefix)))
        await running.pre(HookContext(phase="pre_run", cwd=str(cwd)))
        return bool(running.report.records)

    assert await ran(real, tmp_path / "link" / "sub")
    assert await ran(tmp_path / "link", real / "sub")
    assert not await ran(real, tmp_path / "beside")
    assert not await ran(real, real / ".." / "beside")


# -- tools ---------------------------------------------------------------------------------------


async def test_a_tool_hook_passes_or_blocks_and_the_first_block_counts() -> None:
    shell = HookMatcher(tool="shell")
    running = runner(
        hook("not asked", answers(Block("x")), "pre_tool_use", matcher=HookMatcher(tool="other")),
        hook("passes", answers(None), "pre_tool_use", matcher=shell),
        hook("blocks", answers(Block("not here")), "pre_tool_use", matcher=shell),
        hook("not reached", answers(None), "pre_tool_use"),
    )
    assert await running.tool(TOOL) == Block("not here")
    assert [name for name, _, _ in outcomes(running)] == ["passes", "blocks"]
    assert await runner(hook("passes", answers(None), "pre_tool_use")).tool(TOOL) is None


@pytest.mark.parametrize(
    "run", [raises(ValueError("broken")), answers(5), answers(Mutate(prompt="q"))]
)
async def test_a_broken_tool_hook_blocks_the_tool(run: HookFunction) -> None:
    running = runner(hook("broken", run, "pre_tool_use"), hook("b", answers(None), "pre_tool_use"))
    block = await running.tool(TOOL)
    assert isinstance(block, Block)
    (record,) = running.report.records
    assert (record.outcome, record.is_block) == ("failed", True)
    assert block.reason == record.message


async def test_a_late_tool_hook_blocks_the_tool(
    autojump_clock: trio.testing.MockClock,
) -> None:
    running = runner(hook("late", hangs, "pre_tool_use"))
    assert await running.tool(TOOL) == Block("no answer within 5 s")
    (record,) = running.report.records
    assert (record.outcome, record.elapsed_s) == ("timed_out", 5.0)
    assert autojump_clock.current_time() == 5.0


async def test_hooks_of_tools_that_run_side_by_side_run_side_by_side(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async def slow(_context: HookContext) -> HookAnswer:
        await trio.sleep(3)
        return None

    running = runner(hook("slow", slow, "pre_tool_use"))
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(running.tool, TOOL)
    assert autojump_clock.current_time() == 3
    assert len(running.report.records) == 10


# -- hooks that do not behave --------------------------------------------------------------------


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (raises(ValueError("broken")), "ValueError: broken"),
        (raises(ValueError("half \ud800")), "ValueError: half ?"),
        (raises(Unprintable()), "Unprintable: its text cannot be made"),
        (
            raises(ExceptionGroup("g", [ValueError("a"), ExceptionGroup("h", [OSError("b")])])),
            "ValueError: a; OSError: b",
        ),
        (answers("yes"), "is no answer of a hook"),
        (lambda _context: "yes", "is no answer of a hook"),
        (plainly_wrong, "is no answer of a hook"),
        (answers(Mutate(prompt="x" * 1_048_577)), "turn/start: the prompt has 1048577"),
        (answers(Mutate(attachments=(5,))), "attachments"),
    ],
)
async def test_what_a_hook_does_wrong_is_recorded_and_ignored(
    run: HookFunction, message: str
) -> None:
    running = runner(hook("broken", run), hook("next", answers(Mutate(prompt="q"))))
    assert (await running.pre(BEFORE)).prompt == "q"
    broken, fine = running.report.records
    assert (broken.outcome, broken.is_block, fine.outcome) == ("failed", False, "mutated")
    assert message in broken.message
    assert not running.report.is_clean


async def test_a_change_that_makes_no_sense_is_dropped_as_a_whole() -> None:
    start = HookContext(phase="pre_session_start", cwd="/")
    running = runner(hook("a", answers(Mutate(model="m", prompt="q")), "pre_session_start"))
    assert await running.pre(start) == start
    assert "cannot change prompt in pre_session_start" in running.report.records[0].message


async def test_a_failure_blocks_if_the_hook_says_so() -> None:
    running = runner(hook("a", raises(ValueError("broken")), on_error="block"))
    with pytest.raises(BlockedByHook, match=r"hook 'a' blocked it \(pre_run\): ValueError: broken"):
        await running.pre(BEFORE)
    assert [(r.outcome, r.is_block) for r in running.report.records] == [("failed", True)]


async def test_a_failing_tool_hook_that_is_to_be_ignored_is_no_yes_either() -> None:
    running = runner(hook("a", raises(ValueError("x")), "pre_tool_use", on_error="ignore"))
    assert await running.tool(TOOL) is None
    assert not running.report.is_clean


async def test_a_late_hook_is_cancelled_recorded_and_ignored(
    autojump_clock: trio.testing.MockClock,
) -> None:
    running = runner(hook("late", hangs, timeout_s=2), hook("next", answers(Mutate(prompt="q"))))
    assert (await running.pre(BEFORE)).prompt == "q"
    late = running.report.records[0]
    assert (late.outcome, late.message, late.elapsed_s) == ("timed_out", "no answer within 2 s", 2)
    assert autojump_clock.current_time() == 2


async def test_an_answer_after_the_deadline_does_not_count(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async def holds_on(_context: HookContext) -> HookAnswer:
        with suppress(trio.Cancelled):
            await trio.sleep_forever()
        return Mutate(prompt="late")

    async def breaks(_context: HookContext) -> HookAnswer:
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("torn")

    running = runner(hook("holds on", holds_on), hook("breaks", breaks))
    assert await running.pre(BEFORE) == BEFORE
    assert [r.outcome for r in running.report.records] == ["timed_out", "timed_out"]
    assert running.report.records[1].message == "ValueError: torn"
    assert autojump_clock.current_time() == 10


@pytest.mark.parametrize("phase", ["pre_run", "post_run"])
async def test_cancelling_passes_through_a_hook_even_one_that_swallows_it(phase: HookPhase) -> None:
    async def swallows(_context: HookContext) -> HookAnswer:
        with suppress(trio.Cancelled):
            await trio.sleep_forever()
        return None

    running = runner(hook("next", answers(None), "post_run"), hook("a", swallows, phase))
    context = HookContext(phase=phase, cwd="/")
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(running.pre if phase == "pre_run" else running.post, context)
            await trio.testing.wait_all_tasks_blocked()
            scope.cancel()
    assert scope.cancelled_caught
    assert [r.hook for r in running.report.records] == ["a"]


async def test_cancelling_a_hook_that_honours_it_leaves_no_record() -> None:
    running = runner(hook("a", hangs))
    with trio.CancelScope() as scope:
        scope.cancel()
        await running.pre(BEFORE)
    assert scope.cancelled_caught
    assert running.report.records == ()


async def test_what_is_no_exception_of_the_hook_is_not_caught() -> None:
    with pytest.raises(KeyboardInterrupt):
        await runner(hook("a", raises(KeyboardInterrupt()))).pre(BEFORE)


async def test_post_hooks_never_raise_and_each_has_its_own_time(
    autojump_clock: trio.testing.MockClock,
) -> None:
    running = runner(
        hook("fine", answers(None), "post_run"),
        hook("blocks", answers(Block("x")), "post_run"),
        hook("raises", raises(ValueError("x")), "post_run"),
        hook("hangs", hangs, "post_run", timeout_s=3),
    )
    await running.post(after())
    assert [(r.hook, r.outcome, r.is_block, r.elapsed_s) for r in running.report.records] == [
        ("hangs", "timed_out", False, 3.0),
        ("raises", "failed", False, 0.0),
        ("blocks", "failed", False, 0.0),
        ("fine", "proceeded", False, 0.0),
    ]
    assert autojump_clock.current_time() == 3


# -- any hooks, beside ten lines that say what shall become of them --------------------------------

Behaviour: TypeAlias = Literal["pass", "mutate", "block", "raise", "nonsense", "hang"]
RUNS: dict[Behaviour, HookFunction] = {
    "pass": answers(None),
    "mutate": answers(Mutate(metadata={"m": 1})),
    "block": answers(Block("no")),
    "raise": raises(ValueError("broken")),
    "nonsense": answers(5),
    "hang": hangs,
}
OUTCOMES = {
    "pass": "proceeded",
    "mutate": "mutated",
    "block": "blocked",
    "raise": "failed",
    "nonsense": "failed",
    "hang": "timed_out",
}
behaviours = st.sampled_from(list(RUNS))
on_errors = st.sampled_from([UNSET, "ignore", "block"])
phases_of_a_run = st.sampled_from([("pre_run",), ("post_run",), PAIR])
After: TypeAlias = "tuple[tuple[str, str, str, bool], ...]"


def told(running: HookRunner) -> After:
    return tuple((r.hook, r.phase, r.outcome, r.is_block) for r in running.report.records)


def stops(behaviour: Behaviour, on_error: object) -> bool:
    return behaviour == "block" or (behaviour not in ("pass", "mutate") and on_error == "block")


@given(st.lists(st.tuples(behaviours, on_errors, phases_of_a_run), max_size=5))
def test_whatever_hooks_a_run_has_they_run_in_order_and_end_in_reverse(
    given_: list[tuple[Behaviour, UnsetType | str, tuple[HookPhase, ...]]],
) -> None:
    expected: list[tuple[str, str, str, bool]] = []
    entered: set[int] = set()
    for at, (behaviour, on_error, phases) in enumerate(given_):
        if "pre_run" in phases:
            stop = stops(behaviour, on_error)
            expected.append((str(at), "pre_run", OUTCOMES[behaviour], stop))
            if stop:
                break
            entered.add(at)
    for at, (behaviour, _, phases) in reversed(list(enumerate(given_))):
        if "post_run" in phases and ("pre_run" not in phases or at in entered):
            late = behaviour in ("mutate", "block")  # nothing is left to decide: nonsense
            outcome = "failed" if late else OUTCOMES[behaviour]
            expected.append((str(at), "post_run", outcome, False))
    hooks = [
        hook(str(at), RUNS[behaviour], phases, on_error=_for(on_error, phases))
        for at, (behaviour, on_error, phases) in enumerate(given_)
    ]
    running = runner(*hooks)

    async def run() -> None:
        with suppress(BlockedByHook):
            await running.pre(BEFORE)
        await running.post(HookContext(phase="post_run", status="completed"))

    trio.run(run, clock=trio.testing.MockClock(autojump_threshold=0))
    assert told(running) == tuple(expected)


def _for(on_error: UnsetType | str, phases: tuple[HookPhase, ...]) -> UnsetType | str:
    """Blocking means nothing to a post hook, and is refused there."""
    return UNSET if phases == ("post_run",) else on_error


@given(st.lists(st.tuples(behaviours, on_errors), max_size=5))
def test_whatever_guards_a_tool_has_a_broken_one_lets_nothing_through(
    given_: list[tuple[Behaviour, UnsetType | str]],
) -> None:
    expected: list[tuple[str, str, str, bool]] = []
    for at, (behaviour, on_error) in enumerate(given_):
        seen: Behaviour = "nonsense" if behaviour == "mutate" else behaviour
        stop = stops(seen, "block" if on_error is UNSET else on_error)
        expected.append((str(at), "pre_tool_use", OUTCOMES[seen], stop))
        if stop:
            break
    running = runner(
        *(
            hook(str(at), RUNS[behaviour], "pre_tool_use", on_error=on_error)
            for at, (behaviour, on_error) in enumerate(given_)
        )
    )
    blocks: list[Block | None] = []

    async def run() -> None:
        blocks.append(await running.tool(TOOL))

    trio.run(run, clock=trio.testing.MockClock(autojump_threshold=0))
    assert told(running) == tuple(expected)
    assert (blocks != [None]) == any(stop for *_, stop in expected)
