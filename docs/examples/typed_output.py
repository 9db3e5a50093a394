"""Ask for data, and get a value of a type."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import trio

from codex_runtime import (
    OutputMismatch,
    OutputTypeError,
    RuntimeConfig,
    Session,
    SessionConfig,
    open_runtime,
)
from codex_runtime.testing import open_scripted_model, text


class Finding(msgspec.Struct):
    """One problem in the code."""

    path: str
    line: Annotated[int, msgspec.Meta(ge=1)]
    severity: Literal["low", "high"]
    advice: str | None


@dataclass
class Review:
    summary: str
    findings: list[Finding]


async def review(session: Session) -> Review:
    result = await session.ask("Review the last commit", output=Review, retry_output=True)
    return result.output


async def careful_review(session: Session) -> Review | None:
    try:
        return (await session.ask("Review it again", output=Review)).output
    except OutputMismatch as mismatch:
        print("not a review:", mismatch.problem)
        print("but this text:", mismatch.text)
        return None


async def typed_output(config: RuntimeConfig) -> None:
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=".")) as session,
    ):
        for finding in (await review(session)).findings:
            print(f"{finding.path}:{finding.line}: {finding.severity}")
        await careful_review(session)
        try:
            await session.ask("Count the words", output=dict[str, int])
        except OutputTypeError as problem:
            print("refused:", problem)


ANSWER = """{"summary": "One problem", "findings":
  [{"path": "a.py", "line": 3, "severity": "high", "advice": null}]}"""


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        model.enqueue(text('{"summary": "One problem", "findings": [{}]}'), text(ANSWER))
        model.enqueue(text("I would rather not."))
        with tempfile.TemporaryDirectory() as home:
            await typed_output(model.runtime_config(Path(home)))
        print("the model was told:", model.requests[1].last_user_text)


if __name__ == "__main__":
    trio.run(on_a_scripted_model)
