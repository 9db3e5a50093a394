# ruff: noqa: TC001
"""Marketplaces that plugins come from.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import AbsolutePathBuf

__all__ = [
    "MarketplaceAddParams",
    "MarketplaceAddResponse",
    "MarketplaceRemoveParams",
    "MarketplaceRemoveResponse",
    "MarketplaceUpgradeErrorInfo",
    "MarketplaceUpgradeParams",
    "MarketplaceUpgradeResponse",
]


class MarketplaceAddParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``marketplace/add``."""

    source: str
    ref_name: str | UnsetType | None = UNSET
    sparse_paths: list[str] | UnsetType | None = UNSET


class MarketplaceAddResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``marketplace/add``."""

    already_added: bool
    installed_root: AbsolutePathBuf
    marketplace_name: str


class MarketplaceRemoveParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``marketplace/remove``."""

    marketplace_name: str


class MarketplaceRemoveResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``marketplace/remove``."""

    marketplace_name: str
    installed_root: AbsolutePathBuf | None = None


class MarketplaceUpgradeErrorInfo(Wire, frozen=True, kw_only=True, gc=False):
    """A marketplace that could not be upgraded, and why."""

    marketplace_name: str
    message: str


class MarketplaceUpgradeParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``marketplace/upgrade``."""

    marketplace_name: str | UnsetType | None = UNSET


class MarketplaceUpgradeResponse(Wire, frozen=True, kw_only=True):
    """Result of ``marketplace/upgrade``."""

    errors: list[MarketplaceUpgradeErrorInfo]
    selected_marketplaces: list[str]
    upgraded_roots: list[AbsolutePathBuf]
