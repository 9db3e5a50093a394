"""`Scenario`: one row of the catalogue, and the register of them all.

Owns the decorator by which the modules of rows register, and their order. Does not run anything
(see `rows`). Enter at `scenario` and `scenarios`.
"""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from codex_runtime.testing.faults.naive import NaiveClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.testing.faults.trial import Trial

__all__ = ["Scenario", "Where", "scenario", "scenarios"]

Where: TypeAlias = Literal["memory", "child", "real", "local"]
"""``memory``: a fake server in this process, in virtual time. ``child``: a process of its own, in
real time. ``real``: the real app-server. ``local``: no server at all."""

Play: TypeAlias = "Callable[[Trial], Awaitable[None]]"

_ID = re.compile(r"[BR][1-9][0-9]?")


@attrs.frozen(kw_only=True)
class Scenario:
    """One fault: what must hold, how it is played, and who fails it."""

    id: str
    title: str
    """A sentence: what must hold."""
    run: Play
    """Drives a client against a server; raises `NotSurvived` where it does not hold. With
    ``trial.fault`` False it does the same without the fault."""
    control: type[NaiveClient] = NaiveClient
    """The naive client that passes without the fault and fails with it."""
    habit: str
    """What the control does wrong, in a few words."""
    where: Where = "memory"
    limit_s: float
    """The whole trial: virtual seconds in memory, real ones elsewhere."""
    official: bool = True
    """Whether ``openai-codex`` can be put through it."""
    not_applicable: str | None = None
    """Why it cannot be shown at all."""

    @property
    def order(self) -> tuple[str, int]:
        """B before R, then by number."""
        return self.id[0], int(self.id[1:])

    @property
    def is_process(self) -> bool:
        """It starts processes and takes real time."""
        return self.where in ("child", "real")


REGISTER: dict[str, Scenario] = {}


def scenario(
    row_id: str,
    title: str,
    *,
    habit: str,
    control: type[NaiveClient] = NaiveClient,
    where: Where = "memory",
    limit_s: float | None = None,
    official: bool = True,
    not_applicable: str | None = None,
) -> Callable[[Play], Play]:
    """Register the decorated function as the scenario of ``row_id``.

    ``limit_s`` is an hour of virtual time in memory, 30 s elsewhere, unless given. Raises
    `ValueError` for an id that is taken or is none.
    """
    if not _ID.fullmatch(row_id):
        raise ValueError(f"{row_id!r} is no row: give B1 to B54 or R1 to R11")
    if row_id in REGISTER:
        raise ValueError(f"{row_id} is registered already, by {REGISTER[row_id].run}")
    if limit_s is None:
        limit_s = 3600.0 if where == "memory" else 30.0

    def register(run: Play) -> Play:
        REGISTER[row_id] = Scenario(
            id=row_id,
            title=title,
            run=run,
            control=control,
            habit=habit,
            where=where,
            limit_s=limit_s,
            official=official,
            not_applicable=not_applicable,
        )
        return run

    return register


def scenarios() -> tuple[Scenario, ...]:
    """Every row, in the order of the catalogue; the modules ``rows_*`` are loaded for it."""
    package = import_module("codex_runtime.testing.faults")
    for module in iter_modules(package.__path__):
        if module.name.startswith("rows_"):
            import_module(f"{package.__name__}.{module.name}")
    return tuple(sorted(REGISTER.values(), key=lambda row: row.order))
