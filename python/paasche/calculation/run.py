"""Calculate: a methodology and a market go in, levels come out – decide, hold, value, chain."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation import inputs
from paasche.calculation.arguments import (
    check_market,
    check_methodology,
    tell_assumptions,
)
from paasche.calculation.arrays import Origin, Panel
from paasche.calculation.days import day
from paasche.calculation.decide import decide
from paasche.calculation.deletions import delete_at_price
from paasche.calculation.kernel import calculate_arrays
from paasche.calculation.membership import membership
from paasche.calculation.notices import notices
from paasche.calculation.rates import index_rates, on_base_date
from paasche.calculation.references import differing_references
from paasche.calculation.reports import report
from paasche.calculation.result import Result
from paasche.calculation.rules import longest_lag, rules_of
from paasche.calculation.sessions import timeline
from paasche.calculation.stored.past import past, require_past
from paasche.calculation.stored.state import State
from paasche.calculation.stored.tables import TABLES, append, cut
from paasche.calculation.swaps import carry_by_swap
from paasche.calculation.workings import Workings
from paasche.errors import (
    InconsistentError,
    InputError,
    MissingDataError,
    PaascheError,
)
from paasche.review.history import review_history

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from os import PathLike

    from paasche.calculation.membership import Membership
    from paasche.calculation.rates import Rates
    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.history import History

__all__ = ["base_rates_of", "calculate", "carry_out", "known_day", "last_day_of", "origin_of"]


def calculate(
    methodology: Methodology,
    market: Market,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    continue_from: State | str | PathLike[str] | None = None,
    threads: int | None = None,
    strict: bool = False,
) -> Result:
    """Calculate an index from its base date on.

    Parameters
    ----------
    methodology : Methodology
        The rules.
    market : Market
        Prices, shares, corporate actions, constituents, rates.
    start, end : date or ISO text, optional
        First and last day of the output; the calculation itself begins at the base date, the anchor
        or the stored state. ``end`` defaults to the last day with prices.
    continue_from : State, or path of a run directory, optional
        State to continue from. From a run directory its tables come along: the result has the same
        bytes as one run over both spans. From a state the result begins after its session.
    threads : int, optional
        Threads that value sessions; the result does not depend on it.
    strict : bool
        Refuse a methodology with assumed numbers instead of warning once.

    Returns
    -------
    Result

    Raises
    ------
    InputError, MissingDataError, InfeasibleRuleError, NotRepresentableError, InconsistentError
        Naming index, date, security and value, the rule, and what to do.

    Examples
    --------
    >>> import paasche as px
    >>> tables = px.sample_market(securities=120, end="2015-12-31")
    >>> market = px.Market.from_frames(tables)
    >>> result = px.calculate(px.Methodology.load("sample-cross-border"), market)
    >>> result.levels["level"][0]
    1000.0
    """
    began = time.perf_counter()
    check_methodology(methodology)
    check_market(market)
    tell_assumptions(methodology, strict=strict)
    earlier, state = _start(continue_from, methodology)
    origin_day = known_day(methodology) if state is None else state.date
    first_day = None if start is None else day("start", start)
    last_day = last_day_of(market, None if end is None else day("end", end), origin_day)
    if first_day is not None and first_day > last_day:
        raise InputError(f"start = {first_day}: must be on or before the last day, {last_day}")
    history = None
    if methodology.universe.by_rules:
        history = review_history(market, methodology, last_day)
    result = carry_out(
        methodology,
        market,
        history,
        last_day,
        first_day=first_day,
        earlier=earlier,
        state=state,
        place=str(continue_from),
        threads=threads,
    )
    return replace(result, seconds=time.perf_counter() - began)


def carry_out(
    methodology: Methodology,
    market: Market,
    history: History | None,
    last_day: date,
    *,
    first_day: date | None = None,
    earlier: Result | None = None,
    state: State | None = None,
    place: str = "",
    threads: int | None = None,
    unclosed: bool = False,
) -> Result:
    """Hold, value and chain what a membership asks for.

    Parameters
    ----------
    methodology : Methodology
    market : Market
    history : History, optional
        What reviews made of the membership; None: the table ``constituents`` gives it.
    last_day : datetime.date
        Last day of the calculation.
    first_day : datetime.date, optional
        First day of the output.
    earlier : Result, optional
        The run to go on with, which ``place`` names.
    state : State, optional
        Where it stands; None: the calculation begins at the base date or the anchor.
    threads : int, optional
    unclosed : bool
        The last day has opened and not closed: no price is due on it, and each name stands there
        at its opening reference price.
    """
    index, known = methodology.index, known_day(methodology)
    origin_day = known if state is None else state.date
    members = _members(market, methodology, history, origin_day, last_day)
    lag = longest_lag(methodology)
    spans = members.spans
    if state is not None:
        state.check([*members.baskets[0].securities, *members.riding(origin_day)])
        if earlier is not None:
            require_past(earlier, place, market)
        spans = _spans(market, methodology, history, members, known, last_day)
    axis = timeline(market, members, index.calendar, origin_day, lag, last_day, spans)
    first = axis.position(
        origin_day, "index.base_date" if index.anchor is None else "index.anchor.date"
    )
    changes, intents = decide(methodology, members, axis, first, resumed=state is not None)
    stored = {} if state is None else state.rates
    found = index_rates(market, methodology, members, axis, changes, (first, stored))
    actions = inputs.actions(market, methodology, members, axis, found)
    notes = notices(
        methodology,
        market,
        members,
        axis,
        first,
        resumed=state is not None,
        unclosed=unclosed,
        history=history,
    )
    seed = None if state is None else state.closes()
    actions, closes = inputs.priced(market, members, axis, found, actions, first, seed)
    quoted = closes[np.isin(axis.days, axis.sessions)]
    prices = carry_by_swap(market, methodology, members, axis, found, quoted)
    deletions = delete_at_price(market, methodology, members, axis, prices)
    panel = Panel(
        days=axis.sessions.astype(np.int32),
        instruments=members.securities,
        prices=prices,
        fx=found.table,
        currency=found.columns_of(market, members.securities),
    )
    snapshots = inputs.snapshots(market, methodology, members.securities, axis, last_day)
    origin = (
        origin_of(methodology, first)
        if state is None
        else state.origin(methodology, market, axis, members.securities)
    )
    with _naming(index.code):
        arrays = calculate_arrays(
            panel,
            actions,
            snapshots,
            changes,
            intents,
            rules_of(methodology, origin_day),
            origin,
            deletions=deletions,
            threads=threads,
        )
    _meets(state, float(arrays.price[first]))
    base_rates = base_rates_of(market, methodology, found, first) if state is None else state.base
    differing = differing_references(actions, axis, closes, methodology.prices.reference_tolerance)
    tables = report(
        methodology, market, members, axis, found, arrays, first, base_rates, differing, deletions
    )
    workings = Workings(
        methodology=methodology,
        market=market,
        panel=panel,
        origin=origin,
        arrays=arrays,
        rates=found,
        base_rates=base_rates,
        tables=tables,
    )
    ending = State.after(methodology, members, axis, arrays, found, base_rates, quoted[-1])
    if state is not None:
        tables = append(_tables_of(earlier), tables, state.date)
    if first_day is not None:
        tables = cut(tables, first_day)
    return Result(
        methodology=methodology,
        source=_place(market.source),
        market_fingerprints=market.fingerprints,
        market_past=partial(
            past,
            market,
            methodology,
            tables["constituents"],
            tables["securities"],
            ending.date,
            earlier,
        ),
        known_at=market.known_at,
        state=ending,
        warnings=notes,
        seconds=None,
        workings=workings,
        history=history,
        levels=tables["levels"],
        constituents=tables["constituents"],
        divisors=tables["divisors"],
        events=tables["events"],
        securities=tables["securities"],
        # What a restated run says of the run it replaces comes along (decision 0006).
        restatement=None if earlier is None else earlier.restatement,
        restates={} if earlier is None else earlier.restates,
    )


def known_day(methodology: Methodology) -> date:
    """Return the day whose levels are given: the base date, or that of the anchor."""
    anchor = methodology.index.anchor
    return methodology.index.base_date if anchor is None else anchor.date


def _start(
    continue_from: State | str | PathLike[str] | None, methodology: Methodology
) -> tuple[Result | None, State | None]:
    """Return the run that a calculation goes on with, and its state; a state alone is no run."""
    if continue_from is None or isinstance(continue_from, State):
        return None, State.of(continue_from, methodology)
    earlier = Result.read(continue_from)
    return earlier, State.of(earlier.state, methodology)


def _tables_of(earlier: Result | None) -> dict[str, pl.DataFrame]:
    """Return the tables that a run goes on with; a state alone has none."""
    return {} if earlier is None else {name: getattr(earlier, name) for name in TABLES}


def _place(source: str) -> str:
    """Return where a market folder is, whatever the working directory of a later reader."""
    folder = Path(source)
    return str(folder.resolve()) if folder.is_dir() else source


@contextmanager
def _naming(index: str) -> Iterator[None]:
    """Put the index in front of what the core refuses: it knows instruments and sessions only."""
    try:
        yield
    except PaascheError as e:
        raise type(e)(f"{index}: {e}") from e


def last_day_of(market: Market, end: date | None, origin: date) -> date:
    """Return the last day to calculate: ``end``, else the last day with prices."""
    last: date | None
    if market.streamed is not None:
        last = market.streamed.last
    else:
        last = market["prices"].select(pl.col("date").max()).item()
    if last is None:
        raise MissingDataError("prices: must have rows; add the table to the market")
    if last < origin:
        raise MissingDataError(
            f"prices date = {last}: must reach {origin}, where the calculation begins; add later "
            "prices, or correct the base date"
        )
    if end is None:
        return last
    if end > last and "status" not in market:
        raise MissingDataError(
            f"end = {end}: must be at most {last}, the last day with prices; add prices, or the "
            "table status, which tells a suspension from prices that have not arrived"
        )
    if end < origin:
        raise InputError(f"end = {end}: must be on or after {origin}, where the calculation begins")
    return end


def _meets(state: State | None, level: float) -> None:
    """Refuse to go on from a close revised since: returns would lose the difference."""
    if state is not None and level != state.levels["price"]:
        raise InconsistentError(
            f"continue_from: {state.index} closed at {state.levels['price']} on {state.date}, with "
            f"the prices, rates and deletions of this market it is {level}; recalculate from the "
            "base date"
        )


def base_rates_of(
    market: Market, methodology: Methodology, found: Rates, first: int
) -> dict[str, float]:
    """Return the rates that versions in other currencies start from: those of the base date."""
    if methodology.index.anchor is not None:
        return on_base_date(market, methodology)
    currencies = methodology.index.currencies
    return {name: float(found.table[first, found.column(name)]) for name in currencies}


def _members(
    market: Market, methodology: Methodology, history: History | None, start: date, end: date
) -> Membership:
    """Return who is in when: by the table, or by what reviews decided."""
    rows = market["constituents"] if history is None else history.constituents
    return membership(market, methodology, rows, start, end, history)


def _spans(
    market: Market,
    methodology: Methodology,
    history: History | None,
    members: Membership,
    base: date,
    end: date,
) -> pl.DataFrame:
    """Return the spans of membership from the base on, where the table still has them."""
    try:
        return _members(market, methodology, history, base, end).spans
    except MissingDataError:
        return members.spans


def origin_of(methodology: Methodology, first: int) -> Origin:
    """Return the levels the chains start from: those of the base date or of an anchor."""
    base_level, anchor = methodology.index.base_level, methodology.index.anchor
    if anchor is None:
        levels = (base_level, base_level, base_level)
    else:
        gross, net = anchor.total_return, anchor.net_total_return
        levels = (anchor.level, gross or anchor.level, net or anchor.level)
    price, total_return, net_total_return = levels
    return Origin(
        session=first,
        base_level=base_level,
        price=price,
        total_return=total_return,
        net_total_return=net_total_return,
    )
