"""Runs on disk and the markets they go on with: what tests of advancing share."""

from __future__ import annotations

import json

import polars as pl
import pytest

import paasche
from calculation import small_markets as small
from paasche import errors

LAST, BEFORE = small.SESSIONS[-1], small.SESSIONS[-2]


def sample_run(market, **options):
    with pytest.warns(errors.AssumptionWarning):
        return paasche.calculate(paasche.Methodology.load("sample-cross-border"), market, **options)


def small_run(place):
    """Write the small market up to its last session but one."""
    return small.calculated(options={"end": BEFORE}).write(place)


def market(**others):
    return paasche.Market.from_frames(small.tables(**others))


def record(run):
    return json.loads((run / "run.json").read_text(encoding="utf-8"))


def files(run):
    return {path.name: path.read_bytes() for path in run.iterdir()}


def changed(table, column, value, **where):
    """Return a table with one value in the rows that match."""
    rows = pl.all_horizontal(pl.col(name) == one for name, one in where.items())
    return table.with_columns(pl.when(rows).then(pl.lit(value)).otherwise(column).alias(column))
