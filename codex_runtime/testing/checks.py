"""What a script may hold: texts that have a UTF-8 form, values that have a JSON form.

Pure. A reply is refused where it is built, not while it is sent: the stack then shows the line of
the test that is wrong. Enter at any function; each raises `InvalidInput`, naming the parameter.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

import msgspec

from codex_runtime.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_at_least", "check_delay", "check_headers", "check_status", "to_json", "to_utf8"]

_ERROR_STATUS: Final = range(400, 600)
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"(?:[!-~](?:[ \t!-~]*[!-~])?)?")


def to_utf8(name: str, content: str) -> bytes:
    """Encode `content`; a lone surrogate has no encoding."""
    try:
        return content.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            name,
            content,
            f"character {error.start} is a lone surrogate and has no UTF-8 form",
            "Remove it, or decode the text with errors='replace'",
        ) from error


def to_json(name: str, value: Mapping[str, object]) -> str:
    """Encode `value` as a JSON object."""
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            name, value, f"has no JSON form ({error})", "Use texts, numbers, lists and mappings"
        ) from error


def check_delay(name: str, delay_s: float) -> float:
    """Refuse a pause that is negative or has no end."""
    if not (math.isfinite(delay_s) and delay_s >= 0):
        raise InvalidInput(name, delay_s, "is no pause", "Give seconds, from 0 on")
    return delay_s


def check_at_least(name: str, value: int, least: int) -> int:
    """Refuse a count below `least`."""
    if value < least:
        raise InvalidInput(name, value, f"is below {least}", f"Give {least} or more")
    return value


def check_status(status: int) -> int:
    """Refuse what is not the status of an HTTP error."""
    if status not in _ERROR_STATUS:
        raise InvalidInput("status", status, "is not an HTTP error", "Give one from 400 to 599")
    return status


def check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return `headers` with lower-cased names; refuse what HTTP cannot carry."""
    for name, value in headers.items():
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            raise InvalidInput(
                "headers", {name: value}, "is no HTTP header", "Use printable ASCII, untrimmed"
            )
    return {name.lower(): value for name, value in headers.items()}
