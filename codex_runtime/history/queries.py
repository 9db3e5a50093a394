"""What a list of threads is asked with: order, filters, and how a directory is spelled.

Owns the params of ``thread/list`` and the words that a filter may have. Does not send. Enter at
`ListQuery`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.model.checks import check_kind, check_path, check_text
from codex_runtime.protocol import ThreadListParams
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "EVERY_SOURCE",
    "SORTS",
    "SOURCES_OF_AGENTS",
    "SOURCES_OF_PEOPLE",
    "ListQuery",
    "ThreadSort",
    "spellings",
    "words",
]

ThreadSort: TypeAlias = Literal["recency_at", "created_at", "updated_at"]
"""What a list is in the order of: last work, begin, or last change (a rename is one)."""

SORTS: Final = ("recency_at", "created_at", "updated_at")

SOURCES_OF_PEOPLE: Final = ("cli", "vscode", "exec", "appServer", "unknown")
"""Source kinds of threads that no agent started."""

SOURCES_OF_AGENTS: Final = (
    "subAgent",
    "subAgentReview",
    "subAgentCompact",
    "subAgentThreadSpawn",
    "subAgentOther",
)
EVERY_SOURCE: Final = SOURCES_OF_PEOPLE + SOURCES_OF_AGENTS
"""Named one by one: a server that is asked for none of them lists some of them."""


@attrs.frozen(kw_only=True)
class ListQuery:
    """What every page of one list is asked with."""

    archived: bool = False
    cwd: tuple[str, ...] = ()
    """Any of them; none is everywhere."""
    sources: tuple[str, ...] = EVERY_SOURCE
    providers: tuple[str, ...] = ()
    """None is all, which an empty list says and no list does not."""
    search_term: str | None = None
    sort_key: str = "recency_at"
    descending: bool = True
    from_files: bool = False
    """Have the server look at rollouts too, and mend its index where they differ."""

    def params(self, cursor: str | None, size: int) -> ThreadListParams:
        """The params of one page."""
        return ThreadListParams(
            cursor=cursor,
            limit=size,
            archived=self.archived,
            cwd=list(self.cwd) or UNSET,
            source_kinds=list(self.sources),
            model_providers=list(self.providers),
            search_term=self.search_term,
            sort_key=self.sort_key,
            sort_direction="desc" if self.descending else "asc",
            use_state_db_only=not self.from_files,
        )


def spellings(cwd: str | os.PathLike[str] | None) -> tuple[str, ...]:
    """A directory as it is spelled and as it really is; it need not exist any more."""
    if cwd is None:
        return ()
    check_path("cwd", cwd, ConfigError)
    given = Path(cwd).absolute()
    return tuple(dict.fromkeys([str(given), os.path.realpath(given)]))


def words(name: str, value: Sequence[str] | None) -> tuple[str, ...]:
    """The words of a filter; none of them is no filter."""
    if value is None:
        return ()
    if isinstance(value, str):
        raise ConfigError(name, value, "is one word, not several", "Give a list")
    check_kind(name, value, Iterable, ConfigError)
    found = tuple(value)  # once: a generator has its words no second time
    for word in found:
        check_text(name, word, ConfigError)
    return found
