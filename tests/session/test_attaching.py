"""What was attached becomes the input of a turn, or an error that names the resolved path."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codex_runtime.errors import (
    AttachmentError,
    AttachmentNotFound,
    InputTooLarge,
    InvalidInput,
    PromptError,
)
from codex_runtime.model.attachments import (
    MAX_IMAGE_BYTES,
    Attachment,
    FileMention,
    ImageData,
    ImageUrl,
    LocalImage,
    Mention,
    Skill,
)
from codex_runtime.model.prompt import MAX_INPUT_CHARS
from codex_runtime.protocol import (
    ByteRange,
    ImageUserInput,
    LocalImageUserInput,
    MentionUserInput,
    SkillUserInput,
    TextElement,
    TextUserInput,
)
from codex_runtime.session.attaching import build_input

GIF = b"GIF89a rest"


async def refusal(cwd: Path, *attachments: Attachment) -> InvalidInput:
    with pytest.raises(AttachmentError) as refused:
        await build_input("Look", attachments, str(cwd))
    return refused.value


async def test_a_prompt_alone_is_one_text(tmp_path: Path) -> None:
    assert await build_input("Hi @a", (), str(tmp_path)) == [TextUserInput(text="Hi @a")]


async def test_the_text_comes_first_and_the_rest_in_its_own_order(tmp_path: Path) -> None:
    (tmp_path / "x.gif").write_bytes(GIF)
    (tmp_path / "SKILL.md").write_text("Do it.")
    image = ImageData(GIF, "auto")
    attachments: list[Attachment] = [
        Mention("demo", "app://demo"),
        LocalImage("x.gif", detail="original"),
        image,
        FileMention("x.gif"),
        ImageUrl("https://host/x.png"),
        Skill("do", "SKILL.md"),
    ]
    assert await build_input("Look", attachments, str(tmp_path)) == [
        TextUserInput(
            text="Look @x.gif",
            text_elements=[TextElement(byte_range=ByteRange(start=5, end=11), placeholder="x.gif")],
        ),
        MentionUserInput(name="demo", path="app://demo"),
        LocalImageUserInput(path=str(tmp_path / "x.gif"), detail="original"),
        ImageUserInput(url=image.to_data_url(), detail="auto"),
        ImageUserInput(url="https://host/x.png"),
        SkillUserInput(name="do", path=str(tmp_path / "SKILL.md")),
    ]


async def test_an_absolute_path_and_a_directory_may_be_mentioned(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    mentions = FileMention(tmp_path), FileMention("src"), FileMention(".")
    (text,) = await build_input("Look", mentions, str(tmp_path))
    assert isinstance(text, TextUserInput)
    assert text.text == f"Look @{tmp_path} @src @."


async def test_a_relative_cwd_is_taken_from_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x.gif").write_bytes(GIF)
    monkeypatch.chdir(tmp_path)
    _, image = await build_input("Look", [LocalImage("x.gif")], "sub")
    assert image == LocalImageUserInput(path=str(tmp_path / "sub" / "x.gif"))


async def test_the_path_of_a_skill_is_sent_with_its_links_resolved(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "SKILL.md").write_text("Do it.")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    _, skill = await build_input("Look", [Skill("do", "link/SKILL.md")], str(tmp_path))
    assert skill == SkillUserInput(name="do", path=str(tmp_path / "real" / "SKILL.md"))


@pytest.mark.parametrize(
    "attachment",
    [FileMention("no/a.py"), LocalImage("no/a.py"), Skill("a", "no/a.py")],
    ids=lambda attachment: type(attachment).__name__,
)
async def test_a_path_that_does_not_exist_is_named_as_it_was_resolved(
    tmp_path: Path, attachment: Attachment
) -> None:
    error = await refusal(tmp_path, Mention("demo", "app://demo"), attachment)
    assert isinstance(error, AttachmentNotFound)
    assert (error.name, error.value) == ("attachments[1].path", str(tmp_path / "no/a.py"))


async def test_a_path_below_a_file_and_a_dangling_link_do_not_exist(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    assert isinstance(await refusal(tmp_path, FileMention("file/a")), AttachmentNotFound)
    assert isinstance(await refusal(tmp_path, FileMention("link")), AttachmentNotFound)


async def test_a_tilde_is_a_name_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    error = await refusal(tmp_path, FileMention("~/a.py"))
    assert error.value == str(tmp_path / "~/a.py")
    assert "~ is not expanded" in error.hint


async def test_a_path_that_cannot_be_looked_at_says_why(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    error = await refusal(tmp_path, FileMention("loop"))
    assert not isinstance(error, AttachmentNotFound)
    assert "cannot be read: Too many levels of symbolic links" in str(error)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_an_image_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.gif").write_bytes(GIF)
    (tmp_path / "x.gif").chmod(0)
    assert "cannot be read: Permission denied" in str(await refusal(tmp_path, LocalImage("x.gif")))


async def test_only_a_regular_file_is_an_image_or_a_skill(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is a directory" in str(await refusal(tmp_path, LocalImage(".")))
    assert "is not a regular file" in str(await refusal(tmp_path, LocalImage("pipe")))
    assert "Give the path of its SKILL.md" in str(await refusal(tmp_path, Skill("a", ".")))


@pytest.mark.parametrize("content", [b"", b"text, not pixels", b"<svg></svg>"])
async def test_a_file_that_does_not_begin_like_an_image_is_none(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "x.png").write_bytes(content)
    error = await refusal(tmp_path, LocalImage("x.png"))
    assert error.value == str(tmp_path / "x.png")
    assert "does not begin like a known image" in error.problem


async def test_a_file_of_more_than_20_mib_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "x.gif").open("wb") as file:
        file.write(GIF)
        file.truncate(MAX_IMAGE_BYTES + 1)
    error = await refusal(tmp_path, LocalImage("x.gif"))
    assert error.value == str(tmp_path / "x.gif")
    assert "is larger than 20971520 bytes (20971521)" in error.problem


async def test_all_images_of_a_turn_share_48_mib(tmp_path: Path) -> None:
    with (tmp_path / "x.gif").open("wb") as file:
        file.write(GIF)
        file.truncate(MAX_IMAGE_BYTES)
    image = LocalImage("x.gif")
    assert len(await build_input("Look", [image, image], str(tmp_path))) == 3
    error = await refusal(tmp_path, image, image, image)
    assert error.name == "attachments[2]"
    assert "makes the images larger than 50331648 bytes together" in error.problem


async def test_mentions_count_for_the_limit_of_the_text(tmp_path: Path) -> None:
    prompt = "x" * (MAX_INPUT_CHARS - 3)
    (text,) = await build_input(prompt, [FileMention(".")], str(tmp_path))
    assert isinstance(text, TextUserInput)
    assert len(text.text) == MAX_INPUT_CHARS
    with pytest.raises(InputTooLarge):
        await build_input(f"{prompt}x", [FileMention(".")], str(tmp_path))


async def test_a_prompt_that_utf8_cannot_carry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="has a lone surrogate"):
        await build_input("x\ud800", [FileMention(".")], str(tmp_path))


async def test_a_folder_that_utf8_cannot_carry_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "f\udcff"
    folder.mkdir()
    (folder / "x.gif").write_bytes(GIF)
    (folder / "SKILL.md").touch()
    (tmp_path / "link").symlink_to(folder)
    assert "has a lone surrogate" in str(await refusal(folder, LocalImage("x.gif")))
    assert "has a lone surrogate" in str(await refusal(tmp_path, Skill("a", "link/SKILL.md")))
