"""Screens of figures: prices and shares that are there, listing age, size, liquidity (R4, R46)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.review.screening.facts import needs_free_float
from paasche.review.screening.kind import Place, Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paasche.methodology import Methodology
    from paasche.methodology import universe as sections
    from paasche.review.dates.schedule import ReviewDates

__all__ = ["of_age", "of_data", "of_size"]

_PLACED = ("place", "of", "passing")
"""Columns of a place, as its reason tells them."""


def of_data(rules: Methodology, dates: ReviewDates) -> Iterator[Screen]:
    """Screen for a price, a share count, enough trading days (R4) and a free float (R46)."""
    needed = rules.review.numbers.first_counted_session
    for column, what in (("close", "price"), ("shares", "share count")):
        yield Screen(
            name=column,
            rule="R4",
            applies="all",
            fails=pl.col(column).is_null(),
            reason=pl.lit(f"no {what} by {dates.cutoff}"),
        )
    yield Screen(
        name="trading_days",
        rule="R4",
        applies="all",
        fails=pl.col("too_new"),
        reason=pl.format(
            "listed on {}, traded on {} days by {}: must be at least {}",
            "listed",
            "trading_days",
            pl.lit(dates.cutoff),
            pl.lit(needed),
        ),
    )
    if needs_free_float(rules):
        yield Screen(
            name="free_float",
            rule="R46",
            applies="all",
            fails=pl.col("free_float").is_null(),
            reason=pl.lit(f"no free float stated by {dates.cutoff}"),
        )
    yield Screen(
        name="no_free_float",
        rule="R46",
        applies="all",
        fails=pl.col("free_float") == 0,
        reason=pl.lit(f"no share floats freely on {dates.cutoff}"),
    )


def of_age(universe: sections.Universe, dates: ReviewDates) -> Iterator[Screen]:
    """Screen newcomers by the time since their listing."""
    age = universe.listing_age
    if age is None:
        return
    young = pl.col("of_age") > dates.cutoff
    place, exempt = None, pl.lit("")
    if age.exempt_rank is not None:
        place = Place(measure="average_market_value", places=age.exempt_rank)
        # The age of a board has no exemption: CSI asks it of the largest too.
        of_board = pl.col("board").is_in(list(age.boards)).fill_null(value=False)
        young &= of_board | (pl.col("place") > pl.col("passing"))
        larger = pl.lit(f", or be among the {age.exempt_rank} largest")
        exempt = pl.when(of_board).then(exempt).otherwise(larger)
    yield Screen(
        name="listing_age",
        rule=None,
        applies="newcomers",
        fails=young,
        reason=pl.format(
            "listed on {}: must be listed for {} months by {}{}",
            "listed",
            "listing_months",
            pl.lit(dates.cutoff),
            exempt,
        ),
        place=place,
    )


def of_size(rules: Methodology) -> Iterator[Screen]:
    """Screen by size and liquidity, one measure after another; no data does not pass."""
    currency = rules.index.currency
    for screen in rules.universe.screens:
        value, name = pl.col(screen.measure), screen.measure.replace("_", " ")
        shown = pl.format(f"{name} {{}} {currency}", value.round(0).cast(pl.Int64))
        what = pl.when(value.is_null()).then(pl.lit(f"no {name}")).otherwise(shown)
        concerned, where = None, ""
        if screen.exchanges is not None:
            concerned = pl.col("exchange").is_in(list(screen.exchanges))
            where = f" on {' and '.join(screen.exchanges)}"
        if screen.minimum is None:
            place = Place(
                measure=screen.measure,
                share=screen.top_share,
                constituent_share=screen.constituent_top_share,
                among=concerned,
            )
            fails = value.is_null() | (pl.col("place") > pl.col("passing"))
            bound = pl.format(f"place {{}} of {{}}{where}: the first {{}} pass", *_PLACED)
        else:
            place = None
            own = screen.constituent_minimum
            least, told = pl.lit(screen.minimum), pl.lit(_figure(screen.minimum))
            if own is not None:
                least = pl.when("constituent").then(pl.lit(own)).otherwise(least)
                told = pl.when("constituent").then(pl.lit(_figure(own))).otherwise(told)
            fails = value.is_null() | (value < least)
            bound = pl.format(f"must be at least {{}}{where}", told)
        yield Screen(
            name=screen.measure,
            rule=None,
            applies="all",
            fails=fails if concerned is None else concerned & fails,
            reason=pl.format("{}, {}", what, bound),
            place=place,
        )


def _figure(number: float) -> str:
    """Return a number as it is written, a whole one without decimals."""
    return f"{number}".removesuffix(".0")
