"""What the runtimes of a test sent, against the schema of the binary they talked to.

Owns the dump of that schema, both without and with what is experimental, and the look at what was
taped. The rules stand in ``tests/support``. Enter at `schema_of` and `problems_of`.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from codex_runtime.protocol.schema_file import DUMPS, dump_arguments, from_dumps, parse
from tests.support.sent_messages import MessageCheck

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.support.taped_transport import TapedTransport

_DUMP_S = 60


def schema_of(codex_path: str, folder: Path) -> MessageCheck:
    """The schema of exactly this binary, as it prints it into the folder."""
    for dump in DUMPS:
        command = [codex_path, *dump_arguments(folder, dump)]
        subprocess.run(command, check=True, capture_output=True, timeout=_DUMP_S)
    stable, experimental = (
        parse(from_dumps(folder / dump, folder / dump, dump), dump) for dump in DUMPS
    )
    return MessageCheck(stable, experimental)


def problems_of(check: MessageCheck, transports: Iterable[TapedTransport]) -> list[str]:
    """What was wrong with the messages of all of them."""
    return [
        problem
        for transport in transports
        for problem in check.problems(bytes(transport.sent), bytes(transport.received))
    ]
