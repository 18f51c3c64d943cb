"""Since when a row is known: the day of its first version, on the clock of the exchanges (R5)."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from paasche.review.panels.first_known import decided_on, first_known
from review.small_review_markets import actions, code, decisions, market, sized

DAY = date(2026, 3, 10)
MOMENT = pl.Datetime("us", "UTC")


def stamped(table, *moments):
    """Return one row in a version for each moment; None is one that was always known."""
    return pl.concat(
        table.with_columns(known_at=pl.lit(moment, dtype=MOMENT)) for moment in moments
    )


def known(*moments):
    rows = stamped(actions((code(2), DAY, "delisting")), *moments)
    found = market(sized(4), corporate_actions=rows)
    return first_known(found, "corporate_actions", found["corporate_actions"]).to_list()


@pytest.mark.rule("R5")
def test_a_day_ends_at_midnight_in_shanghai():
    assert known(datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC)) == [date(2026, 3, 10)]
    assert known(datetime(2026, 3, 10, 16, tzinfo=UTC)) == [date(2026, 3, 11)]


@pytest.mark.rule("R5")
def test_of_several_versions_the_first_says_since_when_a_row_is_known():
    first, second = (datetime(2026, 3, day, 8, tzinfo=UTC) for day in (4, 20))
    assert known(first, second) == known(second, first) == [date(2026, 3, 4)]
    assert known(None, second) == [None]


@pytest.mark.rule("R5")
def test_without_a_record_of_it_a_row_was_always_known():
    found = market(sized(4), corporate_actions=actions((code(2), DAY, "delisting")))
    assert first_known(found, "corporate_actions", found["corporate_actions"]).to_list() == [None]


@pytest.mark.rule("R5")
@pytest.mark.parametrize(("recorded", "counts"), [(9, 10), (10, 10), (11, 11)])
def test_a_decision_counts_from_its_date_or_from_its_record_if_that_is_later(recorded, counts):
    rows = stamped(decisions((DAY, code(2), "remove")), datetime(2026, 3, recorded, 8, tzinfo=UTC))
    found = market(sized(4), decisions=rows)
    assert decided_on(found, found["decisions"]).to_list() == [date(2026, 3, counts)]
