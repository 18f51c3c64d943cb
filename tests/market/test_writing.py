"""A market is written whole or not at all, and reads back as it was."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from market.market_folders import PRICES, SHARES, read
from paasche.errors import InputError
from paasche.market import Market, writing

TEXTS = pl.DataFrame(
    {
        "date": [dt.date(2016, 6, 7), dt.date(2016, 6, 8)],
        "security": ["600519.SH", "600519.SH"],
        "decision": ["price", "shares"],
        "value": [0.1, 1e22],
        "who": ['a, "b"\nc', "ü"],
        "why": ["line\r\nbreak", "' ; |"],
        "known_at": [dt.datetime(2016, 6, 7, 10, 0, 0, 123456, tzinfo=dt.UTC), None],
    }
)


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_market_reads_back_as_it_was_written(tmp_path, file_format):
    market = read(tmp_path / "source", prices=PRICES, shares=SHARES)
    tables = {name: market[name] for name in market.tables}
    market = Market.from_frames({**tables, "decisions": TEXTS})
    market.write(tmp_path / "deep" / "written", file_format)
    again = Market.read(tmp_path / "deep" / "written")
    assert again.tables == market.tables
    for name in market.tables:
        assert again[name].equals(market[name])
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["written"]


def test_optional_columns_without_a_value_are_left_out(tmp_path):
    read(tmp_path / "source", prices=PRICES).write(tmp_path / "written", format="csv")
    text = (tmp_path / "written" / "prices.csv").read_text()
    assert text.splitlines()[:2] == ["date,security,close", "2016-06-07,600519.SH,270.13"]


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "written").mkdir()
    read(tmp_path / "source").write(tmp_path / "written")
    assert (tmp_path / "written" / "securities.parquet").is_file()


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    market = read(tmp_path)
    with pytest.raises(InputError) as caught:
        market.write(tmp_path)
    assert str(caught.value) == (
        f"path = {tmp_path}: must be a folder that is new or empty; give another, or remove it"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["securities.csv"]


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(InputError, match="format = xlsx: must be parquet or csv"):
        read(tmp_path / "source").write(tmp_path / "written", "xlsx")


def test_nothing_is_left_when_writing_fails(tmp_path, monkeypatch):
    market = read(tmp_path / "source", prices=PRICES)

    def write_two_bytes(frame, path):
        path.write_bytes(b"ha")
        if path.stem == "prices":
            raise OSError("disk full")

    monkeypatch.setitem(writing._WRITERS, "parquet", write_two_bytes)
    with pytest.raises(OSError, match="disk full"):
        market.write(tmp_path / "written")
    assert [path.name for path in tmp_path.iterdir()] == ["source"]
