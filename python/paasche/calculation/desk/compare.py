"""Compare: two runs side by side – where they part, by how much, and over which input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from paasche.calculation.arguments import check_market, run_folder
from paasche.calculation.desk.comparison import Comparison
from paasche.calculation.desk.difference import VERSION, difference, parting
from paasche.calculation.desk.inputs_compared import SCHEMA, differing_rows
from paasche.calculation.result import Result
from paasche.calculation.stored.directory import content_fingerprint
from paasche.calculation.stored.tables import TABLES
from paasche.market import Market

if TYPE_CHECKING:
    from datetime import date
    from os import PathLike
    from typing import TypeAlias

    _Span: TypeAlias = tuple[date, date]

__all__ = ["compare"]

_NAMED = 3
"""Sessions that a note names."""


def compare(
    a: Result | str | PathLike[str],
    b: Result | str | PathLike[str],
    *,
    market_a: Market | None = None,
    market_b: Market | None = None,
) -> Comparison:
    """Compare two runs.

    Parameters
    ----------
    a, b : Result, str or path
        Runs, or their directories.
    market_a, market_b : Market, optional
        What they were calculated from; None: the folder each run names, if it is still there and
        the same.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        An argument is neither a run nor a path, or no market; or a run is not as it was written.

    Examples
    --------
    >>> import paasche as px
    >>> from paasche.calculation.desk.compare import compare
    >>> tables = px.sample_market(securities=120, end="2015-12-31")
    >>> market = px.Market.from_frames(tables)
    >>> one = px.calculate(px.Methodology.load("sample-cross-border"), market)
    >>> compare(one, one).same
    True
    """
    for argument, given in (("market_a", market_a), ("market_b", market_b)):
        if given is not None:
            check_market(given, argument)
    results = _read(a, "a"), _read(b, "b")
    names = _named(a, "A"), _named(b, "B")
    content = _pairs(
        *({name: content_fingerprint(getattr(one, name)) for name in TABLES} for one in results)
    )
    same = bool(content["same"].all())
    methodology = _pairs(*(_flat(one.methodology.model_dump(mode="json")) for one in results))
    tables = _pairs(*(one.market_fingerprints() for one in results))
    spans = _span(results[0]), _span(results[1])
    notes = _spans(spans, names) + _lonely(results, spans, names)
    rows = pl.DataFrame(schema=SCHEMA)
    other = tables.filter(~pl.col("same"))["name"].to_list()
    if other and not same:
        markets = tuple(
            _market(one, given, name, other, notes)
            for one, given, name in zip(results, (market_a, market_b), names, strict=True)
        )
        if markets[0] is not None and markets[1] is not None:
            rows = differing_rows(results, (markets[0], markets[1]), other)
    levels = _levels(*results)
    return Comparison(
        a=names[0],
        b=names[1],
        same=same,
        content=content,
        versions=_pairs(*(_versions(one) for one in results)).filter(~pl.col("same")),
        methodology=methodology.filter(~pl.col("same")),
        tables=tables,
        levels=levels,
        first=_first(levels),
        inputs=rows,
        constituents=_first_rows(results, spans, "constituents"),
        divisors=_first_rows(results, spans, "divisors"),
        events=_first_rows(results, spans, "events"),
        notes=tuple(notes),
    )


def _named(run: Result | str | PathLike[str], name: str) -> str:
    return name if isinstance(run, Result) else str(run)


def _read(run: Result | str | PathLike[str], argument: str) -> Result:
    if isinstance(run, Result):
        return run
    return Result.read(run_folder(run, argument, "a Result, or the path of a run directory"))


def _pairs(a: dict[str, str], b: dict[str, str]) -> pl.DataFrame:
    """Return what two mappings say: name, a, b, same."""
    names = list(dict.fromkeys([*a, *b]))
    columns = {
        "name": names,
        "a": [a.get(name) for name in names],
        "b": [b.get(name) for name in names],
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(
        same=pl.col("a").eq_missing(pl.col("b"))
    )


def _flat(content: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested keys as dotted ones, and what each holds as text."""
    found: dict[str, str] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        elif value is not None:
            found[prefix + name] = json.dumps(value, ensure_ascii=False)
    return found


def _versions(result: Result) -> dict[str, str]:
    """Return what a stored run was calculated with, and as of when."""
    record = result.record
    versions: dict[str, str] = record.get("versions", {})
    found = {name: str(record[name]) for name in ("paasche", "build_profile") if name in record}
    known_at = {} if result.known_at is None else {"known_at": result.known_at.isoformat()}
    return found | versions | known_at


