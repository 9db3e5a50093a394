"""A process that keeps turn after turn, tells of each one that is kept, and is killed on the way.

``python -m tests.relay.store.dying_writer STORE [TURN STATEMENT]`` kills itself right before that
SQL statement of that turn; without the two it writes until somebody kills it.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys

from codex_runtime.relay.store.protocol import FinishedTurn
from codex_runtime.relay.store.sqlite import SqliteStore


def turn(number: int) -> FinishedTurn:
    """A turn whose every part tells its number; large, so that it is many pages."""
    return FinishedTurn(
        thread="t",
        response_id=f"resp_{number}",
        after=f"resp_{number - 1}" if number else None,
        messages=tuple(b"%d.%d " % (number, part) * 20_000 for part in range(2)),
        reasoning=f"thought {number} " * 5_000,
        call_ids=(f"call_{number}a", f"call_{number}b"),
        fingerprint=f"print {number}",
    )


def main() -> None:
    store = SqliteStore(sys.argv[1])
    last_turn, last_statement = map(int, sys.argv[2:4] or (-1, -1))
    for number in itertools.count():
        if number == last_turn:
            statements = itertools.count()
            connection = store._database._connection
            assert connection is not None

            def die(_: str, statements: itertools.count[int] = statements) -> None:
                if next(statements) == last_statement:
                    os.kill(os.getpid(), signal.SIGKILL)

            connection.set_trace_callback(die)
        store.keep(turn(number))
        os.write(1, b"%d\n" % number)
        if number == last_turn:
            return


if __name__ == "__main__":
    main()
