"""What a run tolerates is said: carried prices without a table status, ex-dates that moved."""

from __future__ import annotations

from datetime import date

import pytest
from typer.testing import CliRunner

import paasche as px
from paasche.calculation.membership import membership
from paasche.calculation.notices import notices
from paasche.calculation.sessions import timeline
from paasche.cli import app
from refusals.breaking import replaced, without, written
from refusals.good_folder import CALCULATE

END = date(2016, 6, 16)


def noticed(folder):
    """Return the lines a run over the folder would warn with."""
    market, rules = px.Market.read(folder / "market"), px.Methodology.load(folder / "rules.toml")
    base = rules.index.base_date
    members = membership(market, rules, market["constituents"], base, END)
    axis = timeline(market, members, "union", base, 2, END, members.spans)
    first = axis.position(base, "index.base_date")
    found = notices(rules, market, members, axis, first, resumed=False)
    return [str(one) for one in found]


def test_a_whole_market_gives_no_notice(folder):
    assert noticed(folder) == []


def test_gaps_are_counted_where_nobody_tells_them_from_suspensions(folder):
    without("market/prices.csv", "2016-06-08,600519.SH", "2016-06-14,000001.SZ")(folder)
    without("market/prices.csv", "2016-06-15,000001.SZ")(folder)
    assert noticed(folder) == [
        (
            "prices close = none of 000001.SZ on 2 open sessions from 2016-06-14: the last close "
            "is carried; give the table status to have gaps checked (3 rows like this)"
        )
    ]


def test_a_suspension_is_no_gap_and_needs_no_notice(folder):
    without("market/prices.csv", "2016-06-14,000001.SZ", "2016-06-15,000001.SZ")(folder)
    written(
        "market/status.csv",
        "security,status,start,end\n000001.SZ,suspended,2016-06-14,2016-06-15\n",
    )(folder)
    assert noticed(folder) == []


# The 10th was a holiday on the mainland, the 11th a Saturday; Hong Kong was open on the 10th.
@pytest.mark.parametrize("day", ["2016-06-10", "2016-06-11"])
def test_an_ex_date_on_a_closed_day_is_moved_aloud(folder, day):
    replaced("market/corporate_actions.csv", "2016-06-16", day)(folder)
    assert noticed(folder) == [
        (
            f"corporate_actions ex_date = {day} of 000001.SZ: no session of XSHE; moved to its "
            "next one, 2016-06-13 (2 rows like this)"
        )
    ]


def test_an_ex_date_of_a_name_that_has_left_moves_nobody(folder):
    replaced("market/corporate_actions.csv", "2016-06-16", "2016-06-11")(folder)
    replaced("market/constituents.csv", "2016-06-14", "2016-06-13")(folder)
    without("market/constituents.csv", "2016-06-13,000001.SZ")(folder)
    assert noticed(folder) == []


def test_a_notice_is_one_line_on_stderr_and_the_run_is_written(folder):
    without("market/prices.csv", "2016-06-14,000001.SZ")(folder)
    done = CliRunner().invoke(app, list(CALCULATE))
    assert done.exit_code == 0
    assert done.stderr == (
        "warning: prices close = none of 000001.SZ on 1 open session from 2016-06-14: the last "
        "close is carried; give the table status to have gaps checked\n"
    )
    assert (folder / "run" / "levels.parquet").exists()
