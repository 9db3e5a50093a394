"""What holds for any stream, however it is split and whatever is wrong with it."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.relay.request.tool_names import ToolNames
from codex_runtime.relay.stream.filters import FILTERS
from codex_runtime.relay.stream.machine import StreamMachine
from tests.relay.stream.saying import (
    DONE,
    Json,
    call,
    calls,
    delta,
    events_of,
    finish,
    items,
    last,
    machine,
    said,
    sse,
    text,
)

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["text", "type", "name", "code", "x"]), inner, max_size=3),
    ),
    max_leaves=6,
)
TEXTS = st.sampled_from(["", " ", "\n", "a", "ü…", "𝄞", "<think>", "</think>", "<th", "ink>", "<"])
PIECES = st.builds(
    call,
    st.sampled_from([None, "", '{"x":1}', '{"input":', '"y"}', "}", {}, {"a": 1}, 5]),
    name=st.sampled_from([None, "", "f", "g", "patch", "shell", "search"]),
    id=st.sampled_from([None, "", "a", "b", "call_1", 7]),
    index=st.sampled_from([None, 0, 1, "1", 2.0, -1]),
)
CHUNKS: st.SearchStrategy[Any] = st.one_of(
    TEXTS.map(text),
    TEXTS.map(lambda content: delta(reasoning_content=content)),
    st.lists(PIECES, max_size=3).map(lambda pieces: calls(*pieces)),
    st.sampled_from([{}, {"choices": []}, {"choices": [], "usage": {"prompt_tokens": 5}}]),
)
FIELDS = ["content", "reasoning", "reasoning_details", "refusal", "tool_calls", "function_call"]
ODD_CHUNKS: st.SearchStrategy[Any] = st.one_of(
    CHUNKS,
    st.dictionaries(st.sampled_from(FIELDS), ANYTHING).map(lambda fields: delta(**fields)),
    st.builds(lambda reason, usage: delta(reason) | {"usage": usage}, ANYTHING, ANYTHING),
    ANYTHING.map(lambda error: {"error": error}),
    ANYTHING.map(lambda choices: {"choices": choices}),
    ANYTHING,
)
ENDINGS: st.SearchStrategy[list[Any]] = st.sampled_from(
    [[finish(), DONE], [finish("length")], [DONE], [], [finish("error")]]
)


def tools() -> ToolNames:
    names = ToolNames()
    names.declare("custom", "patch")
    names.declare("local_shell", "shell")
    names.declare("tool_search", "search")
    names.declare("function", "g", "ns")
    return names


def fresh() -> StreamMachine:
    return machine(*FILTERS, tools=tools())


def run(used: StreamMachine, pieces: list[bytes]) -> bytes:
    return used.start() + b"".join(map(used.feed, pieces)) + used.finish()


@st.composite
def splits(draw: st.DrawFn, streams: st.SearchStrategy[bytes]) -> tuple[bytes, list[bytes]]:
    """A stream, and pieces of it."""
    whole = draw(streams)
    cuts = draw(st.lists(st.integers(0, len(whole)), max_size=12).map(sorted))
    edges = [0, *cuts, len(whole)]
    return whole, [whole[start:end] for start, end in itertools.pairwise(edges)]


@st.composite
def broken_streams(draw: st.DrawFn) -> bytes:
    """A stream of which some bytes are lost, doubled or replaced."""
    stream = bytearray(sse(*draw(st.lists(CHUNKS, max_size=5)), *draw(ENDINGS)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(stream)))
        length = draw(st.integers(0, 8))
        stream[place : place + length] = draw(st.one_of(st.binary(max_size=6), st.just(b"\r\n")))
    return bytes(stream)


STREAMS = st.tuples(st.lists(CHUNKS, max_size=8), ENDINGS).map(lambda two: sse(*two[0], *two[1]))


def check(events: list[Json]) -> None:
    """What holds for the events of any response."""
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    response = last(events)
    added = [event for event in events if event["type"] == "response.output_item.added"]
    done = [event for event in events if event["type"] == "response.output_item.done"]
    assert [event["output_index"] for event in added] == list(range(len(added)))
    by_index = {event["output_index"]: event["item"] for event in done}
    assert len(by_index) == len(done)
    ids = [event["item"]["id"] for event in added]
    assert len(set(ids)) == len(ids)
    for index, item in by_index.items():
        assert (ids[index], added[index]["item"]["type"]) == (item["id"], item["type"])
    if response["status"] == "completed":
        assert len(done) == len(added)
    if response["status"] != "failed":
        assert response["output"] == [by_index[index] for index in sorted(by_index)]
    called = [event["item"]["call_id"] for event in added if "call_id" in event["item"]]
    assert len(set(called)) == len(called)
    check_deltas(events)


def check_deltas(events: list[Json]) -> None:
    """The deltas of an item are its whole, and come between its beginning and its end."""
    opened: set[str] = set()
    parts: dict[str, str] = {}
    for event in events:
        kind = event["type"]
        if kind == "response.output_item.added":
            opened.add(event["item"]["id"])
        elif kind.endswith(".delta"):
            assert event["item_id"] in opened
            parts[event["item_id"]] = parts.get(event["item_id"], "") + event["delta"]
        elif kind == "response.output_item.done":
            opened.remove(event["item"]["id"])
            assert whole_of(event["item"]) in (parts.get(event["item"]["id"], ""), None)


def whole_of(item: Json) -> str | None:
    """The text of an item, if deltas tell it."""
    match item["type"]:
        case "message":
            return str(item["content"][0]["text"])
        case "reasoning":
            return str(item["summary"][0]["text"])
        case "function_call":
            return str(item["arguments"])
        case "custom_tool_call":
            return str(item["input"])
        case _:
            return None


@given(splits(STREAMS))
def test_any_split_gives_the_same_events(split: tuple[bytes, list[bytes]]) -> None:
    whole, pieces = split
    events = run(fresh(), [whole])
    assert run(fresh(), pieces) == events
    check(events_of(events))


@given(STREAMS)
def test_single_bytes_give_the_same_events(whole: bytes) -> None:
    assert run(fresh(), [whole[i : i + 1] for i in range(len(whole))]) == run(fresh(), [whole])


@given(splits(st.one_of(broken_streams(), st.binary(max_size=60))))
def test_broken_streams_end_once(split: tuple[bytes, list[bytes]]) -> None:
    whole, pieces = split
    events = run(fresh(), pieces)
    assert events == run(fresh(), [whole])
    check(events_of(events))


@given(st.lists(ODD_CHUNKS, max_size=5), ENDINGS)
def test_odd_chunks_end_once(chunks: list[object], ending: list[object]) -> None:
    lines = [b"data: %b\n\n" % json.dumps(chunk).encode() for chunk in chunks]
    check(events_of(run(fresh(), [*lines, sse(*ending)])))


@given(st.one_of(ODD_CHUNKS.map(json.dumps).map(str.encode), st.binary(max_size=60)))
def test_any_body_ends_once(body: bytes) -> None:
    used = fresh()
    check(events_of(used.start() + used.feed_whole(body) + used.finish()))


@given(st.lists(st.text(max_size=5), max_size=8))
def test_every_character_of_the_text_arrives(texts: list[str]) -> None:
    used = machine()
    events = events_of(used.start() + used.feed(sse(*map(text, texts), finish())) + used.finish())
    assert said(events) == "".join(texts)


@given(st.lists(st.sampled_from(['{"x":1}', "", '{"y":[2]}', "broken"]), min_size=1, max_size=5))
def test_calls_interleaved_in_any_way_are_whole(arguments: list[str]) -> None:
    begin = calls(*(call(name=f"f{i}", id=f"c{i}", index=i) for i in range(len(arguments))))
    rounds = itertools.zip_longest(*arguments, fillvalue="")
    pieces = [calls(*(call(part, index=i) for i, part in enumerate(parts))) for parts in rounds]
    used = machine()
    events = events_of(used.start() + used.feed(sse(begin, *pieces, finish())) + used.finish())
    found = [(item["call_id"], item["name"], item["arguments"]) for item in items(events)]
    assert found == [(f"c{i}", f"f{i}", whole or "{}") for i, whole in enumerate(arguments)]
