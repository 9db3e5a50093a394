"""The answer to ``GET /v1/models``: the models that clients of a relay may name.

Owns its shape, the order of the names, and how long the upstream's list is believed. Does not know
HTTP (see `upstream` and `app`). Enter at `ModelList.body`.
"""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING, Final, final

from codex_runtime.relay.failures import UpstreamFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.relay.config import RelayConfig
    from codex_runtime.relay.upstream import Upstream

__all__ = ["ModelList"]

_BELIEVED_S: Final = 60.0
_AFTER_FAILURE_S: Final = 5.0
_OWNER: Final = "upstream"


@final
class ModelList:
    """The names of the configuration, then those of the upstream."""

    def __init__(
        self,
        config: RelayConfig,
        upstream: Upstream,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._upstream = upstream
        self._clock = clock
        self._found: list[str] = []
        self._asked_again_at = -math.inf

    async def names(self) -> list[str]:
        """Each once; the upstream is asked at most once a minute, and is not needed for it.

        While it does not answer, what it said last is repeated.
        """
        if self._clock() >= self._asked_again_at:
            try:
                self._found = await self._upstream.models()
                pause_s = _BELIEVED_S
            except UpstreamFailed:
                pause_s = _AFTER_FAILURE_S
            self._asked_again_at = self._clock() + pause_s
        default = self._config.default_model
        ours = [*self._config.model_map, *([] if default is None else [default])]
        return list(dict.fromkeys([*ours, *self._found]))

    async def body(self) -> bytes:
        """The JSON: OpenAI's list under ``data``, and ``models``, which Codex reads, empty.

        Of a model that is not described there Codex takes what it knows by the name itself.
        """
        entries = [
            {"id": name, "object": "model", "created": 0, "owned_by": _OWNER}
            for name in await self.names()
        ]
        answer = {"object": "list", "data": entries, "models": []}
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
