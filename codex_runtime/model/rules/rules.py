"""Rules that decide about approvals without a person: for services.

Owns the rules, their combination and their dry run. Does not know when a rule is asked. A rule
accepts only what it understands in full; what it does not understand it leaves alone, and no
combination turns that into a yes. Enter at `accept_reads`, `accept_commands`, `accept_within` and
`decline_all`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

import attrs

from codex_runtime.errors import AnswerRefused, InvalidInput
from codex_runtime.model.checks import check_path
from codex_runtime.model.functions import own
from codex_runtime.model.requests.approvals import (
    ApprovalAnswer,
    ApprovalRequest,
    CommandApproval,
    FileChangeApproval,
    PermissionsApproval,
)
from codex_runtime.model.requests.legacy import LegacyCommandApproval, LegacyPatchApproval
from codex_runtime.model.rules.facts import changed_paths, command_of
from codex_runtime.model.rules.path_bounds import PathBounds
from codex_runtime.model.rules.reading_commands import READING_PROGRAMS, only_reads
from codex_runtime.model.rules.shell_words import NotUnderstood, split_words
from codex_runtime.protocol import (
    ListFilesCommandAction,
    ListFilesParsedCommand,
    ReadCommandAction,
    ReadParsedCommand,
    SearchCommandAction,
    SearchParsedCommand,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

__all__ = [
    "ApprovalRule",
    "Finding",
    "RuleVerdict",
    "accept_commands",
    "accept_reads",
    "accept_within",
    "decline_all",
]

T = TypeVar("T")

Finding: TypeAlias = Literal["accept", "decline", "no objection", "no match", "not understood"]
"""What a rule finds. Only ``accept`` and ``decline`` decide; the others leave it to the default."""

_READS: Final = (
    ReadCommandAction,
    ListFilesCommandAction,
    SearchCommandAction,
    ReadParsedCommand,
    ListFilesParsedCommand,
    SearchParsedCommand,
)
_INVERTED: Final[dict[Finding, Finding]] = {
    "accept": "decline",
    "no match": "no objection",
    "no objection": "no match",
    # A no is not undone, and what is not understood stays so.
    "decline": "not understood",
    "not understood": "not understood",
}


@attrs.frozen
class RuleVerdict:
    """What a rule makes of a request, and why. ``str()`` shows it with its parts as a tree."""

    rule: str
    """The rule as it was written, or ``any of``, ``all of``, ``not`` where it has parts."""
    finding: Finding
    why: str
    """The reason; of a combination, that of the part that was decisive."""
    parts: tuple[RuleVerdict, ...] = ()
    """The verdicts of the rules that it is made of."""

    @property
    def accepts(self) -> bool:
        """The rule answers with an accept."""
        return self.finding == "accept"

    @property
    def declines(self) -> bool:
        """The rule answers with a decline."""
        return self.finding == "decline"

    def __str__(self) -> str:
        return "\n".join(_lines(self, ""))


class ApprovalRule(ABC):
    """An approval handler that decides by what is asked alone.

    ``a | b`` accepts what one of them accepts, ``a & b`` what both do, ``a & ~b`` what ``a``
    accepts unless ``b`` would. A decline of any part declines the whole. Equal rules compare equal.
    """

    __slots__ = ()

    @abstractmethod
    def explain(self, request: ApprovalRequest) -> RuleVerdict:
        """What the rule would decide and why; answers nothing."""

    @own
    async def __call__(self, request: ApprovalRequest) -> ApprovalAnswer | None:
        """The answer, or None where the rule leaves it to the default, which is a decline."""
        verdict = self.explain(request)
        if verdict.declines:
            return request.decline()
        # Permissions know no accept, and no rule finds one.
        if verdict.accepts and not isinstance(request, PermissionsApproval):
            return request.accept()
        return None

    def __or__(self, other: ApprovalRule) -> ApprovalRule:
        return _AnyOf((self, other)) if _is_rule(other) else NotImplemented

    def __and__(self, other: ApprovalRule) -> ApprovalRule:
        return _AllOf((self, other)) if _is_rule(other) else NotImplemented

    def __invert__(self) -> ApprovalRule:
        return _Not(self)


def accept_reads() -> ApprovalRule:
    """Accept one simple command that reads, lists or searches files, and does nothing else.

    Both have to say so: the server's ``command_actions``, and the list of programs and options that
    are known here (cat, du, egrep, fgrep, find, grep, head, ls, nl, rg, sed -n, tail). It may read
    any file that the server's user may.
    """
    return _AcceptReads()


def accept_commands(*prefixes: str | Sequence[str]) -> ApprovalRule:
    """Accept one simple command whose first words are those of a prefix.

    ``"git status"`` or ``["git", "status"]`` accepts ``git status --short`` and not ``git push``.
    A prefix of one word accepts all that the program can do.

    Raises:
        InvalidInput: there is no prefix, or one is not plain words.
    """
    return _AcceptCommands(tuple(_prefix(prefix) for prefix in _some("prefixes", prefixes)))


def accept_within(*paths: str | os.PathLike[str]) -> ApprovalRule:
    """Accept changes of files that all lie in these folders, whatever they are called by.

    Links are followed; nothing below a ``.git``, ``.codex`` or ``.agents`` in them is accepted.
    Relative folders are taken from the current directory of this process, now.

    Raises:
        InvalidInput: there is no folder, or one is not a path.
    """
    for path in _some("paths", paths):
        check_path("paths", path, InvalidInput)
    return _AcceptWithin(PathBounds(tuple(str(Path(path).absolute()) for path in paths)))


def decline_all() -> ApprovalRule:
    """Decline everything; in any combination too."""
    return _DeclineAll()


@attrs.frozen
class _AcceptReads(ApprovalRule):
    def __str__(self) -> str:
        return "accept_reads()"

    def explain(self, request: ApprovalRequest) -> RuleVerdict:
        return _examine(self, request, self._find)

    def _find(self, request: ApprovalRequest) -> tuple[Finding, str]:
        if not isinstance(request, (CommandApproval, LegacyCommandApproval)):
            return "no match", "it is no command"
        words = command_of(request)
        if isinstance(request, CommandApproval):
            actions: Sequence[object] = request.params.command_actions or ()
        else:
            actions = request.params.parsed_cmd
        if not actions or not all(isinstance(action, _READS) for action in actions):
            raise NotUnderstood("the server does not take it for reading alone")
        if not only_reads(words):
            known = ", ".join(READING_PROGRAMS)
            raise NotUnderstood(f"{words[0]!r} with these options is not known to read ({known})")
        return "accept", f"{words[0]!r} only reads"


@attrs.frozen
class _AcceptCommands(ApprovalRule):
    prefixes: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        return f"accept_commands({', '.join(repr(list(prefix)) for prefix in self.prefixes)})"

    def explain(self, request: ApprovalRequest) -> RuleVerdict:
        return _examine(self, request, self._find)

    def _find(self, request: ApprovalRequest) -> tuple[Finding, str]:
        if not isinstance(request, (CommandApproval, LegacyCommandApproval)):
            return "no match", "it is no command"
        words = command_of(request)
        for prefix in self.prefixes:
            if tuple(words[: len(prefix)]) == prefix:
                return "accept", f"{words!r} begins with {list(prefix)!r}"
        return "no match", f"{words!r} begins with no prefix"


@attrs.frozen
class _AcceptWithin(ApprovalRule):
    bounds: PathBounds

    def __str__(self) -> str:
        return f"accept_within({', '.join(map(repr, self.bounds.roots))})"

    def explain(self, request: ApprovalRequest) -> RuleVerdict:
        return _examine(self, request, self._find)

    def _find(self, request: ApprovalRequest) -> tuple[Finding, str]:
        if not isinstance(request, (FileChangeApproval, LegacyPatchApproval)):
            raise NotUnderstood("which files it changes is not known")
        paths = changed_paths(request)
        if outside := [path for path in paths if not self.bounds.holds(path)]:
            if not any(self.bounds.touches(path) for path in paths):
                return "no match", f"{outside!r} are outside"
            raise NotUnderstood(f"{outside!r} are outside, protected, or reached by a link")
        return "accept", f"{paths!r} are inside"


@attrs.frozen
class _DeclineAll(ApprovalRule):
    def __str__(self) -> str:
        return "decline_all()"

    def explain(self, request: ApprovalRequest) -> RuleVerdict:
        return RuleVerdict(str(self), "decline", f"{request.method} is declined like all else")


@attrs.frozen
class _AnyOf(ApprovalRule):
    rules: tuple[ApprovalRule, ApprovalRule]

    def __str__(self) -> str:
        return f"({self.rules[0]} | {self.rules[1]})"

    def explain(self, request: ApprovalRequest) -> RuleVerdict:
        order: tuple[Finding, ...] = (
            "decline",
            "accept",
            "not understood",
            "no objection",
            "no match",
        )
        return _combined("any of", request, self.rules, order)


@attrs.frozen
class _AllOf(ApprovalRule):
    rules: tuple[ApprovalRule, ApprovalRule]

    def __str__(self) -> str:
        return f"({self.rules[0]} & {self.rules[1]})"

    def explain(self, request: ApprovalRequest) -> RuleVerdict:
        order: tuple[Finding, ...] = (
            "decline",
            "not understood",
            "no match",
            "accept",
            "no objection",
        )
        return _combined("all of", request, self.rules, order)


@attrs.frozen
class _Not(ApprovalRule):
    rule: ApprovalRule

    def __str__(self) -> str:
        return f"~{self.rule}"

    def explain(self, request: ApprovalRequest) -> RuleVerdict:
        part = self.rule.explain(request)
        return RuleVerdict("not", _INVERTED[part.finding], part.why, (part,))


def _lines(verdict: RuleVerdict, indent: str) -> Iterator[str]:
    yield f"{indent}{verdict.finding}: {verdict.rule}: {verdict.why}"
    for part in verdict.parts:
        yield from _lines(part, f"{indent}  ")


def _combined(
    how: str,
    request: ApprovalRequest,
    rules: Sequence[ApprovalRule],
    order: Sequence[Finding],
) -> RuleVerdict:
    """The first finding in ``order`` that one of the parts has."""
    parts = tuple(one.explain(request) for one in rules)
    decisive = min(parts, key=lambda part: order.index(part.finding))
    return RuleVerdict(how, decisive.finding, decisive.why, parts)


def _examine(
    rule: ApprovalRule,
    request: ApprovalRequest,
    find: Callable[[ApprovalRequest], tuple[Finding, str]],
) -> RuleVerdict:
    try:
        finding, why = find(request)
        if finding == "accept" and not isinstance(request, PermissionsApproval):
            request.check(request.accept())
    except NotUnderstood as problem:
        finding, why = "not understood", str(problem)
    except AnswerRefused:
        finding, why = "not understood", "the server does not offer to accept it"
    return RuleVerdict(str(rule), finding, why)


def _prefix(prefix: str | Sequence[str]) -> tuple[str, ...]:
    try:
        words = split_words(prefix) if isinstance(prefix, str) else list(prefix)
    except NotUnderstood as problem:
        raise InvalidInput(
            "prefixes", prefix, str(problem), "Give plain words, or a list of words"
        ) from None
    if not words or not all(words):
        raise InvalidInput(
            "prefixes", prefix, "is not a list of words", "Give 'git status' or ['git', 'status']"
        )
    return tuple(words)


def _some(name: str, values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise InvalidInput(name, values, "is empty", "Give at least one, or use no rule")
    return values


def _is_rule(other: object) -> bool:
    return isinstance(other, ApprovalRule)
