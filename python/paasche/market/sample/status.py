"""The table `status`: suspensions as runs of sessions, risk warnings, access through Connect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["status_table"]

WARNING_SESSIONS = 60  # a risk warning stands so long before the bad end
CONNECT_RANK = 0.6  # share of the names, by size, that trade through Connect


def status_table(sessions: Sessions, names: Names, suspended: NDArray[np.bool_]) -> pl.DataFrame:
    """Lay out the table ``status``; ``end`` is the last session of a status."""
    rows = [_suspensions(sessions, names, suspended), _warnings(sessions, names)]
    return pl.concat([*rows, _connect(sessions, names)]).sort("start", "security", "status")


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


def _warnings(sessions: Sessions, names: Names) -> pl.DataFrame:
    """Warn ahead of the bad ends on the mainland; risk warnings exist for A shares only (R61)."""
    name = np.flatnonzero(names.negative & (names.market == 0))
    start = sessions.preceding[0, names.last[name] - WARNING_SESSIONS]
    end = sessions.preceding[0, names.gone[name]]
    return _rows(names, name, "risk_warning", sessions.days[start]).with_columns(
        end=pl.Series(sessions.days[end])
    )


def _connect(sessions: Sessions, names: Names) -> pl.DataFrame:
    """Admit the larger names to Connect from the start or their listing on, until they leave."""
    size = names.total * names.price
    name = np.flatnonzero(size >= np.quantile(size, 1 - CONNECT_RANK))
    market, gone = names.market[name], names.gone[name]
    start = sessions.following[market, names.first[name]]
    end = sessions.preceding[market, gone]
    return _rows(names, name, "connect", sessions.days[start]).with_columns(
        end=pl.when(pl.Series(gone < len(sessions))).then(pl.Series(sessions.days[end]))
    )


def _rows(
    names: Names, name: NDArray[np.int64], status: str, start: NDArray[np.datetime64]
) -> pl.DataFrame:
    """Begin rows of one status, without end and reason."""
    return pl.DataFrame(
        {"security": names.codes.gather(name), "status": [status] * len(name), "start": start}
    ).with_columns(end=pl.lit(None, pl.Date), reason=pl.lit(None, pl.String))
