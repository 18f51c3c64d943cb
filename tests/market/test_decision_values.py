"""A decision says what its word needs, and nothing that it would ignore."""

from __future__ import annotations

import pytest

from market.market_folders import only_defect, read

HEADER = "date,index,security,decision,value,who,why\n"


def decisions(*rows):
    return HEADER + "".join(f"2016-06-07,CES,{row},committee,reason\n" for row in rows)


@pytest.mark.rule("R34")
@pytest.mark.parametrize(
    "row",
    [
        "600519.SH,price,0.00001",
        "600519.SH,shares,1",
        "600519.SH,shares,1256197800.0",
        "600519.SH,factor,0.0001",
        "600519.SH,factor,1",
        "600519.SH,remove,",
        ",pass_through,",
    ],
)
def test_a_complete_decision_is_read(tmp_path, row):
    assert read(tmp_path, decisions=decisions(row))["decisions"].height == 1


@pytest.mark.rule("R34")
@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("600519.SH,price,", "value: must be given with price: a positive price in quote currency"),
        ("600519.SH,price,0", "value = 0.0: must be a positive price in quote currency for price"),
        (
            "600519.SH,shares,",
            "value: must be given with shares: a positive whole number of shares",
        ),
        (
            "600519.SH,shares,1.5",
            "value = 1.5: must be a positive whole number of shares for shares",
        ),
        ("600519.SH,shares,0", "value = 0.0: must be a positive whole number of shares for shares"),
        (
            "600519.SH,factor,0",
            "value = 0.0: must be a factor of more than 0 and at most 1 (R38) for factor",
        ),
        (
            "600519.SH,factor,1.0001",
            "value = 1.0001: must be a factor of more than 0 and at most 1 (R38) for factor",
        ),
        (
            "600519.SH,remove,1",
            "value = 1.0: must be empty unless the decision is factor, price, shares",
        ),
        (
            ",pass_through,1",
            "value = 1.0: must be empty unless the decision is factor, price, shares",
        ),
        (
            ",exclude,",
            "security: must be the security that is decided on; only pass_through has none",
        ),
        (
            ",price,10",
            "security: must be the security that is decided on; only pass_through has none",
        ),
        (
            "600519.SH,pass_through,",
            (
                "security = 600519.SH: must be empty for pass_through, which concerns the index as "
                "a whole"
            ),
        ),
    ],
)
def test_an_incomplete_or_idle_figure_is_refused(tmp_path, row, expected):
    line = only_defect(tmp_path, decisions=decisions(row))
    assert line == f"decisions.csv:2 {expected}"


@pytest.mark.rule("R34")
def test_a_security_that_is_not_known_is_one_defect_and_not_two(tmp_path):
    line = only_defect(tmp_path, decisions=decisions("600999.SH,exclude,"))
    assert "600999.SH" in line
