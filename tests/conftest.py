"""What every test may use: hypothesis profiles and the real binary.

A test against the real app-server is an ordinary test: without the extra ``codex`` it fails.
"""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

from codex_runtime.launch import find_codex

settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So a shell starts what runs in its background; here a Ctrl-C is tested.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def codex_path() -> str:
    """The real binary, found as a user's program would find it."""
    return find_codex(None, os.environ).path
