"""A simulated day of trades from the daily bars of a market."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import InputError
from paasche.live.opened.sessions import date_of, trading_day
from paasche.live.simulated.drawing import (
    Ran,
    draw_counts,
    draw_path,
    draw_times,
    draw_volumes,
    draw_weights,
)
from paasche.live.simulated.tick_sizes import tick_sizes
from paasche.live.simulated.traded import traded_bars

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from paasche.live.opened.sessions import ExchangeDay
    from paasche.live.simulated.tick_sizes import TickSizes
    from paasche.market import Market

__all__ = ["simulate_ticks"]

QUOTES = 100  # one tick of so many is a quote before the opening match
BLANKS = 10_000  # one of so many has the price 0
AUCTIONED = 20  # names with so many trades trade in the auctions as well
WIRE = 3_000_000  # microseconds in which the prints of a match arrive
UNEASE = 0.004  # log deviation of an indicative price


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Names next to each other that share an exchange and a currency."""

    names: slice
    day: ExchangeDay
    sizes: TickSizes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """Ticks: the positions of their names, and what the columns of the table hold."""

    who: NDArray[np.int64]
    timestamps: NDArray[np.int64]
    prices: NDArray[np.float64]
    volumes: NDArray[np.int64]


def simulate_ticks(
    market: Market,
    date: dt.date | str,
    *,
    ticks: int = 1_000_000,
    seed: int = 0,
    securities: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Draw a day of trades that ends at the closes of a market.

    Prices go as a Brownian bridge from the published reference, else the previous close, to the
    close, on the price steps of the exchange. Liquidity falls off by rank of turnover as in a law
    of Zipf; trades are dense after the opening and before the close. As feeds do, it has quotes of
    volume 0 before the opening match, which are no trades, and a few prices of 0 (R42). Names
    without a trade on the day are silent.

    Parameters
    ----------
    market : Market
        With the table ``prices``.
    date : date or ISO text
        A session with prices.
    ticks : int
        How many, quotes among them. Fewer come where no more shares were traded.
    seed : int
        The same seed gives the same ticks, row by row.
    securities : sequence of str, optional
        Only these; None: all.

    Returns
    -------
    polars.DataFrame
        timestamp (UTC, microseconds), security, price, volume: as the table ``ticks``, ascending by
        timestamp. The last trade of a security is at its close, and its volumes add up to that
        of the day where the market has it.

    Raises
    ------
    InputError
        If an argument is out of bounds, or a security is not in the market.
    MissingDataError
        If none of the securities trades on the date, or the hours or price steps of an exchange are
        not known.

    Examples
    --------
    >>> import paasche as px
    >>> tables = px.sample_market(securities=100, start="2023-01-02", end="2023-12-29")
    >>> market = px.Market.from_frames(tables)
    >>> day = px.simulate_ticks(market, "2023-06-14", ticks=10_000)
    >>> day["timestamp"].is_sorted(), len(day)
    (True, 10000)
    >>> trades = day.filter(pl.col("volume") > 0, pl.col("price") > 0)
    >>> last = trades.group_by("security").agg(pl.col("price").last())
    >>> close = market["prices"].filter(pl.col("date") == pl.date(2023, 6, 14))
    >>> last.join(close, on="security").filter(pl.col("price") != pl.col("close")).is_empty()
    True
    """
    day = date_of(date)
    if seed < 0:
        raise InputError(f"seed = {seed}: must be at least 0")
    bars = traded_bars(market, day, securities)
    quotes, blanks = ticks // QUOTES, ticks // BLANKS
    if ticks - quotes - blanks < len(bars):
        needed = f"one trade for each of the {len(bars)} securities that trade on {day}"
        raise InputError(f"ticks = {ticks}: must be enough for {needed}")
    # One stream per part, so that a change in one leaves the draws of the others alone.
    streams = np.random.SeedSequence(seed).spawn(4)
    liquid, traded, quoted, blank = (np.random.Generator(np.random.PCG64(one)) for one in streams)
    weights = draw_weights(liquid, bars["worth"].to_numpy())
    groups = _groups(market, day, bars)
    return _table(
        bars["security"],
        [
            _quotes(quoted, bars, groups, weights, quotes),
            _trades(traded, bars, groups, weights, ticks - quotes - blanks),
            _blanks(blank, groups, weights, blanks),
        ],
    )


def _groups(market: Market, day: dt.date, bars: pl.DataFrame) -> list[_Group]:
    days = trading_day(market.calendars, bars["exchange"].unique(), day)
    found = bars.group_by("exchange", "currency", maintain_order=True).len().rows()
    ends = itertools.accumulate(count for *_, count in found)
    return [
        _Group(
            names=slice(end - count, end),
            day=days[exchange],
            sizes=tick_sizes(exchange, currency, day),
        )
        for (exchange, currency, count), end in zip(found, ends, strict=True)
    ]


def _trades(
    rng: np.random.Generator,
    bars: pl.DataFrame,
    groups: Sequence[_Group],
    weights: NDArray[np.float64],
    count: int,
) -> _Drawn:
    start, close = bars["start"].to_numpy(), bars["close"].to_numpy()
    shares = bars["volume"].fill_null(0).cast(pl.Int64).to_numpy()
    ran = Ran.of(draw_counts(count, weights, shares))
    x = draw_times(rng, ran)
    prices = draw_path(rng, ran, start, close)
    timestamps = np.empty(len(ran.who), dtype=np.int64)
    auctioned = ran.counts >= AUCTIONED
    for group in groups:
        names, rows, day = group.names, ran.rows(group.names), group.day
        timestamps[rows] = _clock(x[rows], day.continuous)
        ask = rng.integers(2, size=rows.stop - rows.start, dtype=np.int8)
        prices[rows] = group.sizes.bid_or_ask(prices[rows], ask)
        for match, prints in ((day.opening, ran.first), (day.closing, ran.last)):
            at = prints[names][auctioned[names]]
            if len(match):
                begin, end = match[0].tolist()
                timestamps[at] = rng.integers(begin, end, endpoint=True)
                timestamps[at] += rng.integers(min(WIRE, day.grace), size=len(at))
    prices[ran.last] = close
    volumes = draw_volumes(rng, ran, shares)
    return _Drawn(who=ran.who, timestamps=timestamps, prices=prices, volumes=volumes)


def _quotes(
    rng: np.random.Generator,
    bars: pl.DataFrame,
    groups: Sequence[_Group],
    weights: NDArray[np.float64],
    count: int,
) -> _Drawn:
    """Draw indicative prices of volume 0 before the opening match."""
    who = _chosen(rng, [group for group in groups if len(group.day.call)], weights, count)
    timestamps = np.empty(len(who), dtype=np.int64)
    prices = bars["start"].to_numpy()[who] * np.exp(UNEASE * rng.standard_normal(len(who)))
    for group in groups:
        rows = _of(group, who)
        if rows.stop > rows.start:
            size = rows.stop - rows.start
            begin, end = group.day.call[0].tolist()
            timestamps[rows] = rng.integers(begin, end, size=size)
            ask = rng.integers(2, size=size, dtype=np.int8)
            prices[rows] = group.sizes.bid_or_ask(prices[rows], ask)
    volumes = np.zeros(len(who), dtype=np.int64)
    return _Drawn(who=who, timestamps=timestamps, prices=prices, volumes=volumes)


def _blanks(
    rng: np.random.Generator, groups: Sequence[_Group], weights: NDArray[np.float64], count: int
) -> _Drawn:
    """Draw prices of 0, as feeds send where they have none."""
    who = _chosen(rng, groups, weights, count)
    timestamps = np.empty(count, dtype=np.int64)
    for group in groups:
        rows = _of(group, who)
        timestamps[rows] = _clock(rng.random(rows.stop - rows.start), group.day.continuous)
    volumes = np.zeros(count, dtype=np.int64)
    return _Drawn(who=who, timestamps=timestamps, prices=np.zeros(count), volumes=volumes)


def _chosen(
    rng: np.random.Generator,
    groups: Sequence[_Group],
    weights: NDArray[np.float64],
    count: int,
) -> NDArray[np.int64]:
    """Draw names of some groups by weight, in ascending order of their positions."""
    places = [np.arange(group.names.start, group.names.stop) for group in groups]
    if not places:
        return np.empty(0, dtype=np.int64)
    names = np.concatenate(places)
    chances = weights[names] / weights[names].sum()
    return np.asarray(np.sort(rng.choice(names, count, p=chances)))


def _of(group: _Group, who: NDArray[np.int64]) -> slice:
    """Return the rows of a group among ascending positions of names."""
    begin, end = np.searchsorted(who, (group.names.start, group.names.stop)).tolist()
    return slice(begin, end)


def _clock(x: NDArray[np.float64], continuous: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the moments at fractions of a day of continuous trading; the break is passed over."""
    lengths = continuous[:, 1] - continuous[:, 0]
    begun = np.cumsum(lengths) - lengths
    elapsed = (x * lengths.sum()).astype(np.int64)
    half = np.searchsorted(begun, elapsed, side="right") - 1
    return np.asarray(elapsed + (continuous[:, 0] - begun)[half])


def _table(names: pl.Series, parts: Sequence[_Drawn]) -> pl.DataFrame:
    """Return the ticks of all parts by time; of one moment, in the order of the parts."""
    timestamps = np.concatenate([part.timestamps for part in parts])
    # Time and row in one number: these sort four times as fast as an order of the times is found.
    bits = max(len(timestamps) - 1, 1).bit_length()
    first = timestamps.min()
    keys = ((timestamps - first) << bits) | np.arange(len(timestamps))
    keys.sort()
    order = keys & ((1 << bits) - 1)
    who = np.concatenate([part.who for part in parts])[order]
    return pl.DataFrame(
        {
            "timestamp": pl.Series((keys >> bits) + first).cast(pl.Datetime("us", "UTC")),
            "security": names.gather(who),
            "price": np.concatenate([part.prices for part in parts])[order],
            "volume": np.concatenate([part.volumes for part in parts])[order],
        }
    )
