"""What the server is told when nobody here decides: no, in the valid shape of each kind.

Owns the table; does not send. Approvals are declined, questions answered empty, tools fail, and
what is not known gets a JSON-RPC error. Nothing in it ever says yes. Source: the responses of the
protocol's server requests.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import attrs

__all__ = ["METHOD_NOT_FOUND", "DefaultAnswer", "default_answer"]

METHOD_NOT_FOUND: Final = -32601


@attrs.frozen
class DefaultAnswer:
    """``result`` is the JSON value to answer with; None means: refuse with an error."""

    result: dict[str, object] | None
    declines: bool
    """It turned an approval down, which is worth a line in the log."""


_ANSWERS: Final = MappingProxyType(
    {
        "item/commandExecution/requestApproval": DefaultAnswer(
            {"decision": "decline"}, declines=True
        ),
        "item/fileChange/requestApproval": DefaultAnswer({"decision": "decline"}, declines=True),
        # Denying permissions is an empty grant; there is no decision in this kind.
        "item/permissions/requestApproval": DefaultAnswer({"permissions": {}}, declines=True),
        "applyPatchApproval": DefaultAnswer({"decision": "denied"}, declines=True),
        "execCommandApproval": DefaultAnswer({"decision": "denied"}, declines=True),
        "mcpServer/elicitation/request": DefaultAnswer({"action": "decline"}, declines=True),
        "item/tool/requestUserInput": DefaultAnswer({"answers": {}}, declines=False),
        "item/tool/call": DefaultAnswer(
            {
                "success": False,
                "contentItems": [{"type": "inputText", "text": "this client offers no such tool"}],
            },
            declines=False,
        ),
    }
)
_REFUSED: Final = DefaultAnswer(None, declines=False)


def default_answer(method: str) -> DefaultAnswer:
    """The answer to a server request of this name, whatever it asks."""
    return _ANSWERS.get(method, _REFUSED)
