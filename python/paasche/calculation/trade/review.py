"""A review by what was known on a day: its dates, its tables, and the directory of the trade."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from paasche.calculation.trade.files import write_review

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from os import PathLike

    import polars as pl

    from paasche.calculation.shown import Overview
    from paasche.errors import Defect
    from paasche.methodology import Methodology
    from paasche.review.dates.schedule import ReviewDates

__all__ = ["OUTCOMES", "Review", "Standing"]

Standing = Literal["base", "in_force", "announced", "proposed"]
"""How far a review has come."""

OUTCOMES = ("added", "deleted", "kept", "reserve", "not_chosen", "not_eligible")
"""What may become of a security."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Review:
    """A review of an index, and what a desk needs for the next session.

    Every table has a fixed layout, which ``docs/files.md`` describes.

    Attributes
    ----------
    date : datetime.date
        Day of knowledge, D.
    close, next_session : datetime.date
        The last session that has closed by then, T, and the one after it.
    dates : ReviewDates
        Data window, cut-off, announcement, adjustment close and effective session of the review.
    standing : {"base", "in_force", "announced", "proposed"}
        Whether the review is the base basket, has taken effect, is announced, or would be so today.
    turnover : float
        Newcomers as a fraction of the constituents.
    turnover_by_weight : float, optional
        Weight that changes hands, one way, as a fraction; None for the base basket.
    proposal : polars.DataFrame
        Every security with its outcome (added, kept, deleted, reserve, not_chosen, not_eligible),
        rank, zone, rule, reason and measures.
    announcement : polars.DataFrame
        Additions and deletions of the review and since, with reasons and weights (R59).
    reserve_list : polars.DataFrame
        Who waits (R9 to R11).
    flags : polars.DataFrame
        Decisions of the committee that are due.
    closing, opening : polars.DataFrame
        Constituents at the close of T, and at the opening of the next session.
    pro_forma : polars.DataFrame
        The basket of the review at the closes of T; empty once it is in force.
    corporate_actions : polars.DataFrame
        Those of the next five sessions.
    notes : tuple of str
        What could not be judged, and decisions that have no effect.
    warnings : tuple of Defect
        What the methodology tolerates but a reader should know.
    methodology : Methodology
        The rules.
    source : str
        Where the market came from.
    known_at : datetime, optional
        The moment as of which the market was seen.
    """

    date: dt.date
    close: dt.date
    next_session: dt.date
    dates: ReviewDates
    standing: Standing
    turnover: float
    turnover_by_weight: float | None
    proposal: pl.DataFrame
    announcement: pl.DataFrame
    reserve_list: pl.DataFrame
    flags: pl.DataFrame
    closing: pl.DataFrame
    opening: pl.DataFrame
    pro_forma: pl.DataFrame
    corporate_actions: pl.DataFrame
    notes: tuple[str, ...]
    warnings: tuple[Defect, ...]
    methodology: Methodology
    source: str
    known_at: dt.datetime | None
    market_fingerprints: Callable[[], dict[str, str]] = field(compare=False)

    @property
    def counts(self) -> dict[str, int]:
        """How many securities have each outcome."""
        found = dict(self.proposal["outcome"].value_counts().iter_rows())
        return {outcome: found.get(outcome, 0) for outcome in OUTCOMES}

    def __repr__(self) -> str:
        dates = self.dates
        return (
            f"<Review {self.methodology.index.code}: {self.standing} on {self.date}, cut-off "
            f"{dates.cutoff}, effective {dates.effective}, {self.counts['added']} added, "
            f"{self.counts['deleted']} deleted>"
        )

    def __rich__(self) -> Overview:
        from paasche.calculation.trade.shown import overview  # noqa: PLC0415

        return overview(self)

    def _repr_html_(self) -> str:
        return self.__rich__()._repr_html_()

    def write(
        self,
        path: str | PathLike[str],
        format: Literal["parquet", "csv"] = "csv",  # noqa: A002
    ) -> Path:
        """Write the files of the trade, whole or not at all.

        Parameters
        ----------
        path : str or path
            Directory to make; it must not exist, or be empty.
        format : {"csv", "parquet"}
            Format of the tables.

        Returns
        -------
        pathlib.Path
            The directory, with one file a table and ``review.json``.

        Raises
        ------
        InputError
            The directory is not empty or cannot be written.
        """
        return write_review(Path(path), self, format)
