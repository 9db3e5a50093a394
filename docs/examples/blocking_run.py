"""One question, one call: a server is started for it and ended after it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from codex_runtime import RuntimeConfig, SessionConfig
from codex_runtime.blocking import run
from codex_runtime.testing import serve_scripted_model, text


@dataclass
class Review:
    verdict: str
    findings: int


def review(config: RuntimeConfig) -> None:
    result = run("What is this folder about?", SessionConfig(cwd="."), runtime=config)
    print(result.text)

    result = run("Review it", SessionConfig(cwd="."), runtime=config, output=Review)
    print(result.output)


def on_a_scripted_model() -> None:
    with serve_scripted_model() as model, tempfile.TemporaryDirectory() as home:
        model.enqueue(text("It holds small programs."), text('{"verdict": "good", "findings": 2}'))
        review(model.runtime_config(Path(home)))


if __name__ == "__main__":
    on_a_scripted_model()
