"""What Hold reads of a methodology: how its scheme responds to shares, in all versions (R58)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.calculation.arrays import NONE, Caps, Rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from numpy.typing import NDArray

    from paasche.methodology import Methodology
    from paasche.methodology.tables import ShareRules

__all__ = ["caps_on", "longest_lag", "rules_of", "share_rules_by_day"]


def rules_of(methodology: Methodology, base: date) -> Rules:
    """Return the scheme's share response from a day on."""
    weighting = methodology.weighting
    days = list(_days(methodology, base))
    return Rules(
        of_shares=weighting.uses_shares,
        scales=weighting.scales,
        base_value=methodology.index.base_level,
        change_thresholds=[
            (_number(day), float(methodology.rules_on(day).change_threshold)) for day in days
        ],
        bands=[(_number(day), methodology.bands_on(day)) for day in days]
        if weighting.scheme == "free_float"
        else [],
        caps=[
            Caps(
                single=caps.single,
                top_five=caps.top_five,
                top_test=caps.top_test,
                infeasible=caps.infeasible,
            )
            for _, version in methodology.versions
            if (caps := version.weighting.caps) is not None
        ],
    )


def caps_on(methodology: Methodology, day: date) -> int:
    """Return which of the caps of :func:`rules_of` are in force on a day; ``NONE`` for none."""
    in_force = [version for since, version in methodology.versions if since <= day]
    rulebook = in_force[-1] if in_force else methodology
    if rulebook.weighting.caps is None:
        return NONE
    return sum(version.weighting.caps is not None for version in in_force[:-1])


def longest_lag(methodology: Methodology) -> int:
    """Return the most sessions that weights look back over."""
    return max(version.weighting.lag or 1 for _, version in methodology.versions)


def share_rules_by_day(
    methodology: Methodology, days: NDArray[np.datetime64]
) -> Iterator[tuple[NDArray[np.bool_], ShareRules]]:
    """Yield the share rules in force on some of the days, with where; base rules hold before."""
    base = methodology.index.base_date
    since = list(_days(methodology, base))
    version = np.searchsorted(np.array(since, "datetime64[D]"), days, side="right") - 1
    for at in np.unique(version.clip(0)):
        yield version.clip(0) == at, methodology.rules_on(since[at])


def _days(methodology: Methodology, base: date) -> Iterator[date]:
    """Yield the base, and every later day on which a rule table may change."""
    yield base
    later = {since for since, _ in methodology.versions}
    for _, version in methodology.versions:
        for dated in (version.weighting.free_float_bands, version.shares.rules):
            if dated is not None and not isinstance(dated, str):
                later |= {row.since for row in dated}
    yield from sorted(day for day in later if day > base)


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int32))
