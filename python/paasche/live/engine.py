"""The live engine: ticks and rates in, the levels of the moment out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche._arrays import floats, moments, places, vector, written
from paasche._core import LiveEngine as Core
from paasche.calculation.arguments import check_market
from paasche.calculation.days import day
from paasche.calculation.result import Result
from paasche.errors import InputError
from paasche.live.changes import Changes
from paasche.live.opened.day import lay
from paasche.live.opened.opening import market_of, opened, runs_of
from paasche.live.ticks import columns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from paasche.live.opened.arrays import Day
    from paasche.live.opened.rates import LiveRates
    from paasche.live.opened.sessions import ExchangeDay
    from paasche.market import Market

    Run = Result | str | Path

__all__ = ["LiveEngine"]

STALE_AFTER = 60_000_000
"""Microseconds after which a constituent without a trade counts as stale, unless said otherwise."""


@dataclass(eq=False, repr=False)
class LiveEngine:
    """Levels of one or many indices on a day, at every moment those of the batch (R42 to R45).

    What `levels` returns is what `paasche.calculate` gives where the prices of the book are the
    closes of the day, to the last bit. A security without a trade stands at its opening reference
    price. Ticks may be told by one thread while others read levels: no level is torn.

    Attributes
    ----------
    date : datetime.date
        The session.
    securities : list of str
        Constituents, in ascending order; ticks name them by position.
    exchanges : list of str
        Their exchanges, each once.
    indices : list of str
        Codes.
    rows : polars.DataFrame
        index, variant, currency: one row for each level.

    Examples
    --------
    >>> import paasche as px
    >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2015-12-31"))
    >>> run = px.calculate(px.Methodology.load("sample-cross-border"), market, end="2015-12-30")
    >>> engine = px.LiveEngine.open(run, "2015-12-31", market)
    >>> engine
    LiveEngine(date=2015-12-31, indices=1, securities=30, levels=6)
    >>> before = engine.levels()
    >>> engine.update([0, 1], [90.0, 0.0])
    1
    >>> engine.rejected["invalid"]
    1
    >>> bool(engine.levels()[0] > before[0])
    True
    """

    date: dt.date
    securities: list[str]
    exchanges: list[str]
    indices: list[str]
    rows: pl.DataFrame
    day: Day
    rates: LiveRates
    _core: Core = field(init=False)

    def __post_init__(self) -> None:
        self._core = Core(self.day)

    def __repr__(self) -> str:
        return (
            f"LiveEngine(date={self.date}, indices={len(self.indices)}, "
            f"securities={len(self.securities)}, levels={len(self.rows)})"
        )

    @classmethod
    def open(
        cls,
        run: Run | Sequence[Run],
        date: dt.date | str,
        market: Market | None = None,
        *,
        sessions: Mapping[str, ExchangeDay | Sequence[tuple[int, int]]] | None = None,
        collar: float | None = None,
    ) -> LiveEngine:
        """Open a day from runs up to the session before it, or later ones.

        Parameters
        ----------
        run : Result, run directory, or sequence of them
            What each index holds comes from its run; of a later one, from a calculation anew.
        date : date or ISO text
            The session. Its closes and rates, and all later ones, are not looked at.
        market : Market, optional
            Corporate actions, shares and reviews of the day. None: the folder the first run was
            calculated from.
        sessions : mapping of str to ExchangeDay or sequence of (int, int), optional
            By exchange, when a print is a trade (R43): what
            `paasche.live.opened.sessions.trading_day` returns, or from when to when, microseconds
            since 1970-01-01 UTC, both included. None: always.
        collar : float, optional
            Prices further than this fraction from the reference price are refused: 0.2 for 20 %.

        Raises
        ------
        InputError
            The day is no session of an index, or an argument is of another kind.
        MissingDataError
            A price, a rate or a table that the day needs is not there.
        """
        when = day("date", date)
        runs = runs_of([run] if isinstance(run, (Result, str, Path)) else list(run))
        market = market_of(runs) if market is None else market
        check_market(market)
        laid = lay([opened(one, when, market) for one in runs], when, market, sessions, collar)
        return cls(
            date=when,
            securities=laid.securities,
            exchanges=laid.exchanges,
            indices=laid.indices,
            rows=laid.rows,
            day=laid.day,
            rates=laid.rates,
        )

    def positions(self, codes: Sequence[str]) -> NDArray[np.uint32]:
        """Return the positions of securities.

        Raises
        ------
        InputError
            No index holds one of them.
        """
        return self._places("codes", codes)

    def _places(self, argument: str, codes: Sequence[str]) -> NDArray[np.uint32]:
        names = pl.Series(self.securities, dtype=pl.String)
        places = pl.Series(codes, dtype=pl.String).replace_strict(
            names, pl.arange(len(names), eager=True), default=None, return_dtype=pl.UInt32
        )
        if places.null_count():
            odd = codes[int(places.is_null().arg_true()[0])]
            raise InputError(f"{argument} = {odd}: must be a constituent on {self.date}")
        return places.to_numpy()

    def update(
        self,
        securities: ArrayLike,
        prices: ArrayLike,
        timestamps: ArrayLike | None = None,
        volumes: ArrayLike | None = None,
    ) -> int:
        """Take ticks, in the order in which they arrived.

        Parameters
        ----------
        securities : uint32 array of shape (n,)
            Positions in ``securities``.
        prices : float64 array of shape (n,)
            In quote currency. What is no positive number is refused; the price before stays.
        timestamps : int64 array of shape (n,), optional
            Microseconds since 1970-01-01 UTC. Without, neither trading sessions nor the order of
            trades are looked at.
        volumes : float64 array of shape (n,), optional
            A tick of volume 0 is a quote, no trade. Without, all are trades.

        Returns
        -------
        int
            Number of ticks taken; `rejected` counts the others by reason.

        Raises
        ------
        InputError
            Arrays of different lengths, or a position that there is not; then none was taken.
        """
        return self._core.update(*columns(securities, prices, timestamps, volumes))

    def update_fx(self, pairs: Sequence[str], rates: ArrayLike) -> None:
        """Take exchange rates over, all at once (R49); a pair that no index needs is passed over.

        Parameters
        ----------
        pairs : sequence of str
            ``HKDCNY`` is CNY for one HKD. A pair quoted the other way round is inverted, unless the
            day has a rate for the direct one.
        rates : float64 array of shape (n_pairs,)

        Raises
        ------
        InputError
            A pair is no two currency codes, or a rate is not positive and finite; then none is
            taken over.
        """
        self.rates.quote(list(pairs), floats(rates, "rates"), self._core.update_rates)

    def levels(self, out: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return the unrounded levels of the moment, one for each of ``rows``.

        Only indices with a price or rate that moved are summed again.

        Parameters
        ----------
        out : float64 array of shape (n_rows,), optional
            Where to write them; nothing is allocated then.
        """
        out = written(out, (len(self.day.level),), "out")
        self._core.levels(out)
        return out

    def values(self) -> NDArray[np.float64]:
        """Return the values of the indices, in their own currencies, as of the last levels."""
        out = np.empty(len(self.indices))
        self._core.values(out)
        return out

    def prices(self) -> NDArray[np.float64]:
        """Return the last valid prices, in quote currency."""
        out = np.empty(len(self.securities))
        self._core.prices(out)
        return out

    def quality(
        self,
        now: int,
        stale_after: int = STALE_AFTER,
        out: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Return how full the book of each index is, as shares of its constituents by number.

        Parameters
        ----------
        now : int
            Microseconds since 1970-01-01 UTC.
        stale_after : int
            Microseconds after which the last trade is old.
        out : float64 array of shape (3, n_indices), optional
            Where to write them.

        Returns
        -------
        float64 array of shape (3, n_indices)
            Constituents that traded today, that are stale, and that are frozen.
        """
        out = written(out, (3, len(self.indices)), "out")
        self._core.quality(now, stale_after, out)
        return out

    def replay(
        self,
        securities: ArrayLike,
        prices: ArrayLike,
        timestamps: ArrayLike,
        volumes: ArrayLike | None = None,
        *,
        at: ArrayLike,
        stale_after: int | None = None,
        out: NDArray[np.float64] | None = None,
    ) -> tuple[int, NDArray[np.float64], NDArray[np.float64] | None]:
        """Take ticks up to each moment in turn, and calculate there.

        A tick counts in the first calculation at or after its timestamp; one that arrives after
        that calculation counts in the next.

        Parameters
        ----------
        securities, prices, timestamps, volumes
            As in `update`.
        at : int64 array of shape (n_moments,)
            The moments, ascending.
        stale_after : int, optional
            As in `quality`; None: the quality is not worked out.
        out : float64 array of shape (n_moments, n_rows), optional
            Where to write the levels.

        Returns
        -------
        count : int
            Ticks that lie before the last moment; the others were not taken.
        levels : float64 array of shape (n_moments, n_rows)
        quality : float64 array of shape (n_moments, 3, n_indices), or None
        """
        told = columns(securities, prices, timestamps, volumes)
        asked = vector(moments(at, "at"), "at")
        levels = written(out, (len(asked), len(self.day.level)), "out")
        quality = None
        if stale_after is not None:
            quality = np.empty((len(asked), 3 * len(self.indices)))
        count = self._core.replay(*told, asked, levels, stale_after or 0, quality)
        shape = (len(asked), 3, len(self.indices))
        return count, levels, None if quality is None else quality.reshape(shape)

    def replay_ticks(
        self,
        securities: ArrayLike,
        prices: ArrayLike,
        timestamps: ArrayLike,
        volumes: ArrayLike | None = None,
        *,
        rows: ArrayLike,
    ) -> Changes:
        """Take ticks, and return every change of some levels at every tick.

        Levels are sums of integers, which do not drift: within 1e-12 of `levels`, relative, and
        equal to them at 4 decimals.

        Parameters
        ----------
        securities, prices, timestamps, volumes
            As in `update`. Prices must be below 1e7.
        rows : uint32 array of shape (n_chosen,)
            Which levels, by row.
        """
        told = columns(securities, prices, timestamps, volumes)
        chosen = vector(places(rows, "rows"), "rows")
        # Room for the most there can be: what is not written takes no memory.
        most = self._core.most_changes(told[0], chosen)
        row, when, level = np.empty(most, np.uint32), np.empty(most, np.int64), np.empty(most)
        count = self._core.replay_ticks(*told, chosen, row, when, level)
        return Changes(rows=row[:count], timestamps=when[:count], levels=level[:count])

    def freeze(self, *, security: str | None = None, exchange: str | None = None) -> None:
        """Stop taking prices of a security or of an exchange (R44); all else goes on.

        Raises
        ------
        InputError
            Neither or both are named, or no index holds it.
        """
        self._freeze(security, exchange, frozen=True)

    def resume(self, *, security: str | None = None, exchange: str | None = None) -> None:
        """Take prices again after `freeze`; the state before is as it was."""
        self._freeze(security, exchange, frozen=False)

    def _freeze(self, security: str | None, exchange: str | None, *, frozen: bool) -> None:
        if (security is None) == (exchange is None):
            raise InputError("security, exchange: one of them must be given, and one only")
        if security is not None:
            place = int(self._places("security", [security])[0])
            self._core.freeze(place, is_exchange=False, frozen=frozen)
            return
        if exchange not in self.exchanges:
            known = ", ".join(self.exchanges)
            raise InputError(f"exchange = {exchange}: must be one of {known}")
        self._core.freeze(self.exchanges.index(exchange), is_exchange=True, frozen=frozen)

    @property
    def rejected(self) -> dict[str, int]:
        """Ticks that were not taken, by reason.

        frozen, invalid (no positive number), quote (volume 0), outside (no trading session), late
        (before the last trade of the security), duplicate (its time and price again), collar.
        """
        return self._core.rejected()

    def state(self) -> bytes:
        """Return what ticks, rates and freezes have made of the day."""
        return self.rates.state() + self._core.state()

    def restore(self, state: bytes) -> None:
        """Go on from a state of the same day.

        Raises
        ------
        InputError
            It is the state of another day, or has a price or rate that is not positive and finite;
            nothing is changed then.
        """
        size = len(self.state())
        if len(state) != size:
            raise InputError(f"state of {len(state)} bytes: must be one of this day, of {size}")
        rates, book = state[: self.rates.size], state[self.rates.size :]
        self.rates.restore(rates, lambda: self._core.restore(book))
