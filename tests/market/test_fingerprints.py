"""A fingerprint is the content: not the order of rows or columns, nor the format of the file."""

from __future__ import annotations

import datetime as dt
import hashlib

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.market_folders import PRICES, SHARES, read
from paasche.market import Market

SECURITIES = pl.DataFrame(
    {
        "security": ["600519.SH", "000001.SZ", "00700.HK"],
        "name": ["a", "b", None],
        "exchange": ["XSHG", "XSHE", "XHKG"],
        "currency": ["CNY", "CNY", "HKD"],
    }
).with_columns(name=pl.col("name").fill_null("c"))
DECISIONS = pl.DataFrame(
    {
        "date": [
            dt.date(2016, 6, 7),
            dt.date(2016, 6, 7),
            dt.date(2016, 6, 8),
            dt.date(2016, 6, 8),
        ],
        "index": [None, "CES120", None, "CES120"],
        "security": ["600519.SH", "000001.SZ", None, "00700.HK"],
        "decision": ["keep", "withdraw", "pass_through", "price"],
        "value": [None, None, None, 1e-5],
        "who": ["committee"] * 4,
        "why": ["", "x", "y\nz", "é"],
    }
).with_columns(why=pl.col("why").replace("", "w"))
TICKS = pl.DataFrame(
    {
        "timestamp": [dt.datetime(2016, 6, 7, 1, 30, tzinfo=dt.UTC)] * 3,
        "security": ["600519.SH", "600519.SH", "00700.HK"],
        "price": [270.0, 0.0, None],
        "volume": [100, 100, 100],
    }
)
TABLES = {"securities": SECURITIES, "decisions": DECISIONS, "ticks": TICKS}


def prints(**changes):
    return Market.from_frames({**TABLES, **changes}).fingerprints()


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_the_order_of_rows_and_columns_does_not_matter(data):
    shuffled = {}
    for name, frame in TABLES.items():
        rows = data.draw(st.permutations(range(frame.height)))
        columns = data.draw(st.permutations(frame.columns))
        shuffled[name] = frame[list(rows)].select(columns)
    assert prints(**shuffled) == prints()


def test_the_format_of_the_file_does_not_matter(tmp_path):
    market = Market.from_frames(TABLES)
    market.write(tmp_path / "csv", "csv")
    market.write(tmp_path / "parquet", "parquet")
    assert Market.read(tmp_path / "csv").fingerprints() == market.fingerprints()
    assert Market.read(tmp_path / "parquet").fingerprints() == market.fingerprints()


def test_the_style_of_codes_does_not_matter():
    styled = SECURITIES.with_columns(security=pl.Series(["sh600519", "sz.000001", "700"]))
    assert prints(securities=styled) == prints()


@pytest.mark.parametrize(
    "change",
    [
        {"value": [None, None, None, 1.0000000000000002e-5]},
        {"index": ["CES120", None, None, "CES120"]},
        {"who": ["committee", "committee", "committee", "Committee"]},
        {"date": [dt.date(2016, 6, 7)] * 4},
    ],
)
def test_any_other_value_is_another_fingerprint(change):
    changed = DECISIONS.with_columns(**{name: pl.Series(v) for name, v in change.items()})
    other, same = prints(decisions=changed), prints()
    assert other["decisions"] != same["decisions"]
    assert other["securities"] == same["securities"]


def test_words_are_kept_apart():
    joined = DECISIONS.with_columns(why=pl.Series(["wx", "x", "y\nz", "é"]))
    assert prints(decisions=joined)["decisions"] != prints()["decisions"]


def test_an_empty_field_is_not_zero():
    filled = TICKS.with_columns(price=pl.Series([270.0, 0.0, 0.0]))
    assert prints(ticks=filled)["ticks"] != prints()["ticks"]


def test_minus_zero_is_zero():
    zero = TICKS.with_columns(price=pl.Series([270.0, -0.0, None]))
    assert prints(ticks=zero) == prints()


def test_a_view_has_the_fingerprint_of_what_it_shows(tmp_path):
    prices = PRICES + "2016-06-13,600519.SH,272,2016-06-13T15:30:00+08:00\n"
    late = prices.replace("close", "close,known_at").replace("\n    2016", ",\n    2016")
    late = late.replace("177.5\n", "177.5,\n").replace("known_at,", "known_at")
    market = read(tmp_path / "late", prices=late)
    early = read(tmp_path / "early", prices=PRICES)
    assert market.fingerprints() != early.fingerprints()
    assert market.as_of("2016-06-13T12:00:00+08:00").fingerprints() == early.fingerprints()


def test_fingerprints_name_the_tables_that_were_given(tmp_path):
    market = read(tmp_path, prices=PRICES, shares=SHARES)
    assert list(market.fingerprints()) == ["securities", "prices", "shares"]


def test_a_fingerprint_can_be_recomputed_by_hand():
    # A change of this layout makes every recorded run look like other input.
    content = b"paasche table 1"
    content += b"\nexchange <i4 2 2 XHKG\x00XSHG" + b"whole" + b"\0\0\0\0" + b"\1\0\0\0"
    content += b"\ndate <i4 2 0 " + b"whole" + (16959).to_bytes(4, "little") * 2
    content += b"\nknown_at <i8 2 0 " + bytes([0b10000000]) + bytes(8)
    content += (1_465_290_000_000_000).to_bytes(8, "little")
    calendar = {
        "exchange": ["XSHG", "XHKG"],
        "date": ["2016-06-07", "2016-06-07"],
        "known_at": ["2016-06-07T17:00:00+08:00", None],
    }
    (found,) = Market.from_frames({"calendar": calendar}).fingerprints().values()
    assert found == hashlib.sha256(content).hexdigest()
