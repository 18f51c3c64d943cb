"""One column at a time: a vendor's figures, days, codes and words as the market writes them.

Each function returns the values and the rows that could not be read; what is empty for the vendor
is null. Figures change their unit by moving the decimal point of their shortest decimal text, so
that 9.719 per 10 shares is 0.9719 a share and nothing near it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from paasche.market.identifiers import canonical
from paasche.market.vendors.describe import read_table
from paasche.market.vocabulary import VENUES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Read", "codes", "counts", "days", "listings", "numbers", "words"]

_EMPTY = ("", "nan", "NaN", "None", "NaT")
_DECIMAL = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_DIGITS = 15  # what a decimal keeps on its way through float64


class Read(NamedTuple):
    """Values of a column, where it could not be read, and what it should have been."""

    found: pl.Series
    bad: pl.Series
    expected: str


def words(raw: pl.Series) -> pl.Series:
    """Return a column as text without blanks around it; 1.0 is written 1.

    Raises
    ------
    TypeError
        If the column holds neither text nor numbers nor days.
    """
    if raw.dtype == pl.Null:
        return raw.cast(pl.String)
    if raw.dtype.is_float():
        whole = raw.fill_nan(None).cast(pl.String)
        return whole.str.replace(r"\.0$", "")
    if raw.dtype.is_integer() or raw.dtype.is_decimal() or raw.dtype == pl.Date:
        return raw.cast(pl.String)
    if isinstance(raw.dtype, pl.Datetime):
        return raw.dt.date().cast(pl.String)
    if raw.dtype != pl.String and not isinstance(raw.dtype, pl.Categorical | pl.Enum):
        raise TypeError(str(raw.dtype))
    text = raw.cast(pl.String).str.strip_chars()
    return text.set(text.is_in(_EMPTY), None)


def numbers(columns: list[pl.Series], minus: list[pl.Series], power: int) -> Read:
    """Return figures times a power of ten, as float64 of their shortest decimal.

    Parameters
    ----------
    columns, minus : list of pl.Series, each of shape (n,)
        Columns to add and to take away; beside another, an empty one counts as zero.
    power : int
        The power of ten.

    Examples
    --------
    >>> numbers([pl.Series([9.719, 0.3])], [], -1).found.to_list()
    [0.9719, 0.03]
    """
    texts = [_decimal_text(column) for column in [*columns, *minus]]
    bad = functools.reduce(
        pl.Series.__or__,
        [text.is_not_null() & ~text.str.contains(_DECIMAL) for text in texts],
    ).fill_null(value=False)
    if len(texts) == 1:
        return Read(_shifted(texts[0].set(bad, None), power), bad, "must be a number")
    floats = [text.set(bad, None).cast(pl.Float64) for text in texts]
    empty = functools.reduce(pl.Series.__and__, [column.is_null() for column in floats])
    signs = [1] * len(columns) + [-1] * len(minus)
    total = functools.reduce(
        pl.Series.__add__,
        [sign * column.fill_null(0.0) for sign, column in zip(signs, floats, strict=True)],
    )
    rounded = pl.select(total.round_sig_figs(_DIGITS)).to_series()
    text = rounded.cast(pl.String).set(empty | bad, None)
    return Read(_shifted(text, power), bad, "must be a number")


def counts(columns: list[pl.Series], minus: list[pl.Series], power: int) -> Read:
    """Return whole numbers; as `numbers`."""
    read = numbers(columns, minus, power)
    whole = read.found == read.found.round(0)
    bad = read.bad | (~whole).fill_null(value=False)
    values = read.found.set(bad, None).cast(pl.Int64, strict=False)
    return Read(values, bad, "must be a whole number of shares")


def days(raw: pl.Series) -> Read:
    """Return days: dates, times at midnight, 20240614 as text or number, 2024-06-14 as text."""
    expected = "must be a day (20240614 or 2024-06-14)"
    nothing = pl.repeat(value=False, n=len(raw), dtype=pl.Boolean, eager=True)
    if raw.dtype == pl.Date:
        return Read(raw, nothing, expected)
    if isinstance(raw.dtype, pl.Datetime):
        local = raw.dt.replace_time_zone(None)
        dates = local.dt.date()
        bad = (local != dates.cast(local.dtype)).fill_null(value=False)
        return Read(dates.set(bad, None), bad, expected)
    text = words(raw)
    dates = _by_distinct(text, _dates)
    return Read(dates, dates.is_null() & text.is_not_null(), expected)


def codes(raw: pl.Series) -> Read:
    """Return codes in their canonical form; a bare six-digit number takes the venue it starts for.

    Raises
    ------
    TypeError
        If the column holds numbers, which have lost their leading zeros.

    Examples
    --------
    >>> codes(pl.Series(["sh.600519", "000001", "920808", "700.HK"])).found.to_list()
    ['600519.SH', '000001.SZ', '920808.BJ', '00700.HK']
    """
    if raw.dtype.is_numeric():
        raise TypeError(
            "numbers, which have lost leading zeros; read the column as text, "
            f"with pandas dtype={{{raw.name!r}: str}}"
        )
    text = words(raw)
    found = _by_distinct(text, _placed)
    return Read(
        found,
        found.is_null() & text.is_not_null(),
        "must be a code with its venue (600519.SH, sh.600519), or six digits as text",
    )


def listings(found: pl.Series, target: str) -> pl.Series:
    """Return what canonical codes say: exchange, currency, class or board.

    Examples
    --------
    >>> listings(pl.Series(["688981.SH", "200002.SZ", "00700.HK"]), "currency").to_list()
    ['CNY', 'HKD', 'HKD']
    """
    return _by_distinct(found, lambda distinct: _said(distinct, target))


def _said(found: pl.Series, target: str) -> pl.Series:
    """Return what distinct canonical codes say."""
    venue = found.str.extract(r"\.([A-Z]{2})$")
    if target == "exchange":
        mics = {name: exchange.mic for name, exchange in VENUES.items()}
        return venue.replace_strict(mics, default=None, return_dtype=pl.String)
    said = _of_listing(target, found)
    hong_kong = "HKD" if target == "currency" else None
    return said.set(venue == "HK", hong_kong)


def _dates(text: pl.Series) -> pl.Series:
    compact = text.set(~text.str.contains(r"^\d{8}$"), None).str.to_date("%Y%m%d", strict=False)
    iso = text.set(~text.str.contains(r"^\d{4}-\d{2}-\d{2}$"), None)
    return compact.zip_with(compact.is_not_null(), iso.str.to_date("%Y-%m-%d", strict=False))


def _placed(text: pl.Series) -> pl.Series:
    """Return the canonical form of distinct codes; what has no known style stays as it is."""
    styled = canonical(text)
    bare = text.str.contains(r"^\d+$")
    placed = _of_listing("venue", text.set(~text.str.contains(r"^\d{6}$"), None))
    return pl.select(
        pl.when(styled.is_not_null())
        .then(styled)
        .when(placed.is_not_null())
        .then(text + "." + placed)
        .when(bare)
        .then(None)
        .otherwise(text)
    ).to_series()


def _by_distinct(text: pl.Series, function: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Return a function of every value, worked out once for each distinct one."""
    distinct = text.drop_nulls().unique().sort()
    result = function(distinct)
    return text.replace_strict(distinct, result, default=None, return_dtype=result.dtype)


