"""Functions: which are async, which plain, which this library's own, and which never answer."""

from __future__ import annotations

import types
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from codex_runtime.model.functions import is_generator, kind_of, own
from codex_runtime.model.rules.rules import decline_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator


async def waits(value: object) -> object:
    return value


def returns(value: object) -> object:
    return value


@own
async def ours(value: object) -> object:
    return value


def yields(_value: object) -> Iterator[None]:
    yield None


async def yields_later(_value: object) -> AsyncIterator[None]:
    yield None


@types.coroutine
def old_style(_value: object) -> Generator[None, None, None]:
    yield None


class Methods:
    async def waits(self, value: object) -> object:
        return value

    def returns(self, value: object) -> object:
        return value

    @own
    async def __call__(self, value: object) -> object:
        return value


class PlainCall:
    def __call__(self, value: object) -> object:
        return value


class Overridden(Methods):
    async def __call__(self, value: object) -> object:
        return value


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (waits, "async"),
        (partial(waits, 1), "async"),
        (partial(partial(Methods().waits), 1), "async"),
        (returns, "plain"),
        (partial(returns, 1), "plain"),
        (Methods().returns, "plain"),
        (ours, "own"),
        (partial(ours, 1), "own"),
        (Methods(), "own"),
        (Methods().__call__, "own"),
        (decline_all(), "own"),
        (Overridden(), "unknown"),
        (PlainCall(), "unknown"),
        (Mock(), "unknown"),
        (lambda value: value, "unknown"),
        (print, "unknown"),
        ([].append, "unknown"),
        (dict, "unknown"),
    ],
)
def test_what_kind_a_function_is_is_told_by_what_is_called_in_the_end(
    function: object, kind: str
) -> None:
    assert kind_of(function) == kind


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (yields, True),
        (partial(yields, 1), True),
        (yields_later, True),
        (old_style, False),
        (waits, False),
        (returns, False),
        (PlainCall(), False),
    ],
)
def test_a_generator_is_one_unless_it_can_be_awaited(
    function: Any,  # Any: of every kind
    expected: bool,
) -> None:
    assert is_generator(function) is expected
