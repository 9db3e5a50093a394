"""Texts from elsewhere without what drives a terminal: escape sequences and control codes.

Owns what counts as one. What a model, a command or a rollout says is shown by terminals, pages and
files; none of them must be driven by it. Pure. Enter at `without_control_codes`.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["without_control_codes"]

_ESCAPES: Final = re.compile(
    r"\x1b(?:"
    r"\[[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    r"|[\]PX^_](?:[^\x07\x1b]*(?:\x07|\x1b\\))?"  # window titles, links and other strings
    r"|[ -/]*[0-~]"
    r")"
)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")


def without_control_codes(text: str) -> str:
    """``text`` without control codes; only newlines and tabs are left of them.

    Half of a surrogate pair, which no file can hold, becomes U+FFFD.
    """
    if text.isprintable():
        return text
    bare = _CONTROLS.sub("", _ESCAPES.sub("", text).replace("\r\n", "\n"))
    return _SURROGATES.sub("\ufffd", bare)
