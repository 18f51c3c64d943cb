"""What a directory says of where it comes from: versions, market and methodology."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import polars as pl

from paasche._core import __build_profile__, __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from paasche.methodology import Methodology

__all__ = ["made_with", "market_of", "rules_of"]


class _Calculated(Protocol):
    """A run or a review: what was calculated from a market by a methodology."""

    @property
    def methodology(self) -> Methodology:
        """Its rules."""

    @property
    def source(self) -> str:
        """Where the market came from."""

    @property
    def known_at(self) -> datetime | None:
        """Moment of knowledge; None for all that the market holds."""

    def market_fingerprints(self) -> Mapping[str, str]:
        """Return the fingerprint of each table of the market."""


def made_with(calculated: _Calculated, schema_version: int, form: str) -> dict[str, Any]:
    """Return the head of a record: layout, versions, index and format."""
    return {
        "schema_version": schema_version,
        "paasche": __version__,
        "build_profile": __build_profile__,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "polars": pl.__version__,
        },
        "index": calculated.methodology.index.code,
        "format": form,
    }


def market_of(calculated: _Calculated) -> dict[str, Any]:
    """Return which market was read, and what of it was known."""
    known_at = calculated.known_at
    return {
        "source": calculated.source,
        "known_at": None if known_at is None else known_at.isoformat(),
        "fingerprints": calculated.market_fingerprints(),
    }


def rules_of(calculated: _Calculated) -> dict[str, Any]:
    """Return the methodology, whole and by its fingerprint."""
    methodology = calculated.methodology
    return {
        "fingerprint": methodology.fingerprint,
        "content": methodology.model_dump(mode="json"),
    }
