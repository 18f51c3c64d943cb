"""A corporate action says what its kind needs, and nothing that its kind would ignore."""

from __future__ import annotations

import pytest

from market.market_folders import defects, read

HEADER = "security,ex_date,kind,cash,ratio,price,related"


def actions(*rows):
    return "\n".join([HEADER, *(f"600519.SH,2016-07-01,{row}" for row in rows), ""])


@pytest.mark.parametrize(
    "row",
    [
        "cash_dividend,6.171,,,",
        "cash_dividend,0,,,",
        "cash_dividend,6.171,0,0,",
        "special_dividend,1,,,",
        "bonus,,0.3,,",
        "rights,,0.2,12,",
        "split,,0.1,,",
        "spin_off,,0.05,,000001.SZ",
        "merger,,0.5525,,000001.SZ",
        "merger,10,0.5,,000001.SZ",
        "merger,79.26,,,",
        "tender,54.63,,,",
        "tender,,,54.63,000001.SZ",
        "delisting,,,,",
        "delisting,,,0.00001,",
        "bankruptcy,,,,",
    ],
)
def test_a_complete_action_is_read(tmp_path, row):
    assert read(tmp_path, corporate_actions=actions(row))["corporate_actions"].height == 1


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "cash_dividend,,,,",
            (
                "cash: must be the cash per share for kind cash_dividend; give it, or leave "
                "the row out"
            ),
        ),
        (
            "special_dividend,,,,",
            (
                "cash: must be the cash per share for kind special_dividend; give it, or "
                "leave the row out"
            ),
        ),
        ("cash_dividend,-1,,,", "cash = -1.0: must be zero or more; correct it, or leave it empty"),
        (
            "bonus,,,,",
            ("ratio: must be a positive ratio for kind bonus; give it, or leave the row out"),
        ),
        (
            "bonus,,0,,",
            ("ratio = 0.0: must be a positive ratio for kind bonus; give it, or leave the row out"),
        ),
        ("bonus,,-0.3,,", "ratio = -0.3: must be zero or more; correct it, or leave it empty"),
        (
            "rights,,,12,",
            ("ratio: must be a positive ratio for kind rights; give it, or leave the row out"),
        ),
        (
            "rights,,0.2,,",
            ("price: must be a positive price for kind rights; give it, or leave the row out"),
        ),
        (
            "split,,0,,",
            ("ratio = 0.0: must be a positive ratio for kind split; give it, or leave the row out"),
        ),
        (
            "spin_off,,,,000001.SZ",
            ("ratio: must be a positive ratio for kind spin_off; give it, or leave the row out"),
        ),
        (
            "spin_off,,0.05,,",
            "related: must be a security for kind spin_off; give it, or leave the row out",
        ),
        (
            "merger,,,,000001.SZ",
            "ratio: must be a positive ratio for kind merger, unless it pays cash",
        ),
        ("merger,,0.5,,", "related: must be the absorbing security, whose shares the ratio counts"),
        (
            "delisting,,,0,",
            ("price = 0.0: must be a positive deletion price, or empty for the last close (R33)"),
        ),
        (
            "bonus,0.5,0.3,,",
            "cash = 0.5: must be empty for kind bonus; give it a row of its own kind",
        ),
        (
            "cash_dividend,0.5,,,000001.SZ",
            (
                "related = 000001.SZ: must be empty for kind cash_dividend; give it a row of "
                "its own kind"
            ),
        ),
        (
            "spin_off,,0.05,,000009.SZ",
            (
                "related = 000009.SZ: must be a security of the table securities; the "
                "nearest is 000001.SZ"
            ),
        ),
        (
            "dividend,1,,,",
            (
                "kind = dividend: must be one of cash_dividend, special_dividend, bonus, "
                "rights, split, spin_off, merger, tender, delisting, bankruptcy; the nearest "
                "is cash_dividend"
            ),
        ),
    ],
)
def test_an_incomplete_action_is_refused(tmp_path, row, expected):
    assert defects(tmp_path, corporate_actions=actions(row)) == [
        f"corporate_actions.csv:2 {expected}"
    ]


def test_the_parts_of_one_ex_date_are_told_apart_by_their_identifier(tmp_path):
    text = (
        "security,ex_date,kind,id,cash\n"
        "600519.SH,2016-07-01,cash_dividend,final,1\n"
        "600519.SH,2016-07-01,cash_dividend,special,2\n"
    )
    assert read(tmp_path, corporate_actions=text)["corporate_actions"].height == 2


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (
            "cancelled",
            "2016-05-01",
            (
                "announced = 2016-06-01: must be at most cancelled = 2016-05-01; correct one "
                "of the two"
            ),
        ),
        (
            "announced",
            "2018-06-01",
            (
                "announced = 2018-06-01: must be at most ex_date = 2016-07-01 plus 366 days; "
                "correct one of the two"
            ),
        ),
        (
            "pay_date",
            "2016-06-01",
            (
                "record_date = 2016-06-30: must be at most pay_date = 2016-06-01; correct "
                "one of the two"
            ),
        ),
    ],
)
def test_dates_of_an_action_that_make_no_sense_are_refused(tmp_path, column, value, expected):
    row = {
        "security": "600519.SH",
        "ex_date": "2016-07-01",
        "kind": "cash_dividend",
        "cash": "1",
        "announced": "2016-06-01",
        "cancelled": "",
        "record_date": "2016-06-30",
        "pay_date": "2016-07-01",
        column: value,
    }
    text = f"{','.join(row)}\n{','.join(row.values())}\n"
    assert defects(tmp_path, corporate_actions=text) == [f"corporate_actions.csv:2 {expected}"]
