"""Share counts through time: what is true, and the snapshots that state it (R53–R57)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.capital import ACTION_KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["SWAP", "share_history", "share_snapshots", "shares_on"]

SWAP = "swap"  # new shares for those of an absorbed name

# Snapshots after an action: how often, the days from ex-date to `effective`, and the basis relative
# to the ex-date (None = left out, so that it is `effective`).
FOLLOW_UPS = (
    (0.40, 0, None),  # on the ex-date itself
    (0.20, 4, 0),  # days later, the action contained
    (0.10, -3, 0),  # ahead of the ex-date, stating the count to come
    (0.10, 4, -1),  # days later, still without the action
)
EARLY_DAYS = 90  # snapshots of names listed before the sample
LATE = 0.15  # of the changes are announced after they took effect
SILENT = 0.3  # of them have no date of announcement
SWAP_NOTICE = 7  # days
EARLY = 0.05  # of them are dated on the closed day before


def share_history(names: Names, capital: pl.DataFrame) -> pl.DataFrame:
    """Chain the true share counts event by event.

    Returns
    -------
    polars.DataFrame
        The columns of ``capital``, then total and free_float (after the event) and before (total
        before it); by name and session.
    """
    name = capital["name"].to_numpy()
    first = pl.Series(names.total[name])
    held = pl.Series(names.free_float[name] / names.total[name])
    return (
        capital.with_columns(
            total=(first * pl.col("factor").cum_prod().over("name")).round().cast(pl.Int64),
            share=(pl.col("percent") / 100).forward_fill().over("name").fill_null(held),
        )
        .with_columns(
            free_float=(pl.col("total") * pl.col("share")).round().cast(pl.Int64),
            before=pl.col("total").shift().over("name").fill_null(first),
        )
        .drop("share")
    )


def shares_on(
    names: Names, history: pl.DataFrame, session: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the true total and free float of every name at a position."""
    past = history.filter(pl.col("session") <= session)
    total, free_float = names.total.copy(), names.free_float.copy()
    at = past["name"].to_numpy()
    # Rows come by session within a name and the last one stays.
    last = np.append(at[1:] != at[:-1], True) if len(at) else np.zeros(0, dtype=np.bool_)
    total[at[last]] = past["total"].to_numpy()[last]
    free_float[at[last]] = past["free_float"].to_numpy()[last]
    return total, free_float


def share_snapshots(
    rng: np.random.Generator, sessions: Sessions, names: Names, history: pl.DataFrame
) -> pl.DataFrame:
    """Lay out the table ``shares``: one snapshot per listing, then those of changes and actions."""
    changes = history.filter(~pl.col("kind").is_in([*ACTION_KINDS, SWAP]))
    actions = history.filter(pl.col("kind").is_in(ACTION_KINDS))
    return (
        pl.concat(
            [
                _first(sessions, names),
                _changes(rng, sessions, names, changes),
                _follow_ups(rng, sessions, names, actions),
                _swaps(sessions, names, history.filter(pl.col("kind") == SWAP)),
            ]
        )
        .sort("effective", "security")
        .select("security", "effective", "announced", "total", "free_float", "basis")
    )


def _first(sessions: Sessions, names: Names) -> pl.DataFrame:
    """State the shares of each name when it is first seen."""
    early = sessions.days[0] - EARLY_DAYS
    effective = np.maximum(names.securities["listed"].to_numpy().astype("datetime64[D]"), early)
    return _snapshots(names, np.arange(len(names)), effective).with_columns(
        total=pl.Series(names.total), free_float=pl.Series(names.free_float)
    )


def _changes(
    rng: np.random.Generator, sessions: Sessions, names: Names, changes: pl.DataFrame
) -> pl.DataFrame:
    """State placements, buybacks and new free floats, some late or dated on a closed day."""
    count = len(changes)
    name, session = changes["name"].to_numpy(), changes["session"].to_numpy()
    listing = sessions.days[session]
    eve = listing - 1
    closed = ~sessions.is_session_day(eve, names.market[name]) & (rng.random(count) < EARLY)
    effective = np.where(closed, eve, listing)
    lag = np.where(
        rng.random(count) < LATE, rng.integers(1, 20, count), -rng.integers(2, 30, count)
    )
    silent = rng.random(count) < SILENT
    return _snapshots(names, name, effective).with_columns(
        announced=pl.when(pl.Series(~silent)).then(pl.Series(effective + lag)),
        total=changes["total"],
        free_float=pl.when(changes["percent"].is_not_null()).then(changes["free_float"]),
    )


def _follow_ups(
    rng: np.random.Generator, sessions: Sessions, names: Names, actions: pl.DataFrame
) -> pl.DataFrame:
    """State the shares around bonus, rights and splits, each in one of the ways of `FOLLOW_UPS`."""
    odds = np.cumsum([share for share, *_ in FOLLOW_UPS])
    way = np.searchsorted(odds, rng.random(len(actions)), side="right")
    told = way < len(FOLLOW_UPS)
    actions, way = actions.filter(pl.Series(told)), way[told]
    name = actions["name"].to_numpy()
    ex_date = sessions.days[actions["session"].to_numpy()]
    effective = ex_date + np.array([days for _, days, _ in FOLLOW_UPS])[way]
    dated = np.array([basis is not None for *_, basis in FOLLOW_UPS])[way]
    basis = ex_date + np.array([basis or 0 for *_, basis in FOLLOW_UPS])[way]
    contained = pl.Series(basis >= ex_date)
    with_float = pl.Series(rng.random(len(actions)) < 1 / 2) & contained
    return _snapshots(names, name, effective).with_columns(
        total=pl.when(contained).then(actions["total"]).otherwise(actions["before"]),
        free_float=pl.when(with_float).then(actions["free_float"]),
        basis=pl.when(pl.Series(dated)).then(pl.Series(basis)),
    )


def _swaps(sessions: Sessions, names: Names, swaps: pl.DataFrame) -> pl.DataFrame:
    """State the shares of an acquirer on the day its new ones are listed."""
    listing = sessions.days[swaps["session"].to_numpy()]
    return _snapshots(names, swaps["name"].to_numpy(), listing).with_columns(
        announced=pl.Series(listing - SWAP_NOTICE),
        total=swaps["total"],
        free_float=swaps["free_float"],
    )


def _snapshots(
    names: Names, name: NDArray[np.int64], effective: NDArray[np.datetime64]
) -> pl.DataFrame:
    """Begin a table of snapshots without figures."""
    return pl.DataFrame(
        {"security": names.codes.gather(name), "effective": effective}
    ).with_columns(
        announced=pl.lit(None, pl.Date),
        total=pl.lit(None, pl.Int64),
        free_float=pl.lit(None, pl.Int64),
        basis=pl.lit(None, pl.Date),
    )
