"""How a relay fails to open, one class for each kind.

Owns what each of them says of itself. What goes wrong with one request while it serves is no
exception: the client gets it as an answer (`codex_runtime.relay.failures`). Knows no other room.
The root of the tree is in `ours`.
"""

from __future__ import annotations

from codex_runtime.errors.ours import CodexRuntimeError

__all__ = [
    "RelayAddressError",
    "RelayError",
    "RelayServeError",
    "RelayStoreError",
    "RelayVariableMissing",
]


class RelayError(CodexRuntimeError):
    """A relay did not open, or its server ended by itself; nothing of it is left running.

    ``problem`` is what is wrong, ``hint`` the way out.
    """

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(f"relay: {problem}" + (f". {hint}" if hint else ""))
        self.problem = problem
        self.hint = hint


class RelayAddressError(RelayError):
    """It cannot listen there: the port is taken, or the host is no address of this machine.

    ``errno`` is that of the operating system, None if it gave none.
    """

    retryable = True

    def __init__(
        self, host: str, port: int, problem: str, hint: str = "", *, errno: int | None = None
    ) -> None:
        super().__init__(f"{host}:{port}: {problem}", hint)
        self.host = host
        self.port = port
        self.errno = errno


class RelayVariableMissing(RelayError):
    """An environment variable that the configuration names is not set, empty, or not usable.

    ``name`` is the variable. Its value is never shown.
    """

    def __init__(self, name: str, problem: str, hint: str = "") -> None:
        super().__init__(f"environment variable {name} {problem}", hint)
        self.name = name


class RelayStoreError(RelayError):
    """The store of conversations cannot be opened, read or written; its file was left as it is.

    ``path`` is the file.
    """

    def __init__(self, path: str, problem: str, hint: str = "") -> None:
        super().__init__(f"store {path}: {problem}", hint)
        self.path = path


class RelayServeError(RelayError):
    """The server of a relay that was open ended by itself; requests under way were cut."""

    outcome_certain = False
