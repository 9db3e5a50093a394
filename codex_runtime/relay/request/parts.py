"""Contents and outputs, part by part: text, images, files, sounds.

Owns what one part of a Responses item is in a chat message, and which parts cannot be sent on. Does
not know in which message a part ends up. Enter at `content_of` and `split`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codex_runtime.relay.shapes.chat import (
    AudioPart,
    ChatFile,
    ChatImage,
    ChatSound,
    FilePart,
    ImagePart,
    TextPart,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.relay.shapes.asked import ImageUrl, Part
    from codex_runtime.relay.shapes.chat import ContentPart

__all__ = ["Unfit", "as_json", "content_of", "is_object", "parted", "split", "text_of"]

_SORTED: Final = msgspec.json.Encoder(order="sorted")
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Unfit(Exception):
    """An item cannot be sent on; ``path`` is the place within it."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.message: str = message
        self.path: str = path


def as_json(value: object, field: str) -> str:
    """The JSON text of a value, with its keys sorted: clients do not keep their order.

    Raises:
        Unfit: The value of the ``field`` is nested too deeply to be written.
    """
    try:
        return _SORTED.encode(value).decode()
    except RecursionError:
        raise Unfit("This is nested too deeply: send flatter JSON", field) from None


def is_object(text: str) -> bool:
    """Whether this is the JSON text of an object."""
    try:
        _OBJECT.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    return True


def content_of(
    content: str | Sequence[Part] | dict[str, object] | None, field: str = "content"
) -> str | list[ContentPart]:
    """The content of a chat message: a text, or a list of parts where not all is text.

    Raises:
        Unfit: A part names what only its maker can look up.
    """
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, dict):
        return as_json(content, field)
    if len(content) == 1 and content[0].text is not None:
        return content[0].text
    parts = [_part(part, f"{field}[{index}]") for index, part in enumerate(content)]
    texts = [part.text for part in parts if isinstance(part, TextPart)]
    return parts if len(texts) < len(parts) else "\n".join(texts)


def split(
    content: str | Sequence[Part] | dict[str, object] | None, field: str = "content"
) -> tuple[str, list[ContentPart]]:
    """Text and everything else, for messages that take text alone.

    Raises:
        Unfit: As for `content_of`.
    """
    whole = content_of(content, field)
    return (whole, []) if isinstance(whole, str) else parted(whole)


def parted(content: Sequence[ContentPart]) -> tuple[str, list[ContentPart]]:
    """The texts of a content as one, and what else there is."""
    texts = [part.text for part in content if isinstance(part, TextPart)]
    return "\n".join(texts), [part for part in content if not isinstance(part, TextPart)]


def text_of(content: str | Sequence[Part] | None) -> str:
    """The text alone, of a summary for instance; what is no text is left out."""
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(part.text for part in content if part.text)


def _part(part: Part, path: str) -> ContentPart:
    text = part.refusal if part.text is None else part.text
    if text is not None:
        return TextPart(text)
    if part.image_url is not None:
        return ImagePart(_image(part.image_url, part.detail))
    if part.input_audio is not None:
        sound = part.input_audio
        return AudioPart(ChatSound(sound.data, sound.format))
    if part.file_data is not None:
        return FilePart(ChatFile(part.filename, part.file_data))
    if part.file_id is not None and part.file_url is None:
        raise Unfit(
            f"`{part.type}` names a file by `file_id`, which the model server cannot look up: "
            "send its content as a data URL",
            f"{path}.file_id",
        )
    return TextPart(_told(part))


def _told(part: Part) -> str:
    """What stands for a part that a chat has nothing like."""
    if part.file_url is not None:
        return f"[file {part.filename or ''}: {part.file_url}]"
    printed = [text for text in (part.stdout, part.stderr) if text]
    return "\n".join(printed) or f"[{part.type}: left out]"


def _image(image: str | ImageUrl, detail: str | None) -> ChatImage:
    if isinstance(image, str):
        return ChatImage(image, detail)
    return ChatImage(image.url, image.detail or detail)
