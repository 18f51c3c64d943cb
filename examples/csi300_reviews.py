"""Review a CSI 300-style index on real data and compare it with the real changes of the CSI 300.

Nine reviews, July 2012 to June 2016. Each begins with the real constituents and looks at prices,
turnover and share counts of its window. Printed: how many additions and deletions are found, beside
a crude baseline, and why the others are not. No rule is made for a single name.
"""

from __future__ import annotations

import argparse
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
from csi300_free_float import tradable
from csi300_market import LAST, Data, constituents, count_history, market, members, read

import paasche as px
from paasche.review.dates.schedule import review_dates
from paasche.review.panels.known import View
from paasche.review.proposal import Wishes, propose

if TYPE_CHECKING:
    from paasche.review.proposal import Proposal

REVIEWS = [
    (2012, 6),
    (2012, 12),
    (2013, 6),
    (2013, 12),
    (2014, 6),
    (2014, 12),
    (2015, 6),
    (2015, 12),
    (2016, 6),
]
"""Year and month in which the old basket ends. The files begin in October 2011, so that the first
review sees seven months of its year."""

COUNT = 300

BASELINE = (156, 143, 61)
"""Additions and deletions that a rough pandas review finds, and its false additions: market values,
turnover and the buffer alone, without suspensions, limit or changes of the rules."""

# There are no risk warnings and no financial reports in the files: R20, R21 and R31 see nothing.
# From December 2014 on most false deletions fall to the one turnover cut: a wider cut for
# constituents seems to have come with that year's rules, but no source of those years has it.
RULES = """
schema_version = 1

[index]
code = "CSI300"
name = "CSI 300 style"
currency = "CNY"
base_date = 2011-10-31
base_level = 1000.0

[universe]
exchanges = ["XSHG", "XSHE"]
classes = ["A"]
boards = ["main"]
listing_age = { months = 3, exempt_rank = 30 }
loss_makers = "allowed"
reports = "not_required"
# One cut for all: so in descriptions of March 2014 and the CSI 300 methodology of December 2016.
screens = [{ measure = "average_turnover", top_share = 0.50 }]

[selection]
count = 300
newcomer_buffer = 0.20
constituent_buffer = 0.20
turnover_limit = 0.10
reserve_share = 0.05

[review]
months = [6, 12]
adjustment_close = "month-end" # effective on the first session of July and January

[weighting]
scheme = "free_float"
free_float_bands = "csi-2010"

[[change]]
valid_from = 2013-07-02
review = { adjustment_close = "second-friday" }

# Rules of 2014-09-11 bring ChiNext in with this review (China Securities Journal, 2014-12-01).
[[change]]
valid_from = 2014-12-15
universe = { boards = ["main", "chinext"], listing_age = { boards = { chinext = 36 } } }
"""

BASELINE_SCREENS: dict[str, object] = {
    "boards": ["main", "chinext"],
    "listing_age": {"months": 3, "exempt_rank": 30, "boards": {"chinext": 36}},
    "screens": [
        {"measure": "average_turnover", "top_share": 0.5, "constituent_top_share": 0.6},
    ],
}
"""The universe of the crude baseline: a wider cut for constituents, ChiNext in all years."""


class Case(NamedTuple):
    """One way to review."""

    universe: dict[str, object]  # keys that differ from RULES
    admit: bool  # whether the committee admits newcomers that R15 or R16 keep out


CASES = {
    "universe of the baseline": Case(BASELINE_SCREENS, admit=False),
    "rules of the time": Case({}, admit=False),
    "suspended admitted": Case({}, admit=True),
}
"""R15 and R16, on suspensions, are clauses of 2023; the last case sets them aside by decision."""

HELD_BACK = ("suspended", "resumed")
"""Screens of R15 and R16."""

CLOSE = 15
"""Ranks from a border within which small differences of share counts and of the universe decide."""

COMPARED = {"add": "added", "delete": "deleted"}


class Compared(NamedTuple):
    """Proposals beside the real changes."""

    reviews: pl.DataFrame  # effective, announcement, lacking, real and found changes by kind
    differences: pl.DataFrame  # effective, what, security, rank, screen, reason, cause


def prepare(data: Data) -> View:
    """Build the market and lay out what reviews measure on, once for all cases."""
    history = count_history(data)
    baskets = constituents(data, history, date(2011, 10, 31))
    return View(
        market(data, tradable(data), baskets), methodology(CASES["rules of the time"]), LAST
    )


def methodology(case: Case, count: int = COUNT) -> px.Methodology:
    """Return the rules of a case."""
    rules: dict[str, Any] = tomllib.loads(RULES)
    rules["universe"] |= case.universe
    rules["selection"]["count"] = count
    if case.universe:
        rules["change"] = [one for one in rules["change"] if "universe" not in one]
    return px.Methodology.from_dict(rules)


