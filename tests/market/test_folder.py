"""A folder of CSV and Parquet files becomes a market; what is no table is refused by name."""

from __future__ import annotations

import datetime as dt
from textwrap import dedent

import polars as pl
import pytest

from market.market_folders import PRICES, SHARES, only_defect, read, write
from paasche.errors import InputError
from paasche.market import Market
from paasche.market.tables import TABLES


def test_a_csv_folder_has_the_canonical_columns_and_types(tmp_path):
    market = read(tmp_path, prices=PRICES)
    assert market["prices"].schema == {
        "date": pl.Date,
        "security": pl.String,
        "close": pl.Float64,
        "reference": pl.Float64,
        "volume": pl.Int64,
        "turnover": pl.Float64,
        "known_at": pl.Datetime("us", "UTC"),
    }
    assert market["prices"].row(0) == (
        dt.date(2016, 6, 7),
        "600519.SH",
        270.13,
        None,
        None,
        None,
        None,
    )
    assert market.tables == ("securities", "prices")


@pytest.mark.parametrize("name", TABLES)
def test_an_absent_table_is_an_empty_frame_with_its_columns(tmp_path, name):
    market = read(tmp_path)
    if name != "securities":
        assert name not in market
        assert market[name].is_empty()
    assert list(market[name].schema) == [column.name for column in TABLES[name].columns]


def test_a_table_that_does_not_exist_is_refused_with_the_nearest_name(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path)["price"]
    assert (
        str(caught.value) == "market['price']: must be the name of a table; the nearest is prices"
    )


def test_parquet_and_csv_give_equal_frames(tmp_path):
    market = read(tmp_path / "csv", prices=PRICES, shares=SHARES)
    (tmp_path / "parquet").mkdir()
    for name in market.tables:
        market[name].write_parquet(tmp_path / "parquet" / f"{name}.parquet")
    again = Market.read(tmp_path / "parquet")
    for name in market.tables:
        assert again[name].equals(market[name])
    assert again.fingerprints() == market.fingerprints()


def test_parquet_columns_may_come_in_any_order_with_others_between(tmp_path):
    write(tmp_path)
    frame = read(tmp_path, prices=PRICES)["prices"]
    (tmp_path / "prices.csv").unlink()
    frame.select("close", pl.lit(1.5).alias("open"), "date", "security").write_parquet(
        tmp_path / "prices.parquet"
    )
    assert Market.read(tmp_path)["prices"].equals(frame)


def test_a_folder_name_with_brackets_is_no_pattern(tmp_path):
    folder = write(tmp_path / "market[1]*", prices=PRICES)
    frame = Market.read(folder)["prices"]
    frame.write_parquet(folder / "prices.parquet")
    (folder / "prices.csv").unlink()
    assert Market.read(folder)["prices"].equals(frame)


def test_byte_order_mark_and_windows_line_ends_are_understood(tmp_path):
    write(tmp_path)
    text = dedent(PRICES).replace("\n", "\r\n").encode()
    (tmp_path / "prices.csv").write_bytes(b"\xef\xbb\xbf" + text)
    assert Market.read(tmp_path)["prices"].height == 6


def test_an_empty_field_is_null_quoted_or_not(tmp_path):
    shares = """\
        security,effective,announced,total,free_float
        600519.SH,2015-07-17,,1256197800,""
        """
    row = read(tmp_path, shares=shares)["shares"].row(0, named=True)
    assert row["announced"] is None
    assert row["free_float"] is None


def test_blank_lines_are_no_rows_and_lines_keep_their_numbers(tmp_path):
    prices = """\
        date,security,close

        2016-06-07,600519.SH,270.13

        2016-06-08,600519.SH,-1

        """
    assert only_defect(tmp_path, prices=prices) == (
        "prices.csv:5 close = -1.0: must be a positive number; leave the row out "
        "where there was no trade, and mark a suspension in the table status"
    )


def test_lines_are_counted_across_quoted_line_breaks(tmp_path):
    decisions = """\
        date,index,security,decision,value,who,why
        2016-06-07,,600519.SH,keep,,committee,"first line
        second, ""third"" line"
        2016-06-08,,600519.SZ,keep,,committee,typo
        """
    assert only_defect(tmp_path, decisions=decisions) == (
        "decisions.csv:4 security = 600519.SZ: must be a security of the table "
        "securities; the nearest is 600519.SH"
    )


def test_names_in_chinese_survive(tmp_path):
    securities = """\
        security,name,exchange,currency
        600519.SH,贵州茅台,XSHG,CNY
        """
    assert read(tmp_path, securities=securities)["securities"]["name"][0] == "贵州茅台"


@pytest.mark.parametrize("text", ["270", "270.0", "2.7e2", "+270"])
def test_whole_numbers_may_be_written_as_decimals(tmp_path, text):
    shares = f"""\
        security,effective,total
        600519.SH,2015-07-17,{text}
        """
    assert read(tmp_path, shares=shares)["shares"]["total"][0] == 270


