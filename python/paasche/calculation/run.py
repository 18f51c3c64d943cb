"""Calculate: a methodology and a market go in, levels come out – decide, hold, value, chain."""

from __future__ import annotations

import time
import warnings
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation import inputs
from paasche.calculation.arguments import check_market
from paasche.calculation.arrays import Origin, Panel
from paasche.calculation.days import day
from paasche.calculation.decide import decide, rules_of
from paasche.calculation.deletions import delete_at_price
from paasche.calculation.kernel import calculate_arrays
from paasche.calculation.membership import membership
from paasche.calculation.notices import notices
from paasche.calculation.rates import index_rates, on_base_date
from paasche.calculation.references import differing_references
from paasche.calculation.reports import report
from paasche.calculation.result import Result
from paasche.calculation.sessions import timeline
from paasche.calculation.stored.past import past, require_past
from paasche.calculation.stored.state import State
from paasche.calculation.stored.tables import TABLES, append, cut
from paasche.calculation.workings import Workings
from paasche.errors import (
    AssumptionWarning,
    InconsistentError,
    InputError,
    MissingDataError,
    PaascheError,
)
from paasche.methodology import Methodology

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from os import PathLike

    from paasche.calculation.membership import Membership
    from paasche.calculation.rates import Rates
    from paasche.market import Market

__all__ = ["calculate"]


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
    _check_types(methodology, market)
    _assumptions(methodology, strict=strict)
    index = methodology.index
    earlier, state = _start(continue_from, methodology)
    anchor = index.anchor
    known = index.base_date if anchor is None else anchor.date
    origin_day = known if state is None else state.date
    first_day = None if start is None else day("start", start)
    last_day = _last_day(market, None if end is None else day("end", end), origin_day)
    if first_day is not None and first_day > last_day:
        raise InputError(f"start = {first_day}: must be on or before the last day, {last_day}")

    members = membership(market, index.code, origin_day, last_day)
    lag = methodology.weighting.lag or 1
    history = members.spans
    if state is not None:
        state.check(members.baskets[0].securities)
        if earlier is not None:
            require_past(earlier, str(continue_from), market)
        history = _history(market, members, index.code, known, last_day)
    axis = timeline(market, members, index.calendar, origin_day, lag, last_day, history)
    first = axis.position(origin_day, "index.base_date" if anchor is None else "index.anchor.date")
    changes, intents = decide(methodology, members, axis, first, resumed=state is not None)
    stored = {} if state is None else state.rates
    found = index_rates(market, methodology, members, axis, changes, (first, stored))
    actions = inputs.actions(market, methodology, members, axis, found, last_day)
    seed = None if state is None else state.closes()
    notes = notices(methodology, market, members, axis, first, resumed=state is not None)
    closes = inputs.close_panel(market, members.securities, axis, actions, first, seed)
    prices = closes[np.isin(axis.days, axis.sessions)]
    real_closes = prices[-1].copy()
    deletions = delete_at_price(market, methodology, members, axis, prices)
    panel = Panel(
        days=axis.sessions.astype(np.int32),
        instruments=members.securities,
        prices=prices,
        fx=found.table,
        currency=found.columns_of(market, members.securities),
    )
    snapshots = inputs.snapshots(market, methodology, members.securities, axis, last_day)
    rules = rules_of(methodology, origin_day)
    origin = (
        _origin(methodology, first)
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
            rules,
            origin,
            deletions=deletions,
            threads=threads,
        )
    if state is not None:
        _meets(state, float(arrays.price[first]))
    base_rates = _base_rates(market, methodology, found, first) if state is None else state.base
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
    ending = State.after(methodology, members, axis, arrays, found, base_rates, real_closes)
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
        seconds=time.perf_counter() - began,
        workings=workings,
        levels=tables["levels"],
        constituents=tables["constituents"],
        divisors=tables["divisors"],
        events=tables["events"],
        securities=tables["securities"],
        # What a restated run says of the run it replaces comes along (decision 0006).
        restatement=None if earlier is None else earlier.restatement,
        restates={} if earlier is None else earlier.restates,
    )


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


def _assumptions(methodology: Methodology, *, strict: bool) -> None:
    """Warn once of assumed numbers, or refuse them."""
    found = methodology.assumptions
    if not found:
        return
    listed = "; ".join(f"{one.path} = {one.value}: {one.reason}" for one in found)
    count = f"{len(found)} assumed number{'s' if len(found) > 1 else ''}"
    message = f"{methodology.index.code} rests on {count}: {listed}"
    if strict:
        raise InputError(
            f"{message}; a strict run refuses that: write the number plainly once a source gives it"
        )
    warnings.warn(message, AssumptionWarning, stacklevel=3)


@contextmanager
def _naming(index: str) -> Iterator[None]:
    """Put the index in front of what the core refuses: it knows instruments and sessions only."""
    try:
        yield
    except PaascheError as e:
        raise type(e)(f"{index}: {e}") from e


def _check_types(methodology: Methodology, market: Market) -> None:
    if not isinstance(methodology, Methodology):
        raise InputError(
            f"methodology = {type(methodology).__name__}: must be a Methodology; make one with "
            "Methodology.load, from_toml or from_dict"
        )
    check_market(market)


def _last_day(market: Market, end: date | None, origin: date) -> date:
    """Return the last day to calculate: ``end``, else the last day with prices."""
    last: date | None = market["prices"].select(pl.col("date").max()).item()
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


def _meets(state: State, level: float) -> None:
    """Refuse to go on from a close revised since: returns would lose the difference."""
    if level != state.levels["price"]:
        raise InconsistentError(
            f"continue_from: {state.index} closed at {state.levels['price']} on {state.date}, with "
            f"the prices, rates and deletions of this market it is {level}; recalculate from the "
            "base date"
        )


def _base_rates(
    market: Market, methodology: Methodology, found: Rates, first: int
) -> dict[str, float]:
    """Return the rates that versions in other currencies start from: those of the base date."""
    if methodology.index.anchor is not None:
        return on_base_date(market, methodology)
    currencies = methodology.index.currencies
    return {name: float(found.table[first, found.column(name)]) for name in currencies}


def _history(market: Market, members: Membership, code: str, base: date, end: date) -> pl.DataFrame:
    """Return the spans of membership from the base on, where the table still has them."""
    try:
        return membership(market, code, base, end).spans
    except MissingDataError:
        return members.spans


def _origin(methodology: Methodology, first: int) -> Origin:
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
