"""The py-beacon-kit case side by side: one peer run for PRICE and one for NET against one of ours.

No test asserts a time: the table at the end reports them. The levels of the timed runs are compared
every time, so that both sides are known to have calculated the same index.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
import pytest
from beacon.data import store
from benches.beacon_arrays import arrays, methodology, write_folder
from benches.beacon_case import TAX, converted, generated, peer_runs

import paasche

if TYPE_CHECKING:
    from pathlib import Path

    from beacon.data.fetcher import DataFetcher
    from beacon.index.result import IndexResult
    from benches.beacon_case import Case
    from numpy.typing import NDArray


# The peer is written for an earlier pandas.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROUNDS = 7
ASSETS, TINY = 500, 150

# Sums of 500 terms in another order; no convention differs.
AGREEMENT = 1e-13

# What opening and closing reinvestment make of the same dividends in five years: 6e-5 was seen.
REINVESTMENT = 1e-4


class Market(NamedTuple):
    """The generated market on both sides."""

    fetcher: DataFetcher
    case: Case


@pytest.fixture(scope="session")
def market(smoke) -> Market:
    dataset = generated(TINY if smoke else ASSETS)
    return Market(dataset.fetcher(), converted(dataset))


class Folders(NamedTuple):
    """The generated market in Parquet, as each side keeps it."""

    theirs: Path
    ours: Path


@pytest.fixture(scope="session")
def folders(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Folders:
    found = Folders(tmp_path_factory.mktemp("store"), tmp_path_factory.mktemp("market"))
    store.save(market.fetcher, found.theirs)
    write_folder(market.case, found.ours)
    return found


class Calculated(NamedTuple):
    """One in-process run of ours: levels and values, and the audit trail as columns."""

    arrays: paasche.ArrayResult
    positions: dict[str, NDArray[np.generic]]
    corrections: dict[str, NDArray[np.generic]]
    events: dict[str, object]


def calculated(given: dict[str, object]) -> Calculated:
    found = paasche.calculate_arrays(**given)
    held = found.holdings
    return Calculated(found, held.positions(), found.corrections, held.events())


def units_of(case: Case, run: Calculated) -> NDArray[np.float64]:
    """Spread the changes of holdings over the sessions: (n_sessions, n_names)."""
    rows = run.positions
    at = np.full(case.closes.shape, -1)
    at[rows["session"], rows["instrument"]] = np.arange(len(rows["session"]))
    at = np.maximum.accumulate(at, axis=0)
    return (rows["adjusted_shares"] * rows["weight_factor"])[at]


def weights_of(case: Case, run: Calculated) -> NDArray[np.float64]:
    """Return the weight of every name on every session: the peer's ``daily_weights``."""
    worth = case.closes * case.rates[:, case.currency] * units_of(case, run)
    return worth / run.arrays.values[:, None]


def reinvested_at_the_close(case: Case, run: Calculated) -> NDArray[np.float64]:
    """Chain our values and holdings the peer's way: dividends at the close and rate of the day."""
    units, cash = units_of(case, run), case.actions.filter(~pl.col("split"))
    session, name = cash["session"].to_numpy(), cash["name"].to_numpy()
    rate = case.rates[session, case.currency[name]]
    paid = units[session, name] * cash["amount"].to_numpy() * rate * (1.0 - TAX)
    received = np.bincount(session, paid, minlength=len(case.days))
    values, openings = run.arrays.values, run.arrays.openings["price"]
    growth = (values[1:] + received[1:]) / openings[1:]
    return run.arrays.net_total_return[0] * np.cumprod(np.concatenate([[1.0], growth]))


def assert_same_index(case: Case, peer: tuple[IndexResult, IndexResult], run: Calculated) -> None:
    """Compare sessions, review weights and levels with the peer's."""
    price, net = (one.index_levels for one in peer)
    np.testing.assert_array_equal(price.index.to_numpy().astype("datetime64[D]"), case.days)
    np.testing.assert_allclose(run.arrays.price, price.to_numpy(), rtol=AGREEMENT)

    # New units take effect after the close of the review session, at whose prices they are weighed.
    units, reviews = units_of(case, run)[case.effective], case.reviews
    worth = case.closes[reviews] * case.rates[reviews][:, case.currency] * units
    snapshots = [peer[0].weight_snapshots[day] for day in sorted(peer[0].weight_snapshots)]
    weights = [[snapshot[name] for name in case.names] for snapshot in snapshots]
    np.testing.assert_allclose(worth / worth.sum(axis=1, keepdims=True), weights, rtol=1e-12)

    closing = reinvested_at_the_close(case, run)
    np.testing.assert_allclose(closing, net.to_numpy(), rtol=AGREEMENT)
    np.testing.assert_allclose(run.arrays.net_total_return, net.to_numpy(), rtol=REINVESTMENT)


@pytest.mark.parametrize(("cap", "binding"), [(0.05, 2), (0.02, 21)], ids=["5%", "2%"])
def test_in_process(duel, market, smoke, cap, binding):
    given = arrays(market.case, cap)
    peer, _ = duel(
        f"in process, {cap:.0%} cap, binds on {binding} of 21",
        ">= 200 x",
        lambda: peer_runs(market.fetcher, market.case.names, cap),
        lambda: calculated(given),
        ROUNDS,
        agree=partial(assert_same_index, market.case),
    )
    # Of fewer names each weighs more, and is capped more often.
    assert len(peer[0].cap_reports) == (21 if smoke else binding)


def test_in_process_with_the_weights_of_every_session(duel, market):
    given = arrays(market.case, 0.05)

    def weighed() -> tuple[Calculated, NDArray[np.float64]]:
        run = calculated(given)
        return run, weights_of(market.case, run)

    peer, (_, weights) = duel(
        "in process, 5% cap, and all daily weights",
        "",
        lambda: peer_runs(market.fetcher, market.case.names, 0.05),
        weighed,
        ROUNDS,
        agree=lambda peer, found: assert_same_index(market.case, peer, found[0]),
    )

    # On a review session the peer shows the units that follow its close, we those that led to it.
    daily = peer[0].daily_weights["WEIGHT"].to_numpy()
    ordinary = np.setdiff1d(np.arange(len(weights)), market.case.reviews[1:])
    np.testing.assert_allclose(
        weights[ordinary],
        daily.reshape(weights.shape)[ordinary],
        rtol=4 * np.finfo(daily.dtype).eps,
    )


def test_end_to_end(duel, market, folders):
    """From Parquet to frames: definition, reading, checks, both variants."""

    def theirs() -> tuple[IndexResult, IndexResult]:
        return peer_runs(store.load(folders.theirs), market.case.names, 0.05)

    def ours() -> paasche.Result:
        rules = methodology(market.case, 0.05)
        return paasche.calculate(rules, paasche.Market.read(folders.ours))

    run = calculated(arrays(market.case, 0.05))

    def agree(peer: tuple[IndexResult, IndexResult], result: paasche.Result) -> None:
        assert_same_index(market.case, peer, run)
        for variant in ("price", "net_total_return"):
            levels = result.levels.filter(pl.col("variant") == variant)["level_unrounded"]
            np.testing.assert_array_equal(levels.to_numpy(), getattr(run.arrays, variant))

    duel("Parquet to frames, 5% cap", ">= 20 x", theirs, ours, ROUNDS, agree=agree)
