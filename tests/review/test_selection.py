"""The selection. Counts are those of the CSI 300: 300 names, 240 and 360, 10 %, 15 in reserve."""

from __future__ import annotations

from decimal import Decimal

import pytest

from paasche.errors import InputError
from paasche.review.choice.selection import Alike, select, select_share, share_count

CSI = {"newcomer_buffer": 0.2, "constituent_buffer": 0.2, "turnover_limit": 0.1, "reserve": 15}


def names(first, last):
    """Return the names ranked from one rank to another."""
    return [f"S{rank:03d}" for rank in range(first, last + 1)]


RANKED = names(1, 500)


@pytest.mark.rule("R8")
def test_newcomers_enter_up_to_rank_240_and_constituents_stay_up_to_360():
    # 299 constituents rank 1 to 239 and 301 to 360; the last is the one at the boundary.
    old = names(1, 239) + names(301, 361)
    chosen = select(RANKED, old, 300, **CSI)
    assert (chosen.enter, chosen.stay) == (240, 360)
    assert chosen.added == ("S240",)
    assert chosen.deleted == ("S361",)
    assert chosen.kept == tuple(names(1, 239) + names(301, 360))
    verdict = chosen.verdicts["S240"]
    assert verdict.reason == "rank 240: newcomers enter up to rank 240"
    assert (verdict.rank, verdict.zone, verdict.outcome, verdict.rule) == (
        240,
        "top",
        "added",
        "R8",
    )
    verdict = chosen.verdicts["S361"]
    assert verdict.reason == "rank 361: constituents stay up to rank 360"
    assert (verdict.rank, verdict.zone, verdict.outcome, verdict.rule) == (
        361,
        "out",
        "deleted",
        "R8",
    )
    assert chosen.verdicts["S360"][1:3] == ("buffer", "kept")
    assert chosen.verdicts["S241"][1:3] == ("buffer", "not_chosen")


@pytest.mark.rule("R8")
def test_a_newcomer_below_the_buffer_waits_while_constituents_stay():
    old = names(1, 240) + names(301, 360)
    chosen = select(RANKED, old, 300, **CSI)
    assert set(chosen.constituents) == set(old)
    assert chosen.verdicts["S241"].reason == "rank 241: newcomers enter up to rank 240"


@pytest.mark.rule("R8")
def test_where_too_many_are_chosen_the_worst_constituents_leave():
    # All of 1 to 230 and 291 to 360 are in: 231 to 240 enter, and 351 to 360 make room.
    old = names(1, 230) + names(291, 360)
    chosen = select(RANKED, old, 300, **CSI)
    assert chosen.added == tuple(names(231, 240))
    assert chosen.deleted == tuple(names(351, 360))
    assert chosen.verdicts["S351"].reason == "rank 351: better names take all 300 places"


@pytest.mark.rule("R8")
def test_where_too_few_are_chosen_the_best_others_fill_up():
    # 1 to 240 stay, 361 to 420 fall out: the best others rank 241 to 300, all of them newcomers.
    old = names(1, 240) + names(361, 420)
    chosen = select(RANKED, old, 300, newcomer_buffer=0.2, constituent_buffer=0.2)
    assert chosen.constituents == tuple(names(1, 300))
    assert chosen.verdicts["S241"].reason == "rank 241: fills a place that is left open"
    # A constituent beyond the buffer fills up like anyone else, by its rank.
    few = [name for name in RANKED if not "S241" <= name <= "S362"]
    chosen = select(few, old, 300, newcomer_buffer=0.2, constituent_buffer=0.2)
    assert set(chosen.constituents) == {*names(1, 240), *names(363, 422)}


@pytest.mark.rule("R7")
def test_at_most_30_of_300_are_replaced():
    # 31 newcomers rank first; the constituents fill the ranks behind them and beyond the buffer.
    old = names(32, 300) + names(461, 491)
    chosen = select(RANKED, old, 300, **CSI)
    assert chosen.added == tuple(names(1, 30))
    assert chosen.deleted == tuple(names(462, 491))
    assert chosen.verdicts["S031"].reason == "rank 31: at most 30 may be added"
    assert chosen.verdicts["S031"].rule == "R7"
    assert chosen.verdicts["S461"].reason == "rank 461: stays, at most 30 may be added"
    assert (chosen.verdicts["S461"].outcome, chosen.verdicts["S461"].rule) == ("kept", "R7")


