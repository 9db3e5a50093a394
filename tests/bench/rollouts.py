"""What reading a long rollout costs, whole and from its end: ``python tests/bench/rollouts.py``.

Owns the file, which repeats turns that a real server wrote up to 1 GiB, and its bounds: every line
decoded at 200 MB/s or more of one core's time, the last 100 messages within a second and 64 MiB. A
plain count of lines runs in turn with the reader. ``--quick`` takes 128 MiB, ``--json`` prints a
document; whoever misses a bound exits with 1.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codex_runtime.history.rollouts.reader import open_rollout
from codex_runtime.history.rollouts.tail import tail_rollout

if TYPE_CHECKING:
    from collections.abc import Callable

FIXTURES: Final = Path(__file__).resolve().parents[1] / "history" / "rollouts_of"
SERVER: Final = "0.163.0"
SCENES: Final = ("conversation", "patches")
MIB: Final = 1024 * 1024
FULL_MIB: Final = 1024
QUICK_MIB: Final = 128
ROUNDS: Final = 3
TAIL_MESSAGES: Final = 100

MIN_READ_MB_PER_S: Final = 200.0
MAX_TAIL_S: Final = 1.0
MAX_TAIL_MIB: Final = 64.0


def write_rollout(path: Path, size_bytes: int) -> None:
    """One thread's metadata, then real turns over and over."""
    scenes = [(FIXTURES / SERVER / f"{name}.jsonl").read_bytes() for name in SCENES]
    first = scenes[0].partition(b"\n")[0] + b"\n"
    turns = b"".join(scene.partition(b"\n")[2] for scene in scenes)
    with path.open("wb") as file:
        file.write(first)
        for _ in range(size_bytes // len(turns) + 1):
            file.write(turns)


def count_lines(path: Path) -> dict[str, float]:
    """The floor: lines, and nothing made of them."""
    with path.open("rb") as file:
        return {"lines": sum(1 for _ in file)}


def read_all(path: Path) -> dict[str, float]:
    """Every line as its typed entry."""
    with open_rollout(path) as reader:
        return {"lines": sum(1 for _ in reader), "problems": reader.problem_count}


def read_tail(path: Path) -> dict[str, float]:
    """The last messages, and how many came before."""
    tail = tail_rollout(path, messages=TAIL_MESSAGES)
    return {"messages": len(tail.messages), "before": tail.messages_before or 0}


def imported_alone(path: Path) -> dict[str, float]:
    """What a process has that read nothing."""
    return {"size": path.stat().st_size}


JOBS: Final[dict[str, Callable[[Path], dict[str, float]]]] = {
    job.__name__: job for job in (count_lines, read_all, read_tail, imported_alone)
}


def run_job(name: str, path: Path) -> None:
    """Do one job in this process, and say what it took."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    result = JOBS[name](path)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak_mib = peak / MIB if sys.platform == "darwin" else peak / 1024
    print(json.dumps({**result, "wall_s": wall_s, "cpu_s": cpu_s, "peak_mib": peak_mib}))


def measure(name: str, path: Path) -> dict[str, float]:
    """A job in a process of its own."""
    command = [sys.executable, __file__, "--job", name, "--path", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def best(name: str, rounds: list[dict[str, dict[str, float]]], figure: str) -> float:
    """The least of all rounds: what disturbs a machine only ever adds."""
    return min(one[name][figure] for one in rounds)


def figures_of(path: Path) -> dict[str, float]:
    """Every job in turn, several rounds."""
    rounds = [{name: measure(name, path) for name in JOBS} for _ in range(ROUNDS)]
    (read,) = {one["read_all"]["lines"] for one in rounds}
    (counted,) = {one["count_lines"]["lines"] for one in rounds}
    if read != counted or any(one["read_all"]["problems"] for one in rounds):
        raise SystemExit(
            f"{counted} lines, {read} entries, {rounds[0]['read_all']['problems']} bad"
        )
    megabytes = path.stat().st_size / 1e6
    return {
        "file_mb": megabytes,
        "lines": counted,
        "count_mb_per_s": megabytes / best("count_lines", rounds, "cpu_s"),
        "read_mb_per_s": megabytes / best("read_all", rounds, "cpu_s"),
        "read_peak_mib": best("read_all", rounds, "peak_mib"),
        "tail_messages": rounds[0]["read_tail"]["messages"],
        "tail_before": rounds[0]["read_tail"]["before"],
        "tail_s": best("read_tail", rounds, "wall_s"),
        "tail_cpu_s": best("read_tail", rounds, "cpu_s"),
        "tail_peak_mib": best("read_tail", rounds, "peak_mib"),
        "idle_peak_mib": best("imported_alone", rounds, "peak_mib"),
    }


def show(figures: dict[str, float]) -> None:
    """The figures for people."""
    print(f"a rollout of {figures['file_mb']:.0f} MB, {figures['lines']:.0f} lines")
    print(f"  lines counted             {figures['count_mb_per_s']:8.0f} MB/s")
    print(
        f"  lines decoded             {figures['read_mb_per_s']:8.0f} MB/s"
        f"   at least {MIN_READ_MB_PER_S:.0f}; {figures['read_peak_mib']:.0f} MiB at most in use"
    )
    print(
        f"  last {figures['tail_messages']:.0f} messages         {figures['tail_s']:8.2f} s"
        f"      at most {MAX_TAIL_S:.0f}; {figures['tail_cpu_s']:.2f} s of it CPU; "
        f"{figures['tail_before']:.0f} before them counted"
    )
    print(
        f"    in                      {figures['tail_peak_mib']:8.0f} MiB    at most "
        f"{MAX_TAIL_MIB:.0f}, of which {figures['idle_peak_mib']:.0f} before anything is read"
    )


def missed(figures: dict[str, float]) -> list[str]:
    """Which bounds do not hold."""
    holds = {
        "read": figures["read_mb_per_s"] >= MIN_READ_MB_PER_S,
        "tail_s": figures["tail_s"] <= MAX_TAIL_S,
        "tail_mib": figures["tail_peak_mib"] <= MAX_TAIL_MIB,
    }
    return [name for name, held in holds.items() if not held]


def main() -> int:
    """Measure all of it; 1 when a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_MIB} MiB, not {FULL_MIB}")
    parser.add_argument("--json", action="store_true", help="print one document")
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        run_job(options.job, options.path)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rollout.jsonl")
        write_rollout(path, (QUICK_MIB if options.quick else FULL_MIB) * MIB)
        figures = figures_of(path)
    over = missed(figures)
    if options.json:
        print(json.dumps({"figures": figures, "missed": over}, indent=2))
    else:
        show(figures)
    if over:
        print(f"missed: {', '.join(over)}", file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
