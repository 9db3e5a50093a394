"""What travels with a prompt besides its words: mentions of files, images, skills, apps.

Owns the attachment types and the checks that need no file. Knows neither the place of a mention in
the text (see `mentions`) nor the files themselves (see ``session/attaching.py``). Enter at
`check_attachments`. Source: ``UserInput`` of ``turn/start``.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast
from urllib.parse import urlsplit

import attrs

from codex_runtime.errors import AttachmentError
from codex_runtime.model.checks import check_choice, check_kind, check_path, check_text

if TYPE_CHECKING:
    from codex_runtime.errors import InvalidInput

__all__ = [
    "MAX_IMAGES_BYTES",
    "MAX_IMAGE_BYTES",
    "SNIFFED_BYTES",
    "Attachment",
    "FileMention",
    "ImageData",
    "ImageDetail",
    "ImageUrl",
    "LocalImage",
    "Mention",
    "Skill",
    "check_attachments",
    "check_image",
]

MAX_IMAGE_BYTES: Final = 20 * 1024 * 1024
"""The largest image: as base64 it is a line of 27 MiB, which the server sends back twice."""

MAX_IMAGES_BYTES: Final = 48 * 1024 * 1024
"""All images of one turn: 64 MiB as base64, half of the default ``max_frame_bytes``."""

SNIFFED_BYTES: Final = 12
"""So many bytes at the start of an image tell its type."""

ImageDetail: TypeAlias = Literal["auto", "high", "original"]
"""How closely the model looks; the server's default is ``high``."""

