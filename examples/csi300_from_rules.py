"""Calculate a CSI 300-style index from rules alone; compare its constituents and levels.

Rules choose the base basket of July 2012 and every change after it from prices, turnover, share
counts and corporate actions. Nothing published enters but the level of the base date: no membership
and no weight. The free float is the estimate ``less freed`` of ``csi300_free_float.py``.
"""

from __future__ import annotations

import argparse
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from csi300_free_float import tradable_less_freed
from csi300_market import Data, constituents, count_history, market, members, read
from csi300_rebuild import month_errors, weight_errors
from csi300_reviews import RULES

import paasche as px

BASE = date(2012, 7, 2)
"""First session of a review; the files have prices of the nine months before."""

FAST_ENTRY = {"rank": 10, "after_sessions": 10}


class FromRules(NamedTuple):
    """The index from rules beside the published one."""

    baskets: pl.DataFrame  # effective, kind, names, shared (with the real constituents)
    changes: pl.DataFrame  # as the engine explains them
    months: pl.DataFrame  # month, error_bp, level_bp
    weights: pl.DataFrame  # date, missing, misplaced, largest, security


def methodology(data: Data) -> px.Methodology:
    """Return the rules of the reviews, with the base date, fast entry and the bands of the time."""
    rules: dict[str, Any] = tomllib.loads(RULES)
    level = data.published.filter(date=BASE)["close"].item()
    rules["index"] |= {"base_date": BASE, "base_level": level}
    rules["interim"] = {"fast_entry": FAST_ENTRY}
    rules["weighting"]["free_float_bands"] = [
        {"from": BASE, "table": "csi-2010"},
        {"from": date(2015, 6, 15), "table": "ces-2023"},
    ]
    return px.Methodology.from_dict(rules)


def calculate(data: Data) -> FromRules:
    """Calculate the index and compare it."""
    real = constituents(data, count_history(data), BASE)
    result = px.calculate(methodology(data), market(data, tradable_less_freed(data), real))
    history = result.history
    if history is None:
        raise SystemExit("an index by rules has a history")
    shared = [
        {
            "effective": day,
            "kind": basket["kind"][0],
            "names": basket.height,
            "shared": basket.join(members(data, day), on="security", how="semi").height,
        }
        for (day,), basket in history.constituents.group_by("effective", maintain_order=True)
    ]
    return FromRules(
        baskets=pl.DataFrame(shared),
        changes=history.changes,
        months=month_errors(data, result),
        weights=weight_errors(data, result),
    )


def main() -> None:
    """Print how many constituents are the real ones, and the errors by month."""
    parser = argparse.ArgumentParser(description="Calculate a CSI 300-style index from rules.")
    parser.add_argument("data", type=Path, help="folder with the source files")
    found = calculate(read(parser.parse_args().data))
    pl.Config.set_tbl_rows(-1).set_tbl_cols(-1).set_tbl_width_chars(160).set_float_precision(2)
    pl.Config.set_tbl_formatting("NOTHING").set_tbl_hide_column_data_types(active=True)
    pl.Config.set_tbl_hide_dataframe_shape(active=True)
    print("Constituents that the CSI 300 has as well")
    print(found.baskets)
    size, ends = found.months["error_bp"].abs().to_numpy(), found.months["level_bp"].to_list()
    print(
        f"\nError of a month's return: {size.mean():.1f} bp on average, {size.max():.1f} at most;"
    )
    print(f"of the level at the end: {ends[-1]:.0f} bp")
    misplaced = found.weights["misplaced"].to_numpy()
    print(f"Weight in other names: {misplaced.mean():.1%} on average")
    print(found.months)


if __name__ == "__main__":
    main()
