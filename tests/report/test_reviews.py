"""Turnover of reviews against holdings followed name by name."""

from __future__ import annotations

import pytest

from paasche.calculation.shown import closing_weights
from paasche.report.holdings import reviews, split


def turnovers_the_long_way(result):
    """Return {session: turnover}, from units before and after each review.

    Units of a name are those of its last row; what an ex-date of the review's own session made of
    them, the events say. Prices and rates are those of the opening.
    """
    reviewed = {
        row["session"]: row
        for row in result.divisors.to_dicts()
        if "review" in row["reason"].split(" + ")
    }
    scaled = {
        (row["session"], row["security"]): row["after"] / row["before"]
        for row in result.events.to_dicts()
        if row["event"] == "share_change_applied"
        and row["session"] in reviewed
        and row["before"]
        and row["after"]
    }
    units, found = {}, {}
    rows = result.constituents.to_dicts()
    for session in sorted({row["session"] for row in rows}):
        today = [row for row in rows if row["session"] == session]
        new = {
            row["security"]: row["adjusted_shares"] * (row["weight_factor"] or 0.0) for row in today
        }
        if session in reviewed:
            price = {row["security"]: row["price"] * row["fx"] for row in today}
            assert set(units) <= set(price)
            old = {
                name: held * scaled.get((session, name), 1.0) * price[name]
                for name, held in units.items()
            }
            now = {name: held * price[name] for name, held in new.items()}
            before, after = sum(old.values()), sum(now.values())
            assert after == pytest.approx(reviewed[session]["value_after"], rel=1e-12)
            found[session] = (
                sum(
                    abs(now.get(name, 0.0) / after - old.get(name, 0.0) / before)
                    for name in old.keys() | now.keys()
                )
                / 2
            )
        units |= new
        units = {name: held for name, held in units.items() if held}
    return found


def test_turnover_is_half_of_what_weights_move_at_the_opening(result):
    expected = turnovers_the_long_way(result)
    found = {review.session: review.turnover for review in reviews(result)}
    assert len(found) == 20
    assert found == pytest.approx(expected, rel=1e-9)


def test_names_that_come_and_go_are_counted(result):
    events = result.events.to_dicts()
    for review in reviews(result):
        here = [row["event"] for row in events if row["session"] == review.session]
        assert (review.joined, review.left) == (here.count("joined"), here.count("left"))


def test_a_cut_run_has_the_reviews_of_its_span(result, calculate):
    cut = calculate(start="2020-01-01")
    assert reviews(cut) == [one for one in reviews(result) if one.session.year >= 2020]


def test_sectors_add_up_to_the_index(result):
    weights = closing_weights(result)
    for column in ("industry", "currency", "exchange"):
        parts = split(weights, column)
        assert sum(part.weight for part in parts) == pytest.approx(1, rel=1e-12)
        assert sum(part.constituents for part in parts) == len(weights)
        assert [part.weight for part in parts] == sorted(
            (part.weight for part in parts), reverse=True
        )
