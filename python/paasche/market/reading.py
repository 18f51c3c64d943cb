"""From tables as they arrived to tables that keep the contract; every defect in one error."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from paasche.market.actions import check_actions
from paasche.market.calendars import Calendars
from paasche.market.casts import conform
from paasche.market.decisions import check_decisions
from paasche.market.history import standing
from paasche.market.keys import check_keys, check_spans
from paasche.market.resolve import Positions, resolve
from paasche.market.sessions import check_sessions
from paasche.market.tables import TABLES
from paasche.market.values import check_values
from paasche.market.venues import Venues

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paasche.market.columns import Order
    from paasche.market.identifiers import Directory
    from paasche.market.report import Report
    from paasche.market.source import Source

__all__ = ["Checked", "check"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Tables that keep the contract.

    Attributes
    ----------
    frames : dict of str to pl.DataFrame
        Given tables, all rows, canonical columns and identifiers.
    directory : Directory or None
        The securities.
    positions : Positions
        Each row's security among the identifiers.
    """

    frames: dict[str, pl.DataFrame]
    directory: Directory | None
    positions: Positions


def check(sources: Mapping[str, Source], report: Report) -> Checked:
    """Cast, identify and check all tables; raise every defect of all of them together.

    Parameters
    ----------
    sources : mapping of str to Source
        Tables as they arrived.
    report : Report
        Holds the defects of reading them.

    Returns
    -------
    Checked

    Raises
    ------
    InputError
        If there is any defect.
    """
    frames = {name: conform(source, TABLES[name], report) for name, source in sources.items()}
    calendar = frames.get("calendar")
    exchanges = (
        [] if calendar is None else calendar["exchange"].unique().drop_nulls().sort().to_list()
    )
    for name, frame in frames.items():
        if TABLES[name].filled and frame.is_empty():
            report.add(
                sources[name].place,
                "must have at least one row; fill it, or leave the table out if there is none",
            )
        check_values(sources[name], TABLES[name], frame, exchanges, report)
    directory, positions = resolve(frames, sources, report)
    for name, frame in frames.items():
        source, table = sources[name], TABLES[name]
        check_keys(source, table, frame, positions.get((name, "security")), report)
        _check_orders(name, source, frame, report)
        if table.spans:
            numbered = standing(frame.with_row_index("position"), table)
            check_spans(source, table, numbered, report)
    if "corporate_actions" in frames:
        check_actions(sources["corporate_actions"], frames["corporate_actions"], report)
    if "decisions" in frames:
        check_decisions(sources["decisions"], frames["decisions"], report)
    if "constituents" in frames:
        _check_one_kind(sources["constituents"], frames["constituents"], report)
    _check_contracts(frames, sources, report)
    _check_sessions(frames, sources, directory, positions, report)
    report.raise_defects()
    return Checked(frames=frames, directory=directory, positions=positions)


def _check_orders(name: str, source: Source, frame: pl.DataFrame, report: Report) -> None:
    for order in TABLES[name].orders:
        low, high = frame[order.low], frame[order.high]
        if high.dtype.is_numeric():
            high = high.set(high < 0, None)  # a defect already
        limit = high.dt.offset_by(f"{order.slack}d") if order.slack else high
        if not (low > limit).any():
            continue
        expected = functools.partial(_at_most, order, high)
        report.rows(source, low > limit, expected, column=order.low, values=low)


def _at_most(order: Order, values: pl.Series, position: int) -> str:
    slack = f" plus {order.slack} days" if order.slack else ""
    return f"must be at most {order.high} = {values[position]}{slack}; correct one of the two"


def _check_one_kind(source: Source, frame: pl.DataFrame, report: Report) -> None:
    """Note effective sessions that are a review for some rows and an interim change for others."""
    kind = pl.col("kind")
    interim = frame.filter(kind != "review").select("index", "effective").unique()
    if interim.is_empty():
        return
    # Those sessions alone are looked at: in most tables there are few, or none.
    touched = (
        frame.select("index", "effective", kind.fill_null("review"))
        .with_row_index("row")
        .join(interim, on=["index", "effective"], how="semi", nulls_equal=True)
        .filter(kind.n_unique().over("index", "effective") > 1)
    )
    mixed = pl.int_range(len(frame), eager=True).is_in(touched["row"].implode())
    expected = "must be one kind for all rows of an effective session; empty means review"
    report.rows(source, mixed, expected, column="kind", values=frame["kind"])


def _check_contracts(
    frames: Mapping[str, pl.DataFrame], sources: Mapping[str, Source], report: Report
) -> None:
    if "contracts" not in frames or "futures_prices" not in frames:
        return
    named = frames["futures_prices"]["contract"]
    known = frames["contracts"]["contract"]
    report.words(
        sources["futures_prices"],
        ~named.is_in(known.implode()),
        lambda _: "must be a contract of the table contracts; add it there, or correct it",
        column="contract",
        values=named,
    )


def _check_sessions(
    frames: Mapping[str, pl.DataFrame],
    sources: Mapping[str, Source],
    directory: Directory | None,
    positions: Positions,
    report: Report,
) -> None:
    """Check prices and futures prices against the sessions of their exchanges."""
    calendars = Calendars(frames.get("calendar"))
    if "prices" in frames and directory is not None:
        securities, dates = positions["prices", "security"], frames["prices"]["date"]
        now = {
            name: standing(frames[name], TABLES[name])
            for name in ("securities", "listings")
            if name in frames
        }
        venues = Venues(directory.ids, now["securities"], now.get("listings"))
        check_sessions(
            sources["prices"],
            dates,
            venues.exchanges,
            lambda rows: venues.at(securities[rows], dates.gather(rows)),
            calendars=calendars,
            report=report,
        )
    if "futures_prices" in frames and "contracts" in frames:
        contracts = frames["contracts"].select("contract", "exchange").drop_nulls()
        names = contracts["exchange"].unique().sort().to_list()
        number = contracts["exchange"].replace_strict(
            names, range(len(names)), return_dtype=pl.Int16
        )
        numbers = frames["futures_prices"]["contract"].replace_strict(
            contracts["contract"], number, default=-1, return_dtype=pl.Int16
        )
        check_sessions(
            sources["futures_prices"],
            frames["futures_prices"]["date"],
            names,
            lambda rows: numbers.gather(rows).fill_null(-1).to_numpy(),
            calendars=calendars,
            report=report,
        )
