"""The share counts and the free float that a base basket needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from paasche.errors import MissingDataError
from paasche.market.folder import columns_in
from paasche.market.tables import TABLES

if TYPE_CHECKING:
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["require_free_float"]


def require_free_float(market: Market, methodology: Methodology, first: np.datetime64) -> None:
    """Refuse a market without any share count, or any free float, that the base basket needs.

    Parameters
    ----------
    market : Market
        Tables ``shares`` and ``holders``.
    methodology : Methodology
        Whether its scheme weights by them.
    first : datetime64[D]
        First session looked at. A run that goes on from a state long after the base date has its
        counts from there.

    Raises
    ------
    MissingDataError
        The table or the column is missing.
    """
    index, scheme = methodology.index, methodology.weighting.scheme
    base = index.base_date if index.anchor is None else index.anchor.date
    if not methodology.weighting.uses_shares or first > np.datetime64(base, "D"):
        return
    needs = f'must be there, as weighting.scheme = "{scheme}" weights by'
    if "shares" not in market:
        raise MissingDataError(
            f"shares: {needs} share counts; the market has no table shares: add it (security, "
            f"effective, total{', free_float' if scheme == 'free_float' else ''})"
        )
    stated = market["shares"]["free_float"]
    if scheme != "free_float" or stated.null_count() < len(stated) or len(market["holders"]):
        return
    raise MissingDataError(
        f"shares free_float: {needs} it; {_lacking(market)}, or give the table holders"
    )


def _lacking(market: Market) -> str:
    """Return why there is no free float, and which columns might be it."""
    columns = columns_in(Path(market.source), "shares")
    if not columns:
        return "the table shares has no column free_float with a value: add it under this name"
    if "free_float" in columns:
        return "the column is empty: fill it"
    strange = [name for name in columns if name not in TABLES["shares"].schema]
    if strange:
        return (
            "the table shares has no column free_float, and does not read "
            f"{', '.join(strange)}: rename the one that is it"
        )
    return "the table shares has no column free_float: add it"