@pytest.mark.rule("R7")
def test_replacing_30_of_300_is_within_the_limit():
    old = names(31, 300) + names(461, 490)
    chosen = select(RANKED, old, 300, **CSI)
    assert chosen.added == tuple(names(1, 30))
    assert chosen.deleted == tuple(names(461, 490))


@pytest.mark.rule("R7", "R8", "R9")
@pytest.mark.parametrize(
    ("count", "buffer", "limit", "enter", "stay", "most"),
    [
        (300, 0.2, 0.1, 240, 360, 30),
        # Whole ranks and names only: 0.8 × 119 = 95.2, 1.2 × 119 = 142.8, 0.1 × 119 = 11.9.
        (119, 0.2, 0.1, 95, 142, 11),
        # In floating point 1.1 × 10 is 11.000000000000002 and 1 − 0.9 is 0.09999999999999998.
        (10, 0.1, 0.3, 9, 11, 3),
        (10, 0.9, 0.9, 1, 19, 9),
        (100, 0.29, 0.29, 71, 129, 29),
    ],
)
def test_ranks_and_limits_are_rounded_down_exactly(count, buffer, limit, enter, stay, most):
    old = [f"Z{place:03d}" for place in range(count)]
    for number in (float, lambda text: Decimal(str(text))):
        chosen = select(
            [*names(1, 3 * count), *old],
            old,
            count,
            newcomer_buffer=number(buffer),
            constituent_buffer=number(buffer),
            turnover_limit=number(limit),
        )
        assert (chosen.enter, chosen.stay, len(chosen.added)) == (enter, stay, most)


@pytest.mark.rule("R7")
def test_names_that_are_not_eligible_leave_and_count_toward_the_limit_first():
    # Ten of the constituents are not eligible: of 30 newcomers ten fill their places.
    gone = [f"X{place}" for place in range(10)]
    old = names(41, 300) + names(461, 490) + gone
    chosen = select(RANKED, old, 300, **CSI)
    assert chosen.added == tuple(names(1, 30))
    assert chosen.deleted == (*names(471, 490), *gone)
    assert chosen.verdicts["X0"].reason == "not eligible"
    assert chosen.verdicts["X0"][:3] == (None, None, "deleted")


@pytest.mark.rule("R7")
@pytest.mark.parametrize("forced", [31, 45, 300])
def test_names_that_are_not_eligible_leave_beyond_the_limit_and_their_places_are_filled(forced):
    gone = [f"X{place:03d}" for place in range(forced)]
    old = names(101, 400 - forced) + gone
    chosen = select(RANKED, old, 300, **CSI)
    assert chosen.deleted == tuple(gone)
    assert chosen.added == tuple(names(1, forced))


@pytest.mark.rule("R7")
def test_places_left_open_since_the_last_review_are_filled_beyond_the_limit():
    old = names(101, 360)
    chosen = select(RANKED, old, 300, **CSI)
    assert chosen.added == tuple(names(1, 40))
    assert chosen.deleted == ()


@pytest.mark.rule("R7")
def test_a_first_basket_knows_no_limit():
    assert select(RANKED, (), 300, **CSI).constituents == tuple(names(1, 300))


@pytest.mark.rule("R8")
def test_names_that_a_spin_off_added_leave_at_the_review():
    chosen = select(RANKED, names(1, 303), 300, **CSI)
    assert chosen.constituents == tuple(names(1, 300))
    assert chosen.deleted == tuple(names(301, 303))


@pytest.mark.rule("R12")
def test_of_those_that_leave_by_rank_the_long_suspended_go_first():
    # 31 would leave, one may stay. By rank it is 461; with 461 suspended for long it is 462.
    old = names(32, 300) + names(461, 491)
    chosen = select(RANKED, old, 300, **CSI, priority=["S461"])
    assert chosen.deleted == ("S461", *names(463, 491))
    verdict = chosen.verdicts["S461"]
    assert verdict.reason == "rank 461: suspended for long, leaves before others"
    assert verdict.rule == "R12"


