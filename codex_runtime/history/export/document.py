"""A thread as one JSON object, and a record of one as a JSON object of its own.

Owns the names in it: camel case, ``type`` first, the texts as the rollout has them. Pure. Enter at
`JsonExport` and `as_object`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codex_runtime.history.rollouts.records import Message, Notice, Reasoning, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.history.export.facts import Ending, Heading
    from codex_runtime.history.rollouts.records import Record

__all__ = ["JsonExport", "as_object"]

_FORMAT: Final = "codex-runtime thread"
_VERSION: Final = 1


class JsonExport:
    """Renders a thread part by part, a record on each line; for one thread."""

    def __init__(self) -> None:
        self._began = False

    def opening(self, heading: Heading) -> Iterator[str]:
        """The beginning of the object: ``format``, ``version`` and ``thread``."""
        yield f'{{"format":{_json(_FORMAT)},"version":{_VERSION},"thread":'
        yield _json(
            {
                "id": heading.thread_id,
                "title": heading.title,
                "cwd": heading.cwd,
                "createdAtS": heading.created_at_s,
                "modelProvider": heading.model_provider,
                "cliVersion": heading.cli_version,
                "source": heading.source,
            }
        )
        yield ',\n"records":['

    def record(self, record: Record) -> Iterator[str]:
        """One record of the story."""
        yield f"{',' if self._began else ''}\n{_json(as_object(record))}"
        self._began = True

    def ending(self, ending: Ending) -> Iterator[str]:
        """What could not be read, and the end of the object."""
        problems = [
            {"line": one.line, "offsetBytes": one.offset_bytes, "why": one.why}
            for one in ending.problems
        ]
        yield f'\n],\n"problems":{_json(problems)},"problemCount":{ending.problem_count}}}\n'


def as_object(record: Record) -> dict[str, object]:
    """A record as the object that stands for it in JSON."""
    told: dict[str, object]
    match record:
        case Message():
            told = {
                "type": "message",
                "role": record.role,
                "text": record.text,
                "phase": record.phase,
                "images": record.images,
            }
        case ToolCall():
            told = {
                "type": "toolCall",
                "kind": record.kind,
                "name": record.name,
                "input": record.input,
                "output": record.output,
                "status": record.status,
                "exitCode": record.exit_code,
                "error": record.error,
                "durationMs": record.duration_ms,
            }
        case Reasoning():
            told = {"type": "reasoning", "text": record.text}
        case Notice():
            told = {"type": "notice", "kind": record.kind, "text": record.text}
    return {**told, "turnId": record.turn_id, "atS": record.at_s}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
