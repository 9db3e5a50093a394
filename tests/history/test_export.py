"""`export_thread`: rollouts of real servers as documents, from their file or from entries."""

from __future__ import annotations

import gc
import io
import json
import tracemalloc
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from codex_runtime.errors import InvalidInput
from codex_runtime.errors.history import RolloutUnreadable
from codex_runtime.history.export import ExportFormat, as_object, export_thread
from codex_runtime.history.rollouts.entries import ResponseEntry
from codex_runtime.history.rollouts.reader import open_rollout
from codex_runtime.history.rollouts.responses import FunctionCall
from codex_runtime.history.rollouts.story import story

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLLOUTS = Path(__file__).parent / "rollouts_of"
FIXTURES = sorted(path for path in ROLLOUTS.glob("*/*.jsonl*") if "index" not in path.name)
CONVERSATION = ROLLOUTS / "0.163.0" / "conversation.jsonl"
FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
KIB = 1024


def named(path: Path) -> str:
    return f"{path.parent.name}-{path.name}"


@pytest.mark.parametrize("path", FIXTURES, ids=named)
def test_json_has_every_record_of_a_rollout_in_its_order(path: Path) -> None:
    document = json.loads("".join(export_thread(path, "json")))
    with open_rollout(path) as reader:
        records = [as_object(record) for record in story(reader)]
        meta = reader.meta
    assert document["records"] == json.loads(json.dumps(records))
    assert (document["format"], document["version"]) == ("codex-runtime thread", 1)
    assert meta is not None
    assert document["thread"]["id"] == meta.id
    assert document["thread"]["createdAtS"] == meta.created_at_s
    assert (document["problems"], document["problemCount"]) == ([], 0)


def test_each_record_of_json_stands_on_a_line_of_its_own() -> None:
    head, *records, bracket, end = "".join(export_thread(CONVERSATION, "json")).splitlines()
    assert json.loads(head.removesuffix(",") + "}")["thread"]["cwd"] == "/srv/rollouts/project"
    assert records.pop(0) == '"records":['
    assert all(json.loads(record.removesuffix(","))["type"] for record in records)
    assert (bracket, end) == ("],", '"problems":[],"problemCount":0}')


@pytest.mark.parametrize("into", FORMATS)
def test_entries_give_the_same_document_as_their_file(into: ExportFormat) -> None:
    with open_rollout(CONVERSATION) as reader:
        entries = list(reader)
    assert list(export_thread(entries, into)) == list(export_thread(str(CONVERSATION), into))


@pytest.mark.parametrize("into", FORMATS)
def test_no_entries_are_a_document_too(into: ExportFormat) -> None:
    assert "A thread" in "".join(export_thread([], into))


@pytest.mark.parametrize("into", FORMATS)
def test_the_title_is_the_one_given_else_the_first_words_else_the_id(into: ExportFormat) -> None:
    given = "".join(export_thread(CONVERSATION, into, title="A title"))
    assert "A title" in given
    assert "Hello, look at the output" in "".join(islice(export_thread(CONVERSATION, into), 9))
    with open_rollout(CONVERSATION) as reader:
        meta = reader.meta
        only_meta = list(islice(reader, 1))
    assert meta is not None
    assert meta.id in "".join(export_thread(only_meta, into))


def test_a_fork_is_titled_by_its_first_message_not_by_its_note() -> None:
    document = json.loads("".join(export_thread(ROLLOUTS / "0.163.0" / "forked.jsonl", "json")))
    assert document["records"][0]["kind"] == "forked"
    (said,) = [one["text"] for one in document["records"] if one.get("role") == "user"][:1]
    assert said.startswith(document["thread"]["title"])


def test_what_the_server_told_the_model_is_left_out() -> None:
    for into in FORMATS:
        document = "".join(export_thread(CONVERSATION, into))
        assert "environment_context" in CONVERSATION.read_text(encoding="utf-8")
        assert "environment_context" not in document


def test_an_unknown_format_is_refused_at_once() -> None:
    unknown: Any = "pdf"
    with pytest.raises(InvalidInput, match="Give one of markdown, json, html") as refusal:
        export_thread(CONVERSATION, unknown)
    assert refusal.value.value == "pdf"


