"""Prices that memory does not hold give the same bytes; what cannot be done so is refused."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest

import paasche as px
from calculation.many import many_indices as many
from calculation.many.test_many_together import drawn
from paasche.calculation.many import streaming
from paasche.errors import InputError, MissingDataError, PaascheError
from paasche.market import streamed

LEVELS = ("levels",)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PAASCHE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes tables as a market folder."""

    def write(tables, name="market"):
        place = tmp_path / name
        px.Market.from_frames(tables).write(place)
        return place

    return write


def small_slabs(monkeypatch, days):
    monkeypatch.setattr(streamed, "slab_days", lambda *_: days)
    monkeypatch.setattr(streaming, "_SLABS", 1 << 40)


def referenced(tables, number):
    """Return the tables with published references on some rows, in another order."""
    seed = np.random.default_rng(number)
    prices = tables["prices"]
    reference = pl.when(pl.Series(seed.random(len(prices)) < 0.3)).then(pl.col("close") * 0.97)
    prices = prices.with_columns(reference=reference.round(2), turnover=pl.col("close") * 3)
    return tables | {"prices": prices.sample(fraction=1, shuffle=True, seed=number)}


def contents(rules, market, out):
    return many.content(px.calculate_many(rules, market, out=out, tables=LEVELS) and out)


@pytest.mark.parametrize(("days", "markets"), [(1, 10), (7, 30), (1000, 10)])
def test_levels_are_the_same_bytes_whatever_the_slabs(folder, monkeypatch, days, markets):
    small_slabs(monkeypatch, days)
    calculated = 0
    for number in range(markets):
        tables, rules = drawn(number)
        tables = referenced(tables, number) if number % 2 else tables
        place = folder(tables, f"market-{number}")
        held, under = px.Market.read(place), px.Market.read(place, memory="64MB")
        assert under.fingerprints() == held.fingerprints()
        wanted = px.calculate_many(rules, held, tables=LEVELS)
        found = px.calculate_many(rules, under, tables=LEVELS)
        own = pl.col("index").is_in(found.levels["index"].unique().to_list())
        assert found.levels.equals(wanted.levels.filter(own))
        for code in found.levels["index"].unique():
            assert found.warnings.get(code) == wanted.warnings.get(code)
        assert set(wanted.failures) <= set(found.failures)
        for code in set(found.failures) - set(wanted.failures):
            assert "prices: must be in memory" in str(found.failures[code])
        calculated += len(rules) - len(found.failures)
    assert calculated > markets


def test_a_run_directory_has_the_same_content_for_every_budget(folder, tmp_path):
    place, rules = folder(many.small.tables()), many.indices()
    expected = contents(rules, px.Market.read(place), tmp_path / "held")
    for memory in ("32MB", 64 << 20, "2GB"):
        market = px.Market.read(place, memory=memory)
        assert contents(rules, market, tmp_path / f"run-{memory}") == expected
    # The inputs have the same fingerprints: one goes on with what the other began.
    again = px.calculate_many(rules, market, out=tmp_path / "held", tables=LEVELS)
    assert again.kept == len(rules)


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        ("lots", "memory = lots: must be a size such as 512MB or 2GB, or bytes"),
        ("2XB", "memory = 2XB: must be a size"),
        (-1, "memory = -1: must be a size"),
        (True, "memory = True: must be a size"),
        ("31.9MB", "memory = 31.9MB: must be at least 32MB"),
        ((32 << 20) - 1, "must be at least 32MB"),
    ],
)
def test_what_is_no_budget_is_refused(folder, memory, expected):
    with pytest.raises(InputError, match=re.escape(expected)):
        px.Market.read(folder(many.small.tables()), memory=memory)


