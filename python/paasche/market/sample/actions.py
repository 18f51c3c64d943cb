"""The table `corporate_actions`: the drawn events, their amounts and reference prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.capital import ACTION_KINDS
from paasche.market.sample.sessions import HONG_KONG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = [
    "COLUMNS",
    "DELETION_PRICE",
    "combine",
    "corporate_actions",
    "price_events",
    "reference_prices",
]

DELETION_PRICE = 0.00001  # R33
WITHDRAWN, TENDERS = 12, 3
EARLY = 0.01  # of the ex-dates are written as the closed day before

COLUMNS = {
    "security": pl.String,
    "ex_date": pl.Date,
    "kind": pl.String,
    "id": pl.String,
    "cash": pl.Float64,
    "ratio": pl.Float64,
    "price": pl.Float64,
    "currency": pl.String,
    "announced": pl.Date,
    "cancelled": pl.Date,
    "related": pl.String,
    "record_date": pl.Date,
    "pay_date": pl.Date,
}


def _of(kind: str) -> pl.Expr:
    return pl.col("ratio").filter(pl.col("kind") == kind)


def combine(cash: pl.DataFrame, capital: pl.DataFrame) -> pl.DataFrame:
    """Combine the events of each name and session as R63 does.

    Returns
    -------
    polars.DataFrame
        name, session, portion (cash / last close), bonus, rights, discount (rights price / last
        close), split; by session and name.
    """
    events = pl.concat([cash, capital.filter(pl.col("kind").is_in(ACTION_KINDS))], how="diagonal")
    return (
        events.group_by("name", "session")
        .agg(
            portion=pl.col("portion").sum(),
            bonus=_of("bonus").sum(),
            rights=_of("rights").sum(),
            discount=pl.col("discount").max().fill_null(0.0),
            split=_of("split").product(),
        )
        .sort("session", "name")
    )


def price_events(
    sessions: Sessions,
    names: Names,
    *,
    closes: NDArray[np.float64],
    known_rate: NDArray[np.float64],
    cash: pl.DataFrame,
    capital: pl.DataFrame,
) -> pl.DataFrame:
    """Give every event its amount from the last close: cash in the paying currency, rights price.

    Parameters
    ----------
    sessions, names : Sessions, Names
    closes : float64 array of shape (n_sessions, n_names)
    known_rate : float64 array of shape (n_sessions,)
        CNY for one HKD, as known on each session.
    cash, capital : polars.DataFrame
        As `events` draws them.

    Returns
    -------
    polars.DataFrame
        name, session, kind, id, ratio, cash, price, rate (CNY for one HKD where an HKD line pays in
        CNY, else 1).
    """
    events = pl.concat([cash, capital.filter(pl.col("kind").is_in(ACTION_KINDS))], how="diagonal")
    name, session = events["name"].to_numpy(), events["session"].to_numpy()
    close = closes[sessions.preceding[names.market[name], session], name]
    return events.select(
        "name",
        "session",
        "kind",
        "id",
        "ratio",
        rate=pl.when("abroad").then(pl.Series(known_rate[session - 1])).otherwise(1.0),
        close=pl.Series(close),
        portion="portion",
        discount="discount",
    ).select(
        "name",
        "session",
        "kind",
        "id",
        "ratio",
        "rate",
        cash=(pl.col("portion") * pl.col("close") * pl.col("rate")).clip(1e-4).round(4),
        price=(pl.col("discount") * pl.col("close")).clip(0.01).round(2),
    )


def reference_prices(
    sessions: Sessions, names: Names, closes: NDArray[np.float64], priced: pl.DataFrame
) -> pl.DataFrame:
    """Work out the full reference price of every ex-date (R63) from the amounts.

    Returns
    -------
    polars.DataFrame
        name, session, reference; by session and name.
    """
    terms = (
        priced.group_by("name", "session")
        .agg(
            cash=(pl.col("cash") / pl.col("rate")).sum(),
            bonus=_of("bonus").sum(),
            rights=_of("rights").sum(),
            money=(pl.col("price") * pl.col("ratio")).sum(),
            split=_of("split").product(),
        )
        .sort("session", "name")
    )
    name, session = terms["name"].to_numpy(), terms["session"].to_numpy()
    close = pl.Series(closes[sessions.preceding[names.market[name], session], name])
    return terms.select(
        "name",
        "session",
        reference=(close - pl.col("cash") + pl.col("money"))
        / ((1 + pl.col("bonus") + pl.col("rights")) * pl.col("split")),
    )


def corporate_actions(
    rng: np.random.Generator,
    sessions: Sessions,
    names: Names,
    priced: pl.DataFrame,
    restructured: pl.DataFrame,
) -> pl.DataFrame:
    """Lay out the table ``corporate_actions``, with delistings, withdrawals and tenders.

    The rows ``restructured`` stand as they are; who leaves by one of them is not delisted too.
    """
    name, session = priced["name"].to_numpy(), priced["session"].to_numpy()
    market, count = names.market[name], len(priced)
    ex_date = sessions.days[session]
    # A few companies write the day before, on which their exchange is closed: it moves (§3).
    eve = ex_date - 1
    early = ~sessions.is_session_day(eve, market) & (rng.random(count) < EARLY)
    quote = np.where(market == HONG_KONG, "HKD", "CNY")
    pays = np.where(market == HONG_KONG, 20, 0).astype("timedelta64[D]")
    money = pl.col("cash").is_not_null() | pl.col("price").is_not_null()
    rows = priced.select(
        "kind",
        "id",
        "cash",
        "ratio",
        "price",
        security=names.codes.gather(name),
        ex_date=pl.Series(np.where(early, eve, ex_date)),
        currency=pl.when(pl.col("rate") != 1).then(pl.lit("CNY")).otherwise(pl.Series(quote)),
        announced=pl.Series(ex_date - rng.integers(10, 40, count)),
        record_date=pl.Series(sessions.days[sessions.preceding[market, session]]),
        pay_date=pl.when(pl.col("cash").is_not_null()).then(pl.Series(ex_date + pays)),
    ).with_columns(currency=pl.when(money).then("currency"))
    delistings = _delistings(sessions, names).join(
        restructured, on=["security", "ex_date"], how="anti"
    )
    everything = [rows, _withdrawn(rng, sessions, rows), delistings, _tenders(rows)]
    return (
        pl.concat([*everything, restructured], how="diagonal")
        .select(pl.col(column).cast(dtype) for column, dtype in COLUMNS.items())
        .sort("ex_date", "security", "kind", "id")
    )


def _withdrawn(rng: np.random.Generator, sessions: Sessions, rows: pl.DataFrame) -> pl.DataFrame:
    """Announce a few more actions and call them off, the last ones only on the ex-date itself."""
    # Half of them would change share counts.
    paid = rows["cash"].is_not_null().to_numpy()
    picks = [rng.permutation(np.flatnonzero(of))[: WITHDRAWN // 2] for of in (paid, ~paid)]
    chosen = rows[np.sort(np.concatenate(picks))]
    count = len(chosen)
    shift = rng.integers(30, 90, count).astype("timedelta64[D]")
    late = np.minimum(chosen["ex_date"].to_numpy() + shift, sessions.days[-1])
    lead = np.where(np.arange(count) % 3 == 0, 0, 9).astype("timedelta64[D]")
    return chosen.with_columns(
        id=pl.lit("withdrawn"),
        ex_date=pl.Series(late),
        cancelled=pl.Series(late - lead),
        record_date=pl.lit(None, pl.Date),
        pay_date=pl.lit(None, pl.Date),
    )


def _delistings(sessions: Sessions, names: Names) -> pl.DataFrame:
    """Delist: at 0.00001 after a bad end (R33), else at the last close (price null)."""
    leaver = np.flatnonzero(names.gone < len(sessions))
    bad = names.negative[leaver]
    ex_date = sessions.days[names.gone[leaver]]
    return pl.DataFrame(
        {
            "security": names.codes.gather(leaver),
            "ex_date": ex_date,
            "kind": ["delisting"] * len(leaver),
            "price": np.where(bad, DELETION_PRICE, np.nan),
            "currency": names.securities["currency"].gather(leaver),
            "announced": ex_date - 14,
        }
    ).with_columns(
        pl.col("price").fill_nan(None),
        currency=pl.when(pl.Series(bad)).then("currency"),
    )


def _tenders(rows: pl.DataFrame) -> pl.DataFrame:
    """Add tender offers, which change nothing by themselves (N4): on days of a rights issue."""
    chosen = rows.filter(pl.col("kind") == "rights").head(TENDERS)
    return chosen.select(
        "security",
        "ex_date",
        "announced",
        "currency",
        kind=pl.lit("tender"),
        price=(pl.col("price") * 2).round(2),
    )
