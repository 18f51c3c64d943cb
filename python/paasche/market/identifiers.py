"""Security codes: four ways of writing them, one canonical form, and codes that change hands.

Canonical is ``600519.SH``; ``sh.600519``, ``SH600519`` and the bare ``600519`` (with the exchange
that `securities` gives) mean the same. Hong Kong numbers are padded to five digits. Any other text
that `securities` lists is an identifier as it stands.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import polars as pl

from paasche.market.vocabulary import EXCHANGES, VENUES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

__all__ = ["Directory", "Span", "canonical", "code_numbers", "with_exchange"]

_VENUES = "|".join(VENUES)
_STYLES = (
    rf"(?i)^(?:(?P<before>{_VENUES})\.?(?P<after_venue>\d{{1,6}})"
    rf"|(?P<before_venue>\d{{1,6}})\.(?P<behind>{_VENUES})"
    r"|(?P<bare>\d{1,6}))$"
)
_MIC_VENUES = {mic: exchange.venue for mic, exchange in EXCHANGES.items()}
_DIGITS = {venue: exchange.digits for venue, exchange in VENUES.items()}


class Span:
    """The days on which a code stands for a security, both ends included; no end is open."""

    __slots__ = ("end", "security", "start")

    def __init__(self, security: str, start: dt.date, end: dt.date | None) -> None:
        self.security = security
        self.start = start
        self.end = end

    def covers(self, date: dt.date) -> bool:
        """Tell whether `date` lies in the span."""
        return self.start <= date and (self.end is None or date <= self.end)


def _parts(codes: pl.Series) -> pl.DataFrame:
    """Split codes into venue (upper case) and number; both null where no style fits."""
    groups = codes.str.extract_groups(_STYLES).struct.unnest()
    return groups.select(
        venue=pl.coalesce("before", "behind").str.to_uppercase(),
        number=pl.coalesce("after_venue", "before_venue", "bare"),
    )


def _joined(venue: str, number: str) -> pl.Expr:
    """Return the canonical code of a venue and a number, null where the number has not its digits.

    Hong Kong writes 700 for 00700; elsewhere leading zeros are never left out, and a short number
    is one that has been read as a number.
    """
    digits = pl.col(venue).replace_strict(_DIGITS, default=None, return_dtype=pl.UInt32)
    padded = (
        pl.when(pl.col(venue) == "HK").then(pl.col(number).str.zfill(5)).otherwise(pl.col(number))
    )
    return (
        pl.when(padded.str.len_bytes() == digits).then(padded + "." + pl.col(venue)).otherwise(None)
    )


def canonical(codes: pl.Series) -> pl.Series:
    """Return the canonical form of codes that name their venue.

    Parameters
    ----------
    codes : pl.Series of str, shape (n,)

    Returns
    -------
    pl.Series of str, shape (n,)
        Null where the code names no venue (a bare number) or has no known style.

    Examples
    --------
    >>> canonical(pl.Series(["sh.600519", "SZ000001", "700.HK", "600519", "AAA"])).to_list()
    ['600519.SH', '000001.SZ', '00700.HK', None, None]
    """
    return _parts(codes).select(_joined("venue", "number").alias(codes.name)).to_series()


def with_exchange(codes: pl.Series, exchanges: pl.Series) -> pl.Series:
    """Return the identifiers of securities from their codes and exchanges.

    Parameters
    ----------
    codes : pl.Series of str, shape (n,)
        Codes of any style.
    exchanges : pl.Series of str, shape (n,)
        Market identifier code of each security's exchange.

    Returns
    -------
    pl.Series of str, shape (n,)
        Canonical codes; a code without a known style, or whose exchange has none, stays as it is.
        Null where a code contradicts its exchange or lacks its leading zeros.

    Examples
    --------
    >>> codes, exchanges = pl.Series(["600519", "700", "AAA"]), pl.Series(["XSHG", "XHKG", "XSHG"])
    >>> with_exchange(codes, exchanges).to_list()
    ['600519.SH', '00700.HK', 'AAA']
    """
    home = exchanges.replace_strict(_MIC_VENUES, default=None, return_dtype=pl.String)
    parts = _parts(codes).with_columns(code=codes, home=home)
    plain = pl.col("number").is_null() | pl.col("home").is_null()
    agrees = pl.col("venue").is_null() | (pl.col("venue") == pl.col("home"))
    return parts.select(
        pl.when(plain)
        .then(pl.col("code"))
        .when(agrees)
        .then(_joined("home", "number"))
        .otherwise(None)
        .alias(codes.name)
    ).to_series()


def code_numbers(codes: pl.Series) -> pl.Series:
    """Return the digits of codes of any style; null where a code has no known style.

    Parameters
    ----------
    codes : pl.Series of str, shape (n,)

    Examples
    --------
    >>> code_numbers(pl.Series(["sh.600519", "700", "AAA"])).to_list()
    ['600519', '700', None]
    """
    return _parts(codes)["number"]


class Directory:
    """Which security a code stands for, on a date where that matters.

    Parameters
    ----------
    securities : pl.Series of str
        Canonical identifiers.
    codes : pl.DataFrame, optional
        Table `codes` with canonical codes: security, code, start, end.

    Attributes
    ----------
    ids : pl.Series of str
        Identifiers in ascending byte order: the order in which an index adds its terms.
    """

    def __init__(self, securities: pl.Series, codes: pl.DataFrame | None = None) -> None:
        self.ids = securities.drop_nulls().unique().sort()
        self.dtype = pl.Enum(self.ids)
        self._known = set(self.ids.to_list())
        self._spans: dict[str, list[Span]] = {}
        if codes is not None:
            rows = codes.drop_nulls(["security", "code", "start"])
            for security, code, start, end in rows.select(
                "security", "code", "start", "end"
            ).iter_rows():
                self._spans.setdefault(code, []).append(Span(security, start, end))
        # A code that meant two companies (600018 before and after 2006) needs the date of its row.
        self.shared = {code for code in self._spans if len(self._holders(code)) > 1}

    @functools.cached_property
    def _by_number(self) -> dict[str, list[str]]:
        names = pl.Series(sorted(self._known | set(self._spans)), dtype=pl.String)
        numbers = _parts(names).select(name=names, number="number").drop_nulls()
        by_number: dict[str, list[str]] = {}
        for name, number in numbers.iter_rows():
            by_number.setdefault(number, []).append(name)
        return by_number

    def _holders(self, code: str) -> set[str]:
        own = {code} & self._known
        return own | {span.security for span in self._spans.get(code, ())}

    def names(self, words: Iterable[str]) -> dict[str, str]:
        """Return what each word names: an identifier, or a code shared by several.

        Words that name nothing are left out.
        """
        words = list(words)
        styled = dict(
            zip(words, canonical(pl.Series(words, dtype=pl.String)).to_list(), strict=True)
        )
        found = {}
        for word in words:
            options = [word, styled[word]] if styled[word] else [word, *self._numbered(word)]
            name = next((o for o in options if o in self._known or o in self._spans), None)
            if name is None:
                continue
            found[word] = name if name in self.shared else next(iter(self._holders(name)))
        return found

    def _numbered(self, word: str) -> list[str]:
        if not (word.isascii() and word.isdigit()):
            return []
        names = self.meanings(word)
        holders = set[str]().union(*(self._holders(name) for name in names))
        return names if len(names) == 1 or len(holders) == 1 else []

    def meanings(self, word: str) -> list[str]:
        """Return the names a bare number could stand for.

        Only Hong Kong leaves leading zeros out: 1 is 00001.HK, unless 000001 is another's code,
        read as a number perhaps.
        """
        found = self._by_number.get(word, [])
        if found:
            return found
        short = [n for n in self._by_number.get(word.zfill(5), []) if n.endswith(".HK")]
        return [*short, *self._by_number.get(word.zfill(6), [])] if short else []

    def on(self, code: str, date: dt.date) -> str | None:
        """Return the security a shared code stood for on a date; None where no span says it."""
        for span in self._spans[code]:
            if span.covers(date):
                return span.security
        return code if code in self._known else None
