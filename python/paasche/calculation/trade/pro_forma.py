"""The pro-forma basket: the final target of a review at the closes of a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.run import carry_out
from paasche.calculation.trade.holdings import renewed
from paasche.market.listings import exchanges_of
from paasche.market.vocabulary import MEMBERSHIP_KINDS
from paasche.methodology import Methodology
from paasche.review.interim.exits import own_sessions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paasche.calculation.trade.walked import Walked
    from paasche.market import Market
    from paasche.review.dates.schedule import ReviewDates

__all__ = ["pro_forma"]


def pro_forma(
    methodology: Methodology,
    market: Market,
    walked: Walked,
    constituents: Iterable[str],
    dates: ReviewDates,
) -> pl.DataFrame:
    """Weight the basket of a review at the last closes, as if capped on them.

    The index goes on from that close into a review: every name is renewed, with shares, bands, caps
    and factors as a review sets them (R38 to R40, R47), before anything else of the next morning.
    Shares that are announced and listed by the adjustment close count already, as the review will
    take them.

    Parameters
    ----------
    methodology : Methodology
        Its rulebook of the effective session counts (R58).
    market : Market
        As it was known.
    walked : Walked
        The index up to the close.
    constituents : iterable of str
        The basket.
    dates : ReviewDates

    Returns
    -------
    polars.DataFrame
        As :func:`~paasche.calculation.trade.holdings.at_close`.
    """
    close, opening = walked.close, walked.opening
    history = walked.history
    basket = pl.DataFrame({"security": sorted(constituents)}).with_columns(
        index=pl.lit(methodology.index.code), effective=pl.lit(opening), kind=pl.lit("review")
    )
    history = replace(
        history,
        constituents=pl.concat(
            [history.constituents.filter(pl.col("effective") <= close), basket], how="diagonal"
        ),
        priced=history.priced.filter(pl.col("session") <= close),
    )
    result = carry_out(
        _capped_on_the_close(methodology.on(dates.effective)),
        market.changed(_Changes(market, walked, dates)),
        history,
        opening,
        state=walked.closed.state,
        unclosed=True,
    )
    return renewed(result)


def _capped_on_the_close(rulebook: Methodology) -> Methodology:
    """Return the rulebook with the lag that makes the last close the capping session."""
    rules = rulebook.model_dump()
    for section in ("change", "sources"):
        rules.pop(section, None)
    if rulebook.weighting.lag is not None:
        rules["weighting"] = {**rules["weighting"], "lag": 1}
    return Methodology.from_dict(rules)


class _Changes:
    """What of a market counts before the next morning, and what a review takes beforehand."""

    def __init__(self, market: Market, walked: Walked, dates: ReviewDates) -> None:
        self._market, self._close, self._opening = market, walked.close, walked.opening
        self._adjustment_close = dates.adjustment_close

    def __call__(self, name: str, table: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of a table."""
        if name == "corporate_actions":
            return self._actions(table)
        if name == "shares":
            return self._shares(table)
        if name == "decisions":
            return table.filter(pl.col("date") < self._close)
        return table

    def _actions(self, table: pl.DataFrame) -> pl.DataFrame:
        """Put off what goes ex at the next opening; leave out later exits and spin-offs."""
        if table.is_empty():
            return table
        day = pl.lit(own_sessions(self._market, table, "ex_date"))
        ahead = day > self._close
        gone = ahead & pl.col("kind").is_in(MEMBERSHIP_KINDS)
        put_off = ahead & (day <= self._opening)
        return table.with_columns(
            ex_date=pl.when(put_off).then(self._later).otherwise("ex_date")
        ).filter(~gone)

    @property
    def _later(self) -> pl.Expr:
        return pl.lit(self._opening + timedelta(days=1))

    def _shares(self, table: pl.DataFrame) -> pl.DataFrame:
        """Put the shares that will be listed by the adjustment close in force.

        Each still states what it contains: ex-dates between the two are undone.
        """
        rows = table.filter(pl.col("effective") <= self._adjustment_close)
        exchanges = exchanges_of(self._market, rows, "effective")
        calendars = self._market.calendars
        last = {
            name: calendars.sessions(name, calendars.span(name)[0], self._close)[-1].item()
            for name in exchanges.unique()
        }
        own = exchanges.replace_strict(last, return_dtype=pl.Date)
        basis = pl.coalesce("basis", "effective")
        put_off = (basis > self._close) & (basis <= self._opening)
        return (
            rows.with_columns(
                basis=pl.when(put_off).then(self._later).otherwise(basis),
                written="effective",
                effective=pl.when(pl.col("effective") > self._close)
                .then(own)
                .otherwise("effective"),
                # What is announced late counts from the session after it: by that close, too.
                announced=pl.when(pl.col("announced") >= self._adjustment_close).then("announced"),
            )
            .sort("security", "written")
            .unique(["security", "effective"], keep="last", maintain_order=True)
            .select(table.columns)
        )
