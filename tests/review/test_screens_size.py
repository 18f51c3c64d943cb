"""Size and liquidity screens, and rules that change while names are grandfathered."""

from datetime import date, timedelta

import polars as pl
import pytest

from review.review_markets import DATES, judged, methodology, rows, screen, verdict

ELIGIBLE = (None, None)


def names(turnovers, **fields):
    return {
        f"60{number:04d}.SH": {"turnover": turnover, **fields}
        for number, turnover in enumerate(turnovers, start=1)
    }


def screened(*screens):
    return methodology(universe={"screens": list(screens)})


def passing(found):
    return [int(code[2:6]) for code in found.table.filter("eligible")["security"]]


TOP = {"measure": "average_turnover", "top_share": 0.5}


def test_a_top_share_counts_from_the_largest_and_rounds_down():
    assert passing(judged(names([50, 10, 40, 20, 30]), screened(TOP))) == [1, 3]
    assert passing(judged(names([50, 10, 40, 20]), screened(TOP))) == [1, 3]


def test_a_share_of_a_count_is_exact():
    # 0.29 × 100 is 28.999… in floating point.
    found = judged(names(range(1, 101)), screened({**TOP, "top_share": 0.29}))
    assert passing(found) == list(range(72, 101))


def test_ties_go_by_code():
    assert passing(judged(names([10, 10, 10, 10]), screened(TOP))) == [1, 2]


def test_constituents_may_pass_to_another_share_in_one_and_the_same_order():
    rules = screened({**TOP, "constituent_top_share": 0.75})
    given = names([10, 20, 30, 40])
    assert passing(judged(given, rules, constituents=["600001.SH", "600002.SH"])) == [2, 3, 4]
    assert passing(judged(given, rules)) == [3, 4]


def test_a_later_screen_counts_who_is_left():
    rules = screened(TOP, {"measure": "average_market_value", "top_share": 0.5})
    given = names([40, 30, 20, 10])
    for code, close in zip(given, (1.0, 2.0, 9.0, 9.0), strict=True):
        given[code]["close"] = close
    found = judged(given, rules)
    assert passing(found) == [2]
    assert found.table["screen"].to_list() == [
        "average_market_value",
        None,
        "average_turnover",
        "average_turnover",
    ]


def test_who_fails_before_is_not_counted():
    given = names([40, 30, 20, 10])
    found = judged(given, screened(TOP), decisions={"excluded": ["600001.SH", "600002.SH"]})
    assert passing(found) == [3]


@pytest.mark.parametrize(("turnover", "passes"), [(1000.0, True), (999.99, False)])
def test_a_minimum_is_reached_by_what_is_equal_to_it(turnover, passes):
    rules = screened({"measure": "average_turnover", "minimum": 1000.0})
    result = ELIGIBLE if passes else ("average_turnover", None)
    assert screen(names([turnover]), rules) == result


@pytest.mark.parametrize(("turnover", "passes"), [(500.0, True), (499.99, False)])
def test_constituents_may_have_a_minimum_of_their_own(turnover, passes):
    rules = screened(
        {"measure": "average_turnover", "minimum": 1000.0, "constituent_minimum": 500.0}
    )
    given = names([turnover])
    expected = ELIGIBLE if passes else ("average_turnover", None)
    assert screen(given, rules, constituents=given) == expected
    assert screen(given, rules) == ("average_turnover", None)


def test_the_reason_says_the_figures():
    rules = screened(TOP, {"measure": "market_value", "minimum": 20_000})
    given = names([40, 10])
    assert verdict(given, rules, of="600002.SH")["reason"] == (
        "average turnover 10 CNY, place 2 of 2: the first 1 pass"
    )
    assert verdict(given, rules)["reason"] == "market value 10000 CNY, must be at least 20000"


def two_exchanges(*turnovers):
    """Return names of Shenzhen with turnovers of 5 and 6, and of Shanghai with those given."""
    return names(turnovers) | {"000001.SZ": {"turnover": 5}, "000002.SZ": {"turnover": 6}}


def test_a_screen_may_be_for_the_securities_of_one_exchange():
    rules = screened({"measure": "average_turnover", "minimum": 10, "exchanges": ["XSHG"]})
    table = judged(two_exchanges(9, 10), rules).table
    assert table.filter("eligible")["security"].to_list() == ["000001.SZ", "000002.SZ", "600002.SH"]
    assert table.filter(~pl.col("eligible"))["reason"].to_list() == [
        "average turnover 9 CNY, must be at least 10 on XSHG"
    ]


def test_a_top_share_of_one_exchange_counts_its_securities_alone():
    given = two_exchanges(1, 4, 3, 2)
    table = judged(given, screened({**TOP, "exchanges": ["XSHG"]})).table
    assert table.filter("eligible")["security"].to_list() == [
        *("000001.SZ", "000002.SZ"),
        *("600002.SH", "600003.SH"),
    ]
    reasons = dict(table.select("security", "reason").iter_rows())
    assert reasons["600004.SH"] == (
        "average turnover 2 CNY, place 3 of 4 on XSHG: the first 2 pass"
    )
    # Of all six the first three pass: both of Shenzhen are among them.
    everyone = judged(given, screened(TOP)).table
    assert everyone.filter("eligible")["security"].to_list() == [
        *("000001.SZ", "000002.SZ"),
        "600002.SH",
    ]


