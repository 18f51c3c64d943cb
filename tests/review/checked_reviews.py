"""The reviews of a run, checked (R3, R4, R7, R8, R39, R40); nothing here imports paasche."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl

from oracle.capping import capped_weights
from review.checked_run import whole


def averages_that_differ(run):
    """The average market value of every security, from raw prices and share counts (R3, R4)."""
    for one in run.history.proposals:
        table = one.table.drop_nulls("average_market_value")
        expected = [
            run.raw.average_market_value(name, one.dates.first, one.dates.cutoff)
            for name in table["security"]
        ]
        off = ~np.isclose(expected, table["average_market_value"].to_numpy(), rtol=1e-10)
        for name in table.filter(pl.Series(off))["security"]:
            yield f"{one.dates.effective}: average market value of {name}"


def reviews_that_choose_otherwise(run):
    """Buffers and turnover limit give the basket, from ranks by raw average market values."""
    numbers = [
        run.number("selection", key)
        for key in ("newcomer_buffer", "constituent_buffer", "turnover_limit")
    ]
    for place, one in enumerate(run.history.proposals):
        before = run.constituents(one.dates.announcement) if place else set()
        if before != set(one.table.filter("constituent")["security"]):
            yield f"{one.dates.effective}: the review begins from another basket"
        group_of = dict(one.table.select("security", "group").iter_rows())
        ranked = ranked_by_raw_values(run, one)
        for group, count in run.groups().items():
            own = [name for name in ranked if group_of[name] == group]
            old = {name for name in before if group_of[name] == group}
            members = {name for name, of in one.constituents.items() if of == group}
            chosen = chosen_by_r8(own, old, count, *numbers)
            if chosen != members:
                yield f"{one.dates.effective} {group}: {sorted(chosen ^ members)}"


def ranked_by_raw_values(run, review):
    """Return who passes the screens by average market value, ties by code.

    Where a company counts as one, its largest line stands for the sum of its lines.
    """
    passing = review.table.filter(pl.col("screen").is_null()).select("security", "company")
    first, last = review.dates.first, review.dates.cutoff
    values = {name: run.raw.average_market_value(name, first, last) for name in passing["security"]}
    if run.rules["selection"].get("company_rank"):
        lines = {}
        for name, company in passing.iter_rows():
            lines.setdefault(company or name, []).append(name)
        largest = [min(own, key=lambda name: (-values[name], name)) for own in lines.values()]
        sums = {company: sum(values[name] for name in own) for company, own in lines.items()}
        values = dict(zip(largest, sums.values(), strict=True))
    return sorted(values, key=lambda name: (-values[name], name))


def chosen_by_r8(ranked, old, count, newcomers, constituents, limit):
    """Return the constituents by R8 as it is written, with sets.

    Forced deletions count toward the limit first, and are never blocked by it.
    """
    rank = {name: place for place, name in enumerate(ranked, 1)}
    kept = {name for name in ranked if name in old and rank[name] <= whole(1 + constituents, count)}
    new = {name for name in ranked if name not in old and rank[name] <= whole(1 - newcomers, count)}
    worst = sorted(kept, key=rank.get)
    while len(kept) + len(new) > count:
        (kept if worst else new).remove(worst.pop() if worst else max(new, key=rank.get))
    for name in ranked:
        if len(kept) + len(new) == count:
            break
        (kept if name in old else new).add(name)
    forced = len([name for name in ranked if name in old])
    allowed = count if limit is None else max(whole(limit, count), count - forced)
    best = sorted(new, key=rank.get)[:allowed]
    for name in ranked:
        if len(kept) + len(best) == min(count, len(ranked)):
            break
        if name in old:
            kept.add(name)
    return kept | set(best)


def weights_off_the_caps(run):
    """The weights at the capping session's closes are the exact capped ones (R39, R40)."""
    single, top_five = (run.number("weighting", key) for key in ("single_cap", "top_five_cap"))
    single, top_five = (None if one is None else Fraction(str(one)) for one in (single, top_five))
    lag = run.rules["weighting"].get("lag", 5)
    days = sorted(set(run.result.levels["date"]))
    rows = run.result.constituents
    for effective, kind, members in run.baskets():
        if kind != "review":
            continue
        at = days.index(effective) - lag
        # On the base date, weights and caps use the base close.
        day = days[at] if effective > days[0] else effective
        held = rows.filter(
            pl.col("session") == effective, pl.col("security").is_in(sorted(members))
        )
        value, factor = {}, {}
        for row in held.iter_rows(named=True):
            name = row["security"]
            shares = row["adjusted_shares"] / run.raw.grown(name, day, effective)
            close = run.raw.close(name, day)
            value[name] = Fraction(close * shares * float(run.raw.rate(name, np.datetime64(day))))
            factor[name] = row["weight_factor"]
        expected = capped_weights(
            value, single, top_five, infeasible=run.rules["weighting"].get("infeasible", "error")
        )
        total = sum(float(value[name]) * factor[name] for name in value)
        for name, worth in value.items():
            weight = float(worth) * factor[name] / total
            if abs(weight - float(expected[name])) > 1e-12:
                yield f"{effective}: {name} weighs {weight}, capped {float(expected[name])}"
