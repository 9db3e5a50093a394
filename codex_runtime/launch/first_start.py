"""Which death before the handshake passes by itself: another start may well come up.

Owns what app-servers say when several of them make or open the databases of one ``CODEX_HOME`` at
the same time. Does not retry anything and knows no clock. Pure. Enter at
`is_passing_start_failure`.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_passing_start_failure"]

_ERROR: Final = "\nError: "

_STATE: Final = re.compile(
    r"failed to initialize sqlite state runtime under (?P<home>.+?): "
    r"failed to initialize state runtime at (?P=home)(?P<cause>.*)",
    re.DOTALL,
)

# SQLITE_BUSY and SQLITE_LOCKED with their extended codes, and two that made the same tables.
_CONTENTION: Final = re.compile(
    r"database (?:table |schema )?is locked"
    r"|\(code: (?:5|6|261|262|517|518|773)\)"
    r"|UNIQUE constraint failed: _sqlx_migrations\."
    r"|table \S+ already exists"
)


def is_passing_start_failure(returncode: int | None, stderr_tail: str) -> bool:
    """Whether a server that ended before its handshake should be started once more.

    True when it lost against others that started in the same home. 0.163.0 gives no cause for
    that, and says the same of a database that is broken for good, so bound the tries. False for
    what another try cannot change: the configuration, the home, the disk, a signal.
    """
    if returncode is None or returncode <= 0:
        return False
    # The last one ended the server; a backtrace may follow. What was logged before is of no matter.
    _, ended_by, last_words = f"\n{stderr_tail}".rpartition(_ERROR)
    error = last_words.partition("\n\n")[0].strip() if ended_by else ""
    state = _STATE.fullmatch(error)
    if state is not None and not state["cause"]:
        return True
    return _CONTENTION.search(error) is not None
