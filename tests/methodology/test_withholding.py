"""Withholding tax of many dividends at once."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from paasche.errors import MissingDataError
from paasche.methodology import Methodology, withholding_rates
from paasche.methodology.tables import withholding_tables

TABLE = withholding_tables()["non-resident-enterprise"]


def dividends(*rows):
    schema = {
        "security": pl.String,
        "country": pl.String,
        "exchange": pl.String,
        "kind": pl.String,
        "ex_date": pl.Date,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_mainland_companies_withhold_10_percent_from_2008_on_and_nothing_before():
    frame = dividends(
        ("600519.SH", "CN", "XSHG", "cash_dividend", date(2008, 1, 1)),
        ("00939.HK", "CN", "XHKG", "special_dividend", date(2024, 6, 14)),
        ("600519.SH", "CN", "XSHG", "cash_dividend", date(2007, 12, 31)),
        ("00005.HK", "HK", "XHKG", "cash_dividend", date(2024, 6, 14)),
        ("00700.HK", "KY", "XHKG", "cash_dividend", date(2024, 6, 14)),
    )
    assert withholding_rates(TABLE, frame).to_list() == [0.1, 0.1, 0.0, 0.0, 0.0]


def test_rates_come_in_the_order_of_the_rows_and_no_rows_give_no_rates():
    rows = [("600519.SH", "CN", "XSHG", "cash_dividend", date(year, 6, 1)) for year in (2009, 2007)]
    assert withholding_rates(TABLE, dividends(*rows)).to_list() == [0.1, 0.0]
    assert withholding_rates(TABLE, dividends(*rows[::-1])).to_list() == [0.0, 0.1]
    assert withholding_rates(TABLE, dividends()).to_list() == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            ("AAPL.OQ", "US", "XNAS", "cash_dividend", date(2024, 6, 14)),
            (
                "dividend of AAPL.OQ with country = US, exchange = XNAS, kind = "
                "cash_dividend, ex_date = 2024-06-14: must have a rate in withholding tax "
                "table non-resident-enterprise; add an entry"
            ),
        ),
        (
            ("600519.SH", "CN", "XSHG", "cash_dividend", date(1992, 6, 1)),
            (
                "dividend of 600519.SH with country = CN, exchange = XSHG, kind = "
                "cash_dividend, ex_date = 1992-06-01: must have a rate in withholding tax "
                "table non-resident-enterprise, which begins on 1993-07-21 for this key; add "
                "an earlier entry"
            ),
        ),
        (
            ("600519.SH", None, "XSHG", "cash_dividend", date(2024, 6, 14)),
            (
                "securities country of 600519.SH = null: must be the country of "
                "incorporation, a key of withholding tax table non-resident-enterprise; give "
                "it, or calculate no net total return"
            ),
        ),
    ],
)
def test_a_missing_rate_is_an_error_that_names_key_and_table(row, message):
    known = ("00005.HK", "HK", "XHKG", "cash_dividend", date(2024, 6, 14))
    with pytest.raises(MissingDataError) as caught:
        withholding_rates(TABLE, dividends(known, row))
    assert str(caught.value) == message


def test_a_list_written_in_the_methodology_is_a_table_too():
    methodology = Methodology.from_dict(
        {
            "schema_version": 1,
            "index": {
                "code": "X",
                "name": "X",
                "currency": "HKD",
                "base_date": "2015-01-05",
                "base_level": 1000,
                "variants": ["net_total_return"],
            },
            "universe": {"constituents": "table"},
            "weighting": {"scheme": "equal"},
            "net_total_return": {
                "withholding_tax": [
                    {
                        "country": "HK",
                        "exchange": "XHKG",
                        "kind": "cash_dividend",
                        "rate": rate,
                        "from": since,
                    }
                    for rate, since in ((0.3, "2020-01-01"), (0.2, "2010-01-01"))
                ]
            },
        }
    )
    frame = dividends(
        ("00005.HK", "HK", "XHKG", "cash_dividend", date(2020, 1, 1)),
        ("00005.HK", "HK", "XHKG", "cash_dividend", date(2019, 12, 31)),
    )
    table = methodology.net_total_return.table
    assert withholding_rates(table, frame).to_list() == [0.3, 0.2]
    assert table.valid_from == date(2010, 1, 1)
