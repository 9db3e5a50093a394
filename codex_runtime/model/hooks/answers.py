"""What a hook is shown and what it may answer: `HookContext`, `Mutate`, `Block`.

Owns which answer makes sense in which phase, and that metadata is JSON. Does not know the hooks
themselves (see `hooks`). Enter at `check_answer`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

import attrs

from codex_runtime.errors import HookError
from codex_runtime.model.checks import check_mapping, check_text
from codex_runtime.protocol.unset import UNSET, UnsetType

if TYPE_CHECKING:
    from codex_runtime.model.attachments import Attachment

__all__ = ["Block", "HookAnswer", "HookContext", "HookPhase", "Mutate", "check_answer"]

HookPhase: TypeAlias = Literal[
    "pre_run",
    "post_run",
    "pre_session_start",
    "post_session_start",
    "pre_turn",
    "post_turn",
    "pre_tool_use",
    "post_tool_use",
]
"""When a hook runs."""

_CHANGEABLE: Final[Mapping[str, frozenset[str]]] = {
    "pre_run": frozenset(("prompt", "model", "attachments", "metadata")),
    "pre_session_start": frozenset(("model", "metadata")),
    "pre_turn": frozenset(("prompt", "model", "attachments", "metadata")),
}
_MAX_JSON_DEPTH: Final = 64


def _json_copy(name: str, value: object, depth: int = 0) -> object:
    """A deep copy of plain dicts and lists; refuses what JSON cannot say, naming its place."""
    if depth > _MAX_JSON_DEPTH:
        raise HookError(
            name, "...", f"is nested deeper than {_MAX_JSON_DEPTH} levels", "Make it flatter"
        )
    if isinstance(value, Mapping):
        check_mapping(name, cast("object", value), HookError)
        items = cast("Mapping[str, object]", value).items()
        return {key: _json_copy(f"{name}[{key!r}]", item, depth + 1) for key, item in items}
    if isinstance(value, (list, tuple)):
        parts = cast("Sequence[object]", value)
        return [_json_copy(f"{name}[{i}]", item, depth + 1) for i, item in enumerate(parts)]
    if isinstance(value, float) and not math.isfinite(value):
        raise HookError(name, value, "is a number that JSON does not have", "Give a finite one")
    if value is not None and not isinstance(value, (str, int, float)):
        raise HookError(
            name, value, "is no JSON value", "Give texts, numbers, booleans, None, lists, dicts"
        )
    return value


def _metadata(value: object) -> Mapping[str, object]:
    check_mapping("metadata", value, HookError)
    copied = cast("dict[str, object]", _json_copy("metadata", value))
    return MappingProxyType(copied)


def _attachments(value: object) -> tuple[Attachment, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise HookError("attachments", value, "is no list of attachments", "Give a list of them")
    return tuple(cast("Iterable[Attachment]", value))


@attrs.frozen(kw_only=True)
class HookContext:
    """What a hook is shown; a field is None where the phase has none of it.

    Each pre hook sees what the ones before it made of ``prompt``, ``model``, ``attachments`` and
    ``metadata``. Raises `HookError` for metadata that is not JSON.
    """

    phase: HookPhase

    prompt: str | None = None
    """The user's text, as it stands now."""

    model: str | None = None
    """The model that was asked for; None leaves it to the server."""

    attachments: tuple[Attachment, ...] = ()
    """What goes along with the prompt."""

    metadata: Mapping[str, object] = attrs.field(factory=dict[str, object], converter=_metadata)
    """What hooks of this ask have left for later ones: JSON values by name. Read only."""

    cwd: str | None = None
    """The working directory."""

    thread_id: str | None = None
    turn_id: str | None = None
    """None before the turn has started."""

    tool_name: str | None = None
    """Tool phases: which tool."""

    tool_input: object = None
    """Tool phases: what it is asked to do, a JSON value."""

    tool_output: object = None
    """``post_tool_use``: what came of it, a JSON value."""

    status: str | None = None
    """Post phases: how it ended."""

    text: str | None = None
    """Post phases: the answer's text."""


@attrs.frozen(kw_only=True)
class Mutate:
    """Go on, with something changed; what is left out stays as it is. Raises `HookError`."""

    prompt: str | UnsetType = UNSET
    """The whole new prompt."""

    model: str | UnsetType = UNSET

    attachments: tuple[Attachment, ...] = attrs.field(default=(), converter=_attachments)
    """These are added to the ones that are there."""

    metadata: Mapping[str, object] = attrs.field(factory=dict[str, object], converter=_metadata)
    """JSON values, laid over those that are there, by their outermost names."""

    def __attrs_post_init__(self) -> None:
        for name, value in (("prompt", self.prompt), ("model", self.model)):
            if value is not UNSET:
                check_text(name, value, HookError)

    @property
    def changes(self) -> frozenset[str]:
        """The names of the fields that change something."""
        given = {"prompt": self.prompt is not UNSET, "model": self.model is not UNSET}
        given |= {"attachments": bool(self.attachments), "metadata": bool(self.metadata)}
        return frozenset(name for name, is_given in given.items() if is_given)

    def apply(self, context: HookContext) -> HookContext:
        """``context`` as the next hook sees it."""
        return attrs.evolve(
            context,
            prompt=context.prompt if self.prompt is UNSET else self.prompt,
            model=context.model if self.model is UNSET else self.model,
            attachments=(*context.attachments, *self.attachments),
            metadata={**context.metadata, **self.metadata},
        )


@attrs.frozen
class Block:
    """Do not go on. The reason is for people: `BlockedByHook` and the report carry it."""

    reason: str

    def __attrs_post_init__(self) -> None:
        check_text("reason", self.reason, HookError)


HookAnswer: TypeAlias = Mutate | Block | None
"""What a hook returns; None is: go on, nothing is changed."""


def check_answer(answer: object, phase: HookPhase) -> HookAnswer:
    """``answer``, if a hook may give it in ``phase``; raises `HookError` otherwise.

    ``pre_session_start`` has no prompt and no attachments to change; tool hooks pass or block;
    post hooks have nothing left to decide.
    """
    if answer is not None and not isinstance(answer, (Mutate, Block)):
        raise HookError("answer", answer, "is no answer of a hook", "Return Mutate, Block or None")
    if isinstance(answer, Block) and phase.startswith("post_"):
        raise HookError("answer", answer, f"comes too late to block in {phase}", "Return None")
    if isinstance(answer, Mutate):
        refused = answer.changes - _CHANGEABLE.get(phase, frozenset())
        if refused:
            names = ", ".join(sorted(refused))
            raise HookError("answer", answer, f"cannot change {names} in {phase}", "Leave it out")
    return answer
