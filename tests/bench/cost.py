"""What importing and idling cost, beside the official SDK. Run by ``nox -s cost``.

Prints CPU times and their ratio (a ratio within one run is what counts: machines are noisy) and
exits with 1 when a bound is missed: the import at most a quarter of the SDK's, ten idle sessions at
most 10 ms of this process's CPU in 10 s.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import trio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codex_runtime import SessionConfig, open_runtime
from codex_runtime.testing import open_scripted_model
from tests.bench import importing
from tests.bench.importing import MAX_IMPORT_RATIO

ROUNDS = 3
IDLE_S = 10.0
IDLE_SESSIONS = 10
MAX_IDLE_MS = 10.0

TITLES = {
    ("import", "ours"): "import codex_runtime",
    ("import_all", "ours"): "every public name of it",
    ("import", "floor"): "import trio, msgspec, attrs",
    ("import", "sync"): "import openai_codex",
}


def import_ratios() -> dict[str, float]:
    """Measure every program in turn, several rounds; returns each by the SDK's."""
    rounds = [
        {program: importing.measure(*program)["import_cpu_ms"] for program in TITLES}
        for _ in range(ROUNDS)
    ]
    net = {title: min(times[program] for times in rounds) for program, title in TITLES.items()}
    for title, value in net.items():
        print(f"{title:30} {value:8.1f} ms CPU over a bare interpreter")
    theirs = net.pop("import openai_codex")
    return {title: value / theirs for title, value in net.items()}


async def idle_ms() -> float:
    """CPU of this process while sessions on a real app-server do nothing."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            open_scripted_model() as model,
            open_runtime(model.runtime_config(Path(folder, "home"))) as runtime,
        ):
            for _ in range(IDLE_SESSIONS):
                session = await runtime.start_session(SessionConfig(cwd=folder))
                await session.ask("Say something, then be quiet")
            await trio.sleep(1.0)
            before_s = time.process_time()
            await trio.sleep(IDLE_S)
            return 1000 * (time.process_time() - before_s)


def main() -> int:
    """Measure both and hold them against their bounds."""
    ratios = import_ratios()
    for name, ratio in ratios.items():
        print(f"{name:30} {ratio:8.3f} of importing the SDK")
    idle = trio.run(idle_ms)
    print(f"{IDLE_SESSIONS} idle sessions: {idle:.2f} ms of CPU in {IDLE_S:g} s")
    too_slow = ratios["import codex_runtime"] > MAX_IMPORT_RATIO or idle > MAX_IDLE_MS
    print(f"bounds: {MAX_IMPORT_RATIO} for import codex_runtime, {MAX_IDLE_MS:g} ms idle")
    return int(too_slow)


if __name__ == "__main__":
    sys.exit(main())
