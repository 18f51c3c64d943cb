"""Levels and divisors of a run, checked (R36, R37, R48, R50); nothing here imports paasche."""

from __future__ import annotations

import numpy as np
import polars as pl

from review.checked_run import EXITS


def levels_that_do_not_follow(run):
    """Level = base · value / divisor; returns chain; the divisor moves only where a row says so."""
    table = run.result.levels
    base = run.rules["index"]["base_level"]
    base = base["value"] if isinstance(base, dict) else base
    price = table.filter(variant="price", currency=run.rules["index"]["currency"]).sort("date")
    off = price.filter(
        (base * pl.col("value") / pl.col("divisor") / pl.col("level_unrounded") - 1).abs() > 1e-12
    )
    yield from (f"{day}: the level is not value / divisor" for day in off["date"])
    moved = price.filter(pl.col("divisor") != pl.col("divisor").shift())["date"].to_list()
    silent = set(moved) - set(run.result.divisors["session"])
    yield from (f"{day}: the divisor moves without a row" for day in sorted(silent))
    total = table.filter(variant="total_return", currency=run.rules["index"]["currency"]).sort(
        "date"
    )
    for one in (price, total):
        broken = one.with_columns(
            step=pl.col("level_unrounded") / pl.col("level_unrounded").shift()
        ).filter(pl.col("step").is_nan() | (pl.col("step") <= 0))
        yield from (f"{day}: no step from the level before" for day in broken["date"])
    joined = total.join(price.select("date", "value"), on="date", suffix="_price")
    chain = joined.with_columns(step=pl.col("level_unrounded") / pl.col("level_unrounded").shift())
    off = chain.filter(
        (pl.col("value") / pl.col("opening_value") / pl.col("step") - 1).abs() > 1e-12
    )
    yield from (f"{day}: the total return is not value / opening value" for day in off["date"])


def broken_continuity(run):
    """No divisor change moves the level: value / divisor is the same before and after (R50)."""
    closes = run.result.levels.filter(variant="price", currency=run.rules["index"]["currency"])
    closes = dict(closes.select("date", "level_unrounded").iter_rows())
    days = sorted(closes)
    eves = dict(zip(days[1:], days, strict=False))
    base = run.rules["index"]["base_level"]
    base = base["value"] if isinstance(base, dict) else base
    for row in run.result.divisors.iter_rows(named=True):
        before, after = row["value_before"] / row["before"], row["value_after"] / row["after"]
        if abs(after / before - 1) > 1e-12:
            yield f"{row['session']}: {row['reason']} moves the level"
        if abs(base * before / closes[eves[row["session"]]] - 1) > 1e-12:
            yield f"{row['session']}: value before / divisor before is not the close before"


def values_that_do_not_add_up(run):
    """Value = Σ close · units · rate, from raw closes and the holdings of the run (R36, R37)."""
    price = run.result.levels.filter(variant="price", currency=run.rules["index"]["currency"])
    days = price.sort("date")["date"].to_numpy().astype("datetime64[D]")
    total = np.zeros(len(days))
    rows = run.result.constituents.with_columns(
        units=pl.col("adjusted_shares") * pl.col("weight_factor") * (pl.col("weight") > 0)
    )
    for (name,), part in rows.sort("security", "session").group_by("security", maintain_order=True):
        since = part["session"].to_numpy().astype("datetime64[D]")
        at = np.searchsorted(since, days, side="right") - 1
        units = np.where(at >= 0, part["units"].to_numpy()[at], 0.0)
        own = run.raw.own_sessions(name)
        place = np.searchsorted(own, days, side="right") - 1
        closes = run.raw.closes(name)[0][place]
        total += np.where(units > 0, closes * units * run.raw.rate(name, days), 0.0)
    # A deletion price, or a child before its first close, is no close of the table.
    known = ~np.isnan(total)
    stated = run.tables["corporate_actions"].filter(
        pl.col("kind").is_in(EXITS),
        pl.col("price") > 0,
        pl.col("security").is_in(rows["security"].implode()),
    )
    for session in (*run.history.priced["session"], *stated["ex_date"]):
        known[np.searchsorted(days, np.datetime64(session, "D")) - 1] = False
    off = known & (abs(total / price.sort("date")["value"].to_numpy() - 1) > 1e-12)
    if known.mean() < 0.98:
        yield f"only {known.mean():.0%} of the sessions can be added up"
    yield from (f"{day}: the value is not the sum of its terms" for day in days[off])
