"""Values that grow by making a new one: what each version shows, and what the newest costs."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.model.persistent import GrowingText, Ledger


@attrs.frozen
class Row:
    key: str
    value: int = 0
    is_settled: bool = False


@given(st.lists(st.tuples(st.integers(0, 30), st.text(max_size=3)), max_size=60))
def test_every_version_of_a_text_keeps_what_it_was(steps: list[tuple[int, str]]) -> None:
    versions = [(GrowingText("a"), "a")]
    for at, piece in steps:
        text, expected = versions[at % len(versions)]
        versions.append((text + piece, expected + piece))
        if at % 3 == 0:
            str(text)
    assert [str(text) for text, _ in versions] == [expected for _, expected in versions]


def test_a_text_of_many_pieces_is_the_same_and_shares_them() -> None:
    text, middle = GrowingText(), GrowingText()
    for number in range(1000):
        text += str(number)
        if number == 299:
            middle = text
    assert str(text) == "".join(map(str, range(1000)))
    assert str(middle) == "".join(map(str, range(300)))
    assert str(middle + "!") == str(middle) + "!"
    assert len(text._pieces) <= 256


def test_texts_compare_by_what_they_say() -> None:
    assert GrowingText("ab") == GrowingText("a") + "b"
    assert hash(GrowingText("ab")) == hash(GrowingText("a") + "b")
    assert GrowingText("ab") != "ab"
    assert repr(GrowingText() + "a") == "GrowingText('a')"


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 6), st.integers(0, 9), st.booleans()),
        max_size=50,
    )
)
def test_every_version_of_a_ledger_keeps_what_it_was(
    steps: list[tuple[int, int, int, bool]],
) -> None:
    versions: list[tuple[Ledger[Row], dict[str, Row]]] = [(Ledger(), {})]
    for at, key, value, is_settled in steps:
        ledger, expected = versions[at % len(versions)]
        row = Row(str(key), value, is_settled)
        versions.append((ledger.put(row), {**expected, row.key: row}))
    for ledger, expected in versions:
        rows = list(expected.values())
        assert list(ledger) == rows
        assert [ledger[at] for at in range(-len(rows), len(rows))] == rows * 2
        assert ledger[1:] == tuple(rows[1:])
        assert list(reversed(ledger)) == rows[::-1]
        assert len(ledger) == len(rows)
        assert [ledger.get(str(key)) for key in range(7)] == [
            expected.get(str(key)) for key in range(7)
        ]
        assert ledger == Ledger(rows)
        assert hash(ledger) == hash(Ledger(rows))


def test_a_ledger_is_no_list_and_has_an_end() -> None:
    ledger = Ledger([Row("a"), Row("a", 1)])
    assert ledger != [Row("a", 1)]
    assert repr(ledger) == f"Ledger([{Row('a', 1)!r}])"
    with pytest.raises(IndexError):
        ledger[1]


def test_what_is_settled_is_not_copied_for_what_runs() -> None:
    ledger: Ledger[Row] = Ledger([Row(str(number), is_settled=True) for number in range(100)])
    log = ledger._log
    for value in range(10):
        ledger = ledger.put(Row("new", value))
    assert ledger._log is log
    assert len(ledger._tail) == 1
    ledger = ledger.put(Row("new", 11, is_settled=True))
    assert ledger._log is log
    assert (len(log), ledger._tail) == (101, ())


class Overtaken(list[str]):
    """Pieces to which another thread adds one first, whenever this one is about to."""

    def append(self, piece: str) -> None:
        super().append("from elsewhere")
        super().append(piece)


def test_a_text_that_two_threads_grow_at_once_has_the_own_piece_in_each() -> None:
    text = GrowingText("a") + "b"
    text._pieces = Overtaken(text._pieces)
    assert str(text + "c") == "abc"
    assert str(text + "d" + "e") == "abde"
