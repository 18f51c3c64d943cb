"""Long files become dense panels: each row in its cell, nothing lost, nothing twice."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.errors import InputError
from paasche.market.panels import read_panels

ROWS = pl.DataFrame(
    {
        "date": [date(2024, 1, 3), date(2024, 1, 2), date(2024, 1, 3)],
        "security": ["600519.SH", "600519.SH", "000001.SZ"],
        "close": [1688.0, 1700.5, None],
        "shares": [7, 8, 9],
    }
)


@pytest.fixture(params=["parquet", "csv"])
def written(request, tmp_path):
    def write(rows):
        path = tmp_path / f"prices.{request.param}"
        getattr(rows, f"write_{request.param}")(path)
        return path

    return write


def test_days_and_securities_ascend_and_rows_find_their_cells(written):
    found = read_panels(written(ROWS), ["close", "shares"])
    assert found.days.tolist() == [date(2024, 1, 2), date(2024, 1, 3)]
    assert found.securities == ["000001.SZ", "600519.SH"]
    assert np.array_equal(
        found.values["close"], [[np.nan, 1700.5], [np.nan, 1688.0]], equal_nan=True
    )
    assert np.array_equal(found.values["shares"], [[np.nan, 8], [9, 7]], equal_nan=True)


def test_a_table_without_rows_is_an_empty_panel(written):
    found = read_panels(written(ROWS.clear()), ["close"])
    assert (found.securities, found.values["close"].shape) == ([], (0, 0))


def test_a_row_that_stands_twice_is_named(written):
    path = written(pl.concat([ROWS, ROWS[1:2]]))
    with pytest.raises(InputError, match=r"row 4: 600519.SH on 2024-01-02 must stand once"):
        read_panels(path, ["close"])


@pytest.mark.parametrize("column", ["date", "security"])
def test_a_key_that_is_empty_is_named(written, column):
    rows = ROWS.with_columns(
        pl.when(pl.int_range(pl.len()) == 1).then(None).otherwise(column).alias(column)
    )
    with pytest.raises(InputError, match=f"{column} of row 2: must not be empty"):
        read_panels(written(rows), ["close"])


@pytest.fixture
def in_row_groups(tmp_path):
    def write(rows, of=2):
        path = tmp_path / "groups.parquet"
        rows.write_parquet(path, row_group_size=of)
        return path

    return write


def test_a_row_that_a_later_row_group_repeats_is_named(in_row_groups):
    days = [date(2024, 1, day) for day in (2, 2, 3, 4, 5, 5, 3)]
    rows = pl.DataFrame({"date": days, "security": list("ABAAABA"), "close": 1.0})
    with pytest.raises(InputError, match=r"row 7: A on 2024-01-03 must stand once"):
        read_panels(in_row_groups(rows), ["close"])
    # By date too, where the pieces of work are cut between days.
    with pytest.raises(InputError, match=r"row 4: A on 2024-01-03 must stand once"):
        read_panels(in_row_groups(rows.sort("date")), ["close"])


def test_row_groups_with_and_without_values_fit_together(in_row_groups):
    shares = [None, 5, 2**53, None, 7]
    close = [1.5, None, None, 2.5, 3.5]
    days = [date(2024, 1, day) for day in (2, 3, 4, 5, 8)]
    rows = pl.DataFrame({"date": days, "security": "A", "close": close, "shares": shares})
    found = read_panels(in_row_groups(rows), ["close", "shares"])
    assert np.array_equal(found.values["close"][:, 0], np.array(close, float), equal_nan=True)
    assert np.array_equal(found.values["shares"][:, 0], np.array(shares, float), equal_nan=True)


@pytest.mark.parametrize("kind", [pl.Float32, pl.Int32, pl.UInt8, pl.Boolean])
def test_figures_of_other_kinds_are_numbers_too(in_row_groups, kind):
    rows = ROWS.drop("close").with_columns(shares=pl.Series([1, 0, 1]).cast(kind))
    found = read_panels(in_row_groups(rows), ["shares"])
    assert np.array_equal(found.values["shares"], [[np.nan, 0], [1, 1]], equal_nan=True)


def test_long_names_that_begin_alike_are_told_apart(in_row_groups):
    names = [f"CES120 Index, line {at % 3} of the table" for at in range(12)]
    days = [date(2024, 1, 1 + at // 3) for at in range(12)]
    rows = pl.DataFrame({"date": days, "security": names, "close": range(12)})
    found = read_panels(in_row_groups(rows), ["close"])
    assert found.securities == sorted(set(names))
    assert np.array_equal(found.values["close"], np.arange(12.0).reshape(4, 3))


def test_securities_in_a_dictionary_are_read_as_texts(in_row_groups):
    rows = ROWS.with_columns(pl.col("security").cast(pl.Categorical))
    assert read_panels(in_row_groups(rows), ["close"]).securities == ["000001.SZ", "600519.SH"]


def test_a_column_that_is_not_there_is_refused(written):
    with pytest.raises(InputError, match="must be a Parquet or CSV file with the columns"):
        read_panels(written(ROWS), ["turnover"])


def test_a_security_that_comes_late_is_numbered_too(written):
    early = pl.DataFrame(
        {"date": [date(2024, 1, day) for day in range(1, 29)], "security": "B", "close": 1.0}
    )
    late = pl.DataFrame({"date": [date(2024, 2, 1)], "security": "A", "close": 2.0})
    found = read_panels(written(pl.concat([early, late])), ["close"])
    assert found.securities == ["A", "B"]
    assert found.values["close"][-1].tolist()[0] == 2.0
    assert np.isnan(found.values["close"][:-1, 0]).all()


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from("ABCDE"), st.floats(0.01, 1e6)),
        unique_by=lambda row: row[:2],
        min_size=1,
    )
)
def test_the_panel_has_every_row_whatever_their_order(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("panels") / "rows.parquet"
    days = [date(2024, 1, 1 + day) for day, _, _ in rows]
    table = {"date": days, "security": [row[1] for row in rows], "close": [row[2] for row in rows]}
    pl.DataFrame(table).write_parquet(path, row_group_size=7)
    found = read_panels(path, ["close"])
    close = found.values["close"]
    assert np.count_nonzero(~np.isnan(close)) == len(rows)
    for day, (_, security, value) in zip(days, rows, strict=True):
        at = np.searchsorted(found.days, np.datetime64(day)), found.securities.index(security)
        assert close[at] == value
