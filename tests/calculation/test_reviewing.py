"""A review by what was known on a day: which one, how far it has come, what it refuses."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from inspect import signature

import pytest

import paasche as px
from paasche.calculation.trade.schema import FILES
from paasche.errors import AssumptionWarning, InputError, MissingDataError
from review import small_review_markets as small

# The review of June 2026: cut-off on Thursday 30 April, ten sessions of announcement.
ANNOUNCED, EVE = date(2026, 6, 1), date(2026, 6, 12)
# The largest name falls behind the fourth in April, and the fifth grows.
NAMES = small.sized(
    6,
    n1={"closes": {date(2026, 1, 12): 2.0}},
    n5={"closes": {date(2026, 1, 12): 40.0}},
)


def reviewed(day, names=NAMES, rules=None, **tables):
    return px.review(rules or small.methodology(), small.market(names, **tables), day)


@pytest.mark.rule("R3", "R59")
@pytest.mark.parametrize(
    ("day", "standing", "effective"),
    [
        (small.BASE, "base", small.BASE),
        (date(2026, 4, 29), "base", small.BASE),
        (date(2026, 4, 30), "proposed", small.REVIEW),
        (date(2026, 5, 30), "proposed", small.REVIEW),
        (ANNOUNCED, "announced", small.REVIEW),
        (EVE, "announced", small.REVIEW),
        (date(2026, 6, 14), "announced", small.REVIEW),
        (small.REVIEW, "in_force", small.REVIEW),
        (date(2026, 7, 30), "in_force", small.REVIEW),
    ],
)
def test_the_review_is_the_latest_whose_cut_off_is_past(day, standing, effective):
    found = reviewed(day)
    assert (found.standing, found.dates.effective) == (standing, effective)


@pytest.mark.rule("R2", "R3", "R59")
def test_the_dates_of_a_review_are_named():
    dates = reviewed(date(2026, 5, 4)).dates
    assert (dates.first, dates.last) == (date(2025, 5, 1), date(2026, 4, 30))
    assert (dates.cutoff, dates.announcement) == (date(2026, 4, 30), ANNOUNCED)
    assert (dates.adjustment_close, dates.effective) == (EVE, small.REVIEW)


def test_a_day_without_a_session_stands_on_the_last_one_before_it():
    sunday = reviewed(date(2026, 5, 17))
    assert (sunday.close, sunday.next_session) == (date(2026, 5, 15), date(2026, 5, 18))
    assert sunday.closing["date"].unique().to_list() == [date(2026, 5, 15)]


@pytest.mark.rule("R8", "R9")
def test_every_security_has_its_outcome_and_reason():
    found = reviewed(date(2026, 5, 4))
    rows = found.proposal.select("security", "outcome", "rank", "reserve").sort("security").rows()
    assert rows == [
        (small.code(1), "deleted", 5, 1),
        (small.code(2), "kept", 2, None),
        (small.code(3), "kept", 3, None),
        (small.code(4), "kept", 4, None),
        (small.code(5), "added", 1, None),
        (small.code(6), "reserve", 6, 2),
    ]
    assert found.proposal["reason"].null_count() == 0
    assert found.turnover == 0.25


@pytest.mark.rule("R9", "R11")
def test_the_reserve_lists_in_force_and_to_come_stand_beside_each_other():
    found = reviewed(date(2026, 5, 4))
    rows = found.reserve_list.select("list", "place", "published", "security").rows()
    assert rows == [
        ("in_force", 1, 2, small.code(5)),
        ("in_force", 2, 2, small.code(6)),
        ("coming", 1, 2, small.code(1)),
        ("coming", 2, 2, small.code(6)),
    ]
    later = reviewed(date(2026, 7, 1)).reserve_list
    assert later.select("list", "security").rows() == [
        ("in_force", small.code(1)),
        ("in_force", small.code(6)),
    ]


@pytest.mark.rule("R13")
def test_what_a_committee_should_decide_is_flagged():
    days = small.weekdays(date(2026, 1, 5), date(2026, 4, 30))[-20:]
    names = NAMES | {small.code(4): NAMES[small.code(4)] | {"gaps": days}}
    suspended = small.status((small.code(4), "suspended", days[0], None))
    found = reviewed(date(2026, 4, 30), names, status=suspended)
    assert found.flags.select("date", "security", "rule").rows() == [
        (date(2026, 4, 30), small.code(4), "R13")
    ]


def test_a_table_of_constituents_cannot_be_reviewed():
    rules = px.Methodology.load("sample-cross-border")
    with pytest.raises(
        InputError, match=r"^SAMPLE100 universe\.constituents = table: must be left"
    ):
        reviewed(date(2026, 5, 4), rules=rules)


def test_a_day_before_the_base_date_is_refused():
    with pytest.raises(InputError, match=r"^date = 2026-01-04: must be on or after 2026-01-05"):
        reviewed(date(2026, 1, 4))


def test_a_day_whose_prices_have_not_arrived_is_refused():
    message = "^date = 2026-08-03: must have prices of 2026-08-03.*the last is 2026-07-31"
    with pytest.raises(MissingDataError, match=message):
        reviewed(date(2026, 8, 3))


def test_the_weekend_after_the_last_price_is_no_missing_price():
    assert reviewed(date(2026, 8, 2)).close == small.LAST


def test_a_day_whose_next_session_is_not_known_is_refused():
    tables = small.frames(NAMES)
    known = tables["calendar"].filter(tables["calendar"]["date"] <= small.LAST)
    market = px.Market.from_frames(tables | {"calendar": known})
    with pytest.raises(MissingDataError, match=r"^date = 2026-07-31: must be before 2026-07-31"):
        px.review(small.methodology(), market, small.LAST)


def test_assumed_numbers_are_told_once_or_refused():
    rules = small.methodology()
    assumed = rules.model_dump()
    assumed["selection"]["reserve_share"] = {"value": 0.5, "assumed": "a guess"}
    rules = px.Methodology.from_dict(assumed)
    market = small.market(NAMES)
    with pytest.warns(AssumptionWarning) as told:
        px.review(rules, market, date(2026, 5, 4))
    assert len(told) == 1
    with pytest.raises(InputError, match="a strict run refuses"):
        px.review(rules, market, date(2026, 5, 4), strict=True)


def test_a_review_shows_itself_in_one_line():
    assert repr(reviewed(date(2026, 5, 4))) == (
        "<Review SMALL: proposed on 2026-05-04, cut-off 2026-04-30, effective 2026-06-15, "
        "1 added, 1 deleted>"
    )


def test_a_notebook_shows_dates_changes_reserve_list_and_flags():
    shown = reviewed(date(2026, 5, 4))._repr_html_()
    for text in ("a proposal: not yet announced", "Added: 1", "Deleted: 1", "Reserve list of the"):
        assert text in shown


def test_review_is_the_function_whichever_room_is_imported_first():
    code = (
        "import paasche.review.proposal, paasche as px\n"
        "from paasche.review import proposal\n"
        "from paasche import review\n"
        "print(px.review is review, px.review.__module__, proposal.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        "True",
        "paasche.calculation.reviewing",
        "paasche.review.proposal",
    ]
    assert list(signature(px.review).parameters) == ["methodology", "market", "date", "strict"]


def test_the_order_of_rows_changes_nothing():
    tables = small.frames(NAMES)
    shuffled = {
        name: table.sample(fraction=1.0, shuffle=True, seed=5) for name, table in tables.items()
    }
    one, other = (
        px.review(small.methodology(), px.Market.from_frames(given), EVE)
        for given in (tables, shuffled)
    )
    for name in FILES:
        assert getattr(one, name).equals(getattr(other, name)), name


@pytest.mark.rule("R1", "R3")
def test_of_two_reviews_on_their_way_the_first_to_take_effect_counts():
    # Monthly reviews whose cut-off is two months before: in May, those of June and July are known.
    rules = small.methodology(review={"months": list(range(1, 13)), "announcement_lead": 5})
    found = reviewed(date(2026, 6, 1), rules=rules, first=date(2025, 9, 1))
    assert (found.standing, found.dates.effective) == ("proposed", small.REVIEW)


def test_a_review_whose_calendar_is_not_known_yet_is_no_hindrance_before_its_cut_off():
    tables = small.frames(NAMES)
    known = tables["calendar"].filter(tables["calendar"]["date"] <= date(2026, 5, 29))
    market = px.Market.from_frames(
        tables
        | {"calendar": known}
        | {"prices": tables["prices"].filter(tables["prices"]["date"] <= date(2026, 5, 29))}
    )
    assert px.review(small.methodology(), market, date(2026, 4, 29)).standing == "base"
    with pytest.raises(MissingDataError, match=r"^sessions end on 2026-05-29"):
        px.review(small.methodology(), market, date(2026, 4, 30))
