"""What the settings of a relay say about requests.

Owns the one value that the translation is given besides the request. Does not know where the
settings come from or check them: that is the relay's configuration. Enter at `RequestOptions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RequestOptions"]


@attrs.frozen(kw_only=True)
class RequestOptions:
    """How requests are translated."""

    model_map: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """Name that clients use -> name that the model server uses."""
    default_model: str | None = None
    """The model for every name that ``model_map`` lacks; None: the name as the client gave it."""
    tool_denylist: frozenset[str] = frozenset()
    """Tools that are not offered: a tool's own name, its flat name, or a whole namespace."""
    forward_params: frozenset[str] = frozenset()
    """Fields of the request that are sent on as they came; ``verbosity`` is ``text.verbosity``."""
    extra_params: Mapping[str, object] = attrs.field(factory=dict[str, object])
    """Fields put into every request, last of all; they replace what is there."""
    drop_params: frozenset[str] = frozenset()
    """Fields taken out before ``extra_params`` are put in."""
    reasoning_field: str | None = "reasoning_content"
    """Field of an assistant message that carries its reasoning; None: none is sent."""
    limit_field: str = "max_tokens"
    """Field that carries ``max_output_tokens``."""
    gemini_signatures: bool = False
    """Say with every earlier call that the model's signature of it is not kept."""
    strict_roles: bool = False
    """Send one system message, the first, and never two messages of the user in a row."""
    stream_upstream: bool = True
    """Whether the model server is asked to stream its answer."""
