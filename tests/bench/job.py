"""What one measurement is told: the scenario, the plan of its stream, and what goes on beside it.

Owns the text form in which the runner hands it to a consumer. Knows no client and no server.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import attrs

from tests.bench.replay_script import Plan

__all__ = ["Job"]


@attrs.frozen(kw_only=True)
class Job:
    """What to measure."""

    scenario: str
    """``stream``, ``lateness``, ``blocked``, ``first_event``, ``interrupts``, ``unread``, ``idle``,
    ``calls``, ``import`` or ``import_all``."""
    plan: Plan = attrs.field(factory=Plan)
    is_real: bool = False
    """On the real app-server, with a scripted model; else on the replay."""
    merging: bool = False
    """Ours alone: leave the default policy on, which may merge deltas of a slow consumer."""
    silent_sessions: int = 0
    silent_turns: int = 0
    """Turns under way that say nothing, each with a consumer that waits."""
    interrupts: int = 0
    idle_s: float = 0.0
    """How long silent turns go on before what they take is looked at."""
    calls: int = 0
    busy: bool = False
    """Whether what holds up a consumer (``blocked``) is Python code; else it is asleep."""
    model: dict[str, Any] | None = None
    """What `model` printed: how the real server is pointed at it, and how it is told to go on."""
    born_ns: int = 0
    """When the runner started this process, on ``CLOCK_MONOTONIC``."""

    @classmethod
    def parse(cls, text: str) -> Job:
        """Read what the runner wrote."""
        fields: dict[str, Any] = json.loads(text)
        fields["plan"] = Plan(**fields["plan"])
        return cls(**fields)

    def dump(self) -> str:
        """What `parse` reads."""
        return json.dumps({**attrs.asdict(self), "plan": dataclasses.asdict(self.plan)})
