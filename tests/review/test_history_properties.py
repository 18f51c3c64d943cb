"""Whole histories do not depend on the order of rows, and change only by new data."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import warnings
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import paasche as px
from paasche.review.history import review_history
from paasche.review.panels.known import Known
from paasche.review.proposal import Wishes, propose
from review import small_review_markets as small
from review.histories import END, bundled

TABLES = ("constituents", "changes", "reserves", "flags", "priced")


@pytest.fixture(scope="module", name="tables")
def _tables():
    return px.sample_market()


def history_of(tables, name, end=END):
    return review_history(px.Market.from_frames(tables), bundled(name), end)


def assert_same(one, other):
    """Baskets, reasons, reserve lists and flags, row by row, and the tables of every review."""
    for name in TABLES:
        assert getattr(one, name).equals(getattr(other, name)), name
    for first, second in zip(one.proposals, other.proposals, strict=True):
        assert first.constituents == second.constituents
        assert first.reserves == second.reserves
        assert first.table.equals(second.table)
        assert first.flags.equals(second.flags)


@pytest.mark.rule("R5")
@pytest.mark.parametrize("name", ["ah-cross-border", "csi-300-style"])
def test_a_history_does_not_depend_on_the_order_of_rows(tables, name):
    shuffled = {
        key: table.sample(fraction=1.0, shuffle=True, seed=place)
        for place, (key, table) in enumerate(tables.items())
    }
    assert_same(history_of(shuffled, name), history_of(tables, name))


SCRIPT = """
    import hashlib, warnings
    import polars as pl
    import paasche as px
    from paasche.review.history import review_history
    from review.histories import bundled
    warnings.simplefilter("ignore")
    tables = px.sample_market(securities=200, end="2018-12-28")
    rules = bundled("ah-cross-border", selection={"count": 40})
    found = review_history(px.Market.from_frames(tables), rules, tables["prices"]["date"].max())
    parts = [found.constituents, found.changes, found.reserves, found.flags, found.priced]
    text = "".join(part.write_csv() for part in parts)
    text += "".join(one.table.write_csv() for one in found.proposals)
    print(found.changes.height, hashlib.sha256(text.encode()).hexdigest())
"""


def test_a_history_does_not_depend_on_the_iteration_order_of_sets():
    python = Path(px.__file__).parents[1]
    said = [
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(SCRIPT)],
            capture_output=True,
            check=True,
            text=True,
            env=os.environ
            | {
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join([str(python), str(Path(__file__).parents[1])]),
            },
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert int(said[0].split()[0]) > 60


@pytest.mark.rule("R8")
@pytest.mark.parametrize("name", ["theme-15-60", "ces-300"])
def test_a_review_of_its_own_result_changes_nobody(tables, name):
    rules = bundled(name, selection={"turnover_limit": 1.0})
    history = history_of(tables, name)
    known = Known(px.Market.from_frames(tables), rules, END)
    moved = 0
    for one in history.proposals[1::3]:
        view = known.on(one.dates.announcement)
        before = set(one.table.filter("constituent")["security"])
        first = propose(view, rules, one.dates, before, Wishes())
        again = propose(view, rules, one.dates, first.constituents, Wishes())
        assert first.constituents == again.constituents
        assert first.reserves == again.reserves
        moved += len(set(first.constituents) - before)
    assert moved > 0


@pytest.mark.rule("R8", "R9")
def test_reviews_without_new_data_change_nobody():
    names = small.sized(12)
    rules = small.methodology(
        selection={"newcomer_buffer": 0.25, "constituent_buffer": 0.25, "turnover_limit": 0.25},
        review={"months": list(range(2, 13))},
    )
    history = small.history(names, rules)
    assert len(history.proposals) == 7
    assert history.changes["cause"].unique().to_list() == ["base"]
    lists = history.reserves.group_by("announced", maintain_order=True).agg("security")
    assert lists["security"].n_unique() == 1


@pytest.mark.rule("R58")
def test_a_later_end_adds_to_a_history_and_changes_nothing_before(tables):
    whole = history_of(tables, "csi-300-style")
    part = history_of(tables, "csi-300-style", date(2019, 12, 31))
    days = {"constituents": "effective", "changes": "effective", "priced": "session"}
    for name, column in days.items():
        before = getattr(whole, name).filter(pl.col(column) <= date(2019, 12, 31))
        assert getattr(part, name).equals(before), name


# What is known later (known_at)

ANNOUNCED = date(2026, 6, 1)  # ten sessions before the effective session, 15 June


def known_rows(schema, *rows):
    """Return rows with the moment from which they count."""
    table = pl.DataFrame(rows, schema=[*schema, "known_at"], orient="row")
    return table.with_columns(
        pl.col("known_at").str.to_datetime(time_unit="us", time_zone="UTC", format="%Y-%m-%dT%H:%M")
    )


def members_after_reviews(**tables):
    """Return who of 600001 to 600003, two of them in, is in after the reviews of both halves."""
    names = small.sized(3)
    rules = small.methodology(
        selection={"count": 2, "reserve_share": 0.5}, review={"months": [6, 7]}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = small.history(names, rules, **tables)
    return [sorted(one.constituents) for one in history.proposals]


ONE, TWO, THREE = (small.code(number) for number in (1, 2, 3))


@pytest.mark.rule("R3", "R5")
@pytest.mark.parametrize(
    ("known", "after_june"),
    [("2026-06-01T15:59", [ONE, THREE]), ("2026-06-01T16:00", [ONE, TWO])],
)
def test_a_review_counts_the_shares_that_were_known_at_its_announcement(known, after_june):
    # The count of the third is restated to 5 millions; a day ends at 16:00 UTC on the exchanges.
    columns = ["security", "effective", "total", "free_float"]
    early = "2020-01-01T00:00"
    shares = known_rows(
        columns,
        *(
            (one, small.LISTED, total, total, early)
            for one, total in zip((ONE, TWO, THREE), (3_000_000, 2_000_000, 1_000_000), strict=True)
        ),
        (THREE, small.LISTED, 5_000_000, 5_000_000, known),
    )
    found = members_after_reviews(shares=shares)
    assert found == [[ONE, TWO], sorted(after_june), [ONE, THREE]]


@pytest.mark.rule("R20")
def test_a_review_counts_the_results_that_were_known_at_its_announcement():
    # The third grows; its loss is restated to a profit after the announcement of June.
    names = small.sized(3, n3={"total": 5_000_000, "listed": date(2026, 2, 2)})
    period, published = date(2025, 12, 31), date(2026, 3, 31)
    columns = ["security", "period", "published", "net_profit", "opinion"]
    said = "2026-03-31T09:00"
    financials = known_rows(
        columns,
        *((one, period, published, 1.0, "unqualified", said) for one in (ONE, TWO)),
        (THREE, period, published, -1.0, "unqualified", said),
        (THREE, period, published, 1.0, "unqualified", "2026-06-01T16:00"),
    )
    rules = small.methodology(
        selection={"count": 2}, review={"months": [6, 7]}, universe={"reports": "not_required"}
    )
    history = small.history(names, rules, financials=financials)
    assert [sorted(one.constituents) for one in history.proposals] == [
        [ONE, TWO],
        [ONE, TWO],
        [ONE, THREE],
    ]
    june = history.proposals[1].table.row(by_predicate=pl.col("security") == THREE, named=True)
    assert (june["screen"], june["rule"]) == ("loss", "R20")
