"""Rates of an index in two currencies: which pair, how long one is kept, from which date on."""

import polars as pl
import pytest

from calculation.small_markets import NAMES, SESSIONS, calculated, methodology, tables
from paasche.errors import MissingDataError


def levels(result, variant="price", currency="CNY"):
    rows = result.levels.filter((pl.col("variant") == variant) & (pl.col("currency") == currency))
    return rows["level"].to_list()


def two_currencies(pairs):
    securities = tables()["securities"].with_columns(
        security=pl.Series([NAMES[0], "00700.HK"]),
        exchange=pl.Series(["XSHG", "XHKG"]),
        currency=pl.Series(["CNY", "HKD"]),
    )

    def swapped(table):
        return table.with_columns(pl.col("security").replace(NAMES[1], "00700.HK"))

    names = ("prices", "shares", "constituents")
    calendar = tables()["calendar"]
    return {
        "securities": securities,
        **{name: swapped(tables()[name]) for name in names},
        "calendar": pl.concat([calendar, calendar.with_columns(exchange=pl.lit("XHKG"))]),
        "fx": pl.DataFrame(pairs, schema=["date", "pair", "rate"], orient="row"),
    }


@pytest.mark.rule("R49")
def test_a_kept_rate_is_flagged_and_refused_when_it_is_too_old():
    market = two_currencies([(SESSIONS[0], "HKDCNY", 0.9), (SESSIONS[4], "HKDCNY", 0.91)])
    kept = calculated(**market).events.filter(pl.col("event") == "rate_kept")
    assert kept["before"].to_list() == [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    market = two_currencies([(SESSIONS[0], "HKDCNY", 0.9)])
    with pytest.raises(MissingDataError, match=r"fx HKDCNY on 2024-01-16: .*6 sessions old"):
        calculated(**market)


@pytest.mark.rule("R49")
def test_a_pair_may_be_quoted_the_other_way_round():
    direct = calculated(**two_currencies([(day, "HKDCNY", 0.8) for day in SESSIONS]))
    inverse = calculated(**two_currencies([(day, "CNYHKD", 1.25) for day in SESSIONS]))
    assert levels(direct) == levels(inverse)


def test_versions_start_from_the_rate_of_the_base_date_also_after_an_anchor():
    market = two_currencies(
        [(day, "HKDCNY", 0.8 if day < SESSIONS[5] else 1.0) for day in SESSIONS]
    )
    whole = calculated(methodology(index={"currencies": ["CNY", "HKD"]}), **market)
    at = SESSIONS[5]
    rows = whole.levels.filter(pl.col("date") == at, pl.col("currency") == "CNY")
    known = dict(rows.select("variant", "level_unrounded").iter_rows())
    anchor = {"date": at, "level": known["price"], "total_return": known["total_return"]}
    anchored = calculated(
        methodology(index={"currencies": ["CNY", "HKD"], "anchor": anchor}), **market
    )
    assert levels(anchored, currency="HKD") == levels(whole, currency="HKD")[5:]


def test_a_rate_is_needed_only_while_a_name_is_in_its_currency():
    market = two_currencies([(SESSIONS[0], "HKDCNY", 0.9), (SESSIONS[1], "HKDCNY", 0.9)])
    alone = pl.DataFrame({"effective": [SESSIONS[2]], "security": [NAMES[0]]})
    market["constituents"] = pl.concat([market["constituents"], alone])
    assert len(levels(calculated(**market))) == len(SESSIONS)
