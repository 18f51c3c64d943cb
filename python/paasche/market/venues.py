"""Which exchange a security trades on, on a day: `securities`, and `listings` where it moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Venues"]


class Venues:
    """Exchanges of securities over time.

    Parameters
    ----------
    ids : pl.Series of str, shape (n,)
        Identifiers; a security's position here is its number.
    securities : pl.DataFrame
        Table `securities`.
    listings : pl.DataFrame, optional
        Table `listings`.

    Attributes
    ----------
    exchanges : list of str
        Exchanges by number; -1 stands for none.
    """

    def __init__(
        self, ids: pl.Series, securities: pl.DataFrame, listings: pl.DataFrame | None = None
    ) -> None:
        kept = ["security", "exchange"]
        now = securities.select(kept).drop_nulls().unique("security", keep="first")
        moved = None if listings is None else listings.drop_nulls([*kept, "start"])
        names = (
            now["exchange"] if moved is None else pl.concat([now["exchange"], moved["exchange"]])
        )
        self.exchanges: list[str] = names.unique().sort().to_list()
        # One more than there are identifiers, so that position -1 finds no exchange.
        self._home = np.full(len(ids) + 1, -1, dtype=np.int16)
        who, where = _positions(now["security"], ids), _positions(now["exchange"], self.exchanges)
        self._home[who] = where
        self._home[-1] = -1
        self._moves = (
            pl.DataFrame()
            if moved is None
            else moved.select("start", "end").with_columns(
                who=_positions(moved["security"], ids),
                where=_positions(moved["exchange"], self.exchanges),
            )
        )

    def ever_on(self, number: int) -> NDArray[np.bool_]:
        """Tell for each security whether it ever traded on an exchange.

        Parameters
        ----------
        number : int
            Number of the exchange.

        Returns
        -------
        bool array of shape (n,)
        """
        ever = self._home[:-1] == number
        if not self._moves.is_empty():
            movers = self._moves.filter(pl.col("where") == number)["who"].to_numpy()
            ever[movers[movers >= 0]] = True
        return np.asarray(ever)

    def at(self, securities: NDArray[np.integer], dates: pl.Series) -> NDArray[np.int16]:
        """Return the number of the exchange of each security on each date.

        Parameters
        ----------
        securities : int array of shape (n,)
            Positions among the identifiers; -1 for none.
        dates : pl.Series of date, shape (n,)

        Returns
        -------
        int16 array of shape (n,)
            -1 where there is no security or no exchange.
        """
        exchanges: NDArray[np.int16] = self._home[securities]
        if self._moves.is_empty():
            return exchanges
        # Few securities ever move; the others are not looked at again.
        rows = np.flatnonzero(np.isin(securities, self._moves["who"].to_numpy()))
        moving = pl.DataFrame({"row": rows, "who": securities[rows], "date": dates.gather(rows)})
        held = moving.join(self._moves, on="who").filter(
            (pl.col("start") <= pl.col("date"))
            & (pl.col("end").is_null() | (pl.col("date") <= pl.col("end")))
        )
        exchanges[held["row"].to_numpy()] = held["where"].to_numpy()
        return exchanges


def _positions(values: pl.Series, among: pl.Series | list[str]) -> NDArray[np.int32]:
    """Return the position of each value in a sorted list; -1 where it is not there."""
    numbers = values.cast(pl.Enum(among), strict=False).to_physical()
    return np.asarray(numbers.cast(pl.Int32).fill_null(-1).to_numpy())
