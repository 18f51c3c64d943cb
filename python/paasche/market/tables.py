"""What a market holds: the tables of the data contract, written as data.

Every table lists its columns, which of them may be absent or empty, what a value must be, the key
that makes a row unique (together with ``known_at``), and the orders that hold within a row. Readers
and checks go by this list.
"""

from __future__ import annotations

import functools

import polars as pl

from paasche.market import vocabulary
from paasche.market.columns import Column, Kind, Need, Order, Table

__all__ = ["KNOWN_AT", "TABLES", "empty", "unknown_table"]

# Shorter names keep the list below readable as a table.
_SECURITY, _TEXT, _DATE = Kind.SECURITY, Kind.TEXT, Kind.DATE
_NUMBER, _COUNT, _TIME = Kind.NUMBER, Kind.COUNT, Kind.TIME
_NULLABLE, _OPTIONAL = Need.COLUMN, Need.OPTIONAL

# A year: what is announced later than that after the fact is taken for a misread date.
_LATE_DAYS = 366

# What people most often stand before: no trade, no rate, and a percentage for a fraction.
_NO_TRADE = "leave the row out where there was no trade, and mark a suspension in the table status"
_NO_RATE = "leave the row out where no rate was fixed; the last one is kept for some sessions"
_PERCENT = "a percentage is written as a fraction, 0.052 for 5.2 %"
_ISSUED = "give the issued shares of this listed class, one for one"

KNOWN_AT = Column("known_at", _TIME, _OPTIONAL)


def _table(
    *columns: Column,
    key: tuple[str, ...] = (),
    dated_by: str = "",
    filled: bool = False,
    orders: tuple[Order, ...] = (),
    spans: tuple[str, ...] = (),
) -> Table:
    return Table(
        columns=(*columns, KNOWN_AT),
        key=key,
        dated_by=dated_by,
        filled=filled,
        orders=orders,
        spans=spans,
    )