_DETAILS: Final = ("auto", "high", "original")
_HINT_IMAGE: Final = "Give a PNG, JPEG, GIF or WebP"
_MAGIC: Final = (
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ("image/gif", re.compile(rb"GIF8[79]a")),
    ("image/webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
)
_ALIASES: Final = {"image/jpg": "image/jpeg"}
_DATA_URL: Final = re.compile(
    r"data:([\w.+-]*/?[\w.+-]*)(?:;[\w-]+=[^;,]*)*;base64,", re.IGNORECASE
)
_TARGET: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_NOT_IN_URL: Final = re.compile(r"[\s\x00-\x1f\x7f]")


# A value of the wrong kind passes the converters as it is, for the checks to name it.
def _path_text(value: str | os.PathLike[str]) -> str:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _bytes(value: bytes | bytearray | memoryview) -> bytes:
    return bytes(value) if isinstance(value, (bytearray, memoryview)) else value


@attrs.frozen
class FileMention:
    """A file or directory that the prompt speaks of, as ``@path`` in its text.

    An ``@path`` that stands in the prompt already, whole, is the mention; else it is put at the
    end. The model reads the file by itself if it wants to; UIs show the placeholder. Raises
    `AttachmentError` at construction; whether the path exists is looked at when the turn is asked.
    """

    path: str = attrs.field(converter=_path_text)
    """Relative ones are taken from the turn's ``cwd``; ``~`` is a name like any other."""

    placeholder: str | None = None
    """What a UI shows in its place; None is the path."""

    def __attrs_post_init__(self) -> None:
        check_path("path", self.path, AttachmentError)
        if self.placeholder is not None:
            check_text("placeholder", self.placeholder, AttachmentError)


@attrs.frozen
class LocalImage:
    """An image in a file that the server reads: PNG, JPEG, GIF or WebP, at most 20 MiB.

    The type is told by the first bytes, not by the name. A file that only begins like an image
    reaches the model as a remark that it could not be processed.
    """

    path: str = attrs.field(converter=_path_text)
    """Relative ones are taken from the turn's ``cwd``; ``~`` is a name like any other."""

    detail: ImageDetail | None = None

    def __attrs_post_init__(self) -> None:
        check_path("path", self.path, AttachmentError)
        _check_detail(self.detail)


@attrs.frozen
class ImageData:
    """An image in memory: PNG, JPEG, GIF or WebP, at most 20 MiB. It travels as a data URL."""

    data: bytes = attrs.field(converter=_bytes, repr=lambda data: f"<{len(data)} bytes>")
    detail: ImageDetail | None = None

    def __attrs_post_init__(self) -> None:
        check_kind("data", self.data, bytes, AttachmentError)
        _check_detail(self.detail)
        check_image("data", self.data[:SNIFFED_BYTES], len(self.data))

    @classmethod
    def from_data_url(cls, url: str, detail: ImageDetail | None = None) -> ImageData:
        """The image of a ``data:image/...;base64,...`` URL, decoded strictly.

        Raises `AttachmentError` also when the type that it declares is not the one of its bytes.
        """
        check_text("url", url, AttachmentError)
        head = _DATA_URL.match(url)
        if head is None:
            raise AttachmentError(
                "url", url, "is not a data URL in base64", "Give data:image/png;base64,... or alike"
            )
        encoded = url[head.end() :]
        if len(encoded) > MAX_IMAGE_BYTES * 4 // 3 + 4:
            raise _too_large("url", len(encoded) * 3 // 4)
        try:
            data = binascii.a2b_base64(encoded, strict_mode=True)
        except ValueError as problem:
            raise AttachmentError(
                "url",
                url,
                f"is not valid base64 ({problem})",
                "Use the standard alphabet, padded with =",
            ) from None
        image = cls(data, detail)
        declared = head[1].lower()
        if _ALIASES.get(declared, declared) != image.mime_type:
            raise AttachmentError(
                "url", url, f"declares {head[1]!r} but holds {image.mime_type}", "Say what it is"
            )
        return image

    @property
    def mime_type(self) -> str:
        """Told by the first bytes of the data, such as ``image/png``."""
        return check_image("data", self.data[:SNIFFED_BYTES], len(self.data))

    def to_data_url(self) -> str:
        """The form in which it is sent."""
        return f"data:{self.mime_type};base64,{base64.b64encode(self.data).decode()}"


@attrs.frozen
class ImageUrl:
    """An image that the server or the model's provider fetches, by its http or https URL.

    App-servers 0.163 and 0.169 refuse every such turn (`RequestError`: remote image URLs are not
    supported); fetch the image and give `ImageData` there.
    """

    url: str
    detail: ImageDetail | None = None

    def __attrs_post_init__(self) -> None:
        check_text("url", self.url, AttachmentError)
        _check_detail(self.detail)
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            usable = False
        if not usable or _NOT_IN_URL.search(self.url):
            raise AttachmentError(
                "url",
                self.url,
                "is not an http or https URL",
                "Give one, ImageData.from_data_url(...) for a data URL, LocalImage for a file",
            )


@attrs.frozen
class Skill:
    """A skill that the model shall use: the server adds its text to the turn.

    It must be one that the server knows (``skills/list``); another one it leaves out in silence.
    """

    name: str
    """The server goes by the path; the name is what UIs show."""

    path: str = attrs.field(converter=_path_text)
    """Its ``SKILL.md``; relative ones are taken from the turn's ``cwd``. Sent with symbolic links
    resolved, which is how the server knows it."""

    def __attrs_post_init__(self) -> None:
        check_text("name", self.name, AttachmentError)
        check_path("path", self.path, AttachmentError)


@attrs.frozen
class Mention:
    """An app or plugin that the model shall use; what it means is the server's alone to say."""

    name: str
    """What UIs show."""

    path: str
    """``app://<connector id>`` or ``plugin://<plugin>@<marketplace>``."""

    def __attrs_post_init__(self) -> None:
        check_text("name", self.name, AttachmentError)
        check_text("path", self.path, AttachmentError)
        if not _TARGET.fullmatch(self.path):
            raise AttachmentError(
                "path",
                self.path,
                "is not the address of an app or plugin",
                "Give app://... or plugin://..., or a FileMention for a file",
            )


Attachment: TypeAlias = FileMention | LocalImage | ImageData | ImageUrl | Skill | Mention
"""Anything that may stand in ``attachments``."""

_KINDS: Final = (FileMention, LocalImage, ImageData, ImageUrl, Skill, Mention)


def check_attachments(
    name: str, value: object, error: type[InvalidInput]
) -> tuple[Attachment, ...]:
    """``value`` as a tuple; refuses, with ``error``, what is not a sequence of attachments."""
    if isinstance(value, (str, *_KINDS)) or not isinstance(value, Iterable):
        raise error(name, value, "is not a sequence of attachments", "Give a list or tuple")
    found = tuple(cast("Iterable[object]", value))
    for index, item in enumerate(found):
        if not isinstance(item, _KINDS):
            raise error(
                f"{name}[{index}]",
                item,
                "is not an attachment",
                "Wrap it: FileMention, LocalImage, ImageData, ImageUrl, Skill or Mention",
            )
    return cast("tuple[Attachment, ...]", found)


def check_image(name: str, head: bytes, size_bytes: int, path: str | None = None) -> str:
    """The MIME type of an image by its first `SNIFFED_BYTES`; refuses other things and sizes."""
    shown = path or f"{size_bytes} bytes"
    kind = next((kind for kind, magic in _MAGIC if magic.match(head)), None)
    if kind is None:
        raise AttachmentError(name, shown, "does not begin like a known image", _HINT_IMAGE)
    if size_bytes > MAX_IMAGE_BYTES:
        raise _too_large(name, size_bytes, path)
    return kind


def _check_detail(detail: object) -> None:
    if detail == "low":
        raise AttachmentError(
            "detail",
            detail,
            "is not honoured: the server drops the image, or sends it in full",
            "Leave it out, or scale the image down",
        )
    if detail is not None:
        check_choice("detail", detail, _DETAILS, AttachmentError)


def _too_large(name: str, size_bytes: int, path: str | None = None) -> AttachmentError:
    return AttachmentError(
        name,
        path or f"{size_bytes} bytes",
        f"is larger than {MAX_IMAGE_BYTES} bytes ({size_bytes})",
        "Scale it down",
    )
