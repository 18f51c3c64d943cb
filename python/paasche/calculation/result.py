"""The result of a run: tables, and the directory they are written to and read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from paasche.calculation.arguments import check_market
from paasche.calculation.days import day
from paasche.calculation.stored.directory import read_run, write_run
from paasche.calculation.stored.state import State
from paasche.errors import Defect
from paasche.methodology import Methodology

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from os import PathLike

    import polars as pl
    from matplotlib.axes import Axes

    from paasche.calculation.explanation import Explanation
    from paasche.calculation.shown import Overview
    from paasche.calculation.workings import Workings
    from paasche.market import Market
    from paasche.review.history import History

__all__ = ["Result"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """Levels of an index and everything that explains them.

    Attributes
    ----------
    levels : polars.DataFrame
        index, date, variant, currency, hedge, level (4 decimals, R35), level_unrounded, value,
        opening_value, divisor. Value and divisor are in index currency and stand on its own rows.
    constituents : polars.DataFrame
        Holdings from the session on which they changed: index, session, security, total,
        inclusion_factor, adjusted_shares, weight_factor, price (at the opening), fx (of the close
        before), weight (at the opening; 0 for a leaver).
    divisors : polars.DataFrame
        Divisor changes (R50): index, session, before, after, value_before, value_after, reason,
        detail.
    events : polars.DataFrame
        What happened to whom: index, session, security, event, rule, reason (why a name joined or
        left), before, after, value_effect (what it did to the value of the holdings at the opening,
        in index currency).
    securities : polars.DataFrame
        Who the constituents are: security, name, exchange, currency, industry.
    methodology : Methodology
        The rules of the run.
    source : str
        Where the market came from.
    known_at : datetime, optional
        The moment as of which the market was seen.
    state : State
        What a continued run starts from.
    warnings : tuple of Defect
        What the methodology tolerates but a reader should know, such as missing prices.
    seconds : float, optional
        Time the calculation took; None for a run that was read.
    record : dict
        ``run.json`` of a run that was read: versions, fingerprints, assumptions.
    restatement : polars.DataFrame, optional
        Of a restated run (`paasche.restate`): index, date, variant, currency, hedge, level_before,
        level_after, difference.
    restates : dict
        What a restated run replaces, and why; empty for any other.
    workings : Workings, optional
        Prices and holdings of a run of this process, which explanations start from.
    history : History, optional
        Reviews and interim changes of a run of this process, where rules decide who is in.
    """

    levels: pl.DataFrame
    constituents: pl.DataFrame
    divisors: pl.DataFrame
    events: pl.DataFrame
    securities: pl.DataFrame
    methodology: Methodology
    source: str
    known_at: datetime | None
    state: State
    warnings: tuple[Defect, ...]
    seconds: float | None
    market_fingerprints: Callable[[], dict[str, str]] = field(compare=False)
    market_past: Callable[[], dict[str, dict[str, Any]]] = field(default=dict, compare=False)
    record: dict[str, Any] = field(default_factory=dict, compare=False)
    restatement: pl.DataFrame | None = None
    restates: dict[str, Any] = field(default_factory=dict)
    workings: Workings | None = field(default=None, compare=False)
    history: History | None = field(default=None, compare=False)

    @classmethod
    def read(cls, path: str | PathLike[str], *, index: str | None = None) -> Result:
        """Read a run directory.

        Parameters
        ----------
        path : str or path
            Directory that :meth:`write` or ``paasche calculate`` wrote.
        index : str, optional
            Code of one index of a run of many (`calculate_many`). Such a run keeps no states: the
            result explains itself, but cannot be gone on with, nor written by itself.

        Returns
        -------
        Result

        Raises
        ------
        MissingDataError, InputError
            It is no whole run directory; the message names the file.

        Examples
        --------
        >>> import tempfile, paasche as px
        >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2015-12-31"))
        >>> result = px.calculate(px.Methodology.load("sample-cross-border"), market)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run = result.write(folder)
        ...     px.Result.read(run).levels.equals(result.levels)
        True
        """
        folder = Path(path)
        if index is not None:
            from paasche.calculation.many.one import read_one  # noqa: PLC0415

            return read_one(folder, index)
        record, tables, restatement, state = read_run(folder)
        market = record["market"]
        known_at = market["known_at"]
        return cls(
            methodology=Methodology.from_dict(record["methodology"]["content"]),
            source=market["source"],
            known_at=None if known_at is None else datetime.fromisoformat(known_at),
            state=State.from_json(state, folder),
            warnings=tuple(Defect(**one) for one in record["warnings"]),
            seconds=None,
            market_fingerprints=lambda: dict(market["fingerprints"]),
            market_past=lambda: dict(market.get("past", {})),
            record=record,
            restatement=restatement,
            restates=record.get("restates", {}),
            levels=tables["levels"],
            constituents=tables["constituents"],
            divisors=tables["divisors"],
            events=tables["events"],
            securities=tables["securities"],
        )

    def __repr__(self) -> str:
        from paasche.calculation.shown import one_line  # noqa: PLC0415

        return one_line(self)

    def __rich__(self) -> Overview:
        from paasche.calculation.shown import overview  # noqa: PLC0415

        return overview(self)

    def _repr_html_(self) -> str:
        return self.__rich__()._repr_html_()

    def plot(
        self,
        *,
        variants: Sequence[str] | str | None = None,
        currency: str | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Plot the levels; needs matplotlib: ``pip install 'paasche[report]'``.

        Parameters
        ----------
        variants : str or sequence of str, optional
            Which variants; None: all of the run.
        currency : str, optional
            Currency of the levels; None: index currency.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        PaascheError
            matplotlib is not installed.
        InputError
            A variant or currency that the run does not have.
        MissingDataError
            The result has no session.
        """
        from paasche.report.plots import plot  # noqa: PLC0415  (the one door to a later room)

        return plot(self, variants=variants, currency=currency, ax=ax)

    def explain(
        self,
        start: date | str,
        end: date | str | None = None,
        *,
        variant: str | None = None,
        currency: str | None = None,
        market: Market | None = None,
    ) -> Explanation:
        """Explain why a level moved: constituents by price, fx and dividend, and events.

        Per constituent and session, with u units, P close, P_ref full reference price, e rate and
        e₋₁ rate of the session before, in index points after a factor base level / divisor (price
        index) or level₋₁ / opening value (returns):

        - price u·(P − P_ref)·e₋₁,
        - fx u·P·(e − e₋₁),
        - dividend u·(P_ref − P_open)·e₋₁, with P_open the price the variant opens at: cash that
          goes ex leaves the price index, stays in the gross total return, and loses its tax in the
          net one.

        The points of a session add up to the change of its level, those of a span to the change
        over it. Events move the divisor and not the level (R50): each says by how much.

        Parameters
        ----------
        start : date or ISO text
            First session explained; the change is counted from the close before it.
        end : date or ISO text, optional
            Last session explained; None: ``start`` alone.
        variant : {"price", "total_return", "net_total_return"}, optional
            Which level; None: the first of the methodology's.
        currency : str, optional
            Currency of the version; None: index currency.
        market : Market, optional
            For a run that was read: what it was calculated from; None: the folder it names.

        Returns
        -------
        Explanation
            Tables ``sessions``, ``constituents``, ``events`` and ``rates``, and ``totals``.

        Raises
        ------
        InputError
            A day that is no session of the run, or a version it does not have.
        InconsistentError
            The market is no longer what the run was calculated from.

        Examples
        --------
        >>> import paasche as px
        >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2015-12-31"))
        >>> result = px.calculate(px.Methodology.load("sample-cross-border"), market)
        >>> why = result.explain("2015-06-15")
        >>> abs(sum(why.totals[:4]) - why.totals.change) < 1e-9
        True
        """
        from paasche.calculation.explain import explain  # noqa: PLC0415
        from paasche.calculation.stored.retrace import retrace  # noqa: PLC0415

        if market is not None:
            check_market(market)
        first = day("date" if end is None else "start", start)
        last = None if end is None else day("end", end)
        workings = self.workings or retrace(self, market, last or first)
        return explain(workings, first, last, variant=variant, currency=currency)

    def write(
        self,
        path: str | PathLike[str],
        format: Literal["parquet", "csv"] = "parquet",  # noqa: A002
    ) -> Path:
        """Write the run directory, whole or not at all.

        Parameters
        ----------
        path : str or path
            Directory to make; it must not exist, or be empty.
        format : {"parquet", "csv"}
            Format of the tables.

        Returns
        -------
        pathlib.Path
            The directory, with ``levels``, ``constituents``, ``divisors``, ``events``,
            ``securities``, ``run.json`` and ``state.json``.

        Raises
        ------
        InputError
            The directory is not empty or cannot be written.
        """
        return write_run(Path(path), self, format)