TABLES: dict[str, Table] = {
    "securities": _table(
        Column("security", _SECURITY),
        Column("name", _TEXT),
        Column("exchange", _TEXT, rule="exchange"),
        Column("currency", _TEXT, rule="currency"),
        Column("class", _TEXT, _OPTIONAL, words=vocabulary.SHARE_CLASSES),
        Column("board", _TEXT, _OPTIONAL, words=vocabulary.BOARDS),
        Column("company", _TEXT, _OPTIONAL),
        Column("country", _TEXT, _OPTIONAL, rule="country"),
        Column("listed", _DATE, _OPTIONAL),
        Column("delisted", _DATE, _OPTIONAL),
        Column("industry", _TEXT, _OPTIONAL),
        Column("underlying_ratio", _NUMBER, _OPTIONAL, rule="positive"),
        key=("security",),
        filled=True,
        orders=(Order("listed", "delisted"),),
    ),
    "listings": _table(
        Column("security", _SECURITY),
        Column("exchange", _TEXT, rule="exchange"),
        Column("board", _TEXT, _NULLABLE, words=vocabulary.BOARDS),
        Column("currency", _TEXT, rule="currency"),
        Column("start", _DATE),
        Column("end", _DATE, _NULLABLE),
        key=("security", "start"),
        dated_by="start",
        orders=(Order("start", "end"),),
        spans=("security",),
    ),
    "codes": _table(
        Column("security", _SECURITY),
        Column("code", _TEXT),
        Column("start", _DATE),
        Column("end", _DATE, _NULLABLE),
        key=("security", "start"),
        orders=(Order("start", "end"),),
        spans=("security", "code"),
    ),
    "prices": _table(
        Column("date", _DATE),
        Column("security", _SECURITY),
        Column("close", _NUMBER, rule="positive", mend=_NO_TRADE),
        Column("reference", _NUMBER, _OPTIONAL, rule="positive"),
        Column("volume", _COUNT, _OPTIONAL, rule="not negative"),
        Column("turnover", _NUMBER, _OPTIONAL, rule="not negative"),
        key=("date", "security"),
        dated_by="date",
        filled=True,
    ),
    "shares": _table(
        Column("security", _SECURITY),
        Column("effective", _DATE),
        Column("announced", _DATE, _OPTIONAL),
        Column("total", _COUNT, rule="positive", mend=_ISSUED),
        Column("free_float", _COUNT, _OPTIONAL, rule="not negative"),
        Column("basis", _DATE, _OPTIONAL),
        key=("security", "effective"),
        dated_by="effective",
        filled=True,
        orders=(
            Order("free_float", "total"),
            Order("announced", "effective", _LATE_DAYS),
        ),
    ),
    "holders": _table(
        Column("security", _SECURITY),
        Column("date", _DATE),
        Column("published", _DATE),
        Column("holder", _TEXT),
        Column("group", _TEXT, _OPTIONAL),
        Column("class", _TEXT, words=vocabulary.HOLDER_CLASSES),
        Column("shares", _COUNT, rule="not negative"),
        Column("restricted", _COUNT, rule="not negative"),
        key=("security", "date", "holder"),
        dated_by="date",
        orders=(Order("restricted", "shares"), Order("date", "published")),
    ),
    "corporate_actions": _table(
        Column("security", _SECURITY),
        Column("ex_date", _DATE),
        Column("kind", _TEXT, words=vocabulary.ACTION_KINDS),
        Column("id", _TEXT, _OPTIONAL),
        Column("cash", _NUMBER, _OPTIONAL, rule="not negative"),
        Column("ratio", _NUMBER, _OPTIONAL, rule="not negative"),
        Column("price", _NUMBER, _OPTIONAL, rule="not negative"),
        Column("currency", _TEXT, _OPTIONAL, rule="currency"),
        Column("announced", _DATE, _OPTIONAL),
        Column("cancelled", _DATE, _OPTIONAL),
        Column("related", _SECURITY, _OPTIONAL),
        Column("record_date", _DATE, _OPTIONAL),
        Column("pay_date", _DATE, _OPTIONAL),
        key=("security", "ex_date", "kind", "id"),
        dated_by="ex_date",
        orders=(
            Order("announced", "ex_date", _LATE_DAYS),
            Order("announced", "cancelled"),
            Order("record_date", "pay_date"),
        ),
    ),
    "status": _table(
        Column("security", _SECURITY),
        Column("status", _TEXT, words=vocabulary.STATUSES),
        Column("start", _DATE),
        Column("end", _DATE, _OPTIONAL),
        Column("reason", _TEXT, _OPTIONAL, rule="reason"),
        key=("security", "status", "start"),
        dated_by="start",
        orders=(Order("start", "end"),),
    ),
    "financials": _table(
        Column("security", _SECURITY),
        Column("period", _DATE),
        Column("published", _DATE),
        Column("net_profit", _NUMBER),
        Column("opinion", _TEXT, _NULLABLE, words=vocabulary.OPINIONS),
        key=("security", "period", "published"),
        dated_by="published",
        orders=(Order("period", "published"),),
    ),
    "constituents": _table(
        Column("index", _TEXT, _OPTIONAL),
        Column("effective", _DATE),
        Column("security", _SECURITY),
        Column("weight", _NUMBER, _OPTIONAL, rule="fraction", mend=_PERCENT),
        Column("kind", _TEXT, _OPTIONAL, words=vocabulary.CONSTITUENT_KINDS),
        Column("replaces", _SECURITY, _OPTIONAL),
        key=("index", "effective", "security"),
        dated_by="effective",
    ),
    "decisions": _table(
        Column("date", _DATE),
        Column("index", _TEXT, _OPTIONAL),
        Column("security", _SECURITY, _OPTIONAL),
        Column("decision", _TEXT, words=vocabulary.DECISIONS),
        Column("value", _NUMBER, _OPTIONAL),
        Column("who", _TEXT),
        Column("why", _TEXT),
        key=("date", "index", "security", "decision"),
        dated_by="date",
    ),
    "fx": _table(
        Column("date", _DATE),
        Column("pair", _TEXT, rule="pair"),
        Column("rate", _NUMBER, rule="positive", mend=_NO_RATE),
        key=("date", "pair"),
    ),
    "calendar": _table(
        Column("exchange", _TEXT, rule="mic"),
        Column("date", _DATE),
        key=("exchange", "date"),
    ),
    # R42 rejects a bad tick and keeps the price before it, so any number may stand here.
    "ticks": _table(
        Column("timestamp", _TIME),
        Column("security", _SECURITY),
        Column("price", _NUMBER, _NULLABLE, rule="any"),
        Column("volume", _COUNT, _OPTIONAL, rule="not negative"),
        dated_by="timestamp",
    ),
    "contracts": _table(
        Column("contract", _TEXT),
        Column("product", _TEXT),
        Column("exchange", _TEXT, rule="mic"),
        Column("multiplier", _NUMBER, rule="positive"),
        Column("delivery", _TEXT, rule="month"),
        Column("last_trade", _DATE),
        key=("contract",),
    ),
    "futures_prices": _table(
        Column("date", _DATE),
        Column("contract", _TEXT),
        Column("close", _NUMBER, _NULLABLE, rule="positive"),
        Column("settle", _NUMBER, rule="positive"),
        Column("volume", _COUNT, rule="not negative"),
        Column("open_interest", _COUNT, rule="not negative"),
        key=("date", "contract"),
    ),
    "series": _table(
        Column("date", _DATE),
        Column("series", _TEXT),
        Column("value", _NUMBER),
        Column("released", _DATE, _OPTIONAL),
        key=("date", "series", "released"),
    ),
}


def unknown_table(name: str) -> str:
    """Return what is expected where `name` should name a table, for an error.

    Examples
    --------
    >>> unknown_table("price")
    'must be the name of a table; the nearest is prices'
    """
    close = vocabulary.nearest(name, TABLES)
    known = f"the nearest is {close}" if close else f"there are {', '.join(TABLES)}"
    return f"must be the name of a table; {known}"


def empty(name: str) -> pl.DataFrame:
    """Return the table `name` without rows, with the canonical columns and dtypes."""
    return _empty(name).clone()


@functools.cache
def _empty(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema=TABLES[name].schema)
