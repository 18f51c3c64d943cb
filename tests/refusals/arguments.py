"""Arguments, options and places that a command cannot do with."""

from __future__ import annotations

from typer.testing import CliRunner

from paasche.cli import app
from refusals.breaking import Case, both, nothing, prices, removed, replaced, rules, written
from refusals.good_folder import CALCULATE


def options(*more):
    return (*CALCULATE, *more)


CONTINUED = options("--continue", "earlier")


def run_before(folder):
    """Leave a run over the first sessions in ``earlier``."""
    command = (*CALCULATE[:-1], "earlier", "--end", "2016-06-14")
    assert CliRunner().invoke(app, command).exit_code == 0


CASES = {
    "unknown command": Case(
        breaks=nothing, command=("calculat",), names="'calculat'", mend="'calculate'"
    ),
    "unknown option": Case(
        breaks=nothing, command=options("--outt", "x"), names="--outt", mend="--out"
    ),
    "no methodology": Case(
        breaks=nothing,
        command=("calculate", "--market", "market", "--out", "run"),
        names="Missing argument",
        mend="'METHODOLOGY'",
    ),
    "no market": Case(
        breaks=nothing,
        command=("calculate", "rules.toml", "--out", "run"),
        names="Missing option",
        mend="'--market'",
    ),
    "end that is no date": Case(
        breaks=nothing,
        command=options("--end", "16/06/2016"),
        names="'--end': 16/06/2016",
        mend="must be a date, the year first",
    ),
    "start after end": Case(
        breaks=nothing,
        command=options("--start", "2016-06-16", "--end", "2016-06-13"),
        names="start = 2016-06-16",
        mend="must be on or before the last day, 2016-06-13",
    ),
    "start after the last price": Case(
        breaks=nothing,
        command=options("--start", "2016-07-01"),
        names="start = 2016-07-01",
        mend="must be on or before the last day, 2016-06-16",
    ),
    "end before the base date": Case(
        breaks=nothing,
        command=options("--end", "2016-06-03"),
        names="end = 2016-06-03",
        mend="must be on or after 2016-06-06, where the calculation",
    ),
    "end past the last price": Case(
        breaks=nothing,
        command=options("--end", "2016-06-30"),
        names="end = 2016-06-30",
        mend="the table status",
    ),
    "end past every known session": Case(
        breaks=lambda folder: (folder / "market/status.csv").write_text(
            "security,status,start\n600519.SH,suspended,2016-06-17\n"
        ),
        command=options("--end", "2031-06-30"),
        names="end = 2031-06-30",
        mend="paasche/market/calendar_overlay.toml",
    ),
    "moment without its zone": Case(
        breaks=nothing,
        command=options("--as-of", "2016-06-14T18:00:00"),
        names="as_of = 2016-06-14T18:00:00",
        mend="must be a time with its offset from UTC",
    ),
    "moment that is none": Case(
        breaks=nothing,
        command=options("--as-of", "yesterday"),
        names="as_of = yesterday",
        mend="must be a time with its offset from UTC",
    ),
    "no threads": Case(
        breaks=nothing,
        command=options("--threads", "0"),
        names="'--threads'",
        mend="greater than or equal to 1",
    ),
    "unknown format": Case(
        breaks=nothing,
        command=options("--format", "xlsx"),
        names="'--format'",
        mend="'parquet', 'csv'",
    ),
    "out that is a file": Case(
        breaks=lambda folder: (folder / "run").write_text("mine"),
        names="out = run",
        mend="give another, or remove it",
    ),
    "out that holds something": Case(
        breaks=lambda folder: (
            (folder / "run").mkdir() or (folder / "run/note.txt").write_text("mine")
        ),
        names="out = run",
        mend="give another, or remove it",
    ),
    "out below a file": Case(
        breaks=nothing,
        command=(*CALCULATE[:-1], "rules.toml/run"),
        names="out = rules.toml/run",
        mend="must lie in a folder; rules.toml is a file",
    ),
    "out with a name that is too long": Case(
        breaks=nothing,
        command=(*CALCULATE[:-1], "r" * 300),
        names="out = rrr",
        mend="(file name too long); give another",
    ),
    "sample into a folder that holds something": Case(
        breaks=nothing,
        command=("sample", "market"),
        names="DIR = market",
        mend="give another, or remove it",
    ),
    "sample of too few securities": Case(
        breaks=nothing,
        command=("sample", "new", "--securities", "5"),
        names="securities = 5",
        mend="must be from 100 to 5000",
    ),
    "continued from nowhere": Case(
        breaks=nothing,
        command=CONTINUED,
        names="earlier/state.json",
        mend="give a directory that `paasche calculate` wrote",
    ),
    "continued from a folder that is no run": Case(
        breaks=nothing,
        command=options("--continue", "market"),
        names="market/state.json",
        mend="give a directory that `paasche calculate` wrote",
    ),
    "continued with another methodology": Case(
        breaks=both(run_before, rules("single_cap = 0.5", "single_cap = 0.6")),
        command=CONTINUED,
        names="the state of SMALL on 2016-06-14",
        mend="recalculate from the base date",
    ),
    "continued from a damaged state": Case(
        breaks=both(run_before, written("earlier/state.json", '{"index": "SMALL", ')),
        command=CONTINUED,
        names="earlier/state.json",
        mend="calculate the run anew",
    ),
    "continued from a state without its keys": Case(
        breaks=both(run_before, written("earlier/state.json", '{"index": "SMALL"}')),
        command=CONTINUED,
        names="earlier/state.json",
        mend="calculate the run anew",
    ),
    "continued from a state with a word for its date": Case(
        breaks=both(
            run_before,
            replaced("earlier/state.json", '"date": "2016-06-14"', '"date": "14 June"'),
        ),
        command=CONTINUED,
        names="earlier/state.json",
        mend="calculate the run anew",
    ),
    "continued from a run without a table": Case(
        breaks=both(run_before, removed("earlier/divisors.parquet")),
        command=CONTINUED,
        names="earlier/divisors.parquet",
        mend="calculate the run anew",
    ),
    "continued from a run with a damaged table": Case(
        breaks=both(run_before, written("earlier/levels.parquet", "PAR1")),
        command=CONTINUED,
        names="earlier/levels.parquet",
        mend="calculate the run anew",
    ),
    "continued after the prices of its last session were revised": Case(
        breaks=both(
            run_before, prices("2016-06-14,600519.SH,273.03", "2016-06-14,600519.SH,273.3")
        ),
        command=CONTINUED,
        names="2016-06-14",
        mend="market",
    ),
    "continued after its constituents were revised": Case(
        breaks=both(run_before, replaced("market/constituents.csv", "2016-06-14,00700.HK\n", "")),
        command=CONTINUED,
        names="00700.HK (held)",
        mend="recalculate from the base date",
    ),
    "explained on a day that is no session": Case(
        breaks=run_before,
        command=("explain", "earlier", "--date", "2016-06-11"),
        names="date = 2016-06-11",
        mend="the nearest are 2016-06-10 and 2016-06-13",
    ),
    "explained in a variant nobody knows": Case(
        breaks=run_before,
        command=("explain", "earlier", "--date", "2016-06-13", "--variant", "gross"),
        names="'--variant': gross",
        mend="must be one of price, total_return, net_total_return",
    ),
    "continued to a day before its last session": Case(
        breaks=run_before,
        command=(*CONTINUED, "--end", "2016-06-13"),
        names="end = 2016-06-13",
        mend="must be on or after 2016-06-14, where the calculation",
    ),
}
