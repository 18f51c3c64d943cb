"""Where names are listed and what they are called: Beijing, receipts, moves, new codes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from paasche.market.sample.cast import Cast
    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["change_of_code", "listings_over_time", "placed"]

BEIJING_CODE = 920_001
OLD_CODE = 830_001
RECEIPT = ("688", "689")  # codes of the STAR market: shares, depositary receipts
UNDERLYING = (1.0, 0.1)  # underlying shares for one receipt


def placed(names: Names, cast: Cast) -> Names:
    """Give the names of Beijing and the receipts their codes, boards and classes."""
    codes = names.codes.to_list()
    table = names.securities.to_dict(as_series=False)
    table["underlying_ratio"] = [None] * len(codes)
    for place, name in enumerate(cast.beijing):
        codes[name] = f"{BEIJING_CODE + place}.BJ"
        table["exchange"][name], table["board"][name] = "BJSE", "bse"
    for place, name in enumerate(cast.receipts):
        codes[name] = codes[name].replace(*RECEIPT, 1)
        table["class"][name], table["country"][name] = "CDR", "KY"
        table["underlying_ratio"][name] = UNDERLYING[place % len(UNDERLYING)]
    table["security"] = codes
    schema: dict[str, pl.DataType] = {
        **names.securities.schema,
        "underlying_ratio": pl.Float64(),
    }
    return dataclasses.replace(
        names,
        securities=pl.DataFrame(table, schema=schema),
        codes=pl.Series(names.codes.name, codes),
    )


def listings_over_time(sessions: Sessions, names: Names, cast: Cast) -> pl.DataFrame:
    """Lay out the table ``listings``: names that were listed in Beijing before they moved."""
    rows = []
    for name in cast.movers:
        security, (exchange, board) = names.codes[name], _home(names, name)
        listed, moved = _turn(sessions, names, name)
        rows += [
            (security, "BJSE", "bse", "CNY", listed, _eve(moved)),
            (security, exchange, board, "CNY", moved, None),
        ]
    schema = ("security", "exchange", "board", "currency", "start", "end")
    return _dated(rows, schema)


def change_of_code(sessions: Sessions, names: Names, cast: Cast) -> pl.DataFrame:
    """Lay out the table ``codes``: a name of Beijing with a new code (N1), and who moved away."""
    rows = []
    for place, name in enumerate((*cast.beijing[:1], *cast.movers)):
        security = names.codes[name]
        listed, changed = _turn(sessions, names, name)
        rows += [
            (security, f"{OLD_CODE + place}.BJ", listed, _eve(changed)),
            (security, security, changed, None),
        ]
    return _dated(rows, ("security", "code", "start", "end"))


def _home(names: Names, name: int) -> tuple[str, str]:
    """Return exchange and board of a name in the table ``securities``."""
    exchange, board = names.securities.select("exchange", "board").row(name)
    return exchange, board


def _turn(sessions: Sessions, names: Names, name: int) -> tuple[dt.date, dt.date]:
    """Return the day a name was listed, and the session halfway to the end of its life."""
    listed: dt.date = names.securities["listed"][name]
    middle = (int(names.first[name]) + int(names.last[name])) // 2
    turn: dt.date = sessions.days[sessions.following[names.market[name], middle]].astype(object)
    return listed, turn


def _eve(day: dt.date) -> dt.date:
    eve: dt.date = (np.datetime64(day) - 1).astype(object)
    return eve


def _dated(rows: Sequence[tuple[object, ...]], columns: tuple[str, ...]) -> pl.DataFrame:
    dates = {"start": pl.Date, "end": pl.Date}
    schema = {column: dates.get(column, pl.String) for column in columns}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("security", "start")
