"""Exchange rates for plausibility: what money is worth, rates that are missing or that jump."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.desk.check.findings import findings
from paasche.market.in_force import in_force

if TYPE_CHECKING:
    from paasche.calculation.desk.check.limits import Limits
    from paasche.market import Market

__all__ = ["missing_fx", "moving_fx", "worth"]

_PAID = ("cash_dividend", "special_dividend", "rights")
"""Kinds of corporate action in which money is paid."""


def worth(market: Market, money: pl.DataFrame, *, that_day: bool = False) -> pl.Series:
    """Return what one unit of a currency is worth in another, at the last rate before a day.

    Parameters
    ----------
    market : Market
    money : polars.DataFrame
        Columns ``currency``, ``quote`` and ``day``.
    that_day : bool
        A rate of the day itself counts too.

    Returns
    -------
    polars.Series
        Null where no pair of the two, and no third currency between them, has a rate.
    """
    asked = money.with_row_index("row")
    legs = _rates(market).sort("date")
    direct = _at(asked, legs, "currency", "quote", "rate", that_day=that_day)
    # Over a third currency that has a rate with both: the first by name.
    over = (
        asked.join(legs.select(currency="of", third="into").unique(), on="currency")
        .pipe(_at, legs, "currency", "third", "one", that_day=that_day)
        .pipe(_at, legs, "third", "quote", "two", that_day=that_day)
        .drop_nulls(["one", "two"])
        .sort("row", "third")
        .group_by("row", maintain_order=True)
        .agg(over=(pl.col("one") * pl.col("two")).first())
    )
    same = pl.col("currency") == pl.col("quote")
    return (
        direct.join(over, on="row", how="left")
        .sort("row")
        .select(pl.when(same).then(1.0).otherwise(pl.coalesce("rate", "over")).alias("worth"))
        .to_series()
    )


def _rates(market: Market) -> pl.DataFrame:
    """Return the rates of all pairs in both directions: date, of, into, rate; direct ones first."""
    fx = market["fx"]
    one, other = pl.col("pair").str.slice(0, 3), pl.col("pair").str.slice(3)
    return pl.concat(
        [
            fx.select("date", of=one, into=other, rate="rate"),
            fx.select("date", of=other, into=one, rate=1.0 / pl.col("rate")),
        ]
    ).unique(["date", "of", "into"], keep="first", maintain_order=True)


def _at(
    asked: pl.DataFrame, legs: pl.DataFrame, of: str, into: str, name: str, *, that_day: bool
) -> pl.DataFrame:
    """Join the last rate before each day, or on it, under a name."""
    return (
        asked.sort("day")
        .join_asof(
            legs.select(
                pl.col("date").alias("day"),
                pl.col("of").alias(of),
                pl.col("into").alias(into),
                pl.col("rate").alias(name),
            ),
            on="day",
            by=[of, into],
            strategy="backward",
            allow_exact_matches=that_day,
            check_sortedness=False,
        )
        .sort("row")
    )


def missing_fx(market: Market, names: pl.Series, limits: Limits) -> pl.DataFrame:
    """Return sessions on which a currency has no rate that may still be kept.

    One currency is the base: that of most securities. Every other needs a pair with it on every day
    on which one of its securities has a price, and on the session before a dividend or subscription
    in it goes ex on a security quoted in another.
    """
    of_names = pl.col("security").is_in(names.implode())
    quote = market["securities"].filter(of_names).select("security", "currency")
    counts = (
        quote["currency"]
        .value_counts(sort=True)
        .sort("count", "currency", descending=[True, False])
    )
    if counts.is_empty():
        return findings()
    base = counts["currency"][0]
    priced = (
        market["prices"]
        .lazy()
        .filter(of_names)
        .join(quote.lazy(), on="security")
        .select("date", "currency")
        .unique()
        .sort("date")
        .collect()
    )
    sessions = priced["date"].unique().sort()
    days = pl.concat([priced, _payments(market, names, sessions)], how="diagonal")
    rates = _rates(market).filter(pl.col("into") == base)
    parts = [findings()]
    for currency in days["currency"].unique().sort():
        if currency == base:
            continue
        # A price stands before a payment on the same day: it needs the rate anyway.
        own = (
            days.filter(pl.col("currency") == currency)
            .sort("date", "payment", nulls_last=False)
            .unique("date", keep="first", maintain_order=True)
        )
        quoted = rates.filter(pl.col("of") == currency)["date"].unique().sort()
        parts.append(_stale(f"{currency}{base}", own, quoted, sessions, limits.fx.stale_sessions))
    return pl.concat(parts)


def _payments(market: Market, names: pl.Series, sessions: pl.Series) -> pl.DataFrame:
    """Return what is paid in another currency than that of the quote: date, currency, payment.

    The date is that of the session before the ex-date, whose rate converts (R49).
    """
    quote = market["securities"].select("security", quote="currency")
    paid = (
        in_force(market["corporate_actions"])
        .filter(pl.col("security").is_in(names.implode()), pl.col("kind").is_in(_PAID))
        .join(quote, on="security", how="left", maintain_order="left")
        .filter(pl.col("currency") != pl.col("quote"))
    )
    at = sessions.search_sorted(paid["ex_date"]).to_numpy()
    within = (at > 0) & (at < len(sessions))
    return paid.filter(pl.Series(within)).select(
        "currency",
        date=sessions.gather(at[within] - 1),
        payment=pl.format("the {} of {} with the ex-date {}", "kind", "security", "ex_date"),
    )


def _stale(
    pair: str, own: pl.DataFrame, quoted: pl.Series, sessions: pl.Series, keep: int
) -> pl.DataFrame:
    """Return one finding for each stretch of sessions without a usable rate, on its last one.

    Parameters
    ----------
    own : polars.DataFrame
        date, ascending, and payment (null where a price needs the rate).
    """
    needed = own["date"]
    at = quoted.search_sorted(needed, side="right").to_numpy().astype(np.int64) - 1
    place = sessions.search_sorted(needed).to_numpy().astype(np.int64)
    if len(quoted):
        # The sessions after the quote up to the day.
        since = sessions.search_sorted(quoted, side="right").to_numpy().astype(np.int64)[at]
        age = np.where(at >= 0, place - since + 1, place + 1)
    else:
        age = place + 1
    bad = (age > keep) | (at < 0)
    table = own.select("date", "payment", age=pl.Series(age), since=pl.Series(at))
    table = table.filter(pl.Series(bad))
    last = quoted.gather(np.maximum(table["since"].to_numpy(), 0)) if len(quoted) else None
    known = pl.lit(None, pl.Date) if last is None else last
    return (
        table.with_columns(quoted=pl.when(pl.col("since") >= 0).then(known))
        .group_by("since", maintain_order=True)
        .agg(
            pl.col("date").last(),
            pl.col("age").last(),
            pl.col("quoted").last(),
            payment=pl.when(pl.col("payment").null_count() == 0).then(pl.col("payment").first()),
        )
        .select(
            kind=pl.lit("missing_fx"),
            security=pl.lit(pair),
            date="date",
            value=pl.col("age").cast(pl.Float64),
            expected=pl.lit(float(keep)),
            hint=pl.concat_str(
                pl.when(pl.col("quoted").is_null())
                .then(pl.lit(f"no rate of {pair} yet; add it to the table fx"))
                .otherwise(pl.format(f"sessions since the last rate of {pair}, of {{}}", "quoted")),
                pl.format(", for {}", "payment").fill_null(""),
            ),
        )
    )


def moving_fx(market: Market, limits: Limits) -> pl.DataFrame:
    """Return rates that move far from one quote to the next, with the likeliest slip."""
    rate, before = pl.col("rate"), pl.col("before")
    inverse = (rate * before - 1.0).abs() <= limits.fx.move
    return (
        market["fx"]
        .sort("pair", "date")
        .with_columns(before=rate.shift(1).over("pair"))
        .filter((rate / before - 1.0).abs() > limits.fx.move)
        .select(
            kind=pl.lit("fx_move"),
            security="pair",
            date="date",
            value="rate",
            expected="before",
            hint=pl.when(inverse)
            .then(pl.lit("the rate of the pair the other way round?"))
            .otherwise(
                pl.format("{} % against the quote before", ((rate / before - 1.0) * 100).round(1))
            ),
        )
    )
