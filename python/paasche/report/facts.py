"""The key facts of a run as the page lists them: the rules of the index, and what it covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from paasche.report.formats import count, level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paasche.calculation import Result
    from paasche.methodology.versions import Dated
    from paasche.report.figures import Series
    from paasche.report.words import Words

__all__ = ["Fact", "facts"]


class Fact(NamedTuple):
    """A key fact: what it is, and its value, in words."""

    name: str
    value: str


def facts(result: Result, main: Series, say: Words) -> list[Fact]:
    """Return the key facts of a run: first what the index is, then its rules.

    Parameters
    ----------
    result : Result
    main : Series
        Whose sessions the run covers.
    say : Words
    """
    found = [*_of_the_index(result, main, say), *_of_the_rules(result, say)]
    return [Fact(say("fact", key), value) for key, value in found]


def _of_the_index(result: Result, main: Series, say: Words) -> Iterator[tuple[str, str]]:
    index = result.methodology.index
    yield "base", say("fact", "base_value", level=level(index.base_level), date=index.base_date)
    if index.anchor is not None:
        known = say("fact", "anchor_value", level=level(index.anchor.level), date=index.anchor.date)
        yield "anchor", known
    variants = say("page", "comma").join(say("variant", variant) for variant in index.variants)
    yield "variants", variants.capitalize()
    currencies = say("page", "comma").join(index.currencies)
    if len(index.currencies) > 1:
        currencies = say("fact", "currencies_value", all=currencies, own=index.currency)
    yield "currencies", currencies
    span = {"first": main.first, "last": main.last, "count": count(len(main.dates))}
    yield "sessions", say("fact", "sessions_value", **span)
    yield "calendar", say.name("calendar", index.calendar)
    yield "constituents", count(len(result.state.members))


def _of_the_rules(result: Result, say: Words) -> Iterator[tuple[str, str]]:
    methodology = result.methodology
    weighting, withheld = methodology.weighting, methodology.net_total_return
    yield "scheme", say("scheme", weighting.scheme)
    if weighting.free_float_bands is not None:
        yield "bands", _versions(weighting.free_float_bands, say)
    if weighting.uses_shares:
        for cap in ("single_cap", "top_five_cap"):
            value = getattr(weighting, cap)
            yield cap, say("fact", "no_cap") if value is None else f"{value * 100:.6g}%"
    if weighting.lag is not None:
        yield "lag", say("fact", "lag_value", lag=weighting.lag)
    if weighting.uses_shares:
        yield "shares", _versions(methodology.shares.rules, say)
    if withheld is not None:
        named = isinstance(withheld.withholding_tax, str)
        yield "withholding", withheld.table.name if named else say("fact", "own_rates")
    if result.known_at is not None:
        yield "known_at", result.known_at.isoformat(sep=" ", timespec="seconds")
    if result.restates:
        yield "restated", result.restates["reason"]


def _versions(tables: str | tuple[Dated, ...], say: Words) -> str:
    """Return the rule tables in use: one by name, or each with the day it begins."""
    if isinstance(tables, str):
        return tables
    return "; ".join(say("fact", "since", table=one.table, date=one.since) for one in tables)
