"""What one ask says: the checks of a prompt, and `PromptParams` with every option of a turn.

Owns the limits the server puts on input. Does not know sessions or the merge with their profile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.errors import InputTooLarge, ProfileError, PromptError
from codex_runtime.model.checks import check_mapping, check_path, check_text
from codex_runtime.model.given_values import copied
from codex_runtime.model.profile import ProfileFields
from codex_runtime.model.typed.output import output_spec
from codex_runtime.protocol.unset import UNSET, UnsetType

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["MAX_INPUT_CHARS", "PromptParams", "check_prompt"]

MAX_INPUT_CHARS: Final = 1_048_576
"""The server's limit on the text of one input, in Unicode code points."""

_INPUT_TOO_LARGE: Final = -32602
_TEXTS: Final = ("key", "client_user_message_id", "parent_turn_id", "root_turn_id", "turn_trigger")


def check_prompt(prompt: str, *, method: str = "turn/start") -> None:
    """Refuse what the server would drop in silence (a lone surrogate), or reject.

    Raises `PromptError`, or `InputTooLarge` with the same facts as the server's own refusal.
    """
    check_text("prompt", prompt, PromptError)
    if len(prompt) > MAX_INPUT_CHARS:
        raise InputTooLarge(
            method,
            _INPUT_TOO_LARGE,
            f"the prompt has {len(prompt)} characters, the server takes {MAX_INPUT_CHARS}; "
            "nothing was sent: shorten it, or put it into a file and name the file",
            {"max_chars": MAX_INPUT_CHARS, "actual_chars": len(prompt)},
        )


def _own_metadata(value: Mapping[str, object]) -> Mapping[str, object]:
    return copied(value)


@attrs.frozen(kw_only=True)
class PromptParams(ProfileFields):
    """One ask in full: the prompt and every option of its turn (``turn/start``).

    Fields left UNSET come from the session. Options hold for this turn alone. Raises `PromptError`,
    `InputTooLarge` or `ProfileError` at construction.
    """

    prompt: str
    """The user's text, 1 to 1,048,576 code points."""

    cwd: str | os.PathLike[str] | UnsetType = UNSET
    """Working directory of this turn."""

    key: str | UnsetType = UNSET
    """Names this ask for good on its thread, so that it is executed at most once: what a turn with
    this key came to is taken from the server's record, in a later process too. It travels as
    ``clientUserMessageId``."""

    client_user_message_id: str | UnsetType = UNSET
    """Comes back as ``client_id`` of the user message item, a new UUID unless given; the server
    does not deduplicate."""

    parent_turn_id: str | UnsetType = UNSET
    """The turn this one works for, for the server's own records."""

    root_turn_id: str | UnsetType = UNSET
    """The first turn of that chain."""

    turn_trigger: str | UnsetType = UNSET
    """What made the turn start, a label for the server's own records."""

    output: type[object] | None = None
    """Type of the final answer: a msgspec struct, an attrs class, a dataclass or a pydantic model.
    Its strict JSON schema is sent, and `TurnResult.output` is of this type."""

    retry_output: bool = False
    """If the answer is not of that type, ask once more and say what was wrong."""

    metadata: Mapping[str, object] = attrs.field(factory=dict[str, object], converter=_own_metadata)
    """For hooks alone: any JSON values, copied."""

    def __attrs_post_init__(self) -> None:
        check_prompt(self.prompt)
        self.profile()
        if self.cwd is not UNSET:
            check_path("cwd", self.cwd, ProfileError)
        if self.key is not UNSET and self.client_user_message_id is not UNSET:
            raise ProfileError(
                "client_user_message_id",
                self.client_user_message_id,
                "cannot be combined with key, which travels in its place",
                "Give one of the two",
            )
        for name in _TEXTS:
            value = getattr(self, name)
            if value is not UNSET:
                check_text(name, value, ProfileError)
        if self.output is not None:
            output_spec(self.output)
            if self.output_schema is not UNSET and self.output_schema is not None:
                raise ProfileError(
                    "output_schema",
                    self.output_schema,
                    "cannot be combined with output",
                    "Give a type, or a schema of your own",
                )
        check_mapping("metadata", self.metadata, ProfileError)
