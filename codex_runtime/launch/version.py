"""The version of an app-server, and whether this library was tested with it.

Owns parsing, order (semantic versioning), the tested range, and the words for what is outside it.
Neither warns nor refuses. Enter at `parse_user_agent` and `judge`.
"""

from __future__ import annotations

import re
from functools import total_ordering
from typing import Final, Literal, TypeAlias

import attrs

__all__ = [
    "MIN_SUPPORTED",
    "TESTED",
    "CodexVersion",
    "Judgement",
    "UntestedServerWarning",
    "about_untested",
    "judge",
    "parse_user_agent",
]

_NUMBER: Final = r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
_VERSION: Final = re.compile(_NUMBER, re.ASCII)
_AFTER_NAME: Final = re.compile(rf"/({_NUMBER})(?= \()", re.ASCII)

Judgement: TypeAlias = Literal["tested", "newer", "older", "unknown"]
"""How a server's version stands to the tested range; ``unknown`` without one, and for 0.0.0."""


class UntestedServerWarning(UserWarning):
    """The app-server is newer than this library was tested with, or does not tell its version.

    Given once by each `open_runtime`. Most things work all the same: what cannot be read arrives as
    ``Unknown…`` and is counted in ``Runtime.statistics()``.
    """


@total_ordering
@attrs.frozen(order=False)
class CodexVersion:
    """A semantic version; a pre-release comes before its release."""

    major: int
    minor: int
    patch: int
    pre: str = ""
    """Dotted identifiers, such as ``alpha.3``; empty for a release."""

    @classmethod
    def parse(cls, text: str) -> CodexVersion | None:
        """Read ``0.170.0-alpha.3``; None when the text is no version. Build metadata is dropped."""
        match = _VERSION.fullmatch(text)
        if match is None:
            return None
        major, minor, patch, pre = match.groups()
        return cls(int(major), int(minor), int(patch), pre or "")

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, CodexVersion):
            return NotImplemented
        return self._order() < other._order()

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}" + (f"-{self.pre}" if self.pre else "")

    def _order(self) -> tuple[int, int, int, bool, list[tuple[bool, int, str]]]:
        # Numbers compare as numbers and come before words.
        parts = [
            (False, int(part), "") if part.isdecimal() else (True, 0, part)
            for part in self.pre.split(".")
        ]
        return self.major, self.minor, self.patch, not self.pre, parts


MIN_SUPPORTED: Final = CodexVersion(0, 163, 0)
"""The oldest app-server that this library was tested with; the extra ``codex`` installs it, and the
protocol is generated from it."""

TESTED: Final = CodexVersion(0, 169, 0)
"""The newest one that it was tested with."""

_DEVELOPMENT: Final = CodexVersion(0, 0, 0)


def parse_user_agent(user_agent: str, client_name: str) -> CodexVersion | None:
    """Read the version from ``initialize``'s ``userAgent``: ``NAME/0.163.0 (SYSTEM) ...``.

    The name is the one this client gave in ``clientInfo`` and may itself hold slashes, spaces and
    numbers; where the server wrote it differently the first version before a parenthesis counts.
    None when there is none.
    """
    rest = user_agent.removeprefix(f"{client_name}/")
    if rest != user_agent and (exact := CodexVersion.parse(rest.partition(" ")[0])):
        return exact
    match = _AFTER_NAME.search(user_agent)
    return None if match is None else CodexVersion.parse(match[1])


def judge(version: CodexVersion | None) -> Judgement:
    """Compare with the tested range. A build from source calls itself 0.0.0: unknown."""
    if version is None or version == _DEVELOPMENT:
        return "unknown"
    if version < MIN_SUPPORTED:
        return "older"
    return "newer" if version > TESTED else "tested"


def about_untested(version: CodexVersion | None, user_agent: str) -> str:
    """What to say of a server that `judge` finds newer or unknown, and what to do about it."""
    if version is None:
        what = f"the app-server does not tell its version (user agent {user_agent!r})"
    elif version == _DEVELOPMENT:
        what = f"the app-server calls itself {version}, which is a build from source"
    else:
        what = f"the app-server is {version}"
    return (
        f"{what}; this codex-runtime was tested up to {TESTED}. `codex-runtime schema diff` shows "
        "what differs. Update codex-runtime, or install a tested server with "
        "pip install 'codex-runtime[codex]'"
    )