def _span(result: Result) -> _Span:
    """Return the first and the last session of a run."""
    first, last = result.levels.select(pl.col("date").min(), last=pl.col("date").max()).row(0)
    return first, last


def _spans(spans: tuple[_Span, _Span], names: tuple[str, str]) -> list[str]:
    """Tell where each run begins and ends, unless both do on the same sessions."""
    if spans[0] == spans[1]:
        return []
    return [f"{name}: from {span[0]} to {span[1]}" for name, span in zip(names, spans, strict=True)]


def _in_both(column: str, spans: tuple[_Span, _Span]) -> pl.Expr:
    """Return whether a day lies between the first and the last session of both runs."""
    firsts, lasts = zip(*spans, strict=True)
    return pl.col(column).is_between(pl.lit(max(firsts)), pl.lit(min(lasts)))


def _lonely(
    results: tuple[Result, Result], spans: tuple[_Span, _Span], names: tuple[str, str]
) -> list[str]:
    """Tell which sessions within both spans only one run has."""
    a, b = (one.levels.filter(_in_both("date", spans))["date"].unique().sort() for one in results)
    notes = []
    for name, own, other in ((names[0], a, b), (names[1], b, a)):
        alone = own.filter(~own.is_in(other.implode()))
        if len(alone):
            count = "1 session" if len(alone) == 1 else f"{len(alone):,} sessions"
            more = ", …" if len(alone) > _NAMED else ""
            said = ", ".join(str(one) for one in alone[:_NAMED])
            notes.append(f"{name}: {count} that the other run does not have: {said}{more}")
    return notes


def _market(
    result: Result, given: Market | None, name: str, tables: list[str], notes: list[str]
) -> Market | None:
    """Return what a run was calculated from; a note says why not, where it is not to be had."""
    found = given
    if found is None:
        if not Path(result.source).is_dir():
            notes.append(
                f"{name}: its market, {result.source}, is no folder here; give it to see the rows"
            )
            return None
        found = Market.read(result.source)
    if result.known_at is not None and found.known_at is None:
        found = found.as_of(result.known_at)
    then, now = result.market_fingerprints(), found.fingerprints()
    odd = [table for table in tables if then.get(table) != now.get(table)]
    if odd:
        notes.append(
            f"{name}: {', '.join(odd)} of {found.source} changed after the run; give the market as "
            "it was to see the rows"
        )
        return None
    return found


def _levels(a: Result, b: Result) -> pl.DataFrame:
    """Return the levels of both runs and their difference, session by session.

    A session that only one run has adds nothing: the next one is held against the last of both.
    """
    key = ["date", *VERSION]
    sides = [
        one.levels.select(*key, pl.col("level", "level_unrounded").name.suffix(f"_{side}"))
        for one, side in ((a, "a"), (b, "b"))
    ]
    unrounded = pl.col("difference_unrounded")
    return (
        sides[0]
        .join(sides[1], on=key, how="full", coalesce=True)
        .sort(*VERSION, "date")
        .select(
            *key,
            "level_a",
            "level_b",
            difference=difference("level_a", "level_b"),
            difference_unrounded=pl.col("level_unrounded_b") - pl.col("level_unrounded_a"),
        )
        .with_columns(
            effect=unrounded - unrounded.forward_fill().shift(1).over(VERSION).fill_null(0.0)
        )
    )


def _first(levels: pl.DataFrame) -> pl.DataFrame:
    """Return for each version where the levels part, and how far they come."""
    apart = pl.col("difference_unrounded") != 0
    return (
        parting(
            levels,
            parted=pl.col("date").filter(apart).first(),
            effect=pl.col("difference_unrounded").filter(apart).first(),
        )
        .filter(pl.col("parted").is_not_null())
        .select(
            *VERSION,
            pl.col("parted").alias("first"),
            pl.col("first").alias("first_published"),
            "effect",
            "largest",
            "largest_on",
            "last",
        )
    )


def _first_rows(
    results: tuple[Result, Result], spans: tuple[_Span, _Span], name: str
) -> pl.DataFrame:
    """Return the rows of the first session of both on which a table differs, with their run."""
    tables: list[pl.DataFrame] = [getattr(one, name) for one in results]
    a, b = tables
    odd = pl.concat(
        [
            one.join(other, on=one.columns, how="anti", nulls_equal=True).select(
                pl.lit(side).alias("run"), pl.all()
            )
            for one, other, side in ((a, b, "A"), (b, a, "B"))
        ]
    ).filter(_in_both("session", spans))
    order = [column for column in ("security", "event") if column in odd.columns]
    return odd.filter(pl.col("session") == pl.col("session").min()).sort(*order, "run")
