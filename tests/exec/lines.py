"""Lines that `codex exec --json` 0.163.0 wrote, and a program that writes them as it did.

Owns what was captured (ids and paths as they were, but for the directory) and the fake `codex` for
what the real one cannot be made to do: to end in the middle of a line, to hang, to ignore signals.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

THREAD_ID = "01a200b3-26f6-7130-a2ec-a6b25fc3cf18"

CAPTURED = rb"""
{"type":"thread.started","thread_id":"01a200b3-26f6-7130-a2ec-a6b25fc3cf18"}
{"type":"turn.started"}
{"type":"item.started","item":{"id":"item_0","type":"command_execution","command":"/bin/bash -lc 'echo hi; exit 3'","aggregated_output":"","exit_code":null,"status":"in_progress"}}
{"type":"item.completed","item":{"id":"item_0","type":"command_execution","command":"/bin/bash -lc 'echo hi; exit 3'","aggregated_output":"hi\n","exit_code":3,"status":"failed"}}
{"type":"item.completed","item":{"id":"item_0","type":"reasoning","text":"think"}}
{"type":"item.started","item":{"id":"item_0","type":"file_change","changes":[{"path":"/srv/a.txt","kind":"add"}],"status":"in_progress"}}
{"type":"item.started","item":{"id":"item_0","type":"todo_list","items":[{"text":"one","completed":false},{"text":"two","completed":false}]}}
{"type":"item.updated","item":{"id":"item_0","type":"todo_list","items":[{"text":"one","completed":true}]}}
{"type":"item.started","item":{"id":"item_0","type":"mcp_tool_call","server":"x","tool":"tell","arguments":{},"result":null,"error":null,"status":"in_progress"}}
{"type":"item.completed","item":{"id":"item_0","type":"error","message":"Falling back from WebSockets to HTTPS transport. stream disconnected before completion: failed to lookup address information: Name does not resolve"}}
{"type":"error","message":"Reconnecting... 2/5 (stream disconnected before completion: failed to lookup address information: Name does not resolve)"}
{"type":"turn.failed","error":{"message":"unexpected status 401 Unauthorized: The scripted model knows no such key., url: http://127.0.0.1:45575/v1/responses"}}
{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"done"}}
{"type":"turn.completed","usage":{"input_tokens":19451,"cached_input_tokens":0,"cache_write_input_tokens":0,"output_tokens":8,"reasoning_output_tokens":0}}
""".strip().splitlines()  # noqa: E501 - as they were written

STARTED, TURN, *_, ANSWER, COMPLETED = CAPTURED


def write_codex(path: Path, *steps: bytes | str) -> Path:
    """A fake `codex` that runs the steps: bytes are a line of output, text is Python."""
    body = [
        "import os, signal, sys, time",
        "out = sys.stdout.buffer",
        *(step if isinstance(step, str) else f"out.write({step!r}); out.flush()" for step in steps),
    ]
    path.write_text("#!/usr/bin/env python3\n" + "\n".join(body) + "\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def with_field(line: bytes, **fields: object) -> bytes:
    """The same event with more, or with others, in it."""
    return json.dumps({**json.loads(line), **fields}).encode()
