"""`HeldError`: an error on its way around a nursery.

A nursery wraps what its block raises into a group, which a door must not do to its user's own
exception: the block's error is held, the nursery left, and the error raised again behind it. Owns
nothing else.
"""

from __future__ import annotations

from typing import Self

__all__ = ["HeldError"]


class HeldError:
    """A context manager that keeps the error of its block until `release`."""

    def __init__(self) -> None:
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        self._error = error
        return True

    def release(self) -> None:
        """Raise what was kept, if anything was."""
        error, self._error = self._error, None  # its traceback leads back here
        try:
            if error is not None:
                raise error
        finally:
            del error
