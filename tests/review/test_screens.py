"""Who is eligible: each screen, on both sides of its boundary."""

from datetime import date, timedelta

import polars as pl
import pytest

import paasche as px
from paasche.errors import MissingDataError
from review.review_markets import (
    DATES,
    frames,
    judged,
    methodology,
    rows,
    screen,
    sessions_back,
    status,
    verdict,
)

ONE = {"600001.SH": {}}
CUTOFF = DATES.cutoff
ELIGIBLE = (None, None)


def universe_of(**universe):
    return methodology(universe={"exchanges": ["XSHG", "XSHE", "XHKG", "BJSE"], **universe})


def actions(*given):
    found = rows("security ex_date kind announced cancelled", *given)
    return found.cast({"announced": pl.Date, "cancelled": pl.Date})


def test_a_name_that_nothing_speaks_against_is_eligible():
    row = verdict(ONE)
    assert (row["eligible"], row["screen"], row["rule"], row["reason"]) == (True, None, None, None)


@pytest.mark.parametrize(
    ("key", "value", "passes", "fails"),
    [
        ("exchanges", ["XSHG"], {"600001.SH": {}}, {"000001.SZ": {}}),
        ("boards", ["main"], {"600001.SH": {"board": "main"}}, {"688001.SH": {"board": "star"}}),
        ("classes", ["A"], {"600001.SH": {"class": "A"}}, {"900001.SH": {"class": "B"}}),
        ("currencies", ["CNY"], {"600001.SH": {}}, {"00700.HK": {}}),
        (
            "industries",
            ["Gaming"],
            {"600001.SH": {"industry": "Gaming"}},
            {"600002.SH": {"industry": "Gam"}},
        ),
    ],
)
def test_the_universe_is_chosen_by_what_a_security_is_listed_as(key, value, passes, fails):
    names = passes | fails
    fx = rows("date pair rate", (date(2023, 4, 3), "HKDCNY", 0.9))
    table = judged(names, universe_of(**{key: value}), fx=fx).table
    found = dict(table.select("security", "eligible").iter_rows())
    # A name of an exchange that no rule names is not looked at, or looked at and refused.
    assert {code: found.get(code, False) for code in names} == dict.fromkeys(
        passes, True
    ) | dict.fromkeys(fails, False)


def test_a_board_that_is_not_stated_passes_and_an_industry_that_is_not_does_not():
    assert screen(ONE, universe_of(boards=["main"])) == ELIGIBLE
    row = verdict(ONE, universe_of(industries=["Gaming"]))
    assert (row["screen"], row["reason"]) == ("industry", "industry not stated: must be Gaming")


@pytest.mark.rule("R61")
def test_a_depositary_receipt_is_of_a_class_of_its_own():
    names = {"689009.SH": {"class": "CDR"}}
    assert screen(names, universe_of(classes=["A", "CDR"]), of="689009.SH") == ELIGIBLE
    assert screen(names, universe_of(classes=["A"]), of="689009.SH") == ("class", None)


@pytest.mark.rule("R5")
def test_who_the_committee_excludes_is_out_for_that_reason():
    decisions = {"excluded": ["600001.SH"]}
    assert screen(ONE, decisions=decisions) == ("excluded", "R5")
    assert screen(ONE, decisions=decisions, constituents=ONE) == ("excluded", "R5")


CONNECT = {"connect_exchanges": ["XSHG", "BJSE"]}


@pytest.mark.rule("R30")
@pytest.mark.parametrize(
    ("end", "verdict_of"),
    [(None, ELIGIBLE), (CUTOFF, ELIGIBLE), (CUTOFF - timedelta(days=1), ("connect", "R30"))],
)
def test_a_connect_universe_takes_names_in_stock_connect_at_the_cutoff(end, verdict_of):
    table = status(("600001.SH", "connect", date(2023, 4, 3), end))
    assert screen(ONE, universe_of(**CONNECT), status=table) == verdict_of


@pytest.mark.rule("R30")
@pytest.mark.parametrize(
    ("start", "verdict_of"),
    [(CUTOFF, ("sell_only", "R30")), (CUTOFF + timedelta(days=1), ELIGIBLE)],
)
def test_a_connect_universe_takes_no_name_that_can_only_be_sold(start, verdict_of):
    connect = ("600001.SH", "connect", date(2023, 4, 3), None)
    table = status(connect, ("600001.SH", "sell_only", start, None))
    assert screen(ONE, universe_of(**CONNECT), status=table) == verdict_of
    assert screen(ONE, universe_of(), status=table) == ELIGIBLE


