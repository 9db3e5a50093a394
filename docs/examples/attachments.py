"""Files, images and skills that go with a prompt."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

import trio

from codex_runtime import (
    AttachmentNotFound,
    FileMention,
    ImageData,
    LocalImage,
    RuntimeConfig,
    SessionConfig,
    open_runtime,
)
from codex_runtime.testing import open_scripted_model

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMB"
    "AQDJ/pLvAAAAAElFTkSuQmCC"
)


async def attachments(config: RuntimeConfig, folder: Path) -> None:
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=folder)) as session,
    ):
        # The first mention stands in the text already, the second one is put at its end.
        await session.ask(
            "Why does @app.py fail?",
            attachments=[FileMention("app.py"), FileMention("log.txt", placeholder="the log")],
        )
        await session.ask(
            "Do these two look the same?",
            attachments=[LocalImage("before.png"), ImageData.from_data_url(PIXEL)],
        )
        try:
            await session.ask("And this?", attachments=[LocalImage("after.png")])
        except AttachmentNotFound as problem:
            print("not there:", problem.value)


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "app.py").write_text("1 / 0\n")
            (folder / "log.txt").write_text("ZeroDivisionError\n")
            (folder / "before.png").write_bytes(base64.b64decode(PIXEL.partition(",")[2]))
            await attachments(model.runtime_config(Path(home)), folder)
        for request in model.requests:
            content = request.input_items[-1]["content"]
            print([part.get("text", part["type"]) for part in content])


if __name__ == "__main__":
    trio.run(on_a_scripted_model)
