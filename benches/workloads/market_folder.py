"""The market of W1 and its indices as people keep them: a market folder, and one methodology each.

Every factor is 1: the scheme ``total`` has no other, and the work is the same with any.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from benches.workloads.backcalculation import (
    BASE_LEVEL,
    BONUS,
    CASH,
    RIGHTS,
    Backcalculation,
    backcalculation,
)

from paasche import Methodology

if TYPE_CHECKING:
    from pathlib import Path

EXCHANGE = "XSHG"
CURRENCIES = ("CNY", "HKD", "USD")
ACTIONS = {CASH: "cash_dividend", BONUS: "bonus", RIGHTS: "rights"}
"""The kinds of the workload as the market folder names them."""


@dataclass(frozen=True, kw_only=True)
class MarketFolder:
    """A folder, the codes of its indices in ascending order, and the arrays it was written from."""

    path: Path
    codes: list[str]
    work: Backcalculation

    def methodologies(self) -> list[Methodology]:
        """Return the indices, in the order of their codes."""
        base_date = self.work.days[:1].astype("datetime64[D]")[0]
        return [
            Methodology.from_dict(
                {
                    "schema_version": 1,
                    "index": {
                        "code": code,
                        "name": code,
                        "currency": CURRENCIES[0],
                        "base_date": str(base_date),
                        "base_level": BASE_LEVEL,
                        "variants": ["price", "total_return"],
                    },
                    "universe": {"constituents": "table"},
                    "weighting": {"scheme": "total"},
                }
            )
            for code in self.codes
        ]


def market_folder(
    path: Path,
    indices: int,
    sessions: int = 2500,
    securities: int = 3000,
    reviews: int = 10,
    actions: int | None = None,
) -> MarketFolder:
    """Write the folder in Parquet, its rows by date or by code."""
    drawn = backcalculation(indices, sessions, securities, reviews, actions)
    ones = np.ones(len(drawn.memberships.factor))
    work = replace(drawn, memberships=replace(drawn.memberships, factor=ones))
    codes = [f"W1-{at:05}" for at in range(indices)]
    path.mkdir(parents=True, exist_ok=True)
    for name, table in _tables(work, codes).items():
        table.write_parquet(path / f"{name}.parquet", compression="zstd")
    return MarketFolder(path=path, codes=codes, work=work)


def _tables(work: Backcalculation, codes: list[str]) -> dict[str, pl.DataFrame]:
    """Return the tables of the folder."""
    sessions, securities = work.prices.shape
    days = work.days.astype("datetime64[D]")
    names = pl.Series("security", [f"{600_000 + at}.SH" for at in range(securities)])
    acts, snaps = work.actions, work.snapshots
    action = pl.DataFrame(
        {
            "security": names.gather(acts.security),
            "ex_date": days[acts.session],
            "kind": acts.kind,
            "amount": acts.amount,
            "price": acts.price,
        }
    )
    of_cash, of_rights = pl.col("kind") == CASH, pl.col("kind") == RIGHTS
    return {
        "securities": pl.DataFrame(
            {
                "security": names,
                "name": names,
                "exchange": [EXCHANGE] * securities,
                "currency": pl.Series(CURRENCIES).gather(work.currency),
            }
        ),
        "prices": pl.DataFrame({"date": days})
        .join(names.to_frame(), how="cross", maintain_order="left_right")
        .with_columns(close=work.prices.ravel()),
        "shares": pl.DataFrame(
            {
                "security": pl.concat([names, names.gather(snaps.security)]),
                "effective": np.concatenate([np.repeat(days[:1], securities), days[snaps.session]]),
                "total": np.concatenate([work.first_shares, snaps.total]),
            }
        ),
        "corporate_actions": action.select(
            "security",
            "ex_date",
            kind=pl.col("kind").replace_strict(ACTIONS, return_dtype=pl.String),
            cash=pl.when(of_cash).then("amount"),
            ratio=pl.when(~of_cash).then("amount"),
            price=pl.when(of_rights).then("price"),
        ),
        "constituents": _constituents(work, codes, names),
        "fx": pl.concat(
            pl.DataFrame(
                {
                    "date": days,
                    "pair": [f"{currency}{CURRENCIES[0]}"] * sessions,
                    "rate": work.fx[:, at],
                }
            )
            for at, currency in enumerate(CURRENCIES)
            if at > 0
        ),
        "calendar": pl.DataFrame({"exchange": [EXCHANGE] * sessions, "date": days}),
    }


def _constituents(work: Backcalculation, codes: list[str], names: pl.Series) -> pl.DataFrame:
    """Return the membership of all indices, by index, effective session and security."""
    held, reviews = work.memberships, len(work.reviews)
    lengths = np.diff(held.starts)
    effective = work.days[work.reviews].astype("datetime64[D]")
    return pl.DataFrame(
        {
            "index": pl.Series(codes).gather(
                np.repeat(np.arange(len(lengths)) // reviews, lengths)
            ),
            "effective": np.repeat(np.tile(effective, len(codes)), lengths),
            "security": names.gather(held.instrument),
        }
    )
