"""What a part is calculated from, in fingerprints: how a changed input is noticed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche._core import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paasche.calculation.many.asked import Asked
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["changes", "given_to_all", "given_to_each", "of_part", "versions"]


def given_to_all(market: Market, asked: Asked) -> dict[str, Any]:
    """Return what every index is calculated from alike.

    Threads are left out: results do not depend on them.
    """
    return {
        "versions": versions(),
        "market": market.fingerprints(),
        "known_at": None if market.known_at is None else market.known_at.isoformat(),
        "start": None if asked.start is None else asked.start.isoformat(),
        "end": None if asked.end is None else asked.end.isoformat(),
        "strict": asked.strict,
        "tables": list(asked.tables),
    }


def versions() -> dict[str, str]:
    """Return the versions on which results depend."""
    return {"paasche": __version__, "numpy": np.__version__, "polars": pl.__version__}


def given_to_each(methodologies: Sequence[Methodology]) -> dict[str, str]:
    """Return the hash of each methodology by code: all it says, and the rule tables it names."""
    return {one.index.code: _hash([one.fingerprint, one.sources]) for one in methodologies}


def of_part(to_all: Mapping[str, Any], to_each: Mapping[str, str]) -> str:
    """Return the fingerprint of all that a part is calculated from."""
    return _hash([to_all, to_each])


def _hash(content: Any) -> str:  # noqa: ANN401
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_NAMES = {
    "known_at": "the moment of knowledge",
    "start": "the first day",
    "end": "the last day",
    "strict": "the option strict",
    "tables": "the tables that are kept",
}


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what of all that is given to every index differs, in words.

    Parameters
    ----------
    before, now : mapping
        As `given_to_all` returns them.

    Examples
    --------
    >>> same = {"versions": {"paasche": "1.0"}, "known_at": None, "strict": False, "tables": []}
    >>> before = {**same, "start": None, "end": "2024-06-28", "market": {"fx": "1", "prices": "2"}}
    >>> changes(before, {**before, "end": None, "market": {"fx": "1", "prices": "3"}})
    ['prices of the market', 'the last day']
    """
    tables = _differing(before["market"], now["market"])
    versions = _differing(before["versions"], now["versions"])
    found = [f"{', '.join(tables)} of the market"] if tables else []
    found += [f"the version of {name}" for name in versions]
    return found + [words for name, words in _NAMES.items() if before[name] != now[name]]


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
