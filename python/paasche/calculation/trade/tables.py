"""The files of the trade, put together from a walk, a calculation and the market."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche.calculation.trade.announcement import announced_changes, with_weights
from paasche.calculation.trade.holdings import at_close, at_opening, weights
from paasche.calculation.trade.lists import flags, reserve_list, turnover
from paasche.calculation.trade.pro_forma import pro_forma
from paasche.calculation.trade.schema import in_layout
from paasche.calculation.trade.upcoming import upcoming

if TYPE_CHECKING:
    from datetime import date

    from paasche.calculation.trade.walked import Walked
    from paasche.calculation.workings import Workings
    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.dates.days import Days
    from paasche.review.proposal import Proposal

__all__ = ["AHEAD", "files_of", "one_way"]

AHEAD = 5
"""Sessions that the corporate actions look ahead."""


def files_of(
    methodology: Methodology,
    market: Market,
    sessions: Days,
    known_day: date,
    walked: Walked,
) -> dict[str, pl.DataFrame]:
    """Return the files of the trade by name, each in its layout.

    Parameters
    ----------
    methodology : Methodology
    market : Market
        As it was known on the day.
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, also those to come.
    known_day : datetime.date
    walked : Walked
    """
    walk, workings, close = walked.walk, walked.workings, walked.close
    proposal = walk.proposals[-1]
    closing = at_close(walked.closed, close)
    opening = at_opening(walked.closed, walked.opened)
    target = closing.clear()
    if proposal.dates.effective > known_day:
        basket = walked.later.basket or list((walk.coming or walk.book).constituents)
        target = pro_forma(methodology, market, walked, basket, proposal.dates)
    before = pl.col("security").replace_strict(
        weights(closing), default=0.0, return_dtype=pl.Float64
    )
    target = target.with_columns(weight_before=before)
    ahead = np.searchsorted(sessions, np.datetime64(close, "D"), side="right")
    since = min(proposal.dates.effective, walked.opening)
    changes = announced_changes(walk, walked.later, since)
    rows: dict[str, tuple[pl.DataFrame, dict[str, Any]]] = {
        "closing": (closing, {"date": close}),
        "opening": (opening, {"date": walked.opening}),
        "pro_forma": (target, {"date": close, "effective": proposal.dates.effective}),
        "corporate_actions": (
            upcoming(
                market,
                close,
                sessions[ahead : ahead + AHEAD],
                _concerned(closing, opening, target),
                _rates(workings, close),
                methodology.prices.tick,
            ),
            {},
        ),
        "announcement": (
            with_weights(changes, walked, opening, weights(target)),
            {},
        ),
        "reserve_list": (reserve_list(walk), {}),
        "proposal": (_listed(market, proposal, known_day), {}),
        "flags": (flags(walk, proposal.dates.cutoff), {}),
    }
    names = market["securities"].select("security", "name")
    return {
        file: in_layout(
            file,
            table.join(names, on="security", how="left", maintain_order="left"),
            index=methodology.index.code,
            **constants,
        )
        for file, (table, constants) in rows.items()
    }


def _listed(market: Market, proposal: Proposal, known_day: date) -> pl.DataFrame:
    """Return the table of a review without securities that are not listed on a day."""
    later = market["securities"].filter(pl.col("listed") > known_day)
    return proposal.table.join(later, on="security", how="anti", maintain_order="left")


def one_way(walked: Walked, tables: dict[str, pl.DataFrame], known_day: date) -> float | None:
    """Return the one-way turnover of a review by weight; None for the base basket.

    Of a review to come it is from the closing basket to the pro-forma one, at the same closes; of
    one in force from the close before its effective session to that opening.
    """
    dates, workings = walked.walk.proposals[-1].dates, walked.workings
    if len(walked.walk.proposals) == 1:
        return None
    if dates.effective > known_day:
        return turnover(weights(tables["closing"]), weights(tables["pro_forma"]))
    after = workings.tables["constituents"].filter(
        pl.col("session") == dates.effective, pl.col("weight") > 0
    )
    return turnover(weights(at_close(walked.closed, dates.adjustment_close)), weights(after))


def _concerned(closing: pl.DataFrame, opening: pl.DataFrame, target: pl.DataFrame) -> pl.DataFrame:
    """Return constituents, and who joins at the opening or with the review, with their closes."""
    parts = [
        table.select("security", "currency", "close", role=pl.lit(role))
        for table, role in ((closing, "constituent"), (opening, "joiner"), (target, "joiner"))
    ]
    return pl.concat(parts).unique("security", keep="first", maintain_order=True)


def _rates(workings: Workings, session: date) -> dict[str, float]:
    """Return the rate of each currency into index currency at a close."""
    at = int(np.searchsorted(workings.sessions, np.datetime64(session, "D")))
    row = workings.rates.table[at].tolist()
    return dict(zip(workings.rates.currencies, row, strict=True))
