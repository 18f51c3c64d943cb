"""Deletion prices: what a leaver is worth on its last session (R33)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.arrays import Deletions, positions_of
from paasche.market.listings import exchanges_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.calculation.membership import Membership
    from paasche.calculation.sessions import Timeline
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["delete_at_price"]


def delete_at_price(
    market: Market,
    methodology: Methodology,
    members: Membership,
    timeline: Timeline,
    prices: NDArray[np.float64],
) -> Deletions:
    """Write deletion prices into the panel on the session before each leaver's exit (R33).

    A name that traded again after the announcement, at the latest on that session, keeps its close.

    Parameters
    ----------
    prices : float64 array of shape (n_sessions, n_instruments)
        Carried closes on index sessions; changed in place.
    """
    rows = members.exits.filter(pl.col("price").is_not_null())
    if rows.is_empty():
        return Deletions()
    days = rows["session"].to_numpy().astype("datetime64[D]")
    known = timeline.sessions
    if timeline.next_session is not None:
        known = np.append(known, timeline.next_session)
    rows = rows.with_columns(at=np.searchsorted(known, days)).filter(
        pl.col("at").is_between(1, len(known) - 1)
    )
    floor = float(methodology.rules_on(timeline.sessions[-1].item()).deletion_price)
    rows = rows.filter((pl.col("price") != floor) | ~_resumed(market, timeline, rows))
    session = rows["at"].to_numpy()
    instrument = positions_of(rows["security"].to_list(), members.securities)
    close = prices[session - 1, instrument]
    price = rows["price"].to_numpy()
    prices[session - 1, instrument] = price
    return Deletions(
        session=session.astype(np.uint32), instrument=instrument, close=close, price=price
    )


def _resumed(market: Market, timeline: Timeline, rows: pl.DataFrame) -> pl.Series:
    """Tell who traded after the announcement; without one, on the last session of its exchange."""
    eve = timeline.sessions[rows["at"].to_numpy() - 1]
    own_eve = timeline.last_session(exchanges_of(market, rows, "session").to_numpy(), eve)
    windows = rows.select(
        "security",
        after=pl.coalesce(
            pl.col("announced"), pl.Series(own_eve - np.timedelta64(1, "D"), dtype=pl.Date)
        ),
        until=pl.Series(own_eve, dtype=pl.Date),
    ).with_row_index("row")
    traded = (
        market["prices"]
        .filter(market.rows_of("prices", windows["security"]))
        .filter(pl.col("volume").is_null() | (pl.col("volume") > 0))
        .select("security", "date")
        .join(windows, on="security")
        .filter(pl.col("date") > pl.col("after"), pl.col("date") <= pl.col("until"))
    )
    return windows["row"].is_in(traded["row"].unique().to_list())