@pytest.mark.rule("N5", "R30")
def test_a_beijing_name_is_in_no_connect_universe_and_in_those_of_its_exchange():
    names = {"920808.BJ": {}, "600001.SH": {}}
    connect = status(("600001.SH", "connect", date(2023, 4, 3), None))
    of = "920808.BJ"
    assert screen(names, universe_of(**CONNECT), of=of, status=connect) == ("connect", "R30")
    assert screen(names, universe_of(connect_exchanges=["XSHG"]), of=of, status=connect) == ELIGIBLE
    without = methodology(universe={"exchanges": ["XSHG", "XSHE"]})
    assert judged(names, without).table["security"].to_list() == ["600001.SH"]


@pytest.mark.rule("R30")
def test_a_connect_universe_needs_to_know_who_is_in_stock_connect():
    with pytest.raises(MissingDataError, match="status connect: must be there"):
        judged(ONE, universe_of(**CONNECT))


@pytest.mark.rule("R31", "R61")
@pytest.mark.parametrize("warning", ["risk_warning", "delisting_warning"])
def test_a_warning_at_the_cutoff_keeps_a_shares_out(warning):
    table = status(*((code, warning, CUTOFF, None) for code in ("600001.SH", "900001.SH")))
    names = {"600001.SH": {}, "900001.SH": {"class": "B"}}
    assert screen(names, status=table) == (warning, "R31")
    assert screen(names, status=table, constituents=names) == (warning, "R31")
    assert screen(names, status=table, of="900001.SH") == ELIGIBLE
    later = table.with_columns(start=pl.lit(CUTOFF + timedelta(days=1)))
    assert screen(names, status=later) == ELIGIBLE
    assert screen(names, universe_of(excluded_status=[]), status=table) == ELIGIBLE


@pytest.mark.rule("R19")
@pytest.mark.parametrize(
    ("lifted", "verdict_of"),
    [
        (date(2024, 1, 30), ELIGIBLE),  # exactly three months before 30 April
        (date(2024, 1, 31), ELIGIBLE),  # three months later is 30 April too, the end of the month
        (date(2024, 2, 1), ("warning_lifted", "R19")),
    ],
)
@pytest.mark.parametrize("constituents", [(), ("600001.SH",)])
def test_a_warning_must_have_been_lifted_three_months_ago(lifted, verdict_of, constituents):
    table = status(("600001.SH", "risk_warning", date(2023, 6, 1), lifted - timedelta(days=1)))
    assert screen(ONE, status=table, constituents=constituents) == verdict_of


@pytest.mark.rule("R28")
@pytest.mark.parametrize(
    ("ex_date", "verdict_of"),
    [(DATES.effective, ("gone", "R28")), (DATES.effective + timedelta(days=1), ELIGIBLE)],
)
def test_who_is_known_to_be_gone_by_the_effective_session_is_not_eligible(ex_date, verdict_of):
    table = actions(("600001.SH", ex_date, "delisting", DATES.announcement, None))
    assert screen(ONE, corporate_actions=table) == verdict_of
    unknown = actions(("600001.SH", ex_date, "delisting", date(2024, 6, 3), None))
    assert screen(ONE, corporate_actions=unknown) == ELIGIBLE


@pytest.mark.rule("R4")
def test_a_newcomer_needs_four_trading_days_by_the_cutoff():
    for days, verdict_of in ((3, ("trading_days", "R4")), (4, ELIGIBLE)):
        names = {"600001.SH": {"listed": sessions_back(days)[0]}}
        assert screen(names) == verdict_of


@pytest.mark.rule("R4")
def test_who_is_listed_after_the_cutoff_or_never_priced_is_not_eligible():
    day = CUTOFF + timedelta(days=1)
    names = {"600001.SH": {"listed": day}, "600002.SH": {}}
    assert screen(names) == ("listed", "R4")
    gaps = {"600001.SH": set(sessions_back(400))}
    assert screen({"600001.SH": {}, "600002.SH": {}}, gaps=gaps) == ("close", "R4")
    unknown = {"600001.SH": {"listed": None}, "600002.SH": {}}
    assert screen(unknown, gaps=gaps) == ("listed", "R4")


def test_a_name_without_a_share_count_is_not_eligible():
    shares = frames({"600002.SH": {}})["shares"]
    names = {"600001.SH": {}, "600002.SH": {}}
    assert screen(names, shares=shares) == ("shares", "R4")


