"""Rows of some securities are found by number, as a filter by their names finds them."""

import polars as pl
import pytest

from calculation import small_markets as small
from calculation.many import many_indices as many


@pytest.mark.parametrize(
    "names", [[], ["600002.SH"], ["600002.SH", "600001.SH"], ["600002.SH", "600002.SH"]]
)
def test_rows_of_some_securities(names):
    market = many.market()
    wanted = pl.Series(names, dtype=pl.String)
    expected = market["prices"]["security"].is_in(names).to_list()
    assert market.rows_of("prices", wanted).tolist() == expected


def test_rows_without_a_security_are_of_none():
    rows = {"date": [small.MONDAY], "decision": ["pass_through"], "who": ["x"], "why": ["y"]}
    rows |= {"security": [None], "index": [None], "value": [None]}
    market = many.market(decisions=pl.DataFrame(rows))
    assert market["decisions"]["security"].null_count() == 1
    assert market.rows_of("decisions", market.ids).tolist() == [False]
