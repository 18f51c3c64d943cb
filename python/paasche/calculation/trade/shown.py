"""A review as people read it, in terminals and notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.shown import Overview, Shown, counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from paasche.calculation.trade.review import Review

__all__ = ["changes", "overview"]

_STANDING = {
    "base": "the base basket: no review has been decided since",
    "in_force": "in force",
    "announced": "announced, not yet in force",
    "proposed": "a proposal: not yet announced",
}
_MOST_FLAGS = 20
"""Flags that are shown; the table has them all."""


def overview(review: Review) -> Overview:
    """Return dates and counts, changes with reasons, reserve list, flags and notes."""
    tables = [_dates(review)]
    tables += [table for way in ("added", "deleted") if (table := changes(review, way)).rows]
    tables += [table for table in (_reserve(review), _flags(review), _notes(review)) if table.rows]
    assumed = counted(len(review.methodology.assumptions), "assumed number")
    return Overview(tuple(tables), f"{assumed}; {counted(len(review.warnings), 'warning')}")


def _dates(review: Review) -> Shown:
    dates, index = review.dates, review.methodology.index
    counts = ", ".join(
        f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in review.counts.items()
    )
    by_weight = review.turnover_by_weight
    weight = "" if by_weight is None else f", {by_weight:.2%} one-way by weight"
    rows = (
        ("data window", f"{dates.first} to {dates.last}"),
        ("cut-off", f"{dates.cutoff}"),
        ("announcement", f"{dates.announcement}"),
        ("adjustment close", f"{dates.adjustment_close}"),
        ("effective session", f"{dates.effective}"),
        ("securities", counts),
        ("turnover", f"{review.turnover:.2%} by count{weight}"),
        ("files of the trade", f"close of {review.close}, opening of {review.next_session}"),
    )
    title = f"{index.name} ({index.code}): review as known on {review.date}"
    return Shown(title=title, headings=("review", _STANDING[review.standing]), rows=rows)


def changes(review: Review, way: str) -> Shown:
    """Return the names that the review adds or deletes, with rank, rule and reason."""
    found = review.announcement.filter(change=way, effective=review.dates.effective)
    ranks = review.proposal.select("security", "rank", "zone")
    found = found.join(ranks, on="security", how="left", maintain_order="left")
    columns: dict[str, tuple[str, Callable[..., str]]] = {
        "security": ("security", str),
        "name": ("name", str),
        "rank": ("rank>", lambda rank: "" if rank is None else f"{rank}"),
        "rule": ("rule", lambda rule: rule or ""),
        "reason": ("reason", lambda reason: reason or ""),
        "weight_before": ("weight before>", _percent),
        "weight_after": ("after>", _percent),
    }
    rows = found.select(list(columns)).iter_rows()
    texts = [say for _, say in columns.values()]
    return Shown(
        title=f"{way.capitalize()}: {len(found)}",
        headings=tuple(heading for heading, _ in columns.values()),
        rows=tuple(tuple(say(cell) for say, cell in zip(texts, row, strict=True)) for row in rows),
    )


def _reserve(review: Review) -> Shown:
    """Return the reserve list of the review: the one on its way, else the one in force."""
    kinds = review.reserve_list["list"].unique()
    kind = "coming" if "coming" in kinds else "in_force"
    rows = review.reserve_list.filter(list=kind)
    ranks = review.proposal.select("security", "rank")
    rows = rows.join(ranks, on="security", how="left", maintain_order="left")
    cells = rows.select("group", "place", "security", "name", "rank").iter_rows()
    return Shown(
        title="Reserve list" + (" of the review" if kind == "coming" else " in force"),
        headings=("group", "place>", "security", "name", "rank>"),
        rows=tuple(tuple("" if cell is None else f"{cell}" for cell in row) for row in cells),
    )


def _flags(review: Review) -> Shown:
    rows = review.flags.sort("date", "security", descending=[True, False]).head(_MOST_FLAGS)
    cells = rows.select(
        pl.col("date").cast(pl.String), "security", "name", "rule", "what"
    ).iter_rows()
    return Shown(
        title=f"Flags for the committee: {len(review.flags)}",
        headings=("session", "security", "name", "rule", "what"),
        rows=tuple(tuple(cell or "" for cell in row) for row in cells),
    )


def _notes(review: Review) -> Shown:
    return Shown(
        title=f"Notes: {len(review.notes)}",
        headings=("note",),
        rows=tuple((note,) for note in review.notes),
    )


def _percent(fraction: float | None) -> str:
    return "" if fraction is None else f"{fraction:.4%}"
