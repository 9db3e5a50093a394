"""What a client starts as ``codex``, and how its stream is let go: the replay, or the real server.

Owns the differences between the two, so that a client measures both with the same lines. On the
real server the stream is held back by its scripted model (`model`). Enter at `other_side`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from tests.bench.replay_script import DELTA
from tests.bench.replay_server import write_starter

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from tests.bench.job import Job

__all__ = ["SETTLE_S", "TURN_ENDED", "OtherSide", "other_side"]

SETTLE_S = 0.05
"""What was said so far has been taken in after that."""
TURN_ENDED = '"method":"turn/completed"'


@attrs.frozen(kw_only=True)
class OtherSide:
    """One server to be started, in an empty folder."""

    folder: str
    starter: str
    go_pipe: int
    """Open all the time: a pipe whose last writer has left looks like one that was written to."""
    overrides: Mapping[str, Any] = attrs.field(factory=dict)
    rendered_overrides: Sequence[str] = ()
    env: Mapping[str, str] = attrs.field(factory=dict)
    asked: Path | None = None
    """A file with a byte for each turn that asked the model."""
    tap: Path | None = None
    """A file that gets a copy of what the server writes."""

    def go(self) -> None:
        """Let the stream begin, or go on after it held."""
        os.write(self.go_pipe, b"g")

    def is_under_way(self, turns: int) -> bool:
        """Whether so many turns wait for the model by now; replayed ones wait for `go` alone."""
        return self.asked is None or self.asked.stat().st_size >= turns

    def emitted_ns(self) -> dict[str, int] | None:
        """When the server emitted each delta, on ``CLOCK_MONOTONIC``; by the head of its text.

        From ``emittedAtMs``: whole milliseconds, cut. None of the replay: its texts tell.
        """
        if self.asked is None or self.tap is None:
            return None
        time.sleep(SETTLE_S)  # ``tee`` writes to the client first
        ahead_ns = time.time_ns() - time.monotonic_ns()
        found: dict[str, int] = {}
        with self.tap.open(encoding="utf-8") as lines:
            for line in lines:
                if f'"{DELTA}"' in line:
                    message = json.loads(line)
                    at_ns = 1_000_000 * message["emittedAtMs"] - ahead_ns
                    found[message["params"]["delta"][:8]] = at_ns
        return found

    def has_written(self, text: str) -> bool:
        """Whether a whole line with that text is on its way to the client; needs a tap.

        Looked up by another process: neither CPU nor memory of it is the client's.
        """
        assert self.tap is not None
        command = ["grep", "--fixed-strings", "--quiet", text, str(self.tap)]
        if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode:
            return False
        with self.tap.open("rb") as lines:
            lines.seek(-1, os.SEEK_END)
            return lines.read() == b"\n"


@contextlib.contextmanager
def other_side(job: Job) -> Generator[OtherSide]:
    """The server of a job, not started yet."""
    # A server that outlives its client for a moment may still write there.
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        yield real(job, folder) if job.is_real else replayed(job, folder)


def replayed(job: Job, folder: str) -> OtherSide:
    starter, go_pipe = write_starter(Path(folder), job.plan)
    tap = Path(folder, "tap") if job.scenario == "unread" else None
    return OtherSide(
        folder=folder,
        starter=tapped(str(starter), tap),
        go_pipe=os.open(go_pipe, os.O_RDWR),
        tap=tap,
    )


def real(job: Job, folder: str) -> OtherSide:
    assert job.model is not None
    # No client hands over when the server emitted an event: it is read off its output.
    tap = Path(folder, "tap") if job.scenario in ("lateness", "unread") else None
    return OtherSide(
        folder=folder,
        starter=tapped(codex(), tap),
        go_pipe=os.open(job.model["go_pipe"], os.O_RDWR),
        overrides=job.model["overrides"],
        rendered_overrides=job.model["rendered_overrides"],
        env=job.model["env"],
        asked=Path(job.model["asked"]),
        tap=tap,
    )


def tapped(starter: str, tap: Path | None) -> str:
    """What starts the same, and copies to the tap what it writes."""
    if tap is None:
        return starter
    wrapper = tap.with_name("tapped-codex")
    command = f'{shlex.quote(starter)} "$@" | tee -a {shlex.quote(str(tap))}'
    wrapper.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    wrapper.chmod(0o700)
    return str(wrapper)


def codex() -> str:
    """The same binary for every client."""
    # Any: a package that has no types.
    bundled: Any = import_module("codex_cli_bin")
    return os.environ.get("CODEX_BIN") or str(bundled.bundled_codex_path())
