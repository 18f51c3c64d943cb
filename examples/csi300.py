"""Reproduce the CSI 300 from closes, corporate actions and published weights; print the errors.

Each segment is an index of its own with given weights: it starts at the published close of its base
date and holds one basket to its end. In 2016 (weights with four decimals, no price missing) every
close is within 0.30 basis points of the published one. ``--years 2012 2015`` adds older years, with
weights of two decimals, and one to six names left out as the price file lacks them.
"""

from __future__ import annotations

import argparse
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import polars as pl

import paasche as px

SPAN = date(2011, 10, 10), date(2016, 10, 31)  # of the published index in the files


class Segment(NamedTuple):
    """Sessions with one basket: units from the weights of a date, level from the close of base."""

    weights: date
    base: date
    start: date
    end: date


# Later weights are brought back where the basket changes: at the review effective on 06-13, and on
# 04-18, from when one third more shares of 600900.SH count (issued 04-13 by the capital events).
SEGMENTS_2016 = [
    Segment(*map(date.fromisoformat, row.split()))
    for row in (
        "2016-04-01 2016-04-01 2016-04-05 2016-04-15",
        "2016-05-03 2016-04-15 2016-04-18 2016-04-29",
        "2016-05-03 2016-05-03 2016-05-04 2016-05-31",
        "2016-06-01 2016-06-01 2016-06-02 2016-06-08",
        "2016-06-30 2016-06-08 2016-06-13 2016-06-29",
        "2016-07-01 2016-07-01 2016-07-04 2016-07-29",
        "2016-08-01 2016-08-01 2016-08-02 2016-08-31",
        "2016-09-01 2016-09-01 2016-09-02 2016-09-30",
        "2016-10-10 2016-10-10 2016-10-11 2016-10-31",
    )
]


class Data(NamedTuple):
    """The source files as tidy frames: dates, codes like 600519.SH, yuan, fractions."""

    closes: pl.DataFrame  # security, date, close (unadjusted; no row when suspended), turnover
    events: pl.DataFrame  # security, ex_date, cash, bonus, rights, price: per share held before
    weights: pl.DataFrame  # security, date, weight at the close
    published: pl.DataFrame  # date, close
    changes: list[date]  # first sessions of a new membership


def read(folder: Path) -> Data:
    """Read the files."""
    code = pl.col("code")
    security = code.str.slice(2) + "." + code.str.slice(0, 2).str.to_uppercase()

    def table(file: str) -> pl.DataFrame:
        dated = pl.col("date").cast(pl.String).str.to_date("%Y%m%d")
        frame = pl.read_parquet(folder / file).with_columns(dated, security=security)
        return frame.filter(pl.col("date").is_between(*SPAN))

    weights = table("csi300_weights_2006_2024.parquet")
    closes = table("cn_stock_daily_2011_2017.parquet").join(weights, on="security", how="semi")
    events = table("cn_capital_events_1990_2020.parquet").join(closes, on="security", how="semi")
    index = table("cn_index_daily_2011_2016.parquet").filter(code="sh000300").sort("date")
    changes = pl.read_csv(folder / "csi_membership_changes.csv.gz").filter(index="csi300")
    effective = changes["effective"].unique().sort().cast(pl.String).str.to_date("%Y%m%d")

    # Announced per ten shares with at most six decimals; what is beyond them is float32 noise.
    cash, bonus, rights = ((pl.col(per_ten) / 10).round(7) for per_ten in ("v1", "v3", "v4"))
    terms = {"cash": cash, "bonus": bonus, "rights": rights, "price": pl.col("v2").round(2)}
    prices = {"close": pl.col("close_raw") / 100, "turnover": pl.col("amount_k") * 1000.0}
    return Data(
        closes=closes.select("security", "date", **prices),
        events=events.filter(category=1).select("security", ex_date="date", **terms),
        weights=weights.select("security", "date", pl.col("weight") / 100),
        published=index.select("date", "close"),
        changes=effective.to_list(),
    )


