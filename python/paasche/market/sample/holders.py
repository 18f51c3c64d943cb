"""The table `holders`: statements of names whose free float no snapshot gives (R46)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.cast import Cast
    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["state_holders", "without_free_float"]

FOUNDERS = 0.55  # of what does not float
LOCKED, LOCKED_LATER = 0.6, 0.3  # of it restricted, in the first statement and in later ones
# Groups acting in concert, in hundredths of a percent of the total: excluded from 5 % on (R46).
CONCERT = ((510, 499), (500, 495))
FUND = 600
MEMBERS = 3
FIRST_STATED, FIRST_PUBLISHED = 60, 10  # days before the first snapshot
YEARLY_PUBLISHED = 115  # days after the end of the year


def without_free_float(shares: pl.DataFrame, names: Names, cast: Cast) -> pl.DataFrame:
    """Take the free float from the snapshots of the names whose holders tell it."""
    told = pl.col("security").is_in(names.codes.gather(list(cast.stated)).implode())
    return shares.with_columns(free_float=pl.when(~told).then("free_float"))


def state_holders(
    sessions: Sessions, names: Names, cast: Cast, shares: pl.DataFrame
) -> pl.DataFrame:
    """Lay out the table ``holders``: a statement before the first snapshot, then one a year.

    A family, the state and groups acting in concert hold what does not float. One group has 5.1 %
    or exactly 5 % of the total and is excluded, another one less than 5 % and floats.
    """
    effective = dict(shares.group_by("security").agg(pl.col("effective").min()).iter_rows())
    parts = []
    for place, name in enumerate(cast.stated):
        total, free_float = int(names.total[name]), int(names.free_float[name])
        code = names.codes[name]
        statement = _statement(total, free_float, CONCERT[place % len(CONCERT)])
        dates = _dates(sessions, np.datetime64(effective[code], "D"))
        parts.append(statement.join(dates, how="cross").with_columns(security=pl.lit(code)))
    if not parts:
        return pl.DataFrame()
    locked = pl.when("first").then(LOCKED).otherwise(LOCKED_LATER)
    return (
        pl.concat(parts)
        .select(
            *("security", "date", "published", "holder", "group", "class", "shares"),
            restricted=pl.when(pl.col("class") == "insider")
            .then((pl.col("shares") * locked).cast(pl.Int64))
            .otherwise(0),
        )
        .sort("published", "security", "holder")
    )


def _statement(total: int, free_float: int, concert: tuple[int, int]) -> pl.DataFrame:
    """Divide what does not float among a family, a group and the state; others hold float."""
    fixed = total - free_float
    family = round(fixed * FOUNDERS)
    above, below = (total * part // 10_000 for part in concert)
    rows = [
        ("Founder", "Family", "insider", family // 2),
        ("Founder's heirs", "Family", "insider", family - family // 2),
        ("State assets", None, "state", fixed - family - above),
        ("Fund", None, "other", total * FUND // 10_000),
        *_group("Partner", "Partners", "strategic", above),
        *_group("Plan", "Staff", "employee", below),
    ]
    return pl.DataFrame(rows, schema=["holder", "group", "class", "shares"], orient="row")


def _group(holder: str, group: str, of: str, shares: int) -> list[tuple[str, str, str, int]]:
    """Divide the holding of a group among its members."""
    part = shares // MEMBERS
    held = [part] * (MEMBERS - 1) + [shares - part * (MEMBERS - 1)]
    return [(f"{holder} {place + 1}", group, of, count) for place, count in enumerate(held)]


def _dates(sessions: Sessions, first: np.datetime64) -> pl.DataFrame:
    """Return the dates of statements and of their publication, none after the last session."""
    years = np.arange(
        first.astype("datetime64[Y]") + 1, sessions.days[-1].astype("datetime64[Y]") + 1
    )
    ends: NDArray[np.datetime64] = years.astype("datetime64[D]") - 1
    ends = ends[(ends > first) & (ends + YEARLY_PUBLISHED <= sessions.days[-1])]
    return pl.DataFrame(
        {
            "date": np.append(first - FIRST_STATED, ends),
            "published": np.append(first - FIRST_PUBLISHED, ends + YEARLY_PUBLISHED),
            "first": [True] + [False] * len(ends),
        }
    )
