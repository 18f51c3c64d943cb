"""What a calculation leaves behind for those who ask why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from paasche.calculation.arrays import Origin, Panel
    from paasche.calculation.kernel import ArrayResult
    from paasche.calculation.rates import Rates
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["Workings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workings:
    """Prices, holdings and levels of a calculation.

    Attributes
    ----------
    methodology : Methodology
        The rules.
    market : Market
        What it was calculated from.
    panel : Panel
        Carried prices and rates of the index sessions.
    origin : Origin
        Where it began.
    arrays : ArrayResult
        Values, levels and holdings.
    rates : Rates
        Rates by currency.
    base_rates : mapping of str to float
        Rates that versions in other currencies start from.
    tables : mapping of str to polars.DataFrame
        Tables of this calculation alone: neither cut nor joined to an earlier run.
    """

    methodology: Methodology
    market: Market
    panel: Panel
    origin: Origin
    arrays: ArrayResult
    rates: Rates
    base_rates: Mapping[str, float]
    tables: Mapping[str, pl.DataFrame]

    @property
    def sessions(self) -> NDArray[np.datetime64]:
        """Index sessions of the panel."""
        return self.panel.days.astype("datetime64[D]")

    @property
    def explained(self) -> NDArray[np.datetime64]:
        """Sessions with a session before them: those whose move can be explained."""
        return self.sessions[self.origin.session + 1 :]
