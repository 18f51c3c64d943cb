"""Whole histories of the sample market: methodologies, what was known on a day, walks."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib import resources

import polars as pl

import paasche as px
from paasche.methodology import Methodology
from paasche.review.history import History
from paasche.review.walk import Walk

BASE, END = date(2015, 1, 5), date(2024, 12, 31)
DATED = {
    "prices": "date",
    "fx": "date",
    "decisions": "date",
    "holders": "published",
    "financials": "published",
    "status": "start",
    "listings": "start",
    "codes": "start",
}
"""Tables whose rows count from a day of theirs on."""

ENDING = {
    "status": "end",
    "listings": "end",
    "codes": "end",
    "corporate_actions": "cancelled",
    "securities": "delisted",
}
"""Days that are known once they have come."""


def bundled(name, base=BASE, **sections):
    """Return a bundled methodology that begins later, when the sample market has data."""
    return Methodology.from_dict(written(name, base, **sections))


def written(name, base=BASE, **sections):
    """Return what a bundled file says, from another base date on.

    Changes of the rulebook up to the base date are merged into it; keywords replace keys.
    """
    place = resources.files("paasche.methodology") / "indices" / f"{name}.toml"
    found = tomllib.loads(place.read_text(encoding="utf-8"))
    found.pop("sources", None)
    found["index"]["base_date"] = base
    changes = found.pop("change", [])
    for change in (one for one in changes if one["valid_from"] <= base):
        found = merged(found, {key: change[key] for key in change if key != "valid_from"})
    later = [one for one in changes if one["valid_from"] > base]
    found |= {"change": later} if later else {}
    return merged(found, sections)


def merged(before, changes):
    """Return nested tables with some keys replaced."""
    both = {key for key in changes if isinstance(changes[key], dict) and key in before}
    return before | changes | {key: merged(before[key], changes[key]) for key in both}


def known_by(tables, day, ex_date=None):
    """Return the tables as they were after the close of a day; only the calendar runs ahead.

    Corporate actions that nobody announced come with their ex-date, up to ``ex_date``.
    """
    found = dict(tables)
    for name, column in DATED.items():
        if name in found:
            found[name] = found[name].filter(pl.col(column) <= day)
    said = pl.col("announced").fill_null(pl.col("effective"))
    found["shares"] = found["shares"].filter(said <= day)
    unsaid = pl.col("announced").is_null() & (pl.col("ex_date") <= (ex_date or day))
    found["corporate_actions"] = found["corporate_actions"].filter(
        (pl.col("announced") <= day) | unsaid
    )
    for name, column in ENDING.items():
        if name in found:
            come = pl.when(pl.col(column) <= day).then(column).alias(column)
            found[name] = found[name].with_columns(come)
    return _without_unlisted(found, day)


def _without_unlisted(tables, day):
    """Leave out securities that are listed later, unless a table that is left speaks of them."""
    spoken_of = [tables["corporate_actions"]["related"]]
    spoken_of += [tables[name]["security"] for name in ("codes", "listings") if name in tables]
    there = pl.col("listed").is_null() | (pl.col("listed") <= day)
    there |= pl.col("security").is_in(pl.concat(spoken_of).drop_nulls().implode())
    found = tables | {"securities": tables["securities"].filter(there)}
    names = found["securities"]["security"].implode()
    for name, table in found.items():
        if "security" in table.columns:
            of_them = pl.col("security").is_in(names) | pl.col("security").is_null()
            found[name] = table.filter(of_them)
    return {name: table for name, table in found.items() if table.height}


def walked(tables, methodology, end, coming=None):
    """Return the history up to a day, with a review that is decided by then and effective later."""
    walk = Walk(px.Market.from_frames(tables), methodology, end, coming)
    walk.run()
    trail = walk.trail
    return History(
        constituents=trail.baskets(),
        changes=trail.changes(),
        reserves=trail.reserves(),
        flags=trail.flags(),
        priced=trail.priced(),
        proposals=tuple(walk.proposals),
    )
