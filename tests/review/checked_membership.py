"""Who is in a rule-driven index, checked (R10, R23 to R31); nothing here imports paasche."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from review.checked_run import EXITS

WARNINGS = ("risk_warning", "delisting_warning")
SWAP_SESSIONS = 10  # an absorbed constituent is gone by then: the swap, and L + 2 (R25, R57)


def counts_without_a_reason(run):
    """A review has its count; between reviews open places and spin-offs explain the difference."""
    count = sum(run.groups().values())
    changes, flags = run.history.changes, run.history.flags
    since = None
    for effective, kind, members in run.baskets():
        if kind == "review":
            since = effective
        after = changes.filter(pl.col("effective").is_between(since, effective, closed="right"))
        steps = after.filter(pl.col("change") != "kept").with_columns(
            step=pl.when(change="added").then(1).otherwise(-1)
        )
        children = steps.filter(cause="spin_off")["step"].sum()
        eve = pl.col("date").is_between(since, effective, closed="left")
        left_open = flags.filter(eve, pl.col("what").str.contains("stays open")).height
        riding = changes.filter(effective=effective, change="added", cause="spin_off").height
        if len(members) != count + children - left_open - riding:
            yield f"{effective}: {len(members)} constituents, {count} asked for"


def changes_without_a_reason(run):
    """What differs between two baskets has one row each, with a rule or screen and a reason."""
    changes = run.history.changes.filter(pl.col("change") != "kept")
    by_day = {day: part for (day,), part in changes.group_by("effective", maintain_order=True)}
    baskets = {effective: members for effective, _, members in run.baskets()}
    held = set()
    for day in sorted(by_day.keys() | baskets.keys()):
        rows = by_day.get(day, changes.clear())
        added = rows.filter(change="added")["security"].to_list()
        deleted = rows.filter(change="deleted")["security"].to_list()
        if len({*added, *deleted}) < len(rows) or set(added) & held or set(deleted) - held:
            yield f"{day}: a name is added that is in, deleted that is not, or moves twice"
        held = held - set(deleted) | set(added)
        # A child that is spun off on the day is held by its ex-date; the next basket names it.
        spun = set(rows.filter(cause="spin_off", change="added")["security"])
        if day not in baskets and set(added) - spun:
            yield f"{day}: {sorted(set(added) - spun)} join without a basket"
        if day in baskets and baskets[day] != held - spun:
            yield f"{day}: the basket differs from the changes by {sorted(baskets[day] ^ held)}"
    for row in run.history.changes.iter_rows(named=True):
        if not row["announced"] <= row["effective"] or not row["reason"]:
            yield f"{row['effective']}: {row['security']} is {row['change']} without a reason"
        if row["rule"] is None and row["cause"] != "review":
            yield f"{row['effective']}: {row['security']} is {row['change']} without a rule"


def members_that_are_gone(run):
    """Nobody is in from the session on which it is delisted, bankrupt or absorbed (R23 to R29)."""
    actions = run.tables["corporate_actions"]
    gone = actions.filter(
        pl.col("kind").is_in(EXITS),
        pl.col("cancelled").is_null() | (pl.col("cancelled") > pl.col("ex_date")),
    )
    sessions = run.sessions()
    for row in gone.iter_rows(named=True):
        at = int(np.searchsorted(sessions, np.datetime64(row["ex_date"], "D")))
        if row["kind"] == "merger":
            at += SWAP_SESSIONS
        held = run.history.constituents.filter(security=row["security"])["effective"].unique()
        baskets = run.history.constituents["effective"].unique().sort().to_list()
        ends = dict(zip(baskets, [*baskets[1:], None], strict=True))
        for effective in held:
            end = ends[effective]
            if at < len(sessions) and (end is None or end > sessions[at].item()):
                yield f"{effective}: {row['security']} is in, {row['kind']} on {row['ex_date']}"


def wrong_monthly_removals(run):
    """Warned A shares leave on the session after the second Friday, as known two days before it."""
    wanted = run.rules.get("interim", {}).get("monthly_removals", WARNINGS)
    sessions = run.sessions()
    status = run.tables["status"]
    classes = dict(run.tables["securities"].select("security", "class").iter_rows())
    baskets = run.baskets()
    kept = set(run.tables["decisions"].filter(decision="keep")["security"])
    removed = run.history.changes.filter(pl.col("cause").is_in(["risk_warning", "sell_only"]))
    removed = removed.filter(change="deleted")
    found = set()
    for year in range(baskets[0][0].year, 2025):
        for month in range(1, 13):
            friday = date(year, month, 8)
            friday += timedelta(days=(4 - friday.weekday()) % 7)
            at = int(np.searchsorted(sessions, np.datetime64(friday, "D"), side="right"))
            if at >= len(sessions) or sessions[at - 3].item() < baskets[0][0]:
                continue
            effective, announced, cutoff = (sessions[at - back].item() for back in (0, 2, 3))
            within = pl.col("end").is_null() | (pl.col("end") >= cutoff)
            warned = status.filter(
                pl.col("status").is_in([one for one in WARNINGS if one in wanted]),
                pl.col("start") <= cutoff,
                within,
            )["security"]
            warned = {name for name in warned if classes[name] in ("A", "CDR")} - kept
            in_force = [members for begin, _, members in baskets if begin <= effective][-1]
            yield from (
                f"{effective}: {name} is in with a warning" for name in sorted(warned & in_force)
            )
            rows = removed.filter(effective=effective)
            found |= set(rows["security"])
            for row in rows.iter_rows(named=True):
                if row["announced"] != announced:
                    yield f"{effective}: {row['security']} is announced on {row['announced']}"
                if row["cause"] == "risk_warning" and row["security"] not in warned:
                    yield f"{effective}: {row['security']} leaves without a warning"
    yield from (
        f"{name} leaves on no monthly date" for name in sorted(set(removed["security"]) - found)
    )


def draws_out_of_order(run):
    """A vacancy is filled by the first name left on the list that was in force (R10)."""
    effective_of = {one.dates.announcement: one.dates.effective for one in run.history.proposals}
    changes = run.history.changes
    drawn = changes.filter(rule="R10", change="added")
    lists = [
        (effective_of.get(announced, announced + timedelta(days=1)), announced, names)
        for (announced, _), part in run.history.reserves.group_by(
            "announced", "group", maintain_order=True
        )
        if (names := part.sort("place")["security"].to_list())
    ]
    used = {}
    for (day,), rows in drawn.group_by("effective", maintain_order=True):
        since = changes.filter(pl.col("effective") <= day, pl.col("change") != "deleted")
        others = set(since["security"])
        for name, reason in rows.select("security", "reason").iter_rows():
            in_force = [one for one in lists if one[0] <= day and name in one[2]]
            if not in_force:
                yield f"{day}: {name} is on no list in force"
                continue
            key = max(range(len(lists)), key=lambda at: (lists[at] in in_force, lists[at][:2]))
            ahead = lists[key][2][: lists[key][2].index(name)]
            left = [one for one in ahead if one not in used.get(key, ())]
            passed = [one for one in left if one in reason or one in others]
            if left != passed:
                yield f"{day}: {sorted(set(left) - set(passed))} stood before {name} on the list"
            if name in used.setdefault(key, set()):
                yield f"{day}: {name} is drawn from a list it has left"
            used[key] |= {name, *(one for one in passed if one in reason)}
