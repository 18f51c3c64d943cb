"""Frames in memory: whoever made them, the market is the same."""

from __future__ import annotations

import datetime as dt
import decimal
import subprocess
import sys
from textwrap import dedent

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from paasche.errors import InputError
from paasche.market import Market

NAMES = {
    "security": ["600519.SH", "00700.HK"],
    "name": ["Kweichow Moutai", "Tencent"],
    "exchange": ["XSHG", "XHKG"],
    "currency": ["CNY", "HKD"],
    "listed": [dt.date(2001, 8, 27), None],
}
PRICES = pl.DataFrame(
    {
        "date": [dt.date(2016, 6, 7), dt.date(2016, 6, 8)],
        "security": ["600519.SH", "600519.SH"],
        "close": [270.13, 271.5],
        "volume": [3_087_000, None],
    }
)
SECURITIES = pl.DataFrame(NAMES)


def of(prices, securities=SECURITIES):
    return Market.from_frames({"securities": securities, "prices": prices})


def refused(prices):
    with pytest.raises(InputError) as caught:
        of(prices)
    (defect,) = caught.value.defects
    return str(defect)


def pandas_frame(**kinds):
    frame = pd.DataFrame(PRICES.to_dict(as_series=False))
    return frame.astype({"date": "datetime64[ns]", **kinds})


def columns():
    return {
        "date": np.array(["2016-06-07", "2016-06-08"], dtype="M8[D]"),
        "security": np.array(["600519.SH", "600519.SH"]),
        "close": np.array([270.13, 271.5]),
        "volume": np.array([3_087_000, np.nan]),
    }


def structured():
    rows = [("2016-06-07", "600519.SH", 270.13), ("2016-06-08", "600519.SH", 271.5)]
    return np.array(rows, dtype=[("date", "M8[D]"), ("security", "U9"), ("close", "f8")])


MAKERS = {
    "polars": lambda: PRICES,
    "polars lazy": PRICES.lazy,
    "polars categorical": lambda: PRICES.cast({"security": pl.Categorical}),
    "polars datetime": lambda: PRICES.cast({"date": pl.Datetime("ms")}),
    "polars small types": lambda: PRICES.cast({"volume": pl.UInt32}),
    "polars chunked": lambda: pl.concat([PRICES.head(1), PRICES.tail(1)], rechunk=False),
    "pandas": pandas_frame,
    "pandas object": lambda: pandas_frame(security=object, volume=object, date=object),
    "pandas category": lambda: pandas_frame(security="category"),
    "pandas nullable": lambda: pandas_frame(volume="Int64", close="Float64"),
    "pandas pyarrow": lambda: pandas_frame(
        security="string[pyarrow]", volume="int64[pyarrow]", date="date32[pyarrow]"
    ),
    "pandas indexed anew": lambda: pandas_frame().set_index(pd.Index([7, 3])),
    "pyarrow": PRICES.to_arrow,
    "pyarrow reader": lambda: PRICES.to_arrow().to_reader(),
    "numpy columns": columns,
    "numpy columns, seconds": lambda: {**columns(), "date": columns()["date"].astype("M8[s]")},
    "numpy columns, other byte order": lambda: {
        **columns(),
        "close": columns()["close"].astype(">f8"),
    },
    "numpy columns, strided": lambda: {
        **columns(),
        "close": np.array([[270.13, 0.0], [271.5, 0.0]])[:, 0],
    },
    "masked numpy columns": lambda: {
        **columns(),
        "volume": np.ma.masked_array([3_087_000, -1], mask=[False, True]),
    },
    "columns of other kinds": lambda: {
        "date": PRICES["date"].to_list(),
        "security": pd.Series(["600519.SH", "600519.SH"]),
        "close": pa.array([270.13, 271.5]),
        "volume": PRICES["volume"],
    },
}


@pytest.mark.parametrize("maker", MAKERS)
def test_the_maker_of_a_frame_does_not_matter(maker):
    assert of(MAKERS[maker]())["prices"].equals(of(PRICES)["prices"])


