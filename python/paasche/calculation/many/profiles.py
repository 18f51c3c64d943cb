"""How the rules of indices turn baskets into intents; most indices of a house have the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.calculation.entries import HEIRS_ONLY
from paasche.calculation.rules import caps_on, rules_of
from paasche.errors import PaascheError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from paasche.calculation.arrays import Rules
    from paasche.methodology import Methodology

__all__ = ["Profile", "profiles_of"]


class Profile:
    """How the rules of an index turn baskets into intents, version by version (R58).

    Parameters
    ----------
    methodology : Methodology
    start : datetime.date
        Where the index begins.

    Raises
    ------
    PaascheError
        A rule table begins after a day on which it is asked.
    """

    def __init__(self, methodology: Methodology, start: date) -> None:
        versions = [(since, methodology.on(since)) for since, _ in methodology.versions]
        weightings = [rules.weighting for _, rules in versions]
        self.methodology = methodology
        self.rules: Rules = rules_of(methodology, start)
        self.since = np.array([since for since, _ in versions], "datetime64[D]").astype(np.int32)
        self.lag = np.array([one.lag or 1 for one in weightings], np.int64)
        self.caps = np.array([caps_on(methodology, since) for since, _ in versions], np.uint32)
        self.real_close = np.array([one.inherit != "deletion_price" for one in weightings])
        self.needs_heirs = np.array([one.capped or one.scheme in HEIRS_ONLY for one in weightings])
        self.scheme = methodology.weighting.scheme

    def version(self, days: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return which version is in force on each day."""
        return (np.searchsorted(self.since, days, side="right") - 1).clip(0)


def profiles_of(
    methodologies: Sequence[Methodology], start: date
) -> tuple[list[Profile], NDArray[np.int64]]:
    """Return the distinct profiles of some indices, and which each has; -1 for one without."""
    numbers: dict[object, int] = {}
    found: list[Profile] = []
    which = np.empty(len(methodologies), np.int64)
    for at, one in enumerate(methodologies):
        key = (one.weighting, one.change, one.shares, one.index.base_date, one.index.base_level)
        if key not in numbers:
            try:
                found.append(Profile(one, start))
                numbers[key] = len(found) - 1
            except PaascheError:
                numbers[key] = -1
        which[at] = numbers[key]
    return found, which
