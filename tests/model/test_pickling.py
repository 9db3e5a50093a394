"""Results and errors travel: to another process, into a store, as a copy of their own."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import attrs
import pytest

from codex_runtime import errors
from codex_runtime.errors import CodexRuntimeError, InvalidInput
from codex_runtime.model.fold import TurnFold
from codex_runtime.model.hooks.hooks import HookReport
from codex_runtime.model.results import TurnResult, TypedResult
from codex_runtime.model.usage import ContextUsage, TokenUsage
from tests.model.thread_streams import event

WAYS: list[Callable[[Any], Any]] = [
    lambda value: pickle.loads(pickle.dumps(value)),
    copy.deepcopy,
    copy.copy,
]
ERRORS = [
    kind for name in errors.__all__ if issubclass(kind := getattr(errors, name), CodexRuntimeError)
]
USED = TokenUsage(
    input_tokens=1,
    cached_input_tokens=0,
    output_tokens=2,
    reasoning_output_tokens=0,
    total_tokens=3,
)


def folded() -> TurnResult:
    """A result as turns give it, with items that the server named and one that is new."""
    fold = TurnFold("t")
    message = {"type": "agentMessage", "id": "i", "text": "hello"}
    fold.apply(event("item/completed", item=message, completedAtMs=1))
    fold.apply(event("item/completed", item={"type": "brandNew", "id": "j"}, completedAtMs=1))
    return attrs.evolve(
        fold.result("completed"),
        usage=USED,
        usage_by_model=MappingProxyType({"m": USED}),
        hook_report=HookReport(),
        context=ContextUsage(used_tokens=3, window_tokens=None),
    )


# What each parameter of an error's constructor may be, by its name.
SAMPLES: dict[str, object] = {
    "backlog_bytes": 7,
    "backlog_events": 8,
    "bound": "max_backlog_events",
    "code": -32000,
    "data": {"max_chars": 1, "config_write_error_code": "configLayerReadonly"},
    "errno": 28,
    "hint": "Do this",
    "hook": "guard",
    "limit": 9,
    "limit_tokens": 10,
    "looked_for": "of that id",
    "message": "went wrong, found `u` (os error 2)",
    "method": "turn/start",
    "name": "field",
    "path": "/srv/journal",
    "phase": "pre_run",
    "prefix": "01a",
    "problem": "is odd",
    "reason": "because",
    "request_id": 4,
    "result": folded(),
    "returncode": -9,
    "stderr_tail": "the end",
    "thread_id": "t",
    "thread_ids": ["01a1", "01a2"],
    "timeout_s": 1.5,
    "tried": ["here", "there"],
    "turn_id": "u",
    "used_tokens": 11,
    "value": ["given"],
    "where": "/srv/home",
    "written": False,
}


def made(kind: type[CodexRuntimeError]) -> CodexRuntimeError:
    """An error of that type with a value for every parameter."""
    given: list[object] = []
    named: dict[str, object] = {}
    if kind.__init__ is Exception.__init__:
        return kind("a message", 1)
    for name, parameter in inspect.signature(kind).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[name] = SAMPLES[name]
        else:
            given.append(SAMPLES[name])
    return kind(*given, **named)


@pytest.mark.parametrize("way", WAYS)
def test_a_result_comes_back_equal(way: Callable[[Any], Any]) -> None:
    result = folded()
    assert result.text == "hello"
    assert way(result) == result
    assert way(result).usage_by_model == {"m": USED}
    typed = TypedResult.of(result, 5)
    assert way(typed) == typed
    assert type(way(typed)) is TypedResult


def test_the_usage_by_model_of_a_result_is_a_copy_of_its_own() -> None:
    costs = {"m": USED}
    result = attrs.evolve(folded(), usage_by_model=costs)
    costs["n"] = USED
    assert result.usage_by_model == {"m": USED}
    assert attrs.asdict(result)["usage_by_model"]["m"]["total_tokens"] == 3


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("way", WAYS)
def test_every_error_comes_back_with_its_type_text_and_facts(
    kind: type[CodexRuntimeError], way: Callable[[Any], Any]
) -> None:
    error = made(kind)
    error.add_note("seen twice")
    back = way(error)
    assert type(back) is kind
    assert (str(back), back.args, vars(back)) == (str(error), error.args, vars(error))
    assert (back.retryable, back.outcome_certain) == (error.retryable, error.outcome_certain)


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_is_still_an_error_of_ours(kind: type[CodexRuntimeError]) -> None:
    back = pickle.loads(pickle.dumps(made(kind)))
    with pytest.raises(CodexRuntimeError):
        raise back
    assert isinstance(back, ValueError) == issubclass(kind, InvalidInput)
