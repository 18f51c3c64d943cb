"""Who is in which status on a day, from spells laid out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from datetime import date

    from paasche.market import Market
    from paasche.review.dates.days import Days

__all__ = ["Spells"]

_OPEN = np.datetime64("9999-12-31", "D")


class Spells:
    """The table ``status`` by status, to be asked for many days.

    Parameters
    ----------
    market : Market
        Its table ``status``.

    Examples
    --------
    >>> from datetime import date
    >>> import paasche as px
    >>> market = px.Market.from_frames(
    ...     {
    ...         "securities": {
    ...             "security": ["600519.SH"],
    ...             "name": ["A"],
    ...             "exchange": ["XSHG"],
    ...             "currency": ["CNY"],
    ...         },
    ...         "status": {
    ...             "security": ["600519.SH"],
    ...             "status": ["risk_warning"],
    ...             "start": [date(2024, 5, 6)],
    ...         },
    ...     }
    ... )
    >>> Spells(market).on("risk_warning", date(2024, 5, 6))
    {'600519.SH': None}
    """

    def __init__(self, market: Market) -> None:
        self._spells: dict[str, tuple[list[str], Days, Days, list[str | None]]] = {}
        table = market["status"].sort("security", "start")
        for (status,), rows in table.group_by("status", maintain_order=True):
            self._spells[str(status)] = (
                rows["security"].to_list(),
                rows["start"].to_numpy().astype("datetime64[D]"),
                rows["end"].fill_null(_OPEN.item()).to_numpy().astype("datetime64[D]"),
                rows["reason"].to_list(),
            )

    def __contains__(self, status: str) -> bool:
        return status in self._spells

    def on(self, status: str, day: date) -> dict[str, str | None]:
        """Return who is in a status on a day, its last one included, with the reason stated."""
        names, starts, ends, reasons = self._spells.get(status, ([], _NONE, _NONE, []))
        when = np.datetime64(day, "D")
        inside = np.flatnonzero((starts <= when) & (when <= ends)).tolist()
        return {names[at]: reasons[at] for at in inside}


_NONE = pl.Series([], dtype=pl.Date).to_numpy().astype("datetime64[D]")