@pytest.mark.rule("N4", "R46")
def test_a_name_without_free_float_is_not_eligible():
    # N4: 70,463,598 of 200,000,001 shares, 35.23 %, fall into the band of 40 %; after the tender 0.
    float_shares, total = 70_463_598, 200_000_001
    assert px.inclusion_factor([float_shares, 0], [total, total]).tolist() == [0.4, 0.0]
    before, after = (
        {"600001.SH": {"total": total, "free_float": count}} for count in (float_shares, 0)
    )
    assert screen(before) == ELIGIBLE
    assert screen(after) == ("no_free_float", "R46")
    assert screen({"600001.SH": {"total": total, "free_float": 1}}) == ELIGIBLE


@pytest.mark.rule("R46")
def test_a_free_float_must_be_stated_where_weights_or_measures_rest_on_it():
    names = {"600001.SH": {"free_float": None}, "600002.SH": {}}
    assert screen(names) == ("free_float", "R46")
    total = methodology(weighting={"scheme": "total", "free_float_bands": None})
    assert screen(names, total) == ELIGIBLE
    ranked = methodology(
        weighting={"scheme": "total", "free_float_bands": None},
        selection={"rank_by": [{"measure": "free_float_market_value"}]},
    )
    assert screen(names, ranked) == ("free_float", "R46")


def test_a_candidate_in_a_currency_without_a_rate_is_refused():
    names = {"600001.SH": {}, "00700.HK": {}}
    with pytest.raises(MissingDataError, match=r"fx HKDCNY from 2023-05-01.*measure 00700.HK"):
        judged(names)
    late = rows("date pair rate", (date(2023, 5, 2), "HKDCNY", 0.9))
    with pytest.raises(MissingDataError, match="HKDCNY"):
        judged(names, fx=late)
    first = rows("date pair rate", (date(2023, 5, 1), "HKDCNY", 0.9))
    assert screen(names, of="00700.HK", fx=first) == ELIGIBLE
    # Who is no candidate needs no rate.
    assert screen(names, universe_of(currencies=["CNY"]), of="00700.HK") == ("currency", None)


def test_a_measure_of_turnover_needs_the_column():
    tables = {"prices": frames(ONE)["prices"].drop("turnover")}
    rules = universe_of(screens=[{"measure": "average_turnover", "minimum": 1}])
    with pytest.raises(MissingDataError, match="prices turnover: must be there"):
        judged(ONE, rules, **tables)


@pytest.mark.rule("N9")
def test_names_that_share_a_part_are_never_taken_for_each_other():
    names = {
        "600001.SH": {"name": "曙光"},
        "600011.SH": {"name": "曙光电缆"},
        "60000.HK": {"name": "曙光数创"},
    }
    fx = rows("date pair rate", (date(2023, 4, 3), "HKDCNY", 0.9))
    table = judged(
        names,
        constituents=["600011.SH"],
        decisions={"excluded": ["600001.SH"]},
        status=status(("600011.SH", "risk_warning", CUTOFF, None)),
        fx=fx,
    ).table
    found = {
        code: (stays, screen_)
        for code, stays, screen_ in table.select("security", "constituent", "screen").iter_rows()
    }
    assert found == {
        "60000.HK": (False, None),
        "600001.SH": (False, "excluded"),
        "600011.SH": (True, "risk_warning"),
    }


@pytest.mark.rule("N7")
def test_extreme_moves_of_a_single_day_are_no_reason_to_keep_a_name_out():
    tables = frames({f"60000{number}.SH": {} for number in (1, 2, 3)})
    factor = pl.col("security").replace_strict(
        {"600001.SH": 1.1206, "600002.SH": 0.8671, "600003.SH": 1.3}
    )
    moved = pl.when(pl.col("date") == CUTOFF).then(pl.col("close") * factor).otherwise("close")
    tables["prices"] = tables["prices"].with_columns(close=moved)
    names = {f"60000{number}.SH": {} for number in (1, 2, 3)}
    assert judged(names, prices=tables["prices"]).table["eligible"].all()


def test_a_table_that_is_not_there_is_noted():
    notes = judged(ONE).notes
    assert notes == (
        "financials: not there; R20 and R21 are not judged",
        "status: not there; R19 and R31 are not judged",
    )
    relaxed = universe_of(loss_makers="allowed", reports="not_required", excluded_status=[])
    assert judged(ONE, relaxed).notes == ()
