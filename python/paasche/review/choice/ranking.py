"""The ranking: eligible securities in one total order (R8)."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING, Literal

import polars as pl

from paasche.errors import InputError, MissingDataError
from paasche.review.choice.exact import as_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paasche.methodology.selection import RankBy

__all__ = ["rank"]

_KEY = "security"
_COMPANY = "company"


def rank(
    table: pl.DataFrame,
    rank_by: Sequence[RankBy],
    *,
    lines: Literal["all", "largest"] = "all",
    company_rank: bool = False,
) -> pl.DataFrame:
    """Rank eligible securities by what they measure (R8, R61).

    Parameters
    ----------
    table : polars.DataFrame
        One row for each eligible security: ``security``, the measures of ``rank_by`` in index
        currency, and ``company`` (null: a company of its own) where lines of a company count.
    rank_by : sequence of paasche.methodology.selection.RankBy
        Measures and their weights. Largest first; with several, by the smallest weighted sum of
        the ranks by each, where equal values share the better rank. Ties go by the first measure,
        then by code.
    lines : {"all", "largest"}
        Whether all lines of a company are ranked, or only the one with the largest first measure
        (ties by code).
    company_rank : bool
        Whether a line counts with the sum of its company's lines in ``table``, those that are not
        ranked themselves included.

    Returns
    -------
    ranking : polars.DataFrame
        The rows of ``table`` with ``rank`` (from 1; null where a line is not ranked) and
        ``not_ranked`` (why not, else null): by rank, lines that are not ranked last, by code. It
        does not depend on the order of the rows.

    Raises
    ------
    InputError
        No measure is given, or a security is there twice.
    MissingDataError
        A measure has no value for a security.

    Examples
    --------
    >>> from paasche.methodology.selection import RankBy
    >>> table = pl.DataFrame({"security": ["A", "B", "C"], "market_value": [1.0, 3.0, 3.0]})
    >>> ranking = rank(table, [RankBy(measure="market_value")])
    >>> ranking["security"].to_list(), ranking["rank"].to_list()
    (['B', 'C', 'A'], [1, 2, 3])
    """
    measures = [by.measure for by in rank_by]
    _check(table, measures)
    # Sums of a company's lines are added in the order of the codes, whatever the order of the rows.
    rows = table.sort(_KEY)
    counted = [f"counted_{place}" for place in range(len(measures))]
    issuer = _issuer(rows)
    rows = rows.with_columns(
        (pl.col(measure).sum().over(issuer) if company_rank else pl.col(measure)).alias(name)
        for measure, name in zip(measures, counted, strict=True)
    )
    rows = rows.with_columns(
        not_ranked=_not_ranked(issuer, measures[0])
        if lines == "largest"
        else pl.lit(None, pl.String)
    )
    is_ranked = pl.col("not_ranked").is_null()
    ranked = rows.filter(is_ranked).with_columns(
        pl.sum_horizontal(
            pl.col(name).rank("min", descending=True).cast(pl.Int128) * weight
            for name, weight in zip(counted, _whole_weights(rank_by), strict=True)
        ).alias("combined")
    )
    ranked = ranked.sort("combined", counted[0], _KEY, descending=[False, True, False])
    ranked = ranked.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    others = rows.filter(~is_ranked).with_columns(rank=pl.lit(None, pl.Int64))
    columns = [*table.columns, "rank", "not_ranked"]
    return pl.concat([ranked.select(columns), others.select(columns)])


def _check(table: pl.DataFrame, measures: Sequence[str]) -> None:
    if not measures:
        raise InputError("rank_by: must name at least one measure")
    twice = table.filter(pl.col(_KEY).is_duplicated()).sort(_KEY)
    if not twice.is_empty():
        raise InputError(f"security = {twice.item(0, _KEY)}: must stand in the ranking once")
    for measure in measures:
        # NaN is not finite; a null is neither.
        absent = table.filter(~pl.col(measure).is_finite().fill_null(value=False)).sort(_KEY)
        if not absent.is_empty():
            raise MissingDataError(
                f"{measure} of {absent.item(0, _KEY)}: needed to rank it; a security without it is "
                "not eligible"
            )


def _issuer(rows: pl.DataFrame) -> pl.Expr:
    """Return what the lines of one company share; a security without company is alone."""
    if _COMPANY not in rows.columns:
        return pl.col(_KEY)
    alone = pl.when(pl.col(_COMPANY).is_null()).then(_KEY)
    return pl.struct(pl.col(_COMPANY), alone.alias("alone"))


def _not_ranked(issuer: pl.Expr, measure: str) -> pl.Expr:
    """Return why a line is not ranked: a larger line of its company, or the first of equals."""
    # Rows are in the order of the codes, and the sort keeps the order of equals.
    largest = (
        pl.col(_KEY).sort_by(measure, descending=True, maintain_order=True).first().over(issuer)
    )
    larger = f"another line of its company, {{}}, is larger by {measure.replace('_', ' ')}"
    reason = pl.format(larger, largest)
    return pl.when(pl.col(_KEY) != largest).then(reason)


def _whole_weights(rank_by: Sequence[RankBy]) -> list[int]:
    """Return the weights as whole numbers, so that sums of ranks are exact and ties are ties."""
    weights = [as_written(by.weight) for by in rank_by]
    scale = lcm(*(weight.denominator for weight in weights))
    return [int(weight * scale) for weight in weights]
