"""What a trial comes to, and the exceptions by which a scenario says so.

Owns `NotSurvived`, `NotApplicable`, `ClientError` and the frozen `Verdict`. Does not know how a
trial runs (see `trial`, `rows`). Enter at `NotSurvived`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

__all__ = ["ClientError", "NotApplicable", "NotSurvived", "Verdict", "VerdictKind"]

VerdictKind: TypeAlias = Literal["survived", "not survived", "not applicable", "broken"]
"""``broken``: the scenario itself went wrong, so it says nothing of the client."""


class NotSurvived(AssertionError):
    """What had to hold did not hold; the message says how, in a few words without ids or times."""


class NotApplicable(Exception):
    """The scenario cannot be shown here; the message says why."""


class ClientError(Exception):
    """A client refused or failed to do what it was told; raised by the adapters of clients.

    Its message is the client's own; a scenario looks at ``kind``.
    """

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(message or kind)
        self.kind: str = kind
        """``refused`` (an error of the server), ``overloaded``, ``not_found``, ``too_large``,
        ``timeout``, ``exited`` (the server is gone), ``closed`` (the handle or client is),
        ``busy``, ``invalid`` (refused here, nothing sent), ``protocol``, ``start``, ``died`` (the
        client fell over) or ``error``."""


@attrs.frozen
class Verdict:
    """How one trial of one client went."""

    kind: VerdictKind
    how: str = ""
    """What went wrong, or why it cannot be shown; empty for ``survived``."""
    trace: str = attrs.field(default="", repr=False)
    """Where it went wrong, for people."""
