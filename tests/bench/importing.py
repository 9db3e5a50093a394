"""What importing a package costs in a fresh interpreter. Knows no client beyond its import line.

Owns the programs and how one is timed; `cost` and the benchmark's import rows read them.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

__all__ = ["MAX_IMPORT_RATIO", "PROGRAMS", "measure", "started"]

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3
MAX_IMPORT_RATIO = 0.25
"""CPU of importing ours, of importing the SDK."""
_ALL_NAMES = "import {0}\nfor name in {0}.__all__: getattr({0}, name)"
PROGRAMS = {
    "import": {
        "ours": "import codex_runtime",
        "sync": "import openai_codex",
        "floor": "import trio, msgspec, attrs",
    },
    "import_all": {
        "ours": _ALL_NAMES.format("codex_runtime"),
        "sync": _ALL_NAMES.format("openai_codex"),
    },
}
"""By scenario and client; the floor are the packages that ours stands on."""


def started(program: str) -> tuple[float, float]:
    """CPU and wall time of a fresh interpreter that runs ``program``, in ms."""
    before, start_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    # Its first place to look is the checkout, as in the rest of the benchmark.
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
    wall_s, after = time.monotonic() - start_s, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1000 * cpu_s, 1000 * wall_s


def measure(scenario: str, client: str) -> dict[str, float]:
    """One of the programs over a bare interpreter: the least of several, taken in turn.

    What else runs on the machine only ever adds.
    """
    program = PROGRAMS[scenario][client]
    rounds = [(started("pass"), started(program)) for _ in range(ROUNDS)]

    def net(part: int) -> float:
        return min(loaded[part] for _, loaded in rounds) - min(bare[part] for bare, _ in rounds)

    return {"import_cpu_ms": net(0), "import_wall_ms": net(1)}
