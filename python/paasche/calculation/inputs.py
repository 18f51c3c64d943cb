"""From market tables to the arrays that Hold and Value read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche._arrays import ACTION_KINDS, numbered
from paasche.calculation.arrays import NONE, Actions, Snapshots, positions_of
from paasche.calculation.closes import close_panel
from paasche.calculation.floats import require_free_float
from paasche.calculation.rules import share_rules_by_day
from paasche.calculation.sessions import NEVER
from paasche.calculation.spin_offs import give_away
from paasche.errors import MissingDataError
from paasche.market.in_force import in_force
from paasche.market.listings import exchanges_of, said_of
from paasche.market.vocabulary import PRICE_TERMS
from paasche.methodology.withholding import withholding_rates
from paasche.review.panels.conversion import worth_in_quote
from paasche.review.panels.floats import with_free_float

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from paasche.calculation.membership import Membership
    from paasche.calculation.rates import Rates
    from paasche.calculation.sessions import Timeline
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["actions", "close_panel", "priced", "snapshots"]

_KINDS = {**PRICE_TERMS, "spin_off": "spin_off"}
"""Kinds of the table that change a reference price, and what the core calls them."""


def actions(
    market: Market,
    methodology: Methodology,
    members: Membership,
    timeline: Timeline,
    found: Rates,
) -> Actions:
    """Return the actions of all constituents, ex-dates moved to sessions of their exchange.

    Published opening references on ex-dates come along as rows of their own (R63). Cash and
    subscription prices in another currency are converted at the rates of the index session before.

    What a spin-off gives away is filled in by :func:`priced`, once the closes are known. A
    price set by a decision opens the next index session (R34).
    """
    names = members.securities
    table = market["corporate_actions"]
    table = table.with_columns(column=pl.Series(_columns(market, "corporate_actions", names)))
    rows = in_force(table.filter(pl.col("column") >= 0))
    rows = rows.with_columns(
        exchange=exchanges_of(market, rows, "ex_date"),
    )
    day = timeline.rolled(rows["exchange"].to_numpy(), rows["ex_date"].to_numpy())
    # Beyond the known sessions the written day stands: share counts are still brought over it.
    written = rows["ex_date"].to_numpy().astype("datetime64[D]").astype(np.int32)
    rows = rows.with_columns(day=pl.Series(np.where(day == NEVER, written, day), dtype=pl.Int32))
    # After the end an action matters for share counts only, which know no cash.
    later = pl.col("day") > int(timeline.days[-1].astype(np.int32))
    is_dividend = pl.col("kind").is_in([kind for kind, term in _KINDS.items() if term == "cash"])
    rows = rows.filter(pl.col("kind").is_in(list(_KINDS)), ~(is_dividend & later))
    published = _published(market, rows)
    conversion = _conversion(market, rows, members, timeline, found)
    kinds = rows["kind"].replace_strict(_KINDS, return_dtype=pl.String)
    is_cash = (kinds == "cash").to_numpy()
    tax = _tax(market, methodology, rows, is_cash & _held(rows, members, timeline))
    amount = np.where(is_cash, rows["cash"].to_numpy(), rows["ratio"].to_numpy())
    amount = np.where((kinds == "spin_off").to_numpy(), 0.0, amount)
    price = rows["price"].fill_null(0.0).to_numpy() * conversion
    price = np.where((kinds == "rights").to_numpy(), price, 0.0)
    acts = Actions(
        instrument=rows["column"].to_numpy().astype(np.uint32),
        day=rows["day"].to_numpy(),
        kind=numbered(kinds.to_list(), "kind", ACTION_KINDS),
        amount=np.where(is_cash, amount * conversion, amount),
        price=price,
        tax=tax,
        tick=methodology.prices.tick,
    )
    set_prices = _set_prices(members, timeline)
    published = published.join(set_prices, on=["security", "day"], how="anti")
    acts = _more(acts, names, published, "published", published["reference"])
    # A split of one for one makes the price an ex-date's: it opens the session, with a correction.
    acts = _more(acts, names, set_prices, "split", pl.Series(np.ones(len(set_prices))))
    return _more(acts, names, set_prices, "published", set_prices["value"])


def priced(
    market: Market,
    members: Membership,
    timeline: Timeline,
    found: Rates,
    acts: Actions,
    first: int,
    seed: Mapping[str, float] | None,
) -> tuple[Actions, NDArray[np.float64]]:
    """Return the actions and the carried closes, spin-offs included (R26).

    What a spin-off gives away follows from its parent's close, and changes the prices carried after
    it, so that closes are laid out twice where there is one.

    Returns
    -------
    acts : Actions
    closes : float64 array of shape (n_days, n_instruments)
        On the market days; children have a price from the day before the ex-date on.
    """
    children = set(members.spin_offs["child"])
    closes = close_panel(market, members.securities, timeline, acts, first, seed, children)
    if children:
        acts = _with_spin_offs(
            acts, members, give_away(market, members, timeline, found, closes, first)
        )
        closes = close_panel(market, members.securities, timeline, acts, first, seed, children)
        give_away(market, members, timeline, found, closes, first)
    return acts, closes


def _with_spin_offs(acts: Actions, members: Membership, values: NDArray[np.float64]) -> Actions:
    """Return the actions with what each spin-off gives away per share of its parent (R26)."""
    spun = members.spin_offs.select(
        security="parent", day=pl.col("session").cast(pl.Int32)
    ).with_columns(value=pl.Series(values))
    return _more(acts, members.securities, spun, "spin_off", spun["value"])


def _set_prices(members: Membership, timeline: Timeline) -> pl.DataFrame:
    """Return the prices that decisions set: opening prices of the next session (R34).

    The last decision before a session stands, against a published reference too.
    """
    rows = members.decisions.filter(decision="price")
    days = rows["date"].to_numpy().astype("datetime64[D]")
    at = np.searchsorted(timeline.sessions, days, side="right")
    known = at < len(timeline.sessions)
    rows = rows.filter(pl.Series(known, dtype=pl.Boolean)).with_columns(
        day=pl.Series(timeline.sessions[at[known]].astype(np.int32))
    )
    return rows.unique(["security", "day"], keep="last", maintain_order=True)


def _more(
    acts: Actions, names: Sequence[str], rows: pl.DataFrame, kind: str, amount: pl.Series
) -> Actions:
    """Return the actions with rows of one kind added, those of names in the panel."""
    if rows.is_empty():
        return acts
    column = positions_of(rows["security"], names)
    known = column != NONE
    count = int(known.sum())
    return replace(
        acts,
        instrument=np.concatenate([acts.instrument, column[known]]).astype(np.uint32),
        day=np.concatenate([acts.day, rows["day"].to_numpy()[known]]).astype(np.int32),
        kind=np.concatenate([acts.kind, numbered([kind] * count, "kind", ACTION_KINDS)]),
        amount=np.concatenate([acts.amount, amount.to_numpy()[known]]),
        price=np.concatenate([acts.price, np.zeros(count)]),
        tax=np.concatenate([acts.tax, np.zeros(count)]),
    )


def _columns(market: Market, table: str, names: Sequence[str]) -> NDArray[np.int32]:
    """Return the column of the panel of each row's security; −1 for one that is not in it."""
    column_of: NDArray[np.int32] = positions_of(market.ids, names).astype(np.int32)
    return np.take(column_of, market.positions(table))


