"""The record of announcements: who joins and leaves, when, why, and at which weight (R59)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.trade.holdings import at_close, weights

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from paasche.calculation.trade.later import Later
    from paasche.calculation.trade.walked import Walked
    from paasche.review.membership import Book
    from paasche.review.proposal import Proposal
    from paasche.review.walk import Walk

__all__ = ["announced_changes", "with_weights"]


def announced_changes(walk: Walk, later: Later, since: date) -> pl.DataFrame:
    """Return the additions and deletions of a review and what follows it.

    Parameters
    ----------
    walk : Walk
        To the next opening.
    later : Later
        What is announced for after it.
    since : datetime.date
        First effective session of the record; a review on its way is in it.

    Returns
    -------
    polars.DataFrame
        announced, effective, security, change, cause, rule, reason, replaces; by effective session,
        change and security.
    """
    changes = walk.trail.changes().filter(pl.col("effective") >= since).drop("index")
    changes = pl.concat([changes, later.changes])
    if walk.coming is not None and later.basket is None:
        changes = pl.concat([changes, _coming(walk.proposals[-1], walk.book, walk.coming)])
    return changes.sort("effective", "change", "security")


def _coming(proposal: Proposal, book: Book, coming: Book) -> pl.DataFrame:
    """Return what a review that is not effective yet will change."""
    before, after = set(book.constituents), set(coming.constituents)
    rows = pl.DataFrame(
        {
            "security": sorted(before ^ after),
            "change": ["added" if name in after else "deleted" for name in sorted(before ^ after)],
        },
        schema={"security": pl.String, "change": pl.String},
    )
    said = proposal.table.select("security", "rule", "reason")
    # A change between the announcement and the effective session has a reason of its own.
    moved = pl.DataFrame(
        [
            {"security": name, "change": move.change, "own_rule": move.rule, "own": move.reason}
            for name, move in sorted(coming.moves.items())
        ],
        schema=dict.fromkeys(("security", "change", "own_rule", "own"), pl.String),
    )
    return (
        rows.join(said, on="security", how="left")
        .join(moved, on=["security", "change"], how="left")
        .select(
            pl.lit(proposal.dates.announcement).alias("announced"),
            pl.lit(proposal.dates.effective).alias("effective"),
            "security",
            "change",
            pl.lit("review").alias("cause"),
            pl.when(pl.col("own").is_null()).then("rule").otherwise("own_rule").alias("rule"),
            pl.coalesce("own", "reason").alias("reason"),
            pl.lit(None, pl.String).alias("replaces"),
        )
    )


def with_weights(
    changes: pl.DataFrame, walked: Walked, opening: pl.DataFrame, target: Mapping[str, float]
) -> pl.DataFrame:
    """Return changes with the weight before and after: at the close before, and at the opening.

    Parameters
    ----------
    changes : polars.DataFrame
        Of :func:`announced_changes`.
    walked : Walked
    opening : polars.DataFrame
        Holdings at the next opening.
    target : mapping of str to float
        Weights of a coming review at the last closes: they stand for the opening to come.

    Returns
    -------
    polars.DataFrame
        With ``weight_before`` and ``weight_after``; 0 for a name that is not held, null for one
        that joins after the next opening and not with the review.
    """
    parts = [
        changes.clear().with_columns(
            weight_before=pl.lit(None, pl.Float64), weight_after=pl.lit(None, pl.Float64)
        )
    ]
    for effective in changes["effective"].unique().sort():
        before = _weights_before(walked, effective)
        if effective == walked.opening:
            after: dict[str, float] | None = weights(opening)
        elif effective > walked.opening:
            after = dict(target) if effective == walked.walk.proposals[-1].dates.effective else None
        else:
            constituents = walked.closed.constituents
            after = weights(constituents.filter(pl.col("session") == effective))
        rows = changes.filter(pl.col("effective") == effective)
        parts.append(
            rows.with_columns(
                weight_before=_looked_up(before),
                weight_after=_looked_up(after)
                if after is not None
                else pl.when(pl.col("change") == "deleted").then(0.0),
            )
        )
    return pl.concat(parts)


def _weights_before(walked: Walked, effective: date) -> dict[str, float]:
    """Return the weights at the last close before a session; nothing is held before the base."""
    sessions = walked.workings.sessions[walked.workings.origin.session :]
    earlier = sessions[sessions < np.datetime64(effective, "D")]
    return weights(at_close(walked.closed, earlier[-1].item())) if earlier.size else {}


def _looked_up(found: Mapping[str, float]) -> pl.Expr:
    return pl.col("security").replace_strict(found, default=0.0, return_dtype=pl.Float64)
