"""Scenarios of one day: published moves of small baskets, by weighting (N6, N7, N11, N12)."""

from datetime import date

import polars as pl
import pytest

import paasche as px
from paasche import market as vendors
from review.small_review_markets import frames, methodology

EVE, DAY = date(2025, 11, 7), date(2025, 11, 10)

# N6: optical modules on 10 November 2025: code, return in percent, total value after in 1e8 yuan,
# weight before with a single cap of 15 %, weight with caps of 25 % and 80 %.
OPTICAL = {
    "仕佳光子": ("688313.SH", -6.18, 318.0, 0.15, 0.078896),
    "德科立": ("688205.SH", -5.49, 140.0, 0.066417, 0.044503),
    "景旺电子": ("603228.SH", -5.18, 686.0, 0.15, 0.168401),
    "新易盛": ("300502.SZ", -4.94, 3305.0, 0.15, 0.25),
    "可川科技": ("603052.SH", -4.92, 67.55, 0.031854, 0.021344),
    "中际旭创": ("300308.SZ", -4.48, 5201.0, 0.15, 0.25),
    "中富电路": ("300814.SZ", -4.29, 132.0, 0.061837, 0.041434),
    "太辰光": ("300570.SZ", -4.16, 217.0, 0.101518, 0.052703),
    "汇绿生态": ("001267.SZ", -4.09, 153.0, 0.071525, 0.047926),
    "联特科技": ("301205.SZ", -4.09, 143.0, 0.066850, 0.044793),
}


def moved(moves, values, *, eve=EVE, day=DAY, **weighting):
    """Return the index of a table of names from one close to the next: a level of 1000 before.

    Every name closes at 100 before, and is worth `values` (yuan) then.
    """
    names = {
        name: {
            "close": 100.0,
            "closes": {day: 100.0 * (1 + move / 100)},
            "total": round(value / 100),
        }
        for (name, move), value in zip(moves, values, strict=True)
    }
    made = frames(names, first=eve, last=day)
    made["constituents"] = pl.DataFrame({"effective": eve, "security": list(names)})
    rules = methodology(
        index={"base_date": eve},
        universe={"exchanges": None, "constituents": "table"},
        weighting={"scheme": "total", "free_float_bands": None} | weighting,
        selection=None,
    )
    return px.calculate(rules, px.Market.from_frames(made))


def change(result):
    """Return the change of the day in percent, to the four places of the source."""
    before, after = result.levels["level_unrounded"]
    return round(100 * (after / before - 1), 4)


def optical(**weighting):
    moves = [(code, move) for code, move, *_ in OPTICAL.values()]
    before = [1e8 * value / (1 + move / 100) for _, move, value, *_ in OPTICAL.values()]
    return moved(moves, before, **weighting)


def weights(result):
    rows = result.constituents.select("security", "weight")
    return {security: round(weight, 6) for security, weight in rows.iter_rows()}


@pytest.mark.rule("N6", "R36")
def test_a_basket_weighted_by_value():
    result = optical()
    assert change(result) == -4.7231
    # 10,362.55 after, 10,876.243733 before.
    before, after = result.levels["value"]
    assert before == pytest.approx(10_876.243733e8, rel=1e-8)
    assert after == pytest.approx(10_362.55e8, rel=1e-8)
    own = weights(result)
    assert (own["300308.SZ"], own["300502.SZ"], own["603228.SH"]) == (0.500626, 0.319665, 0.066519)


@pytest.mark.rule("N6", "R37")
def test_a_basket_of_equal_weights():
    result = optical(scheme="equal")
    assert change(result) == -4.7820
    assert set(weights(result).values()) == {0.1}


@pytest.mark.rule("N6", "R39")
def test_a_basket_with_a_single_cap_of_15_percent():
    result = optical(single_cap=0.15)
    assert change(result) == -4.8919
    assert weights(result) == {code: single for code, _, _, single, _ in OPTICAL.values()}


@pytest.mark.rule("N6", "R40")
def test_a_basket_with_caps_of_25_and_80_percent():
    result = optical(single_cap=0.25, top_five_cap=0.80)
    assert change(result) == -4.8404
    assert weights(result) == {code: both for code, *_, both in OPTICAL.values()}


