"""Reviews of a CSI 300-style index on real data beside the real changes of the CSI 300.

Totals are what was measured; a crude review in pandas finds 156 additions and 143 deletions of 180,
with 61 false additions.
"""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

CASES = ["universe of the baseline", "rules of the time", "suspended admitted"]

# Additions found, deletions found; false additions, false deletions.
MEASURED = {
    "universe of the baseline": (128, 133, 43, 38),
    "rules of the time": (147, 147, 37, 37),
    "suspended admitted": (156, 158, 53, 51),
}

# First sessions of the new baskets and how many names changed, from the announcements.
CHANGES = {
    "2012-07-02": 18,
    "2013-01-04": 15,
    "2013-07-01": 16,
    "2013-12-16": 21,
    "2014-06-16": 26,
    "2014-12-15": 22,
    "2015-06-15": 18,
    "2015-12-14": 20,
    "2016-06-13": 24,
}


@pytest.fixture(scope="session")
def compared(example, source):
    reviews = example("csi300_reviews")
    known = {}

    def by(case):
        if not known:
            known["view"] = reviews.prepare(source)
        if case not in known:
            known[case] = reviews.compare(source, known["view"], reviews.CASES[case])
        return known[case]

    return by


@pytest.mark.rule("R1", "R2", "R58")
def test_reviews_take_effect_on_the_days_on_which_the_index_changed(compared):
    rows = compared("rules of the time").reviews
    assert [str(day) for day in rows["effective"]] == list(CHANGES)
    for kind in ("added", "deleted"):
        assert rows[f"real {kind}"].to_list() == list(CHANGES.values())


@pytest.mark.rule("R8")
@pytest.mark.parametrize("case", CASES)
def test_as_many_real_changes_are_found_as_were_measured(example, compared, case):
    found = example("csi300_reviews").totals(compared(case))
    assert found[0] >= MEASURED[case][0]
    assert found[1] >= MEASURED[case][1]
    assert found[2] <= MEASURED[case][2]
    assert found[3] <= MEASURED[case][3]


@pytest.mark.rule("R8", "R15", "R16")
def test_with_the_suspended_admitted_more_is_found_than_by_the_crude_baseline(example, compared):
    reviews = example("csi300_reviews")
    additions, deletions, false_additions, _ = reviews.totals(compared("suspended admitted"))
    assert additions >= reviews.BASELINE[0] == 156
    assert deletions >= reviews.BASELINE[1] == 143
    assert false_additions <= reviews.BASELINE[2] == 61


@pytest.mark.rule("R7", "R8")
@pytest.mark.parametrize("case", CASES)
def test_as_many_join_as_leave_and_at_most_a_tenth_is_replaced(compared, case):
    rows = compared(case).reviews
    added = rows["found added"] + rows["false added"]
    assert added.to_list() == (rows["found deleted"] + rows["false deleted"]).to_list()
    # A tenth of the places of names that the files have, rounded down.
    assert all(
        count <= (300 - lacking) // 10
        for count, lacking in zip(added, rows["lacking"], strict=True)
    )


@pytest.mark.rule("R58")
def test_chinext_names_come_in_with_the_rules_of_september_2014_and_not_before(compared):
    chinext = pl.col("security").str.starts_with("30")
    wrong = compared("rules of the time").differences.filter(chinext)
    assert wrong["effective"].min() == date(2014, 12, 15)

    # With ChiNext in the universe all along, the review before adds eight that the CSI did not.
    early = compared("universe of the baseline").differences.filter(
        chinext, effective=date(2014, 6, 16), what="added: false"
    )
    assert early.height == 8


@pytest.mark.rule("R3", "R5")
def test_nothing_after_the_announcement_changes_a_proposal(example, source):
    import paasche as px
    from paasche.review.dates.schedule import review_dates
    from paasche.review.panels.known import View
    from paasche.review.proposal import Wishes, propose

    reviews, prepared = example("csi300_reviews"), example("csi300_market")
    rules = reviews.methodology(reviews.CASES["rules of the time"])
    sessions = source.published["date"].to_numpy()
    dates = review_dates(sessions, rules.on(date(2014, 12, 15)).review, 2014, 12)
    day = dates.announcement
    assert day == date(2014, 12, 1)

    whole = reviews.prepare(source)
    past = {name: whole.market[name] for name in whole.market.tables}
    columns = {"prices": "date", "shares": "effective", "corporate_actions": "ex_date"}
    for name, column in {**columns, "status": "start"}.items():
        past[name] = past[name].filter(pl.col(column) <= day)
    # When a suspension that lasts will end is not known.
    ended = pl.when(pl.col("end") <= day).then("end")
    past["status"] = past["status"].with_columns(end=ended)
    assert past["prices"].height < whole.market["prices"].height
    cut = View(px.Market.from_frames(past), rules, day)

    constituents = prepared.members(source, dates.adjustment_close)["security"].to_list()
    proposals = [propose(view, rules, dates, constituents, Wishes()) for view in (whole, cut)]
    before, after = (one.table.filter(pl.col("rank").is_not_null()) for one in proposals)
    assert before.height > 1000
    assert before.equals(after)


@pytest.mark.rule("R15", "R16")
def test_names_that_suspensions_hold_back_enter_when_the_committee_admits_them(compared):
    held_back = pl.col("screen").is_in(["suspended", "resumed"])
    missed = compared("rules of the time").differences.filter(held_back, what="added: missed")
    assert missed.height == 12
    assert compared("suspended admitted").differences.filter(held_back).is_empty()


def test_every_difference_has_a_cause(compared):
    for case in CASES:
        one = compared(case)
        kinds = one.differences.group_by("what").len()
        missed = {
            f"{kind}: missed": sum(CHANGES.values()) - one.reviews[f"found {kind}"].sum()
            for kind in ("added", "deleted")
        }
        assert missed.items() <= dict(kinds.iter_rows()).items()
        assert one.differences["cause"].null_count() == 0
