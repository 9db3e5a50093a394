"""An MCP server on stdio with one tool, which counts what it knows and fails at the rest.

Owns a program of its own, run by the app-server while fixtures are written. Knows nothing of this
project.
"""

from __future__ import annotations

import json
import sys
from typing import Any

TOOL = {
    "name": "count",
    "inputSchema": {"type": "object", "properties": {"of": {"type": "string"}}},
    "annotations": {"readOnlyHint": True},
}


def result_of(method: str, params: dict[str, Any]) -> dict[str, object]:
    """The result of one request; Any: JSON as it came."""
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "counting", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": [TOOL]}
    if method != "tools/call":
        return {}
    known = params["arguments"].get("of") == "words"
    said = "forty-two" if known else "nobody can count these"
    return {"content": [{"type": "text", "text": said}], "isError": not known}


def main() -> None:
    """Serve until stdin ends."""
    for line in sys.stdin:
        message: dict[str, Any] = json.loads(line)
        if "id" in message:
            result = result_of(message["method"], message.get("params", {}))
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
