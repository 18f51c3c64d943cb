"""`paasche explain`: what it shows, prints and refuses."""

from __future__ import annotations

import io

import polars as pl
import pytest

DAY = "2015-06-15"


@pytest.fixture(scope="module", name="run_directory")
def _run_directory(calculate, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "explained"
    assert calculate("--out", out).exit_code == 0
    return out


def test_it_shows_what_moved_the_level(run, run_directory, result):
    done = run("explain", run_directory, "--date", DAY)
    assert done.exit_code == 0
    why = result.explain(DAY)
    assert " ".join(done.stdout.split()).startswith(why.title)
    assert f"{len(why.constituents) - 10} more" in done.stdout


def test_it_explains_a_span_of_one_version(run, run_directory, result):
    span = ("--start", "2015-06-01", "--end", "2015-06-30")
    done = run("explain", run_directory, *span, "--variant", "total_return", "--currency", "HKD")
    title = result.explain("2015-06-01", "2015-06-30", variant="total_return", currency="HKD").title
    assert " ".join(done.stdout.split()).startswith(title)


def test_a_variant_may_be_written_as_the_tables_print_it(run, run_directory):
    written = [
        run("explain", run_directory, "--date", DAY, "--variant", name, "--csv", "sessions").stdout
        for name in ("net_total_return", "net total return", "Net-total-return")
    ]
    assert written[0].startswith("date,")
    assert written[1:] == written[:1] * 2


@pytest.mark.parametrize("table", ["constituents", "divisors", "events", "rates", "sessions"])
def test_it_prints_a_whole_table_as_csv(run, run_directory, result, table):
    done = run("explain", run_directory, "--date", DAY, "--csv", table)
    assert done.exit_code == 0
    expected = getattr(result.explain(DAY), table)
    assert done.stdout == expected.write_csv()
    assert pl.read_csv(io.StringIO(done.stdout)).height == expected.height


def test_the_market_may_be_elsewhere(run, run_directory, folder):
    assert run("explain", run_directory, "--date", DAY, "--market", folder).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--date: must be given, or --start and --end in its place"),
        (("--date", DAY, "--start", DAY), "--date: must be given, or --start and --end"),
        (("--start", DAY), "--date: must be given, or --start and --end"),
        (("--date", DAY, "--index", "OTHER"), "index = OTHER: must be SAMPLE100, the index of"),
        (("--date", "2015-06-14"), "date = 2015-06-14: must be a session of SAMPLE100"),
        (("--date", DAY, "--variant", "gross"), "gross: must be one of price, total_return,"),
        (("--date", DAY, "--currency", "USD"), "currency = USD: must be one of CNY, HKD"),
    ],
)
def test_it_refuses_in_one_line(run, run_directory, arguments, message):
    done = run("explain", run_directory, *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_run_is_named(run, tmp_path):
    done = run("explain", tmp_path, "--date", DAY)
    assert done.exit_code == 2
    assert "run.json" in done.stderr
