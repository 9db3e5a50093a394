"""A server from the future: the real binary behind a filter that changes what it says.

Run as a program in place of ``codex``: ``newer_server.py CODEX ARG...``. Requests pass unchanged.
Of what the server sends, known messages get fields that no schema names, kinds of items and of
status that none knows, values that no enum lists, and a notification of a method that none has.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import Any

# Plain JSON, looked into key by key.
Json = Any

NEW_FIELD = "sinceTomorrow"
NEW_METHOD = "item/lookedAt"
NEW_KINDS = {"userMessage": "userMonologue", "commandExecution": "commandIncantation"}
NEW_VALUES = {"final_answer": "last_word"}
NEW_STATUS = {"idle": "dreaming"}


def changed(message: Json) -> list[Json]:
    """What the server of the future sends in place of ``message``."""
    params = message.get("params")
    if isinstance(params, dict) and "id" not in message:
        params[NEW_FIELD] = {"a": [1]}
        status = params.get("status")
        if isinstance(status, dict):
            status["type"] = NEW_STATUS.get(status["type"], status["type"])
        for part in (params.get("item"), params.get("turn"), params.get("thread")):
            change_part(part)
        if message["method"] == "item/started":
            return [message, {"method": NEW_METHOD, "params": params}]
    result = message.get("result")
    if isinstance(result, dict):
        result[NEW_FIELD] = None
        for part in (result.get("thread"), result.get("turn")):
            change_part(part)
    return [message]


def change_part(part: Json) -> None:
    """Change an item, a turn or a thread, and what stands in it."""
    if not isinstance(part, dict):
        return
    part[NEW_FIELD] = 1
    if part.get("type") in NEW_KINDS:
        part["type"] = NEW_KINDS[part["type"]]
    if part.get("phase") in NEW_VALUES:
        part["phase"] = NEW_VALUES[part["phase"]]
    for inner in (*part.get("items", ()), *part.get("turns", ())):
        change_part(inner)


def main() -> int:
    """Stand between our standard streams and the binary's."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    asked = child.stdin

    def pass_requests() -> None:
        with asked:
            while data := os.read(0, 65_536):
                asked.write(data)
                asked.flush()

    threading.Thread(target=pass_requests, daemon=True).start()
    for line in child.stdout:
        for message in changed(json.loads(line)):
            sys.stdout.write(json.dumps(message) + "\n")
            sys.stdout.flush()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