@pytest.mark.rule("R12")
def test_a_long_suspension_alone_deletes_nobody():
    # Rank 360 is no candidate for deletion.
    old = names(1, 240) + names(301, 360)
    chosen = select(RANKED, old, 300, **CSI, priority=["S010", "S360"])
    assert chosen.deleted == ()


@pytest.mark.rule("R7", "R12")
def test_the_limit_holds_for_the_long_suspended_as_well():
    old = names(32, 300) + names(461, 491)
    chosen = select(RANKED, old, 300, **CSI, priority=names(461, 491))
    assert chosen.deleted == tuple(names(462, 491))
    assert "S461" in chosen.kept


@pytest.mark.rule("R9")
def test_the_reserve_list_holds_the_best_ranked_others():
    old = names(1, 240) + names(301, 360)
    chosen = select(RANKED, old, 300, **CSI)
    assert chosen.reserve == tuple(names(241, 255))
    assert chosen.verdicts["S241"].reserve == 1
    assert chosen.verdicts["S255"].reserve == 15
    assert chosen.verdicts["S256"].reserve is None


@pytest.mark.rule("R9")
def test_a_constituent_that_leaves_by_rank_may_be_on_the_reserve_list():
    chosen = select(names(1, 4), names(3, 4), 2, reserve=5)
    assert chosen.reserve == ("S003", "S004")


@pytest.mark.rule("R9", "R12", "R15")
def test_a_long_suspended_name_is_not_on_the_reserve_list():
    chosen = select(names(1, 4), names(3, 4), 2, reserve=5, priority=["S003"])
    assert chosen.reserve == ("S004",)


@pytest.mark.rule("R9")
def test_the_reserve_list_is_shorter_where_fewer_are_eligible():
    assert select(names(1, 7), (), 5, reserve=5).reserve == ("S006", "S007")


def test_forced_names_are_neither_kept_nor_added_nor_in_reserve():
    chosen = select(names(1, 6), names(1, 3), 3, reserve=9, forced=["S001", "S005"])
    assert chosen.constituents == ("S002", "S003", "S004")
    assert chosen.deleted == ("S001",)
    assert chosen.reserve == ("S006",)
    assert chosen.verdicts["S002"].rank == 1


def banks(*members, count=1, by="industry"):
    return Alike(by=by, labels=dict.fromkeys(members, "Banks"), count=count)


def test_a_quota_passes_over_lower_ranked_names_alike():
    quota = banks("S001", "S002", "S003", "S005", count=2)
    chosen = select(names(1, 6), (), 4, quotas=[quota])
    assert chosen.constituents == ("S001", "S002", "S004", "S006")
    verdict = chosen.verdicts["S003"]
    assert verdict.reason == "rank 3: the quota of 2 for industry Banks is full"
    assert (verdict.outcome, verdict.rule) == ("not_chosen", None)


def test_a_security_without_a_label_is_not_limited():
    quota = Alike(by="company", labels={"S001": None, "S002": None, "S003": "X"}, count=1)
    assert select(names(1, 4), (), 4, quotas=[quota]).constituents == tuple(names(1, 4))


def test_every_quota_counts():
    by_bank = banks("S001", "S002", count=1)
    by_city = Alike(by="exchange", labels={"S001": "XSHG", "S003": "XSHG", "S004": "XSHE"}, count=1)
    chosen = select(names(1, 5), (), 3, quotas=[by_bank, by_city])
    assert chosen.constituents == ("S001", "S004", "S005")
    assert chosen.verdicts["S003"].reason == "rank 3: the quota of 1 for exchange XSHG is full"


def test_of_names_alike_in_the_top_zone_the_better_rank_is_in_constituent_or_not():
    chosen = select(
        names(1, 6),
        ["S002"],
        4,
        newcomer_buffer=0.5,
        constituent_buffer=0.5,
        quotas=[banks("S001", "S002")],
    )
    assert chosen.added[0] == "S001"
    assert chosen.deleted == ("S002",)
    assert chosen.verdicts["S002"].reason == "rank 2: the quota of 1 for industry Banks is full"
    assert chosen.verdicts["S002"].outcome == "deleted"


