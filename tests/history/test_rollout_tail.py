"""The tail of a rollout is the end of what a reader from its beginning finds."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from codex_runtime.errors import InvalidInput
from codex_runtime.errors.history import RolloutUnreadable
from codex_runtime.history.rollouts import marks
from codex_runtime.history.rollouts.lineage import Part
from codex_runtime.history.rollouts.reader import MAX_LINE_BYTES, open_rollout
from codex_runtime.history.rollouts.story import Message, ToolCall, story
from codex_runtime.history.rollouts.tail import (
    RolloutTail,
    TailCollector,
    tail_backwards,
    tail_forwards,
    tail_rollout,
)
from tests.history.rollout_files import (
    COMPRESSED,
    CONVERSATION,
    LEGACY,
    ROLLOUTS,
    lines_of,
    name_of,
)

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING: Final = 10**6


def pool(*versions: str) -> tuple[list[bytes], list[bytes]]:
    """First lines, and all others, of the rollouts of these versions."""
    each = [lines_of(path) for path in ROLLOUTS if path.parent.name in versions]
    return [lines[0] for lines in each], [line for lines in each for line in lines[1:]]


POOLS: Final = [pool("0.163.0", "0.169.0"), pool("0.42.0", "0.104.0", "0.147.0")]
JUNK: Final = st.one_of(
    st.sampled_from([b"", b"{", b"null", b"\x00\x00", b'{"timestamp":"', b"\xff\xfe", b"[" * 5000]),
    st.binary(max_size=40).map(lambda data: data.replace(b"\n", b" ")),
)


def problem_count(path: Path) -> int:
    """How many lines a reader from the beginning cannot read."""
    with open_rollout(path) as reader:
        for _ in reader:
            pass
        return reader.problem_count


@st.composite
def rollouts(draw: st.DrawFn) -> bytes:
    """Real lines of one way of writing in any order, and what is no line of a rollout."""
    heads, lines = draw(st.sampled_from(POOLS))
    line = st.one_of(st.sampled_from(lines), st.sampled_from(lines), JUNK)
    content = b"\n".join([draw(st.sampled_from(heads)), *draw(st.lists(line, max_size=60))])
    return content + draw(st.sampled_from([b"\n", b""]))


def without_problems(tail: RolloutTail) -> RolloutTail:
    return attrs.evolve(tail, unreadable_lines=0)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tail") / "rollout.jsonl"


@given(
    content=rollouts(),
    messages=st.integers(0, 12),
    tool_calls=st.integers(0, 12),
    block_bytes=st.sampled_from([7, 1000, 5000, 1 << 18]),
)
def test_read_backwards_or_forwards_the_tail_is_the_same(
    path: Path, content: bytes, messages: int, tool_calls: int, block_bytes: int
) -> None:
    path.write_bytes(content)
    collector = TailCollector(messages, tool_calls, MAX_LINE_BYTES)
    backwards = tail_backwards([Part(str(path))], collector, count=True, block_bytes=block_bytes)
    assert backwards is not None
    forwards = tail_forwards([Part(str(path))], messages, tool_calls, MAX_LINE_BYTES)
    assert without_problems(backwards) == without_problems(forwards)


@pytest.mark.parametrize("rollout", [*ROLLOUTS, *COMPRESSED], ids=name_of)
@pytest.mark.parametrize("wanted", [0, 1, 3, EVERYTHING])
def test_the_tail_of_a_real_rollout_is_the_end_of_its_story(rollout: Path, wanted: int) -> None:
    with open_rollout(rollout) as reader:
        records = list(story(reader))
    messages = [each for each in records if isinstance(each, Message)]
    calls = [each for each in records if isinstance(each, ToolCall)]
    assert messages
    tail = tail_rollout(rollout, wanted, wanted)
    assert list(tail.messages) == messages[max(0, len(messages) - wanted) :]
    assert list(tail.tool_calls) == calls[max(0, len(calls) - wanted) :]
    assert tail.messages_before == len(messages) - len(tail.messages)
    assert tail.tool_calls_before == len(calls) - len(tail.tool_calls)


@pytest.mark.parametrize("rollout", ROLLOUTS, ids=name_of)
def test_what_is_marked_in_the_bytes_is_what_its_entries_tell(rollout: Path) -> None:
    content = rollout.read_bytes()
    dialect = marks.dialect_of(content)
    if dialect is None:
        assert rollout.parent.name == LEGACY.parent.name
        return
    tail = tail_rollout(rollout, EVERYTHING, EVERYTHING)
    assert marks.count_marks(content, 0, dialect) == (len(tail.messages), len(tail.tool_calls))
    assert tail_backwards([Part(str(rollout))], TailCollector(0, 0, 1), count=True) is not None


@given(content=rollouts(), at=st.integers(0, 10**6))
def test_marks_are_counted_as_they_are_found(content: bytes, at: int) -> None:
    dialect = marks.dialect_of(content)
    assert dialect is not None
    start = at % len(content)
    block = content[start:]
    first = block.find(b"\n") + 1 if start else 0
    assume(first or not start)
    found = [mark for _, _, mark in marks.marked_lines(block, first, dialect)]
    messages = found.count("user") + found.count("assistant")
    assert marks.count_marks(block, first, dialect) == (messages, found.count("call"))


def test_ids_of_another_length_are_counted_too(path: Path) -> None:
    content = CONVERSATION.read_bytes()
    turn = b'"turn_id":"'
    short = content.replace(turn, turn + b"a-turn-of-another-kind-")
    assert short != content
    path.write_bytes(short)
    told, expected = tail_rollout(path, 0, 0), tail_rollout(CONVERSATION, 0, 0)
    assert told.messages_before == expected.messages_before
    assert told.tool_calls_before == expected.tool_calls_before


def test_a_rollout_inside_of_a_tools_answer_is_no_message_of_this_one(path: Path) -> None:
    lines = lines_of(CONVERSATION)
    message = next(line for line in lines if b'"type":"UserMessage"' in line)
    call = next(line for line in lines if b'"type":"McpToolCall"' in line)
    answering = call.replace(b'"arguments":', b'"arguments":' + message + b',"x":', 1)
    path.write_bytes(b"\n".join([lines[0], answering, message, answering, b""]))
    tail = tail_rollout(path, 1, 1)
    assert (len(tail.messages), tail.messages_before) == (1, 0)
    assert (len(tail.tool_calls), tail.tool_calls_before) == (1, 1)


def test_a_line_that_only_begins_like_a_message_is_none(path: Path) -> None:
    lines = lines_of(CONVERSATION)
    message = next(line for line in lines if b'"type":"UserMessage"' in line)
    start = message.partition(b'"item":')[0]
    nested = b'{"timestamp":"","ordinal":1,"type":"of_tomorrow","payload":{"x":%b}}' % message
    none = start + b'"x":"' + b"x" * 2000 + b'"}}'
    unfit = start + b'"item":{"type":"UserMessage","content":5}}}'
    path.write_bytes(b"\n".join([lines[0], nested, none, unfit, message]))
    tail = tail_rollout(path, 5, 5)
    assert (len(tail.messages), tail.messages_before, tail.unreadable_lines) == (1, 0, 1)


def test_a_message_whose_kind_comes_late_is_decoded(path: Path) -> None:
    lines = lines_of(CONVERSATION)
    message = next(line for line in lines if b'"type":"UserMessage"' in line)
    late = message.replace(b'"item":', b'"x":"' + b"x" * 2000 + b'","item":')
    path.write_bytes(b"\n".join([lines[0], late, message]))
    assert len(tail_rollout(path, 5, 5).messages) == 2


def test_lines_that_are_written_otherwise_are_decoded_all(path: Path) -> None:
    spaced = CONVERSATION.read_bytes().replace(b'","payload":{', b'", "payload": {')
    first, _, rest = spaced.partition(b"\n")
    path.write_bytes(first + b"\n" + rest)
    told, expected = tail_rollout(path, 3, 3), tail_rollout(CONVERSATION, 3, 3)
    assert without_problems(told) == without_problems(expected)


def test_what_is_not_to_be_counted_is_not() -> None:
    tail = tail_rollout(CONVERSATION, 2, 2, count=False)
    assert (tail.messages_before, tail.tool_calls_before) == (None, None)
    collector = TailCollector(2, 2, MAX_LINE_BYTES)
    in_blocks = tail_backwards([Part(str(CONVERSATION))], collector, count=False, block_bytes=1000)
    assert in_blocks == tail
    counted = tail_rollout(CONVERSATION, 2, 2)
    assert tail.messages == counted.messages
    assert tail.tool_calls == counted.tool_calls


def test_a_rollout_that_is_cut_in_its_last_line_ends_before_it(path: Path) -> None:
    whole = CONVERSATION.read_bytes()
    last = whole.rindex(b'"type":"AgentMessage"')
    path.write_bytes(whole[: last + 30])
    tail, expected = tail_rollout(path, 3, 3), tail_rollout(CONVERSATION, 4, 3)
    assert tail.messages == expected.messages[:-1]
    assert tail.unreadable_lines == problem_count(path) == 1


def test_bytes_that_are_no_text_cost_their_line_alone(path: Path) -> None:
    whole = CONVERSATION.read_bytes()
    path.write_bytes(whole.replace(b'"After it."', b'"After \xff it."'))
    tail, expected = tail_rollout(path, 3, 3), tail_rollout(CONVERSATION, 4, 3)
    assert [each.text for each in expected.messages][-1] == "After it."
    assert tail.messages == expected.messages[:-1]
    # The message, and two others that tell of it.
    assert tail.unreadable_lines == problem_count(path) == 3


def test_a_line_that_is_cut_at_the_end_is_reported(path: Path) -> None:
    path.write_bytes(CONVERSATION.read_bytes()[:-40])
    assert tail_rollout(path).unreadable_lines == problem_count(path) == 1


def test_a_hole_of_zeros_that_a_crash_left_is_reported(path: Path) -> None:
    lines = lines_of(CONVERSATION)
    lines[-2] = b"\0" * 512 + lines[-2]
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert tail_rollout(path).unreadable_lines == problem_count(path) == 1


def test_a_damaged_message_before_the_tail_is_counted_as_what_it_says_it_is(path: Path) -> None:
    lines = lines_of(CONVERSATION)
    at = next(index for index, line in enumerate(lines) if b'"type":"UserMessage"' in line)
    lines[at] = lines[at][:-5]
    path.write_bytes(b"\n".join(lines))
    counted = tail_rollout(CONVERSATION, 1, 1).messages_before
    assert tail_rollout(path, 1, 1).messages_before == counted
    assert (
        tail_forwards([Part(str(path))], 1, 1, MAX_LINE_BYTES).messages_before == (counted or 0) - 1
    )


@pytest.mark.parametrize("size_bytes", [3_000_000, 30_000])
def test_a_line_over_the_limit_is_passed_over_and_reported(path: Path, size_bytes: int) -> None:
    lines = lines_of(CONVERSATION)
    message = next(line for line in reversed(lines) if b'"type":"AgentMessage"' in line)
    huge = message.replace(b'"text":"', b'"text":"' + b"x" * size_bytes)
    path.write_bytes(b"\n".join([*lines, huge, huge, b""]))
    tail = tail_rollout(path, 2, 2, max_line_bytes=size_bytes // 2)
    expected = tail_rollout(CONVERSATION, 2, 2)
    assert tail.messages == expected.messages
    assert tail.unreadable_lines == 2
    whole = tail_rollout(path, 2, 2)
    assert [len(each.text) > size_bytes for each in whole.messages] == [True, True]


def test_a_line_of_a_hundred_megabytes_costs_no_message(path: Path) -> None:
    lines = lines_of(CONVERSATION)
    with path.open("wb") as file:
        file.write(b"\n".join(lines) + b"\n")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + b"\n".join(lines[1:]) + b"\n")
    tail, once = tail_rollout(path, 15, 1), tail_rollout(CONVERSATION, EVERYTHING, EVERYTHING)
    assert tail.messages == (once.messages + once.messages)[-15:]
    assert tail.messages_before == 2 * len(once.messages) - 15
    path.write_bytes(b"")


def test_the_file_is_not_changed_by_being_read(path: Path) -> None:
    shutil.copyfile(CONVERSATION, path)
    before = path.read_bytes(), path.stat().st_mtime_ns
    tail_rollout(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_an_empty_file_has_an_empty_tail(path: Path) -> None:
    path.write_bytes(b"")
    tail = tail_rollout(path)
    assert (tail.messages, tail.messages_before, tail.tool_calls_before) == ((), 0, 0)


@pytest.mark.parametrize("name", ["nowhere", ".", "pipe"])
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RolloutUnreadable, match="cannot be read"):
        tail_rollout(tmp_path / name)


@pytest.mark.parametrize("name", ["messages", "tool_calls", "max_line_bytes"])
@pytest.mark.parametrize("value", [-1, 1.5, "3", None, True, 10**30])
def test_a_number_that_makes_no_sense_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=f"{name}=.*(is not an int|is out of range)"):
        tail_rollout(CONVERSATION, **{name: value})


def test_no_line_has_no_bytes() -> None:
    with pytest.raises(InvalidInput, match="max_line_bytes=0"):
        tail_rollout(CONVERSATION, max_line_bytes=0)
