"""`paasche ticks`: a simulated day as a file."""

from __future__ import annotations

import polars as pl
import pytest

import paasche as px

DATE = "2015-06-15"


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_day_is_written_as_the_table_ticks(run, folder, market, tmp_path, suffix):
    out = tmp_path / f"ticks.{suffix}"
    done = run("ticks", folder, "--date", DATE, "--out", out, "--ticks", 5_000, "--seed", 3)
    assert (done.exit_code, done.stderr) == (0, "")
    drawn = px.simulate_ticks(market, DATE, ticks=5_000, seed=3)
    names = drawn["security"].n_unique()
    assert done.stdout == f"5,000 ticks of {names} securities on {DATE}, written to {out}\n"
    read = pl.read_parquet(out) if suffix == "parquet" else pl.read_csv(out, try_parse_dates=True)
    assert read.equals(drawn)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_a_market_reads_the_file_as_its_ticks(run, folder, market, tmp_path):
    for suffix in ("parquet", "csv"):
        place = tmp_path / suffix
        market.write(place)
        done = run(
            "ticks", folder, "--date", DATE, "--out", place / f"ticks.{suffix}", "--ticks", 500
        )
        assert done.exit_code == 0
        assert len(px.Market.read(place)["ticks"]) == 500


def test_names_may_be_chosen(run, folder, market, tmp_path):
    out = tmp_path / "few.parquet"
    prices = market["prices"].filter(pl.col("date") == pl.lit(DATE).str.to_date())
    chosen = prices["security"].sort().gather([0, -1]).to_list()
    names = ("--securities", ", ".join(chosen))
    done = run("ticks", folder, "--date", DATE, "--out", out, "--ticks", 300, *names)
    assert (done.exit_code, done.stderr) == (0, "")
    assert sorted(pl.read_parquet(out)["security"].unique()) == chosen


def test_another_file_format_is_refused_before_anything_is_read(run, tmp_path):
    out = tmp_path / "ticks.xlsx"
    done = run("ticks", tmp_path / "none", "--date", DATE, "--out", out)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"error: out = {out}: must end in .parquet or .csv\n"


def test_a_day_without_trades_leaves_no_file(run, folder, tmp_path):
    done = run("ticks", folder, "--date", "2015-06-14", "--out", tmp_path / "ticks.csv")
    assert done.exit_code == 2
    assert done.stderr.startswith(
        f"error: {folder}: the table prices has no security that trades on 2015-06-14; "
    )
    assert list(tmp_path.iterdir()) == []


def test_help_shows_an_example(run):
    assert "\n paasche ticks market --date 2024-06-14" in run("ticks", "--help").stdout
