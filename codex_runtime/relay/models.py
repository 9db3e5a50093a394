"""The answer to ``GET /v1/models``: the models that clients of a relay may name.

Owns its shape and the order of the names. Does not know HTTP (see `upstream` and `app`). Enter at
`list_models`.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from codex_runtime.relay.failures import UpstreamFailed

if TYPE_CHECKING:
    from codex_runtime.relay.config import RelayConfig
    from codex_runtime.relay.upstream import Upstream

__all__ = ["list_models"]

_OWNER: Final = "upstream"


async def list_models(config: RelayConfig, upstream: Upstream) -> bytes:
    """The JSON: OpenAI's list under ``data``, and ``models``, which Codex reads, empty.

    The names of ``model_map`` and the default come first, then the upstream's; where it tells none
    in time, or at all, they stand alone. Of models that are not described under ``models`` Codex
    takes what it knows by their names.
    """
    default = config.default_model
    names = [*config.model_map, *([] if default is None else [default])]
    # Many servers have no such list; if more is wrong, requests will tell.
    with suppress(UpstreamFailed):
        names += await upstream.models()
    entries = [
        {"id": name, "object": "model", "created": 0, "owned_by": _OWNER}
        for name in dict.fromkeys(names)
    ]
    answer = {"object": "list", "data": entries, "models": []}
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