def test_a_decimal_is_read_to_the_nearest_float(tmp_path):
    prices = """\
        date,security,close
        2016-06-07,600519.SH,0.1
        2016-06-08,600519.SH,123456789.123456789
        """
    assert read(tmp_path, prices=prices)["prices"]["close"].to_list() == [0.1, 123456789.123456789]


def test_hidden_files_and_notes_are_left_alone(tmp_path):
    write(tmp_path, prices=PRICES)
    (tmp_path / ".prices.parquet").write_bytes(b"half")
    (tmp_path / "README.md").write_text("about this market")
    (tmp_path / "prices.md").write_text("about the prices")
    assert Market.read(tmp_path).tables == ("securities", "prices")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("price.csv", "price.csv: must be the name of a table; the nearest is prices"),
        ("Prices.csv", "Prices.csv: must be the name of a table; the nearest is prices"),
        (
            "xyz.parquet",
            (
                "xyz.parquet: must be the name of a table; there are securities, listings, "
                "codes, prices, shares, holders, corporate_actions, status, financials, "
                "constituents, decisions, fx, calendar, ticks, contracts, futures_prices, "
                "series"
            ),
        ),
        ("shares.csv.gz", "shares.csv.gz: must be shares.parquet or shares.csv; convert it"),
        ("shares.xlsx", "shares.xlsx: must be shares.parquet or shares.csv; convert it"),
        (
            "securities.parquet",
            (
                "securities.parquet: must be the only file of the table securities; remove "
                "it or securities.csv"
            ),
        ),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path, name, expected):
    (tmp_path / name).write_bytes(b"")
    assert only_defect(tmp_path) == expected


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path):
    (tmp_path / "prices.parquet").mkdir()
    assert only_defect(tmp_path) == "prices.parquet: must be a file, not a folder"


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        Market.read(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: 1 defect\n  {tmp_path}: must hold at least one table, NAME.parquet or "
        "NAME.csv, such as prices.csv; `paasche sample DIR` writes an example"
    )


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="a folder of tables; there is no such folder"):
        Market.read(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            b"",
            (
                "prices.csv: must have a header line with the names of the columns; the file "
                "is empty"
            ),
        ),
        (
            b"date,security,close\n2016-06-07,600519.SH,270.13\n2016-06-08,6005",
            "prices.csv:3: must have 3 fields as the header; it has 2: complete it",
        ),
        (
            b"date,security,close\n2016-06-07,600519.SH,270,13\n",
            (
                "prices.csv:2: must have 3 fields as the header; it has 4: quote a field "
                "that holds a comma"
            ),
        ),
        (
            b'date,security,close\n2016-06-07,"600519.SH"\n',
            "prices.csv:2: must have 3 fields as the header; it has 2: complete it",
        ),
        (
            b"date,security,close\n2016-06-07,600519.SH,270.13\n2016-06-08,\xb9\xf3,1\n",
            ("prices.csv:3: must be text in UTF-8; save the file as UTF-8 (it reads as GBK)"),
        ),
        (
            b"date,security,close,close\n2016-06-07,600519.SH,270.13,270.13\n",
            "prices.csv:1: must have every column once; close is there twice: remove one",
        ),
    ],
)
def test_a_torn_csv_file_is_refused(tmp_path, text, expected):
    write(tmp_path)
    (tmp_path / "prices.csv").write_bytes(text)
    with pytest.raises(InputError) as caught:
        Market.read(tmp_path)
    assert [str(defect) for defect in caught.value.defects] == [expected]


def test_a_torn_parquet_file_is_refused(tmp_path):
    whole = read(write(tmp_path / "whole", prices=PRICES))
    whole["prices"].write_parquet(tmp_path / "prices.parquet")
    torn = (tmp_path / "prices.parquet").read_bytes()[:-20]
    (tmp_path / "prices.parquet").write_bytes(torn)
    write(tmp_path)
    with pytest.raises(
        InputError, match=r"prices\.parquet: must be a whole Parquet file; it is cut"
    ) as caught:
        Market.read(tmp_path)
    assert len(caught.value.defects) == 1


def test_semicolons_are_no_commas(tmp_path):
    assert only_defect(tmp_path, prices=PRICES.replace(",", ";")) == (
        "prices.csv:1: must be separated by commas; it has semicolons: save it with commas"
    )


def test_securities_are_needed_where_a_table_names_them(tmp_path):
    (tmp_path / "prices.csv").write_text(dedent(PRICES))
    with pytest.raises(InputError, match="securities: must be there, the table that lists what"):
        Market.read(tmp_path)


def test_macro_series_alone_are_a_market(tmp_path):
    (tmp_path / "series.csv").write_text("date,series,value\n2016-06-30,cpi_yoy,1.9\n")
    assert Market.read(tmp_path)["series"].height == 1


def test_a_market_says_what_it_is(tmp_path):
    assert repr(read(tmp_path, prices=PRICES)) == f"<Market {tmp_path}: securities 3, prices 6>"
