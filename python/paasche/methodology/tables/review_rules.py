"""Numbers of reviews and interim changes (R4, R11 to R31, R59)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypedDict

from paasche.methodology.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

__all__ = ["ReportDeadline", "ReviewRules", "review_rules"]


class ReportDeadline(TypedDict):
    """Day by which the report on a period must be published (R21).

    Attributes
    ----------
    period : str
        Last day of the period, ``MM-DD``.
    month : int
        Month of the deadline.
    day : int
        Day of that month.
    years : int
        Years from that of the period to that of the deadline.
    """

    period: str
    month: int
    day: int
    years: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRules:
    """Numbers of reviews and interim changes that are no index's own choice.

    Attributes
    ----------
    name : str
        Name a methodology uses, such as ``ces-2023``.
    valid_from : datetime.date
        Since when the source states the numbers.
    source : str
        Where the numbers are stated.
    first_counted_session : int
        Trading day after the listing from which a newcomer's data counts (R4).
    suspension_limit_sessions : int
        A suspension of more sessions than this is a long one (R12, R16).
    near_limit_sessions : int
        Sessions from which a suspension is near the limit (R13).
    resumption_months : int
        Calendar months after a long suspension before a name is eligible (R16).
    warning_lifted_months : int
        Calendar months after a risk warning is lifted before a name is eligible (R19).
    fast_entry_sessions : int
        With fewer sessions than this before a review there is no fast entry (R22).
    merger_rank : int
        Rank up to which a company merged of non-constituents is a fast entry (R25).
    monthly_announcement_lead : int
        Sessions from the announcement of a monthly removal to the change (R30, R31).
    refill_share : decimal.Decimal
        A reserve list with a smaller share of its names left is drawn up anew (R11).
    public_float : decimal.Decimal
        Public float below which a tender offer puts the listing at risk (N4).
    report_deadlines : tuple of ReportDeadline
        Statutory deadlines of reports, one for each kind of period (R21).
    """

    name: str
    valid_from: date
    source: str
    first_counted_session: int
    suspension_limit_sessions: int
    near_limit_sessions: int
    resumption_months: int
    warning_lifted_months: int
    fast_entry_sessions: int
    merger_rank: int
    monthly_announcement_lead: int
    refill_share: Decimal
    public_float: Decimal
    report_deadlines: tuple[ReportDeadline, ...]


@cache
def review_rules() -> Mapping[str, ReviewRules]:
    """Return the numbers of reviews and interim changes by name.

    Examples
    --------
    >>> review_rules()["ces-2023"].suspension_limit_sessions
    25
    """
    found = {}
    for name, row in read_table("review_rules").items():
        deadlines = tuple(
            ReportDeadline(
                period=one["period"],
                month=one["month"],
                day=one["day"],
                years=one.get("years", 0),
            )
            for one in row.pop("report_deadlines")
        )
        found[name] = ReviewRules(name=name, report_deadlines=deadlines, **row)
    return MappingProxyType(found)
