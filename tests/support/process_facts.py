"""What this process holds: descriptors, threads, children, tasks, memory, and objects by class.

Owns the looks at ``/proc``, at the garbage collector and at the tracer of allocations. Knows of the
library only where its package lies. Enter at `ProcessFacts.now`, `objects_of` and `traced_bytes`.
"""

from __future__ import annotations

import gc
import os
import tracemalloc
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import trio

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = [
    "ProcessFacts",
    "difference",
    "earlier_objects_set_aside",
    "objects_of",
    "traced_bytes",
]

_SELF: Final = Path("/proc/self")
_IDLE_THREAD: Final = "Trio thread"
# Not scopes: trio keeps up to a thousand with a deadline, long after they were left.
_TRIO: Final = (trio.lowlevel.Task, trio.Event, trio.CapacityLimiter, trio.Lock)


@attrs.frozen(kw_only=True)
class ProcessFacts:
    """One look; what may differ between two looks at the same state is left to the caller."""

    descriptors: Mapping[str, int]
    """How many of each kind, by what they lead to: a path, or ``pipe``, ``socket`` and the like."""
    threads: int
    """At work; the idle ones are left out that trio keeps for ten seconds, to use them again."""
    children: int
    """Direct ones, ended ones included that nobody has waited for."""
    tasks: int
    """Of this trio run; 0 outside of one."""
    rss_bytes: int

    @classmethod
    def now(cls) -> ProcessFacts:
        """What this process holds, once the garbage is gone."""
        gc.collect()
        return cls(
            descriptors=_descriptors(),
            threads=_threads(),
            children=_children(),
            tasks=trio.lowlevel.current_statistics().tasks_living if _in_trio() else 0,
            rss_bytes=rss_bytes(),
        )

    @property
    def descriptor_count(self) -> int:
        """How many there are of all kinds."""
        return sum(self.descriptors.values())


def rss_bytes(pid: int | str = "self") -> int:
    """Memory of a process that is in RAM now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _in_trio() -> bool:
    try:
        trio.lowlevel.current_task()
    except RuntimeError:
        return False
    return True


def _threads() -> int:
    names = [task.joinpath("comm").read_text() for task in _SELF.joinpath("task").iterdir()]
    return sum(not name.startswith(_IDLE_THREAD) for name in names)


def _descriptors() -> dict[str, int]:
    kinds: Counter[str] = Counter()
    for entry in _SELF.joinpath("fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue  # the one that lists them
        kinds[target.partition(":[")[0]] += 1
    return dict(kinds)


def _children() -> int:
    listed = (task.joinpath("children").read_text() for task in _SELF.joinpath("task").iterdir())
    return sum(len(children.split()) for children in listed)


def objects_of(package: str) -> Counter[str]:
    """How many live objects there are of each class of a package, and of trio's own.

    What holds nothing that can hold others is not seen by the garbage collector, nor counted here.
    """
    gc.collect()
    prefix = f"{package}."
    found: Counter[str] = Counter()
    for each in gc.get_objects():
        kind = type(each)
        if kind in _TRIO or str(kind.__module__).startswith(prefix):
            found[kind.__qualname__] += 1
    return found


@contextmanager
def earlier_objects_set_aside() -> Generator[None]:
    """Leave what there is already out of `objects_of`, and out of each round of the collector.

    Behind thousands of tests that halves the time; and what one of them left may go unseen.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def difference(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """What there is more of (less: negative), by its name."""
    names = sorted({*before, *after})
    changes = {name: after.get(name, 0) - before.get(name, 0) for name in names}
    return {name: change for name, change in changes.items() if change}


def traced_bytes(folder: Path) -> int:
    """What the code of a package holds of what it allocated since the tracing began.

    Its classes' generated methods are counted with it; what others allocate for it is not.
    """
    gc.collect()
    filters = (
        tracemalloc.Filter(inclusive=True, filename_pattern=f"{folder}/*"),
        tracemalloc.Filter(inclusive=True, filename_pattern=f"<attrs generated * {folder.name}.*"),
    )
    snapshot = tracemalloc.take_snapshot().filter_traces(filters)
    return sum(trace.size for trace in snapshot.traces)
