"""Figures whose unit cannot be right: off by a power of ten against another figure, or absurd.

What counts as off stands in ``tables/checks.toml``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from paasche.market.vendors.describe import read_table, units

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paasche.market.report import Report
    from paasche.market.vendors.apply import Part
    from paasche.market.vendors.describe import Unit

__all__ = ["check_plausible"]

_LONG = 1000  # from here on figures are written in full


def check_plausible(parts: Mapping[str, Sequence[Part]], report: Report) -> None:
    """Note figures that can only be read in the wrong unit.

    Parameters
    ----------
    parts : mapping of str to sequence of Part
        By market table.
    report : Report
        Takes the defects; each names the column, the ratio and the units that would be right.
    """
    for part in parts.get("prices", ()):
        _check_traded(part, report)
    closes = _all(parts, "prices", ["security", "date", "close"])
    shares = _all(parts, "shares", ["security", "effective", "total"])
    for part in parts.get("market_values", ()):
        _check_values(part, closes, shares, parts, report)
    for part in parts.get("constituents", ()):
        _check_weights(part, report)
    for part in parts.get("fx", ()):
        _check_rates(part, report)
    _check_ranges(parts, report)


def _check_traded(part: Part, report: Report) -> None:
    """Compare turnover with volume × close."""
    if not {"volume", "turnover"} <= set(part.frame.columns):
        return
    rule = read_table("checks")["traded"]
    each = (
        part.frame.filter((pl.col("volume") > 0) & (pl.col("turnover") > 0))
        .with_columns(ratio=pl.col("turnover") / (pl.col("volume") * pl.col("close")))
        .group_by("security")
        .agg(pl.col("ratio").median())
        .drop_nulls()
        .sort("security")
    )
    logarithm = pl.col("ratio").log10()
    off = each.filter(
        ((logarithm - logarithm.round()).abs() <= rule["near"])
        & (logarithm.round().abs() >= rule["least_power"])
    )
    if not off.is_empty():
        first, ratio = off.row(0)
        power = _power_off(ratio, "traded")
        report.add(
            part.endpoint,
            f"turnover / (volume × close) is {_figure(ratio)} for {first} ({off.height} of "
            f"{each.height} securities like this) and must be near 1; "
            + _advice(part, {"volume": power, "turnover": -power}),
            column=_name(part, "volume"),
        )
        return
    middle = each["ratio"].median()
    if isinstance(middle, float) and not rule["low"] <= middle <= rule["high"]:
        report.add(
            part.endpoint,
            f"turnover / (volume × close) is {_figure(middle)} at the median and must be near 1; "
            "these look like adjusted prices (复权), and the market takes prices as traded",
            column=_name(part, "close"),
        )


def _check_values(
    part: Part,
    closes: pl.DataFrame,
    shares: pl.DataFrame,
    parts: Mapping[str, Sequence[Part]],
    report: Report,
) -> None:
    """Compare total × close with the vendor's own market value."""
    frame = part.frame
    if "close" not in frame.columns:
        frame = frame.join(closes, on=["security", "date"], how="left")
    valued = _with_total(frame.drop_nulls(["security", "date"]), shares)
    ratio = valued.filter(pl.col("value") > 0).select(
        (pl.col("total") * pl.col("close") / pl.col("value")).median()
    )
    middle = ratio.item()
    power = 0 if middle is None else _power_off(middle, "market_value")
    if power == 0:
        return
    shift = (
        f"{_advice(parts['shares'][0], {'total': -power})}, or {_advice(part, {'value': power})}"
    )
    report.add(
        part.endpoint,
        f"total shares × close / the vendor's market value is {_figure(middle)} at the median and "
        f"must be near 1; {shift}",
        column=_name(part, "value"),
    )


def _check_weights(part: Part, report: Report) -> None:
    keys = [name for name in ("index", "effective") if name in part.frame.columns]
    if "weight" not in part.frame.columns or part.frame.is_empty():
        return
    sums = part.frame.group_by(keys).agg(pl.col("weight").sum()).sort(keys)
    middle = sums["weight"].median()
    if not isinstance(middle, float):
        return
    power = _power_off(middle, "weights")
    if power:
        report.add(
            part.endpoint,
            f"the weights of a day add up to {_figure(middle)} at the median and must to 1; "
            + _advice(part, {"weight": -power}),
            column=_name(part, "weight"),
        )


def _check_rates(part: Part, report: Report) -> None:
    for pair, bounds in read_table("checks")["rates"].items():
        middle = part.frame.filter(pl.col("pair") == pair)["rate"].median()
        if isinstance(middle, float) and not bounds["low"] <= middle <= bounds["high"]:
            report.add(
                part.endpoint,
                f"{pair} is {_figure(middle)} at the median and lies between {bounds['low']} and "
                f"{bounds['high']}; {_stated(part, 'rate')}",
                column=_name(part, "rate"),
            )


