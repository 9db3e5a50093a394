"""A server that forgets to tell: the real binary behind a filter that keeps some messages back.

Run as a program in place of ``codex``: ``forgetful_server.py METHODS CODEX ARG...``, with commas
between the methods. Notifications of these, and answers to requests of these, are never sent.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading


def main() -> int:
    """Stand between our standard streams and the binary's."""
    forgotten = set(sys.argv[1].split(","))
    child = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    asked = child.stdin
    unanswered: set[object] = set()

    def pass_requests() -> None:
        with asked:
            for line in sys.stdin.buffer:
                request = json.loads(line)
                if request.get("method") in forgotten:
                    unanswered.add(request.get("id"))
                asked.write(line)
                asked.flush()

    threading.Thread(target=pass_requests, daemon=True).start()
    for line in child.stdout:
        message = json.loads(line)
        is_answer = "method" not in message
        if (message["id"] in unanswered) if is_answer else (message["method"] in forgotten):
            continue
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
