"""Shares and free float: holders to free-float shares (R46), these to inclusion factors (R47)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np

from paasche import _core
from paasche._arrays import counts, shaped, together, vector
from paasche.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from paasche.methodology.tables import BandTable

__all__ = ["free_float_shares", "inclusion_factor"]

_T = TypeVar("_T", bound=np.generic)


@overload
def inclusion_factor(free_float: float, total: float, table: str | BandTable = ...) -> float: ...
@overload
def inclusion_factor(
    free_float: ArrayLike, total: ArrayLike, table: str | BandTable = ...
) -> NDArray[np.float64]: ...
def inclusion_factor(
    free_float: ArrayLike, total: ArrayLike, table: str | BandTable = "ces-2023"
) -> NDArray[np.float64] | float:
    """Return the inclusion factors 加權比例 of free floats (分級靠檔, R47).

    The bounds are tested in whole numbers: a free float of exactly 7 % counts 7 %.

    Parameters
    ----------
    free_float : array_like of shape (n,)
        Free-float shares. Any shape; broadcasts with ``total``.
    total : array_like of shape (n,)
        Total shares of the listed class. Whole numbers, also as floats up to 2**53.
    table : str or BandTable
        Table of bands, or the name of one of
        :func:`paasche.methodology.tables.band_tables`. In ``ces-2023`` a free float up to 15 % is
        raised to the next whole percent, then come (15, 20] → 20 %, (20, 30] → 30 % up to (70, 80]
        → 80 %, and above 80 % everything counts.

    Returns
    -------
    float64 array of shape (n,)
        Fractions in [0, 1]; a float if both inputs are scalars. No free float gives 0.

    Raises
    ------
    InputError
        If a count is not whole, ``total`` not positive, ``free_float`` negative or above ``total``
        (naming the position in C order), or the table is not known.

    Examples
    --------
    >>> inclusion_factor([11_200, 3_500, 4_100], [100_000, 8_000, 5_000])
    array([0.12, 0.5 , 1.  ])
    >>> inclusion_factor(77, 1_000, table="csi-2010")
    0.077
    """
    shape, columns = together(
        {"free_float": counts(free_float, "free_float"), "total": counts(total, "total")}
    )
    rows = int(np.prod(shape))
    free_floats, totals = (np.broadcast_to(column, rows) for column in columns.values())
    factors = _core.inclusion_factors(
        np.ascontiguousarray(free_floats), np.ascontiguousarray(totals), _band_table(table)
    )
    return shaped(factors, shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holders:
    """Holders in columns, as the core reads them."""

    security: NDArray[np.int64]
    group: NDArray[np.int64]
    shares: NDArray[np.int64]
    restricted: NDArray[np.int64]
    strategic: NDArray[np.bool_]


def free_float_shares(
    total: ArrayLike,
    *,
    holder_security: ArrayLike,
    holder_shares: ArrayLike,
    holder_restricted: ArrayLike = 0,
    holder_group: ArrayLike | None = None,
    strategic: ArrayLike = True,
    restricted: ArrayLike | None = None,
    rules: str = "ces-2023",
) -> NDArray[np.int64]:
    """Return the free-float shares 自由流通量 of securities from their holders (R46).

    Free float = total − restricted shares − the unrestricted shares of strategic holders who hold
    5 % or more, alone or with those acting in concert with them 一致行動人. The test counts all
    shares of the group, restricted or not and whoever in it holds them, against the total, in whole
    numbers: exactly 5 % does not float. Restricted shares are taken off once.

    Parameters
    ----------
    total : array_like of shape (n,)
        Total shares of the listed class.
    holder_security : array_like of shape (m,)
        For each holding, the position of its security in ``total``.
    holder_shares : array_like of shape (m,)
        Shares held, the restricted ones included.
    holder_restricted : array_like of shape (m,)
        The restricted part of them.
    holder_group : array_like of shape (m,), optional
        Labels, text or whole numbers; holders of one security with the same label act in concert. A
        null, or no labels at all: the holder stands alone.
    strategic : array_like of bool of shape (m,)
        Whether the holder is of one of the four classes that do not float from 5 % on: founders,
        family and executives; the state; strategic investors; employee plans. Others always float.
    restricted : array_like of shape (n,), optional
        Announced restricted shares, those of the holders included. Without it, the sum of the
        holders' restricted shares.
    rules : str
        Name of one of :func:`paasche.methodology.tables.share_rules`, which states the 5 %.

    Returns
    -------
    int64 array of shape (n,)
        Free-float shares, 0 to ``total``.

    Raises
    ------
    InputError
        If a count is negative or not whole, a restricted part exceeds its whole, a position is out
        of range, or the shares taken off exceed the total; it names the holding or the security.

    Examples
    --------
    A founder with 4 % and a partner with 1 %, and a state holder with 4.999 %:

    >>> free_float_shares(
    ...     [100_000, 100_000],
    ...     holder_security=[0, 0, 1],
    ...     holder_shares=[4_000, 1_000, 4_999],
    ...     holder_group=["family", "family", None],
    ... )
    array([ 95000, 100000])
    """
    shares = vector(counts(holder_shares, "holder_shares"), "holder_shares")
    rows = len(shares)
    locked_part = counts(holder_restricted, "holder_restricted")
    holders = _Holders(
        security=_column(counts(holder_security, "holder_security"), "holder_security", rows),
        group=_group_numbers(holder_group, rows),
        shares=shares,
        restricted=_column(locked_part, "holder_restricted", rows),
        strategic=_flags(strategic, rows),
    )
    totals = vector(counts(total, "total"), "total")
    locked = None
    if restricted is not None:
        locked = vector(counts(restricted, "restricted"), "restricted")
    return _core.free_float_shares(totals, locked, holders, _holder_threshold(rules))


def _band_table(table: str | BandTable) -> BandTable:
    if not isinstance(table, str):
        return table
    from paasche.methodology.tables import band_tables  # noqa: PLC0415 (read on first use)

    tables = band_tables()
    if table not in tables:
        raise InputError(f"table = {table}: must be one of {', '.join(tables)}")
    return tables[table]


def _holder_threshold(rules: str) -> tuple[int, int]:
    from paasche.methodology.tables import share_rules  # noqa: PLC0415 (read on first use)

    known = share_rules()
    if rules not in known:
        raise InputError(f"rules = {rules}: must be one of {', '.join(known)}")
    return known[rules].holder_threshold.as_integer_ratio()


def _column(array: NDArray[_T], name: str, rows: int) -> NDArray[_T]:
    """Return one element a holding; a single one counts for all."""
    if array.ndim and array.shape != (rows,):
        raise InputError(f"shape of {name} = {array.shape}: must be ({rows},), or one for all")
    return np.ascontiguousarray(np.broadcast_to(array, rows))


def _flags(value: ArrayLike, rows: int) -> NDArray[np.bool_]:
    array = np.asarray(value)
    if array.dtype != np.bool_:
        raise InputError(f"strategic = array of {array.dtype}: must hold true and false")
    return _column(array, "strategic", rows)


def _group_numbers(labels: ArrayLike | None, rows: int) -> NDArray[np.int64]:
    """Return a number for each label, and one of its own for each row without label."""
    alone = np.arange(rows, dtype=np.int64)
    if labels is None:
        return alone
    array = _column(np.asarray(labels), "holder_group", rows)
    if array.dtype.kind == "O":
        missing = np.frompyfunc(lambda x: x is None or x != x, 1, 1)(array).astype(bool)  # noqa: PLR0124 (NaN)
        array = np.where(missing, "", array).astype(np.str_)
    elif array.dtype.kind in "iuUT":
        missing = np.zeros(rows, dtype=bool)
    else:
        raise InputError(f"holder_group = array of {array.dtype}: must hold text or whole numbers")
    _, numbers = np.unique(array, return_inverse=True)
    return np.where(missing, rows + alone, numbers).astype(np.int64)