def _check_ranges(parts: Mapping[str, Sequence[Part]], report: Report) -> None:
    """Note medians that lie where no market ever was."""
    for name, middle in _medians(parts).items():
        rule = read_table("checks")["range"][name]
        if middle is None or rule["low"] <= middle <= rule["high"]:
            continue
        read_in = [
            _stated(part, column)
            for table, column in (place.split(".") for place in rule["columns"])
            for part in parts.get(table, ())
            if column in part.units
        ]
        report.add(
            rule["columns"][0],
            f"{rule['says']} is {_figure(middle)} at the median and lies between "
            f"{_figure(rule['low'])} and {_figure(rule['high'])}; "
            f"{'; '.join(dict.fromkeys(read_in))}; state the right unit in units={{…}}, or give "
            "check=False if the figures are right",
        )


def _medians(parts: Mapping[str, Sequence[Part]]) -> dict[str, float | None]:
    prices = _all(parts, "prices", ["security", "date", "close", "volume"])
    shares = _all(parts, "shares", ["security", "effective", "total", "free_float"])
    actions = _all(
        parts, "corporate_actions", ["security", "ex_date", "kind", "cash", "ratio"]
    ).sort("ex_date")
    held = _with_total(prices, shares)
    before = actions.join_asof(
        prices.drop_nulls(["security", "date", "close"]).sort("date"),
        left_on="ex_date",
        right_on="date",
        by="security",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    last = held.sort("date").group_by("security").last()
    total, close = pl.col("total"), pl.col("close")
    asked = {
        "company_value": (last, total * close),
        "turnover_rate": (held.filter(pl.col("volume") > 0), pl.col("volume") / total),
        "free_float": (shares, pl.col("free_float") / total),
        "dividend_yield": (before, pl.col("cash") / close),
        "bonus": (actions.filter(pl.col("kind") == "bonus"), pl.col("ratio")),
        "rights": (actions.filter(pl.col("kind") == "rights"), pl.col("ratio")),
    }
    return {name: frame.select(what.median()).item() for name, (frame, what) in asked.items()}


_TYPES: dict[str, pl.DataType] = {
    "security": pl.String(),
    "kind": pl.String(),
    "date": pl.Date(),
    "effective": pl.Date(),
    "ex_date": pl.Date(),
}


def _all(parts: Mapping[str, Sequence[Part]], table: str, names: list[str]) -> pl.DataFrame:
    """Return columns of all rows of a table; what was not given is null."""
    schema = {name: _TYPES.get(name, pl.Float64()) for name in names}
    frames = [
        part.frame.select(
            [
                (pl.col(name) if name in part.frame.columns else pl.lit(None))
                .cast(dtype)
                .alias(name)
                for name, dtype in schema.items()
            ]
        )
        for part in parts.get(table, ())
    ]
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def _with_total(frame: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the total shares of their security on their day."""
    return (
        frame.drop_nulls(["security", "date"])
        .sort("date")
        .join_asof(
            shares.select("security", "effective", "total").drop_nulls().sort("effective"),
            left_on="date",
            right_on="effective",
            by="security",
            check_sortedness=False,
        )
    )


def _power_off(ratio: float, check: str) -> int:
    """Return the power of ten a ratio is near to; 0 where it is near none that counts."""
    if not ratio > 0 or math.isinf(ratio):
        return 0
    rule, logarithm = read_table("checks")[check], math.log10(ratio)
    power = round(logarithm)
    near = abs(logarithm - power) <= rule["near"]
    return power if near and abs(power) >= rule["least_power"] else 0


def _figure(value: float) -> str:
    return f"{value:.4g}" if value < _LONG else f"{value:,.0f}"


def _name(part: Part, column: str) -> str:
    return part.units[column][0]


def _stated(part: Part, column: str) -> str:
    name, unit = part.units[column]
    return f"{part.endpoint}.{name} is read as {unit.means}"


def _advice(part: Part, shifts: Mapping[str, int]) -> str:
    """Say in which units columns were read, and which other unit would put the figures right."""
    lines = []
    for column, power in shifts.items():
        name, unit = part.units[column]
        line = _stated(part, column)
        if fit := _sibling(unit, power):
            line += f", and {fit.means} would fit: units={{'{part.endpoint}.{name}': '{fit.name}'}}"
        lines.append(line)
    return "; ".join(lines)


def _sibling(unit: Unit, power: int) -> Unit | None:
    """Return the unit of the same dimension that is `power` powers of ten larger."""
    return next(
        (
            other
            for other in units().values()
            if other.dimension == unit.dimension and other.power == unit.power + power
        ),
        None,
    )
