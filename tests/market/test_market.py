"""What a market hands to those who calculate with it."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from market.market_folders import PRICES, SHARES, read
from paasche.errors import InputError, MissingDataError


def test_identifiers_are_in_ascending_byte_order(tmp_path):
    assert read(tmp_path).ids.to_list() == ["000001.SZ", "00700.HK", "600519.SH"]


def test_positions_point_into_the_identifiers(tmp_path):
    market = read(tmp_path, prices=PRICES, shares=SHARES)
    for name in ("prices", "shares", "securities"):
        positions = market.positions(name)
        assert positions.dtype == np.int32
        assert market.ids.gather(positions).to_list() == market[name]["security"].to_list()


def test_positions_follow_the_rows_of_a_view(tmp_path):
    prices = """\
        date,security,close,known_at
        2016-06-08,600519.SH,1,2016-06-13T09:00:00+08:00
        2016-06-07,00700.HK,1,
        """
    market = read(tmp_path, prices=prices)
    assert market.positions("prices").tolist() == [2, 1]
    assert market.as_of("2016-06-08T18:00:00+08:00").positions("prices").tolist() == [1]


def test_a_row_without_a_security_has_position_minus_one(tmp_path):
    actions = """\
        security,ex_date,kind,ratio,related
        600519.SH,2016-07-01,bonus,0.1,
        600519.SH,2016-07-04,spin_off,0.1,000001.SZ
        """
    market = read(tmp_path, corporate_actions=actions)
    assert market.positions("corporate_actions", "related").tolist() == [-1, 0]


def test_a_table_that_is_needed_is_asked_for_by_name(tmp_path):
    market = read(tmp_path, prices=PRICES, corporate_actions="security,ex_date,kind\n")
    market.require(["securities", "prices"], "the index CES120")
    for name, lacks in (("shares", "is not there"), ("corporate_actions", "has no rows")):
        with pytest.raises(MissingDataError) as caught:
            market.require(["prices", name], "the index CES120")
        assert str(caught.value) == (
            f"{tmp_path}: the table {name} {lacks}; the index CES120 needs it"
        )


def test_membership_tells_what_was_given(tmp_path):
    market = read(tmp_path, prices=PRICES)
    assert "prices" in market
    assert "shares" not in market
    assert "no such table" not in market
    assert market.source == str(tmp_path)
    with pytest.raises(InputError, match="the name of a table"):
        market["no such table"]


def test_a_market_goes_through_pickle_for_other_processes(tmp_path):
    market = read(tmp_path, prices=PRICES)
    again = pickle.loads(pickle.dumps(market))
    assert again["prices"].equals(market["prices"])
    assert again.fingerprints() == market.fingerprints()


def test_the_room_loads_neither_pandas_nor_the_calendar_library():
    program = (
        "import sys, paasche.market;"
        "late = {'pandas', 'exchange_calendars', 'pyarrow', 'pydantic', 'duckdb'};"
        "print(sorted(late & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