def test_exchanges_may_have_bounds_of_their_own():
    rules = screened(
        {"measure": "average_turnover", "minimum": 10, "exchanges": ["XSHG"]},
        {"measure": "average_turnover", "minimum": 6, "exchanges": ["XSHE", "XHKG"]},
    )
    table = judged(two_exchanges(9, 10), rules).table
    assert table.filter("eligible")["security"].to_list() == ["000002.SZ", "600002.SH"]
    assert table["reason"][0] == "average turnover 5 CNY, must be at least 6 on XSHE and XHKG"


def test_a_name_without_data_does_not_pass():
    gaps = {"600001.SH": {day for day in _window() if day >= DATES.first}}
    rules = screened({"measure": "average_turnover", "minimum": 0})
    found = judged(names([10, 10]), rules, gaps=gaps, constituents=["600001.SH"])
    assert found.table["reason"][0] == "no average turnover, must be at least 0"


def _window():
    days = (DATES.cutoff - DATES.first).days
    return [DATES.first + timedelta(days=number) for number in range(-1, days + 1)]


def test_the_measures_of_screens_and_ranks_stand_in_the_table():
    rules = methodology(
        universe={"screens": [{"measure": "average_turnover", "minimum": 1}]},
        selection={
            "rank_by": [{"measure": "market_value"}, {"measure": "free_float_market_value"}]
        },
    )
    table = judged(names([7]), rules).table
    assert table.select("average_turnover", "market_value", "free_float_market_value").row(0) == (
        7.0,
        10_000.0,
        6_000.0,
    )


CHANGE = {"valid_from": "2024-01-01", "universe": {"boards": ["main"]}}
STAR = {"688001.SH": {"board": "star", "listed": date(2020, 1, 2)}, "600001.SH": {"board": "main"}}


def changed(grandfather=None, **other):
    entry = CHANGE | ({"grandfather": grandfather} if grandfather else {}) | other
    return methodology(change=[entry])


@pytest.mark.rule("R58")
@pytest.mark.parametrize(
    ("valid_from", "verdict_of"),
    [(DATES.effective, ("board", None)), (DATES.effective + timedelta(days=1), ELIGIBLE)],
)
def test_the_rules_of_the_effective_session_count(valid_from, verdict_of):
    rules = changed(valid_from=valid_from)
    assert screen(STAR, rules, of="688001.SH") == verdict_of


@pytest.mark.rule("R58")
@pytest.mark.parametrize(
    ("since", "verdict_of"),
    [(date(2023, 12, 29), ELIGIBLE), (date(2024, 1, 1), ("board", None)), (None, ("board", None))],
)
def test_constituents_may_keep_the_rules_under_which_they_entered(since, verdict_of):
    decisions = {"since": {"688001.SH": since}} if since else None
    found = screen(
        STAR,
        changed("constituents"),
        of="688001.SH",
        constituents=["688001.SH"],
        decisions=decisions,
    )
    assert found == verdict_of


@pytest.mark.rule("R58")
@pytest.mark.parametrize(
    ("listed", "verdict_of"),
    [(date(2023, 12, 29), ELIGIBLE), (date(2024, 1, 1), ("board", None))],
)
def test_securities_listed_before_may_keep_the_former_rules(listed, verdict_of):
    given = {"688001.SH": {"board": "star", "listed": listed}, "600001.SH": {"board": "main"}}
    assert screen(given, changed("listed"), of="688001.SH") == verdict_of


@pytest.mark.rule("R58")
def test_a_later_change_without_exception_holds_for_all():
    rules = methodology(
        change=[
            CHANGE | {"grandfather": "listed"},
            {"valid_from": "2024-03-01", "universe": {"boards": ["main", "chinext"]}},
        ]
    )
    assert screen(STAR, rules, of="688001.SH") == ("board", None)


@pytest.mark.rule("R58")
def test_versions_may_screen_by_different_measures():
    later = {"screens": [{"measure": "average_turnover", "minimum": 20.0}]}
    rules = methodology(
        universe={"screens": [{"measure": "market_value", "minimum": 1.0}]},
        change=[{"valid_from": "2024-01-01", "grandfather": "listed", "universe": later}],
    )
    given = names([10, 10])
    given["600002.SH"]["listed"] = date(2024, 1, 1)
    table = judged(given, rules).table
    assert table["screen"].to_list() == [None, "average_turnover"]
    assert table["market_value"].to_list() == [10_000.0, None]
    assert table["average_turnover"].to_list() == [None, 10.0]


def test_every_security_of_the_exchanges_stands_in_the_table_once_by_code():
    given = {**STAR, "000001.SZ": {}, "00700.HK": {}}
    fx = rows("date pair rate", (date(2023, 4, 3), "HKDCNY", 0.9))
    table = judged(given, changed("listed"), fx=fx).table
    assert table["security"].to_list() == ["000001.SZ", "00700.HK", "600001.SH", "688001.SH"]
