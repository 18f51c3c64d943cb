"""Pages of two securities over two sessions: every scheme, one variant, names in Chinese."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

import paasche as px
from paasche.report import factsheet
from report.pages import read, rows

NAMES = ["600001.SH", "600002.SH"]
SESSIONS = [date(2024, 1, 2), date(2024, 1, 3)]
BANDS = {"free_float_bands": [{"from": "2020-01-01", "table": "ces-2023"}]}


@pytest.fixture(scope="module", name="market")
def _market():
    first = [SESSIONS[0]] * 2
    return px.Market.from_frames(
        {
            "securities": pl.DataFrame(
                {
                    "security": NAMES,
                    "name": ["甲公司", "乙公司"],
                    "exchange": ["XSHG"] * 2,
                    "currency": ["CNY"] * 2,
                }
            ),
            "prices": pl.DataFrame(
                {
                    "date": [*first, *[SESSIONS[1]] * 2],
                    "security": NAMES * 2,
                    "close": [10.0, 20.0, 11.0, 19.0],
                }
            ),
            "shares": pl.DataFrame(
                {
                    "security": NAMES,
                    "effective": first,
                    "total": [100_000, 8_000],
                    "free_float": [11_200, 3_500],
                }
            ),
            "constituents": pl.DataFrame({"effective": first, "security": NAMES}),
        }
    )


def page(market, weighting, **index):
    rules = {
        "schema_version": 1,
        "index": {
            "code": "TWO",
            "name": "沪市两只",
            "currency": "CNY",
            "base_date": "2024-01-02",
            "base_level": 1000.0,
            **index,
        },
        "universe": {"constituents": "table"},
        "weighting": weighting,
    }
    return read(factsheet(px.calculate(px.Methodology.from_dict(rules), market), "zh"))


@pytest.mark.parametrize(
    ("weighting", "weight"),
    [
        # 12,000 at 11 and 4,000 at 19; 100,000 at 11 and 8,000 at 19; halves at 10 and 20.
        ({"scheme": "free_float", **BANDS}, "63.46%"),
        ({"scheme": "total"}, "87.86%"),
        ({"scheme": "equal"}, "53.66%"),
        ({"scheme": "price"}, "36.67%"),
    ],
    ids=lambda value: value["scheme"] if isinstance(value, dict) else value,
)
def test_every_scheme_has_a_page(market, weighting, weight):
    found = page(market, weighting)
    assert found.one("h1").text == "沪市两只"
    top = {name: cells[-1] for name, *cells in rows(found, "前 2 大样本")}
    assert top["甲公司"] == weight


def test_an_index_without_a_price_variant_has_a_page(market):
    found = page(market, {"scheme": "total"}, variants=["total_return"])
    assert [row[0] for row in rows(found, "截至 2024-01-03 的收益率")] == ["CNY", "全收益指数"]


def test_an_anchor_and_dated_rule_tables_are_key_facts(market):
    anchor = {"date": "2024-01-02", "level": 1000.0}
    found = page(market, {"scheme": "free_float", **BANDS}, anchor=anchor)
    facts = {one.one("dt").text: one.one("dd").text for one in next(found.all("dl")).all("div")}
    assert facts["起算点"] == "2024-01-02，1,000.00 点"
    assert facts["分级靠档表"] == "2020-01-01 起 ces-2023"
