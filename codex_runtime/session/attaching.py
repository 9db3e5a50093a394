"""Attachments at work: from what was attached to the input of a ``turn/start``.

Owns the look at files (in a worker thread) and the order of the input. Does not know the types'
own rules (see ``model/attachments.py``), sends nothing. Enter at `build_input`.
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.errors import AttachmentError, AttachmentNotFound
from codex_runtime.model.attachments import (
    MAX_IMAGES_BYTES,
    SNIFFED_BYTES,
    FileMention,
    ImageData,
    ImageUrl,
    LocalImage,
    Skill,
    check_image,
)
from codex_runtime.model.checks import check_text
from codex_runtime.model.mentions import place_mentions
from codex_runtime.model.prompt import check_prompt
from codex_runtime.protocol import (
    ImageUserInput,
    LocalImageUserInput,
    MentionUserInput,
    SkillUserInput,
)
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from codex_runtime.model.attachments import Attachment
    from codex_runtime.protocol import UserInput

__all__ = ["build_input"]

_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})


async def build_input(prompt: str, attachments: Sequence[Attachment], cwd: str) -> list[UserInput]:
    """The input of one turn: the text with its mentions first, the rest in its own order.

    Paths are taken from ``cwd`` and looked at in a worker thread, which cancelling leaves behind.
    Raises `AttachmentNotFound` (its ``value`` is the resolved path), `AttachmentError` for what is
    no image or too large, `InputTooLarge` for a text that mentions made too long.
    """
    check_prompt(prompt)
    text = place_mentions(prompt, [item for item in attachments if isinstance(item, FileMention)])
    if not attachments:
        return [text]
    check_prompt(text.text)
    rest = await trio.to_thread.run_sync(
        _look_at_all, tuple(attachments), cwd, abandon_on_cancel=True
    )
    return [text, *rest]


def _look_at_all(attachments: Sequence[Attachment], folder: str) -> list[UserInput]:
    cwd = Path(folder).absolute()
    inputs: list[UserInput] = []
    images_bytes = 0
    for index, item in enumerate(attachments):
        where = f"attachments[{index}]"
        if isinstance(item, FileMention):
            _status(f"{where}.path", cwd / item.path)
        elif isinstance(item, LocalImage):
            path = cwd / item.path
            images_bytes += _image_size(f"{where}.path", path)
            detail = UNSET if item.detail is None else item.detail
            inputs.append(LocalImageUserInput(path=str(path), detail=detail))
        elif isinstance(item, ImageData):
            images_bytes += len(item.data)
            detail = UNSET if item.detail is None else item.detail
            inputs.append(ImageUserInput(url=item.to_data_url(), detail=detail))
        elif isinstance(item, ImageUrl):
            detail = UNSET if item.detail is None else item.detail
            inputs.append(ImageUserInput(url=item.url, detail=detail))
        elif isinstance(item, Skill):
            skill = _skill_file(f"{where}.path", cwd / item.path)
            inputs.append(SkillUserInput(name=item.name, path=skill))
        else:
            inputs.append(MentionUserInput(name=item.name, path=item.path))
        if images_bytes > MAX_IMAGES_BYTES:
            raise AttachmentError(
                where,
                f"{images_bytes} bytes",
                f"makes the images larger than {MAX_IMAGES_BYTES} bytes together",
                "Scale them down, or ask in several turns",
            )
    return inputs


def _image_size(name: str, path: Path) -> int:
    status = _status(name, path)
    _require_file(name, path, status, "Give the path of an image")
    try:
        with path.open("rb") as file:
            head = file.read(SNIFFED_BYTES)
    except OSError as problem:
        raise _unreadable(name, path, problem) from problem
    check_image(name, head, status.st_size, str(path))
    return status.st_size


def _skill_file(name: str, path: Path) -> str:
    _require_file(name, path, _status(name, path), "Give the path of its SKILL.md")
    real = str(path.resolve())
    check_text(name, real, AttachmentError)
    return real


def _require_file(name: str, path: Path, status: os.stat_result, hint: str) -> None:
    # Reading anything else may never end (a pipe), or is not what the server can do.
    if not stat.S_ISREG(status.st_mode):
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise AttachmentError(name, str(path), f"is {kind}", hint)


def _status(name: str, path: Path) -> os.stat_result:
    """What the file system says of a path that must exist, symbolic links followed."""
    check_text(name, str(path), AttachmentError)
    try:
        return path.stat()
    except OSError as problem:
        raise _unreadable(name, path, problem) from problem


def _unreadable(name: str, path: Path, problem: OSError) -> AttachmentError:
    if problem.errno in _NOT_THERE:
        return AttachmentNotFound(
            name,
            str(path),
            "does not exist",
            "Paths are taken from the turn's cwd, and ~ is not expanded",
        )
    why = problem.strerror or str(problem)
    return AttachmentError(name, str(path), f"cannot be read: {why}", "Make it readable")
