"""`UNSET`: the value of a field that is not there, which is not None.

Owns nothing: it is msgspec's, under a name that rooms without msgspec can import.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

__all__ = ["UNSET", "UnsetType"]
