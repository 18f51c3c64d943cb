"""W5, loading: long tables of closes and shares in files, and the dense panels they came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from benches.peers.events import shares_in_force
from benches.workloads.backcalculation import backcalculation

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Loading:
    """Two files with the same rows, by date and security, and what loading them should give.

    The panels are sessions × securities, in the order of ``days`` and ``names``.
    """

    parquet: Path
    csv: Path
    days: NDArray[np.datetime64]
    names: list[str]
    close: NDArray[np.float64]
    shares: NDArray[np.float64]


def loading(folder: Path, sessions: int = 2500, securities: int = 3000) -> Loading:
    """Write the market of W1 as long tables: date, security, close, shares."""
    work = backcalculation(1, sessions, securities)
    days = work.days.astype("datetime64[D]")
    names = [f"{600_000 + at}.SH" for at in range(securities)]
    shares = np.rint(shares_in_force(work)).astype(np.int64)
    one_day = pl.DataFrame({"security": names})
    table = (
        pl.DataFrame({"date": days})
        .join(one_day, how="cross", maintain_order="left_right")
        .with_columns(close=work.prices.ravel(), shares=shares.ravel())
    )
    files = folder / "prices.parquet", folder / "prices.csv"
    table.write_parquet(files[0], compression="zstd")
    table.write_csv(files[1])
    return Loading(
        parquet=files[0],
        csv=files[1],
        days=days,
        names=names,
        close=work.prices,
        shares=shares.astype(np.float64),
    )
