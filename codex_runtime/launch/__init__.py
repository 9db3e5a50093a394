"""Everything decided before the app-server starts: binary, command line, environment.

Owns the search for ``codex``, the TOML of ``-c``, the `LaunchSpec` and the judgement of a server's
version. Pure apart from looking at the file system; does not start a process and knows no protocol.
Enter at `find_codex` and `build_launch`.
"""

from codex_runtime.launch.binary import BinarySource, CodexBinary, find_codex
from codex_runtime.launch.command import LaunchSpec, build_launch, prepare_home
from codex_runtime.launch.toml import render_overrides
from codex_runtime.launch.version import (
    MIN_SUPPORTED,
    TESTED,
    CodexVersion,
    Judgement,
    UntestedServerWarning,
    about_untested,
    judge,
    parse_user_agent,
)

__all__ = [
    "MIN_SUPPORTED",
    "TESTED",
    "BinarySource",
    "CodexBinary",
    "CodexVersion",
    "Judgement",
    "LaunchSpec",
    "UntestedServerWarning",
    "about_untested",
    "build_launch",
    "find_codex",
    "judge",
    "parse_user_agent",
    "prepare_home",
    "render_overrides",
]