@pytest.mark.parametrize("into", FORMATS)
def test_a_file_that_cannot_be_read_is_told_with_the_first_part(
    tmp_path: Path, into: ExportFormat
) -> None:
    parts = export_thread(tmp_path / "gone.jsonl", into)
    with pytest.raises(RolloutUnreadable, match="gone"):
        next(parts)


@pytest.mark.parametrize("into", FORMATS)
def test_what_cannot_be_read_is_told_at_the_end(tmp_path: Path, into: ExportFormat) -> None:
    broken = tmp_path / "broken.jsonl"
    lines = CONVERSATION.read_bytes().splitlines(keepends=True)
    broken.write_bytes(b"".join([*lines, b'{"cut', b"\n\xff\n"]))
    document = "".join(export_thread(broken, into))
    _, end = document.rsplit("After it.", 1)
    if into == "json":
        ending = json.loads(document)
        first = len(lines) + 1
        assert ending["problemCount"] == 2
        assert [one["line"] for one in ending["problems"]] == [first, first + 1]
    else:
        assert "2 lines of the rollout could not be read and are not here" in end


def test_a_document_that_is_not_read_to_its_end_closes_the_file() -> None:
    parts = export_thread(CONVERSATION, "html")
    next(parts)
    del parts  # a file left open is a warning, and a warning fails the test
    gc.collect()


@pytest.mark.parametrize("into", FORMATS)
def test_memory_does_not_grow_with_the_thread(tmp_path: Path, into: ExportFormat) -> None:
    head, *rest = CONVERSATION.read_bytes().splitlines(keepends=True)
    turns = b"".join(rest)

    def peak_of(times: int) -> int:
        path = tmp_path / f"{times}.jsonl"
        path.write_bytes(head + turns * times)
        tracemalloc.start()
        try:
            count = sum(len(part) for part in export_thread(path, into))
            assert count > times * KIB
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak_of(1)  # what is imported and cached once
    assert peak_of(60) < peak_of(12) + 256 * KIB


def test_parts_come_one_by_one() -> None:
    def entries() -> Iterator[Any]:
        with open_rollout(CONVERSATION) as reader:
            yield from reader
        while True:
            yield from later

    with open_rollout(CONVERSATION) as reader:
        later = list(reader)[1:]
    parts = export_thread(entries(), "markdown")
    assert "Let me look." in "".join(chain(islice(parts, 200)))


@pytest.mark.parametrize("into", ["pdf", None, ["html"], {}])
def test_what_is_no_format_is_refused_at_once(into: Any) -> None:
    with pytest.raises(InvalidInput, match=r"into=.*is no format"):
        export_thread(CONVERSATION, into)


@pytest.mark.parametrize("source", [b"rollout.jsonl", bytearray(b"x"), None, 5, io.BytesIO(b"x")])
def test_what_is_neither_a_path_nor_entries_is_refused_at_once(source: Any) -> None:
    with pytest.raises(InvalidInput, match=r"source=.*Give a str, a pathlib\.Path, or what open_"):
        export_thread(source, "markdown")


def test_an_empty_path_is_refused_at_once() -> None:
    with pytest.raises(InvalidInput, match="source='': is empty"):
        export_thread("", "markdown")


@pytest.mark.parametrize("into", FORMATS)
def test_records_in_place_of_entries_are_refused(into: ExportFormat) -> None:
    with open_rollout(CONVERSATION) as reader:
        records: Any = story(reader)
        with pytest.raises(InvalidInput, match="is a record and no entry"):
            list(export_thread(records, into))


@pytest.mark.parametrize("arguments", ['{"command":["echo","\\ud83d"]}', '{"cmd":"echo \\ud83d"}'])
@pytest.mark.parametrize("into", FORMATS)
def test_half_of_a_surrogate_pair_in_arguments_can_be_written(
    into: ExportFormat, arguments: str
) -> None:
    call = ResponseEntry(payload=FunctionCall(name="shell", arguments=arguments, call_id="c"))
    assert "ud83d" in "".join(export_thread([call], into)).encode().decode()