def cut(data: Data, years: range) -> list[Segment]:
    """Cut years at the weight dates; a membership change between two of them is met from both."""
    sessions = data.published["date"].to_list()
    after, before = dict(pairwise(sessions)), dict(pairwise(reversed(sessions)))
    found = []
    for old, new in pairwise(data.weights["date"].unique().sort()):
        changes = [change for change in data.changes if old < change <= new]
        found.append(Segment(old, old, after[old], before[changes[0]] if changes else new))
        if changes:
            found.append(Segment(new, before[changes[-1]], changes[-1], new))
    return [one for one in found if one.start <= one.end and one.start.year in years]


def state(data: Data, on: date) -> pl.DataFrame:
    """Return each name's price on a date, carried at the reference price, and its share scale."""
    growth = 1 + pl.col("bonus") + pl.col("rights")
    past = data.events.filter(pl.col("ex_date") <= on).sort("security", "ex_date")
    last = data.closes.filter(pl.col("date") <= on).sort("date").group_by("security").last()

    # R63 for each ex-date of a suspension in turn: P becomes (P - cash + price·rights) / growth.
    paid_in = (pl.col("price") * pl.col("rights") - pl.col("cash")) * growth.cum_prod() / growth
    suspended = past.join(last, on="security").filter(pl.col("ex_date") > pl.col("date"))
    carry = suspended.group_by("security").agg(paid_in=paid_in.sum(), growth=growth.product())
    scale = past.group_by("security").agg(scale=growth.product())
    price = (pl.col("close") + pl.col("paid_in").fill_null(0)) / pl.col("growth").fill_null(1)
    everything = last.join(carry, on="security", how="left").join(scale, on="security", how="left")
    return everything.select("security", price=price, scale=pl.col("scale").fill_null(1))


def basket(data: Data, segment: Segment) -> pl.DataFrame:
    """Return published weights and those at the base date, null where the file has no price.

    Units follow from weight and price of the weight date, without the bonus and rights since base.
    """
    units = pl.col("published") / (pl.col("price_then") * pl.col("scale_then"))
    value = units * pl.col("price") * pl.col("scale")
    return (
        data.weights.filter(date=segment.weights)
        .select("security", published="weight")
        .join(state(data, segment.base), on="security", how="left")
        .join(state(data, segment.weights), on="security", how="left", suffix="_then")
        .with_columns(weight=value / value.sum())
    )


def build(data: Data, segments: list[Segment], *, raw_carry: bool = False) -> px.Market:
    """Build one market for all segments; ``raw_carry`` repeats the last close in a suspension."""
    closes, events, code = data.closes, data.events, pl.col("security")
    names = closes.select(code.unique())
    if raw_carry:
        days = names.join(data.published.select("date"), how="cross").sort("security", "date")
        closes = days.join(closes, on=["security", "date"], how="left", maintain_order="left")
        closes = closes.with_columns(pl.col("close").forward_fill().over(code)).drop_nulls("close")
    exchange = pl.when(code.str.ends_with(".SH")).then(pl.lit("XSHG")).otherwise(pl.lit("XSHE"))
    actions = [
        events.select("security", "ex_date", "cash", kind=pl.lit("cash_dividend")),
        events.select("security", "ex_date", ratio="bonus", kind=pl.lit("bonus")),
        events.select("security", "ex_date", "price", ratio="rights", kind=pl.lit("rights")),
    ]
    constituents = [
        basket(data, one)
        .drop_nulls("weight")
        .select("security", "weight", index=pl.lit(str(one.base)), effective=pl.lit(one.base))
        for one in segments
    ]
    happened = (pl.col("cash") > 0) | (pl.col("ratio") > 0)
    tables = {
        "securities": names.with_columns(name=code, exchange=exchange, currency=pl.lit("CNY")),
        "prices": closes,
        "corporate_actions": pl.concat(actions, how="diagonal").filter(happened),
        "constituents": pl.concat(constituents),
    }
    market = px.Market.from_frames(tables)
    if market.calendars.sessions("XSHG", *SPAN).tolist() != data.published["date"].to_list():
        raise SystemExit("the exchange calendar and the sessions of the published index differ")
    return market