# N11: computer equipment on 29 October 2025.
EQUIPMENT = [
    ("920808.BJ", 12.06),  # 曙光数创
    ("603516.SH", 10.00),  # 淳中科技, at its limit
    ("605118.SH", 7.52),  # 力鼎光电
    ("300302.SZ", 6.39),  # 同有科技
    ("300934.SZ", -13.29),  # 佳缘科技 (stand-in code of its board)
    ("688292.SH", -10.23),  # 浩瀚深度
    ("300042.SZ", -6.51),  # 朗科科技
]


@pytest.mark.rule("N11", "R37")
def test_seven_names_of_computer_equipment_with_equal_weights():
    days = {"eve": date(2025, 10, 28), "day": date(2025, 10, 29)}
    result = moved(EQUIPMENT, [1e9] * 7, **days, scheme="equal")
    assert change(result) == 0.8486


@pytest.mark.rule("N11", "N12")
@pytest.mark.parametrize(
    ("average", "close", "move"),
    [
        (4.39e8 / 4_810_000, 94.89, 12.06),
        (177.11, 178.20, 10.00),
        (35.62, 34.63, -13.29),
        (20.69, 20.10, -10.23),
        (32.71, 32.32, -6.51),
    ],
)
def test_the_average_price_of_the_day_lies_within_its_move(average, close, move):
    opened = close / (1 + move / 100)
    assert min(opened, close) <= average <= max(opened, close)


def bar(volume, unit="lot"):
    day = pl.DataFrame(
        {
            "日期": [date(2025, 10, 29)],
            "收盘": [94.89],
            "成交量": [volume],
            "成交额": [4.39e8],
        }
    )
    return vendors.from_akshare(
        stock_zh_a_hist={"920808": day},
        units={"stock_zh_a_hist.成交量": unit},
    )


@pytest.mark.rule("N11", "N12")
def test_amount_over_lots_tells_a_vendor_figure_in_the_wrong_unit():
    # 48,100 lots for 439 million: 91.27 a share beside a close of 94.89.
    prices = bar(48_100)["prices"]
    assert round(prices["turnover"].item() / prices["volume"].item(), 2) == 91.27
    with pytest.raises(px.InputError, match=r"turnover / \(volume × close\) is 96\.18"):
        bar(48_100, "share")


@pytest.mark.rule("N12")
def test_two_valuations_of_one_price_agree_within_half_a_percent():
    by_earnings = 189.74 * 0.45
    by_sales = 21.42 * 8.01 / 2.00
    assert (round(by_earnings, 2), round(by_sales, 2)) == (85.38, 85.79)
    assert abs(by_sales / by_earnings - 1) < 0.005


@pytest.mark.rule("N7", "R42")
@pytest.mark.parametrize(
    ("code", "move"),
    [
        ("920808.BJ", 12.06),
        ("300934.SZ", -13.29),
        ("600001.SH", 10.0),
        ("600001.SH", -10.0),
        ("688001.SH", 20.0),
        ("300001.SZ", -20.0),
        ("920001.BJ", 30.0),
        ("920001.BJ", -30.0),
    ],
)
def test_an_extreme_move_counts_in_full(code, move):
    result = moved([(code, move), ("600999.SH", 0.0)], [1e9, 3e9])
    assert change(result) == pytest.approx(move / 4, abs=1e-4)
    # Nothing is filtered: no warning, no event.
    assert result.warnings == ()
    assert result.events.filter(pl.col("session") > EVE).is_empty()


@pytest.mark.rule("N7", "R42")
def test_a_move_beyond_the_limit_of_its_board_is_reported_by_the_check_and_counts_all_the_same():
    made = frames({"600001.SH": {"closes": {DAY: 11.2}}}, first=date(2025, 10, 8), last=DAY)
    made["constituents"] = pl.DataFrame({"effective": [EVE], "security": ["600001.SH"]})
    found = px.Market.from_frames(made)
    alert = px.check(found).filter(kind="move").row(0, named=True)
    assert (alert["security"], alert["date"], alert["value"]) == ("600001.SH", DAY, 11.2)
    rules = methodology(
        index={"base_date": EVE},
        universe={"exchanges": None, "constituents": "table"},
        selection=None,
    )
    assert change(px.calculate(rules, found)) == 12.0
