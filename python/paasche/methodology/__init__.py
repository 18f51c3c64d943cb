"""What the rules are: validated models of a methodology, rule tables, bundled indices.

A methodology is a TOML file. :class:`Methodology` reads and checks it; the numbers of the rulebooks
are data in :mod:`paasche.methodology.tables`. Names load on first use, so that the tables can be
read without the models.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paasche.methodology.assumptions import Assumption
    from paasche.methodology.bundle import bundled
    from paasche.methodology.changes import Change, DatedUniverse
    from paasche.methodology.index import Anchor, Index
    from paasche.methodology.methodology import Methodology
    from paasche.methodology.net_total_return import NetTotalReturn, WithholdingRate
    from paasche.methodology.review import FastEntry, Interim, Review
    from paasche.methodology.schema import json_schema
    from paasche.methodology.sections import Fx, Prices, Shares
    from paasche.methodology.selection import Group, Quota, RankBy, Selection
    from paasche.methodology.universe import ListingAge, Screen, Universe
    from paasche.methodology.weighting import Caps, Weighting
    from paasche.methodology.withholding import withholding_rates

__all__ = [
    "Anchor",
    "Assumption",
    "Caps",
    "Change",
    "DatedUniverse",
    "FastEntry",
    "Fx",
    "Group",
    "Index",
    "Interim",
    "ListingAge",
    "Methodology",
    "NetTotalReturn",
    "Prices",
    "Quota",
    "RankBy",
    "Review",
    "Screen",
    "Selection",
    "Shares",
    "Universe",
    "Weighting",
    "WithholdingRate",
    "bundled",
    "json_schema",
    "withholding_rates",
]

_MODULES = {
    "Anchor": "index",
    "Assumption": "assumptions",
    "Caps": "weighting",
    "Change": "changes",
    "DatedUniverse": "changes",
    "FastEntry": "review",
    "Fx": "sections",
    "Group": "selection",
    "Index": "index",
    "Interim": "review",
    "ListingAge": "universe",
    "Methodology": "methodology",
    "NetTotalReturn": "net_total_return",
    "Prices": "sections",
    "Quota": "selection",
    "RankBy": "selection",
    "Review": "review",
    "Screen": "universe",
    "Selection": "selection",
    "Shares": "sections",
    "Universe": "universe",
    "Weighting": "weighting",
    "WithholdingRate": "net_total_return",
    "bundled": "bundle",
    "json_schema": "schema",
    "withholding_rates": "withholding",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