def calculate(data: Data, market: px.Market, segment: Segment) -> pl.DataFrame:
    """Calculate a segment and return its error on every published session, in basis points."""
    base_level = data.published.filter(date=segment.base)["close"].item()
    index: dict[str, object] = {"code": str(segment.base), "name": "CSI 300", "currency": "CNY"}
    index |= {"base_date": segment.base, "base_level": base_level}
    rules = {"universe": {"constituents": "table"}, "weighting": {"scheme": "given"}}
    methodology = px.Methodology.from_dict({"schema_version": 1, "index": index, **rules})
    levels = px.calculate(methodology, market, start=segment.start, end=segment.end).levels
    sessions = data.published.filter(pl.col("date").is_between(segment.start, segment.end))
    error = (pl.col("level") / pl.col("close") - 1) * 1e4
    return sessions.join(levels, on="date", how="left").select("date", error=error)


def rounding(weights: pl.Series) -> float:
    """Return the variance of the rounding of weights, from the decimals they have."""
    digits = (d for d in (4, 5, 6) if ((weights - weights.round(d)).abs() < 1e-9).all())
    return 10.0 ** (-2 * next(digits)) / 12


def explain(data: Data, segment: Segment) -> dict[str, float | None]:
    """Return what weights and prices, without the index, say about the error at the end.

    ``explained``: the weight missing names gained by the next weight date is return we lack.
    ``2 sd``: rounding of all weights. ``moved %``: weight moved by share updates on unknown days.
    """
    later = data.weights.filter(date=segment.end).select("security", later="weight")
    held = basket(data, segment).join(later, on="security", how="left")
    held = held.join(state(data, segment.end), on="security", how="left", suffix="_end")
    old, new, missing = held["published"], held["later"], held["weight"].is_null()
    growth = held["price_end"] * held["scale_end"] / (held["price"] * held["scale"])
    noise = rounding(old) * ((growth - (held["weight"] * growth).sum()) ** 2).sum()
    explained = moved = None
    if segment.base == segment.weights and not later.is_empty():
        stay = [weights.filter(~missing).sum() / weights.sum() for weights in (old, new)]
        explained = (stay[1] / stay[0] - 1) * 1e4
        noise += (rounding(old) + rounding(new)) * missing.sum()
        change = (new / growth / (new / growth / old).median() - old).abs()
        unsure = (3 * rounding(old)) ** 0.5 + (3 * rounding(new)) ** 0.5
        moved = change.filter(change > 0.005 * old + unsure).sum() * 100
    row = {"explained": explained, "2 sd": 2e4 * noise**0.5, "moved %": moved}
    return row | {"missing": missing.sum(), "their %": old.filter(missing).sum() * 100}


def compare(data: Data, segments: list[Segment], *, details: bool) -> None:
    """Calculate all segments and print a row for each, with details what explains the error."""
    market, raw = build(data, segments), build(data, segments, raw_carry=True)
    errors = pl.concat(
        calculate(data, market, one)
        .with_columns(raw=calculate(data, raw, one)["error"].abs())
        .with_columns(weights=pl.lit(one.weights), first=pl.lit(one.start), last=pl.lit(one.end))
        for one in segments
    )
    size = pl.col("error").abs()
    rows = errors.group_by("weights", "first", "last", maintain_order=True).agg(
        size.len().alias("days"),
        size.max().alias("max |bp|"),
        pl.col("error").mean().alias("mean"),
        pl.col("date").sort_by(size).last().alias("worst day"),
        pl.col("raw").max().alias("raw carry"),
        pl.col("error").last().alias("at end"),
    )
    print(rows.hstack(pl.DataFrame([explain(data, one) for one in segments])) if details else rows)


def main() -> None:
    """Print 2016, and the years asked for with what explains their errors."""
    parser = argparse.ArgumentParser(description="Reproduce the CSI 300 and print the errors.")
    parser.add_argument("data", type=Path, help="folder with the source files")
    parser.add_argument("--years", type=int, nargs=2, metavar=("FIRST", "LAST"))
    arguments = parser.parse_args()
    data = read(arguments.data)
    pl.Config.set_tbl_rows(-1).set_tbl_cols(-1).set_tbl_width_chars(200).set_float_precision(2)
    pl.Config.set_tbl_formatting("NOTHING").set_tbl_hide_column_data_types(active=True)
    compare(data, SEGMENTS_2016, details=False)
    if arguments.years:
        first, last = arguments.years
        compare(data, cut(data, range(first, last + 1)), details=True)


if __name__ == "__main__":
    main()
