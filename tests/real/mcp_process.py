"""An MCP server over stdio, small enough to read: one tool that tells its surroundings.

Owns the few answers that a client needs. Knows no Codex; it is run as a program.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def answer(method: str, params: dict[str, Any]) -> dict[str, object]:
    """The result of a request, Any being JSON as it came."""
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "surroundings", "version": "1"},
        }
    if method == "tools/list":
        nothing = {"type": "object", "properties": {}}
        names = ("tell", "hide")
        return {"tools": [{"name": n, "description": n, "inputSchema": nothing} for n in names]}
    if method == "tools/call":
        told = {"env": dict(os.environ), "cwd": os.getcwd(), "args": sys.argv[1:]}  # noqa: PTH109
        return {"content": [{"type": "text", "text": json.dumps(told)}]}
    return {}


if __name__ == "__main__":
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:
            result = answer(message["method"], message.get("params") or {})
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}))
            sys.stdout.write("\n")
            sys.stdout.flush()
