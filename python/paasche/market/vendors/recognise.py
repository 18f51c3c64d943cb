"""Whose columns these are: a vendor's frame that was given as a table of the market."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paasche.market.vendors.describe import TARGETS, vendor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paasche.market.columns import Table

__all__ = ["recognised"]

_VENDORS = ("akshare", "baostock", "csmar", "tushare", "wind")

# One name that a vendor has too says nothing.
_ENOUGH = 2


def recognised(table: Table, names: Iterable[str]) -> tuple[str, str] | None:
    """Return the vendor and the endpoint whose columns a table has, where there is just one.

    Parameters
    ----------
    table : Table
        A table of the market.
    names : iterable of str
        Its columns.

    Examples
    --------
    >>> recognised(TARGETS["prices"], ["trade_date", "ts_code", "close", "vol"])
    ('tushare', 'daily')
    >>> recognised(TARGETS["prices"], ["day", "code", "close"]) is None
    True
    """
    own = {column.lower() for column in table.schema}
    foreign = {name.lower() for name in names} - own
    counts = {
        (name, endpoint.name): len(foreign & {column.lower() for column in endpoint.reads})
        for name in _VENDORS
        for endpoint in vendor(name).values()
        if any(TARGETS[rows.table] is table for rows in endpoint.rows)
    }
    most = max(counts.values(), default=0)
    found = [place for place, count in counts.items() if count == most]
    return found[0] if most >= _ENOUGH and len(found) == 1 else None
