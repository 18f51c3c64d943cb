"""Review: who would be in an index by what was known on a day, and the files of the trade."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.arguments import check_market, check_methodology, tell_assumptions
from paasche.calculation.course import spans_of
from paasche.calculation.days import day
from paasche.calculation.idle import idle_decisions
from paasche.calculation.run import carry_out
from paasche.calculation.trade.known import known_on, unpriced_spin_offs, without
from paasche.calculation.trade.later import later_changes
from paasche.calculation.trade.review import Review, Standing
from paasche.calculation.trade.tables import AHEAD, files_of, one_way
from paasche.calculation.trade.walked import Walked
from paasche.errors import InputError, MissingDataError
from paasche.review.agenda import universe_sessions
from paasche.review.dates.schedule import review_dates
from paasche.review.history import history_of
from paasche.review.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.dates.days import Days
    from paasche.review.dates.schedule import ReviewDates

__all__ = ["review"]


def review(
    methodology: Methodology, market: Market, date: dt.date | str, *, strict: bool = False
) -> Review:
    """Review an index with what was known on a day, and prepare the files of the trade.

    The review is the latest one whose data cut-off is on or before the day (R3); of two that are
    on their way, the first to take effect. From its announcement on it is what was announced;
    before, it is a proposal. Nothing that was traded, announced or published after the day counts.

    Parameters
    ----------
    methodology : Methodology
        With rules in ``[universe]`` and ``[selection]``.
    market : Market
        With the prices of the last session up to the day.
    date : date or ISO text
        Day of knowledge, after its close; any day of the calendar.
    strict : bool
        Refuse a methodology with assumed numbers instead of warning once.

    Returns
    -------
    Review

    Raises
    ------
    InputError
        A table gives the constituents, or the day is before the base date.
    MissingDataError
        Prices do not reach the day, or the calendar does not reach the review's effective session.

    Examples
    --------
    >>> import paasche as px
    >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2016-12-30"))
    >>> found = px.review(px.Methodology.load("ah-cross-border"), market, "2016-05-20")
    >>> found.standing, str(found.dates.cutoff), str(found.dates.effective)
    ('proposed', '2016-04-29', '2016-06-13')
    """
    check_methodology(methodology)
    check_market(market)
    known_day = day("date", date)
    if not methodology.universe.by_rules:
        raise InputError(
            f"{methodology.index.code} universe.constituents = table: must be left out for a "
            "review, which needs rules in [universe] and [selection]; the table constituents says "
            "who is in"
        )
    tell_assumptions(methodology, strict=strict)
    sessions = universe_sessions(market, methodology)
    _require_base(methodology, market, known_day)
    market = known_on(market, methodology, known_day)
    _require_prices(market, sessions, known_day)
    unpriced = unpriced_spin_offs(market, known_day)
    walked = _to_the_opening(methodology, without(market, unpriced), sessions, known_day)
    proposal = walked.walk.proposals[-1]
    tables = files_of(methodology, market, sessions, known_day, walked)
    return Review(
        methodology=methodology,
        source=market.source,
        known_at=market.known_at,
        market_fingerprints=market.fingerprints,
        date=known_day,
        close=walked.close,
        next_session=walked.opening,
        dates=proposal.dates,
        standing=_standing(walked.walk, known_day),
        turnover=proposal.turnover,
        turnover_by_weight=one_way(walked, tables, known_day),
        notes=(
            *proposal.notes,
            *_not_opened(unpriced, walked),
            *_idle(methodology, market, sessions, walked),
        ),
        # What a committee has to decide stands among the flags.
        warnings=tuple(one for one in walked.closed.warnings if one.place != "decisions"),
        **tables,
    )


def _to_the_opening(
    methodology: Methodology, market: Market, sessions: Days, known_day: dt.date
) -> Walked:
    """Walk and calculate to the opening of the first index session after a day."""
    at = int(np.searchsorted(sessions, np.datetime64(known_day, "D"), side="right"))
    for day_ahead in sessions[at:]:
        opening: dt.date = day_ahead.item()
        coming = _coming(methodology, sessions, known_day, opening)
        walk = Walk(market, methodology, opening, coming)
        walk.run()
        history = history_of(walk)
        closed = carry_out(methodology, market, history, known_day)
        opened = carry_out(methodology, market, history, opening, state=closed.state, unclosed=True)
        if opened.state.date == opening:
            until = sessions[min(at + AHEAD, len(sessions)) - 1].item()
            later = later_changes(methodology, market, walk, known_day, max(until, opening))
            return Walked(walk, history, closed, opened, later)
        # Only an exchange without a constituent is open on it.
    raise _beyond(sessions, known_day)


def _beyond(sessions: Days, known_day: dt.date) -> MissingDataError:
    return MissingDataError(
        f"date = {known_day}: must be before {sessions[-1]}, the last known session of the "
        "universe's exchanges; add later sessions to the table calendar"
    )


def _coming(
    methodology: Methodology, sessions: Days, known_day: dt.date, opening: dt.date
) -> ReviewDates | None:
    """Return the next review to take effect after an opening, if its cut-off is past (R3)."""
    known, first = np.datetime64(known_day, "D"), np.datetime64(opening, "M")
    for month in np.arange(first, first + 2 * _MONTHS_OF_A_YEAR):
        rules = methodology.on(month.astype("datetime64[D]").item()).review
        year, number = divmod(int(month.astype(np.int64)), _MONTHS_OF_A_YEAR)
        if number + 1 not in rules.months:
            continue
        # A session between the day and the end of the data window: the cut-off is still ahead.
        window_end = (month + 1 - rules.cutoff_months).astype("datetime64[D]") - 1
        if np.any((sessions > known) & (sessions <= window_end)):
            return None
        dates = review_dates(sessions, rules, 1970 + year, number + 1)
        if dates.effective > opening:
            return dates
    return None


_MONTHS_OF_A_YEAR = 12


def _require_base(methodology: Methodology, market: Market, known_day: dt.date) -> None:
    """Refuse a day before the index begins, or before the first prices."""
    index = methodology.index
    start = index.base_date if index.anchor is None else index.anchor.date
    first: dt.date | None = market["prices"].select(pl.col("date").min()).item()
    if first is not None and known_day < first and start <= first:
        raise MissingDataError(
            f"date = {known_day}: must be after {first}, the first day with prices; "
            f"{index.code} begins on {start}: add the prices before, or begin later, with an "
            "anchor: [index] anchor = { date = …, level = … }, or --anchor DATE=LEVEL"
        )
    if known_day < start:
        raise InputError(
            f"date = {known_day}: must be on or after {start}, where {index.code} begins"
        )


def _require_prices(market: Market, sessions: Days, known_day: dt.date) -> None:
    """Refuse a day whose prices have not arrived, or after which no session is known."""
    if np.datetime64(known_day, "D") >= sessions[-1]:
        raise _beyond(sessions, known_day)
    place = int(np.searchsorted(sessions, np.datetime64(known_day, "D"), side="right")) - 1
    last: dt.date | None = market["prices"].select(pl.col("date").max()).item()
    if last is None or np.datetime64(last, "D") < sessions[max(place, 0)]:
        have = "there is none" if last is None else f"the last is {last}"
        raise MissingDataError(
            f"date = {known_day}: must have prices of {sessions[max(place, 0)]}, the last session "
            f"by then; {have}: add them, or give an earlier date"
        )


def _standing(walk: Walk, known_day: dt.date) -> Standing:
    dates = walk.proposals[-1].dates
    if len(walk.proposals) == 1:
        return "base"
    if dates.effective <= known_day:
        return "in_force"
    return "announced" if dates.announcement <= known_day else "proposed"


def _not_opened(unpriced: pl.DataFrame, walked: Walked) -> Iterator[str]:
    """Tell of the spin-offs that the opening lacks (R26)."""
    held = [row["security"] for row in walked.closed.state.members]
    rows = unpriced.filter(
        pl.col("security").is_in(held), pl.col("ex_date") <= walked.opening
    ).sort("security", "related")
    for parent, child, ex_date in rows.select("security", "related", "ex_date").iter_rows():
        yield (
            f"spin-off of {child} by {parent} on {ex_date}: what it is worth is not known yet, so "
            f"the opening has {parent} at its close, without {child}"
        )


def _idle(
    methodology: Methodology, market: Market, sessions: Days, walked: Walked
) -> Iterator[str]:
    """Tell of the decisions since the review before that change nothing (R5, R34)."""
    reviews = walked.history.proposals
    since = reviews[-2].dates.announcement if len(reviews) > 1 else reviews[0].dates.cutoff
    until = sessions[: np.searchsorted(sessions, np.datetime64(walked.opening, "D"), side="right")]
    spans = spans_of(walked.history)
    found = idle_decisions(
        methodology, market, until, since + dt.timedelta(days=1), walked.history, spans
    )
    return (str(one) for one in found)
