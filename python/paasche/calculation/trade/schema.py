"""The files of the trade: their columns, fixed for every index."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import polars as pl

from paasche.methodology.universe import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILES", "SCHEMA_VERSION", "in_layout"]

SCHEMA_VERSION = 1
"""Version of the layout of a review directory."""

_Columns = dict[str, type[pl.DataType]]


def _columns(texts: str = "", numbers: str = "", counts: str = "", days: str = "") -> _Columns:
    return {
        **dict.fromkeys(texts.split(), pl.String),
        **dict.fromkeys(days.split(), pl.Date),
        **dict.fromkeys(counts.split(), pl.Int64),
        **dict.fromkeys(numbers.split(), pl.Float64),
    }


_WHOSE = {
    "index": pl.String,
    "date": pl.Date,
    "security": pl.String,
    "name": pl.String,
    "currency": pl.String,
}
_HELD = _columns(
    numbers="fx total inclusion_factor adjusted_shares weight_factor units market_value weight"
)

FILES: dict[str, _Columns] = {
    "closing": {**_WHOSE, "close": pl.Float64, **_HELD},
    "opening": {**_WHOSE, **_columns(numbers="close reference opening"), **_HELD},
    "pro_forma": {
        **_WHOSE,
        **_columns(days="effective"),
        "close": pl.Float64,
        **_HELD,
        **_columns(numbers="weight_before"),
    },
    "corporate_actions": {
        **_columns("index"),
        **_columns(days="session", counts="offset"),
        **_columns("security name role kind"),
        **_columns(numbers="cash ratio price"),
        **_columns("currency related"),
        **_columns(days="announced"),
        **_columns(numbers="close reference share_factor"),
    },
    "announcement": {
        **_columns("index", days="announced effective"),
        **_columns("security name change cause rule reason replaces"),
        **_columns(numbers="weight_before weight_after"),
    },
    "reserve_list": {
        **_columns("index list group", counts="place published"),
        **_columns("security name"),
    },
    "proposal": {
        **_columns("index security name group"),
        "constituent": pl.Boolean,
        **_columns("outcome"),
        **_columns(counts="rank"),
        **_columns("zone"),
        **_columns(counts="reserve"),
        **_columns("screen rule reason"),
        **dict.fromkeys(get_args(Measure), pl.Float64),
        **_columns(counts="suspended_sessions"),
        **_columns("exchange board currency class company industry"),
    },
    "flags": _columns("index", days="date") | _columns("security name rule what"),
}
"""Columns of each file, in order."""


def in_layout(file: str, rows: pl.DataFrame, **constants: object) -> pl.DataFrame:
    """Return rows in the columns of a file; a column that they lack is null.

    Parameters
    ----------
    file : str
    rows : polars.DataFrame
    **constants
        Columns of one value.

    Examples
    --------
    >>> flags = pl.DataFrame({"security": ["600519.SH"], "what": ["suspended"]})
    >>> in_layout("flags", flags, index="CES120").row(0)
    ('CES120', None, '600519.SH', None, None, 'suspended')
    """
    layout: Mapping[str, type[pl.DataType]] = FILES[file]
    found = rows.with_columns(pl.lit(value).alias(name) for name, value in constants.items())
    lacking = [name for name in layout if name not in found.columns]
    return found.with_columns(pl.lit(None).alias(name) for name in lacking).select(
        pl.col(name).cast(kind) for name, kind in layout.items()
    )
