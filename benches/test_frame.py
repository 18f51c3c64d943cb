"""The frame itself: ratios, bars, the table and the figures; the folder's own tests, untimed."""

from __future__ import annotations

import json
import os

import pytest
from benches.frame import processors
from benches.frame.report import table, write
from benches.frame.rows import FLOOR, PEER, WORK, Row, checked_rounds

THEIRS = [6.0, 2.0, 4.0]
OURS = [1.0, 3.0, 2.0]


def row(kind=PEER, asked="", theirs=THEIRS):
    return Row(work="work", kind=kind, asked=asked, theirs=theirs, ours=OURS)


def test_the_ratio_to_a_peer_says_how_many_times_faster_ours_is():
    assert row().ratio() == 2.0
    assert row().ratio(min) == 2.0
    assert row(theirs=[3.0, 9.0, 3.0]).ratio(min) == 3.0


def test_the_ratio_to_a_floor_says_how_many_times_slower_ours_is():
    assert row(FLOOR).ratio() == 0.5


def test_work_by_itself_has_no_ratio():
    assert row(WORK, ">= 2.0 x", theirs=[]).ratio() is None
    assert row(WORK, ">= 2.0 x", theirs=[]).holds() is None


@pytest.mark.parametrize(
    ("kind", "asked", "holds"),
    [
        (PEER, ">= 2.0 x", True),
        (PEER, ">= 2.1 x", False),
        (FLOOR, "<= 0.5 x", True),
        (FLOOR, "<= 0.4 x", False),
        (PEER, "0 rows differ", None),
        (PEER, "", None),
    ],
)
def test_a_bar_is_judged_by_the_medians(kind, asked, holds):
    assert row(kind, asked).holds() is holds


def test_four_rounds_are_too_few():
    assert checked_rounds(5) == 5
    with pytest.raises(ValueError, match=r"^rounds = 4: must be at least 5$"):
        checked_rounds(4)


def test_the_table_keeps_peers_floors_and_work_apart():
    rows = [row(WORK, theirs=[]), row(FLOOR, "<= 0.4 x"), row(PEER, ">= 2.0 x")]
    lines = list(table(rows, smoke=False))
    assert lines[0].startswith("machine: ")
    assert "paasche " in lines[1]
    assert "numba " in lines[1]
    headings = [line.split("  ")[0] for line in lines if "rounds" in line]
    assert headings == ["beside a peer", "above a floor", "by itself"]
    assert [line.split()[-1] for line in lines if line.startswith("work ")] == [
        "holds",
        "short",
        "s",
    ]


def test_a_smoke_run_says_that_its_figures_say_nothing():
    assert next(table([row()], smoke=True)).startswith("smoke: ")


def test_the_figures_are_written_with_every_round(tmp_path):
    path = tmp_path / "new" / "run.json"
    write([row(FLOOR, "<= 0.4 x")], path, smoke=False)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["versions"]["paasche"].endswith("(release)")
    assert found["machine"]["cores"] >= 1
    (one,) = found["rows"]
    assert one["theirs"]["seconds"] == THEIRS
    assert one["ours"] == {"min": 1.0, "median": 2.0, "seconds": OURS}
    assert one["ratio"] == {"min": 0.5, "median": 0.5}
    assert one["holds"] is False


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no word on processors")
def test_a_thread_is_on_one_processor_for_as_long():
    before = os.sched_getaffinity(0)
    with processors.on_one():
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before