def test_a_duckdb_relation_is_a_table():
    # In a process of its own: at its end duckdb writes a page about references it has lost.
    program = """
        import duckdb
        from paasche.market import Market

        with duckdb.connect() as connection:
            securities = connection.sql(
                "select '600519' as security, 'Moutai' as name, "
                "'XSHG' as exchange, 'CNY' as currency"
            )
            prices = connection.sql(
                "select date '2016-06-07' as date, '600519.SH' as security, "
                "270.13::decimal(9, 2) as close, 3087000::hugeint as volume"
            )
            market = Market.from_frames({"securities": securities, "prices": prices})
            print(*market["prices"].row(0))
        """
    run = subprocess.run(
        [sys.executable, "-c", dedent(program)], capture_output=True, text=True, check=False
    )
    assert run.stdout.strip() == "2016-06-07 600519.SH 270.13 None 3087000 None None", run.stderr


def test_a_structured_array_is_a_table():
    expected = of(PRICES.drop("volume"))["prices"]
    assert of(structured())["prices"].equals(expected)


def test_read_only_arrays_are_taken():
    frozen = columns()
    for column in frozen.values():
        column.flags.writeable = False
    assert of(frozen)["prices"].equals(of(PRICES)["prices"])


def test_a_frame_that_is_handed_in_stays_as_it_was():
    before = columns()
    of(before)
    assert before["volume"][0] == 3_087_000
    assert np.isnan(before["volume"][1])


@pytest.mark.parametrize(
    ("close", "expected"),
    [
        (pl.Series([270.13, 271.5], dtype=pl.Float32), [270.13, 271.5]),
        (pl.Series([decimal.Decimal("270.13"), decimal.Decimal("271.5")]), [270.13, 271.5]),
        (pl.Series([270, 271]), [270.0, 271.0]),
    ],
)
def test_a_decimal_means_its_shortest_text(close, expected):
    assert of(PRICES.with_columns(close=close))["prices"]["close"].to_list() == expected


def test_whole_floats_are_share_counts():
    prices = PRICES.with_columns(volume=pl.Series([3_087_000.0, None]))
    assert of(prices)["prices"]["volume"].to_list() == [3_087_000, None]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"security": pl.Series([600519, 600519])},
            (
                "prices:1 security = 600519: must be a code as text (600519.SH), not numbers "
                "(Int64); read codes as text, else their leading zeros are lost (2 rows like "
                "this)"
            ),
        ),
        (
            {"volume": pl.Series([1.5, 2.0])},
            (
                "prices:1 volume = 1.5: must be a whole number; shares are counted one by "
                "one: check the unit of the column, or round it"
            ),
        ),
        (
            {"volume": pl.Series([1, 2**63], dtype=pl.UInt64)},
            (
                "prices:2 volume = 9223372036854775808: must be a whole number; check the "
                "unit of the column"
            ),
        ),
        (
            {"volume": pl.Series([float("nan"), 2.0])},
            "prices:1 volume = nan: must be a whole number; correct it, or leave it empty",
        ),
        (
            {"close": pl.Series(["270.13", "271.5"])},
            (
                "prices:1 close = 270.13: must be a number, not text; convert the column to "
                "numbers (2 rows like this)"
            ),
        ),
        (
            {"close": pl.Series([1, 2**53 + 1])},
            ("prices:2 close = 9007199254740993: must be a number; check the unit of the column"),
        ),
        (
            {"close": pl.Series([True, False])},
            (
                "prices:1 close = True: must be a number, not Boolean; convert the column to "
                "numbers (2 rows like this)"
            ),
        ),
        (
            {"date": pl.Series([20160607, 20160608])},
            (
                "prices:1 date = 20160607: must be a date (2024-06-14), not numbers (Int64); "
                "convert the column to dates (2 rows like this)"
            ),
        ),
        (
            {"date": pl.Series(["2016-06-07T00:00", "2016-06-08T15:00"]).str.to_datetime()},
            (
                "prices:2 date = 2016-06-08T15:00:00: must be a date (2024-06-14); leave the "
                "time of day out: in pandas .dt.normalize(), in polars .dt.date()"
            ),
        ),
        (
            {"close": pl.Series([float("nan"), 271.5])},
            (
                "prices:1 close = nan: must be a finite number; leave the row out where "
                "there was no trade, and mark a suspension in the table status"
            ),
        ),
        (
            {"close": pl.Series([None, None], dtype=pl.Null)},
            (
                "prices:1 close: must have a value in every row; leave the row out where "
                "there was no trade, and mark a suspension in the table status (2 rows like "
                "this)"
            ),
        ),
    ],
)
def test_what_would_lose_something_is_refused(changes, expected):
    assert refused(PRICES.with_columns(**changes)) == expected


