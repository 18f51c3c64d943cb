"""A code change keeps the security; a code that meant two companies is read by its date (N1)."""

from __future__ import annotations

import pytest

from market.market_folders import defects, only_defect, read

SECURITIES = """\
    security,name,exchange,currency
    920808.BJ,Sugon DataEnergy,BJSE,CNY
    600018.SH,SIPG,XSHG,CNY
    OLD,Shanghai Port Container,XSHG,CNY
    """
CODES = """\
    security,code,start,end
    920808,872808,2022-11-18,2025-10-08
    920808.BJ,920808.BJ,2025-10-09,
    OLD,600018,2000-07-19,2006-10-20
    """


def prices(*rows):
    return "\n".join(["date,security,close", *rows, ""])


def read_prices(tmp_path, *rows):
    market = read(tmp_path, securities=SECURITIES, codes=CODES, prices=prices(*rows))
    return market["prices"]["security"].to_list()


@pytest.mark.parametrize(
    "code", ["872808.BJ", "bj.872808", "872808", "920808.BJ", "BJ920808", "920808"]
)
@pytest.mark.parametrize("date", ["2025-09-30", "2025-10-09"])
def test_a_feed_may_use_either_code_before_and_after_the_change(tmp_path, code, date):
    assert read_prices(tmp_path, f"{date},{code},94.89") == ["920808.BJ"]


def test_old_and_new_code_on_one_day_are_a_duplicate_not_a_double_weight(tmp_path):
    both = prices("2025-10-09,872808.BJ,94.89", "2025-10-09,920808.BJ,94.89")
    line = only_defect(tmp_path, securities=SECURITIES, codes=CODES, prices=both)
    assert line == (
        "prices.csv:3 date, security = 2025-10-09, 920808.BJ: must be the only row "
        "of this key; row 2 has it too; leave one of them out, or give each its "
        "known_at where one corrects the other"
    )


@pytest.mark.parametrize("code", ["600018.SH", "600018", "sh600018"])
def test_a_code_that_changed_hands_belongs_to_its_holder_of_the_day(tmp_path, code):
    found = read_prices(tmp_path, f"2006-10-20,{code},15", f"2006-10-26,{code},4")
    assert found == ["OLD", "600018.SH"]


def test_a_day_on_which_no_one_held_the_code_is_refused(tmp_path):
    securities = SECURITIES.replace("600018.SH", "NEW")
    codes = CODES + "NEW,600018.SH,2006-10-26,\n"
    line = only_defect(
        tmp_path, securities=securities, codes=codes, prices=prices("2006-10-23,600018,4")
    )
    assert line == (
        "prices.csv:2 security = 600018: must be dated on a day for which the table "
        "codes says whose code it is; add that span"
    )


def test_codes_hold_in_every_table_by_the_date_of_the_row(tmp_path):
    actions = """\
        security,ex_date,kind,cash
        872808,2025-06-10,cash_dividend,0.5
        600018,2005-06-10,cash_dividend,0.1
        600018,2007-06-11,cash_dividend,0.1
        """
    market = read(tmp_path, securities=SECURITIES, codes=CODES, corporate_actions=actions)
    assert market["corporate_actions"]["security"].to_list() == ["920808.BJ", "OLD", "600018.SH"]
    assert market["codes"]["code"].to_list() == ["872808.BJ", "920808.BJ", "600018.SH"]


def test_a_name_that_is_only_part_of_another_is_not_matched(tmp_path):
    # An unlisted target that shares a substring with a listed name (N9).
    line = only_defect(
        tmp_path, securities=SECURITIES, codes=CODES, prices=prices("2025-10-09,2808,1")
    )
    assert line.startswith("prices.csv:2 security = 2808: must be a security of the table")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "920808.BJ,872809.BJ,2025-10-01,2025-10-08",
            (
                "codes.csv:5 security = 920808.BJ: must have one row at a time; this one "
                "begins on 2025-10-01, the one before runs to 2025-10-08: end that one "
                "earlier"
            ),
        ),
        (
            "920808.BJ,872810.BJ,2026-01-01,",
            (
                "codes.csv:5 security = 920808.BJ: must have one row at a time; this one "
                "begins on 2026-01-01, the one before runs without end: end that one earlier"
            ),
        ),
        (
            "600018.SH,872808.BJ,2024-01-01,2024-12-31",
            (
                "codes.csv:5 code = 872808.BJ: must have one row at a time; this one begins "
                "on 2024-01-01, the one before runs to 2025-10-08: end that one earlier"
            ),
        ),
        (
            "600018.SH,600018.SH,2007-01-01,2006-12-31",
            (
                "codes.csv:5 start = 2007-01-01: must be at most end = 2006-12-31; correct "
                "one of the two"
            ),
        ),
        (
            "920807.BJ,872807.BJ,2026-01-01,",
            (
                "codes.csv:5 security = 920807.BJ: must be a security of the table "
                "securities; the nearest is 920808.BJ"
            ),
        ),
    ],
)
def test_codes_that_contradict_each_other_are_refused(tmp_path, row, expected):
    assert defects(tmp_path, securities=SECURITIES, codes=f"{CODES}{row}\n") == [expected]
