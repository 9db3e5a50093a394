"""`run`: one prompt, one answer, one call.

Owns nothing: it opens a runtime, asks and closes. For more than one prompt open the runtime.
Enter at `run`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, overload

from codex_runtime.model.profile import SessionConfig
from codex_runtime.runtime.runtime import open_runtime

if TYPE_CHECKING:
    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.model.results import TurnResult, TypedResult

__all__ = ["run"]

T = TypeVar("T")


@overload
async def run(
    prompt: str,
    config: SessionConfig | None = None,
    *,
    runtime: RuntimeConfig | None = None,
    output: type[T],
) -> TypedResult[T]: ...
@overload
async def run(
    prompt: str,
    config: SessionConfig | None = None,
    *,
    runtime: RuntimeConfig | None = None,
    output: None = None,
) -> TurnResult: ...
async def run(
    prompt: str,
    config: SessionConfig | None = None,
    *,
    runtime: RuntimeConfig | None = None,
    output: type[object] | None = None,
) -> TurnResult:
    """Start an app-server, ask it one prompt, and end it: `open_runtime` and `Runtime.run`.

    Without ``config`` the working directory is this process's; ``runtime`` configures the
    app-server, ``output`` is as of `Session.ask`. Raises as those two do. A start takes a good part
    of a second: for more than one prompt open a runtime once.
    """
    async with open_runtime(runtime) as opened:
        return await opened.run(prompt, config or SessionConfig(), output=output)