def test_nan_means_missing_where_a_library_has_no_other_word():
    for prices in (
        pandas_frame().assign(close=[270.13, np.nan]),
        {**columns(), "close": np.array([270.13, np.nan])},
    ):
        assert refused(prices) == (
            "prices:2 close: must have a value in every row; leave the row out where "
            "there was no trade, and mark a suspension in the table status"
        )


def test_codes_that_pandas_read_as_numbers_are_refused():
    assert refused(pandas_frame().assign(security=[600519, 600519])) == (
        "prices:1 security = 600519: must be a code as text (600519.SH), not numbers "
        "(Int64); read codes as text, else their leading zeros are lost (2 rows like "
        "this)"
    )


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ("prices.csv", "polars or pandas frame"),
        (pandas_frame().assign(close=[270.13, "n/a"]).astype({"close": object}), "one type in a"),
        (
            {"date": ["2016-06-07"], "close": [1.0, 2.0]},
            "columns of one length; they have date 1, close 2",
        ),
        ({**columns(), "close": np.ones((2, 2))}, "columns of one dimension; close has 2"),
        ({**columns(), "close": 270.13}, "columns; close is a float"),
        (pd.concat([pandas_frame(), pandas_frame()[["close"]]], axis=1), "every column once"),
        (PRICES.to_arrow()["close"], "polars or pandas frame"),
    ],
)
def test_what_is_no_table_is_refused(prices, expected):
    assert expected in refused(prices)


def test_an_unknown_table_is_refused_with_the_nearest_name():
    with pytest.raises(InputError) as caught:
        Market.from_frames({"securities": SECURITIES, "price": PRICES})
    assert str(caught.value) == (
        "frames: 1 defect\n  price: must be the name of a table; the nearest is prices"
    )


@pytest.mark.parametrize("tables", [[PRICES], PRICES, "market/", None])
def test_what_is_no_mapping_of_tables_is_refused(tables):
    with pytest.raises(InputError) as caught:
        Market.from_frames(tables)
    assert str(caught.value) == (
        f"tables = {type(tables).__name__}: must be a mapping of table names to frames, as "
        "{'prices': frame, …}"
    )


def test_no_tables_are_no_market():
    with pytest.raises(InputError, match="tables: must hold at least one table"):
        Market.from_frames({})


def test_pandas_needs_no_pyarrow():
    program = """
        import sys

        class NoArrow:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] == "pyarrow":
                    raise ModuleNotFoundError(name)

        sys.meta_path.insert(0, NoArrow())
        import numpy as np
        import pandas as pd
        from paasche.market import Market

        securities = pd.DataFrame(
            {
                "security": ["600519.SH", "00700.HK"],
                "name": pd.Series(["Kweichow Moutai", "Tencent"], dtype=object),
                "exchange": pd.Categorical(["XSHG", "XHKG"]),
                "currency": ["CNY", "HKD"],
                "board": pd.array(["main", None], dtype="string"),
                "listed": pd.to_datetime(["2001-08-27", None]),
            }
        )
        prices = pd.DataFrame(
            {
                "date": pd.to_datetime(["2016-06-07", "2016-06-08"]),
                "security": ["600519.SH", "600519.SH"],
                "close": [270.13, 271.5],
                "volume": pd.array([3087000, None], dtype="Int64"),
                "turnover": [np.nan, 1.5],
                "known_at": pd.to_datetime(["2016-06-07T18:00+08:00", None]),
            }
        )
        market = Market.from_frames({"securities": securities, "prices": prices})
        assert "pyarrow" not in sys.modules
        for name in market.tables:
            for row in market[name].iter_rows():
                print(*row)
        """
    run = subprocess.run(
        [sys.executable, "-c", dedent(program)], capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    assert run.stdout.splitlines() == [
        "600519.SH Kweichow Moutai XSHG CNY None main None None 2001-08-27 None None None None",
        "00700.HK Tencent XHKG HKD None None None None None None None None None",
        "2016-06-07 600519.SH 270.13 None 3087000 None 2016-06-07 10:00:00+00:00",
        "2016-06-08 600519.SH 271.5 None None 1.5 None",
    ]
