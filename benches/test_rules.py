"""A history by the rules: 300 of 3,000 names, ten years of reviews, from Parquet to levels."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date
from typing import Any

import pytest

import paasche as px
from paasche import _core
from paasche.calculation import kernel, run

ROUNDS = 5
COUNT = 300
RULES = """
schema_version = 1

[index]
code = "RULES300"
name = "300 of 3,000"
currency = "CNY"
base_date = 2015-01-05
base_level = 1000.0
variants = ["price", "total_return"]

[universe]
exchanges = ["XSHG", "XSHE"]
screens = [{ measure = "average_turnover", top_share = 0.50, constituent_top_share = 0.60 }]

[selection]
count = {COUNT}
newcomer_buffer = 0.20
constituent_buffer = 0.20
turnover_limit = 0.10
reserve_share = 0.05

[interim]
fast_entry = { rank = 10, after_sessions = 10 }

[weighting]
scheme = "free_float"
free_float_bands = "ces-2023"
"""
"""The rules of a CSI 300-style index, on the sessions of the sample market."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, smoke):
    folder = tmp_path_factory.mktemp("rules") / "market"
    px.Market.from_frames(px.sample_market(securities=100 if smoke else 3_000)).write(folder)
    return folder


class Clock:
    """Adds up the time that functions take."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def timed(self, part: str, function: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                self.seconds[part] += time.perf_counter() - began

        return call


class Core:
    """The core with a clock on what it does for a calculation."""

    def __init__(self, clock: Clock) -> None:
        self.hold = clock.timed("hold", _core.hold)
        self.values = clock.timed("value", _core.values)
        self.chain = clock.timed("value", _core.chain)
        self.carry_prices = _core.carry_prices


def test_rules(folder, alone, smoke, monkeypatch):
    methodology = px.Methodology.from_toml(RULES.replace("{COUNT}", str(10 if smoke else COUNT)))
    clock = Clock()
    monkeypatch.setattr(run, "review_history", clock.timed("decide", run.review_history))
    monkeypatch.setattr(kernel, "_core", Core(clock))

    def whole() -> px.Result:
        clock.seconds.clear()
        market = clock.timed("read", px.Market.read)(folder)
        return px.calculate(methodology, market, end=date(2024, 12, 31))

    result = alone(
        "a history by the rules, 300 of 3,000, ten years",
        whole,
        ROUNDS,
        parts=lambda: dict(clock.seconds),
    )
    # Twenty reviews after the base, and every basket has its constituents.
    assert len(result.history.proposals) == 21
    assert all(
        len(one.constituents) == (10 if smoke else COUNT) for one in result.history.proposals
    )