def test_what_needs_the_table_of_prices_is_refused(folder, tmp_path):
    market = px.Market.read(folder(many.small.tables()), memory="64MB")
    rules = many.indices(["A", "B"])
    assert "prices" in market
    assert "prices" in market.tables
    with pytest.raises(InputError, match=r"tables = levels, constituents, .*levels alone"):
        px.calculate_many(rules, market)
    with ThreadPoolExecutor(1) as pool, pytest.raises(InputError, match="executor = "):
        px.calculate_many(rules, market, tables=LEVELS, executor=pool)
    for ask in (
        lambda: market["prices"],
        lambda: px.calculate(rules[0], market),
        lambda: market.write(tmp_path / "copy"),
    ):
        with pytest.raises(InputError, match="prices: must be in memory for this"):
            ask()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"close": pl.col("close") * -1}, "prices.parquet:1 close = -10.0: must be a positive"),
        ({"close": pl.lit(None, pl.Float64)}, "close"),
        ({"security": pl.lit("600009.SH")}, "must be a security of the table securities"),
        ({"date": pl.col("date") + pl.duration(days=5)}, "must be a session of XSHG"),
        ({"volume": pl.lit(-5)}, "volume"),
    ],
)
def test_prices_are_checked_as_in_memory(folder, change, expected):
    place = folder(many.small.tables())
    rows = pl.read_parquet(place / "prices.parquet").with_columns(**change)
    rows.write_parquet(place / "prices.parquet")
    with pytest.raises(InputError) as held:
        px.Market.read(place)
    with pytest.raises(InputError, match=re.escape(expected)) as under:
        px.Market.read(place, memory="64MB")
    assert str(under.value) == str(held.value)


def test_a_row_that_comes_twice_is_refused(folder):
    place = folder(many.small.tables())
    rows = pl.read_parquet(place / "prices.parquet")
    pl.concat([rows, rows[:1]]).write_parquet(place / "prices.parquet")
    with pytest.raises(InputError, match=r"row 21: 600001\.SH on 2024-01-08 must stand once"):
        px.Market.read(place, memory="64MB")


def test_prices_of_other_files_or_seen_at_moments_are_refused(folder):
    place = folder(many.small.tables())
    rows = pl.read_parquet(place / "prices.parquet")
    known = pl.lit("2024-01-20T00:00:00+00:00").str.to_datetime(time_zone="UTC")
    rows.with_columns(known_at=known).write_parquet(place / "prices.parquet")
    with pytest.raises(InputError, match="must have no known_at under a budget"):
        px.Market.read(place, memory="64MB")
    (place / "prices.parquet").unlink()
    rows.select("date", "security", "close").write_csv(place / "prices.csv")
    with pytest.raises(InputError, match=r"convert the prices to Parquet"):
        px.Market.read(place, memory="64MB")


def test_prices_are_checked_again_when_the_securities_change(folder):
    place = folder(many.small.tables())
    px.Market.read(place, memory="64MB")
    rows = pl.read_parquet(place / "securities.parquet")
    rows[:1].write_parquet(place / "securities.parquet")
    pl.read_parquet(place / "constituents.parquet")[:1].write_parquet(
        place / "constituents.parquet"
    )
    pl.read_parquet(place / "shares.parquet")[:1].write_parquet(place / "shares.parquet")
    with pytest.raises(InputError, match=r"600002.SH: must be a security of the table securities"):
        px.Market.read(place, memory="64MB")


def test_a_cache_that_was_cut_short_is_built_anew(folder, cache):
    place, rules = folder(many.small.tables()), many.indices()
    expected = px.calculate_many(rules, px.Market.read(place, memory="64MB"), tables=LEVELS)
    (block,) = (cache / "panels").iterdir()
    file = block / "0.f64"
    whole = file.read_bytes()
    os.truncate(file, len(whole) // 2)
    found = px.calculate_many(rules, px.Market.read(place, memory="64MB"), tables=LEVELS)
    assert file.read_bytes() == whole
    assert found.levels.equals(expected.levels)


def test_what_was_left_by_a_build_that_was_killed_is_not_used(folder, cache):
    place, rules = folder(many.small.tables()), many.indices()
    expected = px.calculate_many(rules, px.Market.read(place, memory="64MB"), tables=LEVELS)
    (block,) = (cache / "panels").iterdir()
    # Killed before the header was written.
    (block / "header.json").unlink()
    (block / "0.f64").write_bytes(bytes(8 * 20))
    found = px.calculate_many(rules, px.Market.read(place, memory="64MB"), tables=LEVELS)
    assert found.levels.equals(expected.levels)
    assert not list((cache / "panels").glob(".*"))


def test_an_index_that_is_refused_does_not_stop_the_others(folder):
    market = px.Market.read(folder(many.small.tables()), memory="64MB")
    found = px.calculate_many([*many.indices(), many.failing()], market, tables=LEVELS)
    assert list(found.failures) == ["BAD"]
    assert isinstance(found.failures["BAD"], PaascheError | MissingDataError)
    assert found.levels["index"].n_unique() == len(many.CODES)
