"""Look up the withholding tax of many dividends at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.errors import MissingDataError

if TYPE_CHECKING:
    from paasche.methodology.tables import WithholdingTable

__all__ = ["withholding_rates"]

_KEY = ("country", "exchange", "kind")


def withholding_rates(table: WithholdingTable, dividends: pl.DataFrame) -> pl.Series:
    """Return the tax rate of each dividend: the newest entry of its key on or before its ex-date.

    Parameters
    ----------
    table : WithholdingTable
        The rates, keyed country of incorporation, exchange and kind.
    dividends : polars.DataFrame
        One row for each dividend, with ``country``, ``exchange``, ``kind`` (text) and ``ex_date``
        (Date); other columns are left alone, ``security`` is named in an error.

    Returns
    -------
    rate : polars.Series
        Float64, in the order of the rows: the part of the dividend that is withheld, as a fraction.

    Raises
    ------
    MissingDataError
        A key has no entry in the table, none that early, or the country of a security is not known.

    Examples
    --------
    >>> import datetime
    >>> from paasche.methodology.tables import withholding_tables
    >>> dividends = pl.DataFrame({
    ...     "country": ["CN", "HK"], "exchange": ["XHKG", "XHKG"], "kind": ["cash_dividend"] * 2,
    ...     "ex_date": [datetime.date(2024, 6, 14)] * 2,
    ... })
    >>> withholding_rates(withholding_tables()["non-resident-enterprise"], dividends).to_list()
    [0.1, 0.0]
    """
    # Null keys equal nothing, so such a row falls out as missing below.
    dated = (
        dividends.with_row_index("_row")
        .sort("ex_date", maintain_order=True)
        .join_asof(
            _rates(table),
            left_on="ex_date",
            right_on="_from",
            by=list(_KEY),
            strategy="backward",
            check_sortedness=False,
        )
        .sort("_row")
    )
    missing = dated.filter(pl.col("_rate").is_null())
    if missing.height:
        raise MissingDataError(_missing(table, missing))
    return dated["_rate"].alias("rate")


def _rates(table: WithholdingTable) -> pl.DataFrame:
    """Return one row for each key and day from which its rate counts, ascending by day."""
    rows = [
        (country, exchange, kind, entry.valid_from, entry.rate)
        for entry in table.entries
        for country in entry.country
        for exchange in entry.exchange
        for kind in entry.kind
    ]
    schema = {**dict.fromkeys(_KEY, pl.String), "_from": pl.Date, "_rate": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("_from")


def _missing(table: WithholdingTable, missing: pl.DataFrame) -> str:
    row = missing.row(0, named=True)
    security = f" of {row['security']}" if row.get("security") is not None else ""
    if row["country"] is None:
        return (
            f"securities country{security} = null: must be the country of incorporation, a key of "
            f"withholding tax table {table.name}; give it, or calculate no net total return"
        )
    key = ", ".join(f"{name} = {row[name]}" for name in _KEY)
    known = _rates(table).filter(pl.all_horizontal(pl.col(name) == row[name] for name in _KEY))
    if known.is_empty():
        expected = f"must have a rate in withholding tax table {table.name}; add an entry"
    else:
        expected = (
            f"must have a rate in withholding tax table {table.name}, which begins on "
            f"{known['_from'][0]} for this key; add an earlier entry"
        )
    more = "" if missing.height == 1 else f" ({missing.height} dividends without a rate)"
    return f"dividend{security} with {key}, ex_date = {row['ex_date']}: {expected}{more}"
