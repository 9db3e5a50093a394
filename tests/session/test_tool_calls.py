"""One call of a tool: always answered, within its deadline, with words the model can use."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.model.typed.tools import text_content, tool
from codex_runtime.protocol import (
    DynamicToolCallResponse,
    InputTextDynamicToolContent,
)
from codex_runtime.session.tool_calls import run_tool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trio.testing import MockClock


@tool
async def double(number: int) -> int:
    return 2 * number


def failure(text: str) -> DynamicToolCallResponse:
    return DynamicToolCallResponse(content_items=[text_content(text)], success=False)


async def test_what_a_tool_returns_is_a_success() -> None:
    done = DynamicToolCallResponse(content_items=[text_content("8")], success=True)
    assert await run_tool(double, {"number": 4}) == done


async def test_arguments_of_another_shape_fail_and_the_function_is_not_called() -> None:
    answer = await run_tool(double, {"number": "4"})
    assert answer == failure("invalid arguments: Expected `int`, got `str` - at `$.number`")


async def raise_one() -> None:
    raise FileNotFoundError("no such file: a.txt")


async def raise_in_nursery() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(raise_one)
        nursery.start_soon(raise_too_slow)


async def raise_too_slow() -> None:
    raise trio.TooSlowError("its own deadline")


async def return_a_complex() -> complex:
    return 1j


async def raise_surrogate() -> None:
    raise OSError("a\udcffb")


@pytest.mark.parametrize(
    ("function", "texts"),
    [
        (raise_one, {"FileNotFoundError: no such file: a.txt"}),
        (
            raise_in_nursery,
            {"FileNotFoundError: no such file: a.txt", "TooSlowError: its own deadline"},
        ),
        (raise_too_slow, {"TooSlowError: its own deadline"}),
        (
            return_a_complex,
            {"TypeError: Encoding objects of type complex is unsupported"},
        ),
        (raise_surrogate, {"OSError: a?b"}),
    ],
)
async def test_an_exception_is_told_to_the_model_without_a_traceback_and_logged_with_it(
    caplog: pytest.LogCaptureFixture,
    function: Callable[[], Awaitable[object]],
    texts: set[str],
) -> None:
    answer = await run_tool(tool(function), {})
    assert not answer.success
    (item,) = answer.content_items
    assert isinstance(item, InputTextDynamicToolContent)
    assert set(item.text.split("; ")) == texts
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("codex_runtime", logging.WARNING)
    assert record.exc_info


async def test_a_tool_that_takes_too_long_is_ended_and_the_model_told(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    ended = trio.Event()

    @tool(timeout_s=2.5)
    async def hang() -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    assert await run_tool(hang, {}) == failure("the tool took longer than 2.5 s and was ended")
    assert trio.current_time() == pytest.approx(2.5)
    assert ended.is_set()
    assert "'hang'" in caplog.text


async def fail_when_cancelled() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever)
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("in its cleanup")


async def test_cancelling_passes_through_and_a_failure_beside_it_is_logged(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[object] = []
    with trio.move_on_after(1) as scope:
        answers.append(await run_tool(tool(fail_when_cancelled), {}))
    assert scope.cancelled_caught
    assert answers == []
    assert "in its cleanup" in caplog.text


async def test_the_end_of_the_program_is_no_answer() -> None:
    class Stop(BaseException):
        pass

    async def stop() -> None:
        raise Stop

    async def stop_among_others() -> None:
        raise BaseExceptionGroup("", [Stop(), ValueError()])

    with pytest.raises(Stop):
        await run_tool(tool(stop), {})
    with pytest.RaisesGroup(Stop):
        await run_tool(tool(stop_among_others), {})
