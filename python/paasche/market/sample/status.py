"""The table `status`: suspensions as runs of sessions, warnings, access through Connect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["WARNING_SESSIONS", "status_table"]

WARNING_SESSIONS = 60  # a risk warning stands so long before the bad end
DELISTING_SESSIONS = 30  # a delisting warning, of every other such name
EVERY = 2


def status_table(
    sessions: Sessions, names: Names, suspended: NDArray[np.bool_], *spells: pl.DataFrame
) -> pl.DataFrame:
    """Lay out the table ``status``; ``end`` is the last session of a status.

    Parameters
    ----------
    sessions, names : Sessions, Names
    suspended : bool array of shape (n_sessions, n_names)
    *spells : polars.DataFrame
        name, status, start, end: more rows, in positions; end null where it goes on.
    """
    days = pl.Series(sessions.days)
    drawn = [
        _rows(
            names, rows["name"].to_numpy(), rows["status"], days.gather(rows["start"])
        ).with_columns(end=days.gather(rows["end"]))
        for rows in spells
    ]
    rows = [_suspensions(sessions, names, suspended), *_warnings(sessions, names), *drawn]
    return pl.concat(rows).sort("start", "security", "status")


def _suspensions(sessions: Sessions, names: Names, suspended: NDArray[np.bool_]) -> pl.DataFrame:
    """Turn runs of suspended positions into rows from the first to the last session missed."""
    length = len(sessions)
    edges = np.diff(suspended.T.astype(np.int8), axis=1, prepend=0, append=0)
    name, begin = np.nonzero(edges == 1)
    _, stop = np.nonzero(edges == -1)
    market = names.market[name]
    start, end = sessions.following[market, begin], sessions.preceding[market, stop]
    kept = start <= end
    name, start, end, stop = name[kept], start[kept], end[kept], stop[kept]
    bad = names.negative[name] & (stop == names.gone[name])
    return _rows(names, name, "suspended", sessions.days[start]).with_columns(
        end=pl.when(pl.Series(stop < length)).then(pl.Series(sessions.days[end])),
        reason=pl.when(pl.Series(bad))
        .then(pl.lit("material_negative_event"))
        .otherwise(pl.lit("ordinary")),
    )


def _warnings(sessions: Sessions, names: Names) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Warn ahead of the bad ends on the mainland; risk warnings exist for A shares only (R61)."""
    name = np.flatnonzero(names.negative & (names.market == 0))
    end = sessions.days[sessions.preceding[0, names.gone[name]]]
    risk = sessions.days[sessions.preceding[0, names.last[name] - WARNING_SESSIONS]]
    delisting = sessions.days[sessions.preceding[0, names.last[name] - DELISTING_SESSIONS]]
    first = slice(None, None, EVERY)
    return (
        _rows(names, name, "risk_warning", risk).with_columns(end=pl.Series(end)),
        _rows(names, name[first], "delisting_warning", delisting[first]).with_columns(
            end=pl.Series(end[first])
        ),
    )


def _rows(
    names: Names,
    name: NDArray[np.int64],
    status: str | pl.Series,
    start: NDArray[np.datetime64] | pl.Series,
) -> pl.DataFrame:
    """Begin rows of one status, without end and reason."""
    words = [status] * len(name) if isinstance(status, str) else status
    return pl.DataFrame(
        {"security": names.codes.gather(name), "status": words, "start": start}
    ).with_columns(end=pl.lit(None, pl.Date), reason=pl.lit(None, pl.String))
