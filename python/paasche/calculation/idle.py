"""Decisions of the committee that change nothing, and why (R5, R34).

They are no errors: a decision may come too late, or be about a name that another rule bars. But who
writes a row expects something of it, so each is told. A row for every index rightly does nothing in
some; it is told where no row of the table names an index, as there is only one then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import polars as pl

from paasche.calculation.course import Course, verdict_on
from paasche.calculation.decisions import EXPLICIT, OF_SHARES
from paasche.errors import Defect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.dates.days import Days
    from paasche.review.history import History
    from paasche.review.proposal import Proposal

__all__ = ["idle_decisions", "plain"]

_WISHES = ("admit", "delete_first", "exclude")
"""Decisions about the next review, the base basket included."""

_HELD_OFF = ("R30", "R31")
"""Rules of the removals that `keep` holds off; their flags say that it did."""

_NOT_HELD_OFF = ("review", "risk_warning", "sell_only")
"""Causes by which a name leaves by rule, in spite of a `keep`."""


class _Idle(NamedTuple):
    """Why a decision changes nothing, and the day on which that shows."""

    shows: date
    why: str


_Judge: TypeAlias = "Callable[[Course, str, date], _Idle | None]"


def idle_decisions(
    methodology: Methodology,
    market: Market,
    sessions: Days,
    since: date,
    history: History | None,
    spans: pl.DataFrame,
) -> tuple[Defect, ...]:
    """Return the decisions on an index that change nothing, with the reason.

    Parameters
    ----------
    methodology : Methodology
    market : Market
        Table ``decisions``.
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending, up to the last one.
    since : datetime.date
        What showed earlier is not told.
    history : History or None
        Reviews and changes; None where the table ``constituents`` gives the membership.
    spans : polars.DataFrame
        ``security``, ``start``, ``end``: who is in when.

    Returns
    -------
    tuple of Defect
        By date, decision and security; those that the sessions do not reach are told together.
    """
    table = market["decisions"]
    if table.is_empty():
        return ()
    code = methodology.index.code
    named = pl.col("index") == code
    alone = table["index"].null_count() == len(table)
    rows = table.filter(named | (pl.col("index").is_null() & alone)).drop_nulls("security")
    rows = rows.sort("date", "decision", "security")
    course = Course(methodology=methodology, sessions=sessions, spans=spans, history=history)
    within, beyond = _reached(rows, course, market)
    return (
        *_other_codes(market, methodology),
        *beyond,
        *(
            Defect(place="decisions", column=word, value=f"{security} on {day}", expected=idle.why)
            for day, security, word in within.select("date", "security", "decision").iter_rows()
            if (idle := _judge(course, word)(course, security, day)) and idle.shows >= since
        ),
    )


def _reached(
    rows: pl.DataFrame, course: Course, market: Market
) -> tuple[pl.DataFrame, list[Defect]]:
    """Split decisions into those the sessions reach, and a word on the others."""
    index = course.methodology.index
    start = index.base_date if index.anchor is None else index.anchor.date
    early = (pl.col("date") < start) & ~pl.col("decision").is_in(_WISHES)
    late = pl.col("date") > course.last
    told = [(early, f"no effect: before {start}, where the index begins")]
    if market["prices"]["date"].max() == course.last:
        # Where prices go on somebody asked for an earlier end: later rows wait, as the prices do.
        told.append((late, f"no effect yet: after {course.last}, the last session"))
    found = []
    for outside, expected in told:
        concerned = rows.filter(outside).select("date", "security", "decision")
        for day, security, word in concerned.head(1).iter_rows():
            value, count = f"{day} of {word} {security}", len(concerned)
            found.append(
                Defect(
                    place="decisions", column="date", value=value, expected=expected, count=count
                )
            )
    return rows.filter(~early, ~late), found


def _other_codes(market: Market, methodology: Methodology) -> Iterator[Defect]:
    """Tell of codes that differ from that of the index by their writing alone."""
    own = methodology.index.code
    meant = {plain(own), plain(methodology.index.name)}
    known = {own, *market["constituents"]["index"].drop_nulls()}
    counts = dict(market["decisions"]["index"].drop_nulls().value_counts().iter_rows())
    for code, count in sorted(counts.items()):
        if code not in known and plain(code) in meant:
            expected = f"no effect: the code of this index is {own}; write that if it is meant"
            yield Defect(
                place="decisions", column="index", value=code, expected=expected, count=count
            )


def plain(text: str) -> str:
    """Return the letters and digits of a text, without regard to case."""
    return "".join(filter(str.isalnum, text.casefold()))


def _judge(course: Course, word: str) -> _Judge:
    if word in EXPLICIT:
        return _of_shares if word in OF_SHARES else _of_a_constituent
    return _given if course.history is None else _MEMBERSHIP[word]


def _given(course: Course, security: str, day: date) -> _Idle | None:
    """Judge a decision on membership where a table gives it."""
    del security
    why = "no effect: the table constituents says who is in; change that"
    return _Idle(course.opens(day) or day, why)


def _of_a_constituent(course: Course, security: str, day: date) -> _Idle | None:
    session = course.opens(day)
    if session is None or course.holds(security, session):
        return None
    return _Idle(session, f"no effect: no constituent on {session}, the session it opens")


def _of_shares(course: Course, security: str, day: date) -> _Idle | None:
    weighting = course.methodology.weighting
    if weighting.uses_shares:
        return _of_a_constituent(course, security, day)
    why = f"no effect: the units of scheme {weighting.scheme} do not come from shares"
    return _Idle(course.opens(day) or day, why)


def _at_review(course: Course, day: date) -> tuple[Proposal, str] | None:
    review = course.review_of(day)
    return None if review is None else (review, f"the review effective {review.dates.effective}")


def _admit(course: Course, security: str, day: date) -> _Idle | None:
    found = _at_review(course, day)
    if found is None:
        return None
    review, of = found
    verdict, shows = verdict_on(review, security), review.dates.announcement
    if verdict is None:
        return _Idle(shows, f"no effect: {of} does not look at it")
    if verdict.screen is not None:
        why = "it passes the tests of suspension and loss (R15, R16, R20) only"
        return _Idle(shows, f"no effect at {of}: {verdict.told}; {why}")
    if verdict.constituent:
        why = "those tests are for newcomers (R15, R16, R20)"
        return _Idle(shows, f"no effect at {of}: a constituent already; {why}")
    return None


def _exclude(course: Course, security: str, day: date) -> _Idle | None:
    found = _at_review(course, day)
    if found is None or verdict_on(found[0], security) is not None:
        return None
    review, of = found
    return _Idle(review.dates.announcement, f"no effect: {of} does not look at it")


def _delete_first(course: Course, security: str, day: date) -> _Idle | None:
    found = _at_review(course, day)
    if found is None:
        return None
    review, of = found
    verdict, shows = verdict_on(review, security), review.dates.announcement
    if verdict is None or not verdict.constituent:
        return _Idle(shows, f"no effect: no constituent before {of}")
    if verdict.outcome == "kept":
        why = "it goes first only among those that leave by rank (R12)"
        return _Idle(shows, f"no effect at {of}: {verdict.told}; {why}")
    return None


def _keep(course: Course, security: str, day: date) -> _Idle | None:
    history, review = course.history, course.review_of(day)
    if history is None:
        return None
    until = course.last if review is None else review.dates.effective
    own = history.flags.filter(
        pl.col("rule").is_in(_HELD_OFF), pl.col("security") == security, pl.col("date") >= day
    )
    if not own.filter(pl.col("date") <= until).is_empty():
        return None
    left = history.changes.filter(
        pl.col("security") == security,
        pl.col("change") == "deleted",
        pl.col("cause").is_in(_NOT_HELD_OFF),
        pl.col("effective").is_between(day, until, "right"),
    ).sort("effective")
    for announced, effective, rule, reason in left.select(
        "announced", "effective", "rule", "reason"
    ).iter_rows():
        by = f" ({rule})" if rule else ""
        why = f"leaves on {effective}, announced on {announced}: {reason}{by}"
        more = "keep holds off removals of R30 and R31 that are announced after it"
        return _Idle(effective, f"no effect: {why}; {more}")
    if course.holds(security, day) or course.may_bring(security, course.opens(day)):
        return None
    return _Idle(course.opens(day) or day, f"no effect: no constituent on {day}")


def _remove(course: Course, security: str, day: date) -> _Idle | None:
    session = course.opens(day)
    if session is None or course.holds(security, day) or course.may_bring(security, session):
        return None
    return _Idle(session, f"no effect: no constituent before {session}, the session it opens")


def _withdraw(course: Course, security: str, day: date) -> _Idle | None:
    session = course.opens(day)
    review = None if session is None else course.takes_effect(session)
    if session is None or review is None:
        return None
    dates = review.dates
    if dates.announcement >= session:
        why = f"the next review is announced on {dates.announcement}: decide from then on"
        return _Idle(session, f"no effect: no review is on its way on {session}; {why}")
    if course.holds(security, day) or not course.may_bring(security, session):
        return _Idle(session, f"no effect: no addition of the review effective {dates.effective}")
    return None


def _add(course: Course, security: str, day: date) -> _Idle | None:
    """Judge an addition: one that the index cannot follow is refused."""
    del course, security, day
    return None


_MEMBERSHIP: dict[str, _Judge] = {
    "add": _add,
    "admit": _admit,
    "delete_first": _delete_first,
    "exclude": _exclude,
    "keep": _keep,
    "remove": _remove,
    "withdraw": _withdraw,
}
