"""No decision changes when everything published after it is taken out of the market."""

from __future__ import annotations

import polars as pl
import pytest

import paasche as px
from paasche.review.history import review_history
from review.histories import END, bundled, known_by, walked

EVENTFUL = ("ah-cross-border", "csi-300-style", "ces-300")
"""Methodologies between them with groups, Stock Connect, fast entry, mergers and spin-offs."""


@pytest.fixture(scope="module", name="tables")
def _tables():
    tables = px.sample_market()
    del tables["constituents"]
    return tables


@pytest.fixture(scope="module", name="whole")
def _whole(tables):
    """Return the history of a methodology with all data, each once."""
    market = px.Market.from_frames(tables)
    kept = {}

    def history(name):
        if name not in kept:
            kept[name] = review_history(market, bundled(name), END)
        return kept[name]

    return history


def assert_same_decisions(found, whole, day):
    """The decisions up to a day are those of the whole market."""
    for name, column in (("constituents", "effective"), ("changes", "effective")):
        expected = getattr(whole, name).filter(pl.col(column) <= day)
        assert getattr(found, name).rows() == expected.rows(), name
    assert found.priced.equals(whole.priced.filter(pl.col("session") <= day))
    for name, column in (("reserves", "announced"), ("flags", "date")):
        before = pl.col(column) < day
        assert getattr(found, name).filter(before).equals(getattr(whole, name).filter(before)), name


def assert_same_proposals(found, whole, day):
    """Each review is decided alike; who is listed later is not in its table."""
    expected = [one for one in whole.proposals if one.dates.announcement <= day]
    assert len(found.proposals) == len(expected)
    for one, other in zip(found.proposals, expected, strict=True):
        assert one.dates == other.dates
        assert one.constituents == other.constituents
        assert one.reserves == other.reserves
        assert one.flags.equals(other.flags)
        assert one.notes == other.notes
        listed = other.table.join(one.table, on="security", how="semi", maintain_order="left")
        assert listed.equals(one.table)


def assert_decided_from_what_was_known(tables, whole, name, place):
    history = whole(name)
    dates = history.proposals[place].dates
    day = dates.announcement
    found = walked(known_by(tables, day), bundled(name), day, dates)
    assert_same_decisions(found, history, day)
    assert_same_proposals(found, history, day)


@pytest.mark.rule("R3", "R5")
@pytest.mark.parametrize(
    ("name", "place"), [("ah-cross-border", 3), ("csi-300-style", 12), ("ces-300", 20)]
)
def test_a_review_rests_on_what_was_published_by_its_announcement(tables, whole, name, place):
    assert_decided_from_what_was_known(tables, whole, name, place)


@pytest.mark.slow
@pytest.mark.rule("R3", "R5")
@pytest.mark.parametrize("name", [*EVENTFUL, "theme-15-60"])
def test_every_review_rests_on_what_was_published_by_its_announcement(tables, whole, name):
    for place in range(1, len(whole(name).proposals)):
        assert_decided_from_what_was_known(tables, whole, name, place)


def assert_changed_from_what_was_known(tables, whole, name, day):
    """An interim change is decided with the data of the session before it."""
    history = whole(name)
    eve = tables["calendar"].filter(pl.col("date") < day)["date"].max()
    found = walked(known_by(tables, eve, ex_date=day), bundled(name), day)
    changes = history.changes.filter(pl.col("effective") <= day)
    assert found.changes.rows() == changes.rows()
    baskets = history.constituents.filter(pl.col("effective") <= day)
    assert found.constituents.rows() == baskets.rows()
    assert found.priced.equals(history.priced.filter(pl.col("session") <= day))


def interim_days(history):
    between = history.changes.filter(~pl.col("cause").is_in(["base", "review"]))
    return between["effective"].unique().sort().to_list()


@pytest.mark.rule("R10", "R28")
def test_an_interim_change_rests_on_what_was_published_by_the_session_before(tables, whole):
    days = interim_days(whole("ah-cross-border"))
    for day in (days[0], days[len(days) // 2], days[-1]):
        assert_changed_from_what_was_known(tables, whole, "ah-cross-border", day)


@pytest.mark.slow
@pytest.mark.rule("R10", "R22", "R23", "R24", "R26", "R28", "R29", "R30", "R31")
@pytest.mark.parametrize("name", EVENTFUL)
def test_every_interim_change_rests_on_what_was_published_by_then(tables, whole, name):
    for day in interim_days(whole(name)):
        assert_changed_from_what_was_known(tables, whole, name, day)
