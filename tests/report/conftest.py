"""Ten years of a small sample market, calculated once."""

from __future__ import annotations

import pytest

import paasche as px
from paasche.report import factsheet

BUNDLED = "sample-cross-border"


@pytest.fixture(scope="session", name="market")
def _market():
    return px.Market.from_frames(px.sample_market(securities=120))


@pytest.fixture(scope="session", name="calculate")
def _calculate(market):
    def calculate(**options):
        with pytest.warns(px.errors.AssumptionWarning):
            return px.calculate(px.Methodology.load(BUNDLED), market, **options)

    return calculate


@pytest.fixture(scope="session", name="result")
def _result(calculate):
    return calculate()


@pytest.fixture(scope="session", name="text")
def _text(result):
    return factsheet(result)