def _of_listing(target: str, texts: pl.Series) -> pl.Series:
    """Return one field of the longest prefix that a code fits, null where none does."""
    entries = sorted(read_table("codes")["listing"], key=lambda entry: len(entry["prefix"]))
    code = pl.lit(texts)
    said: pl.Expr = pl.lit(None, dtype=pl.String)
    for entry in entries:
        fits = code.str.contains(rf"^{entry['prefix']}\d*(\.{entry['venue']})?$")
        said = pl.when(fits).then(pl.lit(entry[target])).otherwise(said)
    return pl.select(said.alias(target)).to_series()


def _decimal_text(raw: pl.Series) -> pl.Series:
    """Return figures as decimal text; what is no figure stays what it is, to be found."""
    if raw.dtype == pl.Boolean:
        raise TypeError("true and false")
    if raw.dtype.is_float():
        return raw.fill_nan(None).cast(pl.String)
    return words(raw)


def _shifted(text: pl.Series, power: int) -> pl.Series:
    """Return decimal text times a power of ten as the nearest float64: only the exponent moves."""
    if power == 0:
        return text.cast(pl.Float64)
    mantissa = text.str.extract(r"^([^eE]+)")
    exponent = text.str.extract(r"[eE]([+-]?\d+)$").cast(pl.Int32).fill_null(0) + power
    return (mantissa + "e" + exponent.cast(pl.String)).cast(pl.Float64)
