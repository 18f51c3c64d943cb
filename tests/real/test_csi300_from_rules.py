"""A CSI 300-style index from rules alone, over four years of real data, beside the CSI 300.

Bounds are what was measured and a tenth.
"""

from __future__ import annotations

import polars as pl
import pytest

# Constituents, of 300, that the CSI 300 has as well after each review.
SHARED = {
    "2012-07-02": 263,
    "2013-01-04": 276,
    "2013-07-01": 280,
    "2013-12-16": 285,
    "2014-06-16": 286,
    "2014-12-15": 283,
    "2015-06-15": 286,
    "2015-12-14": 286,
    "2016-06-13": 286,
}


@pytest.fixture(scope="session")
def calculated(example, source):
    return example("csi300_from_rules").calculate(source)


@pytest.mark.rule("R1", "R2", "R8")
def test_most_constituents_chosen_by_rules_are_those_of_the_real_index(calculated):
    reviews = calculated.baskets.filter(kind="review")
    assert [str(day) for day in reviews["effective"]] == list(SHARED)
    assert reviews["names"].to_list() == [300] * len(SHARED)
    found = reviews["shared"].to_list()
    assert all(count >= known for count, known in zip(found, SHARED.values(), strict=True))


@pytest.mark.rule("R7")
def test_no_review_replaces_more_than_a_tenth_and_every_change_has_a_reason(calculated):
    changes = calculated.changes.filter(pl.col("effective") > pl.col("effective").min())
    for column in ("cause", "reason"):
        assert changes[column].null_count() == 0
    added = changes.filter(change="added").group_by("effective").len()
    assert added.height == len(SHARED) - 1
    assert added["len"].max() <= 30


@pytest.mark.rule("R36", "R50", "R55")
def test_levels_from_rules_alone_stay_near_the_published_closes(calculated):
    size = calculated.months["error_bp"].abs()
    assert size.len() == 51  # August 2012 to October 2016
    assert size.mean() <= 29.0
    assert size.max() <= 103.0
    assert calculated.months["level_bp"].abs().max() <= 297.0
    assert calculated.weights["misplaced"].mean() <= 0.207
