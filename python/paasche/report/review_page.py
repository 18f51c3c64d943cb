"""The page of a review: who joins and leaves, why, and what a desk has to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl

from paasche._core import __version__
from paasche.calculation.trade.files import write_review
from paasche.report import formats
from paasche.report.templates import render
from paasche.report.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

    from paasche.calculation.trade.review import Review

__all__ = ["PAGE", "review_page", "write_review_files"]

PAGE = "review.html"
"""Name of the page among the files of the trade."""

TOP = 20
"""Constituents of the pro-forma basket on the page; the table has them all."""

_DIGITS = 16
"""Digits of a fingerprint that are printed."""


def review_page(review: Review, lang: str = "en") -> str:
    """Return a review as one HTML page, without scripts and outside resources.

    Parameters
    ----------
    review : Review
    lang : {"en", "zh"}
        Language of the labels; names and reasons stay as the market and the rules give them.

    Returns
    -------
    str

    Raises
    ------
    InputError
        No such language.

    Examples
    --------
    >>> import paasche as px
    >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2016-12-30"))
    >>> review = px.review(px.Methodology.load("ah-cross-border"), market, "2016-05-20")
    >>> review_page(review).startswith("<!doctype html>")
    True
    """
    say = Words(lang)
    return render(
        "review.html",
        {
            "say": say,
            "review": review,
            "index": review.methodology.index,
            "version": __version__,
            "facts": _facts(review, say),
            "moves": [_moves(review, say, way) for way in ("added", "deleted")],
            "between": _between(review, say),
            "reserve": _reserve(review, say),
            "flags": _flags(review, say),
            "outcomes": _outcomes(review, say),
            "kept": _kept(review, say),
            "screens": _screens(review, say),
            "pro_forma": _pro_forma(review, say),
            "actions": _actions(review, say),
            "assumptions": review.methodology.assumptions,
            "fingerprints": _fingerprints(review),
        },
    )


def write_review_files(
    review: Review,
    path: str | PathLike[str],
    format: Literal["csv", "parquet"] = "csv",  # noqa: A002
    lang: str = "en",
) -> Path:
    """Write the files of the trade and the page, whole or not at all.

    Parameters
    ----------
    review : Review
    path : str or path
        Directory to make; it must not exist, or be empty.
    format : {"csv", "parquet"}
        Format of the tables.
    lang : {"en", "zh"}
        Language of the page.

    Returns
    -------
    pathlib.Path
        The directory.

    Raises
    ------
    InputError
        The directory is not empty or cannot be written, or no such language.
    """
    return write_review(Path(path), review, format, {PAGE: review_page(review, lang)})


class Column(NamedTuple):
    """A column of a table: its label, its side, and how its cells are printed."""

    label: str
    side: Literal["", "num", "long"]
    text: Callable[[Any], str]


class Sheet(NamedTuple):
    """A table of the page; cells are text."""

    caption: str
    columns: list[Column]
    rows: list[tuple[str, ...]]


def _sheet(caption: str, columns: dict[str, Column], rows: pl.DataFrame) -> Sheet:
    texts = [column.text for column in columns.values()]
    return Sheet(
        caption,
        list(columns.values()),
        [
            tuple(text(cell) for text, cell in zip(texts, row, strict=True))
            for row in rows.select(list(columns)).iter_rows()
        ],
    )


def _columns(say: Words, names: Iterable[str]) -> dict[str, Column]:
    """Return columns by the name of their data, in one order for the whole page."""
    known = {
        "security": Column(say("table", "security"), "", _plain),
        "name": Column(say("table", "name"), "", _plain),
        "session": Column(say("table", "session"), "", _plain),
        "effective": Column(say("table", "effective"), "", _plain),
        "change": Column(say("review", "change"), "", lambda word: say.name("outcome", word)),
        "group": Column(say("review", "group"), "", _plain),
        "place": Column(say("review", "place"), "num", _plain),
        "rank": Column(say("review", "rank"), "num", _plain),
        "zone": Column(
            say("review", "zone"), "", lambda word: say.name("zone", word or formats.ABSENT)
        ),
        "rule": Column(say("review", "rule"), "", _plain),
        "screen": Column(say("review", "screen"), "", lambda word: say.name("screen", word)),
        "count": Column(say("table", "count"), "num", formats.count),
        "kind": Column(say("review", "event"), "", lambda word: say.name("action", word)),
        "cash": Column(say("review", "cash"), "num", _plain),
        "ratio": Column(say("review", "ratio"), "num", _plain),
        "price": Column(say("review", "price"), "num", _plain),
        "close": Column(say("review", "close"), "num", _price),
        "reference": Column(say("review", "reference"), "num", _price),
        "weight_factor": Column(say("review", "weight_factor"), "num", _factor),
        "weight_before": Column(say("review", "weight_before"), "num", formats.percent),
        "weight_after": Column(say("review", "weight_after"), "num", formats.percent),
        "weight": Column(say("table", "weight"), "num", formats.percent),
        "reason": Column(say("table", "reason"), "long", _plain),
        "what": Column(say("review", "what"), "long", _plain),
    }
    return {name: known[name] for name in names}


def _facts(review: Review, say: Words) -> list[tuple[str, str]]:
    dates = review.dates
    by_weight = review.turnover_by_weight
    days = {
        "window": say("review", "span", first=dates.first, last=dates.last),
        "cutoff": dates.cutoff,
        "announcement": dates.announcement,
        "adjustment_close": dates.adjustment_close,
        "effective_session": dates.effective,
        "trade": say("review", "trade_value", close=review.close, opening=review.next_session),
        "turnover_by_count": formats.percent(review.turnover),
        "turnover_by_weight": formats.percent(by_weight),
    }
    standing = (say("review", "standing"), say("standing", review.standing))
    return [standing, *((say("review", key), f"{value}") for key, value in days.items())]


def _ranked(review: Review, rows: pl.DataFrame) -> pl.DataFrame:
    ranks = review.proposal.select("security", "rank", "zone")
    return rows.join(ranks, on="security", how="left", maintain_order="left")


def _moves(review: Review, say: Words, way: str) -> Sheet:
    found = review.announcement.filter(change=way, effective=review.dates.effective)
    columns = ("security", "name", "rank", "zone", "rule", "reason", "weight_before")
    caption = say("review", "moves", way=say("outcome", way), count=len(found))
    names = (*columns, "weight_after")
    return _sheet(caption, _columns(say, names), _ranked(review, found))


def _between(review: Review, say: Words) -> Sheet:
    """Return the changes between reviews."""
    found = review.announcement.filter(pl.col("effective") != review.dates.effective)
    names = ("effective", "security", "name", "change", "rule", "reason", "weight_before")
    caption = say("review", "between_caption", effective=review.dates.effective)
    return _sheet(caption, _columns(say, (*names, "weight_after")), found)


def _reserve(review: Review, say: Words) -> list[Sheet]:
    rows = _ranked(review, review.reserve_list)
    sheets = []
    for kind, caption in (("coming", "list_coming"), ("in_force", "list_in_force")):
        own = rows.filter(list=kind)
        if not own.is_empty():
            groups = ("group",) if own["group"].n_unique() > 1 else ()
            names = (*groups, "place", "security", "name", "rank")
            sheets.append(_sheet(say("review", caption), _columns(say, names), own))
    return sheets


def _flags(review: Review, say: Words) -> Sheet:
    rows = review.flags.rename({"date": "session"}).sort(
        "session", "security", descending=[True, False]
    )
    names = ("session", "security", "name", "rule", "what")
    return _sheet(say("review", "flags_caption"), _columns(say, names), rows)


def _outcomes(review: Review, say: Words) -> list[tuple[str, str]]:
    return [(say("outcome", name), formats.count(count)) for name, count in review.counts.items()]


def _kept(review: Review, say: Words) -> Sheet:
    names = ("security", "name", "rank", "zone", "rule", "reason")
    rows = review.proposal.filter(outcome="kept")
    return _sheet(say("review", "kept_caption"), _columns(say, names), rows)


def _screens(review: Review, say: Words) -> Sheet:
    """Return which screens held how many securities back."""
    rows = (
        review.proposal.filter(pl.col("screen").is_not_null())
        .group_by("screen", "rule")
        .agg(pl.len().alias("count"))
        .sort("count", "screen", "rule", descending=[True, False, False], nulls_last=True)
    )
    names = ("screen", "rule", "count")
    return _sheet(say("review", "screens_caption"), _columns(say, names), rows)


def _pro_forma(review: Review, say: Words) -> Sheet:
    rows = review.pro_forma.sort("weight", "security", descending=[True, False]).head(TOP)
    caption = say(
        "review",
        "pro_forma_caption",
        count=len(rows),
        all=len(review.pro_forma),
        effective=review.dates.effective,
        close=review.close,
    )
    names = ("security", "name", "close", "weight_factor", "weight_before", "weight")
    return _sheet(caption, _columns(say, names), rows)


def _actions(review: Review, say: Words) -> Sheet:
    rows = review.corporate_actions
    names = ("session", "security", "name", "kind", "cash", "ratio", "price", "reference")
    caption = say("review", "actions_caption", close=review.close)
    return _sheet(caption, _columns(say, names), rows)


def _fingerprints(review: Review) -> list[tuple[str, str, str]]:
    rules = review.methodology
    found = [("methodology", rules.index.code, rules.fingerprint)]
    found += [("market", *one) for one in review.market_fingerprints().items()]
    return [(kind, table, digits[:_DIGITS]) for kind, table, digits in found]


def _plain(cell: object) -> str:
    return formats.ABSENT if cell is None else f"{cell}"


def _price(cell: float | None) -> str:
    return formats.number(cell, 4)


def _factor(cell: float | None) -> str:
    return formats.number(cell, 6)
