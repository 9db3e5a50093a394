"""Attachments say at once what cannot be sent; what can is told by its bytes."""

from __future__ import annotations

import base64
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.errors import AttachmentError, ConfigError
from codex_runtime.model.attachments import (
    MAX_IMAGE_BYTES,
    Attachment,
    FileMention,
    ImageData,
    ImageUrl,
    LocalImage,
    Mention,
    Skill,
    check_attachments,
)

HEADS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/gif": b"GIF89a",
    "image/webp": b"RIFF\n\x00\x00\x00WEBP",
}
PNG = HEADS["image/png"] + b"rest"


def data_url(data: bytes, declared: str = "image/png") -> str:
    return f"data:{declared};base64,{base64.b64encode(data).decode()}"


# Any, in these tables: values that the types forbid are what is tested.
@pytest.mark.parametrize(
    ("kind", "fields", "problem"),
    [
        (FileMention, {"path": ""}, "path='': is empty"),
        (FileMention, {"path": b"a"}, "is not a path of text"),
        (FileMention, {"path": "a\0"}, "has a NUL character"),
        (FileMention, {"path": "a", "placeholder": ""}, "placeholder='': is empty"),
        (LocalImage, {"path": "a\udcff"}, "has a lone surrogate"),
        (LocalImage, {"path": "a", "detail": "low"}, "the server drops the image"),
        (LocalImage, {"path": "a", "detail": 3}, "is not known. Give one of 'auto', 'high', "),
        (ImageData, {"data": "text"}, "is not a bytes"),
        (ImageData, {"data": b""}, "does not begin like a known image"),
        (ImageData, {"data": b"<svg/>"}, "Give a PNG, JPEG, GIF or WebP"),
        (ImageData, {"data": b"RIFF\n\x00\x00\x00WAVE"}, "does not begin like a known image"),
        (ImageData, {"data": PNG, "detail": "low"}, "the server drops the image"),
        (ImageUrl, {"url": 7}, "is not a str"),
        (ImageUrl, {"url": "ftp://host/x.png"}, "is not an http or https URL"),
        (ImageUrl, {"url": "file:///x.png"}, "LocalImage for a file"),
        (ImageUrl, {"url": "https:///x.png"}, "is not an http or https URL"),
        (ImageUrl, {"url": "https://[x.png"}, "is not an http or https URL"),
        (ImageUrl, {"url": "https://host/a b"}, "is not an http or https URL"),
        (ImageUrl, {"url": data_url(PNG)}, "ImageData.from_data_url"),
        (ImageUrl, {"url": "https://host/x", "detail": "tiny"}, "is not known"),
        (Skill, {"name": "", "path": "a"}, "name='': is empty"),
        (Skill, {"name": "a", "path": 3}, "is not a path of text"),
        (Mention, {"name": "", "path": "app://a"}, "name='': is empty"),
        (Mention, {"name": "a", "path": ""}, "path='': is empty"),
        (Mention, {"name": "a", "path": "src/a.py"}, "or a FileMention for a file"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(
    kind: Any, fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(AttachmentError) as refused:
        kind(**fields)
    assert problem in str(refused.value)


@pytest.mark.parametrize("kind", [FileMention, LocalImage])
def test_a_path_may_be_any_path_and_stays_as_it_was_given(kind: Any) -> None:
    assert kind(PurePosixPath("src/../a.py")) == kind("src/../a.py")
    assert kind(Path("~/a")).path == "~/a"
    assert Skill("a", Path("s/SKILL.md")).path == "s/SKILL.md"


@pytest.mark.parametrize("url", ["http://host/x.png", "https://user@host:8443/x?y=1#z"])
def test_http_and_https_are_urls_of_images(url: str) -> None:
    assert ImageUrl(url, detail="auto").url == url


@pytest.mark.parametrize("target", ["app://demo", "plugin://sample@test"])
def test_apps_and_plugins_can_be_mentioned(target: str) -> None:
    assert Mention("demo", target).path == target


@pytest.mark.parametrize(("mime_type", "head"), HEADS.items())
def test_the_type_of_an_image_is_told_by_its_bytes(mime_type: str, head: bytes) -> None:
    image = ImageData(head, detail="original")
    assert image.mime_type == mime_type
    assert image.to_data_url() == data_url(head, mime_type)


def test_any_buffer_is_taken_and_kept_as_bytes() -> None:
    buffer = bytearray(PNG)
    image = ImageData(memoryview(buffer))
    buffer[0] = 0
    assert image == ImageData(bytearray(PNG)) == ImageData(PNG)


def test_the_bytes_of_an_image_are_not_shown() -> None:
    assert repr(ImageData(PNG)) == "ImageData(data=<12 bytes>, detail=None)"


def test_an_image_may_have_20_mib_and_no_more() -> None:
    whole = PNG.ljust(MAX_IMAGE_BYTES, b"\0")
    assert ImageData.from_data_url(ImageData(whole).to_data_url()).data == whole
    with pytest.raises(AttachmentError, match="is larger than 20971520 bytes"):
        ImageData(whole + b"\0")
    with pytest.raises(AttachmentError, match="is larger than 20971520 bytes"):
        ImageData.from_data_url(f"data:image/png;base64,{'A' * (MAX_IMAGE_BYTES * 4 // 3 + 5)}")


@given(st.sampled_from(sorted(HEADS)), st.binary(max_size=40))
@example("image/png", b"")
def test_an_image_comes_back_from_its_data_url(mime_type: str, rest: bytes) -> None:
    image = ImageData(HEADS[mime_type] + rest)
    assert ImageData.from_data_url(image.to_data_url()) == image


@pytest.mark.parametrize("head", ["DATA:IMAGE/PNG;BASE64,", "data:image/png;charset=x;a=b;base64,"])
def test_letters_of_both_cases_and_parameters_are_read(head: str) -> None:
    image = ImageData.from_data_url(head + base64.b64encode(PNG).decode(), "high")
    assert image == ImageData(PNG, "high")


def test_jpg_is_another_word_for_jpeg() -> None:
    url = data_url(HEADS["image/jpeg"], "image/jpg")
    assert ImageData.from_data_url(url).mime_type == "image/jpeg"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://host/x.png", "is not a data URL in base64"),
        ("data:image/png,%89PNG", "is not a data URL in base64"),
        ("data:image/png;base64", "is not a data URL in base64"),
        ("data:image/png;base64,", "does not begin like a known image"),
        (data_url(PNG + b"1").rstrip("="), "is not valid base64"),
        (data_url(PNG + b"1") + "AAAA", "is not valid base64"),
        (data_url(PNG) + "\n", "is not valid base64"),
        (data_url(PNG) + "ä", "is not valid base64"),
        (data_url(PNG).replace("i", "-"), "is not"),
        (data_url(PNG, "image/jpeg"), "declares 'image/jpeg' but holds image/png"),
        (data_url(PNG, ""), "declares '' but holds image/png"),
        (data_url(b"<svg/>", "image/svg+xml"), "does not begin like a known image"),
        (3, "is not a str"),
        ("data:\udcff", "has a lone surrogate"),
    ],
)
def test_a_data_url_is_read_strictly(url: Any, problem: str) -> None:
    with pytest.raises(AttachmentError) as refused:
        ImageData.from_data_url(url)
    assert problem in str(refused.value)


def test_any_sequence_of_attachments_becomes_a_tuple() -> None:
    every: list[Attachment] = [
        FileMention("a"),
        LocalImage("a"),
        ImageData(PNG),
        ImageUrl("https://host/x"),
        Skill("a", "a"),
        Mention("a", "app://a"),
    ]
    assert check_attachments("attachments", iter(every), ConfigError) == tuple(every)
    assert check_attachments("attachments", (), ConfigError) == ()


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("a.py", "attachments='a.py': is not a sequence of attachments"),
        (FileMention("a"), "is not a sequence of attachments"),
        (None, "is not a sequence of attachments"),
        ([FileMention("a"), "a.py"], "attachments[1]='a.py': is not an attachment. Wrap it"),
    ],
)
def test_what_is_no_sequence_of_attachments_is_refused(value: object, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        check_attachments("attachments", value, ConfigError)
    assert problem in str(refused.value)