def test_in_the_buffer_zone_a_constituent_comes_before_a_newcomer_alike():
    # Places for two to enter by rank; S003 is new, S005 in; both are banks.
    chosen = select(
        names(1, 8),
        ["S005"],
        4,
        newcomer_buffer=0.5,
        constituent_buffer=0.5,
        quotas=[banks("S003", "S005")],
    )
    assert chosen.constituents == ("S001", "S002", "S004", "S005")


def test_a_quota_that_shuts_out_a_constituent_is_filled_beyond_the_limit():
    # One may be added. S002 and S003 are in and alike, one of them must leave; S001 enters for it.
    chosen = select(
        names(1, 5), names(2, 5), 4, turnover_limit=0.25, quotas=[banks("S002", "S003")]
    )
    assert chosen.constituents == ("S001", "S002", "S004", "S005")
    # With every constituent alike only one of them stays, and newcomers take the places.
    chosen = select(names(1, 8), names(5, 8), 4, turnover_limit=0.25, quotas=[banks(*names(5, 8))])
    assert chosen.constituents == ("S001", "S002", "S003", "S005")
    assert chosen.verdicts["S002"].reason == "rank 2: fills a place that is left open"


def test_a_table_has_one_row_for_each_name():
    chosen = select(names(1, 4), ["S002", "S004", "X"], 2, reserve=1)
    assert chosen.table().rows() == [
        ("S001", 1, "top", "added", None, "R8", "rank 1: newcomers enter up to rank 2"),
        ("S002", 2, "top", "kept", None, "R8", "rank 2: within the first 2"),
        ("S003", 3, "out", "not_chosen", 1, "R8", "rank 3: newcomers enter up to rank 2"),
        ("S004", 4, "out", "deleted", None, "R8", "rank 4: constituents stay up to rank 2"),
        ("X", None, None, "deleted", None, None, "not eligible"),
    ]
    assert select((), (), 1).table().columns == chosen.table().columns


@pytest.mark.rule("R8")
def test_a_share_of_the_market_value_gives_the_count():
    values = [40.0, 30.0, 15.0, 10.0, 5.0]
    # 40 + 30 = 70 of 100, + 15 = 85.
    assert share_count(values, 0.7) == 2
    assert share_count(values, 0.71) == 3
    assert share_count(values, 0.85) == 3
    assert share_count(values, 1.0) == 5
    assert share_count([*values, 0.0], 1.0) == 5
    chosen = select_share(
        names(1, 5),
        values,
        ["S003"],
        0.7,
        constituent_buffer=0.5,
        newcomer_buffer=0.5,
        reserve_share=0.5,
    )
    assert chosen.constituents == ("S001", "S003")
    assert chosen.reserve == ("S002",)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: select("AB", (), 0), "count = 0: must be at least 1"),
        (lambda: select("ABA", (), 1), "ranked: must name A once"),
        (
            lambda: select("AB", (), 1, newcomer_buffer=1.5),
            "newcomer_buffer = 1.5: must be from 0 to 1",
        ),
        (
            lambda: select("AB", (), 1, constituent_buffer=-0.5),
            "constituent_buffer = -0.5: must be at least 0",
        ),
        (lambda: share_count([1.0], 0.0), "share = 0.0: must be above 0 and at most 1"),
        (lambda: share_count([1.0], 1.5), "share = 1.5: must be above 0 and at most 1"),
        (lambda: share_count([], 0.5), "values: must be finite and not negative, and not all 0"),
        (
            lambda: share_count([1.0, float("nan")], 0.5),
            "values: must be finite and not negative, and not all 0",
        ),
        (
            lambda: share_count([1.0, -1.0, 3.0], 0.5),
            "values: must be finite and not negative, and not all 0",
        ),
        (
            lambda: share_count([0.0], 0.5),
            "values: must be finite and not negative, and not all 0",
        ),
    ],
)
def test_an_argument_that_means_nothing_is_an_error(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message
