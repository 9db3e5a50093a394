"""`Grace`: how long a cancelled caller may be held up for the cleanup on the server.

Owns one rule: ``cancel_grace_s`` each, but a grace that ran out is not granted again to others who
are cancelled at the same time. So leaving any number of nested sessions of a stuck server takes one
grace, not one each.
"""

from __future__ import annotations

import trio

__all__ = ["Grace"]


class Grace:
    """The grace of one runtime."""

    def __init__(self, cancel_grace_s: float) -> None:
        self._cancel_grace_s = cancel_grace_s
        self._last = (trio.Event(), float("-inf"))

    def grant(self, ended: trio.Event, *, hurried: bool) -> float:
        """Seconds that a cleanup starting now may wait for ``ended``.

        0 for one who is ``hurried`` (cancelled, or the shutdown) while the last grace has run out
        in vain and is not older than another one.
        """
        now_s = trio.current_time()
        last_ended, last_deadline_s = self._last
        in_vain = not last_ended.is_set() and now_s >= last_deadline_s
        if hurried and in_vain and now_s - last_deadline_s < self._cancel_grace_s:
            return 0.0
        self._last = (ended, now_s + self._cancel_grace_s)
        return self._cancel_grace_s
