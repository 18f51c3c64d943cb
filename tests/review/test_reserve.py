"""The reserve list. Examples are those of the rules: 15 names of an index of 300, 10 names."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.errors import InputError
from paasche.methodology.tables import review_rules
from paasche.review.choice.reserve import ReserveList, reserve_size

HALF = Decimal("0.5")


def left(names, original):
    return ReserveList(tuple(f"S{place:03d}" for place in range(names)), original)


@pytest.mark.rule("R9")
@pytest.mark.parametrize(
    ("share", "count", "size"),
    [
        (0.05, 300, 15),
        (0.05, 119, 5),
        (0.05, 120, 6),
        (0.05, 19, 0),
        # In floating point 0.29 × 100 is 28.999999999999996 and 0.07 × 100 is 7.000000000000001.
        (0.29, 100, 29),
        (0.07, 100, 7),
        (Decimal("0.29"), 100, 29),
        (0.0, 300, 0),
        (1.0, 300, 300),
    ],
)
def test_the_reserve_list_holds_a_share_of_the_count_rounded_down(share, count, size):
    assert reserve_size(share, count) == size


@pytest.mark.rule("R10")
def test_a_vacancy_is_filled_by_the_best_ranked_name():
    drawn = ReserveList.publish(["B", "A", "C"]).draw(lambda _: True)
    assert drawn.name == "B"
    assert drawn.skipped == ()
    assert drawn.left == ReserveList(("A", "C"), 3)


@pytest.mark.rule("R10")
def test_names_that_are_not_eligible_any_more_are_skipped_and_removed():
    drawn = ReserveList.publish(["A", "B", "C", "D"]).draw({"C", "D"}.__contains__)
    assert drawn.name == "C"
    assert drawn.skipped == ("A", "B")
    assert drawn.left == ReserveList(("D",), 4)


@pytest.mark.rule("R10")
def test_names_below_the_drawn_one_are_not_asked():
    asked = []
    ReserveList.publish(["A", "B", "C"]).draw(lambda name: asked.append(name) or name == "B")
    assert asked == ["A", "B"]


@pytest.mark.rule("R10")
def test_a_vacancy_stays_open_where_nobody_is_left():
    assert ReserveList.publish([]).draw(lambda _: True) == (None, (), ReserveList((), 0))
    drawn = ReserveList.publish(["A", "B"]).draw(lambda _: False)
    assert drawn == (None, ("A", "B"), ReserveList((), 2))


@pytest.mark.rule("R11")
@pytest.mark.parametrize(
    ("names", "original", "strict", "inclusive"),
    [
        (8, 15, False, False),
        (7, 15, True, True),
        (6, 10, False, False),
        (5, 10, False, True),
        (4, 10, True, True),
        (0, 1, True, True),
        (1, 1, False, False),
    ],
)
def test_a_new_list_is_due_below_half_of_the_names(names, original, strict, inclusive):
    assert left(names, original).needs_refill(HALF) is strict
    assert left(names, original).needs_refill(HALF, inclusive=True) is inclusive


@pytest.mark.rule("R11")
def test_half_is_the_share_of_the_rules():
    assert review_rules()["ces-2023"].refill_share == HALF


@pytest.mark.rule("R11")
def test_a_share_of_the_names_is_exact():
    # In floating point 0.07 × 100 is 7.000000000000001, and seven names would be fewer.
    assert not left(7, 100).needs_refill(0.07)
    assert left(7, 100).needs_refill(0.07, inclusive=True)
    assert left(6, 100).needs_refill(0.07)


@pytest.mark.rule("R11")
def test_an_index_without_reserve_list_never_needs_a_new_one():
    assert not ReserveList.publish([]).needs_refill(HALF)
    assert not ReserveList.publish([]).needs_refill(HALF, inclusive=True)


@pytest.mark.rule("R10", "R11")
@given(st.integers(0, 40), st.lists(st.integers(0, 40), max_size=40))
def test_draws_take_the_names_in_their_order_until_half_are_used(size, gone):
    names = [f"S{place:02d}" for place in range(size)]
    listed, taken = ReserveList.publish(names), []
    banned = {f"S{place:02d}" for place in gone}
    while not listed.needs_refill(HALF) and listed.names:
        drawn = listed.draw(lambda name: name not in banned)
        taken += [*drawn.skipped, *([drawn.name] if drawn.name else [])]
        assert drawn.name is None or drawn.name not in banned
        assert banned.issuperset(drawn.skipped)
        listed = drawn.left
    assert taken + list(listed.names) == names
    assert len(listed.names) * 2 < size or not listed.names


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ReserveList.publish(["A", "B", "A"]),
            "names: must not name a security twice on the reserve list",
        ),
        (
            lambda: ReserveList(("A", "B"), 1),
            "original = 1: must be at least the 2 names left on the reserve list",
        ),
    ],
)
def test_a_list_that_cannot_be_is_an_error(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message
