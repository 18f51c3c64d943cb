"""The screens of a methodology that asks for everything: no other can hold a security back."""

from datetime import date
from typing import get_args

from paasche.methodology.universe import Measure, Status
from paasche.review.dates.schedule import ReviewDates
from paasche.review.screening.screen import screens_of
from review import small_review_markets as small

DATES = ReviewDates(
    month=date(2026, 6, 1),
    first=date(2025, 5, 1),
    last=date(2026, 4, 30),
    cutoff=date(2026, 4, 30),
    announcement=date(2026, 6, 1),
    adjustment_close=date(2026, 6, 12),
    effective=date(2026, 6, 15),
)


def every_screen():
    """Return name and rule of the screens of a methodology that asks for everything."""
    everything = {
        "exchanges": ["XSHG", "XHKG"],
        "boards": ["main"],
        "classes": ["A"],
        "currencies": ["CNY"],
        "industries": ["Energy"],
        "connect_exchanges": ["XHKG"],
        "excluded_status": list(get_args(Status)),
        "listing_age": {"months": 3},
        "screens": [{"measure": name, "minimum": 1.0} for name in get_args(Measure)],
    }
    rules = small.methodology(universe=everything)
    screens = screens_of(rules, DATES, reported=True)
    return [(screen.name, screen.rule) for screen in screens]
