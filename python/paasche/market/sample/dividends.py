"""Dividends of the sample market: yearly and special, alone and together with other actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.capital import ACTION_KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["draw_dividends"]

SEASON = (110, 240)  # days of the year
PAYERS, YEARLY = 0.85, 0.9
SPECIAL = 0.02  # special dividends a name and year
TOGETHER = 0.4  # of the bonus, rights and splits come with a dividend
TWICE = 0.004  # of the dividends come in two rows of one session
IN_CNY = 0.8  # of the H shares pay in CNY


def draw_dividends(
    rng: np.random.Generator, sessions: Sessions, names: Names, capital: pl.DataFrame
) -> pl.DataFrame:
    """Draw the dividends: one a year for most names, some special, some on the day of a bonus.

    Returns
    -------
    polars.DataFrame
        name, session, kind, id (null but for the second row of a session), portion (cash / last
        close), abroad (whether an HKD line pays in CNY); by name, session, kind and id.
    """
    yearly = _yearly(rng, sessions, names)
    actions = capital.filter(pl.col("kind").is_in(ACTION_KINDS))
    together = actions.filter(pl.Series(rng.random(len(actions)) < TOGETHER)).select(
        "name", "session", kind=pl.lit("cash_dividend"), portion=pl.lit(0.012)
    )
    twice = yearly.filter(pl.Series(rng.random(len(yearly)) < TWICE))
    second = twice.with_columns(portion=pl.col("portion") / 2, id=pl.lit("2"))
    both = twice.gather_every(2).with_columns(kind=pl.lit("special_dividend"))
    first = pl.concat([yearly, together, _special(rng, sessions, names), both])
    rows = (
        pl.concat([first.with_columns(id=pl.lit(None, pl.String)), second])
        .unique(["name", "session", "kind", "id"], keep="first", maintain_order=True)
        .sort("name", "session", "kind", "id")
    )
    h_share = (names.securities["class"] == "H").fill_null(value=False).to_numpy()
    in_cny = h_share & (rng.random(len(names)) < IN_CNY)
    return rows.with_columns(abroad=pl.Series(in_cny[rows["name"].to_numpy()]))


def _yearly(rng: np.random.Generator, sessions: Sessions, names: Names) -> pl.DataFrame:
    """Draw a dividend a year within the season."""
    years = np.unique(sessions.days.astype("datetime64[Y]")).astype("datetime64[D]")
    shape = (len(years), len(names))
    days = years[:, np.newaxis] + rng.integers(*SEASON, shape)
    at = sessions.following[names.market, np.searchsorted(sessions.days, days)]
    paid = (rng.random(len(names)) < PAYERS) & (rng.random(shape) < YEARLY)
    return _dividends(rng, names, at, paid).with_columns(kind=pl.lit("cash_dividend"))


def _special(rng: np.random.Generator, sessions: Sessions, names: Names) -> pl.DataFrame:
    """Draw special dividends, three times as large, at any time."""
    shape = (len(np.unique(sessions.days.astype("datetime64[Y]"))), len(names))
    at = sessions.following[names.market, rng.integers(0, len(sessions), shape)]
    paid = rng.random(shape) < SPECIAL
    return _dividends(rng, names, at, paid).with_columns(
        kind=pl.lit("special_dividend"), portion=pl.col("portion") * 3
    )


def _dividends(
    rng: np.random.Generator, names: Names, at: NDArray[np.int64], paid: NDArray[np.bool_]
) -> pl.DataFrame:
    """Lay out the dividends of a (year, name) grid of positions, each name within its life."""
    cells = np.nonzero(paid & names.settled(at, np.arange(len(names))))
    return pl.DataFrame(
        {
            "name": cells[1],
            "session": at[cells],
            "kind": ["cash_dividend"] * len(cells[0]),
            "portion": rng.uniform(0.004, 0.045, len(cells[0])),
        }
    )
