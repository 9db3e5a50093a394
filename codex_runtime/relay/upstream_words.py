"""What an upstream says of an error, in whatever shape: JSON of many makes, text, an HTML page.

Owns the reading: the words made fit to be shown (bounded, no control characters, no markup), the
codes, and when to try again. Does not decide what kind of failure it was (see `failures`). Pure.
Enter at `read_words` and `retry_after_s`.
"""

from __future__ import annotations

import html
import json
import math
import re
import unicodedata
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final, cast

import attrs

__all__ = ["MAX_SHOWN_CHARS", "Words", "read_words", "retry_after_s", "shown", "words_of"]

MAX_SHOWN_CHARS: Final = 500
"""Of an upstream's words; a longer text ends with an ellipsis."""

_MAX_READ_CHARS: Final = 65_536
_MAX_PAGE_CHARS: Final = 4096
"""Of a page without a title: stripping tags takes the square of the length at worst."""
_MAX_WAIT_S: Final = 86_400.0
_MAX_DEPTH: Final = 5
_EPOCH_FROM_S: Final = 1e9
_EPOCH_FROM_MS: Final = 1e12
_MIN_STATUS: Final = 300
_MAX_STATUS: Final = 599

_MARKUP: Final = re.compile(
    r"<(?:script|style)\b.*?</(?:script|style)\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE
)
_STATUS: Final = re.compile(r"[3-5][0-9]{2}")
_HTML_START: Final = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml)\b", re.IGNORECASE)
_DURATION: Final = re.compile(
    r"(?:(\d{1,6})\s*h)?(?:(\d{1,6})\s*m(?!s))?(?:(\d{1,9}(?:\.\d{1,9})?)\s*s)?"
    r"(?:(\d{1,9}(?:\.\d{1,9})?)\s*ms)?\s*"
)
_AGAIN: Final = re.compile(
    r"\b(?:(?:try\s+again|retry|wait)\s+(?:in|after|for)|retry[-_ ]?after|retry_?delay)"
    r"[\s\"':=]{0,5}"
    r"(\d{1,9}(?:\.\d{1,9})?)\s{0,3}(ms|milliseconds?|minutes?|mins?|hours?|m|h)?"
    r"(?:(?<=m)(\d{1,2}(?:\.\d{1,9})?)s)?",
    re.IGNORECASE,
)
_PER_UNIT_S: Final = {"ms": 0.001, "mi": 60.0, "m": 60.0, "h": 3600.0, "ho": 3600.0}
_RESETS: Final = ("requests", "tokens")


@attrs.frozen
class Words:
    """What an error says: ``message`` as it came, its ``codes`` (code, type, …), its ``status``."""

    message: str
    codes: tuple[str, ...] = ()
    status: int | None = None
    param: str | None = None


def shown(text: str, max_chars: int = MAX_SHOWN_CHARS) -> str:
    """``text`` on one line of at most ``max_chars``, without control characters."""
    clean = "".join(
        " " if character.isspace() or unicodedata.category(character) == "Cc" else character
        for character in text[: 4 * MAX_SHOWN_CHARS]
        if unicodedata.category(character) not in ("Cf", "Cs")
    )
    line = " ".join(clean.split())
    if len(line) > max_chars or len(text) > 4 * MAX_SHOWN_CHARS:
        return line[: max_chars - 1].rstrip() + "…"
    return line


def read_words(body: bytes) -> Words:
    """The words of the body of an error answer; an empty message if it says nothing."""
    text = body[:_MAX_READ_CHARS].decode("utf-8", "replace").lstrip("\ufeff")
    if _HTML_START.match(text):
        return Words(_of_page(text))
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return Words(text)
    return words_of(value)


def words_of(error: object) -> Words:
    """The words of an error as it was decoded from JSON: an object, a list, a text, anything."""
    return _of_value(error, _MAX_DEPTH) or Words(json.dumps(error, default=str))


def _of_value(value: object, depth: int) -> Words | None:
    """None: it says nothing that could be shown as a message."""
    if isinstance(value, str):
        return Words(_of_page(value) if _HTML_START.match(value) else value) if value else None
    if isinstance(value, list) and value and depth:
        found = [_of_value(item, depth - 1) for item in cast("list[object]", value)[:5]]
        said = [words for words in found if words is not None]
        if said:
            return attrs.evolve(said[0], message="; ".join(words.message for words in said))
    if isinstance(value, Mapping) and depth:
        return _of_object(cast("Mapping[object, object]", value), depth)
    return None


