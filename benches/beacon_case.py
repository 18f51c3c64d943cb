"""The py-beacon-kit case: one synthetic market, its index, and the same market in our terms.

500 names on 1,260 sessions, a quarterly free-float-weighted index in USD with a cap on each name.
The peer generates the market; its closes, shares, rates and actions are converted to the arrays of
:func:`paasche.calculation.arrays.calculate_arrays` and to a market folder. What the peer does, read
in its source (0.9.7), and how it is asked of us:

- **Weights.** close × shares × free float × rate, all of the review session, then the cap; the new
  units replace the old ones after that close. Ours: effective on the next session, lag 1. The peer
  multiplies raw free float, without bands, so the scheme is ``total`` on float-adjusted shares:
  whole numbers of them, counted in millionths because the peer does not round (whole shares would
  put the levels 6e-10 apart).
- **Cap.** Excess spread in proportion over the uncapped, until none is above: as R39. The peer lets
  weights be above the cap by 1e-9 of it.
- **Reviews.** The first session of January, April, July and October, the base included: 21.
- **Splits** scale the units on the ex-date, at an unchanged divisor: as R52. All 75 fall on review
  sessions. A share count changes on a split and nowhere else.
- **Dividends.** PRICE ignores them: as R51. NET reinvests them, less 15 %, at the close and the
  rate of the ex-date; we open the ex-date without them, at the rates of the close before (R48).
- **Rates** are those of the day, through the pair with USD. Nothing is delisted or missing.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from beacon.index.calculation.calculator import IndexCalculator
from beacon.index.constructor import IndexDefinition
from beacon.index.methodology import MarketCapWeighted
from beacon.synthetic import SyntheticConfig, generate

if TYPE_CHECKING:
    import pandas as pd
    from beacon.data.fetcher import DataFetcher
    from beacon.index.result import IndexResult
    from beacon.synthetic import SyntheticDataset
    from numpy.typing import NDArray

START, END = "2019-01-02", "2024-01-03"
BASE_LEVEL, TAX = 1000.0, 0.15
MILLION = 1_000_000


def generated(assets: int = 500) -> SyntheticDataset:
    """Generate the market (seed 42, the peer's default)."""
    with warnings.catch_warnings():
        # A takeover hazard of nobody is 0 / 0: no name is delisted here.
        warnings.simplefilter("ignore", RuntimeWarning)
        return generate(
            SyntheticConfig(
                assets=assets,
                start=START,
                end=END,
                delisting_rate=0.0,
                listing_rate=0.0,
                features=False,
                calendar="XNYS",
            )
        )


def peer_definition(names: list[str], cap: float, return_type: str) -> IndexDefinition:
    """Define the index as the peer does."""
    return IndexDefinition(
        "X",
        "X",
        START,
        BASE_LEVEL,
        "USD",
        [],
        MarketCapWeighted(use_free_float=True),
        "QUARTERLY",
        "XNYS",
        universe_identifiers=names,
        max_constituent_weight=cap,
        return_type=return_type,
        withholding_tax_rate=TAX,
    )


def peer_runs(
    fetcher: DataFetcher, names: list[str], cap: float
) -> tuple[IndexResult, IndexResult]:
    """Run the peer for PRICE and NET_TOTAL_RETURN: it calculates one of them at a time."""
    price, net = (
        IndexCalculator(peer_definition(names, cap, return_type), fetcher).run(START, END)
        for return_type in ("PRICE", "NET_TOTAL_RETURN")
    )
    return price, net


@dataclass(frozen=True, kw_only=True)
class Case:
    """The peer's market as arrays.

    Attributes
    ----------
    days : datetime64[D] array of shape (n_sessions,)
        Sessions.
    names : list of str
        Identifiers in ascending byte order, the order of every column below.
    closes : float64 array of shape (n_sessions, n_names)
        In quote currency.
    volumes, shares : int64 arrays of shape (n_sessions, n_names)
        Shares traded, and float-adjusted shares in millionths: shares × free float × 1,000,000.
    currencies : list of str
        The index currency first, the columns of ``rates``.
    rates : float64 array of shape (n_sessions, n_currencies)
        USD for one unit.
    currency : uint32 array of shape (n_names,)
        Column of ``rates`` for each name.
    countries : list of str
        Where each name is incorporated.
    actions : polars.DataFrame
        name (position), session (position), split (or cash), amount.
    reviews : int64 array of shape (n_reviews,)
        Positions of the review sessions, the base first.
    """

    days: NDArray[np.datetime64]
    names: list[str]
    closes: NDArray[np.float64]
    volumes: NDArray[np.int64]
    shares: NDArray[np.int64]
    currencies: list[str]
    rates: NDArray[np.float64]
    currency: NDArray[np.uint32]
    countries: list[str]
    actions: pl.DataFrame
    reviews: NDArray[np.int64]

    @property
    def effective(self) -> NDArray[np.int64]:
        """Positions of the effective sessions: the base, then the session after each review."""
        return np.concatenate([self.reviews[:1], self.reviews[1:] + 1])


def converted(dataset: SyntheticDataset) -> Case:
    """Bring the generated market into wide arrays, values as the peer reads them."""
    market = dataset.market.data.reset_index()
    names = sorted(dataset.universe.index)
    wide = {
        column: market.pivot_table(index="DATE", columns="IDENTIFIER", values=column).astype(float)
        for column in ("CLOSE", "VOLUME", "SHARES_OUTSTANDING", "FREE_FLOAT")
    }
    sessions = wide["CLOSE"].index
    floating = wide["SHARES_OUTSTANDING"][names] * wide["FREE_FLOAT"][names]
    reference = dataset.reference.data.reset_index().set_index("IDENTIFIER").loc[names]
    others = sorted(set(reference["CURRENCY"]) - {"USD"})
    rates = [np.ones(len(sessions)), *(wide["CLOSE"][f"{one}USD"].to_numpy() for one in others)]
    currencies = ["USD", *others]
    definition = peer_definition(names, 0.05, "PRICE")
    actions = dataset.actions.data.reset_index(drop=True)
    return Case(
        days=sessions.to_numpy().astype("datetime64[D]"),
        names=names,
        closes=np.ascontiguousarray(wide["CLOSE"][names].to_numpy()),
        volumes=_whole(wide["VOLUME"][names]),
        shares=_whole(floating * MILLION),
        currencies=currencies,
        rates=np.column_stack(rates),
        currency=np.array([currencies.index(one) for one in reference["CURRENCY"]], np.uint32),
        countries=reference["COUNTRY_DOMICILE"].tolist(),
        actions=pl.DataFrame(
            {
                "name": np.searchsorted(names, actions["IDENTIFIER"].to_numpy(str)),
                "session": sessions.get_indexer(actions["EX_DATE"]),
                "split": (actions["TYPE"] == "SPLIT").to_numpy(),
                "amount": actions["VALUE"].to_numpy(float),
            }
        ),
        reviews=sessions.get_indexer(definition.get_rebalance_dates(START, END)),
    )


def _whole(frame: pd.DataFrame) -> NDArray[np.int64]:
    return np.rint(frame.to_numpy()).astype(np.int64)
