"""Monthly removals: risk warnings, and names that may only be sold in Stock Connect (R30, R31)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paasche.review.interim.event import Event
from paasche.review.screening.facts import WARNINGS
from paasche.review.screening.standing import listed_as

if TYPE_CHECKING:
    from collections.abc import Collection

    from paasche.methodology import Methodology
    from paasche.review.dates.schedule import MonthlyChange
    from paasche.review.interim.event import Cause
    from paasche.review.panels.known import View

__all__ = ["removals"]


def removals(
    view: View,
    methodology: Methodology,
    change: MonthlyChange,
    constituents: Collection[str],
) -> list[Event]:
    """Return the constituents that a monthly change removes (R30, R31).

    Parameters
    ----------
    view : View
        The market as it was known at the cut-off.
    methodology : Methodology
        Its rulebook of the effective session counts.
    change : MonthlyChange
        Cut-off, announcement and effective session.
    constituents : collection of str
        Who is in, or will be with the review that takes effect then.

    Returns
    -------
    list of Event
        By code; a security once.
    """
    rules = methodology.on(change.effective)
    cutoff = change.cutoff
    inside = {
        status: set(view.spells.on(status, cutoff)) & set(constituents)
        for status in rules.interim.monthly_removals
    }
    connect = set(rules.universe.connect_exchanges or ())
    in_connect = set(view.spells.on("connect", cutoff))
    watched = "sell_only" in inside and connect
    if not watched and not any(inside.values()):
        return []
    listed = {
        security: (exchange, a_share)
        for security, exchange, a_share in listed_as(view.market, cutoff, constituents)
        .select("security", "exchange", "a_share")
        .collect()
        .iter_rows()
    }
    found: dict[str, tuple[Cause, str, str]] = {}
    for status, names in inside.items():
        for name in names:
            exchange, a_share = listed[name]
            if status in WARNINGS and a_share:
                found.setdefault(name, ("risk_warning", "R31", f"status {status} on {cutoff}"))
            elif status not in WARNINGS and (not connect or exchange in connect):
                found.setdefault(name, ("sell_only", "R30", f"status {status} on {cutoff}"))
    if watched:
        for name in constituents:
            if listed[name][0] in connect and name not in in_connect:
                found.setdefault(name, ("sell_only", "R30", f"not in Stock Connect on {cutoff}"))
    return [
        Event(
            effective=change.effective,
            announced=change.announced,
            cause=cause,
            rule=rule,
            security=name,
            reason=reason,
        )
        for name, (cause, rule, reason) in sorted(found.items())
    ]