def compare(data: Data, view: View, case: Case) -> Compared:
    """Review all dates under one case, each from the real constituents."""
    known = set(data.prices["security"]) & set(count_history(data)["security"])
    sessions = data.published["date"].to_numpy()
    rows, differences = [], []
    for year, month in REVIEWS:
        section = methodology(case).on(date(year, month, 15)).review
        dates = review_dates(sessions, section, year, month)
        before = members(data, dates.adjustment_close)["security"].to_list()
        # Constituents that the files lack cannot be judged: they keep their places.
        judged = [one for one in before if one in known]
        rules = methodology(case, COUNT - len(before) + len(judged))
        proposal = propose(view, rules, dates, judged, Wishes())
        if case.admit:
            held_back = proposal.table.filter(pl.col("screen").is_in(HELD_BACK))
            admitted = tuple(held_back["security"].sort())
            proposal = propose(view, rules, dates, judged, Wishes(admitted=admitted))
        real = data.changes.filter(effective=dates.effective)
        differences.append(_differences(data, proposal, real))
        rows.append(
            {
                "effective": dates.effective,
                "announcement": dates.announcement,
                "lacking": len(before) - len(judged),
                **_counts(proposal, real),
            }
        )
    return Compared(pl.DataFrame(rows), pl.concat(differences))


def totals(compared: Compared) -> tuple[int, int, int, int]:
    """Return additions found, deletions found, false additions, false deletions."""
    names = ("found added", "found deleted", "false added", "false deleted")
    additions, deletions, false_additions, false_deletions = (
        int(compared.reviews[name].sum()) for name in names
    )
    return additions, deletions, false_additions, false_deletions


def _names(frame: pl.DataFrame) -> set[str]:
    return set(frame["security"])


def _counts(proposal: Proposal, real: pl.DataFrame) -> dict[str, int]:
    counts: dict[str, int] = {}
    for action, outcome in COMPARED.items():
        ours = _names(proposal.table.filter(outcome=outcome))
        theirs = _names(real.filter(action=action))
        counts |= {
            f"real {outcome}": len(theirs),
            f"found {outcome}": len(ours & theirs),
            f"false {outcome}": len(ours - theirs),
        }
    return counts


def _differences(data: Data, proposal: Proposal, real: pl.DataFrame) -> pl.DataFrame:
    """Return each difference with what the review says of it, and its likely cause."""
    whats: list[tuple[str, str]] = []
    for action, outcome in COMPARED.items():
        ours = _names(proposal.table.filter(outcome=outcome))
        theirs = _names(real.filter(action=action))
        whats += [(f"{outcome}: missed", one) for one in sorted(theirs - ours)]
        whats += [(f"{outcome}: false", one) for one in sorted(ours - theirs)]
    rows = pl.DataFrame(whats, schema={"what": pl.String, "security": pl.String}, orient="row")
    said = proposal.table.select("security", "rank", "screen", "reason")
    share_classes = data.structure.select("security", "other_classes")
    return (
        rows.join(said, on="security", how="left", maintain_order="left")
        .join(share_classes, on="security", how="left", maintain_order="left")
        .select(
            pl.lit(proposal.dates.effective).alias("effective"),
            *("what", "security", "rank", "screen", "reason"),
            cause=_cause(len(proposal.constituents)),
        )
    )


def _cause(count: int) -> pl.Expr:
    """Return the first cause that fits: what the files say, else what they cannot say."""
    what, rank, screen = pl.col("what"), pl.col("rank"), pl.col("screen")
    share = pl.when(what.str.starts_with("added")).then(pl.lit(0.8)).otherwise(pl.lit(1.2))
    border = (share * count).floor()
    causes = {
        "name not in the files": rank.is_null()
        & (screen.is_null() | screen.is_in(["close", "shares"])),
        "turnover below the cut": screen == "average_turnover",
        "suspended, or resumed a short time ago (R15, R16)": screen.is_in(HELD_BACK),
        "another screen": screen.is_not_null(),
        "fills a place that a false deletion left": (what == "added: false") & (rank > border),
        f"close call: within {CLOSE} ranks of the border": (rank - border).abs() <= CLOSE,
        "B or H shares, which the files state for 2020 only": pl.col("other_classes") > 0,
        "no place left: constituents that CSI deleted stay here": what == "added: missed",
        "crowded out by names that CSI did not add": what == "deleted: false",
    }
    cause = pl.lit("reason not in the files: risk warning, loss, violation, committee")
    for name, fits in reversed(causes.items()):
        cause = pl.when(fits).then(pl.lit(name)).otherwise(cause)
    return cause


def main() -> None:
    """Print what is found in each case, and why the rest is not."""
    parser = argparse.ArgumentParser(description="Review a CSI 300-style index on real data.")
    parser.add_argument("data", type=Path, help="folder with the source files")
    data = read(parser.parse_args().data)
    view = prepare(data)
    compared = {name: compare(data, view, case) for name, case in CASES.items()}
    pl.Config.set_tbl_rows(-1).set_tbl_cols(-1).set_tbl_width_chars(200)
    pl.Config.set_fmt_str_lengths(100).set_tbl_hide_dataframe_shape(active=True)
    pl.Config.set_tbl_formatting("NOTHING").set_tbl_hide_column_data_types(active=True)
    print("Of 180 additions and 180 deletions of nine reviews")
    columns = ["case", "additions found", "deletions found", "false additions", "false deletions"]
    rows: list[tuple[object, ...]] = [("crude baseline", *BASELINE, None)]
    rows += [(name, *totals(one)) for name, one in compared.items()]
    print(pl.DataFrame(rows, schema=columns, orient="row"))
    last = compared["suspended admitted"]
    print("\nBy review: suspended admitted; lacking: constituents that the files lack")
    print(last.reviews)
    print("\nCauses of the differences")
    print(last.differences.group_by("what", "cause").len("names").sort("what", "names", "cause"))
    print("\nEvery difference")
    print(last.differences.select("effective", "what", "security", "cause", "reason"))


if __name__ == "__main__":
    main()
