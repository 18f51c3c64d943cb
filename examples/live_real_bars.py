"""Read real intraday data as ticks: bars of stocks and of futures, a snapshot.

``python examples/live_real_bars.py DATA`` tells what there is to replay. Bars become trades at
their ends; where nothing was traded there is none. ``read_stocks``, ``read_futures`` and
``read_snapshot`` return the table ``ticks``: timestamp (UTC), security, price, volume.
"""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

import polars as pl

from paasche.live.simulated.bars import ticks_from_bars

STOCKS = "cn_15min_202506_1001stocks.parquet"
FUTURES = "cn_futures_1min_201412.parquet"
SNAPSHOT = "cn_level1_snapshot_20141218.csv.gz"

CLOSE = dt.time(15)
FEN = 100  # to the yuan


def _security() -> pl.Expr:
    """Return codes such as sh600519 as 600519.SH."""
    code = pl.col("code")
    return code.str.slice(2) + "." + code.str.slice(0, 2).str.to_uppercase()


def read_stocks(folder: Path) -> pl.DataFrame:
    """Read the bars of June 2025, each named by its end: 998 stocks, 20 days."""
    bars = pl.read_parquet(folder / STOCKS)
    # Rounded: a quotient may be next to the decimal that is meant.
    yuan = (pl.col("close_raw") / FEN).round(2)
    return ticks_from_bars(bars.select("time", "volume", security=_security(), close=yuan))


def read_futures(folder: Path) -> pl.DataFrame:
    """Read the bars of December 2014, each named by its begin; night sessions stand at their hours.

    The security is the contract as the file names it.
    """
    bars = pl.read_parquet(folder / FUTURES)
    return ticks_from_bars(
        bars.select("time", "close", "volume", security="contract"),
        end_after=dt.timedelta(minutes=1),
    )


def read_snapshot(folder: Path) -> pl.DataFrame:
    """Read the last prices of 2014-12-18, taken minutes after the close: trades at the bell."""
    quotes = pl.read_csv(folder / SNAPSHOT)
    taken = (pl.col("date") + " " + pl.col("time")).str.to_datetime()
    bell = taken.dt.date().dt.combine(CLOSE)
    return ticks_from_bars(
        quotes.select(
            "volume", security=_security(), time=pl.min_horizontal(taken, bell), close="last"
        )
    )


def main() -> None:
    """Print what each file holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the files")
    folder = parser.parse_args().data
    for name, read in (
        ("stocks", read_stocks),
        ("futures", read_futures),
        ("snapshot", read_snapshot),
    ):
        ticks = read(folder)
        first, last = ticks["timestamp"][0], ticks["timestamp"][-1]
        names = ticks["security"].n_unique()
        print(f"{name:9} {len(ticks):8,} ticks of {names:4} securities, {first} to {last}")


if __name__ == "__main__":
    main()