def _published(market: Market, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the published opening references on ex-dates."""
    if market.streamed is not None:
        ex_dates = rows.select("security", "day").unique()
        found = market.streamed.values_of("reference", ex_dates)
        known = ex_dates.with_columns(reference=pl.Series(found)).filter(~np.isnan(found))
        return known.sort("security", "day")
    if market["prices"]["reference"].null_count() == len(market["prices"]):
        return pl.DataFrame(
            schema={"security": pl.String, "day": pl.Int32, "reference": pl.Float64}
        )
    ex_dates = rows.select("security", "day").unique()
    references = market["prices"].lazy().filter(pl.col("reference").is_not_null())
    return (
        references.select("security", pl.col("date").cast(pl.Int32).alias("day"), "reference")
        .join(ex_dates.lazy(), on=["security", "day"], how="semi")
        .sort("security", "day")
        .collect()
    )


def _conversion(
    market: Market,
    rows: pl.DataFrame,
    members: Membership,
    timeline: Timeline,
    found: Rates,
) -> NDArray[np.float64]:
    """Return what one unit of the row's currency is worth in the quote currency of its security.

    The rate is that of the index session before the ex-date. One that is not known stays NaN, which
    is an error where the name is held, and where it is carried over that day.
    """
    known = dict(zip(found.currencies, found.table.T, strict=True))
    days = timeline.sessions.astype(np.int32)
    result = worth_in_quote(market, rows, days, lambda _: known)
    missing = np.isnan(result)
    if not missing.any():
        return result
    unknown = rows.filter(missing).with_columns(session=pl.col("day").cast(pl.Date))
    held = unknown.join(members.spans, on="security").filter(
        pl.col("start") <= pl.col("session"),
        pl.col("session") > members.baskets[0].effective,
        pl.col("end").is_null() | (pl.col("end") > pl.col("session")),
        pl.col("session") <= timeline.days[-1],
    )
    if not held.is_empty():
        security, kind, ex_date, currency = held.select(
            "security", "kind", "ex_date", "currency"
        ).row(0)
        raise MissingDataError(
            f"corporate_actions currency = {currency} in the {kind} of {security} on {ex_date}: "
            f"must have a rate into {found.currencies[0]} on the session before; add it to the "
            "table fx"
        )
    return result


def _held(rows: pl.DataFrame, members: Membership, timeline: Timeline) -> NDArray[np.bool_]:
    """Tell whose action an index session meets while the name is a constituent."""
    sessions = timeline.sessions.astype(np.int32)
    at = np.searchsorted(sessions, rows["day"].to_numpy()).clip(max=len(sessions) - 1)
    met = rows.select("security", session=pl.Series(sessions[at]).cast(pl.Date)).with_row_index()
    spans = met.join(members.spans, on="security").filter(
        pl.col("session") > members.baskets[0].effective,
        pl.col("start") <= pl.col("session"),
        pl.col("end").is_null() | (pl.col("session") < pl.col("end")),
    )
    held = np.zeros(len(rows), np.bool_)
    held[spans["index"].to_numpy()] = True
    return held


def _tax(
    market: Market, methodology: Methodology, rows: pl.DataFrame, is_cash: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the fraction withheld from cash; 0 without the net variant."""
    tax = np.zeros(len(rows))
    if methodology.net_total_return is not None and is_cash.any():
        dividends = rows.filter(is_cash).select(
            "security",
            "exchange",
            "kind",
            pl.col("day").cast(pl.Date).alias("ex_date"),
        )
        dividends = dividends.with_columns(said_of(market, dividends["security"], "country"))
        tax[is_cash] = withholding_rates(methodology.net_total_return.table, dividends).to_numpy()
    return tax


def snapshots(
    market: Market, methodology: Methodology, names: Sequence[str], timeline: Timeline, end: date
) -> Snapshots:
    """Return the share snapshots of all constituents with their sessions L and L + 2 (R57)."""
    require_free_float(market, methodology, timeline.sessions[0])
    rows = market["shares"].filter(pl.col("security").is_in(names), pl.col("effective") <= end)
    exchange = exchanges_of(market, rows, "effective").to_numpy()
    effective = rows["effective"].to_numpy().astype("datetime64[D]")
    announced = rows["announced"].fill_null(rows["effective"]).to_numpy().astype("datetime64[D]")
    # Announced after it took effect: the session after the announcement counts as the listing.
    counted = np.where(announced > effective, announced + np.timedelta64(1, "D"), effective)
    listing = timeline.rolled(exchange, counted)
    due = np.full(len(rows), NEVER, np.int32)
    free_float = rows["free_float"]
    for own, rules in share_rules_by_day(methodology, effective):
        stated = with_free_float(market, rows, rules.name)
        free_float = free_float.zip_with(~pl.Series(own), stated)
        known = own & (listing != NEVER)
        days = listing[known].astype("datetime64[D]")
        due[known] = timeline.rolled(exchange[known], days, lag=rules.change_lag_sessions)
    return Snapshots(
        instrument=positions_of(rows["security"].to_list(), list(names)),
        effective=effective.astype(np.int32),
        listing=listing,
        due=due,
        basis=rows["basis"]
        .fill_null(rows["effective"])
        .to_numpy()
        .astype("datetime64[D]")
        .astype(np.int32),
        total=rows["total"].to_numpy(),
        free_float=free_float.fill_null(-1).to_numpy(),
    )
