"""An MCP server on stdio whose tools ask the user before they answer.

Owns a program of its own, run by the app-server. ``ask`` and ``write`` take the ``params`` of the
elicitation and return what the user said, as JSON; ``write`` says of itself that it destroys.
Knows nothing of this project.
"""

from __future__ import annotations

import json
import sys
from typing import Any

SCHEMA = {"type": "object", "properties": {"params": {"type": "object"}}}
TOOLS = [
    {"name": "ask", "inputSchema": SCHEMA, "annotations": {"readOnlyHint": True}},
    {"name": "write", "inputSchema": SCHEMA, "annotations": {"destructiveHint": True}},
]


def say(**message: object) -> None:
    """Write one message of JSON-RPC."""
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until stdin ends."""
    calls: dict[str, object] = {}
    for line in sys.stdin:
        message: dict[str, Any] = json.loads(line)
        match message.get("method"):
            case "initialize":
                result: dict[str, object] = {
                    "protocolVersion": message["params"]["protocolVersion"],
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "eliciting", "version": "1"},
                }
                say(id=message["id"], result=result)
            case "tools/list":
                say(id=message["id"], result={"tools": TOOLS})
            case "tools/call":
                asked = f"ask-{len(calls)}"
                calls[asked] = message["id"]
                params = message["params"]["arguments"]["params"]
                say(id=asked, method="elicitation/create", params=params)
            case None if message.get("id") in calls:
                told = {"type": "text", "text": json.dumps(message.get("result"))}
                say(id=calls.pop(message["id"]), result={"content": [told]})
            case _:
                pass


if __name__ == "__main__":
    main()
