"""What an ask says, made of what a caller gave: a stream's options, and the second try.

Owns which options a stream refuses and what a second try leaves out. Does not ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from codex_runtime.errors import ProfileError
from codex_runtime.model.prompt import PromptParams
from codex_runtime.model.typed.output import output_spec
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.errors import OutputMismatch
    from codex_runtime.model.attachments import Attachment
    from codex_runtime.model.hooks.hooks import HookConfig
    from codex_runtime.protocol.unset import UnsetType

__all__ = ["again_after", "stream_params"]


def stream_params(
    prompt: str | PromptParams,
    output: type[object] | None,
    attachments: Sequence[Attachment] | UnsetType,
    hooks: HookConfig | UnsetType,
) -> PromptParams:
    """All options of a streamed turn; raises `ProfileError` for what a stream cannot do."""
    if not isinstance(prompt, PromptParams):
        return PromptParams(prompt=prompt, output=output, attachments=attachments, hooks=hooks)
    given = {"output": output, "attachments": attachments, "hooks": hooks}
    for name, value in given.items():
        if value is not None and value is not UNSET:
            raise ProfileError(
                name, value, "was given beside PromptParams", f"Set PromptParams({name}=...)"
            )
    if prompt.retry_output:
        raise ProfileError(
            "retry_output",
            prompt.retry_output,
            "cannot be had of a stream: its events are with you already",
            "Use ask_with, or ask again yourself after OutputMismatch",
        )
    if prompt.key is not UNSET:
        raise ProfileError(
            "key",
            prompt.key,
            "cannot be had of a stream: what is on record has no events",
            "Use ask or ask_with",
        )
    return prompt


def again_after(params: PromptParams, mismatch: OutputMismatch) -> PromptParams:
    """The second try: what was wrong, without what the model has already."""
    if params.output is None:
        return params
    told = output_spec(params.output).correction(mismatch.problem)
    return attrs.evolve(
        params,
        prompt=told,
        attachments=(),
        retry_output=False,
        key=UNSET,
        client_user_message_id=UNSET,
    )