def _of_object(given: Mapping[object, object], depth: int) -> Words | None:
    inner: Words | None = None
    for key in ("error", "message", "detail", "msg", "errors", "error_message", "title"):
        inner = _of_value(given.get(key), depth - 1)
        if inner is not None:
            break
    names = [given.get(key) for key in ("code", "type", "status", "reason", "error_type")]
    codes = tuple(name for name in names if isinstance(name, str) and name)
    numbers = [given.get(key) for key in ("code", "status", "status_code", "http_status")]
    status = next((status for status in map(_status, numbers) if status), None)
    metadata, param = given.get("metadata"), given.get("param")
    raw = None
    if isinstance(metadata, Mapping):  # of OpenRouter, with what its provider said
        raw = _of_value(cast("Mapping[object, object]", metadata).get("raw"), depth - 1)
    said = [words for words in (inner, raw) if words is not None]
    if not said and not codes and status is None:
        return None
    return Words(
        ": ".join(words.message for words in said),
        (*(code for words in said for code in words.codes), *codes),
        next((words.status for words in said if words.status), status),
        param if isinstance(param, str) else next((words.param for words in said), None),
    )


def _status(number: object) -> int | None:
    if isinstance(number, str) and _STATUS.fullmatch(number):
        return int(number)
    if isinstance(number, int) and _MIN_STATUS <= number <= _MAX_STATUS:
        return number
    return None


def _of_page(page: str) -> str:
    """The title of a page, or its first words."""
    lower = page.lower()
    start = lower.find("<title")
    opened = lower.find(">", start) if start >= 0 else -1
    end = lower.find("</title", opened) if opened >= 0 else -1
    if end >= 0 and (title := page[opened + 1 : end].strip()):
        return html.unescape(title)
    return html.unescape(_MARKUP.sub(" ", page[:_MAX_PAGE_CHARS])).strip()


# ---------------------------------------------------------------------------- when to try again


def retry_after_s(headers: Mapping[str, str], text: str, *, now_s: float) -> float | None:
    """How long to wait by the headers (any case) or else by the words; None if neither says.

    At most a day, never negative. ``now_s`` is the Unix time that dates are held against.
    """
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    found = (
        _scaled(_number(lower.get("retry-after-ms", "")), 0.001),
        _of_header(lower.get("retry-after", ""), now_s),
        _of_text(text),
        _of_resets(lower, now_s),
    )
    wait_s = next((wait_s for wait_s in found if wait_s is not None), None)
    return None if wait_s is None else min(max(wait_s, 0.0), _MAX_WAIT_S)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _scaled(number: float | None, unit: float) -> float | None:
    return None if number is None else number * unit


def _of_header(value: str, now_s: float) -> float | None:
    number = _number(value)
    if number is not None:
        return number
    try:
        return parsedate_to_datetime(value).timestamp() - now_s
    except (ValueError, OverflowError):
        return _of_duration(value)


def _of_duration(text: str) -> float | None:
    """Of ``6m0s``, ``1h``, ``20ms``, ``1.5s``."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    hours, minutes, seconds, millis = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds + millis / 1000


def _of_text(text: str) -> float | None:
    match = _AGAIN.search(text)
    if match is None:
        return None
    unit = (match[2] or "s").lower()
    unit_s = _PER_UNIT_S.get("ms" if unit.startswith("milli") else unit[:2], 1.0)
    return float(match[1]) * unit_s + float(match[3] or 0)


def _of_resets(lower: Mapping[str, str], now_s: float) -> float | None:
    """Of the limit that is used up, else of the one that is free first."""
    waits: list[float] = []
    for what in _RESETS:
        wait_s = _of_reset(lower.get(f"x-ratelimit-reset-{what}", ""), now_s)
        if wait_s is None:
            continue
        if lower.get(f"x-ratelimit-remaining-{what}") == "0":
            return wait_s
        waits.append(wait_s)
    if waits:
        return min(waits)
    return _of_reset(lower.get("x-ratelimit-reset", lower.get("ratelimit-reset", "")), now_s)


def _of_reset(value: str, now_s: float) -> float | None:
    number = _number(value)
    if number is None:
        return _of_duration(value)
    if number >= _EPOCH_FROM_MS:
        return number / 1000 - now_s
    return number - now_s if number >= _EPOCH_FROM_S else number
